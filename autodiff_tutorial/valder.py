"""Forward mode: a value and its derivative, carried along together in a Valder."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from .operators import Operators
from .traced import PLAIN, Entrywise, Forward, Traced, differentiation, operand, running, shape, spread


class Valder(Operators):
    """A value and its derivative: a dual number, its primal and its tangent.

    What is calculated from a Valder is a Valder again, its derivative found by the chain rule:
    with operators, with the primitives of this package, and with many of NumPy's functions.
    Comparisons, and so ``if``, look at the value alone.

    Parameters
    ----------
    val : number, array or Valder
        The value. A Valder inside a Valder gives higher derivatives.
    der : number, array or Valder, optional
        The derivative: of the shape of val, or one number for all of it; where val is a number,
        der may be a vector, its gradient. Without der, the Valder is a constant.
    tag : int, optional
        The differentiation that der belongs to; without it, that of all Valders made by hand here,
        apart from the differentiations that are running and from that of a Valder inside. The
        package gives it, and then takes val and der as they are.

    Raises
    ------
    RuntimeError
        If there is no val.
    TypeError
        If val or der is not a number, an array of numbers or a Valder.
    ValueError
        If der does not fit val.

    Notes
    -----
    Where there is no single slope: abs at 0 has slope 0, and maximum and minimum at a tie have
    0.5, the mean of both sides, which a central difference gives, too. sqrt and log at 0 have
    slope inf, 1/x at 0 is (inf, -inf), and x**0 has slope 0 everywhere. Outside its domain, as in
    log(-1) or sin(inf), a function is (nan, nan). At a pole and outside a domain NumPy warns. All
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

    __slots__ = ("der",)
    kind = "a Valder"

    def __init__(self, val: Any = None, der: Any = 0, tag: int | None = None) -> None:
        if tag is None:
            if val is None:
                raise RuntimeError("A Valder needs a val: Valder(2.0), or a variable, Valder(2.0, 1.0).")
            tag = running.get()
            if type(val) is not float or type(der) not in PLAIN:  # two numbers need no look
                val = operand(val, "val")
                der = spread(operand(der, "der"), shape(val), "der")
                tag = max([tag, *(x.tag + 1 for x in (val, der) if isinstance(x, Traced))])
        self.val, self.der, self.tag = val, der, tag

    def __repr__(self) -> str:
        return f"Valder(val={self.val}, der={self.der})"

    def lead(self, y: Any, edge: tuple, *others: tuple) -> "Valder":
        """Return the Valder of y: the tangents that arrive on its edges, added up."""
        y_dot = edge[1] * edge[0].der
        for x, slope in others:
            y_dot = y_dot + slope * x.der
        return Valder(y, y_dot, self.tag)


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
    >>> import numpy as np
    >>> derivative(lambda x: x**3)(2.0)
    12.0
    >>> derivative(derivative(np.square))(np.array([1.0, 2.0]))
    array([2., 2.])
    """
    if not callable(f):
        raise TypeError(f"derivative takes a function of one argument, not {f!r}.")

    @wraps(f, updated=())
    def df(x: Any) -> Any:
        y, y_dot = value_and_derivative(f, x := operand(x, "x"))
        return spread(y_dot, shape(y) or shape(x))

    df.__name__ += " ′"  # so that a figure does not call it by the name of f
    return df


def value_and_derivative(f: Callable[[Any], Any], x: Any, name: str = "the value of f") -> tuple:
    """Return f(x), which errors call ``name``, and f'(x): 0 where f(x) is a constant."""
    return push(f, [x], [spread(1.0, shape(x))], Entrywise if shape(x) else Forward, name)


def push(f: Callable, xs: list, x_dots: list, kind: type, name: str = "the value of f") -> tuple:
    """Return f(*xs), and its tangent, of the same shape, which comes from those of xs."""
    tag, run = differentiation(kind)
    y = run(f, *[Valder(x, x_dot, tag) for x, x_dot in zip(xs, x_dots, strict=True)])
    y, y_dot = (y.val, y.der) if isinstance(y, Valder) and y.tag >= tag else (operand(y, name), 0.0)
    if any(isinstance(part, Traced) and part.tag >= tag for part in (y, y_dot)):
        raise TypeError(f"{name} is a Valder made by hand; return its val or its der, or use primitive.")
    return y, spread(y_dot, shape(y))
