"""Both modes over a chain of functions: its local derivatives, multiplied from either end."""

from collections.abc import Callable, Iterable
from math import prod
from typing import Any

from .checkpoints import sweep
from .traced import Forward, operand, shape, spread
from .valder import Valder, value_and_derivative


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
    ValueError
        If the chain makes an array out of a number with a gradient.

    Examples
    --------
    >>> from autodiff_tutorial import exp, sin
    >>> forward_mode([sin, sin, exp], 2.0)
    Valder(val=2.2013533791690376, der=-0.562752038662712)
    """
    links, start = _begin(chain, input_value, 1.0)
    y, y_dot = start.val, start.der
    for link in links:
        y, slope = link(y)
        y_dot = y_dot * slope
    return _end(y, y_dot, start)


def reverse_mode(
    chain: Iterable[Callable], input_value: Any, dy: Any = 1.0, checkpoints: int | None = None
) -> tuple[Valder, Any]:
    """Differentiate a chain from its output back to its input.

    A sweep forwards keeps the local derivatives. The adjoint then begins as dy, and each link,
    the last one first, multiplies it by its own: v̄ᵢ = (∂f/∂vᵢ) v̄ᵢ₊₁.

    Parameters
    ----------
    chain : iterable of callables
        The links, as in `forward_mode`.
    input_value : number, array or Valder
        The input. A number or an array x is taken as Valder(x, 0); so is the x of a
        `derivative` that is running.
    dy : number or array, optional
        The adjoint of the output. An array is never written to.
    checkpoints : int, optional
        How many values to keep at most, the input among them. The others are calculated again
        when the sweep back needs them, so a link must give the same each time. The results are
        the same, too. Without it, every local derivative is kept, and no link runs twice.

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
    ValueError
        If the shapes of input, links and dy do not fit, or checkpoints is not a whole number
        above 0.

    Notes
    -----
    For each link one number (or array), its local derivative, is kept until the end. See
    Griewank and Walther, "Evaluating Derivatives", 2nd edition, SIAM 2008, section 3.2; for
    checkpoints, chapter 12. With c of them, l links run l + t(l, c) times in all, the fewest
    possible: see `autodiff_tutorial.checkpoints`.

    Examples
    --------
    >>> from autodiff_tutorial import exp, sin
    >>> val, der = reverse_mode([sin, sin, exp], Valder(2.0, 0), 1.0)
    >>> val.val, der
    (2.2013533791690376, -0.562752038662712)
    >>> reverse_mode([sin] * 10_000, 1.0, checkpoints=20) == reverse_mode([sin] * 10_000, 1.0)
    True
    """
    links, start = _begin(chain, input_value, 0)
    x, dy = start.val, operand(dy, "dy")
    if checkpoints is None:
        y, slopes = x, []
        for link in links:
            y, slope = link(y)
            slopes.append(slope)
        y_dot, x_bar = prod(slopes, start=start.der), prod(reversed(slopes), start=dy)
    else:
        y, y_dot, x_bar = sweep(links, checkpoints, x, start.der, dy)
    return _end(y, y_dot, start), spread(x_bar, shape(x), "an adjoint, from dy and the links,")


def _begin(chain: Iterable[Callable], input_value: Any, der: float) -> tuple[list, Valder]:
    """Return the links of a chain, and its input as a Valder, whose derivative is der if it has none."""
    start = operand(input_value, "input_value")
    if not isinstance(start, Valder) or isinstance(start.tag, Forward):
        start = Valder(start, der)
    # By functools.wraps, what wraps a primitive has the attributes of it, and is none.
    links = [(not hasattr(f, "__wrapped__") and getattr(f, "valder", None)) or _link(f) for f in chain]
    return links, start


def _link(f: Callable) -> Callable:
    """Return the function x -> (f(x), f'(x)) of a link that is no primitive of this package."""
    return lambda x, wanted=True: value_and_derivative(f, x, "the value of a link")


def _end(y: Any, y_dot: Any, x: Valder) -> Valder:
    """Return the value of a chain as a Valder; a number with a gradient must not become an array."""
    if shape(y) and shape(x.der) != shape(x.val):
        raise ValueError("a number with a gradient can't become an array; give it one derivative.")
    return Valder(y, y_dot, x.tag)
