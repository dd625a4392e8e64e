"""Write notebooks/functions.md, the list of the functions of NumPy that can be differentiated.

python tests/list_functions.py
"""

import re
from pathlib import Path

import autodiff_tutorial as ad
from autodiff_tutorial.numpy_functions import BY_ENTRIES
from autodiff_tutorial.operators import NUMPY

PAGE = Path(__file__).parents[1] / "notebooks" / "functions.md"

# What has no rule, as an expression in x (an array of numbers above 0), and what to write instead.
INSTEAD = {
    "math.sin(x[0])": "`np.sin(x[0])`; the functions of `math` take only plain numbers",
    "np.array([x[0], x[1]])": "`np.stack([x[0], x[1]])`",
    "np.asarray(x)": "`x`",
    "np.full(3, x[0])": "`x[0] * np.ones(3)`",
    "np.linspace(0.0, x[0], 5)": "`x[0] * np.linspace(0.0, 1.0, 5)`",
    "A.dot(x)": "`A @ x`",
    "float(x[0])": "`x[0]`",
    "range(int(x[0]))": "a loop whose length is known without x",
    "x.__setitem__(0, 1.0)": "`np.where(np.arange(len(x)) == 0, 1.0, x)`",
    "x.sort()": "`np.sort(x)`",
    "x.fill(0.0)": "a new array",
    "x.item(0)": "`x[0]`",
    "x.tolist()": "`[*x]`",
    "np.sum(x, dtype=np.float32)": "`np.sum(x)`; everything is calculated in double precision",
    "np.sum(x, where=x > 0)": "`np.sum(np.where(x > 0, x, 0.0))`",
    "np.sin(x, out=np.zeros(3))": "`np.sin(x)`",
    "np.add.reduce(x)": "`np.sum(x)`",
    "np.add.outer(x, x)": "`x[:, None] + x`",
    "np.multiply.outer(x, x)": "`np.outer(x, x)`",
    "np.gradient(x)": "`np.diff(x)`, or differences of slices such as `x[2:] - x[:-2]`",
    "np.median(x)": "`np.sort(x)[len(x) // 2]`, if the length is odd",
    "np.nan_to_num(x)": "`np.where(np.isnan(x), 0.0, x)`",
    "np.interp(x, [0.0, 9.0], [1.0, 2.0])": "the straight lines themselves, chosen by `np.where`",
    "np.real(x)": "`x`, which is real",
    "np.linalg.eigh(x[:, None] * x)": "`np.linalg.det` or `np.trace`, if they will do",
    "np.fft.fft(x)": "a product with the matrices of its real and imaginary parts",
    "np.linalg.svd(x[:, None] * x)": "`np.linalg.norm` or `np.linalg.det`, if they will do",
    "np.linalg.lstsq(A, x)": "`np.linalg.solve(A.T @ A, A.T @ x)`",
    "np.linalg.qr(x[:, None] * x)": "`np.linalg.solve`, if that is what the factors are for",
    "np.i0(x)": "your own `primitive`, with the Bessel function I₁ as its derivative",
    "np.vectorize(math.sin)(x)": "`np.sin(x)`, or `primitive(math.sin, np.cos)`",
}


def name_of(function):
    """Return the name by which a function of NumPy is called, without np."""
    module = (getattr(function, "__module__", None) or "numpy").removeprefix("numpy").strip(".")
    return f"{module}.{function.__name__}" if module else function.__name__


def page():
    """Return the text of the page."""
    names = sorted({name_of(f) for f in NUMPY}, key=str.lower)
    primitives = sorted(ad.operators.PRIMITIVES)
    shown = {code: re.sub(r"\.__setitem__\((.*), (.*)\)", r"[\1] = \2", code) for code in INSTEAD}
    rows = "\n".join(f"| `{shown[code]}` | {other} |" for code, other in INSTEAD.items())
    slow = ", ".join(f"`{name}`" for name in BY_ENTRIES.split())
    return f"""# What can be differentiated

This page is made from the package's tables by `python tests/list_functions.py`, and a test holds
it to them.

## In every mode

Operators: `+ - * / // % ** @`, `abs`, comparisons, indexing by anything that NumPy takes, unpacking
and `len`. Comparisons, and so `if` and `while`, depend on the value alone.

The functions of this package: {", ".join(f"`{name}`" for name in primitives)}.

These {len(names)} functions of NumPy are called as usual, as in `np.sin(x)`. Those that return whole
numbers, shapes or truth values, such as `np.sign`, `np.argmax` and `np.isnan`, count as constants:

{", ".join(f"`{name}`" for name in names)}.

A few are calculated entry by entry, at about 0.1 ms an entry, so they suit short arrays only: {slow};
the same holds for `linalg.norm` and `linalg.vector_norm` of an order other than 2, and for `prod` and
`cumprod` where a product is 0 or not finite. (The Frobenius norm is fast; the spectral and nuclear
norms of a matrix have no rule.)

`convolve` and `correlate` of two long rows take time in proportion to both lengths.

Everything is calculated in double precision, whatever the `dtype` of x. `x += 1` means `x = x + 1`:
another name for the same array, or a view of it, keeps the old values.

## What has no rule, and what to write instead

Here x is an array that is being differentiated. Each expression on the left raises an error.

| | write instead |
|---|---|
{rows}

To fill an array in a loop, collect the values in a list and call `np.stack`: an assignment into a
plain array, as in `y = np.zeros(3); y[0] = x[0]`, ends in an error of NumPy's own. A solver that fills
plain arrays itself, such as SciPy's `solve_ivp`, can be given derivatives but can't be differentiated.
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
