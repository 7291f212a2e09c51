"""The gateway to Twilio, through Twilio's own Python client: texts and calls.

A text may arrive up to three times: if Twilio takes it and the answer is lost on the way or comes too late, it counts as not sent and is
tried again, twice at most. The code in it is the same each time.
"""

from collections.abc import Callable
from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth import logger
from collective.smsauth.delivery import clock as delivery_clock
from collective.smsauth.delivery.gateways.twilio.configuration import problems
from collective.smsauth.delivery.gateways.twilio.configuration import sender_number
from collective.smsauth.delivery.gateways.twilio.configuration import settings
from collective.smsauth.delivery.gateways.twilio.configuration import TwilioSettings
from collective.smsauth.delivery.gateways.twilio.configuration import voice_problems
from collective.smsauth.delivery.gateways.twilio.errors import failure
from collective.smsauth.delivery.gateways.twilio.schema import SETTINGS
from collective.smsauth.delivery.gateways.twilio.status_reports import VIEW
from collective.smsauth.delivery.gateways.twilio.transport import TIMEOUTS
from collective.smsauth.delivery.gateways.twilio.transport import TwilioTransport
from collective.smsauth.delivery.gateways.twilio.voice import RING
from collective.smsauth.delivery.gateways.twilio.voice import twiml
from collective.smsauth.delivery.redaction import described
from collective.smsauth.delivery.redaction import parts_of_url
from collective.smsauth.delivery.redaction import plain_id
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import IAnswerableGateway
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.interfaces import IVoiceGateway
from functools import lru_cache
from twilio.base.exceptions import TwilioException
from twilio.base.exceptions import TwilioRestException
from twilio.base.exceptions import TwilioServiceException
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.message import MessageInstance
from typing import Any
from urllib3.exceptions import ConnectTimeoutError
from urllib3.exceptions import NewConnectionError
from zope.i18nmessageid import Message
from zope.interface import implementer

import requests
import threading

#: Clients that a thread keeps, with their open connections: one for each set of credentials.
KEPT_CLIENTS = 4
#: Twilio's error codes for an address that it will not report to.
REFUSED_CALLBACKS = (21609,)
#: Seconds that Twilio may keep a text in its queue.
SHORTEST_VALIDITY, LONGEST_VALIDITY = 6, 36000


@implementer(ISMSGateway, IVoiceGateway, IAnswerableGateway)
class TwilioGateway:
    """Hands texts to Twilio's Programmable Messaging, and calls to its Programmable Voice."""

    title = _("gateway_twilio", default="Twilio")
    settings = SETTINGS
    status_view = VIEW
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
        chosen = _checked(config, self.problems(config))

        def create(client: Client, **more: Any) -> MessageInstance:
            validity = self._validity(text)
            return client.messages.create(to=text.to, body=text.body, validity_period=validity, **chosen.sender, **more)

        return self._create(create, text, chosen)

    def voice_problems(self, config: Mapping[str, str]) -> tuple[Message, ...]:
        """Return what is missing or malformed for calls as message ids; empty when it can call."""
        return voice_problems(config)

    def call(self, text: Text, config: Mapping[str, str]) -> str:
        """Have Twilio call and read ``text`` out twice; return the SID of the call.

        :raises GatewayError: Twilio did not take it, or did not say so.
        """
        chosen = _checked(config, self.voice_problems(config))

        def create(client: Client, **more: Any) -> CallInstance:
            spoken = twiml(text.body, text.language)
            return client.calls.create(to=text.to, from_=chosen.caller, twiml=spoken, timeout=RING, **more)

        return self._create(create, text, chosen)

    def sender(self, config: Mapping[str, str]) -> str:
        """Return the number from which texts come, '' if it is a name or chosen by a Messaging Service."""
        return sender_number(config)

    def _create(self, create: Callable[..., Any], text: Text, chosen: TwilioSettings) -> str:
        """Ask Twilio for a message or a call and return its SID.

        A report of what becomes of it is asked for only if its signature could be checked, and never at the price of the text.

        :raises GatewayError: Twilio did not take it, or did not say so.
        """
        urls = (*parts_of_url(text.status_url), *parts_of_url(chosen.base_url))
        secrets = (text.to, text.to.removeprefix("+"), text.body, chosen.password, *urls)
        reported = {"status_callback": text.status_url} if text.status_url and chosen.signs_reports else {}
        try:
            try:
                made = create(self._client(chosen), **reported)
            except TwilioRestException as error:
                if not reported or error.code not in REFUSED_CALLBACKS:
                    raise
                logger.warning("Twilio refuses to report to this site (error %s): is its address public?", error.code)
                made = create(self._client(chosen))
        except TwilioRestException as error:
            raise failure(error.status, error.code, _own_words(error), *secrets) from None
        except TwilioServiceException as error:
            raise failure(error.status, error.code, f"{error.title} {error.detail or ''}", *secrets) from None
        except requests.RequestException as error:
            raise _unanswered(error) from None
        except (TwilioException, ValueError, TypeError, AttributeError, KeyError) as error:
            detail = f"Twilio's answer was not understood: {described(error, *secrets)}"
            raise GatewayError(DeliveryStatus.TRY_LATER, detail, certain=False) from None
        return _accepted(made, secrets)

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


def _checked(config: Mapping[str, str], wrong: tuple[Message, ...]) -> TwilioSettings:
    if wrong:
        raise GatewayError(DeliveryStatus.CONFIGURATION, " ".join(str(problem.default) for problem in wrong))
    return settings(config)


def _accepted(made: MessageInstance | CallInstance, secrets: tuple[str, ...]) -> str:
    if isinstance(made, MessageInstance) and made.error_code:
        raise failure(201, made.error_code, made.error_message or "", *secrets)
    if not isinstance(made.sid, str) or not made.sid:
        detail = "Twilio's answer was not understood: it names no message or call"
        raise GatewayError(DeliveryStatus.TRY_LATER, detail, certain=False)
    return plain_id(made.sid, *secrets)


def _own_words(error: TwilioRestException) -> str:
    """Return what Twilio said, without what the client puts before it."""
    return str(error.msg).removeprefix("Unable to create record").removeprefix(": ")


def _unanswered(error: requests.RequestException) -> GatewayError:
    """Return the failure for a request without an answer, by its kind: the words of ``requests`` repeat the address."""
    kind = type(error).__name__
    if isinstance(error, (requests.exceptions.SSLError, ValueError)):
        return GatewayError(DeliveryStatus.CONFIGURATION, f"no safe connection to Twilio can be made ({kind})")
    if isinstance(error, requests.ReadTimeout):
        return GatewayError(DeliveryStatus.TRY_LATER, f"Twilio did not answer in time ({kind})", certain=False)
    return GatewayError(
        DeliveryStatus.TRY_LATER, f"there is no connection to Twilio ({kind})", certain=_was_not_made(error)
    )


def _was_not_made(error: requests.RequestException) -> bool:
    """Tell whether there was no connection from the beginning: one that ends may have carried the text."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, (NewConnectionError, ConnectTimeoutError))
