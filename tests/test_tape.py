"""Reverse mode on a tape: published values, random graphs, arrays, nesting and errors."""

import copy
import math
import pickle
import tracemalloc

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, mutually_broadcastable_shapes
from numpy.exceptions import AxisError
from pytest import approx

import autodiff_tutorial as ad
from autodiff_tutorial import (
    Valder,
    check_grads,
    derivative,
    grad,
    operators,
    reverse_mode,
    sin,
    traced,
    value_and_grad,
)
from autodiff_tutorial.rules import linear_maps

# autograd says so where a value does not depend on an input
pytestmark = pytest.mark.filterwarnings("ignore:Output seems independent:UserWarning")


def serve(angle, speed, height):
    """Return how far a tennis serve goes (Neidinger 2010, section 4)."""
    r = angle * np.pi / 180
    vh = (speed * np.cos(r)) ** 2
    return (vh / 32) * (np.tan(r) + np.sqrt(np.tan(r) ** 2 + 64 * height / vh))


def test_published_gradients():
    assert value_and_grad(lambda x, y: x * y, (0, 1))(3.0, 5.0) == (15.0, (5.0, 3.0))
    value, slopes = value_and_grad(lambda x, y: np.sin(x * y), (0, 1))(3.0, 5.0)
    assert value == 0.6502878401571168
    assert slopes == approx((-3.79843956, -2.27906374), abs=5e-9)
    value, slopes = value_and_grad(serve, (0, 1, 2))(20.0, 44.0, 9.0)
    assert value == approx(56.04614183495665, rel=1e-15)
    assert slopes == approx((1.07170257, 1.95045586, 1.45956811), abs=5e-9)
    check_grads(serve, (20.0, 44.0, 9.0))
    assert grad(lambda x, y: x**2 * y + y + 2, (0, 1))(3.0, 4.0) == (24.0, 10.0)
    assert grad(lambda x, y: x**2 * y + y + 2, (0, 1))(-1.0, 2.0) == (-4.0, 2.0)
    assert grad(lambda x: np.exp(np.sin(np.sin(x))))(2.0) == approx(-0.56275203866271185, rel=4e-16)


def test_a_value_used_twice():
    def twice_doubled(a):
        b = a + a
        return b + b

    assert value_and_grad(twice_doubled)(1.0) == (4.0, 4.0)
    assert grad(lambda x: x * x * x)(3.0) == 27
    g = grad(lambda x, y: x * y + np.sin(x), (0, 1))
    assert g(0.5, 2.0) == g(0.5, 2.0) == approx((2 + math.cos(0.5), 0.5))


def test_doublings_take_a_step_each():
    def f(x):
        y = x
        for _ in range(20):
            y = y + y
        assert len(x.tape) == 1 + 2 * 20  # the input, and two edges for each addition
        return y

    assert grad(f)(1.0) == 2**20


def test_it_may_be_deep():
    def f(x):
        for _ in range(100_000):
            x = np.sin(x)
        return x

    assert grad(f)(1.0) == approx(reverse_mode([sin] * 100_000, 1.0)[1], rel=1e-12)


UNARY = ["sin", "cos", "tanh", "exp", "arctan", "square"]
BINARY = ["add", "subtract", "multiply", "maximum", "hypot"]
steps = st.one_of(
    st.tuples(st.sampled_from(UNARY), st.integers(0, 99)),
    st.tuples(st.sampled_from(BINARY), st.integers(0, 99), st.integers(0, 99)),
)


def graph(recipe, m):
    """Return the function that a list of steps describes: each takes any values before it."""

    def f(*xs):
        values = [0.3 * x + 0.1 for x in xs]
        for name, *places in recipe:
            picked = [values[place % len(values)] for place in places]
            y = m.tanh(picked[0]) if name == "exp" else picked[0]  # so that exp does not run away
            if name == "hypot":
                values.append(m.sqrt(1 + y**2 + picked[1] ** 2))
            elif name == "maximum":  # a kink may be hit, so a smooth one
                values.append(m.log(m.exp(m.tanh(y)) + m.exp(m.tanh(picked[1]))))
            else:
                values.append(0.7 * m.tanh(getattr(m, name)(y, *picked[1:])) + 0.1 * y)
        return values[-1] * values[0] + values[len(values) // 2]

    return f


@given(st.lists(steps, min_size=1, max_size=25), st.lists(st.floats(-2, 2), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_random_graphs(recipe, xs):
    f, peer = graph(recipe, np), graph(recipe, anp)
    places = tuple(range(len(xs)))
    value, slopes = value_and_grad(f, places)(*xs)
    assert value == approx(f(*xs), rel=1e-13)
    by_forward = f(*[Valder(x, unit) for x, unit in zip(xs, np.eye(len(xs)), strict=True)])
    assert slopes == approx(tuple(by_forward.der), rel=1e-11, abs=1e-12)
    by_autograd = [float(autograd.grad(peer, place)(*map(float, xs))) for place in places]
    assert slopes == approx(tuple(by_autograd), rel=1e-9, abs=1e-12)
    check_grads(f, tuple(xs), rtol=1e-5, atol=1e-6)


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), st.data())
@settings(max_examples=80, deadline=None)
def test_broadcasting(shapes, data):
    numbers = st.floats(0.5, 2)
    a, b = (data.draw(arrays(float, shape, elements=numbers)) for shape in shapes.input_shapes)
    for f in [
        lambda a, b, m: m.sum(a * b + a / b - b**a),
        lambda a, b, m: m.sum(m.sin(a - b) * b),
    ]:
        got = grad(lambda a, b: f(a, b, np), (0, 1))(a, b)  # noqa: B023
        for place, x in enumerate((a, b)):
            want = autograd.grad(lambda a, b: f(a, b, anp), place)(a, b)  # noqa: B023
            assert np.shape(got[place]) == x.shape
            np.testing.assert_allclose(got[place], want, rtol=1e-12, atol=1e-12)


A = np.linspace(-1.0, 1.3, 12).reshape(4, 3)
X = np.array([0.5, -1.5, 2.0])
WITH_ARRAYS = {
    "sum": lambda m, a, x: m.sum(a) * m.sum(x),
    "sum over an axis": lambda m, a, x: m.sum(m.sum(a, axis=0) ** 2 * x),
    "sum over the last axis": lambda m, a, x: m.sum(m.sum(a * x, axis=-1) ** 3),
    "sum over both, kept": lambda m, a, x: m.sum(a / (5 + m.sum(a, axis=(0, 1), keepdims=True))),
    "sum, axis kept": lambda m, a, x: m.sum(a / (9 + m.sum(a, axis=1, keepdims=True))),
    "method sum": lambda m, a, x: (a * x).sum(axis=0).sum() + x.sum(),
    "mean": lambda m, a, x: m.mean(m.sin(a) * x) + m.mean(a**2, axis=1)[0] + x.mean(),
    "matrix @ vector": lambda m, a, x: m.sum((a @ x) ** 2),
    "vector @ matrix": lambda m, a, x: m.sum(m.sin(x @ a.T)),
    "matrix @ matrix": lambda m, a, x: m.sum((a.T @ a) ** 2 * x),
    "vector @ vector": lambda m, a, x: (x @ x) ** 2,
    "constant @": lambda m, a, x: m.sum(A @ x) * m.sum(A.T @ a) + m.sum(a @ A.T) + X @ x,
    "dot": lambda m, a, x: m.dot(x, x) * m.dot(a, x)[1] + m.sum(m.dot(2.0, x)),
    "dot, many axes": lambda m, a, x: m.sum(m.dot(a, m.reshape(m.exp(a), (2, 3, 2))) ** 2) + x[0],
    "dot, a number": lambda m, a, x: m.sum(m.dot(x[0], a[None]) * m.dot(a[None], x[1])),
    "quadratic form": lambda m, a, x: x @ a.T @ a @ x,
    "an entry and all other axes": lambda m, a, x: x[..., 0] * a[..., 1, 2] ** 2,
    "an entry": lambda m, a, x: x[0] * x[-1] + a[1, 2] ** 3,
    "a slice": lambda m, a, x: m.sum(a[1:, ::2] ** 2) + m.sum(x[::-1] * x),
    "a row": lambda m, a, x: m.sum(a[2] * x),
    "repeated places": lambda m, a, x: m.sum(x[np.array([0, 0, 2])] ** 2 * x),
    "a mask": lambda m, a, x: m.sum(x[X > 0] ** 3) + m.sum(a[A > 0] ** 2),
    "a new axis": lambda m, a, x: m.sum(x[:, None] * x) + m.sum(a[..., None] ** 2),
    "transpose": lambda m, a, x: m.sum(m.transpose(a)[0] ** 2) + m.sum(a.T[1:] ** 3),
    "axes": lambda m, a, x: m.sum(m.transpose(a.reshape(2, 2, 3), (1, 2, 0))[1] ** 2 * np.arange(2)),
    "reshape": lambda m, a, x: m.sum(a.reshape(3, 4)[0] ** 2) + m.sum(m.reshape(a, (2, -1))[1] ** 3),
    "unpacked": lambda m, a, x: (lambda p, q, r: p * q - q / r)(*x) + sum(x),
    "least squares": lambda m, a, x: m.sum((a @ x - np.arange(4.0)) ** 2) / 4 + 0.1 * m.dot(x, x),
    "logistic regression": lambda m, a, x: m.mean(m.log(1 + m.exp(-np.sign(X[0]) * (A @ x + 0.5)))),
    "shapes": lambda m, a, x: m.sum(a * x) / (len(x) * a.shape[0] * m.size(a) * m.ndim(a)),
}


@pytest.mark.parametrize("name", WITH_ARRAYS)
def test_array_functions(name):
    f, args = WITH_ARRAYS[name], (A, X)
    ours, peer = (lambda *args: f(np, *args)), (lambda *args: f(anp, *args))
    value, slopes = value_and_grad(ours, (0, 1))(*args)
    assert value == approx(f(np, *args))
    for place, x in enumerate(args):
        np.testing.assert_allclose(
            slopes[place], autograd.grad(peer, place)(*args), rtol=1e-12, atol=1e-12
        )
        assert slopes[place].shape == x.shape
        slopes[place][...] = 0  # it can be written to, and is nobody else's
    assert f(np, *args) == approx(value)
    # forward mode, in one direction
    directions = [np.cos(np.arange(float(x.size))).reshape(x.shape) for x in args]
    tangent = ours(*map(Valder, args, directions)).der
    assert tangent == approx(sum(map(np.vdot, grad(ours, (0, 1))(*args), directions)), rel=1e-12)
    check_grads(ours, args)


def test_the_array_functions_use_every_rule_of_the_table(monkeypatch):
    used, apply = set(), traced.apply

    def note(rule, *args, **how):
        used.add(rule.name)
        return apply(rule, *args, **how)

    monkeypatch.setattr(traced, "apply", note)
    monkeypatch.setattr(operators, "apply", note)
    for f in WITH_ARRAYS.values():
        x_bar = grad(lambda x: f(np, A * x[0], x))  # noqa: B023
        derivative(lambda t: x_bar(X + t))(0.0)  # noqa: B023
    assert used >= set(linear_maps()) | {"@"}


@pytest.mark.parametrize("name", WITH_ARRAYS)
def test_hessian_vector_products(name):
    f, v = WITH_ARRAYS[name], np.array([0.2, -0.7, 1.1])
    ours, peer = (lambda x: f(np, A * x, x)), (lambda x: f(anp, A * x, x))
    want = autograd.grad(lambda x: anp.dot(autograd.grad(peer)(x), v))(X)
    forward_over_reverse = derivative(lambda t: grad(ours)(X + t * v))(0.0)
    reverse_over_reverse = grad(lambda x: grad(ours)(x) @ v)(X)
    reverse_over_forward = grad(lambda x: ours(Valder(x, v)).der)(X)
    for got in (forward_over_reverse, reverse_over_reverse, reverse_over_forward):
        np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-11)


CUBE = lambda x: x**3  # noqa: E731
NESTED = {
    "second": (lambda x: grad(grad(CUBE))(x), 12.0),
    "third": (lambda x: grad(grad(grad(CUBE)))(x), 6.0),
    "forward over reverse": (lambda x: derivative(grad(CUBE))(x), 12.0),
    "reverse over forward": (lambda x: grad(derivative(CUBE))(x), 12.0),
    "three, mixed": (lambda x: derivative(grad(derivative(CUBE)))(x), 6.0),
    "confusion, reverse in reverse": (grad(lambda x: x * grad(lambda y: x + y)(1.0)), 1.0),
    "confusion, forward in reverse": (grad(lambda x: x * derivative(lambda y: x + y)(1.0)), 1.0),
    "confusion, reverse in forward": (derivative(lambda x: x * grad(lambda y: x + y)(1.0)), 1.0),
    "an outer variable handed back": (grad(lambda x: x * x + x * grad(lambda y: x)(1.0)), 4.0),
    "both used within": (grad(lambda x: grad(lambda y: x * x * y * y)(3.0)), 24.0),
    "a Valder by hand": (grad(lambda x: (Valder(3.0, 1.0) * x).der), 1.0),
    "a Valder by hand, of x": (grad(lambda x: (Valder(x, 1.0) ** 3).der), 12.0),
    "a chain, backwards": (grad(lambda x: reverse_mode([np.square, CUBE], x)[1]), 6 * 5 * 2**4),
    "a chain, forwards": (grad(lambda x: ad.forward_mode([np.square, CUBE], x).der), 6 * 5 * 2**4),
    "a chain at a Valder": (grad(lambda x: ad.forward_mode([np.square], Valder(x, 5.0)).der), 10.0),
    "a chain at a constant": (
        grad(lambda x: x * ad.forward_mode([np.square], Valder(2.0, 5.0)).der),
        20.0,
    ),
    "the value of a chain": (grad(lambda x: reverse_mode([np.square, CUBE], x)[0].val), 6 * 2**5),
    "of an array": (
        lambda x: grad(lambda u: np.sum(grad(lambda w: np.sum(w**3))(u)))(np.full(2, x))[1],
        12.0,
    ),
}


@pytest.mark.parametrize("name", NESTED)
def test_nesting(name):
    f, slope = NESTED[name]
    assert f(2.0) == approx(slope, rel=1e-14)


def test_what_the_value_does_not_depend_on():
    assert grad(lambda x, y: 2 * x, (0, 1))(1.0, 3.0) == (2.0, 0.0)
    zero = grad(lambda x, y: np.sum(x), 1)(np.ones(3), np.ones((2, 2)))
    assert zero.shape == (2, 2) and not zero.any()
    assert grad(lambda x: 3.0)(2.0) == 0
    assert value_and_grad(lambda x: 3)(np.ones(2))[1].tolist() == [0, 0]

    def unused_root(x):
        np.sqrt(x)  # of infinite slope, but without part in the value
        return 2 * x

    with np.errstate(all="ignore"):
        assert grad(unused_root)(0.0) == 2


def test_an_empty_part_has_no_slope():
    assert grad(lambda x: np.sum(x[:0]) + np.sum(x[x > 9.0]) + 2 * x[0])(X).tolist() == [2, 0, 0]
    assert grad(lambda x: np.sum(np.bincount(X[:0].astype(int), x[:0])) + x[1])(X).tolist() == [0, 1, 0]


def test_arguments():
    f = lambda x, n, *, scale: scale * x**n  # noqa: E731
    assert grad(f)(3, 2, scale=10.0) == 60  # whole numbers are numbers
    assert grad(f, (0,))(3.0, 2, scale=1) == (6.0,)
    assert grad(f, np.int64(0))(3.0, 2, scale=1) == 6
    assert grad(lambda x: np.sum(x[0] * x[1]))([[1, 2], [3, 4]]).tolist() == [[3, 4], [1, 2]]
    assert grad(lambda data, w: len(data["names"]) * w, 1)({"names": ["a", "b"]}, 1.5) == 2
    assert repr(value_and_grad(lambda x: 2 * print_node(x))(1.0)) == "(2.0, 2.0)"


def test_lists_are_arrays():
    for f in (lambda x: np.dot(x, [1, 2, 3]), lambda x: np.dot([1, 2, 3], x), lambda x: x @ [1, 2, 3]):
        value, slope = value_and_grad(f)(X)
        assert value == X @ [1, 2, 3] and slope.tolist() == [1, 2, 3]


def test_numbers_come_out_as_numbers():
    assert grad(grad(lambda x: np.transpose(x) ** 3))(2.0) == 12
    for x in (3.0, np.float64(3.0)):
        assert np.shape(grad(lambda x: np.transpose(x) * np.broadcast_to(x, ()))(x)) == ()
    with pytest.raises(TypeError, match="not subscriptable"):
        grad(lambda x: np.sum(x[None] ** 2))(np.float64(3.0))
    assert isinstance(derivative(np.transpose)(2.0), float)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_means_of_nothing_are_those_of_numpy():
    empty = np.zeros((0, 3))
    assert np.mean(Valder(empty, 1.0), axis=1).val.shape == (0,)
    assert np.isnan(np.mean(Valder(empty, 1.0), axis=0).val).all()


def test_a_copy_of_a_node_is_the_node():
    assert grad(lambda x: copy.deepcopy(x) * copy.copy(x))(3.0) == 6


def test_axes_may_be_counted_from_the_end():
    cube, weights = A.reshape(2, 2, 3), np.arange(12.0).reshape(2, 3, 2)
    turned = grad(lambda x: np.sum(weights * np.transpose(x, (1, -1, 0))))(cube)
    assert turned.tolist() == np.transpose(weights, (2, 0, 1)).tolist()  # the way back


def print_node(x):
    assert repr(x) == "Node(val=1.0)"
    return x


def test_branches_look_at_the_value():
    assert grad(lambda x: x * x if x > 1 else -x)(3.0) == 6
    assert grad(lambda x: x * x if x > 1 else -x)(0.5) == -1
    with np.errstate(all="ignore"):
        assert math.isinf(grad(np.sqrt)(0.0)) and math.isnan(grad(np.log)(-1.0))


def test_a_whole_number_is_a_float_to_grad():
    assert type(value_and_grad(lambda x: x)(3)[0]) is float
    assert value_and_grad(lambda x: np.einsum(",->", x, x))(2**40)[0] == 2.0**80


def test_the_tape_is_freed_while_it_is_read():
    x, sines = np.linspace(0, 1, 100_000), 50

    def f(x):
        for _ in range(sines):
            x = np.sin(x)
        return np.sum(x)

    tracemalloc.start()
    grad(f)(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (sines + 10) * x.nbytes  # one local derivative for each sine, and few others

    xs = [x[:10_000] + k for k in range(100)]
    each = grad(lambda *xs: sum(np.sum(np.sin(x)) for x in xs), tuple(range(100)))
    tracemalloc.start()
    each(*xs)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150 * xs[0].nbytes  # a local derivative gives way to the gradient that it brings


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: grad(3), TypeError, "takes a function, not 3"),
        (lambda: grad(lambda x: x)(np.ones(3)), TypeError, r"one real number.*shape \(3,\).*jacobian"),
        (lambda: grad(lambda x: (x, x))(1.0), TypeError, r"np.stack\(\[a, b\]\)"),
        (lambda: grad(lambda x: np.array([1j]) * x)(1.0), TypeError, "one real number, not complex128"),
        (lambda: grad(lambda x: None)(1.0), TypeError, "what f returns must be a number.*not NoneType"),
        (lambda: grad(lambda x: 1j * x)(1.0), TypeError, "one real number, not complex128"),
        (
            lambda: grad(lambda x: Valder(x, 1.0))(1.0),
            TypeError,
            "Valder with a derivative of its own",
        ),
        (lambda: grad(sin)("1"), TypeError, "argument 0 must be a number.*not str"),
        (lambda: grad(sin)(1j), TypeError, "argument 0 must be real"),
        (lambda: grad(sin, 1)(1.0), ValueError, "argnums must name some of the 1 arguments"),
        (lambda: grad(sin, (0, 0))(1.0), ValueError, "argnums must name"),
        (lambda: grad(sin, -1)(1.0), ValueError, "argnums must name"),
        (lambda: grad(math.sin)(1.0), TypeError, "drop the derivative of a value that grad follows"),
        (
            lambda: grad(lambda x: np.sum(np.array([x, x])))(1.0),
            TypeError,
            r"value that grad follows,.*np.stack\(\[a, b\]\)",
        ),
        (lambda: grad(lambda x: x.__setitem__(0, 1.0))(np.ones(2)), TypeError, "can't be assigned to"),
        (lambda: grad(np.i0)(1.0), TypeError, "i0 has no rule for a value that grad follows"),
        (lambda: grad(lambda x: x @ X)(np.ones(2)), ValueError, "size 3 is different from 2"),
        (lambda: grad(lambda x: x @ 2.0)(np.ones(2)), ValueError, "does not have enough dimensions"),
        (lambda: grad(lambda x: x[0])(1.0), TypeError, "not subscriptable"),
        (lambda: grad(lambda x: x[3])(np.ones(2)), IndexError, "out of bounds"),
        (lambda: derivative(lambda x: x / np.sum(x))(X), TypeError, "sum mixes the entries"),
        (lambda: derivative(lambda x: A @ x)(X), TypeError, "mixes the entries"),
        (lambda: derivative(lambda x: x @ A)(A.T), TypeError, "@ mixes the entries"),
        (lambda: derivative(lambda x: x @ x)(np.eye(2)), TypeError, "@ mixes the entries"),
        (lambda: derivative(lambda x: A @ x)(A.T), TypeError, "@ mixes the entries"),
        (lambda: reverse_mode([lambda v: A @ v], A.T), TypeError, "@ mixes the entries"),
        (lambda: grad(lambda x: np.sum(np.transpose(x, (3, 4))))(A), AxisError, "out of bounds"),
        (lambda: grad(pickle.dumps)(1.0), TypeError, "can't be pickled"),
        (lambda: grad(lambda x: np.sum(x, dtype=float))(X), TypeError, "sum with dtype has no rule"),
        (lambda: derivative(lambda x: x[::-1])(X), TypeError, "mixes the entries"),
        (lambda: reverse_mode([np.square, np.sum], X), TypeError, "mixes the entries"),
        (lambda: Valder(2.0, [1.0, 0.0]) * np.ones(2), ValueError, "can't become an array"),
    ],
)
def test_errors_speak(call, error, words):
    with pytest.raises(error, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_an_exponent_that_is_0_is_no_constant():
    for a in (2.0, 0.5):
        assert grad(lambda b, a=a: grad(lambda x: x**b)(a))(0.0) == approx(1 / a)
        assert grad(lambda x: grad(lambda b: x**b)(0.0))(a) == approx(1 / a)


def test_dot_with_a_stack():
    rng = np.random.default_rng(4)
    stack = rng.normal(size=(2, 3, 4))
    for shape in [(3,), (5, 3), (2, 5, 3)]:
        x = rng.normal(size=shape)
        w = rng.normal(size=np.dot(x, stack).shape)
        ours = grad(lambda x, y, w=w: np.sum(w * np.dot(x, y)), (0, 1))(x, stack)
        theirs = [
            autograd.grad(lambda x, y, w=w: anp.sum(w * anp.dot(x, y)), k)(x, stack) for k in (0, 1)
        ]
        for got, want in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-12)


def test_an_array_of_one_entry_is_one_number():
    assert grad(lambda x: x * np.ones(1))(2.0) == 1
    assert grad(lambda x: np.sum(x, keepdims=True))(np.ones(3)).tolist() == [1, 1, 1]


def test_the_slope_by_a_number_that_became_an_array_is_a_number():
    for f in (lambda x: np.sum(x * np.ones(3)), lambda x: np.sum(np.broadcast_to(x, (3,)))):
        assert type(grad(f)(2.0)) is float and grad(f)(2.0) == 3
