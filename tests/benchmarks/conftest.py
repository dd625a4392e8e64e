"""End a run with one table: every time as a ratio to the hand-written code, and to the post's way."""


def pytest_terminal_summary(terminalreporter, config):
    groups = {}
    for bench in config._benchmarksession.benchmarks:
        groups.setdefault(bench.group, {})[bench.params["way"]] = bench.stats.min
    rows = [("ratio of the shortest times", "package/hand", "package/post", "post/hand")]
    for group, t in groups.items():
        pairs = [("package", "hand"), ("package", "post"), ("post", "hand")]
        rows.append((group, *(f"{t[a] / t[b]:.2f}" if a in t and b in t else "" for a, b in pairs)))
    terminalreporter.section("ratios")
    for row in rows:
        terminalreporter.write_line("{:48} {:>12} {:>12} {:>12}".format(*row))
