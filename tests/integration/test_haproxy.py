"""A real HAProxy under known traffic: every number must be the one that the load generator counted."""
import collections
import http.client
import unittest

from processes import Daemon, Haproxy, wait_for
from servers import Site

CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: http
    proxy: haproxy
    metrics_path: /stats
    static_configs: [{{targets: ["127.0.0.1:{stats_port}"], labels: {{rack: a3}}}}]
    hosts: [{{match: "be_(.*)", host: "$1.example"}}]
  - job_name: socket
    proxy: {socket_proxy}
    static_configs: [{{targets: ["unix:{socket}"]}}]
    hosts: [{{match: "be_(.*)", host: "$1.example"}}]
"""
JOBS = ("http", "socket")
HOSTS = ("shop.example", "api.example")
PLAN = {"shop.example": [200, 200, 200, 404, 301, 500], "api.example": [200, 503, 200, 200, 500]}


class HaproxyTest(unittest.TestCase):
    def setUp(self):
        self.sites = [Site(self) for _ in range(3)]
        servers = [f"127.0.0.1:{site.port} check inter 200ms fall 2 rise 1" for site in self.sites]
        self.haproxy = Haproxy(self, (
            "  use_backend be_shop if { hdr(host) -i shop.example }\n"
            "  use_backend be_api if { hdr(host) -i api.example }\n"
            "backend be_shop\n  option httpchk GET /health\n"
            f"  server s1 {servers[0]}\n  server s2 {servers[1]}\n"
            "backend be_api\n  option httpchk GET /health\n"
            f"  server a1 {servers[2]}\n")).start()
        self.sent = {host: collections.Counter() for host in HOSTS}

    def start_daemon(self, socket_proxy="haproxy"):
        daemon = Daemon(self, CONFIG.format(stats_port=self.haproxy.stats_port, socket=self.haproxy.socket_path,
                                            socket_proxy=socket_proxy))
        self.first = daemon.start_counting(JOBS)
        return daemon

    def send_to(self, host, path, expected):
        connection = http.client.HTTPConnection("127.0.0.1", self.haproxy.port, timeout=10)
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        self.assertEqual(expected, answer.status)
        self.sent[host][f"{answer.status // 100}xx"] += 1

    def send_plan(self, times):
        for _ in range(times):
            for host, codes in PLAN.items():
                for code in codes:
                    self.send_to(host, f"/status/{code}", code)

    def wait_rounds(self, daemon):
        for job in JOBS:
            daemon.wait_scrape(job)

    def check_history(self, daemon):
        """The increases kept since the first sample add up to what was sent."""
        for job in JOBS:
            for host in HOSTS:
                requests, errors = daemon.total(host, job, self.first[job])
                self.assertAlmostEqual(sum(self.sent[host].values()), requests, places=6, msg=f"{job} {host}")
                self.assertAlmostEqual(self.sent[host]["5xx"], errors, places=6, msg=f"{job} {host}")
                for sample in daemon.recent(host, job=job):
                    self.assertGreaterEqual(sample["requests_sec"], 0)
                    self.assertLessEqual(sample["error_rate"], 100)
                    self.assertEqual(0, sample["p99_ms"])

    def check_counters(self, page, sent):
        for job in JOBS:
            for host in HOSTS:
                codes = {dict(labels)["code"]: value for labels, value in
                         page.select("proxy_http_requests_total", job=job, host=host).items()}
                self.assertEqual(dict(sent[host]), {code: value for code, value in codes.items() if value})

    def test_numbers_equal_what_the_load_generator_counted(self):
        daemon = self.start_daemon()
        self.send_plan(40)
        self.wait_rounds(daemon)
        page = daemon.metrics()
        self.check_counters(page, self.sent)
        self.check_history(daemon)
        self.assertEqual([], [key for key in page if key[0].startswith("proxy_http_request_duration")])
        self.assertEqual(1, page.one("proxy_up", job="http", rack="a3"))
        self.assertEqual(f"unix:{self.haproxy.socket_path}",
                         dict(next(iter(page.select("proxy_up", job="socket"))))["instance"])

    def test_the_stats_socket_is_recognised_by_content(self):
        daemon = self.start_daemon(socket_proxy="auto")
        self.send_plan(5)
        self.wait_rounds(daemon)
        self.check_counters(daemon.metrics(), self.sent)
        self.check_history(daemon)

    def test_live_backends_follow_the_health_checks(self):
        daemon = self.start_daemon()
        up = lambda host: daemon.metrics().one("proxy_backends_up", job="http", host=host)
        wait_for("all backends up", lambda: (up("shop.example"), up("api.example")) == (2, 1))
        self.sites[0].stop()
        self.sites[2].stop()
        wait_for("one of two backends up", lambda: (up("shop.example"), up("api.example")) == (1, 0))
        page = daemon.metrics()
        for job in JOBS:
            wait_for("both jobs see it", lambda: daemon.metrics().one("proxy_backends_up", job=job,
                                                                      host="api.example") == 0)
        self.assertEqual(2, page.one("proxy_backends", job="http", host="shop.example"))
        self.assertEqual({"s1": 0, "s2": 1}, {dict(labels)["backend"]: value for labels, value in page.select(
            "proxy_backend_up", job="http", host="shop.example").items()})
        newest = daemon.recent("shop.example", job="http", aggregate="last")[-1]
        self.assertEqual(1, newest["active_backends"])
        # HAProxy's own 503 is an error of the host, though no server row knows it.
        self.send_to("api.example", "/", 503)
        self.wait_rounds(daemon)
        self.assertEqual(1, daemon.metrics().one("proxy_http_requests_total", job="http", host="api.example",
                                                 code="5xx"))
        self.check_history(daemon)

    def test_a_reload_makes_no_spike_and_loses_nothing_that_was_seen(self):
        daemon = self.start_daemon()
        self.send_plan(30)
        self.wait_rounds(daemon)
        before = {host: counts.copy() for host, counts in self.sent.items()}
        self.haproxy.reload()
        # Fewer than before, so that the counters are seen to fall.
        self.send_plan(10)
        self.wait_rounds(daemon)
        self.check_counters(daemon.metrics(), {host: self.sent[host] - before[host] for host in HOSTS})
        # A spike, or a fall taken for less than it is, would show in the totals.
        self.check_history(daemon)

    def test_a_restart_of_the_program_shows_no_false_zero_and_loses_nothing(self):
        daemon = self.start_daemon()
        self.send_plan(10)
        self.wait_rounds(daemon)
        kept = daemon.recent("shop.example", job="http")
        self.assertEqual(0, daemon.stop())
        self.send_plan(20)  # while the program is away
        daemon.start()
        self.assertEqual(["api.example", "shop.example"],
                         [host for host in HOSTS[::-1] if daemon.recent(host)])
        self.send_plan(10)
        self.wait_rounds(daemon)
        self.check_history(daemon)
        samples = daemon.recent("shop.example", job="http")
        self.assertEqual(kept, samples[:len(kept)])
        self.assertGreater(samples[len(kept)]["requests_sec"], 0)


if __name__ == "__main__":
    unittest.main()
