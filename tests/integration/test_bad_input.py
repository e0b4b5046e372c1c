"""Targets that answer nonsense, too much, too slowly or not at all: refused whole with a reason, the others on time."""
import gzip
import math
import re
import socket
import time
import unittest

from processes import Daemon, wait_for
from servers import FakeTarget, PageTarget, send

INTERVAL_S = 1
BODY_SIZE_LIMIT = "5MB"
MEMORY_MAX = 200_000_000
GOOD_PAGE = '# TYPE proxy_http_requests_total counter\nproxy_http_requests_total{host="good.example",code="2xx"} 5\n'
LINE = b'proxy_http_requests_total{host="bad.example",code="2xx"} 1\n'
CONFIG = """\
global: {{scrape_interval: {interval}s, scrape_timeout: 900ms}}
scrape_configs:
  - job_name: good
    proxy: openmetrics
    static_configs: [{{targets: ["{good}"]}}]
  - job_name: bad
    proxy: {proxy}
    body_size_limit: {limit}
    static_configs: [{{targets: ["{bad}"]}}]
"""


def endless(handler):
    """No length and no end; ends when the other side hangs up, or by itself long after it should have."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/plain")
    handler.send_header("Connection", "close")
    handler.end_headers()
    for _ in range(20_000):
        handler.wfile.write(LINE * 1000)


def hundred_megabytes(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", str(100_000_000))
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"#" + b"x" * 999_998 + b"\n")


def cut_off(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(LINE)
    handler.close_connection = True


def reset(handler):
    """RST instead of an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.close_connection = True
    handler.rfile.close()
    handler.wfile.close()
    handler.connection.close()


def drip(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(60):
        handler.wfile.write(b"#")
        handler.wfile.flush()
        time.sleep(1)


def hang(handler):
    time.sleep(30)


def redirect(location):
    return lambda handler: send(handler, b"", 302, headers=[("Location", location)])


def page(body, **options):
    return lambda handler: send(handler, body, **options)


class BadInputTest(unittest.TestCase):
    def start(self, respond, proxy="openmetrics"):
        self.good = PageTarget(self, GOOD_PAGE)
        self.bad = FakeTarget(self, respond)
        self.daemon = Daemon(self, CONFIG.format(interval=INTERVAL_S, good=self.good.address, bad=self.bad.address,
                                                 proxy=proxy, limit=BODY_SIZE_LIMIT)).start()

    def bad_series(self, metrics):
        own = ("proxy_up", "proxy_scrape_", "proxy_last_scrape_", "proxy_telemetry_")
        return [key for key in metrics if ("job", "bad") in key[1] and not key[0].startswith(own)]

    def check_refused(self, respond, reason, proxy="openmetrics", rounds=4):
        """proxy_up 0, nothing of the page, the reason once in the log, the other target in every round."""
        self.start(respond, proxy)
        before = len(self.good.requests)
        wait_for("rounds of the bad target", lambda: len(self.bad.requests) >= rounds)
        self.daemon.wait_scrape("good")
        metrics = self.daemon.metrics()
        self.assertEqual(0, metrics.one("proxy_up", job="bad"))
        self.assertEqual(0, metrics.one("proxy_scrape_samples", job="bad"))
        self.assertEqual([], self.bad_series(metrics))
        self.assertEqual([], self.daemon.samples("bad.example"))
        self.assertEqual(1, metrics.one("proxy_up", job="good"))
        self.assertGreater(len(self.good.requests), before)
        told = [line for line in self.daemon.log().splitlines() if self.bad.address in line]
        self.assertEqual(1, len(told), f"the reason once, not {told}")
        self.assertRegex(told[0], re.compile(reason, re.IGNORECASE))
        self.assertLess(self.daemon.memory_bytes("VmHWM"), MEMORY_MAX)
        times = [request.time for request in self.good.requests[1:]]  # the first is at once, the rest on schedule
        for earlier, later in zip(times, times[1:]):
            self.assertLess(later - earlier, 1.9 * INTERVAL_S, "the good target missed a round")

    def test_html_page(self):
        self.check_refused(page(b"<!DOCTYPE html><html><body>Not Found</body></html>\n", content_type="text/html"),
                           "html|line 1|:1:1|syntax")

    def test_html_page_for_auto(self):
        self.check_refused(page(b"<html><body>Welcome</body></html>\n", content_type="text/html"), "html",
                           proxy="auto")

    def test_html_page_for_haproxy(self):
        self.check_refused(page(b"<html><body>Statistics Report</body></html>\n", content_type="text/html"),
                           "html|csv", proxy="haproxy")

    def test_html_page_for_agbero(self):
        self.check_refused(page(b"<html><body>Sign in</body></html>\n", content_type="text/html"), "html|json",
                           proxy="agbero")

    def test_error_status(self):
        self.check_refused(page(LINE, status=500), "500")

    def test_body_that_is_cut_off(self):
        self.check_refused(cut_off, "cut|partial|closed|transfer|short|end|incomplete")

    def test_last_line_that_is_torn(self):
        self.check_refused(page(LINE + b'proxy_http_requests_total{host="bad.exam'), "line 2|:2:")

    def test_hundred_megabytes(self):
        self.check_refused(hundred_megabytes, "body_size_limit|limit|large|big")

    def test_endless_body(self):
        self.check_refused(endless, "body_size_limit|limit|large|big")

    def test_gzip_bomb(self):
        bomb = gzip.compress(b"\n" * 200_000_000, 9)
        self.check_refused(page(bomb, headers=[("Content-Encoding", "gzip")]), "body_size_limit|limit|large|big")

    def test_wrong_utf8(self):
        self.check_refused(page(LINE + b'proxy_http_requests_total{host="bad\xff.example",code="2xx"} 1\n'),
                           r"utf-?8")

    def test_number_out_of_range(self):
        self.check_refused(page(LINE + b"proxy_http_requests_total 1e400\n"), "1e400|range")

    def test_connection_reset(self):
        self.check_refused(reset, "reset|empty|closed|nothing")

    def test_one_byte_a_second(self):
        self.check_refused(drip, "time")

    def test_hanging_target(self):
        self.check_refused(hang, "time")

    def test_redirect_loop(self):
        self.check_refused(redirect("/again"), "redirect", rounds=20)

    def test_redirect_to_a_file(self):
        self.check_refused(redirect("file:///etc/hostname"), "protocol|redirect|scheme")

    def test_nan_and_infinities_are_values(self):
        self.start(page(b"a_gauge NaN\nb_gauge +Inf\nc_gauge -Inf\n"))
        metrics = self.daemon.metrics()
        self.assertEqual(1, metrics.one("proxy_up", job="bad"))
        self.assertTrue(math.isnan(metrics.one("a_gauge", job="bad")))
        self.assertEqual((math.inf, -math.inf),
                         (metrics.one("b_gauge", job="bad"), metrics.one("c_gauge", job="bad")))

    def test_counters_that_are_no_numbers_make_no_nonsense(self):
        values = iter([b"5", b"NaN", b"+Inf", b"7", b"-3", b"9"] + [b"9"] * 1000)
        self.start(lambda handler: send(handler, b'proxy_http_requests_total{host="bad.example",code="5xx"} '
                                        + next(values) + b"\n"))
        wait_for("all values", lambda: len(self.bad.requests) >= 8)
        answer = self.daemon.get("/telemetry/history?host=bad.example").body.decode()
        self.assertNotRegex(answer.lower(), "nan|inf")
        for sample in self.daemon.recent("bad.example"):
            self.assertGreaterEqual(sample["requests_sec"], 0, answer)
            self.assertTrue(0 <= sample["error_rate"] <= 100, answer)

    def test_of_two_samples_of_one_series_the_first_is_kept_and_the_other_counted(self):
        self.start(page(LINE + LINE.replace(b" 1\n", b" 2\n")))
        metrics = self.daemon.metrics()
        self.assertEqual(1, metrics.one("proxy_up", job="bad"))
        self.assertEqual(1, metrics.one("proxy_http_requests_total", job="bad"))
        self.assertTrue([key for key, value in metrics.items() if "duplicate" in key[0] and value >= 1])

    def test_a_target_that_recovers_is_told_once_more_and_counts_on(self):
        state = {"status": 200, "count": 10}
        self.start(lambda handler: send(handler, LINE.replace(b" 1\n", b" %d\n" % state["count"]), state["status"]))
        self.daemon.wait_scrape("bad")
        first = self.daemon.recent("bad.example")
        state["status"] = 503
        wait_for("down", lambda: self.daemon.metrics().one("proxy_up", job="bad") == 0)
        self.assertEqual([], self.bad_series(self.daemon.metrics()))
        state.update(status=200, count=25)
        wait_for("up", lambda: self.daemon.metrics().one("proxy_up", job="bad") == 1)
        self.daemon.wait_scrape("bad")
        samples = self.daemon.recent("bad.example")
        self.assertEqual(first[0], samples[0])
        self.assertEqual(1, len([sample for sample in samples if sample["requests_sec"] > 0]))
        told = [line for line in self.daemon.log().splitlines() if self.bad.address in line]
        self.assertEqual(2, len(told), told)


if __name__ == "__main__":
    unittest.main()
