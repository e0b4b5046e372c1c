"""The table of targets, which the overview and the program's own dashboard both have."""
from panels import GREEN, RED, YELLOW, Column, coloured_cells, prop, rows, state_column
from queries import TARGET


def targets_table(limit, width):
    def shown(expr):
        return f"max by (job, instance) ({expr}) and on (job, instance) bottomk({limit}, proxy_up{{{TARGET}}})"

    columns = [
        Column("Job", label="job"), Column("Instance", label="instance", properties=[prop("custom.minWidth", 160)]),
        state_column(shown(f"proxy_up{{{TARGET}}}")),
        Column("Failed", "percentunit", shown(f"1 - avg_over_time(proxy_up{{{TARGET}}}[$__range])"),
               properties=coloured_cells(((0, GREEN), (0.001, YELLOW), (0.1, RED)))),
        Column("Last answer", "s", shown(f"time() - proxy_last_scrape_timestamp_seconds{{{TARGET}}}")),
        Column("Duration", "s", shown(f"proxy_scrape_duration_seconds{{{TARGET}}}")),
        Column("Samples", "short", shown(f"proxy_scrape_samples{{{TARGET}}}"))]
    return rows("Targets", f"The proxies that are read, those that do not answer first, {limit} at most. Failed: share of the"
                " time shown without an answer. Last answer: seconds ago. The page /targets of the program says why one fails.",
                columns, sort_by="State", descending=False, width=width, height=8)
