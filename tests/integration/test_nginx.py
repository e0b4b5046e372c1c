"""A real nginx with its stub_status: one number for the whole server, our own scrapes in it, and nothing made up."""
import json
import unittest

from processes import http_request
from proxies import Nginx
from whole_server import ALL, WholeServerStory

LOG = ("  log_format web escape=json '{\"host\":\"$host\",\"status\":$status,\"seconds\":$request_time}';\n"
       "  log_format own escape=json '{\"time\":$msec,\"status\":$status}';\n")


class NginxStubStatusTest(WholeServerStory, unittest.TestCase):
    SCRAPE = f'    proxy: nginx\n    hosts: [{{match: "nginx", host: "{ALL}"}}]\n'
    BACKENDS = BACKENDS_UP = {}

    @classmethod
    def http(cls, nginx):
        def server(host, name):
            return (f"  server {{ listen 127.0.0.1:{nginx.port}; server_name {host}; access_log {nginx.access_log} web;\n"
                    f"    location / {{ proxy_pass http://{name}; proxy_http_version 1.1;\n"
                    "      proxy_set_header Connection ''; } }\n")

        return (f"{LOG}"
                f"  upstream shop {{ server {cls.failing.address}; server {cls.slow.address};\n"
                f"    server {cls.dead.address} max_fails=1 fail_timeout=60s; keepalive 8; }}\n"
                f"  upstream api {{ server {cls.failing.address}; server {cls.slow.address}; keepalive 8; }}\n"
                f"{server('shop.example', 'shop')}{server('api.example', 'api')}"
                f"  server {{ listen 127.0.0.1:{nginx.admin_port}; access_log {nginx.folder}/own.log own;\n"
                "    location = /stub_status { stub_status; } }\n")

    @classmethod
    def start_proxy(cls):
        return Nginx(cls.scope, cls.http)

    @classmethod
    def own_requests(cls):
        """Those to the status server behind the first round's, which is in the first number already.

        After a restart the daemon looks for the page afresh: what is not found is a request too.
        """
        lines = [json.loads(line) for line in (cls.proxy.folder / "own.log").read_text().splitlines()]
        first = next(index for index, line in enumerate(lines)
                     if line["status"] == 200 and line["time"] > cls.first_s - 0.002)
        return len(lines) - first - 1

    def test_the_counter_is_nginxs_own(self):
        def both():
            told = self.daemon.metrics().one("proxy_http_requests_total", job=self.JOB, host=ALL)
            return told, int(http_request(self.proxy.admin_port, "/stub_status").body.split()[9])

        # The page that is read here is a request too; a round may come in between.
        told, counted = both()
        self.assertTrue(1 <= counted - told <= 10, (told, counted))

    def test_what_stub_status_does_not_tell_is_absent(self):
        names = {key[0] for key in self.outage.page if ("host", ALL) in key[1]}
        self.assertIn("proxy_http_requests_total", names)
        for absent in ("errors", "duration", "bytes", "backend"):
            self.assertEqual([], [name for name in names if absent in name])
        self.assertEqual({}, self.outage.page.select("proxy_http_requests_total", host=ALL, code="5xx"))
        self.assertEqual((0, 0), self.outage.history[ALL][1:])


if __name__ == "__main__":
    unittest.main()
