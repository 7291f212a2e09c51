"""The field ``current_password``: the member's present password, where a page would ask for it again.

It is not called ``password``, which in plone.restapi sets a new one.
"""

from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.flows import messages
from collective.smsauth.flows import reauthentication
from collective.smsauth.flows.subject import Subject
from collective.smsauth.services import refusals
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.services.service import Field
from typing import Any

NAME = "current_password"
CURRENT_PASSWORD = Field(name=NAME)


def refusal_of_first_number(member: Subject, data: Mapping[str, Any]) -> Refusal | None:
    """Return why a member in effect may not have what is to be their second step verified; None if they may, or have one."""
    return None if member.account.is_bound else refusal_of(member, data)


def refusal_of(member: Subject, data: Mapping[str, Any], *, always: bool = False) -> Refusal | None:
    """Return why a member in effect may not go on without their password, or with the one in ``data``; None if they may.

    It is asked for if the session is not fresh, or ``always``. One that was not asked for is not looked at.
    """
    request = member.parts.request
    if not always and not reauthentication.is_asked(request, member.user_id):
        return None
    password = data.get(NAME, "")
    if not password:
        words = _("rest_error_password", default="This asks for your current password as well.")
        return Refusal(status=403, reason=refusals.PASSWORD, message=words, field_name=NAME)
    verdict = reauthentication.judge(request, member.user_id, password)
    if verdict is None:
        return Refusal(status=403, reason=refusals.NOT_ALLOWED, message=messages.NO_ACCOUNT)
    if verdict.accepted:
        return None
    words = reauthentication.problem_of(verdict)
    if verdict.outcome is Outcome.WRONG:
        return Refusal(status=403, reason=refusals.PASSWORD, message=words, field_name=NAME)
    return Refusal(status=429, reason=verdict.outcome.value, message=words, retry_after=verdict.wait)
