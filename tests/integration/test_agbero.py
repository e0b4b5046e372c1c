"""A fake agbero with scripted counters: its /uptime, its /metrics when it has one, its token, its traps."""
import json
import pathlib
import tempfile
import unittest

from processes import Daemon
from servers import FakeTarget, send

CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: edge
    proxy: {proxy}
    static_configs: [{{targets: ["{target}"]}}]
{more}"""
HOST = "shop.example"
BOUNDS = ("0.1", "0.5", "1", "+Inf")


class FakeAgbero(FakeTarget):
    """Counters of one host with backends by URL, as agbero tells them."""

    def __init__(self, test):
        self.codes = {}
        self.buckets = [0, 0, 0, 0]  # cumulative, by BOUNDS
        self.backends = {}
        self.has_metrics = True
        self.token = None
        super().__init__(test, self._respond)

    def backend(self, url, total, failures=0, alive=True, p99_us=0):
        self.backends[url] = {
            "url": url, "alive": alive, "in_flight": 0, "failures": failures, "total_reqs": total,
            "latency_us": {"p50": p99_us // 2, "p90": p99_us, "p99": p99_us, "max": p99_us, "count": total,
                           "sum_us": total * p99_us // 2, "avg_us": p99_us // 2},
            "health": {"status": "Healthy" if alive else "Dead", "score": 100, "trend": 0}}

    def _uptime(self):
        total = sum(backend["total_reqs"] for backend in self.backends.values())
        route = {"protocol": "http", "path": "/", "strategy": "round_robin",
                 "backends": list(self.backends.values())}
        return json.dumps({"system": {"pid": 7, "start_time": "2026-01-01T00:00:00Z"}, "global": {"http_p99_ms": 1},
                           "hosts": {HOST: {"total_reqs": total, "routes": [route], "proxies": []}}})

    def _metrics(self):
        lines = ["# TYPE agbero_http_requests_total counter"]
        lines += [f'agbero_http_requests_total{{host="{HOST}",method="GET",code="{code}"}} {count}'
                  for code, count in self.codes.items()]
        lines.append("# TYPE agbero_http_request_duration_seconds histogram")
        name, labels = "agbero_http_request_duration_seconds", f'host="{HOST}",method="GET"'
        lines += [f'{name}_bucket{{{labels},le="{bound}"}} {count}' for bound, count in zip(BOUNDS, self.buckets)]
        lines += [f"{name}_sum{{{labels}}} 1", f"{name}_count{{{labels}}} {self.buckets[-1]}"]
        return "\n".join(lines) + "\n"

    def _respond(self, handler):
        if self.token and handler.headers.get("Authorization") != f"Bearer {self.token}":
            send(handler, "unauthorized\n", 401)
        elif handler.path == "/uptime":
            send(handler, self._uptime(), content_type="application/json")
        elif handler.path == "/metrics" and self.has_metrics:
            send(handler, self._metrics())
        else:
            send(handler, "404 page not found\n", 404)


class AgberoTest(unittest.TestCase):
    def setUp(self):
        self.agbero = FakeAgbero(self)

    def start_daemon(self, proxy="agbero", more=""):
        self.daemon = Daemon(self, CONFIG.format(proxy=proxy, target=self.agbero.address, more=more))
        self.first = self.daemon.start_counting(["edge"])["edge"]

    def totals(self):
        self.daemon.wait_scrape("edge")
        requests, errors = self.daemon.total(HOST, "edge", self.first)
        return round(requests, 6), round(errors, 6)

    def samples(self):
        # The first two rounds may share a second, and so a bucket.
        samples = self.daemon.recent(HOST, aggregate="max")
        for sample in samples:
            self.assertGreaterEqual(sample["requests_sec"], 0)
            self.assertTrue(0 <= sample["error_rate"] <= 100, sample)
        return samples

    def test_with_metrics_codes_and_histogram_come_from_there(self):
        self.agbero.codes = {"200": 1000, "500": 10}
        self.agbero.buckets = [1000, 1005, 1010, 1010]
        self.agbero.backend("http://10.0.0.1:80", 900)
        self.agbero.backend("http://10.0.0.2:80", 90, alive=False)
        self.start_daemon()
        self.agbero.codes = {"200": 1090, "500": 20, "404": 3}
        self.agbero.buckets = [1090, 1107, 1113, 1113]
        self.assertEqual((103, 10), self.totals())
        page = self.daemon.metrics()
        self.assertEqual({"200": 1090, "500": 20, "404": 3}, {dict(labels)["code"]: value for labels, value in
                         page.select("proxy_http_requests_total", job="edge", host=HOST).items()})
        self.assertEqual(2, page.one("proxy_backends", host=HOST))
        self.assertEqual(1, page.one("proxy_backends_up", host=HOST))
        self.assertEqual(1113, page.one("proxy_http_request_duration_seconds_count", host=HOST))
        busy = [sample for sample in self.samples() if sample["requests_sec"] > 0]
        # 103 requests: 90 up to 0.1 s, 12 more up to 0.5 s, so the 101.97th is in the second bucket.
        self.assertAlmostEqual(1000 * (0.1 + 0.4 * (0.99 * 103 - 90) / 12), busy[0]["p99_ms"], places=6)
        self.assertEqual(1, busy[0]["active_backends"])

    def test_without_metrics_backends_tell_requests_and_p99(self):
        self.agbero.has_metrics = False
        self.agbero.backend("http://10.0.0.1:80", 100, p99_us=20_000)
        self.agbero.backend("http://10.0.0.2:80", 50, p99_us=40_000)
        self.agbero.backend("http://10.0.0.3:80", 0, alive=False)
        self.start_daemon()
        self.agbero.backend("http://10.0.0.1:80", 130, p99_us=20_000)
        self.agbero.backend("http://10.0.0.2:80", 60, p99_us=40_000)
        self.assertEqual(40, self.totals()[0])
        samples = self.samples()
        busy = [sample for sample in samples if sample["requests_sec"] > 0]
        self.assertEqual(30, busy[0]["p99_ms"])
        self.assertEqual(2, busy[0]["active_backends"])
        # Nothing since: agbero's p99 stays frozen, ours does not.
        self.assertEqual(0, samples[-1]["p99_ms"])
        page = self.daemon.metrics()
        self.assertEqual(130, page.sum("proxy_backend_requests_total", host=HOST, backend="http://10.0.0.1:80"))
        self.assertEqual({}, page.select("proxy_http_requests_total", host=HOST))

    def test_failures_falling_to_zero_never_makes_an_absurd_error_rate(self):
        self.agbero.has_metrics = False
        self.agbero.backend("http://10.0.0.1:80", 100, failures=5)
        self.start_daemon()
        total = 100
        for failures in (6, 0, 3, 0, 2**63, 0):
            total += 10
            self.agbero.backend("http://10.0.0.1:80", total, failures=failures)
            self.daemon.wait_scrape("edge", rounds=1)
        self.assertEqual(60, self.totals()[0])
        self.samples()

    def test_a_pruned_backend_makes_no_spike_and_no_hole(self):
        self.agbero.has_metrics = False
        self.agbero.backend("http://10.0.0.1:80", 1_000_000)
        self.agbero.backend("http://10.0.0.2:80", 70)
        self.start_daemon()
        del self.agbero.backends["http://10.0.0.1:80"]
        self.agbero.backend("http://10.0.0.2:80", 80)
        self.assertEqual(10, self.totals()[0])
        self.agbero.backend("http://10.0.0.1:80", 4)  # back, counting from 0
        self.assertEqual(14, self.totals()[0])
        self.samples()

    def test_a_restarted_agbero_counts_from_zero(self):
        self.agbero.codes = {"200": 500, "502": 50}
        self.start_daemon()
        self.agbero.codes = {"200": 20, "502": 2}
        self.assertEqual((22, 2), self.totals())
        self.samples()

    def test_the_token_file_is_read_anew_each_time(self):
        self.agbero.codes = {"200": 1}
        self.agbero.token = "first"
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        token = pathlib.Path(folder.name) / "token"
        token.write_text("first\n")
        self.start_daemon(more=f"    authorization: {{type: Bearer, credentials_file: {token}}}\n")
        self.assertEqual(1, self.daemon.metrics().one("proxy_up", job="edge"))
        self.agbero.token = "second"
        token.write_text("second\n")
        self.daemon.wait_scrape("edge")
        self.assertEqual(1, self.daemon.metrics().one("proxy_up", job="edge"))
        self.assertNotIn("second", self.daemon.log())

    def test_auto_recognises_agbero(self):
        self.agbero.codes = {"200": 7}
        self.agbero.backend("http://10.0.0.1:80", 7)
        self.start_daemon(proxy="auto")
        self.agbero.codes = {"200": 9}
        self.assertEqual((2, 0), self.totals())
        self.assertEqual(1, self.daemon.metrics().one("proxy_backends_up", host=HOST))

    def test_auto_recognises_agbero_without_metrics(self):
        self.agbero.has_metrics = False
        self.agbero.backend("http://10.0.0.1:80", 7)
        self.start_daemon(proxy="auto")
        self.agbero.backend("http://10.0.0.1:80", 12)
        self.assertEqual(5, self.totals()[0])


if __name__ == "__main__":
    unittest.main()
