"""What answers an exercise: right, not yet and why, or your turn. It never raises."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np


def check(
    answer: Any, expected: Any, at: Iterable = (), tol: float = 1e-6, hint: str | Callable = ""
) -> None:
    """Print what an answer is worth.

    Parameters
    ----------
    answer : object
        The reader's answer. As long as it is ``...``, or holds one, it is the reader's turn.
    expected : object
        A number, an array, or a list of them; or a predicate, which takes the answer.
    at : iterable, optional
        Points, a tuple for several arguments. The answer is then a function, and so is expected,
        and at each point both are called and their results compared. With ``at=[()]`` they are
        called once, without arguments.
    tol : float
        The largest difference that counts as none, relative above 1 and absolute below.
    hint : str or callable
        What to say after a wrong answer, or a function that finds that out from the answer.

    Examples
    --------
    >>> check(..., 12.0)
    your turn
    >>> check(12, 12.0)
    right
    >>> check(1.2, 12.0, hint="a factor of ten is missing.")
    not yet: you have 1.2, and a factor of ten is missing.
    >>> check(lambda x: 1 / x, lambda x: -1 / x**2, at=[1.0, 0.0])
    not yet: at 1.0 you have 1.
    >>> check(7, lambda n: n % 2 == 0, hint=lambda n: f"{n} is odd.")
    not yet: you have 7, and 7 is odd.
    """
    with np.errstate(all="ignore"), np.printoptions(legacy="1.25"):  # 1.0, not np.float64(1.0)
        print(next(verdicts(answer, expected, at, tol, hint), "right"))


def verdicts(answer: Any, expected: Any, at: Iterable, tol: float, hint: str | Callable) -> Any:
    """Yield what is wrong with an answer, point by point."""
    for point in list(at) or [None]:
        args, got, want = point if isinstance(point, tuple) else (point,), answer, expected
        where = "" if point is None or args == () else f"at {', '.join(map(str, args))} "
        try:
            if point is not None and answer is not ...:
                got, want = answer(*args), expected(*args)
            if got is ... or (isinstance(got, (tuple, list)) and any(part is ... for part in got)):
                yield "your turn"
            if not agree(got, want, tol):
                why = hint(got) if callable(hint) else hint
                yield f"not yet: {where}you have {shown(got)}" + (f", and {why}" if why else ".")
        except Exception as err:
            yield f"not yet: {where}your answer stops with {type(err).__name__}: {err}".rstrip(".") + "."


def agree(got: Any, want: Any, tol: float) -> bool:
    """Return whether a predicate holds, or two values have one shape and are as good as equal."""
    if callable(want) or got is None or isinstance(got, str):
        return want(got) if callable(want) else type(got) is type(want) and got == want
    got = 1.0 * np.asarray(got)  # which makes a float of a Fraction
    return np.shape(got) == np.shape(want) and np.allclose(got, want, rtol=tol, atol=tol, equal_nan=True)


def shown(x: Any) -> str:
    """Return a value as one short line."""
    text = f"{x:.6g}" if isinstance(x, (float, np.floating)) else " ".join(str(x).split())
    return text if len(text) <= 60 else text[:58] + " …"
