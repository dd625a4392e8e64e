"""The playground answers when it is dragged or typed into: right numbers, another picture."""

from math import cos, exp, log, sin, sqrt

import pytest
from playwright.sync_api import expect

PNG = "async img => [...new Uint8Array(await (await fetch(img.src)).arrayBuffer())].join()"
CLOCK = """img => { window.lag = new Promise(done => {
    let start;
    addEventListener('keydown', () => start = performance.now(), {capture: true, once: true});
    const drawn = () => requestAnimationFrame(() => done(performance.now() - start));
    img.addEventListener('load', drawn, {once: true});
    setTimeout(() => done(null), 5000);
}); }"""


class Toy:
    """A picture of the playground with its controls."""

    def __init__(self, cell):
        self.page, self.image, self.text = (
            cell.page,
            cell.locator("img"),
            cell.locator(".widget-html-content"),
        )
        self.handles, self.bars = cell.locator(".noUi-handle"), cell.locator(".noUi-base")
        self.numbers, self.box = cell.locator(".widget-readout"), cell.locator("input[type=text]")

    def values(self):
        """Return where the sliders stand."""
        return [float(text.replace("−", "-")) for text in self.numbers.all_text_contents()]

    def drag(self, slider, part):
        """Drag the handle of a slider to a part of its length."""
        self.handles.nth(slider).hover()
        self.page.mouse.down()
        bar = self.bars.nth(slider).bounding_box()
        self.page.mouse.move(bar["x"] + part * bar["width"], bar["y"] + bar["height"] / 2, steps=5)
        self.page.mouse.up()

    def picture(self, expected):
        """Wait for the words that belong to the sliders' values, and return the picture above them."""
        for words in expected(*self.values()):
            expect(self.text).to_contain_text(words)
        return self.image.evaluate(PNG)


def tangent(x):
    return [
        f"At x = {x:.3f}, the value is {x * sin(x):.6g}, and the slope is {sin(x) + x * cos(x):.6g}."
    ]


def chain(x):
    y = exp(sin(sin(x)))
    slope = f"both sweeps find the slope {y * cos(sin(x)) * cos(x):.6g}."
    return [f"At x = {x:.3f}, the value is {y:.6g}, and {slope}"]


def secant(power):
    h = 10**power
    slope = (exp(sin(sin(2 + h))) - exp(sin(sin(2)))) / h
    return [f"h = {h:.1e}: the slope of the secant is {slope:.12f}, with "]


def newton(start):
    x = start
    for _ in range(60):  # the factor exp(-sqrt(x)), which is in f and in its slope, has been left out
        u, u_dot = x * log(1 + x * x), log(1 + x * x) + 2 * x * x / (1 + x * x)
        x -= sin(u) / (cos(u) * u_dot - sin(u) / (2 * sqrt(x)))
    assert abs(sin(x * log(1 + x * x))) < 1e-12  # it is a root
    return [f"From {start:.3f}, Newton's method takes ", f" to the root {x:.10f}."]


def written(x, y, z):  # x * y * sin(z)
    return [f" {slope:.6g}" for slope in (x, y, sin(z), cos(z), x * y)]


@pytest.fixture(scope="module")
def toys(reader):
    reader.open("play.ipynb")
    reader.run_all()
    cells = reader.page.locator(".jp-Cell").filter(has=reader.page.locator(".widget-image"))
    expect(cells).to_have_count(5)
    return {name: Toy(cells.nth(i)) for i, name in enumerate([tangent, chain, secant, newton, written])}


SLIDERS = [(tangent, 0), (chain, 0), (secant, 0), (newton, 0), (written, 0), (written, 1), (written, 2)]


@pytest.mark.parametrize(("expected", "slider"), SLIDERS)
def test_a_slider_moves_its_picture(toys, expected, slider):
    toy = toys[expected]
    if expected is written:
        toy.box.fill("x * y * sin(z)")
        toy.box.press("Enter")
    pictures = [toy.picture(expected)]
    for move in (
        lambda: toy.drag(slider, 0.8),
        lambda: toy.drag(slider, 0.37),
        lambda: toy.handles.nth(slider).press("ArrowRight"),
    ):
        before = toy.values()
        move()
        assert toy.values()[slider] != before[slider]
        pictures.append(toy.picture(expected))
    assert len(set(pictures)) == 4
    toy.handles.nth(slider).press("ArrowLeft")
    assert toy.picture(expected) == pictures[2]  # and back


def test_the_gradient_is_written_down(toys):
    toy, program = toys[written], {}
    toy.box.fill("x * exp(y) * z")
    toy.box.press("Enter")
    source = toy.text.locator("pre").filter(has_text="math.exp(y)")
    exec(source.text_content(), program)
    x, y, z = toy.values()
    slopes = (exp(y) * z, x * exp(y) * z, x * exp(y))
    assert program["f"](x, y, z) == pytest.approx(slopes, rel=1e-12)


def test_a_wrong_formula_gets_a_sentence(toys):
    toy = toys[tangent]
    toy.box.fill("x *")
    toy.box.press("Enter")
    expect(toy.text).to_have_text(
        "'x *' is not a valid formula in Python; write one such as x * sin(x**2)."
    )
    toy.box.fill("x * sin(x)")
    toy.box.press("Enter")
    toy.picture(tangent)  # and nothing is broken


def test_how_long_a_picture_takes(toys, capsys):
    rows = []
    for name, toy in toys.items():
        lags = []
        for key in ["ArrowRight", "ArrowLeft"] * 5:
            toy.image.evaluate(CLOCK)
            toy.handles.first.press(key)
            lags.append(toy.page.evaluate("window.lag"))
        assert all(lags), "a key has not changed the picture"
        rows.append(f"{name.__name__:8} {sorted(lags)[5]:5.0f} ms, at most {max(lags):.0f} ms")
    with capsys.disabled():
        print("\nFrom a key to the new picture, the median of ten:", *rows, sep="\n  ")
