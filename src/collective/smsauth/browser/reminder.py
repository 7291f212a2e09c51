"""The reminder of members who have no phone yet, while the second step is about to be required of them."""

from AccessControl.SecurityManagement import getSecurityManager
from collective.smsauth import _
from collective.smsauth import lifecycle
from collective.smsauth import wiring
from collective.smsauth.browser import completion
from collective.smsauth.browser.goal import KeepsGoal
from collective.smsauth.browser.goal import with_goal
from collective.smsauth.browser.step import IButtons
from collective.smsauth.browser.step import StepForm
from collective.smsauth.browser.subject import member_in_effect
from collective.smsauth.browser.subject import Subject
from collective.smsauth.configuration import last_day
from collective.smsauth.configuration import timezone_of
from collective.smsauth.domain.requirement import is_reminder_due
from datetime import datetime
from datetime import time
from plone import api
from z3c.form import button

_NAME = "@@smsauth-reminder"


class ReminderForm(KeepsGoal, StepForm):
    """``@@smsauth-reminder``: says from when on a phone is needed, leads to its set-up, or leaves the member alone for a day."""

    schema = IButtons
    label = _("title_reminder", default="Two-step verification will be required")
    _member: Subject | None = None
    _begins: float | None = None

    def update(self) -> None:
        """Find out of whom it will be required, and when; nobody else has to see the page."""
        self._member = member_in_effect()
        self._begins = due(self._member.user_id) if self._member else None
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
            default="Up to and including ${date} you can sign in with your password alone. Afterwards, signing in to this site "
            "also takes a code that is sent to your phone.",
            mapping={"date": shown(last_day(self._begins, timezone_of(wiring.site())))},
        )
        return [date, _("lead_reminder_how", default="Setting up your phone takes a minute. You need it at hand.")]

    @button.buttonAndHandler(_("button_set_up_now", default="Set up now"), name="set_up")
    def handle_set_up(self, action):
        """Lead to the set-up, and from there to where he wanted to go."""
        self.go(self.by_way_of("@@smsauth-setup"))

    @button.buttonAndHandler(_("button_later", default="Remind me later"), name="later")
    def handle_later(self, action):
        """Leave the member alone for a day, and lead on to where he wanted to go."""
        if self._member is not None:
            lifecycle.put_off(wiring.plugin().accounts, self._member.user_id, now=wiring.now())
        self.go(self.goal)


def due(user_id: str) -> float | None:
    """Return from when on (seconds since the epoch) a phone will be required of a member who has none yet, None if it will not."""
    gate = wiring.plugin()
    return None if gate.has_number(user_id) else gate.obligations().upcoming(user_id)


def remind(context, request) -> None:
    """Lead a member who has just signed in by way of the reminder, unless he has put it off."""
    gate, user = wiring.plugin(), getSecurityManager().getUser()
    if gate is None or not gate.is_own(user) or member_in_effect() is None or due(user.getId()) is None:
        return
    account = gate.accounts.get(user.getId())
    if account is not None and not is_reminder_due(account.put_off, now=wiring.now()):
        return
    goal = completion.inside(request.response.getHeader("location"))
    request.response.redirect(with_goal(f"{api.portal.get_navigation_root(context).absolute_url()}/{_NAME}", goal))


def shown(day) -> str:
    """Return a date in the format of the site."""
    return str(api.portal.get_localized_time(datetime.combine(day, time(12))))
