"""The palette, and the drawings: curves, graphs with their two sweeps, and a playground."""

from .curves import plot_derivative
from .style import ADJOINT, DERIVATIVE, INK, REFERENCE, STYLE, TANGENT, VALUE
from .sweeps import animate_sweeps, draw_chain, draw_graph

__all__ = [
    "ADJOINT",
    "DERIVATIVE",
    "INK",
    "REFERENCE",
    "STYLE",
    "TANGENT",
    "VALUE",
    "animate_sweeps",
    "draw_chain",
    "draw_graph",
    "plot_derivative",
]
