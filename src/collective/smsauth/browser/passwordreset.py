"""Plone's page for a new password: its automatic sign-in leads members who owe the second factor to the code form."""

from collective.smsauth import wiring
from collective.smsauth.browser.login import start_second_step
from collective.smsauth.browser.plaininput import drop_what_breaks_plone
from collective.smsauth.interfaces import ISecondStepDoor
from Products.CMFPlone.browser.login.password_reset import PasswordResetView
from Products.CMFPlone.RegistrationTool import get_member_by_login_name
from zope.interface import implementer


@implementer(ISecondStepDoor)
class SecondStepPasswordResetView(PasswordResetView):
    """``passwordreset``: a mailed link is no second factor."""

    def __call__(self):
        """Return Plone's page."""
        drop_what_breaks_plone(self.request)
        return super().__call__()

    def _auto_login(self, userid, password):
        gate = wiring.plugin()
        member = get_member_by_login_name(self.context, userid, False)
        if member is None or not _owes(gate, self.request, member.getId()):
            return super()._auto_login(userid, password)
        start_second_step(self.context, self.request, member.getId(), None)


def _owes(gate, request, user_id: str) -> bool:
    # Whatever session the browser has besides: a new password begins another one.
    return gate.obligations(request).owes(user_id, gate.accounts.get(user_id))
