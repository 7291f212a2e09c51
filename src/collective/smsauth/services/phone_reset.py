"""POST ``@smsauth-reset`` and ``@smsauth-reset/confirm``: the codes of a member who lost the phone go to another one."""

from collective.smsauth import _
from collective.smsauth.domain import phone
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.domain.session import hashed
from collective.smsauth.flows import acts
from collective.smsauth.flows import phone_reset
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.services import refusals
from collective.smsauth.services.numbers import number_in
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.services.service import Field
from collective.smsauth.services.service import StepService
from typing import Any
from zope.interface import implementer

CONFIRM = "confirm"
LONGEST_USERNAME = 200


@implementer(ISecondStepView)
class Reset(StepService):
    """Answers the same whether or not there is such an account."""

    most_names = 1

    @property
    def fields(self) -> tuple[Field, ...]:
        """What is taken by the one and by the other; nothing is asked of a name that stands for nothing."""
        taken = {(): ("username", "mobile_number"), (CONFIRM,): ("signed", "code")}.get(tuple(self.names), ())
        return tuple(Field(name=name, required=True) for name in taken)

    def answer(self, data: dict[str, Any]) -> Any:
        """Have link and code sent to whom they may concern, or put the new number in place. Nobody is signed in by it."""
        if self.names not in ([], [CONFIRM]):
            return refusals.not_found()
        return self._confirm(data) if self.names else self._ask(data)

    def _ask(self, data: dict[str, Any]) -> Any:
        username, number = username_in(data), number_in(data["mobile_number"], self.parts)
        if isinstance(username, Refusal):
            return username
        if isinstance(number, PhoneProblem):
            return refusals.of_number("mobile_number", number)
        phone_reset.ask(self.request, username, number)
        policy = self.parts.policy
        return self.accepted({"digits": policy.code_length, "expires_in": policy.reset_link_lifetime})

    def _confirm(self, data: dict[str, Any]) -> Any:
        link = phone_reset.read(data["signed"], code=data["code"])
        if link is None:
            return _gone()
        if link.is_foreign:
            words = _("lead_verify_other", default="You are logged in with another account. Log out first.")
            return Refusal(status=403, reason=refusals.NOT_ALLOWED, message=words)
        wait = 0 if effective_user_id() else acts.count(self.request, hashed(link.signature))
        if wait:
            return refusals.of_acts(wait)
        verdict = self.parts.verifier.verify_reset(
            link.user_id, data["code"], signature=link.signature, link_id=link.link_id
        )
        if verdict.accepted:
            return {"mobile_number": phone.mask(link.number)}
        if verdict.outcome is Outcome.NONE_OPEN:
            return _gone()
        return refusals.of_verdict(verdict, length=self.parts.policy.code_length, tries_left=verdict.tries_left)


def username_in(data: dict[str, Any]) -> str | Refusal:
    """Return the username of a body, or why it can be none."""
    username = data["username"].strip()
    if username and len(username) <= LONGEST_USERNAME:
        return username
    return refusals.unusable("username", _("rest_error_username", default="This cannot be a username."))


def _gone() -> Refusal:
    words = _(
        "lead_reset_invalid",
        default="This link does not work: it is too old, was used already, a newer one was asked for, or it is incomplete. "
        "Nothing has been changed.",
    )
    return Refusal(status=410, reason=Outcome.NONE_OPEN.value, message=words)
