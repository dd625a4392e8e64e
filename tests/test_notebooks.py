"""The form of the notebooks, and their take-away cells in an interpreter of their own.

That each notebook runs and gives its stored output again is nbval's test, not one of these.
"""

import base64
import configparser
import io
import re
import subprocess
import sys
import tokenize
from functools import cache
from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
import pytest
from behaviours import BEHAVIOURS
from behaviours_tape import TAPE
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image
from refresh_notebooks import execute, refresh, tidy
from take_aways import TAKE_AWAYS
from wrong_answers import WRONG

ROOT = Path(__file__).parents[1]
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))

START, *LESSONS = [path for path in PATHS if path.name[0].isdigit()]

each_notebook = pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])


def cells(path, kind=None):
    return [c for c in nbformat.read(path, as_version=4).cells if kind in (None, c.cell_type)]


def tags(cell):
    return cell.metadata.get("tags", [])


def prose(path):
    return "\n\n".join(c.source for c in cells(path, "markdown"))


def how_to_refresh(path, what):
    """Return what an author is told whose notebook differs, as after saving it in JupyterLab."""
    return f"{path.name} {what}; run: python tests/refresh_notebooks.py notebooks/{path.name}"


def test_there_are_notebooks():
    assert len(PATHS) >= 2


@each_notebook
def test_its_outputs_are_small(path):
    for cell in cells(path, "code"):
        assert len(str(cell.outputs)) < 200_000


@each_notebook
def test_it_was_run_from_top_to_bottom(path):
    counts = [c.execution_count for c in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1)), how_to_refresh(path, "was not run in order")


@each_notebook
def test_its_outputs_are_stored_and_clean(path):
    for cell in cells(path, "code"):
        last = cell.source.splitlines()[-1]
        shows = any(sign in cell.source for sign in ("print(", "plt.show()"))
        if shows or "raises-exception" in tags(cell) or re.fullmatch(r"[a-z_.]+(, [a-z_.]+)*", last):
            assert cell.outputs, f"nothing is stored for: {last}"
        for output in cell.outputs:
            assert output.output_type != "error" or "raises-exception" in tags(cell)
            assert output.get("name") != "stderr"
            text = str({k: v for k, v in output.items() if k != "data"}) + output.get("data", {}).get(
                "text/plain", ""
            )
            own = how_to_refresh(path, "holds an address or a path of one machine")
            assert not re.search(r"0x[0-9a-f]{6,}|(/[\w.-]+){2,}|[A-Z]:\\", text), own


@cache
def run(path):
    """Return a notebook as a fresh run gives it, and what its exercises say to wrong answers.

    The wrong answers are given after the last cell, in the same kernel.
    """
    notebook = nbformat.read(path, as_version=4)
    length, asked = len(notebook.cells), []
    for (name, id), answers in WRONG.items():
        for answer in answers if name == path.stem else []:
            first = [c.id for c in notebook.cells].index(id)
            last = next(k for k in range(first, length) if "check(" in notebook.cells[k].source)
            group = [c.source for c in notebook.cells[first : last + 1] if c.cell_type == "code"]
            tried = nbformat.v4.new_code_cell("\n\n".join([answered(group[0], answer), *group[1:]]))
            notebook.cells.append(tried)
            asked.append((id, answer, tried))
    execute(notebook, path.parent)
    says = [(id, answer, "".join(o.get("text", "") for o in cell.outputs)) for id, answer, cell in asked]
    del notebook.cells[length:]
    return nbformat.reads(tidy(notebook), as_version=4), says


def answered(source, answer):
    """Return a cell with the parts of an answer in the places of its ``...``."""
    places = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.string == "..."]
    lines = source.splitlines(keepends=True)
    for token, text in sorted(
        zip(places, answer, strict=False), key=lambda pair: pair[0].start, reverse=True
    ):
        (row, start), (_, end) = token.start, token.end
        lines[row - 1] = lines[row - 1][:start] + text + lines[row - 1][end:]
    return "".join(lines)


def fresh(path):
    return run(path)[0]


@each_lesson
def test_its_exercises_take_no_wrong_answer(path):
    exercises = [
        c for c in cells(path, "code") if "check(" in c.source and "..." in without_comments(c.source)
    ]
    says = run(path)[1]
    assert len(says) >= 2 * max(3, len(exercises))
    for id, answer, said in says:
        assert "not yet" in said, (id, answer, said)
        assert "your turn" not in said, (id, answer, said)


def without_comments(source):
    return re.sub(r"#.*", "", source)


@each_lesson
def test_its_solutions_are_right(path):
    (cell,) = [c for c in cells(path, "code") if c.source.startswith("# Solutions")]
    said = "".join(o.get("text", "") for o in cell.outputs)
    assert "not yet" not in said and "your turn" not in said


@each_notebook
def test_refreshing_it_changes_nothing_but_pictures(path):
    def text(notebook):
        without = re.sub(r'"image/png": "[^"]*"', '"image/png": ""', nbformat.writes(notebook))
        return forgiven(without)  # another C library may round in another way

    stored = nbformat.reads(tidy(nbformat.read(path, as_version=4)), as_version=4)
    assert text(fresh(path)) == text(stored), how_to_refresh(path, "is not what a fresh run gives")


def pictures(notebook):
    """Return the pictures of a notebook, each with its version of matplotlib and its cell's tags."""
    outputs = [(o, tags(cell)) for cell in notebook.cells for o in cell.get("outputs", [])]
    png = [(o.data["image/png"], t) for o, t in outputs if "image/png" in o.get("data", {})]
    images = [(Image.open(io.BytesIO(base64.b64decode(text))), t) for text, t in png]
    return [(np.asarray(im.convert("RGB"), dtype=int), im.info.get("Software"), t) for im, t in images]


def alike(a, b, spot=3, share=1e-3):
    """Tell whether two pictures are the same, but for pixels here and there: a dot is a spot of them."""
    if a.shape != b.shape:
        return False
    other = np.abs(a - b).max(axis=-1) > 32
    spots = sliding_window_view(other, (spot, spot)).all(axis=(-2, -1))
    return other.mean() < share and not spots.any()


@each_notebook
def test_its_pictures_are_what_its_cells_draw(path):
    pairs = zip(pictures(nbformat.read(path, 4)), pictures(fresh(path)), strict=True)
    for (stored, version, its_tags), (drawn, ours, _) in pairs:
        if version == ours:  # each matplotlib draws a little differently
            # What differs between machines, as rounding errors and memory, moves a curve by a pixel.
            loosely = {"spot": 6, "share": 5e-3} if "varies" in its_tags else {}
            assert alike(stored, drawn, **loosely), how_to_refresh(
                path, "has a picture that its cell does not draw"
            )


def test_a_picture_is_not_taken_for_another():
    every = [picture for path in PATHS for picture, *_ in pictures(nbformat.read(path, 4))]
    moved = every[0].copy()
    moved[:, 3:] = every[0][:, :-3]
    assert alike(every[0], every[0]) and not alike(every[0], moved)
    # Loosely: pictures that pass for each other otherwise do so here as well.
    assert not any(alike(a, b, 6, 5e-3) for k, a in enumerate(every) for b in every[:k])


def forgiven(text):
    """Return a text without what `nbval_sanitize.cfg` lets differ."""
    pairs = configparser.RawConfigParser()
    pairs.read(ROOT / "notebooks" / "nbval_sanitize.cfg", encoding="utf-8")
    for name in pairs.sections():
        text = re.sub(pairs[name]["regex"], pairs[name]["replace"], text)
    return text


@each_notebook
def test_no_wrong_digit_before_the_12th_is_forgiven(path):
    noise = r"quotient +-0\.562752\d+|error[a-z ]* \de-\d\d"  # they consist of rounding errors
    for cell in cells(path, "code"):
        for output in cell.outputs:
            shown = re.sub(noise, "", output.get("text") or output.get("data", {}).get("text/plain", ""))
            for number in re.finditer(r"(?<![\d.])\d+\.\d{1,12}", shown):
                for at in range(*number.span()):
                    if shown[at].isdigit():
                        wrong = shown[:at] + str((int(shown[at]) + 1) % 10) + shown[at + 1 :]
                        assert forgiven(wrong) != forgiven(shown), wrong[slice(*number.span())]


def test_what_jupyterlab_writes_on_saving_is_forgiven():
    for path in PATHS:
        notebook = nbformat.read(path, as_version=4)
        kept = tidy(nbformat.read(path, as_version=4))
        notebook.metadata.kernelspec.display_name = "Python 3 (ipykernel)"
        notebook.metadata.language_info |= {"version": "3.13.1", "pygments_lexer": "ipython3"}
        notebook.metadata.language_info.codemirror_mode = {"name": "ipython", "version": 3}
        notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
        for cell in notebook.cells:
            cell.metadata |= {"trusted": True, "editable": True, "slideshow": {"slide_type": ""}}
            cell.metadata |= {"collapsed": False, "scrolled": True, "tags": tags(cell)}
            cell.metadata.execution = {"iopub.execute_input": "2026-11-24T20:00:00.000000Z"}
            cell.metadata.setdefault("jupyter", {})["outputs_hidden"] = False
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    output.traceback = ["\x1b[31m---\x1b[39m", "File /home/reader/rules.py:1"]
        assert tidy(notebook) == kept


def test_figures_are_shown_whatever_backend_the_environment_names(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    assert refresh(START).count('"image/png"') == START.read_text().count('"image/png"') > 0
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(START)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


@each_lesson
def test_it_has_the_parts_of_a_lesson(path):
    text = prose(path)
    assert re.search(r"^# \w+ ", text, re.M)
    for part in ["**Question.**", "*You will*", "*You need*", "*It takes*", "*Predict"]:
        assert part in text, part
    headings = re.findall(r"^## (.+)$", text, re.M)
    assert any(h.startswith("Where it breaks") for h in headings)
    ends = ["Take it with you", "What you learned", "Exercises", "Solutions"]
    assert [h for h in headings if h in ends] == ends
    assert 25 <= len(cells(path)) <= 48
    words = re.sub(r"```.*?```", "", text, flags=re.S)  # without code of other systems
    assert 800 <= len(re.findall(r"\S*[^\W\d_]\S*", words)) <= 2700


@each_notebook
def test_its_cells_are_short(path):
    for cell in cells(path, "code"):
        free = "take-away" in tags(cell) or cell.metadata.get("jupyter", {}).get("source_hidden")
        assert free or len(cell.source.splitlines()) <= 15, cell.source
        assert not cell.source.rstrip().endswith(";")
        assert not re.search(r"#\s*(nbval|NBVAL)|Out\[", cell.source)


@each_notebook
def test_no_sentence_is_taken_for_a_list(path):
    assert not re.search(r"^\d+[.)] ", prose(path), re.M)  # a line that begins "32. " is shown as one


@each_lesson
def test_its_solutions_are_folded(path):
    where = [i for i, c in enumerate(cells(path)) if c.source.startswith("## Solutions")]
    solution = cells(path)[where[0] + 1]
    folded = solution.metadata.get("jupyter", {}).get("source_hidden")
    assert folded, f"{path.name}: fold the cell of the solutions again, and save"
    assert re.search(r"\bassert\b|\bcheck\(", solution.source)


@each_notebook
def test_its_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if not target.startswith(("http://", "https://")):
            file, _, anchor = target.partition("#")
            there = (path.parent / file).resolve()
            assert there.is_file(), target
            if anchor:
                headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.M)
                assert anchor in [re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings]


def test_the_start_page_lists_the_lessons():
    listed = re.findall(r"^\| \d+ \| \[(.+?)\]\((\w+\.ipynb)\)", prose(START), re.M)
    titles = [re.search(r"^# (.+)$", prose(path), re.M)[1] for path in LESSONS]
    assert listed == list(zip(titles, [path.name for path in LESSONS], strict=True))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| [1-9]\d* \| \[(.+?)\]\(notebooks/(\w+\.ipynb)\)", readme, re.M) == listed


def test_the_start_page_is_a_short_read():
    assert 600 <= len(re.findall(r"\S*[^\W\d_]\S*", prose(START))) <= 1500


def test_the_start_page_tells_what_to_type_if_something_is_missing(tmp_path):
    first = cells(START, "code")[0].source
    assert "import numpy" not in first and "import matplotlib" not in first
    # Colab opens a notebook without the rest of the repository.
    for folder, source in [(START.parent, "-e .."), (tmp_path, "git+https://github.com/OWNER/NAME")]:
        bare = [sys.executable, "-I", "-S", "-c", first]  # with nothing but the standard library
        run = subprocess.run(bare, capture_output=True, text=True, cwd=folder)
        missing = "Not installed: numpy, matplotlib, autodiff_tutorial"
        says = f"ImportError: {missing}. In a new cell, run  %pip install {source}"
        assert run.stderr.splitlines()[-1] == says


def test_the_notebooks_lead_from_one_to_the_next():
    for before, after in pairwise([START, *LESSONS]):
        assert f"→]({after.name})" in prose(before)
        assert "[← " in prose(after) and f"]({before.name})" in prose(after)


RUN_ALONE = """
import sys
sys.modules["autodiff_tutorial"] = None  # the cell has to do without
sys.path.insert(0, {tests!r})
cell = {{}}
exec(compile({source!r}, "take-away", "exec"), cell)
from behaviours import BEHAVIOURS
from behaviours_tape import TAPE
from take_aways import TAKE_AWAYS
checks = BEHAVIOURS | TAPE | TAKE_AWAYS
checked = [name for name in checks if name in cell]
for name in checked:
    checks[name](cell)
print("checked", *checked)
"""


@each_lesson
def test_its_take_away_cell_works_alone(path):
    (cell,) = [c for c in cells(path, "code") if "take-away" in tags(c)]
    script = RUN_ALONE.format(tests=str(ROOT / "tests"), source=cell.source)
    command = [sys.executable, "-I", "-W", "error", "-c", script]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    defined = set(re.findall(r"^(?:def|class) (\w+)|^(\w+) = primitive", cell.source, re.M))
    names = {name for pair in defined for name in pair} & set(BEHAVIOURS | TAPE | TAKE_AWAYS)
    assert set(run.stdout.split("checked")[-1].split()) == names != set()
