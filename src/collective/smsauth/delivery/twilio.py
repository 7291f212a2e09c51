"""The gateway to Twilio, through Twilio's own Python client.

A text may arrive twice: if Twilio takes it and the answer is lost on the way, it counts as not sent and is tried again.
The code in it is the same both times.
"""

from collections.abc import Callable
from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth.delivery import clock as delivery_clock
from collective.smsauth.delivery.redaction import described
from collective.smsauth.delivery.twilioerrors import failure
from collective.smsauth.delivery.twiliosettings import problems
from collective.smsauth.delivery.twiliosettings import settings
from collective.smsauth.delivery.twiliosettings import TwilioSettings
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import ISMSGateway
from functools import lru_cache
from twilio.base.exceptions import TwilioException
from twilio.base.exceptions import TwilioRestException
from twilio.base.exceptions import TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance
from typing import Any
from typing import cast
from urllib.parse import urlsplit
from urllib.parse import urlunsplit
from zope.i18nmessageid import Message
from zope.interface import implementer

import requests
import threading

#: Seconds to wait for a connection, and then for an answer.
TIMEOUTS = (3.0, 10.0)
#: Clients that a thread keeps, with their open connections: one for each set of credentials.
KEPT_CLIENTS = 4
#: Seconds that Twilio may keep a text in its queue.
SHORTEST_VALIDITY, LONGEST_VALIDITY = 6, 36000


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


@implementer(ISMSGateway)
class TwilioGateway:
    """Hands texts to Twilio's Programmable Messaging."""

    title = _("gateway_twilio", default="Twilio")
    local = False

    def __init__(
        self, *, clock: Callable[[], float] = delivery_clock.now, timeouts: tuple[float, float] = TIMEOUTS
    ) -> None:
        """Make a gateway. ``clock`` tells seconds since the epoch, ``timeouts`` are connect and read, in seconds."""
        self._clock = clock
        self._timeouts = timeouts
        self._thread = threading.local()

    def problems(self, config: Mapping[str, str]) -> tuple[Message, ...]:
        """Return what is missing or malformed as message ids; empty when the gateway is ready."""
        return problems(config)

    def send(self, text: Text, config: Mapping[str, str]) -> str:
        """Hand ``text`` to Twilio and return the SID of the message.

        :raises GatewayError: Twilio did not take it, or did not say so.
        """
        wrong = self.problems(config)
        if wrong:
            raise GatewayError(DeliveryStatus.CONFIGURATION, " ".join(str(problem.default) for problem in wrong))
        chosen = settings(config)
        secrets = (text.to, text.body, chosen.password)
        try:
            message = self._client(chosen).messages.create(
                to=text.to, body=text.body, validity_period=self._validity(text), **chosen.sender
            )
        except TwilioRestException as error:
            raise failure(error.status, error.code, _own_words(error), *secrets) from None
        except TwilioServiceException as error:
            raise failure(error.status, error.code, f"{error.title} {error.detail or ''}", *secrets) from None
        except requests.RequestException as error:
            raise _unanswered(error) from None
        except (TwilioException, ValueError, TypeError, AttributeError, KeyError) as error:
            detail = f"Twilio's answer was not understood: {described(error, *secrets)}"
            raise GatewayError(DeliveryStatus.TRY_LATER, detail) from None
        return _accepted(message, secrets)

    def _client(self, chosen: TwilioSettings) -> Client:
        """Return this thread's client for these credentials: a session of ``requests`` is not made for two threads."""
        if not hasattr(self._thread, "clients"):
            self._thread.clients = lru_cache(maxsize=KEPT_CLIENTS)(self._connect)
        client: Client = self._thread.clients(chosen.account_sid, chosen.username, chosen.password, chosen.base_url)
        return client

    def _connect(self, account_sid: str, username: str, password: str, base_url: str) -> Client:
        return Client(username, password, account_sid, http_client=TwilioTransport(base_url, self._timeouts))

    def _validity(self, text: Text) -> int:
        """Return how long Twilio may keep the text, in seconds: not longer than its code lives."""
        return int(min(max(text.expires - self._clock(), SHORTEST_VALIDITY), LONGEST_VALIDITY))


def _accepted(message: MessageInstance, secrets: tuple[str, ...]) -> str:
    if message.error_code:
        raise failure(201, message.error_code, message.error_message or "", *secrets)
    if not isinstance(message.sid, str) or not message.sid:
        raise GatewayError(DeliveryStatus.TRY_LATER, "Twilio's answer was not understood: it names no message")
    return message.sid


def _own_words(error: TwilioRestException) -> str:
    """Return what Twilio said, without what the client puts before it."""
    return str(error.msg).removeprefix("Unable to create record").removeprefix(": ")


def _unanswered(error: requests.RequestException) -> GatewayError:
    """Return the failure for a request without an answer, by its kind: the words of ``requests`` repeat the address."""
    kind = type(error).__name__
    if isinstance(error, (requests.exceptions.SSLError, ValueError)):
        return GatewayError(DeliveryStatus.CONFIGURATION, f"no safe connection to Twilio can be made ({kind})")
    if isinstance(error, requests.ReadTimeout):
        return GatewayError(DeliveryStatus.TRY_LATER, f"Twilio did not answer in time ({kind})")
    return GatewayError(DeliveryStatus.TRY_LATER, f"there is no connection to Twilio ({kind})")
