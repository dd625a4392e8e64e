"""End a run with one table: each time as a ratio to the first way of its case, in the same run."""

WAYS = ["post", "package", "autograd"]


def pytest_terminal_summary(terminalreporter, config):
    cases = {}
    for bench in config._benchmarksession.benchmarks:
        cases.setdefault(bench.group, {})[bench.params["way"]] = bench.stats.min
    terminalreporter.section("how many times as long")
    line = "{:52} {:>16}" + " {:>9}" * len(WAYS)
    terminalreporter.write_line(line.format("shortest times", "as long as", *WAYS))
    for case, times in cases.items():
        base, shortest = next(iter(times.items()))
        ratios = [f"{times[way] / shortest:.2f}" if way in times else "" for way in WAYS]
        terminalreporter.write_line(line.format(case, base, *ratios))
