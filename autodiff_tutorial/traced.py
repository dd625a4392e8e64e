"""A traced value: one that belongs to a differentiation, whose tag it bears."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from numbers import Real
from types import MappingProxyType
from typing import Any

import numpy as np

# Each differentiation has a tag, larger the later it began, so that nested ones keep their
# derivatives apart. The gaps between tags are for Valders that are nested by hand.
_tags = itertools.count(100, step=100)
running: ContextVar[int] = ContextVar("the tag of what is running, the innermost", default=0)
_forward: ContextVar[Mapping[int, bool]] = ContextVar(
    "the tags of what goes forward, and whether entry by entry", default=MappingProxyType({})
)


class Traced:
    """A value on its way through a program, and the tag of its differentiation.

    What else it carries is up to the mode: a Valder has a tangent, a Node a place on a tape.
    """

    __slots__ = ("tag", "val")


@contextmanager
def differentiation(forward: bool = False, entrywise: bool = False) -> Iterator[int]:
    """Run a block as a differentiation of its own, and give its tag.

    One that goes entry by entry has for each entry of an array a derivative of its own, and so
    can't follow a function that mixes them, such as a sum.
    """
    tag = next(_tags)
    outer = running.set(tag)
    outer_forward = _forward.set(_forward.get() | ({tag: entrywise} if forward else {}))
    try:
        yield tag
    finally:
        running.reset(outer)
        _forward.reset(outer_forward)


def separate() -> int:
    """Return a tag apart from any differentiation under way; 0 if there is none."""
    return next(_tags) if running.get() else 0


def is_forward(tag: int) -> bool:
    """Tell whether a tag is that of a forward differentiation under way."""
    return tag in _forward.get()


def is_entrywise(tag: int) -> bool:
    """Tell whether a tag is that of a differentiation that goes entry by entry."""
    return _forward.get().get(tag, False)


def differentiated(a: Any, b: Any) -> tuple[bool, bool]:
    """Tell which of two arguments are differentiated by: of two tags, those with the larger.

    What has the smaller one is a constant there, and so is a plain number or array.
    """
    a_tag = a.tag if isinstance(a, Traced) else -1
    b_tag = b.tag if isinstance(b, Traced) else -1
    return a_tag >= b_tag, b_tag >= a_tag


def primal(x: Any) -> Any:
    """Return the number or array inside a traced value, however deep; anything else as it is."""
    while isinstance(x, Traced):
        x = x.val
    return x


def shape(x: Any) -> tuple[int, ...]:
    """Return the shape of a number, an array or a traced value."""
    return getattr(primal(x), "shape", ())


def spread(x: Any, to: tuple[int, ...]) -> Any:
    """Return x in the shape ``to``, its entries repeated as NumPy broadcasts them."""
    return x if shape(x) == to else x + np.zeros(to)


def operand(x: Any, name: str) -> Any:
    """Return x as a number, an array of floats or a traced value; if it is none, say so of ``name``."""
    if isinstance(x, (Traced, float, int, complex)):
        return x
    if type(x) is np.ndarray and x.dtype in (np.float64, np.complex128):
        return x[()]
    if isinstance(x, Real):
        return float(x)
    try:
        array = np.asarray(x)
    except ValueError:
        raise ValueError(f"{name} has rows of unequal length; give rows of one length.") from None
    if array.dtype.kind not in "biufc":
        kind = type(x).__name__
        raise TypeError(f"{name} must be a number, an array of numbers or a Valder, not {kind}.")
    return array.astype(complex if array.dtype.kind == "c" else float)[()]
