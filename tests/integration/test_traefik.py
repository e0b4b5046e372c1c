"""A real Traefik: routers joined with their Host rules, services with health checks, its own buckets."""
import json
import unittest

import load
from processes import wait_for
from proxies import Traefik
from proxy_case import ProxyTests

HEALTH = {"path": "/health", "interval": "200ms", "unhealthyInterval": "200ms", "timeout": "1s"}


def service(*addresses):
    return {"loadBalancer": {"servers": [{"url": f"http://{address}"} for address in addresses],
                             "healthCheck": HEALTH}}


class TraefikTest(ProxyTests, unittest.TestCase):
    SCRAPE = "    proxy: traefik\n"
    BOUNDS_S = (0.1, 0.3, 1.2, 5.0)
    COUNTS_BODIES_ONLY = True

    @classmethod
    def dynamic(cls, third):
        routers = {name: {"rule": f"Host(`{name}.example`)", "service": f"{name}-backends", "entryPoints": ["web"]}
                   for name in ("shop", "api")}
        routers[third] = {"rule": f"Host(`{third}.example`)", "service": "api-backends", "entryPoints": ["web"]}
        return {"routers": routers,
                "services": {"shop-backends": service(cls.failing.address, cls.slow.address, cls.dead.address),
                             "api-backends": service(cls.failing.address, cls.slow.address)}}

    @classmethod
    def start_proxy(cls):
        return Traefik(cls.scope, cls.dynamic("gone"))

    @classmethod
    def settled(cls):
        return cls.proxy.down() == {cls.dead.address}

    @classmethod
    def reload(cls):
        """The router `gone`, which has had traffic, makes room for another one."""
        load.send(cls.proxy.port, {"gone.example": 30})
        cls.daemon.wait_scrape(cls.JOB)
        cls.proxy.configure(cls.dynamic("more"))
        wait_for("the new router", cls.proxy.is_ready)
        wait_for("the proxy knows its backends", cls.settled)

    def test_a_router_that_is_gone_is_not_taken_for_a_new_host(self):
        # Traefik still shows its counters once, when its API does not know its rule any more.
        self.assertEqual({"hosts": ["api.example", "gone.example", "more.example", "shop.example"]},
                         json.loads(self.daemon.get("/telemetry/hosts").body))


if __name__ == "__main__":
    unittest.main()
