"""The gateway to whatever service the library Apprise knows.

Apprise tells only whether it could hand a message over. Why it could not is read in what it would have logged: the HTTP status, or that
there was no connection.
"""

from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth.delivery.caught_logs import caught
from collective.smsauth.delivery.gateways.apprise.schema import SETTINGS
from collective.smsauth.delivery.gateways.apprise.service import check
from collective.smsauth.delivery.gateways.apprise.service import library
from collective.smsauth.delivery.gateways.apprise.service import LOGGERS
from collective.smsauth.delivery.gateways.apprise.service import MISSING
from collective.smsauth.delivery.gateways.apprise.service import NO_LIBRARY
from collective.smsauth.delivery.gateways.apprise.service import service
from collective.smsauth.delivery.gateways.apprise.service import url_of
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import ISMSGateway
from typing import Any
from zope.i18nmessageid import Message
from zope.interface import implementer

import re

#: Seconds to wait for a connection, and then for an answer.
TIMEOUTS = (3.0, 10.0)

_STATUS = re.compile(r"\berror=([1-5][0-9]{2})\b")
_NO_CONNECTION = re.compile(r"connection error", re.IGNORECASE)
#: Answers of who waited too long for somebody else's: the text may have been taken all the same.
_LATE = (408, 504)


@implementer(ISMSGateway)
class AppriseGateway:
    """Hands texts to the service of one URL."""

    title = _("gateway_apprise", default="Apprise")
    settings = SETTINGS
    status_view = ""
    local = False

    def __init__(self, *, timeouts: tuple[float, float] = TIMEOUTS) -> None:
        """Make a gateway. ``timeouts`` are connect and read, in seconds."""
        self._timeouts = timeouts

    def problems(self, config: Mapping[str, str]) -> tuple[Message, ...]:
        """Return what is missing or malformed as message ids; empty when the gateway is ready."""
        missing = () if url_of(config) else (MISSING,)
        return (*missing, *check(config).values()) if library() is not None else (NO_LIBRARY,)

    def send(self, text: Text, config: Mapping[str, str]) -> str:
        """Hand ``text`` to the service and return '': Apprise tells no id.

        :raises GatewayError: the service did not take it, or did not say so.
        """
        wrong = self.problems(config)
        if wrong:
            raise GatewayError(DeliveryStatus.CONFIGURATION, " ".join(str(problem.default) for problem in wrong))
        apprise, one = library(), self._prepared(service(url_of(config), text.to))
        with caught(*LOGGERS) as messages:
            try:
                taken = one.notify(body=text.body, title="", body_format=apprise.NotifyFormat.TEXT)
            except Exception as error:
                detail = f"Apprise could not hand it over ({type(error).__name__})"
                raise GatewayError(DeliveryStatus.TRY_LATER, detail, certain=False) from None
        if not taken:
            raise _failure(messages)
        return ""

    def _prepared(self, one: Any) -> Any:
        """Let a service take no longer than others, and go nowhere else than its URL says."""
        one.socket_connect_timeout, one.socket_read_timeout = self._timeouts
        one.redirects = False
        return one


def _failure(messages: list[str]) -> GatewayError:
    statuses = [int(found[1]) for found in map(_STATUS.search, messages) if found is not None]
    if statuses:
        status, hint = _meaning(statuses[-1])
        detail = f"the service of Apprise answered HTTP {statuses[-1]} ({hint})"
        return GatewayError(status, detail, certain=statuses[-1] not in _LATE)
    if any(map(_NO_CONNECTION.search, messages)):
        detail = "there is no connection to the service of Apprise, or no answer in time"
        return GatewayError(DeliveryStatus.TRY_LATER, detail, certain=False)
    return GatewayError(DeliveryStatus.TRY_LATER, "Apprise could not hand it over, and does not say why", certain=False)


def _meaning(status: int) -> tuple[DeliveryStatus, str]:
    if status in (408, 425, 429) or status >= 500:
        return DeliveryStatus.TRY_LATER, "it cannot take it right now"
    if status in (400, 409, 410, 422):
        return DeliveryStatus.CANNOT_RECEIVE, "it does not take this number or this text"
    return DeliveryStatus.CONFIGURATION, "check the URL of the service and the account"
