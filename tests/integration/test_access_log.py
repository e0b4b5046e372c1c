"""Access logs of real proxies: what is told equals the very lines they wrote, and p99 is within 5 % of theirs."""
import collections
import json
import os
import re
import shutil
import signal
import socket
import tempfile
import threading
import types
import unittest

import load
from backends import failing_backend, slow_backend
from processes import Daemon, Haproxy, free_port, wait_for
from proxies import Apache, Caddy, Nginx, Traefik
from proxy_case import API, HOSTS, SHOP, exact_percentile
from test_traefik import service

P99_APART = 0.05  # what is promised
WARM_UP, FIRST, MORE = 6, 500, 150
SETTLE_S = 15

Line = collections.namedtuple("Line", "host status seconds response_bytes")


class LogStory:
    """Mixed into unittest.TestCase: one proxy, one daemon with a job per log of it, one load."""

    # {job: what its access_log says}, and {job: function that returns all lines of that log so far}
    @classmethod
    def logs(cls):
        raise NotImplementedError

    @classmethod
    def start_proxy(cls):
        raise NotImplementedError

    PROXY = ""

    @classmethod
    def setUpClass(cls):
        cls.scope = types.SimpleNamespace(addCleanup=cls.addClassCleanup)
        cls.failing, cls.slow = failing_backend(cls.scope), slow_backend(cls.scope)
        cls.proxy = cls.start_proxy()
        jobs = cls.logs()
        cls.lines = {job: lines for job, (_, lines) in jobs.items()}
        config = "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n" + "".join(
            f"  - job_name: {job}\n    proxy: {cls.PROXY}\n    access_log: {json.dumps(access_log)}\n"
            for job, (access_log, _) in jobs.items())
        cls.daemon = Daemon(cls.scope, config).start()
        cls.sockets_exist(jobs)
        cls.proxy.start()
        cls.sent = 0
        cls.tallies = {host: load.Tally() for host in HOSTS}
        # The first sample of a host counts nothing.
        cls.send(WARM_UP)
        cls.first_s = {job: cls.daemon.last_scrape_s(job) for job in cls.lines}
        cls.after_warm_up = {job: len(cls.own_lines(job)) for job in cls.lines}
        cls.send(FIRST)

    @classmethod
    def sockets_exist(cls, jobs):
        for access_log, _ in jobs.values():
            listen = access_log.get("listen", "")
            if listen.startswith("unixgram:"):
                path = cls.daemon.folder / listen.removeprefix("unixgram:")
                wait_for(f"the socket {path}", path.exists)

    @classmethod
    def send(cls, requests):
        """Until every job tells of every line."""
        for host, tally in load.send(cls.proxy.port, {host: requests for host in HOSTS}).items():
            cls.tallies[host].add(tally)
        cls.sent += len(HOSTS) * requests
        for job in cls.lines:
            wait_for(f"{cls.sent} lines in the log of {job}", lambda job=job: len(cls.own_lines(job)) >= cls.sent)
        cls.settle()

    @classmethod
    def settle(cls):
        def told():
            page = cls.daemon.metrics()
            return all(sum(page.sum("proxy_http_requests_total", job=job, host=host) for host in HOSTS) >= cls.sent
                       for job in cls.lines)

        try:
            wait_for("all lines are told", told, timeout_s=SETTLE_S)
        except AssertionError:
            pass  # which ones are missing is for the tests to say
        cls.wait_round()

    @classmethod
    def wait_round(cls):
        """One that begins from now on, of every job."""
        rounds = lambda: {job: cls.daemon.last_scrape_s(job) for job in cls.lines}
        before = rounds()
        wait_for("a round of every job", lambda: not before.items() & rounds().items())

    def since_first_round(self, job, host):
        """The one sample over all that came after the first round, which had the warm-up; and how long that is."""
        while True:
            last_s = self.daemon.last_scrape_s(job)
            samples = self.daemon.samples(host, start=f"{self.first_s[job] + 0.001:.3f}", step="10000d",
                                          aggregate="avg", job=job)
            if last_s == self.daemon.last_scrape_s(job):
                break
        self.assertEqual(1, len(samples), samples)
        return samples[0], round(last_s - self.first_s[job], 3)

    @classmethod
    def own_lines(cls, job):
        return [line for line in cls.lines[job]() if line.host in HOSTS]

    def check_each(self, check):
        for job in self.lines:
            for host in HOSTS:
                with self.subTest(job=job, host=host, seed=load.SEED):
                    check(job, host, [line for line in self.own_lines(job) if line.host == host])

    def check_counts(self):
        page = self.daemon.metrics()
        self.check_each(lambda job, host, lines: self.check_lines(page, job, host, lines))

    def check_lines(self, page, job, host, lines):
        told = {dict(labels)["code"]: value for labels, value in
                page.select("proxy_http_requests_total", job=job, host=host).items() if value}
        self.assertEqual(load.fold_classes(collections.Counter(line.status for line in lines)), told)
        self.assertEqual(self.tallies[host].classes(), told)
        self.assertEqual(sum(line.response_bytes for line in lines),
                         page.one("proxy_response_bytes_total", job=job, host=host))
        self.assertEqual(len(lines), page.one("proxy_http_request_duration_seconds_count", job=job, host=host))
        self.assertAlmostEqual(sum(line.seconds for line in lines), page.one(
            "proxy_http_request_duration_seconds_sum", job=job, host=host), places=6)
        sample, elapsed_s = self.since_first_round(job, host)
        fresh = self.since_warm_up(job, host)
        self.assertAlmostEqual(len(fresh), sample["requests_sec"] * elapsed_s, places=6)
        self.assertAlmostEqual(100 * sum(1 for line in fresh if line.status >= 500) / len(fresh), sample["error_rate"])

    def since_warm_up(self, job, host):
        return [line for line in self.own_lines(job)[self.after_warm_up[job]:] if line.host == host]

    def check_p99(self, job, host, _):
        exact = exact_percentile([line.seconds for line in self.since_warm_up(job, host)])
        sample, _ = self.since_first_round(job, host)
        self.assertLessEqual(abs(sample["p99_ms"] / 1000 - exact), exact * P99_APART,
                             f"p99 of the lines {exact} s, told {sample['p99_ms']} ms")


class LogTests(LogStory):
    def test_a_classes_bytes_and_durations_are_those_of_the_lines_and_the_clients(self):
        self.check_counts()

    def test_b_p99_is_within_5_percent_of_that_of_the_lines(self):
        self.check_each(self.check_p99)


NGINX_TIMED = ('$host $remote_addr - $remote_user [$time_local] "$request" $status $bytes_sent "$http_referer" '
               '"$http_user_agent" $request_time $upstream_response_time')


class NginxLogTest(LogTests, unittest.TestCase):
    """One nginx that logs at once to a unix socket, to a UDP port and to two files."""

    PROXY = "nginx"

    @classmethod
    def http(cls, nginx):
        servers = "".join(
            f"  server {{ listen 127.0.0.1:{nginx.port}; server_name {name}.example;\n"
            f"    location / {{ proxy_pass http://{name}; proxy_http_version 1.1; proxy_set_header Connection ''; }} }}\n"
            f"  upstream {name} {{ server {cls.failing.address}; server {cls.slow.address}; keepalive 8; }}\n"
            for name in ("shop", "api"))
        return ("  log_format red escape=json '{\"ts\":\"$msec\",\"host\":\"$host\",\"status\":$status,"
                "\"bytes_sent\":$bytes_sent,\"request_length\":$request_length,\"request_time\":$request_time,"
                "\"upstream_addr\":\"$upstream_addr\",\"upstream_status\":\"$upstream_status\","
                "\"upstream_response_time\":\"$upstream_response_time\"}';\n"
                f"  log_format timed '{NGINX_TIMED}';\n"
                f"  access_log {nginx.access_log} red;\n  access_log {nginx.folder}/timed.log timed;\n"
                f"  access_log syslog:server=unix:{cls.socket_folder.path}/nginx.sock,nohostname,tag=nginx red;\n"
                f"  access_log syslog:server=127.0.0.1:{cls.udp_port},tag=nginx red;\n"
                f"{servers}"
                f"  server {{ listen 127.0.0.1:{nginx.admin_port}; access_log off; location / {{ stub_status; }} }}\n")

    @classmethod
    def start_proxy(cls):
        cls.socket_folder = SocketFolder(cls.scope)
        cls.udp_port = free_port()
        return Nginx(cls.scope, cls.http)

    @classmethod
    def logs(cls):
        timed = cls.proxy.folder / "timed.log"
        for path in (cls.proxy.access_log, timed):
            path.touch()
        return {"file": ({"file": str(cls.proxy.access_log), "format": "json", "from": "beginning"}, cls.json_lines),
                "unix": ({"listen": f"unixgram:{cls.socket_folder.path}/nginx.sock"}, cls.json_lines),
                "udp": ({"listen": f"udp://127.0.0.1:{cls.udp_port}"}, cls.json_lines),
                "timed": ({"file": str(timed), "format": NGINX_TIMED, "from": "beginning"}, cls.timed_lines)}

    @classmethod
    def json_lines(cls):
        """Of all files that the log has been, oldest first."""
        files = sorted(cls.proxy.folder.glob("access.log.*")) + [cls.proxy.access_log]
        lines = [json.loads(line) for path in files if path.exists() for line in path.read_text().splitlines()]
        return [Line(line["host"], line["status"], line["request_time"], line["bytes_sent"]) for line in lines]

    @classmethod
    def timed_lines(cls):
        pattern = re.compile(r'^(\S+) .*?\] "[^"]*" (\d+) (\d+) "[^"]*" "[^"]*" (\S+) ')
        files = sorted(cls.proxy.folder.glob("timed.log.*")) + [cls.proxy.folder / "timed.log"]
        found = [pattern.match(line) for path in files if path.exists() for line in path.read_text().splitlines()]
        return [Line(one[1], int(one[2]), float(one[4]), int(one[3])) for one in found]

    def test_c_a_log_that_is_renamed_and_opened_anew_loses_no_line(self):
        for name in ("access.log", "timed.log"):
            path = self.proxy.folder / name
            path.rename(path.with_name(name + ".1"))
        # Lines go on into the renamed files until nginx opens new ones.
        self.send(MORE)
        self.proxy.signal(signal.SIGUSR1)
        wait_for("the new files", lambda: all((self.proxy.folder / name).exists()
                                              for name in ("access.log", "timed.log")))
        self.send(MORE)
        self.assertGreater((self.proxy.folder / "timed.log").stat().st_size, 0)
        self.check_counts()

    def test_d_a_log_that_is_copied_and_cut_off_loses_no_line(self):
        for name in ("access.log", "timed.log"):
            path = self.proxy.folder / name
            shutil.copy(path, path.with_name(name + ".2"))
            with open(path, "r+b") as file:
                file.truncate(0)
        self.send(MORE)
        self.check_counts()

    def test_e_a_restart_of_the_program_loses_no_line_of_a_file_and_no_count(self):
        before = {job: self.daemon.metrics().sum("proxy_http_requests_total", job=job) for job in self.lines}
        self.assertEqual(0, self.daemon.stop())
        seen_by_sockets = len(self.own_lines("file"))
        load.send(self.proxy.port, {host: MORE for host in HOSTS})  # while nobody listens
        wait_for("the lines", lambda: len(self.own_lines("file")) >= seen_by_sockets + 2 * MORE)
        self.daemon.start()
        wait_for("a round of every job", lambda: len(self.daemon.metrics().select(
            "proxy_last_scrape_timestamp_seconds")) == len(self.lines))
        self.wait_round()
        page = self.daemon.metrics()
        for job, count in before.items():
            with self.subTest(job=job, seed=load.SEED):
                missed = 2 * MORE if job in ("file", "timed") else 0
                self.assertEqual(count + missed, page.sum("proxy_http_requests_total", job=job))
                self.assertEqual(count + missed, page.sum("proxy_http_request_duration_seconds_count", job=job))

    def test_the_instance_is_where_the_lines_come_from(self):
        page = self.daemon.metrics()
        instances = {job: {dict(labels)["instance"] for labels in
                           page.select("proxy_http_requests_total", job=job, host=SHOP)} for job in self.lines}
        self.assertEqual({"file": {str(self.proxy.access_log)}, "timed": {str(self.proxy.folder / "timed.log")},
                          "unix": {f"unixgram:{self.socket_folder.path}/nginx.sock"},
                          "udp": {f"udp://127.0.0.1:{self.udp_port}"}}, instances)


class SocketFolder:
    """For sockets: there before either program, and open to a proxy whose workers have another user."""

    def __init__(self, scope):
        folder = tempfile.TemporaryDirectory(prefix="pt-log-")
        os.chmod(folder.name, 0o755)
        scope.addCleanup(folder.cleanup)
        self.path = folder.name


class DatagramLog:
    """A unix datagram socket of the test's own, for the lines of a proxy that cannot log to a file."""

    def __init__(self, scope, path):
        self.lines = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(path)
        threading.Thread(target=self._receive, daemon=True).start()
        scope.addCleanup(self._socket.close)

    def _receive(self):
        while True:
            try:
                self.lines.append(self._socket.recv(65536).decode())
            except OSError:
                return


class HaproxyLogTest(LogTests, unittest.TestCase):
    PROXY = "haproxy"
    FORMAT = ('{"ts":%Ts.%ms,"fe":"%f","be":"%b","srv":"%s","host":"%[capture.req.hdr(0),json(utf8s)]","status":%ST,'
              '"bytes":%B,"bytes_in":%U,"Tr":%Tr,"Ta":%Ta,"term":"%tsc"}')

    @classmethod
    def start_proxy(cls):
        cls.socket_folder = SocketFolder(cls.scope)
        cls.copy = DatagramLog(cls.scope, f"{cls.socket_folder.path}/copy.sock")
        targets = "".join(f"  log {cls.socket_folder.path}/{name}.sock len 8192 format raw local0 info\n"
                          for name in ("haproxy", "copy"))
        return Haproxy(cls.scope, (
            f"{targets}  http-request capture req.hdr(Host) len 64\n  log-format '{cls.FORMAT}'\n"
            "  use_backend be_shop if { hdr(host) -i shop.example }\n"
            "  use_backend be_api if { hdr(host) -i api.example }\n" + "".join(
                f"backend be_{name}\n  server s1 {cls.failing.address}\n  server s2 {cls.slow.address}\n"
                for name in ("shop", "api"))))

    @classmethod
    def logs(cls):
        return {"unix": ({"listen": f"unixgram:{cls.socket_folder.path}/haproxy.sock", "format": "json"}, cls.copied)}

    @classmethod
    def copied(cls):
        lines = [json.loads(line) for line in list(cls.copy.lines)]
        return [Line(line["host"], line["status"], line["Ta"] / 1000, line["bytes"]) for line in lines]


class CaddyLogTest(LogTests, unittest.TestCase):
    PROXY = "caddy"
    PROGRAM, OPTIONS = "caddy", "grace_period 1s"

    @classmethod
    def start_proxy(cls):
        return Caddy(cls.scope, cls.PROGRAM, cls.OPTIONS, lambda port: "".join(
            f"http://{host}:{port} {{\n  bind 127.0.0.1\n  log\n"
            f"  reverse_proxy {cls.failing.address} {cls.slow.address} {{\n    lb_policy round_robin\n  }}\n}}\n"
            for host in HOSTS))

    @classmethod
    def logs(cls):
        cls.proxy.access_log.touch()
        return {"file": ({"file": str(cls.proxy.access_log)}, cls.written)}

    @classmethod
    def written(cls):
        lines = [json.loads(line) for line in cls.proxy.log_lines()]
        return [Line(line["request"]["host"].split(":")[0], line["status"], line["duration"], line["size"])
                for line in lines if "request" in line]


class TraefikLogTest(LogTests, unittest.TestCase):
    PROXY = "traefik"

    @classmethod
    def start_proxy(cls):
        return Traefik(cls.scope, {
            "routers": {name: {"rule": f"Host(`{name}.example`)", "service": name, "entryPoints": ["web"]}
                        for name in ("shop", "api")},
            "services": {name: service(cls.failing.address, cls.slow.address) for name in ("shop", "api")}})

    @classmethod
    def logs(cls):
        cls.proxy.access_log.touch()
        return {"file": ({"file": str(cls.proxy.access_log)}, cls.written)}

    @classmethod
    def written(cls):
        lines = [json.loads(line) for line in cls.proxy.log_lines()]
        return [Line(line["RequestHost"], line["DownstreamStatus"], line["Duration"] / 1e9,
                     line["DownstreamContentSize"]) for line in lines]


class ApacheLogTest(LogTests, unittest.TestCase):
    PROXY = "apache"
    FORMAT = (r'{\"ts\":\"%{msec}t\",\"vhost\":\"%v\",\"host\":\"%{Host}i\",\"method\":\"%m\",\"status\":%>s,'
              r'\"bytes_in\":%I,\"bytes_out\":%O,\"us\":%D}')

    @classmethod
    def start_proxy(cls):
        return Apache(cls.scope, lambda apache: (
            f'LogFormat "{cls.FORMAT}" json\nCustomLog {apache.access_log} json\nMaxKeepAliveRequests 0\n' + "".join(
                f"<Proxy balancer://{host}>\n  BalancerMember http://{cls.failing.address}\n"
                f"  BalancerMember http://{cls.slow.address}\n</Proxy>\n<VirtualHost 127.0.0.1:{apache.port}>\n"
                f"  ServerName {host}\n  ProxyPass / balancer://{host}/\n</VirtualHost>\n" for host in HOSTS)))

    @classmethod
    def logs(cls):
        cls.proxy.access_log.touch()
        return {"file": ({"file": str(cls.proxy.access_log)}, cls.written)}

    @classmethod
    def written(cls):
        lines = [json.loads(line) for line in cls.proxy.log_lines()]
        return [Line(line["host"], line["status"], line["us"] / 1e6, line["bytes_out"]) for line in lines]


if __name__ == "__main__":
    unittest.main()
