"""The pictures of the playground: what they say is right, and they move."""

import io
import math
import re

import numpy as np
import pytest
from PIL import Image

from autodiff_tutorial.figures import playground
from autodiff_tutorial.figures.playground import function_of


def seen(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int)


def number(text, after):
    return float(
        re.search(rf"{after}\D*?(-?\d+(\.\d+)?(e-?\d+)?|inf|nan)", re.sub("<[^>]*>", "", text))[1]
    )


MOVES = [
    (playground.Tangent, {"formula": "x * sin(x**2)", "x": 1.0}, {"x": 1.3}),
    (playground.Chain, {"x": 2.0, "first": "sin", "second": "exp", "third": ""}, {"x": -1.2}),
    (playground.Secant, {"power": -1.0}, {"power": -0.2}),
    (playground.Newton, {"start": 4.0}, {"start": 2.0}),
    (playground.Written, {"formula": "x * y + sin(z)", "x": 1.0, "y": 2.0, "z": 0.5}, {"y": -3.0}),
]


@pytest.mark.parametrize(("kind", "values", "moved"), MOVES)
def test_a_picture_moves_and_comes_back(kind, values, moved):
    picture = kind()
    (before, says), (after, says_then) = picture.show(**values), picture.show(**values | moved)
    assert says != says_then
    assert np.mean(np.any(seen(before) != seen(after), axis=-1)) > 1e-4
    again = picture.show(**values)
    assert again == (before, says)
    assert kind().show(**values)[1] == says  # whatever was drawn before


@pytest.mark.parametrize("x", [-2.3, 0.5, 1.75])
def test_a_tangent_says_value_and_slope(x):
    text = playground.Tangent().show(formula="x * sin(x**2)", x=x)[1]
    assert number(text, "the value is") == pytest.approx(x * math.sin(x * x), rel=1e-5)
    slope = math.sin(x * x) + 2 * x * x * math.cos(x * x)
    assert number(text, "the slope is") == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize(
    ("formula", "x", "says"),
    [
        (
            "abs(x)",
            0.0,
            "no tangent is drawn: the slope is -1 just to the left, and 1 just to the right",
        ),
        (
            "maximum(x, 2 * x)",
            0.0,
            "no tangent is drawn: the slope is 1 just to the left, and 2 just to the right",
        ),
        ("1/x", 0.0, "no finite value, so there is no tangent"),
        ("sqrt(x)", -1.0, "no finite value, so there is no tangent"),
        ("sqrt(x)", 0.0, "the value is 0, and no tangent is drawn: the slope is infinite here"),
        ("floor(x)", 2.0, "the value is 2, and no tangent is drawn: the function jumps here"),
        ("where(x > 0, 1 + x, x)", 0.0, "no tangent is drawn: the function jumps here"),
        ("x * sqrt(x)", 0.0, "no tangent is drawn: the function ends here"),
        ("sign(x) * sqrt(abs(x))", 0.0, "no tangent is drawn: the slope comes out as nan here"),
        ("1e6 * sin(1e3 * x)", 0.3, "the slope is"),
        ("abs", 1.0, "abs needs an argument"),
        ("np.foo(x)", 1.0, "has no attribute 'foo'"),
        ("floor(x)", 0.5, "the value is 0, and the slope is 0"),
        ("3", 0.5, "the value is 3, and the slope is 0"),
        ("x *", 1.0, "not a valid formula in Python"),
        ("", 1.0, "not a valid formula in Python"),
        ("sn(x)", 1.0, "'sn' is not known here"),
        ("x^2", 1.0, "write x**2"),
        ("sin", 1.0, "sin needs an argument in brackets, as in sin(x)."),
        ("sqrt(x - 9)", 1.0, "has no finite value and slope"),
        ("__import__('os')", 1.0, "'__import__' is not known here"),
        ("exp(1000) + x", 1.0, ""),
    ],
)
def test_a_tangent_answers_in_one_sentence(formula, x, says):
    picture = playground.Tangent()
    picture.show(formula="x**3", x=2.0)
    text = re.sub("<[^>]*>", "", picture.show(formula=formula, x=x)[1]).replace("&#x27;", "'")
    assert says in text and "Traceback" not in text and len(text) < 200
    assert number(picture.show(formula="x**3", x=2.0)[1], "the slope is") == 12  # and nothing is broken


def test_a_chain_says_what_both_sweeps_find():
    text = playground.Chain().show(x=2.0, first="sin", second="sin", third="exp", fourth="")[1]
    assert number(text, "the value is") == 2.20135 and number(text, "the slope") == -0.562752
    assert number(playground.Chain().show(x=2.0, first="", second="")[1], "the slope") == 1
    assert "has no finite value" in playground.Chain().show(x=-1.0, first="log")[1]


def test_a_secant_counts_its_right_digits():
    says = {p: number(playground.Secant().show(power=p)[1], ", with") for p in (0.0, -4.0, -8.0, -15.0)}
    true = -0.56275203866271185662515  # to 50 digits, in reference-values
    f = lambda x: math.exp(math.sin(math.sin(x)))  # noqa: E731
    for p, digits in says.items():
        error = abs((f(2 + 10**p) - f(2)) / 10**p - true)
        assert abs(digits + math.log10(max(error, 1e-12))) < 2.1, p
    assert says[-8.0] > says[-4.0] > says[0.0] == 0 == says[-15.0]


def test_newton_says_which_root_it_finds():
    picture = playground.Newton()
    for start, root in [(2.0, 1.9758175547), (4.0, 3.5854013035), (5.0, 4.8870559675)]:
        assert number(picture.show(start=start)[1], "to the root") == root
    assert number(picture.show(start=1.0)[1], "to the root") == 0
    assert "takes 1 step and leaves the curve" in picture.show(start=3.91)[1]


def test_the_slope_of_a_formula_stands_in_brackets():
    picture = playground.Tangent()
    picture.show(formula="x * sin(x)", x=1.0)
    assert [text.get_text() for text in picture.axes[0].texts] == ["x * sin(x)", "(x * sin(x)) ′"]


def test_a_graph_is_written_down():
    picture = playground.Written()
    text = picture.show(formula="x * y + sin(x)", x=3.0, y=5.0, z=0.0)[1]
    source = re.search(r"<pre>(import .*?)</pre>", text, re.S)[1]
    names = {}
    exec(source, names)
    assert names["f"](3.0, 5.0) == pytest.approx((5 + math.cos(3), 3), rel=1e-15)
    assert re.findall(r"\w → \w   (\S+)", text)[:2] == ["5", "3"]
    for wrong in ("x if x > 0 else y", "3", "max(x, y)"):
        assert len(picture.show(formula=wrong, x=1.0, y=1.0, z=1.0)[1]) < 400


def test_a_formula_has_the_variables_that_it_names():
    assert function_of("y * z", "xyz").names == ["y", "z"]
    assert function_of("np.sin(x)")(0.5) == math.sin(0.5)
    with pytest.raises(ValueError, match="'y' is not known here"):
        function_of("x + y")
