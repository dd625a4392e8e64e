"""A reader's own function, with its derivative, in every mode: erf, an option's price, softplus."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from mpmath import mp
from pytest import approx

from autodiff_tutorial import (
    Valder,
    check_grads,
    derivative,
    exp,
    fabs,
    forward_mode,
    grad,
    jvp,
    log1p,
    primitive,
    reverse_mode,
    sin,
    value_and_grad,
)

erf = primitive(math.erf, lambda x: 2 / math.sqrt(math.pi) * np.exp(-x * x))
atan2 = primitive(math.atan2, lambda y, x: x / (x * x + y * y), lambda y, x: -y / (x * x + y * y))


def fall(a, b, c):
    return a * b**2 + c


fallen = primitive(
    fall,
    lambda a, b, c: b**2,
    lambda a, b, c: 2 * a * b,
    lambda a, b, c: 1.0 + 0 * c,
)

POINTS = [-2.5, -0.3, 0.0, 1e-9, 0.7, 3.0]
GRID = np.array(POINTS)
bell = lambda x: 2 / math.sqrt(math.pi) * np.exp(-x * x)  # noqa: E731
DERIVATIVES = [
    np.vectorize(math.erf),
    bell,
    lambda x: -2 * x * bell(x),
    lambda x: (4 * x**2 - 2) * bell(x),
]


def close(got, want):
    assert np.shape(got) == np.shape(want)
    assert got == approx(want, rel=1e-14, abs=1e-15)


def test_its_value_is_that_of_the_function_it_was_made_of():
    assert [erf(x) for x in POINTS] == [math.erf(x) for x in POINTS]
    assert type(erf(0.5)) is float and erf(1) == math.erf(1)
    for x in (GRID, GRID[:1], GRID.reshape(2, 3)):
        assert erf(x).tolist() == DERIVATIVES[0](x).tolist()
    assert erf(np.ones((0, 3))).shape == (0, 3)
    assert erf([0, 1]).tolist() == [0, math.erf(1)]
    assert erf.__name__ == "erf"


MODES = {
    "derivative": derivative,
    "grad": lambda f: lambda x: grad(lambda x: np.sum(f(x)))(x),
    "value_and_grad": lambda f: lambda x: value_and_grad(lambda x: np.sum(f(x)))(x)[1],
    "a Valder": lambda f: lambda x: f(Valder(x, 1.0)).der,
    "forward_mode": lambda f: lambda x: forward_mode([f], x).der,
    "reverse_mode": lambda f: lambda x: reverse_mode([f], x)[1],
    "checkpoints": lambda f: lambda x: reverse_mode([f], x, checkpoints=1)[1],
}
INNER = ["derivative", "grad", "a Valder"]
NESTED = [(outer, inner) for outer in MODES for inner in INNER if "Valder" not in outer + inner]


@pytest.mark.parametrize("mode", MODES)
def test_it_is_differentiated_in_every_mode(mode):
    for x in (*POINTS, GRID, GRID[:1], GRID.reshape(3, 2)):
        close(MODES[mode](erf)(x), DERIVATIVES[1](x))
        close(MODES[mode](lambda x: 3 * erf(x) * x)(x), 3 * bell(x) * x + 3 * DERIVATIVES[0](x))


@pytest.mark.parametrize(("outer", "inner"), NESTED)
def test_it_is_nested_to_any_depth(outer, inner):
    second = MODES[outer](MODES[inner](erf))
    for x in POINTS:
        close(second(x), DERIVATIVES[2](x))
        close(derivative(second)(x), DERIVATIVES[3](x))
        close(grad(second)(x), DERIVATIVES[3](x))
    if inner == "derivative" or "grad" in outer:  # else a sum would mix what goes entry by entry
        close(second(GRID), DERIVATIVES[2](GRID))


def test_it_is_a_link_of_a_chain():
    for x in (0.4, GRID):
        want = bell(np.sin(x)) * np.cos(x) * np.exp(DERIVATIVES[0](np.sin(x)))
        close(forward_mode([sin, erf, exp], x).der, want)
        close(reverse_mode([sin, erf, exp], x)[1], want)
        close(reverse_mode([sin, erf, exp], x, checkpoints=2)[1], want)
    close(erf(Valder(0.4, [1.0, 2.0])).der, bell(0.4) * np.array([1.0, 2.0]))
    chain_in_derivative = derivative(lambda x: reverse_mode([sin, erf], x)[1])
    close(chain_in_derivative(0.4), derivative(derivative(lambda x: erf(sin(x))))(0.4))
    check_grads(lambda x: np.sum(erf(x) * x), GRID)


def test_two_arguments():
    close(grad(atan2, (0, 1))(1.0, 2.0), (0.4, -0.2))
    close((grad(atan2)(1.0, 2.0), grad(atan2, 1)(1.0, 2.0)), (0.4, -0.2))
    close(
        (derivative(lambda y: atan2(y, 2.0))(1.0), derivative(lambda x: atan2(1.0, x))(2.0)), (0.4, -0.2)
    )
    close(atan2(Valder(1.0, [1, 0]), Valder(2.0, [0, 1])).der, [0.4, -0.2])
    close(derivative(lambda t: atan2(t, t * t))(2.0), -0.2)  # both at once: atan(1/t)
    close(grad(lambda t: atan2(t, t * t))(2.0), -0.2)
    for outer, inner in itertools.product([grad, derivative], repeat=2):  # the mixed second derivative
        mixed = outer(lambda x: inner(lambda y: atan2(y, x))(1.0))  # noqa: B023
        close(mixed(2.0), (1 - 4) / 25)


def test_two_arguments_are_spread_over_each_other():
    y, x = np.array([0.5, -1.0, 2.0]), np.array([[1.0], [3.0]])
    close(atan2(y, x), np.arctan2(y, x))
    by_y, by_x = grad(lambda y, x: np.sum(atan2(y, x)), (0, 1))(y, x)
    close(by_y, np.sum(x / (x**2 + y**2), axis=0))
    close(by_x, np.sum(-y / (x**2 + y**2), axis=1, keepdims=True))
    close(derivative(lambda t: atan2(t, y))(2.0), y / (4 + y**2))
    close(derivative(lambda y: atan2(y, x[0]))(y), 1 / (1 + y**2))
    check_grads(atan2, (y, x))


def test_three_arguments():
    args = (2.0, 3.0, 5.0)
    assert fallen(*args) == 23
    assert grad(fallen, (0, 1, 2))(*args) == (9, 12, 1)
    assert [
        derivative(lambda t: fallen(t, 3.0, t))(2.0),
        derivative(lambda t: fallen(2.0, t, 5.0))(3.0),
    ] == [10, 12]
    assert grad(grad(fallen, 1), 0)(*args) == 6
    check_grads(fallen, (np.array([1.0, 2.0]), 3.0, np.ones((2, 2))))


def test_a_value_with_an_if_goes_over_an_array_entry_by_entry():
    ramp = primitive(lambda x: x if x > 0 else 0.0, lambda x: np.maximum(np.sign(x), 0))
    assert ramp(GRID).tolist() == np.maximum(GRID, 0).tolist()
    assert derivative(ramp)(np.array([-1.0, 2.0])).tolist() == [0, 1]


def test_a_return_that_was_forgotten_is_no_slope_and_no_value():
    half = primitive(lambda a, b: a * b, lambda a, b: None, lambda a, b: a)
    for f in (
        lambda: grad(lambda a: np.sum(half(a, np.ones(3))))(np.ones(3)),
        lambda: grad(grad(lambda a: half(a, 2.0)))(3.0),
        lambda: derivative(lambda a: half(a, 2.0))(3.0),
        lambda: grad(grad(primitive(lambda x: None, lambda x: 2 * x)))(2.0),
        lambda: derivative(primitive(lambda x: "a", lambda x: 2 * x))(2.0),
    ):
        with pytest.raises(TypeError, match="must make one number of each entry"):
            f()


def test_a_value_keeps_its_own_errors():
    broken = primitive(lambda x: {}["no such key"], lambda x: x)
    with pytest.raises(KeyError, match="no such key"):
        derivative(broken)(1.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: primitive(math.erf), "missing 1 required positional argument: 'derivative'"),
        (lambda: primitive("erf", np.cos)(1.0), "'str' object is not callable"),
        (lambda: derivative(primitive(math.erf, 2.0))(1.0), "'float' object is not callable"),
        (lambda: erf("1"), "argument of erf must be a number.*not str"),
        (
            lambda: derivative(primitive(math.erf, lambda x: math.exp(-x)))(Valder(1.0, 1.0)),
            "drop the deriv",
        ),
        (lambda: erf(1.0, 2.0), r"erf.* 1 .*argument"),
        (lambda: atan2(1.0), r"atan2.*argument"),
        (lambda: grad(lambda x: atan2(x))(1.0), r"atan2.*argument"),
        (lambda: grad(lambda x: fallen(x, x))(1.0), "argument"),
    ],
)
def test_errors_speak(call, words):
    with pytest.raises(TypeError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value) and "lambda" not in str(caught.value)


# Black and Scholes


def call_price(spot, strike, rate, volatility, years):
    """Return what a European call is worth (Black and Scholes 1973), with the erf above."""
    cdf = lambda x: (1 + erf(x / math.sqrt(2))) / 2  # noqa: E731
    spread = volatility * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + volatility**2 / 2) * years) / spread
    return spot * cdf(d1) - strike * np.exp(-rate * years) * cdf(d1 - spread)


def closed_forms(*args):
    """Return price, delta, gamma and vega by their formulas, to 30 digits."""
    with mpmath.workdps(30):
        spot, strike, rate, volatility, years = map(mp.mpf, args)
        spread = volatility * mp.sqrt(years)
        d1 = (mp.log(spot / strike) + (rate + volatility**2 / 2) * years) / spread
        price = spot * mp.ncdf(d1) - strike * mp.exp(-rate * years) * mp.ncdf(d1 - spread)
        density = mp.npdf(d1)
        return [
            float(x)
            for x in (price, mp.ncdf(d1), density / (spot * spread), spot * density * mp.sqrt(years))
        ]


OPTIONS = {
    "Hull's": (42.0, 40.0, 0.1, 0.2, 0.5),
    "at the money": (100.0, 100.0, 0.05, 0.2, 1.0),
    "in the money": (120.0, 100.0, 0.01, 0.3, 0.25),
    "out of the money": (80.0, 100.0, 0.03, 0.45, 2.0),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_a_call_option(name):
    option = OPTIONS[name]
    price, delta, gamma, vega = closed_forms(*option)
    value, (by_spot, by_volatility) = value_and_grad(call_price, (0, 3))(*option)
    assert (value, by_spot, by_volatility) == approx((price, delta, vega), rel=1e-12)
    rest = option[1:]
    for outer, inner in itertools.product([grad, derivative], repeat=2):
        bend = outer(inner(lambda spot: call_price(spot, *rest)))
        assert bend(option[0]) == approx(gamma, rel=1e-12)
    spots = np.array([0.9, 1.0, 1.1]) * option[0]
    wanted = np.array([closed_forms(spot, *rest) for spot in spots]).T
    f = lambda spot: call_price(spot, *rest)  # noqa: E731
    assert f(spots) == approx(wanted[0], rel=1e-12)
    assert derivative(f)(spots) == approx(wanted[1], rel=1e-12)
    assert derivative(derivative(f))(spots) == approx(wanted[2], rel=1e-12)


def test_the_price_in_the_book():
    price = call_price(*OPTIONS["Hull's"])  # Options, Futures, and Other Derivatives
    assert f"{price:.2f}" == "4.76"


# A primitive that is in neither math nor NumPy, and whose value has a kink that its derivative has not

softplus = primitive(
    lambda x: np.maximum(x, 0) + log1p(exp(-fabs(x))),
    lambda x: 1 / (1 + np.exp(-x)),
)


def slopes_of_softplus(x):
    second = 1 / (4 * math.cosh(x / 2) ** 2)
    return [1 / (1 + math.exp(-x)), second, -second * math.tanh(x / 2)]


ORDERS = [modes for n in (1, 2, 3) for modes in itertools.product(["derivative", "grad"], repeat=n)]


@pytest.mark.parametrize("modes", ORDERS, ids=" of ".join)
@pytest.mark.parametrize("x", [0.0, -0.0, 1e-8, 0.5, -1.5, 20.0])
def test_softplus_has_no_kink(modes, x):
    n = len(modes)
    alone, product = softplus, lambda x: x * softplus(x)
    for mode in modes:
        alone, product = MODES[mode](alone), MODES[mode](product)
    slopes = [math.log1p(math.exp(-abs(x))) + max(x, 0), *slopes_of_softplus(x)]
    assert alone(x) == approx(slopes[n], rel=1e-12, abs=1e-15)
    assert product(x) == approx(x * slopes[n] + n * slopes[n - 1], rel=1e-12, abs=1e-15)  # Leibniz


def test_softplus_has_no_kink_in_a_chain_or_a_valder_or_an_array():
    _, second, third = slopes_of_softplus(0.0)
    assert derivative(lambda x: reverse_mode([softplus], x)[1])(0.0) == second
    assert derivative(derivative(lambda x: forward_mode([np.sin, softplus], x).der))(0.0) == third - 0.5
    assert softplus(Valder(Valder(0.0, 1.0), 1.0)).der.der == second
    x = np.array([-1.5, 0.0, 0.5])
    bends = derivative(derivative(derivative(lambda x: x * softplus(x))))(x)
    assert bends[1] == 0.75
    assert bends == approx(
        [3 * slopes_of_softplus(t)[1] + t * slopes_of_softplus(t)[2] for t in x], rel=1e-12
    )


def test_a_primitive_of_another_shape_is_refused():
    total = primitive(lambda x: np.sum(x**2), lambda x: 2 * x)
    wide = primitive(lambda x: np.stack([x, x * x]), lambda x: np.stack([1 + 0 * x, 2 * x]))
    steep = primitive(lambda x: x**2, lambda x: np.stack([2 * x, 2 * x]))
    pair = primitive(lambda a, b: np.stack([a, b]), lambda a, b: 1.0, lambda a, b: 1.0)
    for call in (
        lambda: jvp(total, (np.ones(3),), (np.ones(3),)),
        lambda: grad(lambda x: np.sum(wide(x)))(2.0),
        lambda: derivative(wide)(2.0),
        lambda: derivative(lambda x: pair(x, 2.0))(2.0),
        lambda: grad(lambda x: np.sum(pair(x, 2.0)))(2.0),
        lambda: total(np.ones(3)),
        lambda: grad(lambda x: np.sum(steep(x)))(np.ones(2)),
        lambda: jvp(primitive(lambda x: (x, x), lambda x: 1.0), (2.0,), (1.0,)),
    ):
        with pytest.raises(TypeError, match="must make one number of each entry"):
            call()


def test_a_primitive_by_math_refuses_complex_numbers():
    for x in (2 + 1j, np.array([2 + 1j])):
        with pytest.raises(TypeError, match="erf takes one real number at a time"):
            erf(x)


def test_help_of_a_primitive_is_that_of_its_function():
    assert erf.__doc__ == math.erf.__doc__


def test_two_plain_numbers_give_a_plain_value():
    assert atan2(0.5, 2.0) == math.atan2(0.5, 2.0)
