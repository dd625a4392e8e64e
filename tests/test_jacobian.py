"""jvp, vjp, jacobian and hessian: against autograd, against each other, shapes, nesting and errors."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from autodiff_tutorial import Valder, derivative, grad, hessian, jacobian, jvp, vjp

A = np.linspace(-1.0, 1.3, 12).reshape(4, 3)
X = np.array([0.5, -1.5, 2.0])
# each from an array x to a number or an array, written with the namespace m
FUNCTIONS = {
    "number": lambda m, x: m.sum(m.sin(x) * x),
    "fewer outputs": lambda m, x: m.sin(x[:2] * x[1:]),
    "as many": lambda m, x: x[0] * m.tanh(x),
    "more outputs": lambda m, x: m.dot(A, x) ** 2,
    "matrix of outputs": lambda m, x: m.reshape(m.dot(A, m.exp(x)), (2, 2)) * x[0],
    "linear": lambda m, x: m.dot(A, x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_jacobians_agree_with_autograd(name):
    f, peer = (lambda x: FUNCTIONS[name](np, x)), (lambda x: FUNCTIONS[name](anp, x))
    want = autograd.jacobian(peer)(X)
    assert np.shape(jacobian(f)(X)) == np.shape(f(X)) + X.shape
    np.testing.assert_allclose(jacobian(f)(X), want, rtol=1e-13, atol=1e-14)
    # nested: the Jacobian of the Jacobian, by both modes, and its slope in a direction
    second = autograd.jacobian(autograd.jacobian(peer))(X)
    np.testing.assert_allclose(jacobian(jacobian(f))(X), second, rtol=1e-12, atol=1e-12)
    v = np.array([0.3, -1.0, 0.7])
    slope = derivative(lambda t: jacobian(f)(X + t * v))(0.0)
    np.testing.assert_allclose(slope, second @ v, rtol=1e-12, atol=1e-12)
    total = grad(lambda x: np.sum(jacobian(f)(x) ** 2))(X)
    np.testing.assert_allclose(total, 2 * np.tensordot(want, second, want.ndim), rtol=1e-12, atol=1e-12)


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(st.floats(-2, 2), min_size=6, max_size=6), st.data())
@settings(deadline=None)
def test_a_row_and_a_column_meet(name, numbers, data):
    f, x, v = (lambda x: FUNCTIONS[name](np, x)), np.array(numbers[:3]), np.array(numbers[3:])
    y, y_dot = jvp(f, (x,), (v,))
    value, pull = vjp(f, x)
    assert np.array_equal(y, value)
    np.testing.assert_allclose(y, f(x), rtol=1e-14)
    w = np.array(data.draw(st.lists(st.floats(-2, 2), min_size=np.size(y), max_size=np.size(y))))
    w = w.reshape(np.shape(y))[()]
    (x_bar,) = pull(w)
    assert np.sum(w * y_dot) == approx(np.sum(x_bar * v), rel=1e-12, abs=1e-9)
    np.testing.assert_allclose(y_dot, jacobian(f)(x) @ v, rtol=1e-12, atol=1e-9)
    np.testing.assert_array_equal(pull(w)[0], x_bar)  # the tape is there for another sweep


def test_hessians():
    geron = lambda x: x[0] ** 2 * x[1] + x[1] + 2  # noqa: E731
    assert hessian(geron)(np.array([3.0, 4.0])).tolist() == [[8, 6], [6, 0]]
    assert hessian(geron)(np.array([-2.0, 0.5])).tolist() == [[1, -4], [-4, 0]]
    f = lambda m: lambda a: m.sum(m.sin(a) ** 2 * a.T.reshape(a.shape))  # noqa: E731
    np.testing.assert_allclose(hessian(f(np))(A), autograd.hessian(f(anp))(A), atol=1e-13)
    assert hessian(lambda x: x**3)(2.0) == 12
    third = jacobian(hessian(lambda x: x[0] * x[1] * x[2]))(X)
    assert third[0, 1, 2] == third[2, 1, 0] == 1 and third[0, 0].tolist() == [0, 0, 0]


def test_arguments():
    f = lambda a, x, *, scale: scale * (a @ x)  # noqa: E731
    by_a, by_x = jacobian(f, (0, 1))(A, X, scale=2.0)
    assert by_x.tolist() == (2 * A).tolist()
    assert by_a.shape == (4, 4, 3) and by_a[1, 1].tolist() == (2 * X).tolist() and not by_a[1, 0].any()
    assert jacobian(f, 1)(A, X, scale=1.0).tolist() == A.tolist()
    assert jvp(lambda x, y: x * y, (3.0, X), (1.0, np.zeros(3)))[1].tolist() == X.tolist()
    assert jvp(lambda x: x * x, ([1, 2],), ([1, 0],))[1].tolist() == [2, 0]  # lists are arrays here
    assert [bar.tolist() for bar in vjp(lambda a, x: a @ x, A, X)[1](np.eye(4)[2])[1:]] == [
        A[2].tolist()
    ]
    assert vjp(lambda a, x: a @ x, A, X)[1](1.0)[1] == approx(A.sum(axis=0))
    assert jacobian(lambda x: x * X)(2.0).tolist() == X.tolist()
    assert jacobian(lambda x: x * x)(3.0) == 6


def test_what_does_not_depend():
    assert jacobian(lambda x: np.ones(4))(X).tolist() == np.zeros((4, 3)).tolist()
    assert jvp(lambda x: 7.0, (X,), (X,)) == (7.0, 0.0)
    _, pull = vjp(lambda x: np.ones(2), X)
    assert pull(np.ones(2))[0].tolist() == [0, 0, 0]


def test_it_stays_apart_from_what_runs_around_it():
    assert grad(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1])(1.0) == 1
    assert derivative(lambda x: x * vjp(lambda y: x + y, 1.0)[1](1.0)[0])(1.0) == 1
    assert grad(lambda x: vjp(lambda y: x * y * y, 3.0)[1](x)[0])(2.0) == 24
    assert jacobian(lambda x: jacobian(lambda y: x * y)(X)[0] * x)(X)[0, 0] == 1


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: jvp(np.sin, (1.0,), (1.0, 2.0)),
            TypeError,
            "one of as many tangents",
        ),
        (lambda: jvp(np.sin, (X,), (np.ones(2),)), ValueError, r"shape \(2,\) does not fit.*\(3,\)"),
        (lambda: jvp(np.sin, (1.0,), (X,)), ValueError, r"shape \(3,\) does not fit.*\(\)"),
        (lambda: vjp(np.sin, X)[1](np.ones(2)), ValueError, r"shape \(2,\) does not fit.*\(3,\)"),
        (lambda: jacobian(lambda x: "text")(X), TypeError, "what f returns must be a number"),
        (lambda: jvp(lambda x: Valder(x, 1.0), (1.0,), (1.0,)), TypeError, "return its val or its der"),
        (lambda: vjp(np.sin, 1j), TypeError, "argument 0 must be real"),
        (lambda: jacobian(np.sin, 1)(X), ValueError, "argnums must name some of the 1 arguments"),
        (lambda: jacobian(np.add, (0, -1))(X, X), ValueError, "some of the 2 arguments"),
        (lambda: hessian(np.sum, 2)(X), ValueError, "some of the 1 arguments"),
    ],
)
def test_errors_speak(call, error, words):
    with pytest.raises(error, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_the_value_of_vjp_may_be_changed_before_its_adjoints_are_asked_for():
    x, data = np.array([0.5, -0.2]), np.array([1.0, 2.0])
    residual, pull = vjp(np.exp, x)
    residual -= data
    assert pull(residual)[0] == approx(np.exp(x) * (np.exp(x) - data), rel=1e-15)


def test_empty_arrays_have_empty_jacobians():
    assert jacobian(lambda x: x * 2)(np.zeros(0)).shape == (0, 0)
    assert jacobian(lambda x: np.outer(x, x))(np.zeros(0)).shape == (0, 0, 0)
    assert jacobian(lambda x: x[:0])(np.ones(3)).shape == (0, 3)
    assert hessian(lambda x: np.sum(x**2))(np.zeros(0)).shape == (0, 0)


def test_a_hessian_by_several_arguments_is_a_table_of_blocks():
    f = lambda x, y, z: z * np.sum(x**2) * y  # noqa: E731
    x = np.array([1.0, 2.0])
    (xx, xy), (yx, yy) = hessian(f, (0, 1))(x, 3.0, 2.0)
    assert np.array_equal(xx, 12 * np.eye(2)) and np.array_equal(xy, 4 * x)
    assert np.array_equal(yx, 4 * x) and yy == 0


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: jvp(np.sin, 2.0, 1.0), TypeError, r"jvp takes a tuple of primals"),
        (lambda: jvp(np.sum, np.ones(2), np.ones(2)), TypeError, r"jvp\(f, \(x,\), \(v,\)\)"),
        (lambda: grad(np.square, 0.0)(2.0), TypeError, "indices must be integers"),
        (lambda: grad(np.sin, None)(2.0), ValueError, "argnums must name some of the 1 arguments"),
        (lambda: grad(np.hypot, (0, 1.0))(2.0, 3.0), TypeError, "indices must be integers"),
        (lambda: hessian(np.hypot, (0, 0))(2.0, 3.0), ValueError, "argnums must name some"),
        (lambda: hessian(np.hypot, None)(2.0, 3.0), ValueError, "argnums must name some"),
        (lambda: hessian(np.hypot, (k for k in (0, 1)))(2.0, 3.0), ValueError, "argnums must name"),
    ],
)
def test_arguments_of_another_kind_are_refused(call, error, says):
    with pytest.raises(error, match=says):
        call()
