"""Signing in in two steps: ``@login-verify``, ``@login-resend``, ``@login-flow`` and ``@login-setup``.

Between password and code the client carries the flow, in bodies only. See ``login`` for what begins one.
"""

from collective.smsauth import _
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import channels_of
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.domain.session import Means
from collective.smsauth.flows import acts
from collective.smsauth.flows import email_alone
from collective.smsauth.flows import pending_sign_in
from collective.smsauth.flows import reminder
from collective.smsauth.flows import sign_in
from collective.smsauth.flows import trusted_browsers
from collective.smsauth.flows.pending_sign_in import PendingSignIn
from collective.smsauth.flows.requester import client_address
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.subject import own_member_in_effect
from collective.smsauth.flows.subject import Subject
from collective.smsauth.flows.subject import with_pending
from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.services import refusals
from collective.smsauth.services import tokens
from collective.smsauth.services.numbers import number_in
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.services.service import Field
from collective.smsauth.services.service import StepService
from collective.smsauth.services.status import timestamp
from collective.smsauth.services.step import Step
from collective.smsauth.verification.results import Receipt
from collective.smsauth.verification.results import SendRefusal
from collective.smsauth.verification.results import Verdict
from typing import Any
from zope.interface import implementer

_FLOW = Field(name="flow", required=True)


@implementer(ISecondStepView)
class FlowService(StepService):
    """A service about a sign-in that is pending: for whoever has its flow, while nobody else is in effect."""

    fields: tuple[Field, ...] = (_FLOW,)
    #: Whether it does nothing but look: then it may be asked as often as a client that watches the delivery does.
    is_look = False

    def answer(self, data: dict[str, Any]) -> Any:
        """Return what the service answers to the member whose sign-in it is, or why it does nothing."""
        pending = self.pending_of(data)
        if pending is None or not self._may_be_sent_by(pending.user_id):
            return refusals.over()
        subject = with_pending(self.request, pending)
        # of a member in effect it is counted already
        is_counted = not self.is_look and not effective_user_id()
        wait = acts.count(self.request, subject.name) if is_counted else 0
        return refusals.of_acts(wait) if wait else self.answer_to(subject, data)

    def answer_to(self, subject: Subject, data: dict[str, Any]) -> Any:
        """Return what the service answers to the fields of the body, or why it does nothing."""
        raise NotImplementedError

    def pending_of(self, data: dict[str, Any]) -> PendingSignIn | None:
        """Return the sign-in that is pending, None if it is over."""
        return pending_sign_in.of_flow(self.request, data["flow"])

    def on_its_way(self, subject: Subject, receipt: Receipt) -> Any:
        """Return that a code is on its way, or why not."""
        step = Step(subject, receipt).json()
        if receipt.sent:
            return self.accepted({"second_step": step})
        return refusals.of_receipt(receipt, second_step=step)

    def _refusal_of_acts(self) -> Refusal | None:
        return None if self.is_look else super()._refusal_of_acts()

    def _may_be_sent_by(self, user_id: str) -> bool:
        if not effective_user_id():
            return True
        member = own_member_in_effect(self.request)
        return member is not None and member.user_id == user_id


class Look(FlowService):
    """POST ``@login-flow``: how the sign-in stands."""

    is_look = True

    def answer_to(self, subject: Subject, data: dict[str, Any]) -> Any:
        """Return the next step."""
        return {"second_step": Step(subject).json()}


class Resend(FlowService):
    """POST ``@login-resend``: a new code, the same way or another one."""

    fields = (_FLOW, Field(name="route"))

    def answer_to(self, subject: Subject, data: dict[str, Any]) -> Any:
        """Return that a code is on its way, or why not."""
        if subject.must_set_up:
            if subject.set_up is None or "route" in data:
                refusal = SendRefusal.NO_NUMBER if subject.set_up is None else SendRefusal.NOT_YOURS
                return self.on_its_way(subject, Receipt(sent=False, refusal=refusal))
            return self.on_its_way(subject, subject.set_up_proof.send_again())
        routes = self.parts.verifier.routes(subject.user_id)
        route = sign_in.route_named(subject.user_id, routes, data.get("route"))
        if route is None and "route" in data:
            return self.on_its_way(subject, Receipt(sent=False, refusal=SendRefusal.NOT_YOURS))
        here = client_address(self.request)
        pending, receipt = sign_in.send_again(self.request, subject.pending, client_address=here, route=route)
        return self.on_its_way(with_pending(self.request, pending), receipt)


class SetUp(FlowService):
    """POST ``@login-setup``: the number, or the e-mail address, of a member who has to set one up before they are signed in."""

    fields = (_FLOW, Field(name="mobile_number"), Field(name="channel"))

    def answer_to(self, subject: Subject, data: dict[str, Any]) -> Any:
        """Return that a code is on its way to the number, or why not."""
        if not subject.must_set_up:
            words = _(
                "rest_error_has_number", default="There is a phone number already: enter the code that is sent there."
            )
            step = {"second_step": Step(subject).json()}
            return Refusal(status=409, reason=refusals.NOT_ALLOWED, message=words, more=step)
        if "mobile_number" not in data:
            by_email = data.get("channel") == Channel.EMAIL.value and email_alone.is_offered(subject)
            return self._by_email(subject) if by_email else refusals.of_field("mobile_number")
        number = number_in(data["mobile_number"], self.parts)
        if isinstance(number, PhoneProblem):
            return refusals.of_number("mobile_number", number)
        channel = None
        if "channel" in data:
            possible = channels_of(number, self.parts.policy.channels)
            channel = next((one for one in possible if one.value == data["channel"]), None)
            if channel is None:
                words = _("rest_error_channel", default="No code can be sent to this number in this way.")
                return refusals.unusable("channel", words)
        proof = subject.set_up_proof
        receipt = proof.send(number, channel=channel)
        if not receipt.sent and proof.is_underway(number) and channel in (None, subject.set_up.route.channel):
            return self.accepted({"second_step": Step(subject).json()})
        return self.on_its_way(subject, receipt)

    def _by_email(self, subject: Subject) -> Any:
        proof, email = subject.set_up_proof, email_alone.address_to_prove(subject)
        if not email:
            return refusals.unusable("channel", email_alone.NO_ADDRESS)
        receipt = proof.send(email)
        if not receipt.sent and proof.is_underway(email):
            return self.accepted({"second_step": Step(subject).json()})
        return self.on_its_way(subject, receipt)


class Verify(FlowService):
    """POST ``@login-verify``: the right code signs in. It does so once: what is sent again gets no session."""

    fields = (_FLOW, Field(name="code", required=True), Field(name="trust", type=bool))

    def answer_to(self, subject: Subject, data: dict[str, Any]) -> Any:
        """Judge the code, and return a token, or why it is not accepted."""
        if tokens.plugin_of(self.parts.site.acl_users) is None:
            return refusals.no_tokens()
        # how it stands now: afterwards, the sign-in is over for all that may tell of it
        newest, user_id = subject.set_up if subject.must_set_up else subject.code, subject.user_id
        verdict = self._verdict(subject, data["code"])
        if not verdict.accepted:
            return self._not_accepted(subject, verdict, newest)
        if data.get("trust") and not effective_user_id():
            trusted_browsers.remember(self.request, user_id, verdict.proof)
        if sign_in.enter(self.context, self.request, user_id, verdict.proof, verdict.session) is None:
            return refusals.over()
        return signed_in(self.request, verdict.means)

    def pending_of(self, data: dict[str, Any]) -> PendingSignIn | None:
        """Return the sign-in that is pending, also one that this very answer has completed in an attempt that ended in a conflict."""
        standing = super().pending_of(data)
        if standing is not None:
            return standing
        carried = pending_sign_in.in_flow(self.request, data["flow"])
        if carried is None:
            return None
        was_judged = self._has_judged_set_up(carried, data["code"]) or self.parts.verifier.was_judged(
            carried.user_id, Purpose.SIGN_IN, data["code"], binding=carried.token
        )
        return carried if was_judged else None

    def _has_judged_set_up(self, pending: PendingSignIn, code: str) -> bool:
        judged: bool = self.parts.verifier.was_judged(pending.user_id, Purpose.SET_UP, code, binding=pending.name)
        return judged

    def _verdict(self, subject: Subject, code: str) -> Verdict:
        if subject.must_set_up or self._has_judged_set_up(subject.pending, code):
            return subject.set_up_proof.answer(code, once=True)
        token = subject.pending.token if subject.pending is not None else ""
        verdict: Verdict = self.parts.verifier.verify_sign_in(subject.user_id, code, pending=token, once=True)
        return verdict

    def _not_accepted(self, subject: Subject, verdict: Verdict, newest: Any) -> Refusal:
        if pending_sign_in.standing(self.request, subject.pending) is None:
            return refusals.over()
        return of_answer(subject, verdict, newest=newest)


def of_answer(subject: Subject, verdict: Verdict, *, newest: Any, none_open: int = 422) -> Refusal:
    """Return the refusal of an answer, with the step as it stands; ``none_open`` is the status where no code could be answered."""
    is_counted = verdict.outcome is Outcome.WRONG and verdict.means is Means.CODE
    step = Step(subject).json(**({"tries_left": verdict.tries_left} if is_counted else {}))
    length = subject.parts.policy.code_length
    status = none_open if verdict.outcome is Outcome.NONE_OPEN else 0
    return refusals.of_verdict(verdict, length=length, newest=newest, status=status, second_step=step)


def signed_in(request, means: Means | None = None) -> dict[str, Any]:
    """Return what a client gets whose member is in effect from now on; ``means`` is how the second step was made, None if it was not."""
    answer: dict[str, Any] = {"token": tokens.new(request)}
    if means is not None:
        answer["means"] = means.value
    if means is Means.RECOVERY_CODE:
        member = own_member_in_effect(request)
        answer["recovery_codes_left"] = len(member.account.recovery) if member is not None else 0
    return {**answer, **reminder_of(request)}


def reminder_of(request) -> dict[str, str]:
    """Return until when the password alone is enough for the member who has just signed in, if they are to be told."""
    begins = reminder.due_at_sign_in(request)
    return {} if begins is None else {"reminder_until": timestamp(begins)}
