"""Operators for traced values, and what NumPy's functions do to them."""

import operator
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from .arrays import LINEAR_MAPS, dot, matmul, mean, total, transpose
from .carry import OPERATIONS, PRIMITIVES
from .traced import Traced, primal, shape


def reflected(f: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return f with its arguments swapped, as Python calls it for an operand on the right."""
    return lambda b, a: f(a, b)


class Operators(Traced):
    """A traced value that can be calculated with as with a number or an array.

    A mode is a subclass with two methods that make a new traced value y. ``x.follow(y, slope)``
    makes it from x, and ``a.join(y, by_a, b, by_b)`` from a and b; the local derivatives, slope,
    by_a and by_b, are numbers or arrays, or a `LinearMap`.
    """

    __slots__ = ()

    __add__, __radd__ = OPERATIONS["add"], reflected(OPERATIONS["add"])
    __sub__, __rsub__ = OPERATIONS["subtract"], reflected(OPERATIONS["subtract"])
    __mul__, __rmul__ = OPERATIONS["multiply"], reflected(OPERATIONS["multiply"])
    __truediv__, __rtruediv__ = OPERATIONS["divide"], reflected(OPERATIONS["divide"])
    __pow__, __rpow__ = OPERATIONS["pow"], reflected(OPERATIONS["pow"])
    __matmul__, __rmatmul__ = matmul, reflected(matmul)
    __getitem__ = LINEAR_MAPS["getitem"]
    __abs__ = PRIMITIVES["fabs"]
    sum, mean, dot = total, mean, dot
    shape = property(shape)
    T = property(transpose)

    def __neg__(self) -> Any:
        return -1.0 * self

    def __pos__(self) -> Any:
        return self

    def reshape(self, *to: Any) -> Any:
        """Return x.reshape(*to)."""
        return LINEAR_MAPS["reshape"](self, to[0] if len(to) == 1 else to)

    def __len__(self) -> int:
        return len(primal(self))

    def __eq__(self, other: object) -> Any:
        return primal(self) == primal(other)

    def __ne__(self, other: object) -> Any:
        return primal(self) != primal(other)

    def __lt__(self, other: Any) -> Any:
        return primal(self) < primal(other)

    def __le__(self, other: Any) -> Any:
        return primal(self) <= primal(other)

    def __gt__(self, other: Any) -> Any:
        return primal(self) > primal(other)

    def __ge__(self, other: Any) -> Any:
        return primal(self) >= primal(other)

    def __bool__(self) -> bool:
        return bool(primal(self))

    def __float__(self) -> NoReturn:
        kind = type(self).__name__
        raise TypeError(
            f"float() and the functions of math would drop the derivative of a {kind}; take a "
            "function of this package or of NumPy, such as np.sin, or .val for the value alone."
        )

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        kind = type(self).__name__
        raise TypeError(
            f"NumPy would take a {kind} apart to put it into an array; calculate with one {kind} that "
            "holds an array, such as Valder(np.array([1.0, 2.0]), np.array([1.0, 1.0]))."
        )

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: dict) -> Any:
        return self  # a copy of a tape would be none of the program's

    def __setitem__(self, at: Any, x: Any) -> NoReturn:
        raise TypeError(
            "An entry of a traced array can't be assigned to, as its derivative would be lost; "
            "calculate a new array."
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **options: Any) -> Any:
        plain = method == "__call__" and not options
        if ufunc in _BY_VALUE and plain:
            return ufunc(*map(primal, args))
        if ufunc not in _NUMPY or not plain:
            call = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
            raise _no_rule(call, options)
        return _NUMPY[ufunc](*args)

    def __array_function__(self, function: Callable, types: Any, args: Any, options: Any) -> Any:
        if function in _BY_VALUE:
            return function(*map(primal, args), **options)
        if function not in _NUMPY or not options.keys() <= _OPTIONS:
            raise _no_rule(function.__name__, options)
        return _NUMPY[function](*args, **options)


def _no_rule(call: str, options: dict) -> TypeError:
    given = f" with {', '.join(options)}" if options else ""
    ruled = ", ".join(f.__name__ for f in _NUMPY)
    return TypeError(f"{call}{given} has no rule for a Valder; + - * / ** @, abs, {ruled} have one.")


# NumPy's functions that a traced value takes: those with a rule, and those that see the value alone.
_RULED = PRIMITIVES | OPERATIONS
_NUMPY = {getattr(np, name): function for name, function in _RULED.items() if hasattr(np, name)}
_NUMPY |= {np.absolute: abs, np.negative: operator.neg, np.positive: operator.pos}
_NUMPY |= {np.sum: total, np.mean: mean, np.dot: dot, np.matmul: matmul, np.transpose: transpose}
_NUMPY |= {np.reshape: LINEAR_MAPS["reshape"], np.broadcast_to: LINEAR_MAPS["broadcast_to"]}
_OPTIONS = {"axis", "axes", "keepdims"}
_BY_VALUE = {np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal}
_BY_VALUE |= {np.isnan, np.isinf, np.isfinite, np.shape, np.ndim, np.size, np.zeros_like, np.ones_like}
