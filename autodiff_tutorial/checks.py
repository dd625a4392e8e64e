"""Check a derivative against differences of the function itself."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .tape import grad
from .traced import Traced, operand, shape
from .valder import derivative

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
    if isinstance(x, Traced) or np.iscomplexobj(x):
        raise TypeError(f"x must be a real number or an array of them, not {x!r}.")
    h = STEPS[method] * np.maximum(1.0, np.abs(x)) if h is None else operand(h, "h")
    if not np.all((h > 0) & np.isfinite(h)):
        raise ValueError(f"h must be above 0, not {h}.")
    if method == "complex":
        y = f(x + 1j * h)
        if not np.iscomplexobj(y):
            raise TypeError("f made a real number of a complex one; use the central method for it.")
        return y.imag / h
    high, low = x + h, x + 0.0 if method == "forward" else x - h
    step = high - low
    if np.any(step == 0):
        raise ValueError(f"h = {h} is too small to move x = {x}.")
    return (f(high) - f(low)) / step


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
    at = np.vectorize("{:g}".format, otypes=[object])(x)
    _compare(df(x), finite_difference(f, x), f(x), atol, rtol, name, at)


def _compare(df: Any, quotient: Any, y: Any, atol: float, rtol: float, name: str, places: Any) -> None:
    """Raise unless each entry of df is that of the quotient; y is the value, to which atol refers."""
    if np.shape(df) not in ((), np.shape(quotient)):
        raise AssertionError(
            f"the derivative has the shape {np.shape(df)}, but the difference {np.shape(quotient)}."
        )
    allowed = atol * np.maximum(1.0, np.abs(y)) + rtol * np.abs(quotient)
    rows = np.broadcast_arrays(places, df, quotient, allowed)
    for at, slope, difference, bound in zip(*map(np.ravel, rows), strict=True):
        if not abs(slope - difference) <= bound:
            raise AssertionError(
                f"{name} at x = {at} is {slope:g}, but the central difference is {difference:g}; "
                f"they are {abs(slope - difference):.1e} apart, and {bound:.1e} is allowed."
            )


def _forward(f: Callable, vs: list) -> Callable:
    """Return the derivative of f in the direction vs, by forward mode."""
    return lambda *xs: derivative(lambda t: f(*_moved(xs, vs, t)))(0.0)


def _reverse(f: Callable, vs: list) -> Callable:
    """Return the derivative of f in the direction vs, by reverse mode."""

    def slope(*xs: Any) -> Any:
        x_bars = grad(f, tuple(range(len(xs))))(*xs)
        return sum(np.sum(x_bar * v) for x_bar, v in zip(x_bars, vs, strict=True))

    return slope


def _moved(xs: Sequence, vs: Sequence, t: Any) -> list:
    return [x + t * v for x, v in zip(xs, vs, strict=True)]


MODES = {"fwd": _forward, "rev": _reverse}


def check_grads(
    f: Callable,
    x: Any,
    order: int = 2,
    modes: tuple[str, ...] = ("fwd", "rev"),
    atol: float = 1e-8,
    rtol: float = 1e-6,
) -> None:
    """Raise unless the derivatives that this package finds agree with central differences.

    At a number the derivative itself is checked. Of many inputs, all are moved at once in a random
    direction, the same in every run, and the derivative in this direction is checked.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays to one number or array, written with NumPy.
    x : number, array or tuple of them
        Where to check; a tuple holds the arguments of f.
    order : int, optional
        Up to which derivative. The second is checked as the derivative of the first.
    modes : tuple of str, optional
        What to check: "fwd", forward mode, and "rev", reverse mode. The latter takes of an array
        that f returns a weighted sum.
    atol, rtol : float, optional
        As for `check_derivative`.

    Raises
    ------
    AssertionError
        If they disagree; it says where, in which mode and order, and by how much.
    ValueError
        If a mode is unknown, or order and modes leave nothing to check.

    Examples
    --------
    >>> check_grads(lambda x: x * np.sin(x**2), np.array([0.5, 2.0]))
    >>> check_grads(lambda a, x: np.sum(a @ x) ** 2, (np.ones((2, 3)), np.array([1.0, 2.0, 3.0])))
    """
    xs = tuple(operand(u, "x") for u in (x if isinstance(x, tuple) else (x,)))
    one = len(xs) == 1 and not shape(xs[0])
    random = np.random.default_rng(0).uniform
    # Not below 1/2, so that each entry is moved far enough to show its fault.
    vs = [1.0] if one else [np.maximum(1.0, np.abs(u)) * random(0.5, 1.0, shape(u)) for u in xs]
    h = STEPS["central"] * max(1.0, abs(xs[0])) if one else STEPS["central"]
    at = f"{xs[0]:g}" if one else f"{_short(xs)} along {_short(vs)}"
    if order < 1 or not modes:
        raise ValueError(f"nothing to check in order = {order} and modes = {modes!r}.")
    for mode in modes:
        if mode not in MODES:
            raise ValueError(f"modes may hold {', '.join(MODES)}, not {mode!r}.")
        g = f if mode == "fwd" else _weighted(f, shape(f(*xs)), random)
        for k in range(1, order + 1):
            dg = MODES[mode](g, vs)
            quotient = finite_difference(lambda t, g=g: g(*_moved(xs, vs, t)), 0.0, h)
            name = f"{mode}, order {k}: the derivative"
            _compare(dg(*xs), quotient, g(*xs), atol, rtol, name, at)
            g = dg


def _weighted(f: Callable, to: tuple[int, ...], random: Callable) -> Callable:
    """Return f, or a weighted sum of its entries if it returns an array of the shape ``to``."""
    weights = random(0.5, 1.0, to)
    return lambda *xs: np.sum(weights * f(*xs)) if to else f(*xs)


def _short(xs: Sequence) -> str:
    return ", ".join(np.array2string(np.asarray(x), precision=4, threshold=6) for x in xs)
