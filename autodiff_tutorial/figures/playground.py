"""What the playground draws: pictures that answer when a value changes.

A picture is drawn for the texts among its values. When a number changes, only what moves is drawn
again, over a copy of the rest.
"""

import io
import math
import re
from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ..chain import forward_mode
from ..operators import PRIMITIVES
from ..program import trace
from ..tape import grad
from .curves import plot_derivative
from .graphs import Graph, chain_graph, function_graph
from .style import ADJOINT, DERIVATIVE, INK, REFERENCE, STYLE, VALUE
from .sweeps import labels_of, sweeps_over

MORE = "abs arctan2 e floor hypot logaddexp maximum minimum pi sign where"
NAMES: dict[str, Any] = {**PRIMITIVES, **{name: getattr(np, name) for name in MORE.split()}, "np": np}
FUNCTIONS = [name for name, f in NAMES.items() if callable(f)]


def function_of(formula: str, names: str = "x") -> Callable:
    """Return the function of some variables, each of one letter, that a formula describes.

    Parameters
    ----------
    formula : str
        A formula in Python, such as ``"x * sin(x**2)"``.
    names : str
        The variables that it may have.

    Returns
    -------
    callable
        A function of the variables that occur in the formula, in the order of ``names``.

    Raises
    ------
    ValueError
        If this is not a valid formula; the message says why.

    Examples
    --------
    >>> function_of("x * y + 1", "xyz")(3.0, 5.0)
    16.0
    """
    try:
        code = compile(formula.strip(), formula, "eval")
    except SyntaxError:
        raise ValueError(
            f"{formula!r} is not a valid formula in Python; write one such as x * sin(x**2)."
        ) from None
    if "^" in formula:
        raise ValueError("In Python, ^ does not mean a power; write x**2 for x squared.")
    unknown = [] if "np." in formula else [k for k in code.co_names if k not in NAMES and k not in names]
    if unknown:
        few = f"{', '.join(names)}, numbers, and functions such as sin, exp, log and atan"
        raise ValueError(f"{unknown[0]!r} is not known here; a formula is made of {few}.")
    if bare := re.search(rf"\b({'|'.join(FUNCTIONS)})\b(?!\s*\()", formula):
        raise ValueError(f"{bare[0]} needs an argument in brackets, as in sin(x).")
    used = [name for name in names if name in code.co_names] or [names[0]]
    f = eval(f"lambda {', '.join(used)}: {formula}", {**NAMES, "__builtins__": {}})
    f.__name__, f.names = formula, used
    return f


class Picture:
    """A picture that moves: a subclass has two methods, which take the values that it is shown for.

    ``draw`` also takes the axes, and returns the artists that move; ``move`` moves them, and returns
    what there is to say.
    """

    columns = 1  # of axes, side by side
    texts: Any = None  # those that the picture is drawn for

    def __init__(self) -> None:
        self.place(lambda *axes: [])

    @np.errstate(all="ignore")
    def show(self, **values: Any) -> tuple[bytes, str]:
        """Return the picture for these values, as PNG, and what there is to say, as HTML."""
        texts = [value for value in values.values() if isinstance(value, str)]
        try:
            if texts != self.texts:
                self.place(self.draw, **values)
                self.texts = texts
            text = self.move(**values)
        except (ArithmeticError, AttributeError, TypeError, ValueError) as err:
            text = f'<span style="color:{ADJOINT}">{escape(str(err))}</span>'
        return self.png(), text

    def place(self, draw: Callable, **values: Any) -> None:
        """Draw on a new figure, and keep a copy of it without what moves."""
        with rc_context(STYLE):
            figure = Figure(figsize=(8.0, 3.2))
            axes = figure.subplots(1, self.columns, squeeze=False)[0]
            moving = draw(*axes, **values)
            for artist in moving:
                artist.set_animated(True)
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
        self.axes, self.moving, self.rest = axes, moving, canvas.copy_from_bbox(figure.bbox)

    def png(self) -> bytes:
        """Return the picture as it is now."""
        figure, file = self.axes[0].figure, io.BytesIO()
        figure.canvas.restore_region(self.rest)
        for artist in self.moving:
            figure.draw_artist(artist)
        Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).save(file, "PNG", compress_level=1)
        return file.getvalue()


class Tangent(Picture):
    """A function and its derivative, with a tangent whose point can be dragged."""

    a, b = -4.0, 4.0

    def draw(self, ax: Axes, formula: str, x: float) -> list:
        """Draw the two curves."""
        plot_derivative(function_of(formula), self.a, self.b, ax=ax)
        ax.set_title("At each x, the dashed curve shows the slope of the tangent")
        here = ax.axvline(x, color=REFERENCE, linewidth=0.8)
        return [here, *ax.plot([], [], "o-", markevery=[1], color=INK, linewidth=1.5)]

    def move(self, formula: str, x: float) -> str:
        """Move the point, and find out whether there is a tangent."""
        f, (here, tangent) = function_of(formula), self.moving
        left, y, right = (forward_mode([f], x + step) for step in (-1e-9, 0, 1e-9))
        jump = abs(right.val - left.val) > 1e-6 * (1 + abs(y.val) + abs(y.der))
        near = abs(right.der - left.der) <= 1e-3 * (1 + abs(left.der) + abs(right.der))  # nan is not
        sides = f"{left.der:.6g} just to the left, and {right.der:.6g} just to the right"
        reasons = {
            "the function jumps here": jump,
            "the slope is infinite here": math.isinf(y.der),
            "the function ends here": math.isnan(left.val + right.val),
            f"the slope is {sides}": not near,
            "the slope comes out as nan here": math.isnan(y.der),
        }
        why = next((reason for reason, holds in reasons.items() if holds), "")
        xs = np.array([self.a, x, self.b])
        tangent.set_data(xs, [math.nan, y.val, math.nan] if why else y.val + y.der * (xs - x))
        here.set_xdata([x, x])
        if not math.isfinite(y.val):
            return f"At x = {x:.3f}, the function has no finite value, so there is no tangent."
        slope = f"no tangent is drawn: {why}" if why else f"the slope is <b>{y.der:.6g}</b>"
        return f"At x = {x:.3f}, the value is <b>{y.val:.6g}</b>, and {slope}."


class Secant(Picture):
    """A secant with a step that can be dragged, and how much of its slope is right."""

    columns = 2
    f, x = staticmethod(function_of("exp(sin(sin(x)))")), 2.0
    y = forward_mode([f], x)

    def draw(self, left: Axes, right: Axes, power: float) -> list:
        """Draw the function, and the error of each step."""
        xs, steps = np.linspace(self.x - 2, self.x + 2, 401), 10.0 ** np.linspace(-16, 0, 321)
        left.plot(xs, self.f(xs), color=VALUE)
        tangent = self.y.val + self.y.der * (xs - self.x)
        left.plot(xs, tangent, color=DERIVATIVE, linestyle="--", linewidth=1.5)
        low, high = self.f(xs).min() - 0.2, self.f(xs).max() + 0.2
        left.set(ylim=(low, high), title="The secant turns into the tangent …")
        right.loglog(steps, [self.slope(h)[1] for h in steps], color=REFERENCE, linewidth=0.8)
        right.set(xlabel="step h", ylabel="error of the secant's slope")
        right.set(xlim=(1e-16, 1), title="… but only up to a point")
        secant = left.plot([], [], "o-", markevery=[1, 2], color=INK, linewidth=1.5)
        return secant + right.plot([], [], "o", color=INK)

    def slope(self, h: float) -> tuple[float, float]:
        """Return the secant's slope, and its error: at least 1e-17, as a log axis can't show 0."""
        slope = (self.f(self.x + h) - self.y.val) / h
        return slope, max(abs(slope - self.y.der), 1e-17)

    def move(self, power: float) -> str:
        """Set the step to a power of ten."""
        (secant, dot), h = self.moving, 10.0**power
        (slope, error), (start, end) = self.slope(h), self.axes[0].get_xlim()
        xs = np.array([start, self.x, self.x + h, end])
        secant.set_data(xs, self.y.val + slope * (xs - self.x))
        dot.set_data([h], [error])
        text, truth = f"{slope:.12f}", f"{self.y.der:.12f}"
        right = next(text[:k] for k in range(len(text), -1, -1) if truth.startswith(text[:k]))
        digits = sum(c.isdigit() for c in right.lstrip("-0."))
        right = right if digits else ""  # a sign and a leading 0 are not yet correct digits
        blue = f'<b style="color:{VALUE}">{right}</b>'
        shown = f'<code>{blue}<span style="color:{ADJOINT}">{text.removeprefix(right)}</span></code>'
        count = f"{digits} correct digit{'s' * (digits != 1)}"
        return f"h = {h:.1e}: the slope of the secant is {shown}, with {count}."


class Newton(Picture):
    """The path of Newton's method from a starting point that can be moved."""

    f = staticmethod(function_of("exp(-sqrt(x)) * sin(x * log(1 + x**2))"))

    def draw(self, ax: Axes, start: float) -> list:
        """Draw the function."""
        xs = np.linspace(0, 6, 601)[1:]
        ax.axhline(0, color=REFERENCE, linewidth=0.8)
        ax.plot(xs, self.f(xs), color=VALUE)
        ax.set(xlim=(0, 6), title="Each step follows a tangent as far as the axis")
        first = {"marker": "o", "markevery": [0], "markerfacecolor": INK, "markeredgecolor": INK}
        path = ax.plot([], [], color=DERIVATIVE, linestyle="--", linewidth=1.3, **first)
        return path + ax.plot([], [], "o", color=ADJOINT, markersize=8, fillstyle="none")

    def move(self, start: float) -> str:
        """Start at another point."""
        (path, last), x, corners, end = self.moving, start, [], ""
        while not end:
            y = forward_mode([self.f], x)
            corners += [(x, 0.0), (x, y.val)]
            new = x - y.val / y.der if y.der else math.nan
            if not new > 0:
                end = f"and leaves the curve: at {new:.3g} the function has no value"
            elif abs(new - x) < 1e-12 * new:
                end = f"to the root {new if new > 1e-7 else 0:.10f}"
            elif len(corners) > 120:
                end = f"and is still on its way, at {new:.3g}"
            x = new
        path.set_data(*zip(*corners, (x, 0.0), strict=True))
        last.set_data([x], [0])
        steps = len(corners) // 2
        return f"From {start:.3f}, Newton's method takes {steps} step{'s' * (steps > 1)} {end}."


class Numbers(Picture):
    """A graph with its two sweeps, whose numbers change; a subclass says which, and what is to say."""

    def draw(self, ax: Axes, **values: Any) -> list:
        """Draw the graph."""
        sweeps_over(self.graph(**values), ax)
        ax.figure.set_size_inches(ax.viewLim.size + 0.1)
        return [*ax.texts]

    def move(self, **values: Any) -> str:
        """Write the numbers of other values."""
        graph = self.graph(**values)
        for label, (text, _) in zip(self.moving, labels_of(graph), strict=True):
            label.set_text(text)
        return self.say(graph, **values)


class Chain(Numbers):
    """A chain of functions, with tangents and adjoints that follow x."""

    def graph(self, x: float, **links: str) -> Graph:
        """Return the graph of a chain; a link without a name is left out."""
        return chain_graph([PRIMITIVES[name] for name in links.values() if name], x)

    def say(self, graph: Graph, x: float, **links: str) -> str:
        """Return value and slope of the chain."""
        y, slope = graph.nodes[-1][2], graph.sweep_forward([1.0])[-1]
        if not math.isfinite(y):
            return f"At x = {x:.3f}, the chain has no finite value."
        slope = f"both sweeps find the slope <b>{slope:.6g}</b>"
        return f"At x = {x:.3f}, the value is <b>{y:.6g}</b>, and {slope}."


class Written(Numbers):
    """A function of several inputs: its graph, its tape, and its gradient as a program."""

    def graph(self, formula: str, **at: float) -> Graph:
        """Return the graph of a function."""
        f = function_of(formula, "xyz")
        return function_graph(f, [at[name] for name in f.names])

    def say(self, graph: Graph, formula: str, **at: float) -> str:
        """Return tape and gradient, side by side."""
        f, names = function_of(formula, "xyz"), [name for name, *_ in graph.nodes]
        gradient = grad(f, argnums=tuple(range(len(f.names))))
        source = trace(gradient, *[1.0] * len(f.names)).source
        tape = "\n".join(f"{names[a]} → {names[b]}   {slope:.6g}" for a, b, slope in graph.edges)
        head = (
            "Each line of the tape is an edge with its local derivative. Beside it is the gradient as a "
        )
        head += "program, which names its own intermediate values:"
        beside = f"<pre>{tape}</pre><pre>{escape(source)}</pre>"
        return f'{head}<div style="display:flex; gap:4em">{beside}</div>'
