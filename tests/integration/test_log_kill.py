"""kill -9 at random moments while a log file grows and is rotated: every line counts once, and no counter falls."""
import collections
import http.client
import json
import os
import random
import shutil
import threading
import time
import unittest

from processes import Daemon, wait_for

ROUNDS = int(os.environ.get("PT_LOG_KILL_ROUNDS", "10"))
HOSTS = ("a.example", "b.example", "c.example")
CODES = (200, 200, 200, 404, 503)
KEPT = 9  # rotated files
CONFIG = ("global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}\nscrape_configs:\n  - job_name: logs\n"
          "    proxy: nginx\n    access_log: {{file: {log}, format: json, from: beginning}}\n")


class LogWriter(threading.Thread):
    """What a busy proxy does: lines in bursts, some of them in two pieces, to the file it has open."""

    def __init__(self, path, chance):
        super().__init__(daemon=True)
        self.path = path
        self.chance = chance
        self.counts = collections.Counter()  # (host, class): lines
        self.lock = threading.Lock()         # held while the file is written, copied or opened anew
        self.stopping = False
        self._file = open(path, "ab", buffering=0)

    def run(self):
        while not self.stopping:
            with self.lock:
                for _ in range(self.chance.randrange(1, 60)):
                    self._write_line()
            time.sleep(self.chance.uniform(0, 0.01))

    def _write_line(self):
        host, code = self.chance.choice(HOSTS), self.chance.choice(CODES)
        self.counts[host, f"{code // 100}xx"] += 1
        line = json.dumps({"ts": f"{time.time():.6f}", "host": host, "status": code, "request_time": 0.01,
                           "bytes_sent": 100}).encode() + b"\n"
        cut = self.chance.randrange(len(line)) if self.chance.random() < 0.05 else len(line)
        self._file.write(line[:cut])
        if cut < len(line):
            time.sleep(0.001)
            self._file.write(line[cut:])

    def total(self):
        with self.lock:
            return sum(self.counts.values())

    def stop(self):
        self.stopping = True
        if self.is_alive():
            self.join()
        self._file.close()

    def _shift(self):
        for number in range(KEPT, 0, -1):
            old = self.path.with_name(f"{self.path.name}.{number}")
            if old.exists():
                old.rename(self.path.with_name(f"{self.path.name}.{number + 1}"))

    def rename(self):
        """As logrotate with `create`: the proxy writes on to the renamed file until it is told."""
        self._shift()
        self.path.rename(self.path.with_name(self.path.name + ".1"))
        self.path.touch()
        time.sleep(self.chance.uniform(0, 0.4))
        with self.lock:
            self._file.close()
            self._file = open(self.path, "ab", buffering=0)

    def copy_and_truncate(self):
        """Between the copy and the cut nothing is written: that would be lost to anybody."""
        with self.lock:
            self._shift()
            shutil.copyfile(self.path, self.path.with_name(self.path.name + ".1"))
            os.truncate(self.path, 0)


class LogKillTest(unittest.TestCase):
    def setUp(self):
        self.seed = int(os.environ.get("PT_SEED", time.time_ns() % 1_000_000))
        print(f"seed {self.seed} (PT_SEED), {ROUNDS} kills (PT_LOG_KILL_ROUNDS)", flush=True)
        self.chance = random.Random(self.seed)
        self.daemon = Daemon(self, "")
        log = self.daemon.folder / "access.log"
        self.daemon.write_config(CONFIG.format(log=log))
        self.writer = LogWriter(log, random.Random(self.seed + 1))
        self.addCleanup(self.writer.stop)
        self.seen = {}

    def test_with_renamed_files(self):
        self.story(self.writer.rename)

    def test_with_files_that_are_copied_and_cut_back(self):
        self.story(self.writer.copy_and_truncate)

    def story(self, rotate):
        self.daemon.start()
        wait_for("a first round", self.look)
        first_s = self.daemon.last_scrape_s("logs")
        self.writer.start()
        for number in range(ROUNDS):
            with self.subTest(kill=number, seed=self.seed):
                self.live(rotate)
                self.daemon.kill()
                # While nobody reads, up to three times.
                for _ in range(self.chance.randrange(4)):
                    time.sleep(self.chance.uniform(0.03, 0.15))
                    rotate()
                self.daemon.start(wait=False)
        self.writer.stop()
        self.daemon.wait_ready()
        self.check_counts()
        self.check_history(first_s)
        self.assertEqual(0, self.daemon.stop())

    def live(self, rotate):
        """A short life, sometimes shorter than a start, with a look and a rotation at any moment of it."""
        end = time.monotonic() + self.chance.uniform(0.05, 1.2)
        if self.chance.random() < 0.5:
            time.sleep(self.chance.uniform(0, 0.3))
            rotate()
        while time.monotonic() < end:
            self.look()
            time.sleep(0.05)

    def look(self):
        """No counter is lower than it was ever seen; true when there was one at all."""
        try:
            page = self.daemon.metrics()
        except (OSError, http.client.HTTPException):
            return False
        counters = {**page.select("proxy_http_requests_total"), **page.select("proxy_telemetry_log_lines_total"),
                    **page.select("proxy_http_request_duration_seconds_count")}
        for series, value in counters.items():
            self.assertGreaterEqual(value, self.seen.get(series, 0), f"{series}, seed {self.seed}")
            self.seen[series] = value
        return bool(counters)

    def check_counts(self):
        written = self.writer.total()
        told = lambda: self.daemon.metrics().sum("proxy_telemetry_log_lines_total")
        try:
            wait_for(f"{written} lines", lambda: told() >= written, timeout_s=10)
        except AssertionError:
            pass  # by how much it differs is said below
        self.daemon.wait_scrape("logs")
        page = self.daemon.metrics()
        self.assertEqual(written, told(), f"seed {self.seed}:\n{self.daemon.log()[-4000:]}")
        self.assertEqual(0, page.sum("proxy_telemetry_log_unreadable_lines_total"))
        counts = {(dict(labels)["host"], dict(labels)["code"]): value
                  for labels, value in page.select("proxy_http_requests_total").items() if value}
        self.assertEqual(dict(self.writer.counts), counts)
        print(f"{written} lines, each counted once", flush=True)

    def check_history(self, first_s):
        """Its increases are those of the lines: no reset, nothing twice."""
        for host in HOSTS:
            requests, errors = self.daemon.total(host, "logs", first_s)
            of_host = {code: count for (name, code), count in self.writer.counts.items() if name == host}
            self.assertAlmostEqual(sum(of_host.values()), requests, places=4)
            self.assertAlmostEqual(of_host["5xx"], errors, places=4)


if __name__ == "__main__":
    unittest.main()
