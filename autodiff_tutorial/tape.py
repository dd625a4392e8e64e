"""Reverse mode for many inputs: a program leaves a tape, and one sweep goes back over it."""

from collections.abc import Callable
from functools import wraps
from math import prod
from typing import Any

import numpy as np

from .operators import Operators, refused
from .rules import Linear
from .traced import Traced, differentiation, operand, primal, shape, spread


class Node(Operators):
    """A value that remembers, on a tape, what it was calculated from.

    The tape is the list of a program's edges (parent, local derivative, child), in the order in
    which they were drawn. A node is known there by its place, that of the first edge into it.
    """

    __slots__ = ("place", "tape")
    kind = "a value that grad follows"
    __reduce__ = refused("{} can't be pickled, as it would lose its tape", "give its val")

    def __init__(self, val: Any, tag: int, tape: list) -> None:
        self.val, self.tag, self.tape = val, tag, tape
        self.place = len(tape)

    def __repr__(self) -> str:
        return f"Node(val={self.val})"

    def lead(self, y: Any, *edges: tuple) -> "Node":
        """Return the node of y, and draw the edges to it."""
        node = Node(y, self.tag, self.tape)
        for x, slope in edges:
            node.tape.append((x.place, slope, node.place))
        return node


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., tuple]:
    """Return the function (*xs) -> (f(*xs), its gradient), by reverse mode.

    One sweep forwards runs f and records its tape, and one back over the tape finds the
    derivatives by all inputs, however many there are.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays that returns one number, written with NumPy. It may
        itself take derivatives, to any depth.
    argnums : int or tuple of int, optional
        Which arguments to differentiate by, counted from 0. All others go to f as they are.

    Returns
    -------
    callable
        A function of the same arguments. It returns the value, and the gradient by the chosen
        argument, which is of its shape; for a tuple of argnums, a tuple of gradients.

    Raises
    ------
    TypeError
        If f can't be called, an argument is not a number or an array of numbers, or the value of
        f is not one number.
    ValueError
        If argnums does not fit the arguments.

    Notes
    -----
    The tape holds the arrays that f has used, not copies of them: f must not change one in place
    afterwards. For the method see Griewank and Walther, "Evaluating Derivatives", 2nd edition,
    SIAM 2008, section 3.2.

    Examples
    --------
    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(3.0, 5.0)
    (15.0, (5.0, 3.0))
    >>> value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (5.0, array([2., 4.]))
    """
    if not callable(f):
        raise TypeError(f"grad takes a function, not {f!r}.")

    @wraps(f, updated=())
    def value_and_gradient(*xs: Any, **options: Any) -> tuple:
        y, pull = record(f, xs, places(argnums, len(xs)), options)
        if prod(shape(y)) != 1 or np.iscomplexobj(primal(y)):
            found = f"{np.result_type(primal(y))} of shape {shape(y)}; return its sum, or take jacobian"
            raise TypeError(f"grad takes an f that returns one real number, not {found}.")
        bars = pull(spread(1.0, shape(y)))
        return y, bars if isinstance(argnums, (tuple, list)) else bars[0]

    return value_and_gradient


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """Return the function (*xs) -> the gradient of f, by reverse mode.

    Parameters
    ----------
    f, argnums
        As for `value_and_grad`.

    Returns
    -------
    callable
        A function of the same arguments, which returns the gradient alone.

    Examples
    --------
    >>> grad(lambda x: np.sin(x[0] * x[1]))(np.array([3.0, 5.0])).round(8)
    array([-3.79843956, -2.27906374])
    >>> derivative = grad(grad(lambda x: x**3))
    >>> derivative(2.0)
    12.0
    """
    both = value_and_grad(f, argnums)
    return wraps(f, updated=())(lambda *xs, **options: both(*xs, **options)[1])


def places(argnums: int | tuple[int, ...], n: int) -> tuple[int, ...]:
    """Return which of n arguments to differentiate by."""
    chosen = tuple(argnums) if isinstance(argnums, (tuple, list)) else (argnums,)
    if len({*chosen} & {*range(n)}) < len(chosen):
        raise ValueError(f"argnums must name some of the {n} arguments, counted from 0, not {argnums}.")
    return chosen


def record(f: Callable, xs: tuple, chosen: tuple, options: dict) -> tuple[Any, Callable]:
    """Return the value of f, and the function that brings its adjoint back to the chosen arguments.

    That function uses the tape up on its way, which frees the tape's memory for the adjoints; with
    ``keep`` it goes over a copy.
    """
    args, tape = list(xs), []
    tag, run = differentiation()
    for k in chosen:
        x = operand(xs[k], f"argument {k}")
        if np.iscomplexobj(primal(x)):
            raise TypeError(f"argument {k} must be real, not {x!r}.")
        args[k] = Node(float(x) if isinstance(x, int) else x, tag, tape)
        tape.append(None)  # a place, to which no edge leads
    y = run(f, *args, **options)
    if isinstance(y, Traced) and y.tag > tag:
        raise TypeError("f returned a Valder with a derivative of its own; return its val or its der.")
    y, place = (y.val, y.place) if isinstance(y, Node) and y.tape is tape else (y, None)
    y = operand(y, "what f returns")

    def pull(y_bar: Any, keep: bool = False) -> tuple:
        bars = sweep_back(list(tape) if keep else tape, len(chosen), place, y_bar)[::-1]
        # By the plus, an array that NumPy has only spread out becomes one that can be written to.
        return tuple(+spread(bars.pop(), shape(args[k])) for k in chosen)

    return y, pull


def sweep_back(tape: list, inputs: int, place: int | None, y_bar: Any) -> list:
    """Return the adjoints of the inputs, the first on a tape, for the output y at the given place.

    An edge brings the adjoint of its child, times its local derivative, to its parent, where all
    that arrives is added up. Edges are drawn in the order of the program, so on the way back the
    adjoint of a child is complete before it is used. Where nothing arrives, it is 0.
    """
    bars = [None] * len(tape)
    if place is not None:
        bars[place] = y_bar
    while len(tape) > inputs:
        parent, slope, child = tape.pop()
        bar = bars[child]
        if bar is not None:
            part = slope.backward(bar) if isinstance(slope, Linear) else slope * bar
            bars[parent] = part if bars[parent] is None else bars[parent] + part
        bars.pop()  # a child's own adjoint, after the first edge into it: no earlier edge uses it
    return [0.0 if bar is None else bar for bar in bars]
