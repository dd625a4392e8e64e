"""End a run with one table: each time as a ratio to the first way of its case, in the same run.

With ``--table FILE`` the table is kept there; README's figures are those of `table.txt`.
"""

from pathlib import Path

WAYS = ["post", "written", "program", "package", "tape", "trace", "autograd", "jax", "numba", "torch"]
WAYS += ["micrograd"]


def pytest_addoption(parser):
    parser.addoption("--table", type=Path, help="a file to keep the table in")


def pytest_terminal_summary(terminalreporter, config):
    cases, memory = {}, {}
    for bench in config._benchmarksession.benchmarks:
        cases.setdefault(bench.group, {})[bench.params["way"]] = bench.stats.min
        if "peak" in bench.extra_info:
            memory[bench.group] = f"{bench.extra_info['peak'] / 1e3:,.0f} kB"
    ways = [way for way in WAYS if any(way in times for times in cases.values())]
    line = f"{{:{max(map(len, cases))}}} {{:>10}}" + " {:>9}" * len(ways) + " {:>11}"
    table = [line.format("shortest times", "as long as", *ways, "at most")]
    for case, times in cases.items():
        base, shortest = next(iter(times.items()))
        ratios = [f"{times[way] / shortest:.2f}" if way in times else "" for way in ways]
        table.append(line.format(case, base, *ratios, memory.get(case, "")))
    terminalreporter.section("how many times as long, and the memory of the package")
    terminalreporter.write_line("\n".join(table))
    if path := config.getoption("table"):
        path.write_text("\n".join(table) + "\n", encoding="utf-8")


def pytest_xdist_auto_num_workers():
    """Measure in one process, and not beside others."""
    return 0
