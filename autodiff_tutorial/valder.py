"""Forward mode: a value and its derivative, carried along together in a Valder."""

import itertools
import math
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import reduce
from numbers import Real
from typing import Any, NoReturn

import numpy as np

from .rules import NUMBERS, functions, linearize, operations

# Each differentiation has a tag, larger the later it began, so that nested ones keep their
# derivatives apart. The gaps between tags are for Valders that are nested by hand.
_tags = itertools.count(100, step=100)
_running: ContextVar[tuple[int, ...]] = ContextVar("the tags of what is running", default=(0,))


@contextmanager
def differentiation() -> Iterator[int]:
    """Run a block as a differentiation of its own, and give its tag."""
    tag = next(_tags)
    token = _running.set((*_running.get(), tag))
    try:
        yield tag
    finally:
        _running.reset(token)


def is_running(tag: int) -> bool:
    """Tell whether a tag is that of a differentiation under way."""
    return tag in _running.get()[1:]


def variable(x: Any) -> "Valder":
    """Return Valder(x, 1.0), apart from any differentiation under way."""
    return Valder(x, spread(1.0, shape(x)), next(_tags) if _running.get()[1:] else 0)


_PRIMITIVE_DOC = """Return {name}(x), with its derivative where x has one.

    Parameters
    ----------
    x : number, array or Valder
        The argument.

    Returns
    -------
    number, array or Valder
        What x is: of a Valder, the value {name}(x.val) and the derivative by the chain rule.

    Raises
    ------
    TypeError
        If x is none of these.

    Examples
    --------
    >>> from autodiff_tutorial import Valder, {name}
    >>> {name}(Valder({x}, 1.0)).val == {name}({x})
    True
    """


def primitive(name: str) -> Callable[[Any], Any]:
    """Return the function that carries a number, an array or a Valder through a rule."""
    value, slope, (_, high) = NUMBERS[name]
    new = object.__new__  # without the checks of __init__

    def function(x: Any) -> Any:
        if not isinstance(x, Valder):
            return linearize(name, [operand(x, f"the argument of {name}")], [False])[0]
        val = x.val
        if isinstance(val, float):  # the quick way to what follows below
            try:
                y = value(val)
                out = new(Valder)
                out.val = y
                out.der = slope(val, y) * x.der
                out.tag = x.tag
                return out
            except (ArithmeticError, ValueError):
                pass
        y, (dydx,) = linearize(name, [val], [True])
        return Valder(y, dydx * x.der, x.tag)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = _PRIMITIVE_DOC.format(name=name, x=high / 2)
    return function


def operation(name: str) -> Callable[[Any, Any], Any]:
    """Return the function that carries two arguments, at least one a Valder, through a rule."""
    value, by_a, by_b = NUMBERS[name]

    def function(a: Any, b: Any) -> Any:
        # Of two tags the larger is differentiated by; the other's Valder is a constant here.
        a_on = isinstance(a, Valder) and not (isinstance(b, Valder) and b.tag > a.tag)
        b_on = isinstance(b, Valder) and not (isinstance(a, Valder) and a.tag > b.tag)
        x = a.val if a_on else a
        z = b.val if b_on else b
        if isinstance(x, (float, int)) and isinstance(z, (float, int)):  # the quick way
            try:
                y = value(x, z)
                if not b_on:
                    return Valder(y, by_a(x, z, y) * a.der, a.tag)
                if not a_on:
                    return Valder(y, by_b(x, z, y) * b.der, b.tag)
                return Valder(y, by_a(x, z, y) * a.der + by_b(x, z, y) * b.der, a.tag)
            except (ArithmeticError, ValueError):
                pass
        x, z = (operand(u, f"an argument of {name}") for u in (x, z))
        y, slopes = linearize(name, [x, z], [a_on, b_on])
        on = [v for v, is_on in ((a, a_on), (b, b_on)) if is_on]
        y_dot = reduce(operator.add, map(operator.mul, slopes, (v.der for v in on)))
        for v in on:
            check_gradient(name, y, v)
        return Valder(y, spread(y_dot, shape(y)) if shape(y) else y_dot, on[0].tag)

    return function


def reflected(f: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return f with its arguments swapped, as Python calls it for a Valder on the right."""
    return lambda b, a: f(a, b)


PRIMITIVES = {name: primitive(name) for name in functions(math)}
OPERATIONS = {name: operation(name) for name in operations(math)}


class Valder:
    """A value and its derivative: a dual number, its primal and its tangent.

    What is calculated from a Valder is a Valder again, its derivative found by the chain rule:
    with + - * / ** and abs(), with the primitives of this package, and with NumPy's functions of
    the same names. Comparisons, and so ``if``, look at the value alone.

    Parameters
    ----------
    val : number, array or Valder
        The value. A Valder inside a Valder gives higher derivatives.
    der : number, array or Valder, optional
        The derivative: of the shape of val, or one number for all of it; where val is a number,
        der may be a vector, its gradient. Without der, the Valder is a constant.
    tag : int, optional
        The differentiation that der belongs to; without it, the one that is running.

    Raises
    ------
    RuntimeError
        If there is no val.
    TypeError
        If val or der is not a number, an array of numbers or a Valder.
    ValueError
        If the rows of an array are of unequal length, or der does not fit val.

    Notes
    -----
    Where there is no single slope: abs at 0 has slope 0, and maximum and minimum at a tie have
    0.5, the mean of both sides, which a central difference gives, too. sqrt and log at 0 have
    slope inf, 1/x at 0 is (inf, -inf), and x**0 has slope 0 everywhere. Outside its domain, as in
    log(-1) or sin(inf), a function is (nan, nan). An inf or nan comes with NumPy's warning. All
    this is the same for a number and in an array.

    The name is from Neidinger, "Introduction to Automatic Differentiation and MATLAB
    Object-Oriented Programming", SIAM Review 52(3), 2010.

    Examples
    --------
    >>> x = Valder(3.0, 1.0)
    >>> x * x + 2
    Valder(val=11.0, der=6.0)
    >>> Valder(3.0, [1, 0]) * Valder(5.0, [0, 1])
    Valder(val=15.0, der=[5. 3.])
    """

    __slots__ = ("der", "tag", "val")

    def __init__(self, val: Any = None, der: Any = None, tag: int | None = None) -> None:
        if tag is None:
            if type(val) is type(der) is float:  # the quick way
                tag = _running.get()[-1]
            else:
                val, der, tag = _checked(val, der)
        self.val = val
        self.der = der
        self.tag = tag

    def __repr__(self) -> str:
        return f"Valder(val={self.val}, der={self.der})"

    __add__, __radd__ = OPERATIONS["add"], reflected(OPERATIONS["add"])
    __sub__, __rsub__ = OPERATIONS["subtract"], reflected(OPERATIONS["subtract"])
    __mul__, __rmul__ = OPERATIONS["multiply"], reflected(OPERATIONS["multiply"])
    __truediv__, __rtruediv__ = OPERATIONS["divide"], reflected(OPERATIONS["divide"])
    __pow__, __rpow__ = OPERATIONS["pow"], reflected(OPERATIONS["pow"])

    def __neg__(self) -> "Valder":
        return -1.0 * self

    def __pos__(self) -> "Valder":
        return self

    def __abs__(self) -> "Valder":
        return PRIMITIVES["fabs"](self)

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
        raise TypeError(
            "float() and the functions of math would drop the derivative of a Valder; take a "
            "function of this package or of NumPy, such as np.sin, or .val for the value alone."
        )

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            "NumPy would take a Valder apart to put it into an array; make one Valder that holds "
            "arrays, Valder(np.array([1.0, 2.0]), np.array([1.0, 1.0]))."
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
        if function not in _NUMPY:
            raise _no_rule(function.__name__, {})
        return _NUMPY[function](*args, **options)


def derivative(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the function x -> f'(x), by forward mode.

    Parameters
    ----------
    f : callable
        A function of one number or array to one, each entry of its value depending on the same
        entry of x alone. It may itself take derivatives, to any depth.

    Returns
    -------
    callable
        The derivative: at a number a number, at an array the array of derivatives.

    Raises
    ------
    TypeError
        If f is not callable, or x or the value of f is neither a number nor an array.

    Examples
    --------
    >>> derivative(lambda x: x**3)(2.0)
    12.0
    >>> derivative(derivative(np.square))(np.array([1.0, 2.0]))
    array([2., 2.])
    """
    if not callable(f):
        raise TypeError(f"derivative takes a function of one argument, not {f!r}.")

    def df(x: Any) -> Any:
        x = operand(x, "x")
        with differentiation() as tag:
            y = f(Valder(x, spread(1.0, shape(x)), tag))
        y, y_dot = parts(y, tag, "the value of f")
        return spread(y_dot, shape(y) or shape(x))

    return df


def parts(y: Any, tag: int, name: str) -> tuple[Any, Any]:
    """Return the value and the derivative of what a function gave; that of a constant is 0."""
    if isinstance(y, Valder) and y.tag > tag:
        raise TypeError(f"{name} is a Valder with a derivative of its own; return its val or its der.")
    if isinstance(y, Valder) and y.tag == tag:
        return y.val, y.der
    return operand(y, name), 0.0


def check_gradient(name: str, y: Any, x: Valder) -> None:
    """Raise if y, made from x, is an array while x is a number with a gradient."""
    if shape(y) and shape(x.der) != shape(x.val):
        raise ValueError(
            f"{name} makes an array of shape {shape(y)} out of a number with a gradient of shape "
            f"{shape(x.der)}, and can't hold both; give an array, or a number with one derivative."
        )


def primal(x: Any) -> Any:
    """Return the number or array inside a Valder, however deep; anything else as it is."""
    while isinstance(x, Valder):
        x = x.val
    return x


def shape(x: Any) -> tuple[int, ...]:
    """Return the shape of a number, an array or the value of a Valder."""
    return getattr(primal(x), "shape", ())


def spread(x: Any, to: tuple[int, ...]) -> Any:
    """Return x in the shape ``to``, its entries repeated as NumPy broadcasts them."""
    return x if shape(x) == to else x + np.zeros(to)


def operand(x: Any, name: str) -> Any:
    """Return x as a number, an array of floats or a Valder; if it is none, say so of ``name``."""
    if isinstance(x, (Valder, float, int, complex)):
        return x
    if isinstance(x, np.ndarray) and x.dtype.kind in "fc":
        return x[()]
    if isinstance(x, Real):
        return float(x)
    try:
        array = np.asarray(x)
    except ValueError:
        raise ValueError(f"{name} has rows of unequal length; give rows of one length.") from None
    if array.dtype.kind not in "biufc":
        kind = type(x).__name__
        raise TypeError(f"{name} must be a number, an array of numbers or a Valder, not {kind}.")
    return (array.astype(float) if array.dtype.kind in "biu" else array)[()]


def _checked(val: Any, der: Any) -> tuple[Any, Any, int]:
    """Return val and der as operands of one shape, and the tag of a Valder made by hand."""
    if val is None:
        raise RuntimeError("A Valder needs a val: Valder(2.0), or Valder(2.0, 1.0) for a variable.")
    val = operand(val, "val")
    der = 0 if der is None else operand(der, "der")
    if shape(val):
        if shape(der) not in ((), shape(val)):
            raise ValueError(f"der of shape {shape(der)} does not fit val of shape {shape(val)}.")
        der = spread(der, shape(val))
    inside = [x.tag + 1 for x in (val, der) if isinstance(x, Valder)]
    return val, der, max([_running.get()[-1], *inside])


def _no_rule(call: str, options: dict) -> TypeError:
    given = f" with {', '.join(options)}" if options else ""
    ruled = ", ".join(_RULED)
    return TypeError(f"{call}{given} has no rule for a Valder; + - * / **, abs, {ruled} have one.")


# NumPy's functions that a Valder takes: those with a rule, and those that see the value alone.
_RULED = PRIMITIVES | OPERATIONS
_NUMPY = {getattr(np, name): function for name, function in _RULED.items() if hasattr(np, name)}
_NUMPY |= {np.absolute: abs, np.negative: operator.neg, np.positive: operator.pos}
_BY_VALUE = {np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal}
_BY_VALUE |= {np.isnan, np.isinf, np.isfinite}
