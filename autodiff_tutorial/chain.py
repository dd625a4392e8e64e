"""Both modes over a chain of functions: its local derivatives, multiplied from either end."""

from collections.abc import Callable, Iterable, Iterator
from math import prod
from types import FunctionType
from typing import Any

from .carry import PRIMITIVES
from .rules import NUMBERS, linearize
from .traced import differentiation, is_running, operand, separate, shape, spread
from .valder import Valder, check_gradient, parts, variable

_NAMES = {function: name for name, function in PRIMITIVES.items()}
_RULES = {function: NUMBERS[name][:2] for name, function in PRIMITIVES.items()}


def forward_mode(chain: Iterable[Callable], input_value: Any) -> Valder:
    """Differentiate a chain from its input to its output.

    The tangent begins as the derivative of the input, and each link multiplies it by its local
    derivative: v̇ᵢ₊₁ = (∂f/∂vᵢ) v̇ᵢ.

    Parameters
    ----------
    chain : iterable of callables
        The links, in order of application: [sin, sin, exp] is exp(sin(sin(x))). A link is a
        function of one Valder; one that returns Valder(value, local derivative), whatever
        derivative it was given, will do as well.
    input_value : number, array or Valder
        The input. A number or an array x is the variable itself, Valder(x, 1.0); so is the x
        of a `derivative` that is running.

    Returns
    -------
    Valder
        The value of the chain, and its derivative times that of the input.

    Raises
    ------
    TypeError
        If a link can't be called, or the input is not a number, an array or a Valder.

    Examples
    --------
    >>> from autodiff_tutorial import exp, sin
    >>> forward_mode([sin, sin, exp], 2.0)
    Valder(val=2.2013533791690376, der=-0.562752038662712)
    """
    chain = _links_of(chain)
    start = operand(input_value, "input_value")
    if not isinstance(start, Valder) or is_running(start.tag):
        start = variable(start)
    if found := _on_numbers(chain, start.val):
        y, slopes = found
        return Valder(y, prod(slopes, start=start.der), start.tag)
    y, y_dot = start.val, start.der
    for value, slope in _links(chain, start.val):
        y, y_dot = value, y_dot * slope
    check_gradient("the chain", y, start)
    return Valder(y, y_dot, start.tag)


def reverse_mode(chain: Iterable[Callable], input_value: Any, dy: Any = 1.0) -> tuple[Valder, Any]:
    """Differentiate a chain from its output back to its input.

    A sweep forwards keeps the local derivatives. The adjoint then begins as dy, and each link,
    the last one first, multiplies it by its own: v̄ᵢ = (∂f/∂vᵢ) v̄ᵢ₊₁.

    Parameters
    ----------
    chain : iterable of callables
        The links, as in `forward_mode`.
    input_value : number, array or Valder
        The input. A number or an array x is taken as Valder(x, 0).
    dy : number or array, optional
        The adjoint of the output. An array is never written to.

    Returns
    -------
    val : Valder
        The value of the chain. Its ``der`` is the tangent, what `forward_mode` makes of the
        derivative of the input: 0 where that is 0.
    der : number or array
        The adjoint of the input: dy times the derivative of the chain.

    Raises
    ------
    TypeError
        If a link can't be called, or an argument is not a number, an array or a Valder.

    Notes
    -----
    For each link one number (or array), its local derivative, is kept until the end. See
    Griewank and Walther, "Evaluating Derivatives", 2nd edition, SIAM 2008, section 3.2.

    Examples
    --------
    >>> from autodiff_tutorial import exp, sin
    >>> val, der = reverse_mode([sin, sin, exp], Valder(2.0, 0), 1.0)
    >>> val.val, der
    (2.2013533791690376, -0.562752038662712)
    """
    chain = _links_of(chain)
    start = operand(input_value, "input_value")
    dy = operand(dy, "dy")
    if not isinstance(start, Valder):
        start = Valder(start, spread(0, shape(start)), separate())
    running = is_running(start.tag)  # then der must carry the derivative of start, too
    x = start if running else start.val
    y, slopes = _on_numbers(chain, x) or _collect(chain, x)
    x_bar = prod(reversed(slopes), start=dy)
    if shape(x) and not shape(x_bar):
        x_bar = spread(x_bar, shape(x))
    if shape(x) and shape(x_bar) != shape(x):
        raise ValueError(
            f"the adjoint would have the shape {shape(x_bar)} and the input has {shape(x)}; dy and "
            "the links must keep to the shape of the input."
        )
    if running and isinstance(y, Valder):
        return y, x_bar
    check_gradient("the chain", y, start)
    return Valder(y, prod(slopes, start=start.der), start.tag), x_bar


def _links_of(chain: Any) -> list:
    if callable(chain):
        raise TypeError(
            "a chain is a list of functions in order of application, such as [sin, sin, exp]."
        )
    return list(chain)


def _on_numbers(chain: list, x: Any) -> tuple[float, list[float]] | None:
    """Return value and local derivatives, read off the table, of primitives at a number.

    None where that way is not open: other links, arrays, or a point where math raises.
    """
    if not isinstance(x, float):
        return None
    slopes = []
    try:
        for link in chain:
            value, slope = _RULES[link]
            y = value(x)
            slopes.append(slope(x, y))
            x = y
    except (LookupError, TypeError, ArithmeticError, ValueError):
        return None
    return x, slopes


def _collect(chain: list, x: Any) -> tuple[Any, list]:
    """Return the value and the list of local derivatives of any chain."""
    y, slopes = x, []
    for value, slope in _links(chain, x):
        y = value
        slopes.append(slope)
    return y, slopes


def _links(chain: list, x: Any) -> Iterator[tuple[Any, Any]]:
    """Go along a chain, and give the value and the local derivative of each link."""
    for position, link in enumerate(chain):
        name = _NAMES.get(link) if isinstance(link, FunctionType) else None
        if name:
            x, (slope,) = linearize(name, [x], [True])
        elif callable(link):
            # Seeded with 1, a function of a Valder returns its local derivative.
            with differentiation(forward=True, entrywise=shape(x) != ()) as tag:
                y = link(Valder(x, spread(1.0, shape(x)), tag))
            x, slope = parts(y, tag, f"the value of chain[{position}]")
        else:
            raise TypeError(
                f"chain[{position}] is {link!r}, which can't be called; "
                "a chain is a list of functions in order of application, such as [sin, sin, exp]."
            )
        yield x, slope
