"""Figures in one style: a colour and a dash mean the same in every curve and every graph."""

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from .chain import forward_mode, reverse_mode

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
    values = [forward_mode(chain[:k], x).val for k in range(len(chain) + 1)]
    tangents = [forward_mode(chain[:k], x).der for k in range(len(chain) + 1)]
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
        tangent, adjoint = (
            f"$\\dot{{{name}}}$ = {_number(tangents[k])}",
            f"$\\bar{{{name}}}$ = {_number(adjoints[k])}",
        )
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
