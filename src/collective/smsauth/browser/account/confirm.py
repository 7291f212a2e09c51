"""Where the code that was sent to a number to be set up is entered: only the right one binds the number."""

from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth.browser.account import recovery_codes
from collective.smsauth.browser.forms.address_proof import ProofForm
from collective.smsauth.browser.forms.came_from import KeepsGoal
from collective.smsauth.browser.forms.came_from import with_goal
from collective.smsauth.browser.forms.pending_sign_in import way_back_to_login
from collective.smsauth.domain import channels
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.flows import channel_messages
from collective.smsauth.flows import messages
from collective.smsauth.flows import sign_in
from collective.smsauth.flows.address_proof import AddressProof
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.subject import is_by_ended_session
from collective.smsauth.flows.subject import member_to_confirm
from collective.smsauth.interfaces import ITakesAnswerAgain
from collective.smsauth.verification.results import Verdict
from z3c.form import button
from zope.interface import implementer


@implementer(ITakesAnswerAgain)
@require_second_step
class ConfirmForm(KeepsGoal, ProofForm):
    """``@@smsauth-confirm``: the right code binds the number, and signs in whoever had to set it up first."""

    @property
    def label(self):
        """Return the title: what is verified."""
        if self._is_by_email:
            return _("title_confirm_email", default="Verify your e-mail address")
        return _("title_confirm", default="Verify your phone number")

    @property
    def token_owner(self) -> str:
        """The member who is setting up a phone."""
        return self.subject.name if self.subject else ""

    @property
    def proof(self) -> AddressProof | None:
        """The code of the set-up."""
        return self.subject.set_up_proof if self.subject else None

    def update(self) -> None:
        """Find out who sets up a phone; without a number asked for there is nothing to confirm."""
        self.subject = member_to_confirm(self.request)
        self.has_form = self.subject is not None and bool(self.proof.contact_point)
        super().update()
        if not self.has_form:
            self.go(self.by_way_of("@@smsauth-setup"))

    def lead(self) -> list:
        """Return where the code went, or that the same one is to be sent once more."""
        if self._is_answered:
            return [messages.RIGHT]
        if self.challenge is None and self.has_form:
            words = _(
                "lead_confirm_again", default="The code that was sent to ${number} has ended. Have a new one sent."
            )
            return [messages.fill(words, number=channel_messages.shown(self.proof.contact_point))]
        if self._is_by_email and self.challenge is not None and not self.has_failed:
            # whoever only has a password did not enter the address
            where = channel_messages.sent_to(self.challenge.route, masked=self.subject.pending is not None)
            return [where, *channel_messages.reference(self.challenge)]
        return super().lead()

    def links(self) -> list:
        """Return the way out of a sign-in; from anything else, the button leads back."""
        return [way_back_to_login(self)] if self.subject and self.subject.pending else []

    def explain(self, action, verdict: Verdict) -> None:
        """Say why the code was not accepted; if there is none, the page before is where one is sent."""
        if verdict.outcome is Outcome.NONE_OPEN:
            self.go(self.by_way_of("@@smsauth-setup"))
        else:
            super().explain(action, verdict)

    def proved(self, data: dict, verdict: Verdict) -> None:
        """Sign in who had to set up a phone first; everybody else stays signed in."""
        if self.subject.pending is not None:
            sign_in.complete(self.context, self.request, self.subject.pending, verdict.proof, verdict.session)
            self._offer_recovery_codes()
            return
        sign_in.stay_signed_in(self.request, self.subject.user_id, verdict.proof, verdict.session)
        done = _(
            "message_set_up",
            default="Your phone is set up. From now on, you need your password and a code to log in.",
        )
        if channels.is_email(verdict.to):
            done = _(
                "message_set_up_email",
                default="From now on, you need your password and a code that is sent to your e-mail address to log in.",
            )
        has_codes = self.subject.account.recovery
        self.go(self.goal or "@@smsauth-setup" if has_codes else self.by_way_of(recovery_codes.PAGE), done)

    @button.buttonAndHandler(_("button_verify", default="Verify"), name="verify")
    def handle_verify(self, action):
        """Judge the code; the right one binds the number."""
        self.verify_code(action)

    @button.buttonAndHandler(
        _("button_resend", default="Send a new code"), name="resend", condition=lambda form: not form._is_answered
    )
    def handle_resend(self, action):
        """Send a new code to the same number."""
        self.send_code_again(action)

    @button.buttonAndHandler(_("button_back", default="Correct what I entered"), name="back")
    def handle_back(self, action):
        """Go back and correct the number."""
        self.go(self.by_way_of("@@smsauth-setup"))

    @property
    def _is_answered(self) -> bool:
        # The code was right just now, and what followed was lost: the same code has to be sent once more.
        return self.proof is not None and self.challenge is None and self.proof.answered is not None

    @property
    def _is_by_email(self) -> bool:
        return self.proof is not None and channels.is_email(self.proof.contact_point)

    def _why_not(self):
        # A session that ended before the set-up was never shown a form of it: what is shown to it now comes after the answer.
        refusal = super()._why_not()
        if refusal is not None or self.subject is None or not is_by_ended_session(self.subject):
            return refusal
        answered = self.proof.answered
        return messages.STALE_FORM if answered is None or self.shown_at > answered.issued else None

    def _offer_recovery_codes(self) -> None:
        # Their page leads on to where the sign-in was to lead. In Plone's modal it has no place: nothing can be saved or printed there.
        came_from, response = self.subject.pending.came_from, self.request.response
        if not effective_user_id() or self.is_in_modal() or self.subject.account.recovery:
            return
        if response.getHeader("location") in (came_from, self.url(), self.context.absolute_url()):
            self.go(with_goal(recovery_codes.PAGE, came_from or self.url()))
