"""A derivative, written down: run a function once on symbols, and keep the program that they write."""

import inspect
import re
import string
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np

from .symbols import Page, Symbol
from .traced import operand


class Program:
    """A program: call it, show it, or paste its ``source`` into a file of your own.

    Attributes
    ----------
    source : str
        A Python function, with what it imports, that needs nothing else.
    function : callable
        The function of this source. It does not look at shapes, so it is quicker to call.
    """

    def __init__(self, source: str, name: str, shapes: tuple) -> None:
        self.source, self.__name__, self._shapes = source, name, shapes
        namespace: dict[str, Any] = {}
        exec(compile(source, f"<{name}, written down>", "exec"), namespace)
        self.function = namespace[name]

    def __call__(self, *xs: Any) -> Any:
        """Run the program."""
        try:
            if any(self._shapes):
                self._check(xs)
            return self.function(*xs)
        except (TypeError, ValueError):
            self._check(xs)
            raise

    def _check(self, xs: tuple) -> None:
        """Raise if the arguments do not have the shapes that the program was written for."""
        shapes = tuple(map(np.shape, xs))
        if len(shapes) == len(self._shapes) and shapes != self._shapes:
            written, given = (", ".join(map(str, s)) for s in (self._shapes, shapes))
            raise ValueError(
                f"{self.__name__} was written for the shapes {written}, not {given}; trace anew."
            )

    def __repr__(self) -> str:
        return self.source

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.source}```"


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
        If f looks at a value: a written program has one path.

    Notes
    -----
    A repeated expression is written once, and what no result needs is left out, as are products
    with 1 and sums with 0. A loop is written out, each turn of it. At a pole or outside a domain
    the program does what Python does with numbers, which is to raise an error, and what NumPy does
    with arrays; it does not keep the conventions of `Valder`.

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
        d = c * b
        return d
    <BLANKLINE>
    >>> slope(2.0) == math.exp(math.sin(2.0)) * math.cos(2.0)
    True
    """
    page, names = Page(), parameters(f, len(examples))
    xs = [Symbol(name, operand(x, name), page) for name, x in zip(names, examples, strict=True)]
    result = page.text(f(*xs))
    lines, used = [f"    return {result}\n"], set(re.findall(r"\$\d+", result))
    for text, symbol in reversed(page.lines.items()):
        if symbol.name in used:
            lines.append(f"    {symbol.name} = {text}\n")
            used |= set(re.findall(r"\$\d+", text))
    name = getattr(f, "__name__", "f")
    name = name if name.isidentifier() else "f"
    body = f"def {name}({', '.join(names)}):\n" + "".join(reversed(lines))
    heads = [
        f"{array} = {text}\n" for text, array in page.arrays.items() if re.search(rf"{array}\b", body)
    ]
    imports = {"math": "import math\n", "np": "import numpy as np\n"}
    head = "".join(
        line for key, line in imports.items() if re.search(rf"\b{key}\.", "".join([*heads, body]))
    )
    source = "\n\n".join(filter(None, [head, "".join(heads), body])).replace("\n\n\n\n", "\n\n\n")
    return Program(renamed(source, [*names, name]), name, tuple(map(np.shape, examples)))


def renamed(source: str, taken: list[str]) -> str:
    """Return a source with a letter for each value and for each array, in the order of the lines."""
    small, large = fresh(string.ascii_lowercase, taken), fresh(string.ascii_uppercase, taken)
    names: dict[str, str] = {}
    for place in re.findall(r"%\d+(?= =)|\$\d+(?= =)", source):
        names[place] = next(large if place[0] == "%" else small)
    return re.sub(r"[%$]\d+\b", lambda found: names[found[0]], source)


def fresh(letters: str, taken: list[str]) -> Iterator[str]:
    """Give names that are free: a, b, …, then a1, b1, …."""
    for k in count():
        yield from (name for c in letters if (name := f"{c}{k or ''}") not in taken)


def parameters(f: Callable, n: int) -> list[str]:
    """Return the names of the first n arguments of f, or x1, x2, … where it does not tell."""
    try:
        names = [
            p.name for p in inspect.signature(f).parameters.values() if p.kind <= p.POSITIONAL_OR_KEYWORD
        ]
    except ValueError:  # as of some functions of NumPy
        names = []
    return names[:n] if len(names) >= n else [f"x{k + 1}" for k in range(n)]
