"""A function beside its derivative: what of two curves to show, and where they have gaps."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ..chain import forward_mode
from .graphs import name_of
from .style import DERIVATIVE, REFERENCE, STYLE, VALUE


@np.errstate(all="ignore")  # of poles, and outside the domain
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
    x, name = np.linspace(a, b, 801), name_of(f)
    both = value_and_slope(f, x)
    if not np.isfinite(both).all(axis=0).any():
        raise ValueError(f"{name} has no finite value and slope between {a} and {b}.")
    ranges = np.array([limits_of(f, x, y, which) for which, y in enumerate(both)])
    power = power_of_ten(*np.max(np.abs(ranges), axis=1), b - a)
    units = np.array([[1.0], [10.0**power]])
    low, high = np.min(units * ranges), np.max(units * ranges)
    jumps = [jumps_of(f, x, y, which, (high - low) / 50 / units[which]) for which, y in enumerate(both)]
    if ax is None:
        with plt.rc_context(STYLE):
            _, ax = plt.subplots()
    margin = 0.06 * (high - low or 1.0)
    low, high = low - margin, high + margin
    ax.set(xlim=(a, b), ylim=(low, high))
    ax.axhline(0, color=REFERENCE, linewidth=0.8)
    value = with_gaps(x, both[0], jumps[0])
    slope = with_gaps(x, units[1] * both[1], np.union1d(*jumps))  # where f jumps, so does its slope
    ax.plot(*value, color=VALUE)
    ax.plot(*slope, color=DERIVATIVE, linestyle="--")
    for turn in zeros_of(*slope):
        ax.plot([turn, turn], [0, f(turn)], color=REFERENCE, linewidth=0.8, linestyle=":")
        ax.plot(turn, f(turn), "o", color=VALUE, markersize=4)
    ends = [np.clip(y[np.isfinite(y)][-1], low, high) for _, y in (value, slope)]
    above = ends[0] - ends[1]
    apart = np.copysign(max(0.0, 0.1 * (high - low) - abs(above)) / 2, above)  # so that no labels touch
    times = {0: "", 1: " × 10", -1: " × 0.1"}.get(power, f" × $10^{{{power}}}$")
    beside = {"transform": ax.get_yaxis_transform(), "va": "center"}
    ax.text(1.015, ends[0] + apart, name, color=VALUE, **beside)
    name = name if name.rstrip(" ′").isidentifier() else f"({name})"
    ax.text(1.015, ends[1] - apart, f"{name} ′{times}", color=DERIVATIVE, **beside)
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
        place, reach = x[top], x[1] - x[0]
        for _ in range(4):  # move to the highest of its neighbours, and look closer
            near = np.clip(place + reach * np.linspace(-1, 1, 65), x[0], x[-1])
            heights = np.abs(value_and_slope(f, near)[which])
            place, reach = near[np.nanargmax(heights)], reach / 32
        if np.nanmax(heights) > 3 * size[top]:
            y = np.clip(y, -3 * typical, 3 * typical)
    return np.min(y[np.isfinite(y)]), np.max(y[np.isfinite(y)])


def power_of_ten(value: float, slope: float, width: float) -> int:
    """Return by which power of ten to draw a slope so that neither curve is flat, by their sizes."""
    seen = slope * width > 1e-9 * value > 0  # or else the slope is what rounding made of 0
    return round(np.log10(value / slope)) if seen and not 1 / 8 <= value / slope <= 8 else 0


def jumps_of(f: Callable, x: np.ndarray, y: np.ndarray, which: int, large: float) -> np.ndarray:
    """Return behind which points a curve jumps: where its step stays, however short the interval."""
    step = np.abs(np.diff(y))
    places = np.flatnonzero((step > large) & np.isfinite(step))
    left, right = (np.array([x[k], y[k]]) for k in (places, places + 1))
    for _ in range(40 if len(places) else 0):  # halve each interval, and keep the larger step
        middle = (left[0] + right[0]) / 2
        middle = np.array([middle, value_and_slope(f, middle)[which]])
        first = np.abs(middle - left)[1] > np.abs(right - middle)[1]
        left, right = np.where(first, left, middle), np.where(first, middle, right)
    return places[~(np.abs(right - left)[1] < step[places] / 2)]


def zeros_of(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return where a curve changes its sign, between two points or at one of them."""
    k = np.flatnonzero(y)
    turns = (y[k[:-1]] * y[k[1:]] < 0) & (np.diff(k) <= 2)
    i, j = k[:-1][turns], k[1:][turns]
    return x[i] + y[i] / (y[i] - y[j]) * (x[j] - x[i])


def with_gaps(x: np.ndarray, y: np.ndarray, jumps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a curve with a nan behind each point where it jumps."""
    y = np.where(np.isfinite(y), y, np.nan)
    return np.insert(x, jumps + 1, (x[jumps] + x[jumps + 1]) / 2), np.insert(y, jumps + 1, np.nan)
