"""Wrong answers to the exercises of the notebooks: two to each, as a reader might give them.

The keys are the notebook and the id of the cell with the ``...`` of the exercise. An answer is what
stands in the place of each ``...``, in their order.
"""

WRONG = {
    ("01_forward_mode", "01-38"): [["0.5"], ["-0.29"]],
    ("01_forward_mode", "01-40"): [
        ["MyValder(a.val / getattr(b, 'val', b), a.der)"],
        ["a * b"],
    ],
    ("01_forward_mode", "01-42"): [["-15.988226"], ["-30.454561"]],
    ("02_reverse_mode", "02-36"): [
        ["1", "1", "0", "1", "0", "0", "math.e", "1"],
        ["1", "1", "0", "0", "1", "math.e", "0", "0"],
    ],
    ("02_reverse_mode", "02-38"): [["0.13", "0.31"], ["1.18", "1.18"]],
    ("02_reverse_mode", "02-40"): [["output(w)", "np.zeros(len(w))"], ["sum(w)", "ours(w)[::-1]"]],
    ("03_finite_differences", "03-37"): [["0.5"], ["2.0"]],
    ("03_finite_differences", "03-39"): [["0.2", "0.048"], ["0.155", "0.032"]],
    ("03_finite_differences", "03-41"): [
        ["(f(x + h) - f(x - h)) / (2 * h)"],
        ["ad.derivative(f)(x) + 1e-9"],
        [  # the last entry of the triangle, whatever it is worth
            "(lambda A: A(A, 5, 5))(lambda A, j, k: (4**k * A(A, j, k - 1) - A(A, j - 1, k - 1))"
            " / (4**k - 1) if k else (f(x + h / 2**j) - f(x - h / 2**j)) / (2 * h / 2**j))"
        ],
    ],
    ("04_plot_derivatives", "04-39"): [["0.908"], ["-900.86"]],
    ("04_plot_derivatives", "04-41"): [["41.3"], ["45.0"]],
    ("04_plot_derivatives", "04-43"): [
        ["cup(x)", "0.5", "1.0"],
        ["1 - 0.5 / np.sqrt(1 - x**2)", "1.0", "0.5"],
    ],
    ("05_many_inputs", "05-38"): [["36", "24", "8", "6"], ["42", "28", "14", "6"]],
    ("05_many_inputs", "05-40"): [
        ["a + b"],
        ["MyNode(math.log(math.exp(a.val) + math.exp(b.val)), a.tape, [(a.row, 0.5), (b.row, 0.5)])"],
    ],
    ("05_many_inputs", "05-42"): [
        ["[0.0, 0.0, 0.0]", "15.0", "-0.23"],
        ["[23 * math.log(2), 4.5, 0.0]", "-1.21", "-2.32"],
    ],
    ("06_matrices", "c06-ex1"): [["np.cumsum(y_bar)"], ["np.diff(y_bar, prepend=0.0)"]],
    ("06_matrices", "c06-ex2"): [
        ["s_bar * 2 * A @ x", "s_bar * np.outer(x, x)"],
        ["A @ x + A.T @ x", "np.outer(x, x)"],
    ],
    ("06_matrices", "c06-ex3"): [
        ["Y_bar / np.std(X, axis=0)"],
        ["(Y_bar - np.mean(Y_bar, axis=0)) / np.std(X, axis=0)"],
    ],
    ("07_solve_and_fit", "07-37"): [["(x + a / x) / 2"], ["2 * x - a"]],
    ("07_solve_and_fit", "07-39"): [["2", "3"], ["4", "6"]],
    ("07_solve_and_fit", "07-41"): [["0.2"], ["1.0"]],
    ("08_higher_derivatives", "c08-ex1"): [["2", "2", "2", "2"], ["1", "2", "4", "1"]],
    ("08_higher_derivatives", "c08-ex2"): [
        ["1.0", "1.0", "6.0", "6.0"],
        ["2.0", "2.0", "4.0", "4.0"],
    ],
    ("08_higher_derivatives", "c08-ex3"): [["99", "ring"], ["49", "1.016774"]],
    ("09_taylor_series", "09-38"): [["2 / 3"], ["1 / 15"]],
    ("09_taylor_series", "09-40"): [["3"], ["11"]],
    ("09_taylor_series", "09-42"): [["9.81 * 12"], ["57.18"]],
    ("10_cost_and_memory", "08-37"): [["9"], ["14"]],
    ("10_cost_and_memory", "08-39"): [["100", "99", "70"], ["50", "50", "50"]],
    ("10_cost_and_memory", "08-41"): [["0.0", "q"], ["error(q)", "slopes(q)[::-1]"]],
    ("11_write_the_derivative_down", "11-38"): [["lines"], ["lines[:28]"]],
    ("11_write_the_derivative_down", "11-40"): [
        ["MySymbol"],
        ["type('S', (MySymbol,), {'__gt__': float})"],
    ],
    ("11_write_the_derivative_down", "11-42"): [["[0.0] * len(x)", "1.5"], ["list(v)", "20"]],
}
