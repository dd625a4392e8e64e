"""What to show of a curve: its values, the range to draw, and where it has a gap."""

from collections.abc import Callable

import numpy as np

from .chain import forward_mode
from .graphs import name_of


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
