"""A server on this machine that answers like Twilio, or as a broken Twilio would."""

from contextlib import contextmanager
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from unittest import mock
from urllib.parse import parse_qs

import base64
import json
import socket
import threading

ACCOUNT = "AC" + "0" * 32
TOKEN = "f" * 32
MESSAGE = "SM" + "a" * 32
HANG = object()
HANG_UP = object()


def config(base_url="", **changes):
    """Return a complete configuration for the gateway; ``changes`` leave out the prefix ``twilio_``."""
    settings = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "api_key_sid": "",
        "api_key_secret": "",
        "from": "+15005550006",
        "messaging_service_sid": "",
        "voice_from": "",
        "base_url": base_url,
        **changes,
    }
    return {f"twilio_{name}": value for name, value in settings.items()}


def refusal(code, message="Refused", status=400):
    """Return the body with which Twilio refuses a request."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return json.dumps({"code": code, "message": message, "more_info": more, "status": status})


class _Request:
    def __init__(self, handler):
        length = int(handler.headers.get("Content-Length", 0))
        self.path = handler.path
        self.form = {name: values[0] for name, values in parse_qs(handler.rfile.read(length).decode()).items()}
        scheme, credentials = handler.headers["Authorization"].split()
        self.login = base64.b64decode(credentials).decode() if scheme == "Basic" else ""
        self.connection = handler.client_address


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """Note the request and answer as the server was told."""
        self.server.requests.append(_Request(self))
        self.server.released.wait(self.server.delay)
        answer = self.server.answers.pop(0) if self.server.answers else (201, json.dumps({"sid": MESSAGE}))
        if answer is HANG:
            self.server.released.wait(30)
        if answer in (HANG, HANG_UP):
            self.close_connection = True
            return
        status, body = answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        """Log nothing."""


class FakeTwilio(ThreadingHTTPServer):
    """Answers each request with the next of ``answers`` (status and body, HANG or HANG_UP), then always with 201.

    ``delay`` is how many seconds it takes its time.
    """

    daemon_threads = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests = []
        self.answers = []
        self.delay = 0.0
        self.released = threading.Event()
        self.connections = set()

    def process_request(self, request, address):
        """Remember the connection, to be able to end it."""
        self.connections.add(request)
        super().process_request(request, address)

    def shutdown_request(self, request):
        """Forget the connection."""
        self.connections.discard(request)
        super().shutdown_request(request)

    def end(self):
        """End all connections, and the threads that wait for more from them."""
        self.released.set()
        self.shutdown()
        for connection in {*self.connections}:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    @property
    def url(self):
        """The base URL for the gateway."""
        return f"http://127.0.0.1:{self.server_port}"


def without_proxies():
    """Keep a proxy that this machine may have out of the tests."""
    return mock.patch.dict("os.environ", {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"})


@contextmanager
def running():
    """Run a server in a thread for the time of a ``with`` block."""
    server = FakeTwilio()
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        with without_proxies():
            yield server
    finally:
        server.end()
        thread.join(10)


def closed_port():
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
