"""Asking for the password again, with wrong ones counted like wrong codes."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.browser import messages
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.policy import FRESH_SESSION
from functools import partial
from plone import api
from plone.supermodel import model
from zope import schema

_PROBLEMS = {
    Outcome.WRONG: messages.WRONG_PASSWORD,
    Outcome.PAUSED: messages.PASSWORD_PAUSED,
    Outcome.LOCKED: messages.PASSWORD_LOCKED,
    Outcome.BUSY: messages.BUSY,
}


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
    if "password" not in form.widgets:
        return True
    problem = problem_with(user_id, data["password"])
    form.judged(problem or messages.RIGHT)
    if problem is not None:
        form.refuse(action, problem, "password")
    return problem is None


def problem_with(user_id: str, password: object):
    """Return why ``password`` does not confirm the member in effect (a message id), or None if it does.

    A wrong one is counted; during a pause, and once the number is locked, nothing is compared.
    """
    if api.user.get(userid=user_id) is None:  # a token that is still good, of a member who was deleted
        return messages.NO_ACCOUNT
    verdict = wiring.verifier().verify_password(user_id, partial(_is_current, password))
    return None if verdict.accepted else messages.fill(_PROBLEMS[verdict.outcome], seconds=verdict.wait)


def _is_current(password: object) -> bool:
    membership = api.portal.get_tool("portal_membership")
    return isinstance(password, str) and bool(membership.testCurrentPassword(password))
