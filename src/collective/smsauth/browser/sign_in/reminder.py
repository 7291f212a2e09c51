"""The reminder of members who have no phone yet, while the second step is about to be required of them."""

from collective.smsauth import _
from collective.smsauth.browser.forms.came_from import KeepsGoal
from collective.smsauth.browser.forms.came_from import with_goal
from collective.smsauth.browser.forms.step import IButtons
from collective.smsauth.browser.forms.step import StepForm
from collective.smsauth.flows import reminder
from collective.smsauth.flows import sign_in
from collective.smsauth.flows.subject import member_in_effect
from collective.smsauth.flows.subject import Subject
from collective.smsauth.settings.stored import last_day
from collective.smsauth.settings.stored import timezone_of
from collective.smsauth.verification import lifecycle
from datetime import datetime
from datetime import time
from plone import api
from z3c.form import button

_NAME = "@@smsauth-reminder"


class ReminderForm(KeepsGoal, StepForm):
    """``@@smsauth-reminder``: says from when on a phone is needed, leads to its set-up, or leaves the member alone for a day."""

    schema = IButtons
    label = _("title_reminder", default="Two-step verification will be required")
    subject: Subject | None = None
    _begins: float | None = None

    def update(self) -> None:
        """Find out of whom it will be required, and when; nobody else has to see the page."""
        self.subject = member_in_effect(self.request)
        self._begins = reminder.due(self.parts, self.subject.user_id) if self.subject else None
        self.has_form = self._begins is not None
        super().update()
        if not self.has_form:
            self.go(self.goal)

    def lead(self) -> list:
        """Return the date, and what is to be done."""
        if self._begins is None:
            return []
        date = _(
            "lead_reminder",
            default="Up to and including ${date} you can log in with your password alone. After that, you also need a "
            "code that is sent to your phone.",
            mapping={"date": shown(last_day(self._begins, timezone_of(self.parts.site)))},
        )
        return [date, _("lead_reminder_how", default="Setting up your phone takes a minute. You need it at hand.")]

    @button.buttonAndHandler(_("button_set_up_now", default="Set up now"), name="set_up")
    def handle_set_up(self, action):
        """Lead to the set-up, and from there to where they wanted to go."""
        self.go(self.by_way_of("@@smsauth-setup"))

    @button.buttonAndHandler(_("button_later", default="Remind me later"), name="later")
    def handle_later(self, action):
        """Leave the member alone for a day, and lead on to where they wanted to go."""
        if self.subject is not None:
            lifecycle.put_off(self.parts.accounts, self.subject.user_id, now=self.parts.now)
        self.go(self.goal)


def remind(context, request) -> None:
    """Lead a member who has just signed in by way of the reminder, unless they have put it off."""
    if reminder.due_at_sign_in(request) is None:
        return
    goal = sign_in.inside(request.response.getHeader("location"))
    request.response.redirect(with_goal(f"{api.portal.get_navigation_root(context).absolute_url()}/{_NAME}", goal))


def shown(day) -> str:
    """Return a date in the format of the site."""
    return str(api.portal.get_localized_time(datetime.combine(day, time(12))))
