"""Where a member sees the state of two-step verification, and asks for a code to a phone number to be set up."""

from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth.browser.account import set_up_email
from collective.smsauth.browser.forms import address_field
from collective.smsauth.browser.forms import password_field
from collective.smsauth.browser.forms.address_field import AddressKind
from collective.smsauth.browser.forms.came_from import KeepsGoal
from collective.smsauth.browser.forms.pending_sign_in import way_back_to_login
from collective.smsauth.browser.forms.step import StepForm
from collective.smsauth.domain import channels
from collective.smsauth.domain import contact_points
from collective.smsauth.domain import phone
from collective.smsauth.domain.unproved_number import UnprovedNumber
from collective.smsauth.flows import channel_messages
from collective.smsauth.flows import email_alone
from collective.smsauth.flows import messages
from collective.smsauth.flows import reauthentication
from collective.smsauth.flows.contact_points import ContactPoints
from collective.smsauth.flows.messages import of_refusal
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.requester import own_user_folder
from collective.smsauth.flows.subject import member_to_set_up
from collective.smsauth.flows.subject import Subject
from z3c.form import button
from zope import schema


class INumber(password_field.IPassword):
    """The phone to set up."""

    mobile_number = schema.TextLine(
        title=_("label_mobile_number", default="Mobile phone number"),
        max_length=100,
        required=True,
    )
    country = address_field.country_choice()


@require_second_step
class SetUpForm(password_field.AsksPassword, KeepsGoal, StepForm):
    """``@@smsauth-setup``: sends a code to the number that is to be bound."""

    schema = INumber
    lists = (address_field.COUNTRY,)
    subject: Subject | None = None

    @property
    def token_owner(self) -> str:
        """The member in effect, or the one who has to set up a phone before they are signed in."""
        return self.subject.name if self.subject else ""

    @property
    def label(self):
        """Return the title: what the page is for depends on whether there is a number."""
        if self.subject is not None and self.subject.account.is_bound:
            return _("title_change", default="Two-step verification is on")
        return _("title_setup", default="Set up two-step verification")

    def update(self) -> None:
        """Find out who sets up a phone."""
        self.subject = member_to_set_up(self.request)
        self.has_form = self.subject is not None
        super().update()

    def updateFields(self) -> None:
        """Ask for the password only where the session is not fresh."""
        super().updateFields()
        self.fields = self.fields.select("mobile_number", "country", *(["password"] if self._asks_password() else []))

    def updateWidgets(self) -> None:
        """Show again the number that was asked for before, and let browsers fill in the member's own."""
        super().updateWidgets()
        former = self.subject.set_up if self.subject else None
        unproved = self._unproved()
        asked = former.to if former is not None and not channels.is_email(former.to) else ""
        known = asked or (unproved.number if unproved is not None else "")
        address_field.prepare(self, "mobile_number", AddressKind.NUMBER, known)

    def lead(self) -> list:
        """Return what two-step verification is, or how it stands."""
        if self.subject is None:
            return self._way_out()
        unproved = self._unproved()
        if unproved is not None:
            words = _(
                "lead_setup_unproved",
                default="Your number ${number} is not verified yet: it is used for nothing until then.",
            )
            return [*self._lead(), messages.fill(words, number=phone.readable(unproved.number))]
        return self._lead()

    def _lead(self) -> list:
        if self.subject.account.is_bound:
            email = contact_points.sole_email(self.subject.account)
            shown = channel_messages.shown(email or self.subject.account.number)
            on = _("lead_setup_on", default="To log in, you need your password and a code that is sent to ${number}.")
            left = _("lead_setup_recovery", default="Recovery codes left: ${left}.")
            change = _("lead_setup_change", default="Here you can have the codes sent to another phone.")
            if email:
                change = _(
                    "lead_setup_replace_email",
                    default="A phone protects better than e-mail. Here you can have the codes sent to one.",
                )
            count = len(self.subject.account.recovery)
            return [messages.fill(on, number=shown), messages.fill(left, left=count), change]
        what = _(
            "lead_setup",
            default="Two-step verification protects your account even if somebody learns your password: to log in, you "
            "then also need a code that is sent to your phone.",
        )
        must = _("lead_setup_required", default="This site requires it. You are logged in once your phone is set up.")
        return [what, must] if self.subject.pending else [what]

    def links(self) -> list:
        """Return the way to turning off, or to the sign-in."""
        if self.subject is None:
            return [] if effective_user_id() else [self.link_to_sign_in()]
        if self.subject.pending:
            return [*self._link_to_email(), way_back_to_login(self)]
        unproved = [*self._link_to_unproved(), *self._link_to_email()]
        if not self.subject.account.is_bound:
            return unproved
        links = [
            *unproved,
            (self.url("@@smsauth-contacts"), _("title_contacts", default="Phone numbers and e-mail address")),
            (self.url("@@smsauth-recovery"), _("title_recovery", default="Recovery codes")),
            (self.url("@@smsauth-browsers"), _("title_browsers", default="Trusted browsers")),
        ]
        if not self.subject.is_required:
            links.append((self.url("@@smsauth-disable"), _("title_disable", default="Turn off two-step verification")))
        return links

    @button.buttonAndHandler(_("button_send", default="Send a code"), name="send")
    def handle_send(self, action):
        """Send a code to the number, or say what is wrong with it."""
        data, errors = self.extractData()
        if errors or self.subject is None:
            return
        number, problem = address_field.read(
            data["mobile_number"], AddressKind.NUMBER, self.parts.policy, data.get("country")
        )
        if problem is not None:
            self.refuse(action, problem, "mobile_number")
            return
        if not password_field.confirms(self, action, self.subject.user_id, data):
            return
        flow = self.subject.set_up_proof
        receipt = flow.send(number)
        if receipt.sent or flow.is_underway(number):
            self.go(self.by_way_of("@@smsauth-confirm"))
        else:
            self.refuse(action, of_refusal(receipt.refusal, wait=receipt.wait), "mobile_number")

    def _unproved(self) -> UnprovedNumber | None:
        # whoever only has a password is shown no number
        if self.subject is None or self.subject.pending is not None:
            return None
        return self._points.unproved

    @property
    def _points(self) -> ContactPoints:
        return ContactPoints(user_id=self.subject.user_id, parts=self.parts)

    def _link_to_unproved(self) -> list:
        unproved = self._unproved()
        point = next((one for one in self._points.points() if unproved and one.address == unproved.number), None)
        if point is None:
            return []
        words = _("link_unproved", default="Verify or remove the number that is not verified")
        return [(self.url(f"@@smsauth-contact?point={self._points.name_of(point)}"), words)]

    def _link_to_email(self) -> list:
        if not email_alone.is_offered(self.subject) or (
            self.subject.account.is_bound and not email_alone.address_to_prove(self.subject)
        ):
            return []
        words = _("link_setup_email", default="Use your e-mail address instead of a phone")
        if self.subject.account.is_bound:
            words = _("link_setup_email_new", default="Have the codes sent to the new e-mail address in your profile")
        return [(self.url(self.by_way_of(set_up_email.PAGE)), words)]

    def _asks_password(self) -> bool:
        if self.subject is None or self.subject.pending is not None:
            return False
        return reauthentication.is_asked(self.request, self.subject.user_id)

    def _way_out(self) -> list:
        if own_user_folder():
            return [_("lead_setup_forbidden", default="Two-step verification is not available for your account.")]
        if effective_user_id():
            return [
                _(
                    "lead_setup_root",
                    default="Your account is not one of this site, but of the server around it. "
                    "Two-step verification of this site cannot protect it.",
                )
            ]
        return [_("lead_setup_anonymous", default="Please log in first."), messages.COOKIES]
