"""A page of a proxy nobody knows, read by `mapping:`: which metric is what, in which unit, under which label."""
import unittest

from processes import Daemon
from servers import PageTarget

CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: edge
    proxy: openmetrics
    metrics_path: /stats
    static_configs: [{{targets: ["{target}"]}}]
    hosts: [{{match: "site-(.*)", host: "$1.example"}}]
    mapping:
      host: vhost
      requests:
        - {{metric: acme_responses_total, code: status, where: {{direction: client}}}}
      latency:
        - {{metric: acme_response_time_ms, unit: ms}}
      in_flight:
        - {{metric: acme_active}}
      response_bytes:
        - {{metric: acme_sent_kilobytes, unit: KB}}
      backends:
        - {{metric: acme_members}}
      backend_up:
        - {{metric: acme_member_alive, host: pool, backend: member}}
"""
BOUNDS_MS = ("5", "50", "500", "+Inf")


class FakeAcme(PageTarget):
    """Counters of a proxy with words of its own."""

    def __init__(self, test):
        super().__init__(test)
        self.responses = {}  # {(vhost, status): count}
        self.buckets = {}    # {vhost: cumulative counts by BOUNDS_MS}
        self.alive = {}      # {(vhost, member): 0 or 1}
        self.kilobytes = 0

    def show(self):
        lines = ["# TYPE acme_responses_total counter"]
        for (vhost, status), count in self.responses.items():
            # What goes to the backends is counted under the same name.
            lines += [f'acme_responses_total{{vhost="{vhost}",status="{status}",method="{method}",'
                      f'direction="{direction}"}} {part}' for direction in ("client", "backend")
                      for method, part in (("GET", count - 1), ("POST", 1))]
        lines.append("# TYPE acme_response_time_ms histogram")
        for vhost, counts in self.buckets.items():
            lines += [f'acme_response_time_ms_bucket{{vhost="{vhost}",le="{bound}"}} {count}'
                      for bound, count in zip(BOUNDS_MS, counts)]
            lines += [f'acme_response_time_ms_sum{{vhost="{vhost}"}} {counts[-1] * 20}',
                      f'acme_response_time_ms_count{{vhost="{vhost}"}} {counts[-1]}']
        lines += [f'acme_active{{vhost="{vhost}"}} 3' for vhost in self.buckets]
        lines += [f'acme_sent_kilobytes{{vhost="{vhost}"}} {self.kilobytes}' for vhost in self.buckets]
        lines += [f'acme_members{{vhost="{vhost}"}} 2' for vhost in self.buckets]
        lines += [f'acme_member_alive{{pool="{vhost}",member="{member}"}} {alive}'
                  for (vhost, member), alive in self.alive.items()]
        lines.append("acme_of_no_interest 17")
        self.page = "\n".join(lines) + "\n"


class MappingTest(unittest.TestCase):
    def setUp(self):
        self.acme = FakeAcme(self)
        self.acme.responses = {("site-shop", 200): 900, ("site-shop", 502): 100, ("Other.EXAMPLE:8080", 200): 5}
        self.acme.buckets = {"site-shop": [500, 900, 1000, 1000]}
        self.acme.alive = {("site-shop", "a"): 1, ("site-shop", "b"): 0}
        self.acme.kilobytes = 2
        self.acme.show()
        self.daemon = Daemon(self, CONFIG.format(target=self.acme.address))
        self.first = self.daemon.start_counting(["edge"])["edge"]

    def codes(self, host):
        return {dict(labels)["code"]: value for labels, value in
                self.daemon.metrics().select("proxy_http_requests_total", job="edge", host=host).items()}

    def test_the_pages_metrics_become_the_contracts(self):
        page = self.daemon.metrics()
        self.assertEqual({"200": 900, "502": 100}, self.codes("shop.example"))
        self.assertEqual({"200": 5}, self.codes("other.example"))
        bucket = lambda le: page.one("proxy_http_request_duration_seconds_bucket", host="shop.example", le=le)
        self.assertEqual([500, 900, 1000, 1000], [bucket(le) for le in ("0.005", "0.05", "0.5", "+Inf")])
        self.assertEqual(20, page.one("proxy_http_request_duration_seconds_sum", host="shop.example"))
        self.assertEqual(3, page.one("proxy_http_requests_in_flight", host="shop.example"))
        self.assertEqual(2048, page.one("proxy_response_bytes_total", host="shop.example"))
        self.assertEqual(2, page.one("proxy_backends", host="shop.example"))
        self.assertEqual(1, page.one("proxy_backend_up", host="shop.example", backend="a"))
        self.assertEqual(0, page.one("proxy_backend_up", host="shop.example", backend="b"))
        self.assertFalse([name for name in page.names() if name.startswith("acme_")])

    def test_history_tells_what_came_after_the_first_round(self):
        self.acme.responses[("site-shop", 200)] += 180
        self.acme.responses[("site-shop", 502)] += 20
        self.acme.buckets["site-shop"] = [600, 1090, 1200, 1200]
        self.acme.show()
        self.daemon.wait_scrape("edge")
        requests, errors = self.daemon.total("shop.example", "edge", self.first)
        self.assertEqual((200, 20), (round(requests, 6), round(errors, 6)))
        [sample] = self.daemon.samples("shop.example", start=0, step="10000d", aggregate="avg")
        # Of 200 requests 190 took up to 0.05 s and 10 up to 0.5 s: the 198th is the eighth of those.
        self.assertAlmostEqual(1000 * (0.05 + 0.45 * 8 / 10), sample["p99_ms"], places=6)

    def test_a_restart_of_the_proxy_counts_from_zero(self):
        self.acme.responses = {("site-shop", 200): 70, ("site-shop", 502): 7}
        self.acme.buckets = {"site-shop": [70, 77, 77, 77]}
        self.acme.show()
        self.daemon.wait_scrape("edge")
        requests, errors = self.daemon.total("shop.example", "edge", self.first)
        self.assertEqual((77, 7), (round(requests, 6), round(errors, 6)))


if __name__ == "__main__":
    unittest.main()
