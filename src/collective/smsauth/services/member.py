"""Services that need somebody to be signed in: a member for what is their own, administrators for what is another member's."""

from AccessControl.SecurityManagement import getSecurityManager
from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.flows import subject
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.subject import Subject
from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.pas.gate import Gate
from collective.smsauth.pas.lookup import gate_of
from collective.smsauth.permissions import MANAGE
from collective.smsauth.services import refusals
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.services.service import StepService
from collective.smsauth.storage import retries
from plone import api
from typing import Any
from zope.interface import implementer


def nobody(gate: Gate | None) -> Refusal:
    """Return the refusal of a request in which nobody is signed in; it tells whether only the second step is missing."""
    if gate is not None and any(not held.is_ended for held in gate.withheld):
        return refusals.owed()
    words = _("rest_error_nobody", default="Nobody is logged in.")
    return Refusal(status=401, reason=refusals.NOT_ALLOWED, message=words)


def second_step() -> Refusal:
    """Return the refusal of a session that was let in without a second step, where a real one is demanded."""
    words = _("rest_error_second_step", default="This asks for a code first: confirm it is you, then send this again.")
    return Refusal(status=403, reason=refusals.SECOND_STEP, message=words)


def not_allowed() -> Refusal:
    """Return the refusal of whoever may not do this."""
    words = _("rest_error_not_allowed", default="You may not do this.")
    return Refusal(status=403, reason=refusals.NOT_ALLOWED, message=words)


@implementer(ISecondStepView)
class MemberService(StepService):
    """A service about the second step of the member in effect. It is published for all, so that each refusal has its reason."""

    hides_without_plugin = False
    #: Whether a second step must have been given in this session, by whoever has one.
    demands_step = True

    def answer(self, data: dict[str, Any]) -> Any:
        """Return what the service answers to the member, or why it does nothing."""
        if self.parts.plugin is None:
            return refusals.not_found()
        member = subject.member_in_effect(self.request)
        if member is None:
            return not_allowed() if effective_user_id() else nobody(self.parts.gate)
        if self.demands_step and not self.parts.gate.has_given(member.user_id):
            return second_step()
        retries.note_member(member.user_id)
        return self.answer_to(member, data)

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return what the service answers to the fields of the body, or why it does nothing."""
        raise NotImplementedError


class ProvingService(MemberService):
    """A service that judges a code which may prove a primary number: all sessions end by that, and this one goes on by a new proof.

    A request that is run again after a conflict no longer finds the member in effect. It goes on with the one of the attempt in which the
    code was judged. That alone puts nobody in effect: the proof which that attempt made does, if it still stands.
    """

    def answer(self, data: dict[str, Any]) -> Any:
        """Return what the service answers to the member, or why it does nothing."""
        user_id, code = retries.noted_member(), data.get("code")
        is_again = bool(user_id) and self.parts.plugin is not None
        if is_again and self.parts.verifier.was_judged(user_id, Purpose.SET_UP, code):
            return self.answer_to(Subject(user_id=user_id, parts=self.parts), data)
        return super().answer(data)


def refusal_of_administrator(parts: wiring.Parts, *, permission: str = MANAGE) -> Refusal | None:
    """Return why whoever sends the request of ``parts`` may not act as an administrator in it; None if they may."""
    if not api.user.has_permission(permission, obj=parts.site):
        gate = gate_of(parts.site.acl_users, parts.request)
        return not_allowed() if getSecurityManager().getUser().getId() else nobody(gate)
    return second_step() if lacks_step(parts) else None


def lacks_step(parts: wiring.Parts) -> bool:
    """Tell whether the user in effect has a second step and was let in without it; users of the Zope root have none here."""
    user, gate = getSecurityManager().getUser(), gate_of(parts.site.acl_users, parts.request)
    return gate is not None and gate.is_own(user) and not gate.has_given(user.getId())


@implementer(ISecondStepView)
class AdministratorService(StepService):
    """A service for whoever may manage two-step verification, and gave a second step in this session if they have one."""

    hides_without_plugin = False
    permission = MANAGE
    #: Whether it needs the plugin, which somebody may have taken away: there is nothing then.
    needs_plugin = True

    def answer(self, data: dict[str, Any]) -> Any:
        """Return what the service answers to the administrator, or why it does nothing."""
        refusal = self.refusal_of_administrator()
        if refusal is None and self.needs_plugin and self.parts.plugin is None:
            refusal = refusals.not_found()
        return refusal if refusal is not None else self.answer_to_administrator(data)

    def refusal_of_administrator(self) -> Refusal | None:
        """Return why whoever sends this is not to use the service; None if they are."""
        return refusal_of_administrator(self.parts, permission=self.permission)

    def answer_to_administrator(self, data: dict[str, Any]) -> Any:
        """Return what the service answers to the fields of the body, or why it does nothing."""
        raise NotImplementedError
