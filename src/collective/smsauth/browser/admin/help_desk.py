"""Where an administrator helps a member: end a pause, end sessions, turn two-step verification off, prepare a code."""

from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth.administration import help_desk
from collective.smsauth.administration.help_desk import HelpDeskRefusal
from collective.smsauth.administration.help_desk import Made
from collective.smsauth.browser.forms.administrator import is_genuine
from collective.smsauth.browser.forms.administrator import why_not
from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.browser.forms.plain_input import scrub
from collective.smsauth.domain.prepared_code import LONGEST_REASON
from collective.smsauth.flows.messages import fill
from DateTime import DateTime
from plone import api
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from urllib.parse import urlencode

_BUTTON = "form.buttons."
_PREPARE = f"{_BUTTON}prepare"
_DONE = {
    "release": _("message_released", default="The pause of ${member} was ended."),
    "end_sessions": _("message_sessions_ended", default="All sessions of ${member} were ended."),
    "forget_browsers": _("message_browsers_forgotten_for", default="All trusted browsers of ${member} were forgotten."),
    "turn_off": _("message_turned_off_for", default="Two-step verification of ${member} was turned off."),
    "remove": _("message_record_removed", default="Nothing is kept of ${member} any more."),
    "withdraw": _("message_withdrawn", default="There is no prepared code for ${member} any more."),
    "withdraw_bypass": _("message_bypass_withdrawn", default="${member} is asked for a code again."),
}
_REFUSED = {
    HelpDeskRefusal.UNKNOWN: _("refusal_unknown_member", default="There is no such member in this site."),
    HelpDeskRefusal.SELF: _(
        "refusal_self", default="Your own two-step verification is changed in your account, not here."
    ),
    HelpDeskRefusal.MANAGER: _("refusal_manager", default="Only Managers may do this for a Manager."),
    HelpDeskRefusal.ONLY_MANAGERS: _("refusal_only_managers", default="Only Managers may do this."),
    HelpDeskRefusal.NOT_ALLOWED: _("refusal_not_allowed", default="You are not allowed to prepare codes."),
    HelpDeskRefusal.NO_PHONE: _(
        "refusal_no_phone",
        default="This member has no phone set up: a prepared code stands in for a phone and cannot set up the first one.",
    ),
    HelpDeskRefusal.NO_REASON: _(
        "refusal_no_reason", default="Enter a reason of at most ${most} characters, such as how you know who is asking."
    ),
    HelpDeskRefusal.STALE: _(
        "refusal_stale_prepare",
        default="No code was prepared: this page was used before or open for too long. Look at the member's state, then try again.",
    ),
}


@require_second_step
class Members(HasParts, BrowserView):
    """``@@smsauth-members``: a search, and buttons for each member found."""

    label = _("title_members", default="Two-step verification of members")
    index = ViewPageTemplateFile("templates/help_desk.pt")
    made: Made | None = None
    problem = None
    asked_for = reason_given = ""
    longest_reason = LONGEST_REASON

    def __call__(self):
        """Do what was asked for, else return the page."""
        self.request.response.setHeader("Cache-Control", "no-store, private")
        scrub(self.request)
        form = self.request.form
        self.term = form.get("search", "")
        asked = [name for name in _DONE if f"{_BUTTON}{name}" in form]
        if asked:
            return self._act(asked[0], form.get("user_id", ""))
        if _PREPARE in form:
            self._prepare(form.get("user_id", ""))
        self.members, self.more = help_desk.find(self.term) if self.installed else ([], False)
        self.left, more_left = help_desk.left_of(self.term, self.members) if self.installed else ([], False)
        self.more = self.more or more_left
        return self.index()

    @property
    def installed(self) -> bool:
        """Whether there is a plugin to ask."""
        return self.parts.plugin is not None

    def date(self, seconds: float) -> str:
        """Return a moment, given in seconds since the epoch, in the site's format."""
        return api.portal.get_localized_time(datetime=DateTime(seconds), long_format=True)

    def reason(self, refusal: HelpDeskRefusal):
        """Return why nothing can be done for a member."""
        return fill(_REFUSED[refusal], most=LONGEST_REASON)

    def prepared_until(self):
        """Return the words for how long the code just made works."""
        until = _("prepared_until", default="${member} can log in with it once, until ${date}.")
        return fill(until, member=self.made.user_id, date=self.date(self.made.expires))

    def minutes(self, seconds: int) -> int:
        """Return whole minutes, rounded up."""
        return -(-seconds // 60)

    def _prepare(self, user_id: str) -> None:
        # The code is shown in the answer to the form, since it is stored nowhere.
        form = self.request.form
        if not is_genuine(self.context, self.request) or not self.installed:
            self.problem = why_not(self.request)
            return
        outcome = help_desk.prepare(user_id, form.get("reason"), form.get("prepare_token"))
        if isinstance(outcome, Made):
            self.made = outcome
        else:
            self.problem = self.reason(outcome)
            self.asked_for, self.reason_given = user_id, form.get("reason", "")

    def _act(self, action: str, user_id: str):
        message, kind = why_not(self.request), "error"
        if is_genuine(self.context, self.request) and self.installed:
            refusal = help_desk.remove(user_id) if action == "remove" else help_desk.act(action, user_id)
            done = fill(_DONE[action], member=user_id)
            message, kind = (done, "info") if refusal is None else (self.reason(refusal), "error")
        api.portal.show_message(message, request=self.request, type=kind)
        query = urlencode({"search": self.term})
        return self.request.response.redirect(f"{self.context.absolute_url()}/@@{self.__name__}?{query}")
