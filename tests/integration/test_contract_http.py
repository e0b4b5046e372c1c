"""Statuses, headers and bytes of the HTTP contract against the real program."""
import gzip
import json
import re
import socket
import time
import unittest

from processes import Daemon, wait_for
from servers import FAKE_TARGET_CONFIG, PageTarget

PAGE = """\
# TYPE proxy_http_requests_total counter
proxy_http_requests_total{{host="shop.example",code="2xx"}} {ok}
proxy_http_requests_total{{host="shop.example",code="5xx"}} {bad}
proxy_http_requests_total{{host="a<b>&c",code="2xx"}} {ok}
# TYPE proxy_backends_up gauge
proxy_backends_up{{host="shop.example"}} 3
"""
RANGE_ERROR = b"invalid range; use 30m, 1h, 6h, 24h, 7d, 30d, or 1y\n"
PREFIXES = ("/telemetry", "", "/api/v1/telemetry")
TEXT = "text/plain; charset=utf-8"


class ContractTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.target = PageTarget(cls, PAGE.format(ok=100, bad=0))
        cls.daemon = Daemon(cls, FAKE_TARGET_CONFIG.format(target=cls.target.address)).start()
        cls.daemon.wait_scrape("fake")
        cls.target.page = PAGE.format(ok=175, bad=25)
        wait_for("traffic in the history", lambda: any(
            sample["requests_sec"] for sample in cls.daemon.samples("shop.example", step="1s")))

    # The cleanups that helpers register go with the class.
    @classmethod
    def addCleanup(cls, function, *arguments):
        cls.addClassCleanup(function, *arguments)

    def check(self, path, status, body=None, content_type=None, **options):
        answer = self.daemon.get(path, **options)
        self.assertEqual(status, answer.status, f"{path}: {answer.body[:200]!r}")
        if body is not None:
            self.assertEqual(body, answer.body, path)
        if content_type is not None:
            self.assertEqual(content_type, answer.headers.get("content-type"), path)
        return answer

    def test_history_to_the_byte(self):
        answer = self.check("/telemetry/history?host=shop.example&range=1h&step=1s", 200,
                            content_type="application/json")
        self.assertRegex(answer.body.decode(), (
            r'^\{"host":"shop\.example","range":"1 hour","samples":\[(\{"ts":\d{10},"requests_sec":[0-9.]+,'
            r'"p99_ms":0,"error_rate":[0-9.]+,"active_backends":3\},?)+\]\}\n$'))
        samples = json.loads(answer.body)["samples"]
        self.assertEqual((0, 0), (samples[0]["requests_sec"], samples[0]["error_rate"]))
        self.assertEqual([25.0], [sample["error_rate"] for sample in samples if sample["requests_sec"]])
        self.assertIn(b'"error_rate":25,', answer.body)

    def test_every_mount_answers_the_same(self):
        for prefix in PREFIXES:
            self.check(f"{prefix}/history?host=nobody.example", 200,
                       b'{"host":"nobody.example","range":"1 hour","samples":[]}\n', "application/json")
            self.check(f"{prefix}/hosts", 200, b'{"hosts":["a\\u003cb\\u003e\\u0026c","shop.example"]}\n',
                       "application/json")
            self.check(f"{prefix}/history", 400, b"host parameter required\n", TEXT)

    def test_known_ranges_have_their_labels(self):
        labels = {"30m": "30 minutes", "1h": "1 hour", "6h": "6 hours", "24h": "24 hours", "7d": "7 days",
                  "30d": "30 days", "1y": "1 year", "": "1 hour"}
        for name, label in labels.items():
            self.check(f"/telemetry/history?host=x&range={name}", 200,
                       f'{{"host":"x","range":"{label}","samples":[]}}\n'.encode())

    def test_errors_to_the_byte(self):
        for query in ("", "?host=", "?host=%20%09%0A", "?range=2h", "?host=&host=x"):
            self.check(f"/telemetry/history{query}", 400, b"host parameter required\n", TEXT)
        for bad in ("2h", "1H", "%201h", "60m", "1h%20"):
            self.check(f"/telemetry/history?host=x&range={bad}", 400, RANGE_ERROR, TEXT)
        for parameter, query in (("end", "start=200&end=100"), ("start", "start=soon"), ("end", "end=never"),
                                 ("step", "step=0"), ("step", "step=1fortnight"), ("aggregate", "aggregate=median"),
                                 ("step", "start=0&end=11001&step=1s")):
            answer = self.check(f"/telemetry/history?host=x&{query}", 400, content_type=TEXT)
            self.assertEqual(1, answer.body.count(b"\n"))
            self.assertTrue(answer.body.endswith(b"\n"))
            self.assertIn(parameter.encode(), answer.body)

    def test_host_is_trimmed_and_the_first_of_repeated_counts(self):
        self.check("/telemetry/history?host=%20x%C2%A0&host=y&range=1h&range=bad", 200,
                   b'{"host":"x","range":"1 hour","samples":[]}\n')

    def test_start_and_end_make_the_range_custom(self):
        now = int(time.time())
        for end in (str(now), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))):
            answer = self.check(f"/telemetry/history?host=shop.example&start=0&end={end}&step=10000d", 200)
            self.assertEqual("custom", json.loads(answer.body)["range"])
            self.assertEqual(1, len(json.loads(answer.body)["samples"]))

    def test_aggregates_agree_where_they_must(self):
        window = {"start": 0, "step": "10000d"}
        every = self.daemon.recent("shop.example")
        answers = {name: self.daemon.samples("shop.example", aggregate=name, **window)[0]
                   for name in ("first", "max", "avg")}
        self.assertEqual(every[0], answers["first"])
        self.assertEqual(every[0]["ts"], answers["max"]["ts"])
        self.assertEqual(max(sample["requests_sec"] for sample in every), answers["max"]["requests_sec"])
        self.assertEqual(25, answers["avg"]["error_rate"])

    def test_head_is_get_without_body(self):
        for path in ("/metrics", "/telemetry/hosts", "/telemetry/history?host=x", "/", "/-/healthy", "/-/ready"):
            get = self.check(path, 200)
            head = self.check(path, 200, b"", method="HEAD")
            self.assertEqual(get.headers["content-type"], head.headers["content-type"], path)

    def test_wrong_methods_are_told_what_is_allowed(self):
        for path in ("/metrics", "/telemetry/hosts", "/telemetry/history", "/", "/-/healthy"):
            for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"):
                answer = self.check(path, 405, method=method)
                self.assertIn("GET", answer.headers["allow"])
                self.assertIn("HEAD", answer.headers["allow"])

    def test_paths_are_exact(self):
        for path in ("/METRICS", "//metrics", "/metricsx", "/metrics/", "/telemetry", "/telemetry/", "/telemetry/hosts/",
                     "/nothing", "/-/", "/favicon.ico/x"):
            self.check(path, 404)

    def test_lifecycle_without_its_flag_is_forbidden(self):
        self.check("/-/reload", 403, method="POST")
        self.check("/-/quit", 403, method="POST")

    def test_health_and_landing_page(self):
        self.check("/-/healthy", 200)
        self.check("/-/ready", 200)
        page = self.check("/", 200).body.decode()
        for link in ("/metrics", "/telemetry/hosts", "/-/healthy", "/-/ready"):
            self.assertIn(link, page)

    def test_no_cross_origin_answers(self):
        answer = self.check("/metrics", 200, headers={"Origin": "http://elsewhere.example"})
        self.assertEqual([], [name for name in answer.headers if name.startswith("access-control")])

    def test_gzip_where_it_is_accepted(self):
        for path in ("/metrics", "/telemetry/history?host=shop.example&step=1s"):
            plain = self.check(path, 200, headers={"Accept-Encoding": "gzip;q=0, identity"})
            self.assertNotIn("content-encoding", plain.headers)
        packed = self.check("/metrics", 200, headers={"Accept-Encoding": "gzip"})
        self.assertEqual("gzip", packed.headers["content-encoding"])
        self.assertIn(b"proxy_up", gzip.decompress(packed.body))

    def test_metrics_in_both_formats(self):
        self.check("/metrics", 200, content_type="text/plain; version=0.0.4; charset=utf-8")
        answer = self.check("/metrics", 200, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
        self.assertIn("application/openmetrics-text; version=1.0.0", answer.headers["content-type"])
        self.assertTrue(answer.body.endswith(b"# EOF\n"))

    def test_what_a_target_says_about_others_is_renamed(self):
        page = self.daemon.metrics()
        self.assertIn("proxy_telemetry_build_info", page.names())
        self.assertIn("process_resident_memory_bytes", page.names())
        self.target.page = PAGE.format(ok=175, bad=25) + "process_open_fds 7\nproxy_up 5\n"
        wait_for("the renamed series", lambda: "exported_process_open_fds" in self.daemon.metrics().names())
        page = self.daemon.metrics()
        self.assertEqual(5, page.one("exported_proxy_up", job="fake"))
        self.assertEqual(1, page.one("proxy_up", job="fake"))

    def raw(self, data, timeout_s=20):
        with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=timeout_s) as connection:
            connection.sendall(data)
            received = b""
            try:
                while True:
                    piece = connection.recv(65536)
                    if not piece:
                        return received
                    received += piece
            except ConnectionResetError:
                return received

    def check_raw(self, data, *statuses):
        status = re.match(rb"HTTP/1\.1 (\d+)", self.raw(data))
        self.assertIsNotNone(status, data[:100])
        self.assertIn(int(status.group(1)), statuses, data[:100])

    def test_ambiguous_requests_are_refused_and_closed(self):
        head = b"GET /metrics HTTP/1.1\r\nHost: x\r\n"
        self.check_raw(head + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)
        self.check_raw(head + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400)
        self.check_raw(b"GET /telemetry/history?host=a%00b HTTP/1.1\r\nHost: x\r\n\r\n", 400)
        self.check_raw(head + b"X-Long: " + b"a" * 20_000 + b"\r\n\r\n", 400, 431)
        self.check_raw(b"POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n", 413)

    def test_half_open_connections_delay_nobody(self):
        held = [socket.create_connection(("127.0.0.1", self.daemon.port)) for _ in range(200)]
        try:
            for connection in held:
                connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: ")
            started = time.monotonic()
            self.check("/telemetry/hosts", 200)
            self.assertLess(time.monotonic() - started, 2)  # the contract's number
        finally:
            for connection in held:
                connection.close()


if __name__ == "__main__":
    unittest.main()
