"""Symbols: values that are not known yet, and write down what becomes of them.

NumPy asks a `Symbol` what to do, just as it asks a Valder, and the symbol writes a line of Python on
its `Page`. The rules of this package are written with NumPy, so a derivative that is taken of symbols
writes itself down as well.
"""

import linecache
import math
import operator
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from numbers import Real
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .operators import signature
from .rules import scalar
from .traced import Abstract, Traced, shape

SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "remainder": "%", "matmul": "@"}
SIGNS |= {"floor_divide": "//", "power": "**", "greater": ">", "greater_equal": ">=", "less": "<"}
SIGNS |= {"less_equal": "<=", "equal": "==", "not_equal": "!="}
NEUTRAL = {np.add: 0.0, np.subtract: 0.0, np.multiply: 1.0, np.divide: 1.0, np.power: 1.0}
# What math calls otherwise than NumPy; and what it has not, as its own of that name return an int.
BY_MATH = {"power": "pow", "absolute": "fabs", "floor": "", "ceil": "", "trunc": ""}
# What NumPy can tell of a symbol before its value is known, and what has a shape only then.
KNOWN = {np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.zeros_like, np.ones_like}
KNOWN |= {np.einsum_path, np.result_type}
UNKNOWN = {np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.extract, np.compress, np.trim_zeros}
INSIDE = (str(Path(__file__).parent), str(Path(np.__file__).parent))


def refused(what: str, instead: str) -> Callable:
    """Return a method that refuses what a line of f does, and says what to write instead."""

    def method(*_: Any, **__: Any) -> NoReturn:
        frame = sys._getframe(1)
        while frame.f_code.co_filename.startswith(INSIDE) and frame.f_code.co_name != "trace":
            frame = frame.f_back
        name, line = frame.f_code.co_name, linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        where = (
            "f" if name == "trace" else f"line {frame.f_lineno} of {name}, {line.strip() or '...'!r},"
        )
        raise TypeError(f"a written program has one path, and {where} {what}; write {instead}.")

    return method


looks = partial(refused, "looks at a value that is known only when the program runs")
picks = looks("np.where(mask, x, 0.0) for x[mask]")
stores = refused("changes an array", "what makes a new one, such as np.stack([a, b]) or x * np.ones(3)")


class Symbol(NDArrayOperatorsMixin, Abstract):
    """A value of a program that is being written: its name there, and an example of it."""

    __slots__ = ("made", "name", "page", "val")

    def __init__(self, name: str, val: Any, page: "Page", made: tuple = (None, ())) -> None:
        self.name, self.val, self.page, self.made = name, val, page, made

    shape = property(lambda self: getattr(self.val, "shape", ()))
    dtype = property(lambda self: np.asarray(self.val).dtype)
    __iadd__, __isub__ = NDArrayOperatorsMixin.__add__, NDArrayOperatorsMixin.__sub__
    __imul__, __itruediv__ = NDArrayOperatorsMixin.__mul__, NDArrayOperatorsMixin.__truediv__
    __imod__, __ifloordiv__ = NDArrayOperatorsMixin.__mod__, NDArrayOperatorsMixin.__floordiv__
    __ipow__, __imatmul__ = NDArrayOperatorsMixin.__pow__, NDArrayOperatorsMixin.__matmul__

    T = property(lambda self: np.transpose(self))
    mT = property(lambda self: self.T if np.ndim(self) == 2 else np.swapaxes(self, -1, -2))

    __bool__ = looks("np.where(condition, a, b) for an if, and a loop of fixed length for a while")
    __float__ = looks("np.sin for math.sin, np.stack([a, b]) for y[0] = a, and known numbers for range")
    __int__ = __index__ = __complex__ = __round__ = __float__
    __array__ = looks("np.stack([a, b]) for np.array([a, b]), and a * np.ones(3) for np.full(3, a)")
    __format__ = __float__
    __setitem__ = stores

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **options: Any) -> Any:
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return self.__array_function__(function, map(type, args), args, options)

    def __array_function__(self, function: Callable, types: Any, args: tuple, options: dict) -> Any:
        if any(issubclass(kind, Traced) for kind in types):
            return NotImplemented  # a Valder or a Node asks its own rules first
        return self.page.write(function, args, options)

    def call(self, function: Callable, *args: Any) -> Any:
        """Return the symbol for the value of a function."""
        return self.page.write(function, args, {})

    def __getitem__(self, at: Any) -> Any:
        if any(isinstance(k, (Abstract, Traced)) for k in (at if isinstance(at, tuple) else [at])):
            picks()
        if not hasattr(self.val, "__len__"):
            return np.reshape(self, np.zeros(())[at].shape)  # as of a number of NumPy's
        return self.call(operator.getitem, self, at)

    def __getattr__(self, name: str) -> Any:
        """Return what an array has under this name, by NumPy's function of the same name."""
        function = getattr(np, {"flatten": "ravel"}.get(name, name), None)
        if not hasattr(np.ndarray, name) or not function or name in ("partition", "resize", "sort"):
            raise AttributeError(f"a value of a program that is being written has no {name!r}.")
        if name in ("reshape", "transpose"):
            return lambda *to, **options: function(self, *([to] if to[1:] else to), **options)
        return partial(function, self) if callable(getattr(np.ndarray, name)) else function(self)

    def __len__(self) -> int:
        return len(self.val)

    def __iter__(self) -> Iterator:
        return iter([self[k] for k in range(len(self))])


class Page:
    """What is being written: lines, each the text of an expression with its symbol, and arrays."""

    def __init__(self) -> None:
        self.lines: dict[str, Symbol] = {}
        self.arrays: dict[str, str] = {}

    def write(self, function: Callable, args: tuple, options: dict) -> Any:
        """Return the symbol for the value of a function: an old one, where it is written already."""
        if function in UNKNOWN or (function is np.where and len(args) == 1):
            picks()
        if out_of(function, args, options) is not None:
            stores()
        with np.errstate(all="ignore"):  # the example may lie outside a domain
            val = scalar(function(*example(args), **{k: example(x) for k, x in options.items()}))
        if function in KNOWN:
            return val
        if val is None:
            stores()
        same = None if options else simpler(function, args, val)
        if same is not None:
            return same
        made = (partial(function, **options) if options else function, args)
        text = self.expression(function, args, options)
        y = self.lines.setdefault(text, Symbol(f"${len(self.lines)}", val, self, made))
        if isinstance(val, (list, tuple)):
            parts = [y[k] for k in range(len(val))]
            return type(val)(*parts) if hasattr(val, "_fields") else type(val)(parts)
        return y

    def expression(self, function: Callable, args: tuple, options: dict) -> str:
        """Return the text of a call: with a sign, by math for numbers, or by NumPy."""
        calculated = args[1:] if function is np.where else () if function is operator.getitem else args
        # Beside a float, a 2 is as good as a 2.0.
        whole = any(x.dtype.kind in "fc" for x in flat(calculated) if isinstance(x, Symbol))
        name, texts = function.__name__, [self.text(x, whole) for x in args]
        vals = [] if options else example(args)
        numbers = any(isinstance(x, float) for x in vals) and all(
            isinstance(x, (float, int)) for x in vals
        )
        by_math = BY_MATH.get(name, name.replace("arc", "a"))
        if function is operator.getitem:
            return f"{texts[0]}[{self.subscript(args[1])}]"
        if name == "negative":
            return f"-{texts[0]}"
        if name == "where" and numbers:
            return f"{texts[1]} if {texts[0]} else {texts[2]}"
        if (
            name == "transpose"
            and shape(args[0])
            and not options
            and (not args[1:] or np.array_equal(args[1], [1, 0]))
        ):
            return f"{texts[0]}.T"
        if name in SIGNS and not options and (name != "power" or not numbers or texts[1].isdigit()):
            return f" {SIGNS[name]} ".join(f"({t})" if t.startswith("-") else t for t in texts)
        home = (getattr(function, "__module__", None) or "numpy").replace("numpy", "np", 1)
        if isinstance(getattr(function, "__self__", None), np.ufunc):  # as of np.add.reduce
            home = f"np.{function.__self__.__name__}"
        if numbers and isinstance(function, np.ufunc) and hasattr(math, by_math):
            home, name = "math", by_math
        other = home == "np" and getattr(np, name, None) is not function  # as scipy.special.i0
        if other or home.split(".")[0] not in ("np", "math"):
            raise TypeError(f"{name} is not known in an empty file; write it with NumPy's functions.")
        return f"{home}.{name}({', '.join(texts + [f'{k}={self.text(x)}' for k, x in options.items()])})"

    def subscript(self, at: Any) -> str:
        """Return the text of what stands in brackets behind an array."""
        if isinstance(at, tuple) and at:
            return ", ".join(map(self.subscript, at)) + "," * (len(at) == 1)
        if isinstance(at, slice):
            return ":".join("" if k is None else self.text(k) for k in (at.start, at.stop, at.step))
        return self.text(at)

    def text(self, x: Any, whole: bool = False) -> str:
        """Return the text of an argument, in which a number like 2.0 may be written as a whole one."""
        if isinstance(x, Symbol):
            if x.page is not self:
                raise TypeError(
                    "a value of one written program can't be used in another; give it as an argument."
                )
            return x.name
        if isinstance(x, (tuple, list)):
            inside = ", ".join(self.text(k, whole) for k in x) + "," * (
                isinstance(x, tuple) and len(x) == 1
            )
            return f"[{inside}]" if isinstance(x, list) else f"({inside})"
        if isinstance(x, slice):
            return f"slice({self.text(x.start)}, {self.text(x.stop)}, {self.text(x.step)})"
        if not np.ndim(x):
            return literal(scalar(x), whole)
        flipped = self.arrays.get(literal(x.T)) if x.ndim == 2 else None
        return f"{flipped}.T" if flipped else self.arrays.setdefault(literal(x), f"%{len(self.arrays)}")


def out_of(function: Callable, args: tuple, options: dict) -> Any:
    """Return the array that a function of NumPy was given for its result."""
    if isinstance(function, np.ufunc):  # to which NumPy gives it by name
        return options.get("out")
    try:
        return signature(function).bind(*args, **options).arguments.get("out")
    except (TypeError, ValueError):  # as of some functions that are written in C
        return options.get("out")


def flat(x: Any) -> list:
    """Return what is in lists and tuples, however deep."""
    return [z for y in x for z in flat(y)] if isinstance(x, (list, tuple)) else [x]


def literal(x: Any, whole: bool = False) -> str:
    """Return the text of a number, a type or an array that is known."""
    if isinstance(x, (type, np.dtype)):
        return f"np.{np.dtype(x).name}"
    if isinstance(x, str) or x is None or x is ...:
        return repr(x).replace("Ellipsis", "...")
    x = float(x) if isinstance(x, Real) and np.asarray(x).dtype == object else x  # as 10**30
    if np.asarray(x).dtype.kind not in "biufc":
        raise TypeError(f"a {type(x).__name__} can't be written down; give numbers or arrays of them.")
    if isinstance(x, np.ndarray):
        fill = {*map(repr, x.ravel().tolist())}
        alike = len(fill) < 2 and not 0 < x.size < 5
        kind = "" if x.dtype.name in ("float64", "int64", "bool", "complex128") else f", np.{x.dtype}"
        text = f"np.full({x.shape}, {''.join(fill) or 0.0}" if alike else f"np.array({x.tolist()}"
        text += f"{kind})"
    else:
        whole = whole and isinstance(x, float) and x.is_integer() and abs(x) < 1e15 and str(x) != "-0.0"
        text = repr(int(x) if whole else x)
    return re.sub(r"\b(inf|nan)\b", r"math.\1", text)


def example(x: Any) -> Any:
    """Return an argument with the examples of the symbols in it."""
    if isinstance(x, (list, tuple)):
        return [*map(example, x)] if isinstance(x, list) else (*map(example, x),)
    return x.val if isinstance(x, Symbol) else x


def made(x: Any, function: Callable) -> bool:
    """Tell whether x is a symbol that this function has made."""
    return isinstance(x, Symbol) and x.made[0] is function


def simpler(function: Callable, args: tuple, val: Any) -> Any:
    """Return a value that is there already, or a shorter way to write it, or None."""
    x, c = args[0], args[-1]
    if function in (np.add, np.multiply) and not isinstance(x, Symbol):
        x, c = c, x
    fits = isinstance(x, Symbol) and x.shape == shape(val) and x.dtype == np.asarray(val).dtype
    known = not isinstance(c, Symbol)
    if function is np.power and known and np.all(c == 0):
        return val  # 1, of whatever
    if fits and (
        function in (np.reshape, np.broadcast_to, np.positive)
        or (function in NEUTRAL and known and x.dtype.kind in "fc" and np.all(c == NEUTRAL[function]))
    ):
        return x
    if function is np.multiply and fits and known and x.dtype.kind in "fc" and np.all(c == -1):
        return -x
    if function is np.add and made(c, np.negative):
        return x - c.made[1][0]
    if function is np.broadcast_to and np.size(x) == 1:
        return x.call(np.full, c, np.reshape(x, ()))
    if function is np.reshape and made(x, np.reshape) and len(args) == len(x.made[1]) == 2:
        return np.reshape(x.made[1][0], c)
    if function is np.bincount and len(args) == 3 and len(x) == 1 and len(val) <= 10:
        entries = [0.0] * len(val)
        entries[x[0]] = np.reshape(args[1], ())
        return args[1].call(np.array, entries)
    if function is np.add and made(x, np.array) and made(c, np.array):
        rows = zip(x.made[1][0], c.made[1][0], strict=True)
        return x.call(np.array, [p + q for p, q in rows])
    return None
