"""Recording rules and alerts: promtool takes them and their tests; every alert is complete and tested."""
import collections
import json
import re
import subprocess
import sys
import unittest

from dashboards import NAMES, load, targets_of
from rule_files import FILES, FOLDER, ROOT, TEST_FILES, all_metrics_of, groups, metrics_of, rules, seconds, test_groups

sys.path.insert(0, str(ROOT / "tests" / "integration"))

from processes import Daemon, tool, wait_for

SEVERITIES = {"critical", "warning", "info"}
DASHBOARDS = ("proxy-telemetry-overview", "proxy-telemetry-host", "proxy-telemetry-self")
# How long Prometheus shows the last sample of a series.
LOOKBACK_S = 300
MIMIR_RULES_MAX = 20
# Prometheus' own.
PROMETHEUS_METRICS = {"up", "ALERTS"}
# What an operator may add: README.md beside the rules.
OPTIONAL_METRICS = {"host:proxy_slo_objective:ratio"}
# A log with more hosts than it may have, so that every metric about logs and about folding is there.
CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - {{job_name: log, access_log: {{file: "{log}", format: json}}, host_limit: 1}}
"""
LINE = '{{"host": "{host}", "status": 200, "request_time": 0.1}}\n'


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=540, check=False)


def names(values):
    return ", ".join(sorted(values))


class Promtool(unittest.TestCase):
    def test_promtool_has_nothing_to_say_about_the_rules(self):
        checked = run(tool("promtool"), "check", "rules", "--lint=all", "--lint-fatal", *FILES)
        self.assertEqual(0, checked.returncode, checked.stdout + checked.stderr)

    def test_groups_have_names_of_their_own_and_no_more_rules_than_mimir_takes(self):
        found = [group["name"] for group in groups()]
        self.assertEqual(len(set(found)), len(found), found)
        self.assertLessEqual(max(len(group["rules"]) for group in groups()), MIMIR_RULES_MAX)

    def test_the_rules_do_what_their_tests_say(self):
        self.assertTrue(TEST_FILES)
        tested = run(tool("promtool"), "test", "rules", *TEST_FILES)
        self.assertEqual(0, tested.returncode, tested.stdout + tested.stderr)


class Alerts(unittest.TestCase):
    def setUp(self):
        self.alerts = rules("alert")
        self.records = rules("record")

    def test_every_alert_says_how_bad_what_where_and_what_to_do(self):
        for name, rule in self.alerts.items():
            with self.subTest(name):
                self.assertRegex(name, r"^Proxy([A-Z][a-z]+|\d+)+$")
                self.assertGreater(seconds(rule["for"]), 0)
                self.assertIn(rule["labels"]["severity"], SEVERITIES)
                self.assertEqual({"summary", "description", "dashboard_url"}, set(rule["annotations"]))
                self.assertLess(len(rule["annotations"]["summary"]), 120)
                self.assertGreater(len(rule["annotations"]["description"]), 100)
                if "absent" not in rule["expr"]:
                    self.assertIn("$labels.", rule["annotations"]["summary"])
                    self.assertIn("$labels.", rule["annotations"]["description"])

    def test_every_alert_links_to_a_dashboard_that_has_the_panels_it_names(self):
        panels = {}
        for path in (ROOT / "grafana" / "dashboards").glob("*.json"):
            dashboard = json.loads(path.read_text())
            panels[dashboard["uid"]] = set(re.findall(r'"title": "([^"]*)"', path.read_text()))
        self.assertEqual(set(DASHBOARDS), set(panels))
        for name, rule in self.alerts.items():
            with self.subTest(name):
                link = re.fullmatch(r"/d/([\w-]+)/(\?var-\w+=\{\{ \$labels\.\w+ \| urlquery \}\}(&var-.*)?)?",
                                    rule["annotations"]["dashboard_url"])
                self.assertIsNotNone(link, rule["annotations"]["dashboard_url"])
                named = set(re.findall(r'(?<!printf )"([A-Z][^"]*)"', rule["annotations"]["description"]))
                self.assertEqual(set(), named - panels[link[1]])

    def test_every_alert_is_tested_where_it_fires_where_it_just_does_not_and_without_data(self):
        kinds = collections.defaultdict(set)
        for path, group in test_groups():
            given = {re.match(r"[\w:]+", series["series"])[0] for series in group["input_series"]}
            for test in group.get("alert_rule_test", []):
                name = test["alertname"]
                self.assertIn(name, self.alerts, f"{path.name} tests an alert that there is not")
                if not given:
                    kinds[name].add("no data")
                    self.assertEqual("absent" in self.alerts[name]["expr"], bool(test["exp_alerts"]), name)
                elif test["exp_alerts"]:
                    kinds[name].add("fires")
                elif given & all_metrics_of(self.alerts[name]["expr"], self.records):
                    kinds[name].add("near miss")
        for name in self.alerts:
            with self.subTest(name):
                self.assertEqual({"fires", "near miss", "no data"}, kinds[name])


    def test_the_readme_lists_every_alert_as_it_is(self):
        rows = re.findall(r"(?m)^\| `(Proxy\w+)` \| .* \| (\w+) \| (\w+) \| .* \|$", (FOLDER / "README.md").read_text())
        self.assertEqual([(name, rule["for"], rule["labels"]["severity"]) for name, rule in self.alerts.items()], rows)


class Expressions(unittest.TestCase):
    def exported(self):
        """What the program shows: about itself and logs as it runs, about proxies as its source has it."""
        daemon = Daemon(self, "")
        log = daemon.folder / "access.log"
        log.touch()
        daemon.write_config(CONFIG.format(log=log))
        daemon.start()

        def names_now():
            with open(log, "a", encoding="utf-8") as lines:
                lines.writelines(LINE.format(host=host) for host in ("a", "b"))
            page = daemon.get("/metrics").body.decode()
            return set(re.findall(r"(?m)^([a-z]\w*)[{ ]", page)) if "proxy_telemetry_folded" in page else None

        found = wait_for("requests folded into _other", names_now, pause_s=0.5)
        source = (ROOT / "exporter" / "src" / "proxy_metrics.cc").read_text()
        families = re.findall(r'\{"(proxy_\w+)", MetricType::k(\w+)', source)
        self.assertGreater(len(families), 10)
        parts = {"Histogram": ("_bucket", "_count", "_sum")}
        return found | {name + part for name, kind in families for part in parts.get(kind, ("",))}

    def dashboard_expressions(self):
        """(where, expression) of all panels and annotations, those too that have no data on the demo."""
        for name in NAMES:
            dashboard = load(name)
            for panel, target in targets_of(dashboard):
                yield f"{name}: {panel['title']} {target['refId']}", target["expr"]
            for annotation in dashboard["annotations"]["list"]:
                yield f"{name}: {annotation['name']}", annotation["expr"]

    def test_every_metric_is_one_that_the_program_exports_or_a_rule_records(self):
        known = self.exported() | set(rules("record")) | PROMETHEUS_METRICS | OPTIONAL_METRICS
        for where, expr in self.dashboard_expressions():
            with self.subTest(where):
                asked = metrics_of(re.sub(r"\$\w+", "1", expr))
                self.assertEqual("", names(asked - known))
                self.assertTrue(asked, "asks for nothing")
        for kind in ("record", "alert"):
            for name, rule in rules(kind).items():
                with self.subTest(name):
                    asked = metrics_of(rule["expr"])
                    self.assertEqual("", names(asked - known))
                    self.assertTrue(asked or rule["expr"].startswith("vector("), "asks for nothing")

    def test_every_recorded_series_is_seen_from_one_evaluation_to_the_next(self):
        asking = [rule["expr"] for kind in ("record", "alert") for rule in rules(kind).values()]
        for group in groups():
            if seconds(group.get("interval", "1m")) < LOOKBACK_S:
                continue
            for rule in group["rules"]:
                for expr in asking:
                    self.assertNotRegex(expr, re.escape(rule["record"]) + r"(?![\w\[])")

    def test_sums_are_divided_by_the_number_of_evaluations_in_their_window(self):
        interval = {rule["record"]: seconds(group["interval"])
                    for group in groups() for rule in group["rules"] if "record" in rule}
        divided = 0
        for name, rule in rules("record").items():
            for series, window, count in re.findall(r"sum_over_time\(([\w:]+)\[(\w+)\]\) / (\d+)", rule["expr"]):
                divided += 1
                with self.subTest(name):
                    self.assertEqual(seconds(window), interval[series] * int(count))
                    self.assertTrue(name.endswith(f"rate{window}"), window)
        self.assertEqual(8, divided)


if __name__ == "__main__":
    unittest.main()
