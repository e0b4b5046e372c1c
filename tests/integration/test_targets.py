"""Targets: a real Prometheus with the same configuration has the same ones; reloads and files leave others alone."""
import json
import pathlib
import tempfile
import shutil
import time
import unittest

from processes import Daemon, Prometheus, free_port, http_request, wait_for
from servers import PageTarget

# Every action, every label that decides about a scrape, files in both formats, targets dropped and found twice.
# Addresses carry ports: that a missing one becomes 80 or 443 in Prometheus 2.42 is the known difference. Nothing
# listens on them; who is right about a target is told before anybody answers.
CONFIG = """\
global: {scrape_interval: 15s, scrape_timeout: 5s}
scrape_configs:
  - job_name: plain
    static_configs:
      - {targets: ["127.0.0.1:1", "127.0.0.1:2"], labels: {rack: a3, empty: ""}}
      - {targets: ["127.0.0.1:1"], labels: {rack: b1, instance: named, job: renamed}}
  - job_name: settings
    scheme: https
    metrics_path: /internal/metrics
    params: {module: [http_2xx, second], debug: ["true"]}
    scrape_interval: 1m30s
    scrape_timeout: 10s
    static_configs:
      - targets: ["127.0.0.1:3"]
      - {targets: ["127.0.0.1:4"], labels: {__scheme__: http, __metrics_path__: /other, __scrape_interval__: 40s,
                                             __scrape_timeout__: 7s, __param_debug: lost, __param_extra: found}}
  - job_name: blackbox
    metrics_path: /probe
    static_configs:
      - targets: ["https://shop.example/cart?x=1", "https://blog.example"]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {target_label: __address__, replacement: "127.0.0.1:5"}
  - job_name: actions
    static_configs:
      - {targets: ["web-1.fra:8080", "web-2.fra:8080", "db-1.fra:8080", "web-1.ams:9090", "WEB-9.Ams:8080"],
         labels: {__meta_team: Shop, __meta_tier_x: gold, keep_me: "1", drop_me: "1", team: Shop, a: w}}
      - {targets: ["same.fra:8080"], labels: {a: x, b: x, __meta_team: none}}
      - {targets: ["differs.fra:8080"], labels: {a: x, b: y, __meta_team: none}}
    relabel_configs:
      - {source_labels: [__address__], regex: "db-.*", action: drop}
      - {source_labels: [__address__, __meta_team], regex: ".*:8080;.+", action: keep}
      - {source_labels: [__address__], regex: "([a-zA-Z]+)-([0-9]+)\\\\.(.*):[0-9]+", target_label: kind, replacement: "$1/${2}"}
      - {source_labels: [__address__], regex: "(?P<host>[^.]+)\\\\.(?P<site>[^:]+):.*", target_label: "at_$site",
         replacement: "$host"}
      - {source_labels: [__address__], target_label: lower, action: lowercase}
      - {source_labels: [__meta_team, __address__], separator: "@", target_label: upper, action: uppercase}
      - {source_labels: [__address__], target_label: shard, modulus: 7, action: hashmod}
      - {regex: "__meta_(t.*)", action: labelmap}
      - {regex: "__meta_(tier)_(.*)", replacement: "${2}_$1", action: labelmap}
      - {regex: "drop_.*|lower", action: labeldrop}
      - {source_labels: [__address__], regex: "WEB.*", target_label: __metrics_path__, replacement: /upper}
      - {source_labels: [kind], regex: "web/2", target_label: keep_me, replacement: ""}
      - {source_labels: [a], target_label: b, action: dropequal}
      - {source_labels: [nowhere], regex: "", target_label: absent, replacement: "yes"}
      - {source_labels: [__address__], regex: "nothing", target_label: never}
      - {source_labels: [__address__], regex: "(.*)", target_label: "${1}", replacement: "1 is no label name"}
  - job_name: equal
    static_configs:
      - {targets: ["127.0.0.1:6"], labels: {a: x, b: x}}
      - {targets: ["127.0.0.1:7"], labels: {a: x, b: y}}
    relabel_configs:
      - {source_labels: [a], target_label: b, action: keepequal}
      - {regex: "__.*|job|instance|b", action: labelkeep}
  - job_name: found_twice
    static_configs: [{targets: ["127.0.0.1:8", "127.0.0.1:8"]}, {targets: ["127.0.0.1:9"], labels: {__meta_x: "1"}}]
    relabel_configs: [{regex: "nothing", action: labeldrop}]
    file_sd_configs: [{files: ["FOLDER/twice.yml"]}]
  - job_name: files
    file_sd_configs:
      - {files: ["FOLDER/*.json", "FOLDER/one.yml"], refresh_interval: 1h}
      - {files: ["FOLDER/sub/*.yaml"], refresh_interval: 1s}
    relabel_configs:
      - {source_labels: [__meta_filepath], regex: ".*/(.*)", target_label: file}
      - {source_labels: [state], regex: "off", action: drop}
"""
FILES = {
    "twice.yml": "- targets: ['127.0.0.1:8', '127.0.0.1:9', '127.0.0.1:10']\n",
    "a.json": json.dumps([{"targets": ["127.0.0.1:21", "127.0.0.1:22"], "labels": {"rack": "j", "__param_x": "1"}},
                          {"targets": ["127.0.0.1:23"], "labels": {"state": "off"}}]),
    "b.json": "[]",
    "one.yml": "- targets: ['127.0.0.1:31']\n  labels: {rack: y, __scheme__: https}\n- {targets: []}\n",
    "sub/c.yaml": "- {targets: ['127.0.0.1:41'], labels: {rack: ü}}\n",
}
RELOADS = 20


# Where what was discovered is not compared: Prometheus 2.42 writes over it when a rule takes a label away, and of a
# target found twice it shows either finding.
UNSURE_JOBS = {"actions", "equal", "found_twice"}


def key_of(target):
    discovered = None if target["scrapePool"] in UNSURE_JOBS else target["discoveredLabels"]
    return json.dumps([target["scrapePool"], target["scrapeUrl"], target["labels"], discovered,
                       target["scrapeInterval"], target["scrapeTimeout"]], sort_keys=True, ensure_ascii=False)


def targets_of(data):
    """What must be equal: who is scraped, how and as whom, and what was dropped."""
    return (sorted(key_of(target) for target in data["activeTargets"]),
            sorted(json.dumps(target["discoveredLabels"], sort_keys=True) for target in data["droppedTargets"]))


class TargetsTest(unittest.TestCase):
    maxDiff = None

    def folder_with(self, files):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="pt-targets-"))
        self.addCleanup(shutil.rmtree, folder)
        (folder / "sub").mkdir()
        for name, text in files.items():
            self.write(folder / name, text)
        return folder

    @staticmethod
    def write(path, text):
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(text)
        fresh.replace(path)

    @staticmethod
    def ours(daemon, query=""):
        answer = daemon.get("/api/v1/targets" + query)
        return json.loads(answer.body)["data"]

    def check_same(self, daemon, prometheus, what):
        def both():
            return targets_of(self.ours(daemon)), targets_of(prometheus.api("targets"))

        try:
            wait_for(what, lambda: len(set(map(str, both()))) == 1)
        except AssertionError:
            self.assertEqual(*both(), what)
        return self.ours(daemon)

    def test_prometheus_with_the_same_configuration_has_the_same_targets(self):
        folder = self.folder_with(FILES)
        theirs = CONFIG.replace("FOLDER", str(folder))
        ours = theirs.replace("  - job_name:", "  - proxy: openmetrics\n    job_name:")
        daemon = Daemon(self, ours).start()
        prometheus = Prometheus(self, free_port())
        (prometheus.folder / "prometheus.yml").write_text(theirs)
        prometheus.start()
        wait_for("Prometheus' targets", lambda: len(prometheus.api("targets")["activeTargets"]) > 10)
        data = self.check_same(daemon, prometheus, "the same targets")
        self.assertEqual({"plain": 3, "settings": 2, "blackbox": 2, "actions": 4, "equal": 1, "found_twice": 3,
                          "files": 4}, self.count_by_job(data))
        self.assertEqual(5, len(data["droppedTargets"]))

        # Files that come, change, break and go.
        self.write(folder / "a.json", json.dumps([{"targets": ["127.0.0.1:24"], "labels": {"rack": "new"}}]))
        self.write(folder / "d.json", json.dumps([{"targets": ["127.0.0.1:25"]}]))
        (folder / "sub" / "c.yaml").unlink()
        wait_for("the new file", lambda: self.count_by_job(self.ours(daemon))["files"] == 3)
        self.check_same(daemon, prometheus, "the same targets after files changed")
        self.write(folder / "one.yml", "- targets: [")
        self.write(folder / "d.json", json.dumps([{"targets": ["127.0.0.1:26"], "labels": {"rack": "later"}}]))
        wait_for("the file written after the broken one", lambda: "127.0.0.1:26" in str(self.ours(daemon)))
        data = self.check_same(daemon, prometheus, "the broken file keeps its targets")
        self.assertIn("127.0.0.1:31", str(data))
        self.assertEqual(1, daemon.log().count("target file refused"), daemon.log())

    @staticmethod
    def count_by_job(data):
        counts = {}
        for target in data["activeTargets"]:
            counts[target["scrapePool"]] = counts.get(target["scrapePool"], 0) + 1
        return counts

    def test_metric_relabelling_keeps_the_series_that_prometheus_keeps(self):
        page = PageTarget(self, "\n".join([
            "# TYPE requests_total counter", 'requests_total{host="A.example",code="200"} 1',
            'requests_total{host="b.example",code="500"} 2', "# TYPE go_goroutines gauge", "go_goroutines 7",
            "# TYPE old_seconds histogram", 'old_seconds_bucket{le="1",secret="s"} 3',
            'old_seconds_bucket{le="+Inf",secret="s"} 4', 'old_seconds_sum{secret="s"} 5',
            'old_seconds_count{secret="s"} 4', 'clash{job="theirs",instance="theirs"} 1', ""]))
        rules = """\
    metric_relabel_configs:
      - {source_labels: [__name__], regex: "go_.*", action: drop}
      - {source_labels: [__name__], regex: "old_(.*)", target_label: __name__, replacement: "new_$1"}
      - {source_labels: [host], regex: "(.+)", target_label: upper, action: uppercase}
      - {regex: "secret", action: labeldrop}
      - {source_labels: [code], regex: "(.)..", target_label: class, replacement: "${1}xx"}
"""
        job = (f"global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:\n  - job_name: fake\n"
               f"    static_configs: [{{targets: ['{page.address}'], labels: {{rack: a}}}}]\n{rules}")
        daemon = Daemon(self, job.replace("    static", "    proxy: openmetrics\n    static")).start()
        prometheus = Prometheus(self, free_port())
        (prometheus.folder / "prometheus.yml").write_text(job)
        prometheus.start()
        query = '{rack="a", __name__!~"up|scrape_.*"}'
        found = wait_for("Prometheus' series", lambda: prometheus.api("query", query=query)["result"])
        theirs = {(dict(result["metric"]).pop("__name__"),
                   frozenset((k, v) for k, v in result["metric"].items() if k != "__name__")):
                  float(result["value"][1]) for result in found}
        ours = {key: value for key, value in daemon.metrics().items()
                if ("rack", "a") in key[1] and not key[0].startswith(("proxy_up", "proxy_scrape_", "proxy_last_"))}
        self.assertEqual(theirs, ours)
        self.assertEqual(7, len(ours))
        self.assertEqual(1, daemon.metrics().one("proxy_up", job="fake"))
        self.assertEqual(7, self.ours(daemon)["activeTargets"][0]["samples"])

    def test_a_target_that_stays_misses_no_round_over_twenty_reloads(self):
        page = PageTarget(self, "m 1\n")
        folder = self.folder_with({"t.yml": "[]\n"})
        text = ("global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}\nscrape_configs:\n"
                "  - job_name: stays\n    proxy: openmetrics\n"
                f"    static_configs: [{{{{targets: ['{page.address}']}}}}]\n"
                "  - job_name: other\n    proxy: openmetrics\n    static_configs: [{{targets: ['127.0.0.1:{}']}}]\n"
                f"    file_sd_configs: [{{{{files: ['{folder}/*.yml']}}}}]\n")
        daemon = Daemon(self, text.format(1), ["--web.enable-lifecycle"]).start()
        wait_for("the first rounds", lambda: len(page.requests) >= 2)
        began = len(page.requests)
        for reload in range(RELOADS):
            seen = len(page.requests)
            if reload % 4 == 3:
                daemon.write_config("scrape_configs: [\n")
                self.assertEqual(500, daemon.get("/-/reload", method="POST").status)
                self.assertIn(f"127.0.0.1:{2 + reload - 1}", str(self.ours(daemon)), "the one before stays in force")
            else:
                daemon.write_config(text.format(2 + reload))
                self.assertEqual(200, daemon.get("/-/reload", method="POST").status)
                self.write(folder / "t.yml", f"- targets: ['127.0.0.1:{100 + reload}']\n")
                wait_for("the file", lambda: f"127.0.0.1:{100 + reload}" in str(self.ours(daemon)))
            wait_for("a round", lambda: len(page.requests) > seen)
        times = [request.time for request in page.requests[began:]]
        gaps = [later - earlier for earlier, later in zip(times, times[1:])]
        metrics = daemon.metrics()
        self.assertEqual(0, metrics.sum("proxy_telemetry_missed_rounds_total"))
        # A target that begins anew is scraped at once; one that goes on keeps half an interval at least.
        self.assertGreaterEqual(min(gaps), 0.2, gaps)
        self.assertEqual(1, metrics.one("proxy_up", job="stays"))

    def test_the_page_is_for_people(self):
        page = PageTarget(self, "m 1\n")
        daemon = Daemon(self, "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"
                        f"  - {{job_name: <good>, static_configs: [{{targets: ['{page.address}']}}]}}\n"
                        f"  - {{job_name: bad, static_configs: [{{targets: ['127.0.0.1:{free_port()}']}}]}}\n").start()
        answer = daemon.get("/targets")
        self.assertEqual((200, "text/html; charset=utf-8"), (answer.status, answer.headers["content-type"]))
        text = answer.body.decode()
        for part in ("1 up, 1 down", "&lt;good&gt;", page.address, "openmetrics", "DOWN", "Nothing answers there"):
            self.assertIn(part, text)
        self.assertNotIn("<good>", text)
        self.assertIn('href="targets"', daemon.get("/").body.decode())
        active = self.ours(daemon, "?state=active&scrapePool=bad")
        self.assertEqual(("down", []), (active["activeTargets"][0]["health"], active["droppedTargets"]))
        self.assertEqual("up", self.ours(daemon)["activeTargets"][0]["health"])


if __name__ == "__main__":
    unittest.main()
