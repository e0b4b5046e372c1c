"""HTTP servers that tests script: a page that can change at any time, or bytes and pauses of their own choice."""
import collections
import http.server
import threading
import time

# A daemon's configuration for one of these servers as its only target; to be formatted.
FAKE_TARGET_CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: fake
    proxy: openmetrics
    static_configs: [{{targets: ["{target}"]}}]
"""

Request = collections.namedtuple("Request", "time path headers")


class _QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # the other side may hang up at any time


class FakeTarget:
    """Answers GET with what `respond(handler)` does with the request handler. Records every request."""

    def __init__(self, test, respond):
        self.requests = []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                owner.requests.append(Request(time.time(), self.path, self.headers))
                respond(self)

            def log_message(self, *_):
                pass

        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.address = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        test.addCleanup(self.stop)

    def stop(self):
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def send(handler, body, status=200, content_type="text/plain; version=0.0.4", headers=()):
    """A whole answer in one go."""
    data = body if isinstance(body, bytes) else body.encode()
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", str(len(data)))
    for name, value in headers:
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(data)


class PageTarget(FakeTarget):
    """A target whose page is `self.page`, text or bytes, until it is set anew; `self.status` likewise."""

    def __init__(self, test, page="", content_type="text/plain; version=0.0.4"):
        self.page = page
        self.status = 200
        super().__init__(test, lambda handler: send(handler, self.page, self.status, content_type))


class Site(FakeTarget):
    """A backend that answers /status/CODE with that code, and everything else with 200."""

    def __init__(self, test):
        super().__init__(test, self._answer)

    @staticmethod
    def _answer(handler):
        parts = handler.path.split("/")
        send(handler, "ok\n", int(parts[2]) if parts[1] == "status" else 200)
