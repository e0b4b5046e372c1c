#!/usr/bin/env python3
"""Access logs: lines per second of CPU, what a socket takes, and memory under a flood of invented hosts.

log_bench.py BINARY [--lines N] [--flood N] [--folder DIR]

  file    N lines of 1,000 hosts read from a file: lines per second of CPU of the whole daemon, rounds included
  socket  the same lines sent to a unix datagram socket as fast as one sender can: read, lost
  flood   hosts invented in every line, among those of 100 known ones: resident memory, and whether those are untouched
"""
import argparse
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 300
CONFIG = """\
global: {{scrape_interval: 5s}}
scrape_configs:
  - job_name: logs
    proxy: nginx
    access_log: {{{where}, format: {format}}}
"""
COMBINED = ("$host $remote_addr - $remote_user [$time_local] \"$request\" $status $bytes_sent \"$http_referer\" "
            "\"$http_user_agent\" $request_length $request_time $upstream_response_time")
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"


def json_line(host, number):
    seconds = f"{random.lognormvariate(-4, 1):.3f}"
    return (f'{{"ts":"17953398{number % 100:02}.096","host":"{host}","server_name":"{host}","method":"GET",'
            f'"status":{random.choice((200, 200, 200, 200, 304, 404, 500))},"bytes_sent":{number % 50000},'
            f'"request_length":412,"request_time":{seconds},"upstream_addr":"127.0.0.1:18101",'
            f'"upstream_status":"200","upstream_response_time":"{seconds}"}}\n')


def combined_line(host, number):
    seconds = f"{random.lognormvariate(-4, 1):.3f}"
    return (f'{host} 192.0.2.{number % 250} - - [22/Nov/2026:09:30:41 +0000] "GET /path/{number % 1000} HTTP/1.1" '
            f'{random.choice((200, 200, 304, 404, 500))} {number % 50000} "-" "{AGENT}" 412 {seconds} {seconds}\n')


class Daemon:
    def __init__(self, binary, folder, config):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        path = folder / "config.yml"
        path.write_text(config)
        self.log = open(folder / "daemon.log", "ab")
        self.process = subprocess.Popen(
            [binary, f"--config.file={path}", f"--storage.path={tempfile.mkdtemp(dir=folder)}",
             f"--web.listen-address=127.0.0.1:{self.port}"], stdout=self.log, stderr=self.log)

    def metrics(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    def value(self, name):
        found = re.search(rf"^{name}\{{[^}}]*\}} (\S+)$", self.metrics(), re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    def wait_for_lines(self, lines):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            read = self.value("proxy_telemetry_log_lines_total") + self.value("proxy_telemetry_log_lost_lines_total")
            if read >= lines or time.monotonic() > deadline:
                return read
            time.sleep(0.2)

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def resident_mb(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()


def bench_file(binary, folder, lines, name, make, log_format):
    path = folder / f"{name}.log"
    with open(path, "w") as out:
        for number in range(lines):
            out.write(make(f"host{number % 1000}.example", number))
    daemon = Daemon(binary, folder, CONFIG.format(where=f"file: {path}, from: beginning", format=log_format))
    daemon.wait_for_lines(lines)
    read, cpu_s = daemon.value("proxy_telemetry_log_lines_total"), daemon.cpu_s()
    print(f"file, {name}: {read:.0f} of {lines} lines ({path.stat().st_size / lines:.0f} bytes each), "
          f"{cpu_s:.2f} s of CPU, {read / cpu_s:,.0f} lines/s, {daemon.resident_mb():.0f} MB resident")
    daemon.stop()
    path.unlink()


def bench_socket(binary, folder, lines):
    path = folder / "x.sock"
    daemon = Daemon(binary, folder, CONFIG.format(where=f"listen: 'unixgram:{path}'", format="json"))
    while not path.exists():
        time.sleep(0.05)
    texts = [("<190>Nov 22 09:30:41 nginx: " + json_line(f"host{number % 1000}.example", number).strip()).encode()
             for number in range(min(lines, 100000))]
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.connect(str(path))
    begun = time.monotonic()
    for number in range(lines):
        sender.send(texts[number % len(texts)])
    wall_s = time.monotonic() - begun
    daemon.wait_for_lines(lines)
    read, lost = daemon.value("proxy_telemetry_log_lines_total"), daemon.value("proxy_telemetry_log_lost_lines_total")
    print(f"socket: sent {lines / wall_s:,.0f} lines/s, {read:.0f} read, {lost:.0f} lost, "
          f"{read / daemon.cpu_s():,.0f} lines/s of CPU, the receiving of datagrams included")
    daemon.stop()


def bench_flood(binary, folder, flood):
    path = folder / "flood.log"
    path.write_text("")
    daemon = Daemon(binary, folder, CONFIG.format(where=f"file: {path}, from: beginning", format="json"))
    with open(path, "a") as out:
        for number in range(100 * 100):
            out.write(json_line(f"host{number % 100}.example", number))
    daemon.wait_for_lines(10000)
    # As many hosts as the limit allows come first, so that what is measured is the flood and not its first places.
    with open(path, "a") as out:
        for number in range(20000):
            out.write(json_line(f"early-{number}.example", number))
    daemon.wait_for_lines(30000)
    time.sleep(6)
    before = daemon.resident_mb()
    peak = before
    sent = 30000
    begun_cpu_s = daemon.cpu_s()
    for part in range(10):
        with open(path, "a") as out:
            for number in range(flood // 10):
                out.write(json_line(f"{random.getrandbits(64):x}.example", number))
                if number % 100 == 0:
                    out.write(json_line(f"host{number // 100 % 100}.example", number))
                    sent += 1
            sent += flood // 10
        daemon.wait_for_lines(sent)
        peak = max(peak, daemon.resident_mb())
    cpu_s = daemon.cpu_s() - begun_cpu_s
    known = {}
    for host, value in re.findall(r'^proxy_http_requests_total\{code="\w+",host="(host\d+\.example)"[^}]*\} (\S+)$',
                                  daemon.metrics(), re.MULTILINE):
        known[host] = known.get(host, 0) + float(value)
    expected = 100 + flood // 100 // 100
    right = sum(1 for value in known.values() if value == expected)
    print(f"flood: {flood:,} invented hosts, resident {before:.0f} MB before, {peak:.0f} MB at most, "
          f"{right} of {len(known)} known hosts count exactly, "
          f"{daemon.value('proxy_telemetry_folded_requests_total'):.0f} requests folded, "
          f"{flood / cpu_s:,.0f} lines/s of CPU")
    daemon.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--lines", type=int, default=2000000)
    parser.add_argument("--flood", type=int, default=1000000)
    parser.add_argument("--folder", default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = pathlib.Path(name)
        bench_file(arguments.binary, folder, arguments.lines, "json", json_line, "json")
        bench_file(arguments.binary, folder, arguments.lines, "text", combined_line, json.dumps(COMBINED))
        bench_socket(arguments.binary, folder, arguments.lines // 2)
        bench_flood(arguments.binary, folder, arguments.flood)
    return 0


if __name__ == "__main__":
    sys.exit(main())
