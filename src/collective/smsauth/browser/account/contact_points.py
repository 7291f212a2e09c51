"""The contact points of the member in effect: the list, one more number, and the code that proves what is asked for."""

from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth.browser.forms import password_field
from collective.smsauth.browser.forms.address_proof import IVerifying
from collective.smsauth.browser.forms.address_proof import VerifyingForm
from collective.smsauth.domain import channels
from collective.smsauth.domain.channels import ContactPoint
from collective.smsauth.domain.channels import Standing
from collective.smsauth.flows import channel_messages
from collective.smsauth.flows import reauthentication
from collective.smsauth.flows.contact_points import ContactPoints
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile

_STANDINGS = {
    Standing.UNVERIFIED: _("standing_unverified", default="not verified"),
    Standing.CLAIMED: _("standing_claimed", default="not verified: it was entered for you"),
    Standing.PENDING: _("standing_pending", default="a code was sent, but not entered yet"),
    Standing.VERIFIED: _("standing_verified", default="verified"),
}
_PRIMARY = _("standing_primary", default="verified; codes go there unless you choose another way")


class IContact(IVerifying, password_field.IPassword):
    """One more number."""


@require_second_step
class ContactsForm(password_field.AsksPassword, VerifyingForm):
    """``@@smsauth-contacts``: shows the contact points, and sends a code to a number that is to become one."""

    schema = IContact
    label = _("title_contacts", default="Phone numbers and e-mail address")
    template = ViewPageTemplateFile("templates/contact_points.pt")
    binding = ""

    def update(self) -> None:
        """Show no form to who has no primary number yet, nor for a further number where the site allows one only."""
        super().update()
        takes_more = self.parts.policy.several_numbers and self.is_on and bool(self.subject.account.number)
        self.has_form = self.is_on and (self.asks_code or takes_more)

    @property
    def is_on(self) -> bool:
        """Whether the member has two-step verification."""
        return self.subject is not None and self.subject.account.is_bound

    def updateFields(self) -> None:
        """Ask for the number, and for the password where the sign-in is long ago; or for the code."""
        super().updateFields()
        asks_password = (
            not self.asks_code and self.subject and reauthentication.is_asked(self.request, self.subject.user_id)
        )
        number = ["address", "country", *(["password"] if asks_password else [])]
        self.fields = self.fields.select(*(["code"] if self.asks_code else number))

    def former_address(self) -> str:
        """Return the number that was entered before; the e-mail address is not typed here."""
        former = super().former_address()
        return "" if channels.is_email(former) else former

    def lead(self) -> list:
        """Return what the page is for."""
        if self.subject is None or self.asks_code:
            return super().lead()
        if not self.is_on:
            return [_("lead_contacts_off", default="Set up two-step verification first.")]
        if self.subject.account.email_alone:
            return [
                _(
                    "lead_contacts_email_alone",
                    default="Codes go to your e-mail address, which is all that you have set up. A phone can take its place: see the page "
                    "before.",
                )
            ]
        return [
            _(
                "lead_contacts",
                default="When you log in, you may have the code sent to any of these that is verified. Have a second "
                "one ready: a phone can get lost.",
            )
        ]

    def links(self) -> list:
        """Return the way back."""
        if self.subject is None:
            return super().links()
        return [(self.url("@@smsauth-setup"), _("link_setup", default="Back to two-step verification"))]

    def points(self) -> list:
        """Return the contact points for the list: address, standing, and where each is changed."""
        if not self.is_on or self.asks_code:
            return []
        known = ContactPoints(user_id=self.subject.user_id, parts=self.parts)
        return [self._row(known, point) for point in known.points()]

    def may_send(self, action, data: dict) -> bool:
        """Ask for the password, if the sign-in is long ago."""
        return bool(self.is_on and self.subject.account.number) and password_field.confirms(
            self, action, self.subject.user_id, data
        )

    def verified(self, address: str, data: dict) -> None:
        """Say so; the verifier has written it down."""
        self.was_verified()

    def was_verified(self) -> None:
        """Say so."""
        done = _("message_contact", default="Verified. Codes can be sent there from now on.")
        self.go("@@smsauth-contacts", done)

    def _row(self, known: ContactPoints, point: ContactPoint) -> dict:
        page = "@@smsauth-setup" if point.primary else f"@@smsauth-contact?point={known.name_of(point)}"
        link = self.url(page)
        standing = _PRIMARY if point.primary else _STANDINGS[point.standing]
        return {"address": channel_messages.shown(point.address), "standing": standing, "link": link}
