"""Where two values tie, and at the very end of a domain: what > taken for >= would change."""

import math
import operator

import numpy as np
import pytest
from pytest import approx

import autodiff_tutorial as ad
from autodiff_tutorial import Valder, derivative, forward_mode, grad, reverse_mode

INF = math.inf

# What a function of one number, and each entry of an array, comes to at x: value and slope.
ENDS = [
    ("log", 0.0, -INF, INF),
    ("log2", 0.0, -INF, INF),
    ("log10", 0.0, -INF, INF),
    ("log1p", -1.0, -INF, INF),
    ("atanh", 1.0, INF, INF),
    ("atanh", -1.0, -INF, INF),
    ("asin", 1.0, math.pi / 2, INF),
    ("asin", -1.0, -math.pi / 2, INF),
    ("acos", 1.0, 0.0, -INF),
    ("acos", -1.0, math.pi, -INF),
    ("acosh", 1.0, 0.0, INF),
    ("sqrt", 0.0, 0.0, INF),
    ("cbrt", 0.0, 0.0, INF),
    ("fabs", 0.0, 0.0, 0.0),
]


@pytest.mark.parametrize(("name", "x", "value", "slope"), ENDS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_end_of_a_domain_belongs_to_it(name, x, value, slope):
    f, outside = getattr(ad, name), np.nextafter(x, 2 * x if x else -1.0)
    for at in (x, np.array([x, x])):
        for y in (f(Valder(at, 1.0)), forward_mode([f], at)):
            np.testing.assert_array_equal(y.val, value)
            np.testing.assert_array_equal(y.der, slope)
        np.testing.assert_array_equal(reverse_mode([f], at)[1], slope)
        np.testing.assert_array_equal(grad(lambda x: np.sum(f(x)))(at), slope)
    if name not in ("fabs", "cbrt", "acosh"):
        assert math.isnan(derivative(f)(outside)) and np.isnan(derivative(f)(np.array([outside]))).all()


COMPARISONS = {
    "<": (operator.lt, np.less),
    "<=": (operator.le, np.less_equal),
    ">": (operator.gt, np.greater),
    ">=": (operator.ge, np.greater_equal),
    "==": (operator.eq, np.equal),
    "!=": (operator.ne, np.not_equal),
}


@pytest.mark.parametrize("sign", COMPARISONS)
@pytest.mark.parametrize("other", [1.0, 2.0, 3.0], ids=["above", "tied", "below"])
def test_comparisons_are_those_of_the_values(sign, other):
    for compare in COMPARISONS[sign]:
        want = compare(2.0, other)
        assert compare(Valder(2.0, 1.0), other) == compare(2.0, Valder(other, 1.0)) == want
        assert compare(Valder(2.0, 1.0), Valder(other, 5.0)) == want
        row = np.array([2.0, 2.0])
        assert compare(Valder(row, 1.0), other).tolist() == [want] * 2
        assert compare(row, Valder(other, 1.0)).tolist() == [want] * 2
        for d in (grad, derivative):
            branch = d(lambda x: x * x if compare(x, other) else 7 * x)  # noqa: B023
            assert branch(2.0) == (4 if want else 7)
            assert d(d(branch))(2.0) == 0


TIES = {
    "maximum": (np.maximum, [(2.0, 1.0, 1, 0), (2.0, 2.0, 0.5, 0.5), (2.0, 3.0, 0, 1)]),
    "minimum": (np.minimum, [(2.0, 1.0, 0, 1), (2.0, 2.0, 0.5, 0.5), (2.0, 3.0, 1, 0)]),
}


@pytest.mark.parametrize("name", TIES)
def test_a_tie_has_the_mean_of_both_slopes(name):
    f, rows = TIES[name]
    a, b, by_a, by_b = map(np.array, zip(*rows, strict=True))
    for x, y, *slopes in rows:
        assert list(grad(f, (0, 1))(x, y)) == slopes
        assert [derivative(lambda x: f(x, y))(x), derivative(lambda y: f(x, y))(y)] == slopes  # noqa: B023
        assert f(Valder(x, [1, 0]), Valder(y, [0, 1])).der.tolist() == slopes
        assert grad(lambda x: f(x, y * x / x))(x) == approx(slopes[0])  # noqa: B023
    for got, want in zip(grad(lambda a, b: np.sum(f(a, b)), (0, 1))(a, b), (by_a, by_b), strict=True):
        assert got.tolist() == want.tolist()
    assert derivative(lambda a: f(a, b))(a).tolist() == by_a.tolist()
    assert derivative(lambda b: f(a, b))(b).tolist() == by_b.tolist()


def test_a_remainder_at_a_jump_has_the_slope_on_its_right():
    for d in (derivative, grad):
        assert (d(lambda x: x % 1)(2.0), d(lambda x: x // 1)(2.0), d(lambda x: 6 % x)(2.0)) == (1, 0, -3)


# A vector, a matrix or a stack on either side of @

SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 2)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((1, 3), (3, 1)),
]


@pytest.mark.parametrize(("n", "m"), SHAPES)
def test_products_of_every_shape(n, m):
    a, b = (np.sin(np.arange(1.0, 1 + math.prod(k))).reshape(k) for k in (n, m))
    y = np.asarray(a @ b)
    w = np.cos(np.arange(float(y.size))).reshape(y.shape)
    f = lambda a, b: np.sum(w * (a @ b))  # noqa: E731
    by_a, by_b = grad(f, (0, 1))(a, b)
    assert by_a.shape == n and by_b.shape == m
    # f is linear in either argument, so unit steps are exact
    for k, unit in enumerate(np.eye(a.size).reshape(-1, *n)):
        assert by_a.flat[k] == approx(f(unit, b), rel=1e-13)
        assert (Valder(a, unit) @ b).der == approx(unit @ b, rel=1e-13)
    for k, unit in enumerate(np.eye(b.size).reshape(-1, *m)):
        assert by_b.flat[k] == approx(f(a, unit), rel=1e-13)
        assert (a @ Valder(b, unit)).der == approx(a @ unit, rel=1e-13)
    assert (Valder(a, a) @ Valder(b, b)).der == approx(2 * y, rel=1e-13)
    bend = grad(lambda a: np.sum(grad(f, 1)(a, b) ** 2))(a)  # (d/da) |w'a|², through the way back
    step = 1e-6 * np.cos(np.arange(1.0, 1 + a.size)).reshape(n)
    square = lambda a: np.sum(grad(f, 1)(a, b) ** 2)  # noqa: E731
    assert np.sum(bend * step) == approx((square(a + step) - square(a - step)) / 2, rel=1e-7, abs=1e-12)
