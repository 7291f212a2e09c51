"""POST ``@smsauth/step-up`` and ``@smsauth/step-up/verify``: a session that was let in without a code becomes one in which it was given."""

from collective.smsauth.flows import sign_in
from collective.smsauth.flows import step_up
from collective.smsauth.flows.subject import Subject
from collective.smsauth.services import refusals
from collective.smsauth.services import tokens
from collective.smsauth.services.member import MemberService
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.services.service import Field
from collective.smsauth.services.sign_in import of_answer
from collective.smsauth.services.step import Step
from collective.smsauth.verification.results import Receipt
from collective.smsauth.verification.results import SendRefusal
from dataclasses import replace
from typing import Any

VERIFY = "verify"


class StepUp(MemberService):
    """Sends the code, or judges it. The session goes on with another proof, and under another token."""

    demands_step = False
    most_names = 1
    fields = (Field(name="code"),)

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return what is asked for, the new token, or why there is none."""
        if self.names not in ([], [VERIFY]):
            return refusals.not_found()
        if not member.account.is_bound:
            return refusals.of_receipt(Receipt(sent=False, refusal=SendRefusal.NO_NUMBER))
        if tokens.plugin_of(self.parts.site.acl_users) is None:
            return refusals.no_tokens()
        return self._verify(member, data) if self.names else self._begin(member)

    def _begin(self, member: Subject) -> Any:
        subject, receipt = step_up.begin(self.request, member.user_id)
        step = Step(subject, receipt).json()
        if receipt.refusal is None:
            return self.accepted(step)
        return _without_flow(refusals.of_receipt(receipt, second_step=step))

    def _verify(self, member: Subject, data: dict[str, Any]) -> Any:
        if "code" not in data:
            return refusals.of_field("code")
        before = step_up.pending(self.request, member.user_id)
        newest = before.code
        verdict = step_up.answer(self.request, member.user_id, data["code"])
        if not verdict.accepted:
            return _without_flow(of_answer(before, verdict, newest=newest, none_open=409))
        sign_in.enter(self.context, self.request, member.user_id, verdict.proof, verdict.session)
        return {"token": tokens.new(self.request)}


def _without_flow(refusal: Refusal) -> Refusal:
    # What was not begun here is not handed out: whoever has a flow goes on with it without the session.
    step = {**refusal.more["second_step"], "flow": ""}
    return replace(refusal, more={**refusal.more, "second_step": step})
