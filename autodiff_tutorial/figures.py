"""Figures in one style: a colour and a dash mean the same in every curve and every graph."""

import re
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.text import Text

from .chain import forward_mode
from .graphs import LINE, Graph, Layout, chain_graph, function_graph, name_of
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
    name = name_of(f)
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


def draw_graph(f: Callable, *xs: float, seed: Sequence | None = None, ax: Axes | None = None) -> Axes:
    r"""Draw a function as a graph of its operations, with everything that two sweeps calculate.

    A box is an operation, with its value, and an arrow between two boxes carries the local
    derivative. Above a box is its tangent, which travels to the right on the dashed arrows, and below
    it its adjoint, which travels to the left. Where a value is used more than once, a part of its
    adjoint arrives from each use, and they are added up.

    Parameters
    ----------
    f : callable
        A function of numbers, written with NumPy or with the functions of this package. It has room
        for 24 inputs and operations, and one that occurs twice is drawn once.
    *xs : float
        Where to evaluate it.
    seed : sequence of float, optional
        The tangents of the inputs. Without it, the first one moves at rate 1, all others are still.
    ax : Axes, optional
        Where to draw. Without it, a new figure is made.

    Returns
    -------
    Axes
        What was drawn into.

    Raises
    ------
    TypeError
        If f looks at a value, as an ``if`` does: a graph has no branches.
    ValueError
        If f is too large, returns a constant, or calculates with arrays, or the seed does not fit.

    Examples
    --------
    >>> ax = draw_graph(lambda x, y: x * y + np.sin(x), 3.0, 5.0)
    >>> [text.get_text() for text in ax.texts if "=" in text.get_text()][:2]
    ['$\\dot{x}$ = 1', '$\\bar{x}$ = 5 − 0.99\n= 4.01']
    >>> plt.close(ax.figure)
    """
    seed = [float(k == 0) for k in range(len(xs))] if seed is None else list(seed)
    if len(seed) != len(xs):
        raise ValueError(f"seed must have a number for each of the {len(xs)} inputs, not {len(seed)}.")
    return _draw(function_graph(f, xs), seed, ax)


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
    return _draw(chain_graph(chain, x), [1.0], ax)


def _draw(graph: Graph, seed: Sequence, ax: Axes | None) -> Axes:
    """Draw a graph with its two sweeps: write all labels, measure them, and put them in place."""
    own = ax is None
    if ax is None:
        with plt.rc_context(STYLE):
            _, ax = plt.subplots()
    nodes, slopes, parts = _labels(graph, seed, ax)
    layout = Layout(graph.edges, [adjoint.get_text().count("\n") for *_, adjoint in nodes])
    layout.spread([*map(_widths, nodes)], _widths(slopes), _widths(parts))
    for k, (label, tangent, adjoint) in enumerate(nodes):
        left, right, y, half = layout.box(k)
        ax.add_patch(_box(left, right, y - half, y + half))
        low = half + layout.gap + 0.1 + LINE * adjoint.get_text().count("\n")  # of the last line
        for text, up in [(label, 0), (tangent, half + layout.gap), (adjoint, -low)]:
            text.set_position(((left + right) / 2, y + up))
    for k, (slope, part) in enumerate(zip(slopes, parts, strict=True)):
        ax.add_patch(_arrow(layout.track(k, 0.0), INK, "solid"))
        ax.add_patch(_arrow(layout.track(k, layout.apart), TANGENT, "dashed"))
        ax.add_patch(_arrow(layout.track(k, -layout.apart)[::-1], ADJOINT, "dashdot"))
        x, y, x_end, y_end = layout.ends(k)
        part.set_position((x, y - layout.apart - 0.04))
        slope.set_position((x_end, y_end + 0.04 + (0 if layout.chain else layout.apart)))
    width, height = layout.size
    margin = max(0.05, 3.0 - width / 2)
    ax.set(xlim=(-margin, width + margin), ylim=(-height, 0))
    ax.axis("off")
    if own:  # with room for a title
        ax.figure.set_size_inches(width + 2 * margin + 0.1, height + 0.3)
    return ax


def _labels(graph: Graph, seed: Sequence, ax: Axes) -> tuple[list, list, list]:
    """Write the labels of the nodes, of the slopes, and of the parts of adjoints that are added."""

    def write(text: str, color: str, va: str, size: float = 10) -> Text:
        return ax.text(0, 0, text, color=color, ha="center", va=va, fontsize=size)

    tangents, (adjoints, parts) = graph.sweep_forward(seed), graph.sweep_back()
    sources, nodes = [source for source, *_ in graph.edges], []
    for k, (name, text, value) in enumerate(graph.nodes):
        uses = [part for part, source in zip(parts, sources, strict=True) if source == k]
        symbol = "{" + re.sub(r"(?:\\_)?(\d+)$", r"}_{\1", name.replace("_", r"\_")) + "}"
        label = write(f"{text}\n{_number(value)}", INK, "center")
        tangent = write(rf"$\dot{symbol}$ = {_number(tangents[k])}", TANGENT, "baseline")
        adjoint = write(rf"$\bar{symbol}$ = {_sum(uses, adjoints[k])}", ADJOINT, "baseline")
        nodes.append((label, tangent, adjoint))
    slopes = [write(_number(slope), INK, "bottom", 9) for *_, slope in graph.edges]
    added = [_number(p) if sources.count(s) > 1 else "" for s, p in zip(sources, parts, strict=True)]
    return nodes, slopes, [write(part, ADJOINT, "top", 9) for part in added]


def _sum(parts: Sequence, total: float) -> str:
    """Return an adjoint, and the sum that it is where it has several parts, two on a line."""
    if len(parts) < 2:
        return _number(total)
    terms = [_number(parts[0]), *(f"{'−' if p < 0 else '+'} {_number(abs(p))}" for p in parts[1:])]
    lines = [" ".join(terms[k : k + 2]) for k in range(0, len(terms), 2)]
    return "\n".join([*lines, f"= {_number(total)}"])


def _widths(texts: Sequence) -> list:
    """Return the widths of some texts, in inches."""
    return [text.get_window_extent().width / text.get_figure().dpi for text in texts]


def _box(left: float, right: float, low: float, high: float) -> FancyBboxPatch:
    look = {"boxstyle": "round,pad=0.05", "fill": False, "edgecolor": VALUE}
    return FancyBboxPatch((left + 0.05, low + 0.05), right - left - 0.1, high - low - 0.1, **look)


def _arrow(points: np.ndarray, color: str, dash: str) -> FancyArrowPatch:
    look = {"arrowstyle": "-|>", "mutation_scale": 8, "shrinkA": 0, "shrinkB": 0, "linewidth": 1.3}
    return FancyArrowPatch(path=Path(points), color=color, linestyle=dash, **look)


def _number(x: float) -> str:
    return str(x) if isinstance(x, bool) else f"{x + 0.0:.4g}".replace("-", "−")
