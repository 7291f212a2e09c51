"""POST ``@smsauth/validate-code`` and ``@smsauth/resend-code``, as WSO2 Identity Server has them: for the number that is not proved.

A member proves their own, the first one in a session of at most ten minutes or with ``current_password``. An administrator enters for a
``user`` what that member reads out to them.
"""

from AccessControl.SecurityManagement import getSecurityManager
from collections.abc import Sequence
from collective.smsauth.administration import help_desk
from collective.smsauth.flows.contact_points import ContactPoints
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.requester import is_encodable
from collective.smsauth.flows.subject import Subject
from collective.smsauth.services import numbers
from collective.smsauth.services import reauthentication
from collective.smsauth.services import refusals
from collective.smsauth.services.member import MemberService
from collective.smsauth.services.member import not_allowed
from collective.smsauth.services.member import ProvingService
from collective.smsauth.services.member import refusal_of_administrator
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.services.service import Field
from collective.smsauth.verification.results import Receipt
from collective.smsauth.verification.results import SendRefusal
from typing import Any

SCENARIO = "RecoveryScenario"
#: Scenario -> whether the number is to be a further one.
SCENARIOS = {"MOBILE_VERIFICATION_ON_UPDATE": False, "MOBILE_VERIFICATION_ON_VERIFIED_LIST_UPDATE": True}

_USER = Field(name="user", type=dict)
_PROPERTIES = Field(name="properties", type=list)


class _CodeService(MemberService):
    """Base of both: for the member in effect, or for the ``user`` that an administrator names."""

    def answer(self, data: dict[str, Any]) -> Any:
        """Find out whose number it is about, and whether that may be."""
        if "user" not in data or self.parts.plugin is None:
            return super().answer(data)
        login = data["user"].get("username")
        refusal = refusal_of_administrator(self.parts)
        if refusal is None and (not isinstance(login, str) or not login or not is_encodable(login)):
            refusal = refusals.of_field("user")
        refusal = refusal or self.problem_in(data)
        if refusal is not None:
            return refusal
        user = self.parts.site.acl_users.getUser(login)
        if user is None or not self.parts.gate.is_own(user):
            return refusals.not_found()
        if user.getId() == effective_user_id() and self.parts.gate.is_own(getSecurityManager().getUser()):
            return super().answer(data)
        if help_desk.refusal_of(user.getId()) is not None:
            return not_allowed()
        return self.answer_for(ContactPoints(user_id=user.getId(), parts=self.parts), data, is_own=False)

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Answer for the member's own number."""
        refusal = self.problem_in(data) or reauthentication.refusal_of_first_number(member, data)
        if refusal is not None:
            return refusal
        return self.answer_for(ContactPoints(user_id=member.user_id, parts=self.parts), data, is_own=True)

    def problem_in(self, data: dict[str, Any]) -> Refusal | None:
        """Return what is wrong with the body besides the types of its fields, None if nothing is."""
        raise NotImplementedError

    def answer_for(self, points: ContactPoints, data: dict[str, Any], *, is_own: bool) -> Any:
        """Return the answer; whoever asks may."""
        raise NotImplementedError


class ValidateCode(ProvingService, _CodeService):
    """Takes the code that was sent to the number."""

    fields = (Field(name="code"), _PROPERTIES, _USER, reauthentication.CURRENT_PASSWORD)

    def problem_in(self, data: dict[str, Any]) -> Refusal | None:
        """Return what is wrong with the body: it has to have a code."""
        if "code" not in data:
            return refusals.of_field("code")
        return None if _pairs(data) is not None else refusals.of_field("properties")

    def answer_for(self, points: ContactPoints, data: dict[str, Any], *, is_own: bool) -> Any:
        """Return the token of the session that goes on; nothing of the kind for an administrator, who gains no proof."""
        verdict = points.prove(data["code"], by_other=not is_own)
        refusal = numbers.refusal_of(verdict, self.parts)
        if refusal is not None:
            return refusal
        if is_own:
            return numbers.proved(points, verdict)
        help_desk.log(points.user_id, "number verified")
        return {}


class ResendCode(_CodeService):
    """Sends another code to the number, if it is pending in the scenario that the body names."""

    fields = (_PROPERTIES, _USER, reauthentication.CURRENT_PASSWORD)

    def problem_in(self, data: dict[str, Any]) -> Refusal | None:
        """Return what is wrong with the body: it has to name a scenario."""
        return refusals.of_field("properties") if _scenario(data) not in SCENARIOS else None

    def answer_for(self, points: ContactPoints, data: dict[str, Any], *, is_own: bool) -> Any:
        """Return what is on its way (201)."""
        unproved = points.unproved
        if unproved is None or unproved.listed is not SCENARIOS[_scenario(data)]:
            return refusals.of_receipt(Receipt(sent=False, refusal=SendRefusal.NONE_OPEN))
        receipt = points.send_again()
        if not receipt.sent or points.proof is None:
            return refusals.of_receipt(receipt)
        return self.accepted(numbers.on_its_way(points.proof), 201)


def _pairs(data: dict[str, Any]) -> Sequence[tuple[str, str]] | None:
    # the properties of a body; None if they are none
    found = data.get("properties", [])
    if not all(isinstance(one, dict) and isinstance(one.get("key"), str) for one in found):
        return None
    return [(one["key"], one["value"]) for one in found if isinstance(one.get("value"), str)]


def _scenario(data: dict[str, Any]) -> str:
    return dict(_pairs(data) or ()).get(SCENARIO, "")
