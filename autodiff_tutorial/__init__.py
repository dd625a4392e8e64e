"""Automatic differentiation, forward and reverse, small enough to read in an evening.

`rules` is the table of derivatives, `valder` is forward mode, `chain` is both modes over a chain,
`checks` compares a derivative with differences.
"""

from .chain import forward_mode, reverse_mode
from .checks import check_derivative, check_grads, finite_difference
from .valder import PRIMITIVES, Valder, derivative

globals().update(PRIMITIVES)

__all__ = [
    "Valder",
    "check_derivative",
    "check_grads",
    "derivative",
    "finite_difference",
    "forward_mode",
    "reverse_mode",
    *PRIMITIVES,
]
