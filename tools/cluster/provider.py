"""An SMS provider on this machine that speaks as Twilio does, and that can hang, refuse and fail."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from tools.bench.provider import code_in
from urllib.parse import parse_qs

import json
import sys
import threading
import time

#: Seconds for which it says nothing: longer than the add-on waits.
_HANGS = 12.0


class Mood(Enum):
    """What it does with a text: takes it, says nothing, does not take connections, or answers that it is out of order."""

    TAKES = "takes"
    HANGS = "hangs"
    REFUSES = "refuses"
    FAILS = "fails"


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        """Take the text, or not."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        provider = self.server.provider
        mood = provider.mood
        if mood is Mood.HANGS:
            time.sleep(_HANGS)
            self.close_connection = True
            return
        if mood is Mood.FAILS:
            self._answer(503, {"code": 20503, "message": "Service unavailable", "status": 503})
            return
        self._answer(201, {"sid": "SM" + "a" * 32})
        provider.note(form["To"][0], form["Body"][0])

    def _answer(self, status: int, value: dict) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *args):
        """Log nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, provider: "Provider", port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.provider = provider

    def handle_error(self, request, client_address) -> None:
        """Say nothing of a client that was killed with its connection open."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Provider:
    """Keeps a log of the texts that it has said it took."""

    def __init__(self) -> None:
        self.mood = Mood.TAKES
        #: How often each text was taken, by number and body.
        self.taken: Counter[tuple[str, str]] = Counter()
        self._codes: dict[str, list[str]] = {}
        self._arrival = threading.Condition()
        self._server: _Server | None = None
        self.port = 0

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the add-on with which its texts come here."""
        return {
            "TWILIO_BASE_URL": f"http://127.0.0.1:{self.port}",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "f" * 32,
            "TWILIO_FROM": "+15005550006",
        }

    def start(self) -> None:
        """Take connections, on the same port as before."""
        self._server = _Server(self, self.port)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Take none."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @contextmanager
    def being(self, mood: Mood) -> Iterator[None]:
        """Be in a mood for the time of a ``with`` block."""
        self.mood = mood
        if mood is Mood.REFUSES:
            self.stop()
        try:
            yield
        finally:
            self.mood = Mood.TAKES
            if mood is Mood.REFUSES:
                self.start()

    def note(self, to: str, body: str) -> None:
        """Note a text to the number ``to`` (E.164) that was taken."""
        with self._arrival:
            self.taken[to, body] += 1
            self._codes.setdefault(to, []).append(code_in(body))
            self._arrival.notify_all()

    def code(self, to: str, seen: int, timeout: float) -> str | None:
        """Return the newest code that was sent to that number after the first ``seen``, None if there is none after ``timeout`` seconds."""
        with self._arrival:
            self._arrival.wait_for(lambda: len(self._codes.get(to, ())) > seen, timeout)
            codes = self._codes.get(to, [])
            return codes[-1] if len(codes) > seen else None

    def count(self, to: str) -> int:
        """Return how many texts to that number were taken."""
        with self._arrival:
            return len(self._codes.get(to, ()))
