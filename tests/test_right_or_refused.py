"""A call is right, in every mode, or is refused in one sentence; it never gives a wrong number."""

import math
import re

import mpmath
import numpy as np
import pytest
from mpmath import mp
from numpy.exceptions import AxisError
from pytest import approx

import autodiff_tutorial as ad
from autodiff_tutorial import Valder, derivative, forward_mode, grad, jvp, reverse_mode, value_and_grad

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of np.matrix

same = lambda v: 1.0 * v  # noqa: E731

# What is made of a function of one number, at 1.3. The name says what it is called with.
MODES = {
    "derivative": lambda f: derivative(f)(1.3),
    "Valder": lambda f: [f(Valder(1.3, -2.0)).val, f(Valder(1.3, -2.0)).der],
    "Valder in Valder": lambda f: f(Valder(Valder(1.3, 1.0), 1.0)).der.der,
    "grad": lambda f: grad(f)(1.3),
    "grad of an array": lambda f: grad(lambda x: f(x[0] * x[1]))(np.array([1.0, 1.3])),
    "value_and_grad": lambda f: value_and_grad(f)(1.3),
    "forward_mode": lambda f: [forward_mode([f], 1.3).val, forward_mode([same, f], 1.3).der],
    "reverse_mode": lambda f: reverse_mode([same, f], 1.3)[1],
    "reverse_mode, checkpoints": lambda f: reverse_mode([same, f, np.sin], 1.3, checkpoints=1)[1],
    "derivative of derivative": lambda f: derivative(derivative(f))(1.3),
    "grad of grad": lambda f: grad(grad(f))(1.3),
    "grad of derivative": lambda f: grad(derivative(f))(1.3),
    "derivative of grad": lambda f: derivative(grad(f))(1.3),
    "derivative of a chain": lambda f: derivative(lambda t: reverse_mode([f], t)[1])(1.3),
    "grad of a chain": lambda f: grad(lambda t: forward_mode([f], t).der)(1.3),
    "a constant in grad": lambda f: grad(lambda t: grad(lambda s: s * f(t))(2.0))(1.3),
}
INNER_NAMES = r"lambda|\b(total|apply|how|linearize|carried|by_value|fitted|ours|primal|operand|_\w+)\b"


def sentence(error, mode=""):
    """Return the message of an error, which is one sentence and names nothing of the inside."""
    text = str(error)
    text = text.split(" Did you mean")[0]  # which Python adds from 3.13 on
    assert text and "\n" not in text and not re.search(r"\. [A-Z]", text), text
    assert not re.search(INNER_NAMES, text), text
    if "grad" in mode and "derivative" not in mode and "chain" not in mode:
        assert "Valder" not in text, f"whoever called grad has never met a Valder: {text}"
    if "grad" not in mode:
        assert "Node" not in text, f"whoever goes forwards has never met a Node: {text}"
    return text


def refused(mode, f, words, errors=(TypeError, ValueError)):
    """Hold f to be refused in a mode with these words."""
    with pytest.raises(errors) as caught:
        print("not refused in the mode", mode, MODES[mode](f))
    text = sentence(caught.value, mode)
    assert re.search(words, text), f"{mode}: {text}"


def right(mode, f, g):
    """Hold f to give in a mode what g gives."""
    assert flat(MODES[mode](f)) == approx(flat(MODES[mode](g)), rel=1e-12, abs=1e-13), mode


def right_or_refused(mode, f, g, words):
    """Hold f to give what g gives, or to be refused with these words."""
    try:
        MODES[mode](f)
    except (TypeError, ValueError):
        refused(mode, f, words)
    else:
        right(mode, f, g)


def flat(results):
    """Return numbers, lists and arrays of them, or nests of these, as one row."""
    nested = isinstance(results, (list, tuple))
    return np.concatenate(list(map(flat, results))) if nested else np.ravel(results)


A = np.array([[0.5, 1.5, -2.5], [3.5, 0.25, 1.75]])
S = np.array([[0.5, 1.5], [-2.5, 3.5]])
W = np.array([1.0, -2.0, 3.0])


def norm(y):
    """Make one number of an array, in which each entry has a weight of its own."""
    n = np.shape(y)
    return np.sum(y * y * np.cos(np.arange(float(math.prod(n)))).reshape(n))


# f, and a g that says the same in a way that no test of these doubts.
RIGHT = {
    "sum, None for dtype and out": (
        lambda t: norm(np.sum(t * A, 1, None, None)),
        lambda t: norm(t * (A @ np.ones(3))),
    ),
    "sum, keepdims by its place": (
        lambda t: norm(A + np.sum(t * A, 1, None, None, True)),
        lambda t: norm(A + t * (A @ np.ones((3, 1)))),
    ),
    "sum, no keepdims by its place": (
        lambda t: norm(W[:2] * np.sum(t * A, 1, None, None, False)),
        lambda t: norm(W[:2] * t * (A @ np.ones(3))),
    ),
    "mean, keepdims by its place": (
        lambda t: norm(A + np.mean(t * A, 1, None, None, True)),
        lambda t: norm(A + t * (A @ np.ones((3, 1)) / 3)),
    ),
    "sum, all by name": (
        lambda t: t * np.sum(a=t * A, axis=None, dtype=None, out=None, keepdims=False),
        lambda t: t * t * A.sum(),
    ),
    "sum of a number, no axis": (lambda t: t * np.sum(t, axis=()), lambda t: t * t),
    "mean of a number": (lambda t: t * np.mean(t), lambda t: t * t),
    "broadcast_to ()": (lambda t: t * np.broadcast_to(t, ()), lambda t: t * t),
    "broadcast_to a length": (lambda t: norm(np.broadcast_to(t, 3)), lambda t: norm(t * np.ones(3))),
    "broadcast_to what it is": (lambda t: norm(np.broadcast_to(t * W, 3)), lambda t: norm(t * W)),
    "broadcast_to by name": (
        lambda t: norm(np.broadcast_to(array=t, shape=(2, 3)) * A),
        lambda t: norm(t * A),
    ),
    "ndim": (lambda t: t * t * np.ndim(a=t * A), lambda t: 2 * t * t),
    "shape": (lambda t: t * t * np.shape(a=t * A)[1], lambda t: 3 * t * t),
    "size": (lambda t: t * t * np.size(a=t * A), lambda t: 6 * t * t),
    "size of an axis": (lambda t: t * t * np.size(t * A, axis=1), lambda t: 3 * t * t),
    "zeros_like": (lambda t: norm(t * W + np.zeros_like(a=t * W)), lambda t: norm(t * W)),
    "ones_like": (lambda t: norm(t * W + np.ones_like(a=t * W)), lambda t: norm(t * W + 1)),
    "the method reshape, a tuple": (
        lambda t: norm((t * A).reshape((3, 2))),
        lambda t: norm(t * A.reshape(3, 2)),
    ),
    "the method reshape, lengths": (
        lambda t: norm((t * A).reshape(3, 2)),
        lambda t: norm(t * A.reshape(3, 2)),
    ),
    "the method reshape, a list": (
        lambda t: norm((t * A).reshape([3, -1])),
        lambda t: norm(t * A.reshape(3, 2)),
    ),
    "the method reshape, one length": (
        lambda t: norm((t * A).reshape(-1)),
        lambda t: norm(t * A.reshape(6)),
    ),
    "the method reshape, ()": (lambda t: t * np.reshape(t, (1, 1)).reshape(()), lambda t: t * t),
    "the method reshape, F": (
        lambda t: norm((t * A).reshape(3, 2, order="F")) + norm((t * A).reshape((3, 2), order="F")),
        lambda t: 2 * norm(t * A.reshape(3, 2, order="F")),
    ),
    "%": (lambda t: t * (t % 1), lambda t: t * (t - 1)),
    "% of a number": (lambda t: t * (5 % t), lambda t: t * (5 - 3 * t)),
    "% below 0": (lambda t: t * (-t % 0.5), lambda t: t * (1.5 - t)),
    "np.mod": (lambda t: norm(np.mod(t * W, 2.0)), lambda t: norm(t * W + np.array([0.0, 4.0, -2.0]))),
    "//": (lambda t: t * t * (t // 0.5), lambda t: 2 * t * t),
    "// of a number": (lambda t: t * t * (7 // t), lambda t: 5 * t * t),
    "np.floor_divide": (
        lambda t: norm(t * (t * W // 1)),
        lambda t: norm(t * np.array([1.0, -3.0, 3.0])),
    ),
    "a format": (lambda t: t * t * float(f"{t:.1f}"), lambda t: 1.3 * t * t),
    "a format with a width": (lambda t: t * t * len(f"{t:9.3f}"), lambda t: 9 * t * t),
    "no format": (lambda t: t * t * f"{t}".count("1.3"), lambda t: t * t),
}


@pytest.mark.parametrize("name", RIGHT)
def test_it_is_right(name):
    for mode in MODES:
        right(mode, *RIGHT[name])


def reshaped(a, to, order):
    """Return f, which reshapes what is traced, and g, which reshapes a constant."""
    return lambda t: norm(np.reshape(t * a, to, order)), lambda t: norm(t * np.reshape(a, to, order))


@pytest.mark.parametrize("order", "CFcf")
@pytest.mark.parametrize("a", [A, np.asfortranarray(A)], ids=["rows", "columns"])
def test_reshape_has_the_order_of_numpy(a, order):
    for mode in MODES:
        for to in [(3, 2), [3, 2], (-1, 2), 6, (1, 3, 2)]:
            right_or_refused(mode, *reshaped(a, to, order), "reshape.*order")


MASKED = np.ma.array(W, mask=[False, True, False])
KEPT = np.array([0, 2])
with pytest.warns(PendingDeprecationWarning):
    MATRIX = np.asmatrix(S)
OUT = np.zeros(2)
ROWS = A @ np.ones(3)

# Calls that once gave a wrong number in silence: f, a right g, and what a refusal speaks of.
ONCE_WRONG = {
    "np.sum, a type": (
        lambda t: norm(W[:2] * np.sum(t * A, 1, float)),
        lambda t: norm(t * W[:2] * ROWS),
        "dtype",
    ),
    "np.mean, a type": (
        lambda t: norm(W[:2] * np.mean(t * A, 1, float)),
        lambda t: norm(t * W[:2] * ROWS / 3),
        "dtype",
    ),
    "x.sum, a type": (
        lambda t: norm(W[:2] * (t * A).sum(1, float)),
        lambda t: norm(t * W[:2] * ROWS),
        "dtype",
    ),
    "x.mean, a type": (
        lambda t: norm(W[:2] * (t * A).mean(1, float)),
        lambda t: norm(t * W[:2] * ROWS / 3),
        "dtype",
    ),
    "np.sum of whole parts": (
        lambda t: t * np.sum(t * A, 1, int)[0],
        lambda t: t * -2.0,  # 0.65 + 1.95 - 3.25, cut
        "dtype",
    ),
    "x.sum of whole parts": (lambda t: t * (t * A).sum(1, int)[0], lambda t: t * -2.0, "dtype"),
    "x.sum, dtype=int": (lambda t: t * (t * A).sum(1, dtype=int)[0], lambda t: t * -2.0, "dtype"),
    "x.mean, dtype=int": (lambda t: t * (t * A).mean(1, dtype="i8")[0], lambda t: t * math.nan, "dtype"),
    "np.sum, out": (lambda t: t * np.sum(t * A, 1, None, OUT)[0] / OUT[0], lambda t: t, "out"),
    "x.sum, out": (lambda t: t * (t * A).sum(1, None, OUT)[0] / OUT[0], lambda t: t, "out"),
    "x.mean, out": (lambda t: t * (t * A).mean(1, out=OUT)[0] / OUT[0], lambda t: t, "out"),
    "x.sum, True for a type": (
        lambda t: t * (t * A).sum(1, True)[0],
        lambda t: t * math.nan,  # NumPy refuses it
        "dtype",
    ),
}
for _name, _f, _g in [
    ("x * m", lambda t: np.sum(t * W * MASKED), lambda t: t * 10),
    ("m * x", lambda t: np.sum(MASKED * (t * W)), lambda t: t * 10),
    ("t * m", lambda t: np.sum(t * MASKED), lambda t: t * 4),
    ("m * t", lambda t: np.sum(MASKED * t), lambda t: t * 4),
    ("m / t", lambda t: np.sum(MASKED / t), lambda t: 4 / t),
    ("t - m", lambda t: np.sum(t - MASKED), lambda t: 2 * t - 4),
    ("t ** m", lambda t: np.sum(t**MASKED), lambda t: t + t**3),
    ("x @ m", lambda t: (t * W) @ MASKED, lambda t: t * math.nan),
    ("m @ x", lambda t: MASKED @ (t * W), lambda t: t * math.nan),
    ("np.dot", lambda t: np.dot(t * W, MASKED), lambda t: t * 10),
    ("np.multiply", lambda t: np.sum(np.multiply(MASKED, t * W)), lambda t: t * 10),
    ("np.hypot", lambda t: np.sum(np.hypot(MASKED, t)), lambda t: np.hypot(t, 1.0) + np.hypot(t, 3.0)),
    ("np.maximum", lambda t: np.sum(np.maximum(t, MASKED)), lambda t: t + 3),
    ("masked", lambda t: t * np.ma.masked, lambda t: t * math.nan),
    ("masked on the left", lambda t: np.ma.masked + t, lambda t: t * math.nan),
    ("np.ma.sum", lambda t: np.ma.sum(t * MASKED), lambda t: t * 4),
    ("a branch", lambda t: np.sum(t * W * (t * W > MASKED)), lambda t: t * math.nan),
]:
    ONCE_WRONG[f"masked: {_name}"] = (_f, _g, "(?i:masked)|np.array")
for _name, _f, _g in [
    ("x * M", lambda t: norm((t * S) * MATRIX), lambda t: norm(t * (S @ S))),
    ("M * x", lambda t: norm(MATRIX * (t * S)), lambda t: norm(t * (S @ S))),
    ("t * M", lambda t: norm(t * MATRIX), lambda t: t * math.nan),
    ("M ** t", lambda t: norm(MATRIX**t), lambda t: t * math.nan),
    ("M + x", lambda t: norm(MATRIX + t * S), lambda t: t * math.nan),
    ("M @ x", lambda t: norm(MATRIX @ (t * S)), lambda t: norm(t * (S @ S))),
    ("np.dot", lambda t: norm(np.dot(MATRIX, t * S)), lambda t: norm(t * (S @ S))),
    ("np.multiply", lambda t: norm(np.multiply(MATRIX, t * S)), lambda t: norm(t * S * S)),
]:
    ONCE_WRONG[f"matrix: {_name}"] = (_f, _g, "matrix|exponent")


# These may work, or not yet, and then a sentence names them.
IF_NOT_REFUSED = {
    "round": (lambda t: t * t * round(t), lambda t: t * t, r"\bround\b.*derivative"),
    "round to digits": (lambda t: t * t * round(t, 1), lambda t: 1.3 * t * t, r"\bround\b.*derivative"),
    "int": (lambda t: t * t * int(t), lambda t: t * t, r"\bint\b.*derivative"),
    "math.floor": (lambda t: t * t * math.floor(t), lambda t: t * t, "math.*derivative"),
    "np.round": (lambda t: t * t * np.round(t, 1), lambda t: 1.3 * t * t, "round"),
    "np.floor": (lambda t: t * t * np.floor(t), lambda t: t * t, "floor"),
    "np.fmod": (lambda t: t * np.fmod(t, 1), lambda t: t * (t - 1), "fmod"),
    "np.sum, initial": (lambda t: t * np.sum(t * A, initial=3.0), lambda t: t * (t * 5 + 3), "initial"),
    "np.sum, where": (lambda t: t * np.sum(t * A, where=A > 0), lambda t: t * t * 7.5, "where"),
    "np.sin, out": (lambda t: t * np.sin(t, out=np.zeros(())), lambda t: t * math.nan, "sin.*out"),
    "np.sin, out by its place": (
        lambda t: norm(np.sin(t * W, np.zeros(3))),
        lambda t: norm(np.sin(t * W)),
        "sin.*out",
    ),
    "np.dot, out by its place": (
        lambda t: np.dot(t * W, W, np.zeros(())),
        lambda t: t * 14,
        "dot.*out",
    ),
    "np.bincount": (lambda t: t * np.bincount([0, 1, 1], t * W)[1], lambda t: t * t, "bincount"),
}


@pytest.mark.parametrize("name", ONCE_WRONG | IF_NOT_REFUSED)
def test_no_wrong_number_in_silence(name):
    OUT[:] = 1.0
    for mode in MODES:
        right_or_refused(mode, *(ONCE_WRONG | IF_NOT_REFUSED)[name])


@pytest.mark.parametrize("kind", ["masked", "matrix"])
@pytest.mark.parametrize(
    "call",
    [
        lambda a: derivative(lambda x: x * x)(a),
        lambda a: derivative(lambda x: a)(2.0),
        lambda a: grad(lambda x: np.sum(x * x))(a),
        lambda a: value_and_grad(lambda x, y: np.sum(x * y), (0, 1))(2.0, a),
        lambda a: grad(lambda x: np.sum(x * a))(np.ones(a.shape)),
        lambda a: Valder(a, 1.0),
        lambda a: Valder(np.ones(a.shape), a),
        lambda a: Valder(2.0, 1.0) * a,
        lambda a: Valder(2.0, np.ones(3)) * a,
        lambda a: forward_mode([ad.sin], a),
        lambda a: forward_mode([lambda v: a], 2.0),
        lambda a: forward_mode([ad.sin, lambda v: v * a], np.ones(a.shape)),
        lambda a: reverse_mode([ad.sin], a),
        lambda a: reverse_mode([ad.sin], a, checkpoints=1),
        lambda a: reverse_mode([ad.sin], np.ones(a.shape), a),
        lambda a: ad.sin(a),
    ],
)
def test_masked_arrays_and_matrices_are_refused(call, kind):
    with pytest.raises(TypeError, match=f"(?i:{kind})") as caught:
        call(MASKED if kind == "masked" else MATRIX)
    sentence(caught.value)


def test_a_derivative_is_a_link_and_not_the_function_that_it_is_of():
    for d in (derivative, grad):
        assert forward_mode([d(ad.sin)], 0.4).der == approx(-math.sin(0.4), rel=1e-15)
        assert reverse_mode([d(d(ad.sin)), np.exp], 0.4)[0].val == approx(math.exp(-math.sin(0.4)))
        assert reverse_mode([d(d(ad.sin))], 0.4, checkpoints=1)[1] == approx(-math.cos(0.4), rel=1e-15)


# Complex numbers, in forward mode, against mpmath

Z = np.array([-1.2 + 0.3j, 0.4 + 1.7j, 2.3 - 0.6j, -0.7 - 2.1j])
SAME_NAME = "sin cos tan asin acos sinh cosh tanh acosh atanh exp expm1 log log10 sqrt"
TRUE = {name: getattr(mp, name) for name in re.findall(r"\w+", SAME_NAME)}
TRUE |= {
    "log1p": lambda z: mp.log(1 + z),
    "log2": lambda z: mp.log(z) / mp.log(2),
    "square": lambda z: z * z,
    "1/z": lambda z: 1 / z,
    "z**2.5": lambda z: z**2.5,
    "z**3": lambda z: z**3,
    "2**z": lambda z: mp.mpf(2) ** z,
    "z**z": lambda z: z**z,
    "z/(z - 1)": lambda z: z / (z - 1),
}
OF_Z = {
    "1/z": lambda z: 1 / z,
    "z**2.5": lambda z: z**2.5,
    "z**3": lambda z: z**3,
    "2**z": lambda z: 2**z,
    "z**z": lambda z: z**z,
    "z/(z - 1)": lambda z: z / (z - 1),
}
REFUSED_AT_Z = {
    "atan": np.atan,
    "asinh": np.asinh,
    "cbrt": np.cbrt,
    "fabs": np.fabs,
    "abs": abs,
    "hypot": lambda z: np.hypot(z, 1.0),
    "maximum": lambda z: np.maximum(z, 1.0),
    "minimum": lambda z: np.minimum(1.0, z),
    "remainder": lambda z: z % 1.0,
    "floor_divide": lambda z: 1.0 // z,
}


def function_of_z(name):
    return OF_Z[name] if name in OF_Z else getattr(ad, name)


@pytest.mark.parametrize("name", TRUE)
def test_complex_arrays_are_right(name):
    f = function_of_z(name)
    with mpmath.workdps(40):
        value, slope, bend = (
            np.array([complex(mp.diff(TRUE[name], mp.mpc(z), n)) for z in Z]) for n in (0, 1, 2)
        )
    for want, got in [
        (slope, derivative(f)(Z)),
        (slope, [derivative(f)(complex(z)) for z in Z]),
        (value, f(Valder(Z, 2j)).val),
        (2j * slope, f(Valder(Z, 2j)).der),
        (slope, forward_mode([f], Z).der),
        (slope, reverse_mode([f], Z)[1]),
        (slope, reverse_mode([f, same], Z, checkpoints=1)[1]),
        (bend, derivative(derivative(f))(Z)),
        (bend, derivative(lambda z: reverse_mode([f], z)[1])(Z)),
        (bend, derivative(lambda z: forward_mode([f], z).der)(Z)),
    ]:
        assert got == approx(want, rel=1e-12)


def test_real_numbers_that_become_complex_on_the_way_are_right():
    x = np.array([-0.7, 0.4])
    for at in (x, 0.4, -0.7):
        assert derivative(lambda x: np.exp(2j * x))(at) == approx(2j * np.exp(2j * at), rel=1e-14)
        assert derivative(lambda x: np.log(x + 1j))(at) == approx(1 / (at + 1j), rel=1e-14)
        assert derivative(lambda x: np.sqrt(1j * x))(at) == approx(0.5j / np.sqrt(1j * at), rel=1e-14)


@pytest.mark.parametrize(
    "name", ["log", "log1p", "log2", "sqrt", "acosh", "atanh", "1/z", "z**0", "z**2"]
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_complex_number_at_a_pole_is_answered_as_an_array_is(name):
    f = {"z**0": lambda z: z**0, "z**2": lambda z: z**2}.get(name) or function_of_z(name)
    for z in (0j, 1 + 0j, -1 + 0j):
        for d in (derivative(f), lambda z: f(Valder(z, 1.0)).val):
            np.testing.assert_array_equal(d(z), d(np.array([z]))[0])


@pytest.mark.parametrize("kind", ["number", "array"])
@pytest.mark.parametrize("name", REFUSED_AT_Z)
def test_what_has_no_derivative_at_a_complex_number_says_so(name, kind):
    f, z = REFUSED_AT_Z[name], Z if kind == "array" else complex(Z[0])
    words = rf"{'fabs|abs' if 'abs' in name else name}.*complex"
    for call in [
        lambda: derivative(f)(z),
        lambda: f(Valder(z, 1.0)),
        lambda: forward_mode([f], z),
        lambda: reverse_mode([f], z),
        lambda: derivative(derivative(f))(z),
        lambda: grad(lambda t: np.sum(f(t * z)))(2.0),
        lambda: derivative(lambda t: f(t * z))(2.0),
    ]:
        with pytest.raises(TypeError, match=words) as caught:
            call()
        sentence(caught.value)
        assert "ufunc" not in str(caught.value)


# Clear errors: what, which, and with which words

OBJECTS = np.array([1, 2, 3], dtype=object)
REFUSED = {
    "an axis that a number has not": (lambda t: np.sum(t, axis=0), AxisError, "axis 0"),
    "the mean over such an axis": (lambda t: np.mean(t, axis=2), AxisError, "axis 2"),
    "an axis that is not there": (lambda t: np.sum(t * A, axis=2), AxisError, "axis 2"),
    "an axis twice": (lambda t: np.sum(t * A, axis=(0, 0)), ValueError, "axis"),
    "reshape to what does not fit": (
        lambda t: np.reshape(t * A, (4, 2)),
        ValueError,
        r"6 into shape \(4",
    ),
    "reshape by K": (lambda t: norm(np.reshape(t * A, (3, 2), "K")), ValueError, "order.*K"),
    "reshape by A": (lambda t: norm(np.reshape(t * A, (3, 2), "A")), ValueError, "order.*A"),
    "ravel by A": (lambda t: norm(np.ravel(t * A, "A")), TypeError, "ravel with these arguments"),
    "flatten by K": (lambda t: norm((t * A).flatten("K")), TypeError, "ravel with these arguments"),
    "reshape by Z": (lambda t: norm(np.reshape(t * A, (3, 2), order="Z")), ValueError, "order.*Z"),
    "reshape, an option of nobody": (lambda t: (t * A).reshape(6, ordr="C"), TypeError, "reshape.*ordr"),
    "sum, an option of nobody": (lambda t: (t * A).sum(axes=1), TypeError, "sum.*axes"),
    "mean, an option of nobody": (lambda t: (t * A).mean(axes=1), TypeError, "mean.*axes"),
    "sum, too much": (lambda t: (t * A).sum(1, None, None, True, 5, 6, 7), TypeError, "sum"),
    "broadcast_to what does not fit": (lambda t: np.broadcast_to(t * W, (2,)), ValueError, "broadcast"),
    "float": (lambda t: float(t), TypeError, r"\bfloat\b.*derivative"),
    "math.sin": (lambda t: math.sin(t), TypeError, "math.*derivative"),
    "a set": (lambda t: len({t}), TypeError, "unhashable"),
    "a key": (lambda t: {t: 1}, TypeError, "unhashable"),
    "objects": (lambda t: np.sum(t * W * OBJECTS), TypeError, "object"),
    "objects on the left": (lambda t: np.sum(OBJECTS * (t * W)), TypeError, "object"),
    "objects, a number": (lambda t: np.sum(t * OBJECTS), TypeError, "object"),
    "objects @": (lambda t: (t * W) @ OBJECTS, TypeError, "object"),
    "objects of this kind": (lambda t: np.sum(np.array([t, t], dtype=object)), TypeError, "np.array"),
    "a list of values": (lambda t: np.sum(np.array([t, t])), TypeError, "np.array"),
    "an array of words": (lambda t: t * np.array(["a", "b"]), TypeError, "multiply.*(str|word|text|U1)"),
    "a word": (lambda t: t * "2", TypeError, "multiply.*str"),
    "nothing": (lambda t: t + None, TypeError, "add.*NoneType"),
    "an entry of a number": (lambda t: t[0], (TypeError, IndexError), r"subscriptable|index"),
    "an assignment": (lambda t: (t * W).__setitem__(0, 1.0), TypeError, "can't be assigned to"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_in_one_sentence(name):
    f, error, words = REFUSED[name]
    for mode in MODES:
        refused(mode, f, words, error)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: grad(lambda x: np.sum(x))(OBJECTS), "object"),
        (lambda: derivative(lambda x: x * x)(OBJECTS), "object"),
        (lambda: Valder(OBJECTS, 1.0), "object"),
        (lambda: forward_mode([ad.sin], OBJECTS), "object"),
        (lambda: grad(lambda x: x)("2"), "argument 0 must be.*not str"),
        (lambda: grad(lambda x: x)(np.array("2")), "argument 0 must be"),
        (lambda: grad(lambda x: abs(1j * x))(2.0), "abs.*complex"),
    ],
)
def test_an_argument_is_refused_in_one_sentence(call, words):
    with pytest.raises(TypeError, match=words) as caught:
        call()
    sentence(caught.value)
    assert "not ndarray" not in str(caught.value)  # for an array is what it asks for


AS_WITH_ARRAYS = {
    "not, of a number": lambda x: np.where(~(x[0] > 0), x[1] ** 2, x[2] ** 3),
    "not, in an if": lambda x: x[0] if ~(np.mean(x) > 0) else x[1] ** 2,
    "not, as a factor": lambda x: sum(~(v > 0) * v**2 for v in x),
    "a mask in a list": lambda x: np.sum(x[[~(v > 0) for v in x]]),
    "a sum of truths": lambda x: ((x[0] > 0) + (x[1] > 0)) * np.sum(x**2),
    "equal and not equal": lambda x: ~(x[0] == 1.5) * x[1] + ~(x[0] != 1.5) * x[2],
}


@pytest.mark.parametrize("name", AS_WITH_ARRAYS)
def test_a_comparison_of_numbers_is_numpys(name):
    f, x, v = AS_WITH_ARRAYS[name], np.array([1.5, 2.0, -0.7]), np.array([1.0, 2.0, 3.0])
    slope = (f(x + 1e-6 * v) - f(x - 1e-6 * v)) / 2e-6
    slope = v[2] if name == "equal and not equal" else slope  # which has no meaning at a jump
    for value, along in (jvp(f, (x,), (v,)), (value_and_grad(f)(x)[0], grad(f)(x) @ v)):
        assert value == approx(f(x), rel=1e-14)
        assert along == approx(slope, rel=1e-6)


def test_a_list_as_index_may_be_changed_afterwards():
    def turning(x):
        at, s = [0, 1, 2], 0.0
        for k in range(3):
            s = s + (k + 1) * np.sum(x[at] ** 2 * np.arange(1, 4)) + np.sum((x * np.eye(3))[at, at])
            at[0], at[1], at[2] = at[1], at[2], at[0]
        return s

    x = np.array([1.5, 2.0, -0.7])
    assert grad(turning)(x) == approx(np.array([13, 13, 10]) * 2 * x + 3)


def test_conjugates_are_refused_and_not_forgotten():
    v = np.array([1j, 2, 1 + 1j])
    for f in (lambda x: np.vdot(v, x), lambda x: np.vdot(v * x, v * x), lambda x: np.correlate(x, v)):
        with pytest.raises(TypeError, match="has no derivative at a complex number"):
            jvp(f, (np.ones(3),), (np.ones(3),))


def test_what_vjp_is_given_stays_as_it_is():
    for f in (lambda x: x, lambda x: x.T, lambda x: np.reshape(x, 3)):
        w = np.ones(3)
        (x_bar,) = ad.vjp(f, np.ones(3))[1](w)
        x_bar *= 5
        assert w.tolist() == [1, 1, 1]


def test_the_value_alone_is_refused_too_at_a_complex_number():
    with pytest.raises(TypeError, match="fabs has no derivative at a complex number"):
        ad.fabs(1j)


@pytest.mark.parametrize("axis", [1, -2, (0,)])
@pytest.mark.parametrize("f", [np.sum, np.mean])
def test_an_axis_that_a_number_has_not_is_refused_as_by_numpy(f, axis):
    for call in (lambda: f(np.float64(3.0), axis=axis), lambda: grad(lambda x: f(x, axis=axis))(3.0)):
        with pytest.raises(AxisError):
            call()


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.ones(3), "cross mixes the entries of an array.* take grad, jacobian or jvp"),
        (np.ones(3) + 1j, "cross has no derivative at a complex number; give real numbers"),
    ],
)
def test_what_goes_by_entries_says_why_it_is_refused(x, words):
    with pytest.raises(TypeError, match=words):
        derivative(lambda x: np.cross(x, np.ones(3)))(x)
