"""The page for members who gave the right password and get no code: why, and which ways remain."""

from collective.smsauth import _
from collective.smsauth.browser.forms.pending_sign_in import PendingSignInForm
from collective.smsauth.browser.forms.step import IButtons
from collective.smsauth.flows import messages
from collective.smsauth.flows import problems
from collective.smsauth.flows.problems import Problem
from collective.smsauth.flows.problems import problem_of
from collective.smsauth.flows.subject import pending_member
from collective.smsauth.verification.results import Receipt
from plone import api
from z3c.form import button


class ProblemForm(PendingSignInForm):
    """``@@smsauth-problem``: the pending sign-in stays, so that a code of another kind, or of another way, still completes it."""

    schema = IButtons
    _problem: Problem | None = None

    @property
    def label(self):
        """Return the title: what is wrong."""
        if self._problem is None:
            return _("title_problem", default="Trouble with your code")
        return problems.title(self._problem)

    def update(self) -> None:
        """Find the pending sign-in and what stands in its way; if nothing does, the code form is the place to be."""
        self.subject = pending_member(self.request)
        if self.subject is not None:
            self._problem = problem_of(self.subject, self.routes(), self.challenge)
        disabled = self._problem is Problem.GENERATION_DISABLED
        self.has_form = self.subject is not None and bool(self.routes()) and not disabled
        super().update()
        if self.subject is not None and self._problem is None:
            self.go("@@smsauth-verify")

    def lead(self) -> list:
        """Return what happened, and that nothing is lost."""
        if self.subject is None:
            return self.way_out()
        if self._problem is None:
            return []
        return [
            problems.words(self._problem),
            _("lead_problem", default="Your login stays open for 15 minutes. This is what you can do:"),
        ]

    def links(self) -> list:
        """Return the ways that take no code from here, and whom to ask."""
        found = []
        account = self.subject.account if self.subject else None
        if account is not None and (account.recovery or self.subject.prepared):
            enter = _("link_recovery_code", default="Use a recovery code")
            found.append((self.url("@@smsauth-verify?letters=1"), enter))
        found += super().links()
        address = api.portal.get_registry_record("plone.email_from_address", default=None) or ""
        if account is not None and address:
            write = _("link_administrators", default="Write to the administrators: ${address}")
            found.append((f"mailto:{address}", messages.fill(write, address=address)))
        return found

    @button.buttonAndHandler(_("button_resend", default="Send a new code"), name="resend")
    def handle_resend(self, action):
        """Send a new code the same way."""
        self.send_again(action)

    @button.buttonAndHandler(_("button_another", default="Send it another way"), name="another")
    def handle_another(self, action):
        """Send a new code the way that was chosen."""
        self.send_another(action)

    def acknowledge(self, action, receipt: Receipt) -> None:
        """Lead on to where the code is entered, or say why none was sent."""
        if receipt.sent:
            self.go("@@smsauth-verify", messages.SENT_AGAIN)
        else:
            self.refuse(action, messages.of_refusal(receipt.refusal, wait=receipt.wait))
