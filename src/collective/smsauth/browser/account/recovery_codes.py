"""Where a member makes recovery codes: they are shown once, to be printed, written down or saved as a file."""

from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth.browser.forms import password_field
from collective.smsauth.browser.forms.came_from import KeepsGoal
from collective.smsauth.browser.forms.step import StepForm
from collective.smsauth.domain import code_alphabet
from collective.smsauth.domain import recovery_codes
from collective.smsauth.flows import messages
from collective.smsauth.flows import reauthentication
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.subject import member_in_effect
from collective.smsauth.flows.subject import Subject
from collective.smsauth.settings.stored import title_of
from DateTime import DateTime
from plone import api
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from z3c.form import button
from zope.i18n import translate

PAGE = "@@smsauth-recovery"
_DOWNLOAD = "form.buttons.download"


@require_second_step
class RecoveryForm(password_field.AsksPassword, KeepsGoal, StepForm):
    """``@@smsauth-recovery``: makes new codes, after the password, and shows them in the answer to that form only.

    Sent twice, it gets the same codes: nobody has to keep some that were never seen. Sent later, such as when its answer is reloaded, it
    makes no others.
    """

    schema = password_field.IPassword
    label = _("title_recovery", default="Recovery codes")
    shown = ViewPageTemplateFile("templates/recovery_codes.pt")
    codes: tuple[str, ...] = ()
    subject: Subject | None = None
    _file = ""

    @property
    def token_owner(self) -> str:
        """The member."""
        return self.subject.name if self.subject else ""

    @property
    def state(self) -> float:
        """Since when there are codes: a form does not make others in the place of some that it did not know of."""
        return self.subject.account.recovery_made if self.subject else 0.0

    def update(self) -> None:
        """Find out whether there is a second step that the codes could stand in for."""
        self.subject = member_in_effect(self.request)
        self.has_form = self.subject is not None and self.subject.account.is_bound
        super().update()

    def updateFields(self) -> None:
        """Ask for the password only where the session is not fresh."""
        super().updateFields()
        if not self.has_form or not reauthentication.is_asked(self.request, self.subject.user_id):
            self.fields = self.fields.omit("password")

    def lead(self) -> list:
        """Return what recovery codes are, or why there can be none."""
        if not effective_user_id():
            return [_("lead_setup_anonymous", default="Please log in first.")]
        if not self.has_form:
            return [_("lead_recovery_off", default="Two-step verification is off: you need no recovery codes.")]
        what = _(
            "lead_recovery",
            default="With a recovery code you can log in when you do not have your phone. You get ten; each works "
            "once, in place of the code that is sent to you. Keep them where nobody else finds them.",
        )
        return [what, self._state()]

    def links(self) -> list:
        """Return the way back."""
        if not effective_user_id():
            return [self.link_to_sign_in()]
        return [(self.goal or self.url("@@smsauth-setup"), _("button_submit", default="Continue"))]

    def refuse(self, action, message, field: str = "") -> None:
        """Say why nothing came of it; of a file, on the page of the codes."""
        if _DOWNLOAD in self.request.form:
            self.go(PAGE, message, "error")
        else:
            super().refuse(action, message, field)

    def render(self) -> str:
        """Return the page, the codes just made, or the file."""
        self.actions.pop("download", None)
        if self._file:
            return self._file
        return self.shown() if self.codes else super().render()

    def date(self) -> str:
        """Return when the codes were made, in the site's format."""
        made = self.subject.account.recovery_made
        return api.portal.get_localized_time(datetime=DateTime(made), long_format=False)

    @property
    def site_title(self) -> str:
        """The title of the site that the codes are for."""
        return title_of(self.parts.site)

    @button.buttonAndHandler(_("button_make_recovery", default="Make new recovery codes"), name="make")
    def handle_make(self, action):
        """Make new codes after the right password."""
        data, errors = self.extractData()
        if errors or not self.has_form:
            return
        user_id = self.subject.user_id
        if not password_field.confirms(self, action, user_id, data):
            return
        made = self.parts.backup_codes.make_recovery_codes(user_id, self.shown_as, former=self.shown_state)
        self.codes = tuple(map(code_alphabet.grouped, made))
        if not made:
            self.refuse(action, messages.STALE_FORM)

    @button.buttonAndHandler(_("button_download", default="Save as a file"), name="download")
    def handle_download(self, action):
        """Send back as a file the codes that the page showed: nothing else knows them."""
        typed = [recovery_codes.normalise(word) for word in self.request.form.get("codes", "").split()]
        if not self.has_form or not 0 < len(typed) <= recovery_codes.HOW_MANY or None in typed:
            self.refuse(action, _("error_no_codes", default="There are no codes to save. Please make new ones."))
            return
        title = _("file_recovery", default="Recovery codes for ${site}, each for one login")
        head = translate(messages.fill(title, site=self.site_title), context=self.request)
        response = self.request.response
        response.setHeader("Content-Type", "text/plain; charset=utf-8")
        response.setHeader("Content-Disposition", 'attachment; filename="recovery-codes.txt"')
        response.setHeader("X-Content-Type-Options", "nosniff")
        self._file = "\r\n".join([head, "", *map(code_alphabet.grouped, typed), ""])

    def _state(self):
        account = self.subject.account
        if not account.recovery:
            return _("lead_recovery_none", default="You have no recovery codes.")
        left = _(
            "lead_recovery_left",
            default="Recovery codes left: ${left}, made on ${date}. If you make new ones, these no longer work.",
        )
        return messages.fill(left, left=len(account.recovery), date=self.date())
