"""What an exercise answers: never an error, and never right for a wrong answer."""

import ast
import inspect
from fractions import Fraction

import numpy as np
import pytest

from autodiff_tutorial import exercises
from autodiff_tutorial.exercises import check


@pytest.fixture
def says(capsys):
    def answered(*args, **options):
        assert check(*args, **options) is None
        out, err = capsys.readouterr()
        assert err == "" and out.count("\n") == 1
        return out.strip()

    return answered


def nothing(x):
    pass


@pytest.mark.parametrize(
    "args",
    [
        (12, 12.0),
        (12.000001, 12.0),
        (np.float64(1e-9), 0.0),
        ([1, 2.0], np.array([1.0, 2.0])),
        ((3, 4), [3, 4]),
        (np.inf, np.inf),
        (np.nan, np.nan),
        (np.eye(2), [[1, 0], [0, 1]]),
        (np.sin, np.sin, [0.3, 1]),
        (np.hypot, lambda a, b: (a * a + b * b) ** 0.5, [(3, 4), (1.0, 0.0)]),
        (lambda x: [x, x], lambda x: np.array([x, x]), [np.ones(3)]),
        (lambda x: x, np.asarray, [np.arange(3.0)]),
        (8, lambda n: n % 2 == 0),
        (11.0, 12.0, (), 0.1),
        (Fraction(2, 15), 2 / 15),
        ("yes", "yes"),
        (np.sin, lambda x: lambda y: y > 0, [1.0]),  # a predicate for each point
    ],
)
def test_right(says, args):
    assert says(*args) == "right"


@pytest.mark.parametrize(
    "args",
    [
        (..., 12.0),
        ([1, ...], [1, 2]),
        ((..., ...), lambda pair: 1 / 0),
        (..., np.sin, [1.0]),
        (lambda x: ..., np.sin, [1.0]),
        (lambda x: (1, ...), np.sin, [1.0]),
    ],
)
def test_your_turn(says, args):
    assert says(*args) == "your turn"


@pytest.mark.parametrize(
    "args, words",
    [
        ((1.2, 12.0), "you have 1.2."),
        ((None, 12.0), "you have None."),
        ((None, np.ones(2)), "you have None."),
        (("twelve", np.ones(2)), "you have twelve."),
        ((Fraction(1, 15), 2 / 15), "you have 1/15."),
        (("twelve", 12.0), "you have twelve."),
        ((object, 12.0), "not yet"),
        (([12.0, 12.0], 12.0), "you have [12.0, 12.0]."),  # not by broadcasting
        ((12.0, [12.0, 12.0]), "you have 12"),
        ((np.nan, 1.0), "you have nan"),
        (([[1], [2, 3]], [1, 2]), "not yet"),
        (([np.float64(1.5), 2.0], [1, 2]), "you have [1.5, 2.0]."),
        ((np.zeros(1000), np.ones(1000)), " …."),
        ((1, np.sin, [1.0]), "at 1.0 your answer stops with TypeError"),
        ((nothing, np.sin, [1.0]), "at 1.0 you have None"),
        ((lambda: 1, np.sin, [1.0]), "TypeError"),
        (
            (lambda x: 1 / (x - 2), lambda x: 1 / (x - 2), [1, 2.0]),
            "at 2.0 your answer stops with Zero",
        ),
        ((lambda x: int("x"), np.sin, [1.0]), "ValueError"),
        ((7, lambda n: n % 2 == 0), "you have 7."),
        (("7", lambda n: n > 2), "TypeError"),
        ((np.cos, np.sin, [(1.0,)]), "at 1.0 you have 0.540302."),
        ((lambda: 3, lambda: 4, [()]), "not yet: you have 3."),
        ((lambda: 1 / 0, lambda: np.isfinite, [()]), "not yet: your answer stops with Zero"),
        ((np.cos, np.sin, [np.array([0.0, 1.0])]), "at [0. 1.] you have [1. 0.54030231]"),
    ],
)
def test_not_yet(says, args, words):
    answer = says(*args)
    assert answer.startswith("not yet: ") and words in answer


def test_an_exception_in_the_readers_function_is_a_sentence(says):
    def endless(x):
        return endless(x)

    assert "RecursionError" in says(endless, np.sin, [1.0])
    assert says(lambda x: 1 / x, lambda x: x, [0]) == (
        "not yet: at 0 your answer stops with ZeroDivisionError: division by zero."
    )


def test_hints(says):
    assert says(1.2, 12.0, hint="look again.") == "not yet: you have 1.2, and look again."
    factor = lambda got: f"that is {12 / got:.0f} times too little." if got else ""  # noqa: E731
    assert says(1.2, 12.0, hint=factor) == "not yet: you have 1.2, and that is 10 times too little."
    assert says(0.0, 12.0, hint=factor) == "not yet: you have 0."
    assert says("a", lambda x: False, hint=factor).startswith("not yet: ")
    assert says(12.0, 12.0, hint=factor) == "right"


def test_numpy_does_not_warn(says):
    assert says(np.log, np.log, [-1.0, 0.0]) == "right"


def test_it_is_short():
    tree = ast.parse(inspect.getsource(exercises))
    docs = [n.body[0] for n in ast.walk(tree) if isinstance(n, (ast.Module, ast.FunctionDef))]
    hidden = {line for doc in docs for line in range(doc.lineno, doc.end_lineno + 1)}
    lines = inspect.getsource(exercises).splitlines()
    code = [line for k, line in enumerate(lines, 1) if k not in hidden and line.strip()]
    assert len(code) <= 30
