"""Where a member has a code sent to the e-mail address in their profile, which is to be their second step in place of a phone."""

from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth.browser.forms import password_field
from collective.smsauth.browser.forms.came_from import KeepsGoal
from collective.smsauth.browser.forms.step import StepForm
from collective.smsauth.flows import channel_messages
from collective.smsauth.flows import email_alone
from collective.smsauth.flows import messages
from collective.smsauth.flows import reauthentication
from collective.smsauth.flows.subject import member_to_set_up
from collective.smsauth.flows.subject import Subject
from z3c.form import button

PAGE = "@@smsauth-setup-email"


@require_second_step
class SetUpByEmailForm(password_field.AsksPassword, KeepsGoal, StepForm):
    """``@@smsauth-setup-email``: sends a code to the address in the profile. It is not typed here: the profile is where it is guarded."""

    schema = password_field.IPassword
    label = _("title_setup_email", default="Have login codes sent by e-mail")
    subject: Subject | None = None

    @property
    def token_owner(self) -> str:
        """The member in effect, or the one who has to set up a second step before they are signed in."""
        return self.subject.name if self.subject else ""

    def update(self) -> None:
        """Find out who it is, and whether the site allows it; everybody else belongs on the page for phones."""
        found = member_to_set_up(self.request)
        self.subject = found if found is not None and email_alone.is_offered(found) else None
        self.has_form = self.subject is not None and bool(self._address)
        super().update()
        if self.subject is None:
            self.go(self.by_way_of("@@smsauth-setup"))

    def updateFields(self) -> None:
        """Ask for the password only where the session is not fresh."""
        super().updateFields()
        is_asked = self.subject is not None and self.subject.pending is None
        if not is_asked or not reauthentication.is_asked(self.request, self.subject.user_id):
            self.fields = self.fields.omit("password")

    def lead(self) -> list:
        """Return what it means, or what is missing."""
        if self.subject is None:
            return []
        if not self.has_form and self.subject.account.is_bound:
            return [_("lead_setup_email_on", default="Codes are sent to the e-mail address in your profile already.")]
        if not self.has_form:
            return [
                _(
                    "lead_setup_email_none",
                    default="There is no e-mail address in your profile. Enter one there first, or set up a phone.",
                )
            ]
        what = _(
            "lead_setup_email",
            default="A code is sent to ${address}, the e-mail address in your profile. Enter it on the next page. From then on, you need "
            "your password and a code from an e-mail to log in.",
        )
        less = _(
            "lead_setup_email_less",
            default="A phone protects better: whoever gets into your mailbox may have both your password and your code. You can set one up "
            "at any time.",
        )
        return [messages.fill(what, address=self._shown), less]

    def links(self) -> list:
        """Return the way to the phone."""
        page = self.url(self.by_way_of("@@smsauth-setup"))
        return [(page, _("link_setup_phone", default="Set up a phone instead"))] if self.subject is not None else []

    @button.buttonAndHandler(_("button_send", default="Send a code"), name="send", condition=lambda form: form.has_form)
    def handle_send(self, action):
        """Send a code to the address in the profile, or say why not."""
        data, errors = self.extractData()
        if errors or not self.has_form or not password_field.confirms(self, action, self.subject.user_id, data):
            return
        flow, address = self.subject.set_up_proof, self._address
        receipt = flow.send(address)
        if receipt.sent or flow.is_underway(address):
            self.go(self.by_way_of("@@smsauth-confirm"))
        else:
            self.refuse(action, messages.of_refusal(receipt.refusal, wait=receipt.wait))

    @property
    def _address(self) -> str:
        return email_alone.address_to_prove(self.subject)

    @property
    def _shown(self) -> str:
        # whoever only has a password is shown as little of the address as of a number
        shown = channel_messages.masked if self.subject.pending is not None else channel_messages.shown
        return shown(self._address)
