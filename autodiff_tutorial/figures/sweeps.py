"""Small functions as pictures: their operations, and the numbers of two sweeps over them."""

import re
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from .graphs import LINE, Graph, Layout, chain_graph, function_graph
from .style import ADJOINT, INK, STYLE, TANGENT, VALUE

BOX = {"boxstyle": "round,pad=0,rounding_size=0.05", "fill": False, "edgecolor": VALUE}
ARROW = {"arrowstyle": "-|>", "mutation_scale": 8, "linewidth": 1.3}


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
    if seed is not None and len(seed) != len(xs):
        raise ValueError(f"seed must have a number for each of the {len(xs)} inputs, not {len(seed)}.")
    return sweeps_over(function_graph(f, xs), ax, [1.0] if seed is None else seed)


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
    return sweeps_over(chain_graph(chain, x), ax)


def animate_sweeps(f: Callable, *xs: float) -> FuncAnimation:
    """Draw a function as draw_graph does, and let the numbers appear as the two sweeps find them.

    Values and tangents travel from left to right, and then adjoints come back from right to left.

    Parameters
    ----------
    f, *xs
        As for draw_graph.

    Returns
    -------
    FuncAnimation
        Keep it with ``animation.save("sweeps.gif", writer="pillow")``, or show it in a notebook with
        ``IPython.display.HTML(animation.to_jshtml())``.

    Examples
    --------
    >>> animation = animate_sweeps(lambda x: np.exp(np.sin(x)), 2.0)
    >>> animation.to_jshtml().count("data:image/png")  # the last of 8 pictures is there four times
    11
    >>> plt.close()
    """
    graph = function_graph(f, xs)
    ax = sweeps_over(graph)
    n, turn = len(graph.nodes), len(graph.nodes) - len(xs) + 1
    there = [max(1, k - len(xs) + 2) for k in range(n)]  # all inputs in one frame, then one by one
    back = [2 * turn + 1 - k for k in there]
    ahead = [there[target] for _, target, _ in graph.edges]
    home = [back[source] for source, *_ in graph.edges]
    # The frame in which each artist appears, in the order of drawing.
    texts = [*np.ravel([[0] * n, there, back], "F"), *ahead, *home]
    patches = [0] * n + [*np.ravel([[0] * len(ahead), ahead, home], "F")]
    titles = ["A program is a graph of operations"]
    titles += ["Forwards: each step finds a value and a tangent"] * turn
    titles += ["Backwards: each step finds an adjoint"] * turn
    titles += ["Both sweeps have used the same local derivatives"] * 4  # so that it stays longer

    def show(frame: int) -> None:
        ax.set_title(titles[frame], loc="left", fontsize=11)
        for artist, appears in zip([*ax.texts, *ax.patches], [*texts, *patches], strict=True):
            artist.set_visible(frame >= appears)
        for k, (_, text, value) in enumerate(graph.nodes):
            ax.texts[3 * k].set_text(f"{text}\n{_number(value) if frame >= there[k] else ''}")
            color = TANGENT if frame <= turn else ADJOINT
            ax.patches[k].set(fill=True, facecolor=(color, 0.2 * (frame in (there[k], back[k]))))

    return FuncAnimation(ax.figure, show, len(titles), interval=1200)


def sweeps_over(graph: Graph, ax: Axes | None = None, seed: Sequence = (1.0,)) -> Axes:
    """Draw a graph with its two sweeps: write all labels, measure them, and put them in place."""
    if own := ax is None:
        with plt.rc_context(STYLE):
            _, ax = plt.subplots()
    texts = [ax.text(0, 0, text, ha="center", **look) for text, look in labels_of(graph, seed)]
    n, edges = 3 * len(graph.nodes), len(graph.edges)
    nodes = [texts[k : k + 3] for k in range(0, n, 3)]
    slopes, parts = texts[n:][:edges], texts[n:][edges:]
    layout = Layout(graph.edges, [adjoint.get_text().count("\n") for *_, adjoint in nodes])
    layout.spread([*map(_widths, nodes)], _widths(slopes), _widths(parts))
    for k, (label, tangent, adjoint) in enumerate(nodes):
        left, right, y, half = layout.box(k)
        ax.add_patch(FancyBboxPatch((left, y - half), right - left, 2 * half, **BOX))
        low = half + layout.gap + 0.1 + LINE * adjoint.get_text().count("\n")  # of the last line
        for text, up in [(label, 0), (tangent, half + layout.gap), (adjoint, -low)]:
            text.set_position(((left + right) / 2, y + up))
    for k, (slope, part) in enumerate(zip(slopes, parts, strict=True)):
        for side, color, dash in [(0, INK, "solid"), (1, TANGENT, "dashed"), (-1, ADJOINT, "dashdot")]:
            points = layout.track(k, side * layout.apart)[:: -1 if side < 0 else 1]
            ax.add_patch(FancyArrowPatch(path=Path(points), color=color, linestyle=dash, **ARROW))
        x, y, x_end, y_end = layout.ends(k)
        part.set_position((x, y - layout.apart - 0.04))
        slope.set_position((x_end, y_end + 0.04 + (0 if layout.chain else layout.apart)))
    width, height = layout.size
    margin = max(0.05, 3.0 - width / 2)
    ax.set(xlim=(-margin, width + margin), ylim=(-height, 0))
    ax.axis("off")
    if own:  # with room for a title
        ax.figure.set_size_inches(ax.viewLim.size + np.array([0.1, 0.3]))
    return ax


def labels_of(graph: Graph, seed: Sequence = (1.0,)) -> list[tuple]:
    """Return the labels: of each node, of slopes, and what is added, each with its look."""
    tangents, (adjoints, parts) = graph.sweep_forward(seed), graph.sweep_back()
    sources, labels = [source for source, *_ in graph.edges], []
    for k, (name, text, value) in enumerate(graph.nodes):
        uses = [part for part, source in zip(parts, sources, strict=True) if source == k]
        symbol = "{" + re.sub(r"(?:\\_)?(\d+)$", r"}_{\1", name.replace("_", r"\_")) + "}"
        labels.append((f"{text}\n{_number(value)}", {"color": INK, "va": "center", "size": 10}))
        labels.append((rf"$\dot{symbol}$ = {_number(tangents[k])}", {"color": TANGENT, "size": 10}))
        labels.append((rf"$\bar{symbol}$ = {_sum(uses, adjoints[k])}", {"color": ADJOINT, "size": 10}))
    labels += [(_number(slope), {"color": INK, "va": "bottom", "size": 9}) for *_, slope in graph.edges]
    added = [_number(p) if sources.count(s) > 1 else "" for s, p in zip(sources, parts, strict=True)]
    return labels + [(part, {"color": ADJOINT, "va": "top", "size": 9}) for part in added]


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


def _number(x: float) -> str:
    return str(x) if isinstance(x, bool) else f"{x + 0.0:.4g}".replace("-", "−")
