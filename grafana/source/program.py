"""proxy-telemetry itself: does it read all it should, does it keep it, and what does that cost."""
from frame import annotation, dashboard, row, variables
from panels import GREEN, NONE_DOWN_STEPS, ORANGE, PURPLE, RED, YELLOW, coloured, graph, number, queries
from queries import HOST, PROGRAM, TARGET, at_end, busiest, quantile, rate, ratio, recorded
from targets import targets_table

NAME = "proxy_telemetry"
DISK_LEFT = ratio(f"sum by (job, instance) ({recorded(NAME + '_store_filesystem_avail_bytes')})",
                  f"sum by (job, instance) ({recorded(NAME + '_store_filesystem_size_bytes')})")
LEGEND = "{{job}} {{instance}}"
# The same 20 programs along a graph, however many there are.
SHOWN = f"and on (job, instance) topk(20, proxy_telemetry_build_info{{{TARGET}}} @ end())"


def total_rate(name, by=""):
    return f"sum{by} ({rate(NAME + name, TARGET)})"


def over_range(name):
    return f"sum(increase({NAME}{name}{{{TARGET}}}[$__range]))"


def stats():
    failed = f"sum({rate(NAME + '_rounds_total', TARGET + ', result=' + chr(34) + 'failed' + chr(34))})"
    return [
        number("Scrapes failing", "Share of scrapes that failed. The table of targets says which, the page /targets why.",
               "percentunit", ratio(failed, total_rate("_rounds_total")), ((0, GREEN), (0.001, YELLOW), (0.1, RED))),
        number("Scrapes missed", "Scrapes left out in the time shown because the one before was still under way: a target slower"
               " than its interval, or a machine with too little CPU.", "short", over_range("_missed_rounds_total"),
               NONE_DOWN_STEPS, decimals=0),
        number("Log lines lost", "Lines of access logs lost in the time shown: their requests are missing everywhere. The machine"
               " had too little CPU, or a log was rotated away unread.", "short", over_range("_log_lost_lines_total"),
               NONE_DOWN_STEPS, decimals=0),
        number("History", "Read-only after a write failed, on a full disk say: new samples are not kept. Make room; it goes on by"
               " itself.", "short", f"max({recorded(NAME + '_store_read_only')})", NONE_DOWN_STEPS,
               words={"0": ("writable", GREEN), "1": ("read-only", RED)}),
        number("Disk left", "Share of the fullest file system with a history that is still free.", "percentunit",
               f"min({DISK_LEFT})", ((0, RED), (0.03, ORANGE), (0.1, GREEN))),
        number("Memory", "Resident memory of all programs here together.", "bytes",
               f"sum(process_resident_memory_bytes{{{TARGET}}} {PROGRAM})")]


def scrapes():
    duration = f"proxy_scrape_duration_seconds{{{TARGET}}}"
    samples = f"proxy_scrape_samples{{{TARGET}}}"
    slowest = busiest(20, "job, instance", f"max_over_time({duration[:-1]}}}[$__range] @ end())")
    largest = busiest(20, "job, instance", f"max_over_time({samples[:-1]}}}[$__range] @ end())")
    return [
        coloured(graph("Scrapes", "Scrapes per second, by result, and those left out.", "ops",
                       queries(("{{result}}", total_rate("_rounds_total", " by (result)")),
                               ("missed", total_rate("_missed_rounds_total")))), {"ok": GREEN, "failed": RED, "missed": ORANGE}),
        graph("Scrape duration", "How long the last scrape of each target took. Near the timeout: it fails next. The 20 slowest of"
              " the time shown.", "s", queries((LEGEND, f"{duration} {slowest}"))),
        graph("Samples by target", "Samples that the last scrape of each target gave. A jump: new hosts or backends; a fall to 0:"
              " it does not answer. The 20 largest of the time shown.", "short", queries((LEGEND, f"{samples} {largest}")),
              decimals=0)]


def hosts_and_logs():
    hosts = f"count by (job, instance) ({recorded('job_instance_host:proxy_http_requests:rate5m', HOST)})"
    folded = f"sum by (job) (rate({NAME}_folded_requests_total{{{TARGET}}}[$__rate_interval]))"
    lines = [(name, total_rate(f"_log_{metric}_total")) for name, metric in (
        ("read", "lines"), ("of something else", "other_lines"), ("unreadable", "unreadable_lines"), ("lost", "lost_lines"))]
    return [
        graph("Hosts", "Hosts of each target that have requests counted. Near host_limit, new ones fold into _other: raise it, or"
              " map names by hosts. From grafana/rules/recording.yml.", "short",
              queries((LEGEND, f"{hosts} {busiest(20, 'job, instance', at_end(hosts))}")), decimals=0),
        graph("Requests folded into _other", "Requests per second counted under the host _other, because the job has its host_limit"
              " of hosts: invented host names, or a limit that is too low.", "reqps", queries(("{{job}}", folded))),
        coloured(graph("Log lines", "Lines of access logs per second. Unreadable: the format is not the configured one, the program's"
                       " log shows one of them. Lost: too little CPU.", "cps", queries(*lines)),
                 {"read": GREEN, "unreadable": ORANGE, "lost": RED})]


def history():
    def sums(name):
        return f"sum({recorded(NAME + name)})"

    per_sample = (f"sum({recorded(NAME + '_store_disk_bytes')}) / (sum({NAME}_store_samples{{{TARGET}, "
                  f'resolution="raw"}}) > 0)')
    return [
        graph("Series", "Series in the history. A steady climb: a label with ever new values.", "short",
              queries(("series", sums("_store_series"))), decimals=0),
        graph("Samples", "Samples written to the history per second, and those that wait. Waiting ones that pile up: a disk that is"
              " too slow.", "short", queries(("written per second", total_rate("_store_samples_appended_total")),
                                             ("waiting", sums("_queued_samples")))),
        graph("Size", "What the history takes on disk. It grows until the oldest is let go by retention or max_size.", "bytes",
              queries(("history", sums("_store_disk_bytes")))),
        graph("Bytes per sample", "All files of the history by the samples in closed blocks. High in the first hours, while most of it"
              " is log; 0.1 to 0.5 later.", "bytes", queries(("bytes per sample", per_sample)), decimals=3),
        graph("Disk left", "What is free on the file systems of the histories. A steep fall: something else fills the disk.", "bytes",
              queries((LEGEND, f"{recorded(NAME + '_store_filesystem_avail_bytes')} {SHOWN}"))),
        graph("Partitions and blocks", "Partitions of the history, and closed blocks that are not in one yet. Blocks that pile up: a"
              " disk that is too slow, or full.", "short",
              queries(("partitions", sums("_store_partitions")), ("blocks waiting", sums("_store_waiting_blocks"))), decimals=0),
        graph("Blocks closed", "Blocks of samples closed and written per second.", "ops",
              queries(("blocks", total_rate("_store_blocks_written_total")))),
        coloured(graph("Trouble", "Per second: writes that failed, rounds shown but not kept, samples out of order, log records lost,"
                       " partitions set aside as damaged. All of it is 0 on a good day; the program's log says more.", "ops",
                       queries(("failed writes", total_rate("_store_append_errors_total")),
                               ("rounds not kept", total_rate("_unstored_rounds_total")),
                               ("out of order", total_rate("_store_out_of_order_samples_total")),
                               ("lost records", total_rate("_store_lost_records_total")),
                               ("damaged partitions", total_rate("_store_quarantined_partitions_total"))), width=16),
                 {"failed writes": RED, "rounds not kept": ORANGE, "damaged partitions": PURPLE})]


def http():
    buckets = f"sum by (path, le) ({rate(NAME + '_http_request_duration_seconds_bucket')})"
    return [
        graph("Answers", "HTTP requests that the program answered, per second, by path and status.", "reqps",
              queries(("{{path}} {{code}}", total_rate("_http_requests_total", " by (path, code)"))), width=12),
        graph("Answer duration", "p99 of the program's own answers by path. A slow /metrics: very many series; a slow history: a wide"
              " range of very many samples.", "s", queries(("{{path}}", quantile(0.99, buckets))), width=12)]


def process():
    def own(expr):
        return f"{expr} {SHOWN}"

    open_fds, max_fds = (f"process_{kind}_fds{{{TARGET}}}" for kind in ("open", "max"))
    return [
        graph("CPU", "Cores in use.", "short", queries((LEGEND, own(rate("process_cpu_seconds_total")))), soft_max=0.02),
        graph("Memory", "Resident memory. It grows with series and hosts, not with time.", "bytes",
              queries((LEGEND, own(f"process_resident_memory_bytes{{{TARGET}}}")))),
        graph("File descriptors", "Share of the allowed open files in use. Near 1, connections and partitions cannot be opened: raise"
              " LimitNOFILE.", "percentunit", queries((LEGEND, own(ratio(open_fds, max_fds)))))]


def build():
    started = annotation("Restarts", f"changes(process_start_time_seconds{{{TARGET}}}[2m]) > 0 {PROGRAM}", PURPLE,
                         "{{instance}} was restarted", "proxy-telemetry began anew")
    failing = annotation("Targets failing", f"1 - proxy_up{{{TARGET}}} > 0", RED, "{{instance}} of {{job}} does not answer",
                         "the page /targets says why")
    made = dashboard("self", "Proxies: proxy-telemetry itself", "Whether the program reads and keeps all it should, and what it"
                     " costs.", variables('__name__=~"proxy_telemetry_build_info|proxy_up"', "Counted hosts"), [started, failing])
    for panel in stats() + scrapes() + [targets_table(100, width=24)]:
        made = made.with_panel(panel)
    return (made.with_row(row("Hosts and access logs", hosts_and_logs()))
            .with_row(row("History", history()))
            .with_row(row("HTTP", http()))
            .with_row(row("Process", process())))
