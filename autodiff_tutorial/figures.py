"""Figures in one style: a colour and a dash mean the same in every curve and every graph."""

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from .chain import forward_mode, reverse_mode
from .valder import derivative

VALUE = "#0072B2"
DERIVATIVE = TANGENT = "#C44E00"
ADJOINT = "#8A3A6B"
REFERENCE = "#666666"
INK = "#222222"

STYLE = {
    "figure.figsize": (6.0, 3.2),
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 2.0,
    "font.size": 10,
}


def plot_derivative(f: Callable, a: float, b: float, ax: Axes | None = None) -> Axes:
    """Draw a function and its derivative from a to b.

    Outside the domain, and where a curve jumps, as at a pole, it has a gap. A dot stands where f
    turns, and a thin line joins it to the zero of the derivative.

    Parameters
    ----------
    f : callable
        A function that can be differentiated over an array.
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
    name = _name(f)
    with np.errstate(all="ignore"):  # of poles, and outside the domain
        y = forward_mode([f], x)
        value, slope, bend = y.val + 0 * x, y.der, derivative(derivative(f))(x)
        if not (np.isfinite(value) & np.isfinite(slope)).any():
            raise ValueError(f"{name} has no finite value and slope between {a} and {b}.")
        curves = [_with_gaps(x, value, slope), _with_gaps(x, slope, bend)]
    if ax is None:
        with plt.rc_context(STYLE):
            _, ax = plt.subplots()
    low, high = _limits(np.concatenate(curves))
    ax.set(xlim=(a, b), ylim=(low, high))
    ax.axhline(0, color=REFERENCE, linewidth=0.8)
    ax.plot(x, curves[0], color=VALUE)
    ax.plot(x, curves[1], color=DERIVATIVE, linestyle="--")
    for k in np.flatnonzero(curves[1][:-1] * curves[1][1:] < 0):
        turn = np.interp(0, *zip(*sorted([(slope[k], x[k]), (slope[k + 1], x[k + 1])]), strict=True))
        ax.plot([turn, turn], [0, f(turn)], color=REFERENCE, linewidth=0.8, linestyle=":")
        ax.plot(turn, f(turn), "o", color=VALUE, markersize=4)
    at = [np.clip(curve[np.isfinite(curve)][-1], low, high) for curve in curves]
    apart = max(0.0, 0.1 * (high - low) - abs(at[0] - at[1])) / 2  # so that the labels don't touch
    up = 1 if at[0] >= at[1] else -1
    place = {"fontsize": 10, "va": "center", "clip_on": False}
    ax.text(b + 0.015 * (b - a), at[0] + up * apart, name, color=VALUE, **place)
    ax.text(b + 0.015 * (b - a), at[1] - up * apart, f"{name} ′", color=DERIVATIVE, **place)
    return ax


def _with_gaps(x: np.ndarray, y: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Return y with nan at its jumps: where a step is not what the slopes at its ends say."""
    step = np.diff(y)
    expected = np.diff(x) * (slope[1:] + slope[:-1]) / 2
    jump = (np.abs(step - expected) > np.abs(step) / 2) & np.isfinite(expected)
    large = np.abs(step) > np.ptp(y[np.isfinite(y)]) / 50
    return np.where(np.append(jump & large, False), np.nan, y)


def _limits(y: np.ndarray) -> tuple[float, float]:
    """Return the range to draw: all of y, but not all of a pole."""
    y = y[np.isfinite(y)]
    typical = np.percentile(np.abs(y), 75)
    if np.max(np.abs(y)) > 20 * typical > 0:
        y = np.clip(y, -3 * typical, 3 * typical)
    margin = 0.06 * (np.ptp(y) or 1.0)
    return np.min(y) - margin, np.max(y) + margin


def draw_chain(chain: Sequence[Callable], x: float, ax: Axes | None = None) -> Axes:
    r"""Draw a chain as a graph, with everything that its two sweeps calculate.

    A box is a node, with its operation and its value, and an arrow between two boxes carries the
    local derivative. The tangents run above, from left to right, and the adjoints below, from
    right to left.

    Parameters
    ----------
    chain : sequence of callables
        The links in order of application, 20 at most.
    x : float
        The input.
    ax : Axes, optional
        Where to draw. Without it, a new figure is made.

    Returns
    -------
    Axes
        What was drawn into.

    Raises
    ------
    ValueError
        If the chain has more than 20 links.

    Examples
    --------
    >>> from autodiff_tutorial import exp, sin
    >>> ax = draw_chain([sin, sin, exp], 2.0)
    >>> ax.texts[0].get_text()
    'x\n2'
    >>> plt.close(ax.figure)
    """
    if len(chain) > 20:
        raise ValueError(f"draw_chain has room for 20 links, not {len(chain)}; draw a part: chain[:8].")
    names = "xabcdeghijklmnopqrstu"
    nodes = [forward_mode(chain[:k], x) for k in range(len(chain) + 1)]
    values, tangents = [node.val for node in nodes], [node.der for node in nodes]
    adjoints = [reverse_mode(chain[k:], value)[1] for k, value in enumerate(values)]
    if ax is None:
        with plt.rc_context(STYLE):
            _, ax = plt.subplots(figsize=(max(6.0, 1.6 * len(values)), 2.1))
    ax.set(xlim=(-0.4, len(chain) + 0.4), ylim=(-0.95, 0.95))
    ax.axis("off")

    def arrow(start: float, end: float, y: float, color: str, dash: str) -> None:
        look = {"arrowstyle": "-|>", "color": color, "linestyle": dash, "linewidth": 1.3}
        ax.annotate("", (end, y), (start, y), arrowprops=look | {"shrinkA": 0, "shrinkB": 0})

    for k, value in enumerate(values):
        name = names[k]
        head = f"{name} = {_name(chain[k - 1])} {names[k - 1]}" if k else name
        ax.text(k, 0, f"{head}\n{_number(value)}", ha="center", va="center", color=INK)
        box = FancyBboxPatch(
            (k - 0.26, -0.22), 0.52, 0.44, "round,pad=0.04", fill=False, edgecolor=VALUE
        )
        ax.add_patch(box)
        tangent = f"$\\dot{{{name}}}$ = {_number(tangents[k])}"
        adjoint = f"$\\bar{{{name}}}$ = {_number(adjoints[k])}"
        ax.text(k, 0.7, tangent, ha="center", va="center", color=TANGENT)
        ax.text(k, -0.7, adjoint, ha="center", va="center", color=ADJOINT)
        if k:
            slope = forward_mode([chain[k - 1]], values[k - 1]).der
            ax.text(k - 0.5, 0.12, _number(slope), ha="center", va="bottom", color=INK, fontsize=9)
            arrow(k - 0.69, k - 0.31, 0, INK, "solid")
            arrow(k - 0.69, k - 0.31, 0.7, TANGENT, "dashed")
            arrow(k - 0.31, k - 0.69, -0.7, ADJOINT, "dashdot")
    return ax


def _name(link: Callable) -> str:
    name = getattr(link, "__name__", type(link).__name__)
    return "f" if name == "<lambda>" else name


def _number(x: float) -> str:
    return f"{x:.4g}".replace("-", "−")
