"""The tables of rules: every function once, with its value and its local derivative.

Forward mode, reverse mode, the chain and the tests all read these tables. Add a line to
`functions`, and the new function can be called, differentiated both ways and imported, and is
tested.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

LOG2_E, LOG10_E = math.log2(math.e), math.log10(math.e)


def functions(m: Any) -> dict[str, tuple]:
    """Return the rules y = f(x): value, local derivative dy/dx, and an interval to sample.

    m is math for numbers and numpy for arrays; the names in both are the same.

    The formulas keep their digits over the whole domain: 1/cosh² does where 1 - tanh², equal on
    paper, has no digit left at 20. At its kink fabs has the mean of the slopes on its two sides, 0.

    >>> value, slope, sample = functions(math)["square"]
    >>> value(3.0), slope(3.0, value(3.0))
    (9.0, 6.0)
    """
    # fmt: off
    return {
        # name     value            local derivative dy/dx                        sample
        "sin":    (m.sin,           lambda x, y: m.cos(x),                        (-6, 6)),
        "cos":    (m.cos,           lambda x, y: -m.sin(x),                       (-6, 6)),
        "tan":    (m.tan,           lambda x, y: 1 + y * y,                       (-1.4, 1.4)),
        "asin":   (m.asin,          lambda x, y: 1 / m.sqrt((1 - x) * (1 + x)),   (-1, 1)),
        "acos":   (m.acos,          lambda x, y: -1 / m.sqrt((1 - x) * (1 + x)),  (-1, 1)),
        "atan":   (m.atan,          lambda x, y: (1 / m.hypot(1, x)) ** 2,        (-4, 4)),
        "sinh":   (m.sinh,          lambda x, y: m.cosh(x),                       (-3, 3)),
        "cosh":   (m.cosh,          lambda x, y: m.sinh(x),                       (-3, 3)),
        "tanh":   (m.tanh,          lambda x, y: (1 / m.cosh(x)) ** 2,            (-3, 3)),
        "asinh":  (m.asinh,         lambda x, y: 1 / m.hypot(1, x),               (-4, 4)),
        "acosh":  (m.acosh,         lambda x, y: 1 / m.sqrt(x - 1) / m.sqrt(x + 1), (1, 5)),
        "atanh":  (m.atanh,         lambda x, y: 1 / ((1 - x) * (1 + x)),         (-1, 1)),
        "exp":    (m.exp,           lambda x, y: y,                               (-2, 2)),
        "expm1":  (m.expm1,         lambda x, y: m.exp(x),                        (-2, 2)),
        "log":    (m.log,           lambda x, y: 1 / x,                           (0, 5)),
        "log1p":  (m.log1p,         lambda x, y: 1 / (1 + x),                     (-1, 4)),
        "log2":   (m.log2,          lambda x, y: LOG2_E / x,                      (0, 5)),
        "log10":  (m.log10,         lambda x, y: LOG10_E / x,                     (0, 5)),
        "sqrt":   (m.sqrt,          lambda x, y: 0.5 / y,                         (0, 5)),
        "cbrt":   (m.cbrt,          lambda x, y: y / x / 3,                       (-4, 4)),
        "square": (lambda x: x * x, lambda x, y: 2 * x,                           (-3, 3)),
        "fabs":   (m.fabs,          lambda x, y: np.sign(x),                      (-3, 3)),
    }
    # fmt: on


def operations(m: Any) -> dict[str, tuple]:
    """Return the rules y = f(a, b): value, and the local derivatives by a and by b.

    Where a and b tie, maximum and minimum have the mean of the slopes on the two sides, 0.5.

    >>> value, by_a, by_b = operations(math)["multiply"]
    >>> value(3.0, 5.0), by_a(3.0, 5.0, 15.0), by_b(3.0, 5.0, 15.0)
    (15.0, 5.0, 3.0)
    """
    power = m.pow if m is math else pow  # Python's: for a**2, NumPy then takes a * a, which is quicker
    # fmt: off
    return {
        # name            value                 by a                        by b
        "add":          (lambda a, b: a + b,  lambda a, b, y: 1.0,        lambda a, b, y: 1.0),
        "subtract":     (lambda a, b: a - b,  lambda a, b, y: 1.0,        lambda a, b, y: -1.0),
        "multiply":     (lambda a, b: a * b,  lambda a, b, y: b,          lambda a, b, y: a),
        "divide":       (lambda a, b: a / b,  lambda a, b, y: 1 / b,      lambda a, b, y: -y / b),
        "remainder":    (lambda a, b: a % b,  lambda a, b, y: 1.0,        lambda a, b, y: -(a // b)),
        "floor_divide": (lambda a, b: a // b, lambda a, b, y: 0.0,        lambda a, b, y: 0.0),
        "pow":          (power,  lambda a, b, y: b * power(a, less_1(b)), lambda a, b, y: y * m.log(a)),
        "hypot":        (m.hypot,             lambda a, b, y: a / y,      lambda a, b, y: b / y),
        "maximum":      (np.maximum, lambda a, b, y: above(a, b),         lambda a, b, y: above(b, a)),
        "minimum":      (np.minimum, lambda a, b, y: above(b, a),         lambda a, b, y: above(a, b)),
    }
    # fmt: on


def linear_maps() -> dict[str, tuple]:
    """Return the rules that are linear in each array: the value, and for each array the way back.

    A tangent goes the way of the value. An adjoint w comes back by the transposed map, to the shape
    n of the array, given all the other arguments: what was spread out is summed, and what was picked
    is put where it came from.

    >>> value, back = linear_maps()["getitem"]
    >>> value(np.array([5.0, 6.0, 7.0]), 1), back(6.0, (3,), 1)
    (np.float64(6.0), array([0., 6., 0.]))
    """
    # fmt: off
    return {
        # name           y                      back, to an x of the shape n
        "getitem":      (lambda x, at: x[at],   lambda w, n, at: put(w, at, n)),
        "bincount":     (lambda x, at, size: np.bincount(at, x, size), lambda w, n, at, size: w[at]),
        "broadcast_to": (np.broadcast_to,       lambda w, n, to: w),  # which Linear sums
        "sum":          (lambda x, axes: np.sum(x, axis=axes) if len(axes) < np.ndim(x) else np.sum(x),
                         spread_over),
        "reshape":      (np.reshape,            lambda w, n, to, *order: np.reshape(w, n, *order)),
        "transpose":    (np.transpose,     lambda w, n, *axes: np.transpose(w, *map(np.argsort, axes))),
        "@":            (np.matmul,             to_left,                       to_right),
    }
    # fmt: on


def less_1(b: Any) -> Any:
    """Return an exponent less 1, but a 0 that is known as it is: the slope of a**0 is 0 everywhere."""
    return b - (b != 0) if isinstance(b, (float, int, np.ndarray)) else b - 1


def above(a: Any, b: Any) -> Any:
    """Return 1 where a is above b, 0 where it is below, and 0.5 where they tie."""
    return np.divide(a >= b, 1.0 * (a >= b) + (b >= a))


def put(x: Any, at: Any, to: tuple[int, ...]) -> Any:
    """Return zeros of the shape ``to`` with x put, or added where places repeat, at [at]."""
    places = np.arange(math.prod(to)).reshape(to)[at]
    if not np.size(places):  # np.bincount of nothing gives whole numbers
        return np.zeros(to)
    return np.reshape(np.bincount(np.ravel(places), np.reshape(x, (-1,)), math.prod(to)), to)


def spread_over(w: Any, n: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    """Return w in the shape n, its entries repeated along those axes that were summed over."""
    return np.broadcast_to(np.reshape(w, [1 if i in axes else k for i, k in enumerate(n)]), n)


def sum_to(x: Any, to: tuple[int, ...]) -> Any:
    """Return the sums of x that make an array of the shape ``to``, which NumPy would broadcast."""
    lengths = (1,) * (np.ndim(x) - len(to)) + to
    return np.reshape(np.sum(x, axis=tuple(i for i, n in enumerate(lengths) if n == 1)), to)


class Linear:
    """A local derivative that is a linear map: a tangent goes forwards by it, an adjoint backwards.

    x is what the derivative is by. Where NumPy has spread it, its adjoint is summed to its shape n.
    """

    __slots__ = ("back", "forward", "n")

    def __init__(self, forward: Callable, back: Callable, x: Any) -> None:
        self.forward, self.back, self.n = forward, back, np.shape(x)

    def __mul__(self, x_dot: Any) -> Any:
        if np.shape(x_dot) != self.n:
            raise ValueError("a number with a gradient can't become an array; give it one derivative.")
        return scalar(self.forward(x_dot))

    def backward(self, y_bar: Any) -> Any:
        """Return what an adjoint of y brings to x."""
        x_bar = self.back(y_bar)
        return scalar(x_bar if np.shape(x_bar) == self.n else sum_to(x_bar, self.n))


def scalar(y: Any) -> Any:
    """Return an array without axes as the number in it, and anything else as it is."""
    return y.item() if isinstance(y, (np.ndarray, np.generic)) and not y.ndim else y


def linear(value: Callable, *backs: Callable) -> tuple:
    """Return value and local derivatives of a rule that is linear in each of its first arguments."""

    def slope(k: int, back: Callable, *xs: Any) -> Linear:
        before, n, after = xs[:k], np.shape(xs[k]), xs[k + 1 : -1]  # without the value at the end
        return Linear(lambda v: value(*before, v, *after), lambda w: back(w, n, *before, *after), xs[k])

    return value, *(partial(slope, k, back) for k, back in enumerate(backs))


def to_left(w: Any, n: tuple[int, ...], b: Any) -> Any:
    """Return the adjoint of a in a @ b, of vectors, matrices or stacks of matrices."""
    if np.ndim(b) == 1:
        return np.reshape(w, (*np.shape(w), 1)) * b
    return (w[..., None, :] @ b.mT)[..., 0, :] if len(n) == 1 and np.ndim(b) > 2 else w @ b.mT


def to_right(w: Any, n: tuple[int, ...], a: Any) -> Any:
    """Return the adjoint of b in a @ b."""
    if np.ndim(a) == 1:
        return a * w if len(n) == 1 else np.reshape(a, (-1, 1)) * w[..., None, :]
    return (a.mT @ w[..., None])[..., 0] if len(n) == 1 and np.ndim(a) > 2 else a.mT @ w


class Rule(NamedTuple):
    """A value, and the local derivative by each argument.

    ``numbers`` is for numbers, by math, and ``arrays`` for all else, by NumPy. Functions and
    operations also have a row for arrays of real numbers, ``real``.
    """

    name: str
    numbers: tuple
    arrays: tuple
    real: tuple = ()


# These have no derivative at a complex number.
REAL = {"atan", "asinh", "cbrt", "fabs", "hypot", "maximum", "minimum", "remainder", "floor_divide"}

NUMBERS, ARRAYS = (functions(m) | operations(m) for m in (math, np))

# Slopes that NumPy would get wrong at an edge, written with care. Python raises an error at a pole and
# outside a domain, and NumPy goes on with a number. So for an array log has no slope where it has no
# value, and its slope at -0.0 is that at 0.0, for which 0.0 is added; a**0 at 0, 0**b, and hypot at its
# tip have the slope 0 and not 0·inf or 0/0. cosh overflows at 710, where the slope of tanh is long 0,
# and cbrt at 0 has the slope inf.
# fmt: off
EDGES = {
    "sqrt":  (lambda x, y: 0.5 / (y + 0.0),),
    "tanh":  (lambda x, y: (1 / np.cosh(np.minimum(np.maximum(x, -400.0), 400.0))) ** 2,),
    "cbrt":  (lambda x, y: (y + (x == 0)) / (x + 0.0) / 3,),
    "pow":   (lambda a, b, y: b * (a + (a == 0) * (b == 0)) ** less_1(b),
              lambda a, b, y: y * np.log(a + (y == 0))),
    "hypot": (lambda a, b, y: (y != 0) * a / (y + (y == 0)),
              lambda a, b, y: (y != 0) * b / (y + (y == 0))),
    **{name: (lambda x, y, f=ARRAYS[name][1]: f(x + 0.0, y) * np.where(np.isnan(y), np.nan, 1.0),)
       for name in ("log", "log1p", "log2", "log10", "atanh")},
}
# fmt: on


def rule(name: str) -> Rule:
    """Return the rule of a function or an operation, without the interval to sample."""
    numbers, arrays = (tuple(filter(callable, table[name])) for table in (NUMBERS, ARRAYS))
    return Rule(name, numbers, arrays, (arrays[0], *EDGES.get(name, arrays[1:])))


RULES = {name: rule(name) for name in NUMBERS}
RULES |= {name: Rule(name, linear(*maps), linear(*maps)) for name, maps in linear_maps().items()}
