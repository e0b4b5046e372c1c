"""Killed by kill -9 fifty times during rounds of one second: what any reader saw before is there after, to the bit."""
import http.client
import json
import os
import random
import threading
import time
import unittest

from exposition import parse_exposition
from processes import Daemon
from servers import FAKE_TARGET_CONFIG, FakeTarget, send

ROUNDS = int(os.environ.get("PT_KILL_ROUNDS", "50"))
HOST = "kill.example"


class Reader(threading.Thread):
    """Reads /telemetry/history and /metrics as fast as it can until the program is gone; remembers what it saw."""

    def __init__(self, daemon, samples, counters):
        super().__init__(daemon=True)
        self.target_daemon = daemon
        self.samples = samples    # {ts: sample with numbers as text}
        self.counters = counters  # {scrape time: counter}
        self.faults = []

    def run(self):
        since = int(time.time()) - 5
        while True:
            try:
                page = parse_exposition(self.target_daemon.get("/metrics", timeout_s=5).body.decode())
                if page.select("proxy_http_requests_total", host=HOST):
                    self.counters[page.one("proxy_last_scrape_timestamp_seconds", job="fake")] = page.one(
                        "proxy_http_requests_total", host=HOST)
                body = self.target_daemon.get(f"/telemetry/history?host={HOST}&start={since}&step=1s", timeout_s=5).body
            except (OSError, http.client.HTTPException):
                return
            for sample in json.loads(body, parse_float=str, parse_int=str)["samples"]:
                seen = self.samples.setdefault(sample["ts"], sample)
                if seen != sample:
                    self.faults.append(f"{seen} became {sample}")


class KillTest(unittest.TestCase):
    def test_nothing_that_was_seen_is_lost(self):
        seed = int(os.environ.get("PT_SEED", time.time_ns() % 1_000_000))
        print(f"seed {seed} (PT_SEED), {ROUNDS} kills", flush=True)
        chance = random.Random(seed)
        scrapes = iter(range(1, 1_000_000))
        target = FakeTarget(self, lambda handler: send(
            handler, f'proxy_http_requests_total{{host="{HOST}",code="2xx"}} {next(scrapes) * 7}\n'))
        daemon = Daemon(self, FAKE_TARGET_CONFIG.format(target=target.address))
        samples, counters = {}, {}
        first_s = daemon.start_counting(["fake"])["fake"]
        daemon.kill()
        for number in range(ROUNDS):
            daemon.start()
            self.check_kept(daemon, samples, f"start {number}")
            reader = Reader(daemon, samples, counters)
            reader.start()
            time.sleep(chance.uniform(0.2, 1.2))
            daemon.kill()
            reader.join()
            self.assertEqual([], reader.faults)
        daemon.start()
        self.check_kept(daemon, samples, "the last start")
        self.check_counters(daemon, counters, first_s)
        print(f"{len(samples)} samples of history and {len(counters)} values of /metrics seen, all kept; "
              f"{len(target.requests)} scrapes", flush=True)
        self.assertGreaterEqual(len(samples), ROUNDS // 2)
        self.assertEqual(0, daemon.stop())

    def check_kept(self, daemon, samples, when):
        if not samples:
            return
        start = min(int(ts) for ts in samples)
        kept = {sample["ts"]: sample for sample in daemon.history(HOST, start=start, step="1s")["samples"]}
        for ts, sample in samples.items():
            self.assertEqual(sample, kept.get(ts), f"at {when}")

    def check_counters(self, daemon, counters, first_s):
        """Each scrape seen on /metrics is in the history, and all increases since the first add up."""
        kept = {sample["ts"] for sample in daemon.recent(HOST)}
        self.assertEqual([], [seen_s for seen_s in counters if int(seen_s) not in kept])
        daemon.wait_scrape("fake")
        requests, _ = daemon.total(HOST, "fake", first_s)
        self.assertEqual(0, round(requests, 5) % 7)
        self.assertGreaterEqual(round(requests, 5), max(counters.values()) - min(counters.values()))


if __name__ == "__main__":
    unittest.main()
