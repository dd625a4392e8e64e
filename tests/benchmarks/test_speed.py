"""How fast the package is, against straight hand-written code in the same run.

    pytest tests/benchmarks

"hand" is what one would write for this one function; "post" is the way of the blog post, where every
link makes an object of a value and a derivative. "chain" is reverse_mode, and "function" the function
alone, without a derivative.
"""

import math

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import autodiff_tutorial as ad


class PostValder:
    def __init__(self, val=None, der=None):
        if val is None:
            raise RuntimeError("a value is needed")
        self.val = val
        self.der = 0 if der is None else der


def post_local_sin(v):
    return PostValder(math.sin(v.val), math.cos(v.val))


def post_local_exp(v):
    return PostValder(math.exp(v.val), math.exp(v.val))


def post_reverse(chain, v, dy):
    local_derivatives = []
    for link in chain:
        v = link(v)
        local_derivatives.append(v.der)
    for local_derivative in reversed(local_derivatives):
        dy *= local_derivative
    return v, dy


def hand_reverse(links, x, dy):
    slopes = []
    for _ in range(links // 3):
        slopes.append(math.cos(x))
        x = math.sin(x)
        slopes.append(math.cos(x))
        x = math.sin(x)
        x = math.exp(x)
        slopes.append(x)
    for slope in reversed(slopes):
        dy *= slope
    return x, dy


@pytest.mark.parametrize("way", ["hand", "post", "package"])
@pytest.mark.parametrize("links", [99, 999, 99_999])
def test_reverse_sweep(benchmark, way, links):
    benchmark.group = f"(a) reverse sweep over {links} links"
    post = [post_local_sin, post_local_sin, post_local_exp] * (links // 3)
    chain = [ad.sin, ad.sin, ad.exp] * (links // 3)
    run = {
        "hand": lambda: hand_reverse(links, 2.0, 1.0)[1],
        "post": lambda: post_reverse(post, PostValder(2.0, 0), 1.0)[1],
        "package": lambda: ad.reverse_mode(chain, ad.Valder(2.0, 0), 1.0)[1],
    }
    assert run[way]() == pytest.approx(run["hand"]())
    benchmark(run[way])


def nested_sines(x):
    return np.exp(np.sin(np.sin(x)))


def hand_nested_sines(x):
    a = np.sin(x)
    b = np.sin(a)
    y = np.exp(b)
    return y, y * np.cos(a) * np.cos(x)


@pytest.mark.parametrize("way", ["hand", "package"])
@pytest.mark.parametrize("points", [1_000, 100_000])
def test_value_and_derivative_over_an_array(benchmark, way, points):
    benchmark.group = f"(b) exp(sin(sin x)) over {points} points"
    grid = np.linspace(0, 5, points)

    def package():
        y = nested_sines(ad.Valder(grid, 1.0))
        return y.val, y.der

    run = {"hand": lambda: hand_nested_sines(grid), "package": package}
    np.testing.assert_allclose(run[way](), run["hand"](), rtol=1e-12)
    benchmark(run[way])


@pytest.mark.parametrize("way", ["hand", "package"])
@pytest.mark.parametrize("points", [1_000, 100_000])
def test_operators_over_an_array(benchmark, way, points):
    benchmark.group = f"x·sin(x·x) over {points} points"
    grid = np.linspace(0, 5, points)

    def hand():
        u = grid * grid
        s = np.sin(u)
        return grid * s, s + 2 * u * np.cos(u)

    def package():
        x = ad.Valder(grid, 1.0)
        y = x * np.sin(x * x)
        return y.val, y.der

    run = {"hand": hand, "package": package}
    np.testing.assert_allclose(run[way](), hand(), rtol=1e-12, atol=1e-12)
    benchmark(run[way])


def post_sin(v):
    return PostValder(math.sin(v.val), math.cos(v.val) * v.der)


def post_exp(v):
    return PostValder(math.exp(v.val), math.exp(v.val) * v.der)


def post_product(v, w):
    return PostValder(v.val * w.val, v.der * w.val + v.val * w.der)


@pytest.mark.parametrize("way", ["hand", "post", "package"])
def test_scalar_forward_mode(benchmark, way):
    benchmark.group = "(c) exp(sin(sin x)) at a number, forward"
    sin, exp = ad.sin, ad.exp

    def hand():
        a = math.sin(2.0)
        b = math.sin(a)
        y = math.exp(b)
        return y, y * math.cos(a) * math.cos(2.0)

    def post():
        y = post_exp(post_sin(post_sin(PostValder(2.0, 1.0))))
        return y.val, y.der

    def package():
        y = exp(sin(sin(ad.Valder(2.0, 1.0))))
        return y.val, y.der

    run = {"hand": hand, "post": post, "package": package}
    assert run[way]() == pytest.approx(hand())
    benchmark(run[way])


@pytest.mark.parametrize("way", ["hand", "post", "package"])
def test_scalar_operators(benchmark, way):
    benchmark.group = "x·sin(x·x) at a number, forward"
    sin = ad.sin

    def hand():
        u = 3.0 * 3.0
        s = math.sin(u)
        return 3.0 * s, s + 2 * u * math.cos(u)

    def post():
        x = PostValder(3.0, 1.0)
        y = post_product(x, post_sin(post_product(x, x)))
        return y.val, y.der

    def package():
        x = ad.Valder(3.0, 1.0)
        y = x * sin(x * x)
        return y.val, y.der

    run = {"hand": hand, "post": post, "package": package}
    assert run[way]() == pytest.approx(hand())
    benchmark(run[way])


@pytest.mark.parametrize("way", ["chain", "package", "autograd"])
def test_tape_of_numbers(benchmark, way):
    benchmark.group = "(d) 999 links at a number, on a tape"
    sin, exp = ad.sin, ad.exp
    chain = [sin, sin, exp] * 333

    def nested(sin, exp):
        def f(x):
            for _ in range(333):
                x = exp(sin(sin(x)))
            return x

        return f

    by_tape, by_peer = ad.grad(nested(sin, exp)), autograd.grad(nested(anp.sin, anp.exp))
    run = {
        "chain": lambda: ad.reverse_mode(chain, 2.0)[1],
        "package": lambda: by_tape(2.0),
        "autograd": lambda: by_peer(2.0),
    }
    assert run[way]() == pytest.approx(run["chain"]())
    benchmark(run[way])


def program(m):
    def f(x, y):
        for _ in range(50):
            x, y = x * y / (1 + x * x), m.sin(x) - y / 2
        return x * y

    return f


@pytest.mark.parametrize("way", ["function", "package", "autograd"])
def test_tape_of_a_program(benchmark, way):
    benchmark.group = "(e) gradient of 350 operations on two numbers"
    run = {
        "function": program(math),
        "package": ad.grad(program(ad), (0, 1)),
        "autograd": autograd.grad(program(anp), (0, 1)),
    }
    np.testing.assert_allclose(run["package"](1.2, 0.7), run["autograd"](1.2, 0.7), rtol=1e-12)
    benchmark(run[way], 1.2, 0.7)


DATA = np.random.default_rng(0).normal(size=(200, 10_000))


def weighted_sines(m):
    def f(*weights):
        y = 0.0
        for weight, row in zip(weights, DATA, strict=True):
            y = y + m.sin(weight * row)
        return m.sum(y * y)

    return f


def entry_by_entry(m):
    return lambda weights: weighted_sines(m)(*[weights[k] for k in range(200)])


def logistic_loss(m):
    return lambda weights: m.mean(m.log(1 + m.exp(-(weights @ DATA))))


def products(m):
    def f(*rows):
        y = rows[0]
        for row, before in zip(rows[1:], rows, strict=False):
            y = m.sin(y * row) + before
        return m.sum(y)

    return f


CASES = {
    "200 numbers": (weighted_sines, tuple(DATA[:, 0])),
    "200 entries": (entry_by_entry, (DATA[:, 0],)),
    "200 weights, @": (logistic_loss, (DATA[:, 0],)),
    "200 arrays": (products, tuple(DATA)),
}


@pytest.mark.parametrize("way", ["function", "package", "autograd"])
@pytest.mark.parametrize("case", CASES)
def test_tape_of_arrays(benchmark, way, case):
    benchmark.group = f"(f) gradient by {case}, over 10,000 points"
    f, args = CASES[case]
    places = tuple(range(len(args)))
    run = {
        "function": f(np),
        "package": ad.grad(f(np), places),
        "autograd": autograd.grad(f(anp), places),
    }
    for ours, peer in zip(run["package"](*args), run["autograd"](*args), strict=True):
        np.testing.assert_allclose(ours, peer, rtol=1e-9, atol=1e-9)
    benchmark.pedantic(run[way], args, rounds=12, warmup_rounds=1)
