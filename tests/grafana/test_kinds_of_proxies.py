"""What the dashboards show of proxies that count in different ways, on made-up pages in a real Prometheus."""
import json
import time
import unittest
import urllib.parse

from dashboards import Variables, load, panels_of
from live import PrometheusWithRules
from many_hosts import ManyHosts
from processes import http_request, wait_for

INTERVAL_S = 1
RANGE_S = 120
SCRAPES = 8  # until all windows are full

# Growth per scrape. "exact" tells exact codes and has coarse buckets, all its requests in the one up to 0.3 s. Its log has fine
# ones, with many more requests, all up to 0.05 s. "silent" tells no codes of its backends.
CODES = {"200": 80, "204": 10, "502": 7, "503": 3}
BUCKETS = {("exact", "edge"): {"0.1": 0, "0.3": 100, "1.2": 100, "5": 100, "+Inf": 100},
           ("exact", "log"): {"0.01": 0, "0.05": 1000, "0.1": 1000, "0.25": 1000, "1": 1000, "5": 1000, "+Inf": 1000}}
SLOWEST_P99_S = 0.1 + (0.3 - 0.1) * 0.99
COMMON_BOUNDS = {"0.1": 1000, "5": 1100, "+Inf": 1100}


def series():
    for code, growth in CODES.items():
        yield f'proxy_http_requests_total{{job="edge",instance="e:1",host="exact",code="{code}"}}', growth, 0
        for backend in ("a", "b"):
            yield (f'proxy_backend_requests_total{{job="edge",instance="e:1",host="exact",backend="{backend}",code="{code}"}}',
                   growth, 0)
        yield f'proxy_http_requests_total{{job="gone",instance="g:1",host="gone",code="{code}"}}', growth, 0
    yield 'proxy_backend_requests_total{job="edge",instance="s:1",host="silent",backend="c"}', 5, 0
    for (host, job), buckets in BUCKETS.items():
        for bound, growth in buckets.items():
            yield (f'proxy_http_request_duration_seconds_bucket{{job="{job}",instance="{job}:1",host="{host}",le="{bound}"}}',
                   growth, 0)


class KindsOfProxiesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.proxies = ManyHosts(cls, 0)
        cls.proxies.series = list(series())
        cls.prometheus = PrometheusWithRules(cls, cls.proxies.port, INTERVAL_S, INTERVAL_S).start()
        wait_for("scrapes", lambda: cls.proxies.scrapes >= SCRAPES)
        cls.proxies.series = [shown for shown in cls.proxies.series if 'job="gone"' not in shown[0]]
        wait_for("the end of a target", lambda: cls.proxies.scrapes >= 2 * SCRAPES)

    @classmethod
    def addCleanup(cls, function, *arguments):
        """Of Prometheus, which lives as long as the class."""
        cls.addClassCleanup(function, *arguments)

    def shown(self, name, kind, title, host):
        """Labels and last number of each series of the panel's first query."""
        panel = next(panel for panel in panels_of(load(name)) if (panel["type"], panel["title"]) == (kind, title))
        variables = Variables({"job": None, "instance": None, "host": [host]}, INTERVAL_S, INTERVAL_S, RANGE_S)
        now = time.time()
        asked = {"query": variables.put_into(panel["targets"][0]["expr"]), "start": now - RANGE_S, "end": now, "step": INTERVAL_S}
        answer = json.loads(http_request(self.prometheus.port, f"/api/v1/query_range?{urllib.parse.urlencode(asked)}").body)
        self.assertEqual("success", answer["status"], f"{title}: {answer.get('error')}")
        return [(series["metric"], float(series["values"][-1][1])) for series in answer["data"]["result"]]

    def check_shares(self, expected, shown, label):
        """Numbers relative to their sum: how many scrapes a second there are is none of the test's business."""
        numbers = {labels[label]: number for labels, number in shown}
        self.assertEqual(set(expected), set(numbers))
        for name, number in expected.items():
            self.assertAlmostEqual(number / sum(expected.values()), numbers[name] / sum(numbers.values()), places=9)

    def test_two_exact_codes_of_a_class_are_added_up(self):
        self.check_shares({"2xx": 90, "5xx": 10}, self.shown("host", "timeseries", "Requests by status", "exact"), "code")

    def test_buckets_of_different_bounds_are_not_added_up_to_a_quantile_that_no_proxy_has(self):
        for name in ("host", "overview"):
            [(_, number)] = self.shown(name, "stat", "p99", "exact")
            self.assertAlmostEqual(SLOWEST_P99_S, number, places=9)

    def test_the_heatmap_has_the_bounds_that_all_proxies_of_the_host_have(self):
        self.check_shares(COMMON_BOUNDS, self.shown("host", "heatmap", "Durations", "exact"), "le")

    def test_no_errors_are_told_of_backends_whose_codes_are_not_known(self):
        known = self.shown("host", "timeseries", "Errors by backend", "exact")
        self.assertEqual(["a", "b"], sorted(labels["backend"] for labels, _ in known))
        for _, number in known:
            self.assertAlmostEqual(0.1, number, places=9)
        self.assertEqual([], self.shown("host", "timeseries", "Errors by backend", "silent"))

    def test_a_number_of_what_is_gone_is_not_shown_as_one_of_now(self):
        self.assertTrue(self.shown("host", "timeseries", "Requests by status", "gone"))
        self.assertEqual([], self.shown("host", "stat", "Requests", "gone"))
        self.assertTrue(self.shown("host", "stat", "Requests", "exact"))


if __name__ == "__main__":
    unittest.main()
