"""The gateway to Vonage, through its SMS API over HTTP.

A text may arrive up to three times: if Vonage takes it and the answer is lost on the way or comes too late, it counts as not sent and is
tried again, twice at most. The code in it is the same each time.
"""

from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth import logger
from collective.smsauth.delivery.gateways.vonage.configuration import problems
from collective.smsauth.delivery.gateways.vonage.configuration import sender_number
from collective.smsauth.delivery.gateways.vonage.configuration import settings
from collective.smsauth.delivery.gateways.vonage.configuration import VonageSettings
from collective.smsauth.delivery.gateways.vonage.errors import failure
from collective.smsauth.delivery.gateways.vonage.errors import refusal
from collective.smsauth.delivery.gateways.vonage.errors import REFUSED_CALLBACK
from collective.smsauth.delivery.gateways.vonage.schema import SETTINGS
from collective.smsauth.delivery.gateways.vonage.status_reports import VIEW
from collective.smsauth.delivery.redaction import parts_of_url
from collective.smsauth.delivery.redaction import plain_id
from collective.smsauth.domain import segments
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import IAnswerableGateway
from collective.smsauth.interfaces import ISMSGateway
from typing import Any
from urllib3.exceptions import ConnectTimeoutError
from urllib3.exceptions import NewConnectionError
from zope.i18nmessageid import Message
from zope.interface import implementer

import json
import requests
import time

#: Seconds to wait for a connection, and then for an answer.
TIMEOUTS = (3.0, 10.0)
#: Bytes of an answer that are read; Vonage's have about two hundred.
LONGEST_ANSWER = 64 * 1024


@implementer(ISMSGateway, IAnswerableGateway)
class VonageGateway:
    """Hands texts to Vonage's SMS API."""

    title = _("gateway_vonage", default="Vonage")
    settings = SETTINGS
    status_view = VIEW
    local = False

    def __init__(self, *, timeouts: tuple[float, float] = TIMEOUTS) -> None:
        """Make a gateway. ``timeouts`` are connect and read, in seconds."""
        self._timeouts = timeouts

    def problems(self, config: Mapping[str, str]) -> tuple[Message, ...]:
        """Return what is missing or malformed as message ids; empty when the gateway is ready."""
        return problems(config)

    def sender(self, config: Mapping[str, str]) -> str:
        """Return the number from which texts come, '' if it is a name."""
        return sender_number(config)

    def send(self, text: Text, config: Mapping[str, str]) -> str:
        """Hand ``text`` to Vonage and return the id of the message.

        A report of what becomes of it is asked for only if its signature could be checked, and never at the price of the text.

        :raises GatewayError: Vonage did not take it, or did not say so.
        """
        wrong = self.problems(config)
        if wrong:
            raise GatewayError(DeliveryStatus.CONFIGURATION, " ".join(str(problem.default) for problem in wrong))
        chosen = settings(config)
        fields = {
            "api_key": chosen.api_key,
            "api_secret": chosen.api_secret,
            "from": chosen.sender,
            "to": text.to.removeprefix("+"),
            "text": text.body,
            # in its own alphabet a text message has more room
            "type": "unicode" if segments.costly(text.body) else "text",
        }
        urls = (*parts_of_url(text.status_url), *parts_of_url(chosen.base_url))
        secrets = (text.to, text.to.removeprefix("+"), text.body, chosen.api_key, chosen.api_secret, *urls)
        reported = {"callback": text.status_url} if text.status_url and chosen.signs_reports else {}
        messages = self._messages(chosen, {**fields, **reported})
        if reported and str(messages[0]["status"]) == REFUSED_CALLBACK:
            logger.warning(
                "Vonage refuses to report to this site (status %s): is its address public?", REFUSED_CALLBACK
            )
            messages = self._messages(chosen, fields)
        return _taken(messages, secrets)

    def _messages(self, chosen: VonageSettings, fields: Mapping[str, str]) -> list[dict[str, Any]]:
        """Post a form and return what Vonage says of each part of the text.

        :raises GatewayError: it says nothing of the kind.
        """
        try:
            with requests.post(
                f"{chosen.base_url}/sms/json",
                data=fields,
                timeout=self._timeouts,
                allow_redirects=False,
                stream=True,
            ) as answer:
                status, body = answer.status_code, self._read(answer)
        except requests.RequestException as error:
            raise _unanswered(error) from None
        if status != 200:
            raise refusal(status)
        try:
            messages = json.loads(body)["messages"]
            if messages and all("status" in message for message in messages):
                return list(messages)
        except (ValueError, TypeError, KeyError, RecursionError):
            pass
        raise GatewayError(DeliveryStatus.TRY_LATER, "Vonage's answer was not understood", certain=False)

    def _read(self, answer: requests.Response) -> bytes:
        """Return the answer, or what of it has come until it is too long or too late."""
        body, end = bytearray(), time.monotonic() + self._timeouts[1]
        # byte by byte: more of them are waited for until all have come
        for byte in answer.iter_content(1):
            body += byte
            if len(body) >= LONGEST_ANSWER or time.monotonic() >= end:
                break
        return bytes(body[:LONGEST_ANSWER])


def _taken(messages: list[dict[str, Any]], secrets: tuple[str, ...]) -> str:
    refused = [message for message in messages if str(message["status"]) != "0"]
    if refused:
        first = refused[0]
        raise failure(first["status"], first.get("error-text") or "", *secrets, certain=refused == messages)
    return plain_id(messages[0].get("message-id"), *secrets)


def _unanswered(error: requests.RequestException) -> GatewayError:
    """Return the failure for a request without an answer, by its kind: the words of ``requests`` repeat the address."""
    kind = type(error).__name__
    if isinstance(error, (requests.exceptions.SSLError, ValueError)):
        return GatewayError(DeliveryStatus.CONFIGURATION, f"no safe connection to Vonage can be made ({kind})")
    if isinstance(error, requests.ReadTimeout):
        return GatewayError(DeliveryStatus.TRY_LATER, f"Vonage did not answer in time ({kind})", certain=False)
    return GatewayError(
        DeliveryStatus.TRY_LATER, f"there is no connection to Vonage ({kind})", certain=_was_not_made(error)
    )


def _was_not_made(error: requests.RequestException) -> bool:
    """Tell whether there was no connection from the beginning: one that ends may have carried the text."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, (NewConnectionError, ConnectTimeoutError))
