"""A browser behind a load balancer without sticky sessions: each request goes to a client that was drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from http.client import HTTPConnection
from http.client import HTTPException
from tools.bench.browser import keep_cookies
from urllib.parse import urlencode
from urllib.parse import urlsplit

import time

_TIMEOUT = 90
#: Seconds for which it tries again while nobody answers, or the database is down.
_PATIENCE = 150.0
_PAUSE = 0.5


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; ``location`` is a path."""

    status: int
    location: str
    body: str


@dataclass
class Browser:
    """Sends requests to one of the ports that ``draw`` returns, and keeps cookies. ``failed`` is told of each answer above 499."""

    draw: Callable[[], int]
    failed: Callable[[str], None]
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self._ask("GET", path, None)

    def post(self, path: str, form: dict[str, str]) -> Answer:
        """Send a form; once more if nothing comes back, as browsers do."""
        return self._ask("POST", path, urlencode(form).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                answer = self._once(method, path, body)
            except (OSError, HTTPException):
                answer = None
            if answer is not None and answer.status < 500:
                return answer
            if answer is not None:
                self.failed(f"{method} {path} answered {answer.status}")
            if end < time.monotonic():
                raise TimeoutError(f"Nobody answers {method} {path}.")
            time.sleep(_PAUSE)

    def _once(self, method: str, path: str, body: bytes | None) -> Answer:
        headers = {"Host": "localhost", "Accept": "text/html", "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = HTTPConnection("127.0.0.1", self.draw(), timeout=_TIMEOUT)
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            content = response.read().decode()
        finally:
            connection.close()
        keep_cookies(self.cookies, response.headers.get_all("Set-Cookie") or [])
        place = urlsplit(response.headers.get("Location", ""))
        location = place.path + (f"?{place.query}" if place.query else "")
        return Answer(status=response.status, location=location, body=content)
