"""Where a member makes recovery codes: they are shown once, to be printed, written down or saved as a file."""

from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth import wiring
from collective.smsauth.browser import messages
from collective.smsauth.browser import password
from collective.smsauth.browser.goal import KeepsGoal
from collective.smsauth.browser.step import effective_user_id
from collective.smsauth.browser.step import StepForm
from collective.smsauth.browser.subject import member_in_effect
from collective.smsauth.browser.subject import Subject
from collective.smsauth.domain import readable
from collective.smsauth.domain import recovery
from DateTime import DateTime
from plone import api
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from z3c.form import button
from zope.i18n import translate

PAGE = "@@smsauth-recovery"
_DOWNLOAD = "form.buttons.download"


@require_second_step
class RecoveryForm(password.AsksPassword, KeepsGoal, StepForm):
    """``@@smsauth-recovery``: makes new codes, after the password, and shows them in the answer to that form only."""

    schema = password.IPassword
    label = _("title_recovery", default="Recovery codes")
    shown = ViewPageTemplateFile("templates/recovery.pt")
    codes: tuple[str, ...] = ()
    _member: Subject | None = None
    _file = ""

    @property
    def subject(self) -> str:
        """The member, and since when there are codes: a form that has made some makes no others, as when its answer is reloaded."""
        return f"{self._member.name}/{self._member.account.recovery_made}" if self._member else ""

    def update(self) -> None:
        """Find out whether there is a second step that the codes could stand in for."""
        self._member = member_in_effect()
        self.has_form = self._member is not None and bool(self._member.account.number)
        super().update()

    def updateFields(self) -> None:
        """Ask for the password only where the session is not fresh."""
        super().updateFields()
        if not self.has_form or not password.is_asked(self.request, self._member.user_id):
            self.fields = self.fields.omit("password")

    def lead(self) -> list:
        """Return what recovery codes are, or why there can be none."""
        if not effective_user_id():
            return [_("lead_setup_anonymous", default="Please sign in first.")]
        if not self.has_form:
            return [_("lead_recovery_off", default="Two-step verification is off: you need no recovery codes.")]
        what = _(
            "lead_recovery",
            default="With a recovery code you can sign in when you do not have your phone. You get ten; each works once, "
            "in place of the code that is sent to you. Keep them where nobody else finds them.",
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
        made = self._member.account.recovery_made
        return api.portal.get_localized_time(datetime=DateTime(made), long_format=False)

    @property
    def site_title(self) -> str:
        """The title of the site that the codes are for."""
        return api.portal.get().title

    @button.buttonAndHandler(_("button_make_recovery", default="Make new recovery codes"), name="make")
    def handle_make(self, action):
        """Make new codes after the right password."""
        data, errors = self.extractData()
        if errors or not self.has_form:
            return
        user_id = self._member.user_id
        if password.confirms(self, action, user_id, data):
            self.codes = tuple(map(readable.grouped, wiring.reserve().make_recovery_codes(user_id)))

    @button.buttonAndHandler(_("button_download", default="Save as a file"), name="download")
    def handle_download(self, action):
        """Send back as a file the codes that the page showed: nothing else knows them."""
        typed = [recovery.normalise(word) for word in self.request.form.get("codes", "").split()]
        if not self.has_form or not 0 < len(typed) <= recovery.HOW_MANY or None in typed:
            self.refuse(action, _("error_no_codes", default="There are no codes to save. Please make new ones."))
            return
        title = _("file_recovery", default="Recovery codes for ${site}, each for one sign-in")
        head = translate(messages.fill(title, site=" ".join(self.site_title.split())), context=self.request)
        response = self.request.response
        response.setHeader("Content-Type", "text/plain; charset=utf-8")
        response.setHeader("Content-Disposition", 'attachment; filename="recovery-codes.txt"')
        response.setHeader("X-Content-Type-Options", "nosniff")
        self._file = "\r\n".join([head, "", *map(readable.grouped, typed), ""])

    def _state(self):
        account = self._member.account
        if not account.recovery:
            return _("lead_recovery_none", default="You have no recovery codes.")
        left = _(
            "lead_recovery_left",
            default="Recovery codes left: ${left}, made on ${date}. If you make new ones, these no longer work.",
        )
        return messages.fill(left, left=len(account.recovery), date=self.date())
