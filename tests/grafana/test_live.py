"""Every expression of dashboards and rules on the running demo, and every panel as Grafana draws it."""
import json
import math
import time
import unittest
import urllib.parse

import earlier
from dashboards import (NAMES, Variables, key_of, label_values, load, panels_of, selectors_of, targets_of, unit_of,
                        variables_of)
from live import ROOT, SCRAPE_INTERVAL_S, Demo, PrometheusWithRules
from processes import http_request, wait_for
from rendering import draw, skip_without_renderer

# Until the rates of several scrapes are there, and one of the demo's backends has been down, as it is each minute.
SETTLED_S = 75
RANGE_S = 60
ALL = {"job": None, "instance": None, "host": None}
ONE = {"job": ["edge", "edge-log", "proxy-telemetry"], "instance": None, "host": ["api.example"]}
# Panels without data on a demo that runs for a minute or two, and why. One that has data has to leave the list.
EMPTY = {("self", "Bytes per sample", "timeseries"): "no block of samples is closed before 20 minutes"}
# Panels that have data only now and then, but once in RANGE_S.
SOMETIMES = {("overview", "Backends down", "table"): "a backend is down for 15 of 60 seconds"}
# Recorded series without data on such a demo, but for one that runs over a full or half hour.
EMPTY_RULES = {
    "job_instance_host:proxy_http_request_duration_seconds:p99_1w": "it takes a value each half hour",
    "job_instance_host_code:proxy_backend_requests_for_host:rate5m": "the demo's proxy counts requests of its hosts itself"}
ROUNDING = 1e-9


class LiveTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo(cls).start()
        cls.prometheus = PrometheusWithRules(cls, cls.demo.port, rules_interval_s=SCRAPE_INTERVAL_S)
        cls.prometheus.backfill(earlier.earlier_lines("api.example", int(time.time())))
        cls.prometheus.start()
        started = time.monotonic()
        wait_for("scrapes of the demo", lambda: cls.prometheus.api("query", query="proxy_up")["result"])
        while time.monotonic() < started + SETTLED_S:
            time.sleep(1)

    @classmethod
    def addCleanup(cls, function, *arguments):
        """Of the programs, which live as long as the class."""
        cls.addClassCleanup(function, *arguments)

    def ask(self, path, **parameters):
        """Data of an answer without error and without warning."""
        answer = json.loads(http_request(self.prometheus.port, f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}").body)
        self.assertEqual("success", answer["status"], f"{parameters}: {answer.get('error')}")
        self.assertEqual([], answer.get("warnings", []), parameters)
        return answer["data"]

    def values(self, expr, instant):
        """All numbers that the expression gives."""
        now = time.time()
        if instant:
            result = self.ask("query", query=expr, time=now)["result"]
            return [float(series["value"][1]) for series in result]
        result = self.ask("query_range", query=expr, start=now - RANGE_S, end=now, step=SCRAPE_INTERVAL_S)["result"]
        return [float(value) for series in result for _, value in series["values"]]

    def check_numbers(self, where, unit, values):
        for value in values:
            self.assertTrue(math.isfinite(value), f"{where}: {value}")
            self.assertGreaterEqual(value, 0, where)
            if unit == "percentunit":
                self.assertLessEqual(value, 1 + ROUNDING, where)

    def check_comes_and_goes(self, where, expr):
        """Over as long as it takes to come and go once."""
        now = time.time()
        result = self.ask("query_range", query=expr, start=now - RANGE_S, end=now, step=SCRAPE_INTERVAL_S)["result"]
        moments = {at for series in result for at, _ in series["values"]}
        self.assertIn(len(moments), range(1, RANGE_S // SCRAPE_INTERVAL_S), f"moments with data of {where}")

    def check_panels(self, choices):
        variables = Variables(choices, SCRAPE_INTERVAL_S, SCRAPE_INTERVAL_S, RANGE_S)
        for name in NAMES:
            for panel, target in targets_of(load(name)):
                where = f"{name}: {panel['title']} {target['refId']}: {target['expr']}"
                expr = variables.put_into(target["expr"])
                values = self.values(expr, target["instant"])
                self.check_numbers(where, unit_of(panel, target), values)
                if key_of(name, panel) in SOMETIMES:
                    self.check_comes_and_goes(where, expr)
                else:
                    self.assertEqual(key_of(name, panel) not in EMPTY, bool(values), f"data of {where}")

    def test_every_panel_has_numbers_that_can_be_of_all_hosts(self):
        self.check_panels(ALL)

    def test_every_panel_has_numbers_that_can_be_of_one_host(self):
        self.check_panels(ONE)

    def test_what_is_listed_as_empty_exists(self):
        panels = {key_of(name, panel) for name in NAMES for panel in panels_of(load(name))}
        self.assertLessEqual({*EMPTY, *SOMETIMES}, panels)
        self.assertLessEqual(set(EMPTY_RULES), {rule["name"] for group in self.prometheus.groups() for rule in group["rules"]})

    def test_the_host_of_earlier_days_shows_what_every_kind_of_proxy_counted(self):
        variables = Variables(ONE, SCRAPE_INTERVAL_S, SCRAPE_INTERVAL_S, RANGE_S)
        expected = {"Requests": earlier.REQUESTS_PER_S, "Error ratio": earlier.ERROR_RATIO, "p99": earlier.P99_S}
        seen = []
        for panel, target in targets_of(load("host")):
            if " offset " not in target["expr"]:
                continue
            seen.append(panel["title"])
            for value in self.values(variables.put_into(target["expr"]), instant=False):
                self.assertAlmostEqual(expected[panel["title"]], value, places=6, msg=f"{panel['title']} {target['refId']}")
        self.assertEqual(sorted([*expected] * len(earlier.DAYS)), sorted(seen))

    def test_the_host_of_yesterday_shows_exact_codes_by_their_class(self):
        variables = Variables(ONE, SCRAPE_INTERVAL_S, SCRAPE_INTERVAL_S, RANGE_S)
        [target] = [target for panel, target in targets_of(load("host")) if panel["title"] == "Requests by status"]
        found = self.ask("query", query=variables.put_into(target["expr"]), time=time.time() - 86400)["result"]
        self.assertEqual(earlier.BY_CLASS, {series["metric"]["code"]: round(float(series["value"][1]), 6) for series in found})

    def test_every_variable_has_values(self):
        variables = Variables(ALL, SCRAPE_INTERVAL_S, SCRAPE_INTERVAL_S, RANGE_S)
        expected = {"job": {"edge", "edge-log"}, "host": {"api.example", "shop.example"}}
        for name in NAMES:
            for variable in variables_of(load(name)).values():
                if variable["type"] != "query":
                    continue
                selector, label = label_values(variable["query"])
                values = self.ask(f"label/{label}/values", **{"match[]": variables.put_into(selector)})
                self.assertLessEqual(expected.get(label, set()), set(values), f"{name}: {variable['query']}")
                self.assertTrue(values, f"{name}: {variable['query']}")

    def test_every_annotation_can_be_asked_for(self):
        variables = Variables(ALL, SCRAPE_INTERVAL_S, SCRAPE_INTERVAL_S, RANGE_S)
        known = set(self.ask("label/__name__/values"))
        for name in NAMES:
            for annotation in load(name)["annotations"]["list"]:
                self.assertLessEqual({metric for metric, _ in selectors_of(annotation["expr"])}, known, annotation["name"])
                values = self.values(variables.put_into(annotation["expr"]), instant=False)
                self.check_numbers(f"{name}: {annotation['name']}", "short", values)
                if annotation["name"] == "Backends down":
                    self.assertTrue(values, "a backend of the demo is down every minute")

    def test_every_rule_is_evaluated_without_error_and_what_is_recorded_has_data(self):
        rules = [(group["name"], rule) for group in self.prometheus.groups() for rule in group["rules"]]
        self.assertGreater(len(rules), 30)
        for group, rule in rules:
            self.assertEqual(("ok", ""), (rule["health"], rule.get("lastError", "")), f"{group}: {rule['name']}")
            values = self.values(rule["query"], instant=True)
            if rule["type"] == "recording":
                self.assertTrue(values or rule["name"] in EMPTY_RULES, f"data of {group}: {rule['name']}")
                unit = "percentunit" if ":ratio" in rule["name"] and "p99" not in rule["name"] else "short"
                self.check_numbers(rule["name"], unit, values)
            else:
                self.assertTrue(all(map(math.isfinite, values)), f"{group}: {rule['name']}: {values}")

    def test_every_panel_is_drawn_with_data(self):
        skip_without_renderer()
        pictures = ROOT / "build" / "pictures"
        pictures.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            panels = {panel["id"]: key_of(name, panel) for panel in panels_of(load(name))}
            empty = [number for number, key in panels.items() if key in {**EMPTY, **SOMETIMES}]
            code, words, report = draw(name, self.prometheus.port, pictures / f"{name}.png", SCRAPE_INTERVAL_S, 2, empty)
            self.assertEqual((0, [], True), (code, report["problems"], report["ok"]), words)
            self.assertEqual(set(panels), {panel["id"] for panel in report["panels"]})
            for panel in report["panels"]:
                self.assertIsNone(panel.get("error"), f"{name}: {panel['title']}")
                for query in panel["queries"]:
                    where = f"{name}: {panel['title']} {query['refId']}: {query['expr']}"
                    self.assertEqual((None, []), (query.get("error"), query.get("warnings", [])), where)
                    if panel["id"] not in empty:
                        self.assertTrue(query["finitePoints"], f"data of {where}")


if __name__ == "__main__":
    unittest.main()
