"""Made-up proxies with very many hosts: their page as proxy-telemetry would show it, and a day of what is recorded."""
import time

import live  # puts tests/integration into the path
from servers import FakeTarget, send

INSTANCES = 10
CODES = (("2xx", 90), ("3xx", 5), ("4xx", 3), ("5xx", 1), ("other", 0))
FAILING_EACH = 51  # of so many hosts one answers some requests with 5xx and has a backend down
BOUNDS = ("0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf")
DAY_S, RECORDED_EACH_S = 86400, 60


def instance(number):
    return f"10.0.0.{number % INSTANCES + 1}:8404"


def host_series(number):
    """(series, growth per scrape, or None for a gauge, its value at the beginning) of one host."""
    labels = f'host="h{number}.example",instance="{instance(number)}",job="edge"'
    busy = number % 97 + 1
    fails = number % FAILING_EACH == 0
    for code, share in CODES:
        yield f'proxy_http_requests_total{{code="{code}",{labels}}}', share * busy * (fails or code != "5xx"), 0
    for place, bound in enumerate(BOUNDS):
        yield f'proxy_http_request_duration_seconds_bucket{{{labels},le="{bound}"}}', (place + 1) * busy, 0
    yield f"proxy_http_request_duration_seconds_sum{{{labels}}}", busy, 0
    yield f"proxy_http_request_duration_seconds_count{{{labels}}}", len(BOUNDS) * busy, 0
    for name in ("proxy_request_bytes_total", "proxy_response_bytes_total"):
        yield f"{name}{{{labels}}}", 1000 * busy, 0
    yield f"proxy_http_requests_in_flight{{{labels}}}", None, busy
    yield f"proxy_backends{{{labels}}}", None, 2
    yield f"proxy_backends_up{{{labels}}}", None, 2 - fails
    for backend in ("a", "b"):
        yield f'proxy_backend_up{{backend="{backend}",{labels}}}', None, int(backend == "a" or not fails)
        for code, share in (("2xx", 49), ("5xx", fails)):
            yield f'proxy_backend_requests_total{{backend="{backend}",code="{code}",{labels}}}', share * busy, 0


def target_series():
    for number in range(INSTANCES):
        labels = f'instance="{instance(number)}",job="edge"'
        yield f"proxy_up{{{labels}}}", None, int(number > 0)
        yield f"proxy_scrape_duration_seconds{{{labels}}}", None, 0.1
        yield f"proxy_scrape_samples{{{labels}}}", None, 30000
        yield f"proxy_last_scrape_timestamp_seconds{{{labels}}}", None, int(time.time())


class ManyHosts(FakeTarget):
    """Serves the page; counters grow with every scrape."""

    def __init__(self, test, hosts):
        self.series = [*target_series(), *(series for number in range(hosts) for series in host_series(number))]
        self.scrapes = 0
        super().__init__(test, lambda handler: send(handler, self.page()))

    def page(self):
        self.scrapes += 1
        n = self.scrapes
        return "".join(f"{name} {start if growth is None else growth * n}\n"
                       for name, growth, start in self.series).encode()


def recorded_day(end_s):
    """Lines of OpenMetrics: what grafana/rules/recording.yml records of each instance, for the day before `end_s`."""
    totals = [("job_instance:proxy_http_requests:rate5m", "", 5000), ("job_instance:proxy_http_errors:rate5m", "", 50),
              ("job_instance:proxy_http_requests_in_flight:sum", "", 70), ("job_instance:proxy_backends:sum", "", 2000),
              ("job_instance:proxy_backends_up:sum", "", 1980), ("job_instance:proxy_request_bytes:rate5m", "", 1e6),
              ("job_instance:proxy_response_bytes:rate5m", "", 1e7)]
    totals += [("job_instance_code:proxy_http_requests:rate5m", f',code="{code}"', 50 * share) for code, share in CODES]
    totals += [("job_instance_le:proxy_http_request_duration_seconds_bucket:rate5m", f',le="{bound}"', place + 1)
               for place, bound in enumerate(BOUNDS)]
    for name in dict.fromkeys(name for name, _, _ in totals):
        yield f"# TYPE {name} gauge"
        for _, more, value in (total for total in totals if total[0] == name):
            for number in range(INSTANCES):
                series = f'{name}{{job="edge",instance="{instance(number)}"{more}}}'
                for time_s in range(end_s - DAY_S, end_s, RECORDED_EACH_S):
                    yield f"{series} {value + time_s // 60 % 7} {time_s}"
