"""A derivative, written down: run a function once on symbols, and keep the program that they write."""

import inspect
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from keyword import iskeyword
from numbers import Number
from string import ascii_lowercase, ascii_uppercase
from typing import Any

import numpy as np

from .symbols import Symbol, text
from .traced import Abstract, Traced, each, operand, shape

RESERVED = {"math", "np", "float", "_fitted"}  # names that a program uses
PLACE = re.compile(r"[$%]\d+")  # a symbol or an array that has no name yet
MANY = 250  # values in a program before a name is used a second time
# A look at an argument, whose example has the shape {1}; a float passes for a number.
LOOK = "{0} = {0} if {0}.__class__ is float and not {1} else _fitted({0}, {0!r}, {1}); "


class Program(partial):
    """A program: call it, show it, or paste its ``source`` into a file of your own.

    It is a `functools.partial` with no argument fixed, because Python calls one almost as quickly as
    the function in it.

    Attributes
    ----------
    source : str
        A Python function, with what it imports, that needs nothing else. A call of the program runs
        it after a look at each argument.
    """

    def __new__(cls, source: str, name: str, shapes: dict[str, tuple]) -> "Program":
        """Return the program of a source, with a look at each argument before its first line."""
        # The looks stand on the line of the first statement, so that all lines keep their numbers.
        looks = "".join(LOOK.format(x, n) for x, n in shapes.items())
        namespace: dict[str, Any] = {"_fitted": partial(fitted, name)}
        code = source.replace(":\n    ", f":\n    {looks}", 1)
        exec(compile(code, f"<{name}, written down>", "exec"), namespace)
        program = super().__new__(cls, namespace[name])
        program.source, program.__name__, program.shapes = source, name, shapes
        return program

    def __repr__(self) -> str:
        return self.source

    def __reduce__(self) -> tuple:
        return Program, (self.source, self.__name__, self.shapes)

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.source}```"


def fitted(f: str, x: Any, name: str, n: tuple[int, ...]) -> Any:
    """Return an argument of f as a float or an array, if it has the shape n."""
    x = operand(x, f"{name}, an argument of {f},")
    if shape(x) != n:
        raise ValueError(f"{f} was written for {name} of shape {n}, not {shape(x)}; trace anew.")
    return x


def trace(f: Callable, *examples: Any) -> Program:
    """Run f once on symbols, and return the program that they write.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays, written with NumPy, that returns a number, an array, or a
        tuple or list of them. It may be one that this package makes, such as ``grad(f)``.
    *examples : number or array
        Arguments for f. The program takes arguments of the same shapes.

    Returns
    -------
    Program
        What f calculates, as a straight line of Python.

    Raises
    ------
    TypeError
        If f looks at a value, for a written program has one path; or if an example or what f returns
        is no number or array.

    Notes
    -----
    A repeated expression is written once, and what no result needs is left out, as are products
    with 1 and sums with 0. A loop is written out, each turn of it. From 250 values on, a name is taken
    again once no later line uses its value, which frees the memory. At a pole, outside a domain and
    where a number overflows, the program does what Python does with numbers, which is to raise an
    error, and what NumPy does with arrays; it does not keep the conventions of `Valder`. So does
    that branch of a np.where which is not chosen, as both are calculated.

    Examples
    --------
    >>> from autodiff_tutorial import grad
    >>> slope = trace(grad(lambda x: np.exp(np.sin(x))), 2.0)
    >>> slope
    import math
    <BLANKLINE>
    <BLANKLINE>
    def f(x):
        a = math.sin(x)
        b = math.cos(x)
        c = math.exp(a)
        d = b * c
        return d
    <BLANKLINE>
    >>> slope(0.0)
    1.0
    """
    page, arguments = {}, parameters(f, len(examples))
    name = getattr(f, "__name__", "f").rstrip(" ′")
    name = name if name.isidentifier() and not iskeyword(name) and name not in RESERVED else "f"
    xs = [Symbol(a, given(x, a), page) for a, x in zip(arguments, examples, strict=True)]
    results = each(returned, f(*xs))
    others = [x.val for x in [*xs, *page.values()] if x.name[0] != "$"]
    # An array that is known is returned as a copy: what is done to it must not change the program.
    result = re.sub(r"%\d+", r"\g<0>.copy()", text(page, each(partial(owned, others), results)))
    lines = needed(page, result)
    arrays = "".join(f"{y!r} = {line}\n" for line, y in lines.items() if y.name[0] == "%")
    values = "".join(f"    {y!r} = {line}\n" for line, y in lines.items() if y.name[0] == "$")
    code = f"def {name}({', '.join(arguments)}):\n{values}    return {result}\n"
    imports = {"math": "import math\n", "np": "import numpy as np\n"}
    needs = "".join(imports[key] for key in imports if re.search(rf"\b{key}\.", arrays + code))
    letters = named(lines, result, [*arguments, name])
    draft = "\n\n".join(filter(None, [needs, arrays, code]))
    source = PLACE.sub(lambda found: letters[found[0]], draft)
    return Program(source, name, {x.name: x.shape for x in xs})


def needed(page: dict, result: str) -> dict:
    """Return the lines of a page that a result needs."""
    used = {*PLACE.findall(result)}
    for line, y in reversed(page.items()):
        if y.name in used:
            used.update(PLACE.findall(line))
    return {line: y for line, y in page.items() if y.name in used}


def named(lines: dict, result: str, taken: list[str]) -> dict:
    """Return a name for each value and array.

    In a long program the name of a value that no later line uses is taken again. This frees the value,
    and Python is slower with more than 256 names.
    """
    letters = {"%": fresh(ascii_uppercase, taken), "$": fresh(ascii_lowercase, taken)}
    last = {place: line for line in [*lines, result] for place in PLACE.findall(line)}
    names, free = {}, []
    for line, y in lines.items():
        free += [names[x] for x in sorted({*PLACE.findall(line)}) if x[0] == "$" and last[x] == line]
        again = free and len(names) > MANY and y.name[0] == "$"
        names[y.name] = free.pop() if again else next(letters[y.name[0]])
    return names


def given(x: Any, name: str) -> Any:
    """Return an example as a float or an array of its own."""
    if isinstance(x, (list, tuple, Traced, Abstract)):
        raise TypeError(f"{name} is a {type(x).__name__}; give a number or an array, np.array([1.0]).")
    return operand(x, name) * 1.0


def returned(y: Any) -> Any:
    """Return what f returned, or a part of it, if a program can."""
    if not isinstance(y, (Symbol, Number, np.generic, np.ndarray)):
        what = "its val or its der" if hasattr(y, "der") else "numbers or arrays"
        raise TypeError(f"f returned a {type(y).__name__}; return {what}, or a tuple or list of them.")
    return y


def owned(others: list, y: Any) -> Any:
    """Return what f returned; as a copy, if it is an array of others, or one that is not writable."""
    if not isinstance(y, Symbol) or not y.shape:
        return y
    shared = not y.val.flags.writeable or any(np.may_share_memory(y.val, x) for x in others)
    others.append(y.val)
    return Symbol(f"{y.name}.copy()", y.val, y.page) if shared else y


def fresh(letters: str, taken: list[str]) -> Iterator[str]:
    """Give names that are free: a, b, …, then a1, b1, …, without those that look like a 1 or a 0."""
    for k in count():
        yield from (f"{c}{k or ''}" for c in letters if f"{c}{k or ''}" not in [*taken, *"lIO"])


def parameters(f: Callable, n: int) -> list[str]:
    """Return the names of the first n arguments of f, or x1, x2, … where it does not tell."""
    try:
        names = [*inspect.signature(f).bind(*range(n)).arguments]
    except ValueError:  # as of some functions of NumPy
        names = []
    kept = len(names) == n and RESERVED.isdisjoint(names)
    return names if kept else [f"x{k + 1}" for k in range(n)]
