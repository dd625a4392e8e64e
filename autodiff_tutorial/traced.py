"""A value on its way through a program: its differentiation, and how a rule is applied to it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar, copy_context
from itertools import count
from typing import Any

import numpy as np

from .rules import REAL, Linear, Rule, scalar


class Forward(int):
    """The tag of a differentiation by forward mode."""


class Entrywise(Forward):
    """The tag of a forward differentiation in which each entry of an array has its own derivative."""


PLAIN = frozenset({float, int})  # the types of what goes by math, and not by NumPy
# Each differentiation has a number, its tag, larger the later it began: so nested ones keep their
# derivatives apart. A Valder made by hand while it runs has a larger one, and is apart from it, too.
_tags = count(100, step=100)
running: ContextVar[int] = ContextVar("the tag of a Valder made by hand", default=0)


def differentiation(kind: type[int] = int) -> tuple[int, Callable]:
    """Begin a differentiation: return its tag, and what runs a function as a part of it."""
    tag, context = kind(next(_tags)), copy_context()
    context.run(running.set, tag + 1)
    return tag, context.run


class Traced:
    """A value that belongs to a differentiation, whose tag it bears.

    What else it carries is up to the mode, a subclass with one method, ``lead(y, *edges)``: it
    makes the traced value y, to which the edges (x, local derivative) lead, and is called on the x
    of the first. A Valder has a tangent, a Node a place on a tape. Errors call it by its ``kind``.
    """

    __slots__ = ("tag", "val")


class Abstract:
    """What stands for a number or an array that is not known yet, as in `symbols`.

    It has a method ``call(function, *args)`` for what the function will make of it.
    """

    __slots__ = ()


def primal(x: Any) -> Any:
    """Return the number or array inside a traced value, however deep; anything else as it is."""
    return primal(x.val) if isinstance(x, Traced) else x


def shape(x: Any) -> tuple[int, ...]:
    """Return the shape of a number, an array or a traced value."""
    return getattr(primal(x), "shape", ())


def spread(x: Any, to: tuple[int, ...], name: str = "a derivative") -> Any:
    """Return x, the derivative of a value of the shape ``to``, in that shape; any fits a number."""
    if to and shape(x) not in ((), to):
        raise ValueError(f"{name} of shape {shape(x)} does not fit a value of shape {to}.")
    return x if not to or shape(x) else x + np.zeros(to)


def is_floats(x: Any) -> bool:
    """Return whether x is a plain array of floats."""
    return type(x) is np.ndarray and x.dtype.char == "d" and x.ndim > 0


def each(f: Callable, x: Any) -> Any:
    """Return f(x); for a list or tuple, one of the same kind with f of each part, however deep."""
    kind = list if isinstance(x, list) else tuple
    return kind(each(f, part) for part in x) if isinstance(x, (list, tuple)) else f(x)


def apply(rule: Rule, *args: Any, how: tuple = ()) -> Any:
    """Return the value of a rule, and lead on the derivatives that its arguments carry.

    Of several differentiations the innermost one, with the largest tag, goes first: all that does
    not belong to it is a constant there. Its values go through the same rule, one level down.
    """
    tag = max([x.tag if isinstance(x, Traced) else -1 for x in args])
    on = [isinstance(x, Traced) and x.tag == tag for x in args]
    vals = [x.val if is_on else x for x, is_on in zip(args, on, strict=True)]
    y, *slopes = linearize(rule, vals, on, how)
    edges = [edge(x, slope, rule, y) for x, slope in zip(args, slopes, strict=True) if slope is not None]
    return edges[0][0].lead(y, *edges) if edges else y


def linearize(rule: Rule, vals: Sequence, on: Sequence[bool], how: tuple = ()) -> tuple:
    """Return the value of a rule, and its local derivative by each argument, None where it is not on.

    Where Python raises, at a pole or outside the domain, NumPy's numbers say inf or nan with a
    warning: so a number gets the answer that an array gets.
    """
    vals = [operand(x, "an argument of ", rule.name) for x in vals]
    if {*map(type, vals)} <= PLAIN:
        with suppress(ArithmeticError, ValueError):
            return by_row(rule.numbers, rule, vals, on, how)
    # Numbers of NumPy's, at which it goes on where Python raises.
    vals = [np.multiply(1.0, x) if isinstance(x, (float, int, complex)) else x for x in vals]
    simple = not rule.real or (rule.real == rule.arrays and rule.name not in REAL)
    return by_row(rule.arrays if simple else row_for(rule, vals, on), rule, vals, on, how)


def by_row(row: tuple, rule: Rule, xs: list, on: Sequence[bool], how: tuple) -> tuple:
    """Return the value of a rule, and the local derivatives that are on, by one of its rows."""
    value, *slopes = row
    y = apply(rule, *xs, how=how) if any([isinstance(x, Traced) for x in xs]) else value(*xs, *how)
    return scalar(y), *[scalar(d(*xs, *how, y)) if k else None for d, k in zip(slopes, on, strict=True)]


def row_for(rule: Rule, vals: list, on: Sequence[bool]) -> tuple:
    """Return the row of a rule for real numbers; that for arrays if any is complex or unknown."""
    primals = list(map(primal, vals))
    is_complex = any(map(np.iscomplexobj, primals))
    if is_complex and rule.name in REAL and (any(on) or rule.name not in ("atan", "asinh")):
        raise TypeError(f"{rule.name} has no derivative at a complex number; give real numbers.")
    return rule.arrays if is_complex or any(isinstance(x, Abstract) for x in primals) else rule.real


def edge(x: Traced, slope: Any, rule: Rule, y: Any) -> tuple[Traced, Any]:
    """Return the edge from x to y: x is spread to the shape of y, unless its slope is a map.

    A derivative that goes entry by entry takes no map but that of broadcast_to.
    """
    is_map = isinstance(slope, Linear)
    if is_map and isinstance(x.tag, Entrywise) and rule.name != "broadcast_to":
        raise TypeError(f"{rule.name} mixes the entries of an array; take grad, jacobian or jvp.")
    return x if is_map or shape(x) == shape(y) else np.broadcast_to(x, shape(y)), slope


def operand(x: Any, name: str, of: str = "") -> Any:
    """Return x as a number, an array of floats or complex numbers, a symbol or a traced value, or raise.

    Errors call it ``name`` + ``of``, two parts that need not be put together at every operation.
    """
    if isinstance(x, (Traced, Abstract, float, int, complex)) or is_floats(x):
        return float(x) if type(x) in (np.float64, bool) else x
    array = np.asarray(x)
    if isinstance(x, (np.matrix, np.ma.MaskedArray)) or array.dtype.kind not in "biufc":
        kind = f"an array of {array.dtype.type.__name__}" if type(x) is np.ndarray else type(x).__name__
        raise TypeError(f"{name}{of} must be a number or a plain array of numbers, not {kind}.")
    return scalar(array.astype(complex if array.dtype.kind == "c" else float))
