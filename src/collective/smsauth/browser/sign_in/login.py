"""Plone's sign-in forms: a correct password of a protected member leads to the code form instead of signing in."""

from collective.smsauth import logger
from collective.smsauth import wiring
from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.browser.forms.plain_input import drop_what_breaks_plone
from collective.smsauth.browser.sign_in import reminder
from collective.smsauth.flows import messages
from collective.smsauth.flows import sign_in
from collective.smsauth.flows import trusted_browsers
from collective.smsauth.flows.messages import of_refusal
from collective.smsauth.flows.problems import problem_of
from collective.smsauth.flows.requester import client_address
from collective.smsauth.flows.subject import with_pending
from collective.smsauth.verification.results import SendRefusal
from plone import api
from plone.base import PloneMessageFactory
from plone.protect.interfaces import IDisableCSRFProtection
from Products.CMFPlone.browser.login import login as stock
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from transaction.interfaces import TransientError
from z3c.form import button
from zope.interface import alsoProvides

import os

_STOCK = os.path.dirname(stock.__file__)


class LoginForm(HasParts, stock.LoginForm):
    """``login`` and ``login_form``: Plone's form, with a second step after it."""

    index = ViewPageTemplateFile("templates/login.pt", _STOCK)

    def update(self) -> None:
        """Forget an address to come back to that Plone would stumble over or that leads out of the portal, or to a page in between."""
        drop_what_breaks_plone(self.request)
        form = self.request.form
        goal = sign_in.inside(form.get("came_from"))
        if form.get("came_from") and goal != form["came_from"]:
            del form["came_from"]
            self.request.other.pop("came_from", None)
        if goal:
            form["came_from"] = goal
        super().update()

    def _post_login(self):
        sign_in.note_excuse(self.request)
        return super()._post_login()

    def redirect_after_login(self, came_from=None, is_initial_login=False):
        """Lead on as Plone does, by way of the reminder if the second step will be required of the member."""
        try:
            super().redirect_after_login(came_from, is_initial_login)
        except TransientError:
            raise
        except Exception as error:
            # Plone looks for what is at the address, and not all that it meets there answers in good order. What was judged before must
            # not be undone by that.
            logger.warning("Plone cannot lead back to where a sign-in came from: %r", error)
            super().redirect_after_login(None, is_initial_login)
        reminder.remind(self.context, self.request)

    def get_came_from(self):
        """Return the address to come back to; a referrer that cannot be read is none."""
        try:
            return super().get_came_from()
        except ValueError:
            return None

    @button.buttonAndHandler(PloneMessageFactory("Log in"), name="login")
    def handleLogin(self, action):
        """Lead a member whose password was correct and who owes the second factor to it; else do what Plone does."""
        owed = [held.user_id for held in self.parts.gate.withheld if held.by_password]
        data, errors = self.extractData()
        if errors or not owed or self.request.get("REQUEST_METHOD") != "POST":
            return super().handleLogin(self, action)
        alsoProvides(self.request, IDisableCSRFProtection)
        if not trusted_browsers.sign_in(self.context, self.request, owed[0], data.get("came_from")):
            self.request.response.expireCookie("__ac", path="/")
            wait = sign_in.count(self.request, owed[0])
            if wait:
                words = messages.timed(messages.TOO_MANY_ACTS, seconds=wait)
                api.portal.show_message(words, request=self.request, type="error")
            else:
                start_second_step(self.context, self.request, owed[0], data.get("came_from"))


class FailsafeLoginForm(LoginForm, stock.FailsafeLoginForm):
    """``failsafe_login`` and ``failsafe_login_form``, likewise."""

    index = ViewPageTemplateFile("templates/login_failsafe.pt", _STOCK)


def start_second_step(context, request, user_id: str, came_from) -> None:
    """Send the code, and lead on to where it is entered; to the set-up of a phone if there is none; or to what can be done without."""
    pending, receipt = sign_in.begin(request, user_id, came_from, client_address(request))
    root = api.portal.get_navigation_root(context).absolute_url()
    if receipt.refusal is SendRefusal.NO_NUMBER:
        request.response.redirect(f"{root}/@@smsauth-setup")
        return
    subject, verifier = with_pending(request, pending), wiring.of(request).verifier
    if problem_of(subject, verifier.routes(user_id), subject.code):
        request.response.redirect(f"{root}/@@smsauth-problem")
        return
    if receipt.refusal is not None and subject.code is not None:  # else the page says why
        message = of_refusal(receipt.refusal, wait=receipt.wait)
        api.portal.show_message(message, request=request, type="warning")
    request.response.redirect(f"{root}/@@smsauth-verify")
