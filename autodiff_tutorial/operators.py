"""What a program may do with a traced value: call functions, use operators, and NumPy."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NoReturn

import numpy as np

from .rules import NUMBERS, RULES, Rule, functions, scalar
from .traced import PLAIN, Abstract, Traced, apply, each, is_floats, linearize, primal, shape


def primitive(value: Callable, derivative: Callable, *others: Callable) -> Callable:
    """Return a function that knows its derivative, in every mode and nested to any depth.

    Parameters
    ----------
    value : callable
        A function of one or more numbers, such as `math.erf`. Over arrays it is called as it
        stands, and entry by entry if it takes one number at a time.
    derivative, *others : callable
        The local derivative by each argument: functions of the same arguments, written with
        NumPy or with primitives, so that they can be differentiated in their turn.

    Returns
    -------
    callable
        The function, for numbers, arrays, and all that is being differentiated.

    Examples
    --------
    >>> from math import erf, pi, sqrt
    >>> from autodiff_tutorial import derivative, primitive
    >>> erf = primitive(erf, lambda x: 2 / sqrt(pi) * np.exp(-x * x))
    >>> print(f"{derivative(erf)(0.5):.12f}")
    0.878782578935
    >>> derivative(derivative(erf))(np.array([0.0, 1.0])).round(6)
    array([-0.      , -0.830215])
    """
    name = getattr(value, "__name__", "f")

    def one_each(y: Any, args: Sequence, exactly: bool = True) -> Any:
        to = np.broadcast_shapes(*map(shape, args))
        fits = shape(y) == to or (not exactly and np.broadcast_shapes(shape(y), to) == to)
        if y is None or isinstance(y, (list, tuple, str)) or not fits:
            raise TypeError(f"{name}, or a derivative of it, must make one number of each entry.")
        return y

    def values(*args: Any) -> Any:
        # A function of math takes a number at a time, and so may one that is written with such.
        if not inspect.isbuiltin(value):
            with suppress(TypeError, ValueError):
                return value(*args)
        unknown = [x for x in args if isinstance(x, Abstract)]
        if any(map(np.iscomplexobj, args)) or (unknown and any(map(shape, args))):
            raise TypeError(f"{name} takes one real number at a time; make it of a function of arrays.")
        return unknown[0].call(value, *args) if unknown else np.vectorize(value, otypes=[float])(*args)

    slopes = [lambda *v, d=d: one_each(d(*v[:-1]), v[:-1], exactly=False) for d in (derivative, *others)]
    number, array = (lambda *args, v=v: one_each(v(*args), args) for v in (value, values))
    return carried(Rule(name, (number, *slopes), (array, *slopes)), value.__doc__)


def alike(x: Any, z: Any, x_on: bool, z_on: bool) -> bool:
    """Return whether two values are arrays of one shape, or a constant number beside an array."""
    if is_floats(x):
        return x.shape == z.shape if is_floats(z) else type(z) in PLAIN and not z_on
    return is_floats(z) and type(x) in PLAIN and not x_on


def carried(rule: Rule, doc: str | None = None) -> Callable:
    """Return the function that takes numbers, arrays and traced values through a rule.

    One or two plain numbers or arrays of floats, as most programs have them, go the quick ways.
    """
    (value, slope, *_), floats = rule.numbers, rule.real

    def value_and_slope(x: Any, wanted: bool = True) -> tuple[Any, Any]:
        if x.__class__ is float:
            try:
                y = value(x)
                return y, slope(x, y) if wanted else None
            except (ArithmeticError, ValueError):
                pass
        elif floats and is_floats(x):
            y = floats[0](x)
            return y, floats[1](x, y) if wanted else None
        return linearize(rule, [x], [wanted])

    def one(x: Any) -> Any:
        """Return the value of this function at x, with its derivative where x has one.

        Parameters
        ----------
        x : number, array or Valder
            The argument.

        Returns
        -------
        number, array or Valder
            What x is: of a Valder, the value at x.val and the derivative by the chain rule.

        Raises
        ------
        TypeError
            If x is none of these.

        Examples
        --------
        >>> from autodiff_tutorial import Valder, square
        >>> square(Valder(3.0, 1.0))
        Valder(val=9.0, der=6.0)
        """
        if not isinstance(x, Traced):
            return scalar(value_and_slope(x, wanted=False)[0])
        y, slope = value_and_slope(x.val)
        return x.lead(y, (x, slope))

    one.valder = value_and_slope  # which a chain takes, too

    def two(a: Any, b: Any) -> Any:
        a_on, b_on = isinstance(a, Traced), isinstance(b, Traced)
        one_tag = a.tag == b.tag if a_on and b_on else a_on or b_on
        x, z = a.val if a_on else a, b.val if b_on else b
        plain = type(x) in PLAIN and type(z) in PLAIN
        if one_tag and (plain or (floats and alike(x, z, a_on, b_on))):
            value, by_a, by_b = rule.numbers if plain else floats
            try:
                y = value(x, z)
                if a_on and b_on:
                    return a.lead(y, (a, by_a(x, z, y)), (b, by_b(x, z, y)))
                return a.lead(y, (a, by_a(x, z, y))) if a_on else b.lead(y, (b, by_b(x, z, y)))
            except (ArithmeticError, ValueError):
                pass
        return apply(rule, a, b)

    function = {1: one, 2: two}.get(len(rule.numbers) - 1, lambda *args: apply(rule, *args))
    function.__name__ = function.__qualname__ = rule.name
    function.__doc__ = doc or function.__doc__
    return function


CARRIED = {name: carried(RULES[name]) for name in NUMBERS}
PRIMITIVES = {name: CARRIED[name] for name in functions(np)}


def total(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Return np.sum(a, axis, keepdims=keepdims)."""
    axes, n = axes_of(a, axis), shape(a)
    y = apply(RULES["sum"], a, how=(axes,)) if axes else a
    return reshape(y, tuple(1 if i in axes else n[i] for i in range(len(n)))) if keepdims and axes else y


def axes_of(a: Any, axis: Any) -> tuple[int, ...]:
    """Return the axes that NumPy means by an ``axis``, counted from 0: all of them for None."""
    n = len(shape(a))
    return np.lib.array_utils.normalize_axis_tuple(range(n) if axis is None else axis, n)


def transpose(a: Any, axes: Any = None) -> Any:
    """Return np.transpose(a, axes)."""
    return apply(RULES["transpose"], a, how=() if axes is None else (axes_of(a, axes),))


def reshape(a: Any, shape: Any, order: str = "C") -> Any:
    """Return np.reshape(a, shape, order)."""
    if order not in ("C", "F", "c", "f"):
        raise ValueError(f"order must be 'C' or 'F', not {order!r}.")
    # A written program names the order only where it matters.
    return apply(RULES["reshape"], a, how=(shape, order) if order in ("F", "f") else (shape,))


def bincount(x: Any, weights: Any, minlength: int = 0) -> Any:
    """Return np.bincount(x, weights, minlength)."""
    return apply(RULES["bincount"], weights, how=(x, minlength))


def by_value(f: Callable) -> Callable:
    """Return f of the values alone, as comparisons and shapes are."""
    return lambda *args, **options: f(*map(primal, args), **{k: primal(x) for k, x in options.items()})


def called(function: Callable) -> str:
    """Return the name by which a function is called: np.sin, np.add.reduce, or another library's erf."""
    if isinstance(ufunc := getattr(function, "__self__", None), np.ufunc):
        return f"{called(ufunc)}.{function.__name__}"
    home = (getattr(function, "__module__", None) or "numpy").replace("numpy", "np", 1)
    other = home == "np" and getattr(np, function.__name__, None) is not function
    return function.__name__ if other else f"{home}.{function.__name__}"


signature = cache(inspect.signature)


def without_rule(ours: Callable, args: tuple, options: dict) -> list[str]:
    """Return which of these arguments of NumPy's a function of ours does not take.

    dtype and out, which ours name for NumPy's order of arguments, may only be None.
    """
    with suppress(TypeError):
        given = signature(ours).bind(*args, **options).arguments
        return [name for name in ("dtype", "out") if given.get(name) is not None]
    return [*options] or [f"{len(args)} arguments"]


# What NumPy's functions do with a traced value; first, those that see the value alone.
NUMPY = {f: by_value(f) for f in (np.sign, np.isnan, np.shape, np.ndim, np.size)}
NUMPY |= {getattr(np, name): f for name, f in CARRIED.items() if hasattr(np, name)}
NUMPY |= {np.absolute: CARRIED["fabs"], np.negative: lambda x: -1.0 * x, np.positive: lambda x: x}
NUMPY |= {np.sum: total, np.transpose: transpose, np.reshape: reshape, np.bincount: bincount}
NUMPY |= {np.matmul: lambda a, b: apply(RULES["@"], a, b), np.divmod: lambda a, b: (a // b, a % b)}
NUMPY[np.broadcast_to] = lambda array, shape: apply(RULES["broadcast_to"], array, how=(shape,))


def compared(f: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return a comparison of the values, in NumPy's booleans also of numbers: Python's ~True is -2."""
    return lambda a, b: np.bool_(y) if isinstance(y := f(primal(a), primal(b)), bool) else y


def refused(what: str, instead: str) -> Callable:
    """Return a method that refuses what would lose a derivative, and says what to write instead."""

    def method(self: Any, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"{what.format(self.kind)}; {instead}.")

    return method


class Operators(Traced):
    """A traced value that can be calculated with as with a number or an array."""

    __slots__ = ()

    __abs__, __neg__, __pos__ = map(NUMPY.get, (np.absolute, np.negative, np.positive))
    __eq__, __ne__, __lt__, __le__, __gt__, __ge__ = map(compared, (eq, ne, lt, le, gt, ge))
    __len__, __bool__ = by_value(len), by_value(bool)
    __float__ = __complex__ = __int__ = __round__ = __trunc__ = __floor__ = __ceil__ = refused(
        "float, int, round and math drop the derivative of {}", "write np.sin, or np.stack for y[0] = a"
    )
    __array__ = refused(
        "a plain array can't take in {}, as its derivative would be lost",
        "write np.stack([a, b]) for [a, b], np.array([a, b]) and y[:] = a, and A @ x for A.dot(x)",
    )
    __setitem__ = refused("an entry of {} can't be assigned to", "make an array by np.where or np.stack")
    __copy__ = __deepcopy__ = lambda x, *_, **__: x  # a copy of a tape would be none of the program's

    shape = property(shape)
    T = property(np.transpose)
    mT = property(lambda x: transpose(x, (*range(len(x.shape) - 2), -1, -2)))

    def __getitem__(self, at: Any) -> Any:
        # Lists of places are copied, as they may be changed before the sweep back.
        return apply(RULES["getitem"], self, how=(each(lambda k: k, at),))

    def __iter__(self) -> Iterator:
        return map(self.__getitem__, range(len(self)))

    def __format__(self, spec: str) -> str:
        return format(primal(self), spec) if spec else repr(self)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **options: Any) -> Any:
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return self.__array_function__(function, map(type, args), args, options)

    def __array_function__(self, function: Callable, types: Any, args: Any, options: Any) -> Any:
        ours = NUMPY.get(function)
        # One or two arguments alone need no look.
        unknown = without_rule(ours, args, options) if ours and (options or args[2:]) else []
        if ours and not unknown and (y := ours(*args, **options)) is not NotImplemented:
            return y
        given = f" with {', '.join(unknown or ['these arguments'])}" if ours else ""
        other = "write it with functions that have one, or give it one by primitive"
        other = "make a new array, as in y = y + x for y += x" if "out" in unknown else other
        raise TypeError(f"{called(function)}{given} has no rule for {self.kind}; {other}.")


# Python calls the second of each pair for an operand on the right.
ARITHMETIC = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "mod": np.mod}
ARITHMETIC |= {"floordiv": np.floor_divide, "divmod": np.divmod, "pow": np.power, "matmul": np.matmul}
for _sign, _function in ARITHMETIC.items():
    setattr(Operators, f"__{_sign}__", NUMPY[_function])
    setattr(Operators, f"__r{_sign}__", lambda b, a, f=NUMPY[_function]: f(a, b))
