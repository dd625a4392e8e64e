"""Serve JupyterLab by README's own line, and put a reader with a browser before it.

Needs `pip install playwright jupyter` and Chromium: the one at the path CHROMIUM, or `chromium`, or what
`playwright install chromium` fetches. What is served is a copy, so the notebooks stay as they are.
"""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parents[2]
SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"
RAN = """() => {
    const prompts = [...document.querySelectorAll('.jp-InputArea-prompt')].map(p => p.textContent);
    return prompts.some(p => /[0-9]/.test(p)) && !prompts.includes('[*]:');
}"""


def pytest_xdist_auto_num_workers():
    """Open one browser, and measure it alone."""
    return 0


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    copy = folder / "copy"
    for name in subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    for path in copy.glob("notebooks/*.ipynb"):  # what the browser shows is then of this run
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell.update(outputs=[], execution_count=None)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    settings = folder / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    # Or else it asks about news, on top of the page.
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
    readme = (copy / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"&& \.venv/bin/(jupyter lab .+\.ipynb)$", readme, re.M)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex()
    ours = [
        "--no-browser",
        "--allow-root",
        f"--ServerApp.port={port}",
        f"--IdentityProvider.token={token}",
    ]
    folders = {"JUPYTER_CONFIG_DIR": folder / "config", "JUPYTER_RUNTIME_DIR": folder / "runtime"}
    env = os.environ | {name: str(path) for name, path in folders.items()} | {"PYTHONPATH": str(copy)}
    env.pop("MPLBACKEND", None)  # or figures would not be shown
    url = f"http://localhost:{port}"

    def api(path, method="GET"):
        """Return the status of an answer, and what it holds."""
        ask = Request(f"{url}/api/{path}", method=method, headers={"Authorization": f"token {token}"})
        try:
            with urlopen(ask, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except HTTPError as err:
            return err.code, None

    with (folder / "log").open("w") as log:
        command = [sys.executable, "-m", *line.split(), *ours]
        server = subprocess.Popen(command, cwd=copy, env=env, stdout=log, stderr=log)
    try:
        for _ in range(300):
            try:
                api("status")
                break
            except OSError:
                time.sleep(0.2)
        # The page that `jupyter lab` opens in the reader's browser.
        (first,) = (folder / "runtime").glob("jpserver-file-to-run-*.html")
        yield SimpleNamespace(copy=copy, url=url, token=token, api=api, first=first.as_uri())
    finally:
        server.terminate()
        server.wait(30)
        print((folder / "log").read_text()[-2000:])


class Reader:
    """Somebody who opens notebooks in JupyterLab, and runs them."""

    def __init__(self, page, lab):
        self.page, self.lab = page, lab

    def open(self, name):
        """Open a notebook, with nothing else beside it."""
        self.end_kernels()
        self.page.goto(f"{self.lab.url}/lab/tree/notebooks/{name}?token={self.lab.token}&reset")
        self.wait_for(name)

    def wait_for(self, name):
        """Wait until a notebook can be read and run."""
        cells = json.loads((self.lab.copy / "notebooks" / name).read_text(encoding="utf-8"))["cells"]
        expect(self.page.locator(f"{SHOWN} .jp-Cell")).to_have_count(len(cells), timeout=60_000)
        self.wait_until_idle()

    def wait_until_idle(self):
        idle = f"{SHOWN} .jp-Notebook-ExecutionIndicator[data-status=idle]"
        self.page.wait_for_selector(idle, timeout=300_000)

    def run_all(self):
        """Restart the kernel and run all cells, by the menu."""
        self.page.get_by_role("menuitem", name="Kernel", exact=True).click()
        self.page.get_by_role("menuitem", name="Restart Kernel and Run All Cells…").click()
        self.page.locator(".jp-Dialog button.jp-mod-accept").click()
        self.page.wait_for_function(RAN, timeout=300_000)
        self.wait_until_idle()

    def save(self, name):
        """Save a notebook, and return its cells."""
        self.page.keyboard.press("Control+s")
        expect(self.page.locator(".lm-DockPanel-tabBar .jp-mod-dirty")).to_have_count(0)
        return json.loads((self.lab.copy / "notebooks" / name).read_text(encoding="utf-8"))["cells"]

    def end_kernels(self):
        for session in self.lab.api("sessions")[1]:
            self.lab.api(f"sessions/{session['id']}", "DELETE")


@pytest.fixture(scope="session")
def reader(lab):
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport={"width": 1200, "height": 1000})
        page.on("dialog", lambda dialog: dialog.accept())  # to leave a page that is not saved
        yield Reader(page, lab)
        browser.close()
