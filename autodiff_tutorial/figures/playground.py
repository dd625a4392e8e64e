"""What the playground draws: pictures that answer when a value changes.

A picture is drawn once. When a value changes, only what moves is drawn again, over a copy of the rest.
"""

import io
import math
import re
from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ..chain import forward_mode
from ..operators import PRIMITIVES
from ..program import trace
from ..tape import grad
from ..valder import derivative
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
    """A picture with parts that move; a subclass has a method ``move``, which returns a text.

    Parameters
    ----------
    columns : int
        The number of axes, side by side.
    """

    def __init__(self, columns: int = 1) -> None:
        with rc_context(STYLE):
            self.figure = Figure(figsize=(8.0, 3.2))
            self.axes = self.figure.subplots(1, columns, squeeze=False)[0]
        FigureCanvasAgg(self.figure)
        self.moving: list = []
        self.rest: Any = None  # the picture without what moves, until that changes

    def show(self, **values: Any) -> tuple[bytes, str]:
        """Return the picture for these values, as PNG, and what there is to say, as HTML."""
        try:
            with np.errstate(all="ignore"):
                text = self.move(**values)
        except (ArithmeticError, AttributeError, TypeError, ValueError) as err:
            text = f'<span style="color:{ADJOINT}">{escape(str(err))}</span>'
        return self.png(), text

    def move(self, **values: Any) -> str:
        """Move what moves, and return what there is to say."""
        raise NotImplementedError

    def png(self) -> bytes:
        """Return the picture as it is now."""
        canvas = self.figure.canvas
        if self.rest is None:
            for artist in self.moving:
                artist.set_animated(True)
            with rc_context(STYLE):
                canvas.draw()
            self.rest = canvas.copy_from_bbox(self.figure.bbox)
        canvas.restore_region(self.rest)
        for artist in self.moving:
            self.figure.draw_artist(artist)
        file = io.BytesIO()
        Image.fromarray(np.asarray(canvas.buffer_rgba())).save(file, "PNG", compress_level=1)
        return file.getvalue()


class Tangent(Picture):
    """A function and its derivative, with a tangent whose point can be dragged."""

    def __init__(self, a: float = -4.0, b: float = 4.0) -> None:
        super().__init__()
        self.ends, self.formula, self.f = np.array([a, b]), "", np.sin

    def move(self, formula: str, x: float) -> str:
        """Draw another function, or move the point."""
        if formula != self.formula:
            self.draw(function_of(formula))
            self.formula = formula
        y = forward_mode([self.f], x)
        left, right = (forward_mode([self.f], x + side * 1e-9) for side in (-1, 1))
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
        self.tangent.set_data(self.ends, [math.nan] * 2 if why else y.val + y.der * (self.ends - x))
        self.point.set_data([x], [y.val])
        self.here.set_xdata([x, x])
        if not math.isfinite(y.val):
            return f"At x = {x:.3f}, the function has no finite value, so there is no tangent."
        slope = f"no tangent is drawn: {why}" if why else f"the slope is <b>{y.der:.6g}</b>"
        return f"At x = {x:.3f}, the value is <b>{y.val:.6g}</b>, and {slope}."

    def draw(self, f: Callable) -> None:
        """Draw another function."""
        plot_derivative(f, *self.ends, ax=Figure().subplots())  # which raises, where it can't be drawn
        (ax,) = self.axes
        ax.clear()
        plot_derivative(f, *self.ends, ax=ax)
        ax.set_title("At each x, the dashed curve shows the slope of the tangent")
        self.here = ax.axvline(0, color=REFERENCE, linewidth=0.8)
        (self.tangent,) = ax.plot([], [], color=INK, linewidth=1.5, scalex=False, scaley=False)
        (self.point,) = ax.plot([], [], "o", color=INK)
        self.f, self.rest = f, None
        self.moving = [self.here, self.tangent, self.point]


class Secant(Picture):
    """A secant with a step that can be dragged, and how much of its slope is right."""

    def __init__(self, formula: str = "exp(sin(sin(x)))", x: float = 2.0) -> None:
        super().__init__(columns=2)
        self.f, self.x = function_of(formula), x
        self.value, self.slope = forward_mode([self.f], x).val, derivative(self.f)(x)
        left, right = self.axes
        xs = np.linspace(x - 2, x + 2, 401)
        left.plot(xs, self.f(xs), color=VALUE)
        left.plot(
            xs, self.value + self.slope * (xs - x), color=DERIVATIVE, linestyle="--", linewidth=1.5
        )
        left.set(ylim=(self.f(xs).min() - 0.2, self.f(xs).max() + 0.2))
        left.set_title("The secant turns into the tangent …")
        steps = 10.0 ** np.linspace(-16, 0, 321)
        right.loglog(steps, [self.error(h) for h in steps], color=REFERENCE, linewidth=0.8)
        right.set(xlabel="step h", ylabel="error of the secant's slope", xlim=(1e-16, 1))
        right.set_title("… but only up to a point")
        (self.line,) = left.plot([], [], color=INK, linewidth=1.5)
        (self.ends,) = left.plot([], [], "o", color=INK)
        (self.dot,) = right.plot([], [], "o", color=INK)
        self.moving = [self.line, self.ends, self.dot]

    def quotient(self, h: float) -> float:
        """Return the slope of the secant from x to x + h."""
        return (self.f(self.x + h) - self.value) / h

    def error(self, h: float) -> float:
        """Return the error of the secant's slope: at least 1e-17, as a log axis can't show 0."""
        return max(abs(self.quotient(h) - self.slope), 1e-17)

    def move(self, power: float) -> str:
        """Set the step to a power of ten."""
        h, ends = 10.0**power, np.array(self.axes[0].get_xlim())
        slope = self.quotient(h)
        self.line.set_data(ends, self.value + slope * (ends - self.x))
        self.ends.set_data([self.x, self.x + h], [self.value, self.value + slope * h])
        self.dot.set_data([h], [self.error(h)])
        text, truth = f"{slope:.12f}", f"{self.slope:.12f}"
        right = text[: next((k for k, c in enumerate(text) if c != truth[k : k + 1]), None)]
        digits = sum(c.isdigit() for c in right.lstrip("-0."))
        right = right if digits else ""  # a sign and a leading 0 are not yet correct digits
        blue = f'<b style="color:{VALUE}">{right}</b>'
        shown = f'<code>{blue}<span style="color:{ADJOINT}">{text.removeprefix(right)}</span></code>'
        count = f"{digits} correct digit{'s' * (digits != 1)}"
        return f"h = {h:.1e}: the slope of the secant is {shown}, with {count}."


class Newton(Picture):
    """The path of Newton's method from a starting point that can be moved."""

    def __init__(self, formula: str = "exp(-sqrt(x)) * sin(x * log(1 + x**2))") -> None:
        super().__init__()
        self.f = function_of(formula)
        (ax,) = self.axes
        xs = np.linspace(0, 6, 601)[1:]
        ax.axhline(0, color=REFERENCE, linewidth=0.8)
        ax.plot(xs, self.f(xs), color=VALUE)
        ax.set_xlim(0, 6)
        ax.set_title("Each step follows a tangent as far as the axis")
        (self.path,) = ax.plot([], [], color=DERIVATIVE, linestyle="--", linewidth=1.3)
        (self.first,) = ax.plot([], [], "o", color=INK)
        (self.last,) = ax.plot([], [], "o", color=ADJOINT, markersize=8, fillstyle="none")
        self.moving = [self.path, self.first, self.last]

    def move(self, start: float) -> str:
        """Start at another point."""
        xs, end = [start], ""
        while not end:
            y = forward_mode([self.f], xs[-1])
            new = xs[-1] - y.val / y.der if y.der else math.nan
            if not new > 0:
                end = f"and leaves the curve: at {new:.3g} the function has no value"
            elif abs(new - xs[-1]) < 1e-12 * new:
                end = f"to the root {new if new > 1e-7 else 0:.10f}"
            elif len(xs) > 60:
                end = f"and is still on its way, at {new:.3g}"
            xs.append(new)
        corners = [point for x in xs[:-1] for point in [(x, 0.0), (x, self.f(x))]] + [(xs[-1], 0.0)]
        self.path.set_data(*zip(*corners, strict=True))
        self.first.set_data([start], [0])
        self.last.set_data([xs[-1]], [0])
        steps = len(xs) - 1
        return f"From {start:.3f}, Newton's method takes {steps} step{'s' * (steps > 1)} {end}."


class Numbers(Picture):
    """A graph with its two sweeps, whose numbers change."""

    drawn: Any = None

    def draw(self, what: Any, graph: Graph) -> None:
        """Draw a graph, or only its numbers if that graph is drawn already."""
        (ax,) = self.axes
        if what == self.drawn:
            for label, text in zip(ax.texts, labels_of(graph), strict=True):
                label.set_text(text)
            return
        ax.clear()
        sweeps_over(graph, ax)
        (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
        self.figure.set_size_inches(right - left + 0.1, high - low + 0.1)
        self.moving, self.rest, self.drawn = list(ax.texts), None, what


class Chain(Numbers):
    """A chain of functions, with tangents and adjoints that follow x."""

    def move(self, x: float, **links: str) -> str:
        """Draw another chain, or its numbers at another x; a link without a name is left out."""
        chain = [PRIMITIVES[name] for name in links.values() if name]
        self.draw(chain, chain_graph(chain, x))
        y = forward_mode(chain, x)
        if not math.isfinite(y.val):
            return f"At x = {x:.3f}, the chain has no finite value."
        slope = f"both sweeps find the slope <b>{y.der:.6g}</b>"
        return f"At x = {x:.3f}, the value is <b>{y.val:.6g}</b>, and {slope}."


class Written(Numbers):
    """A function of several inputs: its graph, its tape, and its gradient as a program."""

    def move(self, formula: str, x: float, y: float, z: float) -> str:
        """Draw another function, or its numbers at another point."""
        f = function_of(formula, "xyz")
        at = [{"x": x, "y": y, "z": z}[name] for name in f.names]
        graph = function_graph(f, at)
        if formula != self.drawn:
            self.source = escape(trace(grad(f, argnums=tuple(range(len(at)))), *at).source)
        self.draw(formula, graph)
        names = [name for name, *_ in graph.nodes]
        tape = "\n".join(f"{names[a]} → {names[b]}   {slope:.6g}" for a, b, slope in graph.edges)
        head = (
            "Each line of the tape is an edge with its local derivative. "
            "Beside it is the gradient as a program, which names its own intermediate values:"
        )
        return (
            f'{head}<div style="display:flex; gap:4em"><pre>{tape}</pre><pre>{self.source}</pre></div>'
        )
