"""Forward mode: published values, NumPy code, arrays, gradients, nesting, edges and errors."""

import copy
import doctest
import math
import operator
import pickle
import threading

import numpy as np
import pytest
from pytest import approx

from autodiff_tutorial import (
    Valder,
    asin,
    cos,
    derivative,
    exp,
    forward_mode,
    grad,
    jacobian,
    jvp,
    log,
    reverse_mode,
    sin,
    sqrt,
    square,
    tanh,
    trace,
)
from autodiff_tutorial.operators import PRIMITIVES


def same(got, want):
    """Hold two numbers, or nan and nan, or inf and inf, to be the same."""
    assert np.asarray(got) == approx(np.asarray(want, dtype=float), rel=1e-14, abs=0, nan_ok=True)


# Published values


def damped(x):
    return np.exp(-np.sqrt(x)) * np.sin(x * np.log(1 + x**2))


def tennis(a, v, h):
    r = a * math.pi / 180
    vh = (v * np.cos(r)) ** 2
    return vh / 32 * (np.tan(r) + np.sqrt(np.tan(r) ** 2 + 64 * h / vh))


def test_the_forward_post():
    for f, x, val, der in [
        (square, 1.0, 1, 2),
        (square, 3.0, 9, 6),
        (sin, 0.0, 0, 1),
        (lambda x: x * x, 2.0, 4, 4),
        (square, 2.0, 4, 4),
        (lambda x: x * sin(x**2), 3.0, 1.2363554557252698, -15.988226228682427),
        (damped, 1.0, 0.2350607172604515, 0.36160858251472927),
    ]:
        y = f(Valder(x, 1.0))
        assert y.val == approx(val, rel=1e-15)
        assert y.der == approx(der, rel=1e-15)


def test_the_paper_of_neidinger():
    x, y = Valder(3.0, [1, 0]), Valder(5.0, [0, 1])
    assert repr(x * y) == "Valder(val=15.0, der=[5. 3.])"
    assert sin(x * y).val == approx(0.6502878401571168, rel=1e-15)
    assert sin(x * y).der == approx([-3.79843956, -2.27906374], rel=2e-9)
    distance = tennis(*(Valder(value, seed) for value, seed in zip((20, 44, 9), np.eye(3), strict=True)))
    assert distance.val == approx(56.04614183495665, rel=1e-14)
    assert distance.der == approx([1.07170257, 1.95045586, 1.45956811], rel=3e-9)


def test_higher_derivatives_by_nesting():
    f = lambda x: x * sin(x**2)  # noqa: E731
    d = derivative
    assert d(d(f))(3.0) == approx(-60.90914112003390, rel=1e-14)
    assert d(d(d(f)))(3.0) == approx(495.9280353177432, rel=1e-14)
    assert d(d(d(d(f))))(3.0) == approx(3496.176708947336, rel=1e-14)
    g = lambda x: exp(sin(sin(x)))  # noqa: E731
    assert d(d(g))(2.0) == approx(-1.3865894053802483, rel=1e-14)
    assert d(d(d(g)))(2.0) == approx(-0.17471850986531994, rel=1e-13)
    assert d(d(d(d(g))))(2.0) == approx(3.3966433155601066, rel=1e-14)
    assert d(d(d(d(d(g)))))(2.0) == approx(21.555952254398874, rel=1e-14)


def test_the_slope_of_tanh_at_20_has_its_digits():
    assert derivative(tanh)(20.0) == approx(1.6993417021166355e-17, rel=1e-14)  # 4 e^-40


# NumPy


def test_numpy_functions_and_operators():
    v = Valder(2.0, 1.0)
    for y, val, der in [
        (np.sin(v), math.sin(2), math.cos(2)),
        (np.add(2, v), 4, 1),
        (np.float64(2) * v, 4, 2),
        (v * np.float64(2), 4, 2),
        (np.float64(2) ** v, 4, 4 * math.log(2)),
        (np.int64(2) - v, 0, -1),
        (v / np.float32(2), 1, 0.5),
        (np.negative(v), -2, -1),
        (np.positive(v), 2, 1),
        (np.absolute(-v), 2, 1),
        (abs(-v), 2, 1),
        (np.square(v), 4, 4),
        (np.arcsin(v / 4), math.asin(0.5), 0.25 / math.sqrt(0.75)),
        (np.maximum(v, 1), 2, 1),
        (np.minimum(1, v), 1, 0),
        (np.hypot(v, 1.5), 2.5, 0.8),
    ]:
        assert isinstance(y, Valder)
        assert (y.val, y.der) == (approx(val, rel=1e-15), approx(der, rel=1e-15))


def test_arrays_on_either_side():
    x, a = Valder(np.array([1.0, 2.0, 3.0]), 1.0), np.array([4.0, 5.0, 6.0])
    for y, der in [
        (x * a, a),
        (a * x, a),
        (a / x, -a / x.val**2),
        (x**a, a * x.val ** (a - 1)),
        (a - x, [-1] * 3),
    ]:
        assert isinstance(y, Valder)
        assert y.der == approx(np.asarray(der), rel=1e-14)
    assert (Valder(2.0, 1.0) + a).der.tolist() == [1, 1, 1]
    assert (x * a[:, None]).der.tolist() == np.broadcast_to(a[:, None], (3, 3)).tolist()
    assert (2 * Valder([1, 2], 1)).val.tolist() == [2, 4]
    assert (
        (x > 1.5).tolist() == (x > 1.5).tolist() == (np.float64(1.5) < x).tolist() == [False, True, True]
    )
    assert (a > x).tolist() == [True] * 3
    assert np.isfinite(x).all() and not np.isnan(x).any()


def test_derivative_over_a_grid_of_code_written_for_numpy():
    grid = np.linspace(0.01, 5, 101)
    assert derivative(damped)(grid) == approx([derivative(damped)(float(x)) for x in grid], rel=1e-12)
    assert derivative(lambda x: 3.0)(grid).tolist() == [0.0] * 101
    assert derivative(lambda x: x + grid)(2.0).tolist() == [1.0] * 101
    assert derivative(lambda x: grid)(2.0).tolist() == [0.0] * 101
    assert derivative(derivative(lambda x: x + grid))(2.0).tolist() == [0.0] * 101
    assert derivative(sin)([0, 1]).tolist() == np.cos([0, 1]).tolist()
    assert derivative(lambda x: x**2)(3) == 6


def test_complex_numbers():
    assert derivative(lambda z: exp(z * z))(1j) == approx(2j * np.exp(-1), rel=1e-15)
    assert derivative(derivative(lambda z: exp(z * z)))(1j) == approx(-2 * np.exp(-1), rel=1e-14)
    assert derivative(derivative(lambda x: sin(x + 1j)))(0.2) == approx(-np.sin(0.2 + 1j), rel=1e-14)


# Nesting


def test_nested_derivatives_are_not_confused():
    d = derivative
    assert d(lambda x: x * d(lambda y: x + y)(1.0))(1.0) == 1  # Siskind and Pearlmutter
    assert d(lambda x: d(lambda y: x * y)(5.0) * x)(3.0) == 6
    assert d(lambda x: d(lambda y: x**2 * y**3)(x))(2.0) == 12 * 2**3
    assert d(lambda x: d(lambda y: x)(1.0))(1.0) == 0
    assert d(lambda x: d(lambda y: d(lambda z: x * y * z)(1.0))(1.0) * x)(7.0) == 14


def test_valders_nested_by_hand():
    inner = Valder(3.0, 1.0)
    outer = Valder(inner, 1.0)
    y = outer**3
    assert (y.val.val, y.val.der, y.der.val, y.der.der) == (27, 27, 27, 18)
    assert (outer * inner).der.val == 3.0  # d/dv (v·x) at fixed x


def test_a_valder_made_by_hand_is_apart_from_the_derivative_that_runs():
    weight = Valder(5.0, 1.0)
    assert derivative(lambda x: weight * x**2)(3.0).val == 30  # made outside: a constant
    slope_of_a_square = lambda x: (Valder(3.0, 1.0) ** 2 * x).der  # noqa: E731
    confusion = lambda x: x * (Valder(1.0, 1.0) + x).der  # noqa: E731
    directed = lambda x: (Valder(3.0, 2.0) * Valder(x, 1.0)).der  # noqa: E731 (2x + 3)
    jvp_of = lambda f: lambda x: jvp(f, (x,), (1.0,))[1]  # noqa: E731
    for d in (derivative, grad, jvp_of, jacobian):
        assert (d(slope_of_a_square)(2.0), d(confusion)(2.0), d(directed)(2.0)) == (6, 1, 2)
        assert d(newton)(2.0) == approx(0.125**0.5, rel=1e-14)
        assert d(lambda a: forward_mode([sin, lambda v: a * v], Valder(2.0, 3.0)).val)(5.0) == sin(2.0)
        assert d(lambda a: forward_mode([sin, lambda v: a * v], Valder(2.0, 3.0)).der)(5.0) == 3 * cos(
            2.0
        )
        assert d(lambda a: reverse_mode([sin, lambda v: a * v], Valder(2.0, 3.0))[1])(5.0) == cos(2.0)
        assert d(d(lambda x: x * (Valder(x, 1.0) ** 3).der))(2.0) == 36  # of 3x³
    assert derivative(lambda x: np.sum(Valder(np.ones(2), 1.0) ** 2).der * x)(np.ones(2)).tolist() == [
        4.0,
        4.0,
    ]
    assert forward_mode([lambda v: (v * Valder(3.0, 1.0) ** 2).der, sin], 2.0).der == 6 * cos(12.0)


def newton(a):
    """Return the square root of a, by Newton's method with Valders made by hand."""
    x = 1.0
    for _ in range(20):
        y = Valder(x, 1.0) ** 2 - a
        x = x - y.val / y.der
    return x


def test_a_function_may_return_a_valder_made_by_hand_but_not_mix_it_with_its_argument():
    own_sin = lambda v: Valder(sin(v.val), cos(v.val) * v.der)  # noqa: E731
    assert derivative(own_sin)(3.0) == cos(3.0)
    assert derivative(derivative(own_sin))(3.0) == -sin(3.0)
    for mixed in (lambda x: x * own_sin(x), lambda x: x * Valder(2.0)):
        with pytest.raises(TypeError, match="made by hand; return its val or its der, or use primitive"):
            derivative(mixed)(3.0)
    assert derivative(lambda x: (x * Valder(2.0)).val)(3.0) == 2.0
    for d in (derivative, grad, jacobian, lambda f: trace(derivative(f), 1.0)):
        for link in (
            lambda v: Valder(v.val**2, 2 * v.val),
            lambda v: Valder(v.val**2, 2 * v.val * v.der),
        ):
            assert d(lambda t, link=link: forward_mode([link], t).der)(0.0) == 2
            assert d(lambda t, link=link: reverse_mode([link], t)[1])(0.0) == 2
            assert d(lambda t, link=link: reverse_mode([link], t, checkpoints=1)[1])(0.0) == 2
    assert derivative(derivative(lambda v: Valder(v.val**3, 3 * v.val**2 * v.der)))(0.0) == 0


def test_valders_made_by_hand_before_and_after_a_derivative_belong_together():
    before = Valder(3.0, 1.0)
    derivative(sin)(2.0)
    with pytest.raises(ZeroDivisionError):
        derivative(lambda x: 1 // 0)(2.0)
    after = Valder(2.0, 0.0)
    assert (before.tag, after.tag) == (0, 0)
    assert (before * after).der == (after * before).der == 2.0


def test_threads_do_not_share_their_derivatives():
    results, start = [], threading.Barrier(2)

    def work():
        start.wait()
        results.append([derivative(lambda x: (x * Valder(2.0)).val)(float(i)) for i in range(200)])

    threads = [threading.Thread(target=work) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == [[2.0] * 200] * 2


def test_without_der_a_valder_is_a_constant():
    assert Valder(2.0).der == (Valder(2.0) * 3.0).der == 0


def test_an_array_without_axes_is_taken_as_its_number():
    known = np.array(3.0)
    x = Valder(known, 1.0)
    known[...] = 5.0
    assert type(x.val) is float
    assert x.val == 3.0

    def f(x):
        y = x * known
        known[...] = 7.0
        return y

    assert grad(f)(2.0) == 5.0


@pytest.mark.parametrize("x", [0.0, np.zeros(2)])
def test_the_value_alone_asks_for_no_slope(x):
    assert np.all(sqrt(x) == 0)  # the slope would warn, which is an error here


def test_a_value_may_have_another_shape_than_the_array_x():
    powers = np.arange(3.0)[:, None]
    x = np.array([1.0, 2.0, 3.0])
    got = derivative(lambda x: x**powers)(x)
    np.testing.assert_allclose(got, [[0, 0, 0], [1, 1, 1], [2, 4, 6]])
    assert derivative(lambda x: np.broadcast_to(x, (2, 3)))(x).tolist() == np.ones((2, 3)).tolist()


def test_a_number_is_not_iterable_and_an_array_gives_its_rows():
    assert not np.iterable(Valder(3.0, 1.0))
    assert [y.val for y in Valder(np.arange(3.0), 1.0)] == [0, 1, 2]
    rows = [y.val.tolist() for y in Valder(np.ones((2, 3)), 1.0)]
    assert rows == [[1, 1, 1], [1, 1, 1]]


# Edges: the same for a number and in an array

EDGES = [
    (abs, 0.0, 0, 0),
    (lambda v: np.maximum(v, 0), 0.0, 0, 0.5),
    (lambda v: np.minimum(0, v), 0.0, 0, 0.5),
    (sqrt, 0.0, 0, math.inf),
    (sqrt, -0.0, 0, math.inf),
    (np.cbrt, 0.0, 0, math.inf),
    (np.cbrt, -0.0, 0, math.inf),
    (log, 0.0, -math.inf, math.inf),
    (log, -0.0, -math.inf, math.inf),
    (lambda v: v**0, 0.0, 1, 0),
    (lambda v: v**0.0, 0.0, 1, 0),
    (lambda v: v**1, 0.0, 0, 1),
    (lambda v: v**2, 0.0, 0, 0),
    (lambda v: v**0.5, 0.0, 0, math.inf),
    (lambda v: v**-1, 0.0, math.inf, -math.inf),
    (lambda v: 1 / v, 0.0, math.inf, -math.inf),
    (lambda v: 0**v, 2.0, 0, 0),
    (lambda v: (-2) ** v, 2.0, 4, math.nan),
    (lambda v: v**v, 2.0, 4, 6.772588722239782),
    (lambda v: v**0.5, -1.0, math.nan, math.nan),
    (sin, math.inf, math.nan, math.nan),
    (log, -1.0, math.nan, math.nan),
    (np.log1p, -2.0, math.nan, math.nan),
    (np.log2, -2.0, math.nan, math.nan),
    (np.log10, -2.0, math.nan, math.nan),
    (np.atanh, 2.0, math.nan, math.nan),
    (np.atanh, 1.2, math.nan, math.nan),
    (np.atanh, 1.0, math.inf, math.inf),
    (np.log1p, -1.0, -math.inf, math.inf),
    (np.log2, 0.0, -math.inf, math.inf),
    (np.log2, -0.0, -math.inf, math.inf),
    (np.log10, 0.0, -math.inf, math.inf),
    (np.log10, -0.0, -math.inf, math.inf),
    (np.acosh, 0.5, math.nan, math.nan),
    (asin, 2.0, math.nan, math.nan),
    (asin, 1.0, math.pi / 2, math.inf),
    (sqrt, -1.0, math.nan, math.nan),
    (exp, 1000.0, math.inf, math.inf),
    (tanh, 1000.0, 1, 0),
    (abs, math.nan, math.nan, math.nan),
    (abs, -math.inf, math.inf, -1),
    (lambda v: np.hypot(v, 0), 0.0, 0, 0),
    (lambda v: np.hypot(0, v), 0.0, 0, 0),
    (lambda v: np.hypot(0, v), 1.0, 1, 1),
    (lambda v: v % 3, -7.0, 2, 1),
    (lambda v: 7 % v, 2.0, 1, -3),
    (lambda v: v // 3, -7.0, -3, 0),
    (lambda v: 7 // v, 2.0, 3, 0),
]


@pytest.mark.parametrize(("f", "x", "val", "der"), EDGES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_edges(f, x, val, der):
    for point in (x, np.float64(x), int(x) if float(x).is_integer() else x):
        y = f(Valder(point, 1.0))
        same(y.val, val)
        same(y.der, der)
    y = f(Valder(np.array([x, x]), 1.0))
    same(y.val, [val, val])
    same(y.der, [der, der])


EXTREMES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    -2.0,
    711.0,
    -800.0,
    1e300,
    -1e300,
    1e-310,
    math.inf,
    -math.inf,
    math.nan,
]


@pytest.mark.parametrize("name", PRIMITIVES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_number_is_answered_as_an_array_is(name):
    array = PRIMITIVES[name](Valder(np.array(EXTREMES), 1.0))
    for i, x in enumerate(EXTREMES):
        number = PRIMITIVES[name](Valder(x, 1.0))
        same(number.val, array.val[i])
        same(number.der, array.der[i])


def test_warnings_are_those_of_numpy():
    for x in (-1.0, np.array([-1.0])):
        with pytest.warns(RuntimeWarning, match="invalid value"):
            log(Valder(x, 1.0))
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            1 / Valder(0 * x, 1.0)


def test_comparisons_see_the_value_alone():
    v = Valder(1.0, 5.0)
    assert (
        v == 1 and v != 2 and v < 2 and v <= 1 and v > 0 and v >= 1 and bool(v) and not Valder(0.0, 1.0)
    )
    assert v == Valder(1.0, -3.0)
    assert derivative(lambda x: 1 if x == 1 else x * x)(1.0) == 0
    assert derivative(lambda x: x if x > 0 else -x)(-2.0) == -1


# Errors

V = Valder(2.0, 1.0)
ARRAY = Valder(np.ones(3), 1.0)


@pytest.mark.parametrize(
    ("f", "error", "words"),
    [
        (lambda: Valder(), RuntimeError, "needs a val"),
        (lambda: Valder("2"), TypeError, "val must be a number.*not str"),
        (lambda: Valder(2.0, "1"), TypeError, "der must be a number.*not str"),
        (lambda: Valder([[1, 2], [3]]), ValueError, "inhomogeneous shape"),
        (lambda: Valder([1, 2], [1, 2, 3]), ValueError, r"der of shape \(3,\) does not fit"),
        (lambda: sin("2"), TypeError, "sin must be a number.*not str"),
        (lambda: sin(None), TypeError, "sin must be a number.*not NoneType"),
        (lambda: V + "2", TypeError, "add must be a number.*not str"),
        (lambda: "2" * V, TypeError, "multiply must be a number.*not str"),
        (lambda: math.sin(V), TypeError, "drop the derivative"),
        (lambda: float(V), TypeError, "drop the derivative"),
        (lambda: complex(V), TypeError, "drop the derivative"),
        (lambda: math.floor(V), TypeError, "drop the derivative"),
        (lambda: int(V), TypeError, "drop the derivative of a Valder"),
        (lambda: bool(ARRAY > 0), ValueError, "ambiguous"),
        (lambda: bool(ARRAY), ValueError, "ambiguous"),
        (lambda: ARRAY + np.ones(2), ValueError, r"\(3,\) \(2,\)"),
        (lambda: np.fft.fft(ARRAY), TypeError, "np.fft.fft has no rule for a Valder"),
        (lambda: np.nan_to_num(V), TypeError, "nan_to_num has no rule"),
        (lambda: np.i0(V), TypeError, "i0 has no rule"),
        (lambda: np.linalg.svd(ARRAY * ARRAY[:, None]), TypeError, "svd has no rule"),
        (lambda: np.add.reduce(V), TypeError, "add.reduce has no rule"),
        (lambda: np.sin(V, out=np.ones(1)), TypeError, "sin with out has no rule"),
        (lambda: operator.iadd(np.ones(3), ARRAY), TypeError, "add with out has no rule"),
        (lambda: np.array([V, V]), TypeError, "take in a Valder, .*np.stack"),
        (lambda: np.asarray(V), TypeError, "take in a Valder, .*np.stack"),
        (lambda: operator.setitem(ARRAY, 0, V), TypeError, "can't be assigned to"),
        (lambda: Valder(2.0, [1, 0]) * np.ones(2), ValueError, "can't become an array"),
        (lambda: np.ones(2) / Valder(2.0, [1, 0]), ValueError, "can't become an array"),
        (lambda: round(V, 2), TypeError, "drop the derivative"),
        (lambda: hash(V), TypeError, "unhashable"),
        (lambda: list(V), TypeError, "'float' has no len"),
        (lambda: derivative(3.0), TypeError, "takes a function"),
        (lambda: derivative(sin)("2"), TypeError, "x must be a number.*not str"),
        (lambda: derivative(lambda x: None)(2.0), TypeError, "value of f must be.*not NoneType"),
        (lambda: derivative(lambda x: (x, x))(2.0), TypeError, "np.stack"),
    ],
)
def test_errors_speak(f, error, words):
    with pytest.raises(error, match=words) as caught:
        f()
    assert "\n" not in str(caught.value)


def test_copies():
    for v in (V, ARRAY):
        for other in (copy.deepcopy(v), pickle.loads(pickle.dumps(v))):
            assert repr(other) == repr(v)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_the_examples_of_the_primitives_run(name):
    runner = doctest.DocTestRunner()
    for test in doctest.DocTestFinder().find(PRIMITIVES[name], name):
        runner.run(test)
    assert runner.tries == 2
    assert runner.failures == 0


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_outside_a_domain_nested_derivatives_are_nan_too():
    for f, x in [(np.log, -1.0), (np.log1p, -2.0), (np.arctanh, 2.0), (np.log2, -1.0)]:
        assert math.isnan(derivative(f)(x)) and math.isnan(derivative(derivative(f))(x))
        assert np.isnan(derivative(derivative(f))(np.array([x]))).all()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("zero", [0, 0.0, np.float64(0.0), np.zeros(2)])
def test_dividing_an_array_by_zero_is_inf_whatever_the_zero(zero):
    y = Valder(np.array([3.0, -5.0]), 1.0) / zero
    assert y.val.tolist() == [math.inf, -math.inf] and y.der.tolist() == [math.inf, math.inf]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nested_derivatives_at_a_pole_do_not_raise():
    assert derivative(lambda x: x / 0)(1.0) == math.inf
    assert not math.isfinite(derivative(derivative(lambda x: x * x / 0))(1.0))


def test_float32_is_taken_as_float64():
    y = np.sin(Valder(1.0, 1.0)) * np.float32([1.5])
    assert y.val.dtype == y.der.dtype == np.float64 and y.val[0] == 1.5 * math.sin(1.0)


def test_an_entry_of_an_array_of_floats_does_not_take_a_valder():
    with pytest.raises(ValueError, match="array element") as caught:  # NumPy's, and its reason is ours
        np.zeros(2)[0] = V
    assert "drop the derivative" in str(caught.value.__cause__)


def test_formats():
    assert f"{Valder(1.0, 2.0)}" == "Valder(val=1.0, der=2.0)"
    assert f"{Valder(1.0, 2.0):.3f}" == "1.000"


def test_lists_of_complex_numbers_keep_their_imaginary_parts():
    for z in ([1j, 2.0], np.array([1j, 2.0], np.complex64)):
        assert sin(z) == approx(np.sin(np.array([1j, 2.0])))
