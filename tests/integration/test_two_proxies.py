"""HAProxy and Traefik serve one host at once: history adds them up, job and instance separate them."""
import types
import unittest

import load
from backends import failing_backend, slow_backend
from processes import Daemon, Haproxy
from proxies import Traefik
from proxy_case import API, HOSTS, SHOP
from test_traefik import service

JOBS = ("haproxy", "traefik")
WARM_UP = 4
CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: haproxy
    proxy: haproxy
    metrics_path: /stats
    static_configs: [{{targets: ["{haproxy}"]}}]
    hosts: [{{match: "be_(.*)", host: "$1.example"}}]
  - job_name: traefik
    proxy: traefik
    static_configs: [{{targets: ["{traefik}"]}}]
"""


class TwoProxiesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scope = types.SimpleNamespace(addCleanup=cls.addClassCleanup)
        failing, slow = failing_backend(scope), slow_backend(scope)
        backends = "".join(f"backend be_{name}\n  option httpchk GET /health\n"
                           f"  server s1 {failing.address} check inter 200ms\n"
                           f"  server s2 {slow.address} check inter 200ms\n" for name in ("shop", "api"))
        cls.haproxy = Haproxy(scope, "".join(f"  use_backend be_{name} if {{ hdr(host) -i {name}.example }}\n"
                                             for name in ("shop", "api")) + backends).start()
        cls.traefik = Traefik(scope, {
            "routers": {name: {"rule": f"Host(`{name}.example`)", "service": name, "entryPoints": ["web"]}
                        for name in ("shop", "api")},
            "services": {name: service(failing.address, slow.address) for name in ("shop", "api")}}).start()
        cls.ports = {"haproxy": cls.haproxy.port, "traefik": cls.traefik.port}
        cls.instances = {"haproxy": f"127.0.0.1:{cls.haproxy.stats_port}",
                         "traefik": f"127.0.0.1:{cls.traefik.admin_port}"}
        cls.send({SHOP: WARM_UP, API: WARM_UP}, {SHOP: WARM_UP, API: WARM_UP})
        cls.daemon = Daemon(scope, CONFIG.format(**cls.instances))
        cls.first = cls.daemon.start_counting(JOBS)
        # api.example has traffic through HAProxy alone.
        cls.sent = cls.send({SHOP: 300, API: 200}, {SHOP: 450})
        # Rounds up to then have seen all of it, and are stored once another one has come.
        cls.end_s = int(min(cls.daemon.wait_scrape(job) for job in JOBS))
        for job in JOBS:
            cls.daemon.wait_scrape(job)

    @classmethod
    def send(cls, through_haproxy, through_traefik):
        return {"haproxy": load.send(cls.ports["haproxy"], through_haproxy),
                "traefik": load.send(cls.ports["traefik"], through_traefik)}

    def ask(self, host, aggregate, **choice):
        """One bucket over everything up to end_s."""
        [sample] = self.daemon.samples(host, start=0, end=self.end_s, step="10000d", aggregate=aggregate, **choice)
        return sample

    def ask_all(self, host, aggregate):
        """The same rounds asked for together, by job and by instance."""
        return (self.ask(host, aggregate), [self.ask(host, aggregate, job=job) for job in JOBS],
                [self.ask(host, aggregate, instance=self.instances[job]) for job in JOBS])

    def test_a_job_alone_tells_what_went_through_its_proxy(self):
        for job in JOBS:
            for host, tally in self.sent[job].items():
                with self.subTest(job=job, host=host, seed=load.SEED):
                    requests, errors = self.daemon.total(host, job, self.first[job])
                    self.assertAlmostEqual(tally.requests(), requests, places=6)
                    self.assertAlmostEqual(tally.errors(), errors, places=6)

    def test_without_a_job_both_are_added_up(self):
        for host in HOSTS:
            with self.subTest(host=host, seed=load.SEED):
                both, by_job, by_instance = self.ask_all(host, "avg")
                self.assertEqual(by_job, by_instance)
                self.assertAlmostEqual(sum(one["requests_sec"] for one in by_job), both["requests_sec"], places=9)
                tallies = [part[host] for part in self.sent.values() if host in part]
                errors = sum(tally.errors() for tally in tallies)
                requests = sum(tally.requests() for tally in tallies)
                self.assertGreater(errors, 0)
                self.assertAlmostEqual(100 * errors / requests, both["error_rate"], places=9)
                # Only Traefik has a histogram.
                self.assertEqual((0, both["p99_ms"]), tuple(one["p99_ms"] for one in by_job))
        self.assertEqual((0, 0), tuple(self.ask_all(API, "avg")[1][1][key] for key in ("requests_sec", "p99_ms")))

    def test_live_backends_are_added_up_too(self):
        both, by_job, _ = self.ask_all(SHOP, "last")
        self.assertEqual((4, [2, 2]), (both["active_backends"], [one["active_backends"] for one in by_job]))

    def test_series_of_the_two_stand_apart_by_job_and_instance(self):
        page = self.daemon.metrics()
        for job in JOBS:
            series = page.select("proxy_http_requests_total", host=SHOP, job=job)
            self.assertEqual({self.instances[job]}, {dict(labels)["instance"] for labels in series})
            self.assertEqual(self.sent[job][SHOP].requests() + WARM_UP, sum(series.values()))


if __name__ == "__main__":
    unittest.main()
