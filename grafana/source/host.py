"""One host, or a few: what its clients see, and which of its backends is to blame. Reads raw series of the chosen hosts."""
from frame import annotation, dashboard, row, variables
from panels import (BLUE, ERROR_RATIO_STEPS, GREEN, NONE_DOWN_STEPS, ORANGE, PURPLE, RED, SECONDS_STEPS, YELLOW, coloured, graph,
                    heat, number, queries, quantile_graph, status_graph, timeline)
from queries import (HOST, TARGET, busiest, host_error_ratio, host_quantile, host_requests, host_requests_by_class, rate, ratio,
                     recorded)

REQUESTS = f"sum({host_requests()})"
BACKENDS, BACKENDS_UP = recorded("proxy_backends", HOST), recorded("proxy_backends_up", HOST)
UPSTREAM = "proxy_http_upstream_duration_seconds_bucket"
# More would be unreadable, and slow where hosts have hundreds.
BACKENDS_SHOWN = 20
SHOWN_NOTE = f" The {BACKENDS_SHOWN} busiest of the time shown."
EARLIER = (("now", "", GREEN), ("yesterday", " offset 1d", YELLOW), ("last week", " offset 1w", BLUE))


def stats():
    return [
        number("Requests", "Requests per second.", "reqps", REQUESTS, decimals=1),
        number("Error ratio", "Share of requests answered with 5xx, or with what the proxy calls an error where it tells no codes.",
               "percentunit", host_error_ratio(), ERROR_RATIO_STEPS),
        number("p99", "99 of 100 requests are faster, in the slowest of the jobs.", "s", host_quantile(0.99), SECONDS_STEPS),
        number("In flight", "Requests being answered now. When it rises while requests do not, backends hang.", "short",
               f"sum({recorded('proxy_http_requests_in_flight', HOST)})", decimals=0),
        number("Backends down", "Backend servers that take no new requests, those in maintenance too. Below: which.", "short",
               f"sum({BACKENDS}) - sum({BACKENDS_UP})", NONE_DOWN_STEPS, decimals=0),
        number("Sent", "Bytes per second sent to clients.", "Bps", f"sum({rate('proxy_response_bytes_total', HOST)})")]


def red():
    return [
        status_graph("Requests by status", "Requests per second by class of status. 5xx: look at the backends below. 4xx: clients,"
                     " or a route that went missing.", host_requests_by_class()),
        coloured(graph("Error ratio", "Share of requests answered with 5xx.", "percentunit",
                       queries(("error ratio", host_error_ratio()))), {"error ratio": RED}),
        quantile_graph("Durations", "How long requests took, by quantile, in the slowest of the jobs. p99 alone rising: some"
                       " requests are slow; all rising: load, or a backend that all of them need.", host_quantile)]


def backends():
    requests = f"sum by (host, backend) ({rate('proxy_backend_requests_total', HOST)})"
    failed = errors_of_backends(lambda selector: f"rate({selector}[$__rate_interval])")
    most_failed = busiest(BACKENDS_SHOWN, "host, backend",
                          errors_of_backends(lambda selector: f"increase({selector}[$__range] @ end())"))
    served = f"sum by (host, backend) (increase(proxy_backend_requests_total{{{HOST}}}[$__range] @ end()))"
    shown = busiest(BACKENDS_SHOWN, "host, backend", served)
    down = f"topk({BACKENDS_SHOWN}, 1 - min by (host, backend) (avg_over_time(proxy_backend_up{{{HOST}}}[$__range] @ end())))"
    legend = "{{host}} {{backend}}"
    return [
        timeline("Backend up", f"Which backends took requests, when. A row that flickers: a health check at its limit. The"
                 f" {BACKENDS_SHOWN} that were down longest in the time shown.",
                 f"min by (host, backend) (proxy_backend_up{{{HOST}}}) and on (host, backend) {down}", legend, width=8),
        graph("Requests by backend", "Requests per second that each backend answered. One much below the others: it was down, or"
              " the balance is off." + SHOWN_NOTE, "reqps", queries((legend, f"({requests}) {shown}"))),
        graph("Errors by backend", "Share of its requests that each backend answered with 5xx. One line up: take that server out;"
              f" all up: what they share. The {BACKENDS_SHOWN} with the most errors of the time shown.", "percentunit",
              queries((legend, ratio(f"({failed})", requests) + f" {most_failed}")))]


def errors_of_backends(growth):
    """5xx of each, 0 without any; no value where the proxy tells no codes."""
    failed, told = (f"sum by (host, backend) ({growth(f'proxy_backend_requests_total{{{HOST}, code{matches}}}')})"
                    for matches in ('=~"5.."', '!=""'))
    return f"{failed} or 0 * {told}"


def latency():
    by_target = f"sum by (job, instance, le) ({rate('proxy_http_request_duration_seconds_bucket', HOST)})"
    # Buckets add up only at bounds that all have.
    shared = f"count by (le) ({by_target}) == scalar(count(sum by (job, instance) ({by_target})))"
    return [
        heat("Durations", "How many requests per second took how long. Two bands: two kinds of requests, or one backend that is"
             " slower than the others. Of proxies with different bounds, at those that all have: choose one job for the rest.",
             f"sum by (le) ({by_target}) and on (le) ({shared})"),
        coloured(graph("Proxy or backend", "p99 of the whole request, and of the part in which the proxy waited for the backend,"
                       " where its log tells. Far apart: slow clients, or the proxy itself.", "s",
                       queries(("whole", host_quantile(0.99)), ("backend", host_quantile(0.99, metric=UPSTREAM))), width=12),
                 {"whole": RED, "backend": PURPLE})]


def compared():
    def against(expr_of):
        return queries(*((name, expr_of(offset)) for name, offset, _ in EARLIER))

    colours = {name: colour for name, _, colour in EARLIER}
    return [
        coloured(graph("Requests", "Now, and at the same time yesterday and a week ago. Far from both: something changed, here or"
                       " in front.", "reqps", against(lambda offset: f"sum({host_requests(offset)})")), colours),
        coloured(graph("Error ratio", "Now, and at the same time yesterday and a week ago. High in all of them: not news.",
                       "percentunit", against(host_error_ratio)), colours),
        coloured(graph("p99", "Now, and at the same time yesterday and a week ago. Slower at the same requests: the backends.", "s",
                       against(lambda offset: host_quantile(0.99, offset))), colours)]


def traffic():
    failing = f'sum by (code) ({rate("proxy_http_requests_total", HOST + ", code=~" + chr(34) + "[45].+" + chr(34))})'
    return [
        graph("Failing codes", "Requests per second by status, 4xx and 5xx. 429: limits; 499: clients that gave up; 502, 503, 504:"
              " backends that refuse, are away, or are slow. Classes where the proxy tells no more.", "reqps",
              queries(("{{code}}", failing))),
        graph("Bytes", "Bytes per second received from clients and sent to them, where the proxy tells.", "Bps",
              queries(("received", f"sum({rate('proxy_request_bytes_total', HOST)})"),
                      ("sent", f"sum({rate('proxy_response_bytes_total', HOST)})"))),
        graph("Requests by proxy", "Requests per second by the proxy that took them. One at zero: it is out of the rotation in"
              " front. The 20 busiest of the time shown.", "reqps", queries(("{{job}} {{instance}}", by_proxy())))]


def by_proxy():
    total = f"sum by (job, instance) ({host_requests()})"
    increase = " or ".join(f"sum by (job, instance) (increase({metric}{{{HOST}}}[$__range] @ end()))"
                           for metric in ("proxy_http_requests_total", "proxy_backend_requests_total"))
    return f"{total} {busiest(20, 'job, instance', increase)}"


def annotations():
    resets = " or ".join(f"sum by (job, instance) (resets({metric}{{{HOST}}}[2m])) > 0"
                         for metric in ("proxy_http_requests_total", "proxy_backend_requests_total"))
    return [
        annotation("Counter resets", resets, PURPLE, "Counters of {{instance}} began anew", "the proxy was restarted or reloaded"),
        annotation("Backends down", f"1 - min by (host, backend) (proxy_backend_up{{{HOST}}}) > 0", ORANGE,
                   "{{backend}} of {{host}} is down", "it takes no new requests"),
        annotation("Targets failing", f"1 - proxy_up{{{TARGET}}} > 0", RED, "{{instance}} of {{job}} does not answer",
                   "hosts behind it have gaps; the page /targets says why")]


def build():
    # Opens on one host: all of them at once is what the overview is for.
    made = dashboard("host", "Proxies: host", "One host: requests, errors, durations, and its backends.",
                     variables('__name__="proxy_up"', all_hosts=False), annotations())
    for panel in stats() + red() + backends():
        made = made.with_panel(panel)
    return (made.with_row(row("Durations", latency()))
            .with_row(row("Compared with yesterday and last week", compared()))
            .with_row(row("Traffic", traffic())))
