"""Asking for the password again before what protects an account is changed. Wrong ones count like wrong codes."""

from collective.smsauth import wiring
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.policy import FRESH_SESSION
from collective.smsauth.flows import messages
from collective.smsauth.verification.results import Verdict
from functools import partial
from plone import api

_PROBLEMS = {
    Outcome.WRONG: messages.WRONG_PASSWORD,
    Outcome.PAUSED: messages.PASSWORD_PAUSED,
    Outcome.LOCKED: messages.PASSWORD_LOCKED,
    Outcome.BUSY: messages.BUSY,
}


def is_asked(request, user_id: str) -> bool:
    """Tell whether the member in effect signed in too long ago to change anything without the password."""
    parts = wiring.of(request)
    age = parts.gate.session_age(user_id, parts.now)
    return age is None or age > FRESH_SESSION


def problem_with(request, user_id: str, password: object):
    """Return why ``password`` does not confirm the member in effect (a message id), or None if it does.

    A wrong one is counted; during a pause, and once the number is locked, nothing is compared.
    """
    verdict = judge(request, user_id, password)
    return messages.NO_ACCOUNT if verdict is None else problem_of(verdict)


def judge(request, user_id: str, password: object) -> Verdict | None:
    """Return the verdict on a password of the member in effect; None if they were deleted, and only their token is still good."""
    if api.user.get(userid=user_id) is None:
        return None
    verdict: Verdict = wiring.of(request).verifier.verify_password(user_id, partial(_is_current, password))
    return verdict


def problem_of(verdict: Verdict):
    """Return the words for a verdict on a password, None if it was right."""
    return None if verdict.accepted else messages.timed(_PROBLEMS[verdict.outcome], seconds=verdict.wait)


def _is_current(password: object) -> bool:
    membership = api.portal.get_tool("portal_membership")
    return isinstance(password, str) and bool(membership.testCurrentPassword(password))
