"""Laws that hold for any function at any point, by hypothesis, and autograd as a second opinion."""

import math

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pytest import approx

from autodiff_tutorial import Valder, derivative, forward_mode, reverse_mode
from autodiff_tutorial.operators import PRIMITIVES
from autodiff_tutorial.rules import NUMBERS

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

points = st.floats(-4, 4, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-100)
smooth = st.sampled_from(["sin", "cos", "tanh", "atan", "asinh", "square", "expm1"]).map(PRIMITIVES.get)
any_primitive = st.sampled_from(sorted(PRIMITIVES))
d = derivative


def close(got, want):
    assert got == approx(want, rel=1e-9, abs=1e-9, nan_ok=True)


@given(smooth, smooth, points, points, points)
def test_linear(f, g, a, b, x):
    close(d(lambda x: a * f(x) + b * g(x))(x), a * d(f)(x) + b * d(g)(x))


@given(smooth, smooth, points)
def test_product_and_quotient(f, g, x):
    close(d(lambda x: f(x) * g(x))(x), d(f)(x) * g(x) + f(x) * d(g)(x))
    h = lambda x: 2 + g(x) ** 2  # noqa: E731
    close(d(lambda x: f(x) / h(x))(x), (d(f)(x) * h(x) - f(x) * d(h)(x)) / h(x) ** 2)


@given(smooth, smooth, points)
def test_chain_rule(f, g, x):
    close(d(lambda x: f(g(x)))(x), d(f)(g(x)) * d(g)(x))


@given(st.floats(0.1, 4), points)
def test_powers(x, p):
    close(d(lambda x: x**p)(x), d(lambda x: np.exp(p * np.log(x)))(x))
    close(d(lambda p: x**p)(p), d(lambda p: np.exp(p * np.log(x)))(p))


INVERSES = [
    ("sin", "asin", 1.4),
    ("tan", "atan", 1.4),
    ("sinh", "asinh", 4),
    ("tanh", "atanh", 4),
    ("exp", "log", 4),
    ("expm1", "log1p", 4),
]


@given(st.sampled_from(INVERSES), st.floats(-1, 1))
def test_inverse_functions(pair, unit):
    f, g, bound = PRIMITIVES[pair[0]], PRIMITIVES[pair[1]], pair[2]
    x = bound * unit
    assert d(f)(x) * d(g)(f(x)) == approx(1, rel=1e-9)


sixteenths = st.integers(-64, 64).map(lambda k: k / 16)


@given(st.lists(any_primitive, max_size=8), sixteenths, sixteenths)
def test_reverse_equals_forward(names, x, seed):
    chain = [PRIMITIVES[name] for name in names]
    # 0 times an infinite slope, or one that overflows, depends on the order of multiplication
    nodes = [forward_mode(chain[:k], x).val for k in range(len(chain))]
    slopes = [forward_mode([link], node).der for link, node in zip(chain, nodes, strict=True)]
    assume(all(slope == 0 or 1e-30 < abs(slope) < 1e30 for slope in slopes if slope == slope))
    tangent = forward_mode(chain, Valder(x, seed))
    val, adjoint = reverse_mode(chain, x, seed)
    assert val.val == approx(tangent.val, nan_ok=True)
    assert adjoint == approx(tangent.der, rel=1e-12, nan_ok=True)
    by_hand = Valder(x, seed)
    for link in chain:
        by_hand = link(by_hand)
    assert by_hand.der == approx(tangent.der, rel=1e-12, nan_ok=True)


@given(st.lists(any_primitive, min_size=1, max_size=6), st.lists(points, min_size=1, max_size=5))
def test_an_array_is_its_entries(names, xs):
    chain = [PRIMITIVES[name] for name in names]
    array = forward_mode(chain, np.array(xs))
    numbers = [forward_mode(chain, x) for x in xs]
    for i, number in enumerate(numbers):
        # math and NumPy may differ in the last digit, which a steep chain makes larger
        if abs(number.val) < 1e4 and abs(number.der) < 1e4:
            assert array.val[i] == approx(number.val, rel=1e-6, abs=1e-6)
            assert array.der[i] == approx(number.der, rel=1e-6, abs=1e-6)


PEERS = {name: getattr(anp, name) for name in PRIMITIVES if hasattr(anp, name)}
PEERS |= {
    name: getattr(anp, "arc" + name[1:]) for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")
}
PEERS |= {"fabs": anp.abs, "cbrt": lambda x: anp.sign(x) * anp.abs(x) ** (1 / 3)}


@given(st.sampled_from(sorted(PEERS)), st.floats(0.01, 0.99))
@settings(max_examples=300)
def test_every_primitive_agrees_with_autograd(name, part):
    low, high = NUMBERS[name][2]
    x = low + part * (high - low)
    assume(x != 0)
    assert d(PRIMITIVES[name])(x) == approx(autograd.grad(PEERS[name])(x), rel=1e-9)


def test_autograd_has_them_all():
    assert len(PEERS) >= 22


def program(m):
    def f(x, y):
        u = m.sin(x * y) + x / (1 + y**2)
        for _ in range(3):
            u = m.exp(-u * u) - m.sqrt(1 + x**2 * u**2) + 2 ** (u / 3)
        return m.log(1 + u * u) * m.tanh(x - y) + m.maximum(x, y) / m.cosh(u)

    return f


@given(points, points)
def test_programs_agree_with_autograd(x, y):
    ours = program(np)(Valder(x, [1.0, 0.0]), Valder(y, [0.0, 1.0]))
    peer = program(anp)
    assert ours.val == approx(peer(x, y), rel=1e-12, abs=1e-12)
    assert ours.der == approx([autograd.grad(peer, i)(x, y) for i in (0, 1)], rel=1e-9, abs=1e-9)


@given(points)
def test_second_derivatives_agree_with_autograd(x):
    f = lambda m: lambda x: m.sin(x * x) / (2 + m.cos(3 * x))  # noqa: E731
    assert d(d(f(np)))(x) == approx(autograd.grad(autograd.grad(f(anp)))(x), rel=1e-9, abs=1e-9)
    assert math.isfinite(d(d(d(f(np))))(x))
