"""Starts and stops the programs under test: proxy-telemetry itself, HAProxy, Prometheus. Loopback and free ports only."""
import collections
import ctypes
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse

from exposition import parse_exposition

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = pathlib.Path(os.environ.get("PT_BINARY", ROOT / "build" / "release" / "proxy-telemetry"))
TOOLS = pathlib.Path(os.environ.get("PT_TOOLS", ROOT / "build" / "tools"))
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 5  # the contract's
PR_SET_PDEATHSIG = 1

PORT_TRIES = 100
# Below Linux' usual ip_local_port_range, which begins at 32768.
LISTEN_PORTS = (20000, 32768)
Answer = collections.namedtuple("Answer", "status headers body")  # header names in lower case


def free_port():
    """One that the system gives to no client: those of a load beside it would take it before it is listened on."""
    for _ in range(PORT_TRIES):
        port = random.SystemRandom().randrange(*LISTEN_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port among {PORT_TRIES} of {LISTEN_PORTS}")


def tool(name):
    """Path of an unpacked or installed program; skips the test where there is none."""
    path = TOOLS / "bin" / name
    if path.exists():
        return str(path)
    installed = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if installed:
        return installed
    raise unittest.SkipTest(f"no {name} here; ./scripts/test unpacks it into build/tools")


def wait_for(what, condition, timeout_s=START_TIMEOUT_S, pause_s=0.05):
    """Polls until condition() is true and returns its value; fails naming `what` otherwise."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain for: {what}")
        time.sleep(pause_s)


def http_request(port, path, method="GET", headers=None, body=None, timeout_s=20):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read())
    finally:
        connection.close()


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Program:
    """A child process that writes to a log file and never outlives the test."""

    def __init__(self, test, name):
        self.name = name
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"pt-{name}-"))
        self.log_path = self.folder / "log"
        self.process = None
        test.addCleanup(self._clean_up)

    def launch(self, command):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in command], cwd=self.folder,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=_die_with_parent)

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def running(self):
        return self.process is not None and self.process.poll() is None

    def check_running(self):
        if not self.running():
            raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{self.log()}")

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, timeout_s=STOP_TIMEOUT_S):
        """SIGTERM; returns the exit code, fails when it takes longer than the contract allows."""
        self.process.terminate()
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not stop within {timeout_s} s:\n{self.log()}") from None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def _clean_up(self):
        if self.running():
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Daemon(Program):
    """proxy-telemetry on a free port with its storage in a temporary directory, which survives restarts."""

    def __init__(self, test, config, flags=()):
        super().__init__(test, "proxy-telemetry")
        self.port = free_port()
        self.flags = list(flags)
        self.config_path = self.folder / "config.yml"
        self.storage_path = self.folder / "data"
        self.write_config(config)

    def write_config(self, text):
        """By rename, so that a reload never reads half a file."""
        fresh = self.config_path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.config_path)

    def command(self):
        return [BINARY, "serve", f"--config.file={self.config_path}", f"--storage.path={self.storage_path}",
                f"--web.listen-address=127.0.0.1:{self.port}", *self.flags]

    def start(self, wait=True):
        self.launch(self.command())
        if wait:
            self.wait_ready()
        return self

    def restart(self):
        code = self.stop()
        if code != 0:
            raise AssertionError(f"exit code {code} after SIGTERM:\n{self.log()}")
        return self.start()

    def is_ready(self):
        self.check_running()
        try:
            return self.get("/-/ready").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def wait_ready(self):
        wait_for("/-/ready", self.is_ready, pause_s=0.02)

    def get(self, path, **options):
        return http_request(self.port, path, **options)

    def metrics(self):
        answer = self.get("/metrics")
        if answer.status != 200:
            raise AssertionError(f"/metrics answered {answer.status}: {answer.body[:200]!r}")
        return parse_exposition(answer.body.decode())

    def history(self, host, **parameters):
        """The answer's JSON with numbers as they are written (ints and floats as text), so that bits compare."""
        query = urllib.parse.urlencode({"host": host, **parameters})
        answer = self.get(f"/telemetry/history?{query}")
        if answer.status != 200:
            raise AssertionError(f"history of {query} answered {answer.status}: {answer.body[:200]!r}")
        return json.loads(answer.body, parse_float=str, parse_int=str)

    def samples(self, host, **parameters):
        return [{key: float(value) for key, value in sample.items()}
                for sample in self.history(host, **parameters)["samples"]]

    def recent(self, host, **parameters):
        """Every sample of the last half hour."""
        return self.samples(host, start=int(time.time()) - 1800, step="1s", **parameters)

    def start_counting(self, jobs):
        """Starts with an empty storage; returns the time of each job's first sample, from which totals run.

        Jobs of one target each. Should the second round be faster than this reader, it begins anew.
        """
        for _ in range(10):
            self.start()
            page = self.metrics()
            if page.sum("proxy_telemetry_rounds_total") == len(jobs):
                return {job: page.one("proxy_last_scrape_timestamp_seconds", job=job) for job in jobs}
            self.stop()
            shutil.rmtree(self.storage_path)
        raise AssertionError("the second round always came before the first was read")

    def total(self, host, job, first_s):
        """(requests, errors) of the host since the job's first sample, told by one exact average."""
        while True:
            last_s = self.last_scrape_s(job)
            samples = self.samples(host, start=0, step="10000d", aggregate="avg", job=job)
            if last_s == self.last_scrape_s(job):
                break
        if len(samples) != 1:
            raise AssertionError(f"one bucket expected: {samples}")
        # The samples' elapsed times add up to exactly this, to the millisecond.
        requests = samples[0]["requests_sec"] * round(last_s - first_s, 3)
        return requests, requests * samples[0]["error_rate"] / 100

    def last_scrape_s(self, job):
        return self.metrics().one("proxy_last_scrape_timestamp_seconds", job=job)

    def wait_scrape(self, job, rounds=2):
        """Waits for `rounds` rounds that begin from now on; returns the last one's time."""
        seen = {self.last_scrape_s(job)}

        def enough():
            seen.add(self.last_scrape_s(job))
            return len(seen) > rounds

        wait_for(f"{rounds} rounds of {job}", enough)
        return max(seen)

    def memory_bytes(self, field="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith(field)).split()[1]) * 1024

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Haproxy(Program):
    """A real HAProxy as master and worker, so that SIGUSR2 reloads it; statistics over HTTP and over a socket."""

    def __init__(self, test, body):
        super().__init__(test, "haproxy")
        self.executable = tool("haproxy")
        self.port = free_port()
        self.stats_port = free_port()
        self.socket_path = self.folder / "admin.sock"
        (self.folder / "haproxy.cfg").write_text(
            f"global\n  maxconn 500\n  stats socket {self.socket_path} mode 600 level admin expose-fd listeners\n"
            "defaults\n  mode http\n  timeout connect 1s\n  timeout client 10s\n  timeout server 5s\n  retries 0\n"
            f"frontend web\n  bind 127.0.0.1:{self.port}\n{body}"
            f"frontend stats\n  bind 127.0.0.1:{self.stats_port}\n  stats enable\n  stats uri /stats\n")

    def start(self):
        self.launch([self.executable, "-W", "-db", "-f", self.folder / "haproxy.cfg"])
        wait_for("HAProxy's statistics", self.stats)
        return self

    def stats(self):
        self.check_running()
        try:
            answer = http_request(self.stats_port, "/stats;csv")
        except OSError:
            return None
        return answer.body.decode() if answer.status == 200 else None

    def command(self, text):
        """One command over the stats socket."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.socket_path))
            connection.sendall(text.encode() + b"\n")
            return connection.makefile().read()

    def reload(self):
        """A new worker takes over; its counters start at 0."""
        before = self.command("show info")
        pid = next(line for line in before.splitlines() if line.startswith("Pid:"))
        self.signal(signal.SIGUSR2)

        def replaced():
            try:
                answer = self.command("show info")
            except OSError:
                return False
            return "Pid:" in answer and pid not in answer.splitlines()

        wait_for("the new HAProxy worker", replaced)


class Prometheus(Program):
    """A real Prometheus that scrapes one target every second."""

    def __init__(self, test, target_port):
        super().__init__(test, "prometheus")
        self.executable = tool("prometheus")
        self.port = free_port()
        (self.folder / "prometheus.yml").write_text(
            "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
            "scrape_configs:\n"
            "  - job_name: telemetry\n    honor_labels: true\n"
            f"    static_configs: [{{targets: ['127.0.0.1:{target_port}']}}]\n")

    def start(self):
        self.launch([self.executable, f"--config.file={self.folder / 'prometheus.yml'}",
                     f"--storage.tsdb.path={self.folder / 'tsdb'}", f"--web.listen-address=127.0.0.1:{self.port}"])
        wait_for("Prometheus", self.is_ready)
        return self

    def is_ready(self):
        self.check_running()
        try:
            return http_request(self.port, "/-/ready").status == 200
        except OSError:
            return False

    def api(self, path, **parameters):
        answer = http_request(self.port, f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        return json.loads(answer.body)["data"]
