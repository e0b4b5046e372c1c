"""The demo as a newcomer meets it: it says what to open, the numbers are there, Ctrl-C leaves nothing behind."""
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

from processes import BINARY, ROOT, free_port, tool, wait_for
from exposition import parse_exposition

STOP_TIMEOUT_S = 15
HOSTS = ("api.example", "shop.example")


def processes_below(folder):
    """Processes that have the demo's folder in their command line or as their working directory."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if folder in command or os.readlink(entry / "cwd").startswith(folder):
                found.append(command)
        except OSError:
            continue
    return found


class DemoTest(unittest.TestCase):
    def setUp(self):
        elsewhere = tempfile.TemporaryDirectory()
        self.addCleanup(elsewhere.cleanup)
        self.elsewhere = pathlib.Path(elsewhere.name)
        self.output = self.elsewhere / "output"
        self.temporary = self.elsewhere / "tmp of the demo"
        self.temporary.mkdir()

    def launch(self, command):
        with open(self.output, "wb") as output:
            process = subprocess.Popen(command, cwd=self.elsewhere, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output, start_new_session=True,
                                       env={**os.environ, "TMPDIR": str(self.temporary)})
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def launch_demo(self):
        return self.launch(["python3", ROOT / "scripts" / "demo.py", "--binary", BINARY, "--haproxy", tool("haproxy"),
                            "--port", str(free_port())])

    def text(self):
        return self.output.read_text(errors="replace")

    def urls(self, process):
        """What it prints to open, once it does."""
        def printed():
            self.assertIsNone(process.poll(), self.text())
            return "goes with Ctrl-C" in self.text()

        wait_for("the demo's introduction", printed, timeout_s=300)
        return re.findall(r"http://127\.0\.0\.1:\d+/\S*", self.text().partition("Open:")[2])

    def fetch(self, url):
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read().decode()

    def check_traffic(self, urls):
        base = urls[0]
        self.assertIn(f"{base}metrics", urls)
        for host in HOSTS:
            self.assertIn(f"{base}telemetry/history?host={host}", urls)
            window = urllib.parse.urlencode({"host": host, "start": int(time.time()) - 1800, "step": "1s"})
            wait_for(f"traffic of {host}", lambda: re.search(
                r'"requests_sec":[1-9]', self.fetch(f"{base}telemetry/history?{window}")))
            wait_for(f"a p99 of {host}", lambda: re.search(
                r'"p99_ms":[1-9]', self.fetch(f"{base}telemetry/history?{window}")))
            def shown():
                page = parse_exposition(self.fetch(f"{base}metrics"))
                return (page.sum("proxy_http_requests_total", host=host) > 0
                        and page.sum("proxy_backends", host=host) >= 2)

            wait_for(f"requests and backends of {host}", shown)

    def check_nothing_left(self, process):
        process.wait(STOP_TIMEOUT_S)
        wait_for("no process left", lambda: not processes_below(str(self.temporary)), timeout_s=5)
        self.assertEqual([], os.listdir(self.temporary))

    def test_run_shows_traffic_and_ctrl_c_leaves_nothing(self):
        own_build = ROOT / "build" / "release" / "proxy-telemetry"
        if BINARY.resolve() != own_build.resolve():
            self.skipTest(f"scripts/run builds {own_build}; this build is another one")
        if subprocess.run([BINARY, "check", "local"], capture_output=True, check=False).returncode == 0:
            self.skipTest("a proxy runs on this machine: scripts/run watches it instead of a demo")
        tool("haproxy")
        process = self.launch([ROOT / "scripts" / "run"])
        self.check_traffic(self.urls(process))
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        self.check_nothing_left(process)
        self.assertEqual(0, process.returncode, self.text())

    def test_sigterm_and_a_second_signal_leave_nothing(self):
        process = self.launch_demo()
        self.check_traffic(self.urls(process))
        process.send_signal(signal.SIGTERM)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        self.check_nothing_left(process)
        self.assertEqual(0, process.returncode, self.text())

    def test_a_program_that_ends_by_itself_is_named_and_all_stops(self):
        process = self.launch_demo()
        self.urls(process)
        [haproxy] = [pid for pid in self.children(process.pid) if b"haproxy" in self.command(pid)]
        os.kill(haproxy, signal.SIGKILL)
        self.check_nothing_left(process)
        self.assertEqual(1, process.returncode)
        self.assertIn("haproxy ended by itself", self.text())

    def test_nothing_outlives_a_demo_that_is_killed(self):
        process = self.launch_demo()
        self.urls(process)
        self.assertEqual(2, len(self.children(process.pid)))
        process.kill()
        process.wait()
        wait_for("no process left", lambda: not processes_below(str(self.temporary)), timeout_s=5)

    @staticmethod
    def command(pid):
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()

    @staticmethod
    def children(pid):
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


if __name__ == "__main__":
    unittest.main()
