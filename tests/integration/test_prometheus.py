"""A real Prometheus scrapes /metrics and takes every series with the same value; promtool has nothing to say."""
import math
import subprocess
import unittest

from exposition import parse_exposition
from processes import Daemon, Prometheus, free_port, http_request, tool, wait_for
from servers import PageTarget

PAGE = r"""# HELP proxy_http_requests_total Requests, "quoted" and with a back\\slash.
# TYPE proxy_http_requests_total counter
proxy_http_requests_total{host="shop.example",code="2xx"} 1234567
proxy_http_requests_total{host="shop.example",code="5xx"} 0.1
proxy_http_requests_total{host="quote\"back\\slash\nline",code="2xx"} 9007199254740993
proxy_http_requests_total{host="münchen.example",code="2xx"} 1e+300
# HELP proxy_http_request_duration_seconds How long requests took.
# TYPE proxy_http_request_duration_seconds histogram
proxy_http_request_duration_seconds_bucket{host="shop.example",le="0.1"} 3
proxy_http_request_duration_seconds_bucket{host="shop.example",le="+Inf"} 5
proxy_http_request_duration_seconds_sum{host="shop.example"} 0.30000000000000004
proxy_http_request_duration_seconds_count{host="shop.example"} 5
# TYPE temperature_celsius gauge
temperature_celsius{place="in"} NaN
temperature_celsius{place="out"} -Inf
temperature_celsius{place="far"} +Inf
# TYPE rpc_latency_seconds summary
rpc_latency_seconds{quantile="0.5"} 0.25
rpc_latency_seconds_sum 12.5
rpc_latency_seconds_count 40
"""
CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: fake
    proxy: openmetrics
    static_configs:
      - {{targets: ["{target}"], labels: {{rack: a3}}}}
      - {{targets: ["127.0.0.1:{dead_port}"]}}
"""
OPENMETRICS_ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


class PrometheusTest(unittest.TestCase):
    def setUp(self):
        self.target = PageTarget(self, PAGE)
        self.daemon = Daemon(self, CONFIG.format(target=self.target.address, dead_port=free_port())).start()

    def scraped(self, text):
        """{(name, labels): value} of what came from the target."""
        return {key: value for key, value in text.items() if ("rack", "a3") in key[1] and key[0] != "up"
                and not key[0].startswith(("proxy_scrape", "proxy_last", "scrape_"))}

    def check_same(self, expected, found):
        self.assertEqual(set(expected), set(found))
        for key, value in expected.items():
            same = math.isnan(found[key]) if math.isnan(value) else found[key] == value
            self.assertTrue(same, f"{key}: {value} became {found[key]}")

    def test_promtool_has_nothing_to_say(self):
        # The target's own names are the target's business: promtool judges what the program makes.
        self.target.page = "\n".join(line for line in PAGE.splitlines() if "temperature" not in line
                                     and "rpc" not in line) + "\n"
        wait_for("the smaller page", lambda: "temperature_celsius" not in self.daemon.metrics().names())
        for headers in ({}, {"Accept": "text/plain;version=0.0.4"}):
            page = self.daemon.get("/metrics", headers=headers)
            self.assertEqual(200, page.status)
            judged = subprocess.run([tool("promtool"), "check", "metrics"], input=page.body, capture_output=True,
                                    timeout=60, check=False)
            self.assertEqual((0, b"", b""), (judged.returncode, judged.stdout, judged.stderr))

    def test_prometheus_scrapes_without_error_and_has_the_same_values(self):
        prometheus = Prometheus(self, self.daemon.port).start()
        wait_for("five rounds", lambda: self.rounds(prometheus) >= 5)
        [target] = prometheus.api("targets")["activeTargets"]
        self.assertEqual(("up", ""), (target["health"], target["lastError"]))
        found = {}
        for result in prometheus.api("query", query='{rack="a3"}')["result"]:
            labels = dict(result["metric"])
            found[labels.pop("__name__"), frozenset(labels.items())] = float(result["value"][1])
        self.check_same(self.scraped(self.daemon.metrics()), self.scraped(found))
        self.assertEqual("0", prometheus.api("query", query="sum(prometheus_target_scrapes_sample_"
                                             "duplicate_timestamp_total) or vector(0)")["result"][0]["value"][1])
        ups = prometheus.api("query", query="proxy_up")["result"]
        self.assertEqual(["0", "1"], sorted(up["value"][1] for up in ups))
        self.assertEqual([], prometheus.api("query", query="max_over_time(up[1m]) - min_over_time(up[1m]) > 0")["result"])

    def rounds(self, prometheus):
        result = prometheus.api("query", query='count_over_time(up{job="telemetry"}[1m])')["result"]
        return int(result[0]["value"][1]) if result else 0

    def test_both_formats_are_negotiated_and_say_the_same(self):
        text = self.daemon.get("/metrics", headers={"Accept": "text/plain"})
        self.assertEqual("text/plain; version=0.0.4; charset=utf-8", text.headers["content-type"])
        answer = self.daemon.get("/metrics", headers={"Accept": OPENMETRICS_ACCEPT})
        self.assertTrue(answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0"),
                        answer.headers)
        self.assertTrue(answer.body.endswith(b"\n# EOF\n"))
        # le and quantile are canonical floats there: compare as numbers.
        number = lambda name, value: float(value) if name in ("le", "quantile") else value
        canonical = lambda page: {(key[0], frozenset((name, number(name, value)) for name, value in key[1])): value
                                  for key, value in self.scraped(page).items()}
        self.check_same(canonical(parse_exposition(text.body.decode())),
                        canonical(parse_exposition(answer.body.decode())))

    def test_prometheus_takes_openmetrics_from_the_wire(self):
        prometheus = Prometheus(self, self.daemon.port).start()
        wait_for("a round", lambda: self.rounds(prometheus) >= 1)
        # Prometheus asks for OpenMetrics first, so its rounds were in that format.
        answer = http_request(self.daemon.port, "/metrics", headers={
            "Accept": "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                      "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "Accept-Encoding": "gzip"})
        self.assertIn("openmetrics", answer.headers["content-type"])
        self.assertEqual("gzip", answer.headers["content-encoding"])


if __name__ == "__main__":
    unittest.main()
