"""One contact point of the member in effect: to be verified, made the primary number, or taken off."""

from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth.browser.forms import password_field
from collective.smsauth.browser.forms.step import StepForm
from collective.smsauth.domain import channels
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import ContactPoint
from collective.smsauth.domain.channels import Standing
from collective.smsauth.flows import channel_messages
from collective.smsauth.flows import messages
from collective.smsauth.flows import reauthentication
from collective.smsauth.flows.contact_points import ContactPoints
from collective.smsauth.flows.subject import member_in_effect
from collective.smsauth.flows.subject import Subject
from z3c.form import button

BACK = "@@smsauth-contacts"
POINT = "point"
_UNPROVED = (Standing.CLAIMED, Standing.PENDING)


@require_second_step
class ContactForm(password_field.AsksPassword, StepForm):
    """``@@smsauth-contact``: the point is named by a keyed digest, which fits the member's own ones only."""

    schema = password_field.IPassword
    subject: Subject | None = None
    _point: ContactPoint | None = None
    _chosen = ""
    _became_primary = False

    @property
    def label(self):
        """Return the title: the address, which is its owner's."""
        if self._point is None:
            return _("title_contacts", default="Phone numbers and e-mail address")
        return channel_messages.shown(self._point.address)

    @property
    def token_owner(self) -> str:
        """The member and the point that the form is about."""
        return f"{self.subject.name}/{self._chosen}" if self.subject else ""

    def update(self) -> None:
        """Find the contact point."""
        self.subject = member_in_effect(self.request)
        self._chosen = self.request.form.get(POINT, "")
        found = self._points.named(self._chosen) if self.subject else None
        # who has no number yet has nothing but one that they are to prove
        is_there = found is not None and (self.subject.account.is_bound or not channels.is_email(found.address))
        self._became_primary = is_there and found.primary
        if is_there and not found.primary:
            self._point, self._chosen = found, self._points.name_of(found)
        self.has_form = self.can_verify() or self.can_remove()
        super().update()

    @property
    def _points(self) -> ContactPoints:
        return ContactPoints(user_id=self.subject.user_id, parts=self.parts)

    def updateFields(self) -> None:
        """Ask for the password only where the sign-in is long ago."""
        super().updateFields()
        if self.subject is None or not reauthentication.is_asked(self.request, self.subject.user_id):
            self.fields = self.fields.omit("password")

    def kept(self) -> list:
        """Return what the form carries on."""
        return [{"name": POINT, "value": self._chosen}] if self._point else []

    def lead(self) -> list:
        """Return how it stands, and what can be done."""
        if self._point is None:
            return [
                _(
                    "lead_contact_gone",
                    default="This number or address is not in your list. Nothing has been changed.",
                )
            ]
        if self.is_unproved():
            return [
                _(
                    "lead_contact_unproved",
                    default="This number is not verified. To verify it, have a code sent there and enter it. Until then, it is used for "
                    "nothing.",
                )
            ]
        if self._point.standing is not Standing.VERIFIED and not self.can_verify():
            return [
                _("lead_contact_no_email", default="This site sends no codes by e-mail, so there is nothing to verify.")
            ]
        if self.can_verify():
            if self.subject.account.email_alone:
                return [
                    _(
                        "lead_contact_email_alone",
                        default="To verify this address, have a code sent there and enter it. From then on, login codes "
                        "go there, and no longer to the former address. You are then logged out everywhere else.",
                    )
                ]
            return [
                _(
                    "lead_contact_email",
                    default="To verify this address, have a code sent there and enter it. From then on, login codes "
                    "can be sent by e-mail, too.",
                )
            ]
        if self.can_be_primary():
            return [
                _(
                    "lead_contact_number",
                    default="Codes can be sent to this number. If you make it the primary one, codes go there first, "
                    "and the present one stays as another way. You are then logged out everywhere else.",
                )
            ]
        return [_("lead_contact_remove", default="This address is verified: codes can be sent there.")]

    def links(self) -> list:
        """Return the way to where the code is entered, if one is under way, and the way back."""
        links = [(self.url(BACK), _("link_contacts", default="Back to the list"))]
        if self.is_unproved() and self._points.proof.is_underway(self._point.address):
            links.insert(0, (self.url(self._code_page()), _("link_enter_code", default="Enter the code")))
        return links

    @button.buttonAndHandler(
        _("button_send", default="Send a code"), name="send", condition=lambda form: form.can_verify()
    )
    def handle_send(self, action):
        """Send a code to the e-mail address in the profile, or to the number."""
        if not self._may_act(action):
            return
        points, address = self._points, self._point.address
        flow = points.proof if self.is_unproved() else points.proof_of_email
        receipt = points.send_again() if self.is_unproved() else flow.send(address)
        if receipt.sent or flow.is_underway(address):
            self.go(self._code_page())
        else:
            self.refuse(action, messages.of_refusal(receipt.refusal, wait=receipt.wait))

    @button.buttonAndHandler(
        _("button_primary", default="Make it the primary number"),
        name="primary",
        condition=lambda form: form.can_be_primary() or form.became_primary(),
    )
    def handle_primary(self, action):
        """Have codes go there first; the session at hand goes on, all others end."""
        if not self.became_primary():
            if not self._may_act(action):
                return
            self._points.make_primary(self._point.address)
        self.go(BACK, _("message_primary", default="Codes go to this number first from now on."))

    @button.buttonAndHandler(
        _("button_remove", default="Remove"),
        name="remove",
        condition=lambda form: form.can_remove() or form.was_removed(),
    )
    def handle_remove(self, action):
        """Take it off: codes can no longer be sent there."""
        if not self.was_removed():
            if not self._may_act(action):
                return
            if self.is_unproved():
                self._points.withdraw()
            else:
                self._points.remove(self._point.address)
        self.go(BACK, _("message_removed", default="Removed. No codes are sent there any more."))

    def can_verify(self) -> bool:
        """Whether a code can be sent there to prove it: further numbers are typed on the page before."""
        point = self._point
        if point is None or point.standing is Standing.VERIFIED:
            return False
        if self.subject.account.email_alone and not self.is_unproved():
            return self.parts.policy.takes_email_alone
        return self.is_unproved() or Channel.EMAIL in self.parts.policy.channels

    def is_unproved(self) -> bool:
        """Whether it is a number that was claimed or asked for."""
        point = self._point
        return point is not None and point.standing in _UNPROVED and not channels.is_email(point.address)

    def can_be_primary(self) -> bool:
        """Whether it is a verified number."""
        return self._is_verified() and not channels.is_email(self._point.address)

    def can_remove(self) -> bool:
        """Whether it is verified, or a number that is to be."""
        return self._is_verified() or self.is_unproved()

    def _is_verified(self) -> bool:
        return self._point is not None and self._point.standing is Standing.VERIFIED

    def _code_page(self) -> str:
        proof = self._points.proof if self.is_unproved() else self._points.proof_of_email
        return "@@smsauth-confirm" if proof.purpose is Purpose.SET_UP else BACK

    def became_primary(self) -> bool:
        """Whether it is the primary number by now: a form in which it could become that was sent twice."""
        return self._became_primary and self._point is None

    def was_removed(self) -> bool:
        """Whether it is in the list no longer: a form in which it could be removed was sent twice."""
        return self.subject is not None and self._point is None and not self._became_primary

    def _may_act(self, action) -> bool:
        data, errors = self.extractData()
        return (
            not errors and self._point is not None and password_field.confirms(self, action, self.subject.user_id, data)
        )
