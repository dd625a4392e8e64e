"""How fast a written program is, against straight hand-written code, the tape, and jax.jit.

    pytest tests/benchmarks/test_program.py

"written" is the function of the source alone, and "program" the Program, which looks at its
arguments first. "package" and "tape" are the interpreter of the same derivative, and "trace" is the
cost of writing the program down, which pays from trace / (tape - program) calls on.
"""

import math

import numpy as np
import pytest
from test_speed import hand_nested_sines, nested_sines, program

import autodiff_tutorial as ad

try:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
except ImportError:
    jax = None
try:
    import numba
except ImportError:
    numba = None
PEERS = [*(["jax"] if jax else []), *(["numba"] if numba else [])]


def hand_sines_at_a_number(x):
    a = math.sin(x)
    b = math.sin(a)
    y = math.exp(b)
    return y, y * math.cos(a) * math.cos(x)


def sine_of_square(x):
    return x * np.sin(x * x)


def hand_sine_of_square_at_a_number(x):
    u = x * x
    s = math.sin(u)
    return x * s, s + 2 * u * math.cos(u)


def hand_sine_of_square(x):
    u = x * x
    s = np.sin(u)
    return x * s, s + 2 * u * np.cos(u)


def by_jax(f, *examples):
    """Return the function that jax.jit compiles, run once."""
    compiled = jax.jit(f)
    jax.block_until_ready(compiled(*examples))
    return lambda *xs: jax.block_until_ready(compiled(*xs))


def by_source(source):
    """Return the function of a written source."""
    names = {}
    exec(source, names)
    return [*names.values()][-1]


FUNCTIONS = {
    "exp(sin(sin x))": (
        nested_sines,
        hand_sines_at_a_number,
        hand_nested_sines,
        lambda x: jnp.exp(jnp.sin(jnp.sin(x))),
    ),
    "x·sin(x·x)": (
        sine_of_square,
        hand_sine_of_square_at_a_number,
        hand_sine_of_square,
        lambda x: x * jnp.sin(x * x),
    ),
}


@pytest.mark.parametrize("way", ["hand", "written", "program", "package", *PEERS])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_slope_at_a_number(benchmark, way, name):
    benchmark.group = f"(g) {name} at a number, value and slope"
    f, hand, _, peer = FUNCTIONS[name]
    both = ad.value_and_grad(f)
    written = ad.trace(both, 2.0)
    run = {
        "hand": lambda: hand,
        "written": lambda: by_source(written.source),
        "program": lambda: written,
        "package": lambda: both,
        "jax": lambda: by_jax(jax.value_and_grad(peer), 2.0),
        "numba": lambda: numba.njit(by_source(written.source)),
    }[way]()
    assert run(2.0) == pytest.approx(hand(2.0), rel=1e-12)
    benchmark(run, 2.0)


def value_and_slope(f):
    """Return the function x -> f(x), f'(x), by forward mode."""

    def both(x):
        y = f(ad.Valder(x, 1.0))
        return y.val, y.der

    return both


@pytest.mark.parametrize("way", ["hand", "written", "program", "package"])
@pytest.mark.parametrize("points", [1_000, 100_000])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_slope_over_an_array(benchmark, way, points, name):
    benchmark.group = f"(h) {name} over {points} points, value and slope"
    grid = np.linspace(0, 5, points)
    f, _, hand, _ = FUNCTIONS[name]
    both = value_and_slope(f)
    written = ad.trace(both, grid)
    run = {"hand": hand, "written": by_source(written.source), "program": written, "package": both}[way]
    np.testing.assert_allclose(run(grid), hand(grid), rtol=1e-12, atol=1e-12)
    benchmark(run, grid)


@pytest.mark.parametrize("way", ["function", "written", "program", "tape", "trace", *PEERS])
def test_gradient_of_a_program(benchmark, way):
    benchmark.group = "(i) gradient of 350 operations on two numbers"
    by_tape = ad.grad(program(ad), (0, 1))
    written = ad.trace(by_tape, 1.2, 0.7)
    run = {
        "function": lambda: program(math),
        "written": lambda: by_source(written.source),
        "program": lambda: written,
        "tape": lambda: by_tape,
        "trace": lambda: lambda x, y: ad.trace(by_tape, x, y),
        "jax": lambda: by_jax(jax.grad(program(jnp), (0, 1)), 1.2, 0.7),
        "numba": lambda: numba.njit(by_source(written.source)),
    }[way]()
    assert written(1.2, 0.7) == by_tape(1.2, 0.7)
    if way not in ("function", "trace"):
        np.testing.assert_allclose(run(1.2, 0.7), by_tape(1.2, 0.7), rtol=1e-12)
    benchmark(run, 1.2, 0.7)


@pytest.mark.parametrize("way", ["trace", "package", "program"])
def test_cost_of_writing_down(benchmark, way):
    benchmark.group = "(j) exp(sin(sin x)) at a number: writing it down"
    both = ad.value_and_grad(nested_sines)
    run = {"trace": lambda x: ad.trace(both, x), "package": both, "program": ad.trace(both, 2.0)}[way]
    benchmark(run, 2.0)
