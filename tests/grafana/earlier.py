"""Made-up requests of a day and of a week ago, at this time of day, for what compares with them: each kind of proxy is there."""
from live import SCRAPE_INTERVAL_S

DAYS = (7, 1)
AROUND_S = (-300, 1200)
BUCKETS = (("0.1", 5), ("1.0", 10), ("+Inf", 10))

# Per second: (family, more labels, number of the instance, rate). Instance 1 tells exact codes; what its backends count are the
# same requests. 2 counts per backend only. 3 tells errors but no codes, 4 neither.
COUNTERS = (
    ("proxy_http_requests", 'code="200"', 1, 5), ("proxy_http_requests", 'code="201"', 1, 3),
    ("proxy_http_requests", 'code="404"', 1, 1), ("proxy_http_requests", 'code="503"', 1, 1),
    ("proxy_http_requests", "", 3, 20), ("proxy_http_requests", "", 4, 5),
    ("proxy_backend_requests", 'backend="a",code="2xx"', 1, 9), ("proxy_backend_requests", 'backend="a",code="5xx"', 1, 1),
    ("proxy_backend_requests", 'backend="a",code="2xx"', 2, 3), ("proxy_backend_requests", 'backend="b",code="4xx"', 2, 1),
    ("proxy_backend_requests", 'backend="b",code="5xx"', 2, 1), ("proxy_http_request_errors", "", 3, 4))

REQUESTS_PER_S = 10 + 5 + 20 + 5
BY_CLASS = {"2xx": 8 + 3, "4xx": 1 + 1, "5xx": 1 + 1, "unknown": 20 + 5}
ERROR_RATIO = (1 + 1 + 4) / (10 + 5 + 20)
P99_S = 0.1 + (1.0 - 0.1) * (0.99 * 10 - 5) / 5


def series_of(host):
    """(type, family, sample's name with labels, growth per second), those of one family together."""
    def labels(instance, more):
        return ",".join(filter(None, (f'host="{host}",instance="127.0.0.1:{instance}",job="edge"', more)))

    for family, more, instance, rate in COUNTERS:
        yield "counter", family, f"{family}_total{{{labels(instance, more)}}}", rate
    family = "proxy_http_request_duration_seconds"
    for bound, rate in BUCKETS:
        bucket = labels(1, f'le="{bound}"')
        yield "histogram", family, f"{family}_bucket{{{bucket}}}", rate
    yield "histogram", family, f"{family}_count{{{labels(1, '')}}}", BUCKETS[-1][1]


def earlier_lines(host, now_s):
    """OpenMetrics without its end."""
    shown = None
    for kind, family, name, rate in series_of(host):
        if family != shown:
            yield f"# TYPE {family} {kind}"
            shown = family
        for days in DAYS:
            first_s, end_s = (now_s - days * 86400 + seconds for seconds in AROUND_S)
            for at_s in range(first_s, end_s, SCRAPE_INTERVAL_S):
                yield f"{name} {rate * (at_s - first_s)} {at_s}"
