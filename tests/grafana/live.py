"""The demo running, and a real Prometheus that scrapes it with the shipped rules."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "integration"))

from processes import BINARY, Program, Prometheus, free_port, tool, wait_for

RULES = ROOT / "grafana" / "rules"
SCRAPE_INTERVAL_S = 5  # the demo's


class Demo(Program):
    """scripts/demo.py as ./scripts/run starts it."""

    def __init__(self, test):
        super().__init__(test, "demo")
        self.port = free_port()

    def start(self):
        self.launch([sys.executable, "-B", ROOT / "scripts" / "demo.py", "--binary", BINARY,
                     "--haproxy", tool("haproxy"), "--port", self.port])
        wait_for("the demo", self._introduced)
        return self

    def _introduced(self):
        self.check_running()
        return "goes with Ctrl-C" in self.log()


class PrometheusWithRules(Prometheus):
    """With `rules_interval_s` the shipped rules are all evaluated that often, else as they say."""

    def __init__(self, test, target_port, interval_s=SCRAPE_INTERVAL_S, rules_interval_s=None):
        super().__init__(test, target_port)
        rules = self.folder / "rules"
        rules.mkdir()
        for path in RULES.glob("*.yml"):
            text = path.read_text()
            if rules_interval_s:
                text = re.sub(r"(?m)^(    interval:) .*$", rf"\1 {rules_interval_s}s", text)
            (rules / path.name).write_text(text)
        (self.folder / "prometheus.yml").write_text(
            f"global: {{scrape_interval: {interval_s}s, scrape_timeout: {interval_s}s, "
            f"evaluation_interval: {rules_interval_s or interval_s}s}}\n"
            "rule_files: [rules/*.yml]\n"
            "scrape_configs:\n"
            "  - job_name: proxy-telemetry\n    honor_labels: true\n"
            f"    static_configs: [{{targets: ['127.0.0.1:{target_port}']}}]\n")

    def backfill(self, lines):
        """OpenMetrics without its end, before the start."""
        path = self.folder / "backfill.txt"
        path.write_text("".join(f"{line}\n" for line in [*lines, "# EOF"]))
        subprocess.run([tool("promtool"), "tsdb", "create-blocks-from", "openmetrics", path, self.folder / "tsdb"],
                       check=True, capture_output=True, timeout=120)
        path.unlink()

    def groups(self):
        return self.api("rules")["groups"]
