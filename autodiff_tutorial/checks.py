"""Check a derivative against differences of the function itself, and one mode against the other."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .tape import grad
from .traced import Traced, operand, shape
from .valder import derivative

ROUNDOFF = 2.0**-52  # from 1 to the next float
SMALLEST = 2.0**-100  # at x = 0, which has no last bit, steps begin at that of this number
ROUNDINGS = 2.0**16 * ROUNDOFF  # what many may add up to, relative to all that is added
FINE = 2.0**-30  # what moves f by less than this part of its value may be rounding
BEHIND = {"forward": 0.0, "central": 1.0}  # how many steps behind x a quotient begins


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
        The step. If not given, each entry has its own: for central and forward differences the
        best of the steps 1, 8, 64, … times the last bit of x, and for complex ones 2**-70 abs(x).
        At x = 0 these are the steps of 2**-100, for differences also where abs(x) is below 2**-900.
    method : {"central", "forward", "complex"}
        (f(x+h) - f(x-h)) / 2h, (f(x+h) - f(x)) / h, or Im f(x+ih) / h. The last is for an f that
        can be taken at complex numbers and has a derivative there, which abs has not.

    Returns
    -------
    number or array
        The approximation; nan where no step gives a number.

    Raises
    ------
    ValueError
        If the method is unknown, or h is not above 0 or is too small to move x.
    TypeError
        If x is not real, or the complex step meets an f that drops the imaginary part.

    Notes
    -----
    How far a quotient may be off is estimated, as by Ridders, from its distance to that of the step
    before, and the roundoff of f over h is added: what f moves by when x first moves it, and the
    last bit of f; the steps up to 2**10 bits of x only serve this. A longer step is taken as long
    as this makes the estimate better, and only if its quotient is within the error of the last one
    (Lepski's principle), so that a step over a kink, a pole or a whole wave ends the search. There is
    one exception: if f departs from a straight line by less than 2**-30 of its value, this may be
    rounding, and a longer step with a much smaller error is taken after all. f is called on both
    sides of x, often as far away as x itself; where it is flat there, also further.

    References
    ----------
    Ridders, "Accurate Computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software
    4(2), 1982. Lepskii, "On a Problem of Adaptive Estimation in Gaussian White Noise", Theory of
    Probability and Its Applications 35(3), 1991. Squire and Trapp, "Using Complex Variables to
    Estimate Derivatives of Real Functions", SIAM Review 40(1), 1998. Martins, Sturdza and Alonso,
    "The Complex-Step Derivative Approximation", ACM Transactions on Mathematical Software 29(3),
    2003.

    Examples
    --------
    >>> print(f"{finite_difference(np.sin, 1000.0):.6f} {np.cos(1000.0):.6f}")
    0.562379 0.562379
    >>> print(finite_difference(np.exp, 0.0, method="complex"))
    1.0
    """
    if method not in (*BEHIND, "complex"):
        raise ValueError(f"method must be one of {', '.join(BEHIND)}, complex, not {method!r}.")
    x = operand(x, "x")
    if isinstance(x, Traced) or np.iscomplexobj(x):
        raise TypeError(f"x must be a real number or an array of them, not {x!r}.")
    if h is None and method in BEHIND:
        return _best_quotient(lambda d: f(x + d), x, BEHIND[method])[0]
    h = 2.0**-70 * np.where(x == 0, SMALLEST, np.abs(x)) if h is None else operand(h, "h")
    if not np.all((h > 0) & np.isfinite(h)):
        raise ValueError(f"h must be above 0 and finite, not {h}.")
    if method == "complex":
        y = f(x + 1j * h)
        if not np.iscomplexobj(y):
            raise TypeError("f turned a complex number into a real one; use the central method for it.")
        return y.imag / h
    high, low = x + h, x - BEHIND[method] * h
    width = high - low  # before f is called, which may change its argument
    if np.any(width == 0):
        raise ValueError(f"h = {h} is too small to move x = {x}.")
    return (f(high) - f(low)) / width


@np.errstate(all="ignore")
def _best_quotient(f: Callable, x: Any, behind: float = 1.0) -> tuple[Any, Any]:
    """Return the best difference quotient of f at 0, with steps in proportion to x, and its error.

    Where digits of f cancel, as in (1 - cos x)/x² near 0, its values form stairs, and short steps may
    all agree on the slope of one stair. Beside the line of a longer step the stairs can be seen. So
    after the search for the best step, a longer one is taken if it rises above them.
    """
    none = np.abs(x) < SMALLEST**9  # 0, or so small that the steps would be
    scale, bit = np.where(none, 1.0, np.abs(x)), np.spacing(np.where(none, SMALLEST, np.abs(x)))
    best, error, step, jump, bend, searching = np.nan, np.inf, 0.0, 0.0, 0.0, True
    y, h, tried = f(0.0 * bit), bit, [(0.0, 0.0)]
    while np.any((searching | (h < scale / 8)) & (h < scale / SMALLEST)):
        try:
            high, low = f(h), f(-behind * h)
        except (ArithmeticError, LookupError, ValueError):  # outside the domain
            high = low = np.nan * y
        quotient = (high - low) / (h + behind * h)
        jump = np.where(jump > 0, jump, np.abs(high - low))
        stairs = np.max([np.abs(other - quotient) * width for width, other in tried], axis=0)
        noise = np.where(searching, jump, stairs) + ROUNDOFF * np.abs(high)
        now = 8 * (np.abs(quotient - tried[-1][1]) + noise / h)
        seen = np.abs(quotient) > now
        # f may be blind for steps of some bits. If it stays flat for longer ones, up to x, it is flat.
        told = seen & (h > 2.0**10 * bit) | (h > 2.0**-20 * scale) & (h < scale)
        longer = told & (now < error) & ~(np.abs(quotient - best) > error)
        above = seen & (h < scale / 8) & (stairs < FINE * np.abs(y)) & (64 * now < error)
        better = np.where(searching, longer, above)
        searching = searching & (better | ~told)
        best, error = np.where(better, quotient, best), np.where(better, now, error)
        step = np.where(better, h, step)
        second = np.abs(high - 2 * y + low) / h**2
        bend = np.where((h < scale / 8) & np.isfinite(second), second, bend)
        tried.append((h, quotient))
        h = 8 * h
    known = 1000 * np.abs(y) / np.maximum(step, scale) + bend * np.abs(x)  # up to a bit of x
    return best[()], error[()] + ROUNDOFF * known


def check_derivative(
    f: Callable, df: Callable, x: Any, atol: float = 0, rtol: float = 1e-6, name: str = "the derivative"
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
        How far the two may be apart: atol, and rtol times the difference quotient, and the
        quotient's own estimated error. A slope too small to be seen beside the roundoff of f is
        held to that error alone. An f with fewer than nine correct digits may be accused wrongly.
    name : str, optional
        What the message calls df.

    Raises
    ------
    AssertionError
        If they are further apart, or one is nan; it says where and how far.

    Examples
    --------
    >>> check_derivative(np.sin, np.cos, np.array([0.5, 1000.0]))
    >>> check_derivative(np.cos, np.sin, 0.5)
    Traceback (most recent call last):
        ...
    AssertionError: the derivative at x = 0.5 is 0.479426, but the central difference is -0.479426; ...
    """
    x = operand(x, "x")
    at = np.vectorize("{:g}".format, otypes=[object])(x)
    _check(name, at, df(x), lambda d: f(x + d), x, atol, rtol)


def _check(name: str, at: Any, df: Any, f: Callable, x: Any, atol: float, rtol: float) -> None:
    """Raise unless df is the best difference quotient of f at 0, up to the tolerances and its error."""
    quotient, error = _best_quotient(f, x)
    tolerance = atol + rtol * np.abs(quotient) + error
    _compare(name, at, df, "the central difference", quotient, tolerance)


def _compare(name: str, places: Any, ours: Any, other: str, theirs: Any, allowed: Any) -> None:
    """Raise unless each entry of the one is that of the other, up to what is allowed."""
    if np.shape(ours) not in ((), np.shape(theirs)):
        raise AssertionError(f"{name} has the shape {np.shape(ours)}, but {other} {np.shape(theirs)}.")
    rows = np.broadcast_arrays(places, ours, theirs, allowed)
    for at, a, b, bound in zip(*map(np.ravel, rows), strict=True):
        if not abs(a - b) <= bound:
            apart = f"they are {abs(a - b):.1e} apart, and {bound:.1e} is allowed."
            raise AssertionError(f"{name} at x = {at} is {a:g}, but {other} is {b:g}; {apart}")


def _line(f: Callable, xs: Sequence, vs: list) -> Callable:
    """Return f along the line through xs in the direction vs."""
    return lambda t: f(*[x + t * v for x, v in zip(xs, vs, strict=True)])


def _forward(f: Callable, vs: list) -> Callable:
    """Return the derivative of f in the direction vs, by forward mode."""
    return lambda *xs: derivative(_line(f, xs, vs))(0.0)


def _reverse(f: Callable, vs: list) -> Callable:
    """Return the derivative of f in the direction vs, by reverse mode."""
    gradient = grad(f, tuple(range(len(vs))))
    return lambda *xs: sum(np.sum(x_bar * v) for x_bar, v in zip(gradient(*xs), vs, strict=True))


MODES = {"fwd": _forward, "rev": _reverse}


def check_grads(
    f: Callable, x: Any, order: int = 2, modes: Any = ("fwd", "rev"), atol: float = 0, rtol: float = 1e-6
) -> None:
    """Raise unless the derivatives that this package finds agree with central differences.

    At a number the derivative itself is checked. Of many inputs, all are moved at once in a random
    direction v, the same in every run, and the derivative in this direction, Jv, is checked. The
    modes are also checked against each other, with random weights w: that ⟨Jv, w⟩ by forward mode
    is ⟨v, Jᵀw⟩ by reverse mode. This adjoint test takes no step, and is exact to rounding.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays to one number or array, written with NumPy.
    x : number, array or tuple of them
        Where to check; a tuple holds the arguments of f. Entries are moved in proportion to
        themselves, those that are 0 to the largest of their array, and an array of zeros by about 1.
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

    References
    ----------
    Claerbout, "Earth Soundings Analysis: Processing versus Inversion", Blackwell 1992, has the
    adjoint test under the name of dot-product test.

    Examples
    --------
    >>> check_grads(lambda x: x * np.sin(x**2), np.array([0.5, 2.0]))
    >>> check_grads(lambda a, x: np.sum(a @ x) ** 2, (np.ones((2, 3)), np.array([1.0, 2.0, 3.0])))
    """
    xs = tuple(operand(u, "x") for u in (x if isinstance(x, tuple) else (x,)))
    if order < 1 or not modes:
        raise ValueError(f"nothing to check in order = {order} and modes = {modes!r}.")
    if unknown := [mode for mode in modes if mode not in MODES]:
        raise ValueError(f"modes may hold {', '.join(MODES)}, not {unknown[0]!r}.")
    one = len(xs) == 1 and not shape(xs[0])
    random = np.random.default_rng(0).uniform
    # Not below 1/2, so that each entry is moved far enough to show its fault.
    sizes = [np.where(u == 0, np.max(np.abs(u), initial=0) or 1.0, np.abs(u)) for u in xs]
    vs = [1.0] if one else [size * random(0.5, 1.0, shape(size)) for size in sizes]
    x, unit = (xs[0], max(abs(xs[0]) or 1.0, SMALLEST)) if one else (float(all(map(np.any, xs))), 1.0)
    at = f"{x:g}" if one else f"{_short(xs)} along {_short(vs)}"
    weights = random(0.5, 1.0, to) if (to := shape(f(*xs))) else 1.0
    functions, rounding = {"fwd": f, "rev": lambda *us: np.sum(weights * f(*us))}, 0.0
    for k in range(1, order + 1):
        slopes = {mode: MODES[mode](g, vs) for mode, g in functions.items()}
        for mode in modes:
            path, name = _line(functions[mode], xs, vs), f"{mode}, order {k}: the derivative"
            _check(name, at, slopes[mode](*xs), path, x, atol + rounding / unit, rtol)
        # What cancels in a derivative leaves its roundings in the next.
        rounding = (rounding + ROUNDINGS * np.sum(np.abs(functions[modes[0]](*xs)))) / unit
        if {*modes} == {*MODES}:
            ahead, back = weights * slopes["fwd"](*xs), slopes["rev"](*xs)
            allowed = rounding + ROUNDINGS * np.sum(np.abs(ahead))
            _compare(f"order {k}: ⟨v, Jᵀw⟩", at, back, "⟨Jv, w⟩", np.sum(ahead), allowed)
        functions = slopes


def _short(xs: Sequence) -> str:
    return ", ".join(np.array2string(np.asarray(x), precision=4, threshold=6) for x in xs)
