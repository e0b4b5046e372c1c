"""The overview with 10,000 hosts and a day of what is recorded: every query and rule answers; prints the time.

Rules that read days find minutes here; grafana/rules/README.md says what those cost when the days are there.
"""
import concurrent.futures
import json
import os
import pathlib
import statistics
import time
import unittest
import urllib.parse

from dashboards import Variables, label_values, load, targets_of, variables_of
from live import PrometheusWithRules
from many_hosts import INSTANCES, ManyHosts, recorded_day
from processes import http_request, wait_for

HOSTS = int(os.environ.get("PT_GRAFANA_HOSTS", "10000"))
SCRAPE_INTERVAL_S = 15
RULES_INTERVAL_S = 60  # of those too that are evaluated every 30 minutes
SETTLE_TIMEOUT_S = 240
REQUEST_TIMEOUT_S = 60
POINTS = 600  # a panel's width in points, about
RANGES_H = (1, 6, 24)
TRIES = 3
GOAL_S = 2  # printed, not asserted
# The number of series once every group of recorded rules has seen two scrapes, and those that it builds on.
RECORDED = {"job_instance_host:proxy_http_requests:rate5m": HOSTS, "job_instance_host:proxy_http_errors:rate5m": HOSTS,
            "job_instance_host:proxy_http_request_duration_seconds:p99_5m": HOSTS,
            "job_instance_host:proxy_http_trouble:rank": HOSTS, "job_host:proxy_http_errors:ratio_rate3d": HOSTS,
            "job_instance:proxy_http_errors:rate5m": INSTANCES, "job_instance:proxy_response_bytes:rate5m": INSTANCES}


class TenThousandHostsTest(unittest.TestCase):
    def setUp(self):
        proxies = ManyHosts(self, HOSTS)
        self.prometheus = PrometheusWithRules(self, proxies.port, SCRAPE_INTERVAL_S, RULES_INTERVAL_S)
        # Until the beginning of the head block, which may not overlap.
        self.prometheus.backfill(recorded_day(int(time.time()) // 7200 * 7200))
        self.prometheus.start()
        for name, count in RECORDED.items():
            wait_for(f"{count} of {name}", lambda: self.count(name) == count, SETTLE_TIMEOUT_S, pause_s=1)
        wait_for("every rule", lambda: not any(rule["health"] == "unknown" for _, rule in self.rules()), pause_s=1,
                 timeout_s=SETTLE_TIMEOUT_S)

    def ask(self, path, **parameters):
        """(seconds, data) of an answer without error and without warning."""
        begun = time.monotonic()
        body = http_request(self.prometheus.port, f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}",
                            timeout_s=REQUEST_TIMEOUT_S).body
        took = time.monotonic() - begun
        answer = json.loads(body)
        self.assertEqual(("success", []), (answer["status"], answer.get("warnings", [])),
                         f"{parameters}: {answer.get('error')}")
        return took, answer["data"]

    def count(self, name):
        _, data = self.ask("query", query=f"count({name})")
        return int(data["result"][0]["value"][1]) if data["result"] else 0

    def rules(self):
        return [(group, rule) for group in self.prometheus.groups() for rule in group["rules"]]

    def head_series(self):
        page = http_request(self.prometheus.port, "/metrics").body.decode()
        return next(int(float(line.split()[1])) for line in page.splitlines()
                    if line.startswith("prometheus_tsdb_head_series "))

    def requests(self, hours):
        """(what, arguments of ask()) of all that the overview asks for over so many hours."""
        range_s = hours * 3600
        step_s = max(SCRAPE_INTERVAL_S, range_s // POINTS)
        variables = Variables({"job": None, "instance": None, "host": None}, SCRAPE_INTERVAL_S, step_s, range_s)
        overview, now = load("overview"), time.time()
        times = {"start": now - range_s, "end": now}
        for panel, target in targets_of(overview):
            expr = variables.put_into(target["expr"])
            over = {"path": "query_range", "step": step_s, **times}
            if target["instant"]:
                over = {"path": "query", "time": now}
            yield f"{panel['title']} {target['refId']}", {"query": expr, **over}
        for annotation in overview["annotations"]["list"]:
            expr = variables.put_into(annotation["expr"])
            over = {"path": "query_range", "step": max(60, step_s), **times}
            yield f"annotation {annotation['name']}", {"query": expr, **over}
        for variable in variables_of(overview).values():
            if variable["type"] == "query":
                selector, label = label_values(variable["query"])
                yield (f"variable {variable['name']}",
                       {"path": f"label/{label}/values", "match[]": variables.put_into(selector), **times})

    def measure(self, hours, known):
        """(sorted seconds of some tries, what, series) of each request alone. Asks no instant query that is `known`."""
        for what, arguments in self.requests(hours):
            if arguments["path"] == "query":
                if arguments["query"] in known:
                    continue
                known.add(arguments["query"])
            tries = [self.ask(**arguments) for _ in range(TRIES)]
            _, data = tries[-1]
            answered = len(data["result"] if isinstance(data, dict) else data)
            self.assertGreater(answered, 0, f"{what}: {arguments}")
            if what == "variable host":
                self.assertEqual(HOSTS, answered)
            yield sorted(took for took, _ in tries), what, answered

    def at_once(self, hours):
        """(seconds, what) of the slowest request when all are under way together, as when the dashboard is opened."""
        with concurrent.futures.ThreadPoolExecutor(max_workers=50) as pool:
            asked = [(what, pool.submit(self.ask, **arguments)) for what, arguments in self.requests(hours)]
            return max((answer.result()[0], what) for what, answer in asked)

    def test_every_query_of_the_overview_and_every_rule_answers(self):
        self.assertEqual(INSTANCES, self.count("proxy_up"))
        print(f"\n{HOSTS} hosts, {self.head_series()} series; median and fastest of {TRIES}, goal {GOAL_S} s")
        slowest, known = (0, ""), set()
        for hours in RANGES_H:
            for took, what, series in self.measure(hours, known):
                median = statistics.median(took)
                print(f"  {hours:2} h  {median * 1000:8.1f} ms  {took[0] * 1000:8.1f} ms  {series:6} series  {what}")
                slowest = max(slowest, (median, f"{what} over {hours} h"))
        print(f"slowest alone: {slowest[0] * 1000:.0f} ms, {slowest[1]}")
        for hours in RANGES_H:
            took, what = self.at_once(hours)
            print(f"slowest of all {hours} h at once: {took * 1000:.0f} ms, {what}")
        for group in self.prometheus.groups():
            file = pathlib.Path(group["file"]).stem
            print(f"  rules {file} {group['name']}: {group['evaluationTime'] * 1000:.0f} ms")
        for group, rule in self.rules():
            self.assertEqual(("ok", ""), (rule["health"], rule.get("lastError", "")),
                             f"{group['name']}: {rule['name']}")


if __name__ == "__main__":
    unittest.main()
