"""A function beside its derivative: what of two curves to show, and where they have gaps."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ..chain import forward_mode
from .graphs import name_of
from .style import DERIVATIVE, REFERENCE, STYLE, VALUE


def plot_derivative(f: Callable, a: float, b: float, ax: Axes | None = None) -> Axes:
    """Draw a function and its derivative from a to b.

    Outside the domain, and where a curve jumps, as at a pole, it has a gap. A dot stands where f
    turns, and a thin line joins it to the zero of the derivative. Where one curve would be a flat
    line beside the other, as when x is in nanometres, the derivative is drawn times a power of ten,
    and its label says so.

    Parameters
    ----------
    f : callable
        A function that can be differentiated over an array. One that decides by its argument, with
        ``if`` or ``while``, is called with one number after the other.
    a, b : float
        The ends of the interval.
    ax : Axes, optional
        Where to draw. Without it, a new figure is made.

    Returns
    -------
    Axes
        What was drawn into.

    Raises
    ------
    TypeError
        If f does not return real numbers.
    ValueError
        If a is not below b, or f has no finite value and slope between them.

    Examples
    --------
    >>> ax = plot_derivative(np.sin, 0, 6)
    >>> [text.get_text() for text in ax.texts]
    ['sin', 'sin ′']
    >>> plt.close(ax.figure)
    """
    if not a < b:
        raise ValueError(f"a must be below b, not a = {a} and b = {b}.")
    x = np.linspace(a, b, 801)
    name = name_of(f)
    with np.errstate(all="ignore"):  # of poles, and outside the domain
        values, slopes = value_and_slope(f, x)
        if not (np.isfinite(values) & np.isfinite(slopes)).any():
            raise ValueError(f"{name} has no finite value and slope between {a} and {b}.")
        shown = [limits_of(f, x, values, 0), limits_of(f, x, slopes, 1)]
        power = power_of_ten(*np.max(np.abs(shown), axis=1), b - a)
        unit = 10.0**power
        low, high = min(shown[0][0], unit * shown[1][0]), max(shown[0][1], unit * shown[1][1])
        jumps = jumps_of(f, x, values, 0, (high - low) / 50)
        x_value, value = with_gaps(x, values, jumps)  # where f jumps, its slope has a gap as well
        x_slope, slope = with_gaps(
            x, slopes, jumps | jumps_of(f, x, slopes, 1, (high - low) / 50 / unit)
        )
        turns = zeros_of(x_slope, slope)
    if ax is None:
        with plt.rc_context(STYLE):
            _, ax = plt.subplots()
    margin = 0.06 * (high - low or 1.0)
    low, high = low - margin, high + margin
    ax.set(xlim=(a, b), ylim=(low, high))
    ax.axhline(0, color=REFERENCE, linewidth=0.8)
    ax.plot(x_value, value, color=VALUE)
    ax.plot(x_slope, unit * slope, color=DERIVATIVE, linestyle="--")
    for turn in turns:
        ax.plot([turn, turn], [0, f(turn)], color=REFERENCE, linewidth=0.8, linestyle=":")
        ax.plot(turn, f(turn), "o", color=VALUE, markersize=4)
    at = [np.clip(y[np.isfinite(y)][-1], low, high) for y in (value, unit * slope)]
    apart = max(0.0, 0.1 * (high - low) - abs(at[0] - at[1])) / 2  # so that the labels don't touch
    up = 1 if at[0] >= at[1] else -1
    times = {0: "", 1: " × 10", -1: " × 0.1"}.get(power, f" × $10^{{{power}}}$")
    place = {"fontsize": 10, "va": "center", "clip_on": False}
    ax.text(b + 0.015 * (b - a), at[0] + up * apart, name, color=VALUE, **place)
    name = name if name.rstrip(" ′").isidentifier() else f"({name})"
    ax.text(b + 0.015 * (b - a), at[1] - up * apart, f"{name} ′{times}", color=DERIVATIVE, **place)
    return ax


def value_and_slope(f: Callable, x: np.ndarray) -> np.ndarray:
    """Return f and its derivative at each x: in one run, or one by one where f decides by its value."""
    try:
        y = forward_mode([f], x)
        both = np.array([y.val + 0 * x, y.der + 0 * x])
    except ValueError as error:
        if "truth value" not in str(error):
            raise
        ys = [forward_mode([f], float(point)) for point in x]
        both = np.array([[y.val for y in ys], [y.der for y in ys]])
    if both.dtype.kind == "c":
        raise TypeError(f"plot_derivative draws real numbers, and {name_of(f)} returns complex ones.")
    return both


def limits_of(f: Callable, x: np.ndarray, y: np.ndarray, which: int) -> tuple[float, float]:
    """Return the range to draw: all of y, but not all of a pole, where y grows as x comes closer."""
    size = np.where(np.isfinite(y), np.abs(y), np.nan)
    typical, top = np.nanpercentile(size, 75), np.nanargmax(size)
    if size[top] > 6 * typical > 0:
        place, reach, closer = x[top], x[1] - x[0], size[top]
        for _ in range(4):  # move to the highest of its neighbours, and look closer
            near = np.clip(place + reach * np.linspace(-1, 1, 65), x[0], x[-1])
            heights = np.abs(value_and_slope(f, near)[which])
            place, reach, closer = near[np.nanargmax(heights)], reach / 32, np.nanmax(heights)
        if closer > 3 * size[top]:
            y = np.clip(y, -3 * typical, 3 * typical)
    return np.min(y[np.isfinite(y)]), np.max(y[np.isfinite(y)])


def power_of_ten(value: float, slope: float, width: float) -> int:
    """Return by which power of ten to draw a slope so that neither curve is flat, by their sizes."""
    seen = slope * width > 1e-9 * value > 0  # or else the slope is what rounding made of 0
    return round(np.log10(value / slope)) if seen and not 1 / 8 <= value / slope <= 8 else 0


def jumps_of(f: Callable, x: np.ndarray, y: np.ndarray, which: int, large: float) -> np.ndarray:
    """Return between which points a curve jumps: where its step stays, however short the interval."""
    step = np.abs(np.diff(y))
    jumps = (step > large) & np.isfinite(step)
    places = np.flatnonzero(jumps)
    left, right, low, high = x[places], x[places + 1], y[places], y[places + 1]
    for _ in range(40):  # halve each interval, and keep the half with the larger step
        if not jumps.any():
            break
        middle = (left + right) / 2
        new = value_and_slope(f, middle)[which]
        first = np.abs(new - low) > np.abs(high - new)
        left, low = np.where(first, left, middle), np.where(first, low, new)
        right, high = np.where(first, middle, right), np.where(first, new, high)
        jumps[places] = ~(np.abs(high - low) < step[places] / 2)
    return jumps


def zeros_of(x: np.ndarray, y: np.ndarray) -> list[float]:
    """Return where a curve changes its sign, between two points or at one of them."""
    zeros = []
    for step in (1, 2):
        k = np.flatnonzero(y[:-step] * y[step:] < 0)
        k = k if step == 1 else k[y[k + 1] == 0]
        zeros += list(x[k] + y[k] / (y[k] - y[k + step]) * (x[k + step] - x[k]))
    return sorted(zeros)


def with_gaps(x: np.ndarray, y: np.ndarray, jumps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a curve with a nan between two points where it jumps."""
    after = np.flatnonzero(jumps) + 1
    y = np.where(np.isfinite(y), y, np.nan)
    return np.insert(x, after, (x[after - 1] + x[after]) / 2), np.insert(y, after, np.nan)
