"""The checker: what it must accept, and above all what it must reject."""

import math

import mpmath
import numpy as np
import pytest
from pytest import approx

from autodiff_tutorial import (
    Valder,
    check_derivative,
    check_grads,
    cos,
    derivative,
    exp,
    finite_difference,
    primitive,
    sin,
)
from autodiff_tutorial.operators import PRIMITIVES, carried
from autodiff_tutorial.rules import NUMBERS, Rule, linear
from autodiff_tutorial.tape import Node
from autodiff_tutorial.traced import Traced, primal

F = lambda x: np.exp(np.sin(np.sin(x)))  # noqa: E731
DF = -0.56275203866271185662515


@pytest.mark.parametrize(
    ("method", "digits"), [("forward", 1e-7), ("central", 1e-10), ("complex", 4e-16)]
)
def test_the_default_step_is_near_the_best(method, digits):
    assert finite_difference(F, 2.0, method=method) == approx(DF, rel=digits)
    grid = np.array([-3.0, 0.0, 2.0, 40.0])
    got = finite_difference(F, grid, method=method)
    assert got == approx(derivative(F)(grid), rel=300 * digits, abs=30 * digits)
    assert finite_difference(np.log, 1e6, method=method) == approx(1e-6, rel=1e3 * digits)


def test_the_formulas():
    square = lambda x: x * x  # noqa: E731
    assert finite_difference(square, 3.0, h=0.5, method="forward") == 6.5
    assert finite_difference(square, 3.0, h=0.5) == 6
    assert finite_difference(square, 3.0, h=0.5, method="complex") == 6
    # 0.1 is no binary number: the step that was made is divided by, not the one asked for
    assert finite_difference(lambda x: x, 0.3, h=0.1) == 1
    assert finite_difference(np.exp, 0.0, h=1e-300, method="complex") == 1


@pytest.mark.parametrize("name", sorted(set(PRIMITIVES) - {"cbrt", "fabs"}))
def test_the_complex_step_goes_through_the_table(name):
    low, high = NUMBERS[name][2]
    grid = low + (high - low) * np.array([0.1, 0.3, 0.57, 0.9])
    exact = derivative(PRIMITIVES[name])(grid)
    assert finite_difference(PRIMITIVES[name], grid, method="complex") == approx(exact, rel=1e-14)
    number = finite_difference(PRIMITIVES[name], float(grid[1]), method="complex")
    assert number == approx(exact[1], rel=1e-14)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_every_primitive_is_accepted(name):
    low, high = NUMBERS[name][2]
    grid = low + (high - low) * np.array([0.15, 0.3, 0.45, 0.6, 0.85])
    check_grads(PRIMITIVES[name], grid)
    check_grads(PRIMITIVES[name], float(grid[3]))


def test_the_examples_of_the_notebooks_are_accepted():
    check_grads(F, np.array([2.0, -1.5]), order=4)
    check_grads(lambda x: x * np.sin(x**2), np.array([0.5, 3.0]))
    check_grads(lambda x: np.exp(-np.sqrt(x)) * np.sin(x * np.log(1 + x**2)), np.linspace(0.5, 5, 20))
    check_grads(lambda x: 1e6 * np.cos(x), np.linspace(0, 6, 7))
    check_grads(lambda x, y: np.sin(x * y), (3.0, 5.0))
    check_grads(lambda x: x[0] ** 2 * x[1] + x[1] + 2, np.array([3.0, 4.0]))
    check_grads(lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2, np.array([-1.2, 1.0]))
    pressure = np.array([77.6, 289.0, 760.0])
    check_grads(lambda b1, b2: b1 * (1 - np.exp(-b2 * pressure / 1000)), (239.0, 0.55))
    data, sign = np.linspace(-2, 2, 8).reshape(4, 2), np.array([1, -1, 1, -1])
    check_grads(lambda w: np.mean(np.log1p(np.exp(-sign * (data @ w)))), np.array([0.3, -0.8]))

    def neidinger(x):
        return np.cos(x) * np.sqrt(np.exp(-x * np.arctan(x / 2) + np.log(1 + x**2) / (1 + x**4)))

    check_grads(neidinger, np.array([0.0, 1.0]), order=3)


def wrong_by(change):
    """Return a sine whose rule has a planted error."""
    return lambda v: Valder(sin(v.val), change(v)) if isinstance(v, Valder) else sin(v)


FAULTS = {
    "off by 0.1 %": wrong_by(lambda v: 1.001 * cos(v.val) * v.der),
    "wrong sign": wrong_by(lambda v: -cos(v.val) * v.der),
    "factor 2": wrong_by(lambda v: 2 * cos(v.val) * v.der),
    "chain factor dropped": lambda x: wrong_by(lambda v: cos(v.val))(x**2),
    "missing term": lambda x: x * (sin(x).val if isinstance(x, Valder) else sin(x)),
    "nan": wrong_by(lambda v: math.nan * v.der),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_rejected(fault):
    for x in (0.7, 3.0, np.array([0.7, 3.0])):
        with pytest.raises(
            AssertionError, match=r"^fwd, order 1: the derivative at x = .* is .*, but the"
        ):
            check_grads(FAULTS[fault], x)


def test_a_fault_in_the_second_derivative_alone_is_rejected():
    # the right slope, made without a rule: what a second derivative needs is lost
    f = wrong_by(lambda v: math.cos(getattr(v.val, "val", v.val)) * v.der)
    check_grads(f, 0.7, order=1)
    with pytest.raises(AssertionError, match="fwd, order 2"):
        check_grads(f, 0.7, order=2)


def test_the_worst_place_is_named():
    with pytest.raises(
        AssertionError, match=r"x = 1 is 1\.1\d*, but the central difference is 1;.*apart"
    ):
        check_derivative(lambda x: x, lambda x: 1 + 0.1 * (x == 1), np.array([0.0, 1.0, 2.0]))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: finite_difference(np.sin, 1.0, method="backward"),
            ValueError,
            "forward, central, complex",
        ),
        (lambda: finite_difference(np.sin, 1.0, h=0.0), ValueError, "above 0"),
        (lambda: finite_difference(np.sin, 1.0, h=-1e-3), ValueError, "above 0"),
        (lambda: finite_difference(np.sin, 1.0, h=1e-17), ValueError, "too small to move x"),
        (lambda: finite_difference(np.sin, np.array([0.0, 1.0]), h=1e-17), ValueError, "too small"),
        (lambda: finite_difference(np.sin, 1j), TypeError, "real"),
        (lambda: finite_difference(np.sin, "1"), TypeError, "not str"),
        (lambda: finite_difference(exp, Valder(1.0, 1.0)), TypeError, "real"),
        (lambda: finite_difference(abs, -2.0, method="complex"), TypeError, "into a real one"),
        (lambda: finite_difference(np.sin, 1.0, h=np.inf), ValueError, "above 0"),
        (lambda: check_grads(np.sin, 1.0, order=0), ValueError, "nothing to check"),
        (lambda: check_grads(np.sin, 1.0, modes=()), ValueError, "nothing to check"),
        (lambda: check_derivative(np.sin, lambda x: [], 1.0), AssertionError, r"shape \(0,\)"),
        (
            lambda: check_derivative(np.sin, lambda x: np.cos(x)[None], np.ones(3)),
            AssertionError,
            r"\(1, 3\)",
        ),
        (lambda: check_grads(np.sin, 1.0, modes=("backward",)), ValueError, "fwd, rev, not 'backward'"),
    ],
)
def test_errors_speak(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_many_inputs_in_a_direction():
    f = lambda a, x, s: np.sum(np.sin(a @ x)) * s + x[0]  # noqa: E731
    check_grads(f, (np.arange(6.0).reshape(2, 3), np.array([0.1, -0.2, 0.3]), 1.5), order=3)
    check_grads(lambda x: x[0] * x[1:] / x[2], np.array([1.0, 2.0, 3.0]))  # to an array


@pytest.mark.parametrize("mode", ["fwd", "rev"])
@pytest.mark.parametrize("fault", ["off by 0.1 %", "wrong sign", "entries swapped", "an entry dropped"])
def test_a_fault_in_either_mode_is_rejected(mode, fault):
    turn = np.array([[0.0, 1.0], [1.0, 0.0]])
    wrong = {
        "off by 0.1 %": lambda bar: 1.001 * bar,
        "wrong sign": lambda bar: -1.0 * bar,
        "entries swapped": lambda bar: turn @ bar,
        "an entry dropped": lambda bar: np.array([1.0, 0.0]) * bar,
    }[fault]

    def f(x):
        y = np.sum(np.sin(x) * np.array([1.0, 2.0]))
        if not isinstance(x, Traced) or y.tag != x.tag:
            return y
        # the right value, with a part of the derivative by x gone wrong
        slope = np.cos(primal(x)) * np.array([1.0, 2.0])
        return np.sum(wrong(slope) * (x - primal(x))) + primal(y)

    x = np.array([0.4, 1.3])
    with pytest.raises(AssertionError, match=rf"^{mode}, order 1: .*along \[.*difference is"):
        check_grads(f, x, order=1, modes=(mode,))


@pytest.mark.parametrize(("mode", "kind"), [("fwd", Valder), ("rev", Node)])
def test_each_mode_is_checked_by_itself(mode, kind):
    def f(x):  # right in one mode, wrong in the other
        return x * x if isinstance(x, kind) else x * primal(x)

    check_grads(f, 3.0, order=1, modes=(mode,))
    with pytest.raises(AssertionError, match=r"order 1: the derivative at x = 3 is 3, but"):
        check_grads(f, 3.0, order=1)


def test_the_function_may_change_its_argument():
    def doubled(x):
        x *= 2
        return x

    x = np.array([1.0, 2.0])
    for method in ("forward", "central"):
        assert finite_difference(doubled, x, method=method) == approx([2, 2], rel=1e-7)
    assert x.tolist() == [1, 2]


def test_float32_is_no_excuse():
    check_derivative(np.sin, np.cos, np.float32([0.5, 1.0]))


def test_the_name_may_hold_braces():
    with pytest.raises(AssertionError, match=r"^d\{f\} at x = 0.5 is"):
        check_derivative(np.sin, np.sin, 0.5, name="d{f}")


@pytest.mark.parametrize("method", ["forward", "central", "complex"])
def test_the_steps_that_are_tried_are_powers_of_two(method):
    points = []
    for x in (0.0, 1.0):

        def f(y, x=x):
            points.append(abs(y - x))
            return y

        finite_difference(f, x, method=method)
    assert {math.frexp(h)[0] for h in points if 0 < h <= 1} == {0.5}  # so that x + h is exact
    if method == "complex":
        assert 1e-150 < min(points) <= max(points) < 1e-8


N = 40


@pytest.mark.parametrize("mode", ["fwd", "rev"])
@pytest.mark.parametrize("entry", range(N))
def test_a_small_fault_in_any_one_entry_is_rejected(entry, mode):
    fault = 1e-7 * (np.arange(N) == entry)
    wrong = primitive(lambda x: 0 * x, lambda x: fault)
    for f in (lambda x: np.sum(wrong(x)), wrong):  # of many inputs, and also of many outputs
        with pytest.raises(AssertionError, match=f"{mode}, order 1"):
            check_grads(f, np.ones(N), order=1, modes=(mode,))


@pytest.mark.parametrize("mode", ["fwd", "rev"])
def test_two_faults_do_not_cancel(mode):
    wrong = primitive(lambda x: 0 * x, lambda x: np.array([1e-3, -1e-3]))
    for f in (lambda x: np.sum(wrong(x)), wrong, lambda x: wrong(x[0] * np.ones(2))):
        with pytest.raises(AssertionError, match=f"{mode}, order 1"):
            check_grads(f, np.ones(2), order=1, modes=(mode,))


@pytest.mark.parametrize("mode", ["fwd", "rev"])
def test_what_is_right_is_accepted_with_any_signs(mode):
    x, y = np.array([0.5, -1.5, 2.0]), np.array([[-0.7], [1.1]])
    check_grads(lambda x, y: np.sin(x * y) - y * np.cos(x), (x, y), order=3, modes=(mode,))
    check_grads(lambda x: -np.exp(-x), -x, order=3, modes=(mode,))


PLANCK = 0.01438776877 / 5778  # hc/kT of the sun's surface, in metres


def planck(x):
    return 1.1910429724e-16 / x**5 / np.expm1(PLANCK / x)


SCALES = {
    "sine at 500": (np.sin, np.cos, 500.0),
    "sine at 1000": (np.sin, np.cos, 1000.0),
    "logarithm near its edge": (np.log, lambda x: 1 / x, 1e-3),
    "near a pole": (lambda x: 1 / x, lambda x: -1 / x**2, 0.005),
    "a wavelength": (
        planck,
        lambda x: planck(x) * (PLANCK / x / -np.expm1(-PLANCK / x) - 5) / x,
        500e-9,
    ),
    "a residual of a fit": (
        lambda b: 239 * (1 - np.exp(-b * 77.6)) - 10.07,
        lambda b: 239 * 77.6 * np.exp(-b * 77.6),
        5.5e-4,
    ),
    "large": (lambda x: 1e6 * np.exp(x), lambda x: 1e6 * np.exp(x), 0.7),
    "small": (lambda x: 1e-9 * np.sin(x), lambda x: 1e-9 * np.cos(x), 0.7),
    "high up": (lambda x: 1e8 + np.sin(x), np.cos, 0.7),
    "a parabola": (lambda x: 1e-20 * x**2, lambda x: 2e-20 * x, 1.3),
    "at 0": (np.exp, np.exp, 0.0),
    "at 0, of a small scale": (lambda x: np.exp(x / 1e-30), lambda x: 1e30 * np.exp(x / 1e-30), 0.0),
    "at 0, of a large scale": (lambda x: np.exp(x / 1e20), lambda x: 1e-20 * np.exp(x / 1e20), 0.0),
    "at 0, with cancellation": (lambda x: np.exp(x) - 1, np.exp, 0.0),
    "next to 0": (np.exp, np.exp, -1.1e-16),
    "constant": (lambda x: 3 + 0 * x, lambda x: 0 * x, 0.7),
    "next to a kink": (lambda x: np.maximum(x, 1), lambda x: 1.0 * (x > 1), 1 + 1e-6),
    "flat next to a kink": (lambda x: np.maximum(x, 1), lambda x: 1.0 * (x > 1), 1 - 1e-6),
    "flat and far from a kink": (lambda x: 1 + np.maximum(x, 0), lambda x: 1.0 * (x > 0), -0.5),
    "rounded": (lambda x: (1e6 + np.sin(x)) - 1e6, np.cos, 0.3),
    "an edge of the domain": (math.asin, lambda x: 1 / math.sqrt(1 - x * x), 1 - 1e-6),
}


@pytest.mark.parametrize("name", SCALES)
def test_step_and_tolerance_come_from_the_function(name):
    f, df, x = SCALES[name]
    check_derivative(f, df, x)
    assert finite_difference(f, x) == approx(df(x), rel=1e-5, abs=0)
    wrong = (lambda x: 1e-6 + df(x)) if df(x) == 0 else (lambda x: 1.001 * df(x))
    with pytest.raises(AssertionError, match="but the central difference is"):
        check_derivative(f, wrong, x)


def test_what_an_absolute_tolerance_would_hide_is_rejected():
    for f, df in [
        (lambda x: 1e8 + np.sin(x), lambda x: 0.0),
        (lambda x: 1e-9 * np.sin(x), lambda x: -1e-9 * np.cos(x)),
        (lambda x: 1e-20 * x**2, lambda x: 5e-20 * x),
    ]:
        with pytest.raises(AssertionError, match="apart"):
            check_derivative(f, df, 0.7)


def test_the_units_of_x_and_f_do_not_matter():
    z = np.array([0.5, -0.7, 1.3])
    for log_x in range(-30, 31, 6):
        for log_y in (-30, -7, 0, 12, 30):
            a, b = 10.0**log_x, 10.0**log_y
            f, slopes = lambda x, a=a, b=b: b * np.sin(x / a), b / a * np.cos(z)
            check_derivative(f, lambda x: slopes, a * z)  # noqa: B023
            check_grads(f, a * z)
            for wrong in (1.001 * slopes, -slopes, slopes[[1, 0, 2]], slopes * [1, 0, 1]):
                with pytest.raises(AssertionError, match="apart"):
                    check_derivative(f, lambda x: wrong, a * z)  # noqa: B023


def test_a_slope_below_the_rounding_of_the_function_is_held_to_that():
    f = lambda x: 1e17 + np.sin(x)  # noqa: E731  # its floats are 16 apart
    check_derivative(f, np.cos, 0.7)
    with pytest.raises(AssertionError):
        check_derivative(f, lambda x: 1e6, 0.7)


def test_an_error_at_the_point_itself_is_not_hidden():
    with pytest.raises(ValueError, match="math"):
        finite_difference(math.log, -1.0)
    assert math.isnan(finite_difference(np.sqrt, 0.0))
    with pytest.raises(AssertionError, match="nan"):
        check_derivative(np.sqrt, lambda x: np.inf, 0.0)


def test_the_complex_step_is_in_proportion_to_x():
    f, df, x = SCALES["a wavelength"]
    assert finite_difference(f, x, method="complex") == approx(df(x), rel=1e-9)
    f = lambda x: np.exp(x / 1e-25)  # noqa: E731
    for x in (0.0, 1e-25):
        exact = 1e25 * math.exp(x / 1e-25)
        assert finite_difference(f, x, method="complex") == approx(exact, rel=1e-14)


@pytest.mark.parametrize("x", [(np.zeros(3),), (np.array([0.0, 1e-9, 2e-9]), 0.0), (0.0, 0.0)])
def test_zeros_are_moved(x):
    f = lambda *xs: sum(np.sum(np.exp(u)) for u in xs)  # noqa: E731
    check_grads(f, x)

    def dropped(*xs):  # of what is at 0
        return f(*[u * (primal(u) != 0) for u in xs])

    assert grad_of_sum(dropped, x) != grad_of_sum(f, x)
    with pytest.raises(AssertionError, match="order 1"):
        check_grads(lambda *xs: dropped(*xs) if isinstance(xs[0], Traced) else f(*xs), x)


def grad_of_sum(f, x):
    return derivative(lambda t: f(*[u + t for u in x]))(0.0)


def flip(back):
    """Return np.flip with a transpose of its own."""
    pair = linear(np.flip, lambda w, n: back(w))
    return carried(Rule("flip", pair, pair))


def test_the_adjoint_test_needs_no_step():
    x = np.array([0.4, 1.3, -0.2])
    check_grads(lambda x: flip(np.flip)(np.sin(x)), x, order=1)
    # single precision: too near to what is right for any difference
    single = flip(lambda w: np.flip(np.float64(np.float32(w))))
    check_grads(lambda x: single(np.sin(x)), x, order=1, modes=("fwd",))
    check_grads(lambda x: single(np.sin(x)), x, order=1, modes=("rev",))
    with pytest.raises(
        AssertionError, match=r"^order 1: ⟨v, Jᵀw⟩ at x = .* is .*, but ⟨Jv, w⟩ is .* apart"
    ):
        check_grads(lambda x: single(np.sin(x)), x, order=1)


def test_a_slope_that_is_a_rounding_error_is_accepted():
    check_derivative(np.sin, np.cos, np.pi / 2)  # cos(pi / 2) is 6e-17 in floats
    check_derivative(lambda x: 1e-9 * np.cos(3 * x), lambda x: -3e-9 * np.sin(3 * x), np.pi / 3)
    check_grads(np.cos, np.pi)


def test_a_wave_that_is_fast_for_its_place():
    wave = lambda x: np.sin(2 * np.pi * x / 5e-7)  # noqa: E731
    for f, x in [(wave, 3000.0), (np.sin, 1e11), (lambda t: 230 * np.sin(100 * np.pi * t), 1.7e9)]:
        check_derivative(f, derivative(f), x)
        with pytest.raises(AssertionError):
            check_derivative(f, lambda x: 0.0 * x, x)
    points = np.geomspace(1e-6, 1e3, 300)
    check_derivative(wave, derivative(wave), points)


def test_the_smallest_number_is_as_good_as_zero():
    for x in (5e-324, -1e-300, 0.0):
        check_derivative(np.exp, np.exp, x)
        check_grads(lambda x: np.tanh(0.3 * x + 0.1), x)


CANCEL = {
    "(1 - cos x)/x²": (lambda x, m: (1 - m.cos(x)) / x**2, [1e-3, 0.01, 0.1, -0.03, 0.7]),
    "(eˣ - 1)/x": (lambda x, m: (m.exp(x) - 1) / x, [1e-5, 1e-4, 1e-3, 0.01, -0.1]),
    "log(1 + x)/x": (lambda x, m: m.log(1 + x) / x, [1e-5, 1e-4, 1e-3, -0.01, 0.1]),
    "(√(1 + x) - 1)/x": (lambda x, m: (m.sqrt(1 + x) - 1) / x, [1e-4, 1e-3, 0.01, -0.1]),
}


@pytest.mark.parametrize("name", CANCEL)
def test_a_function_whose_digits_cancel_is_not_accused(name):
    f, points = CANCEL[name]
    with mpmath.workdps(40):
        slopes = np.array([float(mpmath.diff(lambda x: f(x, mpmath), x)) for x in points])
    points, ours = np.array(points), lambda x: f(x, np)
    check_derivative(ours, lambda x: slopes, points)
    for x, slope in zip(points, slopes, strict=True):
        assert finite_difference(ours, x) == approx(slope, rel=2e-3)
        with pytest.raises(AssertionError, match="apart"):
            check_derivative(ours, lambda x, slope=slope: 2 * slope, x)


@pytest.mark.parametrize("x", [200.0, 1000.0])
def test_a_small_wave_is_not_taken_for_roundings(x):
    slope = 1 + 100 * math.cos(1e7 * x)  # the wave is some 1e-8 of f, and roundings may be 1e-9
    assert finite_difference(lambda x: x + 1e-5 * np.sin(1e7 * x), x) == approx(slope, abs=0.1)
