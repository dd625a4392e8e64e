"""The functions and operations of the tables, for numbers, arrays and traced values."""

import math
from collections.abc import Callable
from typing import Any

from .arrays import broadcast_to
from .rules import NUMBERS, functions, linearize, operations
from .traced import Traced, differentiated, operand, shape

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
    """Return the function that carries a number, an array or a traced value through a rule."""
    value, slope, (_, high) = NUMBERS[name]

    def function(x: Any) -> Any:
        if not isinstance(x, Traced):
            return linearize(name, [operand(x, f"the argument of {name}")], [False])[0]
        val = x.val
        if isinstance(val, float):  # the quick way to what follows below
            try:
                y = value(val)
                return x.follow(y, slope(val, y))
            except (ArithmeticError, ValueError):
                pass
        y, (dydx,) = linearize(name, [val], [True])
        return x.follow(y, dydx)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = _PRIMITIVE_DOC.format(name=name, x=high / 2)
    return function


def operation(name: str) -> Callable[[Any, Any], Any]:
    """Return the function that carries two arguments, at least one traced, through a rule."""
    value, by_a, by_b = NUMBERS[name]

    def function(a: Any, b: Any) -> Any:
        a_on, b_on = differentiated(a, b)
        x = a.val if a_on else a
        z = b.val if b_on else b
        if isinstance(x, (float, int)) and isinstance(z, (float, int)):  # the quick way
            try:
                y = value(x, z)
                if not b_on:
                    return a.follow(y, by_a(x, z, y))
                if not a_on:
                    return b.follow(y, by_b(x, z, y))
                return a.join(y, by_a(x, z, y), b, by_b(x, z, y))
            except (ArithmeticError, ValueError):
                pass
        x, z = (operand(u, f"an argument of {name}") for u in (x, z))
        y, slopes = linearize(name, [x, z], [a_on, b_on])
        on = [broadcast_to(v, shape(y)) for v, is_on in ((a, a_on), (b, b_on)) if is_on]
        return on[0].join(y, slopes[0], on[1], slopes[1]) if on[1:] else on[0].follow(y, *slopes)

    return function


PRIMITIVES = {name: primitive(name) for name in functions(math)}
OPERATIONS = {name: operation(name) for name in operations(math)}
