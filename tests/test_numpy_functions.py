"""NumPy's functions of traced values: against autograd, differences and each other, and their edges."""

import warnings
from pathlib import Path

import autograd
import autograd.numpy as anp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from autodiff_tutorial import (
    Valder,
    derivative,
    grad,
    hessian,
    jacobian,
    jvp,
    numpy_functions,
    trace,
    value_and_grad,
)
from autodiff_tutorial.operators import NUMPY

R = np.random.default_rng(12)


def N(*n):
    return R.normal(size=n)


A, B, C = N(3, 4), N(3, 4), N(4, 3)
T = N(2, 3, 4)
x, y = N(5), N(5)
S = N(3, 3) + 3 * np.eye(3)
SS = np.stack([S, S.T + 0.1])
P = R.uniform(0.5, 2.0, size=(3, 4))
knots = np.array([0.3, 1.7, 2.2])

# name, function of the namespace m and of arguments by which it is differentiated, arguments
ROWS = [
    # entries that move
    ("ravel", lambda m, a: m.ravel(a) ** 2, A),
    ("ravel order", lambda m, a: m.ravel(a, order="F") * m.arange(12.0), A),
    ("reshape order", lambda m, a: m.reshape(a, (4, 3), order="F") * C, A),
    ("squeeze", lambda m, a: m.squeeze(a[None, :, None], axis=(0, 2)), A),
    ("expand_dims", lambda m, a: m.expand_dims(a, (0, -1)) * T[..., None], A),
    ("swapaxes", lambda m, a: m.swapaxes(a, 0, -1) ** 2, T),
    ("moveaxis", lambda m, a: m.moveaxis(a, (0, 1), (-1, 0)) ** 2, T),
    ("rollaxis", lambda m, a: m.rollaxis(a, 2) ** 2, T),
    ("roll flat", lambda m, a: m.roll(a, 2) * a, A),
    ("roll axes", lambda m, a: m.roll(a, (1, -1), axis=(0, 1)) * a, A),
    ("flip", lambda m, a: m.flip(a, (0, -1)) * a, A),
    ("fliplr flipud", lambda m, a: m.fliplr(a) * m.flipud(a), A),
    ("rot90", lambda m, a: m.rot90(a, 3) * C, A),
    ("repeat", lambda m, a: m.repeat(a, 2, axis=1) ** 2, A),
    ("repeat counts", lambda m, a: m.repeat(a, [1, 0, 2], axis=0) ** 2, A),
    ("tile", lambda m, a: m.tile(a, (2, 1, 2)) ** 2, A),
    ("resize", lambda m, a: m.resize(a, (4, 5)) ** 2, A),
    ("take", lambda m, a: m.take(a, [[0, 2], [2, -1]], axis=1) ** 2, A),
    ("take flat", lambda m, a: m.take(a, [0, 5, 5]) ** 2, A),
    ("take_along_axis", lambda m, a: m.take_along_axis(a, np.array([[0], [2], [2]]), 1) ** 2, A),
    ("diagonal", lambda m, a: m.diagonal(a, 1, -1, 0) ** 2, T),
    ("diag of a matrix", lambda m, a: m.diag(a, -1) ** 2, A),
    ("diag of a vector", lambda m, a: m.diag(a, 1) @ N6, x),
    ("diagflat", lambda m, a: m.diagflat(a)[:, ::2] ** 2, A),
    ("delete", lambda m, a: m.delete(a, [0, 2], axis=1) ** 2, A),
    ("insert", lambda m, a, b: m.insert(a, [1, 3], b[:2]) ** 2, x, y),
    ("atleast", lambda m, a: m.atleast_3d(m.atleast_2d(m.atleast_1d(a))) * T, 0.7),
    ("split", lambda m, a: m.split(a, [1, 3])[1] * m.split(a, 5)[2], x),
    ("array_split", lambda m, a: m.sum(m.array_split(a, 2)[0]) * m.array_split(a, 2)[1], x),
    ("hsplit vsplit", lambda m, a: m.hsplit(a, 2)[0][0] * m.vsplit(a, 3)[2][0, 2:], A),
    ("dsplit", lambda m, a: m.dsplit(a, 2)[0] * m.dsplit(a, 2)[1], T),
    ("unstack", lambda m, a: m.unstack(a, axis=1)[0] * a[:, 3], A),
    ("triu", lambda m, a: m.triu(a, 1) ** 2, A),
    ("tril", lambda m, a: m.tril(a, -1) ** 2, T),
    ("compress", lambda m, a: m.compress([True, False, True], a, axis=0) ** 2, A),
    ("extract", lambda m, a: m.extract(A > 0, a) ** 2, A),
    ("choose", lambda m, a, b: m.choose([0, 1, 1, 0, 1], [a, b]) ** 2, x, y),
    ("windows", lambda m, a: m.lib.stride_tricks.sliding_window_view(a, 3) ** 2, x),
    ("fftshift", lambda m, a: m.fft.fftshift(a) * m.arange(5), x),
    ("pad", lambda m, a: m.pad(a, ((1, 0), (0, 2))) ** 2, A),
    ("pad edge", lambda m, a: m.pad(a, 2, "edge") ** 2, A),
    ("pad reflect", lambda m, a: m.pad(a, 2, mode="reflect") ** 2, A),
    ("pad symmetric", lambda m, a: m.pad(a, 2, mode="symmetric") ** 2, A),
    ("pad wrap", lambda m, a: m.pad(a, (1, 6), mode="wrap") ** 2, x),
    # arrays that are put together
    ("stack", lambda m, a, b: m.stack([a, b, a * b, x], axis=-1) ** 2, x, y),
    ("stack numbers", lambda m, a, b: m.stack([a, 1.0, a * b]) ** 2, 0.7, 1.3),
    ("concatenate", lambda m, a, b: m.concatenate([a, [[1.0] * 4], b], axis=0) ** 2, A, B),
    ("concatenate flat", lambda m, a, b: m.concatenate((a, b), axis=None) ** 2, A, x),
    ("concatenate rows", lambda m, a: m.concatenate(a) ** 2, A),
    ("hstack", lambda m, a, b: m.hstack([a, 1.0, b]) ** 2, 0.7, x),
    ("vstack", lambda m, a, b: m.vstack([a, b]) ** 2, x, y),
    ("dstack", lambda m, a, b: m.dstack((a, b)) ** 2, A, B),
    ("column_stack", lambda m, a, b: m.column_stack([a, b]) ** 2, x, y),
    ("append", lambda m, a, b: m.append(a, b) ** 2, A, x),
    ("append a list", lambda m, a: m.append(a, [1.0, 2.0]) ** 2, x),
    ("block", lambda m, a, b: m.block([[a, np.ones((3, 1))], [b, 2 * np.ones((3, 1))]]) ** 2, A, B),
    ("meshgrid", lambda m, a, b: m.meshgrid(a, b)[0] * m.meshgrid(a, b, indexing="xy")[1] ** 2, x, y),
    ("broadcast_arrays", lambda m, a, b: m.multiply(*m.broadcast_arrays(a, b[:, None])), x, y),
    # choices
    ("where", lambda m, a, b: m.where(A > 0, a**2, b[0]), A, B),
    ("where numbers", lambda m, a: m.where(a > 0, a**2, -1.0), 0.7),
    ("where broadcast", lambda m, a, b: m.where(np.array([[True], [False]]), a, b) ** 2, x, 0.3),
    ("clip", lambda m, a: m.clip(a, -0.5, 0.5) * a, A),
    ("clip None", lambda m, a: m.clip(a, None, 0.4) * m.clip(a, -0.2, None), A),
    ("clip bounds", lambda m, a, b: m.clip(a, b, 1.0) ** 2, A, B),
    ("clip names", lambda m, a: m.clip(a, a_min=-0.5, a_max=0.5) * m.clip(a, min=0.1), A),
    ("select", lambda m, a: m.select([a < -0.5, a < 0.5], [a, a**3], default=a**2), A),
    ("sign", lambda m, a: m.sign(a) * m.floor(a) * m.ceil(a) * a**2, A),
    ("round", lambda m, a: m.round(a, 1) * m.trunc(a) * a + m.rint(a) * a, 2 * A),
    ("copysign", lambda m, a, b: m.copysign(a, b) ** 3, x, y),
    ("fmax fmin", lambda m, a, b: m.fmax(a, b) ** 2 * m.fmin(a, 0.3), A, B),
    ("mod", lambda m, a, b: m.mod(a, b) ** 2, P, P[0] / 3.7),
    ("sort", lambda m, a: m.sort(a, axis=0) * A, A),
    ("sort flat", lambda m, a: m.sort(a, axis=None) * m.arange(12), A),
    ("max", lambda m, a: m.max(a, axis=(0, -1)) ** 2, T),
    ("min keepdims", lambda m, a: m.min(a, axis=1, keepdims=True) * a, T),
    ("amax amin", lambda m, a: m.amax(a) * m.amin(a), A),
    ("ptp", lambda m, a: m.ptp(a, axis=1) ** 2, A),
    ("argmax", lambda m, a: a[m.arange(3), m.argmax(a, axis=1)] ** 2, A),
    ("argsort", lambda m, a: a[m.argsort(a)][:3] ** 2, x),
    ("searchsorted", lambda m, a: a * m.searchsorted([-1.0, 0.0, 1.0], a), x),
    # sums and products
    ("cumsum", lambda m, a: m.cumsum(a, axis=1) ** 2, A),
    ("cumsum flat", lambda m, a: m.cumsum(a) ** 2, A),
    ("cumprod", lambda m, a: m.cumprod(a), P[0]),
    ("prod", lambda m, a: m.prod(a, axis=1, keepdims=True), A),
    ("prod axes", lambda m, a: m.prod(a, axis=(0, -1)), T),
    ("prod with a zero", lambda m, a: m.prod(a), np.array([0.0, 2.0, 3.0])),
    ("prod with two zeros", lambda m, a: m.prod(a), np.array([0.0, 2.0, 0.0])),
    ("diff", lambda m, a: m.diff(a, 2, axis=0) ** 2, N(5, 2)),
    ("diff last", lambda m, a: m.diff(a) ** 3, T),
    ("ediff1d", lambda m, a: m.ediff1d(a) ** 2, A),
    ("var", lambda m, a: m.var(a, axis=(0, -1), ddof=1), T),
    ("var keepdims", lambda m, a: a / m.var(a, axis=0, keepdims=True), A),
    ("std", lambda m, a: m.std(a, axis=-1, ddof=1, keepdims=True) * a, A),
    ("std all", lambda m, a: m.std(a) * a, A),
    ("average", lambda m, a, w: m.average(a, weights=w), x, P[:, :2].ravel()[:5]),
    ("average axis", lambda m, a: m.average(a, axis=1, weights=[0.1, 0.2, 0.3, 0.4]) ** 2, A),
    ("trapezoid", lambda m, a: m.trapezoid(a**2, dx=0.1, axis=0), A),
    ("trapezoid over x", lambda m, a, b: m.trapezoid(a**2, b), x, y),
    ("trace", lambda m, a: m.trace(a, 1) ** 2, A),
    ("nansum", lambda m, a: m.nansum(m.where(x > 0, a, m.nan)) ** 2, x),
    ("unwrap", lambda m, a: m.unwrap(a) ** 2, 4 * x),
    ("polyval", lambda m, c, a: m.polyval(c, a), x, A),
    ("polymul", lambda m, a, b: m.polymul(a, b), x, y[:3]),
    ("polyder", lambda m, a: m.polyder(a) ** 2, x),
    ("vander", lambda m, a: m.vander(a, 4), x),
    ("convolve", lambda m, a, b: m.convolve(a, b[:3], "same"), x, y),
    ("convolve full", lambda m, a, b: m.convolve(a[:2], b), x, y),
    ("convolve valid", lambda m, a, b: m.convolve(a[:2], b, "valid"), x, y),
    ("correlate", lambda m, a, b: m.correlate(a, b[:3]), x, y),
    ("correlate same", lambda m, a, b: m.correlate(a[:4], b, "same"), x, y),
    ("correlate alike", lambda m, a, b: m.correlate(a, b) ** 2, x, y),
    # products of arrays
    ("outer", lambda m, a, b: m.outer(a, b) ** 2, A, x),
    ("inner", lambda m, a, b: m.inner(a, b) ** 2, T, A),
    ("tensordot", lambda m, a, b: m.tensordot(a, b, axes=([2, 1], [0, 1])) ** 2, T, C),
    ("tensordot 1", lambda m, a, b: m.tensordot(a, b, axes=1) ** 2, A, C),
    ("einsum", lambda m, a, b: m.einsum("ij,jk", a, b) ** 2, A, C),
    ("einsum sums", lambda m, a: m.einsum("ijk->j", a) ** 2, T),
    ("einsum ellipsis", lambda m, a, b: m.einsum("...ij,jk->...ik", a, b) ** 2, T, C),
    ("einsum three", lambda m, a, b, c: m.einsum("ij,ji,k->k", a, b, c), A, C, x),
    ("einsum broadcasts", lambda m, a, b: m.einsum("...j,...j->...", a, b) ** 2, T, A),
    ("einsum of ones", lambda m, a, b: m.einsum("ij,ij->ij", a[:1], b) ** 2, A, B),
    ("einsum lists", lambda m, a, b: m.einsum(a, [0, 1], b, [1, 2], [2, 0]) ** 2, A, C),
    ("einsum twice the same", lambda m, a: m.einsum("ij,kj->ik", a, a) ** 2, A),
    ("kron", lambda m, a, b: m.kron(a, b), A, C),
    ("cross", lambda m, a, b: m.cross(a, b) ** 2, N(4, 3), N(4, 3)),
    # linear algebra
    ("solve", lambda m, a, b: m.linalg.solve(a, b), S, N(3)),
    ("solve matrix", lambda m, a, b: m.linalg.solve(a, b), S, N(3, 2)),
    ("solve stacks", lambda m, a, b: m.linalg.solve(a, b), SS, N(3, 2)),
    ("inv", lambda m, a: m.linalg.inv(a), SS),
    ("det", lambda m, a: m.linalg.det(a), SS),
    ("slogdet", lambda m, a: m.linalg.slogdet(a)[1], SS),
    ("cholesky", lambda m, a: m.linalg.cholesky(a @ m.swapaxes(a, -1, -2) + np.eye(3)), SS),
    ("norm", lambda m, a: m.linalg.norm(a) ** 3, T),
    ("norm axis", lambda m, a: m.linalg.norm(a, axis=-1) ** 3, A),
    ("norm axes", lambda m, a: m.linalg.norm(a, "fro", axis=(0, 2), keepdims=True) ** 3, T),
    ("norm 1", lambda m, a: m.linalg.norm(a, 1) ** 2, x),
    ("norm inf", lambda m, a: m.linalg.norm(a, np.inf) ** 2, x),
    ("norm 3", lambda m, a: m.linalg.norm(a, 3), x),
    ("norm 2 axis", lambda m, a: m.linalg.norm(a, 2, axis=1) ** 3, A),
    ("norm of columns", lambda m, a: m.linalg.norm(a, 1) ** 2, A),
    ("vector_norm", lambda m, a: m.linalg.vector_norm(a, axis=0, ord=3) ** 2, A),
    ("matrix_power", lambda m, a: m.linalg.matrix_power(a, 3), S),
    ("atleast lists", lambda m, a, b: m.atleast_2d(a, b)[1] * m.atleast_3d(a)[0], x, y[:1]),
    ("matrix_transpose", lambda m, a: m.matrix_transpose(a) ** 2, T),
    # functions
    ("arctan2", lambda m, a, b: m.arctan2(a, b), A, B),
    ("logaddexp", lambda m, a, b: m.logaddexp(a, b), A, B),
    ("vdot", lambda m, a, b: m.vdot(a, b), A, B),
    ("heaviside", lambda m, a: m.heaviside(a, 0.5) * a, A),
    ("logaddexp far", lambda m, a: m.logaddexp(a, 0.0), np.array([-700.0, 800.0, 0.0])),
    ("exp2", lambda m, a: m.exp2(a), A),
    ("reciprocal", lambda m, a: m.reciprocal(a), A),
    ("degrees", lambda m, a: m.sin(m.deg2rad(m.rad2deg(m.radians(m.degrees(a)) ** 2))), A),
    ("float_power", lambda m, a, b: m.float_power(a, b), P, A),
    # attributes and methods
    ("size ndim", lambda m, a: a.sum() / a.size * a.ndim, A),
    ("dtype", lambda m, a: a * m.ones(3, dtype=a.dtype)[0], A),
    ("copy astype", lambda m, a: a.copy() * a.astype(float) * (a > 0).astype(int), A),
    ("flatten", lambda m, a: a.flatten() * a.ravel() * a.flatten("F"), A),
    ("max min", lambda m, a: a.max(axis=1) * a.min(), A),
    ("std var", lambda m, a: a.std(axis=0) * a.var(), A),
    ("prod cumsum", lambda m, a: a.prod() * a.cumsum(axis=0), A),
    ("squeeze transpose", lambda m, a: a[None].squeeze(0).transpose() @ a.transpose(0, 1), A),
    ("transpose tuple", lambda m, a: a.transpose((2, 0, 1)) ** 2, T),
    ("transpose array", lambda m, a: a.transpose(np.array([2, 0, 1])) ** 2, T),
    ("methods", lambda m, a: a.swapaxes(0, 1).repeat(2) * a.clip(-1, 1).take([0, 1] * 12), A),
    ("diagonal trace", lambda m, a: a.diagonal() * a.trace(), S),
    ("argmax method", lambda m, a: a[a.argmax()] * a[a.argmin()] * a[a.argsort()], x),
    ("any all", lambda m, a: a * (a > 0).any() * (1 + (a > 0).all()), x),
]
N6 = N(6, 2)


def difference(f, h):
    """Return the derivative of f at 0 by central differences of order 6."""
    d = [(f(h / 2**k) - f(-h / 2**k)) / (2 * h / 2**k) for k in range(3)]
    e = [(4 * d[k + 1] - d[k]) / 3 for k in range(2)]
    return (16 * e[1] - e[0]) / 15


def weighted(f, m, args):
    """Return f as a function of its arguments alone whose value is one number."""
    n = np.shape(f(np, *args))
    w = np.cos(np.arange(float(np.prod(n, dtype=int)))).reshape(n) + 1.5
    return lambda *xs: m.sum(w * f(m, *xs))


def directions(args):
    return [np.cos(1.0 + np.arange(float(np.size(a)))).reshape(np.shape(a)) for a in args]


def inside(us, vs):
    return sum(float(np.sum(u * v)) for u, v in zip(us, vs, strict=True))


@pytest.fixture(params=ROWS, ids=lambda row: row[0])
def row(request):
    name, f, *args = request.param
    if name in {"unstack", "clip names"} and not hasattr(np, "unstack"):
        pytest.skip("newer than this NumPy")
    return f, args, directions(args), tuple(range(len(args)))


@pytest.mark.filterwarnings("ignore::RuntimeWarning:autograd")
def test_gradient_is_that_of_autograd_and_of_differences(row):
    f, args, vs, every = row
    got = grad(weighted(f, np, args), every)(*args)
    assert [np.shape(g) for g in got] == [np.shape(a) for a in args]
    g = weighted(f, np, args)
    along = difference(lambda t: g(*(a + t * v for a, v in zip(args, vs, strict=True))), 1e-3)
    assert inside(got, vs) == approx(along, rel=1e-7, abs=1e-8)
    try:
        want = autograd.grad(weighted(f, anp, args), every)(*args)
    except Exception:  # autograd does not have it
        return
    if all(np.all(np.isfinite(w)) for w in want):
        for one, other in zip(got, want, strict=True):
            assert one == approx(other, rel=1e-9, abs=1e-10)


def test_forward_is_the_transpose_of_reverse(row):
    f, args, vs, every = row
    value, along = jvp(weighted(f, np, args), tuple(args), tuple(vs))
    assert value == approx(weighted(f, np, args)(*args), rel=1e-12)
    assert along == approx(inside(grad(weighted(f, np, args), every)(*args), vs), rel=1e-11, abs=1e-12)


def test_value_is_numpys_own(row):
    f, args, *_ = row
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        got = f(np, *(Valder(a, v) for a, v in zip(args, directions(args), strict=True)))
    want = f(np, *args)
    assert np.shape(got.val) == np.shape(want) == np.shape(got.der)
    assert got.val == approx(want, rel=1e-13, abs=1e-14)


def test_second_derivatives(row):
    f, args, vs, every = row
    g = grad(weighted(f, np, args), every)
    at = lambda t: [a + t * v for a, v in zip(args, vs, strict=True)]  # noqa: E731
    for k in every:
        got = derivative(lambda t, k=k: g(*at(t))[k])(0.0)
        want = difference(lambda t, k=k: np.asarray(g(*at(t))[k]), 1e-3)
        assert got == approx(want, rel=1e-5, abs=1e-6)
    twice = grad(lambda *xs: sum(np.sum(u * v) for u, v in zip(g(*xs), vs, strict=True)), every)(*args)
    for k in every:
        assert twice[k] == approx(derivative(lambda t, k=k: g(*at(t))[k])(0.0), rel=1e-9, abs=1e-9)


# --- edges


def test_ties_share_equally_and_nan_propagates():
    a = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    assert grad(lambda a: np.sum(np.max(a, axis=1)))(a) == approx(
        np.array([[0, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3]])
    )
    assert grad(lambda a: np.min(a))(a) == approx(np.array([[1.0, 0, 0], [0, 0, 0]]))
    assert grad(lambda a: np.max(a))(a) == approx(np.array([[0, 0.5, 0.5], [0, 0, 0]]))
    with pytest.warns(RuntimeWarning):
        value, along = jvp(np.max, (np.array([1.0, np.nan]),), (np.ones(2),))
    assert np.isnan(value) and np.isnan(along)


def test_cholesky_reads_the_lower_triangle_alone():
    a = S @ S.T
    f = lambda a: np.sum(np.cos(np.arange(9.0)).reshape(3, 3) * np.linalg.cholesky(a))  # noqa: E731
    g = grad(f)(a)
    for i in np.ndindex(3, 3):
        unit = np.zeros((3, 3))
        unit[i] = 1
        assert g[i] == approx(difference(lambda t, u=unit: f(a + t * u), 1e-3), rel=1e-9, abs=1e-11)
    assert not np.triu(g, 1).any()


def test_cholesky_of_complex_numbers_is_refused():
    a = np.array([[4, 1 + 1j], [1 - 1j, 3]])
    with pytest.raises(TypeError, match="cholesky has no derivative at a complex number"):
        jvp(lambda t: np.linalg.cholesky(t * a), (0.3,), (1.0,))


def test_the_likelihood_of_a_gaussian_process_by_cholesky_is_that_by_solve_and_slogdet():
    def covariance(p):
        return p[0] ** 2 * np.exp(-(((x[:, None] - x) / p[1]) ** 2) / 2) + p[2] ** 2 * np.eye(5)

    def by_factor(p):
        z = np.linalg.solve(factor := np.linalg.cholesky(covariance(p)), y)
        return z @ z / 2 + np.sum(np.log(np.diagonal(factor)))

    def by_solve(p):
        k = covariance(p)
        return (y @ np.linalg.solve(k, y) + np.linalg.slogdet(k)[1]) / 2

    p = np.array([1.3, 0.8, 0.4])
    assert by_factor(p) == approx(by_solve(p), rel=1e-13)
    assert grad(by_factor)(p) == approx(grad(by_solve)(p), rel=1e-11)
    assert hessian(by_factor)(p) == approx(hessian(by_solve)(p), rel=1e-9)


def test_entries_may_come_to_nothing():
    assert jacobian(np.ediff1d)(np.array([2.0])).shape == (0, 1)


def test_norm_at_its_tip_has_slope_0_as_hypot():
    assert grad(np.linalg.norm)(np.zeros(3)) == approx(np.zeros(3))
    assert grad(lambda a: np.sum(np.linalg.norm(a, axis=1)))(np.array([[0.0, 0], [3, 4]])) == approx(
        np.array([[0, 0], [0.6, 0.8]])
    )


DTYPES = [
    np.arange(1, 7).reshape(2, 3),
    np.arange(1, 7, dtype=np.float32).reshape(2, 3),
    np.asfortranarray(np.arange(1.0, 7).reshape(2, 3)),
    np.arange(1.0, 13).reshape(2, 6)[:, ::2],
]
PLAIN = {
    "roll": lambda a: np.roll(a, 1, axis=1),
    "concatenate": lambda a: np.concatenate([a, [[1, 2, 3]]]),
    "where": lambda a: np.where(a > 2, a * a, 0),
    "sort": lambda a: np.sort(a),
    "std": lambda a: np.std(a, axis=0),
    "max": lambda a: np.max(a, axis=-1),
    "einsum": lambda a: np.einsum("ij,kj->ik", a, a),
    "cumsum": lambda a: np.cumsum(a),
    "pad": lambda a: np.pad(a, 1),
    "norm": lambda a: np.linalg.norm(a, axis=0),
}


@pytest.mark.parametrize("f", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("a", DTYPES, ids=["integers", "float32", "Fortran", "strided"])
def test_arrays_of_other_kinds(f, a):
    a = a.view()
    a.flags.writeable = False
    got = grad(lambda a: np.sum(f(a) ** 2))(a)
    assert got.dtype == np.float64
    assert got == approx(grad(lambda a: np.sum(f(a) ** 2))(np.array(a, dtype=float)), rel=1e-12)


EMPTY = {
    "ravel": np.ravel,
    "roll": lambda a: np.roll(a, 1),
    "triu": np.triu,
    "concatenate": lambda a: np.concatenate([a, a * a]),
    "stack": lambda a: np.stack([a, a]),
    "pad": lambda a: np.pad(a, 1),
    "where": lambda a: np.where(a > 0, a, 1.0),
    "clip": lambda a: np.clip(a, 0, 1),
    "sort": np.sort,
    "max of rows": lambda a: np.max(a, axis=1) if a.shape[1] else np.min(a + np.ones((2, 0)), axis=0),
    "cumsum": np.cumsum,
    "prod": np.prod,
    "var": lambda a: np.var(a, axis=1) if a.shape[1] else np.var(a, axis=0),
    "norm": np.linalg.norm,
    "diff": lambda a: np.diff(np.concatenate([a, a]), axis=0),
    "outer": lambda a: np.outer(a, a),
    "einsum": lambda a: np.einsum("ij,ij->j", a, a),
}


@pytest.mark.parametrize("f", EMPTY.values(), ids=EMPTY)
@pytest.mark.parametrize("n", [(0, 3), (2, 0)])
def test_empty_arrays(f, n):
    a = np.zeros(n)
    assert grad(lambda a: np.sum(f(a)))(a).shape == n
    assert jvp(lambda a: np.sum(f(a)), (a,), (a,))[0] == approx(np.sum(f(a)))


ZERO_D = {
    "ravel": lambda a: np.ravel(a)[0],
    "atleast_1d": lambda a: np.atleast_1d(a)[0],
    "repeat": lambda a: np.repeat(a, 3) @ [1.0, 2.0, 3.0],
    "tile": lambda a: np.tile(a, (2, 2)).sum(),
    "stack": lambda a: np.stack([a, a * a]).sum(),
    "hstack": lambda a: np.hstack([a, [1.0, a * a]]).prod(),
    "append": lambda a: np.append(a, a * a)[1],
    "where": lambda a: np.where(a > 0, a * a, a),
    "max": lambda a: np.max(a) * a.min(),
    "var": lambda a: np.var(a) + a,
    "prod": lambda a: np.prod(a) * np.cumsum(a)[0],
    "outer": lambda a: np.outer(a, [1.0, 2.0]).sum(),
    "kron": lambda a: np.kron(a, np.eye(2)).sum(),
    "norm": lambda a: np.linalg.norm(a * a),
    "einsum": lambda a: np.einsum(",i->i", a, [1.0, 2.0]).sum(),
    "pad": lambda a: np.pad(np.reshape(a, 1), 2, "edge").sum(),
    "methods": lambda a: a.copy() * a.ravel()[0] * a.flatten()[0] * a.squeeze(),
}


@pytest.mark.parametrize("f", ZERO_D.values(), ids=ZERO_D)
def test_numbers(f):
    want = difference(lambda t: f(np.float64(0.7 + t)), 1e-2)
    assert grad(f)(0.7) == approx(want, rel=1e-9)
    assert derivative(f)(0.7) == approx(want, rel=1e-9)
    assert derivative(grad(f))(0.7) == approx(
        difference(lambda t: grad(f)(0.7 + t), 1e-2), rel=1e-7, abs=1e-9
    )


def test_values_of_different_differentiations_stand_in_one_array():
    def f(a):
        inner = lambda b: np.prod(np.concatenate([a, [2.0], b * a]))  # noqa: E731
        return np.sum(np.stack([grad(inner)(x[:2]), a**2], axis=1) @ [1.0, 3.0])

    a = np.array([0.5, 1.5])
    # inner is 2 a0² a1² b0 b1
    want = 2 * a[::-1] ** 2 * 2 * a * (x[0] + x[1]) + 6 * a
    assert grad(f)(a) == approx(want, rel=1e-12)
    h = lambda s: np.sum(np.stack([s, derivative(lambda t: np.where(t > 0, s * t * t, t))(3.0)]))  # noqa: E731
    assert derivative(h)(0.3) == approx(1 + 6)


def test_a_number_with_a_gradient_is_refused_in_an_array():
    with pytest.raises(ValueError, match="can't become an array"):
        np.stack([Valder(1.0, [1.0, 0.0]), Valder(2.0, [0.0, 1.0])])


@pytest.mark.parametrize("size", [3, 40])
def test_second_derivative_of_a_product_is_right_at_zeros(size):
    a = np.ones(size)
    a[:2] = 0
    hessian = derivative(lambda t: grad(np.prod)(a + t * np.eye(size)[0]))(0.0)
    assert hessian == approx(np.eye(size)[1])


# --- each entry with a derivative of its own

ALONE = {
    "where": (lambda a: np.where(a > 0, a**2, np.sin(a)), lambda a: np.where(a > 0, 2 * a, np.cos(a))),
    "clip": (
        lambda a: np.clip(a, -0.5, 0.5) * a,
        lambda a: np.where(abs(a) < 0.5, 2 * a, np.sign(a) / 2),
    ),
    "select": (lambda a: np.select([a < 0], [a**3], a), lambda a: np.where(a < 0, 3 * a**2, 1.0)),
    "arctan2": (lambda a: np.arctan2(a, 2.0), lambda a: 2 / (a * a + 4)),
    "copysign": (lambda a: np.copysign(a, -1.0), lambda a: -np.sign(a)),
    "floor": (lambda a: np.floor(a) * a, np.floor),
    "argmax": (lambda a: a * np.argmax(a), lambda a: np.argmax(a) + 0 * a),
    "ravel, which leaves it so": (lambda a: np.ravel(a) ** 2, lambda a: 2 * a),
    "atleast_1d, which leaves it so": (lambda a: np.atleast_1d(a).squeeze() ** 2, lambda a: 2 * a),
    "logaddexp": (lambda a: np.logaddexp(a, 0), lambda a: 1 / (1 + np.exp(-a))),
    "exp2": (np.exp2, lambda a: np.exp2(a) * np.log(2)),
    "polyval": (lambda a: np.polyval([1.0, 2, 3], a), lambda a: 2 * a + 2),
}


@pytest.mark.parametrize(("f", "slope"), ALONE.values(), ids=ALONE)
def test_functions_of_each_entry_alone(f, slope):
    assert derivative(f)(x) == approx(slope(x), rel=1e-12)


MIXING = {
    "roll": lambda a: np.roll(a, 1),
    "concatenate": lambda a: np.concatenate([a, a]),
    "stack": lambda a: np.stack([a, a]),
    "expand_dims": lambda a: np.expand_dims(a, 0),
    "pad": lambda a: np.pad(a, 1),
    "sort": lambda a: np.sort(a),
    "max": lambda a: np.max(a),
    "cumsum": lambda a: np.cumsum(a),
    "cumprod": lambda a: np.cumprod(a),
    "prod": lambda a: a.prod(),
    "diff": lambda a: np.diff(a),
    "var": lambda a: np.var(a),
    "std": lambda a: a.std(axis=0),
    "trace": lambda a: np.trace(a),
    "outer": lambda a: np.outer(a, x),
    "convolve": lambda a: np.convolve(a, [1.0, 2.0]),
    "average": lambda a: np.average(a),
    "einsum": lambda a: np.einsum("i,i->i", a, a),
    "norm": lambda a: np.linalg.norm(a),
    "inv": lambda a: np.linalg.inv(a),
    "det": lambda a: np.linalg.det(a),
    "solve": lambda a: np.linalg.solve(a, x[:3]),
    "slogdet": lambda a: np.linalg.slogdet(a),
}


@pytest.mark.parametrize("name", MIXING)
def test_functions_that_mix_entries_say_so_by_their_names(name):
    a = S if name in {"trace", "inv", "det", "solve", "slogdet"} else x
    with pytest.raises(TypeError, match=f"^{name} mixes the entries of an array"):
        derivative(MIXING[name])(a)
    with pytest.raises(TypeError, match="mixes the entries of an array"):  # nested
        derivative(lambda a: grad(lambda b: np.sum(MIXING[name](b * a)))(a))(a)


# --- refusals


@pytest.mark.parametrize(
    "call",
    [
        lambda a: np.concatenate([a, a], dtype=np.float32),
        lambda a: np.take(a, [0], out=np.zeros(1)),
        lambda a: np.max(a, initial=0.0),
        lambda a: np.max(a, where=A > 0),
        lambda a: np.cumsum(a, dtype=np.float32),
        lambda a: np.pad(a, 1, "mean"),
        lambda a: np.pad(a, 1, "linear_ramp"),
        lambda a: np.pad(a, 1, constant_values=2.0),
        lambda a: np.pad(a, 1, "reflect", reflect_type="odd"),
        lambda a: np.append(a, values=a),
        lambda a: np.append(a, values=[1.0]),
        lambda a: np.sort(a, kind="stable"),
        lambda a: np.var(a, dtype=np.float32),
        lambda a: np.linalg.svd(a),
        lambda a: np.linalg.norm(a, "nuc"),
        lambda a: np.linalg.norm(a, 2),
        lambda a: np.cumprod(a, dtype=np.float32),
        lambda a: np.interp(a, [0.0, 1.0], [0.0, 1.0]),
        lambda a: a.tolist(),
        lambda a: a[0, 0].item(),
    ],
)
def test_what_has_no_rule_is_refused(call):
    with pytest.raises(TypeError):
        grad(lambda a: np.sum(call(a)))(A)


COMPLEX = [np.ravel, np.var, np.std, np.linalg.norm, np.prod, np.linalg.slogdet, np.outer, np.max]


@pytest.mark.parametrize("f", COMPLEX, ids=lambda f: f.__name__)
def test_complex_numbers_are_refused_where_the_rule_is_for_real_ones(f):
    a = Valder(S[:3, :3] + 1j, np.ones((3, 3)))
    with pytest.raises(TypeError, match="no derivative at a complex number"):
        f(a, a) if f is np.outer else f(a)


@pytest.mark.parametrize(
    "f",
    [
        lambda a: np.all(a > 0) or np.any(a > 0),
        lambda a: np.allclose(a, A) and np.array_equal(a, A),
        lambda a: np.isclose(a, A, rtol=0.1),
        lambda a: np.count_nonzero(a > 0),
        lambda a: np.digitize(a, [-1.0, 0.0, 1.0]),
        lambda a: np.empty_like(a).shape,
        lambda a: np.around(a, 1) + np.trunc(a) + np.rint(a) + np.round(a),
        lambda a: (np.iscomplexobj(a), np.isreal(a).all()),
        lambda a: np.logical_and(a > 0, a) | np.logical_or(a, a < 1) ^ np.logical_not(a),
        lambda a: np.logical_xor(a > 0, a > 1),
        lambda a: np.nonzero(a > 0)[1],
        lambda a: np.where(a > 0)[0],
        lambda a: np.result_type(a, 1.0).kind == "f",
        lambda a: np.signbit(a),
        lambda a: np.less(a, 0.0) | np.greater(a, 1.0) | np.equal(a, 0.5),
        lambda a: np.less_equal(a, 0.0) & np.not_equal(a, 1.0) | np.greater_equal(a, 1.0),
        lambda a: np.zeros_like(a) + np.ones_like(a) + np.isinf(a) + np.isfinite(a),
        lambda a: a.round(1) + a.searchsorted(0.0) if a.ndim == 1 else np.argmin(a, axis=0),
    ],
)
def test_functions_of_the_value_alone(f):
    got, want = f(Valder(A, B)), f(A)
    assert type(got) is type(want)
    assert np.array_equal(got, want)


def test_every_name_in_the_tables_is_numpys_and_has_a_rule():
    tables = [numpy_functions.BY_VALUE, numpy_functions.BY_ENTRIES, *numpy_functions.MOVES.values()]
    names = [name for table in tables for name in table.split()] + " ".join(numpy_functions.OURS).split()
    missing = [name for name in names if numpy_functions.named(name) not in NUMPY]
    assert missing == [] or np.lib.NumpyVersion(np.__version__) < "2.1.0"
    assert len(names) == len(set(names))
    tested = Path(__file__).read_text()
    untested = {name.split(".")[-1] for name in names if name.split(".")[-1] not in tested}
    assert untested == set()


# --- any shape

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)
MOVERS = {
    "ravel": lambda a, k: np.ravel(a, "CF"[k % 2]),
    "roll": lambda a, k: np.roll(a, k, axis=k % a.ndim),
    "flip": lambda a, k: np.flip(a, -1 - k % a.ndim),
    "repeat": lambda a, k: np.repeat(a, 1 + k % 3, axis=k % a.ndim),
    "take": lambda a, k: np.take(a, [0, -1, 0], axis=k % a.ndim),
    "moveaxis": lambda a, k: np.moveaxis(a, k % a.ndim, 0),
    "stack": lambda a, k: np.stack([a, a * a], axis=-1 - k % (a.ndim + 1)),
    "concatenate": lambda a, k: np.concatenate([a, np.sin(a)], axis=k % a.ndim),
    "sort": lambda a, k: np.sort(a, axis=k % a.ndim),
    "max": lambda a, k: np.max(a, axis=k % a.ndim, keepdims=k > 3),
    "std": lambda a, k: np.var(a, axis=tuple(range(k % (a.ndim + 1))), keepdims=k > 3),
    "norm": lambda a, k: np.linalg.norm(a, axis=-1 - k % a.ndim, keepdims=k > 3) ** 2,
    "cumsum": lambda a, k: np.cumsum(a, axis=-1 - k % a.ndim),
    "prod": lambda a, k: np.prod(a, axis=k % a.ndim, keepdims=k > 3),
    "diff": lambda a, k: np.diff(a, k % 3, axis=k % a.ndim),
    "pad": lambda a, k: np.pad(a, k % 3, ["constant", "edge", "wrap"][k % 3]),
    "einsum": lambda a, k: np.einsum("...i,...i->...", a, a[..., ::-1]),
    "triu": lambda a, k: np.triu(np.atleast_2d(a), k - 3),
}


@pytest.mark.parametrize("name", MOVERS)
@settings(max_examples=15, deadline=None)
@given(n=shapes, k=st.integers(0, 6), seed=st.integers(0, 99))
def test_over_shapes_forward_reverse_and_differences_agree(name, n, k, seed):
    rng = np.random.default_rng(seed)
    # no two entries so close that the difference's step would change their order
    a, v = rng.permutation(np.linspace(-2, 2.1, int(np.prod(n)))).reshape(n), rng.normal(size=n)
    f = MOVERS[name]
    w = np.random.default_rng(seed + 1).normal(size=np.shape(f(a, k)))
    g = lambda a: np.sum(w * f(a, k) ** 2)  # noqa: E731
    value, along = jvp(g, (a,), (v,))
    assert value == approx(g(a), rel=1e-12, abs=1e-12)
    assert along == approx(np.sum(grad(g)(a) * v), rel=1e-10, abs=1e-10)
    assert along == approx(difference(lambda t: g(a + t * v), 1e-4), rel=1e-5, abs=1e-6)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("place", [0, 1, 5])
def test_a_norm_is_nan_where_an_entry_is(place):
    a = np.array([[2.0, -1.0, 3.0], [1.0, 4.0, -2.0]])
    a.flat[place] = np.nan
    for ord in (np.inf, -np.inf, 1, -1):
        assert np.isnan(value_and_grad(lambda a, ord=ord: np.linalg.norm(a, ord))(a)[0])
        assert np.isnan(value_and_grad(lambda a, ord=ord: np.linalg.norm(a.ravel(), ord))(a)[0])
        assert np.isnan(value_and_grad(lambda a, ord=ord: np.linalg.vector_norm(a, ord=ord))(a)[0])


@pytest.mark.parametrize("axis", [None, (1, 0), -1])
@pytest.mark.parametrize("ord", [np.inf, -np.inf, 1, -1])
def test_norms_by_the_largest_and_the_smallest(ord, axis):
    for keepdims in (False, True):

        def f(a, keepdims=keepdims):
            return np.sum(np.linalg.norm(a, ord, axis, keepdims) ** 2)

        assert f(Valder(A, np.zeros_like(A))).val == approx(f(A), rel=1e-15)
        slopes = [
            difference(lambda t, k=k: f(A + t * np.eye(A.size)[k].reshape(A.shape)), 1e-5)
            for k in range(12)
        ]
        for d in (grad(f), trace(grad(f), A)):
            np.testing.assert_allclose(d(A).ravel(), slopes, rtol=1e-8, atol=1e-8)
    assert grad(lambda a: np.linalg.norm(a, np.inf))(np.array([2.0, -2.0, 1.0])).tolist() == [
        0.5,
        -0.5,
        0.0,
    ]


def test_far_from_0_the_series_of_sinc_has_no_part():
    assert abs(derivative(np.sinc)(1e19)) < 1e-18
    assert abs(grad(derivative(np.sinc))(1e200)) < 1e-198


def test_lists_and_matrices_that_numpy_refuses():
    with pytest.raises(ValueError, match="longer than"):
        grad(lambda a: np.sum(np.select([a > 9], [a, a**2])))(x)
    for bad, n in ((A, 1), (A, 2), (x, 1), (x, 2), (x, -1)):
        with pytest.raises(np.linalg.LinAlgError):
            grad(lambda a, n=n: np.sum(np.linalg.matrix_power(a, n)))(bad)


@pytest.mark.parametrize("x", [0.0, 1e-8, 0.2999, 0.3001, 2.5, -0.7])
def test_sinc_keeps_its_digits_at_0_and_beyond(x):
    true = [float(mpmath.diff(lambda t: mpmath.sinc(mpmath.pi * t), x, n)) for n in range(4)]
    f, ours = np.sinc, [np.sinc(x)]
    for _ in range(3):
        f = derivative(f)
        ours.append(f(x))
    assert ours == approx(true, rel=1e-13, abs=1e-14)
    assert np.sinc(Valder(x, 1.0)).val == approx(true[0], rel=1e-15)
    assert grad(grad(np.sinc))(x) == approx(true[2], rel=1e-13)


# --- far out, and near 0


@pytest.mark.parametrize(
    ("a", "b"), [(1e16, 1e16), (1e10, 1e10 + 3), (30.0, -2.5), (800.0, -800.0), (-1e8, -1e8)]
)
def test_logaddexp_keeps_its_slopes_however_large_its_arguments(a, b):
    true = lambda i, j: float(  # noqa: E731
        mpmath.diff(lambda s: 1 / (1 + mpmath.exp((b - a - s) * (1 if i == 0 else -1))), 0, j)
    )
    with mpmath.workdps(60):
        assert grad(np.logaddexp)(a, b) == approx(true(0, 0), rel=1e-14)
        assert grad(np.logaddexp, 1)(a, b) == approx(true(1, 0), rel=1e-14)
        assert grad(grad(np.logaddexp))(a, b) == approx(true(0, 1), rel=1e-13, abs=1e-300)
    assert grad(np.logaddexp)(np.inf, 0.0) == 1


@pytest.mark.parametrize("scale", [1e-170, 1e-3, 1e160])
def test_arctan2_keeps_its_slopes_at_any_scale(scale):
    slopes = grad(np.arctan2, (0, 1))(3 * scale, 4 * scale)
    assert slopes == approx((4 / 25 / scale, -3 / 25 / scale), rel=1e-14)


@pytest.mark.parametrize("x", [1e-155, 1e-200, 5e-324, -1e-300])
def test_sinc_has_its_derivatives_close_to_0(x):
    f, slopes = np.sinc, []
    for _ in range(3):
        f = derivative(f)
        slopes.append(f(x))
    assert slopes == approx([-(np.pi**2) * x / 3, -(np.pi**2) / 3, np.pi**4 * x / 5], rel=1e-12)


@pytest.mark.parametrize(
    ("entries", "slopes"),
    [
        ([np.inf, 2.0], [2.0, np.inf]),
        ([1e-200, 1e-200, 1e300], [1e100, 1e100, 0.0]),
        ([0.0, 3.0], [3.0, 0.0]),
    ],
)
def test_a_product_that_is_0_or_infinite_has_its_slopes(entries, slopes):
    assert grad(np.prod)(np.array(entries)) == approx(slopes, rel=1e-14)
    assert grad(lambda a: np.cumprod(a)[-1])(np.array(entries)) == approx(slopes, rel=1e-14)


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize(
    "layout", [np.asfortranarray, np.ascontiguousarray, lambda a: a.T, lambda a: a[::-1, 1:]]
)
def test_ravel_is_numpys_whatever_the_memory(order, layout):
    a = layout(A)
    w = np.arange(1.0, a.size + 1)
    for f in (
        lambda a: np.sum(w * np.ravel(a, order) ** 2),
        lambda a: np.sum(w * a.flatten(order) ** 2),
    ):
        assert jvp(f, (a,), (a,))[0] == approx(f(a), rel=1e-14)
        assert np.sum(grad(f)(a) * a) == approx(2 * f(a), rel=1e-14)


# --- what NumPy takes by place, by name, or of other shapes

AS_NUMPY = {
    "einsum of a trace": (lambda a: np.einsum("ii", a), S),
    "einsum of a diagonal": (lambda a: np.einsum("ii->i", a), S),
    "einsum of a diagonal and more": (lambda a: np.einsum("iij,j->j", a, y[:3]), np.stack([S, S, S])),
    "einsum by numbers": (lambda a: np.einsum(a, [0, 0]), S),
    "vector_norm": (lambda a: np.linalg.vector_norm(a), A),
    "vector_norm by axis": (lambda a: np.linalg.vector_norm(a, axis=1, keepdims=True), A),
    "vector_norm of another order": (lambda a: np.linalg.vector_norm(a, ord=1), A),
    "matrix_power below 0": (lambda a: np.linalg.matrix_power(a, -2), S),
    "matrix_power of 0": (lambda a: np.linalg.matrix_power(a, 0) @ a, S),
    "matrix_power of a stack": (lambda a: np.linalg.matrix_power(a, 3), SS),
    "linalg.diagonal": (lambda a: np.linalg.diagonal(a), SS),
    "linalg.cross": (lambda a: np.linalg.cross(np.outer(a, a), a), y[:3]),
    "linalg.matmul, matrix_transpose": (lambda a: np.linalg.matmul(a, np.linalg.matrix_transpose(a)), A),
    "linalg.tensordot": (lambda a: np.linalg.tensordot(a, a, axes=(0, 0)), A),
    "tensordot over all": (lambda a: np.tensordot(a, B, 2), A),
    "tensordot over none": (lambda a: np.tensordot(a, y, 0), A),
    "tensordot of two axes": (lambda a: np.tensordot(a, T, ([0, 1], [1, 2])), A),
    "inner of stacks": (lambda a: np.inner(a, T), A),
    "inner with a number": (lambda a: np.inner(a, 2.0), A),
    "average by weights": (lambda a: np.average(a, axis=0, weights=[1.0, 2.0, 4.0]), A),
    "average by weights for each": (lambda a: np.average(a, 1, P), A),
    "average": (lambda a: np.average(a, axis=(0, 1)), A),
    "average by a list of weights": (
        lambda a: np.average(a, 0, [[1.0, 2.0, 0.5], [3.0, 1.0, 2.0], [1, 1, 1]]),
        S,
    ),
    "average of a row": (lambda a: np.average(a, weights=[1.0, 2.0, 0.5, 1.0, 3.0]), y),
    "average with such weights": (lambda a: np.average(B, 1, a), P),
    "trapezoid": (lambda a: np.trapezoid(a, dx=0.5, axis=0), A),
    "trapezoid of many steps": (lambda a: np.trapezoid(a, dx=np.array([1.0, 2.0, 3.0, 4.0]), axis=0), A),
    "trapezoid over places": (lambda a: np.trapezoid(B, a, axis=0), A),
    "trapezoid over a row of places": (lambda a: np.trapezoid(a, knots, axis=0), A),
    "convolve": (lambda a: np.convolve(a, [1.0, 2.0, 3.0]), y),
    "convolve, same": (lambda a: np.convolve(a, [1.0, 2.0, 3.0, -1.0], "same"), y),
    "convolve, valid": (lambda a: np.convolve([1.0, 2.0, 3.0], a, "valid"), y),
    "convolve with itself": (lambda a: np.convolve(a, a, mode="same"), y),
    "correlate": (lambda a: np.correlate(a, [1.0, 2.0, 4.0], "full"), y),
    "correlate, same, of a shorter row": (lambda a: np.correlate(a, y, "same"), y[:2]),
    "correlate, full, of a shorter row": (lambda a: np.correlate(a, y, "full"), y[:3]),
    "correlate, valid": (lambda a: np.correlate(a, [1.0, 2.0, 4.0]), y),
    "cumprod": (lambda a: np.cumprod(a, 1), P),
    "nansum": (lambda a: np.nansum(np.where(A > 0.5, np.nan, a), 0, keepdims=True), P),
    "ptp": (lambda a: np.ptp(a, axis=1), A),
    "unwrap": (lambda a: np.unwrap(4 * a, axis=0), A),
    "polyval at a list": (lambda a: np.polyval(a, [1.0, 2.0]), y),
    "copy in an order": (lambda a: a.copy(order="F"), A),
    "heaviside of 0": (lambda a: np.heaviside(np.array([-1.0, 0.0, 2.0, 0.0, 1.0]), a) * a, y),
    "var of too few": (lambda a: np.sum(np.var(a, axis=0, ddof=1)), A),
    "convolve with a number": (lambda a: np.convolve(a, 2.0), y),
    "einsum with a list": (lambda a: np.einsum("ii,i", [[1.0, 2.0], [3.0, 4.0]], a), y[:2]),
    "norm over one axis": (lambda a: np.linalg.norm(a, 2, axis=0), A),
    "inv by name": (lambda a: np.linalg.inv(a=a), S),
    "tensordot over a number of NumPy's": (lambda a: np.tensordot(a, a, np.int64(1)), S),
    "divmod": (lambda a: divmod(a, 0.7)[1] + divmod(a, 0.7)[0], A),
}


@pytest.mark.filterwarnings("ignore:invalid")
@pytest.mark.parametrize("name", AS_NUMPY)
def test_it_does_what_numpy_does(name):
    f, a = AS_NUMPY[name]
    v, w = N(*a.shape), N(*np.shape(f(a)))
    y, y_dot = jvp(f, (a,), (v,))
    assert np.shape(y) == np.shape(f(a))
    assert np.allclose(y, f(a), rtol=1e-13, atol=1e-13, equal_nan=True)
    g = lambda a: np.sum(w * f(a) ** 2)  # noqa: E731
    back = np.sum(grad(g)(a) * v)
    assert back == approx(2 * np.sum(w * y * y_dot), rel=1e-11, abs=1e-12)
    assert back == approx(difference(lambda t: g(a + t * v), 1e-4), rel=1e-5, abs=1e-6)
    twice = derivative(lambda t: np.sum(grad(g)(a + t * v) * v))(0.0)
    assert twice == approx(
        difference(lambda t: np.sum(grad(g)(a + t * v) * v), 1e-4), rel=1e-4, abs=1e-5
    )


def test_an_average_may_have_weights_along_several_axes():
    for axes, w in (((1, 2), P), ((2, 1), P.T), (0, [1.0, 3.0])):
        value, along = jvp(lambda a, axes=axes, w=w: np.average(a, axes, w), (T,), (T,))
        want = np.average(T, axis=0, weights=w) if axes == 0 else np.sum(T * P, (1, 2)) / np.sum(P)
        assert value == approx(want, rel=1e-14) and along == approx(want, rel=1e-14)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_complex_rows_are_convolved(mode):
    z, z_dot, v = x + 1j * y, 2j * x + y, np.array([1j, 2.0])
    for got, f in (
        (np.convolve(Valder(z, z_dot), v, mode), lambda z: np.convolve(z, v, mode)),
        (np.convolve(v, Valder(z, z_dot), mode), lambda z: np.convolve(v, z, mode)),
    ):
        assert got.val == approx(f(z), rel=1e-14) and got.der == approx(f(z_dot), rel=1e-14)


@pytest.mark.filterwarnings("ignore")
def test_a_variance_of_too_few_is_numpys():
    for f in (np.var, np.std):
        assert jvp(lambda a, f=f: f(a, ddof=4), (y[:3],), (y[:3],))[0] == f(y[:3], ddof=4) == np.inf


@pytest.mark.parametrize(
    "call",
    [
        lambda a: np.inner(a, np.ones(1)),
        lambda a: np.tensordot(a, np.ones((1, 2)), 1),
        lambda a: np.tensordot(a, a, ([0, 0], [0, 0])),
        lambda a: np.dot(a, np.ones((2, 1, 3))),
        lambda a: np.diff(a, axis=5),
        lambda a: np.diff(a, -1),
        lambda a: np.linalg.norm(a[0], "fro"),
        lambda a: np.linalg.norm(a[None], axis=(0, 1, 2)),
        lambda a: np.average(a, axis=0, weights=2.0),
        lambda a: np.average(a, axis=1, weights=np.ones((1, 4))),
    ],
)
def test_what_numpy_refuses_is_refused(call):
    for f in (call, lambda a: grad(lambda a: np.sum(call(a)))(a)):
        with pytest.raises((ValueError, TypeError)):
            f(A)


@pytest.mark.parametrize(
    ("entries", "slopes"),
    [([1e-160, 1e-160, 2.0], [2e-160, 2e-160, 0.0]), ([1e-310, 1e300], [1e300, 1e-310])],
)
def test_a_product_of_far_numbers_keeps_its_digits(entries, slopes):
    assert grad(np.prod)(np.array(entries)) == approx(slopes, rel=1e-12)
    assert grad(lambda a: np.cumprod(a)[-1])(np.array(entries)) == approx(slopes, rel=1e-12)


def test_second_derivatives_at_the_tip_of_a_norm_are_those_of_abs():
    assert derivative(derivative(lambda x: np.hypot(x, 0.0)))(0.0) == 0
    assert derivative(derivative(lambda x: np.linalg.norm(x * np.ones(2))))(0.0) == 0
    assert derivative(derivative(abs))(0.0) == 0


BUFFER = np.zeros((3, 4))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda a: np.concatenate((a, a), 0, np.zeros((6, 4))), "none for out"),
        (lambda a: np.choose(np.zeros((3, 4), int), [a, a], BUFFER), "none for out"),
        (lambda a: np.take(a, [0], None, np.zeros(1)), "none for out"),
        (lambda a: np.compress([True, True, True], a, 0, BUFFER), "none for out"),
        (lambda a: np.cumprod(a, 0, None, BUFFER), "cumprod with 4 arguments"),
        (lambda a: np.nansum(a, 0, None, np.zeros(4)), "sum with out"),
        (lambda a: np.ptp(a, 0, np.zeros(4)), "max with 3 arguments|max with out"),
        (lambda a: np.trace(a, 0, 0, 1, int), "trace with dtype"),
        (lambda a: np.pad(a, 1, "mean"), "np.pad with these arguments has no rule"),
        (lambda a: np.linalg.norm(a, "nuc"), r"np\.linalg\.norm with these arguments has no rule"),
        (lambda a: np.linalg.svd(a), r"np\.linalg\.svd has no rule"),
        (lambda a: np.add(a, 1.0, out=BUFFER), r"as in y = y \+ x for y \+= x"),
        (lambda a: BUFFER.dot(a.T), "A @ x for A.dot"),
    ],
)
def test_it_says_what_has_no_rule(call, says):
    with pytest.raises(TypeError, match=says):
        grad(lambda a: np.sum(call(a)))(A)
    assert not BUFFER.any()


def test_bincount_of_nothing_is_nothing():
    none = np.zeros(0, int)
    assert jvp(lambda w: np.bincount(none, w), (np.zeros(0),), (np.zeros(0),))[0].shape == (0,)
    assert jvp(lambda w: np.bincount(none, w, 3), (np.zeros(0),), (np.zeros(0),))[0].tolist() == [
        0,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("f", "wins"), [(np.fmax, [1.0, 0.0, 1.0, 0.5]), (np.fmin, [0.0, 1.0, 1.0, 0.5])]
)
def test_fmax_and_fmin_pass_a_nan_by(f, wins):
    a, b = np.array([2.0, -1.0, 3.0, 4.0]), np.array([1.0, 5.0, np.nan, 4.0])
    np.testing.assert_array_equal(grad(lambda a: np.sum(f(a, b)))(a), wins)
    np.testing.assert_array_equal(grad(lambda a: np.sum(f(b, a)))(a), wins)
    np.testing.assert_array_equal(grad(lambda b: np.sum(f(a, b)))(b), 1.0 - np.array(wins))
    np.testing.assert_array_equal(jvp(lambda a: f(a, b), (a,), (np.ones(4),))[0], f(a, b))
    assert derivative(lambda x: f(x, np.nan))(2.0) == 1


def test_a_function_without_a_rule_is_not_said_to_lack_it_for_its_arguments():
    with pytest.raises(TypeError, match=r"np\.interp has no rule for .*; write it with functions"):
        grad(lambda x: np.interp(x, np.arange(3.0), np.arange(3.0)))(1.5)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_a_convolution_is_refused_by_its_own_name(mode):
    with pytest.raises(TypeError, match="convolve mixes the entries"):
        derivative(lambda x: np.convolve(x, np.ones(2), mode))(x)
    with pytest.raises(TypeError, match=r"np\.convolve with these arguments has no rule"):
        grad(lambda x: np.sum(np.convolve(x, np.ones(2), f"half {mode}")))(x)
