"""What grad and value_and_grad must do with numbers, wherever they are defined, as in `behaviours`."""

import math

import numpy as np
import pytest
from behaviours import close, raises


def serve(names):
    """Neidinger's tennis serve, where the ball comes down, with the namespace's own functions."""
    sin, cos, sqrt = names["sin"], names["cos"], names["sqrt"]

    def distance(angle, speed, height):
        r = angle * math.pi / 180
        across = (speed * cos(r)) ** 2
        tan = sin(r) / cos(r)
        return across / 32 * (tan + sqrt(tan**2 + 64 * height / across))

    return distance


def doublings(n):
    def f(x):
        for _ in range(n):
            x = x + x
        return x

    return f


def grad(names):
    d = names["grad"]
    sin, exp, log, sqrt, cos = (names[name] for name in ("sin", "exp", "log", "sqrt", "cos"))
    # every operator, with a number on either side
    for f, x, slope in [
        (lambda x: x + 2, 3.0, 1),
        (lambda x: 2 + x, 3.0, 1),
        (lambda x: x - 2, 3.0, 1),
        (lambda x: 2 - x, 3.0, -1),
        (lambda x: x * 2, 3.0, 2),
        (lambda x: 2 * x, 3.0, 2),
        (lambda x: x / 2, 3.0, 0.5),
        (lambda x: 2 / x, 3.0, -2 / 9),
        (lambda x: -x, 3.0, -1),
        (lambda x: abs(x), -3.0, -1),
        (lambda x: abs(x), 3.0, 1),
        (lambda x: abs(x), 0.0, 0),
        (lambda x: x**2, 3.0, 6),
        (lambda x: x**2, -3.0, -6),
        (lambda x: x**-1.5, 3.0, -1.5 * 3**-2.5),
        (lambda x: 2**x, 3.0, 8 * math.log(2)),
        (lambda x: x**x, 2.0, 6.772588722239782),
        (lambda x: x**0, 0.0, 0),
        (lambda x: x**1, 0.0, 1),
        (lambda x: x**2, 0.0, 0),
        (lambda x: np.float64(2.0) * x, 3.0, 2),
        (lambda x: x / (x + 1), 3.0, 1 / 16),
        (lambda x: x * x - x / x, 3.0, 6),
        (lambda x: sin(x) ** 2 + cos(x) ** 2, 0.7, 0),
        (lambda x: exp(sin(sin(x))), 2.0, -0.562752038662712),
        (lambda x: x * sin(x**2), 3.0, -15.988226228682427),
        (lambda x: exp(-sqrt(x)) * sin(x * log(1 + x**2)), 1.0, 0.36160858251472927),
    ]:
        close(d(f)(x), slope)
    close(d(lambda x: x * x)(3), 6)  # an int is a number too
    # NumPy's functions of the same names
    close(d(lambda x: np.exp(np.sin(np.sin(x))))(2.0), -0.562752038662712)
    # published gradients, each by one argument and by all
    sine = lambda x, y: sin(x * y)  # noqa: E731
    assert d(sine, (0, 1))(3.0, 5.0) == pytest.approx((-3.79843956, -2.27906374), abs=5e-9)
    close((d(sine)(3.0, 5.0), d(sine, 1)(3.0, 5.0)), (5 * math.cos(15), 3 * math.cos(15)))
    published = (1.07170257, 1.95045586, 1.45956811)
    assert d(serve(names), (0, 1, 2))(20.0, 44.0, 9.0) == pytest.approx(published, abs=5e-9)
    close(
        d(serve(names), (2, 0))(20.0, 44.0, 9.0), [d(serve(names), k)(20.0, 44.0, 9.0) for k in (2, 0)]
    )
    geron = lambda x, y: x * x * y + y + 2  # noqa: E731
    close(d(geron, (0, 1))(3.0, 4.0), (24, 10))
    close(d(geron, (0, 1))(-2.0, 0.5), (-2, 5))
    close(d(lambda x, p: x**p, (0, 1))(2.0, 3.0), (12, 8 * math.log(2)))
    # a node used more than once: all that arrives is added, and only then passed on
    close(d(doublings(2))(1.0), 4)
    assert d(doublings(20))(1.0) == 2**20
    assert d(doublings(1000))(1.0) == 2.0**1000  # in steps, not in paths

    def diamond(x):
        a = x * x
        b, c = sin(a), a * a
        return b * c + a

    x = 0.8
    by_a = math.cos(x**2) * x**4 + math.sin(x**2) * 2 * x**2 + 1
    close(d(diamond)(x), by_a * 2 * x)
    # as deep as one likes
    close(d(repeated(lambda x: 1.0 * x, 100_000))(3.0), 1)
    slope, x = 1.0, 1.0
    for _ in range(100_000):
        slope, x = slope * math.cos(x), math.sin(x)
    assert d(repeated(sin, 100_000))(1.0) == pytest.approx(slope, rel=1e-9)
    # the second call is as the first, also after one that failed
    df = d(lambda x, y: x * sin(x * y), (0, 1))
    first = df(2.0, 0.4)
    raises(ZeroDivisionError, "one", d(fails), 1.0)
    assert df(-1.0, 3.0) != first
    assert df(2.0, 0.4) == first
    # what takes no part has derivative 0
    assert d(lambda x, y: x * 2, 1)(3.0, 4.0) == 0
    assert d(lambda x, y: x * 2, (0, 1))(3.0, 4.0) == (2, 0)
    assert d(lambda x: 7.0)(3.0) == 0
    assert d(lambda x: x)(3.0) == 1
    close(d(lambda x: 0 * sqrt(x) + x)(4.0), 1)

    def unused(x):
        sin(x) * exp(x)
        return 3 * x

    assert d(unused)(0.5) == 3
    # comparisons, and so if, see the value alone
    relu = lambda x: x * x if x > 0 else -x  # noqa: E731
    assert (d(relu)(3.0), d(relu)(-3.0)) == (6, -1)
    assert d(lambda x: 1.0 if x == 1 else x * x)(1.0) == 0
    assert d(lambda x: x if 0 <= x <= 1 and x < 2 and x >= 0 and x != 5 else 0.0)(0.5) == 1
    assert (d(lambda x: x if x else 5 * x)(0.0), d(lambda x: x if x else 5 * x)(2.0)) == (5, 1)
    nested(names)
    raises(TypeError, "number", d(lambda x: None), 1.0)
    raises(TypeError, "number", d(lambda x: "text"), 1.0)
    raises(TypeError, "number", d(lambda x: [x, x]), 1.0)
    raises(TypeError, "number", d(lambda x: x), "text")
    raises(TypeError, "float|number", d(lambda x: math.sin(x)), 1.0)


def nested(names):
    d = names["grad"]
    sin, exp, log, sqrt = (names[name] for name in ("sin", "exp", "log", "sqrt"))
    close(d(d(lambda x: x**3))(2.0), 12)
    close(d(d(d(lambda x: x**3)))(0.0), 6)
    second, third = d(d(lambda x: x * sin(x**2))), d(d(d(lambda x: x * sin(x**2))))
    assert second(3.0) == pytest.approx(-60.90914112003390, rel=1e-13)
    assert third(3.0) == pytest.approx(495.9280353177432, rel=1e-13)
    f = lambda x: exp(sin(sin(x)))  # noqa: E731
    assert d(d(f))(2.0) == pytest.approx(-1.3865894053802483, rel=1e-13)
    assert d(d(d(f)))(2.0) == pytest.approx(-0.17471850986531994, rel=1e-12)
    for g, x, slope in [
        (lambda x: 1 / x, 2.0, 0.25),
        (lambda x: log(x), 2.0, -0.25),
        (lambda x: sqrt(x), 4.0, -1 / 32),
        (lambda x: 2**x, 3.0, 8 * math.log(2) ** 2),
        (lambda x: x**x, 1.0, 2.0),
        (lambda x: abs(x) ** 3, -2.0, 12.0),
        (lambda x: x * x * (x - 1), 0.0, -2.0),  # the inner derivative is 0 there, but not flat
    ]:
        close(d(d(g))(x), slope)
    # Géron's function: its Hessian at two points
    geron = lambda x, y: x * x * y + y + 2  # noqa: E731
    for x, y in [(3.0, 4.0), (-2.0, 0.5)]:
        hessian = [[d(d(geron, i), j)(x, y) for j in (0, 1)] for i in (0, 1)]
        assert hessian == [[2 * y, 2 * x], [2 * x, 0]]
    # no confusion of the two (Siskind and Pearlmutter)
    assert d(lambda x: x * d(lambda y: x + y)(1.0))(1.0) == 1
    close(d(lambda x: x * d(lambda y: x * y * y)(2.0))(3.0), 24)
    close(d(lambda x: d(lambda y: 5 * x * x)(1.0) + x)(3.0), 1)
    assert d(lambda x: x * d(lambda y: x)(1.0))(3.0) == 0  # the inner one gives back the outer's x
    close(d(lambda x: d(lambda y: y**x)(2.0))(3.0), 4 + 12 * math.log(2))
    close(d(lambda x: d(lambda y: x**y)(3.0))(2.0), 4 + 12 * math.log(2))


def value_and_grad(names):
    both = names["value_and_grad"]
    sin = names["sin"]
    value, gradient = both(lambda x, y: sin(x * y), (0, 1))(3.0, 5.0)
    close(value, 0.6502878401571168)
    assert type(gradient) is tuple
    assert gradient == pytest.approx((-3.79843956, -2.27906374), abs=5e-9)
    value, slope = both(lambda x, y: x * y)(3.0, 5.0)
    assert (value, slope) == (15, 5)
    assert both(lambda x, y: x * y, argnums=1)(3.0, 5.0) == (15, 3)
    assert both(lambda x, y: x * y, argnums=(1,))(3.0, 5.0) == (15, (3,))
    assert both(lambda x, y: x * y, argnums=(1, 0))(3.0, 5.0) == (15, (3, 5))
    value, gradient = both(serve(names), (0, 1, 2))(20.0, 44.0, 9.0)
    close(value, 56.04614183495665)
    assert gradient == pytest.approx((1.07170257, 1.95045586, 1.45956811), abs=5e-9)
    assert both(lambda x: 7.0)(3.0) == (7, 0)
    assert both(lambda x: x)(3.0) == (3, 1)
    # values come out plain, those of an inner call still to be differentiated
    assert all(isinstance(y, float) for y in both(lambda x: x * x)(3.0))
    close(names["grad"](lambda x: sum(both(lambda y: x * y * y)(2.0)))(3.0), 8)
    raises(TypeError, "number", both(lambda x: None), 1.0)


def repeated(f, n):
    def many(x):
        for _ in range(n):
            x = f(x)
        return x

    return many


def fails(x):
    return 1 / one(x)


def one(x):
    raise ZeroDivisionError("one")


TAPE = {"grad": grad, "value_and_grad": value_and_grad}
