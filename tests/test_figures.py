"""What is drawn, read off the artists."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from autodiff_tutorial import derivative, exp, sin, sqrt
from autodiff_tutorial.figures import (
    ADJOINT,
    DERIVATIVE,
    INK,
    STYLE,
    TANGENT,
    VALUE,
    draw_chain,
    plot_derivative,
)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def texts(ax, color):
    return [text.get_text() for text in ax.texts if text.get_text() and text.get_color() == color]


def test_the_chain_of_the_post():
    matplotlib.rcdefaults()
    before = dict(matplotlib.rcParams)
    ax = draw_chain([sin, sin, exp], 2.0)
    assert dict(matplotlib.rcParams) == before
    slopes = ["−0.4161", "0.6143", "2.201"]
    nodes = ["x\n2", "a = sin x\n0.9093", "b = sin a\n0.7891", "c = exp b\n2.201"]
    assert sorted(texts(ax, INK)) == sorted(nodes + slopes)
    dots = [
        rf"$\dot{{{n}}}$ = {v}"
        for n, v in zip("xabc", ["1", "−0.4161", "−0.2556", "−0.5628"], strict=True)
    ]
    bars = [
        rf"$\bar{{{n}}}$ = {v}" for n, v in zip("xabc", ["−0.5628", "1.352", "2.201", "1"], strict=True)
    ]
    assert texts(ax, TANGENT) == dots
    assert texts(ax, ADJOINT) == bars


@pytest.mark.parametrize("links", range(1, 9))
def test_no_text_touches_another_or_leaves_the_figure(links):
    chain = [sin, sin, exp, lambda v: -v * 1e-7, exp, sqrt, sin, exp][:links]
    ax = draw_chain(chain, 2.0)
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
    for i, box in enumerate(boxes):
        assert ax.figure.bbox.x0 <= box.x0 and box.x1 <= ax.figure.bbox.x1
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_it_draws_where_it_is_told():
    _, ax = plt.subplots()
    assert draw_chain([sin], 1.0, ax) is ax
    assert draw_chain([], 1.0).texts[0].get_text() == "x\n1"


def test_too_long_a_chain_is_refused():
    with pytest.raises(ValueError, match="room for 20 links, not 30"):
        draw_chain([sin] * 30, 1.0)


def test_colours_are_dark_enough_to_read():
    def luminance(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    for color in (TANGENT, ADJOINT, INK, STYLE["text.color"]):
        assert 1.05 / (luminance(color) + 0.05) > 4.5


def curve(ax, color):
    (line,) = [line for line in ax.lines if line.get_color() == color and len(line.get_xdata()) > 100]
    return line.get_xdata(), line.get_ydata()


def dots(ax):
    return [line.get_xydata()[0].tolist() for line in ax.lines if line.get_marker() == "o"]


def wave(x):
    return np.exp(-np.sqrt(x)) * np.sin(x * np.log(1 + x**2))


def test_a_function_and_its_derivative():
    ax = plot_derivative(wave, 0.01, 5)
    x, y = curve(ax, VALUE)
    assert y == pytest.approx(wave(x), rel=1e-14)
    assert curve(ax, DERIVATIVE)[1] == pytest.approx(derivative(wave)(x), rel=1e-14)
    bell = lambda x: np.exp(-x * x)  # noqa: E731
    x, slope = curve(plot_derivative(bell, -1.0, 2.0), DERIVATIVE)
    assert slope == pytest.approx(-2 * x * bell(x), rel=1e-14, abs=1e-15)
    # the turning points, to what linear interpolation on the grid can tell
    turns = [dot[0] for dot in dots(ax)]
    assert len(turns) == 5
    assert derivative(wave)(np.array(turns)) == pytest.approx(np.zeros(5), abs=1e-3)
    assert [dot[1] for dot in dots(ax)] == pytest.approx([wave(turn) for turn in turns])


@pytest.mark.parametrize(
    ("f", "a", "b", "gaps", "slope_gaps"),
    [
        (np.tan, -4, 4, [-np.pi / 2, np.pi / 2], [-np.pi / 2, np.pi / 2]),
        (lambda x: 1 / x, -1.01, 1, [0], [0]),
        (np.abs, -1, 2, [], [0]),
        (lambda x: np.maximum(x, 0), -1, 1.3, [], [0]),
        (wave, 0.01, 5, [], []),
        (np.exp, 0, 10, [], []),
        (lambda x: 3.0, 0, 1, [], []),
    ],
)
def test_gaps_are_where_a_curve_jumps(f, a, b, gaps, slope_gaps):
    ax = plot_derivative(f, a, b)
    for color, places in [(VALUE, gaps), (DERIVATIVE, slope_gaps)]:
        x, y = curve(ax, color)
        found = x[~np.isfinite(y)]
        assert all(min(abs(found - place)) < 0.03 for place in places)
        assert all(min(abs(np.array(places) - x)) < 0.03 for x in found)
    low, high = ax.get_ylim()
    assert low < 0 < high or f is np.exp
    assert high - low < 60 or f is np.exp


def test_outside_the_domain_there_is_nothing():
    x, y = curve(plot_derivative(np.log, -1, 3), VALUE)
    assert np.isnan(y[x < 0]).all() and np.isfinite(y[x > 0]).all()


def test_an_empty_interval_is_refused():
    with pytest.raises(ValueError, match="a must be below b, not a = 2 and b = 1"):
        plot_derivative(np.sin, 2, 1)


def test_a_function_without_values_is_refused():
    with pytest.raises(ValueError, match="log has no finite value and slope between -2 and -1"):
        plot_derivative(np.log, -2, -1)
