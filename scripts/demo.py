#!/usr/bin/env python3
"""A demo for a machine without a proxy: HAProxy before two small sites, steady traffic, proxy-telemetry watching it.

shop.example is slow; api.example fails now and then, and one of its two backends takes a break every minute. All of it
runs unprivileged on free loopback ports in a temporary directory and is gone when the demo ends.
"""
import argparse
import ctypes
import http.client
import http.server
import json
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

REQUESTS_PER_SECOND = 30
SCRAPE_INTERVAL_S = 5
REPORT_INTERVAL_S = 15
READY_TIMEOUT_S = 30
STOP_TIMEOUT_S = 6
API_ERROR_SHARE = 0.05
BREAK_PERIOD_S = 60
BREAK_LENGTH_S = 15
PR_SET_PDEATHSIG = 1
UNIX_PATH_BYTES_MAX = 107
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HOSTS = ("api.example", "shop.example")

HAPROXY_CONFIG = """\
global
  maxconn 200
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 5s
frontend web
  bind 127.0.0.1:{web_port}
  log {log_address} len 8192 format raw local0 info
  http-request capture req.hdr(Host) len 64
  log-format {log_format}
  use_backend be_shop if {{ hdr(host) -i shop.example }}
  use_backend be_api if {{ hdr(host) -i api.example }}
backend be_shop
  option httpchk GET /health
  server shop1 127.0.0.1:{shop1} check inter 1s
  server shop2 127.0.0.1:{shop2} check inter 1s
backend be_api
  option httpchk GET /health
  server api1 127.0.0.1:{api1} check inter 1s
  server api2 127.0.0.1:{api2} check inter 1s
frontend stats
  bind 127.0.0.1:{stats_port}
  stats enable
  stats uri /stats
"""

LOG_FORMAT = ("'{\"host\":\"%[capture.req.hdr(0),json(utf8s)]\",\"status\":%ST,\"bytes\":%B,\"bytes_in\":%U,"
              "\"Tr\":%Tr,\"Ta\":%Ta}'")

# The statistics tell requests, errors, bytes and backends, the log how long requests took. Requests of both would be two
# times the same ones: so those of the log are dropped.
DAEMON_CONFIG = """\
global:
  scrape_interval: {interval}s
  scrape_timeout: 2s
scrape_configs:
  - job_name: edge
    proxy: haproxy
    metrics_path: /stats;csv
    static_configs:
      - targets: ["127.0.0.1:{stats_port}"]
    hosts:
      - {{match: "be_(.*)", host: "$1.example"}}
  - job_name: edge-log
    proxy: haproxy
    access_log:
      listen: {listen}
      format: json
    metric_relabel_configs:
      - {{source_labels: [__name__], regex: "proxy_http_requests_total|proxy_.*_bytes_total", action: drop}}
"""


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site(http.server.BaseHTTPRequestHandler):
    """One backend. Subclasses say how it answers."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        return 200, 0.0

    def healthy(self):
        return True

    def do_GET(self):
        if self.path == "/health":
            status, delay_s = (200 if self.healthy() else 503), 0.0
        else:
            status, delay_s = self.answer()
        time.sleep(delay_s)
        body = f"{status}\n".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class SlowSite(Site):
    def answer(self):
        return 200, random.uniform(0.05, 0.3)


class FailingSite(Site):
    def answer(self):
        return (503 if random.random() < API_ERROR_SHARE else 200), 0.005


class RestingSite(FailingSite):
    def healthy(self):
        return time.monotonic() % BREAK_PERIOD_S > BREAK_LENGTH_S


class SiteServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # HAProxy closes a connection when it stops


def start_site(handler):
    """Serves on a free port until the process ends; returns the port."""
    server = SiteServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def send_one(port, host):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": host})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass  # counted by nobody: HAProxy may be starting or stopping
    finally:
        connection.close()


def send_traffic(port, stopping):
    """A request every 1/REQUESTS_PER_SECOND seconds, a thread each, so that the slow site delays nobody."""
    number = 0
    while not stopping.wait(1 / REQUESTS_PER_SECOND):
        number += 1
        threading.Thread(target=send_one, args=(port, HOSTS[number % len(HOSTS)]), daemon=True).start()


def die_with_parent():
    """In the child, before exec: the kernel ends it should this demo be killed without a chance to clean up."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """A process of the demo in a session of its own, so that Ctrl-C reaches it only through stop()."""

    def __init__(self, name, command, folder):
        self.name = name
        self.log = folder / f"{name}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, preexec_fn=die_with_parent)

    def exited(self):
        return self.process.poll() is not None

    def last_words(self):
        lines = self.log.read_text(errors="replace").splitlines()[-10:]
        return "".join(f"\n  {line}" for line in lines)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Demo:
    def __init__(self, arguments, folder, stopping):
        self.binary = arguments.binary
        self.haproxy = arguments.haproxy
        self.port = arguments.port
        self.folder = folder
        self.url = f"http://127.0.0.1:{self.port}"
        self.children = []
        self.stopping = stopping

    def start(self):
        ports = {"web_port": free_port(), "stats_port": free_port(),
                 "shop1": start_site(SlowSite), "shop2": start_site(SlowSite),
                 "api1": start_site(FailingSite), "api2": start_site(RestingSite)}
        log_socket = self.folder / "requests.sock"
        if len(str(log_socket)) <= UNIX_PATH_BYTES_MAX:
            listen, log_address = f"'unixgram:{log_socket}'", f"'{log_socket}'"
        else:
            log_port = free_port(socket.SOCK_DGRAM)
            listen, log_address = f"udp://127.0.0.1:{log_port}", f"127.0.0.1:{log_port}"
        haproxy_config = self.folder / "haproxy.cfg"
        haproxy_config.write_text(HAPROXY_CONFIG.format(log_address=log_address, log_format=LOG_FORMAT, **ports))
        daemon_config = self.folder / "proxy-telemetry.yml"
        daemon_config.write_text(DAEMON_CONFIG.format(interval=SCRAPE_INTERVAL_S, listen=listen, **ports))
        self.children.append(Child("haproxy", [self.haproxy, "-db", "-f", str(haproxy_config)], self.folder))
        threading.Thread(target=send_traffic, args=(ports["web_port"], self.stopping), daemon=True).start()
        self.children.append(Child("proxy-telemetry", [
            self.binary, "serve", f"--config.file={daemon_config}", f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}"], self.folder))

    def dead_child(self):
        return next((child for child in self.children if child.exited()), None)

    def wait_until_ready(self):
        """True when the first round is over; False when the demo is to stop first."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not self.stopping.wait(0.2) and not self.dead_child():
            try:
                with urllib.request.urlopen(f"{self.url}/-/ready", timeout=2):
                    return True
            except OSError:
                if time.monotonic() > deadline:
                    raise SystemExit(f"error: no answer from {self.url}/-/ready in {READY_TIMEOUT_S} s")
        return False

    def introduce(self):
        print(f"""
A real HAProxy serves two small sites here: shop.example is slow, api.example fails now and then.
HAProxy sends its access log to proxy-telemetry, which also reads its statistics every {SCRAPE_INTERVAL_S} s. Open:

  {self.url}/                                          what there is
  {self.url}/metrics                                   the numbers as Prometheus reads them
  {self.url}/telemetry/history?host=api.example        requests, errors, p99, live backends over time
  {self.url}/telemetry/history?host=shop.example

All of it is in {self.folder} and goes with Ctrl-C.
""", flush=True)

    def report(self):
        """One line with the newest numbers of each host."""
        parts = []
        for host in HOSTS:
            query = urllib.parse.urlencode({"host": host, "start": int(time.time()) - 60, "step": "1s"})
            with urllib.request.urlopen(f"{self.url}/telemetry/history?{query}", timeout=2) as answer:
                samples = json.load(answer)["samples"]
            if samples:
                newest = samples[-1]
                parts.append(f"{host}: {newest['requests_sec']:.1f} requests/s, {newest['error_rate']:.1f} % errors, "
                             f"p99 {newest['p99_ms']:.0f} ms, "
                             f"{newest['active_backends']} live backends")
        print(f"{time.strftime('%H:%M:%S')}  {'  |  '.join(parts) or 'no sample yet'}", flush=True)

    def run(self):
        """Until a signal comes (returns 0) or one of the programs ends by itself (returns 1)."""
        self.start()
        if self.wait_until_ready():
            self.introduce()
        next_report = time.monotonic() + REPORT_INTERVAL_S
        while not self.stopping.wait(0.2):
            dead = self.dead_child()
            if dead:
                print(f"error: {dead.name} ended by itself with {dead.process.returncode}; its last lines:"
                      f"{dead.last_words()}", file=sys.stderr)
                return 1
            if time.monotonic() >= next_report:
                next_report += REPORT_INTERVAL_S
                try:
                    self.report()
                except (OSError, ValueError) as error:
                    print(f"no report: {error}", file=sys.stderr)
        return 0

    def stop(self):
        self.stopping.set()
        for child in reversed(self.children):
            child.stop()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, help="the proxy-telemetry to run")
    parser.add_argument("--haproxy", required=True, help="the haproxy to run")
    parser.add_argument("--port", required=True, type=int, help="where proxy-telemetry listens on 127.0.0.1")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    stopping = threading.Event()
    # Signals only set the flag: a second one cannot break the clean-up.
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: stopping.set())
    folder = pathlib.Path(tempfile.mkdtemp(prefix="proxy-telemetry-demo-"))
    demo = Demo(arguments, folder, stopping)
    try:
        return demo.run()
    finally:
        demo.stop()
        shutil.rmtree(folder, ignore_errors=True)
        print("demo stopped, nothing left behind", file=sys.stderr)
        # While the interpreter shuts down it would fall back to dying from a late signal.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
