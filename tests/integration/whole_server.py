"""The story of a proxy that counts for the server as a whole, our own requests for its page among them."""
import time

from proxy_case import API, SETTLE_S, SHOP, ProxyStory

ALL = "all.example"


class WholeServerStory(ProxyStory):
    """Subclasses say in own_requests() how many of the counted requests are our own."""

    TOLD = {SHOP: ALL, API: ALL}

    @classmethod
    def history(cls, host):
        """Without our own requests, which the proxy counts; waits while one is under way."""
        deadline = time.monotonic() + SETTLE_S
        while True:
            own = cls.own_requests()
            requests, errors, p99_ms = super().history(host)
            if round(requests - own, 6) == cls.sent[host].requests() or time.monotonic() > deadline:
                return requests - own, errors, p99_ms
            time.sleep(0.05)

    def check_requests(self, stage):
        self.assertAlmostEqual(stage.sent[ALL].requests(), stage.history[ALL][0], places=6)

    def test_requests_are_the_clients_and_our_own(self):
        self.check_requests(self.first)

    def test_a_reload_makes_no_spike_and_loses_nothing(self):
        self.check_requests(self.reloaded)

    def test_a_restart_makes_no_spike_and_loses_nothing(self):
        self.check_requests(self.restarted)
        self.check_requests(self.outage)
