"""The composition root: the only module that puts concrete parts together, for one site and one request."""

from AccessControl.SecurityManagement import getSecurityManager
from collections.abc import Callable
from collective.smsauth import callback
from collective.smsauth import carriers as carriers_of
from collective.smsauth import limiting
from collective.smsauth import logger
from collective.smsauth import notices
from collective.smsauth.accessing import Access
from collective.smsauth.allowance import Windows
from collective.smsauth.brake import Brake
from collective.smsauth.delivery import outbox
from collective.smsauth.delivery.outbox import OutboxMessage
from collective.smsauth.domain import codes
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.contact import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import Carrier
from collective.smsauth.interfaces import IClock
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.interfaces import ISitePolicies
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.interfaces import IWindows
from collective.smsauth.ledger import Ledger
from collective.smsauth.limiting import LimitedWindows
from collective.smsauth.neighbours import Neighbours
from collective.smsauth.own_transaction import OwnTransaction
from collective.smsauth.passwords import fingerprint
from collective.smsauth.passwords import is_kept
from collective.smsauth.plugin import plugin_of
from collective.smsauth.plugin import SMSAuthPlugin
from collective.smsauth.recorder import DeliveryRecorder
from collective.smsauth.reserve import Reserve
from collective.smsauth.trusting import Trust
from collective.smsauth.verdicts import Records
from collective.smsauth.verifier import Verifier
from collective.smsauth.visits import Visits
from collective.smsauth.wording import SiteWording
from dataclasses import replace
from functools import partial
from plone import api
from plone.keyring.interfaces import IKeyManager
from typing import Any
from ZODB.POSException import ConflictError
from zope.component import getUtility
from zope.event import notify
from zope.interface import implementer

import os
import time


@implementer(IClock)
class SystemClock:
    """The time of the machine."""

    def __call__(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()


def limits() -> LimitedWindows:
    """Return the windows as the environment wants them: in memory, or in Redis."""
    return LimitedWindows(now, os.environ.get(limiting.VARIABLE, ""))


def site():
    """Return the Plone site of the current request."""
    return api.portal.get()


def plugin() -> SMSAuthPlugin | None:
    """Return the plugin of the current site, or None if it is not there."""
    return plugin_of(site().acl_users)


def now() -> float:
    """Return the seconds since the epoch by the registered clock."""
    return getUtility(IClock)()


def policy():
    """Return the policy of the current site."""
    return getUtility(ISitePolicies)(site())


def keys(usage: str) -> list[bytes]:
    """Return the site's keys for one usage, the signing one first. All secrets of the key ring still verify.

    :raises LookupError: the site has no key ring or it is empty; nothing can be signed or judged.
    """
    ring = getUtility(IKeyManager)["_system"]
    secrets = [secret for secret in ring if secret]
    if not secrets:
        raise LookupError("The key ring of the site is empty.")
    return [codes.derive(secret, usage) for secret in secrets]


def gateway() -> ISMSGateway:
    """Return the chosen gateway of the current site, or one that refuses if it is missing or not configured."""
    return carriers_of.chosen(site())


def carriers(channel: Channel) -> tuple[Carrier, ...]:
    """Return the gateways that are ready for what goes by ``channel``, in order; one that refuses if there is none."""
    return carriers_of.ready(site(), channel)


def sender() -> str:
    """Return the number from which all texts of the site come, '' if it is none or not always the same."""
    return carriers_of.sender(site())


def can_send(channel: Channel = Channel.TEXT) -> bool:
    """Tell whether a gateway is there and configured for what goes by ``channel``."""
    return carriers_of.can_send(site(), channel)


def outbox_messages(limit: int) -> tuple[OutboxMessage, ...]:
    """Return the latest texts in the outbox, the newest first."""
    return outbox.read(limit)


def verifier() -> Verifier:
    """Return the verifier of the current site.

    :raises LookupError: the plugin or the key ring is missing.
    """
    gate, rules, secrets = _installed(), policy(), keys("codes")
    wording = SiteWording(site(), getattr(site(), "REQUEST", None), rules.code_lifetime)

    def post(text: Text, *, user_id: str, challenge: Challenge | None) -> None:
        report = DeliveryRecorder(gate, user_id, challenge) if challenge is not None else _log_only
        if text.channel is Channel.EMAIL:
            notices.post(notices.compose(text.to, wording.subject(), text.body), report)
            return
        if challenge is not None:
            reports_to = callback.address(site().absolute_url(), keys("signing"), user_id=user_id, challenge=challenge)
            text = replace(text, callback=reports_to)
        getUtility(IDispatcher).dispatch(text, carriers(text.channel), report)

    return Verifier(
        accounts=gate.accounts,
        windows=windows(),
        brake=Brake(policy=rules, ledger=ledger(gate), neighbours=neighbours(gate), key=secrets[0], now=now()),
        policy=rules,
        keys=secrets,
        now=now(),
        wording=wording,
        post=post,
        fingerprint=partial(fingerprint, site().acl_users),
        email=email_of,
        keeps_password=partial(is_kept, site().acl_users),
        judgements=SiteJudgements(site()),
    )


def reserve() -> Reserve:
    """Return what makes codes in reserve for members of the current site. Raises LookupError like ``keys``."""
    return Reserve(accounts=plugin().accounts, key=keys("codes")[0], now=now())


def trust() -> Trust:
    """Return the trusted browsers of the current site.

    :raises LookupError: the plugin is missing.
    """
    return Trust(
        accounts=_installed().accounts, policy=policy(), now=now(), fingerprint=partial(fingerprint, site().acl_users)
    )


def access() -> Access:
    """Return the visits to the access-code page of the current site. Raises LookupError like ``verifier``."""
    return Access(verifier=verifier(), visits=Visits(plugin()))


def windows() -> Windows:
    """Return the windows over the texts of all members."""
    return getUtility(IWindows)


def ledger(gate: SMSAuthPlugin | None = None) -> Ledger:
    """Return the counters of texts and calls of the site whose plugin is ``gate``, else of the current one."""
    return Ledger(gate or plugin())


def neighbours(gate: SMSAuthPlugin | None = None) -> Neighbours:
    """Return the blocks of neighbouring numbers that are watched for text pumping, of the site whose plugin is ``gate`` likewise."""
    return Neighbours(gate or plugin())


def email_of(user_id: str) -> str:
    """Return the e-mail address in the profile of a user id, '' if there is none."""
    member = api.user.get(userid=user_id)
    address = member.getProperty("email", "") if member is not None else ""
    return address if isinstance(address, str) else ""


class SiteJudgements:
    """Where the answers of one site are judged: in its own database, in a transaction of its own."""

    def __init__(self, site: Any) -> None:
        self._request = getattr(site, "REQUEST", None)
        self._gate, self._user_id = plugin_of(site.acl_users), getSecurityManager().getUser().getId()
        self._transaction = OwnTransaction(site, self._request)
        self._stood = False

    def run(self, name: object, work: Callable[[Records], Any]) -> Any:
        """Return what ``work`` returns once that is committed; see ``OwnTransaction.run``.

        :raises ConflictError: the session of this request was ended since it began.
        """

        def judge(site: Any) -> Any:
            gate = plugin_of(site.acl_users)
            if not self._stands(gate):
                raise Ended
            result = work(_records_of(gate))
            self._stood = self._stands(gate)  # the work may end it, too
            return result

        try:
            return self._transaction.run(name, judge)
        except Ended:
            raise ConflictError("The session of this request was ended.") from None

    def tell(self, event: object) -> None:
        """Fire an event in a transaction of its own, which follows that of the judgement."""
        try:
            self._transaction.run(object(), lambda site: notify(event))
        except Exception:
            logger.exception("What follows %r failed", event)

    def go_on(self) -> bool:
        """Let the request see what was committed; see ``OwnTransaction.catch_up``.

        Its own records would no longer be in conflict with whoever ended its session meanwhile: so that is looked up.

        :raises ConflictError: the request is to be run again.
        """
        is_up_to_date = self._transaction.catch_up()
        if is_up_to_date and self._stood and not self._stands(self._gate):
            raise ConflictError("The session of this request was ended.")
        return is_up_to_date

    def _stands(self, gate: SMSAuthPlugin) -> bool:
        return not self._user_id or self._request is None or gate.still_stands(self._request, self._user_id)


class Ended(Exception):
    """The session of the request was ended while it was under way."""


def _records_of(gate: SMSAuthPlugin) -> Records:
    return Records(accounts=gate.accounts, ledger=ledger(gate), neighbours=neighbours(gate), visits=Visits(gate))


def _installed() -> SMSAuthPlugin:
    gate = plugin()
    if gate is None:
        raise LookupError("Two-step verification is not installed in this site.")
    return gate


def _log_only(status: DeliveryStatus, detail: str = "") -> None:
    if status.failed:
        logger.warning("A notice to a former number was not sent: %s", detail or status.value)
