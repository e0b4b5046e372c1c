"""What the proxies under test stand in front of: a backend that fails, one that is slow, one that is dead."""
import itertools
import socket
import socketserver
import threading
import time

FAIL_EVERY = 5
# Of the slow one's requests: half of a host's go there, so 2 % of the host's take the long time, and so does its p99.
SLOW_EVERY = 25
SHORT_S, LONG_S = 0.012, 0.18
BODY_S = 0.005
BODIES = {"/": b"x" * 2000, "/big": b"y" * 30000, "/missing": b"no such page\n", "/moved": b"", "/health": b"ok\n"}
STATUSES = {"/missing": "404 Not Found", "/moved": "302 Found\r\nLocation: /"}


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # the proxy may hang up at any time


class Backend:
    """Answers the paths of BODIES; `behave(number)` says, per request that is no health check, (delay, fails)."""

    def __init__(self, scope, behave):
        self._numbers = itertools.count(1)  # next() is atomic
        self._connections = set()
        owner = self

        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self):
                owner._connections.add(self.connection)
                while owner._answer(self, behave):
                    pass
                owner._connections.discard(self.connection)

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.address = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        scope.addCleanup(self.stop)

    def _answer(self, handler, behave):
        """One request; false when there is no more."""
        words = handler.rfile.readline().split()
        if len(words) != 3:
            return False
        length = 0
        while (line := handler.rfile.readline().strip()):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if length:
            handler.rfile.read(length)
            # Proxies written in Go may cut an answer off that comes before they have noted the end of the body.
            time.sleep(BODY_S)
        path = words[1].decode().split("?")[0]
        status, body = STATUSES.get(path, "200 OK"), BODIES.get(path, b"")
        if path != "/health":
            delay_s, fails = behave(next(self._numbers))
            time.sleep(delay_s)
            if fails:
                status, body = "500 Internal Server Error", b"it failed\n"
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
        handler.wfile.write(head.encode() + body)  # in one go: Nagle and delayed ACK would cost 40 ms
        return True

    def stop(self):
        """Hangs up on everybody; from now on connections are refused."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            for connection in list(self._connections):
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


def failing_backend(scope):
    return Backend(scope, lambda number: (0, number % FAIL_EVERY == 0))


def slow_backend(scope):
    return Backend(scope, lambda number: (LONG_S if number % SLOW_EVERY == 0 else SHORT_S, False))


class DeadBackend:
    """A port that refuses connections, and that nobody else gets."""

    def __init__(self, scope):
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))  # and never listens
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        scope.addCleanup(self._socket.close)
