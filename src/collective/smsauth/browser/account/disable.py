"""Where a member turns two-step verification off."""

from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth.browser.forms import password_field
from collective.smsauth.browser.forms.step import StepForm
from collective.smsauth.flows import disable
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.subject import member_in_effect
from collective.smsauth.flows.subject import Subject
from z3c.form import button


@require_second_step
class DisableForm(password_field.AsksPassword, StepForm):
    """``@@smsauth-disable``: asks for the password, and takes the number off the account."""

    schema = password_field.IPassword
    label = _("title_disable", default="Turn off two-step verification")
    subject: Subject | None = None

    def update(self) -> None:
        """Find out whether there is anything that may be turned off."""
        self.subject = member_in_effect(self.request)
        self.has_form = self._is_on() and not self.subject.is_required
        super().update()

    def lead(self) -> list:
        """Return what turning off means, or why it cannot be done."""
        if not effective_user_id():
            return [_("lead_setup_anonymous", default="Please log in first.")]
        if not self._is_on():
            return [_("lead_disable_off", default="Two-step verification is off: there is nothing to turn off.")]
        if self.subject.is_required:
            return [
                _(
                    "lead_disable_required",
                    default="This site requires two-step verification, so it cannot be turned off. "
                    "You can have the codes sent to another phone.",
                )
            ]
        if self.subject.account.email_alone:
            return [_("lead_disable_email", default="Afterwards, whoever knows your password can log in as you.")]
        return [
            _(
                "lead_disable",
                default="Afterwards, whoever knows your password can log in as you. Your phone number is deleted from "
                "this site.",
            )
        ]

    def links(self) -> list:
        """Return the way back."""
        if not effective_user_id():
            return [self.link_to_sign_in()]
        return [(self.url("@@smsauth-setup"), _("link_setup", default="Back to two-step verification"))]

    @button.buttonAndHandler(_("button_disable", default="Turn off"), name="disable")
    def handle_disable(self, action):
        """Turn two-step verification off after the right password."""
        if self.subject is not None and not self._is_on():
            disable.go_on(self.request, self.subject.user_id)  # sent twice: it was on when the form was shown
            self._done()
            return
        data, errors = self.extractData()
        if errors or not self.has_form:
            return
        user_id = self.subject.user_id
        if not password_field.confirms(self, action, user_id, data):
            return
        disable.turn_off(self.request, user_id)
        self._done()

    def _done(self) -> None:
        self.go("@@smsauth-setup", _("message_turned_off", default="Two-step verification was turned off."))

    def _is_on(self) -> bool:
        return self.subject is not None and self.subject.account.is_bound
