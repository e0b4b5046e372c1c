"""The dashboard files without a server: made by their source, by the linter's rules and by ours."""
import copy
import inspect
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import rules_of_dashboards
from dashboards import FOLDER, NAMES, ROOT, load, panels_of, rows_of, targets_of, variables_of
from series_limits import is_limited

TOOLS = pathlib.Path(os.environ.get("PT_TOOLS", ROOT / "build" / "tools"))


def break_panel(key, value):
    def change(dashboard):
        next(panels_of(dashboard))[key] = value
    return change


def break_expr(old, new):
    """In the last target that has it: one of a collapsed row where there is one."""
    def change(dashboard):
        [*_, (_, target)] = [found for found in targets_of(dashboard) if old in found[1]["expr"]]
        target["expr"] = target["expr"].replace(old, new)
    return change


def break_annotation(old, new):
    def change(dashboard):
        for annotation in dashboard["annotations"]["list"]:
            annotation["expr"] = annotation["expr"].replace(old, new)
    return change


def break_unit(dashboard):
    panel = next(panels_of(dashboard))
    panel["fieldConfig"]["defaults"].update(unit="furlong", mappings=[])


def break_links(dashboard):
    for panel in panels_of(dashboard):
        for override in panel["fieldConfig"]["overrides"]:
            for prop in override["properties"]:
                if prop["id"] == "links":
                    prop["value"][0]["url"] = "/d/proxy-telemetry-host/"


def break_variable(variable, **values):
    return lambda dashboard: variables_of(dashboard)[variable].update(values)


def break_place(**values):
    return lambda dashboard: next(panels_of(dashboard))["gridPos"].update(values)


def break_model(**values):
    return lambda dashboard: dashboard.update(values)


# Changes that each rule must see, and the dashboard that they are made to.
BREAKS = {
    "model": [("host", break_model(id=7)), ("host", break_model(schemaVersion=38)), ("host", break_model(schemaVersion=43)),
              ("host", break_model(graphTooltip=0)), ("host", break_model(uid="x" * 41)), ("host", break_model(uid="")),
              ("host", break_model(editable=True)), ("host", break_model(description="")), ("host", break_model(__inputs=[]))],
    "variables": [("host", break_variable("host", allValue=".*")), ("self", break_variable("instance", multi=False)),
                  ("host", break_variable("datasource", query="loki")), ("host", break_variable("job", name="jobs"))],
    "panel_words": [("host", break_panel("description", "")), ("host", break_panel("title", "")),
                    ("host", break_panel("description", "Requests"))],
    "units": [("host", break_unit)],
    "minima": [("host", lambda dashboard: next(panels_of(dashboard))["fieldConfig"]["defaults"].pop("min"))],
    "sources": [("host", break_panel("datasource", {"uid": "prometheus"}))],
    "choices": [("host", break_expr('host=~"$host"', 'host=~".+"')), ("self", break_expr('job=~"$job"', 'job=~".+"')),
                ("overview", break_expr(', host=~"$host"', "")), ("host", break_annotation('host=~"$host"', 'host=""'))],
    "rate_ranges": [("host", break_expr("[$__rate_interval]", "[5m]")), ("self", break_expr("[$__rate_interval]", "[1m]")),
                    ("host", break_expr("rate(proxy_", "rate(1 * proxy_"))],
    "limits": [("host", break_expr("@ end()", "")), ("overview", break_expr("topk($top, ", "(")),
               ("self", break_expr("topk(20, ", "(")), ("overview", break_expr("sum by (code)", "sum by (host, code)")),
               ("overview", break_expr("sum by (job)", "sum by (job, host)"))],
    "places": [("host", lambda dashboard: next(panels_of(dashboard)).update(id=2)), ("host", break_place(w=5)),
               ("host", break_place(w=25, y=1000))],
    "rows": [("host", lambda dashboard: rows_of(dashboard)[0].update(collapsed=False))],
    "links": [("overview", lambda dashboard: dashboard["links"][0].update(keepTime=False)),
              ("overview", lambda dashboard: dashboard["links"][0].update(includeVars=False)), ("overview", break_links)]}

LIMITED = ("sum(x)", "(sum(x)) > 0", "time() - max(x)", "sum by (code) (x) / 2", "topk(5, x)", "x and on (host) topk(5, y)",
           "1 - min(x)", 'label_replace(label_replace(sum by (code) (x{a="b, c("}), "a", "b", "c", "d"), "a", "b", "c", "d")')
NOT_LIMITED = ("x", "rate(x[5m])", "0 * x", "x > 0", "1 - x", "sum(x) or y", "x unless topk(5, y)", "sum by (host) (x)",
               "histogram_quantile(0.99, sum by (host, le) (x))", 'label_replace(x, "a", "b", "c", "sum(d)")',
               "max by (job, instance) (x) and on (job) y", "(x) / (y > 0)")


class DashboardsTest(unittest.TestCase):
    def check_source(self, folder):
        if not (TOOLS / "python" / "grafana_foundation_sdk").is_dir():
            self.skipTest("no grafana_foundation_sdk here; ./scripts/test puts it into build/tools/python")
        made = subprocess.run([sys.executable, "-B", folder / "source" / "build.py", "--check"], capture_output=True, text=True,
                              env={**os.environ, "PYTHONPATH": str(TOOLS / "python")}, timeout=60, check=False)
        return made.returncode, made.stdout, made.stderr

    def test_the_files_are_what_their_source_makes(self):
        self.assertEqual((0, "", ""), self.check_source(ROOT / "grafana"))

    def test_a_file_changed_by_hand_is_named_and_left_alone(self):
        with tempfile.TemporaryDirectory() as elsewhere:
            copied = pathlib.Path(elsewhere) / "grafana"
            shutil.copytree(FOLDER, copied / "dashboards")
            shutil.copytree(ROOT / "grafana" / "source", copied / "source")
            changed = copied / "dashboards" / "host.json"
            text = changed.read_text().replace('"graphTooltip": 1', '"graphTooltip": 0')
            changed.write_text(text)
            code, shown, error = self.check_source(copied)
            self.assertEqual((1, ""), (code, shown))
            self.assertIn("grafana/dashboards/host.json", error)
            self.assertNotIn("overview.json", error)
            self.assertEqual(text, changed.read_text())

    def test_there_are_no_others_and_no_two_share_a_uid_or_title(self):
        self.assertEqual(sorted(NAMES), sorted(path.stem for path in FOLDER.glob("*.json")))
        for key in ("uid", "title"):
            self.assertEqual(len(NAMES), len({load(name)[key] for name in NAMES}))

    def test_every_dashboard_holds_every_rule(self):
        for name in NAMES:
            for rule in rules_of_dashboards.RULES:
                self.assertEqual([], list(rule(load(name))), f"{name}: {rule.__name__}")

    def test_every_reason_of_a_rule_is_given_for_some_change(self):
        self.assertEqual({rule.__name__ for rule in rules_of_dashboards.RULES}, set(BREAKS))
        for rule in rules_of_dashboards.RULES:
            lines, first = inspect.getsourcelines(rule)
            reasons = {number for number, line in enumerate(lines, first) if line.strip().startswith("yield ")}
            given = set()
            for number, (name, change) in enumerate(BREAKS[rule.__name__]):
                broken = copy.deepcopy(load(name))
                change(broken)
                found = rule(broken)
                seen = {found.gi_frame.f_lineno for _ in found}
                self.assertTrue(seen, f"{rule.__name__}, change {number}")
                given |= seen
            self.assertEqual(reasons, given, f"{rule.__name__}: lines of reasons, and of those given")

    def test_what_gives_a_series_for_each_host_is_told_from_what_does_not(self):
        for expr in LIMITED:
            self.assertTrue(is_limited(expr), expr)
        for expr in NOT_LIMITED:
            self.assertFalse(is_limited(expr), expr)

    def test_the_linter_has_nothing_to_say(self):
        linter = TOOLS / "npm" / "dashboard-lint" / "lint.mjs"
        if not linter.exists() or not shutil.which("node"):
            self.skipTest("no linter here: ./scripts/test installs it where shared/tools lies beside the project")
        self.assertEqual([], list(FOLDER.glob("*.lint")), "exclusions")
        linted = subprocess.run(["node", linter, "--strict", "--json", *sorted(FOLDER.glob("*.json"))], capture_output=True,
                                text=True, timeout=60, check=False)
        self.assertEqual(0, linted.returncode, linted.stdout + linted.stderr)
        self.assertEqual([], json.loads(linted.stdout))


if __name__ == "__main__":
    unittest.main()
