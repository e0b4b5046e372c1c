"""A load of known outcome: keep-alive clients that count every answer and every byte of it, headers included."""
import collections
import os
import random
import socket
import threading
import time

THREADS = 6
PATHS = ("/", "/", "/", "/big", "/missing", "/moved")
POST_BODY = b"p" * 400
TIMEOUT_S = 30
SEED = int(os.environ.get("PT_SEED", time.time_ns() % 2**32))


class Tally:
    """What the clients saw of one host."""

    def __init__(self):
        self.codes = collections.Counter()
        self.received = 0  # headers included
        self.received_bodies = 0
        self.sent = 0

    def add(self, other):
        self.codes += other.codes
        self.received += other.received
        self.received_bodies += other.received_bodies
        self.sent += other.sent

    def requests(self):
        return sum(self.codes.values())

    def classes(self):
        """{"2xx": count}, without zeros."""
        return fold_classes(self.codes)

    def errors(self):
        return self.classes().get("5xx", 0)


def fold_classes(codes):
    """{200: 3, "404": 1, "5xx": 0} -> {"2xx": 3, "4xx": 1}"""
    classes = collections.Counter()
    for code, count in codes.items():
        if count:
            classes[f"{str(code)[0]}xx"] += count
    return dict(classes)


class Client:
    """One keep-alive connection; not for two threads at once."""

    def __init__(self, port):
        self._port = port
        self._file = None
        self._socket = None

    def close(self):
        if self._socket:
            self._file.close()
            self._socket.close()
            self._socket = None

    def request(self, host, path, body=None, tally=None):
        """The status; adds what it saw to the tally."""
        if not self._socket:
            self._socket = socket.create_connection(("127.0.0.1", self._port), TIMEOUT_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._file = self._socket.makefile("rb")
        length = "" if body is None else f"Content-Length: {len(body)}\r\n"
        head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: {host}\r\n{length}\r\n"
        data = head.encode() + (body or b"")
        self._socket.sendall(data)
        status, headers, head_bytes = self._read_head()
        body_bytes, framing_bytes = self._read_body(headers)
        if tally:
            tally.codes[status] += 1
            tally.sent += len(data)
            tally.received += head_bytes + body_bytes + framing_bytes
            tally.received_bodies += body_bytes
        if headers.get(b"connection", b"").lower() == b"close":
            self.close()
        return status

    def _line(self):
        line = self._file.readline()
        if not line.endswith(b"\n"):
            raise AssertionError(f"the proxy hung up in the middle of an answer: {line!r}")
        return line

    def _read_head(self):
        line = self._line()
        status, size, headers = int(line.split()[1]), len(line), {}
        while (line := self._line()).strip():
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
            size += len(line)
        return status, headers, size + len(line)

    def _read_body(self, headers):
        """(bytes of the body, bytes of chunks' framing)"""
        if headers.get(b"transfer-encoding", b"").lower() != b"chunked":
            return len(self._exactly(int(headers.get(b"content-length", 0)))), 0
        body, framing = 0, 0
        while True:
            line = self._line()
            size = int(line.split(b";")[0], 16)
            body += len(self._exactly(size))
            framing += len(line) + len(self._line())
            if size == 0:
                return body, framing

    def _exactly(self, size):
        data = self._file.read(size)
        if len(data) != size:
            raise AssertionError(f"the proxy hung up {size - len(data)} bytes before the end of an answer")
        return data


def _run(port, plan, tallies, failures):
    client = Client(port)
    try:
        for host, path, body in plan:
            client.request(host, path, body, tallies[host])
    except BaseException as error:  # handed on to who waits for the threads
        failures.append(error)
    finally:
        client.close()


def send(port, requests, threads=THREADS):
    """Sends requests[host] requests to each host, mixed, over several connections; returns {host: Tally}."""
    generator = random.Random(f"{SEED} {requests}")
    plan = [(host, generator.choice(PATHS), POST_BODY if generator.random() < 0.2 else None)
            for host, count in requests.items() for _ in range(count)]
    generator.shuffle(plan)
    parts = [{host: Tally() for host in requests} for _ in range(threads)]
    failures = []
    workers = [threading.Thread(target=_run, args=(port, plan[index::threads], part, failures))
               for index, part in enumerate(parts)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failures:
        raise failures[0]
    total = {host: Tally() for host in requests}
    for part in parts:
        for host, tally in part.items():
            total[host].add(tally)
    return total
