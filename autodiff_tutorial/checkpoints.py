"""Where to keep the values of a chain that is too long to keep them all: the binomial schedule.

The sweep back needs the value before each link, the last link's first. Where only a few values
can be kept, the others are calculated again, from the nearest one kept before them.

The schedule is that of Griewank and Walther, "Algorithm 799: revolve", ACM Transactions on
Mathematical Software 26(1), 2000. As there, a checkpoint is a value that is kept to start from
again; the input is the first of them, and the value at work is none. What is counted are the links
run for their values alone, t(l, c) in the paper; in addition each link is run once when it is
reversed, for its local derivative.
"""

from collections.abc import Callable, Iterator
from itertools import count
from math import comb
from numbers import Integral
from typing import Any


def schedule(links: int, checkpoints: int) -> Iterator[tuple[int, int, bool]]:
    """Give the runs along a chain that reverse it, with as few links run again as possible.

    Parameters
    ----------
    links : int
        How many links the chain has.
    checkpoints : int
        How many values may be kept at a time, the input among them.

    Yields
    ------
    start, stop : int
        Take the value kept before link ``start``, and run the links from there up to ``stop``.
    keep : bool
        True: keep the value before link ``stop``. False: reverse that link, and forget the value
        before it, if it was kept.

    Raises
    ------
    ValueError
        If checkpoints is not a whole number above 0.

    Examples
    --------
    Four links and two checkpoints: the values before links 0 and 2 are kept, 3 is reversed from 2.

    >>> list(schedule(4, 2))
    [(0, 2, True), (2, 3, False), (2, 2, False), (0, 1, True), (1, 1, False), (0, 0, False)]
    """
    _check(checkpoints)
    kept = [0]
    for last in reversed(range(links)):
        while kept[-1] < last and len(kept) < checkpoints:
            stop = kept[-1] + _split(last + 1 - kept[-1], checkpoints + 1 - len(kept))
            yield kept[-1], stop, True
            kept.append(stop)
        yield kept[-1], last, False
        if kept[-1] == last:
            kept.pop()


def evaluations(links: int, checkpoints: int) -> int:
    """Return t(l, c), the fewest runs of a link for its value with which a chain can be reversed.

    Parameters
    ----------
    links, checkpoints : int
        As in `schedule`.

    Returns
    -------
    int
        The runs in all; that of each link for its local derivative is not counted.

    Raises
    ------
    ValueError
        If checkpoints is not a whole number above 0.

    Examples
    --------
    >>> [evaluations(10_000, c) for c in (1, 10, 20, 100, 10_000)]
    [49995000, 57624, 37976, 24747, 9999]
    >>> sum(stop - start for start, stop, _ in schedule(10_000, 20))
    37976
    """
    _check(checkpoints)
    r = _rounds(links, checkpoints)
    return r * links - comb(checkpoints + r, checkpoints + 1)


def sweep(links: list[Callable], checkpoints: int, y: Any, y_dot: Any, x_bar: Any) -> tuple:
    """Return value, tangent and adjoint of a chain, from what they begin as, with few values kept."""
    kept = {0: y}
    first = True  # the first way to the output takes the tangent along
    for start, stop, keep in schedule(len(links), checkpoints):
        x = kept[start]
        for position in range(start, stop if keep else stop + 1):
            x, slope = links[position](x, wanted=first or position == stop)
            if first:
                y, y_dot = x, y_dot * slope
        if keep:
            kept[stop] = x
        else:
            kept.pop(stop, None)
            x_bar, first = x_bar * slope, False
    return y, y_dot, x_bar


def _split(links: int, checkpoints: int) -> int:
    """Return how far behind the first checkpoint the second is best.

    In r rounds, c checkpoints reach over binomial(c + r, c) links. By Pascal's rule, r - 1 rounds
    of c checkpoints reach over those before the second, and r rounds of c - 1 over those behind
    it. Of a chain that is shorter, the part behind gets at least what r - 1 rounds of c - 1 do.
    """
    r = _rounds(links, checkpoints)
    return min(_reach(checkpoints, r - 1), links - _reach(checkpoints - 1, r - 1))


def _rounds(links: int, checkpoints: int) -> int:
    """Return how often, at most, a link is run for its value: the least r that reaches so far."""
    return next(r for r in count() if _reach(checkpoints, r) >= links)


def _reach(checkpoints: int, rounds: int) -> int:
    """Return how many links can be reversed if each is run for its value so often at most."""
    return comb(checkpoints + rounds, checkpoints)


def _check(c: int) -> None:
    if isinstance(c, bool) or not isinstance(c, Integral) or c < 1:
        raise ValueError(f"checkpoints must be a whole number above 0, the values to keep, not {c!r}.")
