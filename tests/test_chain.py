"""Both modes over a chain: the post's numbers, every kind of link, arrays, depth, memory, errors."""

import functools
import math
import tracemalloc

import numpy as np
import pytest
from pytest import approx

from autodiff_tutorial import (
    Valder,
    cos,
    derivative,
    exp,
    fabs,
    forward_mode,
    log,
    reverse_mode,
    sin,
    sqrt,
)

CHAIN = [sin, sin, exp]
F, DF, D2F = 2.2013533791690376, -0.562752038662712, -1.3865894053802483


def test_the_call_of_the_post():
    val, der = reverse_mode(CHAIN, Valder(2.0, 0), 1.0)
    assert (val.val, der) == (F, DF)
    assert repr(forward_mode(CHAIN, Valder(2.0, 1))) == f"Valder(val={F}, der={DF})"


def test_tangent_times_adjoint_is_the_same_at_every_node():
    for cut, tangent, adjoint in [
        (0, 1, DF),
        (1, -0.4161468365471424, 1.3522920018616114),
        (2, -0.2556391190927912, 2.2013533791690376),
        (3, DF, 1),
    ]:
        node = forward_mode(CHAIN[:cut], 2.0)
        assert node.der == approx(tangent, rel=1e-15)
        assert reverse_mode(CHAIN[cut:], node.val)[1] == approx(adjoint, rel=1e-15)


def test_both_modes_take_any_link():
    own_sin = lambda v: Valder(math.sin(v.val), math.cos(v.val))  # noqa: E731

    class Scale:
        __hash__ = None

        def __call__(self, v):
            return 3 * v

    for chain in (
        [own_sin, own_sin, np.exp],
        [np.sin, lambda v: sin(v), exp],
        [own_sin, sin, lambda v: exp(v)],
    ):
        assert reverse_mode(chain, 2.0)[1] == approx(DF, rel=1e-15)
        assert forward_mode(chain, 2.0).der == approx(DF, rel=1e-15)
    assert reverse_mode([Scale(), sqrt], 3.0)[1] == 0.5
    assert reverse_mode([sin, lambda v: 7.0], 3.0)[1] == 0
    assert reverse_mode([abs, sqrt], -4.0)[1] == -0.25
    assert reverse_mode((link for link in CHAIN), 2.0)[1] == DF


def test_a_link_that_wraps_a_primitive_is_run():
    calls = []

    @functools.wraps(sin)
    def degrees(x):
        calls.append(x)
        return sin(x * math.pi / 180)

    slope = math.cos(math.pi / 6) * math.pi / 180
    assert forward_mode([degrees], 30.0).der == approx(slope, rel=1e-14)
    assert (
        reverse_mode([degrees], 30.0)[1]
        == reverse_mode([degrees], 30.0, checkpoints=1)[1]
        == approx(slope)
    )
    assert len(calls) == 3
    quiet = np.errstate(all="ignore")(log)
    assert forward_mode([quiet], 0.0).der == math.inf  # no warning, which would be an error here


def test_a_link_may_have_methods_of_any_name():
    class Pendulum:
        def __call__(self, x):
            return x * x

        def step(self, x, **options):
            return x + 1.0, x

        value_and_slope = linearize = step

    assert forward_mode([Pendulum()], 3.0).der == reverse_mode([Pendulum()], 3.0)[1] == 6


def test_the_derivative_of_the_input_goes_into_val():
    assert reverse_mode(CHAIN, Valder(2.0, 1.0))[0].der == DF
    assert reverse_mode(CHAIN, Valder(2.0, 0))[0].der == 0
    assert reverse_mode(CHAIN, 2.0)[0].der == 0
    assert forward_mode(CHAIN, Valder(2.0, [1.0, 10.0])).der == approx([DF, 10 * DF], rel=1e-15)


def test_arrays():
    x = np.linspace(-3, 3, 7)
    slope = np.exp(np.sin(np.sin(x))) * np.cos(np.sin(x)) * np.cos(x)
    val, der = reverse_mode(CHAIN, x)
    assert val.val.tolist() == np.exp(np.sin(np.sin(x))).tolist()
    assert der == approx(slope, rel=1e-14)
    assert forward_mode(CHAIN, x).der == approx(slope, rel=1e-14)
    dy = np.arange(7.0)
    assert reverse_mode(CHAIN, x, dy)[1] == approx(dy * slope, rel=1e-14)
    assert dy.tolist() == list(range(7))
    assert reverse_mode(CHAIN, 2.0, dy)[1] == approx(dy * DF, rel=1e-14)
    assert reverse_mode([], x, 2.0)[1].tolist() == [2.0] * 7
    assert reverse_mode([lambda v: 1.0], x)[1].tolist() == [0.0] * 7
    assert forward_mode([], x).der.tolist() == [1.0] * 7


def test_second_derivatives_go_through_reverse_mode():
    assert derivative(lambda x: reverse_mode(CHAIN, x)[1])(2.0) == approx(D2F, rel=1e-14)
    assert derivative(lambda x: reverse_mode(CHAIN, x)[0].val)(2.0) == approx(DF, rel=1e-14)
    assert derivative(lambda x: reverse_mode(CHAIN, Valder(x, 0))[1])(2.0) == approx(D2F, rel=1e-14)
    assert derivative(lambda x: forward_mode(CHAIN, x).val)(2.0) == approx(DF, rel=1e-14)
    assert derivative(lambda x: forward_mode(CHAIN, x).der)(2.0) == approx(D2F, rel=1e-14)
    assert derivative(lambda x: x * forward_mode(CHAIN, 2.0).der)(1.0) == approx(DF, rel=1e-14)
    own = [
        lambda x: forward_mode(CHAIN, x),
        lambda x: x * forward_mode(CHAIN, 2.0),
        lambda x: Valder(x, 1.0),
    ]
    for f in own:
        with pytest.raises(TypeError, match="return its val or its der"):
            derivative(f)(2.0)
    assert derivative(lambda x: derivative(lambda y: y * reverse_mode(CHAIN, x)[1])(1.0))(2.0) == approx(
        D2F, rel=1e-14
    )
    assert derivative(lambda x: x * reverse_mode([lambda v: 1.0], x)[0].val)(2.0) == 1
    val, der = reverse_mode(CHAIN, Valder(Valder(2.0, 1.0), 0))
    assert (val.val.val, der.val, der.der) == approx((F, DF, D2F), rel=1e-14)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_edges_are_those_of_a_single_function():
    assert forward_mode([fabs, sqrt], 0.0).val == 0
    for chain, x in [
        ([log], 0.0),
        ([sin, sqrt], 0.0),
        ([log], -1.0),
        ([sin], math.inf),
        ([exp, exp], 1e3),
    ]:
        number, array = reverse_mode(chain, x), reverse_mode(chain, np.array([x]))
        assert number[0].val == approx(array[0].val[0], nan_ok=True)
        assert number[1] == approx(array[1][0], nan_ok=True)


def test_a_hundred_thousand_links_and_their_memory():
    n = 100_000
    chain = [sin, cos] * (n // 2)
    tracemalloc.start()
    _, der = reverse_mode(chain, 2.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert math.isfinite(der)
    assert peak / n <= 40 + 8  # 8 for the chain itself, which is copied into a list


@pytest.mark.parametrize("mode", [forward_mode, reverse_mode])
@pytest.mark.parametrize(
    ("chain", "x", "words"),
    [
        ([sin, "sin", exp], 2.0, "'str' object is not callable"),
        ([sin, 3.0], np.ones(2), "'float' object is not callable"),
        ([sin, lambda v: None], 2.0, "the value of a link must be.*not NoneType"),
        ([sin, math.sin], 2.0, "drop the derivative"),
        ([sin], "2", "input_value must be a number.*not str"),
        (sin, 2.0, "'function' object is not iterable"),
    ],
)
def test_errors_speak(mode, chain, x, words):
    with pytest.raises(TypeError, match=words):
        mode(chain, x)


def test_a_wrong_seed_and_a_gradient_that_does_not_fit():
    with pytest.raises(TypeError, match=r"dy must be a number.*not str"):
        reverse_mode(CHAIN, 2.0, "1")
    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)|\(2,\).*\(3,\)"):
        reverse_mode(CHAIN, np.ones(3), np.ones(2))
    for run in (forward_mode, reverse_mode):
        with pytest.raises(ValueError, match="can't become an array"):
            run([lambda v: v * np.ones(2)], Valder(2.0, [1.0, 0.0]))


def test_the_adjoint_has_the_shape_of_the_input():
    constant = [lambda v: 1.0]
    for chain, dy in [
        ([lambda v: v * np.ones((2, 1))], 1.0),
        ([sin], np.ones((3, 1))),
        (constant, np.ones(1)),
    ]:
        with pytest.raises(
            ValueError, match=r"from dy and the links, of shape .* does not fit a value of"
        ):
            reverse_mode(chain, np.ones(3), dy)


def test_what_it_returns_is_a_valder_like_those_made_by_hand():
    y = forward_mode(CHAIN, 2.0) * Valder(3.0, 1.0)  # so that one can go on from there
    assert (y.val, y.der) == approx((3 * F, 3 * DF + F))
    y = reverse_mode(CHAIN, 2.0)[0] * Valder(3.0, 1.0)
    assert (y.val, y.der) == approx((3 * F, F))
