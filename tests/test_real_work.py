"""Real work: SciPy's solvers with our derivatives, and programs of users against autograd."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import real_work
from pytest import approx
from scipy import integrate, optimize

from autodiff_tutorial import check_grads, derivative, grad, hessian, jacobian, jvp, value_and_grad

START = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
ROSENBROCK = real_work.rosenbrock(np)


def test_the_derivatives_of_scipys_own_rosenbrock():
    assert ROSENBROCK(START) == approx(optimize.rosen(START), rel=1e-14)
    assert grad(ROSENBROCK)(START) == approx(optimize.rosen_der(START), rel=1e-12)
    assert hessian(ROSENBROCK)(START) == approx(optimize.rosen_hess(START), rel=1e-12)
    v = np.array([0.3, -0.2, 1.0, 0.5, -0.7])
    product = jvp(grad(ROSENBROCK), (START,), (v,))[1]
    assert product == approx(optimize.rosen_hess_prod(START, v), rel=1e-12)


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("BFGS", {"jac": grad(ROSENBROCK)}),
        ("L-BFGS-B", {"jac": True}),
        ("SLSQP", {"jac": grad(ROSENBROCK)}),
        ("Newton-CG", {"jac": grad(ROSENBROCK), "hess": hessian(ROSENBROCK)}),
        ("trust-exact", {"jac": grad(ROSENBROCK), "hess": hessian(ROSENBROCK)}),
    ],
)
def test_minimize(method, options):
    f = value_and_grad(ROSENBROCK) if options["jac"] is True else ROSENBROCK
    found = optimize.minimize(f, START, method=method, tol=1e-10, **options)
    assert found.x == approx(np.ones(5), abs=2e-6)


def test_minimize_with_a_constraint():
    # of x + 2y on the circle x² + y² = 5: the minimum is -5, at (-1, -2)
    circle = lambda x: np.sum(x**2) - 5.0  # noqa: E731
    constraint = {"type": "eq", "fun": circle, "jac": grad(circle)}
    line = lambda x: x[0] + 2 * x[1]  # noqa: E731
    found = optimize.minimize(
        line, [1.0, -1.0], jac=grad(line), method="SLSQP", constraints=[constraint]
    )
    assert found.x == approx([-1, -2], abs=1e-6)


def test_minimize_a_sum():
    # SLSQP goes astray with a gradient that is a view of one number, and says nothing.
    ball = {"type": "ineq", "fun": lambda x: 3.0 - np.sum(x**2)}
    found = optimize.minimize(
        np.sum, [1.0, 2.0, 3.0], jac=grad(np.sum), method="SLSQP", constraints=ball
    )
    assert found.x == approx(-np.ones(3), abs=1e-6)


def test_fits_of_the_national_institute():
    residuals = real_work.misra(np)
    for start in ([500.0, 1e-4], [250.0, 5e-4]):
        found = optimize.least_squares(
            residuals, start, jac=jacobian(residuals), x_scale="jac", xtol=1e-15, ftol=1e-15, gtol=None
        )
        assert found.x == approx(real_work.MISRA, rel=1e-8)
    model = lambda x, a, b: a * (1 - np.exp(-b * x))  # noqa: E731
    by_parameters = lambda x, *p: np.stack(jacobian(model, (1, 2))(x, *p), axis=-1)  # noqa: E731
    fit, covariance = optimize.curve_fit(
        model, real_work.PRESSURE, real_work.VOLUME, [250.0, 5e-4], jac=by_parameters, method="lm"
    )
    assert fit == approx(real_work.MISRA, rel=1e-6)
    assert np.sqrt(np.diag(covariance)) == approx([2.7070075241e00, 7.2668688436e-06], rel=1e-5)


def test_a_system_of_equations():
    f = real_work.burden_and_faires(np)
    found = optimize.root(f, [0.1, 0.1, -0.1], jac=jacobian(f), tol=1e-13)
    assert found.x == approx([0.5, 0, -np.pi / 6], abs=1e-12)


def test_a_stiff_differential_equation():
    rate = real_work.robertson(np)
    solved = integrate.solve_ivp(
        rate, (0, 40), [1.0, 0.0, 0.0], method="Radau", jac=jacobian(rate, 1), rtol=1e-8, atol=1e-12
    )
    # as SUNDIALS prints it for its example idaRoberts_dns, which asks for a tolerance of 1e-4
    assert solved.y[:, -1] == approx([7.1585e-01, 9.1863e-06, 2.8414e-01], rel=2e-4)
    assert 0 < solved.njev < 100


def test_runge_and_kutta_have_the_slope_of_their_polynomial():
    # for y' = -k y, a step of RK4 multiplies by the Taylor polynomial of exp(-k h) of degree 4
    def decay(k, steps=50, h=0.1):
        y = 1.0
        for _ in range(steps):
            k1 = -k * y
            k2 = -k * (y + h / 2 * k1)
            k3 = -k * (y + h / 2 * k2)
            k4 = -k * (y + h * k3)
            y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return y

    z = np.polynomial.Polynomial([1, -0.1, 0.1**2 / 2, -(0.1**3) / 6, 0.1**4 / 24])
    for k in (0.5, 3.0):
        slope = 50 * z(k) ** 49 * z.deriv()(k)
        assert grad(decay)(k) == approx(slope, rel=1e-13)
        assert derivative(decay)(k) == approx(slope, rel=1e-13)


IMAGES, LABELS, WEIGHTS = real_work.digits()
PROGRAMS = {
    "pendulum": (real_work.pendulum, (np.array([0.8, 0.3]),)),
    "Kalman filter of numbers": (real_work.kalman, (np.array([0.2, -0.5]),)),
    "Kalman filter of matrices": (real_work.kalman_of_matrices, (np.array([0.2, -0.5]),)),
    "network": (lambda m: real_work.network(m, IMAGES[:100], LABELS[:100]), tuple(WEIGHTS)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_agree_with_autograd(name):
    make, args = PROGRAMS[name]
    f, peer, every = make(np), make(anp), tuple(range(len(args)))
    value, slopes = value_and_grad(f, every)(*args)
    assert value == approx(f(*args), rel=1e-12)
    for ours, theirs in zip(slopes, autograd.grad(peer, every)(*args), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)
    tangents = tuple(np.cos(np.arange(float(x.size))).reshape(x.shape) for x in args)
    rate = sum(np.sum(slope * v) for slope, v in zip(slopes, tangents, strict=True))
    assert jvp(f, args, tangents)[1] == approx(rate, rel=1e-10)
    check_grads(f, args, order=1)


def test_a_network_learns_to_read_digits():
    loss, weights = real_work.network(np, IMAGES[:1200], LABELS[:1200]), list(WEIGHTS)
    slopes = grad(loss, (0, 1, 2, 3))
    for _ in range(150):
        weights = [w - 1.0 * slope for w, slope in zip(weights, slopes(*weights), strict=True)]
    w1, b1, w2, b2 = weights
    read = np.argmax(np.tanh(IMAGES[1200:] @ w1 + b1) @ w2 + b2, axis=1)
    assert np.mean(read == LABELS[1200:]) > 0.9
