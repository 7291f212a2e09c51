"""The phone numbers of a member in their profile, for administrators: set, verified with the member on the phone, removed."""

from AccessControl.SecurityManagement import getSecurityManager
from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth.administration import help_desk
from collective.smsauth.browser.forms.administrator import is_genuine
from collective.smsauth.browser.forms.administrator import why_not
from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.browser.forms.plain_input import scrub
from collective.smsauth.domain import channels
from collective.smsauth.domain import phone
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import ContactPoint
from collective.smsauth.domain.channels import Standing
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.flows import messages
from collective.smsauth.flows.contact_points import ContactPoints
from collective.smsauth.permissions import MANAGE
from plone import api
from plone.app.layout.viewlets.common import ViewletBase
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from typing import Any
from urllib.parse import urlencode
from zope.i18nmessageid import Message

_BUTTON = "form.buttons."
_UNPROVED = (Standing.CLAIMED, Standing.PENDING)
_STANDINGS = {
    Standing.CLAIMED: _("number_claimed", default="not verified"),
    Standing.PENDING: _("number_pending", default="not verified; a code was sent there"),
    Standing.VERIFIED: _("number_verified", default="verified"),
}
_LOGGED = {"_set": "set", "_send": "sent a code", "_verify": "verified", "_remove": "removed"}
_PRIMARY = _("number_primary", default="verified, the primary number")


def member_of(parts: Any, user_id: object) -> Any:
    """Return the member of this site with that user id (a user of PAS), None if there is none."""
    user = parts.site.acl_users.getUserById(user_id) if isinstance(user_id, str) and user_id else None
    return user if user is not None and parts.plugin is not None and parts.gate.is_own(user) else None


class MobileNumbersViewlet(HasParts, ViewletBase):
    """The box above the profile of another member. What it asks for is done by ``@@smsauth-numbers``."""

    index = ViewPageTemplateFile("templates/mobile_numbers.pt")
    user: Any = None

    def update(self) -> None:
        """Find out whose profile it is, and whether the numbers may be shown."""
        super().update()
        user, actor = member_of(self.parts, self.request.form.get("userid")), getSecurityManager().getUser()
        if user is None or user.getId() == actor.getId() or not api.user.has_permission(MANAGE, obj=self.context):
            return
        gate = self.parts.gate
        if not gate.is_own(actor) or gate.has_given(actor.getId()):
            self.user = user
            self.may_act = not help_desk.is_out_of_reach(user)
            self.known = ContactPoints(user_id=user.getId(), parts=self.parts)

    def render(self) -> str:
        """Show nothing to who may not manage members, and on their own profile."""
        return self.index() if self.user is not None else ""

    @property
    def action(self) -> str:
        """Where the buttons lead."""
        return f"{self.context.absolute_url()}/@@smsauth-numbers"

    @property
    def user_id(self) -> str:
        """Whose numbers these are."""
        found: str = self.user.getId()
        return found

    @property
    def unproved(self) -> bool:
        """Whether there is a number that is not verified."""
        return self.known.unproved is not None

    @property
    def awaits_code(self) -> bool:
        """Whether a code that was sent to it can still be entered."""
        proof = self.known.proof
        return proof is not None and proof.is_underway(self.known.unproved.number)

    def rows(self) -> list[dict[str, Any]]:
        """Return the numbers, each with how it stands and the name by which it is removed ('' if it cannot be)."""
        points = [point for point in self.known.points() if not channels.is_email(point.address)]
        return [self._row(point) for point in points]

    def _row(self, point: ContactPoint) -> dict[str, Any]:
        shown = phone.readable if self.may_act else phone.mask
        return {
            "number": shown(point.address),
            "standing": _PRIMARY if point.primary else _STANDINGS[point.standing],
            "name": "" if point.primary or not self.may_act else self.known.name_of(point),
        }


@require_second_step
class MobileNumbers(HasParts, BrowserView):
    """``@@smsauth-numbers``: does what was asked for in the profile of a member, and leads back there."""

    def __call__(self) -> str:
        """Do it, and say what came of it."""
        self.request.response.setHeader("Cache-Control", "no-store, private")
        scrub(self.request)
        form = self.request.form
        actions = {"set": self._set, "send": self._send, "verify": self._verify, "remove": self._remove}
        asked = next((action for name, action in actions.items() if f"{_BUTTON}{name}" in form), None)
        user = member_of(self.parts, form.get("userid"))
        if asked is not None:
            message, is_done = self._answer(asked, user)
            api.portal.show_message(message, request=self.request, type="info" if is_done else "error")
        query = urlencode({"userid": user.getId()}) if user is not None else ""
        page = "@@user-information" if user is not None else "@@usergroup-userprefs"
        self.request.response.redirect(f"{self.context.absolute_url()}/{page}?{query}")
        return ""

    def _answer(self, action: Any, user: Any) -> tuple[Message, bool]:
        if not is_genuine(self.context, self.request):
            return why_not(self.request), False
        if user is None:
            return _("refusal_unknown_member", default="There is no such member in this site."), False
        if user.getId() == getSecurityManager().getUser().getId():
            words = _("refusal_self", default="Your own two-step verification is changed in your account, not here.")
            return words, False
        if help_desk.refusal_of(user.getId()) is not None:
            return _("refusal_manager", default="Only Managers may do this for a Manager."), False
        answer: tuple[Message, bool] = action(ContactPoints(user_id=user.getId(), parts=self.parts))
        if answer[1]:
            help_desk.log(user.getId(), f"number {_LOGGED[action.__name__]}")
        return answer

    def _set(self, known: ContactPoints) -> tuple[Message, bool]:
        policy = self.parts.policy
        number = phone.parse(
            self.request.form.get("mobile_number", ""),
            policy.default_region,
            calls=Channel.VOICE in policy.channels,
        )
        if isinstance(number, PhoneProblem):
            return messages.of_phone(number), False
        if not known.claim(number):
            return _("message_number_known", default="This number is verified already."), False
        words = _(
            "message_number_set",
            default="The number was set. It is used for nothing until it is verified: by the member, or by you with the member on "
            "the phone.",
        )
        return words, True

    def _send(self, known: ContactPoints) -> tuple[Message, bool]:
        receipt = known.send_again()
        if not receipt.sent:
            return messages.of_refusal(receipt.refusal, wait=receipt.wait), False
        return _("message_code_sent", default="A code was sent. Enter what the member reads out to you."), True

    def _verify(self, known: ContactPoints) -> tuple[Message, bool]:
        verdict = known.prove(self.request.form.get("code", ""), by_other=True)
        if verdict.accepted:
            return _("message_number_verified", default="The number is verified. The member is told by e-mail."), True
        length = self.parts.policy.code_length
        words = messages.of_outcome(verdict.outcome, tries=verdict.tries_left, wait=verdict.wait, length=length)
        return words, False

    def _remove(self, known: ContactPoints) -> tuple[Message, bool]:
        point = known.named(self.request.form.get("point"))
        is_number = point is not None and not channels.is_email(point.address)
        if is_number and point.standing in _UNPROVED:
            known.withdraw()
        elif not is_number or point.primary or not known.remove(point.address):
            return _("message_number_gone", default="This number is not one that can be removed."), False
        return _("message_number_removed", default="The number was removed."), True
