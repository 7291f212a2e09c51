"""How requests of Twilio's own client travel from here: in bounded time, to another server if one is set, and unlogged."""

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from typing import Any
from typing import cast
from urllib.parse import urlsplit
from urllib.parse import urlunsplit

#: Seconds to wait for a connection, and then for an answer.
TIMEOUTS = (3.0, 10.0)


class TwilioTransport(TwilioHttpClient):
    """Sends the official client's requests: in bounded time, to another server if one is set, and unlogged."""

    def __init__(self, base_url: str = "", timeouts: tuple[float, float] = TIMEOUTS) -> None:
        """Make a transport.

        ``base_url`` replaces scheme and host of Twilio, and its path comes before theirs. ``timeouts`` are connect and
        read, in seconds; ``requests`` takes the two where the client knows only one.
        """
        super().__init__()
        self.timeout = cast(Any, timeouts)
        self._base_url = base_url

    def request(self, *args: Any, **options: Any) -> Response:
        """Send one request (method, address, and what comes after) and return the answer.

        What the client would keep of both for its tests is forgotten: there is a code in it.

        :raises requests.RequestException: there was no answer.
        """
        method, url, *rest = args
        try:
            return super().request(method, self._directed(url), *rest, **options)
        finally:
            self._test_only_last_request = None
            self._test_only_last_response = None

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """Log nothing."""

    def log_response(self, status_code: int, response: Any) -> None:
        """Log nothing."""

    def _directed(self, url: str) -> str:
        if not self._base_url:
            return url
        base, original = urlsplit(self._base_url), urlsplit(url)
        return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + original.path, original.query, ""))
