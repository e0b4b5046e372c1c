"""Command line, reload, stop: the program as an operator meets it."""
import re
import signal
import subprocess
import tempfile
import pathlib
import time
import unittest

from processes import BINARY, STOP_TIMEOUT_S, Daemon, free_port, wait_for
from servers import FakeTarget, PageTarget, send

PAGE = '# TYPE proxy_http_requests_total counter\nproxy_http_requests_total{host="shop.example",code="2xx"} 5\n'
JOB = """\
  - job_name: {name}
    proxy: openmetrics
    static_configs: [{{targets: ["{target}"]}}]
"""
GLOBAL = "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"
RELOAD_OK = "proxy_telemetry_config_last_reload_successful"


def run(*arguments, timeout_s=20):
    return subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, text=True, timeout=timeout_s,
                          stdin=subprocess.DEVNULL, check=False)


class CommandLineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def config(self, text):
        path = self.folder / "config.yml"
        path.write_text(text)
        return path

    def test_version_and_help(self):
        version = run("--version")
        self.assertEqual(0, version.returncode)
        self.assertRegex(version.stdout, r"proxy-telemetry.* \d+\.\d+\.\d+")
        answer = run("--help")
        self.assertEqual(0, answer.returncode)
        for flag in ("--config.file", "--storage.path", "--web.listen-address", "--web.telemetry-path",
                     "--web.enable-lifecycle", "--log.level", "--log.format", "serve", "check"):
            self.assertIn(flag, answer.stdout)

    def test_bad_flags_are_refused_with_a_hint(self):
        for arguments in (["--no-such-flag"], ["--log.level=loud"], ["--log.format=xml"], ["no-such-command"],
                          ["serve", "--web.listen-address=nonsense"], ["check", "config"]):
            answer = run(*arguments)
            self.assertNotEqual(0, answer.returncode, arguments)
            self.assertTrue(answer.stderr.strip(), arguments)
            self.assertEqual("", answer.stdout, arguments)

    def test_check_config_of_a_good_file(self):
        path = self.config(GLOBAL + JOB.format(name="a", target="127.0.0.1:1"))
        answer = run("check", "config", path)
        self.assertEqual((0, f"{path}: ok\n", ""), (answer.returncode, answer.stdout, answer.stderr))

    def test_check_config_names_every_fault_with_its_place(self):
        path = self.config("global:\n  scrape_interval: 15 parsecs\nscrape_configs:\n  - job_name: a\n"
                           "    proxy: haproxy\n    targetz: []\n    static_configs: [{targets: ['127.0.0.1:1']}]\n")
        answer = run("check", "config", path)
        self.assertEqual((1, ""), (answer.returncode, answer.stdout))
        faults = answer.stderr.splitlines()
        self.assertEqual(2, len(faults), faults)
        self.assertTrue(faults[0].startswith(f"{path}:2:20: global.scrape_interval: "), faults)
        self.assertTrue(faults[1].startswith(f"{path}:6:5: scrape_configs[0].targetz: "), faults)

    def test_a_missing_or_broken_file_stops_the_start(self):
        for path in (self.folder / "none.yml", self.config("scrape_configs: 5\n")):
            for arguments in (("check", "config", path), ("serve", f"--config.file={path}",
                              f"--storage.path={self.folder / 'data'}", f"--web.listen-address=127.0.0.1:{free_port()}")):
                answer = run(*arguments)
                self.assertEqual(1, answer.returncode, answer.stderr)
                self.assertIn(path.name, answer.stderr)


class LifecycleTest(unittest.TestCase):
    def setUp(self):
        self.target = PageTarget(self, PAGE)

    def config(self, *jobs):
        return GLOBAL + "".join(JOB.format(name=name, target=address) for name, address in jobs)

    def start(self, *flags):
        return Daemon(self, self.config(("first", self.target.address)), flags).start()

    def test_sigterm_and_sigint_end_it_in_time_with_exit_code_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            daemon = self.start()
            daemon.signal(number)
            self.assertEqual(0, daemon.process.wait(STOP_TIMEOUT_S), daemon.log())

    def test_sigterm_ends_it_in_time_while_a_target_hangs(self):
        hanging = FakeTarget(self, lambda handler: time.sleep(20))
        daemon = Daemon(self, "global: {scrape_interval: 30s, scrape_timeout: 25s}\nscrape_configs:\n"
                        + JOB.format(name="hang", target=hanging.address)).start(wait=False)
        wait_for("the request", lambda: hanging.requests)
        self.assertEqual(0, daemon.stop(), daemon.log())

    def test_not_ready_before_the_first_round_is_over(self):
        hanging = FakeTarget(self, lambda handler: (time.sleep(3), send(handler, PAGE)))
        daemon = Daemon(self, "global: {scrape_interval: 30s, scrape_timeout: 25s}\nscrape_configs:\n"
                        + JOB.format(name="slow", target=hanging.address)).start(wait=False)
        wait_for("the request", lambda: hanging.requests)

        def healthy():
            try:
                return daemon.get("/-/healthy").status == 200
            except OSError:
                return False

        wait_for("/-/healthy", healthy)
        self.assertEqual(503, daemon.get("/-/ready").status)
        self.assertEqual(0, daemon.metrics().one("proxy_up", job="slow"))
        daemon.wait_ready()
        self.assertEqual(1, daemon.metrics().one("proxy_up", job="slow"))

    def test_ready_after_a_first_round_that_failed(self):
        daemon = Daemon(self, self.config(("dead", f"127.0.0.1:{free_port()}"))).start()
        self.assertEqual(0, daemon.metrics().one("proxy_up", job="dead"))

    def check_reload(self, daemon, reload):
        other = PageTarget(self, PAGE.replace("shop", "other"))
        self.assertEqual(1, daemon.metrics().one(RELOAD_OK))
        daemon.write_config(self.config(("first", self.target.address), ("second", other.address)))
        reload()
        wait_for("the new target", lambda: daemon.metrics().select("proxy_up", job="second").values() and
                 daemon.metrics().one("proxy_up", job="second") == 1)
        daemon.write_config("scrape_configs: [{job_name: first, nonsense: 1}]\n")
        reload()
        wait_for("the refusal", lambda: daemon.metrics().one(RELOAD_OK) == 0)
        self.assertIn("nonsense", daemon.log())
        daemon.wait_scrape("second")  # the old one is still in force
        daemon.write_config(self.config(("second", other.address)))
        reload()
        wait_for("the old target to go", lambda: not daemon.metrics().select("proxy_up", job="first"))
        self.assertEqual(1, daemon.metrics().one(RELOAD_OK))
        self.assertEqual(0, daemon.stop())

    def test_sighup_applies_a_changed_file_and_refuses_a_broken_one(self):
        daemon = self.start()
        self.check_reload(daemon, lambda: daemon.signal(signal.SIGHUP))

    def test_post_reload_does_the_same(self):
        daemon = self.start("--web.enable-lifecycle")
        self.check_reload(daemon, lambda: daemon.get("/-/reload", method="POST"))

    def test_post_reload_tells_success_and_failure(self):
        daemon = self.start("--web.enable-lifecycle")
        self.assertEqual(200, daemon.get("/-/reload", method="POST").status)
        daemon.write_config("nonsense\n")
        self.assertEqual(500, daemon.get("/-/reload", method="POST").status)

    def test_a_reload_loses_no_scrape(self):
        daemon = self.start()
        for _ in range(20):
            daemon.signal(signal.SIGHUP)
            time.sleep(0.2)
        daemon.wait_scrape("first")
        times = [request.time for request in self.target.requests[1:]]
        self.assertLess(max(later - earlier for earlier, later in zip(times, times[1:])), 1.9)

    def test_post_quit_stops_it(self):
        daemon = self.start("--web.enable-lifecycle")
        self.assertEqual(200, daemon.get("/-/quit", method="POST").status)
        self.assertEqual(0, daemon.process.wait(STOP_TIMEOUT_S), daemon.log())

    def test_a_second_program_on_the_same_storage_is_told_why_not(self):
        daemon = self.start()
        answer = run("serve", f"--config.file={daemon.config_path}", f"--storage.path={daemon.storage_path}",
                     f"--web.listen-address=127.0.0.1:{free_port()}")
        self.assertNotEqual(0, answer.returncode)
        self.assertIn(str(daemon.storage_path), answer.stderr)
        self.assertRegex(answer.stderr, re.compile("lock|in use|another", re.IGNORECASE))
        daemon.wait_scrape("first")  # and the first one does not mind

    def test_a_port_in_use_is_an_error_that_names_it(self):
        daemon = self.start()
        answer = run("serve", f"--config.file={daemon.config_path}", f"--storage.path={daemon.folder / 'other'}",
                     f"--web.listen-address=127.0.0.1:{daemon.port}")
        self.assertNotEqual(0, answer.returncode)
        self.assertIn(str(daemon.port), answer.stderr)

    def test_other_telemetry_path_and_json_log(self):
        daemon = Daemon(self, self.config(("first", self.target.address)),
                        ["--web.telemetry-path=/other", "--log.format=json", "--log.level=debug"]).start()
        self.assertEqual(200, daemon.get("/other").status)
        self.assertEqual(404, daemon.get("/metrics").status)
        lines = daemon.log().splitlines()
        self.assertTrue(lines and all(line.startswith("{") and line.endswith("}") for line in lines), lines[:3])


if __name__ == "__main__":
    unittest.main()
