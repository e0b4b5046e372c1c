"""What an operator gives to Prometheus and Grafana: each takes it, and the intervals in it fit together."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

from rule_files import ROOT, groups, seconds

sys.path.insert(0, str(ROOT / "tests" / "integration"))

from processes import tool

GRAFANA = ROOT / "grafana"
UID_LENGTH_MAX = 40
# The window of all recorded rates.
WINDOW_S = 300


def read(path):
    return yaml.safe_load((GRAFANA / path).read_text())


class Provisioning(unittest.TestCase):
    def setUp(self):
        self.prometheus = read("prometheus.yml")
        self.sources = read("provisioning/datasources/proxy-telemetry.yaml")
        self.providers = read("provisioning/dashboards/proxy-telemetry.yaml")

    def check_config(self, path):
        checked = subprocess.run([tool("promtool"), "check", "config", str(path)], capture_output=True, text=True, timeout=60,
                                 check=False)
        self.assertEqual(0, checked.returncode, checked.stdout + checked.stderr)
        return checked.stdout

    def test_promtool_takes_the_configuration_and_finds_the_rules(self):
        said = self.check_config(GRAFANA / "prometheus.yml")
        for rules in ("recording.yml", "alerts.yml"):
            self.assertRegex(said, rf"rules/{rules}\n  SUCCESS: \d+ rules found")

    def test_the_two_steps_of_the_readme_install_files_that_find_each_other(self):
        readme = (GRAFANA / "README.md").read_text()
        steps = re.findall(r"(?m)^   sudo (install .*?)(?: +#.*)?$", readme)
        self.assertEqual(5, len(steps))
        with tempfile.TemporaryDirectory() as root:
            for step in steps:
                inside = re.sub(r" (/(?:etc|var)/)", rf" {root}\1", step)
                self.assertIn(root, inside)
                subprocess.run(["sh", "-ec", inside], cwd=GRAFANA, timeout=60, check=True)
            said = self.check_config(f"{root}/etc/prometheus/prometheus.yml")
            self.assertIn("2 rule files found", said)
            provider, = self.providers["providers"]
            self.assertEqual(3, len(list(pathlib.Path(root + provider["options"]["path"]).glob("*.json"))))

    def test_promtool_takes_intervals_as_short_as_an_operator_may_want(self):
        text = (GRAFANA / "prometheus.yml").read_text()
        shorter, count = re.subn(r"(?m)^  (scrape_interval|evaluation_interval): \w+$", r"  \1: 5s", text)
        self.assertEqual(2, count)
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(GRAFANA / "rules", f"{folder}/rules")
            path = pathlib.Path(folder, "prometheus.yml")
            path.write_text(shorter)
            self.check_config(path)

    def test_proxies_keep_their_own_job_and_instance(self):
        scrape, = self.prometheus["scrape_configs"]
        self.assertIs(True, scrape["honor_labels"])
        self.assertNotIn("scrape_interval", scrape)

    def test_prometheus_grafana_and_the_program_have_the_same_interval(self):
        interval = seconds(self.prometheus["global"]["scrape_interval"])
        source, = self.sources["datasources"]
        self.assertEqual(interval, seconds(source["jsonData"]["timeInterval"]))
        header = (ROOT / "config" / "include" / "config" / "config.h").read_text()
        default_ms = re.search(r"kDefaultScrapeIntervalMs = ([\d']+);", header)[1]
        self.assertEqual(interval * 1000, int(default_ms.replace("'", "")))

    def test_rules_are_evaluated_as_often_as_there_is_news_and_see_several_scrapes(self):
        interval = seconds(self.prometheus["global"]["scrape_interval"])
        self.assertEqual(interval, seconds(self.prometheus["global"]["evaluation_interval"]))
        self.assertEqual(interval, min(seconds(group["interval"]) for group in groups() if "interval" in group))
        self.assertGreaterEqual(WINDOW_S, 4 * interval)

    def test_the_data_source_is_provisioned_under_a_fixed_uid(self):
        self.assertEqual(1, self.sources["apiVersion"])
        source, = self.sources["datasources"]
        self.assertEqual(("prometheus", "proxy"), (source["type"], source["access"]))
        self.assertRegex(source["uid"], rf"^[a-z-]{{1,{UID_LENGTH_MAX}}}$")
        # Two defaults stop Grafana from starting.
        self.assertIs(False, source["isDefault"])
        self.assertEqual("POST", source["jsonData"]["httpMethod"])

    def test_dashboards_are_provisioned_from_files_that_nobody_edits(self):
        self.assertEqual(1, self.providers["apiVersion"])
        provider, = self.providers["providers"]
        self.assertEqual("file", provider["type"])
        self.assertIs(False, provider["allowUiUpdates"])
        self.assertTrue(provider["options"]["path"].startswith("/var/lib/grafana/"))
        self.assertLessEqual(len(provider["folderUid"]), UID_LENGTH_MAX)
        titles = [json.loads(path.read_text())["title"] for path in (GRAFANA / "dashboards").glob("*.json")]
        self.assertEqual(3, len(set(titles)), "Grafana wants one title a folder")


if __name__ == "__main__":
    unittest.main()
