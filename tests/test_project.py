"""README, environment.yml and pyproject.toml say the same, and it is true."""

import doctest
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import autodiff_tutorial

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOWEST = PYPROJECT["project"]["requires-python"].removeprefix(">=")


def bounds(requirements):
    return dict(re.match(r"([\w-]+)>=([\d.]+)$", r).groups() for r in requirements)


def test_environment_yml_agrees_with_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == PYPROJECT["project"]["name"]
    assert environment["channels"] == ["conda-forge"]
    *conda, pip = environment["dependencies"]
    extras = PYPROJECT["project"]["optional-dependencies"]
    everything = PYPROJECT["project"]["dependencies"] + extras["notebooks"] + extras["test"]
    wanted = {name: bounds(everything)[name] for name in ("jupyter", "numpy", "matplotlib", "nbval")}
    assert bounds(line for line in conda if ">=" in line) == wanted
    (python,) = [line.removeprefix("python=") for line in conda if line.startswith("python=")]
    assert numbers(python) >= numbers(LOWEST)
    assert "pip" in conda and pip == {"pip": ["-e ."]}


def numbers(version):
    return tuple(map(int, version.split(".")))


def test_readme_asks_for_the_python_that_pyproject_asks_for():
    assert f"Python {LOWEST} or later" in README
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))
    pythons = workflow["jobs"]["tests"]["strategy"]["matrix"]["python"]
    assert min(pythons, key=numbers) == LOWEST


def test_readme_commands_install_what_pyproject_names():
    extras = set(PYPROJECT["project"]["optional-dependencies"])
    named = set(re.findall(r'-e "\.\[(\w+)\]"', README)) | set(re.findall(r"--extra (\w+)", README))
    assert named == extras
    opened = re.findall(r"jupyter lab (.*?)(\S+\.ipynb)", README)
    assert len(opened) == 3
    for options, notebook in opened:
        assert (ROOT / notebook).is_file()
        assert "--ServerApp.root_dir=. " in options  # or else links out of notebooks/ lead nowhere


def test_readme_lists_the_notebooks():
    listed = re.findall(r"\]\(notebooks/(\w+\.ipynb)\)", README)
    assert set(listed) == {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}


# JupyterLab keeps copies of what it opens in a hidden folder.
HIDDEN = re.compile(r"(^|[/\\])\.")
MARKDOWN = sorted(p for p in ROOT.glob("**/*.md") if not HIDDEN.search(str(p.relative_to(ROOT))))


@pytest.mark.parametrize("path", MARKDOWN, ids=[path.name for path in MARKDOWN])
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        if not target.startswith("https://"):
            there = path.parent / file if file else path
            assert there.exists(), target
            headings = (
                re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.M) if anchor else []
            )
            assert not anchor or anchor in [
                re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings
            ]


def test_readme_example_runs():
    (block,) = re.findall(r"^```pycon\n(.+?)^```", README, re.M | re.S)
    runner = doctest.DocTestRunner()
    runner.run(doctest.DocTestParser().get_doctest(block, {}, "README", "README.md", 0))
    assert runner.tries == 14
    assert runner.failures == 0


def test_readme_shows_what_its_program_prints():
    program, printed = re.findall(r"^```python\n(.+?)^```", README, re.M | re.S)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.rstrip() == printed.rstrip()
    written = {}
    exec(printed, written)
    assert (
        "at 2 that program returns −0.5628" in README and f"{written['program'](2.0):.4f}" == "-0.5628"
    )


def measured(case, way):
    """Return a ratio of the last table that the benchmarks left."""
    head, *rows = (ROOT / "tests" / "benchmarks" / "table.txt").read_text(encoding="utf-8").splitlines()
    (row,) = [row for row in rows if row.startswith(case)]
    end = re.search(rf" {way}\b", head).end()
    return float(row[end - 9 : end])


def test_readme_gives_the_figures_that_were_measured():
    costs = " ".join(README[README.index("## What it costs") :].split())
    said = (
        r"takes ([\d.]+) to ([\d.]+) times as long as the function itself. "
        r"With autograd it takes ([\d.]+) to ([\d.]+) times"
    )
    low, high, *theirs = map(float, re.search(said, costs).groups())
    cases = [
        f"(f) gradient by 200 {inputs}, over"
        for inputs in ("numbers", "entries", "weights, @", "arrays")
    ]
    ours = [measured(case, "package") for case in cases]
    assert (low, high) == (round(min(ours), 1), round(max(ours), 1))
    peers = [measured(case, "autograd") for case in cases]
    assert theirs == [round(min(peers), 1), round(max(peers), 1)]
    case = "(e) gradient of 350 operations"
    tape, autograd = measured(case, "package"), measured(case, "autograd")
    assert f"takes {tape:.0f} times as long as the function" in costs
    assert "a sixteenth of autograd's time" in costs and round(autograd / tape) == 16
    case = "(b) exp(sin(sin x)) over {} points"
    many = measured(case.format(100000), "package")
    assert "take as long as code written by hand at 100,000 points" in costs and round(many, 1) == 1
    assert f"{measured(case.format(1000), 'package'):.1f} times as long at 1,000" in costs
    few = measured("x·sin(x·x) over 1000 points", "package")
    assert f"they take {few:.1f} times as long at 1,000 points" in costs
    case = "gradient: pendulum by RK4"
    tape, autograd = measured(case, "package"), measured(case, "autograd")
    assert f"takes {tape:.0f} times as long as the function, and {autograd:.0f} times with" in costs
    case = "(g) exp(sin(sin x)) at a number"
    program, sweep = measured(case, "program"), measured(case, "package")
    assert f"at a number take about {program:.1f} times as long as code written by hand" in costs
    assert "they take about fifty times as long" in costs and 45 < sweep < 55
    case = "gradient over an array, points: {}  "
    ratios = [
        measured(case.format(n), "jax") / measured(case.format(n), "package")
        for n in ("10", "1,000", "100,000", "1,000,000")
    ]
    assert "three quarters of this package's time at 1,000 points and at 100,000" in costs
    assert max(ratios[1:3]) < 0.75
    assert "less than a third at 10 and at a million" in costs and max(ratios[::3]) < 1 / 3


def test_versions_agree():
    version = PYPROJECT["project"]["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(citation["version"]) == version
    heading = f"## {version} ({citation['date-released']})"
    assert heading in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_a_wheel_is_whole(tmp_path):
    """What is built from the sources, and installed, works without them."""
    sources = tmp_path / "sources"  # a build leaves files among its sources
    shutil.copytree(ROOT / "autodiff_tutorial", sources / "autodiff_tutorial")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", tmp_path, sources]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert PYPROJECT["project"]["version"] in wheel.name
    site = tmp_path / "site"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-index",
        "--target",
        site,
        wheel,
    ]
    subprocess.run(install, check=True, capture_output=True)
    script = """
import autodiff_tutorial as ad, numpy as np, pathlib, sys
assert str(pathlib.Path(ad.__file__)).startswith(sys.argv[1]), ad.__file__
from autodiff_tutorial import chain, checks, exercises, numpy_functions
from autodiff_tutorial.figures import playground, plot_derivative
print(ad.trace(ad.grad(lambda x: np.exp(np.sin(np.sin(x)))), 2.0)(2.0))
"""
    run = [sys.executable, "-c", script, site.resolve()]
    env = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path, env=env)
    assert done.stdout.strip() == "-0.562752038662712", done.stderr


def test_the_package_is_small_and_needs_numpy_alone_until_it_draws():
    lines = [path.read_text().count("\n") for path in (ROOT / "autodiff_tutorial").rglob("*.py")]
    assert max(lines) < 400
    script = "import sys, autodiff_tutorial; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)
    assert all(hasattr(autodiff_tutorial, name) for name in autodiff_tutorial.__all__)
