"""The page of functions is true: it lists what the tables hold, and what it refuses is refused."""

import math
import operator
import re

import numpy as np
import pytest
from list_functions import INSTEAD, PAGE, page

from autodiff_tutorial import grad

A = np.array([[1.0, 2.0, 0.5], [0.3, 1.0, 2.0], [1.0, 1.0, 3.0]])


def test_the_page_is_that_of_the_tables():
    listed, now = ({*re.findall(r"`([\w.]+)`[,.]", text)} for text in (PAGE.read_text("utf-8"), page()))
    assert now <= listed, "run python tests/list_functions.py"
    for name in listed - now:  # of a later NumPy than this one
        with pytest.raises(AttributeError):
            operator.attrgetter(name)(np)
    without_names = [
        re.sub(r"\d+ functions|`[\w.]+`[,.]", "", t) for t in (PAGE.read_text("utf-8"), page())
    ]
    assert "".join(without_names[0].split()) == "".join(without_names[1].split())


@pytest.mark.parametrize("code", INSTEAD)
def test_what_has_no_rule_is_refused_in_a_sentence(code):
    names = {"np": np, "math": math, "A": A}
    with pytest.raises((TypeError, AttributeError)) as caught:
        grad(lambda x: np.sum(eval(code, names | {"x": x}) * 1.0))(np.array([1.5, 2.0, 3.0]))
    assert "\n" not in str(caught.value) and "lambda" not in str(caught.value)
