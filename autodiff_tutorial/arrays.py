"""Functions that mix the entries of an array: sums, indexing, @ and changes of shape."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from .rules import LINEAR
from .traced import Traced, differentiated, is_entrywise, operand, shape


class LinearMap:
    """The local derivative of a linear rule: ``map * x_dot`` is y_dot, ``map.T * y_bar`` x_bar.

    Here x has the shape n, and y the shape m.
    """

    __slots__ = ("how", "m", "n", "name")

    def __init__(self, name: str, how: tuple, n: tuple[int, ...], m: tuple[int, ...]) -> None:
        self.name, self.how, self.n, self.m = name, how, n, m

    def __mul__(self, x: Any) -> Any:
        if shape(x) != self.n:
            raise ValueError(
                f"a number with a gradient of shape {shape(x)} can't become part of an array; "
                "give an array, or a number with one derivative."
            )
        return LINEAR_MAPS[self.name](x, *self.how)

    @property
    def T(self) -> "LinearMap":
        """The transposed map."""
        _, adjoint = LINEAR[self.name]
        name, *how = adjoint(self.n, *self.how)
        return LinearMap(name, tuple(how), self.m, self.n)


def linear_map(name: str) -> Callable[..., Any]:
    """Return the function that carries an array, plain or traced, through a linear rule."""
    value, _ = LINEAR[name]

    def function(x: Any, *how: Any) -> Any:
        if not isinstance(x, Traced):
            y = value(x, *how)
            return y[()] if isinstance(y, np.ndarray) else y  # a number, not an array without axes
        if name != "broadcast_to":
            check_may_mix(x, name)
        y = function(x.val, *how)
        return x.follow(y, LinearMap(name, how, shape(x), shape(y)))

    return function


def check_may_mix(x: Any, name: str) -> None:
    """Raise if each entry of x has a derivative of its own, which a mixture would not have."""
    if isinstance(x, Traced) and is_entrywise(x.tag):
        raise TypeError(
            f"{name} mixes the entries of an array, and here each entry has a derivative of its "
            "own; take grad, or a Valder whose der is a direction."
        )


def change_of_shape(name: str) -> Callable[[Any, tuple[int, ...]], Any]:
    """Return the linear map of that name, which leaves alone what has the shape already."""
    return lambda x, to: x if shape(x) == to else LINEAR_MAPS[name](x, to)


LINEAR_MAPS = {name: linear_map(name) for name in LINEAR}
# The other factor of @ may be traced as well, so these two are left to the operator.
LINEAR_MAPS |= {name: LINEAR[name][0] for name in ("times", "after")}
reshape, sum_to, broadcast_to = map(change_of_shape, ("reshape", "sum", "broadcast_to"))


def total(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return np.sum(x, axis, keepdims)."""
    n = dict(enumerate(shape(x)))
    summed = _axes(x, axis)
    y = sum_to(x, tuple(1 if i in summed else n[i] for i in n))
    return y if keepdims else reshape(y, tuple(n[i] for i in n if i not in summed))


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return np.mean(x, axis, keepdims)."""
    return total(x, axis, keepdims) / prod(shape(x)[i] for i in _axes(x, axis))


def transpose(x: Any, axes: Any = None) -> Any:
    """Return np.transpose(x, axes)."""
    return LINEAR_MAPS["transpose"](x, _axes(x, None)[::-1] if axes is None else _axes(x, axes))


def _axes(x: Any, axis: Any) -> tuple[int, ...]:
    """Return the axes that NumPy means by an ``axis``: all for None, and none below 0."""
    n = len(shape(x))
    return tuple(range(n)) if axis is None else normalize_axis_tuple(axis, n)


def dot(a: Any, b: Any) -> Any:
    """Return np.dot(a, b): a @ b, or a * b if one of them is a number."""
    a, b = operand(a, "an argument of dot"), operand(b, "an argument of dot")
    return matmul(a, b) if shape(a) and shape(b) else a * b


def matmul(a: Any, b: Any) -> Any:
    """Return a @ b, of vectors and matrices."""
    a, b = operand(a, "the left side of @"), operand(b, "the right side of @")
    n, m = shape(a), shape(b)
    if not (len(n) in (1, 2) and len(m) in (1, 2) and n[-1] == m[0]):
        raise ValueError(f"@ takes vectors and matrices that fit, not the shapes {n} and {m}.")
    y = _product(reshape(a, (prod(n[:-1]), n[-1])), reshape(b, (m[0], prod(m[1:]))))
    return reshape(y, n[:-1] + m[1:])


def _product(a: Any, b: Any) -> Any:
    """Return a @ b, of two matrices."""
    check_may_mix(a, "@")
    check_may_mix(b, "@")
    a_on, b_on = differentiated(a, b)
    x = a.val if a_on else a
    z = b.val if b_on else b
    y = x @ z
    by_a = LinearMap("times", (z,), shape(x), shape(y))
    by_b = LinearMap("after", (x,), shape(z), shape(y))
    if a_on and b_on:
        return a.join(y, by_a, b, by_b)
    return a.follow(y, by_a) if a_on else b.follow(y, by_b)
