"""The programs that people bring, against autograd: a gradient, as a multiple of the function's time."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import real_work

import autodiff_tutorial as ad

IMAGES, LABELS, WEIGHTS = real_work.digits()
CASES = {
    "Rosenbrock, 1,000 unknowns": (real_work.rosenbrock, (np.linspace(-1, 1, 1000),)),
    "pendulum by RK4": (real_work.pendulum, (np.array([0.8, 0.3]),)),
    "Kalman filter of numbers": (real_work.kalman, (np.array([0.2, -0.5]),)),
    "Kalman filter of matrices": (real_work.kalman_of_matrices, (np.array([0.2, -0.5]),)),
    "network on 1,797 digits": (lambda m: real_work.network(m, IMAGES, LABELS), tuple(WEIGHTS)),
}


@pytest.mark.benchmark(max_time=0.5, min_rounds=5)
@pytest.mark.parametrize("way", ["function", "package", "autograd"])
@pytest.mark.parametrize("case", CASES)
def test_gradients_of_real_work(benchmark, way, case):
    benchmark.group = f"gradient: {case}"
    make, args = CASES[case]
    every = tuple(range(len(args)))
    run = {
        "function": make(np),
        "package": ad.grad(make(np), every),
        "autograd": autograd.grad(make(anp), every),
    }
    for ours, peer in zip(run["package"](*args), run["autograd"](*args), strict=True):
        np.testing.assert_allclose(ours, peer, rtol=1e-8, atol=1e-10)
    benchmark(run[way], *args)
