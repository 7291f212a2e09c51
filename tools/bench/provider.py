"""An SMS provider on this machine that speaks as Twilio does, as slowly as it is told to."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs

import json
import re
import sys
import threading
import time

_CODE = re.compile(r"#(\d{6,10})$")


def code_in(body: str) -> str:
    """Return the code in a text.

    :raises ValueError: there is none.
    """
    found = _CODE.search(body)
    if found is None:
        raise ValueError("There is no code in the text.")
    return found[1]


class _Handler(BaseHTTPRequestHandler):
    server: "Provider"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        """Note the text, wait, and say that it was taken."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.note(form["To"][0], form["Body"][0])
        time.sleep(self.server.delay)
        answer = json.dumps({"sid": "SM" + "a" * 32}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        """Log nothing."""


class Provider(ThreadingHTTPServer):
    """Takes ``delay`` seconds for each text."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.delay = 0.0
        #: How many texts came so far.
        self.texts = 0
        self._codes: dict[str, str] = {}
        self._arrival = threading.Condition()

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the add-on with which its texts come here."""
        return {
            "TWILIO_BASE_URL": f"http://127.0.0.1:{self.server_port}",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "f" * 32,
            "TWILIO_FROM": "+15005550006",
        }

    def handle_error(self, request, client_address) -> None:
        """Say nothing of a server that was ended with its connection open."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def note(self, to: str, body: str) -> None:
        """Keep the code of a text to the number ``to`` (E.164)."""
        with self._arrival:
            self._codes[to] = code_in(body)
            self.texts += 1
            self._arrival.notify_all()

    def wait_for(self, texts: int, timeout: float = 30.0) -> bool:
        """Wait up to ``timeout`` seconds until so many texts have come. Tell whether they have."""
        with self._arrival:
            return self._arrival.wait_for(lambda: texts <= self.texts, timeout)

    def take_code(self, to: str, timeout: float = 30.0) -> str:
        """Return the last code sent to that number, once; wait for it up to ``timeout`` seconds.

        :raises TimeoutError: none came.
        """
        with self._arrival:
            if not self._arrival.wait_for(lambda: to in self._codes, timeout):
                raise TimeoutError("The text did not arrive.")
            return self._codes.pop(to)


@contextmanager
def running():
    """Run a provider in a thread for the time of a ``with`` block."""
    provider = Provider()
    thread = threading.Thread(target=provider.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
        thread.join(10)
