"""Is it well? All hosts together, and which of them hurts. Reads recorded series, so that 10,000 hosts cost little."""
from frame import KEEP, annotation, dashboard, link, row, url, variables
from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.models import dashboard as models
from panels import (ERROR_RATIO_STEPS, NONE_DOWN_STEPS, RED, SECONDS_STEPS, UP_STEPS, Column, coloured, coloured_cells, graph,
                    number, prop, queries, quantile_graph, rows, state_column, status_graph)
from queries import HOST, TARGET, ratio, recorded, slowest_quantile
from targets import targets_table

RECORDED = " From grafana/rules/recording.yml, over 5 minutes."

REQUESTS = recorded("job_instance:proxy_http_requests:rate5m")
ERRORS = recorded("job_instance:proxy_http_errors:rate5m")
IN_FLIGHT = recorded("job_instance:proxy_http_requests_in_flight:sum")
BACKENDS = recorded("job_instance:proxy_backends:sum")
BACKENDS_UP = recorded("job_instance:proxy_backends_up:sum")
ERROR_RATIO = ratio(f"sum({ERRORS})", f"sum({REQUESTS} and {ERRORS})")
TARGETS_DOWN = f"sum(proxy_up{{{TARGET}}} == bool 0)"

TOLD_REQUESTS = recorded("job_instance_host:proxy_http_requests:rate5m", HOST)
TOLD_ERRORS = recorded("job_instance_host:proxy_http_errors:rate5m", HOST)
HOST_REQUESTS = f"sum by (host) ({TOLD_REQUESTS})"
HOST_ERRORS = f"sum by (host) ({TOLD_ERRORS})"
# Of those targets that tell errors.
HOST_ERROR_RATIO = ratio(HOST_ERRORS, f"sum by (host) ({TOLD_REQUESTS} and {TOLD_ERRORS})")
HOST_BACKENDS = f"sum by (host) ({recorded('proxy_backends', HOST)})"
# Most errors first, of those without errors most requests, then hosts that have backends only.
WORST = f"topk($top, sum by (host) ({recorded('job_instance_host:proxy_http_trouble:rank', HOST)}))"


def all_quantile(share):
    buckets = recorded("job_instance_le:proxy_http_request_duration_seconds_bucket:rate5m")
    return slowest_quantile(share, f"sum by (job, le) ({buckets})")


def of_worst(expr):
    return f"({expr}) and on (host) {WORST}"


def host_quantile(share):
    return f"max by (host) ({recorded(f'job_instance_host:proxy_http_request_duration_seconds:{share}_5m', HOST)})"


def stats():
    return [
        number("Requests", "Requests per second of all hosts." + RECORDED, "reqps", f"sum({REQUESTS})", decimals=1),
        number("Error ratio", "Share of requests answered with 5xx, of the proxies that tell codes or errors. Above the objective:"
               " the table below says which host." + RECORDED, "percentunit", ERROR_RATIO, ERROR_RATIO_STEPS),
        number("p99", "99 of 100 requests are faster, in the slowest job. When it rises: sort the table by p99." + RECORDED, "s",
               all_quantile(0.99), SECONDS_STEPS),
        number("In flight", "Requests being answered now. When it rises while requests do not, backends hang.", "short",
               f"sum({IN_FLIGHT})", decimals=0),
        number("Backends down", "Backend servers that take no new requests, those in maintenance too; up to a minute behind"
               " the table of backends, which says which.", "short", f"sum({BACKENDS}) - sum({BACKENDS_UP})", NONE_DOWN_STEPS, decimals=0),
        number("Targets down", "Proxies that the last scrape did not reach: what is not known about them is not in any other"
               " number here. The table of targets says which.", "short", TARGETS_DOWN, NONE_DOWN_STEPS, decimals=0,
               link=link("The program itself", "self"))]


def red():
    return [
        status_graph("Requests by status", "Requests per second of all hosts by class of status. 5xx from below: failing"
                     " backends; 4xx: clients, or a route that went missing." + RECORDED,
                     f"sum by (code) ({recorded('job_instance_code:proxy_http_requests:rate5m')})"),
        coloured(graph("Error ratio", "Share of requests answered with 5xx." + RECORDED, "percentunit",
                       queries(("error ratio", ERROR_RATIO))), {"error ratio": RED}),
        quantile_graph("Durations", "How long requests of all hosts took, by quantile, in the slowest job. p99 alone rising: some"
                       " requests, or one host; all rising: load, or what all backends share." + RECORDED, all_quantile)]


def host_column():
    opens = [{"title": "Open ${__value.text}", "url": url("host", KEEP + "&var-host=${__value.text:percentencode}")}]
    return Column("Host", label="host", properties=[prop("links", opens), prop("custom.minWidth", 200)])


def hosts():
    up = f"sum by (host) ({recorded('proxy_backends_up', HOST)})"
    columns = [
        host_column(),
        Column("Requests/s", "reqps", of_worst(HOST_REQUESTS), properties=[prop("decimals", 1)]),
        Column("Errors/s", "reqps", of_worst(HOST_ERRORS), properties=[prop("decimals", 2)]),
        Column("Error ratio", "percentunit", of_worst(HOST_ERROR_RATIO),
               properties=coloured_cells(ERROR_RATIO_STEPS)),
        Column("p50", "s", of_worst(host_quantile("p50"))),
        Column("p99", "s", of_worst(host_quantile("p99")), properties=coloured_cells(SECONDS_STEPS)),
        Column("Backends up", "short", of_worst(up), properties=coloured_cells(UP_STEPS)),
        Column("of", "short", of_worst(HOST_BACKENDS)),
        Column("down", "short", of_worst(f"{HOST_BACKENDS} - {up}"), properties=coloured_cells(NONE_DOWN_STEPS))]
    return rows("Hosts", "The hosts with the most errors per second, of those without errors the busiest; as many as chosen above."
                " A click on a host opens its dashboard. Several proxies before one host count together; p50 and p99 are of"
                " the slowest." + RECORDED, columns, sort_by="Errors/s")


def down():
    backends = [host_column(), Column("Backend", label="backend"), Column("Job", label="job"),
                Column("Instance", label="instance"),
                state_column(f"topk(50, max by (host, backend, job, instance) (proxy_backend_up{{{HOST}}}) == 0)")]
    return [
        rows("Backends down", "Backend servers that take no new requests right now, 50 at most. Look at the server first, then at"
             " the health check that the proxy makes.", backends, sort_by="Host", descending=False, width=12, height=8,
             empty="all backends are up"),
        targets_table(50, width=12)]


def by_job():
    def sums(name):
        return f"sum by (job) ({recorded(name)})"

    return [
        graph("Requests by job", "Requests per second of each job. A job at zero while others go on: its proxy gets nothing, or a"
              " change of its configuration took it out." + RECORDED, "reqps",
              queries(("{{job}}", sums("job_instance:proxy_http_requests:rate5m"))), stacked=True),
        graph("Bytes", "Bytes received from clients and sent to them, per second, where the proxy tells." + RECORDED, "Bps",
              queries(("received", f"sum({recorded('job_instance:proxy_request_bytes:rate5m')})"),
                      ("sent", f"sum({recorded('job_instance:proxy_response_bytes:rate5m')})"))),
        graph("Backends", "Backend servers there are, and those that take new requests. A gap that stays is lost capacity.",
              "short", queries(("up", f"sum({BACKENDS_UP})"), ("all", f"sum({BACKENDS})")), decimals=0)]


def build():
    top = (dashboards.CustomVariable("top").label("Rows").values("20,50,100,500,1000")
           .current(models.VariableOption(text="100", value="100", selected=True)))
    failing = annotation("Targets failing", f"{TARGETS_DOWN} > 0", RED, "Targets failing", "the table of targets says which")
    made = dashboard(
        "overview", "Proxies: overview", "All hosts of all proxies: is it well, and which host hurts.",
        variables('__name__="proxy_up"', "Hosts in the tables") + [top], [failing])
    for panel in stats() + red() + [hosts()] + down():
        made = made.with_panel(panel)
    return made.with_row(row("By job", by_job()))
