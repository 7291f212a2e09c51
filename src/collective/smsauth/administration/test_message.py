"""Sends one text to a number that an administrator typed, and waits for what the provider says."""

from collective.smsauth import wiring
from collective.smsauth.delivery.code_messages import SiteWording
from collective.smsauth.delivery.redaction import described
from collective.smsauth.delivery.redaction import plain_id
from collective.smsauth.delivery.redaction import redact
from collective.smsauth.domain import codes
from collective.smsauth.domain.budget import day_of
from collective.smsauth.domain.budget import Kind
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.domain.phone import region_of
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.settings.gateway_choice import NoGateway
from collective.smsauth.settings.stored import chosen_gateway
from collective.smsauth.settings.stored import gateway_config
from collective.smsauth.settings.stored import second_gateway
from collective.smsauth.settings.stored import stored
from collective.smsauth.storage import retries
from dataclasses import dataclass
from plone import api
from queue import Empty
from queue import SimpleQueue
from zope.component import getUtility

import time

#: Seconds for which the page waits.
PATIENCE = 15.0
MOST = 10
WINDOW = 60 * 60

_LIFETIME = 5 * 60


@dataclass(frozen=True, kw_only=True)
class TestResult:
    """What became of the text; None as ``status`` if the provider did not answer in time.

    ``detail`` is in the provider's words. ``certain`` tells of a failure that the text did not leave.
    """

    status: DeliveryStatus | None
    detail: str = ""
    certain: bool = False


def wait() -> int:
    """Return the seconds until another test may be sent; 0 if it may now."""
    return wiring.current().rate_limiter.resets_in(_name(), limit=MOST, window=WINDOW)


def gateway_named(name: str) -> ISMSGateway | None:
    """Return the first or the second gateway of the site by its name, the first one for ''; None for all others.

    One that is not there or not ready tells so by its ``problems``.
    """
    site = wiring.current().site
    if name in ("", stored(site, "gateway")):
        return chosen_gateway(site) or NoGateway()
    return second_gateway(site) if name == stored(site, "gateway_second") else None


def is_sent_already(form: str) -> bool:
    """Tell whether the form of that name has sent a test; from now on it has."""
    parts = wiring.current()
    name = codes.digest(parts.keys("signing")[0], "trial form", form)[:32]
    return not parts.rate_limiter.hit(name, limit=1, window=WINDOW)


def send(number: str, gateway: ISMSGateway, request) -> TestResult:
    """Send a test to ``number`` (E.164) through ``gateway``, in a worker thread, and wait a bounded time."""
    parts = wiring.of(request)
    site, config = parts.site, gateway_config(parts.site)
    body = SiteWording(site, request, _LIFETIME).test()
    text = Text(to=number, body=body, expires=parts.now + _LIFETIME)
    retries.begin()  # it leaves before the request is committed: of one that is run again, each run counts in the window
    if not parts.rate_limiter.hit(_name(), limit=MOST, window=WINDOW):
        return TestResult(status=DeliveryStatus.TRY_LATER)
    begun = time.monotonic()
    result = _answer(gateway, text, config)
    if result.status is not None:
        name = stored(site, "gateway")
        parts.gateway_counters.count(name, result.status, time.monotonic() - begun)
    day = day_of(parts.now)
    parts.counters.count(Kind.SENT, region_of(number), day=day)
    if result.status is not None and result.status.failed:
        parts.counters.count(Kind.FAILED, region_of(number), day=day)
    if result.certain:
        parts.counters.take_back(day=day)
    return result


def _answer(gateway: ISMSGateway, text: Text, config) -> TestResult:
    answers: SimpleQueue[TestResult] = SimpleQueue()
    if not getUtility(IDispatcher).submit(lambda: answers.put(_try(gateway, text, config))):
        return TestResult(status=DeliveryStatus.TRY_LATER, certain=True)
    try:
        return answers.get(timeout=PATIENCE)
    except Empty:
        return TestResult(status=None)


def _name() -> str:
    return f"trial {api.content.get_uuid(wiring.current().site)}"


def _try(gateway, text: Text, config) -> TestResult:
    secrets = (text.to, text.body, *config.values())
    try:
        return TestResult(status=DeliveryStatus.SENT, detail=plain_id(gateway.send(text, config), *secrets))
    except GatewayError as error:
        return TestResult(status=error.status, detail=redact(error.detail, *secrets), certain=error.certain)
    except Exception as error:  # a gateway is other people's code; the page needs an answer whatever it does
        return TestResult(status=DeliveryStatus.CONFIGURATION, detail=described(error, *secrets))
