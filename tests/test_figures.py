"""What is drawn, read off the artists."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pytest

from autodiff_tutorial import exp, sin, sqrt
from autodiff_tutorial.figures import ADJOINT, INK, STYLE, TANGENT, draw_chain


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def texts(ax, color):
    return [text.get_text() for text in ax.texts if text.get_text() and text.get_color() == color]


def test_the_chain_of_the_post():
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
