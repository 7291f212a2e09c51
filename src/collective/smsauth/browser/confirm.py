"""Where the code that was sent to a number to be set up is entered: only the right one binds the number."""

from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth.browser import channelwords
from collective.smsauth.browser import completion
from collective.smsauth.browser import messages
from collective.smsauth.browser import recovery
from collective.smsauth.browser.codeform import CodeForm
from collective.smsauth.browser.goal import KeepsGoal
from collective.smsauth.browser.goal import with_goal
from collective.smsauth.browser.step import effective_user_id
from collective.smsauth.browser.subject import member_to_confirm
from collective.smsauth.browser.subject import Subject
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.contact import Channel
from collective.smsauth.interfaces import ITakesAnswerAgain
from z3c.form import button
from zope.interface import implementer


@implementer(ITakesAnswerAgain)
@require_second_step
class ConfirmForm(KeepsGoal, CodeForm):
    """``@@smsauth-confirm``: the right code binds the number, and signs in whoever had to set it up first."""

    label = _("title_confirm", default="Confirm your phone number")
    _member: Subject | None = None

    @property
    def subject(self) -> str:
        """The member who is setting up a phone."""
        return self._member.name if self._member else ""

    def update(self) -> None:
        """Find out who sets up a phone; without a number asked for there is nothing to confirm."""
        self._member = member_to_confirm(self.request)
        self.has_form = self._member is not None and bool(self._member.set_up_flow(self.request).address)
        super().update()
        if not self.has_form:
            self.go(self.by_way_of("@@smsauth-setup"))

    @property
    def channel(self) -> Channel:
        """The way that the last code took."""
        return self._challenge.route.channel if self._challenge else Channel.TEXT

    def lead(self) -> list:
        """Return where the code went."""
        if self._is_answered:
            return [messages.RIGHT]
        challenge = self._challenge
        return [channelwords.sent_to(challenge.route)] if challenge is not None else []

    def notes(self) -> list:
        """Return what is to be known of the open code."""
        challenge = self._challenge
        return self.facts(self._member.user_id, Purpose.SET_UP, challenge) if challenge is not None else []

    @property
    def followed(self) -> Challenge | None:
        """The last code of the set-up."""
        return self._challenge

    @button.buttonAndHandler(_("button_verify", default="Verify"), name="verify")
    def handle_verify(self, action):
        """Judge the code; the right one binds the number."""
        data, errors = self.extractData()
        if errors or not self.has_form:
            return
        user_id = self._member.user_id
        verdict = self._member.set_up_flow(self.request).answer(data["code"])
        self.hear(verdict)
        if verdict.outcome is Outcome.NONE_OPEN:
            self.go(self.by_way_of("@@smsauth-setup"))
        elif not verdict.accepted:
            self.explain(action, verdict)
        elif self._member.pending is not None:
            completion.sign_in(self.context, self.request, self._member.pending, verdict.proof, verdict.session)
            self._offer_recovery_codes()
        else:
            completion.stay_signed_in(self.request, user_id, verdict.proof, verdict.session)
            done = _(
                "message_set_up",
                default="Your phone is set up. From now on, signing in takes your password and a code.",
            )
            has_codes = self._member.account.recovery
            self.go(self.goal or "@@smsauth-setup" if has_codes else self.by_way_of(recovery.PAGE), done)

    @button.buttonAndHandler(
        _("button_resend", default="Send a new code"), name="resend", condition=lambda form: not form._is_answered
    )
    def handle_resend(self, action):
        """Send a new code to the same number."""
        if self._challenge is not None:
            self.acknowledge(action, self._member.set_up_flow(self.request).send_again())

    @button.buttonAndHandler(_("button_back", default="Change the number"), name="back")
    def handle_back(self, action):
        """Go back and correct the number."""
        self.go(self.by_way_of("@@smsauth-setup"))

    @property
    def _challenge(self) -> Challenge | None:
        return self._member.set_up if self._member else None

    @property
    def _is_answered(self) -> bool:
        # The code was right just now, and what followed was lost: the same code has to be sent once more.
        flow = self._member.set_up_flow(self.request) if self._member and not self._challenge else None
        return flow is not None and flow.answered is not None

    def _offer_recovery_codes(self) -> None:
        # Their page leads on to where the sign-in was to lead. In Plone's modal it has no place: nothing can be saved or printed there.
        came_from, response = self._member.pending.came_from, self.request.response
        if not effective_user_id() or self.is_in_modal() or self._member.account.recovery:
            return
        if response.getHeader("location") in (came_from, self.url(), self.context.absolute_url()):
            self.go(with_goal(recovery.PAGE, came_from or self.url()))
