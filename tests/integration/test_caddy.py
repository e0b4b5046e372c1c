"""Real Caddys: the current one, which counts per host, and Debian's 2.6, which counts per server."""
import unittest

from processes import wait_for
from proxies import Caddy
from proxy_case import API, SHOP, ProxyTests

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class CaddyTests(ProxyTests):
    BOUNDS_S = BOUNDS_S
    COUNTS_BODIES_ONLY = True
    PROGRAM, OPTIONS = "", ""

    @classmethod
    def site(cls, host, port, *backends):
        checks = "    health_uri /health\n    health_interval 200ms\n    lb_policy round_robin\n"
        return (f"http://{host}:{port} {{\n  bind 127.0.0.1\n  log\n"
                f"  reverse_proxy {' '.join(backend.address for backend in backends)} {{\n{checks}  }}\n}}\n")

    @classmethod
    def sites(cls, port):
        return (cls.site("shop.example", port, cls.failing, cls.slow, cls.dead) +
                cls.site("api.example", port, cls.failing, cls.slow))

    @classmethod
    def start_proxy(cls):
        return Caddy(cls.scope, cls.PROGRAM, cls.OPTIONS, cls.sites)

    @classmethod
    def failed_checks(cls):
        return sum(1 for line in cls.proxy.log_since_start() if cls.dead.address in line and "health_checker" in line)

    @classmethod
    def settled(cls):
        """By the log: on /metrics it shows up to 10 s later."""
        return cls.failed_checks() > 0

    @classmethod
    def reload(cls):
        cls.proxy.configure(lambda port: cls.sites(port) + cls.site("more.example", port, cls.slow))
        before = cls.failed_checks()
        cls.proxy.reload()
        # The new configuration takes every backend for healthy until it has looked; one line more may be the old one's.
        wait_for("the proxy knows its backends", lambda: cls.failed_checks() > before + 2)


class CaddyCurrentTest(CaddyTests, unittest.TestCase):
    PROGRAM, OPTIONS = "caddy-current", "metrics {\n    per_host\n  }"
    SCRAPE = "    proxy: caddy\n"
    RELOAD_KEEPS_COUNTERS = RELOAD_KEEPS_HISTOGRAM = False


class CaddyOfDebianTest(CaddyTests, unittest.TestCase):
    PROGRAM, OPTIONS = "caddy", "servers {\n    metrics\n  }"
    SCRAPE = '    proxy: caddy\n    hosts: [{match: "srv0", host: "all.example"}]\n'
    TOLD = {SHOP: "all.example", API: "all.example"}
    BACKENDS, BACKENDS_UP = {"all.example": 3}, {"all.example": 2}


if __name__ == "__main__":
    unittest.main()
