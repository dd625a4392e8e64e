"""Symbols: values that are not known yet, and write down what becomes of them.

NumPy asks a `Symbol` what to do, just as it asks a Valder, and the symbol writes a line of Python on
its `Page`. The rules of this package are written with NumPy, so a derivative that is taken of symbols
writes itself down as well.
"""

import linecache
import math
import operator
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .rules import scalar
from .traced import Abstract, Traced

SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "remainder": "%", "matmul": "@"}
SIGNS |= {"floor_divide": "//", "power": "**", "greater": ">", "greater_equal": ">=", "less": "<"}
SIGNS |= {"less_equal": "<=", "equal": "==", "not_equal": "!="}
# What NumPy can tell of a symbol before its value is known.
KNOWN = {np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.zeros_like, np.ones_like}


NEUTRAL = {"add": 0.0, "subtract": 0.0, "multiply": 1.0, "divide": 1.0, "power": 1.0}


class Symbol(NDArrayOperatorsMixin, Abstract):
    """A value of a program that is being written: its name there, and an example of it."""

    __slots__ = ("made", "name", "page", "val")

    def __init__(self, name: str, val: Any, page: "Page", made: tuple = (None, ())) -> None:
        self.name, self.val, self.page, self.made = name, val, page, made

    shape = property(lambda self: np.shape(self.val))
    dtype = property(lambda self: np.asarray(self.val).dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **options: Any) -> Any:
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return self.__array_function__(function, (), args, options)

    def __array_function__(self, function: Callable, types: Any, args: Any, options: Any) -> Any:
        if any(isinstance(x, Traced) for x in args):
            return NotImplemented  # a Valder or a Node asks its own rules first
        return self.page.write(function, args, options)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, Symbol):
            self.looked_at()
        return self.page.write(operator.getitem, (self, at), {})

    def __getattr__(self, name: str) -> Any:
        """Return what an array has under this name, by NumPy's function of the same name."""
        if name in ("T", "mT"):
            return np.transpose(self) if name == "T" else np.swapaxes(self, -1, -2)
        if name == "reshape":
            return lambda *to: np.reshape(self, to[0] if len(to) == 1 else to)
        if name not in dir(np.ndarray) or not hasattr(np, name):
            raise AttributeError(f"a value of a program that is being written has no {name!r}.")
        function = partial(getattr(np, name), self)
        return function() if function.func in KNOWN else function

    def __len__(self) -> int:
        return len(self.val)

    def looked_at(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse what needs the value now, and name the line that does."""
        frame = sys._getframe(1)
        while frame.f_back and Path(frame.f_code.co_filename).parent == Path(__file__).parent:
            frame = frame.f_back
        where = f"line {frame.f_lineno} of {frame.f_code.co_name}"
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
        raise TypeError(
            f"a written program has one path, and {where}, {line!r}, looks at a value that is known "
            "only when it runs; write np.where(condition, a, b) for an if, and a loop of fixed length."
        )

    __bool__ = __float__ = __int__ = __index__ = __complex__ = __round__ = __array__ = looked_at


class Page:
    """What is being written: lines, each the text of an expression with its symbol, and arrays."""

    def __init__(self) -> None:
        self.lines: dict[str, Symbol] = {}
        self.arrays: dict[str, str] = {}

    def write(self, function: Callable, args: tuple, options: dict) -> Any:
        """Return the symbol for the value of a function: an old one, where it is written already."""
        with np.errstate(all="ignore"):  # the example may lie outside a domain
            val = scalar(function(*map(example, args), **options))
        if function in KNOWN:
            return val
        if function is np.reshape:  # a change of shape after another is one
            args = (before_reshape(args[0]), *args[1:])
        if function is np.bincount and len(args[0]) == 1 and args[2] <= 10:
            entries = [0.0] * args[2]
            entries[args[0][0]] = before_reshape(args[1])
            return self.write(np.array, (entries,), {})
        same = simpler(function.__name__, args, val)
        if same is not None:
            return same
        text = self.expression(function, args, options)
        y = self.lines.setdefault(text, Symbol(f"${len(self.lines)}", val, self, (function, args)))
        if isinstance(val, (list, tuple)):
            parts = [y[k] for k in range(len(val))]
            return type(val)(*parts) if hasattr(val, "_fields") else parts
        return y

    def expression(self, function: Callable, args: tuple, options: dict) -> str:
        """Return the text of a call: with a sign, by math for numbers, or by NumPy."""
        name, texts = function.__name__, [self.text(x) for x in args]
        numbers = not any(map(np.ndim, map(example, args)))
        if function is operator.getitem:
            return f"{texts[0]}[{texts[1][1:-1] if isinstance(args[1], tuple) else texts[1]}]"
        if name == "negative":
            return f"-{texts[0]}"
        if name == "where" and numbers:
            return f"{texts[1]} if {texts[0]} else {texts[2]}"
        by_math = {"power": "pow"}.get(name, name.replace("arc", "a")) if numbers else ""
        if name in SIGNS and (by_math != "pow" or texts[1].isdigit()):
            return f" {SIGNS[name]} ".join(f"({t})" if t.startswith("-") else t for t in texts)
        module = getattr(function, "__module__", None) or "numpy"
        home = "math" if hasattr(math, by_math) else module.replace("numpy", "np", 1)
        texts += [f"{key}={self.text(x)}" for key, x in options.items()]
        return f"{home}.{by_math if home == 'math' else name}({', '.join(texts)})"

    def text(self, x: Any) -> str:
        """Return the text of an argument."""
        if isinstance(x, Symbol):
            return x.name
        if isinstance(x, (tuple, list)):
            inside = ", ".join(map(self.text, x)) + "," * (isinstance(x, tuple) and len(x) == 1)
            return f"[{inside}]" if isinstance(x, list) else f"({inside})"
        if isinstance(x, slice):
            return ":".join("" if k is None else self.text(k) for k in (x.start, x.stop, x.step))
        if np.ndim(x):
            array = f"np.array({x.tolist()!r})" if x.size else f"np.zeros({x.shape})"
            return self.arrays.setdefault(array, f"%{len(self.arrays)}")
        x = scalar(x)
        whole = isinstance(x, float) and x.is_integer() and abs(x) < 1e15 and str(x) != "-0.0"
        return (
            "..."
            if x is Ellipsis
            else x.__name__
            if isinstance(x, type)
            else repr(int(x) if whole else x)
        )


def before_reshape(x: Any) -> Any:
    """Return what was given another shape to make x, or x itself."""
    return x.made[1][0] if isinstance(x, Symbol) and x.made[0] is np.reshape else x


def example(x: Any) -> Any:
    """Return an argument with the examples of the symbols in it."""
    if isinstance(x, (list, tuple)):
        return type(x)(map(example, x))
    return x.val if isinstance(x, Symbol) else x


def simpler(name: str, args: tuple, val: Any) -> Any:
    """Return what is the same as a product with 1, a sum with 0 or a shape that is there already."""
    x = args[0]
    if name in ("broadcast_to", "reshape") and x.shape == np.shape(val):
        return x
    if name == "add" and all(isinstance(y, Symbol) and y.made[0] is np.array for y in args):
        rows = [y.made[1][0] for y in args]
        return x.page.write(np.array, ([p + q for p, q in zip(*rows, strict=True)],), {})
    for x, c in [args, args[::-1]][: 2 if name in ("add", "multiply") else 1] if name in NEUTRAL else []:
        if isinstance(x, Symbol) and not isinstance(c, Symbol) and x.dtype.kind in "fc":
            if x.shape == np.shape(val) and np.all(c == NEUTRAL[name]):
                return x
            if x.shape == np.shape(val) and np.all(c == -1.0) and name == "multiply":
                return np.negative(x)
    return None
