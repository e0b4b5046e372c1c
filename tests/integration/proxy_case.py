"""One story for every real proxy: traffic of known outcome, a reload, a restart, an outage; then what was told of it.

A class of tests lives the story once, in setUpClass, and records it; the tests look at the record.
"""
import collections
import copy
import math
import time
import types

import load
from backends import DeadBackend, failing_backend, slow_backend
from processes import Daemon, wait_for

SHOP, API = HOSTS = ("shop.example", "api.example")
SETTLE_S = 15
# The proxy's log and its histogram take the time of one request at two places.
CLOCKS_APART_S, CLOCKS_APART_RATIO = 0.002, 0.02

# What is known after a part of the story. sent: {host: load.Tally} since the first round, of which `part` is of this
# part; history: {host: (requests, errors, p99_ms)} since the first round; seconds: {host: the proxy's own durations}.
Stage = collections.namedtuple("Stage", "sent part page history seconds")


def exact_percentile(values, share=0.99):
    """The nearest rank."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def bucket_of(value, bounds):
    """(lower, upper) of the bucket that holds it; beyond the last bound, histogram_quantile answers that bound."""
    lower = 0
    for upper in bounds:
        if value <= upper:
            return lower, upper
        lower = upper
    return lower, lower


class ProxyStory:
    """Mixed into unittest.TestCase by the tests of one proxy, which say how to start, configure and read it."""

    JOB = "edge"
    SCRAPE = ""  # what the daemon's configuration says of the job beside its name and target
    TOLD = {SHOP: SHOP, API: API}  # the host that is told for what goes to a host
    BACKENDS = {SHOP: 3, API: 2}
    BACKENDS_UP = {SHOP: 2, API: 2}
    BOUNDS_S = None  # of the proxy's histogram; None: it has none
    RELOAD_KEEPS_COUNTERS = True
    RELOAD_KEEPS_HISTOGRAM = True
    WARM_UP = 6  # requests to each host before the daemon starts
    # Fewer each time, by so much that every counter is seen to fall when the proxy begins anew: it is not while it does
    # not show what it has not counted yet.
    FIRST, RELOADED, RESTARTED, OUTAGE = 900, 280, 80, 40

    # To be defined: start_proxy() -> a proxies.ReverseProxy; and where the proxy differs:

    @classmethod
    def reload(cls):
        """A reload that really changes something; returns when it is done."""
        cls.proxy.reload()

    @classmethod
    def settled(cls):
        """True once the proxy has found out about its dead backend."""
        return True

    @classmethod
    def own_requests(cls):
        """How many requests the proxy counts, since the first round, that are not the load's."""
        return 0

    @classmethod
    def setUpClass(cls):
        cls.scope = types.SimpleNamespace(addCleanup=cls.addClassCleanup)
        cls.failing, cls.slow = failing_backend(cls.scope), slow_backend(cls.scope)
        cls.dead = DeadBackend(cls.scope)
        cls.proxy = cls.start_proxy().start()
        wait_for("the proxy knows its backends", cls.settled)
        cls.daemon = Daemon(cls.scope, (
            "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
            f"scrape_configs:\n  - job_name: {cls.JOB}\n"
            f"    static_configs: [{{targets: ['127.0.0.1:{cls.proxy.admin_port}']}}]\n{cls.SCRAPE}"))
        cls.hosts = sorted(set(cls.TOLD.values()))
        cls.sent = {host: load.Tally() for host in cls.hosts}
        cls.seconds = {host: [] for host in cls.hosts}
        cls.logged = 0
        cls.observed = collections.Counter()  # requests to each host that the proxy's histogram should have
        # So that the hosts are known at the first round, from which increases count.
        cls.warm_up = cls.send(cls.WARM_UP)
        cls.first_s = cls.daemon.start_counting([cls.JOB])[cls.JOB]
        cls.live()

    @classmethod
    def live(cls):
        cls.first = cls.stage(cls.FIRST)
        cls.reload()
        if not cls.RELOAD_KEEPS_HISTOGRAM:
            cls.observed.clear()
        cls.reloaded = cls.stage(cls.RELOADED)
        cls.proxy.restart()
        cls.observed.clear()
        wait_for("the proxy knows its backends", cls.settled)
        cls.daemon.wait_scrape(cls.JOB)
        cls.restarted = cls.stage(cls.RESTARTED, cls.BACKENDS_UP)
        cls.failing.stop()
        cls.slow.stop()
        cls.outage = cls.stage(cls.OUTAGE, dict.fromkeys(cls.BACKENDS_UP, 0))

    @classmethod
    def send(cls, requests):
        """{told host: Tally} of what the clients saw, once the proxy has logged it all."""
        part = {host: load.Tally() for host in cls.hosts}
        for host, tally in load.send(cls.proxy.port, {host: requests for host in HOSTS}).items():
            part[cls.TOLD[host]].add(tally)
            cls.observed[cls.TOLD[host]] += requests
        cls.logged += len(HOSTS) * requests
        wait_for(f"{cls.logged} requests in the log of {cls.proxy.name}", lambda: len(cls.records()) >= cls.logged)
        return part

    @classmethod
    def records(cls):
        return [record for record in cls.proxy.records() if record[0] in HOSTS]

    @classmethod
    def stage(cls, requests, up=None):
        seen = cls.logged
        part = cls.send(requests)
        for host, tally in part.items():
            cls.sent[host].add(tally)
        for host, _, seconds in cls.records()[seen:]:
            if seconds is not None:
                cls.seconds[cls.TOLD[host]].append(seconds)
        cls.daemon.wait_scrape(cls.JOB)
        # Gauges and histograms of some proxies follow later than counters. What is wrong even then is for the tests.
        deadline = time.monotonic() + SETTLE_S
        while not cls.is_settled(page := cls.daemon.metrics(), up) and time.monotonic() < deadline:
            time.sleep(0.1)
        cls.daemon.wait_scrape(cls.JOB, rounds=1)
        return Stage(copy.deepcopy(cls.sent), part, page, {host: cls.history(host) for host in cls.hosts},
                     copy.deepcopy(cls.seconds))

    @classmethod
    def is_settled(cls, page, up):
        """True when the page has the backends up that it should, and every request is in the histograms."""
        if up and any([count] != list(page.select("proxy_backends_up", job=cls.JOB, host=host).values())
                      for host, count in up.items()):
            return False
        # Without a live backend some histograms get nothing.
        outage = up and not any(up.values())
        return not cls.BOUNDS_S or outage or all(cls.observed[host] == page.sum(
            "proxy_http_request_duration_seconds_count", job=cls.JOB, host=host) for host in cls.hosts)

    @classmethod
    def history(cls, host):
        requests, errors = cls.daemon.total(host, cls.JOB, cls.first_s)
        [sample] = cls.daemon.samples(host, start=0, step="10000d", aggregate="avg", job=cls.JOB)
        return requests, errors, sample["p99_ms"]

    def codes(self, page, host):
        codes = collections.Counter()
        for labels, value in page.select("proxy_http_requests_total", job=self.JOB, host=host).items():
            codes[dict(labels).get("code", "none")] += value
        return +codes

    def check_history(self, stage):
        for host in self.hosts:
            with self.subTest(host=host, seed=load.SEED):
                requests, errors, _ = stage.history[host]
                self.assertAlmostEqual(stage.sent[host].requests(), requests, places=6)
                self.assertAlmostEqual(stage.sent[host].errors(), errors, places=6)

    def check_backends(self, stage, up):
        for host, backends in self.BACKENDS.items():
            with self.subTest(host=host):
                self.assertEqual(up[host], stage.page.one("proxy_backends_up", job=self.JOB, host=host))
                self.assertEqual(backends, stage.page.one("proxy_backends", job=self.JOB, host=host))

    def check_p99(self, stage):
        for host in self.hosts:
            with self.subTest(host=host, seed=load.SEED):
                exact = exact_percentile(stage.seconds[host])
                apart = CLOCKS_APART_S + exact * CLOCKS_APART_RATIO
                lower = bucket_of(max(0, exact - apart), self.BOUNDS_S)[0]
                upper = bucket_of(exact + apart, self.BOUNDS_S)[1]
                told = stage.history[host][2] / 1000
                self.assertTrue(lower <= told <= upper, f"p99 of the proxy's log {exact}, told {told}")


class ProxyTests(ProxyStory):
    """What must hold for every proxy that counts status codes."""

    COUNTS_BODIES_ONLY = False  # its bytes are those of bodies

    def check_codes(self, page, *tallies):
        """Of `page`, whose counters ran from 0, exactly or by class: what the clients of these parts saw."""
        for host in self.hosts:
            with self.subTest(host=host, seed=load.SEED):
                clients = load.Tally()
                for tally in tallies:
                    clients.add(tally[host])
                told = dict(self.codes(page, host))
                if any(code.endswith("xx") for code in told):
                    self.assertEqual(clients.classes(), load.fold_classes(told))
                else:
                    self.assertEqual({str(code): count for code, count in clients.codes.items()}, told)

    def test_requests_and_classes_equal_what_the_clients_saw(self):
        self.check_codes(self.first.page, self.warm_up, self.first.part)
        self.check_history(self.first)

    def test_bytes_are_those_that_the_clients_received(self):
        for host in self.hosts:
            with self.subTest(host=host, seed=load.SEED):
                parts = (self.warm_up[host], self.first.part[host])
                received = sum(part.received_bodies if self.COUNTS_BODIES_ONLY else part.received for part in parts)
                told = self.first.page.sum("proxy_response_bytes_total", job=self.JOB, host=host)
                self.assertLessEqual(abs(told - received), received / 100, f"told {told}, received {received}")

    def test_backends_up_are_those_that_answer(self):
        for stage, up in ((self.restarted, self.BACKENDS_UP), (self.outage, dict.fromkeys(self.BACKENDS_UP, 0))):
            self.check_backends(stage, up)

    def test_p99_lies_in_the_bucket_of_the_exact_percentile(self):
        self.check_p99(self.first)

    def test_a_reload_makes_no_spike_and_loses_nothing(self):
        kept = (self.warm_up, self.first.part) if self.RELOAD_KEEPS_COUNTERS else ()
        self.check_codes(self.reloaded.page, *kept, self.reloaded.part)
        self.check_history(self.reloaded)

    def test_a_restart_makes_no_spike_and_loses_nothing(self):
        self.check_codes(self.restarted.page, self.restarted.part)
        self.check_history(self.restarted)
        self.check_p99(self.restarted)

    def test_errors_that_the_proxy_makes_itself_are_errors_of_the_host(self):
        for host in self.hosts:
            with self.subTest(host=host, seed=load.SEED):
                self.assertGreater(self.outage.part[host].errors(), 0)
        self.check_codes(self.outage.page, self.restarted.part, self.outage.part)
        self.check_history(self.outage)
