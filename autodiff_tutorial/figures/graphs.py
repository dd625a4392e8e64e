"""Graphs: the operations of a function with all that two sweeps over them find, and a place for each.

The places are found in layers, as Sugiyama, Tagawa and Toda did in 1981: a node stands behind all that
it is calculated from, and each layer is sorted, and moved, to where its neighbours are.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from string import ascii_lowercase
from typing import NamedTuple

import numpy as np

from ..chain import forward_mode
from ..program import fresh, needed, parameters
from ..symbols import Symbol, example
from ..valder import derivative

LIMIT = 24  # nodes
LANE, LINE = 0.42, 0.155  # inches between two edges at a box, and between two lines of text


class Graph(NamedTuple):
    """What a function does at a point: nodes (name, text, value) and edges (from, to, slope)."""

    nodes: list
    edges: list
    output: int

    def sweep_forward(self, seed: Sequence) -> list:
        """Return the tangent of each node, from those of the inputs."""
        tangents = [*seed] + [0.0] * (len(self.nodes) - len(seed))
        for source, target, slope in self.edges:
            tangents[target] += slope * tangents[source]
        return tangents

    def sweep_back(self) -> tuple[list, list]:
        """Return the adjoint of each node, and the part of one that comes back along each edge."""
        adjoints, parts = [0.0] * len(self.nodes), []
        adjoints[self.output] = 1.0
        for source, target, slope in reversed(self.edges):
            parts.append(slope * adjoints[target])
            adjoints[source] += parts[-1]
        return adjoints, parts[::-1]


def chain_graph(chain: Sequence[Callable], x: float) -> Graph:
    """Return the graph of a chain: a node for the input, and one for each link."""
    letters = fresh(ascii_lowercase, ["x", "f"])
    nodes, edges = [("x", "x", forward_mode([], x).val)], []
    for k, link in enumerate(chain):
        name, y = next(letters), forward_mode([link], nodes[k][2])
        nodes.append((name, f"{name} = {name_of(link)} {nodes[k][0]}", y.val))
        edges.append((k, k + 1, y.der))
    return Graph(nodes, edges, len(chain))


def function_graph(f: Callable, xs: Sequence) -> Graph:
    """Return the graph of a function of numbers: a node for each input and each operation."""
    page, names = {}, parameters(f, len(xs))
    inputs = {name: Symbol(name, real(x, name), page) for name, x in zip(names, xs, strict=True)}
    y = f(*inputs.values())
    if not isinstance(y, Symbol):
        raise ValueError(f"{name_of(f)} must return one number, calculated from its inputs.")
    lines = inputs | {text: x for text, x in needed(page, y.name).items() if x.name.startswith("$")}
    if (n := len(lines)) > LIMIT:
        raise ValueError(f"draw_graph has room for {LIMIT} nodes, not {n}; draw a part of the function.")
    letters, named, nodes, edges = fresh(ascii_lowercase, [*names, "f"]), {}, [], []
    for target, (text, symbol) in enumerate(lines.items()):
        real(symbol.val, f"a value in {name_of(f)}")
        name = named[symbol.name] = text if text in inputs else next(letters)
        shown = text if text in inputs else f"{name} = {plain(text, named)}"
        nodes.append((name, shown, symbol.val))
        for k, x in enumerate(symbol.made[1]):
            if isinstance(x, Symbol):
                edges.append(([*named].index(x.name), target, slope_of(*symbol.made, k)))
    return Graph(nodes, edges, [*named].index(y.name))


def real(x: float, name: str) -> float:
    """Return a number as a float, and refuse anything else."""
    if np.ndim(x) or np.asarray(x).dtype.kind not in "biuf":
        kind = type(x).__name__
        raise ValueError(f"draw_graph takes functions of numbers, and {name} is of type {kind}.")
    return float(x)


def slope_of(function: Callable, args: tuple, k: int) -> float:
    """Return the derivative of one operation by its argument k, at the examples."""
    values = [example(x) for x in args]
    return float(derivative(lambda t: function(*values[:k], t, *values[k + 1 :]))(values[k]))


def plain(text: str, named: dict) -> str:
    """Return a line of Python as a box shows it: sin x, x ** 0.5, maximum(a, 1.235)."""
    text = re.sub(r"\b(math|np)\.", "", text)
    text = re.sub(r"\d+\.\d+(e[-+]\d+)?", lambda found: f"{float(found[0]):.4g}", text)
    text = re.sub(r"^pow\((.+), (.+)\)$", r"\1 ** \2", text)
    text = re.sub(r"^(\w+)\(([\w$]+)\)$", r"\1 \2", text)
    return re.sub(r"\$\d+", lambda found: named[found[0]], text).replace("-", "−")


def name_of(f: Callable) -> str:
    """Return the name of a function, and f for one that has none."""
    return getattr(f, "__name__", type(f).__name__).replace("<lambda>", "f")


class Layout:
    """Where the nodes of a graph stand, and the edges run, in inches from the upper left corner.

    An edge that is longer than one layer passes through a place of its own in each layer between.
    At a box, each edge has a lane of its own.
    """

    def __init__(self, edges: Sequence, lines: Sequence) -> None:
        n = self.n = len(lines)
        self.layer, self.routes = [0] * n, []
        for source, target, _ in edges:
            self.layer[target] = max(self.layer[target], self.layer[source] + 1)
        for source, target, _ in edges:
            between = range(self.layer[source] + 1, self.layer[target])
            self.routes.append([source, *range(len(self.layer), len(self.layer) + len(between)), target])
            self.layer += between
        every, free = range(len(self.layer)), [0.2] * (len(self.layer) - n)  # inches, beside an edge
        self.steps = [(i, *ends) for i, route in enumerate(self.routes) for ends in pairwise(route)]
        self.columns = [[p for p in every if self.layer[p] == k] for k in range(max(self.layer) + 1)]
        before = [[(i, a) for i, a, b in self.steps if b == p] for p in every]
        behind = [[(i, b) for i, a, b in self.steps if a == p] for p in every]
        ways = [(self.columns, before), (self.columns[::-1], behind)]
        most = np.array([max(len(before[p]), len(behind[p])) for p in range(n)])  # edges on a side
        self.chain = max(most) <= 1  # whose arrows run from label to label, and else from box to box
        self.gap, self.apart = (0.3, 0.65) if self.chain else (0.1, 0.065)
        self.half = np.maximum(0.3, LANE * (most - 1) / 2 + 0.12)
        below = LINE * np.maximum(min(1, max(lines)), lines)
        self.up = np.append(self.half + self.gap + 0.24, free)
        self.down = np.append(self.half + self.gap + 0.2 + below, free)
        self.height, self.lanes = np.zeros(len(every)), np.zeros([len(edges), len(every)])
        for k in range(61):
            self.sweep(*ways[k % 2], snap=k > 50)
            self.give_lanes(before)
            self.give_lanes(behind)

    def at(self, i: int, p: int) -> float:
        """Return the height of edge i at place p of its route, counted downwards."""
        return self.height[p] + self.lanes[i, p]

    def sweep(self, columns: list, near: list, snap: bool) -> None:
        """Move each layer to where the one before it, or the one behind it, would have it."""
        for column in columns:
            for p in column:
                moves = [self.at(i, other) - self.at(i, p) for i, other in near[p]] or [0.0]
                least = min(moves, key=abs)
                self.height[p] += least if snap and abs(least) < 0.3 else np.mean(moves)
            column.sort(key=self.height.round(6).item)
            room = np.cumsum([0.0, *(self.down[column[:-1]] + self.up[column[1:]])])
            free = self.height[column] - room
            low, high = np.maximum.accumulate(free), np.minimum.accumulate(free[::-1])[::-1]
            self.height[column] = (low + high) / 2 + room

    def give_lanes(self, near: list) -> None:
        """Give each edge its lane on one side of the boxes, so that edges do not cross there."""
        for p, ends in enumerate(near):
            for lane, (_, i) in enumerate(sorted((self.height[q], i) for i, q in ends)):
                self.lanes[i, p] = LANE * (lane - (len(ends) - 1) / 2)

    def spread(self, widths: Sequence, slopes: Sequence, parts: Sequence) -> None:
        """Place the layers, with room between for bends and for what is written at an edge's ends."""
        self.height -= min(self.height - self.up)
        self.boxes, self.gutters, x = [], [], 0.0
        for k, column in enumerate(self.columns):
            nodes = [widths[p] for p in column if p < self.n]
            box = max(0.9, *(0.24 + (max(labels) if self.chain else labels[0]) for labels in nodes))
            wide = max(box, *(0.06 + max(labels) for labels in nodes))
            self.boxes.append((x + (wide - box) / 2, x + (wide + box) / 2))
            x += wide
            here = [step for step in self.steps if self.layer[step[1]] == k]
            steep = max((abs(self.at(i, a) - self.at(i, b)) for i, a, b in here), default=0)
            part = max((parts[i] for i, a, _ in here if a < self.n), default=0)
            slope = max((slopes[i] for i, _, b in here if b < self.n), default=0)
            bend = x + (max(0.4, part + 0.16) if part else 0.1 if steep > 1e-6 else 0)
            straight = bend + (min(1.5, 0.3 + 0.4 * steep) if steep > 1e-6 else 0)
            self.gutters.append((x, bend, straight, straight + max(0.5, slope + 0.24)))
            self.size = x, max(self.height + self.down)
            x = self.gutters[-1][-1]

    def box(self, k: int) -> tuple[float, float, float, float]:
        """Return left and right of the box of node k, its middle height, and half its own."""
        return *self.boxes[self.layer[k]], -self.height[k], self.half[k]

    def ends(self, i: int) -> tuple:
        """Return where the labels of edge i go: the middle of its first and its last straight part."""
        source, *_, target = self.routes[i]
        left, bend, *_ = self.gutters[self.layer[source]]
        *_, straight, right = self.gutters[self.layer[target] - 1]
        return (left + bend) / 2, -self.at(i, source), (straight + right) / 2, -self.at(i, target)

    def track(self, i: int, aside: float) -> np.ndarray:
        """Return the points of edge i, or of a line beside it."""
        source, target = self.routes[i][0], self.routes[i][-1]
        (_, start), (end, _) = (self.boxes[self.layer[p]] for p in (source, target))
        points, t = [(start + 0.04, -self.at(i, source))], np.linspace(0, 1, 33)
        for a, b in pairwise(self.routes[i]):
            _, bend, straight, _ = self.gutters[self.layer[a]]
            low, high = self.at(i, a), self.at(i, b)
            if abs(high - low) > 1e-6:
                xs = bend + (straight - bend) * (1.5 * t * (1 - t) + t**3)
                points += zip(xs, -low - (high - low) * t * t * (3 - 2 * t), strict=True)
        points.append((end - 0.04, -self.at(i, target)))
        dx, dy = np.gradient(points, axis=0).T
        return points + aside * np.stack([-dy, dx], axis=1) / np.hypot(dx, dy)[:, None]
