"""Symbols: values that are not known yet, and write down what becomes of them.

NumPy asks a `Symbol` what to do, just as it asks a Valder, and the symbol writes a line of Python on
its page. The rules of this package are written with NumPy, so a derivative that is taken of symbols
writes itself down as well.

A page is a dict: the text of each line, with its symbol. Until all lines are written, a value is called
$k there and an array that is known %k, with the number k of the line.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator
from functools import partial, partialmethod
from numbers import Real
from traceback import extract_stack
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .operators import ARITHMETIC, Operators, called
from .rules import scalar
from .traced import Abstract, Traced, each, shape

# What is written with a sign; and which number changes nothing there.
FORMS = {np.add: "{} + {}", np.subtract: "{} - {}", np.multiply: "{} * {}", np.divide: "{} / {}"}
FORMS |= {np.remainder: "{} % {}", np.floor_divide: "{} // {}", np.power: "{} ** {}"}
FORMS |= {np.matmul: "{} @ {}", np.transpose: "{}.T", np.negative: "-{}", np.equal: "{} == {}"}
FORMS |= {np.not_equal: "{} != {}", np.less: "{} < {}", np.less_equal: "{} <= {}"}
FORMS |= {np.greater: "{} > {}", np.greater_equal: "{} >= {}"}
NEUTRAL = {np.add: 0.0, np.subtract: 0.0, np.multiply: 1.0, np.divide: 1.0, np.power: 1.0}
WHOLE = re.compile(r"(?<!-0)\.0\b")  # the end of 2.0, but not of -0.0: beside a float, a 2 is as good
# What math has as well, except what returns an int there.
BY_MATH = {f: f"math.{n}" for n, f in vars(np).items() if hasattr(math, n) and isinstance(f, np.ufunc)}
BY_MATH |= {np.absolute: "math.fabs", np.floor: "", np.ceil: "", np.trunc: ""}
# What an array calls otherwise than NumPy; and what it does in place, which a symbol has not.
METHODS = {"T": "transpose", "flatten": "ravel", "partition": "", "resize": "", "sort": ""}
# What NumPy can tell of a symbol before its value is known, and what has a shape only then.
KNOWN = [np.einsum_path, np.iscomplexobj, np.isrealobj, np.ndim, np.ones_like, np.result_type]
KNOWN += [np.shape, np.size, np.zeros_like]
UNKNOWN = [np.argwhere, np.compress, np.extract, np.flatnonzero, np.nonzero, np.trim_zeros, np.unique]
INSIDE = (__file__.removesuffix("symbols.py"), *np.__path__)


def refuse(_: Any, what: str, instead: str, *args: Any, **options: Any) -> NoReturn:
    """Refuse what a line of f does, and say what to write instead."""
    at = next(k for k in reversed(extract_stack()) if not k.filename.startswith(INSIDE))
    line = f"line {at.lineno} of {at.name}, {at.line or '...'!r},"
    raise TypeError(f"a written program has one path, and {line} {what}; write {instead}.")


looks = partial(partialmethod, refuse, "looks at a value that is known only when the program runs")


class Symbol(NDArrayOperatorsMixin, Abstract):
    """A value of a program that is being written: its name there, and an example of it."""

    __slots__ = ("made", "name", "page", "val")

    def __init__(self, name: str, val: Any, page: dict, made: tuple = (None, ())) -> None:
        self.name, self.val, self.page, self.made = name, val, page, made

    shape = property(lambda self: getattr(self.val, "shape", ()))
    dtype = property(lambda self: np.asarray(self.val).dtype)
    __array_ufunc__, __pos__, mT = Operators.__array_ufunc__, Operators.__pos__, Operators.mT
    reshape, transpose = Operators.reshape, Operators.transpose

    __bool__ = looks("np.where(condition, a, b) for an if, and a loop of fixed length for a while")
    __float__ = looks("np.sin for math.sin, np.stack([a, b]) for y[0] = a, and known numbers for range")
    __int__ = __index__ = __complex__ = __round__ = __format__ = __float__
    __array__ = looks("np.stack([a, b]) for np.array([a, b]), and a * np.ones(3) for np.full(3, a)")
    picks = looks("np.where(mask, x, 0.0) for x[mask]")
    instead = "what makes a new one, such as np.stack([a, b]) or x * np.ones(3)"
    __setitem__ = stores = partialmethod(refuse, "changes an array", instead)

    def __array_function__(self, function: Callable, types: Any, args: tuple, options: dict) -> Any:
        if any(issubclass(kind, Traced) for kind in types):
            return NotImplemented  # a Valder or a Node asks its own rules first
        return self.call(function, *args, **options)

    def call(self, function: Callable, /, *args: Any, **options: Any) -> Any:
        """Return what a function makes of this symbol: what is known of it already, or a symbol."""
        if isinstance(function, partial):
            return self.call(function.func, *function.args, *args, **function.keywords, **options)
        if function in UNKNOWN or (function is np.where and len(args) == 1):
            self.picks()
        if options.get("out") is not None:
            self.stores()
        given = example(args)
        with np.errstate(all="ignore"):  # the example may lie outside a domain
            val = scalar(function(*given, **{k: example(x) for k, x in options.items()}))
        if function in KNOWN:
            return val
        if val is None or (shape(val) and any(val is x for x in given[1:])):
            self.stores()  # NumPy returns the array that it was given for the result
        return write(self.page, partial(function, **options) if options else function, args, given, val)

    def __getitem__(self, at: Any) -> Any:
        if any(isinstance(k, (Abstract, Traced)) for k in (at if isinstance(at, tuple) else [at])):
            self.picks()
        if not hasattr(self.val, "__len__"):
            return np.reshape(self, np.zeros(())[at].shape)  # as of a number of NumPy's
        return self.call(operator.getitem, self, at)

    def __getattr__(self, name: str) -> Any:
        """Return what an array has under this name, by NumPy's function of the same name."""
        function = getattr(np, METHODS.get(name, name), None)
        if not function or not hasattr(np.ndarray, name):
            raise AttributeError(f"a value of a program that is being written has no {name!r}.")
        return partial(function, self) if callable(getattr(np.ndarray, name)) else function(self)

    def __repr__(self) -> str:
        return self.name

    def __len__(self) -> int:
        return len(self.val)

    def __iter__(self) -> Iterator:
        return iter([self[k] for k in range(len(self))])


for _sign in ARITHMETIC:
    # x += 1.0 makes a new x.
    setattr(Symbol, f"__i{_sign}__", getattr(Symbol, f"__{_sign}__"))


def write(page: dict, function: Callable, args: tuple, given: tuple, val: Any) -> Any:
    """Return a symbol for a value: one that is there already, or that of a line, as short as can be."""
    x, c, *_ = (*args, None, None)
    if function in (np.add, np.multiply) and not isinstance(x, Symbol):
        x, c = c, x
    fits = isinstance(x, Symbol) and x.shape == shape(val) and x.dtype == np.asarray(val).dtype
    known = not isinstance(c, Symbol)
    match function, x, c:
        case np.power, _, _ if known and np.all(c == 0):
            return val  # 1, of whatever
        case (np.reshape | np.broadcast_to, _, _) | (np.transpose, Symbol(shape=()), _) if fits:
            return x
        case _ if fits and known and function in NEUTRAL and np.all(c == NEUTRAL[function]):
            return x
        case np.multiply, _, _ if fits and known and np.all(c == -1):
            return -x
        case np.add, _, Symbol(made=(np.negative, (b,))):
            return x - b
        case np.transpose, _, _ if args[1:] and (c is None or np.array_equal(c, [1, 0])):
            return np.transpose(x)
        case np.reshape, Symbol(made=(np.reshape, (inner, _))), _ if len(args) == 2:
            return np.reshape(inner, c)
        case np.broadcast_to, _, _ if np.size(x) == 1:
            return x.call(np.full, c, np.reshape(x, ()))
        case np.bincount, np.ndarray(size=1) as at, Symbol() if len(val) <= 10:
            return c.call(np.array, [np.reshape(c, ()) if k == at else 0.0 for k in range(len(val))])
        case np.add, Symbol(made=(np.array, (p,))), Symbol(made=(np.array, (q,))) if len(p) == len(q):
            return x.call(np.array, [a + b for a, b in zip(p, q, strict=True)])
    line = Symbol(f"${len(page)}", val, page, (function, args))
    y = page.setdefault(expression(page, function, args, given), line)
    return getattr(val, "_make", type(val))(y) if isinstance(val, (list, tuple)) else y


def expression(page: dict, function: Callable, args: tuple, given: tuple) -> str:
    """Return the text of a call: with a sign, by math for numbers, or by NumPy."""
    if function is operator.getitem:  # with 1:3 for slice(1, 3, None)
        at = re.sub(r"slice\((.+?), (.+?), (.+?)\)", r"\1:\2:\3", text(page, args[1]))
        at = at.replace("None:", ":").replace(":None", "").replace("Ellipsis", "...")
        return f"{args[0].name}[{at[1:-1] if isinstance(args[1], tuple) and args[1] else at}]"
    form, kinds, texts = FORMS.get(function, ""), {*map(type, given)}, [text(page, x) for x in args]
    if list in kinds or tuple in kinds or kinds == {bool}:  # for which Python's signs mean other things
        form = ""
    numbers = float in kinds and kinds <= {float, int, bool}
    if function is not np.where and any(x.dtype.kind in "fc" for x in args if isinstance(x, Symbol)):
        texts = [WHOLE.sub("", t) for t in texts]
    if form.count("{}") == len(args) > 0 and (form != "{} ** {}" or not numbers or texts[1].isdigit()):
        return form.format(*(f"({t})" if t.startswith("-") else t for t in texts))
    if numbers and function is np.where:
        return f"{texts[1]} if {texts[0]} else {texts[2]}"
    texts += [f"{k}={text(page, x)}" for k, x in getattr(function, "keywords", {}).items()]
    home = (numbers and BY_MATH.get(function)) or called(getattr(function, "func", function))
    if not home.startswith(("np.", "math.")):  # as scipy.special.i0
        raise TypeError(f"{home} is not known in an empty file; write it with NumPy's functions.")
    return f"{home}({', '.join(texts)})"


def text(page: dict, x: Any) -> str:
    """Return the text of an argument."""
    return repr(each(partial(word, page), x))


def word(page: dict, x: Any) -> Any:
    """Return what has the text of x as its repr, where x is no list or tuple."""
    if isinstance(x, Symbol) and x.page is not page:
        raise TypeError("a value of one written program can't be used in another; give it as an input.")
    if isinstance(x, slice):
        return slice(*(word(page, k) for k in (x.start, x.stop, x.step)))
    if isinstance(x, (Symbol, str)) or x is None or x is ...:
        return x
    if isinstance(x, (type, np.dtype)):
        return Symbol(f"np.{np.dtype(x).name}", x, page)
    known = np.asarray(x)
    if known.dtype == object and isinstance(x, Real):
        known = np.asarray(float(x))  # as of 10**30
    if known.dtype.kind not in "biufc":
        raise TypeError(f"a {type(x).__name__} can't be written down; give a number or an array.")
    name = literal(known)
    if not known.ndim:
        return Symbol(name, x, page)
    if known.ndim == 2 and literal(known.T) in page:
        return Symbol(f"{page[literal(known.T)].name}.T", x, page)
    return page.setdefault(name, Symbol(f"%{len(page)}", x, page))


def example(x: Any) -> Any:
    """Return an argument with the examples of the symbols in it."""
    return each(lambda y: y.val if isinstance(y, Symbol) else scalar(y), x)


def literal(x: np.ndarray) -> str:
    """Return the text of a number or an array that is known."""
    fill = {*map(repr, x.ravel().tolist() or [x.dtype.type(0).item()])}
    alike = len(fill) < 2 and not 0 < x.size < 5
    array = f"np.full({x.shape}, {''.join(fill)}" if alike else f"np.array({x.tolist()}"
    array += ")" if x.dtype in (float, int, bool, complex) else f", np.{x.dtype})"
    return re.sub(r"\b(inf|nan)\b", r"math.\1", array if x.ndim else "".join(fill))
