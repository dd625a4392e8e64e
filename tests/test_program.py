"""Programs that are written down: what they say, where they run, what is refused, and their numbers."""

import copy
import enum
import functools
import inspect
import json
import math
import pickle
import re
import subprocess
import sys
import textwrap
import time
import tracemalloc

import numpy as np
import pytest
import scipy.special

import autodiff_tutorial as ad
from autodiff_tutorial import (
    Valder,
    derivative,
    forward_mode,
    grad,
    hessian,
    jacobian,
    reverse_mode,
    trace,
    value_and_grad,
)
from autodiff_tutorial.operators import CARRIED, PRIMITIVES
from autodiff_tutorial.rules import NUMBERS

V, W = np.array([0.3, 1.7]), np.array([0.3, 1.7, -0.4])
A = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])


def sines(x):
    return np.exp(np.sin(np.sin(x)))


def heron(a):
    x = a
    for _ in range(3):
        x = (x + a / x) / 2
    return x


def rosenbrock(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def squares(w):
    r = A @ w - 1.0
    return np.sum(r * r)


# --- what is written

WRITTEN = {
    "value": (
        sines,
        (2.0,),
        """
        import math


        def sines(x):
            a = math.sin(x)
            b = math.sin(a)
            c = math.exp(b)
            return c
        """,
    ),
    "slope, backwards": (
        grad(sines),
        (2.0,),
        """
        import math


        def sines(x):
            a = math.sin(x)
            b = math.cos(x)
            c = math.sin(a)
            d = math.cos(a)
            e = math.exp(c)
            f = d * e
            g = b * f
            return g
        """,
    ),
    "slope, forwards, over an array": (
        derivative(sines),
        (V,),
        """
        import numpy as np


        def sines(x):
            a = np.sin(x)
            b = np.cos(x)
            c = np.sin(a)
            d = np.cos(a)
            e = d * b
            f = np.exp(c)
            g = f * e
            return g
        """,
    ),
    "gradient by two numbers": (
        value_and_grad(lambda x, y: x * np.sin(x * y), (0, 1)),
        (2.0, 3.0),
        """
        import math


        def f(x, y):
            a = x * y
            b = math.sin(a)
            c = math.cos(a)
            d = x * b
            e = c * x
            g = x * e
            h = y * e
            i = b + h
            return (d, (i, g))
        """,
    ),
    "1 / x": (
        derivative(lambda x: 1 / x),
        (2.0,),
        """
        def f(x):
            a = 1 / x
            b = -a
            c = b / x
            return c
        """,
    ),
    "log": (
        grad(lambda x: np.log(x)),
        (2.0,),
        """
        def f(x):
            a = 1 / x
            return a
        """,
    ),
    "log over an array": (
        derivative(lambda x: np.log(x)),
        (V,),
        """
        def f(x):
            a = 1 / x
            return a
        """,
    ),
    "sqrt": (
        value_and_grad(lambda x: np.sqrt(x)),
        (2.0,),
        """
        import math


        def f(x):
            a = math.sqrt(x)
            b = 0.5 / a
            return (a, b)
        """,
    ),
    "x**2": (
        derivative(lambda x: x**2),
        (2.0,),
        """
        def f(x):
            a = 2 * x
            return a
        """,
    ),
    "x**2, twice": (
        derivative(derivative(lambda x: x**2)),
        (2.0,),
        """
        def f(x):
            return 2.0
        """,
    ),
    "x**2.5": (
        grad(lambda x: x**2.5),
        (2.0,),
        """
        import math


        def f(x):
            a = math.pow(x, 1.5)
            b = 2.5 * a
            return b
        """,
    ),
    "Heron's loop": (
        derivative(heron),
        (2.0,),
        """
        def heron(a):
            b = a / a
            c = 1 / a
            d = -b
            e = d / a
            f = c + e
            g = a + b
            h = 1 + f
            i = g / 2
            j = 0.5 * h
            k = a / i
            m = 1 / i
            n = -k
            o = n / i
            p = o * j
            q = m + p
            r = i + k
            s = j + q
            t = r / 2
            u = 0.5 * s
            v = a / t
            w = 1 / t
            x = -v
            y = x / t
            z = y * u
            a1 = w + z
            b1 = u + a1
            c1 = 0.5 * b1
            return c1
        """,
    ),
    "Rosenbrock's gradient": (
        grad(rosenbrock),
        (V,),
        """
        import numpy as np


        def rosenbrock(x):
            a = x[0]
            b = 1 - a
            c = 2 * b
            d = x[1]
            e = a ** 2
            f = 2 * a
            g = d - e
            h = 2 * g
            i = h * 100
            j = -i
            k = f * j
            m = k - c
            n = np.array([m, i])
            return n
        """,
    ),
    "least squares": (
        grad(squares),
        (V,),
        """
        import numpy as np


        A = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])


        def squares(w):
            a = A @ w
            b = a - 1
            c = b + b
            d = A.T @ c
            return d
        """,
    ),
    "least squares, the matrix an argument": (
        grad(lambda w, A: np.sum((A @ w) ** 2)),
        (V, A),
        """
        def f(w, A):
            a = A @ w
            b = 2 * a
            c = A.T
            d = c @ b
            return d
        """,
    ),
    "a chain, back": (
        lambda x: reverse_mode([ad.sin, ad.sin, ad.exp], x)[1],
        (2.0,),
        """
        import math


        def f(x):
            a = math.sin(x)
            b = math.cos(x)
            c = math.sin(a)
            d = math.cos(a)
            e = math.exp(c)
            g = e * d
            h = g * b
            return h
        """,
    ),
    "a step of Newton's method": (
        lambda x: x - np.cos(x) / derivative(np.cos)(x),
        (1.0,),
        """
        import math


        def f(x):
            a = math.cos(x)
            b = math.sin(x)
            c = -b
            d = a / c
            e = x - d
            return e
        """,
    ),
    "a choice of numbers": (
        lambda x: np.where(x > 0, x, -x),
        (2.0,),
        """
        def f(x):
            a = x > 0
            b = -x
            c = x if a else b
            return c
        """,
    ),
    "0 * x stays": (
        lambda x: 0 * x + 0 * (x - x),
        (2.0,),
        """
        def f(x):
            a = 0 * x
            b = x - x
            c = 0 * b
            d = a + c
            return d
        """,
    ),
    "nothing to calculate": (
        lambda x, y: 1.0 * (y + 0.0 - 0.0) / 1.0 * x**0 + (x * 0.0) * 0 * 0 * 1,
        (2.0, 3.0),
        """
        def f(x, y):
            a = x * 0
            b = a * 0
            c = b * 0
            d = y + c
            return d
        """,
    ),
    "what no result needs": (
        lambda x: (np.sin(x), np.cos(x))[1],
        (2.0,),
        """
        import math


        def f(x):
            a = math.cos(x)
            return a
        """,
    ),
    "numbers that have no literal": (
        lambda x: x * np.inf + np.where(x > np.array([0.0, -np.inf]), x, np.nan),
        (V,),
        """
        import math
        import numpy as np


        A = np.array([0.0, -math.inf])


        def f(x):
            a = x * math.inf
            b = x > A
            c = np.where(b, x, math.nan)
            d = a + c
            return d
        """,
    ),
    "minus": (
        lambda x, y: (-2.0) * x + (-y) + (-3) ** x - (-0.0),
        (2.0, 3.0),
        """
        import math


        def f(x, y):
            a = (-2) * x
            b = a - y
            c = math.pow(-3, x)
            d = b + c
            return d
        """,
    ),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_the_lines_are_those_of_a_careful_person(case):
    f, xs, source = WRITTEN[case]
    program = trace(f, *xs)
    assert program.source == textwrap.dedent(source).lstrip("\n")
    assert repr(program) == program.source
    assert program._repr_markdown_() == f"```python\n{program.source}```"
    np.testing.assert_allclose(flat(program(*xs)), flat(f(*xs)), rtol=1e-15)


EMPTY = """
import json, sys
sys.modules["autodiff_tutorial"] = None  # not to be imported
import numpy as np
def flat(y):
    return [z for part in y for z in flat(part)] if isinstance(y, tuple) else np.ravel(y).tolist()
for source, xs in json.load(sys.stdin):
    names = {}
    exec(source, names)
    f = [*names.values()][-1]
    print(json.dumps(flat(f(*[np.array(x) if isinstance(x, list) else x for x in xs]))))
"""


def test_a_source_works_in_an_empty_file():
    cases = [
        (trace(f, *xs).source, [np.asarray(x).tolist() for x in xs]) for f, xs, _ in WRITTEN.values()
    ]
    run = subprocess.run(
        [sys.executable, "-I", "-c", EMPTY], input=json.dumps(cases), capture_output=True, text=True
    )
    assert not run.stderr, run.stderr
    got = [*map(json.loads, run.stdout.splitlines())]
    for (case, (f, xs, _)), y in zip(WRITTEN.items(), got, strict=True):
        np.testing.assert_allclose(y, flat(f(*xs)), rtol=1e-15, err_msg=case)


def flat(y):
    """Return numbers, arrays, and tuples and lists of them as one row."""
    return np.concatenate([*map(flat, y)]) if isinstance(y, (tuple, list)) else np.ravel(y).astype(float)


def test_names_do_not_collide():
    def a(np, b, math):  # names that a program needs
        return numpy.exp(b) * np + numpy.array([1.0, 2.0]) @ math

    numpy = globals()["np"]
    program = trace(a, 2.0, 3.0, V)
    assert "def a(x1, x2, x3)" in program.source
    np.testing.assert_allclose(program(2.0, 3.0, V), a(2.0, 3.0, V), rtol=1e-15)

    def c(a, A, b1, B):
        for _ in range(60):
            a = np.sin(a) + A @ np.array([1.0, b1 * 0 + 2.0][:1] * 2) * b1 + B
        return a

    program = trace(c, 0.1, V, 0.3, 0.4)
    names = re.findall(r"^ *(\w+) =", program.source, re.M)
    assert len(set(names)) == len(names) > 100
    assert not {"a", "A", "b1", "B", "c", "l", "O", "I"} & set(names)
    assert program(0.1, V, 0.3, 0.4) == c(0.1, V, 0.3, 0.4)


@pytest.mark.parametrize(
    "f, head",
    [
        (lambda *xs: xs[0] * xs[1], "f(x1, x2)"),
        (lambda x, y=2.0, *, z=3.0: x * y * z, "f(x, y)"),
        (np.hypot, "hypot(x1, x2)"),
        (ad.fabs and (lambda w, /, b: w * b), "f(w, b)"),
        (functools.partial(lambda a, x, y: a * x * y, 2.0), "f(x, y)"),
    ],
)
def test_parameters_keep_their_names(f, head):
    program = trace(f, 2.0, 3.0)
    assert f"def {head}:" in program.source
    assert program(2.0, 3.0) == f(2.0, 3.0)


# --- what a program is called with


def test_a_program_takes_numbers_and_arrays():
    program = trace(squares, V)
    assert program([1, 2]) == program(np.array([1, 2])) == squares(np.array([1.0, 2.0]))
    doubled = trace(lambda x: 2 * x, V)
    np.testing.assert_array_equal(doubled([1, 2]), [2.0, 4.0])  # not the list, twice
    power = trace(lambda x: x**20, V)
    np.testing.assert_array_equal(power(np.array([10, 3])), [1e20, 3.0**20])  # of ints would overflow
    number = trace(lambda x: 2 * x**-1, 4)  # an int is an example as good as another
    assert number(4) == number(np.float64(4)) == number(np.array(4)) == 0.5
    assert trace(lambda: np.float64(3.0))() == 3.0


def test_other_shapes_are_refused():
    program = trace(grad(squares), V)
    written = r"^squares was written for w of shape \(2,\), not "
    for x, given in [(np.ones(3), r"\(3,\)"), (1.0, r"\(\)"), ([[1.0, 2.0]], r"\(1, 2\)")]:
        with pytest.raises(ValueError, match=written + given + r"; trace anew\.$"):
            program(x)
    with pytest.raises(ValueError, match=r"^f was written for y of shape \(2,\), not \(1,\)"):
        trace(lambda a, y: a * y, 1.0, V)(1.0, [2.0])
    for x in ([1.0, 2.0], V, "ab"):
        with pytest.raises((TypeError, ValueError), match=r"of shape \(\)|must be a number"):
            trace(lambda x: 2 * x, 1.0)(x)


def test_a_program_looks_at_its_arguments_and_is_called_like_a_function():
    program = trace(lambda x, y: x @ y, V, V)
    assert program([1, 2], np.float32([3, 4])) == program(y=[3, 4], x=(1, 2)) == 11.0
    assert str(inspect.signature(program)) == "(x, y)"
    assert copy.copy(program).source == copy.deepcopy(program).source == program.source
    number = trace(lambda x: x / 2, 4.0)
    for x in (3, np.int8(3), np.array(3), np.float32(3.0)):
        assert number(x) == 1.5
        assert type(number(x)) is float


def test_as_many_arguments_as_f():
    program = trace(lambda x, y: x * y, 1.0, V)
    for xs in [(1.0,), (1.0, V, V), ()]:
        with pytest.raises(TypeError, match=r"f\(\) (missing|takes 2)"):
            program(*xs)
    for xs in [(), (1.0, 2.0)]:
        with pytest.raises(TypeError, match="argument"):
            trace(lambda x: x, *xs)


def test_a_result_can_be_written_to():
    known = derivative(lambda x: 2 * x)
    for f in (
        known,
        grad(np.sum),
        grad(lambda x: np.sum(x) ** 2),
        grad(lambda x: np.sum(x.sum(1) ** 2)),
    ):
        x = np.arange(6.0).reshape(2, 3)
        program, want = trace(f, x), f(x)
        program(x)[:] = 7.0
        np.testing.assert_array_equal(program(x), want)


def test_every_array_that_it_returns_is_one_of_its_own():
    known = np.array([1.0, 2.0])
    parts = lambda y: y if isinstance(y, (list, tuple)) else [y]  # noqa: E731
    for f in (
        grad(lambda x, w: np.sum((x + w) ** 2), (0, 1)),  # two equal gradients
        grad(lambda x, w: np.sum(x * w), (0, 1)),  # each is the other argument
        grad(lambda x, w: np.sum(np.reshape(x, (2, 1)) * np.stack([w, w]).T)),
        lambda x, w: (x * 2, x * 2, x * 2),
        lambda x, w: [x, x + 0.0, x[:1], np.transpose(w), np.reshape(x, (1, 2))],
        lambda x, w: np.broadcast_arrays(x, known)[1],
    ):
        x, w = np.array([3.0, 4.0]), np.array([5.0, 6.0])
        program, want = trace(f, x, w), parts(f(x, w))
        got = parts(program(x, w))
        for y in got:
            y *= 0.5
        assert (x.tolist(), w.tolist()) == ([3.0, 4.0], [5.0, 6.0])
        for y, again, true in zip(got, parts(program(x, w)), want, strict=True):
            np.testing.assert_array_equal(2 * y, true)
            np.testing.assert_array_equal(again, true)


def test_an_array_that_is_known_is_kept_as_it_was():
    a = np.array([1.0, 2.0])
    program = trace(lambda x: x * a, V)
    a[:] = 0.0
    np.testing.assert_array_equal(program(V), V * [1.0, 2.0])
    assert len(trace(lambda x: x + np.full(100_000, 2.5), np.ones(100_000)).source) < 200


# --- what f may be

CHAIN = [ad.sin, ad.square, ad.exp]
MADE = {
    "f": (sines, 0.7),
    "grad": (grad(sines), 0.7),
    "derivative": (derivative(sines), 0.7),
    "value_and_grad": (value_and_grad(rosenbrock), V),
    "derivative of derivative": (derivative(derivative(sines)), 0.7),
    "grad of grad": (grad(grad(sines)), 0.7),
    "grad of derivative": (grad(derivative(sines)), 0.7),
    "derivative of grad": (derivative(grad(sines)), 0.7),
    "third": (derivative(derivative(derivative(sines))), 0.7),
    "forward_mode, value": (lambda x: forward_mode(CHAIN, x).val, 0.7),
    "forward_mode, derivative": (lambda x: forward_mode(CHAIN, x).der, 0.7),
    "reverse_mode": (lambda x: reverse_mode(CHAIN, x)[1], 0.7),
    "reverse_mode, dy": (lambda x: reverse_mode(CHAIN, x, 2.0 * x)[1], 0.7),
    "reverse_mode, checkpoints": (lambda x: reverse_mode(CHAIN, x, checkpoints=1)[1], V),
    "reverse_mode, both": (lambda x: [(y := reverse_mode(CHAIN, x))[0].val, y[1]], 0.7),
    "a Valder by hand": (lambda x: (sines(Valder(x, 1.0)).der, sines(Valder(x, 1.0)).val), V),
    "Newton": (lambda x: x - sines(x) / derivative(sines)(x), 0.7),
    "jacobian": (jacobian(lambda x: x[0] * np.sin(x)), V),
    "jacobian, more outputs": (jacobian(lambda x: A @ np.sin(x)), V),
    "hessian": (hessian(rosenbrock), V),
    "hessian, @": (hessian(lambda w: np.sum(np.exp(A @ w))), V),
    "a list of gradients": (lambda x: [grad(rosenbrock)(x), grad(squares)(x)], V),
    "nested": (lambda x: grad(lambda y: derivative(lambda z: x * y * z * np.sin(z))(y))(x), 0.7),
    "matrices": (grad(lambda a: np.sum(a.T @ a * a[:2] + a.mT[:, 1])), A[:2]),
}


@pytest.mark.parametrize("name", MADE)
def test_whatever_the_package_makes(name):
    f, x = MADE[name]
    program = trace(f, x)
    for at in (x, 1.3 * x):
        got, want = program(at), f(at)
        assert isinstance(got, tuple) is isinstance(want, tuple)
        np.testing.assert_allclose(flat(got), flat(want), rtol=1e-15)


def test_it_says_what_numpy_methods_do():
    def f(x):
        x += 1.0  # a new array, as for all traced values
        y = x.reshape(3, 2).T.sum(axis=0, keepdims=True) + x.mean() * x.flatten().max() + x.real.size
        return np.add.reduce(x) * y + (x > 1.0).astype(float).reshape((1, -1))[..., ::2] + x[None, 1:4]

    x = np.linspace(0.0, 1.0, 6)
    program = trace(f, x)
    np.testing.assert_allclose(program(x), f(x.copy()), rtol=1e-15)
    np.testing.assert_array_equal(x, np.linspace(0.0, 1.0, 6))
    matrix = np.arange(6.0).reshape(2, 3)
    for g in (
        lambda a: np.reshape(np.reshape(a, (6,), order="F"), (2, 3)),
        lambda a: np.reshape(np.reshape(a, (3, 2)), (2, 3), order="F"),
        lambda a: (
            np.transpose(a, None).T
            * np.transpose(a[None], axes=(1, 0, 2))
            * np.transpose(a[None], (1, 0, 2))
        ),
        lambda a: np.sum(a, where=a > 2.0, initial=1.0),
        lambda a: np.isclose(np.sum(a), 15.0001) + np.prod(np.sum(a)),  # as NumPy does, not as math
        lambda a: [*np.linalg.eigh(a @ a.T), np.linalg.eigh(a @ a.T).eigenvalues],
        lambda a: [row[0] for row in a],
        lambda a: a[(0, 1), (1, 2)] + a[(0, 1),][:, 2],
        lambda a: divmod(a, 2.0)[1] + abs(-a) + +a,
        lambda a: np.einsum("ij,kj->ik", a, a) + a.astype(np.float64).sum(dtype=float),
        lambda a: np.linalg.det(a @ a.T + np.eye(2))[..., None] * a[0],
    ):
        np.testing.assert_allclose(
            flat(trace(g, matrix)(matrix + 0.5)), flat(g(matrix + 0.5)), rtol=1e-14
        )


def test_a_primitive_by_math_is_written_down():
    slope = lambda x: 2 / math.sqrt(math.pi) * np.exp(-x * x)  # noqa: E731
    erf = ad.primitive(math.erf, slope)
    program = trace(grad(lambda x: erf(x) * x), 0.7)
    assert "math.erf(x)" in program.source
    assert program(0.7) == grad(lambda x: erf(x) * x)(0.7)
    assert trace(derivative(erf), 0.7)(0.3) == derivative(erf)(0.3)


def test_a_primitive_by_numpy_is_written_down():
    with_numpy = ad.primitive(lambda x: np.exp(x) - 1, np.exp)
    assert trace(derivative(with_numpy), 0.7)(0.3) == math.exp(0.3)


# --- what is refused

LINE = (
    r"^a written program has one path, and line (\d+) of \S+, ['\"](.*)['\"], "
    r"(looks at a value that is known only when the program runs|changes an array); write (.*)\.$"
)


def by_while(x):
    while x > 1.0:
        x = x / 2
    return x


def by_range(x):
    for _ in range(int(x)):
        x = x * x
    return x


def by_if(x):
    if x > 0:
        return x
    return -x


def by_setting(x):
    y = np.zeros(2)
    y[0] = x
    return y


def by_storing(x):
    y = x * np.ones(2)
    y[0] = 1.0
    return y


def by_adding(x):
    y = np.zeros(2)
    y += x
    return y


REFUSED = {  # the function, the part of its line that is to blame, what to write instead
    "if": (by_if, "if x > 0:", "np.where"),
    "while": (by_while, "while x > 1.0:", "a loop of fixed length"),
    "range": (by_range, "for _ in range(int(x)):", "known numbers"),
    "float": (lambda x: float(x) * x, "float(x)", "known numbers"),
    "int": (lambda x: int(x) * x, "int(x)", "known numbers"),
    "round": (lambda x: round(x) * x, "round(x)", "known numbers"),
    "math": (lambda x: math.sin(x) * x, "math.sin(x)", "np.sin for math.sin"),
    "max": (lambda x: max(x, 1.0), "max(x, 1.0)", "np.where"),
    "chained": (lambda x: x * (0 < x < 1), "0 < x < 1", "np.where"),
    "array": (lambda x: np.array([x, x]), "np.array([x, x])", "np.stack"),
    "full": (lambda x: np.full(3, x), "np.full(3, x)", "a * np.ones(3)"),
    "storing": (by_storing, "y[0] = 1.0", "np.stack"),
    "adding": (by_adding, "y += x", "a new one"),
    "a mask": (lambda x: np.sum((x * V)[x * V > 0]), "x * V > 0]", "np.where(mask, x, 0.0)"),
    "masks": (lambda x: (x * A)[0, x * V > 0], "x * V > 0]", "np.where(mask, x, 0.0)"),
    "nonzero": (lambda x: (x * V)[np.nonzero(x * V)], "np.nonzero", "np.where(mask, x, 0.0)"),
    "where": (lambda x: (x * V)[np.where(x * V > 0)], "np.where(x", "np.where(mask, x, 0.0)"),
    "unique": (lambda x: np.unique(x * V), "np.unique", "np.where(mask, x, 0.0)"),
    "copyto": (lambda x: np.copyto(np.zeros(2), x), "np.copyto", "a new one"),
    "out": (lambda x: np.sin(x * V, out=np.zeros(2)), "np.sin", "a new one"),
}


def line_of(f, part):
    lines, first = inspect.getsourcelines(f)
    return next(first + k for k, line in enumerate(lines) if part in line)


@pytest.mark.parametrize("case", REFUSED)
def test_what_looks_at_a_value_is_refused(case):
    f, part, instead = REFUSED[case]
    with pytest.raises(TypeError, match=LINE) as caught:
        print(trace(f, 2.0))
    number, line, _, advice = re.match(LINE, str(caught.value)).groups()
    assert (int(number), part in line, instead in advice) == (line_of(f, part), True, True), caught.value


@pytest.mark.parametrize(
    "case", ["if", "while", "max", "chained", "a mask", "masks", "nonzero", "where"]
)
@pytest.mark.parametrize("mode", [grad, derivative, lambda f: grad(grad(f)), value_and_grad])
def test_it_is_refused_in_a_derivative_as_well(case, mode):
    f, part, _ = REFUSED[case]
    with pytest.raises(TypeError, match=LINE) as caught:
        print(trace(mode(lambda x: np.sum(f(x))), 2.0))
    assert int(re.match(LINE, str(caught.value))[1]) == line_of(f, part)


@pytest.mark.parametrize(
    "y, kind",
    [(None, "NoneType"), ("text", "str"), ({"a": 1.0}, "dict"), (slice(1), "slice"), (float, "type")],
)
def test_a_result_that_is_no_number_is_refused(y, kind):
    for f in (lambda x: y, lambda x: (x, [y])):
        with pytest.raises(
            TypeError, match=f"^f returned a {kind}; return numbers or arrays, or a tuple"
        ):
            trace(f, 2.0)


def test_a_valder_left_over_is_refused():
    for f in (
        lambda x: Valder(x, 1.0),
        lambda x: reverse_mode([ad.sin], x),
        lambda x: [Valder(1.0, 1.0)],
    ):
        with pytest.raises(
            TypeError, match=r"^f returned a Valder; return its val or its der, or a tuple"
        ):
            trace(f, 2.0)


@pytest.mark.parametrize("x", [[1.0, 2.0], (1.0, V), [], Valder(1.0, 1.0)])
def test_an_example_is_a_number_or_an_array(x):
    with pytest.raises(
        TypeError, match=r"^w is a (list|tuple|Valder); give a number or an array, np\.array"
    ):
        trace(lambda w: w, x)
    for x in ("a", None, {}):
        with pytest.raises(TypeError, match=r"^w must be a number or a.* array of numbers, not"):
            trace(lambda w: w, x)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.piecewise(x, [x > 0], [np.sin, np.cos]),
        lambda x: np.frompyfunc(lambda x: x, 1, 1)(x),
        lambda x: x * np.array([1, 2], object),
    ],
)
def test_what_an_empty_file_does_not_know_is_refused(f):
    with pytest.raises(
        TypeError,
        match=r"^\S+ \S+ can't be written down; give|^\S.* is not known in an empty file; write",
    ):
        print(trace(f, V[0]), trace(f, V))


def test_what_an_array_does_in_place_is_refused():
    for name in ("sort", "partition", "resize", "fill", "item", "nothing"):
        with pytest.raises(AttributeError, match=f"^a value of a program .* has no '{name}'"):
            trace(lambda x: getattr(x, name), V)  # noqa: B023


def test_poles_and_domains():
    """At a number Python raises an error, and over arrays NumPy warns, as the docstring says."""
    for f, at, error in [(np.log, -1.0, ValueError), (lambda x: 1 / x, 0.0, ZeroDivisionError)]:
        program = trace(derivative(lambda x: f(x) * x), 0.5)  # noqa: B023
        with pytest.raises(error):
            program(at)
        with np.errstate(all="ignore"):
            assert not np.isfinite(trace(derivative(lambda x: f(x) * x), V)(np.full(2, at))).any()  # noqa: B023
    with pytest.raises(OverflowError):
        trace(derivative(np.tanh), 0.5)(1000.0)
    with pytest.raises(ValueError, match="domain"):  # both sides of a choice are calculated
        trace(lambda x: np.where(x > 0, np.sqrt(x), 0.0), 0.5)(-1.0)
    program = trace(derivative(np.sqrt), -1.0)  # an example outside the domain is as good
    assert program(4.0) == 0.25


# --- long programs


def test_ten_thousand_turns():
    def f(turns):
        def loop(x):
            for _ in range(turns):
                x = np.sin(x) + 0.1
            return x

        return loop

    def seconds(turns):
        start = time.perf_counter()
        program = trace(f(turns), 0.5)
        return time.perf_counter() - start, program

    few, many = min(seconds(1_000)[0] for _ in range(3)), seconds(10_000)
    assert many[1].source.count("\n") == 20_005
    assert many[1](0.5) == f(10_000)(0.5)
    assert many[0] < 50 * few  # linear would be 10, and quadratic 100
    program = trace(value_and_grad(f(10_000)), 0.5)
    assert program(0.5) == value_and_grad(f(10_000))(0.5)


def test_a_sum_over_all_names_no_axes():
    written = trace(value_and_grad(lambda a: np.sum(a * a)), A).source
    assert "c = np.sum(b)\n" in written


def assigned(program):
    return re.findall(r"^    (\w+) = ", program.source, re.MULTILINE)


def test_a_name_is_taken_again_only_in_a_long_program():
    def turns(n):
        def loop(x, y):
            for _ in range(n):
                x, y = x * y / (1 + x * x), np.sin(x) - y / 2
            return x * y, x

        return loop

    few, many = trace(turns(35), 1.2, 0.7), trace(turns(400), 1.2, 0.7)
    assert 200 < len(assigned(few)) == len({*assigned(few)})
    assert len(assigned(many)) > 2_000
    assert len({*assigned(many)}) < 260
    assert many(1.2, 0.7) == turns(400)(1.2, 0.7)
    both = trace(value_and_grad(lambda x, y: turns(400)(x, y)[0], (0, 1)), 1.2, 0.7)
    assert both(1.3, 0.6) == value_and_grad(lambda x, y: turns(400)(x, y)[0], (0, 1))(1.3, 0.6)


def test_a_long_program_frees_what_it_needs_no_more():
    def f(x):
        for _ in range(600):
            x = np.sin(x) + 0.1
        return np.sum(x)

    x = np.linspace(0, 1, 10_000)
    program = trace(f, x)
    tracemalloc.start()
    assert program(x) == f(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300 * x.nbytes  # not 1,200


def test_many_arrays():
    def f(x):
        for k in range(2_000):
            x = x * np.array([0.5, 1 + 1 / (k + 1)])
        return np.sum(x)

    start = time.perf_counter()
    program = trace(grad(f), V)
    assert time.perf_counter() - start < 20
    np.testing.assert_array_equal(program(V), grad(f)(V))


def test_an_array_that_is_known_keeps_its_name_in_a_long_program():
    def f(x):
        for k in range(300):
            x = np.sin(x * np.array([0.5, 1 + 1 / (k + 1)]))
        return np.sum(x)

    assert trace(f, V)(V) == f(V)
    np.testing.assert_array_equal(trace(grad(f), V)(V), grad(f)(V))


# --- the same numbers

ONE = [name for name in PRIMITIVES if len(NUMBERS[name]) == 3]
TWO = [name for name in NUMBERS if name not in PRIMITIVES]


def ulps(a, b):
    a, b = flat(a), flat(b)
    assert a.shape == b.shape
    with np.errstate(all="ignore"):
        off = np.abs(a - b) / np.spacing(np.maximum(np.abs(a), np.abs(b)))
    return np.max(np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, off), initial=0.0)


@pytest.mark.parametrize("name", ONE)
def test_every_primitive(name):
    f, (low, high) = PRIMITIVES[name], NUMBERS[name][2]
    rng = np.random.default_rng(0)
    xs = low + (high - low) * rng.uniform(0.02, 0.98, 7)
    for g in (f, derivative(f), derivative(derivative(f)), value_and_grad(f), grad(grad(f))):
        program = trace(g, xs[0])
        for x in xs:
            assert ulps(program(float(x)), g(float(x))) == 0
    for g in (f, derivative(f), derivative(derivative(f)), grad(lambda x: np.sum(f(x) * xs))):
        assert ulps(trace(g, xs)(xs), g(xs)) <= 2


@pytest.mark.parametrize("name", TWO)
def test_every_operation(name):
    f = CARRIED[name]
    rng = np.random.default_rng(1)
    a, b = rng.uniform(0.3, 3.0, (2, 7))
    for k in (0, 1):
        for g in (
            value_and_grad(f, (0, 1)),
            grad(f, k),
            grad(grad(f, k), 1 - k),
            grad(grad(f, k), k),
            lambda x, y: derivative(lambda t: f(t * x, t * y))(1.0),
        ):
            program = trace(g, 1.0, 2.0)
            for x, y in zip(a.tolist(), b.tolist(), strict=True):
                assert ulps(program(x, y), g(x, y)) <= 2
        total = grad(lambda x, y: np.sum(f(x, y) * a), k)
        for x, y in [(a, b), (a, 1.3), (0.7, b), (a[:, None], b)][: 4 if k < 2 else 3]:
            assert ulps(trace(total, x, y)(x, y), total(x, y)) <= 2


class RandomPrograms:
    """Random straight programs on numbers or on arrays, from a seed."""

    NAMES = (
        "sin",
        "cos",
        "tanh",
        "atan",
        "asinh",
        "square",
        "expm1",
        "exp",
        "cosh",
        "cbrt",
        "log",
        "sqrt",
    )

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.arrays = self.rng.random() < 0.4
        self.steps = [self.step() for _ in range(self.rng.integers(2, 9))]
        self.n = int(self.rng.integers(1, 4))
        self.xs = [
            self.rng.uniform(-2, 2, 3) if self.arrays else self.rng.uniform(-2, 2) for _ in range(self.n)
        ]
        self.xs = [x if self.arrays else float(x) for x in self.xs]

    def pick(self, choices):
        return choices[self.rng.integers(len(choices))]

    def step(self):
        i, j, c = (
            *(int(k) for k in self.rng.integers(0, 100, 2)),
            float(self.pick([0.5, 2.0, 1.0, -1.0, 1.7])),
        )
        name, power = self.pick(self.NAMES), self.pick([2, 3, 0.5, -1.0, 1, 0])
        function = getattr(np, {"atan": "arctan", "asinh": "arcsinh"}.get(name, name))
        positive = name in ("log", "sqrt")
        return self.pick(
            [
                lambda v: function(v[-1] * v[-1] + 0.3 if positive else v[-1]),
                lambda v: function(1.0 + np.abs(v[i % len(v)])),
                lambda v: v[-1] * v[i % len(v)],
                lambda v: v[-1] + c * v[i % len(v)] - v[j % len(v)],
                lambda v: v[-1] / (1.5 + v[i % len(v)] ** 2),
                lambda v: (0.2 + v[-1] * v[-1]) ** power,
                lambda v: c - v[-1] * c + 0.0 * v[j % len(v)],
                lambda v: np.maximum(v[-1], v[i % len(v)] - c),
                lambda v: np.hypot(v[-1], 1.0 + v[i % len(v)]),
                lambda v: v[-1] * (v[i % len(v)] > c) - abs(v[j % len(v)]),
                lambda v: np.sin(v[-1]) * c / 1.0 + (-v[i % len(v)]),
                lambda v: np.tanh(np.sum(v[-1]) * 0.1) + v[i % len(v)],
                lambda v: np.reshape(v[-1], np.shape(v[-1])) * 1.0,
            ]
        )

    def __call__(self, *xs):
        values = [*xs]
        for step in self.steps:
            values.append(step(values))
        return np.sum(values[-1] * (values[0] + 1.3))

    def derivatives(self):
        every = tuple(range(self.n))
        w = [float(k) for k in self.rng.uniform(-1, 1, self.n)]

        def along(*xs):  # the slope of the gradient in a direction: a Hessian-vector product
            return derivative(
                lambda t: sum(
                    np.sum(g)
                    for g in grad(self, every)(*(x + t * k for x, k in zip(xs, w, strict=True)))
                )
            )(0.0)

        return {"first": value_and_grad(self, every), "second": along}


@pytest.mark.parametrize("seed", range(400))
def test_random_programs(seed):
    f = RandomPrograms(seed)
    with np.errstate(all="ignore"):
        for order, g in f.derivatives().items():
            want = flat(g(*f.xs))
            if not np.isfinite(want).all():
                continue
            program = trace(g, *f.xs)
            assert ulps(program(*f.xs), want) <= 2, f"{order}\n{program}"


def test_an_exponent_that_is_0_is_no_constant():
    slope = trace(grad(lambda y: grad(lambda x: x**y)(2.0)), 3.0)
    assert slope(0.0) == pytest.approx(0.5)


def added_to(x):
    y = 2.0 * x
    y += 1.0
    y **= 2
    return y


RUN_AS_INTERPRETED = {
    "a power of whole floats": (lambda x: np.where(x > 0, 10.0, 20.0) ** 20, W),
    "a reciprocal of whole floats": (lambda x: np.reciprocal(np.where(x > 0, 2.0, 3.0)), W),
    "places times floats": (lambda x: np.argsort(x) * 1e10 * 1e10, W),
    "a float to places": (lambda x: 10.0 ** (np.argsort(x) * 10), W),
    "floats by 0": (lambda x: np.where(x > 0, 2.0, 3.0) // np.where(x > 5, 2.0, 0.0), W),
    "a select of floats": (lambda x: np.select([x > 0], [10.0], 20.0) ** 20, W),
    "a list of a float and places": (lambda x: np.concatenate([[1.0], np.argsort(x)]) * 1e10 * 1e10, W),
    "a negative power in a gradient": (
        grad(lambda x: np.sum(x * np.where(x > 0, 10.0, 2.0) ** -2.0)),
        W,
    ),
    "the gradient of a relu": (grad(lambda x: np.sum(np.where(x > 0, x, 0.0))), W),
    "a floor": (lambda x: np.reciprocal(np.floor(x)), 2.5),
    "a floor of inf": (lambda x: np.floor(x) + np.ceil(x) + np.trunc(x), np.inf),
    "a sum with a complex 0": (lambda x: np.sqrt(x + 0j).imag, W),
    "a product with a complex 1": (lambda x: np.sqrt(x * (1 + 0j)).imag, W),
    "a slice in delete": (lambda x: np.delete(x, slice(0, 1)), W),
    "an array without some columns": (lambda a: a[:, None, 1:, ...][()], np.eye(3)),
    "reshape by columns": (lambda a: a.reshape(3, 2, order="F"), np.arange(6.0).reshape(2, 3)),
    "small whole numbers": (
        lambda x: (x > 0) * np.array([100, 1, 2], np.int8) + np.array([100, 1, 2], np.int8),
        W,
    ),
    "nothing": (grad(lambda x: np.sum(x)), np.zeros(0)),
    "a place by abs": (lambda x: np.abs(np.argmax(x) - 3), W),
    "a place to a power": (lambda x: np.power(np.argmax(x), 2), W),
    "a float as a condition": (lambda x: np.reciprocal(np.where(x, 2.0, 4.0)), W),
    "the transpose of a number": (lambda x: np.transpose(x) * 2.0, 2.0),
    "x += 1": (added_to, W),
    "a number times an array of -1": (lambda x: (x * -np.ones(3))[1:], 2.0),
    "a large whole number": (lambda x: x * 10**30, 2.0),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", RUN_AS_INTERPRETED)
def test_a_program_keeps_to_floats_tuples_and_complex_numbers(case):
    f, x = RUN_AS_INTERPRETED[case]
    run, known = trace(f, x)(x), f(x)
    np.testing.assert_array_equal(run, known)
    assert np.asarray(run).dtype == np.asarray(known).dtype


def test_a_value_of_another_program_is_refused():
    kept = []
    trace(lambda x: (kept.append(np.sin(x)), x)[1], 2.0)
    for f in (
        lambda x: np.exp(x) * kept[0],
        lambda c: trace(lambda y: np.cos(y) * np.sin(c), 1.0)(0.5) + 0 * c,
        lambda x: trace(lambda y: x * y, 3.0)(5.0),
    ):
        with pytest.raises(TypeError, match=r"one written program can't be used in another; give it as"):
            trace(f, 2.0)


@pytest.mark.parametrize("name", ["_fitted", "float", "math", "np", "class", "None", "<lambda>"])
def test_a_program_has_names_that_work(name):
    def f(x, _fitted, float):
        return x * _fitted + float

    f.__name__ = name
    program = trace(f, 2.0, 3.0, V)
    np.testing.assert_array_equal(program(4, 5.0, [6.0, 7.0]), [26.0, 27.0])


def test_a_program_can_be_pickled_and_says_the_line_of_its_source():
    program = pickle.loads(pickle.dumps(trace(lambda x, y: np.log(x) / y, 2.0, 3.0)))
    assert program(1, 5.0) == 0.0
    with pytest.raises(ZeroDivisionError) as caught:
        program(2.0, 0.0)
    line = caught.traceback[-1].lineno
    assert " / y" in program.source.splitlines()[line]
    with pytest.raises(ValueError, match="was written for y of shape"):
        program(2.0, V)


class Place(enum.IntEnum):
    ONE = 1
    TWO = 2


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * Place.TWO,
        lambda x: x[Place.ONE :] * x[: np.array(2)],
        lambda x: x[np.int64(1) :: -1],
        lambda x: x * 10**30,
        lambda x: np.bincount(np.array([2]), x[:1]) + np.bincount(np.array([0]), x[1:2]),
        lambda x: x[np.array([], int)],
        lambda x: np.outer(x, x).transpose(np.array([1, 0])) @ x,
    ],
)
def test_constants_and_places_of_every_kind_are_written_down(f):
    program = trace(f, W)
    for x in (W, W + 0.5):
        for got, want in zip(np.atleast_1d(program(x)), np.atleast_1d(f(x)), strict=True):
            assert np.array_equal(got, want)
    namespace = {}
    exec(program.source, namespace)
    assert np.array_equal(namespace[program.__name__](W), program(W))


def test_signs_between_lists_numbers_and_truth_values_are_numpys():
    for f in (lambda x: [1.0, 2.0] * x, lambda x: (1.0, 2.0) * x):
        assert trace(f, 1.5)(2.5).tolist() == [2.5, 5.0]
    f = lambda x: ((x > 0) + (x < 3)) * x  # noqa: E731
    assert trace(derivative(f), 1.0)(1.0) == derivative(f)(1.0) == 1


def test_a_primitive_may_have_an_argument_that_is_fixed():
    log_of_8 = ad.primitive(functools.partial(math.log, 8.0), np.exp)  # its base is the variable
    program = trace(log_of_8, 2.0)
    assert program(2.0) == log_of_8(2.0) == 3 and "math.log(8, x)" in program.source


def test_a_primitive_may_be_called_as_what_numpy_can_tell():
    def size(x):
        return math.sin(x)

    with pytest.raises(TypeError, match="size is not known in an empty file"):
        trace(ad.primitive(size, np.cos), 1.0)


def test_what_a_symbol_refuses_it_says_in_words():
    for f, says in [
        (lambda x: sum(z for z in x), "has no len"),
        (lambda x: np.add(x, 1.0, out=2.0 * x), "changes an array"),
        (lambda x: np.exp(x * W, x * W), "changes an array"),
        (lambda x: np.clip(x * W, 0, 1, x * W), "changes an array"),
        (lambda x: np.cumsum(x * W, 0, None, x * W), "changes an array"),
        (scipy.special.i0, "i0 is not known in an empty file"),
        (lambda x: f"{x:.2f}", "one path"),
        (
            lambda x: ad.primitive(math.erf, np.exp)(x * np.ones(3)),
            "erf takes one real number at a time",
        ),
        (lambda x: (x * np.eye(3))[np.diag_indices_from(x * np.eye(3))], "one path"),
        (lambda x: (x * W)[np.unravel_index(np.argmax(x * W), (3,))], "one path"),
    ]:
        with pytest.raises(TypeError, match=says):
            trace(f, 2.0)
