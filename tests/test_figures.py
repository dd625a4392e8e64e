"""What is drawn, read off the artists."""

import math
import re
import subprocess
import sys
from pathlib import Path as FilePath

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.animation import PillowWriter
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.transforms import Bbox
from PIL import Image, ImageSequence

import autodiff_tutorial
from autodiff_tutorial import derivative, exp, sin, sqrt
from autodiff_tutorial.figures import (
    ADJOINT,
    DERIVATIVE,
    INK,
    STYLE,
    TANGENT,
    VALUE,
    animate_sweeps,
    draw_chain,
    draw_graph,
    plot_derivative,
)
from autodiff_tutorial.figures.graphs import function_graph
from autodiff_tutorial.rules import functions


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def texts(ax, color):
    return [text.get_text() for text in ax.texts if text.get_text() and text.get_color() == color]


def test_the_chain_of_the_post():
    matplotlib.rcdefaults()
    before = dict(matplotlib.rcParams)
    ax = draw_chain([sin, sin, exp], 2.0)
    assert dict(matplotlib.rcParams) == before
    slopes = ["−0.4161", "0.6143", "2.201"]
    nodes = ["x\n2", "a = sin x\n0.9093", "b = sin a\n0.7891", "c = exp b\n2.201"]
    assert sorted(texts(ax, INK)) == sorted(nodes + slopes)
    dots = [
        rf"$\dot{{{n}}}$ = {v}"
        for n, v in zip("xabc", ["1", "−0.4161", "−0.2556", "−0.5628"], strict=True)
    ]
    bars = [
        rf"$\bar{{{n}}}$ = {v}" for n, v in zip("xabc", ["−0.5628", "1.352", "2.201", "1"], strict=True)
    ]
    assert texts(ax, TANGENT) == dots
    assert texts(ax, ADJOINT) == bars


@pytest.mark.parametrize("links", range(1, 9))
def test_no_text_touches_another_or_leaves_the_figure(links):
    chain = [sin, sin, exp, lambda v: -v * 1e-7, exp, sqrt, sin, exp][:links]
    ax = draw_chain(chain, 2.0)
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
    for i, box in enumerate(boxes):
        assert ax.figure.bbox.x0 <= box.x0 and box.x1 <= ax.figure.bbox.x1
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_it_draws_where_it_is_told():
    _, ax = plt.subplots()
    assert draw_chain([sin], 1.0, ax) is ax
    assert draw_chain([], 1.0).texts[0].get_text() == "x\n1"


def test_too_long_a_chain_is_refused():
    with pytest.raises(ValueError, match="room for 20 links, not 30"):
        draw_chain([sin] * 30, 1.0)


def test_colours_are_dark_enough_to_read():
    def luminance(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    for color in (TANGENT, ADJOINT, INK, STYLE["text.color"]):
        assert 1.05 / (luminance(color) + 0.05) > 4.5


def curve(ax, color):
    (line,) = [line for line in ax.lines if line.get_color() == color and len(line.get_xdata()) > 100]
    return line.get_xdata(), line.get_ydata()


def dots(ax):
    return [line.get_xydata()[0].tolist() for line in ax.lines if line.get_marker() == "o"]


def wave(x):
    return np.exp(-np.sqrt(x)) * np.sin(x * np.log(1 + x**2))


def test_a_function_and_its_derivative():
    ax = plot_derivative(wave, 0.01, 5)
    x, y = curve(ax, VALUE)
    assert y == pytest.approx(wave(x), rel=1e-14)
    assert curve(ax, DERIVATIVE)[1] == pytest.approx(derivative(wave)(x), rel=1e-14)
    bell = lambda x: np.exp(-x * x)  # noqa: E731
    x, slope = curve(plot_derivative(bell, -1.0, 2.0), DERIVATIVE)
    assert slope == pytest.approx(-2 * x * bell(x), rel=1e-14, abs=1e-15)
    # the turning points, to what linear interpolation on the grid can tell
    turns = [dot[0] for dot in dots(ax)]
    assert len(turns) == 5
    assert derivative(wave)(np.array(turns)) == pytest.approx(np.zeros(5), abs=1e-3)
    assert [dot[1] for dot in dots(ax)] == pytest.approx([wave(turn) for turn in turns])


@pytest.mark.parametrize(
    ("f", "a", "b", "gaps", "slope_gaps"),
    [
        (np.tan, -4, 4, [-np.pi / 2, np.pi / 2], [-np.pi / 2, np.pi / 2]),
        (lambda x: 1 / x, -1.01, 1, [0], [0]),
        (lambda x: 1 / x, -1, 1, [0], [0]),
        (lambda x: np.where(x > 0.3, x, x - 5), -1, 1, [0.3], [0.3]),
        (np.cbrt, -1.01, 1, [], []),
        (np.abs, -1, 2, [], [0]),
        (lambda x: np.maximum(x, 0), -1, 1.3, [], [0]),
        (wave, 0.01, 5, [], []),
        (np.exp, 0, 10, [], []),
        (lambda x: 3.0, 0, 1, [], []),
    ],
)
def test_gaps_are_where_a_curve_jumps(f, a, b, gaps, slope_gaps):
    ax = plot_derivative(f, a, b)
    for color, places in [(VALUE, gaps), (DERIVATIVE, slope_gaps)]:
        x, y = curve(ax, color)
        found = x[~np.isfinite(y)]
        assert all(min(abs(found - place)) < 0.03 for place in places)
        assert all(min(abs(np.array(places) - x)) < 0.03 for x in found)
    low, high = ax.get_ylim()
    assert low < 0 < high or f is np.exp
    assert high - low < 70 or f is np.exp


@pytest.mark.parametrize(("a", "b"), [(-1, 1), (-1.01, 1), (-3, 0.5)])
def test_beside_a_pole_every_point_is_drawn(a, b):
    ax = plot_derivative(lambda x: 1 / x, a, b)
    for color, exact in [(VALUE, lambda x: 1 / x), (DERIVATIVE, lambda x: -1 / x**2)]:
        x, y = curve(ax, color)
        assert x[~np.isfinite(y)] == pytest.approx(0, abs=0.005)  # in the gap, and nowhere else
        x, y = x[np.isfinite(y)], y[np.isfinite(y)]
        assert len(x) >= 800 and y == pytest.approx(exact(x))


@pytest.mark.parametrize(
    ("name", "interval"), [(n, row[-1]) for n, row in functions(np).items()], ids=functions(np)
)
def test_no_slope_of_the_gallery_is_drawn_to_another_scale(name, interval):
    assert (
        plot_derivative(getattr(autodiff_tutorial, name), *interval).texts[1].get_text() == f"{name} ′"
    )


def test_a_narrow_peak_is_no_pole():
    ax = plot_derivative(lambda x: np.exp(-((x / 0.02) ** 2)), -1, 1)
    assert ax.get_ylim()[1] > 1
    assert plot_derivative(np.exp, 0, 20).get_ylim()[1] > np.exp(20)


def test_in_nanometres_neither_curve_is_flat():
    def signal(x):
        return np.sin(2 * np.pi * x / 500e-9)

    ax = plot_derivative(signal, 1e-9, 900e-9)
    assert ax.texts[1].get_text() == "signal ′ × $10^{-7}$"
    x, slope = curve(ax, DERIVATIVE)
    assert slope == pytest.approx(1e-7 * derivative(signal)(x))
    assert -1.5 < ax.get_ylim()[0] < -1.2 and 1.2 < ax.get_ylim()[1] < 1.5
    assert plot_derivative(lambda x: np.sin(x / 10), 0, 60).texts[1].get_text() == "f ′ × 10"
    assert plot_derivative(lambda x: np.sin(10 * x), 0, 6).texts[1].get_text() == "f ′ × 0.1"
    ax = plot_derivative(lambda x: x**2 / 20, 0, 10)  # up to 5 and 1: it stays as it is
    assert ax.texts[1].get_text() == "f ′"


def test_a_slope_that_rounding_made_is_not_enlarged():
    ax = plot_derivative(lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, 0, 3)
    assert ax.texts[1].get_text() == "f ′"


def test_a_turn_at_a_point_of_the_grid_has_its_dot():
    assert dots(plot_derivative(lambda x: x * (1 - x), 0, 1)) == [[0.5, 0.25]]
    assert dots(plot_derivative(lambda x: x**3, -1, 1)) == []
    assert dots(plot_derivative(lambda x: np.maximum(abs(x) - 1, 0), -2, 2)) == []


def test_a_function_that_decides_by_its_value_is_called_point_by_point():
    def bounce(x):
        while x > 1:
            x = x - 1
        return x * x if x < 0.5 else 0.25

    x, slope = curve(plot_derivative(bounce, 0.01, 3), DERIVATIVE)
    found = np.isfinite(slope)
    part = (x[found] - 1e-9) % 1
    assert slope[found] == pytest.approx(np.where(part < 0.5, 2 * part, 0), abs=1e-6)


def test_complex_values_are_refused():
    with pytest.raises(TypeError, match="real numbers"):
        plot_derivative(lambda x: 1j * x, 0, 1)


def test_outside_the_domain_there_is_nothing():
    x, y = curve(plot_derivative(np.log, -1, 3), VALUE)
    assert np.isnan(y[x < 0]).all() and np.isfinite(y[x > 0]).all()


def test_an_empty_interval_is_refused():
    with pytest.raises(ValueError, match="a must be below b, not a = 2 and b = 1"):
        plot_derivative(np.sin, 2, 1)


def test_a_function_without_values_is_refused():
    with pytest.raises(ValueError, match="log has no finite value and slope between -2 and -1"):
        plot_derivative(np.log, -2, -1)


def place(artist, ax):
    """Return where the middle of an artist is, in the numbers of the axes."""
    box = artist.get_window_extent()
    return ax.transData.inverted().transform([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])


@pytest.mark.parametrize(
    ("f", "a", "b"),
    [
        (np.square, -1, 3),
        (np.exp, -2, 1),
        (np.sin, 0.3, 5),
        (np.log, -1, 3),
        (lambda x: 1 / x, -1.01, 1),
    ],
)
def test_each_label_is_at_the_right_end_of_its_curve(f, a, b):
    ax = plot_derivative(f, a, b)
    ax.figure.canvas.draw()
    low, high = ax.get_ylim()
    labels, ends = [place(text, ax)[1] for text in ax.texts], []
    for text, color in zip(ax.texts, (VALUE, DERIVATIVE), strict=True):
        assert text.get_color() == color
        assert text.get_window_extent().x0 > ax.get_window_extent().x1
        y = curve(ax, color)[1]
        ends.append(np.clip(y[np.isfinite(y)][-1], low, high))
    assert np.abs(np.subtract(labels, ends)).max() < 0.06 * (high - low)  # half of a line to a side
    assert np.subtract(*labels) * np.subtract(*ends) >= 0


def arrows_of(ax):
    """Return start, tip and colour of the arrows, from left to right, in pixels."""
    patches = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
    patches += [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    found = []
    for patch in patches:
        path = patch.get_path()
        points = patch.get_transform().transform(path.vertices[path.codes != Path.CLOSEPOLY])
        tip = points[np.argmax(np.hypot(*(points - points[0]).T))]
        found.append((*points[0], *tip, to_hex(patch.get_edgecolor()).upper()))
    return sorted(found)


@pytest.mark.parametrize("links", range(1, 9))
def test_each_arrow_leads_from_box_to_box_and_touches_nothing(links):
    chain = [sin, sin, exp, lambda v: -v * 1e-7, exp, sqrt, sin, exp][:links]
    ax = draw_chain(chain, 2.0)
    ax.figure.canvas.draw()
    boxes = sorted(
        (box.get_window_extent() for box in ax.patches if isinstance(box, FancyBboxPatch)),
        key=lambda box: box.x0,
    )
    labels = [text.get_window_extent() for text in ax.texts if text.get_text()]
    assert len(boxes) == links + 1
    for color, forwards in [(INK, True), (TANGENT, True), (ADJOINT, False)]:
        arrows = [arrow for arrow in arrows_of(ax) if arrow[4] == color]
        assert len(arrows) == links
        for k, (x0, y0, x1, y1, _) in enumerate(arrows):
            assert (x0 < x1) == forwards
            left, right = sorted([x0, x1])
            assert boxes[k].x1 <= left < right <= boxes[k + 1].x0
            shaft = Bbox([[left, min(y0, y1) - 1], [right, max(y0, y1) + 1]])
            assert not any(shaft.overlaps(label) for label in labels)


def heron(x):
    y = x
    for _ in range(3):
        y = (y + x / y) / 2
    return y


def doubled(x):
    a = x + x
    return a + a


def tangle(x, y, z):
    a = x * y
    b = np.sin(a) + z
    c = np.exp(-b) * a
    d = np.sqrt(c + y * y)
    e = np.tanh(d * z) + np.log(d)
    return e * b + c / d - np.cos(x * e)


def fan(x):
    return np.sin(x) + np.cos(x) + np.exp(x) + np.sqrt(x) + np.log(x) + x**3 + np.tanh(x)


def net(x1, x2):
    a, b = np.tanh(0.5 * x1 - 0.25 * x2), np.tanh(1.5 * x2 - x1)
    c, d = np.tanh(a * b + a), np.tanh(a - 2.0 * b)
    return c * d - a


GRAPHS = {
    "product": (lambda x1, x2: x1 * x2 + np.sin(x1), 3.0, 5.0),
    "x sin x": (lambda x: x * np.sin(x), 2.0),
    "doubled": (doubled, 1.0),
    "neuron": (lambda w, x, b: np.tanh(w * x + b), 0.5, 2.0, -0.3),
    "square": (lambda x: x * x, -3.0),
    "input alone": (lambda x, y: y, 1.0, 2.0),
    "Heron": (heron, 2.0),
    "valley": (lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, -1.234, 2.345),
    "Horner": (lambda x: 1 + x * (2 + x * (3 + x * (4 + x))), 0.512),
    "slope": (derivative(lambda x: np.sin(x) * x), 1.0),
    "branch": (lambda x: np.where(x > 0, x, -x), -2e-7),
    "names": (lambda x_1, θ2: np.maximum(x_1, 0.25) * abs(θ2) ** 0.5 + 3.5e-12 * θ2, 1.0, -2e-7),
    "fan": (fan, 0.7),
    "net": (net, 0.3, -0.8),
    "tangle": (tangle, 0.5, 1.2, 0.7),
}


def shafts(ax):
    """Return colour, dash, points and drawn path of each arrow, in pixels."""
    for patch in ax.patches:
        if isinstance(patch, FancyArrowPatch):
            points = ax.transData.transform(patch._path_original.vertices)
            path = patch.get_path()
            line = path.vertices[path.codes != Path.CLOSEPOLY]  # the shaft, and then the head
            drawn = Path(patch.get_transform().transform(line))
            color = to_hex(patch.get_edgecolor()).upper()
            yield color, patch.get_linestyle(), points, drawn


def read(ax):
    """Read a graph as a person does, by what is beside what: its nodes, and its edges."""
    ax.figure.canvas.draw()
    inch, nodes, edges = ax.figure.dpi, {}, []
    of = {
        c: [t for t in ax.texts if t.get_text() and t.get_color() == c] for c in (INK, TANGENT, ADJOINT)
    }
    where = {text: text.get_window_extent() for texts in of.values() for text in texts}
    for box in (patch.get_window_extent() for patch in ax.patches if isinstance(patch, FancyBboxPatch)):
        (inside,) = [t for t in of[INK] if box.contains(*where[t].min) and box.contains(*where[t].max)]
        same = lambda t, box=box: abs(where[t].x0 + where[t].x1 - box.x0 - box.x1) < 3  # noqa: E731
        (above,) = [t for t in of[TANGENT] if same(t) and 0 < where[t].y0 - box.y1 < 0.35 * inch]
        (below,) = [t for t in of[ADJOINT] if same(t) and 0 < box.y0 - where[t].y1 < 0.35 * inch]
        nodes[inside.get_text().split(" = ")[0].split("\n")[0]] = box
        nodes[box] = [t.get_text() for t in (inside, above, below)]
    boxes = {name: box for name, box in nodes.items() if isinstance(name, str)}
    for color, _, points, _ in shafts(ax):
        if color == INK:
            (x0, y0), (x1, y1) = points[0], points[-1]
            at = [n for n, b in boxes.items() if 0 < x0 - b.x1 < 0.1 * inch and b.y0 < y0 < b.y1]
            to = [n for n, b in boxes.items() if 0 < b.x0 - x1 < 0.1 * inch and b.y0 < y1 < b.y1]
            over = [t for t in of[INK] if 0 < where[t].y0 - y1 < 0.2 * inch and where[t].x0 < x1]
            under = [t for t in of[ADJOINT] if 0 < y0 - where[t].y1 < 0.2 * inch and where[t].x1 > x0]
            slope = max(over, key=lambda t: where[t].x0)  # the one next to the tip
            part = [t for t in under if t.get_fontsize() == 9 and where[t].x1 - x0 < 2 * inch]
            part = [t for t in part if where[t].x0 == min(where[t].x0 for t in part)]
            edges.append((*at, *to, *(t.get_text() for t in [slope, *part])))
    return {name: nodes[box] for name, box in boxes.items()}, sorted(edges)


def short(x):
    return f"{x:.4g}".replace("-", "−")


def node(name, operation, value, tangent, adjoint, *parts):
    accents = [
        rf"$\{accent}{{{name[0]}}}{f'_{{{name[1:]}}}' if name[1:] else ''}$ = "
        for accent in ("dot", "bar")
    ]
    total = (
        " ".join([short(parts[0]), "−" if parts[1] < 0 else "+", short(abs(parts[1]))]) + "\n= "
        if parts
        else ""
    )
    head = f"{name} = {operation}" if operation else name
    return [f"{head}\n{short(value)}", accents[0] + short(tangent), accents[1] + total + short(adjoint)]


def test_a_product_and_a_sine():
    nodes, edges = read(draw_graph(*GRAPHS["product"]))
    s, c = math.sin(3.0), math.cos(3.0)
    assert nodes == {
        "x1": node("x1", "", 3, 1, 5 + c, 5, c),
        "x2": node("x2", "", 5, 0, 3),
        "a": node("a", "x1 * x2", 15, 5, 1),
        "b": node("b", "sin x1", s, c, 1),
        "c": node("c", "a + b", 15 + s, 5 + c, 1),
    }
    assert edges == [
        ("a", "c", "1"),
        ("b", "c", "1"),
        ("x1", "a", "5", "5"),
        ("x1", "b", short(c), short(c)),
        ("x2", "a", "3"),
    ]


def test_a_value_used_twice_by_one_operation_has_two_arrows():
    nodes, edges = read(draw_graph(doubled, 1.5, seed=[3.0]))
    assert nodes == {
        "x": node("x", "", 1.5, 3, 4, 2, 2),
        "a": node("a", "x + x", 3, 6, 2, 1, 1),
        "b": node("b", "a + a", 6, 12, 1),
    }
    assert edges == [("a", "b", "1", "1")] * 2 + [("x", "a", "1", "2")] * 2


def test_a_neuron_with_a_seed():
    nodes, edges = read(draw_graph(*GRAPHS["neuron"], seed=(2, 0, -1)))
    y, slope = math.tanh(0.7), 1 / math.cosh(0.7) ** 2
    assert nodes == {
        "w": node("w", "", 0.5, 2, 2 * slope),
        "x": node("x", "", 2, 0, 0.5 * slope),
        "b": node("b", "", -0.3, -1, slope),
        "a": node("a", "w * x", 1, 4, slope),
        "c": node("c", "a + b", 0.7, 3, slope),
        "d": node("d", "tanh c", y, 3 * slope, 1),
    }
    assert edges == [
        ("a", "c", "1"),
        ("b", "c", "1"),
        ("c", "d", short(slope)),
        ("w", "a", "2"),
        ("x", "a", "0.5"),
    ]


def test_constants_stand_in_the_operation():
    nodes, _ = read(draw_graph(lambda x: np.maximum(-(x**2), 1.23456789) + 2 / x**0.5, 4.0))
    heads = [text.split("\n")[0] for text, *_ in nodes.values()]
    assert heads[:4] == ["x", "a = x ** 2", "b = −a", "c = maximum(b, 1.235)"]
    assert heads[4:] == ["d = x ** 0.5", "e = 2 / d", "g = c + e"]  # f is the name of the function


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("title", ["", "A sentence that the figure proves"])
def test_nothing_in_a_graph_touches_another(name, title):
    f, *xs = GRAPHS[name]
    ax = draw_graph(f, *xs)
    ax.set_title(title)
    ax.figure.canvas.draw()
    labels = [text.get_window_extent() for text in ax.texts if text.get_text()]
    boxes = [patch.get_window_extent() for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    for i, label in enumerate(labels):
        assert ax.bbox.x0 <= label.x0 and label.x1 <= ax.bbox.x1
        assert ax.bbox.y0 <= label.y0 and label.y1 <= ax.bbox.y1
        assert not any(label.overlaps(other) for other in labels[:i])
        around = [box for box in boxes if label.overlaps(box)]
        assert all(box.contains(*label.min) and box.contains(*label.max) for box in around)
    for i, box in enumerate(boxes):
        assert ax.bbox.containsx(box.x0) and ax.bbox.containsx(box.x1)
        assert not any(box.overlaps(other) for other in boxes[:i])
    for *_, drawn in shafts(ax):
        assert not any(drawn.intersects_bbox(place, filled=False) for place in labels + boxes)


@pytest.mark.parametrize("name", GRAPHS)
def test_each_edge_of_a_graph_has_three_arrows(name):
    f, *xs = GRAPHS[name]
    ax = draw_graph(f, *xs)
    nodes, edges = read(ax)
    assert len(nodes) + len(edges) + 2 * len(nodes) + sum(len(edge) == 4 for edge in edges) == len(
        [text for text in ax.texts if text.get_text()]
    )
    uses = [edge[0] for edge in edges]
    assert all(len(edge) == 3 + (uses.count(edge[0]) > 1) for edge in edges)
    for color, dash, forwards in [
        (INK, "solid", True),
        (TANGENT, "dashed", True),
        (ADJOINT, "dashdot", False),
    ]:
        arrows = [points for c, d, points, _ in shafts(ax) if (c, d) == (color, dash)]
        assert len(arrows) == len(edges)
        assert all((points[0][0] < points[-1][0]) == forwards for points in arrows)
    assert len([*shafts(ax)]) == 3 * len(edges)


def test_tangents_run_above_and_adjoints_below():
    for graph in (draw_graph(*GRAPHS["tangle"]), draw_chain([sin, exp], 1.0)):
        ends = [(color, [*points[0], *points[-1]]) for color, _, points, _ in shafts(graph)]
        for black, orange, purple in zip(ends[::3], ends[1::3], ends[2::3], strict=True):
            assert (black[0], orange[0], purple[0]) == (INK, TANGENT, ADJOINT)
            assert (
                orange[1][1] > black[1][1] > purple[1][3] and orange[1][3] > black[1][3] > purple[1][1]
            )


def test_small_graphs_have_no_edges_that_cross():
    for name in ("product", "x sin x", "doubled", "neuron", "Heron", "valley", "Horner", "slope"):
        lines = [Path(points) for c, _, points, _ in shafts(draw_graph(*GRAPHS[name])) if c == INK]
        assert not any(
            a.intersects_path(b, filled=False) for i, a in enumerate(lines) for b in lines[:i]
        )


def test_a_graph_is_drawn_where_it_is_told():
    _, ax = plt.subplots()
    assert draw_graph(np.sin, 1.0, ax=ax) is ax
    before = dict(matplotlib.rcParams)
    draw_graph(np.sin, 1.0)
    assert dict(matplotlib.rcParams) == before


def newton(x):
    y = x
    while abs(y * y - x) > 1e-9:
        y = (y + x / y) / 2
    return y


@pytest.mark.parametrize(
    ("f", "xs", "error", "message"),
    [
        (newton, (2.0,), TypeError, "one path, and line .* of newton, 'while abs.*looks at a value"),
        (
            lambda x: [x := np.sin(x) for _ in range(24)][-1],
            (1.0,),
            ValueError,
            "room for 24 nodes, not 25",
        ),
        (lambda x: 3.0, (1.0,), ValueError, "f must return one number, calculated from its inputs"),
        (lambda x: (x, x), (1.0,), ValueError, "f must return one number, calculated from its inputs"),
        (np.sum, (np.ones(2),), ValueError, "takes functions of numbers, and .* is of type ndarray"),
        (lambda x: np.sum(np.stack([x, x])), (1.0,), ValueError, "a value in f is of type ndarray"),
        (np.sin, ("2",), ValueError, "takes functions of numbers, and .* is of type str"),
    ],
)
def test_what_is_no_small_graph_is_refused(f, xs, error, message):
    with pytest.raises(error, match=message):
        draw_graph(f, *xs)
    assert not plt.get_fignums()


def test_a_seed_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="a number for each of the 2 inputs, not 1"):
        draw_graph(np.hypot, 3.0, 4.0, seed=[1.0])


def test_a_derivative_is_not_called_by_the_name_of_its_function():
    assert [text.get_text() for text in plot_derivative(derivative(np.sin), 0, 6).texts] == [
        "sin ′",
        "sin ′ ′",
    ]


class Watcher(PillowWriter):
    """Note, in each frame of an animation, what can be seen, which boxes are lit, and where they are."""

    def grab_frame(self, **_):
        (ax,) = self.fig.axes
        shown = [artist for artist in [*ax.texts, *ax.patches] if artist.get_visible()]
        boxes = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
        lit = [k for k, box in enumerate(boxes) if box.get_facecolor()[3] > 0]
        self._frames.append((shown, texts_of(shown), lit, [box.get_window_extent() for box in boxes]))

    def finish(self):
        """Write nothing."""


def texts_of(artists):
    return [a.get_text() for a in artists if isinstance(a, plt.Text) and a.get_text()]


def watch(f, *xs):
    animation, watcher = animate_sweeps(f, *xs), Watcher()
    animation.save("nowhere", writer=watcher)
    return watcher._frames


def test_the_sweeps_light_up_box_by_box_and_nothing_moves():
    frames = watch(lambda x: exp(sin(sin(x))), 2.0)
    assert [lit for _, _, lit, _ in frames[:10]] == [[], [0], [1], [2], [3], [3], [2], [1], [0], []]
    for k, (_, texts, _, boxes) in enumerate(frames):
        values = [text for text in texts if "\n" in text and not text.endswith("\n")]
        dots, bars = ([text for text in texts if accent in text] for accent in (r"\dot", r"\bar"))
        assert (len(values), len(dots), len(bars)) == (min(k, 4), min(k, 4), min(max(k - 4, 0), 4))
        moved = [
            box.get_points() - old.get_points() for box, old in zip(boxes, frames[0][3], strict=True)
        ]
        assert np.abs(moved).max() < 0.01  # pixels
    assert r"$\bar{x}$ = −0.5628" in frames[8][1]


@pytest.mark.parametrize("name", ["product", "doubled", "input alone", "names", "valley"])
def test_no_number_appears_before_those_it_is_made_of(name):
    f, *xs = GRAPHS[name]
    graph, frames = function_graph(f, xs), watch(f, *xs)
    assert frames[-1][1] == texts_of(draw_graph(f, *xs).texts)
    n, first = len(graph.nodes), {}
    for k, (shown, *_) in enumerate(frames):
        for artist in shown:
            first.setdefault(artist, k)
    (ax,) = {artist.axes for artist in first}
    tangents, adjoints = ([first[t] for t in ax.texts[row : 3 * n : 3]] for row in (1, 2))
    assert max(tangents) < min(adjoints)
    for k, (source, target, _) in enumerate(graph.edges):
        _, ahead, home = ax.patches[n + 3 * k :][:3]
        assert tangents[source] < tangents[target] == first[ahead]
        assert adjoints[target] < adjoints[source] == first[home]


def test_the_moving_picture_is_what_its_command_draws(tmp_path):
    root = FilePath(__file__).parents[1]
    (command,) = re.findall(
        r'^.venv/bin/python -c "(.+sweeps.gif.+)"$', (root / "CONTRIBUTING.md").read_text("utf-8"), re.M
    )
    code = command.replace("notebooks/", f"{tmp_path.as_posix()}/")
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
    stored = root / "notebooks" / "sweeps.gif"
    assert stored.stat().st_size < 400_000
    with Image.open(stored) as old, Image.open(tmp_path / "sweeps.gif") as new:
        assert old.info["loop"] == 0  # for ever
        times = []
        for a, b in zip(ImageSequence.Iterator(old), ImageSequence.Iterator(new), strict=True):
            assert a.info["duration"] == b.info["duration"]
            times.append(a.info["duration"])
            if a.size == b.size:  # each matplotlib draws a little differently
                apart = np.subtract(*(np.asarray(frame.convert("L"), dtype=int) for frame in (a, b)))
                assert np.mean(np.abs(apart) > 64) < 0.02
        assert times[-1] > max(times[:-1])
