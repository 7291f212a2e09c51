"""Asking for the password again, with wrong ones counted like wrong codes."""

from collective.smsauth import _
from collective.smsauth import lifecycle
from collective.smsauth import wiring
from collective.smsauth.browser import messages
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.policy import FRESH_SESSION
from plone import api
from plone.supermodel import model
from zope import schema


class IPassword(model.Schema):
    """The member's present password."""

    password = schema.Password(
        title=_("label_password", default="Your password"),
        description=_("help_password", default="Please enter it again, so that nobody else does this in your name."),
        max_length=1000,
        required=True,
    )


class AsksPassword:
    """A mix-in for forms that may ask for the password: browsers can fill it in."""

    def updateWidgets(self) -> None:
        """Name the field for them, where it is asked for."""
        super().updateWidgets()
        if "password" in self.widgets:
            self.describe("password", autocomplete="current-password")


def is_asked(request, user_id: str) -> bool:
    """Tell whether the member in effect signed in too long ago to change anything without the password."""
    age = wiring.plugin().session_age(request, user_id, wiring.now())
    return age is None or age > FRESH_SESSION


def confirms(form, action, user_id: str, data: dict) -> bool:
    """Tell whether the password in a form is right, or was not asked for; else say why not at its field."""
    problem = problem_with(user_id, data["password"]) if "password" in form.widgets else None
    if problem is not None:
        form.refuse(action, problem, "password")
    return problem is None


def problem_with(user_id: str, password: object):
    """Return why ``password`` does not confirm the member in effect (a message id), or None if it does.

    A wrong one is counted; during a pause, and once the number is locked, nothing is compared.
    """
    accounts, now = wiring.plugin().accounts, wiring.now()
    account = accounts.get(user_id) or Account()
    if wait := wiring.policy().pause(account, now=now):
        return messages.fill(messages.PASSWORD_PAUSED, seconds=wait)
    if throttle.is_locked(account.failures):
        return messages.PASSWORD_LOCKED
    if api.user.get(userid=user_id) is None:  # a token that is still good, of a member who was deleted
        return messages.NO_ACCOUNT
    if isinstance(password, str) and api.portal.get_tool("portal_membership").testCurrentPassword(password):
        return None
    lifecycle.count_failure(accounts, user_id, now=now)
    return messages.WRONG_PASSWORD
