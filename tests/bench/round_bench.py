#!/usr/bin/env python3
"""What a round of a large page costs, and how fast /metrics is served.

  round_bench.py PROXY_TELEMETRY [--pages FILE...] [--rounds N] [--nginx NGINX]

Serves the pages in turn (without --pages: made ones of 190,000 series, as 9,500 hosts with 20 series each), scrapes
them every 5 s, and prints per round the CPU time of the whole program (fetch, parse, store, and one rendering, as one
client asks for /metrics once a round) and its memory. With --nginx it then reads /metrics over one kept connection,
and the same bytes from nginx as a file. Prints, asserts nothing.
"""
import argparse
import http.client
import http.server
import os
import random
import socket
import subprocess
import tempfile
import threading
import time

BOUNDS = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"]


def made_page(hosts, values):
    lines = ["# TYPE proxy_http_requests_total counter"]
    for host in range(hosts):
        lines += [f'proxy_http_requests_total{{code="{code}",host="h{host}.example"}} {values[host] * share}'
                  for code, share in (("2xx", 9), ("3xx", 3), ("4xx", 2), ("5xx", 1))]
    lines.append("# TYPE proxy_http_request_duration_seconds histogram")
    name = "proxy_http_request_duration_seconds"
    for host in range(hosts):
        lines += [f'{name}_bucket{{host="h{host}.example",le="{le}"}} {values[host] * (i + 1)}'
                  for i, le in enumerate(BOUNDS)]
        lines += [f'{name}_sum{{host="h{host}.example"}} {values[host] / 7}',
                  f'{name}_count{{host="h{host}.example"}} {values[host] * 12}']
    for name in ("proxy_backends_up", "proxy_http_requests_in_flight"):
        lines.append(f"# TYPE {name} gauge")
        lines += [f'{name}{{host="h{host}.example"}} {values[host] % 7}' for host in range(hosts)]
    return ("\n".join(lines) + "\n").encode()


def made_pages(hosts=9500, pages=4):
    values = [random.Random(1).randrange(10**6) for _ in range(hosts)]
    made = []
    for _ in range(pages):
        values = [value + random.randrange(5) for value in values]
        made.append(made_page(hosts, values))
    return made


class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pages = []
    served = 0

    def do_GET(self):
        body = self.pages[Pages.served % len(self.pages)]
        Pages.served += 1
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS")) / 1024


def read_rate(port, path, seconds):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    got, begin = 0, time.monotonic()
    while time.monotonic() - begin < seconds:
        connection.request("GET", path)
        got += len(connection.getresponse().read())
    return got / 1e6 / (time.monotonic() - begin)


def compare_with_nginx(nginx, port, directory, seconds=5):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/metrics")
    page = connection.getresponse().read()
    with open(os.path.join(directory, "metrics"), "wb") as f:
        f.write(page)
    nginx_port = free_port()
    paths = " ".join(f"{kind}_temp_path {directory}/{kind};" for kind in
                     ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open(os.path.join(directory, "nginx.conf"), "w") as f:
        f.write(f"""daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log stderr crit;
events {{ worker_connections 64; }}
http {{ access_log off; sendfile on; {paths} server {{ listen 127.0.0.1:{nginx_port}; root {directory}; }} }}
""")
    os.chmod(directory, 0o755)
    server = subprocess.Popen([nginx, "-p", directory, "-c", os.path.join(directory, "nginx.conf")])
    try:
        time.sleep(1)
        for turn in range(3):
            ours, theirs = read_rate(port, "/metrics", seconds), read_rate(nginx_port, "/metrics", seconds)
            print(f"served, {len(page) / 1e6:.1f} MB page: {ours:.0f} MB/s, nginx {theirs:.0f} MB/s, "
                  f"ratio {ours / theirs:.2f}")
    finally:
        server.terminate()
        server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--pages", nargs="*")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--nginx")
    options = parser.parse_args()
    Pages.pages = [open(page, "rb").read() for page in options.pages] if options.pages else made_pages()
    series = sum(not line.startswith(b"#") for line in Pages.pages[0].splitlines())
    source = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=source.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as directory:
        config, port = os.path.join(directory, "config.yml"), free_port()
        with open(config, "w") as f:
            f.write("global: {scrape_interval: 5s, scrape_timeout: 5s}\nscrape_configs:\n- job_name: large\n"
                    f"  proxy: openmetrics\n  static_configs: [{{targets: ['127.0.0.1:{source.server_port}']}}]\n")
        daemon = subprocess.Popen([options.binary, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}",
                                   f"--storage.path={directory}/data", "--log.level=warn"])
        try:
            measure(options, daemon.pid, port, series)
            if options.nginx:
                compare_with_nginx(options.nginx, port, directory)
        finally:
            daemon.terminate()
            daemon.wait()


def measure(options, pid, port, series):
    def wait_for(count):
        while Pages.served < count:
            time.sleep(0.05)
        time.sleep(1.5)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/metrics")
        return len(connection.getresponse().read())

    size = wait_for(1)
    print(f"{series} series, page {len(Pages.pages[0]) / 1e6:.1f} MB, ours {size / 1e6:.1f} MB; "
          f"first round and start {cpu_seconds(pid):.2f} s of CPU")
    before = cpu_seconds(pid)
    first = Pages.served
    for _ in range(options.rounds):
        wait_for(Pages.served + 1)
    rounds = Pages.served - first
    print(f"{rounds} rounds: {(cpu_seconds(pid) - before) / rounds:.3f} s of CPU each, RSS {rss_mb(pid):.0f} MB")


if __name__ == "__main__":
    main()
