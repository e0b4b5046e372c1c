"""The table of ratios: what was measured of each system, and what is asked for here."""
import collections

SYSTEMS = {"prom": "Prometheus", "vm": "VictoriaMetrics", "here": "here"}

# `value(run)` takes a system's results of the data set; `less` says whether less is better.
Row = collections.namedtuple("Row", "name data_set goal value less")


def per_million(key):
    return lambda run: run[key] / run["samples"] * 1e6


def query(name, key="p50_ms"):
    return lambda run: run["queries"][name][key]


def field(key):
    return lambda run: run[key]


ROWS = [
    Row("bytes per sample, all files", "A", 0.18, field("bytes_per_sample"), True),
    Row("bytes per sample, all files", "B", 0.14, field("bytes_per_sample"), True),
    Row("bytes per sample, all files", "Bbusy", 0.55, field("bytes_per_sample"), True),
    Row("bytes per sample, tiers included", "A", None, field("tiered_bytes_per_sample"), True),
    Row("bytes per sample after import", "A", 0.18, field("import_bytes_per_sample"), True),
    Row("import, CPU s per M samples", "A", 0.3, per_million("import_cpu_s"), True),
    Row("import, M samples/s", "A", None, lambda run: run["samples"] / run["import_wall_s"] / 1e6, False),
    Row("live rounds, CPU s per M samples", "A", 0.2, per_million("live_cpu_s"), True),
    Row("live rounds, CPU s per M samples", "C", 0.2, per_million("live_cpu_s"), True),
    Row("live rounds, k samples/s", "A", None, lambda run: run["live_samples_per_s"] / 1e3, False),
    Row("decode, M samples/s and core", "A", 200, field("decode_msamples_per_s"), False),
    Row("a: one host, 24 h, over HTTP, p50 ms", "A", 0.15, query("a"), True),
    Row("a: p99 ms", "A", None, query("a", "p99_ms"), True),
    Row("b: p99 of one host, 1 h, p50 ms (here in process)", "A", 0.05, query("b"), True),
    Row("c: busiest 10, 5 min, p50 ms (here in process)", "A", 5, query("c"), True),
    Row("c: busiest 10, 5 min, p50 ms (here in process)", "C", 45, query("c"), True),
    Row("b, when all blocks are closed", "A", None, query("b_blocks"), True),
    Row("c, when all blocks are closed", "A", None, query("c_blocks"), True),
    Row("e: all hosts, 24 h, p50 ms (here in process)", "A", 30, query("e"), True),
    Row("e, when all blocks are closed", "A", None, query("e_blocks"), True),
    Row("e: CPU ms", "A", None, query("e", "cpu_ms_per_query"), True),
    Row("d: names of all hosts, over HTTP, p50 ms", "A", 0.15, query("d"), True),
    Row("d: names of all hosts, over HTTP, p50 ms", "C", 0.6, query("d"), True),
    Row("RSS after live load, idle, MB", "A", 50, field("rss_idle_mb"), True),
    Row("RSS after live load, idle, MB", "C", 120, field("rss_idle_mb"), True),
    Row("start, clean, s", "A", 0.1, field("start_s"), True),
    Row("start after kill -9 mid-load, s", "A", 0.3, field("killed_start_s"), True),
]


def measured(results, system, row):
    """The row's value, or None where it was not measured."""
    try:
        return row.value(results[system][row.data_set])
    except (KeyError, ZeroDivisionError, TypeError):
        return None


def shown(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def ratio(mine, theirs, less):
    """How many times better here is, as "12.3x"; below 1 it is worse."""
    if not mine or not theirs:
        return "-"
    times = theirs / mine if less else mine / theirs
    return f"{times:.1f}x" if times < 100 else f"{times:.0f}x"


def verdict(mine, row):
    if mine is None or row.goal is None:
        return ""
    return "yes" if (mine <= row.goal if row.less else mine >= row.goal) else "NO"


def render(results, data_sets):
    """results: system -> data set -> measurements. Markdown; "better by" is here against that system."""
    lines = ["| | data | Prometheus | VictoriaMetrics | here | better by | better by | goal | reached |",
             "|---|---|---|---|---|---|---|---|---|"]
    for row in ROWS:
        if row.data_set not in data_sets:
            continue
        prom, vm, here = (measured(results, system, row) for system in SYSTEMS)
        if prom is None and vm is None and here is None:
            continue
        goal = "" if row.goal is None else f"{'at most' if row.less else 'at least'} {row.goal:g}"
        lines.append(f"| {row.name} | {row.data_set} | {shown(prom)} | {shown(vm)} | {shown(here)} "
                     f"| {ratio(here, prom, row.less)} | {ratio(here, vm, row.less)} | {goal} | {verdict(here, row)} |")
    return "\n".join(lines)
