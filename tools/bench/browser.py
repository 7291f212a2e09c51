"""A browser as far as the benchmark needs one: one open connection, cookies, and the time that an answer took."""

from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from tools.bench.instance import ADMIN
from tools.bench.instance import ADMIN_PASSWORD
from urllib.parse import urlencode
from urllib.parse import urlsplit

import base64
import json
import time

_TIMEOUT = 60


class Unexpected(RuntimeError):
    """The site did not do what is to be measured."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back. ``seconds`` is the time from the request to the last byte of the answer."""

    status: int
    location: str
    body: bytes
    seconds: float

    def json(self) -> dict:
        """Return the body as JSON."""
        found: dict = json.loads(self.body)
        return found


class Browser:
    """Talks to one server, as one visitor or member."""

    def __init__(self, port: int) -> None:
        # Plone serves pages for this host name only as visitors see them; connecting by address spares looking it up
        self.origin = f"http://localhost:{port}"
        self._connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT)
        self._headers = {"Host": f"localhost:{port}", "Accept": "text/html"}
        self.cookies: dict[str, str] = {}

    def get(self, path: str, status: int = 200) -> Answer:
        """Ask for a page.

        :raises Unexpected: the answer has another status.
        """
        return self._ask("GET", path, None, {}, status)

    def post(self, path: str, form: dict[str, str], status: int = 302) -> Answer:
        """Send a form.

        :raises Unexpected: the answer has another status.
        """
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(form).encode(), headers, status)

    def rest(self, method: str, path: str, values: dict | None = None, *, status: int = 200, basic: str = "") -> Answer:
        """Ask a service. ``basic`` is a login and a password with a colon between, '' for whoever the cookies stand for.

        :raises Unexpected: the answer has another status.
        """
        headers = {"Accept": "application/json"}
        if values is not None:
            headers["Content-Type"] = "application/json"
        if basic:
            headers["Authorization"] = f"Basic {base64.b64encode(basic.encode()).decode()}"
        return self._ask(method, path, None if values is None else json.dumps(values).encode(), headers, status)

    def rest_as_manager(self, method: str, path: str, values: dict | None = None, *, status: int = 200) -> Answer:
        """Do the same as the Manager of all sites."""
        return self.rest(method, path, values, status=status, basic=f"{ADMIN}:{ADMIN_PASSWORD}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int) -> Answer:
        headers = {**self._headers, **headers}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        started = time.perf_counter()
        self._connection.request(method, path, body=body, headers=headers)
        response = self._connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - started
        keep_cookies(self.cookies, response.headers.get_all("Set-Cookie") or [])
        if response.status != status:
            raise Unexpected(f"{method} {path} answered {response.status} instead of {status}.")
        place = urlsplit(response.headers.get("Location", ""))
        location = place.path + (f"?{place.query}" if place.query else "")
        return Answer(status=response.status, location=location, body=content, seconds=seconds)


def keep_cookies(cookies: dict[str, str], lines: list[str]) -> None:
    """Keep in ``cookies`` what the headers ``Set-Cookie`` of an answer give, and drop what they take back."""
    for line in lines:
        for name, cookie in SimpleCookie(line).items():
            if cookie.coded_value in ("", '"deleted"', "deleted"):
                cookies.pop(name, None)
            else:
                cookies[name] = cookie.coded_value
