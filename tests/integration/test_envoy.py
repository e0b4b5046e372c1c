"""A real Envoy with active health checks: hosts by clusters, and by virtual hosts that count."""
import unittest

from processes import http_request
from proxies import Envoy, socket_address
from proxy_case import ProxyTests

# In seconds; Envoy's are in milliseconds.
BOUNDS_S = (0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1800, 3600)
LOG = {"name": "envoy.access_loggers.file", "typed_config": {
    "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
    "log_format": {"json_format": {"host": "%REQ(:AUTHORITY)%", "status": "%RESPONSE_CODE%", "ms": "%DURATION%",
                                   "upstream": "%UPSTREAM_HOST%"}}}}


def cluster(name, *addresses):
    ports = [int(address.split(":")[1]) for address in addresses]
    return {"name": name, "connect_timeout": "1s", "type": "STATIC",
            "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
            "health_checks": [{"timeout": "1s", "interval": "0.2s", "no_traffic_interval": "0.2s",
                               "unhealthy_threshold": 1, "healthy_threshold": 1,
                               "http_health_check": {"path": "/health"}}],
            "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [
                {"endpoint": {"address": socket_address(port)}} for port in ports]}]}}


def virtual_host(name, host, cluster_name, counts):
    return {"name": name, "domains": [host], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": cluster_name}}],
            # Without one a virtual host counts nothing.
            "virtual_clusters": [{"name": "all", "headers": [{"name": ":path", "string_match": {"prefix": "/"}}]}]
            if counts else []}


def listener(envoy, virtual_hosts):
    log = {"name": LOG["name"], "typed_config": {**LOG["typed_config"], "path": str(envoy.access_log)}}
    manager = {"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3."
                        "HttpConnectionManager",
               "stat_prefix": "edge", "access_log": [log], "server_header_transformation": "PASS_THROUGH",
               "route_config": {"virtual_hosts": virtual_hosts},
               "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {
                   # Envoy counts the bytes that came from the backends: without its own headers.
                   "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
                   "suppress_envoy_headers": True}}]}
    return {"name": "web", "address": socket_address(envoy.port), "filter_chains": [{"filters": [
        {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}]}


class EnvoyTests(ProxyTests):
    """Envoy has no reload of its own: what comes nearest is that its counters are set to 0 while it runs."""

    BOUNDS_S = BOUNDS_S
    RELOAD_KEEPS_COUNTERS = False
    CLUSTER, VIRTUAL_HOST, VIRTUAL_HOSTS_COUNT = "", "", False  # names, to be formatted

    @classmethod
    def start_proxy(cls):
        return Envoy(cls.scope, lambda envoy: {
            "listeners": [listener(envoy, [
                virtual_host(cls.VIRTUAL_HOST.format(name), f"{name}.example", cls.CLUSTER.format(name),
                             cls.VIRTUAL_HOSTS_COUNT) for name in ("shop", "api")])],
            "clusters": [cluster(cls.CLUSTER.format("shop"), cls.failing.address, cls.slow.address, cls.dead.address),
                         cluster(cls.CLUSTER.format("api"), cls.failing.address, cls.slow.address)]})

    @classmethod
    def settled(cls):
        page = http_request(cls.proxy.admin_port, "/clusters").body.decode()
        return all(f"{cls.CLUSTER.format(name)}::{backend.address}::health_flags::{flags}" in page
                   for name, backend, flags in (("shop", cls.failing, "healthy"), ("shop", cls.slow, "healthy"),
                                                ("shop", cls.dead, "/failed_active_hc"),
                                                ("api", cls.failing, "healthy"), ("api", cls.slow, "healthy")))

    @classmethod
    def reload(cls):
        cls.proxy.reset_counters()
        cls.daemon.wait_scrape(cls.JOB)


class EnvoyByClusterTest(EnvoyTests, unittest.TestCase):
    """Clusters are named as their hosts: the dots move most of the name out of the label, into the metric's name."""

    CLUSTER, VIRTUAL_HOST = "{}.example", "{}"
    SCRAPE = "    proxy: envoy\n"


class EnvoyByVirtualHostTest(EnvoyTests, unittest.TestCase):
    """Virtual hosts with a virtual cluster count themselves; the cluster only tells the backends."""

    CLUSTER, VIRTUAL_HOST, VIRTUAL_HOSTS_COUNT = "{}_backends", "{}", True
    SCRAPE = '    proxy: envoy\n    hosts: [{match: "(shop|api)(_backends)?", host: "$1.example"}]\n'

    def test_bytes_are_those_that_the_clients_received(self):
        # A virtual host counts none, and a cluster may serve several.
        self.assertEqual({}, self.first.page.select("proxy_response_bytes_total", job=self.JOB))


if __name__ == "__main__":
    unittest.main()
