"""The table against mpmath: every rule within 6 ulps over its whole domain."""

import math
import shutil
import subprocess
import sys
from pathlib import Path

import mpmath
import numpy as np
import pytest
from mpmath import mp

import autodiff_tutorial
from autodiff_tutorial.rules import ARRAYS, NUMBERS, RULES, functions, operations
from autodiff_tutorial.traced import linearize

FUNCTIONS = list(functions(math))
OPERATIONS = list(operations(math))

# The derivatives of a textbook, without a thought for rounding: mpmath has the digits.
TEXTBOOK = {
    "sin": mp.cos,
    "cos": lambda x: -mp.sin(x),
    "tan": lambda x: 1 + mp.tan(x) ** 2,
    "asin": lambda x: 1 / mp.sqrt(1 - x**2),
    "acos": lambda x: -1 / mp.sqrt(1 - x**2),
    "atan": lambda x: 1 / (1 + x**2),
    "sinh": mp.cosh,
    "cosh": mp.sinh,
    "tanh": lambda x: 1 - mp.tanh(x) ** 2,
    "asinh": lambda x: 1 / mp.sqrt(x**2 + 1),
    "acosh": lambda x: 1 / mp.sqrt(x**2 - 1),
    "atanh": lambda x: 1 / (1 - x**2),
    "exp": mp.exp,
    "expm1": mp.exp,
    "log": lambda x: 1 / x,
    "log1p": lambda x: 1 / (1 + x),
    "log2": lambda x: 1 / (x * mp.log(2)),
    "log10": lambda x: 1 / (x * mp.log(10)),
    "sqrt": lambda x: 1 / (2 * mp.sqrt(x)),
    "cbrt": lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2),
    "square": lambda x: 2 * x,
    "fabs": mp.sign,
}


class Mpmath:
    """mpmath under the names of math: a new line of the table is held against itself there."""

    pow = mp.power
    log2 = staticmethod(lambda x: mp.log(x, 2))
    cbrt = staticmethod(lambda x: mp.sign(x) * mp.cbrt(abs(x)))

    def __getattr__(self, name):
        return getattr(mp, name)


def value_of(name):
    return functions(Mpmath())[name][0]


def true_slope(name, x):
    return TEXTBOOK[name](x) if name in TEXTBOOK else mp.diff(value_of(name), x)


PARTIALS = {
    "add": (lambda a, b: 1, lambda a, b: 1),
    "subtract": (lambda a, b: 1, lambda a, b: -1),
    "multiply": (lambda a, b: b, lambda a, b: a),
    "divide": (lambda a, b: 1 / b, lambda a, b: -a / b**2),
    "remainder": (lambda a, b: 1, lambda a, b: -mp.floor(a / b)),
    "floor_divide": (lambda a, b: 0, lambda a, b: 0),
    "pow": (lambda a, b: b * a ** (b - 1), lambda a, b: a**b * mp.log(a)),
    "hypot": (lambda a, b: a / mp.hypot(a, b), lambda a, b: b / mp.hypot(a, b)),
    "maximum": (lambda a, b: float(a > b), lambda a, b: float(b > a)),
    "minimum": (lambda a, b: float(a < b), lambda a, b: float(b < a)),
}

SIZES = [5e-324, 1e-310, 1e-300, 1e-160, 1e-20, 1e-8, 1e-3, 0.1, 0.3, 0.5, 0.7, 0.9, 1 - 1e-8]
SIZES += [math.nextafter(1, 0), 1.0, math.nextafter(1, 2), 1 + 1e-8, 1.1, 1.5, math.pi / 2, 2.0, 3.0]
SIZES += [5.0, 10.0, 19.0, 20.0, 37.0, 38.0, 100.0, 300.0, 355.0, 372.0, 700.0, 709.0, 1e4, 1e8]
SIZES += [1e16, 1e100, 1e154, 1.4e154, 1e155, 1e160, 1e200, 1e300, 1.7e308]


def hard_points(name):
    """Return numbers from end to end of the domain of a function, and some of its interval."""
    low, high = NUMBERS[name][2]
    interval = list(np.linspace(low, high, 201))
    if name not in TEXTBOOK:  # its domain is not known
        return interval[5:-5:10]
    points = [s * size for size in SIZES for s in (1, -1)] + interval
    return [float(x) for x in points if inside(name, x)]


def inside(name, x):
    value = mp.mpf(x)
    if name in ("asin", "acos", "atanh"):
        return abs(value) < 1
    if name == "acosh":
        return value > 1
    if name == "log1p":
        return value > -1
    if name in ("log", "log2", "log10", "sqrt"):
        return value > 0
    return not (name in ("cbrt", "fabs") and value == 0)


def ulps(got, true):
    """Return how many units in the last place of the true value separate the two."""
    if abs(true) > mp.mpf(np.finfo(float).max):
        return 0.0 if got == math.copysign(math.inf, true) else math.inf
    return float(abs(mp.mpf(float(got)) - true) / mp.mpf(math.ulp(float(true))))


def worst(name, slope_at):
    """Return the largest error of a local derivative in ulps, and where it is."""
    with mpmath.workdps(800 if name in TEXTBOOK else 50):
        return max((ulps(slope_at(x), true_slope(name, mp.mpf(x))), x) for x in hard_points(name))


def slope(name, x):
    with np.errstate(all="ignore"):
        return linearize(RULES[name], [x], [True])[1]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_slope_keeps_its_digits_at_a_number(name):
    error, x = worst(name, lambda x: slope(name, x))
    assert error <= 6, f"{name}' is off by {error:.1f} ulps at {x!r}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_slope_keeps_its_digits_in_an_array(name):
    points = np.array(hard_points(name))
    slopes = dict(zip(points, np.broadcast_to(slope(name, points), points.shape), strict=True))
    error, x = worst(name, slopes.__getitem__)
    assert error <= 6, f"{name}' is off by {error:.1f} ulps at {x!r}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_value_is_that_of_mpmath(name):
    low, high = NUMBERS[name][2]
    with mpmath.workdps(40):
        for x in map(float, np.linspace(low, high, 23)[1:-1]):
            for value in (NUMBERS[name][0](x), ARRAYS[name][0](np.array([x]))[0]):
                assert value == pytest.approx(float(value_of(name)(mp.mpf(x))), rel=1e-14, abs=1e-16)


@pytest.mark.parametrize("name", TEXTBOOK)
def test_the_textbook_is_right(name):
    low, high = NUMBERS[name][2]
    with mpmath.workdps(40):
        for x in (low + 0.31 * (high - low), low + 0.77 * (high - low)):
            slope = mp.diff(value_of(name), x)
            assert mp.almosteq(slope, TEXTBOOK[name](mp.mpf(x)), 1e-12)


PAIRS = [
    (a, b) for a in (1e-3, 0.3, 1.0, 2.0, 7.5, 900.0) for b in (-2.5, -1.0, 0.5, 0.7, 2.0, 3.0, 60.5)
]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_keeps_its_digits(name):
    with mpmath.workdps(60):
        for a, b in PAIRS:
            true = [partial(mp.mpf(a), mp.mpf(b)) for partial in PARTIALS[name]]
            _, *numbers = linearize(RULES[name], [a, b], [True, True])
            arrays = [
                np.ravel(s)[0]
                for s in linearize(RULES[name], [np.array([a]), np.array([b])], [True, True])[1:]
            ]
            if name in ("maximum", "minimum") and a == b:
                true = [mp.mpf(0.5), mp.mpf(0.5)]
            assert max(map(ulps, numbers, true)) <= 6, (a, b)
            assert max(map(ulps, arrays, true)) <= 6, (a, b)


def test_the_oracles_cover_the_table():
    assert set(TEXTBOOK) <= set(FUNCTIONS) and len(TEXTBOOK) >= 22
    assert set(PARTIALS) == set(OPERATIONS)


def test_a_line_is_all_a_new_primitive_takes(tmp_path):
    package = shutil.copytree(Path(autodiff_tutorial.__file__).parent, tmp_path / "autodiff_tutorial")
    table = (package / "rules.py").read_text()
    line = '"softplus": (lambda x: m.log1p(m.exp(x)), lambda x, y: 1 / (1 + m.exp(-x)), (-3, 3)),'
    place = '        "sin": '
    (package / "rules.py").write_text(table.replace(place, f"        {line}\n{place}", 1))
    script = """
from math import log
import numpy as np
import autodiff_tutorial
from autodiff_tutorial import derivative, forward_mode, reverse_mode, softplus
assert "softplus" in autodiff_tutorial.__all__
assert softplus(0.0) == log(2)
assert derivative(softplus)(0.0) == reverse_mode([softplus], 0.0)[1] == 0.5
assert forward_mode([softplus], np.zeros(2)).der.tolist() == [0.5, 0.5]
assert derivative(derivative(softplus))(0.0) == 0.25
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path)
    # and the tests that run over the table take the new line in
    here = Path(__file__).parent
    files = [str(here / name) for name in ("test_rules.py", "test_checks.py", "test_valder.py")]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files, "-k", "softplus"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0 and "7 passed" in run.stdout, run.stdout


@pytest.mark.parametrize("x", [720.0, -1000.0, 1e300])
def test_tanh_is_flat_far_out_in_every_derivative(x):
    f = np.tanh
    for _ in range(3):
        f = autodiff_tutorial.derivative(f)
        assert f(x) == 0.0 == autodiff_tutorial.grad(f)(x)
        assert np.array_equal(f(np.array([x, x])), [0.0, 0.0])


@pytest.mark.parametrize("x", [0.0, 2.0, math.inf, math.nan])
def test_a_power_of_0_has_slope_0_everywhere(x):
    for exponent in (0, 0.0, np.zeros(2)):
        f = lambda x: np.sum(x**exponent)  # noqa: B023, E731
        assert autodiff_tutorial.grad(f)(x) == 0.0
        assert np.array_equal(autodiff_tutorial.grad(f)(np.array([x, x])), [0.0, 0.0])
    assert autodiff_tutorial.derivative(lambda x: x**0)(x) == 0.0
