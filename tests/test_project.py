"""README, environment.yml and pyproject.toml say the same, and it is true."""

import doctest
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import autodiff_tutorial

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def bounds(requirements):
    return dict(re.match(r"([\w-]+)>=([\d.]+)$", r).groups() for r in requirements)


def test_environment_yml_agrees_with_pyproject():
    lines = re.findall(r"^ +- (\S+)$", (ROOT / "environment.yml").read_text(), re.M)
    extras = PYPROJECT["project"]["optional-dependencies"]
    everything = PYPROJECT["project"]["dependencies"] + extras["notebooks"] + extras["test"]
    wanted = {name: bounds(everything)[name] for name in ("jupyter", "numpy", "matplotlib", "nbval")}
    assert bounds(line for line in lines if ">=" in line) == wanted
    (python,) = [line for line in lines if line.startswith("python=")]
    lowest = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    assert tuple(map(int, re.findall(r"\d+", python))) >= tuple(map(int, lowest.split(".")))
    assert "pip" in lines


def test_readme_lists_the_notebooks():
    listed = re.findall(r"\]\(notebooks/(\w+\.ipynb)\)", README)
    assert listed == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_readme_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_readme_example_runs():
    (block,) = re.findall(r"^```pycon\n(.+?)^```", README, re.M | re.S)
    runner = doctest.DocTestRunner()
    runner.run(doctest.DocTestParser().get_doctest(block, {}, "README", "README.md", 0))
    assert runner.tries == 11
    assert runner.failures == 0


def test_versions_agree():
    version = PYPROJECT["project"]["version"]
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_package_is_small_and_needs_numpy_alone_until_it_draws():
    lines = [path.read_text().count("\n") for path in (ROOT / "autodiff_tutorial").glob("*.py")]
    assert max(lines) < 400
    script = "import sys, autodiff_tutorial; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)
    assert all(hasattr(autodiff_tutorial, name) for name in autodiff_tutorial.__all__)
