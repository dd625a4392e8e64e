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
    ("07_solve_and_fit", "x = 3.5854013034703", "the author's post on forward mode, the wave from 4"),
    (
        "07_solve_and_fit",
        "largest change: 4.2e-01 1.8e-02 1.6e-03 1.2e-05 7.8e-10\n"
        "solution: 0.500000000 0.000000000 -0.523598776",
        "Neidinger (2010), Newton's method on the system of Burden and Faires",
    ),
    (
        "07_solve_and_fit",
        "b1 = 2.3894212918e+02 ± 2.7070075241e+00\n"
        "b2 = 5.5015643181e-04 ± 7.2668688436e-06\n"
        "sum of squares = 1.2455138894e-01",
        "NIST, Misra1a, certified to 11 digits",
    ),
    (
        "05_many_inputs",
        "slopes 1.07170257 1.95045586 1.45956811",
        "Neidinger (2010), the gradient of his tennis serve",
    ),
    (
        "08_higher_derivatives",
        "f''' = 495.9280353",
        "Neidinger (2010), x sin x² at 3, to seven decimals",
    ),
    (
        "08_higher_derivatives",
        "slope of g: 2.0",
        "Siskind and Pearlmutter (2005), their formula without tags",
    ),
    ("08_higher_derivatives", "balloon: 1.0", "the same paper, the right answer"),
    ("08_higher_derivatives", "42.0 24.0 10.0 6.0", "Géron, x²y + y + 2 at (3, 4) and its gradient"),
    ("08_higher_derivatives", "[3.0, 4.0] -> [[8.0, 6.0], [6.0, 0.0]]", "Géron, its Hessian"),
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
