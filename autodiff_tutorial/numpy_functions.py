"""What the rest of NumPy does with traced values: rows of tables, joined to the core from outside.

The modes do not need this module (a Jacobian of a Jacobian does, for np.stack), and nothing here is
closed to a reader: a function of one's own joins in the same way, as a `primitive`, or by a line
``NUMPY[np.f] = ours``.

Functions are of four kinds. Some look at the values alone. Some only move entries about: NumPy does it
to the numbers of the entries, and the answer tells which entry goes where. Some are rules, or are made
of what is there already. And what is seldom used on large arrays NumPy does itself, to an array of
single traced numbers. The derivatives of linear algebra are those of Giles, "Collected Matrix Derivative
Results for Forward and Reverse Mode Algorithmic Differentiation", 2008.
"""

from collections.abc import Callable
from functools import partial, partialmethod, reduce
from math import factorial, prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.linalg import cholesky, det, inv, slogdet, solve

from .operators import NUMPY, Operators, axes_of, by_value, primitive, total
from .rules import RULES, Linear, Rule, linear, put
from .traced import Traced, apply, each, operand, primal, shape

# fmt: off
BY_VALUE = ("all allclose any argmax argmin argsort around array_equal ceil count_nonzero digitize "
            "empty_like equal fix floor greater greater_equal isclose iscomplexobj isfinite isinf "
            "isreal less less_equal logical_and logical_not logical_or logical_xor nonzero not_equal "
            "ones_like result_type rint round searchsorted signbit trunc zeros_like")
MOVES = {  # by the places of those arguments whose entries move
    (0,): "array_split block column_stack concatenate delete diag diagflat diagonal dsplit dstack "
          "expand_dims fft.fftshift flip fliplr flipud hsplit hstack linalg.diagonal "
          "linalg.matrix_transpose matrix_transpose moveaxis "
          "repeat resize roll rollaxis rot90 split squeeze stack swapaxes take take_along_axis tile "
          "tril triu unstack vsplit vstack lib.stride_tricks.sliding_window_view",
    (0, 1): "append", (0, 2): "insert", (1,): "choose compress extract",
    (): "atleast_1d atleast_2d atleast_3d broadcast_arrays meshgrid",
}
BY_ENTRIES = "cross ediff1d kron linalg.cross polyder polymul vander"
OPPOSITE = {"full": "valid", "valid": "full"}
SINC = [(-1) ** k / factorial(2 * k + 1) for k in range(9, -1, -1)]
METHODS = ("all any argmax argmin argsort clip cumprod cumsum diagonal dot max mean min nonzero prod "
           "ravel repeat round searchsorted squeeze std sum swapaxes take trace var")
# fmt: on


def whole(name: str, x: Any, to: tuple[int, ...] | None = None) -> Any:
    """Return x in a shape, for a function of real numbers that may mix the entries."""
    x = operand(x, "an argument of ", name)
    if np.iscomplexobj(primal(x)):
        raise TypeError(f"{name} has no derivative at a complex number; give real numbers.")
    return apply(RULES["reshape"]._replace(name=name), x, how=(shape(x) if to is None else to,))


def gather(name: str, xs: list, stops: list, at: Any) -> Any:
    """Return an array of the entries of all xs by their numbers, from 1; number 0 is a zero."""
    if len(xs) == 1 and np.array_equal(np.ravel(at), np.arange(*stops)):  # all stay in their order
        return xs[0] if shape(at) == shape(xs[0]) else whole(name, xs[0], shape(at))

    def slope(x: Any, i: int, j: int) -> Callable:
        to_row = lambda v: put(np.reshape(v, (-1,)), slice(i, j), (stops[-1],))  # noqa: E731
        return lambda *_: Linear(to_row, lambda w: np.reshape(w[i:j], shape(x)), x)

    row = (lambda *v: np.concatenate([[0.0], *map(np.ravel, v)]), *map(slope, xs, stops, stops[1:]))
    return apply(RULES["getitem"]._replace(name=name), apply(Rule(name, row, row), *xs), how=(at,))


def by_numbers(f: Callable, places: tuple, *args: Any, dtype=None, out=None, **how: Any) -> Any:
    """Return f(*args), where f moves the entries of the arguments at some places, or of all."""
    outs = [x for k, x in enumerate(args) if k > 1 and k not in places and isinstance(x, np.ndarray)]
    if places and (len(args) <= max(places) or outs):
        raise TypeError(f"np.{f.__name__} has a rule for arrays given by position, and none for out.")
    xs, stops = [], [1]

    def number(x: Any) -> np.ndarray:
        xs.append(operand(x, "an argument of ", f.__name__))
        stops.append(stops[-1] + np.size(xs[-1]))
        return np.arange(*stops[-2:]).reshape(shape(xs[-1]))

    at = [primal(x) if places and k not in places else each(number, x) for k, x in enumerate(args)]
    return each(lambda at: gather(f.__name__, xs, stops, at), f(*at, **how))


def by_entries(f: Callable, *args: Any, dtype: Any = None, out: Any = None, **how: Any) -> Any:
    """Return f(*args) of arrays of traced numbers, with which NumPy calculates as with any objects."""

    def apart(x: Any) -> Any:
        if not isinstance(x, Traced):
            return x
        row, at = whole(f.__name__, x, (-1,)), np.arange(np.size(x)).reshape(shape(x))
        return np.frompyfunc(row.__getitem__, 1, 1)(at, out=np.empty(shape(x), object))

    def together(y: Any) -> Any:
        return np.reshape(np.hstack([0.0, *y.flat])[1:], y.shape) if isinstance(y, np.ndarray) else y

    args, how = each(apart, args), {name: apart(x) for name, x in how.items()}
    try:
        y = f(*args, **how)
    except TypeError:  # NumPy has no such function of objects
        return NotImplemented
    return each(together, y)


def dotted(g: Any, axes: tuple[int, ...]) -> Linear:
    """Return the local derivative of one number for each slice over the axes: g is its gradient."""
    return Linear(lambda v: np.sum(g * v, axis=axes, keepdims=True), lambda w: g * w, g)


def winners(x: Any, axes: tuple[int, ...], y: Any) -> Linear:
    """Return the local derivative of a maximum or minimum y: those that tie share equally."""
    tied = primal(x) == primal(y)
    return dotted(tied / np.sum(tied, axis=axes, keepdims=True), axes)


def sum_behind(w: Any, axis: int) -> Any:
    """Return for each entry the sum of itself and all that come after it along an axis."""
    return np.flip(np.cumsum(np.flip(w, axis), axis), axis)


def half(x: Any) -> Any:
    """Return the lower triangles of square matrices, with half of their diagonals."""
    return (np.tril(x) + np.tril(x, -1)) / 2


# fmt: off
ROWS = {
    "where":   (lambda a, b, at: np.where(at, a, b),
                lambda a, b, at, y: 1.0 * at, lambda a, b, at, y: 1.0 - at),
    "max":     (lambda x, axes: np.max(x, axes, keepdims=True), winners),
    "min":     (lambda x, axes: np.min(x, axes, keepdims=True), winners),
    "prod":    (lambda x, axes: np.prod(x, axes, keepdims=True), lambda x, axes, y: dotted(y / x, axes)),
    "cumsum":  linear(np.cumsum, lambda w, n, axis: sum_behind(w, axis)),
    "cumprod": (np.cumprod, lambda x, axis, y: Linear(lambda v: y * np.cumsum(v / x, axis),
                                                    lambda w: sum_behind(w * y, axis) / x, x)),
    "convolve": linear(np.convolve,  # of rows of which a is the longer, in the mode full or valid
                       lambda w, n, v, mode: np.convolve(w, np.flip(v), OPPOSITE[mode]),
                       lambda w, n, a, mode: np.convolve(w, np.flip(a), "valid")),
    "norm":    (lambda x, axes: np.sqrt(np.sum(x * x, axes, keepdims=True)),
                lambda x, axes, y: dotted((y != 0) * x / (y + (y == 0)), axes)),  # 0 at the tip
    "slogdet": (lambda a: slogdet(a)[1][..., None, None], lambda a, y: dotted(inv(a).mT, (-2, -1))),
    "det":     (lambda a: det(a)[..., None, None], lambda a, y: dotted(y * inv(a).mT, (-2, -1))),
    "cholesky": (cholesky, lambda a, y: Linear(lambda v: y @ half(solve(y, solve(y, v).mT)),
                                               lambda w: inv(y).mT @ half(y.mT @ w) @ inv(y), a)),
    "inv":     (inv, lambda a, y: Linear(lambda v: -(y @ v @ y), lambda w: -(y.mT @ w @ y.mT), a)),
    "solve":   (solve,
                lambda a, b, y: Linear(lambda v: -solve(a, v @ y), lambda w: -solve(a.mT, w) @ y.mT, a),
                lambda a, b, y: Linear(lambda v: solve(a, v), lambda w: solve(a.mT, w), b)),
}
# fmt: on
OWN = {name: partial(apply, Rule(name, row, row)) for name, row in ROWS.items()}


def reduced(name: str, a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Return what a rule makes of an array and some of its axes, called as NumPy does."""
    axes = axes_of(a, axis)
    to = (1 if i in axes else n for i, n in enumerate(shape(a)) if keepdims or i not in axes)
    return np.reshape(OWN[name](whole(name, a), how=(axes,)), tuple(to))


def einsum(*operands: Any, optimize: Any = False) -> Any:
    """Return np.einsum: a rule with as many arguments as there are operands."""
    xs = operands[1:] if isinstance(operands[0], str) else operands[: len(operands) // 2 * 2 : 2]
    xs = [operand(x, "an operand of einsum") for x in xs]
    # NumPy itself tells how it reads the subscripts.
    *ins, out = np.einsum_path(*map(primal, operands))[1].split()[2].replace("->", ",").split(",")
    for k, letters in enumerate(ins):
        ins[k] = "".join(dict.fromkeys(letters))
        if ins[k] != letters:  # of a letter that occurs twice, the diagonal
            xs[k] = by_numbers(np.einsum, (1,), f"{letters}->{ins[k]}", xs[k])
    text = f"{','.join(ins)}->{out}"

    def back(k: int, w: Any, n: tuple[int, ...], *others: Any) -> Any:
        to = ",".join([*ins[:k], out, *ins[k + 1 :], ins[k]])
        return np.einsum(f"{to}->{ins[k]}", *others[:k], w, *others[k:], np.ones(n))

    _, *slopes = linear(partial(np.einsum, text), *(partial(back, k) for k in range(len(xs))))
    row = (partial(np.einsum, text, optimize=True), *slopes)
    return apply(Rule("einsum", row, row), *xs)


def along(name: str, a: Any, axis: int | None = None) -> Any:
    """Return what a rule makes of an array along an axis, or of all its entries in a row."""
    return OWN[name](np.ravel(a) if axis is None else whole(name, a), how=(axis or 0,))


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Return np.tensordot(a, b, axes), as einsum: two axes that are summed over have one number."""
    a, b = operand(a, "an argument of tensordot"), operand(b, "an argument of tensordot")
    i, j = (range(-axes, 0), range(axes)) if isinstance(axes, (int, np.integer)) else axes
    i, j = axes_of(a, i), axes_of(b, j)
    if [shape(a)[k] for k in i] != [shape(b)[k] for k in j]:
        raise ValueError(f"shapes {shape(a)} and {shape(b)} can't be summed over the axes {i} and {j}.")
    of_a, of_b = [*range(np.ndim(a))], np.arange(np.ndim(b)) + np.ndim(a)
    of_b[[*j]] = i
    return einsum(a, of_a, b, of_b.tolist(), sorted({*of_a} ^ {*of_b}))


def products(f: Callable, by_quotients: Callable, a: Any, axis: Any, **how: Any) -> Any:
    """Return products: by quotients, where they and their factors are far from 0 and infinity."""
    sizes = map(np.abs, (primal(a), f(primal(a), axis)))
    far = all(np.all((x > 1e-100) & (x < 1e100)) for x in sizes)
    return by_quotients(f.__name__, a, axis, **how) if far else by_entries(f, a, axis, **how)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return np.linalg.norm(x, ord, axis, keepdims): Euclid's and Frobenius' are one rule."""
    axes = axes_of(x, axis)
    if axis is ord is None or (ord, len(axes)) in ((None, 1), (2, 1), (None, 2), ("fro", 2)):
        return reduced("norm", x, axis, keepdims=keepdims)
    if ord in (np.inf, -np.inf) and len(axes) == 1 and np.size(x):
        return extreme(ord, np.abs(x), axes, keepdims)
    if ord in (1, -1, np.inf, -np.inf) and len(axes) == 2 and np.size(x):
        # Of the sums down its columns, or along its rows.
        sums = np.sum(np.abs(x), axes[0] if abs(ord) == 1 else axes[1], keepdims=True)
        return extreme(ord, sums, axes, keepdims)
    return by_entries(np.linalg.norm, x, ord, axis, keepdims)


def extreme(ord: float, sizes: Any, axis: Any, keepdims: bool) -> Any:
    """Return the largest of some sizes, or the smallest for an order below 0."""
    return (np.max if ord > 0 else np.min)(sizes, axis, keepdims=keepdims)


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """Return np.dot(a, b): a @ b, or a * b if one of them is a number."""
    a, b = operand(a, "an argument of dot"), operand(b, "an argument of dot")
    if shape(a) and len(shape(b)) > 2:
        return tensordot(a, b, (-1, -2))
    return np.matmul(a, b) if shape(a) and shape(b) else a * b


def count(a: Any, axis: Any) -> int:
    """Return how many entries an array has along some axes."""
    return prod(shape(a)[i] for i in axes_of(a, axis))


def neighbours(y: Any, axis: int) -> tuple[Any, Any]:
    """Return all entries along an axis but the first, and all but the last."""
    at = (slice(None),) * normalize_axis_index(axis, np.ndim(y))
    return y[(*at, slice(1, None))], y[(*at, slice(-1))]


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Return np.trapezoid(y, x, dx, axis)."""
    y, x = operand(y, "y"), x if x is None else operand(x, "x")
    if x is not None:
        behind = [1] * (np.ndim(y) - 1 - axis % np.ndim(y))
        dx = np.diff(x, axis=axis) if np.ndim(x) > 1 else np.reshape(np.diff(x), (-1, *behind))
    return np.sum(np.add(*neighbours(y, axis)) / 2 * dx, axis)


def average(a: Any, axis: Any = None, weights: Any = None) -> Any:
    """Return np.average(a, axis, weights)."""
    a, w = whole("average", a), np.ones(shape(a)) if weights is None else operand(weights, "weights")
    if shape(w) == shape(a):
        return np.sum(a * w, axis) / np.sum(w, axis)
    return tensordot(a, w, (axis, range(np.ndim(w)))) / np.sum(w)


def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Return np.convolve(a, v, mode)."""
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    a, v = (v, a) if np.size(v) > np.size(a) else (a, v)
    if mode != "same":
        return OWN["convolve"](a, v, how=(mode,)) if mode in OPPOSITE else NotImplemented
    y, k = OWN["convolve"](a, v, how=("full",)), np.size(v)
    return y[(k - 1) // 2 : len(y) - k // 2]


def sinc(x: Any) -> Any:
    """Return np.sinc(x): near 0 by its series, so that higher derivatives keep their digits there."""
    near, t = abs(x) < 0.3, np.pi * x
    by_series = np.polyval(SINC, np.where(near, t, 0.0) ** 2)
    return np.where(near, by_series, np.sin(t) / np.where(near, 1.0, t))


# fmt: off
OURS = {
    "amax max": partial(reduced, "max"), "amin min": partial(reduced, "min"),
    "average": average, "convolve": convolve, "dot": dot, "einsum": einsum, "linalg.norm": norm,
    "tensordot linalg.tensordot": tensordot, "trapezoid": trapezoid, "linalg.matmul": NUMPY[np.matmul],
    "correlate": lambda a, v, mode="valid": (
        convolve(a, np.flip(whole("correlate", v)), mode) if np.size(a) >= np.size(v)
        else np.flip(convolve(np.flip(whole("correlate", a)), whole("correlate", v), mode))),
    "cumsum": partial(along, "cumsum"),
    "cumprod": lambda a, axis=None: products(np.cumprod, along, a, axis),
    "diff": lambda a, n=1, axis=-1: NotImplemented if n < 0 else reduce(
        lambda y, _: np.subtract(*neighbours(y, axis)), range(n), whole("diff", a)),
    "heaviside": lambda a, b: np.where(np.equal(a, 0), b, np.heaviside(primal(a), primal(b))),
    "inner": lambda a, b: tensordot(a, b, (-1, -1)) if np.ndim(a) and np.ndim(b) else a * b,
    "linalg.matrix_power": lambda a, n: reduce(np.matmul, [a if n > 0 else np.linalg.inv(a)] * abs(n))
                           if n and np.linalg.matrix_power(primal(a), 0).size  # which takes a square
                           else np.linalg.matrix_power(primal(a), 0),
    "linalg.vector_norm": lambda x, *, axis=None, keepdims=False, ord=2: (
        reduced("norm", x, axis, keepdims=keepdims) if ord == 2
        else extreme(ord, np.abs(x), axis, keepdims) if ord in (np.inf, -np.inf) and np.size(x)
        else by_entries(np.linalg.vector_norm, x, axis=axis, keepdims=keepdims, ord=ord)),
    "mean": lambda a, axis=None, dtype=None, out=None, keepdims=False: (
        total(a, axis, keepdims=keepdims) / count(a, axis)),
    "nansum": lambda a, *args, **how: np.sum(np.where(np.isnan(a), 0.0, a), *args, **how),
    "ptp": lambda a, *args, **how: np.max(a, *args, **how) - np.min(a, *args, **how),
    "unwrap": lambda p, *args, **how: p + (np.unwrap(primal(p), *args, **how) - primal(p)),
    # NumPy reads the lower triangle alone.
    "linalg.cholesky": lambda a: OWN["cholesky"](np.tril(whole("cholesky", a)) + np.tril(a, -1).mT),
    "linalg.inv": lambda a: OWN["inv"](a), "linalg.det": lambda a: OWN["det"](a)[..., 0, 0],
    "linalg.slogdet": lambda a: slogdet(primal(a))._replace(
        logabsdet=OWN["slogdet"](whole("slogdet", a))[..., 0, 0]),
    "linalg.solve": lambda a, b: (OWN["solve"](a, b) if np.ndim(b) > 1 else
                                  OWN["solve"](a, np.reshape(b, (-1, 1)))[..., 0]),
    "outer": lambda a, b: whole("outer", a, (-1, 1)) * np.ravel(b),
    "pad": lambda array, pad_width, mode="constant": by_numbers(np.pad, (0,), array, pad_width, mode)
           if mode in ("constant", "edge", "reflect", "symmetric", "wrap") else NotImplemented,
    "prod": lambda a, axis=None, *, keepdims=False: products(
        np.prod, reduced, a, axis, keepdims=keepdims),
    "ravel": lambda a, order="C": (  # how a result of NumPy's lies in memory, the rules do not follow
        by_numbers(np.ravel, (0,), a, order) if order in ("C", "F") else NotImplemented),
    "sort": lambda a, axis=-1: np.take_along_axis(whole("sort", a), np.argsort(primal(a), axis), axis),
    "std": lambda a, *args, **options: np.sqrt(np.var(whole("std", a), *args, **options)),
    "trace": lambda a, offset=0, axis1=0, axis2=1, dtype=None, out=None: np.sum(
        np.diagonal(whole("trace", a), offset, axis1, axis2), -1),
    "var": lambda a, axis=None, dtype=None, out=None, ddof=0, keepdims=False: np.sum(
        (whole("var", a) - np.mean(a, axis, keepdims=True)) ** 2, axis, keepdims=keepdims) / (
        max(count(a, axis) - ddof, 0)),
    "vdot": lambda a, b: np.dot(whole("vdot", a, (-1,)), whole("vdot", b, (-1,))),
    # Of each entry alone:
    "arctan2": primitive(np.arctan2, lambda a, b: b / np.hypot(a, b) / np.hypot(a, b),
                         lambda a, b: -a / np.hypot(a, b) / np.hypot(a, b)),
    "clip": lambda a, a_min=None, a_max=None, out=None, *, min=None, max=None: reduce(
        lambda y, to: y if to[1] is None else to[0](y, to[1]),
        ((np.maximum, a_min), (np.maximum, min), (np.minimum, a_max), (np.minimum, max)), a),
    "copysign": lambda a, b: abs(a) * np.copysign(1.0, primal(b)),
    "deg2rad radians": lambda x: x * (np.pi / 180), "degrees rad2deg": lambda x: x * (180 / np.pi),
    "exp2": lambda x: 2.0**x, "float_power": NUMPY[np.power], "reciprocal": lambda x: 1.0 / x,
    "fmax": lambda a, b: np.maximum(np.where(np.isnan(a), b, a), np.where(np.isnan(b), a, b)),
    "fmin": lambda a, b: np.minimum(np.where(np.isnan(a), b, a), np.where(np.isnan(b), a, b)),
    "polyval": lambda p, x: reduce(lambda y, c: y * operand(x, "x") + c, p, 0.0),
    "logaddexp": primitive(np.logaddexp, lambda a, b: np.exp(-np.logaddexp(0.0, b - a)),
                           lambda a, b: np.exp(-np.logaddexp(0.0, a - b))),
    "sinc": sinc,
    "select": lambda condlist, choicelist, default=0.0: reduce(
        lambda y, pair: np.where(*pair, y), [*zip(condlist, choicelist, strict=True)][::-1], default),
    "where": lambda at, *xy: OWN["where"](*xy, how=(np.not_equal(at, 0),)) if xy else np.nonzero(at),
}
ATTRIBUTES = {
    "astype": lambda x, dtype, **_: primal(x).astype(dtype) if np.dtype(dtype).kind in "biu" else x,
    "copy": Operators.__copy__, "item": Operators.__float__, "tolist": Operators.__float__,
    "dtype": property(np.result_type), "ndim": property(np.ndim), "size": property(np.size),
    "flatten": partialmethod(np.ravel),
    "reshape": lambda x, *to, **how: np.reshape(x, to[0] if len(to) == 1 else to, **how),
    "transpose": lambda x, *axes: np.transpose(x, axes[0] if len(axes) == 1 else axes or None),
}
# fmt: on


def named(name: str) -> Any:
    """Return what NumPy calls so, or None if it is too old."""
    return reduce(lambda m, part: getattr(m, part, None), name.split("."), np)


NUMPY |= {f: by_value(f) for f in map(named, BY_VALUE.split())}
NUMPY |= {f: partial(by_numbers, f, k) for k, s in MOVES.items() for f in map(named, s.split()) if f}
NUMPY |= {f: partial(by_entries, f) for f in map(named, BY_ENTRIES.split())}
NUMPY |= {named(name): ours for names, ours in OURS.items() for name in names.split()}
for _name, _f in {**ATTRIBUTES, **{n: partialmethod(named(n)) for n in METHODS.split()}}.items():
    setattr(Operators, _name, _f)
