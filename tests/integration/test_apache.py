"""A real Apache with mod_status and balancers: one number for the whole server, backends with their states."""
import json
import unittest

from proxies import Apache
from whole_server import ALL, WholeServerStory

LOG = r'''LogFormat "{\"host\":\"%v\",\"status\":%>s,\"us\":%D,\"bytes\":%O,\"time\":%{msec}t}" json
'''


class ApacheTest(WholeServerStory, unittest.TestCase):
    SCRAPE = f'    proxy: apache\n    hosts: [{{match: "apache", host: "{ALL}"}}]\n'

    @classmethod
    def body(cls, apache):
        def site(host, *backends):
            check = "hcmethod=GET hcuri=/health hcinterval=300ms hcfails=1 hcpasses=1 retry=0"
            members = "".join(f"  BalancerMember http://{backend.address} {check}\n" for backend in backends)
            return (f"<Proxy balancer://{host}>\n{members}</Proxy>\n<VirtualHost 127.0.0.1:{apache.port}>\n"
                    f"  ServerName {host}\n  ProxyPass / balancer://{host}/\n</VirtualHost>\n")

        return (f"{LOG}CustomLog {apache.access_log} json\nMaxKeepAliveRequests 0\n"
                f"{site('shop.example', cls.failing, cls.slow, cls.dead)}{site('api.example', cls.failing, cls.slow)}")

    @classmethod
    def start_proxy(cls):
        return Apache(cls.scope, cls.body)

    @classmethod
    def settled(cls):
        """True once a worker has failed its health check."""
        return "HcFl" in "".join(cls.proxy.status().values())

    @classmethod
    def own_requests(cls):
        """The status page's since the first round; Apache counts each of them only after its answer."""
        lines = [json.loads(line) for line in cls.proxy.log_lines()]
        own = sum(1 for line in lines if line["host"] == "localhost" and line["time"] / 1000 > cls.first_s - 0.002)
        # The newest, and the last one before each restart, are in no number.
        return own - cls.proxy.starts

    def test_backends_up_are_those_that_answer(self):
        # Balancers are named as the hosts.
        for stage in (self.first, self.reloaded, self.restarted):
            self.check_backends(stage, self.BACKENDS_UP)
        self.check_backends(self.outage, dict.fromkeys(self.BACKENDS_UP, 0))

    def test_what_the_status_page_does_not_tell_is_absent(self):
        page = self.outage.page
        self.assertEqual({}, page.select("proxy_http_requests_total", job=self.JOB, code="5xx"))
        self.assertEqual({}, page.select("proxy_http_request_errors_total", job=self.JOB))
        self.assertEqual({}, page.select("proxy_http_request_duration_seconds_bucket", job=self.JOB))
        # Its "Total kBytes" are those received and sent together.
        self.assertEqual({}, page.select("proxy_response_bytes_total", job=self.JOB))
        self.assertEqual((0, 0), self.outage.history[ALL][1:])


if __name__ == "__main__":
    unittest.main()
