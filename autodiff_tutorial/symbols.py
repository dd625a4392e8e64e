"""Symbols: values that are not known yet, and write down what becomes of them.

NumPy asks a `Symbol` what to do, just as it asks a Valder, and the symbol writes a line of Python on
its `Page`. The rules of this package are written with NumPy, so a derivative that is taken of symbols
writes itself down as well.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator
from functools import partial
from numbers import Real
from pathlib import Path
from traceback import extract_stack
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .numpy_functions import each
from .operators import Operators, called
from .rules import scalar
from .traced import Abstract, Traced, shape

SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "remainder": "%", "matmul": "@"}
SIGNS |= {"floor_divide": "//", "power": "**", "greater": ">", "greater_equal": ">=", "less": "<"}
SIGNS |= {"less_equal": "<=", "equal": "==", "not_equal": "!="}
UNARY = {"negative": "-{}", "transpose": "{}.T"}
NEUTRAL = {np.add: 0.0, np.subtract: 0.0, np.multiply: 1.0, np.divide: 1.0, np.power: 1.0}
# What math calls otherwise than NumPy; and what it has not, as its own of that name return an int.
BY_MATH = {"power": "pow", "absolute": "fabs", "floor": "", "ceil": "", "trunc": ""}
WHOLE = re.compile(r"(?<!-0)\.0\b")  # the end of 2.0, but not of -0.0: beside a float, a 2 is as good
# What an array calls otherwise than NumPy; and what it does in place, which a symbol has not.
METHODS = {"T": "transpose", "flatten": "ravel", "partition": "", "resize": "", "sort": ""}
# What NumPy can tell of a symbol before its value is known, and what has a shape only then.
KNOWN = {np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.zeros_like, np.ones_like}
KNOWN |= {np.einsum_path, np.result_type}
UNKNOWN = {np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.extract, np.compress, np.trim_zeros}
INSIDE = (str(Path(__file__).parent), str(Path(np.__file__).parent))


def refused(what: str, instead: str) -> Callable:
    """Return a method that refuses what a line of f does, and says what to write instead."""

    def method(*_: Any, **__: Any) -> NoReturn:
        at = next(k for k in reversed(extract_stack()) if not k.filename.startswith(INSIDE))
        line = f"line {at.lineno} of {at.name}, {at.line or '...'!r},"
        raise TypeError(f"a written program has one path, and {line} {what}; write {instead}.")

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
    mT = property(lambda self: self.T if np.ndim(self) == 2 else np.swapaxes(self, -1, -2))
    call = property(lambda self: self.page.write)

    __bool__ = looks("np.where(condition, a, b) for an if, and a loop of fixed length for a while")
    __float__ = looks("np.sin for math.sin, np.stack([a, b]) for y[0] = a, and known numbers for range")
    __int__ = __index__ = __complex__ = __round__ = __format__ = __float__
    __array__ = looks("np.stack([a, b]) for np.array([a, b]), and a * np.ones(3) for np.full(3, a)")
    __setitem__ = stores
    __array_ufunc__ = Operators.__array_ufunc__

    def __array_function__(self, function: Callable, types: Any, args: tuple, options: dict) -> Any:
        if any(issubclass(kind, Traced) for kind in types):
            return NotImplemented  # a Valder or a Node asks its own rules first
        return self.call(function, *args, **options)

    def __getitem__(self, at: Any) -> Any:
        if any(isinstance(k, (Abstract, Traced)) for k in (at if isinstance(at, tuple) else [at])):
            picks()
        if not hasattr(self.val, "__len__"):
            return np.reshape(self, np.zeros(())[at].shape)  # as of a number of NumPy's
        return self.call(operator.getitem, self, at)

    def __getattr__(self, name: str) -> Any:
        """Return what an array has under this name, by NumPy's function of the same name."""
        function = getattr(np, METHODS.get(name, name), None)
        if not function or not hasattr(np.ndarray, name):
            raise AttributeError(f"a value of a program that is being written has no {name!r}.")
        if name in ("reshape", "transpose"):
            return lambda *to, **options: function(self, *([to] if to[1:] else to), **options)
        return partial(function, self) if callable(getattr(np.ndarray, name)) else function(self)

    def __repr__(self) -> str:
        return self.name

    def __len__(self) -> int:
        return len(self.val)

    def __iter__(self) -> Iterator:
        return iter([self[k] for k in range(len(self))])


for _name in ("add", "sub", "mul", "truediv", "mod", "floordiv", "pow", "matmul"):
    # x += 1.0 makes a new x.
    setattr(Symbol, f"__i{_name}__", getattr(Symbol, f"__{_name}__"))


class Page(dict):
    """What is being written: the text of each line, with its symbol.

    A value is called $0, $1, … there, and an array that is known %0, %1, … until all lines are written.
    """

    def write(self, function: Callable, /, *args: Any, **options: Any) -> Any:
        """Return the symbol for the value of a function: an old one, where it is written already."""
        if function in UNKNOWN or (function is np.where and len(args) == 1):
            picks()
        if options.get("out") is not None:
            stores()
        given = example(args)
        with np.errstate(all="ignore"):  # the example may lie outside a domain
            val = scalar(function(*given, **{k: example(x) for k, x in options.items()}))
        if function in KNOWN:
            return val
        if val is None or (shape(val) and any(val is x for x in given[1:])):
            stores()  # NumPy returns the array that it was given for the result
        same = None if options else simpler(function, args, val)
        if same is not None:
            return same
        made = (partial(function, **options) if options else function, args)
        text = self.expression(function, args, options, given)
        y = self.setdefault(text, Symbol(f"${len(self)}", val, self, made))
        return getattr(val, "_make", type(val))(y) if isinstance(val, (list, tuple)) else y

    def expression(self, function: Callable, args: tuple, options: dict, given: tuple) -> str:
        """Return the text of a call: with a sign, by math for numbers, or by NumPy."""
        if function is operator.getitem:
            at = self.text(each(self.colons, args[1])).replace("Ellipsis", "...")
            return f"{args[0].name}[{at[1:-1] if isinstance(args[1], tuple) and args[1] else at}]"
        name, kinds, texts = function.__name__, {*map(type, given)}, [*map(repr, each(self.word, args))]
        numbers = float in kinds and kinds <= {float, int, bool} and not options
        calculated = flat(args[1:] if function is np.where else args)
        if any(x.dtype.kind in "fc" for x in calculated if isinstance(x, Symbol)):
            texts = [WHOLE.sub("", text) for text in texts]
        if name in SIGNS and not options and (name != "power" or not numbers or texts[1].isdigit()):
            return f" {SIGNS[name]} ".join(f"({t})" if t.startswith("-") else t for t in texts)
        if name in UNARY and not args[1:] and not options:
            return UNARY[name].format(*texts)
        if name == "where" and numbers:
            return f"{texts[1]} if {texts[0]} else {texts[2]}"
        home, by_math = called(function), BY_MATH.get(name, name.replace("arc", "a"))
        if numbers and isinstance(function, np.ufunc) and hasattr(math, by_math):
            home = f"math.{by_math}"
        if not home.startswith(("np.", "math.")):  # as scipy.special.i0
            raise TypeError(f"{name} is not known in an empty file; write it with NumPy's functions.")
        return f"{home}({', '.join(texts + [f'{k}={self.text(x)}' for k, x in options.items()])})"

    def text(self, x: Any) -> str:
        """Return the text of an argument."""
        return repr(each(self.word, x))

    def word(self, x: Any) -> Any:
        """Return what has the text of x as its repr, where x is no list or tuple."""
        if isinstance(x, Symbol) and x.page is not self:
            raise TypeError(
                "a value of one written program can't be used in another; give it as an argument."
            )
        if isinstance(x, (Symbol, str, slice)) or x is None or x is ...:
            return x
        if isinstance(x, (type, np.dtype)):
            return Symbol(f"np.{np.dtype(x).name}", x, self)
        known = np.asarray(x)
        if known.dtype == object and isinstance(x, Real):
            known = np.asarray(float(x))  # as of 10**30
        if known.dtype.kind not in "biufc":
            raise TypeError(f"a {type(x).__name__} can't be written down; give a number or an array.")
        name = literal(known)
        if not known.ndim:
            return Symbol(name, x, self)
        if known.ndim == 2 and literal(known.T) in self:
            return Symbol(f"{self[literal(known.T)].name}.T", x, self)
        return self.setdefault(name, Symbol(f"%{len(self)}", x, self))

    def colons(self, x: Any) -> Any:
        """Return a slice as it stands in brackets, and anything else as it is."""
        if not isinstance(x, slice):
            return x
        parts = ("" if k is None else self.text(k) for k in (x.start, x.stop, x.step))
        return Symbol(":".join(parts), x, self)


def flat(x: Any) -> list:
    """Return what is in lists and tuples, however deep."""
    return [z for y in x for z in flat(y)] if isinstance(x, (list, tuple)) else [x]


def example(x: Any) -> Any:
    """Return an argument with the examples of the symbols in it."""
    return each(lambda y: y.val if isinstance(y, Symbol) else scalar(y), x)


def literal(x: np.ndarray) -> str:
    """Return the text of a number or an array that is known."""
    fill = {*map(repr, x.ravel().tolist())}
    alike = len(fill) < 2 and not 0 < x.size < 5
    text = f"np.full({x.shape}, {''.join(fill) or 0.0}" if alike else f"np.array({x.tolist()}"
    text += ")" if x.dtype in (float, int, bool, complex) else f", np.{x.dtype})"
    text = text if x.ndim else "".join(fill)
    return re.sub(r"\b(inf|nan)\b", r"math.\1", text)


def simpler(function: Callable, args: tuple, val: Any) -> Any:
    """Return a value that is there already, or a shorter way to write it, or None."""
    x, c = args[0], args[-1]
    if function in (np.add, np.multiply) and not isinstance(x, Symbol):
        x, c = c, x
    fits = isinstance(x, Symbol) and x.shape == shape(val) and x.dtype == np.asarray(val).dtype
    known = not isinstance(c, Symbol)
    match function, x, c:
        case np.power, _, _ if known and np.all(c == 0):
            return val  # 1, of whatever
        case np.reshape | np.broadcast_to | np.positive, _, _ if fits:
            return x
        case np.transpose, Symbol(shape=()), _:
            return x
        case _ if fits and known and function in NEUTRAL and np.all(c == NEUTRAL[function]):
            return x
        case np.multiply, _, _ if fits and known and np.all(c == -1):
            return -x
        case np.add, _, Symbol(made=(np.negative, (b,))):
            return x - b
        case np.transpose, _, _ if args[1:] and np.array_equal(c, [1, 0]):
            return np.transpose(x)
        case np.broadcast_to, _, _ if np.size(x) == 1:
            return x.call(np.full, c, np.reshape(x, ()))
        case np.reshape, Symbol(made=(np.reshape, (inner, _))), _ if len(args) == 2:
            return np.reshape(inner, c)
        case np.bincount, _, _ if len(args) == 3 and len(x) == 1 and len(val) <= 10:
            entry = np.reshape(args[1], ())
            return entry.call(np.array, [entry if k == x[0] else 0.0 for k in range(len(val))])
        case np.add, Symbol(made=(np.array, (p,))), Symbol(made=(np.array, (q,))):
            return x.call(np.array, [a + b for a, b in zip(p, q, strict=True)])
    return None
