"""Numbers that others have published, where a notebook shows them.

A row is a notebook, a text that must be in one of its stored outputs, and the source of the number.
nbval in turn holds the stored outputs to the code.
"""

from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

PUBLISHED = [
    ("01_forward_mode", "-15.988226228682427", "the author's post on forward mode, x sin x² at 3"),
    (
        "01_forward_mode",
        "val=0.2350607172604515, der=0.36160858251472927",
        "the same post, its wave at 1",
    ),
    ("02_reverse_mode", "(2.2013533791690376, -0.562752038662712)", "the post on reverse mode"),
    ("02_reverse_mode", "-0.5627520671680486", "the same post, its difference with eps = 1e-8"),
    (
        "09_taylor_series",
        "at 0: 1.00000000 0.00000000 -0.25000000 0.00000000\n"
        "at 1: 0.50958252 -1.06288983 -0.01232227 0.96541612",
        "Neidinger (2010), Taylor coefficients of his test function, to eight decimals",
    ),
    (
        "09_taylor_series",
        "third derivative: 495.92803532",
        "Neidinger (2010), x sin x² at 3, to eight decimals",
    ),
    (
        "10_cost_and_memory",
        "checkpoints:  3   runs: 15",
        "Griewank and Walther (2000), ten steps and three checkpoints",
    ),
]


def shown(path):
    """Return all text that a notebook's outputs show."""
    outputs = [
        output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", [])
    ]
    return "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs)


@pytest.mark.parametrize(("notebook", "text", "source"), PUBLISHED)
def test_a_published_number_is_shown(notebook, text, source):
    assert text in shown(NOTEBOOKS / f"{notebook}.ipynb"), source
