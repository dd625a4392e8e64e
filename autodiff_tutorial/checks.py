"""Check a derivative against differences of the function itself."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .valder import Valder, derivative, operand

# For an x and derivatives of size 1 the best step is the square root of the roundoff 2**-53 for
# forward differences, and its cube root for central ones. A complex step cancels nothing.
STEPS = {"forward": 2.0**-26, "central": 2.0**-17, "complex": 2.0**-70}


def finite_difference(f: Callable, x: Any, h: float | None = None, method: str = "central") -> Any:
    """Approximate f'(x) by values of f alone.

    Parameters
    ----------
    f : callable
        A function of one number or array, each entry of its value depending on the same entry
        of x alone.
    x : number or array
        Where to differentiate: real.
    h : float, optional
        The step. If not given, 1.5e-8 for forward, 7.6e-6 for central and 8.5e-22 for complex,
        times abs(x) where that is above 1: the best for a function whose derivatives are all of
        one size.
    method : {"central", "forward", "complex"}
        (f(x+h) - f(x-h)) / 2h, (f(x+h) - f(x)) / h, or Im f(x+ih) / h. The last is for an f that
        can be taken at complex numbers and has a derivative there, which abs has not.

    Returns
    -------
    number or array
        The approximation.

    Raises
    ------
    ValueError
        If the method is unknown, or h is not above 0 or is too small to move x.
    TypeError
        If x is not real, or the complex step meets an f that drops the imaginary part.

    References
    ----------
    Squire and Trapp, "Using Complex Variables to Estimate Derivatives of Real Functions", SIAM
    Review 40(1), 1998. Martins, Sturdza and Alonso, "The Complex-Step Derivative Approximation",
    ACM Transactions on Mathematical Software 29(3), 2003.

    Examples
    --------
    >>> print(f"{finite_difference(np.sin, 0.0):.9f}")
    1.000000000
    >>> print(finite_difference(np.exp, 0.0, method="complex"))
    1.0
    """
    if method not in STEPS:
        raise ValueError(f"method must be one of {', '.join(STEPS)}, not {method!r}.")
    x = operand(x, "x")
    if isinstance(x, Valder) or np.iscomplexobj(x):
        raise TypeError(f"x must be a real number or an array of them, not {x!r}.")
    h = STEPS[method] * np.maximum(1.0, np.abs(x)) if h is None else operand(h, "h")
    if not np.all(h > 0):
        raise ValueError(f"h must be above 0, not {h}.")
    if method == "complex":
        y = f(x + 1j * h)
        if not np.iscomplexobj(y):
            raise TypeError("f made a real number of a complex one; use the central method for it.")
        return y.imag / h
    high, low = x + h, x if method == "forward" else x - h
    if np.any(high == low):
        raise ValueError(f"h = {h} is too small to move x = {x}.")
    return (f(high) - f(low)) / (high - low)


def check_derivative(
    f: Callable,
    df: Callable,
    x: Any,
    atol: float = 1e-8,
    rtol: float = 1e-6,
    name: str = "the derivative",
) -> None:
    """Raise unless df agrees with central differences of f.

    Parameters
    ----------
    f, df : callable
        A function of one number or array, as for `finite_difference`, and what is said to be
        its derivative.
    x : number or array
        Where to check. One point may be a lucky one: take several.
    atol, rtol : float, optional
        How far the two may be apart: atol, or atol times abs(f(x)) where that is above 1, and
        rtol times the difference quotient.
    name : str, optional
        What the message calls df.

    Raises
    ------
    AssertionError
        If they are further apart, or one is nan; it says where and how far.

    Examples
    --------
    >>> check_derivative(np.sin, np.cos, np.array([0.5, 2.0]))
    >>> check_derivative(np.cos, np.sin, 0.5)
    Traceback (most recent call last):
        ...
    AssertionError: the derivative at x = 0.5 is 0.479426, but the central difference is -0.479426; ...
    """
    x = operand(x, "x")
    quotient = finite_difference(f, x)
    allowed = atol * np.maximum(1.0, np.abs(f(x))) + rtol * np.abs(quotient)
    rows = np.broadcast_arrays(x, df(x), quotient, allowed)
    for at, slope, difference, bound in zip(*map(np.ravel, rows), strict=True):
        if not abs(slope - difference) <= bound:
            raise AssertionError(
                f"{name} at x = {at:g} is {slope:g}, but the central difference is {difference:g}; "
                f"they are {abs(slope - difference):.1e} apart, and {bound:.1e} is allowed."
            )


MODES = {"fwd": derivative}


def check_grads(
    f: Callable,
    x: Any,
    order: int = 2,
    modes: tuple[str, ...] = ("fwd",),
    atol: float = 1e-8,
    rtol: float = 1e-6,
) -> None:
    """Raise unless the derivatives that this package finds agree with central differences.

    Parameters
    ----------
    f : callable
        A function of one number or array, as for `finite_difference`.
    x : number or array
        Where to check.
    order : int, optional
        Up to which derivative. The second is checked as the derivative of the first.
    modes : tuple of str, optional
        What to check: "fwd", forward mode.
    atol, rtol : float, optional
        As for `check_derivative`.

    Raises
    ------
    AssertionError
        If they disagree; it says where, in which mode and order, and by how much.
    ValueError
        If a mode is unknown.

    Examples
    --------
    >>> check_grads(lambda x: x * np.sin(x**2), np.array([0.5, 2.0]))
    """
    for mode in modes:
        if mode not in MODES:
            raise ValueError(f"modes may hold {', '.join(MODES)}, not {mode!r}.")
        g = f
        for k in range(1, order + 1):
            dg = MODES[mode](g)
            check_derivative(g, dg, x, atol, rtol, f"{mode}, order {k}: the derivative")
            g = dg
