"""How time and memory grow with the links of a chain, the points of an array, and the inputs.

Peers are measured beside the package where they are installed: pip install jax torch micrograd.
"""

import math
import tracemalloc
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import autodiff_tutorial as ad

pytestmark = pytest.mark.benchmark(max_time=0.3, min_rounds=5)


def ways(*names):
    """Run a test for each of these ways, those that are not installed left out."""
    peers = {"autograd", "jax", "torch", "micrograd"}
    return pytest.mark.parametrize("way", [n for n in names if n not in peers or find_spec(n)])


def measure(benchmark, way, run, group):
    benchmark.group = group
    if way == "package":
        tracemalloc.start()
        run()
        benchmark.extra_info["peak"] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    benchmark(run)


def hand_sines(links):
    x, slopes = 1.0, []
    for _ in range(links):
        slopes.append(math.cos(x))
        x = math.sin(x)
    return math.prod(reversed(slopes))


def sines(sin, links):
    def f(x):
        for _ in range(links):
            x = sin(x)
        return x

    return f


@ways("hand", "package", "tape", "autograd")
@pytest.mark.parametrize("links", [100, 1_000, 10_000, 100_000])
def test_links(benchmark, way, links):
    chain = [ad.sin] * links
    run = {
        "hand": lambda: hand_sines(links),
        "package": lambda: ad.reverse_mode(chain, 1.0)[1],
        "tape": lambda: ad.grad(sines(ad.sin, links))(1.0),
        "autograd": lambda: autograd.grad(sines(anp.sin, links))(1.0),
    }[way]
    assert run() == pytest.approx(hand_sines(links))
    measure(benchmark, way, run, f"links of a chain: {links:,}")


@ways("chain", "package")
@pytest.mark.parametrize("checkpoints", [100, 20, 5])
def test_checkpoints(benchmark, way, checkpoints):
    chain, grid = [ad.sin, ad.cos] * 500, np.linspace(-3, 3, 10_000)
    options = {"chain": {}, "package": {"checkpoints": checkpoints}}[way]
    group = f"1,000 links, 10,000 points, checkpoints: {checkpoints}"
    measure(benchmark, way, lambda: ad.reverse_mode(chain, grid, **options), group)


def nested_sines(m):
    return lambda x: m.sum(m.exp(m.sin(m.sin(x))))


@ways("function", "package", "autograd", "jax", "torch")
@pytest.mark.parametrize("points", [10, 1_000, 100_000, 1_000_000])
def test_points(benchmark, way, points):
    grid = np.linspace(0, 5, points)
    run = gradient_of(way, nested_sines, grid)
    measure(benchmark, way, run, f"gradient over an array, points: {points:,}")


def neighbours(m):
    return lambda x: m.sum(m.sin(x[:-1]) * x[1:]) + x[0] * x[-1]


@ways("function", "package", "autograd", "jax", "torch")
@pytest.mark.parametrize("inputs", [1, 10, 100, 1_000])
def test_inputs_in_an_array(benchmark, way, inputs):
    run = gradient_of(way, neighbours, np.linspace(0.5, 1.5, inputs))
    measure(benchmark, way, run, f"inputs, in one array: {inputs:,}")


def gradient_of(way, f, x):
    """Return what calculates the gradient of f at the array x, or f alone."""
    if way == "jax":
        jax = import_module("jax")
        jax.config.update("jax_enable_x64", True)
        compiled, x = jax.jit(jax.grad(f(jax.numpy))), jax.numpy.asarray(x)
        return lambda: compiled(x).block_until_ready()
    if way == "torch":
        torch = import_module("torch")
        x = torch.tensor(x, requires_grad=True)
        return lambda: torch.autograd.grad(f(torch)(x), x)
    run = {"function": f(np), "package": ad.grad(f(np)), "autograd": autograd.grad(f(anp))}[way]
    return lambda: run(x)


def products(*xs):
    y = xs[0] * xs[-1]
    for a, b in pairwise(xs):
        y = y + a * b
    return y


@ways("function", "package", "autograd")
@pytest.mark.parametrize("inputs", [1, 10, 100, 1_000])
def test_inputs_as_numbers(benchmark, way, inputs):
    measure_inputs(benchmark, way, inputs)


# not 1,000: the sweep of micrograd is recursive, and so many sums exceed Python's limit
@ways("micrograd")
@pytest.mark.parametrize("inputs", [1, 10, 100])
def test_inputs_of_micrograd(benchmark, way, inputs):
    measure_inputs(benchmark, way, inputs)


def measure_inputs(benchmark, way, inputs):
    xs, places = [1 + k / inputs for k in range(inputs)], tuple(range(inputs))
    run = {
        "function": lambda: products(*xs),
        "package": lambda: ad.grad(products, places)(*xs),
        "autograd": lambda: autograd.grad(products, places)(*xs),
        "micrograd": lambda: by_micrograd(xs),
    }[way]
    measure(benchmark, way, run, f"inputs, each a number: {inputs:,}")


def by_micrograd(xs):
    engine = import_module("micrograd.engine")
    nodes = [engine.Value(x) for x in xs]
    products(*nodes).backward()
    return [node.grad for node in nodes]
