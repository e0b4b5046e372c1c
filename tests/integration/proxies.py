"""Real reverse proxies for the tests: Traefik, Envoy, Caddy, nginx, Apache, each with the configuration that is asked for.

All of them listen on free ports of the loopback interface, live in a temporary directory and end with the test.
"""
import json
import os
import pathlib
import signal
import socket

from processes import Program, free_port, http_request, tool, wait_for


class ReverseProxy(Program):
    """Serves on `port`, tells about itself on `admin_port`, logs its requests to `access_log`."""

    ready_path = "/"

    def __init__(self, scope, name):
        super().__init__(scope, name)
        self.executable = tool(name)
        self.port = free_port()
        self.admin_port = free_port()
        self.access_log = self.folder / "access.log"
        self.starts = 0

    def command(self):
        raise NotImplementedError

    def start(self):
        self.lines_before = len(self.log_lines())
        self.starts += 1
        self.launch(self.command())
        wait_for(self.name, self.is_ready)
        return self

    def is_ready(self):
        self.check_running()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return http_request(self.admin_port, self.ready_path).status == 200
        except OSError:
            return False

    def restart(self):
        self.process.terminate()
        self.process.wait(30)
        return self.start()

    def log_since_start(self):
        return self.log_lines()[self.lines_before:]

    def log_lines(self):
        text = self.access_log.read_text(errors="replace") if self.access_log.exists() else ""
        return text.splitlines()


class Traefik(ReverseProxy):
    """`dynamic` is the file provider's configuration; it is watched, so writing it anew is a reload."""

    ready_path = "/api/rawdata"

    def __init__(self, scope, dynamic, buckets=None):
        super().__init__(scope, "traefik")
        prometheus = {"addRoutersLabels": True, "entryPoint": "traefik"}
        if buckets:
            prometheus["buckets"] = buckets
        (self.folder / "traefik.yml").write_text(json.dumps({
            "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
            "entryPoints": {"web": {"address": f"127.0.0.1:{self.port}"},
                            "traefik": {"address": f"127.0.0.1:{self.admin_port}"}},
            "api": {"insecure": True, "dashboard": False}, "metrics": {"prometheus": prometheus},
            "accessLog": {"filePath": str(self.access_log), "format": "json"},
            "providers": {"providersThrottleDuration": "100ms",
                          "file": {"filename": str(self.folder / "dynamic.yml"), "watch": True}}}))
        self.configure(dynamic)

    def configure(self, dynamic):
        self.configured = {f"{name}@file" for name in dynamic["routers"]}
        (self.folder / "dynamic.yml").write_text(json.dumps({"http": dynamic}))

    def is_ready(self):
        """Its ports are open before the file is read."""
        return super().is_ready() and self.configured == {name for name in self.routers() if name.endswith("@file")}

    def command(self):
        return [self.executable, f"--configfile={self.folder / 'traefik.yml'}"]

    def routers(self):
        routers = json.loads(http_request(self.admin_port, "/api/http/routers?per_page=1000").body)
        return {router["name"] for router in routers if router["status"] == "enabled"}

    def down(self):
        """Addresses of the servers that a health check found dead."""
        services = json.loads(http_request(self.admin_port, "/api/http/services?per_page=1000").body)
        return {url.removeprefix("http://") for one in services for url, state in one.get("serverStatus", {}).items()
                if state != "UP"}

    def records(self):
        """[(host, status, seconds)] of the access log."""
        lines = [json.loads(line) for line in self.log_lines()]
        return [(line["RequestHost"], line["DownstreamStatus"], line["Duration"] / 1e9) for line in lines]


class Envoy(ReverseProxy):
    """`listeners` and `clusters` are those of static_resources. It knows no reload but that of a control plane."""

    ready_path = "/ready"

    def __init__(self, scope, make_resources):
        super().__init__(scope, "envoy")
        (self.folder / "envoy.json").write_text(json.dumps({
            "admin": {"address": socket_address(self.admin_port)},
            "stats_flush_interval": "0.5s",
            "static_resources": make_resources(self)}))

    def command(self):
        return [self.executable, "-c", self.folder / "envoy.json", "--concurrency", "1", "-l", "warn",
                "--disable-hot-restart", "--file-flush-interval-msec", "100"]

    def reset_counters(self):
        assert http_request(self.admin_port, "/reset_counters", method="POST").status == 200

    def records(self):
        """[(host, status, seconds)]; seconds is None where no backend was asked."""
        lines = [json.loads(line) for line in self.log_lines()]
        return [(line["host"], line["status"], line["ms"] / 1000 if line["upstream"] else None) for line in lines]


def socket_address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


class Caddy(ReverseProxy):
    """`caddyfile` without its admin and logging options; `name` is caddy (Debian's) or caddy-current."""

    ready_path = "/config/"

    def __init__(self, scope, name, options, sites):
        super().__init__(scope, name)
        self.options = options
        self.configure(sites)

    def configure(self, sites):
        (self.folder / "Caddyfile").write_text(
            f"{{\n  admin 127.0.0.1:{self.admin_port}\n  auto_https off\n  {self.options}\n"
            f"  log {{\n    output file {self.access_log}\n    format json\n  }}\n}}\n{sites(self.port)}")

    def command(self):
        return ["env", f"HOME={self.folder}", f"XDG_DATA_HOME={self.folder}", f"XDG_CONFIG_HOME={self.folder}",
                self.executable, "run", "--adapter", "caddyfile", "--config", self.folder / "Caddyfile"]

    def reload(self):
        answer = http_request(self.admin_port, "/load", method="POST", body=(self.folder / "Caddyfile").read_bytes(),
                              headers={"Content-Type": "text/caddyfile", "Cache-Control": "must-revalidate"})
        if answer.status != 200:
            raise AssertionError(f"Caddy did not reload: {answer.body!r}")

    def records(self):
        """[(host, status, seconds)] of the access log."""
        lines = [json.loads(line) for line in self.log_lines()]
        return [(line["request"]["host"].split(":")[0], line["status"], line["duration"]) for line in lines
                if line.get("logger", "").startswith("http.log.access")]


def children_of(process):
    return set(pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())


class Nginx(ReverseProxy):
    """`http` goes into the http block: formats, logs, upstreams, servers; its status is at /stub_status."""

    ready_path = "/stub_status"

    def __init__(self, scope, make_http):
        super().__init__(scope, "nginx")
        temporary = "".join(f"  {kind}_temp_path {self.folder}/{kind};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        # Its workers would be nobody, who could not open the logs anew.
        user = "user root;\n" if os.getuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(
            f"{user}worker_processes 1;\ndaemon off;\npid {self.folder}/pid;\nerror_log {self.folder}/error.log;\n"
            f"events {{ worker_connections 256; }}\nhttp {{\n{temporary}{make_http(self)}}}\n")

    def command(self):
        return [self.executable, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"]

    def records(self):
        """[(host, status, seconds)] of an access log in JSON with these names."""
        lines = [json.loads(line) for line in self.log_lines()]
        return [(line["host"], line["status"], line["seconds"]) for line in lines]

    def reload(self):
        """New workers take over; wait for it to be so."""
        before = children_of(self.process)
        self.signal(signal.SIGHUP)
        wait_for("nginx's new worker", lambda: (now := children_of(self.process)) and not now & before)


class Apache(ReverseProxy):
    """`make_body` gives what follows modules, ports and the status page, which is at /server-status."""

    ready_path = "/server-status?auto"
    MODULES = ("mpm_event", "authz_core", "authz_host", "status", "proxy", "proxy_http", "proxy_balancer",
               "proxy_hcheck", "slotmem_shm", "lbmethod_byrequests")

    def __init__(self, scope, make_body):
        super().__init__(scope, "apache2")
        root = pathlib.Path(self.executable).resolve().parent.parent
        unpacked = root / "root" / "usr" / "lib" / "apache2" / "modules"
        modules = unpacked if unpacked.is_dir() else "/usr/lib/apache2/modules"
        load = "".join(f'LoadModule {name}_module "{modules}/mod_{name}.so"\n' for name in self.MODULES)
        (self.folder / "apache.conf").write_text(
            f"ServerRoot {self.folder}\nServerName localhost\nListen 127.0.0.1:{self.port}\n"
            f"Listen 127.0.0.1:{self.admin_port}\nPidFile {self.folder}/pid\nDefaultRuntimeDir {self.folder}\n"
            f"User www-data\nGroup www-data\n{load}"
            f"ErrorLog {self.folder}/error.log\nExtendedStatus On\nProxyStatus On\n{make_body(self)}"
            f"<VirtualHost 127.0.0.1:{self.admin_port}>\n  ServerName localhost\n"
            "  <Location /server-status>\n    SetHandler server-status\n  </Location>\n</VirtualHost>\n")

    def command(self):
        return [self.executable, "-DFOREGROUND", "-f", self.folder / "apache.conf"]

    def records(self):
        """[(host, status, seconds)] of an access log in JSON with these names."""
        lines = [json.loads(line) for line in self.log_lines()]
        return [(line["host"], line["status"], line["us"] / 1e6) for line in lines]

    def status(self):
        """The fields of /server-status?auto."""
        text = http_request(self.admin_port, self.ready_path).body.decode()
        return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)

    def reload(self):
        before = self.status()["ParentServerConfigGeneration"]
        self.signal(signal.SIGUSR1)
        wait_for("Apache's next generation", lambda: self.status()["ParentServerConfigGeneration"] != before)
