"""What the functions that only a take-away cell has must do, by name, as in `behaviours`."""

import itertools
import math
import re
import weakref
from functools import partial

import mpmath
import numpy as np
import pytest
from behaviours import close, raises


def backward_sweep(names):
    run = names["backward_sweep"]
    sine, exponential = (np.sin, np.cos), (np.exp, np.exp)
    y, bars = run([sine, sine, exponential], 2.0)
    close(y, 2.2013533791690376)
    close(bars, [-0.562752038662712, 1.3522920018616114, 2.2013533791690376, 1])
    bars = run([(math.sin, math.cos), [math.exp, math.exp]], 2, -2.0)[1]
    close(bars, [-2 * math.cos(2) * math.exp(math.sin(2)), -2 * math.exp(math.sin(2)), -2])
    y, bars = run([], 2.0, 3.0)
    close((y, *bars), (2.0, 3.0))
    # arrays and lists of inputs, arrays of seeds, slopes that are constants
    grid, dy = np.array([-1.0, 0.5, 2.0]), np.array([1.0, 10.0, 100.0])
    y, bars = run([sine, (lambda v: 3 * v, lambda v: 3)], grid, dy)
    close(y, 3 * np.sin(grid))
    close(np.array(bars), np.array([3 * dy * np.cos(grid), 3 * dy, dy]))
    assert dy.tolist() == [1.0, 10.0, 100.0] and grid.tolist() == [-1.0, 0.5, 2.0]
    double = (partial(np.multiply, 2.0), lambda v: 2.0)
    for x in ([1, 2], np.array([1, 2]), (np.int64(1), 2.0)):
        y, bars = run([double, double], x)
        assert y.tolist() == [4, 8] and [bar.tolist() for bar in bars] == [[4, 4], [2, 2], [1, 1]]
    y, bars = run([(lambda v: v**3 / 6, lambda v: v**2 / 2)], 500e-9)
    assert bars[0] == pytest.approx(1.25e-13, rel=1e-14, abs=0)
    # as deep as one likes
    close(run([(np.negative, lambda v: -1.0)] * 100_001, 1.0)[1][0], -1)
    raises(TypeError, r"chain\[1\].*pair", run, [sine, np.sin], 2.0)
    raises(TypeError, r"chain\[0\].*pair", run, [(np.sin,)], 2.0)
    raises(ValueError, r"y_bar.*\(2,\).*\(3,\)", run, [sine], grid, [1.0, 2.0])
    raises(ValueError, r"y_bar", run, [sine], 2.0, grid)
    for wrong in (None, "2", 2j, [1j], np.ma.array([1.0, 2.0], mask=[True, False])):
        raises(TypeError, r"(?s)x is .*give unmasked real numbers", run, [sine], wrong)
        raises(TypeError, r"(?s)y_bar is .*give unmasked real numbers", run, [sine], 2.0, wrong)
    for part in (0, 1):  # the error names the part that is wrong, and not the one after it
        named = ("function", "derivative")[part] + r" of chain\[1\]"

        def chain(wrong, part=part):
            return [sine, (wrong, np.cos) if part == 0 else (np.sin, wrong), sine]

        for wrong in (lambda v: None, lambda v: "a", lambda v: "2.0", lambda v: v * 1j, lambda v: print):
            raises(TypeError, f"{named}.*return", run, chain(wrong), 2.0)
        for wrong in (lambda v: max(v, 0), math.sin, lambda v: [1, [2]], lambda v: 1 // 0):
            raises(ValueError, f"{named} stops with", run, chain(wrong), grid)
        for wrong in (lambda v: [v], lambda v: np.ones(2)):
            raises(ValueError, f"{named}.*shape", run, chain(wrong), 2.0)
            raises(ValueError, f"{named}.*shape", run, chain(wrong), grid)
    raises(ValueError, r"chain\[0\].*shape", run, [(np.sum, np.ones_like)], grid)
    # a list of the right shape, and a function that changes what it is given
    close(run([(lambda v: [*(2 * v)], lambda v: [2, 2, 2]), sine], grid)[1][0], 2 * np.cos(2 * grid))
    close(run([(lambda v: np.multiply(v, v, out=v), lambda v: 2 * v)], grid)[1][0], 2 * grid)


def newton(names):
    solve = names["newton"]
    for f, start, root in [
        (lambda x: x**2 - 2, 1, math.sqrt(2)),
        (lambda x: x**2 - 2, np.int64(1), math.sqrt(2)),
        (lambda x: x**-2 - 0.64, np.int64(1), 1.25),
        (partial(lambda x, a: x**2 - a, a=5.0), 1.0, math.sqrt(5)),
        (np.sin, np.array(3.0), math.pi),
        (lambda x: np.exp(x) - 1e-30, 0, math.log(1e-30)),
        (lambda x: 2**x - 8, 1.0, 3),
        (lambda x: x**x - 27, 2.5, 3),
        # in SI units: a small slope, a small root, a small start, and all of it small
        (lambda x: 1.38e-23 * x - 5e-21, 300.0, 5e-21 / 1.38e-23),
        (lambda x: 1e-25 - x, 1e-20, 1e-25),
        (lambda x: x**2 - 4e-40, 1.0, 2e-20),
        (lambda x: x**2 - 4e-40, 1e-20, 2e-20),
        (lambda x: 1e-19 * np.sin(x / 1e-9), 3e-9, math.pi * 1e-9),
        # decisions, kinks, and what has the effect of one
        (lambda x: abs(x) - 1, 3.0, 1),
        (lambda x: x**2 - 9 if x > 2 else x - 5, 1.0, 3),
        (lambda x: max(x, 0) - 2, 1.0, 2),
        (lambda x: np.maximum(x, 0.5 * x) - np.minimum(-1, x) - 4, 7.0, 3),
        # a root at 0, where no digit of x is right for long
        (np.sin, 0.5, 0),
        (lambda x: np.exp(x) - 1, 1.0, 0),
        (lambda x: x**3, 1.0, 0),
        (lambda x: x + x**0 - 1, 5.0, 0),
    ]:
        assert solve(f, start) == pytest.approx(root, rel=1e-14, abs=1e-15 if root == 0 else 0)
        assert type(solve(f, start)) is float
    assert solve(lambda x: np.exp(-np.sqrt(x)) * np.sin(x * np.log(1 + x**2)), 5) == pytest.approx(
        4.8870559674555425, rel=1e-14
    )

    def in_place(x):
        y = x
        y *= x
        y -= 2
        return y

    assert solve(in_place, 1.0) == pytest.approx(math.sqrt(2))
    assert solve(lambda x: (x - 2) ** 3, 3.0) == pytest.approx(2, rel=1e-11)  # creeps, but gets there
    raises(ValueError, "slope.*start elsewhere", solve, np.cos, 0.0)
    raises(ValueError, "start elsewhere", solve, lambda x: np.tan(x) - x, 4.0)  # leads to infinity
    raises(ValueError, "start elsewhere", solve, lambda x: 1 / x - 2, -8.7)
    raises(TypeError, r"np\.add\.outer has no rule", solve, lambda x: np.add.outer(x, x), 1.0)
    raises(ValueError, "slope.*start elsewhere", solve, lambda x: 7.0, 0.0)
    raises(ValueError, "nan", solve, lambda x: np.sqrt(x) - 2, 40.0)
    raises(ValueError, "nan", solve, lambda x: (x - 1) ** 0.5, 0.0)
    raises(ValueError, "nan", solve, np.sin, math.nan)
    raises(ValueError, "slope", solve, np.arctan, 2.0)
    raises(ValueError, "both 0 at 2;", solve, lambda x: (x - 2) ** 4, 2.0)
    assert solve(lambda x: +x - 3, 1.0) == 3
    raises(ValueError, "slope", solve, lambda x: x * np.exp(-x), 2.0)  # until the exponential is 0
    raises(ValueError, "no root after 1000 steps", solve, lambda x: x**2 + 1, 0.3)
    raises(ValueError, "no root after 50 steps", solve, lambda x: x**2 + 1, 0.3, 50)
    raises(TypeError, "np.sin", solve, lambda x: math.cos(x) - x, 3.0)
    raises(TypeError, "return missing", solve, lambda x: None, 3.0)
    raises(TypeError, "RULES", solve, lambda x: np.where(x > 0, x, 2 * x) - 1, 3.0)
    for f in (lambda x: [x, x], lambda x: np.array([x, 1.0]), lambda x: np.sum(x), np.floor):
        raises(TypeError, "RULES", solve, f, 3.0)
    for f in (lambda x: x * 1j, lambda x: x * None, lambda x: "a", lambda x: x * np.ma.array([1, 2])):
        raises(TypeError, "real numbers|RULES", solve, f, 3.0)
    raises(TypeError, "one number", solve, lambda x: x * np.ones(2), 3.0)
    for start in ([1.0, 2.0], np.ones(1), np.ones((2, 2))):
        raises(TypeError, "one number", solve, lambda x: x**2 - 2, start)
    for start in ("1", 1j, None, np.ma.array(1.0, mask=True)):
        raises(TypeError, "real numbers", solve, lambda x: x**2 - 2, start)
    # one inside another: right where they do not meet, and refused where they do
    assert solve(lambda x: x - solve(lambda y: y * y - 2, 1.0), 1.0) == pytest.approx(math.sqrt(2))
    for inner in (
        lambda x: solve(lambda y: y * y - x, 1.0) - 2,
        lambda x: solve(lambda y: y - 1, x),
        lambda x: solve(lambda y: x, 1.0),
    ):
        raises(TypeError, "inside each other", solve, inner, 3.0)


def fit(names):
    run = names["fit"]
    x = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0]
    y = "10.07 14.73 17.94 23.93 29.61 35.18 40.02 44.82 50.76 55.05 61.01 66.40 75.47 81.78"
    y = [float(volume) for volume in y.split()]
    rise = lambda x, b1, b2: b1 * (1 - np.exp(-b2 * x))  # noqa: E731
    for start in [(500, 0.0001), [250, 0.0005], np.array([1.0, 0.0001])]:  # NIST, Misra1a
        b, sd, rss = run(rise, x, y, start)
        assert b == pytest.approx([2.3894212918e02, 5.5015643181e-04], rel=1e-10)
        assert sd == pytest.approx([2.7070075241e00, 7.2668688436e-06], rel=1e-9)
        assert rss == pytest.approx(1.2455138894e-01, rel=1e-9) and type(rss) is float
    # the same in SI units, where the data and a parameter are tiny
    b, sd, rss = run(rise, 1e9 * np.array(x), 1e-20 * np.array(y), (5e-18, 1e-13))
    assert b == pytest.approx([2.3894212918e-18, 5.5015643181e-13], rel=1e-9, abs=0)
    assert sd == pytest.approx([2.7070075241e-20, 7.2668688436e-15], rel=1e-8, abs=0)
    raises(ValueError, "start elsewhere", run, rise, x, y, (1, 1))  # a start that says nothing
    x, y = [1, 2, 3, 5, 7, 10], [109, 149, 149, 191, 213, 224]  # NIST, BoxBOD
    for start in [(100, 0.75), np.array([100, 1])]:
        b, sd, rss = run(rise, x, y, start)
        assert b == pytest.approx([2.1380940889e02, 5.4723748542e-01], rel=1e-8)
        assert sd == pytest.approx([1.2354515176e01, 1.0455993237e-01], rel=1e-8)
        assert rss == pytest.approx(1.1680088766e03, rel=1e-9)
    x = np.arange(5)
    b, sd, rss = run(lambda x, a, c: a + c * x, x, 2 * x + 1, (0, 0))
    assert b == pytest.approx([1, 2]) and rss < 1e-20 and max(sd) < 1e-10
    b, sd, rss = run(lambda x, a: a, x, x, [7.0])
    assert b == pytest.approx(2) and sd == pytest.approx(math.sqrt(0.5)) and rss == pytest.approx(10)
    assert run(lambda x, a: a * x, x, x, np.int64(7))[0] == pytest.approx([1])
    assert run(lambda x, a: a * x, x, 0 * x, 7)[0] == pytest.approx([0], abs=1e-12)
    # kinks, powers of 0, masks, two variables, data on a grid, a partial
    broken = lambda x, a, c: np.maximum(a * (x - c), 0)  # noqa: E731
    assert run(broken, x, [0, 0, 1, 3, 5], (1, 1))[0] == pytest.approx([2, 1.5])
    assert run(lambda x, a, p: a * x**p, x, 3 * x**1.5, (1, 1))[0] == pytest.approx([3, 1.5])
    masks = lambda x, a, c: (x < 2) * a + (x >= 2) * c  # noqa: E731
    assert run(masks, x, [1, 1, 5, 5, 5.0], (0, 0))[0] == pytest.approx([1, 5])
    plane = lambda x, a, c: a * x[0] + c * x[1]  # noqa: E731
    assert run(plane, [x, x**2], 2 * x - x**2, (1, 1))[0] == pytest.approx([2, -1])
    grid = np.arange(6.0).reshape(2, 3)
    assert run(lambda x, a: np.exp(a * x), grid, np.exp(0.3 * grid), [0.1])[0] == pytest.approx([0.3])
    scaled = partial(lambda x, a, c, power: a + c * x**power, power=2)
    assert run(scaled, x, 1 + 3 * x**2, (0, 0))[0] == pytest.approx([1, 3])
    kept = np.arange(5.0)

    def greedy(x, a):
        x += 1
        return a * x

    raises(ValueError, "read-only", run, greedy, kept, kept, [1])
    assert kept.tolist() == [0, 1, 2, 3, 4]
    raises(ValueError, "start elsewhere", run, rise, x, x, (1, 0))
    raises(ValueError, "start elsewhere", run, lambda x, a: np.log(a * x), x, x, [1.0])
    raises(ValueError, "tell the parameters apart", run, lambda x, a, c: a * c * x, x, x + x % 2, (1, 1))
    raises(ValueError, "ignores", run, lambda x, a: np.exp(-a * x), 1 + x, -1 - x % 2, [1.0])
    raises(ValueError, "no fit after 2 steps", run, lambda x, a: np.exp(a * x), x, x, [1.0], 2)
    for data in ([1], [1, 2], []):
        raises(ValueError, "more data than", run, rise, data, data, (1, 1))
    raises(ValueError, "finite", run, rise, x, [1, 2, math.nan, 4, 5], (1, 1))
    raises(ValueError, "finite", run, rise, x, x, (1, math.inf))
    for wrong in (np.ma.array(x, mask=x > 3), [1, 2, None, 4, 5], ["a"] * 5, 1j * x, None):
        raises(TypeError, "real numbers", run, rise, x, wrong, (1, 1))
        raises(TypeError, "real numbers", run, rise, wrong, x, (1, 1))
    raises(TypeError, "np.sin", run, lambda x, a: x * math.exp(a), x, x, [1.0])
    raises(TypeError, "return missing", run, lambda x, a: None, x, x, [1.0])
    for model in (
        lambda x, a: np.where(x > 2, a, 2 * a),
        lambda x, a: [a * value for value in x],
        lambda x, a: np.sum(a * x),
        lambda x, a: np.array([a, a]),
        lambda x, a: np.interp(x, [0, 5], [0, a]),
    ):
        raises(TypeError, "RULES", run, model, x, x, [1.0])
    for model in (lambda x, a: a * x[:, None], lambda x, a: a * x[:3]):
        raises(ValueError, r"shape \(.*y has the shape \(5,\)", run, model, x, x, [1.0])
    line = lambda x, a: a * x  # noqa: E731
    raises(
        TypeError, "inside each other", run, lambda x, a: run(line, x, a * x, [1])[0] * x, x, x, [1.0]
    )
    # a maximum of the sum of squares is no fit, however flat it is
    t = np.arange(8) * math.pi / 4
    shifted = lambda t, p: np.sin(t + p)  # noqa: E731
    raises(ValueError, "fit better; start elsewhere", run, shifted, t, np.sin(t), [math.pi])
    assert run(shifted, t, np.sin(t), [3.0])[0] == pytest.approx([0], abs=1e-9)


def series(names):
    T = names["Taylor"]
    x = T([2.0, 1.0, 0.0, 0.0])
    log2 = math.log(2)
    for y, c in [
        (x + 1, [3, 1, 0, 0]),
        (1 - x, [-1, -1, 0, 0]),
        (np.float64(3) * x, [6, 3, 0, 0]),
        (np.int64(3) * x, [6, 3, 0, 0]),
        (x * x * x, [8, 12, 6, 1]),
        (x**3, [8, 12, 6, 1]),
        (x**0, [1, 0, 0, 0]),
        (1 / x, [1 / 2, -1 / 4, 1 / 8, -1 / 16]),
        (x**-1.0, [1 / 2, -1 / 4, 1 / 8, -1 / 16]),
        (x * x / x, [2, 1, 0, 0]),
        (x**0.5 * np.sqrt(x), [2, 1, 0, 0]),
        (2**x, [4, 4 * log2, 2 * log2**2, 2 / 3 * log2**3]),
        (x**x, [4, 4 * (1 + log2), 2 * (1 + log2) ** 2 + 1, None]),
        (abs(-x), [2, 1, 0, 0]),
        (np.log(np.exp(x)), [2, 1, 0, 0]),
        (np.arctan(np.tan(x - 1)), [1, 1, 0, 0]),
        (np.sin(np.arcsin(x / 4)) * 4, [2, 1, 0, 0]),
        (np.expm1(np.log1p(x)), [2, 1, 0, 0]),
        (np.sin(x) ** 2 + np.cos(x) ** 2, [1, 0, 0, 0]),
        (np.cosh(x) ** 2 - np.sinh(x) ** 2, [1, 0, 0, 0]),
        (np.tanh(x) * np.cosh(x) - np.sinh(x), [0, 0, 0, 0]),
        (sum([x, x * x]), [6, 5, 1, 0]),
        (max(x, 0), [2, 1, 0, 0]),
    ]:
        c = [got if want is None else want for got, want in zip(y.c, c, strict=True)]
        assert y.c == pytest.approx(c, rel=1e-13, abs=1e-13)
    before = x
    x += 1
    x *= x
    x -= 9
    x /= 2
    x **= 2
    assert x.c == pytest.approx([0, 0, 9, 3]) and before.c.tolist() == [2, 1, 0, 0]
    x = before
    assert x > 1 and x == 2 and x != 3 and not x < 2 and x and not x - 2
    assert np.less(1.5, x) and not np.greater(2, x)
    raises(ValueError, "undefined", np.log, x - 3)
    raises(ValueError, "undefined", np.sqrt, x - 3)
    raises(ValueError, "undefined", T, [1.0, math.nan])
    raises(ValueError, "infinite", np.exp, x * 1000)
    for f in (np.log, np.sqrt, abs, np.reciprocal, lambda u: 1 / u, lambda u: np.arcsin(u + 1)):
        raises(
            (ZeroDivisionError, ValueError, TypeError),
            "can't expand f here|no rule|abs has no series at 0",
            f,
            x - 2,
        )
    raises(TypeError, "orders", lambda: x + T([1.0, 2.0]))
    raises(TypeError, "floor", np.floor, x)
    raises(TypeError, "maximum", np.maximum, x, 0)
    for wrong in ("1", None, 1j, [1.0], np.ones(4), np.array(1.0), np.ma.masked):
        raises(TypeError, "number", lambda wrong=wrong: x * wrong)
        raises(TypeError, "number", lambda wrong=wrong: x < wrong)
    for call in (
        lambda: np.where(x > 0, x, -x),
        lambda: np.sum([x, x]),
        lambda: np.array([x, 1.0]),
        lambda: np.dot([1, 2], [x, x]),
        lambda: np.ma.masked * x,
    ):
        raises(TypeError, "np.where, np.sum", call)
    raises(TypeError, "options", np.add, x, 1, x)
    raises(TypeError, "options", np.add.reduce, x)
    raises(TypeError, "real number", math.sin, x)
    raises(ValueError, "list", T, 3.0)
    raises(ValueError, "list", T, [])
    raises(TypeError, "hash", hash, x)


def taylor(names):
    expand = names["taylor"]

    def neidinger(x):
        return np.cos(x) * np.sqrt(np.exp(-x * np.arctan(x / 2) + np.log(1 + x**2) / (1 + x**4)))

    at_1 = [0.5095825184605167, -1.062889825779668, -0.01232227456944668, 0.9654161206596821]
    assert expand(neidinger, 0.0, 3) == pytest.approx([1, 0, -0.25, 0], abs=1e-15)
    assert expand(neidinger, 1.0, 3) == pytest.approx(at_1, rel=1e-13)
    assert expand(np.exp, 0, 100) == pytest.approx(
        [1 / math.factorial(k) for k in range(101)], rel=1e-13, abs=0
    )
    assert list(expand(lambda x: 7, 1.0, 2)) == [7, 0, 0]
    assert list(expand(np.cos, 0.0, 0)) == [1]
    for f, c in [(abs, [-1.0, 0]), (lambda x: max(x, 0), [0, 0]), (lambda x: x if x > 0 else 1, [0, 0])]:
        assert list(expand(f, -3, 2)[1:]) == c
    assert np.isfinite(expand(lambda x: x**0.5 + np.tan(x) + x**x, 0.5, 100)).all()  # as deep as it goes
    against_mpmath(expand)
    raises(ValueError, "abs has no series at 0", expand, lambda x: abs(x), 0.0, 1)
    assert list(expand(lambda x: abs(x - x), 0.3, 2)) == [0, 0, 0]
    # a differentiation inside another: refused, or right
    right = expand(lambda x: x * expand(lambda y: y * y, 3.0, 1)[1], 1.0, 1)
    assert list(right) == [6, 6]
    for inner in (
        lambda x: x * expand(lambda y: x + y, 1.0, 1)[1],
        lambda x: expand(lambda y: x, 1.0, 1)[1],
        lambda x: expand(np.sin, x, 1)[1],
    ):
        raises(TypeError, "nest", expand, inner, 1.0, 1)
    for order in (-1, 2.5, "2", 101):
        raises(ValueError, "order", expand, np.sin, 0.0, order)
    for wrong in ([0.0, 1.0], np.zeros(2), 1j, "1", None):
        raises(TypeError, "number", expand, np.sin, wrong, 2)
    for wrong in (lambda x: None, lambda x: [x, x], lambda x: (x,), lambda x: "a", lambda x: np.ones(2)):
        raises(TypeError, "number", expand, wrong, 0.0, 2)
    for wrong in (math.nan, math.inf):
        raises(ValueError, "undefined", expand, np.sin, wrong, 2)
    # in metres, where x is tiny: right as long as it fits into a float
    assert expand(np.log, 500e-9, 3)[1:] == pytest.approx([2e6, -2e12, 8e18 / 3], rel=1e-13)
    raises(ValueError, "infinite", expand, np.log, 500e-9, 60)
    # a power whose slopes stay finite for as many orders as are asked for
    assert list(expand(lambda x: x**2.5, 0.0, 2)) == [0, 0, 0]
    raises(ValueError, "infinite", expand, lambda x: x**2.5, 0.0, 3)


def against_mpmath(expand):
    """Compare with mpmath's Taylor coefficients, which come from differences of 330 digits."""
    n = 8
    for f, f_mp, points in [
        (np.exp, mpmath.exp, (-30, 0, 1)),
        (np.expm1, mpmath.expm1, (-40, 1e-9, 1)),
        (np.log, mpmath.log, (1e-6, 3)),
        (np.log1p, mpmath.log1p, (-0.999, 1e-12, 5)),
        (np.sqrt, mpmath.sqrt, (1e-9, 2)),
        (np.square, lambda x: x**2, (-2, 0.5)),
        (np.sin, mpmath.sin, (1, 100)),
        (np.cos, mpmath.cos, (1, 100)),
        (np.tan, mpmath.tan, (-0.3, 1.5)),
        (np.arcsin, mpmath.asin, (0.5, -0.999)),
        (np.arctan, mpmath.atan, (0.3, -50)),
        (np.sinh, mpmath.sinh, (0.5, 3)),
        (np.cosh, mpmath.cosh, (0.5, 3)),
        (np.tanh, mpmath.tanh, (0.5, 20, -20, 300)),
        (lambda x: x**2.5, lambda x: x ** mpmath.mpf(2.5), (0.3, 7)),
        (lambda x: x**-3, lambda x: x**-3, (-2, 3)),
        (lambda x: x**x, lambda x: x**x, (0.5, 2)),
        (
            lambda x: np.exp(np.sin(x)) / (1 + x * x) - np.tanh(x) ** 3,
            lambda x: mpmath.exp(mpmath.sin(x)) / (1 + x * x) - mpmath.tanh(x) ** 3,
            (0.2, -1.5),
        ),
    ]:
        for x in points:
            with mpmath.workdps(330):  # tanh at 300 differs from 1 in its 261st digit
                want = [float(c) for c in mpmath.taylor(f_mp, mpmath.mpf(x), n)]
            assert expand(f, x, n) == pytest.approx(want, rel=1e-11, abs=1e-300), (f, x)
    assert expand(np.tanh, 20.0, 1)[1] == pytest.approx(4 * math.exp(-40), rel=1e-12, abs=0)


def checkpointed_sweep(names):
    run = names["checkpointed_sweep"]
    most, alive, runs = 0, set(), 0

    def step(x):
        nonlocal most, runs
        if id(x) not in alive:
            alive.add(id(x))
            weakref.finalize(x, alive.discard, id(x))
        most, runs = max(most, len(alive)), runs + 1
        return 0.9 * np.sin(x)

    link = (step, lambda x, bar: bar * 0.9 * np.cos(x))
    grid, dy = np.array([-1.0, 0.5, 2.0]), np.array([1.0, -10.0, 100.0])
    for links, c, expected in [(1, 1, 0), (10, 1, 45), (10, 3, 15), (57, 5, 144), (9, 50, 8)]:
        most, runs = 0, 0
        alive.clear()
        y, x_bar = run([link] * links, grid, c, dy)
        assert runs == expected + 1  # the last link runs once, for the output
        assert min(c, links) <= most <= c + 1  # those kept, and the one at work
        x, bar = grid, dy
        for _ in range(links):
            bar, x = bar * 0.9 * np.cos(x), 0.9 * np.sin(x)
        close(y, x)
        close(x_bar, bar)
    assert dy.tolist() == [1, -10, 100]
    # numbers, vectors, links of several kinds, none at all, and very many
    matrix = np.array([[1.0, 2.0], [3.0, 4.0]])
    turn = (lambda x: matrix @ x, lambda x, bar: matrix.T @ bar)
    square = (lambda x: x * x, lambda x, bar: bar * 2 * x)
    y, x_bar = run([turn, square, turn], np.array([1.0, -1.0]), 2, np.array([1.0, 0.0]))
    close(y, [3, 7])
    close(x_bar, matrix.T @ (np.array([-2, -2]) * [1, 2]))
    close(run([], 3.0, 1, 2.0), (3, 2))
    close(run((link for link in [square] * 3), 1.5, 2), (1.5**8, 8 * 1.5**7))
    assert math.isfinite(run([(math.sin, lambda x, bar: bar * math.cos(x))] * 10_000, 1.0, 3)[1])
    for wrong in (0, -1, 2.0, "3", True, np.True_, None):
        raises(ValueError, "whole number above 0", run, [square], 1.0, wrong)
    close(run([square] * 3, 1.5, np.int64(2)), (1.5**8, 8 * 1.5**7))
    # parameters, by a third entry or by partial; a pull that notes the adjoint of its parameter
    times, noted = [2.0, -3.0, 0.5, 7.0], []

    def scale(x, a):
        return a * x

    def note(x, bar, a):
        noted.append(bar * x)
        return bar * a

    close(run([(scale, note, a) for a in times], 1.5, 2), (-31.5, -21))
    close(noted[::-1], [-31.5 / a for a in times])
    pairs = [[partial(np.multiply, a), lambda x, bar, a=a: bar * a] for a in times]
    close(run(pairs, 1.5, 2), (-31.5, -21))
    # lists, whole numbers, numbers in SI units, a seed that depends on the output, one for all entries
    y, x_bar = run([turn, square], [1, -1], 1)
    close(y, [1, 1])
    close(x_bar, matrix.T @ [-2, -2])
    cube = (lambda x: x**3, lambda x, bar: 3 * x**2 * bar)
    assert run([cube], 500e-9, 3)[1] == pytest.approx(7.5e-13, rel=1e-14, abs=0)
    assert run([cube] * 2, np.int64(2), 3, lambda y: y - 500)[1] == 27648
    # a state and a seed are copied, and what is handed out can't be overwritten
    buffer = np.zeros(3)

    def in_buffer(x):
        buffer[:] = np.sin(x)
        return buffer

    plain = run([(np.sin, lambda x, bar: bar * np.cos(x))] * 9, grid, 2, dy)
    close(run([(in_buffer, lambda x, bar: bar * np.cos(x))] * 9, grid, 2, dy)[1], plain[1])
    raises(ValueError, "read-only", run, [(lambda x: np.sin(x, out=x), square[1])] * 2, grid, 2)
    # a step that can't be repeated, or whose results are no states
    draw = np.random.default_rng(8)
    shaky = (lambda x: draw.uniform(0.8, 1.2) * x, lambda x, bar: bar)
    for x in (1.0, grid, 1e-9 * grid, 1e9 * grid):
        raises(ValueError, r"steps\[\d\] gave a different state", run, [shaky] * 10, x, 3)
    # a small entry beside a large one
    small = (lambda x: x + np.array([0, 1e-3]) * draw.normal(), lambda x, bar: bar)
    raises(ValueError, "gave a different state", run, [small] * 10, np.array([1e5, 0.1]), 3)
    raises(ValueError, "gave a different state", run, [small] * 10, np.array([1e15, 0.1]), 3)
    raises(ValueError, "gave a different state", run, [small] * 10, np.array([np.nan, 0.1]), 3)
    raises(ValueError, "the value of y_bar has the shape", run, [square], grid, 2, lambda y: y[0])
    for wrong in (lambda *_: None, lambda *_: "a", lambda *_: 1j, lambda x, *_: np.ma.array(x)):
        raises(
            TypeError,
            r"the state that steps\[1\] returns must be",
            run,
            [turn, (wrong, square[1])],
            [1, 2],
            2,
        )
        raises(TypeError, r"the adjoint from steps\[0\] must be", run, [(square[0], wrong)], [1, 2], 2)
    raises(
        ValueError,
        r"adjoint from steps\[0\].*\(2,\).*\(\)",
        run,
        [(square[0], lambda x, bar: [1, 2])],
        1,
        2,
    )
    raises(TypeError, "x must be", run, [square], np.ma.array([1.0, 2.0], mask=[True, False]), 2)
    raises(TypeError, "y_bar must be", run, [square], 2.0, 2, lambda y: None)
    for seed in ([1.0, 2.0], np.ones((3, 1)), lambda y: 0.5 * y[:2]):
        raises(ValueError, "y_bar has the shape", run, [square], grid, 2, seed)
    raises(ValueError, "y_bar has the shape", run, [square], 2.0, 2, grid)
    for wrong in (np.sin, (np.sin,), "ab", (np.sin, 2.0)):
        raises(TypeError, r"steps\[1\] is .*tuple", run, [square, wrong], 2.0, 2)
    # a sweep inside a sweep
    inner = [(np.sin, lambda x, bar: bar * np.cos(x))] * 4
    outer = (lambda x: run(inner, x, 2)[0], lambda x, bar: run(inner, x, 2, bar)[1])
    close(run([outer] * 3, grid, 2, dy)[1], run(inner * 3, grid, 2, dy)[1])


def write_down(names):
    write = names["write_down"]

    def program(f, *of):
        source = write(f, *of)
        compile(source, "program", "exec")
        assert source.startswith("import numpy as np\n") and "Symbol" not in source
        alone = {}
        exec(source, alone)
        return alone["value_and_gradient"]

    def looped(x, y, n=5):
        total = 0.0
        for k in range(n):
            total += y / (k + x)
        return total

    def lazy(x, y):
        np.exp(x) / y  # never used
        return x

    cases = [
        (lambda x: x, [3.0], 3, [1]),
        (lambda x, y: 7, [3.0, 1.0], 7, [0, 0]),
        (lazy, [3.0, 2.0], 3, [1, 0]),
        (lambda x: x + x + x * x, [3.0], 15, [8]),
        (lambda x, y: x / y, [3.0, 2.0], 1.5, [0.5, -0.75]),
        (lambda x: 2 / x - 1, [4.0], -0.5, [-1 / 8]),
        (lambda x, y: 1 - (x - y) - (y - x) - (2 - (3 - x)), [3.0, 5.0], -1, [-1, 0]),
        (lambda x: -x * -2 - -x / -4, [4.0], 7, [1.75]),
        (lambda x: x**3 + x**2 + x**1 + x**0, [2.0], 15, [17]),
        (lambda x: x**0 * 5, [0.0], 5, [0]),
        (lambda x: x**2 + x**1, [0.0], 0, [1]),
        (lambda x: x**-1 + x**-2.0, [2.0], 0.75, [-0.5]),
        (lambda x: x**1.5, [4.0], 8, [3]),
        (lambda x: 2**x, [3.0], 8, [8 * math.log(2)]),
        (lambda x, y: x**y, [2.0, 3.0], 8, [12, 8 * math.log(2)]),
        (lambda x: x**x, [3.0], 27, [27 * (1 + math.log(3))]),
        (lambda x: np.sqrt(x) * np.log(x), [4.0], 2 * math.log(4), [math.log(4) / 4 + 0.5]),
        (lambda x: np.exp(np.sin(np.sin(x))), [2.0], 2.2013533791690376, [-0.562752038662712]),
        (
            lambda x: np.cos(x) * np.float64(2) + np.int64(3),
            [0.5],
            3 + 2 * math.cos(0.5),
            [-2 * math.sin(0.5)],
        ),
        (lambda x: x * math.inf, [1.0], math.inf, [math.inf]),
        (lambda v1, np_: v1 * np_ * v1, [3.0, 2.0], 18, [12, 9]),
        (
            looped,
            [1.0, 2.0],
            2 * sum(1 / k for k in range(1, 6)),
            [-2 * sum(k**-2 for k in range(1, 6)), 137 / 60],
        ),
        (lambda x, y: np.dot([x, y], [y, 3.0]), [2.0, 5.0], 25, [5, 5]),
    ]
    for f, xs, value, gradient in cases:
        of = {2: ["x", "y"], 1: ["x"]}[len(xs)]
        for use in (of, ["v1", "v2"][: len(xs)], ["np", "v4"][: len(xs)]):
            got = program(f, *use)(*xs)
            close(got[0], value)
            close(got[1], gradient)
    # each expression once, nothing unneeded, no factor 1
    text = write(lambda x: np.sin(x * x) * (x * x) + 0 * np.exp(lazy(x, x)), "x")
    assert text.count("x * x") == 1 and text.count("np.sin") == 1 and "* 1\n" not in text
    assert "exp" not in write(lazy, "x", "y")
    text = write(lambda x, y: sum([1 * x, y - x, x / 1.0 - 0, 0.0 - y * -2.5]) ** 1, "x", "y")
    assert not re.search(
        r"\b1(\.0)? \*|\* 1(\.0)?\b|\b0(\.0)? \+|[+-] 0(\.0)?\b|= \(?-?[\d.]+\)?\n", text
    )
    assert "lambda_" in write(lambda x: x * x, "lambda")
    close(program(lambda x: x * x, "lambda")(3.0)[1], [6])
    # a program is a function, and can be written down again
    first = program(lambda x: np.exp(np.sin(x)) / x**2.5, "x")
    second = program(lambda x: first(x)[1][0], "x")
    h = 1e-5
    assert second(1.3)[0] == pytest.approx(first(1.3)[1][0], rel=1e-15)
    quotient = (first(1.3 + h)[1][0] - first(1.3 - h)[1][0]) / (2 * h)
    assert second(1.3)[1][0] == pytest.approx(quotient, rel=1e-8)
    # what cannot be written is refused
    inner = lambda x: program(lambda y: x * y, "y")(2.0)[1][0]  # noqa: E731
    raises(TypeError, "Symbol", write, inner, "x")
    chosen = lambda x: np.where(x > 0, x, 1.0)  # noqa: E731
    for f in (lambda x: x if x > 0 else -x, lambda x: x if x else 1.0, lambda x: max(x, 1.0), chosen):
        raises(TypeError, "one path", write, f, "x")
    for f in (np.tan, abs):
        raises(TypeError, "RULES has no entry for", write, f, "x")
    for f in (
        lambda x: np.add(x, 1, where=False),
        lambda x: np.add.reduce(x),
        lambda x: np.multiply(x, 3, out=x),
    ):
        raises(TypeError, "options, or as a method", write, f, "x")
    # rules that a reader adds: slopes that are sums, with and without spaces
    rules = names["RULES"]
    for rule, entry in {
        "tanh": ("np.tanh({0})", "1 - {y} * {y}"),
        "tan": ("np.tan({0})", "1 + {y}**2"),
        "expm1": ("np.expm1({0})", "{y}+1"),
    }.items():
        rules[rule], f = entry, getattr(np, rule)
        slope = (f(0.5 + 1e-6) - f(0.5 - 1e-6)) / 2e-6
        for change, times in [(lambda y: 1 - y, -1), (lambda y: 3 * y, 3), (lambda y: +y * 2.0, 2)]:
            got = program(lambda x, f=f, change=change: change(f(x)), "x")(0.5)[1][0]
            assert got == pytest.approx(times * slope, rel=1e-8)
    close(program(lambda x: +x * x, "x")(1.3)[1], [2.6])
    raises(TypeError, "np.sin, not math.sin", write, math.sin, "x")
    for f in (
        math.sin,
        range,
        lambda x: x + 1j,
        lambda x: (x, x),
        lambda x: None,
        lambda x: x * np.ones(2),
    ):
        raises(TypeError, ".", write, f, "x")
    for f in (lambda x: None, lambda x: [x], lambda x: x * np.ma.ones(1), lambda x: x * "2"):
        raises(TypeError, "holds numbers and Symbols, but here is a", write, f, "x")
    assert "2.0 * x" in write(lambda x: np.array(2) * x, "x")
    assert program(lambda x: np.array(x * x), "x")(3.0) == (9, [6])
    for given in ((), ("x", "x"), (2.0,), ("a b",), ("v1", "v1_")):
        raises(TypeError, "a name of its own", write, lambda *xs: xs[0], *given)
    # as long as one likes
    source = write(lambda x: sum(np.sin(k * x) for k in range(1000)), "x")
    assert source.count("\n") > 3000


def network(names):
    run = names["network"]
    rng = np.random.default_rng(1)

    def again(X, *weights):
        """Return the output once more, also of complex numbers, for the complex step."""
        for W, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            X = np.tanh(X @ W + b)
        return X @ weights[-2] + weights[-1]

    for points, *sizes in [(7, 3, 5, 2), (1, 1, 1, 1), (4, 2, 3), (3, 1, 4, 4, 6, 2), (0, 2, 3, 1)]:
        shapes = [(points, sizes[0])]
        for n, m in itertools.pairwise(sizes):
            shapes += [(n, m), (m,)]
        xs, dots = ([rng.normal(size=n) for n in shapes] for _ in range(2))
        kept = [x.copy() for x in xs]
        Y, push, pull = run(*xs)
        close(Y, again(*xs))
        moved = again(*(x + 1e-30j * v for x, v in zip(xs, dots, strict=True))).imag / 1e-30
        np.testing.assert_allclose(push(*dots), moved, rtol=1e-12, atol=1e-14)
        Y_bar = rng.normal(size=Y.shape)
        for x in xs:
            x *= 7  # it has copies, and what one does to one's own arrays later changes nothing
        bars = pull(Y_bar)
        assert [bar.shape for bar in bars] == shapes
        for k, bar in enumerate(bars):
            for at in np.ndindex(bar.shape):
                shifted = [x.astype(complex) for x in kept]
                shifted[k][at] += 1e-30j
                slope = np.sum(Y_bar * again(*shifted).imag) / 1e-30
                assert bar[at] == pytest.approx(slope, rel=1e-12, abs=1e-14)
    # lists and whole numbers, float32, other units
    X, W, b = [[1, 2], [3, 4]], [[5], [-6]], [7]
    for kind in (list, np.int64, np.float32, np.uint8):
        Y, push, pull = (
            run(X, np.array(W), b) if kind is list else run(np.array(X, kind), W, np.array(b))
        )
        assert Y.dtype == float and Y.tolist() == [[0], [-2]]
        assert [bar.tolist() for bar in pull([[1], [10]])] == [[[5, -6], [50, -60]], [[31], [42]], [11]]
        assert push([[1, 0], [0, 1]], [[1], [0]], [100]).tolist() == [[106], [97]]
    tiny = run([[2e-9]], [[3e8]], [0.0], [[1e20]], [0.0])[2]([[1e-6]])
    slope = 1e14 / math.cosh(0.6) ** 2
    close([float(bar.ravel()[0]) for bar in tiny[:2]], [3e8 * slope, 2e-9 * slope])
    # where the tanh is all but flat
    for z in (-300.0, -25.0, 20.0, 300.0, 1e300):
        bar = run([[1.0]], [[z]], [0.0], [[1.0]], [0.0])[2]([[1.0]])[2]
        with mpmath.workdps(50):
            assert bar[0] == pytest.approx(float(mpmath.sech(min(abs(z), 1e4)) ** 2), rel=1e-14, abs=0)
    # wrong shapes, and what is no array of real numbers
    X, W, b, V, c = (np.ones(n) for n in [(5, 2), (2, 3), (3,), (3, 1), (1,)])
    for wrong in [(X,), (X, W), (X, W, b, V), (X[0], W, b), (), (X[None], W, b), (1.0, W, b)]:
        raises(
            (ValueError, TypeError),
            "network takes X, W1, b1|argument|do not fit an input of",
            run,
            *wrong,
        )
    for wrong in [(X, W.T, b), (X, W, c), (X, W, 1.0), (X, W, b[None]), (X, W[0], b), (X, W[None], b)]:
        raises(ValueError, "of layer 1 do not fit", run, *wrong)
    for wrong in [(V.T, c), (V, b), (W, c)]:
        raises(ValueError, "of layer 2 do not fit", run, X, W, b, *wrong)
    Y, push, pull = run(X, W, b, V, c)
    for wrong in (1.0, np.ones(5), np.ones((1, 5)), np.ones((1, 1)), [Y]):
        raises(ValueError, "Y_bar.*instead of", pull, wrong)
    raises(ValueError, "tangents.*instead of", push, X, W, b, V)
    raises(ValueError, "tangents.*instead of", push, X, W, b, V, 1.0)
    for wrong in (1j * X, np.ma.array(X, mask=X > 2), [["a", "b"]], None, X.astype(object), max):
        raises(TypeError, "X and the weights must be arrays of real", run, wrong, W, b)
        raises(TypeError, "Y_bar must be arrays of real", pull, wrong)
    raises(TypeError, "one by one", run, X, [W, b])


def adjoint_test(names):
    test = names["adjoint_test"]
    rng = np.random.default_rng(2)
    A, B = rng.normal(size=(3, 4)), rng.normal(size=(4, 5))

    def push(A_dot, B_dot):
        return A_dot @ B + A @ B_dot

    def pull(Y_bar):
        return [Y_bar @ B.T, A.T @ Y_bar]

    test(push, pull, [A, B], A @ B)
    test(push, pull, (A.tolist(), B.astype(int)), (A @ B).tolist())
    for k in (0, 1):  # a mistake in either, however small this array's part is
        for scale in (1.0, 1e-12, 1e12):

            def wrong(Y_bar, k=k, scale=scale):
                bars = pull(Y_bar)
                bars[1] = bars[1] * scale
                bars[k] = bars[k] * (1 + 1e-8)
                return bars

            scaled = lambda a, b, scale=scale: a @ B + scale * A @ b  # noqa: E731
            raises(
                AssertionError,
                f"array {k}: .* forwards, but .* backwards",
                test,
                scaled,
                wrong,
                [A, B],
                A @ B,
            )
    square = rng.normal(size=(3, 3))
    for wrong in (square, square.T):  # which of the two is a transpose the shapes don't tell
        call = (lambda v: square @ v, lambda w, m=wrong: [m @ w], [np.ones(3)], np.ones(3))
        if wrong is square:
            raises(AssertionError, "array 0", test, *call)
        else:
            test(*call)
    test(lambda v: 3 * v, lambda w: [3 * w], [2.0], 6.0)  # numbers
    # mistakes that show only for some adjoints, and functions that change what they are given
    for wrong in (np.abs, lambda w: np.maximum(w, 0), lambda w: np.clip(w, -1, 1)):
        raises(AssertionError, "array 0", test, lambda v: v, lambda w, f=wrong: [f(w)], [A], A)

    def doubled(w):
        w *= 2
        return w

    test(doubled, lambda w: [doubled(w)], [A], A)
    raises(AssertionError, "array 0", test, lambda v: v, lambda w: [doubled(w)], [A], A)
    raises(AssertionError, "array 0", test, doubled, lambda w: [w], [A], A)
    test(lambda v: 0 * v, lambda w: [0 * w], [A], A)
    raises(AssertionError, "array 0", test, lambda v: v * math.nan, lambda w: [w], [A], A)
    raises(AssertionError, "array 0", test, lambda v: 0 * v, lambda w: [w], [A], A)
    raises(ValueError, "from pull.*instead of", test, push, lambda w: pull(w)[:1], [A, B], A @ B)
    raises(ValueError, "from pull.*instead of", test, push, lambda w: pull(w)[::-1], [A, B], A @ B)
    raises(ValueError, "from push.*instead of", test, lambda a, b: push(a, b).T, pull, [A, B], A @ B)
    for wrong in (
        lambda w: [None],
        lambda w: [1j * w],
        lambda w: ["a"],
        lambda w: [np.ma.array(w, mask=w > 0)],
    ):
        raises(TypeError, "from pull must", test, lambda v: v, wrong, [A], A)
        raises(TypeError, "from push must", test, lambda v, f=wrong: f(v)[0], lambda w: [w], [A], A)
    raises(TypeError, "the list of adjoints from pull must", test, lambda v: v, lambda w: w, [A], A)


def hessian_times(names):
    times = names["hessian_times"]
    eye = np.eye(2)

    def geron(x):
        return x[0] ** 2 * x[1] + x[1] + 2

    for x, y in [(3.0, 4.0), (-1.0, 2.0), (0.0, 0.0)]:
        H = np.array([times(geron, [x, y], unit) for unit in eye])
        close(H, np.array([[2 * y, 2 * x], [2 * x, 0]]))
    for x in ([3, 4], (3, np.int64(4)), np.array([3, 4]), np.array([3, 4], np.float32)):
        close(times(geron, x, [1, np.True_]), [14, 6])
    # what NumPy builds from the rules, outside a domain, and a rule of two arguments that a reader adds
    close(times(np.var, [1.0, 2.0, 4.0], [1, 2, 3]), np.array([-2 / 3, 0, 2 / 3]))
    assert math.isnan(times(lambda x: np.log(x[0]), [-1.0], [1.0])[0])
    assert math.isnan(times(lambda x: np.log1p(x[0]), [-2.0], [1.0])[0])
    names["RULES"][np.arctan2] = (lambda a, b: b / (a * a + b * b), lambda a, b: -a / (a * a + b * b))
    close(times(lambda x: np.sum(np.arctan2(x, 2.0)), [1.0], [1.0]), [-4 / 25])
    # against mpmath, in all directions at once
    sech = mpmath.sech
    at, v = [0.7, -1.2, 2.0], [1.0, 2.0, -0.5]
    A = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])
    for f, exact in [
        (
            lambda x: np.exp(x[0] * x[1]) / x[2] - np.sin(x[0] + x[2]) * np.cos(x[1]),
            lambda a, b, c: mpmath.exp(a * b) / c - mpmath.sin(a + c) * mpmath.cos(b),
        ),
        (
            lambda x: np.tanh(x[1]) * x[2] ** x[0] + np.sqrt(x[2]) * np.log(x[0]) * np.arctan(x[1]),
            lambda a, b, c: mpmath.tanh(b) * c**a + mpmath.sqrt(c) * mpmath.log(a) * mpmath.atan(b),
        ),
        (
            lambda x: (
                np.sinh(x[0]) * np.cosh(x[1]) + np.tan(x[2]) * np.expm1(x[0]) - np.log1p(x[0]) ** 2
            ),
            lambda a, b, c: (
                mpmath.sinh(a) * mpmath.cosh(b) + mpmath.tan(c) * mpmath.expm1(a) - mpmath.log1p(a) ** 2
            ),
        ),
        (
            lambda x: np.sum((A @ x - 1) ** 2) ** 1.5 + np.abs(x[1]) ** 2.5,
            lambda a, b, c: (
                ((a - 2 * b + 3 * c - 1) ** 2 + (a / 2 + 4 * b - c - 1) ** 2) ** 1.5 + abs(b) ** 2.5
            ),
        ),
        (
            lambda x: np.prod(x) + np.mean(x**2) * np.dot(x, [1, 0, 2]) - np.linalg.norm(x),
            lambda a, b, c: (
                a * b * c
                + (a * a + b * b + c * c) / 3 * (a + 2 * c)
                - mpmath.sqrt(a * a + b * b + c * c)
            ),
        ),
        (
            lambda x: (
                np.sum(np.where(x > 0, x**3, -x * x))
                + max(x[0], 0) ** 2
                + np.clip(x, -1, 1)[0] ** 4
                + np.maximum(x[0], x[1]) ** 3 * np.minimum(x[0], x[1])
                + np.sum(np.maximum(x, 0) ** 4)
            ),
            lambda a, b, c: a**3 - b * b + c**3 + a**2 + a**4 + a**3 * b + a**4 + c**4,
        ),
    ]:
        with mpmath.workdps(60):
            rows = np.eye(3, dtype=int)
            H = [[float(mpmath.diff(exact, at, tuple(map(int, i + j)))) for j in rows] for i in rows]
        assert times(f, at, v) == pytest.approx(np.array(H) @ v, rel=1e-12, abs=1e-13)
    with mpmath.workdps(40):
        for z in (0.0, 20.0, -30.0):
            want = float(-2 * sech(z) ** 2 * mpmath.tanh(z))
            assert times(lambda x: np.tanh(x[0]), [z], [1])[0] == pytest.approx(want, rel=1e-13, abs=0)
    # edges: x**0, x**1, x**2 at 0, a constant, what is linear, decisions, SI units, x changed in place
    for f, want in [
        (lambda x: x[0] ** 0 + x[0] ** 1 + x[0] ** 2, 2),
        (lambda x: 7, 0),
        (lambda x: x[0], 0),
    ]:
        assert times(f, [0.0], [1.0]).tolist() == [want]
    close(times(lambda x: x[0] ** 3 if x[0] > 1 else x[0], [2.0], [1.0]), [12])
    close(times(lambda x: np.array(x[0] ** 3), [2.0], [1.0]), [12])
    tiny = times(lambda x: np.cos(2 * np.pi * x[0] / x[1]), [3e-9, 500e-9], [1.0, 0.0])[0]
    assert tiny == pytest.approx(-((4e6 * np.pi) ** 2) * math.cos(0.012 * math.pi), rel=1e-12)

    def in_place(x):
        x += 1
        y = x[0]
        y *= x[1]
        return y * y

    start = np.array([1.0, 2.0])
    close(times(in_place, start, [1.0, 0.0]), [18, 24])
    assert start.tolist() == [1, 2] and math.isinf(times(lambda x: x[0] ** 1.5, [0.0], [1.0])[0])
    # nested: with no perturbation confusion, and in itself
    slope, grad = names["slope"], names["gradient"]
    assert slope(lambda x: x[0] * slope(lambda y: x[0] + y[0], [1.0], [1.0]), [1.0], [1.0]) == 1
    assert slope(lambda x: x[0] * slope(lambda y: x[0], [1.0], [1.0]), [1.0], [1.0]) == 0
    close(
        grad(lambda x: x[1] * times(lambda y: x[0] * y[0] ** 3, [2.0], [1.0])[0], [5.0, 7.0]), [84, 60]
    )
    fourth = times(lambda x: times(lambda y: y[0] ** 4 * x[0] ** 3, x, [1.0])[0], [2.0], [1.0])
    close(fourth, [12 * 20 * 2.0**3])
    kept = []

    def keeps(y):
        kept.append(y[0])
        return y[0]

    with pytest.raises(TypeError, match="kept from another"):
        slope(lambda x: (slope(keeps, [1.0], [1.0]), kept[0])[1], [1.0], [1.0])
    # what it can't do it refuses
    for x in (1.0, "ab", None, [], [[1.0, 2.0]], np.eye(2), {1.0, 2.0}):
        raises(TypeError, "x must be a list", times, geron, x, [1.0, 0.0])
        raises(TypeError, "v must be a list", times, geron, [1.0, 0.0], x)
    raises(TypeError, "x must be a list", times, geron, np.ma.array([1.0, 2.0], mask=[0, 1]), [1.0, 0.0])
    raises(TypeError, "entry of x must be a real", times, geron, [1.0, 1j], [1.0, 0.0])
    raises(TypeError, "entry of v must be a real", times, geron, [1.0, 2.0], [1.0, "0"])
    raises(ValueError, "2 entries, but v has 1", times, geron, [1.0, 2.0], [1.0])
    raises(TypeError, "return missing", times, lambda x: None, [1.0], [1.0])
    for f in (lambda x: [x[0]], lambda x: x, lambda x: "a", lambda x: x[0] * 1j, lambda x: (x[0], x[0])):
        raises(TypeError, "must be a real number|loop of ufunc", times, f, [1.0], [1.0])
    for wrong in (1j, None, "2"):
        raises(TypeError, "number in f must be", times, lambda x, w=wrong: abs(x[0] * w), [1.0], [1.0])
    for f in (lambda x: math.sin(x[0]), lambda x: float(x[0]), lambda x: np.sum(x.astype(float))):
        raises(TypeError, "np.sin", times, f, [1.0], [1.0])
    for f in (lambda x: np.hypot(*x), lambda x: np.sum(np.arcsin(x)), lambda x: np.add(*x, where=True)):
        raises(TypeError, "no rule|no callable arcsin", times, f, [0.1, 0.2], [1.0, 0.0])


def newton_step(names):
    step, times = names["newton_step"], names["hessian_times"]

    def valley(x):
        return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2

    close(step(valley, [-1.2, 1]), [0.0247191011235955, 0.3806741573033708])  # the classic first step
    rng = np.random.default_rng(3)
    for _ in range(40):
        x, path = rng.uniform(-2, 2, 2), []
        for _ in range(40):
            path.append(valley(x))
            x = x + step(valley, x)
        assert max(np.diff(path)) <= 1e-15 and x == pytest.approx([1, 1], rel=1e-12)

    def chain(x):
        return np.sum((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2)

    x = np.zeros(6)
    for _ in range(30):
        x = x + step(chain, x)
    assert x == pytest.approx(np.ones(6))
    # exactly Newton's where there is a bowl, whatever the units
    for units in ([1.0, 1.0], [1e-9, 1e6], [1e12, 1e-12]):
        u = np.array(units)

        def bowl(x, u=u):
            a, b = x / u
            return 3 * a * a + 2 * a * b + b * b - a + 1e-3 * a**4

        H = np.array([times(bowl, u, unit) for unit in np.eye(2)])
        g = np.array([6 + 2 - 1 + 4e-3, 2 + 2]) / u
        want = np.linalg.solve(u[:, None] * H * u, -g * u)
        assert step(bowl, u) / u == pytest.approx(want, rel=1e-12)
    # where there is none, still down
    for f, x in [
        (valley, [0.0, 0.02]),
        (lambda x: x[0] ** 2 - x[1] ** 2 + x[1] ** 4, [1.0, 0.1]),
        (lambda x: np.cos(x[0]) + 0 * x[0], [0.1]),
        (lambda x: x[0] * x[1] + (x[0] * x[1]) ** 2, [2.0, 3.0]),
        (lambda x: np.log(np.exp(x[0]) + np.exp(-x[0])), [2.0]),  # where the plain step goes too far
        (lambda x: np.sum(np.abs(x) ** (4 / 3)), [1.0, -3.0]),
    ]:
        s = step(f, x)
        assert f(np.array(x) + s) < f(np.array(x))
        if f is valley:
            assert names["slope"](f, x, s) < 0
    x = [0.1]
    for _ in range(12):
        x = x + step(lambda x: np.cos(x[0]), x)
    close(abs(x[0]) % (2 * math.pi), math.pi)  # to the bottom, and not to the top at 0
    x = [2.0]
    for _ in range(20):  # to the last digits, though f itself changes no more
        x = x + step(lambda x: 0.1 + np.exp(x[0]) - x[0] * math.e, x)
    assert x[0] == pytest.approx(1, rel=1e-14)
    assert step(valley, [1, 1]).tolist() == [0, 0]
    # refused
    raises(ValueError, "some direction has no curvature", step, lambda x: (x[0] + x[1] - 1) ** 2, [1, 2])
    raises(ValueError, r"x\[1\] has no curvature", step, lambda x: x[0] ** 2 + x[1], [1, 2])
    raises(ValueError, r"x\[0\] has no curvature", step, lambda x: 7.0, [1, 2])
    raises(ValueError, "infinite or undefined", step, lambda x: np.abs(x[0]) ** 1.5, [0.0])
    raises(ValueError, "infinite or undefined", step, lambda x: np.sqrt(x[0]), [-1.0])
    raises(ValueError, "infinite or undefined", step, valley, [math.nan, 1.0])
    raises(ValueError, "downhill", step, lambda x: np.abs(x[0]) + 1e-3 * x[0] ** 2, [0.0 + 1e-30])
    raises(TypeError, "x must be a list", step, valley, 1.0)
    raises(TypeError, "return missing", step, lambda x: None, [1.0])
    raises(TypeError, "np.sin", step, lambda x: math.cos(x[0]), [1.0])
    outer = lambda x: step(lambda y: (y[0] - x[0]) ** 2, [0.0])[0]  # noqa: E731
    raises(TypeError, "can't be differentiated", names["slope"], outer, [1.0], [1.0])
    raises(
        TypeError,
        "can't be differentiated",
        names["slope"],
        lambda x: step(valley, x)[0],
        [1, 2],
        [1, 0],
    )


TAKE_AWAYS = {
    "Taylor": series,
    "adjoint_test": adjoint_test,
    "backward_sweep": backward_sweep,
    "checkpointed_sweep": checkpointed_sweep,
    "fit": fit,
    "hessian_times": hessian_times,
    "network": network,
    "newton": newton,
    "newton_step": newton_step,
    "taylor": taylor,
    "write_down": write_down,
}
