"""Every notebook runs in JupyterLab as a reader sees it, and every link leads somewhere."""

import json
import posixpath
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError, expect

ROOT = Path(__file__).parents[2]
FILES = subprocess.check_output(["git", "ls-files", "notebooks/*.ipynb"], cwd=ROOT, text=True).split()
NAMES = [Path(file).name for file in FILES]
SHOWN = ".jp-MainAreaWidget:not(.lm-mod-hidden)"
BROKEN = "all => all.filter(i => !i.complete || !i.naturalWidth).map(i => i.src.slice(0, 100))"


def test_readme_line_opens_the_first_notebook(reader):
    reader.page.goto(reader.lab.first)
    reader.wait_for("00_start_here.ipynb")
    expect(reader.page.locator(f"{SHOWN} h1")).to_contain_text("Start here")


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_and_folds_its_solutions(reader, name):
    reader.open(name)
    reader.run_all()
    cells = reader.save(name)
    errors = [
        (i, output["ename"], output["evalue"])
        for i, cell in enumerate(cells)
        if "raises-exception" not in cell["metadata"].get("tags", [])
        for output in cell.get("outputs", [])
        if output["output_type"] == "error"
    ]
    assert not errors
    assert all(cell["execution_count"] for cell in cells if cell["cell_type"] == "code"), (
        "not all have run"
    )
    shown = reader.page.locator(f"{SHOWN} .jp-Cell")
    titles = [i for i, cell in enumerate(cells) if "".join(cell["source"]).startswith("## Solutions")]
    assert len(titles) == (0 if name in ("00_start_here.ipynb", "play.ipynb") else 1)
    folded = [
        i for i, cell in enumerate(cells) if cell["metadata"].get("jupyter", {}).get("source_hidden")
    ]
    for i in {*folded, *(i + 1 for i in titles)}:
        first = "# Solutions" if i - 1 in titles else "".join(cells[i]["source"]).partition("\n")[0]
        assert shown.nth(i).locator(".jp-PlaceholderText").all_text_contents() == [first]
        assert shown.nth(i).locator(".cm-line").count() == 0
    assert shown.locator("img").evaluate_all(BROKEN) == []


@pytest.mark.parametrize("name", ["../README.md", *NAMES])
def test_links_lead_to_files_that_the_server_has(lab, name):
    text = (lab.copy / "notebooks" / name).read_text(encoding="utf-8")
    if name in NAMES:
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    targets = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)}
    folder = posixpath.dirname(posixpath.normpath(f"notebooks/{name}"))
    paths = {posixpath.normpath(posixpath.join(folder, t)) for t in targets if t and "://" not in t}
    assert paths
    assert [path for path in sorted(paths) if lab.api(f"contents/{path}?content=0")[0] != 200] == []


def test_links_open_when_clicked(reader):
    reader.open("00_start_here.ipynb")
    page, kinds = reader.page, ".jp-Cell, .jp-RenderedMarkdown, .cm-line, .jp-ImageViewer img"
    tabs = page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab")
    links = page.locator(f"{SHOWN} .jp-RenderedMarkdown a[href*='/files/']")
    paths = links.evaluate_all("all => all.map(a => new URL(a.href).pathname)")
    dead = []
    for path in dict.fromkeys(paths):
        links.nth(paths.index(path)).click()
        try:
            current = tabs.and_(page.locator(".lm-mod-current"))
            current.filter(has_text=Path(path).name).wait_for(timeout=8000)
            page.locator(SHOWN).locator(kinds).first.wait_for(timeout=8000)
        except TimeoutError:
            dead.append(path)
        tabs.filter(has_text="00_start_here").click()
    assert len(set(paths)) > 10 and dead == []


def test_contents_opens_readme_at_the_table_of_notebooks(reader):
    reader.open("01_forward_mode.ipynb")
    reader.page.locator(f"{SHOWN} .jp-RenderedMarkdown a", has_text="contents").first.click()
    heading = reader.page.locator(".jp-MarkdownViewer h2", has_text="The notebooks")
    expect(heading).to_be_in_viewport(timeout=10_000)
