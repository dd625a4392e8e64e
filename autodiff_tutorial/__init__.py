"""Automatic differentiation, forward and reverse, small enough to read in an evening.

`rules` is the table of derivatives, `valder` is forward mode, `chain` is both modes over a chain.
"""

from .chain import forward_mode, reverse_mode
from .valder import PRIMITIVES, Valder, derivative

globals().update(PRIMITIVES)

__all__ = ["Valder", "derivative", "forward_mode", "reverse_mode", *PRIMITIVES]
