"""The tables of rules: every function once, with its value and its local derivative.

Forward mode, reverse mode and the tests all read these tables. Add a line to `functions`, and the
new function can be called, differentiated both ways and imported, and is tested.
"""

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

LOG2_E = 1.4426950408889634
LOG10_E = 0.4342944819032518


def only(where: Any) -> Any:
    """Return 1 where a condition holds and nan elsewhere: outside its domain log has no slope."""
    return math.nan if where is False else where / where


def complex_cbrt(x: Any) -> Any:
    """Return np.cbrt(x), and its continuation at complex x, which np.cbrt does not take."""
    if not (isinstance(x, (complex, np.ndarray)) and np.iscomplexobj(x)):
        return np.cbrt(x)
    side = np.where(x.real < 0, -1.0, 1.0)
    return side * (side * x) ** (1 / 3)


def functions(m: ModuleType) -> dict[str, tuple]:
    """Return the rules y = f(x): value, local derivative dy/dx, and an interval to sample.

    m is math for numbers and numpy for arrays; the names in both are the same.

    The formulas keep their digits over the whole domain: 1/cosh² does where 1 - tanh², equal on
    paper, has no digit left at 20. Adding 0.0 makes the slope at -0.0 that at 0.0, and adding
    x == 0 gives cbrt the slope 1/0 at 0, not 0/0. At its kink fabs has the mean of the slopes on
    its two sides, 0.

    >>> value, slope, sample = functions(math)["square"]
    >>> value(3.0), slope(3.0, value(3.0))
    (9.0, 6.0)
    """
    cbrt = complex_cbrt if m is np else m.cbrt
    # fmt: off
    return {
        # name     value            local derivative dy/dx                                  sample
        "sin":    (m.sin,           lambda x, y: m.cos(x),                                  (-6, 6)),
        "cos":    (m.cos,           lambda x, y: -m.sin(x),                                 (-6, 6)),
        "tan":    (m.tan,           lambda x, y: 1 + y * y,                                 (-1.4, 1.4)),
        "asin":   (m.asin,          lambda x, y: 1 / m.sqrt((1 - x) * (1 + x)),             (-1, 1)),
        "acos":   (m.acos,          lambda x, y: -1 / m.sqrt((1 - x) * (1 + x)),            (-1, 1)),
        "atan":   (m.atan,          lambda x, y: (1 / m.hypot(1, x)) ** 2,                  (-4, 4)),
        "sinh":   (m.sinh,          lambda x, y: m.cosh(x),                                 (-3, 3)),
        "cosh":   (m.cosh,          lambda x, y: m.sinh(x),                                 (-3, 3)),
        "tanh":   (m.tanh,          lambda x, y: (1 / m.cosh(x)) ** 2,                      (-3, 3)),
        "asinh":  (m.asinh,         lambda x, y: 1 / m.hypot(1, x),                         (-4, 4)),
        "acosh":  (m.acosh,         lambda x, y: 1 / m.sqrt(x - 1) / m.sqrt(x + 1),         (1, 5)),
        "atanh":  (m.atanh,         lambda x, y: only(x * x <= 1) / ((1 - x) * (1 + x)),    (-1, 1)),
        "exp":    (m.exp,           lambda x, y: y,                                         (-2, 2)),
        "expm1":  (m.expm1,         lambda x, y: m.exp(x),                                  (-2, 2)),
        "log":    (m.log,           lambda x, y: only(x >= 0) / (x + 0.0),                  (0, 5)),
        "log1p":  (m.log1p,         lambda x, y: only(x >= -1) / (1 + x),                   (-1, 4)),
        "log2":   (m.log2,          lambda x, y: only(x >= 0) * LOG2_E / (x + 0.0),         (0, 5)),
        "log10":  (m.log10,         lambda x, y: only(x >= 0) * LOG10_E / (x + 0.0),        (0, 5)),
        "sqrt":   (m.sqrt,          lambda x, y: 0.5 / (y + 0.0),                           (0, 5)),
        "cbrt":   (cbrt,            lambda x, y: (y + (x == 0)) / (x + 0.0) / 3,            (-4, 4)),
        "square": (lambda x: x * x, lambda x, y: 2 * x,                                     (-3, 3)),
        "fabs":   (m.fabs,          lambda x, y: only(x == x) * (1.0 * (x > 0) - (x < 0)),  (-3, 3)),
    }
    # fmt: on


def operations(m: ModuleType) -> dict[str, tuple]:
    """Return the rules y = f(a, b): value, and the local derivatives by a and by b.

    The comparisons in pow give a**0 at a = 0, and 0**b, their slope 0 and not 0·inf; that in
    hypot does the same at its tip. Where a and b tie, maximum and minimum have the mean of the
    slopes on the two sides, 0.5.

    >>> value, by_a, by_b = operations(math)["multiply"]
    >>> value(3.0, 5.0), by_a(3.0, 5.0, 15.0), by_b(3.0, 5.0, 15.0)
    (15.0, 5.0, 3.0)
    """
    # fmt: off
    return {
        # name        value              by a, then by b
        "add":      (lambda a, b: a + b, lambda a, b, y: 1.0,
                                         lambda a, b, y: 1.0),
        "subtract": (lambda a, b: a - b, lambda a, b, y: 1.0,
                                         lambda a, b, y: -1.0),
        "multiply": (lambda a, b: a * b, lambda a, b, y: b,
                                         lambda a, b, y: a),
        "divide":   (lambda a, b: a / b, lambda a, b, y: 1 / b,
                                         lambda a, b, y: -y / b),
        "pow":      (m.pow,              lambda a, b, y: b * m.pow(a + (a == 0) * (b == 0), b - 1),
                                         lambda a, b, y: y * m.log(a + (y == 0))),
        "hypot":    (m.hypot,            lambda a, b, y: a / (y + (y == 0)),
                                         lambda a, b, y: b / (y + (y == 0))),
        "maximum":  (np.maximum,         lambda a, b, y: only(y == y) * ((a > b) + 0.5 * (a == b)),
                                         lambda a, b, y: only(y == y) * ((b > a) + 0.5 * (a == b))),
        "minimum":  (np.minimum,         lambda a, b, y: only(y == y) * ((a < b) + 0.5 * (a == b)),
                                         lambda a, b, y: only(y == y) * ((b < a) + 0.5 * (a == b))),
    }
    # fmt: on


def linear_maps() -> dict[str, tuple]:
    """Return the rules y = f(x) that are linear in an array x: the value, and the adjoint.

    The tangent of such a rule goes the way of the value. The adjoint comes back by the transposed
    map, which is a rule of this table again: given here is its name, and what it takes.

    >>> value, adjoint = linear_maps()["getitem"]
    >>> value(np.array([5.0, 6.0, 7.0]), 1), adjoint((3,), 1)
    (np.float64(6.0), ('put', 1, (3,)))
    """
    # fmt: off
    return {
        # name           value                            adjoint, for an x of the shape n
        "getitem":      (lambda x, at: x[at],             lambda n, at: ("put", at, n)),
        "put":          (put,                             lambda n, at, to: ("getitem", at)),
        "broadcast_to": (np.broadcast_to,                 lambda n, to: ("sum", n)),
        "sum":          (sum_to,                          lambda n, to: ("broadcast_to", n)),
        "reshape":      (np.reshape,                      lambda n, to: ("reshape", n)),
        "transpose":    (np.transpose,                    lambda n, i: ("transpose", np.argsort(i))),
        "times":        (lambda x, b: x @ b,              lambda n, b: ("times", b.T)),
        "after":        (lambda x, a: a @ x,              lambda n, a: ("after", a.T)),
    }
    # fmt: on


def put(x: Any, at: Any, to: tuple[int, ...]) -> np.ndarray:
    """Return zeros of the shape ``to`` with x put, or added where places repeat, at [at]."""
    y = np.zeros(to)
    np.add.at(y, at, x)
    return y


def sum_to(x: np.ndarray, to: tuple[int, ...]) -> Any:
    """Return the sums of x that make an array of the shape ``to``, which NumPy would broadcast."""
    new = x.ndim - len(to)
    wide = [new + i for i, n in enumerate(to) if n == 1]
    return np.sum(x, axis=(*range(new), *wide)).reshape(to)


NUMBERS = functions(math) | operations(math)
ARRAYS = functions(np) | operations(np)
LINEAR = linear_maps()


def linearize(name: str, args: Sequence[Any], wanted: Sequence[bool]) -> tuple[Any, list]:
    """Return the value of a rule, and its local derivative by each argument that is wanted.

    Numbers go through math, and arrays, or Valders where derivatives are nested, through numpy.
    Where Python raises, at a pole or outside the domain, NumPy's numbers say inf or nan with a
    warning: so a number gets the answer that an array gets.

    >>> linearize("multiply", [3.0, 5.0], [True, True])
    (15.0, [5.0, 3.0])
    """
    numbers = all(isinstance(x, (int, float)) for x in args)
    try:
        return _evaluate(NUMBERS[name] if numbers else ARRAYS[name], args, wanted)
    except (ArithmeticError, ValueError):
        args = [np.float64(x) if isinstance(x, (int, float)) else x for x in args]
    return _evaluate(ARRAYS[name], args, wanted)


def _evaluate(rule: tuple, args: Sequence[Any], wanted: Sequence[bool]) -> tuple[Any, list]:
    value, *slopes = rule
    y = value(*args)
    return y, [slope(*args, y) for slope, want in zip(slopes, wanted, strict=False) if want]
