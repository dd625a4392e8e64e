"""What grad and value_and_grad must do with numbers, wherever they are defined, as in `behaviours`."""

import copy
import math
import re

import numpy as np
import pytest
from behaviours import close, raises


def functions(names, *wanted):
    """Return the namespace's own functions, or NumPy's where it has none."""
    return [names.get(name, getattr(np, name)) for name in wanted]


def serve(names):
    """Neidinger's tennis serve, where the ball comes down, with the namespace's own functions."""
    sin, cos, sqrt = functions(names, "sin", "cos", "sqrt")

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
    sin, exp, log, sqrt, cos = functions(names, "sin", "exp", "log", "sqrt", "cos")
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
    right_or_refused(d)
    raises(TypeError, "number", d(lambda x: None), 1.0)
    raises(TypeError, "number", d(lambda x: "text"), 1.0)
    is_package = "check_grads" in names
    raises(TypeError, r"np\.stack" if is_package else "number", d(lambda x: [x, x]), 1.0)
    raises(TypeError, "number", d(lambda x: x), "text")
    raises(TypeError, "float|number", d(lambda x: math.sin(x)), 1.0)


def right_or_refused(d):
    """What a reader may try with grad: it is right, or refused in a sentence, and never wrong."""
    # the numbers of NumPy, and others that are not floats
    for three in (3, np.int64(3), np.int32(3), np.float32(3)):
        close(d(lambda x: x**-2)(three), -2 / 27)
        close(d(lambda x, n=three: x**n / n)(2.0), 4)
    close(d(lambda x: np.int64(2) ** x)(3), 8 * math.log(2))
    close(d(lambda x: (x > 1) * x + (x < 1) * 7)(2.0), 1)
    close(d(lambda x: x / math.factorial(21))(2.0) * 51090942171709440000, 1)
    # SI units, and the ends of the domains
    assert d(lambda x: 6.6e-34 * 3e8 / x)(500e-9) == pytest.approx(-1.98e-25 / 2.5e-13, rel=1e-14)
    assert d(lambda x: x**3)(500e-9) == pytest.approx(7.5e-13, rel=1e-14, abs=0)
    assert d(lambda x: 0**x)(2.0) == 0
    with np.errstate(all="ignore"):
        for f, x in [
            (lambda x: (-2) ** x, 2.0),
            (lambda x: x**1.5, -3.0),
            (np.log, -2.0),
            (np.sqrt, -2.0),
        ]:
            assert math.isnan(d(f)(x))
        assert d(np.sqrt)(0.0) == d(lambda x: x**0.5)(0.0) == math.inf
        assert d(lambda x: (np.sqrt(x), 3 * x)[1])(0.0) == 3  # inf, but unused

    def in_place(x):
        before = x
        x += 1
        x *= before
        x -= 2
        x /= 4
        x **= 2
        return x * before

    close(d(in_place)(3.0), (10 / 4) ** 2 + 3 * 2 * (10 / 4) * 7 / 4)

    def filled(x):
        a = np.zeros(2)
        a[0] = x
        return a[0] * x

    def added(x):
        a = np.ones(2)
        a += x
        return a[0] * x

    def kept(x):
        others = []
        d(lambda y: others.append(y) or y)(x)
        return others[0] * x

    words = "rule|derivative|number|float|Node|options|array"
    for f, slope in [
        (lambda x: np.where(x > 0, x, -x), 1),
        (lambda x: np.maximum(x, 0.0) + max(x, 0.0), 2),
        (lambda x: np.sum([x, x * x]), 7),
        (lambda x: np.sum(np.arange(3) * x), 3),
        (lambda x: np.dot([x, x], [1.0, 2.0]), 3),
        (lambda x: np.array([x, 1.0])[0] * x, 6),
        (lambda x: [1.0, 2.0] * x, None),
        (lambda x: x * [1.0, 2.0], None),
        (lambda x: np.ma.array([1.0, 2.0], mask=[True, False]) * x, None),
        (lambda x: np.ma.masked * x, None),
        (lambda x: x * "2", None),
        (lambda x: x * 1j, None),
        (lambda x: x // 2 + x % 2, 1),
        (lambda x: np.add.reduce(x), 1),
        (lambda x: np.add(1.0, 2.0, out=x), None),
        (lambda x: np.multiply(x, 2.0, out=x), None),
        (lambda x: np.floor(x) * x, 3),
        (lambda x: np.add(x, 1.0, where=False), None),
        (lambda x: int(x) * x, None),
        (lambda x: copy.deepcopy(x) * x, 6),
        (filled, None),
        (added, 7),
        (kept, None),
    ]:
        try:
            got = d(f)(3.0)
        except (TypeError, ValueError) as error:
            assert re.search(words, str(error)), error
        else:
            assert slope is not None, got
            close(got, slope)
    raises(TypeError, "return", d(lambda x: None), 1.0)
    for wrong in ("2", None, 1j, {1.0}):
        raises(TypeError, "number|real", d(lambda x: x * x), wrong)
    raises(TypeError, "number", d(lambda x: x * x), [1.0, 2.0])  # a list is one argument, no number
    # arguments that are named twice, or counted from the end
    for argnums, slopes in [((0, 0), (5, 5)), (-1, 2), ((-1, 0), (2, 5))]:
        try:
            got = d(lambda x, y: x * y, argnums)(2.0, 5.0)
        except ValueError as error:
            assert "argnums" in str(error)
        else:
            assert got == slopes


def nested(names):
    d = names["grad"]
    sin, exp, log, sqrt = functions(names, "sin", "exp", "log", "sqrt")
    close(d(d(lambda x: x**3))(2.0), 12)
    close(d(d(d(lambda x: x**3)))(0.0), 6)
    second, third = d(d(lambda x: x * sin(x**2))), d(d(d(lambda x: x * sin(x**2))))
    assert second(3.0) == pytest.approx(-60.90914112003390, rel=1e-13)
    assert third(3.0) == pytest.approx(495.9280353177432, rel=1e-13)
    f = lambda x: exp(sin(sin(x)))  # noqa: E731
    assert d(d(f))(2.0) == pytest.approx(-1.3865894053802483, rel=1e-13)
    assert d(d(d(f)))(2.0) == pytest.approx(-0.17471850986531994, rel=1e-12)
    # a slope that depends on an exponent, where that is 0
    close(d(lambda b: d(lambda a: a**b)(2.0))(0.0), 0.5)
    close(d(lambda a: d(lambda b: a**b)(0.0))(2.0), 0.5)
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
    (sin,) = functions(names, "sin")
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
