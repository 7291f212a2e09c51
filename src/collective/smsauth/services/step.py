"""What is asked for next of a member whose sign-in is pending, in JSON. All addresses in it are masked."""

from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.contact_points import numbers_of
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.flows import channel_messages
from collective.smsauth.flows import delivery_messages
from collective.smsauth.flows import messages
from collective.smsauth.flows import pending_sign_in
from collective.smsauth.flows import problems
from collective.smsauth.flows import sign_in
from collective.smsauth.flows import trusted_browsers
from collective.smsauth.flows.problems import Problem
from collective.smsauth.flows.requester import client_address
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.subject import Subject
from collective.smsauth.verification.results import Receipt
from collective.smsauth.verification.results import SendRefusal
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zope.i18n import translate

CODE, SET_UP, PROBLEM = "code", "set-up", "problem"


@dataclass(frozen=True)
class Step:
    """The next step of ``subject``. ``receipt`` is what came of asking for a code in this request, None if none was asked for."""

    subject: Subject
    receipt: Receipt | None = None

    def json(self, **more: Any) -> dict[str, Any]:
        """Return the step; ``more`` takes the place of what is on record."""
        parts, challenge, account = self.subject.parts, self._challenge, self.subject.account
        expires, tries = self._answerable
        purpose = Purpose.SET_UP if self.subject.must_set_up else Purpose.SIGN_IN
        trusts = trusted_browsers.is_offered(parts.request, self.subject.user_id) and not effective_user_id()
        return {
            "flow": pending_sign_in.flow(parts.request, self.subject.pending),
            "action": self.action,
            "channel": self._channel.value,
            "to": self._masked(challenge.to) if challenge is not None else "",
            "reference": challenge.reference if challenge is not None and self._channel is not Channel.VOICE else "",
            "digits": parts.policy.code_length,
            "expires_in": expires,
            "tries_left": tries,
            "resend_in": parts.verifier.seconds_until_resend(self.subject.user_id, purpose),
            "sent": self._was_sent,
            "prepared": self._takes_prepared,
            "delivery": self._delivery,
            "routes": [self._route(route) for route in self._routes],
            "recovery_codes": bool(account.recovery),
            "trust_days": parts.policy.trust_days if trusts else 0,
            **self._why,
            **more,
        }

    @cached_property
    def action(self) -> str:
        """What the client is to show."""
        if self.subject.must_set_up:
            return SET_UP if self._challenge is None else CODE
        return PROBLEM if self._problem is not None else CODE

    @cached_property
    def _challenge(self) -> Challenge | None:
        return self.subject.set_up if self.subject.must_set_up else self.subject.code

    @cached_property
    def _is_open(self) -> bool:
        parts, challenge = self.subject.parts, self._challenge
        return challenge is not None and challenge.is_open(now=parts.now, max_tries=parts.policy.max_tries)

    @cached_property
    def _routes(self) -> tuple[Route, ...]:
        return self.subject.parts.verifier.routes(self.subject.user_id)

    @cached_property
    def _problem(self) -> Problem | None:
        if self.subject.must_set_up:
            return None
        return problems.problem_of(self.subject, self._routes, self._challenge)

    @property
    def _channel(self) -> Channel:
        if self._challenge is not None:
            return self._challenge.route.channel
        return self._routes[0].channel if self._routes else Channel.TEXT

    @property
    def _takes_prepared(self) -> bool:
        return self.subject.prepared is not None and not self._is_open

    @property
    def _was_sent(self) -> bool:
        return self.receipt.sent if self.receipt is not None else self._is_open

    @property
    def _answerable(self) -> tuple[int, int]:
        # For how many seconds, and how often, what is asked for can still be answered.
        parts, asked = self.subject.parts, self._challenge if self._is_open else self.subject.prepared
        return (int(asked.expires - parts.now), parts.policy.max_tries - asked.tries) if asked is not None else (0, 0)

    @property
    def _delivery(self) -> str:
        if self._challenge is None:
            return "unknown"
        status = DeliveryStatus(self._challenge.delivery)
        return "failed" if status.failed else status.value

    @property
    def _why(self) -> dict[str, str]:
        # Why no code comes, and what to do: as the pages say it.
        request = self.subject.parts.request
        if self._problem is not None:
            words = translate(problems.words(self._problem), context=request)
            return {"reason": self._problem.value, "advice": words}
        refused = self._refusal
        if refused is not None:
            words = translate(messages.of_refusal(refused[0], wait=refused[1]), context=request)
            return {"reason": refused[0].value, "advice": words}
        if self._challenge is not None and self._is_open:
            return {"advice": translate(delivery_messages.of_challenge(self._challenge), context=request)}
        return {}

    @property
    def _refusal(self) -> tuple[SendRefusal, int] | None:
        if self.action == SET_UP or self._takes_prepared:
            return None
        if self.receipt is not None:
            return (self.receipt.refusal, self.receipt.wait) if self.receipt.refusal is not None else None
        if self._challenge is not None:
            return None
        user_id, here = self.subject.user_id, client_address(self.subject.parts.request)
        route = next(iter(self._routes), None)
        found: tuple[SendRefusal, int] | None = self.subject.parts.verifier.refusal(
            user_id, Purpose.SIGN_IN, route, client_address=here
        )
        return None if found is not None and found[0] is SendRefusal.TOO_SOON else found

    def _route(self, route: Route) -> dict[str, str]:
        name = sign_in.names_of_route(self.subject.user_id, route)[0]
        return {"name": name, "channel": route.channel.value, "to": self._masked(route.to)}

    def _masked(self, address: str) -> str:
        return channel_messages.masked(address, numbers_of(self.subject.account))
