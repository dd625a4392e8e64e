"""What a function must do, by its name, wherever it is defined.

The package's own functions and those of every take-away cell go through the same checks. A check
takes the namespace (a dict) that it tests, and nothing here imports the package.
"""

import math
import re
import warnings
from functools import partial

import numpy as np
import pytest


def close(got, want):
    assert got == pytest.approx(want, rel=1e-14, abs=1e-15)


def quiet(check):
    """Let NumPy's warnings pass, which tell of a nan."""

    def quietly(names):
        with np.errstate(all="ignore"):
            check(names)

    return quietly


def raises(error, words, f, *args):
    with pytest.raises(error, match=words):
        f(*args)


def valder(names):
    V = names["Valder"]
    raises(RuntimeError, "val", V)
    assert repr(V(2.0, 0)) == "Valder(val=2.0, der=0)"
    assert repr(V(2.0)) == "Valder(val=2.0, der=0)"
    x = V(3.0, 1.0)
    for y, val, der in [
        (x + 2, 5, 1),
        (2 + x, 5, 1),
        (x - 2, 1, 1),
        (2 - x, -1, -1),
        (x * 2, 6, 2),
        (2 * x, 6, 2),
        (x / 2, 1.5, 0.5),
        (2 / x, 2 / 3, -2 / 9),
        (-x, -3, -1),
        (x**2, 9, 6),
        (x**-1.5, 3**-1.5, -1.5 * 3**-2.5),
        (x * x, 9, 6),
        (x / (x + 1), 0.75, 1 / 16),
        (x * x - x / x, 8, 6),
    ]:
        close(y.val, val)
        close(y.der, der)
    close((2**x).der, 8 * math.log(2))
    close((x**x).der, 27 * (1 + math.log(3)))
    close((abs(-x).val, abs(-x).der), (3, 1))
    assert x == 3 and x < 4 and x > 2 and not x < 3 and bool(x) and not V(0.0, 1.0)
    assert math.isnan((V(-1.0, 1.0) ** 0.5).val)
    for y in (np.sin(x), np.multiply(2.0, np.sin(x)) / 2, np.sin(np.float64(1) * x)):
        close((y.val, y.der), (math.sin(3), math.cos(3)))
    right_or_refused(lambda: np.floor(x), 3, 0)
    grid = np.array([1.0, 2.0, 4.0])
    close((V(grid, 1.0) + 1).der, np.ones(3))
    for y in (V(grid, np.ones(3)) * grid, grid * V(grid, np.ones(3))):
        close(y.val, grid**2)
        close(y.der, grid)
    compares(V)
    speaks_with_numpy(V)
    nests(names)


def compares(V):
    x = V(3.0, 1.0)
    assert x <= 3 and x >= 3 and np.float64(3) <= x and np.float64(4) > x and x != 2
    assert not (x <= 2 or x >= 4 or x != 3 or x == 2)
    assert (V([1.0, 2.0], 1.0) <= 1).tolist() == [True, False]
    assert V(2.0, 1.0) <= x and x >= V(2.0, 1.0)


def speaks_with_numpy(V):
    x = V(3.0, 1.0)
    for y, val, der in [
        (np.power(x, 2), 9, 6),
        (np.power(2.0, x), 8, 8 * math.log(2)),
        (x ** np.int64(3), 27, 27),
        (V(3, 1) ** -1, 1 / 3, -1 / 9),
        (np.exp(x) / np.exp(x), 1, 0),
        (np.sqrt(np.log(np.exp(x))), math.sqrt(3), 0.5 / math.sqrt(3)),
        (np.cos(x), math.cos(3), -math.sin(3)),
        (np.add(x, 1) - np.subtract(1, np.abs(x)), 6, 2),
    ]:
        close((y.val, y.der), (val, der))
    for y in (V(0.0, 1.0) ** 0, V(0.0, 1.0) ** 0.0):
        close((y.val, y.der), (1, 0))
    for y in (0.0 ** V(2.0, 1.0), V(0.0, 0.0) ** V(2.0, 1.0)):
        close((y.val, y.der), (0, 0))
    y = 0 ** V([0.5, 1.0, 2.0], 1.0)
    close((*y.val, *y.der), (0, 0, 0, 0, 0, 0))
    assert math.isnan(np.log(V(-1.0, 1.0)).der) and math.isnan(np.sqrt(V(-1.0, 1.0)).der)
    before = x
    x += 1
    x *= x
    close((x.val, x.der, before.val), (16, 8, 3))  # and what had the name before is as it was
    # lists
    y = V([1, 2, 4], 1) ** 2
    close((*y.val, *y.der), (1, 4, 16, 2, 4, 8))
    y = before * [1, 2]
    close((*y.val, *y.der), (3, 6, 1, 2))
    raises(ValueError, "shape", V, [1.0, 2.0], [1.0, 2.0, 3.0])
    raises(TypeError, "number", lambda: before + None)
    raises(TypeError, "number", lambda: before * "2")
    raises(TypeError, "out", lambda: np.multiply(before, 2.0, out=before))
    y = before / math.factorial(21)  # which is too large for NumPy's integers
    close((y.val, y.der), (3 / 51090942171709440000, 1 / 51090942171709440000))
    for masked in (lambda m: before * m, lambda m: m * before, lambda m: V(m, 1.0)):
        raises(TypeError, "plain array|derivative", masked, np.ma.array([1.0, 2.0], mask=[False, True]))
        with warnings.catch_warnings(action="ignore"):  # NumPy would like matrices to go away
            raises(TypeError, "plain array|derivative", masked, np.asmatrix([[1.0, 2.0]]))
    raises(TypeError, "complex|real", lambda: abs(V(1j, 1.0)))
    raises(TypeError, "derivative", np.array, [before])
    raises(TypeError, "derivative", V, [before, before])
    # right, or refused in a sentence
    right_or_refused(lambda: np.where([True, False], before * 2, 0.0), [6, 0], [2, 0])
    right_or_refused(lambda: np.maximum(before, 1.0), 3, 1)
    right_or_refused(lambda: np.sum(V([1.0, 2.0], [1.0, 5.0])), 3, 6, r"np\.sum")
    raises(TypeError, r"math.*np\.sin", math.sin, before)
    with pytest.raises(TypeError):
        hash(before)


def right_or_refused(call, val, der, words="Valder|derivative"):
    try:
        y = call()
    except TypeError as error:
        assert re.search(words, str(error))
    else:
        close(getattr(y, "val", y), val)
        close(getattr(y, "der", 0), der)


def nests(names):
    V, d = names["Valder"], names.get("derivative")
    try:  # a Valder in a Valder, by hand
        y = V(V(3.0, 1.0), 1.0) ** 3
    except TypeError as error:
        assert "nest" in str(error)
        raises(TypeError, "nest", d(lambda p: (V(2.0, 1.0) * p).der), 3.0)
    else:
        close((y.val.val, y.val.der, y.der.val, y.der.der), (27, 27, 27, 18))
    if d is not None:
        f = lambda x: x * np.sin(x**2)  # noqa: E731
        close(d(f)(3), -15.988226228682427)
        assert d(d(f))(3.0) == pytest.approx(-60.90914112003390, rel=1e-13)
        assert d(d(d(f)))(3.0) == pytest.approx(495.9280353177432, rel=1e-13)
        close(d(lambda x: x * d(lambda y: x + y)(1.0))(1.0), 1)  # no perturbation confusion
        close(d(lambda x: x * d(lambda y: x)(1.0))(1.0), 0)
        close(d(d(np.square))(np.array([1.0, 2.0])), [2, 2])
        close(d(lambda x: 7)(2.0), 0)
        close(d(lambda b: d(lambda a: a**b)(2.0))(0.0), 0.5)  # of b·a**(b - 1), at the edge of its rule
        raises(TypeError, "None", d(lambda x: None), 1.0)  # a return that was forgotten
        raises(TypeError, "derivative", d(lambda x: [x, x]), 1.0)
        raises(TypeError, r"one value, not a tuple|np\.stack", d(lambda x: (x, x * x)), 1.0)


SLOPES = {
    "sin": math.cos,
    "cos": lambda x: -math.sin(x),
    "exp": math.exp,
    "log": lambda x: 1 / x,
    "sqrt": lambda x: 0.5 / math.sqrt(x),
    "tanh": lambda x: (1 / math.cosh(x)) ** 2,
}


def primitive(name):
    value, slope = getattr(math, name), SLOPES[name]

    def on_a_tape(names):
        f, d = names[name], names["grad"]
        for x in (0.3, 1.0, 2.5, 20.0):
            close(f(x), value(x))
            assert d(f)(x) == pytest.approx(slope(x), rel=1e-14, abs=0)
            assert d(lambda x: -3 * f(x))(x) == pytest.approx(-3 * slope(x), rel=1e-14, abs=0)

    def with_valder(names):
        f, V = names[name], names["Valder"]
        for x in (0.3, 1.0, 2.5, 20.0):
            close(f(V(x, 1.0)).val, value(x))
            close(f(V(x, 1.0)).der, slope(x))
            close(f(V(x, -3.0)).der, -3 * slope(x))
            close(f(x), value(x))
        if name in ("log", "sqrt"):
            assert math.isnan(f(V(-1.0, 1.0)).der)
        grid = np.array([0.3, 1.0, 2.5])
        y = f(V(grid, np.full(3, 2.0)))
        close(y.val, [value(x) for x in grid])
        close(y.der, [2 * slope(x) for x in grid])

    def check(names):
        assert "Valder" in names or "grad" in names
        if "Valder" in names:
            with_valder(names)
        if "grad" in names:
            on_a_tape(names)

    return check


def forward_mode(names):
    V, sin, exp, run = (names[n] for n in ("Valder", "sin", "exp", "forward_mode"))
    y = run([sin, sin, exp], V(2.0, 1.0))
    close(y.val, 2.2013533791690376)
    close(y.der, -0.562752038662712)
    close(run([sin, sin, exp], V(2.0, -2.0)).der, 2 * 0.562752038662712)
    y = run([sin, lambda v: v**2 + 1], V(np.array([0.5, 2.0]), 1.0))
    close(y.der, np.sin([1.0, 4.0]))


def reverse_mode(names):
    V, sin, exp, run = (names[n] for n in ("Valder", "sin", "exp", "reverse_mode"))
    val, der = run([sin, sin, exp], V(2.0, 0), 1.0)
    assert isinstance(val, V)
    close((val.val, der), (2.2013533791690376, -0.562752038662712))
    close(run([sin, sin, exp], 2.0)[1], -0.562752038662712)
    close(run([sin, sin, exp], V(2.0, 0), -2.0)[1], 2 * 0.562752038662712)
    close(run([sin, sin, exp], V(2.0, 3.0))[0].der, -3 * 0.562752038662712)
    # a link in the post's way: its local derivative, whatever derivative came in
    own_sin = lambda v: V(math.sin(v.val), math.cos(v.val))  # noqa: E731
    own_exp = lambda v: V(math.exp(v.val), math.exp(v.val))  # noqa: E731
    close(run([own_sin, own_sin, own_exp], V(2.0, 0))[1], -0.562752038662712)
    close(run([sin, lambda v: v**2 + 1, exp], 0.5)[1], math.sin(1) * math.exp(1 + math.sin(0.5) ** 2))
    # nothing at all is the identity
    val, der = run([], V(2.0, 0), 3.0)
    close((val.val, der), (2.0, 3.0))
    # arrays of inputs and of seeds, which stay as they were
    grid, dy = np.array([-1.0, 0.5, 2.0]), np.array([1.0, 10.0, 100.0])
    val, der = run([sin, sin, exp], V(grid, 0), dy)
    close(val.val, np.exp(np.sin(np.sin(grid))))
    close(der, dy * np.exp(np.sin(np.sin(grid))) * np.cos(np.sin(grid)) * np.cos(grid))
    assert dy.tolist() == [1.0, 10.0, 100.0]
    # as deep as one likes
    val, der = run([lambda v: 1.0 * v] * 50_000 + [sin] * 50_000, 1.0)
    assert math.isfinite(der)
    is_package = "check_grads" in names  # which leaves this to Python; the cell names the place
    raises(TypeError, "not callable" if is_package else r"\b1\b", run, [sin, "sin"], 2.0)


def finite_difference(names):
    f = names["finite_difference"]
    nested = lambda x: np.exp(np.sin(np.sin(x)))  # noqa: E731
    slope = lambda x: nested(x) * np.cos(np.sin(x)) * np.cos(x)  # noqa: E731
    grid = np.array([-3.0, 0.0, 2.0])
    for method, error in [("forward", 1e-7), ("central", 1e-9), ("complex", 1e-14)]:
        assert f(nested, 2.0, method=method) == pytest.approx(-0.56275203866271185, rel=error)
        assert f(nested, grid, method=method) == pytest.approx(slope(grid), rel=error, abs=error)
    assert f(lambda x: x * x, 3.0, h=0.5, method="forward") == 6.5
    assert f(lambda x: x, 0.3, h=0.1) == 1
    for wave, x in [(lambda x: np.sin(x / 8e-8), 3000.0), (np.sin, 1e11)]:  # waves that are fast for x
        assert f(wave, x) == pytest.approx(f(wave, x, method="complex"), rel=2e-3)
    raises(ValueError, "forward, central, complex", f, np.sin, 1.0, None, "backward")
    raises(ValueError, "above 0", f, np.sin, 1.0, -1.0)
    raises(ValueError, "above 0", f, np.sin, 1.0, np.inf)
    raises(ValueError, "too small to move x", f, np.sin, 1e10, 1e-8)
    raises(TypeError, "complex number into a real", f, abs, -2.0, None, "complex")

    def in_place(x):
        x *= 3
        return x

    for h in (None, 0.25):
        assert f(in_place, grid, h=h) == pytest.approx([3, 3, 3])
    assert grid.tolist() == [-3, 0, 2]


def check_derivative(names):
    check = names["check_derivative"]
    grid = np.array([0.4, 1.7, 3.0])
    quotient = lambda x: np.sin(x) / x  # noqa: E731
    raises(AssertionError, r"shape \(0,\)", check, np.sin, lambda x: [], 0.7)
    for f, df in [
        (np.sin, np.cos),
        (quotient, lambda x: (x * np.cos(x) - np.sin(x)) / x**2),
        (lambda x: 1e6 * np.exp(x), lambda x: 1e6 * np.exp(x)),
        (lambda x: 3.0 + 0 * x, lambda x: 0 * x),
    ]:
        check(f, df, grid)
        check(f, df, 0.7)
    for f, df in [
        (np.sin, lambda x: -np.cos(x)),
        (np.sin, lambda x: 2 * np.cos(x)),
        (np.sin, lambda x: 1.001 * np.cos(x)),
        (np.sin, lambda x: np.nan * x),
        (quotient, lambda x: (np.sin(x) - x * np.cos(x)) / x**2),
        (lambda x: np.sin(x**2), lambda x: np.cos(x**2)),
        (lambda x: x * np.cos(x), np.cos),
    ]:
        for x in (0.7, grid):
            raises(
                AssertionError,
                "at x = .* is .*, but the central difference is .* apart",
                check,
                f,
                df,
                x,
            )


def plot_derivative(names):
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    draw = names["plot_derivative"]
    matplotlib.rcdefaults()
    settings = dict(matplotlib.rcParams)

    def bell(x):
        return np.exp(-x * x)

    ax = draw(bell, -1.0, 2.0)
    assert dict(matplotlib.rcParams) == settings
    (value,) = [
        line for line in ax.lines if line.get_color() == "#0072B2" and len(line.get_xdata()) > 100
    ]
    (slope,) = [line for line in ax.lines if line.get_color() == "#C44E00"]
    x = value.get_xdata()
    assert (x[0], x[-1]) == ax.get_xlim() == (-1, 2)
    close(value.get_ydata(), bell(x))
    assert slope.get_ydata() == pytest.approx(-2 * x * bell(x), rel=1e-7, abs=1e-9)  # as one can see
    assert slope.get_linestyle() == "--"
    assert [(t.get_text(), t.get_color()) for t in ax.texts] == [
        ("bell", "#0072B2"),
        ("bell ′", "#C44E00"),
    ]
    for drawn in (ax, draw(np.exp, 0.0, 1.0), draw(lambda x: -np.exp(-x), 0.0, 3.0)):
        drawn.figure.canvas.draw()
        boxes = [text.get_window_extent() for text in drawn.texts]
        assert not boxes[0].overlaps(boxes[1])
        assert min(box.x0 for box in boxes) > drawn.get_window_extent().x1
    _, given = plt.subplots()
    assert draw(lambda x: x**2, 0.0, 1.0, given) is given
    assert given.texts[0].get_text() == "f"
    plt.close("all")
    draws_what_is_so(draw)
    if sample := names.get("sample"):  # in the take-away cell, which can't be nested
        raises(TypeError, "nested", draw, lambda x: x * sample(lambda y: x * y, [1.0])[1, 0], 1, 2)


def draws_what_is_so(draw):
    """Test what plot_derivative draws of poles, kinks and small numbers, and what it refuses."""
    import matplotlib.pyplot as plt

    def curves(f, a, b):  # where there are gaps, and the points that are drawn
        ax, found = draw(f, a, b), []
        for color in ("#0072B2", "#C44E00"):
            (line,) = [c for c in ax.lines if c.get_color() == color and len(c.get_xdata()) > 100]
            x, y = line.get_data()
            found += [x[~np.isfinite(y)], x[np.isfinite(y)], y[np.isfinite(y)]]
        plt.close(ax.figure)
        return found, ax

    def agree(f, a, b, value, slope):
        (_, x, y, _, x_slope, y_slope), _ = curves(f, a, b)
        assert min(len(x), len(x_slope)) >= 795
        assert y == pytest.approx(value(x), rel=1e-9, abs=1e-12)
        assert y_slope == pytest.approx(slope(x_slope), rel=1e-9, abs=1e-12)

    for a in (-1, -1.01, np.int64(-2)):  # with a point on the pole and without
        agree(lambda x: 1 / x, a, 1, lambda x: 1 / x, lambda x: -1 / x**2)
        (gap, *_, slope_gap, _, _), ax = curves(lambda x: 1 / x, a, 1)
        assert all(len(g) and max(abs(g)) < 0.005 for g in (gap, slope_gap))
        assert -100 < ax.get_ylim()[0] < -10 and 5 < ax.get_ylim()[1] < 100
    (_, _, value, _, x, slope), ax = curves(lambda x: np.sin(2 * np.pi * x / 500e-9), 1e-9, 900e-9)
    assert min(np.ptp(value), np.ptp(slope)) > 0.5 * np.ptp(ax.get_ylim())
    scale = slope / (2 * np.pi / 500e-9 * np.cos(2 * np.pi * x / 500e-9))
    assert scale == pytest.approx(1e-7) and "×" in ax.texts[1].get_text()
    agree(partial(np.power, 2.0), 0, 3, lambda x: 2**x, lambda x: 2**x * np.log(2))
    agree(np.poly1d([1, 0, -2]), 0, 3, lambda x: x**2 - 2, lambda x: 2 * x)
    agree(lambda x: x if x > 0 else 2 * x, -1, 1, lambda x: np.minimum(x, 2 * x), lambda x: 1 + (x <= 0))
    agree(lambda x: np.where(x > 0, x * x, -x), 0.5, 2, np.square, lambda x: 2 * x)
    agree(lambda x: 7, 0, 1, lambda x: 7 + 0 * x, lambda x: 0 * x)
    agree(lambda x: 2**x + x**3, 1, 2, lambda x: 2**x + x**3, lambda x: 2**x * np.log(2) + 3 * x**2)
    (gap, *_, slope_gap, _, _), _ = curves(np.abs, -1.001, 1.5)
    assert not len(gap) and len(slope_gap) == 1 and abs(slope_gap[0]) < 0.005
    for f, top in [(lambda x: np.tanh(1e4 * x), 1), (lambda x: np.exp(-((100 * x) ** 2)), 1)]:
        (gap, *_), ax = curves(f, -1.001, 1)  # steep and narrow, but it neither jumps nor has a pole
        assert not len(gap) and ax.get_ylim()[1] > top
    assert curves(np.exp, 0, 20)[1].get_ylim()[1] > math.exp(20)
    (_, _, _, gap, _, _), ax = curves(lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, 0, 3)
    assert not len(gap) and "×" not in ax.texts[1].get_text()
    for f in (
        math.sin,
        lambda x: None,
        lambda x: [x],
        lambda x: "a",
        lambda x: 1j * x,
        lambda x: (x, x),
    ):
        raises(TypeError, r"\.$", draw, f, 0, 1)
    raises(TypeError, r"np\.sin", draw, math.sin, 0, 1)
    raises(TypeError, "None", draw, lambda x: None, 0, 1)
    for a, b in [(1, 0), (0, np.nan), (-3, -1)]:
        raises(ValueError, r"\.$", draw, np.log, a, b)
    plt.close("all")


BEHAVIOURS = {
    "Valder": quiet(valder),
    "check_derivative": check_derivative,
    "finite_difference": finite_difference,
    "forward_mode": forward_mode,
    "plot_derivative": plot_derivative,
    "reverse_mode": reverse_mode,
    **{name: quiet(primitive(name)) for name in SLOPES},
}
