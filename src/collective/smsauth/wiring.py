"""The composition root: puts the parts together, for one site and one request. No other module names concrete classes."""

from AccessControl.SecurityManagement import getSecurityManager
from collections.abc import Callable
from collective.smsauth import logger
from collective.smsauth.delivery import mailer
from collective.smsauth.delivery import status_callback
from collective.smsauth.delivery.code_messages import SiteWording
from collective.smsauth.delivery.status_recorder import DeliveryRecorder
from collective.smsauth.delivery.status_recorder import NoticeRecorder
from collective.smsauth.domain import budget
from collective.smsauth.domain import codes
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import Text
from collective.smsauth.domain.policy import Policy
from collective.smsauth.interfaces import ConfiguredGateway
from collective.smsauth.interfaces import IClock
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.interfaces import IRateLimiter
from collective.smsauth.interfaces import ISitePolicies
from collective.smsauth.pas.gate import Gate
from collective.smsauth.pas.lookup import gate_of
from collective.smsauth.pas.lookup import plugin_of
from collective.smsauth.pas.passwords import fingerprint
from collective.smsauth.pas.passwords import is_kept
from collective.smsauth.pas.request_notes import notes_of
from collective.smsauth.plugin import SMSAuthPlugin
from collective.smsauth.settings import gateway_choice
from collective.smsauth.storage import rate_limiter
from collective.smsauth.storage.accounts import Accounts
from collective.smsauth.storage.counters import UsageCounters
from collective.smsauth.storage.gateway_counters import GatewayCounters
from collective.smsauth.storage.number_blocks import NumberBlocks
from collective.smsauth.storage.own_transaction import OwnTransaction
from collective.smsauth.storage.password_access import PasswordAttempts
from collective.smsauth.storage.rate_limiter import RateLimiter
from collective.smsauth.verification.backup_codes import BackupCodes
from collective.smsauth.verification.fraud_guard import FraudGuard
from collective.smsauth.verification.password_access import PasswordAccess
from collective.smsauth.verification.results import Records
from collective.smsauth.verification.trusted_browsers import TrustedBrowsers
from collective.smsauth.verification.verifier import Verifier
from dataclasses import replace
from functools import cached_property
from functools import partial
from plone import api
from plone.keyring.interfaces import IKeyManager
from typing import Any
from ZODB.POSException import ConflictError
from zope.component import getUtility
from zope.event import notify
from zope.globalrequest import getRequest
from zope.interface import implementer

import os
import time


@implementer(IClock)
class SystemClock:
    """The time of the machine."""

    def __call__(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()


def limits() -> RateLimiter:
    """Return the rate limiter as the environment wants it: in memory, or in Redis."""
    return RateLimiter(lambda: getUtility(IClock)(), os.environ.get(rate_limiter.VARIABLE, ""))


def of(request: Any) -> "Parts":
    """Return the parts of the current site for a request: the same ones whenever it is asked in that request."""
    site = api.portal.get()
    if request is None:
        return Parts(site, None)
    # one request may look at the site by two connections; see ``storage.own_transaction``
    name, parts = ("/".join(site.getPhysicalPath()), id(site._p_jar)), notes_of(request).parts
    if name not in parts:
        parts[name] = Parts(site, request)
    found: Parts = parts[name]
    return found


def current() -> "Parts":
    """Return the parts of the current site for the request at hand."""
    return of(getRequest())


class Parts:
    """What works together for one site in one request. Each part is made when it is asked for, and once.

    Time, policy and keys are those of the moment when they were first asked for: a script that works for long begins anew with new parts.
    """

    def __init__(self, site: Any, request: Any) -> None:
        self.site = site
        self.request = request
        self._keys: dict[str, list[bytes]] = {}

    @cached_property
    def plugin(self) -> SMSAuthPlugin | None:
        """The plugin of the site, or None if it is not there."""
        if self.request is None:
            plugin: SMSAuthPlugin | None = plugin_of(self.site.acl_users)
            return plugin
        gate = gate_of(self.site.acl_users, self.request)
        return None if gate is None else gate.plugin

    @cached_property
    def gate(self) -> Gate:
        """The gate of the site.

        :raises LookupError: the plugin is missing.
        """
        gate: Gate = self._installed.gate(self.request)
        return gate

    @cached_property
    def accounts(self) -> Accounts:
        """The records of the members.

        :raises LookupError: the plugin is missing.
        """
        return self._installed.accounts if self.request is None else self.gate.accounts

    @cached_property
    def now(self) -> float:
        """The time at which the request was begun to be answered, in seconds since the epoch, by the registered clock."""
        return getUtility(IClock)()

    @cached_property
    def policy(self) -> Policy:
        """The policy of the site."""
        return getUtility(ISitePolicies)(self.site)

    def keys(self, usage: str) -> list[bytes]:
        """Return the site's keys for one usage, the signing one first. All secrets of the key ring still verify.

        :raises LookupError: the site has no key ring or it is empty; nothing can be signed or judged.
        """
        if usage not in self._keys:
            secrets = [secret for secret in getUtility(IKeyManager)["_system"] if secret]
            if not secrets:
                raise LookupError("The key ring of the site is empty.")
            self._keys[usage] = [codes.derive(secret, usage) for secret in secrets]
        return self._keys[usage]

    @cached_property
    def verifier(self) -> Verifier:
        """The verifier of the site.

        :raises LookupError: the plugin or the key ring is missing.
        """
        plugin, keys, user_folder = self._installed, self.keys("codes"), self.site.acl_users
        return Verifier(
            accounts=self.accounts,
            rate_limiter=self.rate_limiter,
            fraud_guard=FraudGuard(
                policy=self.policy,
                counters=self.counters,
                number_blocks=self.number_blocks,
                key=keys[0],
                now=self.now,
            ),
            policy=self.policy,
            keys=keys,
            now=self.now,
            wording=SiteWording(self.site, self.request, self.policy.code_lifetime),
            post=self._post,
            fingerprint=partial(fingerprint, user_folder),
            email=email_of,
            keeps_password=partial(is_kept, user_folder),
            judgements=SiteJudgements(self.site, plugin, self.request),
        )

    @cached_property
    def backup_codes(self) -> BackupCodes:
        """What makes recovery codes and prepared codes. Raises LookupError like ``verifier``."""
        return BackupCodes(accounts=self.accounts, key=self.keys("codes")[0], now=self.now)

    @cached_property
    def trusted_browsers(self) -> TrustedBrowsers:
        """The trusted browsers of the site.

        :raises LookupError: the plugin is missing.
        """
        return TrustedBrowsers(
            accounts=self.accounts,
            policy=self.policy,
            now=self.now,
            fingerprint=partial(fingerprint, self.site.acl_users),
        )

    @cached_property
    def password_access(self) -> PasswordAccess:
        """The codes for who forgot a password. Raises LookupError like ``verifier``."""
        return PasswordAccess(verifier=self.verifier, password_attempts=PasswordAttempts(self._installed))

    @property
    def rate_limiter(self) -> IRateLimiter:
        """What counts the texts to all members."""
        return getUtility(IRateLimiter)

    @property
    def counters(self) -> UsageCounters:
        """The counters of texts and calls."""
        return UsageCounters(self.plugin)

    @property
    def gateway_counters(self) -> GatewayCounters:
        """The counters of what gateways did."""
        return GatewayCounters(self.plugin)

    @property
    def number_blocks(self) -> NumberBlocks:
        """The blocks of neighbouring numbers that are watched for text pumping."""
        return NumberBlocks(self.plugin)

    def can_send(self, channel: Channel = Channel.TEXT) -> bool:
        """Tell whether a gateway is there and configured for what goes by ``channel``."""
        return gateway_choice.can_send(self.site, channel)

    @property
    def sender(self) -> str:
        """The number from which all texts of the site come, '' if it is none or not always the same."""
        return gateway_choice.sender(self.site)

    @property
    def _installed(self) -> SMSAuthPlugin:
        if self.plugin is None:
            raise LookupError("Two-step verification is not installed in this site.")
        return self.plugin

    def _post(self, text: Text, *, user_id: str, challenge: Challenge | None) -> None:
        report = (
            DeliveryRecorder(self.plugin, user_id, challenge, text.windows)
            if challenge is not None
            else NoticeRecorder(self.plugin, text.to, budget.day_of(self.now))
        )
        if text.channel is Channel.EMAIL:
            message = mailer.compose(text.to, self.verifier.wording.subject(), text.body)
            mailer.post(message, report, report.never_left)
            return
        gateways = gateway_choice.ready(self.site, text.channel)
        if challenge is not None:
            gateways = tuple(self._with_status_url(one, user_id, challenge) for one in gateways)
        getUtility(IDispatcher).dispatch(replace(text, windows=()), gateways, report, report.never_left, report.tried)

    def _with_status_url(self, one: ConfiguredGateway, user_id: str, challenge: Challenge) -> ConfiguredGateway:
        root, view, keys = self.site.absolute_url(), getattr(one.gateway, "status_view", ""), self.keys("signing")
        return replace(one, status_url=status_callback.url(root, view, keys, user_id=user_id, challenge=challenge))


class SiteJudgements:
    """Where the answers of one site are judged: in its own database, in a transaction of its own."""

    def __init__(self, site: Any, plugin: Any, request: Any) -> None:
        self._request = request
        self._plugin = plugin
        self._transaction = OwnTransaction(site, request)
        self._stood = False

    def run(self, name: object, work: Callable[[Records], Any]) -> Any:
        """Return what ``work`` returns once that is committed; see ``OwnTransaction.run``.

        :raises ConflictError: the session of this request was ended since it began.
        """

        def judge(site: Any) -> Any:
            plugin = plugin_of(site.acl_users)
            if not self._stands(plugin):
                raise SessionEnded
            result = work(_records_of(plugin))
            self._stood = self._stands(plugin)  # the work may end it, too
            return result

        try:
            return self._transaction.run(name, judge)
        except SessionEnded:
            raise ConflictError("The session of this request was ended.") from None

    def has_run(self, name: object) -> bool:
        """Tell whether this request, in this attempt or one before, has committed a judgement of that name."""
        return self._transaction.has_run(name)

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
        if is_up_to_date and self._stood and not self._stands(self._plugin):
            raise ConflictError("The session of this request was ended.")
        return is_up_to_date

    def _stands(self, plugin: Any) -> bool:
        # Who is in effect is asked each time: the verifier may have been made before anybody was authenticated.
        user_id = getSecurityManager().getUser().getId()
        return not user_id or self._request is None or plugin.gate(self._request).still_stands(user_id)


class SessionEnded(Exception):
    """The session of the request was ended while it was under way."""


def email_of(user_id: str) -> str:
    """Return the e-mail address in the profile of a user id, '' if there is none."""
    member = api.user.get(userid=user_id)
    address = member.getProperty("email", "") if member is not None else ""
    return address if isinstance(address, str) else ""


def _records_of(plugin: Any) -> Records:
    return Records(
        accounts=plugin.accounts,
        counters=UsageCounters(plugin),
        number_blocks=NumberBlocks(plugin),
        password_attempts=PasswordAttempts(plugin),
    )
