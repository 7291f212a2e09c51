"""Plone's page for a new password: its automatic sign-in leads members who owe the second factor to the code form."""

from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.browser.forms.plain_input import scrub
from collective.smsauth.browser.sign_in.login import start_second_step
from collective.smsauth.interfaces import IPasswordLinkFollowed
from collective.smsauth.interfaces import ISecondStepDoor
from Products.CMFPlone.browser.login.password_reset import PasswordResetView
from Products.CMFPlone.RegistrationTool import get_member_by_login_name
from zope.interface import alsoProvides
from zope.interface import implementer

_FIELDS = ("userid", "password", "password2")


@implementer(ISecondStepDoor)
class SecondStepPasswordResetView(HasParts, PasswordResetView):
    """``passwordreset``: a mailed link is no second factor."""

    def __call__(self):
        """Return Plone's page."""
        scrub(self.request)
        alsoProvides(self.request, IPasswordLinkFollowed)
        for name in _FIELDS:  # Plone has no answer where one is missing
            self.request.form.setdefault(name, "")
        return super().__call__()

    def _auto_login(self, userid, password):
        member = get_member_by_login_name(self.context, userid, False)
        if member is None or not self._owes(member.getId()):
            return super()._auto_login(userid, password)
        start_second_step(self.context, self.request, member.getId(), None)

    def _owes(self, user_id: str) -> bool:
        # Whatever session the browser has besides: a new password begins another one.
        return self.parts.gate.obligations.owes(user_id, self.parts.accounts.get(user_id))
