"""Reverse mode with checkpoints: the schedule, its optimum, equal results, and measured memory."""

import math
import tracemalloc
import weakref

import numpy as np
import pytest

from autodiff_tutorial import Valder, cos, derivative, exp, primitive, reverse_mode, sin, sqrt
from autodiff_tutorial.checkpoints import evaluations, schedule

LENGTHS, CHECKPOINTS = range(1, 201), range(1, 11)
CHAIN = [sin, lambda v: v * v + 1, np.sqrt, exp, abs, cos, lambda v: 2**v, sqrt] * 4


def least_evaluations():
    """Return t(l, c) from its recurrence, which tries every place for the second checkpoint."""
    t = {(1, c): 0 for c in CHECKPOINTS} | {(l, 0): math.inf for l in LENGTHS}  # noqa: E741
    for l in LENGTHS[1:]:  # noqa: E741
        t[l, 1] = l * (l - 1) // 2  # from the input each time
        for c in CHECKPOINTS[1:]:
            t[l, c] = min(k + t[l - k, c - 1] + t[k, c] for k in range(1, l))
    return t


def follow(links, checkpoints):
    """Go through a schedule, check that it can be done, and return how often each link ran."""
    ran, kept, reversed_links = [0] * links, {0}, []
    for start, stop, keep in schedule(links, checkpoints):
        assert start in kept and start <= stop < links
        for link in range(start, stop):
            ran[link] += 1
        if keep:
            kept.add(stop)
            assert len(kept) <= checkpoints
        else:
            reversed_links.append(stop)
            kept.discard(stop)
    assert reversed_links == list(reversed(range(links)))
    assert not kept - {0}
    return ran


def same(a, b):
    """Tell whether two results are equal to the last bit, the sign of a zero included."""
    (y, x_bar), (z, z_bar) = a, b
    pairs = [(y.val, z.val), (y.der, z.der), (x_bar, z_bar)]
    return all(np.asarray(p).tobytes() == np.asarray(q).tobytes() for p, q in pairs)


def test_no_schedule_runs_fewer_links():
    for (links, c), least in least_evaluations().items():
        if c:
            assert sum(follow(links, c)) == evaluations(links, c) == least


@pytest.mark.parametrize("c", [1, 2, 3, 5, 10])
@pytest.mark.parametrize("rounds", [1, 2, 3, 4])
def test_each_link_runs_as_often_as_the_binomial_says(c, rounds):
    longest = math.comb(c + rounds, c)
    assert max(follow(longest, c)) == rounds
    assert max(follow(longest + 1, c)) == rounds + 1


def test_the_published_example_and_the_ends():
    assert evaluations(10, 3) == 15
    assert [evaluations(l, 1) for l in (0, 1, 2, 10)] == [0, 0, 1, 45]  # noqa: E741
    assert evaluations(50, 49) == evaluations(50, 1000) == 49
    assert list(schedule(0, 3)) == []
    assert list(schedule(1, 1)) == [(0, 0, False)]


@pytest.mark.parametrize("c", [*range(1, 21), 10_000, 10**30])
def test_ten_thousand_links(c):
    assert sum(stop - start for start, stop, _ in schedule(10_000, c)) == evaluations(10_000, c)


@pytest.mark.parametrize(("links", "c"), [(1, 1), (2, 1), (7, 2), (10, 3), (56, 5), (57, 5), (200, 10)])
def test_the_sweep_runs_what_the_schedule_says(links, c):
    calls = []

    def link(v):
        calls.append(1)
        return 0.9 * v

    reverse_mode([link] * links, 2.0, checkpoints=c)
    assert len(calls) == links + evaluations(links, c)


@pytest.mark.parametrize("c", [1, 2, 3, 7, 31, 32, 1000])
def test_equal_to_the_last_bit(c):
    grid = np.linspace(-2, 2, 5)
    for x in (2.0, 1, grid, Valder(0.3, 2.0), Valder(0.3, [1.0, -2.0]), Valder(grid, grid), 0.5 + 1j):
        chain = CHAIN if not isinstance(x, complex) else [sin, exp, lambda v: v * v] * 5
        for dy in (1.0, -3, np.arange(5.0)):
            assert same(reverse_mode(chain, x, dy, checkpoints=c), reverse_mode(chain, x, dy))
    own_sin = lambda v: Valder(math.sin(v.val), math.cos(v.val))  # noqa: E731
    for chain in ([own_sin] * 9, [], [sin, lambda v: 7.0, exp]):
        assert same(reverse_mode(chain, 2.0, checkpoints=c), reverse_mode(chain, 2.0))
    assert same(reverse_mode(iter(CHAIN), grid, checkpoints=c), reverse_mode(CHAIN, grid))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("x", [0.0, -0.0, 1.0, -1.0, math.inf, 1e3])
def test_equal_at_the_edges(x):
    for chain in ([sin, sqrt, cos], [sqrt, sqrt, sin], [exp, exp, sin], [sqrt, lambda v: 1 / v, exp]):
        for at in (x, np.array([x, 0.5])):
            assert same(reverse_mode(chain, at, checkpoints=2), reverse_mode(chain, at))


def test_derivatives_go_through():
    for x in (0.7, np.array([0.7, 2.0])):
        for part in (lambda pair: pair[0].val, lambda pair: pair[1]):
            want = derivative(lambda x: part(reverse_mode(CHAIN, x)))(x)  # noqa: B023
            got = derivative(lambda x: part(reverse_mode(CHAIN, x, checkpoints=3)))(x)  # noqa: B023
            assert np.array_equal(got, want)
    assert (
        derivative(lambda x: x * reverse_mode([sin, lambda v: 1.0], x, checkpoints=1)[0].val)(2.0) == 1
    )


def test_a_gradient_of_its_own_stays_out_of_the_way():
    def slope(x, c):
        return x * reverse_mode(CHAIN, Valder(2.0, [1.0, 0.0]), checkpoints=c)[1]

    want = derivative(lambda x: slope(x, None))(2.0)
    assert np.array_equal(derivative(lambda x: slope(x, 3))(2.0), want)


def test_runs_for_the_value_alone_calculate_no_derivative():
    runs, slopes = [], []
    link = primitive(lambda x: runs.append(x) or math.sin(x), lambda x: slopes.append(x) or math.cos(x))
    reverse_mode([link] * 50, 2.0, checkpoints=3)
    assert len(runs) == 50 + evaluations(50, 3)
    assert len(slopes) == 50 + 49  # in reverse, and the first time, for the tangent


def test_the_seed_is_not_written_to():
    dy = np.arange(3.0)
    reverse_mode(CHAIN, np.ones(3), dy, checkpoints=2)
    reverse_mode([], np.ones(3), dy, checkpoints=2)
    assert dy.tolist() == [0, 1, 2]


def test_live_values():
    """Count the values alive whenever a link runs: those kept, and the one at work."""
    alive, most = set(), 0

    def link(v):
        nonlocal most
        most = max(most, len(alive) + 1)  # the input, which no link made
        y = 0.9 * v
        alive.add(key := object())
        weakref.finalize(y.val, alive.discard, key)
        return y

    reverse_mode([link] * 300, np.ones(2), checkpoints=8)
    assert 8 <= most <= 8 + 2  # the value at work, and that of the chain, which is returned


def test_memory():
    links, points, c = 500, 20_000, 20
    chain, x = [sin, cos] * (links // 2), np.linspace(-3, 3, points)

    def arrays_held(**options):
        tracemalloc.start()
        reverse_mode(chain, x, **options)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak / x.nbytes + 1  # with the input

    assert arrays_held() > links
    assert c < arrays_held(checkpoints=c) < c + 8.5


@pytest.mark.parametrize("c", [0, -1, 2.0, "3", True, [2]])
def test_errors_speak(c):
    for chain in (CHAIN, []):
        with pytest.raises(ValueError, match=r"whole number above 0, the values to keep, not"):
            reverse_mode(chain, 2.0, checkpoints=c)
    with pytest.raises(ValueError, match="whole number above 0"):
        evaluations(3, c)


@pytest.mark.parametrize("c", [1, 3, np.int64(3)])
def test_errors_of_links_and_seeds_are_those_of_the_plain_sweep(c):
    with pytest.raises(TypeError, match="'str' object is not callable"):
        reverse_mode([sin, cos, sin, "sin", cos], 2.0, checkpoints=c)
    with pytest.raises(TypeError, match=r"the value of a link must be.*not NoneType"):
        reverse_mode([sin, lambda v: None], 2.0, checkpoints=c)
    with pytest.raises(TypeError, match=r"input_value must be a number.*not str"):
        reverse_mode([sin], "2", checkpoints=c)
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)|\(3,\).*\(2,\)"):
        reverse_mode([sin], np.ones(3), np.ones(2), checkpoints=c)
