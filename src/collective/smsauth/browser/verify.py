"""The code form of the sign-in, after the password."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.browser import channelwords
from collective.smsauth.browser import completion
from collective.smsauth.browser import messages
from collective.smsauth.browser import pending as pending_sign_in
from collective.smsauth.browser import trusted
from collective.smsauth.browser.codeform import CodeForm
from collective.smsauth.browser.messages import of_refusal
from collective.smsauth.browser.problems import problem_of
from collective.smsauth.browser.signinform import SignInForm
from collective.smsauth.browser.step import client_address
from collective.smsauth.browser.step import effective_user_id
from collective.smsauth.browser.subject import own_member_in_effect
from collective.smsauth.browser.subject import pending_member
from collective.smsauth.browser.subject import Subject
from collective.smsauth.browser.trustoffer import TrustOffer
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.contact import Channel
from collective.smsauth.verdicts import Receipt
from collective.smsauth.verdicts import Verdict
from plone.protect.interfaces import IDisableCSRFProtection
from z3c.form import button
from zope.interface import alsoProvides


class VerifyForm(TrustOffer, SignInForm, CodeForm):
    """``@@smsauth-verify``: the right code completes the pending sign-in."""

    _is_spared = False

    @property
    def label(self):
        """Return the title: where the code is to be found."""
        return channelwords.title(self.channel)

    @property
    def channel(self) -> Channel:
        """The way that the last code took."""
        return self.route.channel if self.route else Channel.TEXT

    def update(self) -> None:
        """Find the pending sign-in; a session that owes the second factor opens one."""
        self._member = (
            pending_member(self.request, answered=Purpose.SIGN_IN) or self._step_up() or self._step_up_in_effect()
        )
        self.has_form = self._member is not None
        super().update()
        if self._member is not None and self._member.must_set_up:
            self.go("@@smsauth-setup")
        elif self._member is None and self._is_done() and not self._is_spared:
            self.go(completion.inside(self.request.form.get("came_from")))

    def lead(self) -> list:
        """Return where the code went."""
        if self._member is None:
            return [self.way_out()]
        if self._is_answered:
            return [messages.RIGHT]
        return [channelwords.lead(self.route)] if self.route else []

    def notes(self) -> list:
        """Return what is to be known of the open code."""
        if self._member is None or self._is_answered:
            return []
        return self.facts(self._member.user_id, Purpose.SIGN_IN, self.challenge)

    @property
    def followed(self) -> Challenge | None:
        """The last code of the sign-in."""
        return self.challenge if self._member is not None else None

    def links(self) -> list:
        """Return the ways on for those who cannot enter the code; why none comes, first."""
        if self._is_answered:
            return [self.link_to_sign_in()]
        if effective_user_id() and self._member is not None:
            return [(self.url(), _("link_cancel", default="Cancel"))]
        problem = problem_of(self._member, self.routes(), self.challenge) if self._member else None
        what = _("link_problem", default="What you can do now")
        return [*([(self.url("@@smsauth-problem"), what)] if problem else []), *super().links()]

    @button.buttonAndHandler(_("button_verify", default="Verify"), name="verify")
    def handle_verify(self, action):
        """Judge the code; the right one signs in."""
        data, errors = self.extractData()
        if errors or self._member is None:
            return
        verdict = self.judge(data)
        self.hear(verdict)
        if verdict.accepted:
            self.trust(data, verdict.proof)
            self.complete(data, verdict)
        else:
            self.explain(action, verdict)

    @button.buttonAndHandler(_("button_resend", default="Send a new code"), name="resend")
    def handle_resend(self, action):
        """Send a new code for the pending sign-in."""
        self.send_again(action)

    @button.buttonAndHandler(_("button_another", default="Send it another way"), name="another")
    def handle_another(self, action):
        """Send a new code the way that was chosen."""
        self.send_another(action)

    def judge(self, data: dict) -> Verdict:
        """Return what comes of the fields of the form as an answer."""
        pending = self._member.pending
        return wiring.verifier().verify_sign_in(pending.user_id, data["code"], pending=pending.secret)

    def complete(self, data: dict, verdict: Verdict) -> None:
        """Sign in, after the right answer; ``data`` are the fields of the form."""
        completion.sign_in(self.context, self.request, self._member.pending, verdict.proof, verdict.session)

    def acknowledge(self, action, receipt: Receipt) -> None:
        """Say what came of asking for another code, and where it will come from now."""
        CodeForm.acknowledge(self, action, receipt)
        self.updateWidgets()

    @property
    def _is_answered(self) -> bool:
        # The code was right just now, and what followed was lost: the same code has to be sent once more.
        return self._member is not None and self._member.pending is not None and self._member.pending.answered

    def _step_up(self) -> Subject | None:
        # A ticket without proof (from before, from SSO, from elsewhere): its owner is asked for the code only.
        owed = [held.user_id for held in wiring.plugin().withheld(self.request) if held.by_ticket]
        if not owed or effective_user_id() or not self._asked_by_link():
            return None
        came_from = self.request.form.get("came_from")
        if trusted.is_from_elsewhere(self.request, owed[0]) and trusted.sign_in(
            self.context, self.request, owed[0], came_from
        ):
            alsoProvides(self.request, IDisableCSRFProtection)
            self._is_spared = True
            return None
        return self._begin(owed[0])

    def _step_up_in_effect(self) -> Subject | None:
        # A session that was opened without a code is asked for one before an area that demands it; it stays what it is.
        member = own_member_in_effect()
        if member is None or wiring.plugin().has_given(self.request, member.user_id):
            return None
        pending = pending_sign_in.read(self.request, answered=Purpose.SIGN_IN)
        if pending is not None and pending.user_id == member.user_id:
            return Subject(user_id=member.user_id, pending=pending)
        return self._begin(member.user_id) if self._asked_by_link() else None

    def _begin(self, user_id: str) -> Subject:
        alsoProvides(self.request, IDisableCSRFProtection)
        came_from = self.request.form.get("came_from")
        pending, receipt = completion.begin(self.request, user_id, came_from, client_address(self.request))
        if receipt.refusal is not None:
            self.status = of_refusal(receipt.refusal, wait=receipt.wait)
        return Subject(user_id=user_id, pending=pending)

    def _is_done(self) -> bool:
        user_id = effective_user_id()
        if not user_id or not self._asked_by_link():
            return False
        pending = pending_sign_in.read(self.request)
        return pending is None or pending.user_id == user_id

    def _asked_by_link(self) -> bool:
        return self._is_called and self.request.get("REQUEST_METHOD") == "GET"
