"""Automatic differentiation, forward and reverse, small enough to read in an evening.

`rules` is the table of derivatives, `valder` is forward mode, `chain` is both modes over a chain,
`tape` is reverse mode for many inputs, `program` writes a derivative down as Python, and `checks`
compares a derivative with differences.
"""

from . import numpy_functions  # noqa: F401 (joins its functions to the core)
from .chain import forward_mode, reverse_mode
from .checks import check_derivative, check_grads, finite_difference
from .jacobian import hessian, jacobian, jvp, vjp
from .operators import PRIMITIVES, primitive
from .program import trace
from .tape import grad, value_and_grad
from .valder import Valder, derivative

globals().update(PRIMITIVES)

__all__ = [
    "Valder",
    "check_derivative",
    "check_grads",
    "derivative",
    "finite_difference",
    "forward_mode",
    "grad",
    "hessian",
    "jacobian",
    "jvp",
    "primitive",
    "reverse_mode",
    "trace",
    "value_and_grad",
    "vjp",
    *PRIMITIVES,
]
