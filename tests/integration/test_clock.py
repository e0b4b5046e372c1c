"""The machine's clock jumps an hour ahead and two hours back while the program runs (libfaketime): rounds go on, no
sample lies in the future, time ascends, rates stay what they are."""
import time
import unittest

from processes import TOOLS, Daemon, wait_for
from servers import FAKE_TARGET_CONFIG, FakeTarget, send

HOST = "clock.example"
REQUESTS_PER_S = 1000
SCRAPE_INTERVAL_S = 1


def faketime_library():
    for root in (TOOLS / "root" / "usr" / "lib", TOOLS.parent.parent / "usr" / "lib"):
        for path in root.glob("*/faketime/libfaketimeMT.so.1"):
            return path
    raise unittest.SkipTest("no libfaketime here; ./scripts/test unpacks it into build/tools")


class DaemonInOtherTime(Daemon):
    def __init__(self, test, config):
        super().__init__(test, config)
        self.library = faketime_library()
        self.offset_path = self.folder / "offset"
        self.set_offset(0)

    def set_offset(self, seconds):
        fresh = self.offset_path.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.replace(self.offset_path)

    def command(self):
        return ["env", f"LD_PRELOAD={self.library}", f"FAKETIME_TIMESTAMP_FILE={self.offset_path}", "FAKETIME_NO_CACHE=1",
                "FAKETIME_DONT_FAKE_MONOTONIC=1", *super().command()]


class ClockTest(unittest.TestCase):
    def setUp(self):
        # By time, not by scrape: the rate is then the same however far apart two scrapes are.
        target = FakeTarget(self, lambda handler: send(
            handler, f'proxy_http_requests_total{{host="{HOST}",code="2xx"}} {time.monotonic() * REQUESTS_PER_S:.0f}\n'))
        self.daemon = DaemonInOtherTime(self, FAKE_TARGET_CONFIG.format(target=target.address))

    def newest_s(self):
        return max((sample["ts"] for sample in self.all_samples()), default=0)

    def all_samples(self):
        return self.daemon.samples(HOST, start=int(time.time()) - 5000, end=int(time.time()) + 5000, step="1s")

    def wait_samples(self, what):
        """Three further seconds of samples."""
        before = self.newest_s()
        wait_for(what, lambda: self.newest_s() >= before + 3, pause_s=0.3)

    def test_jumps_leave_no_trace(self):
        self.daemon.start()
        self.wait_samples("samples at first")
        for seconds in (3600, -7200, 0):
            self.daemon.set_offset(seconds)
            self.wait_samples(f"samples with a clock that is {seconds:+d} s off")
            self.assertLess(self.newest_s(), time.time() + 5, f"{seconds:+d} s: a sample lies in the future")
        self.assertEqual(self.daemon.stop(), 0)
        time.sleep(SCRAPE_INTERVAL_S)  # the first scrape comes at once: not so near to the last one that a rate means little
        self.daemon.start()
        self.wait_samples("samples after a restart")
        samples = self.all_samples()
        times = [sample["ts"] for sample in samples]
        self.assertEqual(times, sorted(set(times)))
        rates = [sample["requests_sec"] for sample in samples[1:]]
        self.assertGreater(min(rates), 0)
        # A busy machine answers a scrape late, so that its requests fall into a shorter time than they came in.
        self.assertLess(max(rates), 10 * REQUESTS_PER_S)
        self.assertEqual(self.daemon.metrics().sum("proxy_telemetry_store_append_errors_total"), 0)


if __name__ == "__main__":
    unittest.main()
