"""A server on this machine that answers as it is told: as a provider does, or as a broken or hostile one would."""

from collective.smsauth.tests.support.fake_twilio import without_proxies
from contextlib import contextmanager
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qsl

import json
import socket
import threading

#: Answers besides (status, body) and (status, body, headers).
HANG, HANG_UP, ENDLESS, DRIPPING, DRIPPING_HEADERS, HUGE, GARBAGE = (object() for _answer in range(7))


class Received:
    """One request as it came."""

    def __init__(self, handler):
        self.method, self.path, self.headers = handler.command, handler.path, handler.headers
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self):
        return dict(parse_qsl(self.body.decode("ascii"), keep_blank_values=True, strict_parsing=True))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.server.requests.append(Received(self))
        answer = self.server.answers.pop(0) if self.server.answers else self.server.usual
        with suppress(OSError):
            self._answer(answer)

    do_PUT = do_GET = do_POST

    def _answer(self, answer):
        self.close_connection = True
        if answer is HANG:
            self.server.released.wait(30)
        elif answer is GARBAGE:
            self.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n\x00\xff\r\n\r\n")
        elif answer is DRIPPING_HEADERS:
            self._drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        elif answer in (DRIPPING, ENDLESS):
            self._begin(200, {"Content-Type": "application/json"})
            self._drip(b'{"a": "') if answer is DRIPPING else self._pour(None)
        elif answer is HUGE:
            self._begin(200, {"Content-Length": str(1 << 30)})
            self._pour(1 << 30)
        elif answer is not HANG_UP:
            status, body, *more = answer
            body = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
            self._begin(status, {"Content-Length": str(len(body)), **dict(*more)})
            self.wfile.write(body)

    def _begin(self, status, headers):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _drip(self, beginning):
        self.wfile.write(beginning)
        while not self.server.released.wait(0.02):
            self.wfile.write(b"x")
            self.server.dripped += 1

    def _pour(self, size):
        while (size is None or self.server.poured < size) and not self.server.released.is_set():
            self.wfile.write(b"x" * 65536)
            self.server.poured += 65536

    def log_message(self, *args):
        """Log nothing."""


class FakeProvider(ThreadingHTTPServer):
    """Gives the next of ``answers``, then always the ``usual`` one."""

    daemon_threads = True

    def __init__(self, usual):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests, self.answers, self.usual = [], [], usual
        self.poured = self.dripped = 0
        self.released = threading.Event()
        self.connections = set()

    def process_request(self, request, address):
        self.connections.add(request)
        super().process_request(request, address)

    def shutdown_request(self, request):
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, address):
        """Say nothing of clients that leave."""

    def end(self):
        self.released.set()
        self.shutdown()
        for connection in {*self.connections}:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def running(usual=(200, "{}")):
    """Run a server in a thread for the time of a ``with`` block."""
    server = FakeProvider(usual)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        with without_proxies():
            yield server
    finally:
        server.end()
        thread.join(10)
