"""Derivatives of functions with many outputs: a direction forwards, a direction back, or all of them."""

from collections.abc import Callable
from functools import wraps
from math import prod
from typing import Any

import numpy as np

from .tape import grad, places, record
from .traced import Forward, operand, shape, spread
from .valder import push


def jvp(f: Callable, primals: tuple, tangents: tuple) -> tuple[Any, Any]:
    """Return f(*primals), and how fast it changes as the primals move: a Jacobian–vector product.

    One run of f, forwards; the Jacobian is never written out.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays to one number or array.
    primals, tangents : tuple of numbers or arrays
        Where, and in which direction, each tangent of the shape of its primal.

    Returns
    -------
    y, y_dot : number or array
        The value and its tangent, of one shape.

    Raises
    ------
    TypeError
        If primals and tangents are not two tuples of one length.
    ValueError
        If a tangent does not fit its primal.

    Examples
    --------
    >>> jvp(lambda x, y: x * y, (3.0, 5.0), (1.0, 0.0))
    (15.0, 5.0)
    """
    tuples = all(isinstance(vs, (tuple, list)) for vs in (primals, tangents))
    if not tuples or len(primals) != len(tangents):
        raise TypeError("jvp takes a tuple of primals and one of as many tangents: jvp(f, (x,), (v,)).")
    xs = [operand(x, "a primal") for x in primals]
    return push(f, xs, map(fitting, tangents, xs), Forward)


def vjp(f: Callable, *primals: Any) -> tuple[Any, Callable[[Any], tuple]]:
    """Return f(*primals), and the function that brings adjoints back: vector–Jacobian products.

    One run of f, and for each adjoint one sweep back; the Jacobian is never written out.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays to one number or array.
    *primals : number or array
        Where.

    Returns
    -------
    y : number or array
        The value.
    pull : callable
        The function y_bar -> adjoints of the primals, a tuple of their shapes.

    Examples
    --------
    >>> y, pull = vjp(lambda x, y: x * y, 3.0, 5.0)
    >>> pull(1.0)
    (5.0, 3.0)
    """
    y, pull = record(f, primals, tuple(range(len(primals))), {})
    # The tape may hold y: by the plus, an array becomes one of the caller's own.
    return +y, lambda y_bar: pull(fitting(y_bar, y), keep=True)


def jacobian(f: Callable, argnums: int | tuple[int, ...] = 0) -> Callable:
    """Return the function (*xs) -> the Jacobian of f: every output by every input.

    It goes backwards, with a sweep for each output, where outputs are fewer than inputs, and
    otherwise forwards, with a run for each input.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays to one number or array.
    argnums : int or tuple of int, optional
        Which arguments to differentiate by, counted from 0.

    Returns
    -------
    callable
        A function of the same arguments. Its value has the shape of f's output, followed by the
        shape of the input; for a tuple of argnums, it is a tuple.

    Examples
    --------
    >>> jacobian(lambda x: x[0] * x)(np.array([2.0, 3.0]))
    array([[4., 0.],
           [3., 2.]])
    """

    def by_one(k: int, xs: tuple, options: dict) -> Any:
        x = operand(xs[k], f"argument {k}")
        return matrix(lambda x: f(*xs[:k], x, *xs[k + 1 :], **options), x)

    return for_each(f, argnums, by_one)


def hessian(f: Callable, argnums: int | tuple[int, ...] = 0) -> Callable:
    """Return the function (*xs) -> the Hessian of f: the second derivatives, forward over reverse.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays to one number.
    argnums : int or tuple of int, optional
        Which arguments to differentiate by, counted from 0.

    Returns
    -------
    callable
        A function of the same arguments. Its value has the shape of the input twice; for a tuple
        of argnums it is a tuple of tuples, a block for each pair of arguments.

    Notes
    -----
    It costs about two gradients for each entry of the input. The product of the Hessian and a
    vector v costs two in all: ``jvp(grad(f), (x,), (v,))[1]``.

    Examples
    --------
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 4.0]))
    array([[8., 6.],
           [6., 0.]])
    """
    return for_each(f, argnums, lambda k, xs, options: jacobian(grad(f, k), argnums)(*xs, **options))


def for_each(f: Callable, argnums: int | tuple[int, ...], one: Callable) -> Callable:
    """Return the function (*xs) -> what one(k, xs, options) makes of each argument k that is chosen."""

    @wraps(f, updated=())
    def of_all(*xs: Any, **options: Any) -> Any:
        found = tuple(one(k, xs, options) for k in places(argnums, len(xs)))
        return found if isinstance(argnums, (tuple, list)) else found[0]

    return of_all


def matrix(f: Callable, x: Any) -> Any:
    """Return the Jacobian of f at x: its rows by sweeps back, or its columns by runs forwards."""
    y, pull = vjp(f, x)
    m, n = shape(y), shape(x)
    if not prod(m + n):
        return np.zeros(m + n)
    if prod(m) < prod(n):
        return np.reshape(np.stack([pull(unit)[0] for unit in units(m)]), m + n)
    return np.reshape(np.stack([jvp(f, (x,), (unit,))[1] for unit in units(n)], axis=-1), m + n)


def units(n: tuple[int, ...]) -> np.ndarray:
    """Return the arrays of a shape that are 1 at one entry and 0 elsewhere."""
    return np.eye(prod(n)).reshape(-1, *n)


def fitting(v: Any, x: Any) -> Any:
    """Return a copy of v, which may be one number for all of x, in the shape of x."""
    v = operand(v, "a direction")
    if shape(v) not in ((), shape(x)):
        raise ValueError(f"a direction of shape {shape(v)} does not fit the shape {shape(x)}.")
    return 1.0 * spread(v, shape(x))
