"""A thousand targets every five seconds for a minute: no round missed, and how late the rounds are (printed)."""
import asyncio
import os
import resource
import statistics
import threading
import time
import unittest

from processes import Daemon, free_port

TARGETS = int(os.environ.get("PT_TARGETS", "1000"))
SECONDS = int(os.environ.get("PT_TARGET_SECONDS", "60"))
INTERVAL_S = 5
BODY = ("# TYPE proxy_http_requests_total counter\n"
        + "".join(f'proxy_http_requests_total{{host="h{host}.example",code="{code}xx"}} 1\n'
                  for host in range(2) for code in range(1, 6))).encode()
RESPONSE = (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: %d\r\n\r\n" % len(BODY)) + BODY


class ManyTargets(asyncio.Protocol):
    """One server on many loopback addresses; notes when each of them was asked."""

    def __init__(self, times):
        self.times = times

    def connection_made(self, transport):
        self.transport = transport
        self.address = transport.get_extra_info("sockname")[0]
        self.pending = b""

    def data_received(self, data):
        self.pending += data
        while b"\r\n\r\n" in self.pending:
            self.pending = self.pending.split(b"\r\n\r\n", 1)[1]
            self.times[self.address].append(time.time())  # the schedule's clock
            self.transport.write(RESPONSE)


def serve(addresses, port, times, started):
    async def run():
        loop = asyncio.get_running_loop()
        for address in addresses:
            await loop.create_server(lambda: ManyTargets(times), address, port, backlog=16)
        started.set()
        await asyncio.Event().wait()

    asyncio.run(run())


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class ManyTargetsTest(unittest.TestCase):
    def test_no_round_is_missed(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 3 * TARGETS + 200
        if hard != resource.RLIM_INFINITY and hard < wanted:
            self.skipTest(f"only {hard} open files allowed, {wanted} needed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))

        addresses = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(TARGETS)]
        times = {address: [] for address in addresses}
        port, started = free_port(), threading.Event()
        threading.Thread(target=serve, args=(addresses, port, times, started), daemon=True).start()
        self.assertTrue(started.wait(30))

        targets = ", ".join(f'"{address}:{port}"' for address in addresses)
        daemon = Daemon(self, f"global: {{scrape_interval: {INTERVAL_S}s, scrape_timeout: {INTERVAL_S}s}}\n"
                        "scrape_configs:\n  - job_name: many\n    proxy: openmetrics\n"
                        f"    static_configs: [{{targets: [{targets}]}}]\n").start()
        begun, cpu_begun = time.time(), daemon.cpu_s()
        time.sleep(SECONDS)
        ended, cpu_ended = time.time(), daemon.cpu_s()
        seen = {address: [moment for moment in list(moments) if moment <= ended]
                for address, moments in times.items()}
        page = daemon.metrics()
        memory = daemon.memory_bytes()
        self.assertEqual(0, daemon.stop())

        self.report(seen, (cpu_ended - cpu_begun) / (ended - begun), memory)
        missed = {address: len(moments) for address, moments in seen.items()
                  if self.gaps_missed(moments) or moments[-1] < ended - 1.9 * INTERVAL_S}
        self.assertEqual({}, missed)
        self.assertEqual(TARGETS, page.sum("proxy_up", job="many"))
        self.assertEqual(10 * TARGETS, len(page.select("proxy_http_requests_total", job="many")))

    @staticmethod
    def gaps_missed(moments):
        """The first round is at once, the second anywhere in its interval; from there on one per interval."""
        scheduled = moments[1:]
        return sum(later - earlier > 1.9 * INTERVAL_S for earlier, later in zip(scheduled, scheduled[1:]))

    def report(self, seen, cpu, memory):
        late_ms, phases = [], []
        for moments in seen.values():
            scheduled = moments[1:]
            offsets = [moment - INTERVAL_S * number for number, moment in enumerate(scheduled)]
            late_ms += [1000 * (offset - min(offsets)) for offset in offsets]
            phases.append(int(min(offsets) % INTERVAL_S))
        print(f"{len(seen)} targets every {INTERVAL_S} s for {SECONDS} s: {sum(map(len, seen.values()))} scrapes; late "
              f"median {statistics.median(late_ms):.2f} ms, p99 {percentile(late_ms, 0.99):.2f} ms, "
              f"max {max(late_ms):.2f} ms; targets by second of the interval "
              f"{[phases.count(second) for second in range(INTERVAL_S)]}; CPU {100 * cpu:.1f} % of a core, "
              f"RSS {memory / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    unittest.main()
