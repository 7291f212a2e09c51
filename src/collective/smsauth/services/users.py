"""Plone's own ``@users``: with the phone numbers of a member as data that can be read and changed.

A number that is set is not believed: it is pending until its code was entered, or claimed where no code is sent.
"""

from AccessControl.SecurityManagement import getSecurityManager
from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.administration import help_desk
from collective.smsauth.domain import contact_points
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.number_changes import change_to
from collective.smsauth.domain.number_changes import ChangeProblem
from collective.smsauth.domain.number_changes import NumberChange
from collective.smsauth.domain.phone import mask
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.flows import acts
from collective.smsauth.flows import reauthentication
from collective.smsauth.flows.contact_points import ContactPoints
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.requester import is_encodable
from collective.smsauth.pas.traversal import step_demanded
from collective.smsauth.permissions import SET_UP_OWN
from collective.smsauth.services import refusals
from collective.smsauth.services.member import lacks_step
from collective.smsauth.services.member import nobody
from collective.smsauth.services.member import not_allowed
from collective.smsauth.services.member import refusal_of_administrator
from collective.smsauth.services.member import second_step
from collective.smsauth.services.numbers import number_in
from collective.smsauth.services.password_access import UsersPost as PasswordUsersPost
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.services.service import body_of_plone
from collective.smsauth.services.service import is_asked_for
from collective.smsauth.services.service import is_json
from collective.smsauth.services.service import is_of_site
from collective.smsauth.services.service import LONGEST_TEXT
from collective.smsauth.verification.results import Receipt
from collective.smsauth.verification.results import SendRefusal
from dataclasses import replace
from plone import api
from plone.restapi.interfaces import ISerializeToJson
from plone.restapi.permissions import PloneManageUsers
from plone.restapi.services.users import add
from plone.restapi.services.users import get
from plone.restapi.services.users import update
from typing import Any
from zope.component import queryMultiAdapter

import json
import transaction

PRIMARY, VERIFIED = "mobile_number", "verified_mobile_numbers"
#: What a new user has in any case.
_NO_ROLES = ["Member"]
#: Whether this version of plone.restapi adds users by a file.
_IMPORTS = hasattr(add, "csv")
_OF_NO_USE = frozenset({SendRefusal.COUNTRY, SendRefusal.NO_CHANNEL})
_PROBLEMS = {
    ChangeProblem.PRIMARY_GOES: _(
        "rest_error_primary_goes", default="The primary number cannot be removed: make another one the primary first."
    ),
    ChangeProblem.SEVERAL_NEW: _(
        "rest_error_several_new", default="One number can be added at a time: each has to be verified by a code."
    ),
    ChangeProblem.ONE_ONLY: _("rest_error_one_only", default="This site allows one number only."),
    ChangeProblem.TOO_MANY: _("rest_error_too_many_numbers", default="There are more numbers than this site allows."),
}


def numbers_of(request, member) -> dict[str, Any]:
    """Return what is told of the numbers of a member: nothing but to them and to whoever may manage members.

    They are masked to who may not manage this one, since they are a Manager, and to who has a second step and was let in without it.
    """
    parts, user_id = wiring.of(request), member.getId()
    is_own = user_id == effective_user_id() and parts.plugin is not None and parts.gate.is_own(_user_in_effect())
    may_manage = api.user.has_permission(PloneManageUsers, obj=parts.site)
    if parts.plugin is None or not (is_own or may_manage) or not parts.gate.is_own(member.getUser()):
        return {}
    account = parts.accounts.get(user_id) or Account()
    unproved = contact_points.unproved_of(account, now=parts.now)
    is_shown = is_own or not (lacks_step(parts) or help_desk.is_out_of_reach(member.getUser()))
    shown = str if is_shown else mask
    return {
        PRIMARY: shown(account.number),
        "pending_mobile_number": shown(unproved.number) if unproved is not None else "",
        VERIFIED: [shown(number) for number in contact_points.numbers_of(account)],
        "two_step_verification": account.is_bound,
    }


class UsersGet(get.UsersGet):
    """GET ``@users/ID``: with the numbers. Lists of users have none."""

    def reply(self):
        """Return what Plone does, and the numbers of the one user that was asked for."""
        if len(self.params) > 1:
            return refusals.not_found().answer(self.request)
        answer = super().reply()
        if len(self.params) != 1 or not isinstance(answer, dict) or "id" not in answer or not is_of_site(self):
            return answer
        member = self._get_user(self._get_user_id)
        found = numbers_of(self.request, member)
        if found:
            self.request.response.setHeader("Cache-Control", "no-store, private")
        return {**answer, **found}


class UsersPatch(update.UsersPatch):
    """PATCH ``@users/ID``: a number that is new is pending and gets a code; all of the request is stored, or nothing."""

    def reply(self):
        """Return what Plone does; with numbers in the body, also why nothing was done."""
        self.request.response.setHeader("Cache-Control", "no-store, private")
        if not is_asked_for(self):
            return refusals.not_found().answer(self.request)
        given = body_of_plone(self.request)
        if len(self.params) != 1 or (self.can_manage_users and self._get_user(self._get_user_id) is None):
            return refusals.not_found().answer(self.request)
        if isinstance(given, Refusal):
            return given.answer(self.request)
        if self._needs_step(given) and lacks_step(wiring.of(self.request)):
            return second_step().answer(self.request)
        if PRIMARY not in given and VERIFIED not in given:
            return self._shown(super().reply())
        found = self._reply_with_numbers(given)
        if isinstance(found, Refusal):
            transaction.abort()
            return found.answer(self.request)
        return found

    def _needs_step(self, given: dict[str, Any]) -> bool:
        # By these an administrator could let themselves in as somebody else. Their own e-mail address and password are guarded where they
        # are written.
        if not self.can_manage_users:
            return False
        member = self._get_user(self._get_user_id)
        is_other = member.getId() != effective_user_id()
        is_other_email = "email" in given and given["email"] != member.getProperty("email")
        return bool(given.get("roles")) or (is_other and (is_other_email or "password" in given))

    def _reply_with_numbers(self, given: dict[str, Any]) -> Any:
        points = self._points()
        if isinstance(points, Refusal):
            return points
        # before the numbers are compared: what comes of that tells about them
        refusal = None if self._is_own(points) else _refusal_of_other(points.parts, points.user_id)
        if refusal is not None:
            return refusal
        change = _change_in(given, points)
        refusal = change if isinstance(change, Refusal) else self._refusal_of(change, points)
        if refusal is not None:
            return refusal
        rest = {name: value for name, value in given.items() if name not in (PRIMARY, VERIFIED)}
        answer = self._reply_to(rest)
        if self.request.response.getStatus() >= 400:
            transaction.abort()
            return answer
        refused = _make(change, points)
        if refused is not None:
            return _of_receipt(refused, change)
        if points.user_id != effective_user_id() and not change.is_none:
            help_desk.log(points.user_id, "numbers changed")
        return self._shown(answer)

    def _points(self) -> ContactPoints | Refusal:
        # Whose numbers they are, if whoever asks may change them.
        parts, user_id = wiring.of(self.request), self.params[0] if len(self.params) == 1 else ""
        if not user_id or not is_of_site(self):
            return refusals.not_found()
        is_own, actor = user_id == effective_user_id(), _user_in_effect()
        if not is_own and not self.can_manage_users:
            return not_allowed() if actor.getId() else nobody(parts.gate)
        if not is_json(self.request):
            words = _("rest_error_type", default="The body has to be JSON, with “Content-Type: application/json”.")
            return Refusal(status=415, reason=refusals.NOT_JSON, message=words)
        user = parts.site.acl_users.getUserById(user_id)
        if user is None or not parts.gate.is_own(user):
            # a user of the Zope root has no second step here
            return not_allowed() if is_own else refusals.not_found()
        wait = acts.count(self.request, actor.getId())
        if wait:
            return refusals.of_acts(wait)
        return ContactPoints(user_id=user_id, parts=parts)

    def _is_own(self, points: ContactPoints) -> bool:
        return points.user_id == effective_user_id() and points.parts.gate.is_own(_user_in_effect())

    def _refusal_of(self, change: NumberChange, points: ContactPoints) -> Refusal | None:
        if change.is_none:
            return None
        refusal = self._refusal_of_owner(points) if self._is_own(points) else None
        if refusal is None and change.asked:
            refused = points.refusal_to_ask(change.asked, listed=change.listed)
            refusal = None if refused is None else _of_receipt(refused, change)
        return refusal

    def _refusal_of_owner(self, points: ContactPoints) -> Refusal | None:
        user_id, gate = points.user_id, points.parts.gate
        if not api.user.has_permission(SET_UP_OWN):
            return not_allowed()
        if not gate.has_given(user_id):
            return second_step()
        if not points.account.is_bound and reauthentication.is_asked(self.request, user_id):
            words = _(
                "rest_error_too_old",
                default="You logged in too long ago for this. Log in again, or send the number with your password to @smsauth/set-up.",
            )
            return Refusal(status=403, reason=refusals.PASSWORD, message=words)
        return None

    def _reply_to(self, rest: dict[str, Any]) -> Any:
        # Plone's own service reads the body by itself, and writes all that is in it.
        body = self.request.get("BODY")
        self.request.set("BODY", json.dumps(rest).encode())
        try:
            return super().reply()
        finally:
            self.request.set("BODY", body)

    def _shown(self, answer: Any) -> Any:
        # The user in place of nothing, where that is preferred, as plone.restapi has it for content.
        wanted = "return=representation" in (self.request.getHeader("Prefer") or "")
        if not wanted or self.request.response.getStatus() != 204:
            return answer
        member = self._get_user(self._get_user_id)
        self.request.response.setStatus(200)
        answer = queryMultiAdapter((member, self.request), ISerializeToJson)()
        return {**answer, **numbers_of(self.request, member)}


class UsersPost(PasswordUsersPost):
    """POST ``@users``: a number that a new user is said to have is claimed."""

    _problem: PhoneProblem | str = ""
    #: What each new user is said to have (E.164), in the order of their rows; '' for nothing.
    _claimed: tuple[str, ...] = ()

    def validate_input_data(self, portal, original_data):
        """Add what is wrong with the number to what Plone finds, and keep it from Plone, which takes the rest for properties."""
        super().validate_input_data(portal, original_data)
        if not isinstance(original_data, dict) or self.params:
            return
        roles = original_data.get("roles")
        if roles and roles != _NO_ROLES and lacks_step(wiring.of(self.request)):
            raise step_demanded()
        given = original_data.pop(PRIMARY, None)
        number = "" if given in (None, "") else _number(given, wiring.of(self.request))
        if isinstance(number, Refusal):
            self._problem = number.reason
            self.add_field_error(PRIMARY, number.message)
        else:
            self._claimed = (*self._claimed, number)

    def reply(self):
        """Return what Plone does, with a reason where the number was of no use; or why the body is none.

        :raises Forbidden: the new user is to have a role, and who makes them has a second step and was let in without it.
        """
        self.request.response.setHeader("Cache-Control", "no-store, private")
        if not is_asked_for(self):
            return refusals.not_found().answer(self.request)
        refusal = self._refusal_of_request()
        if refusal is not None:
            return refusal.answer(self.request)
        answer = super().reply()
        if self._problem and isinstance(answer, dict) and "error" in answer:
            answer["error"].update(reason=self._problem, field=PRIMARY)
        if not isinstance(answer, dict) or "error" in answer or not is_of_site(self):
            return answer
        if "items" not in answer:
            return self._with_claim(answer, next(iter(self._claimed), ""))
        rows = zip(answer["items"], self._claimed, strict=False)
        return {**answer, "items": [self._with_claim(row, number) for row, number in rows]}

    def _refusal_of_request(self) -> Refusal | None:
        # Plone answers to all of these with an internal error
        if self.params and (len(self.params) != 2 or self.params[1] != "reset-password"):
            return refusals.not_found()
        given = {} if self.request.form and _IMPORTS else body_of_plone(self.request)
        if isinstance(given, Refusal):
            return given
        odd = next((name for name in _TEXTS if not isinstance(given.get(name), str | None)), None)
        return refusals.of_field(odd) if odd is not None else None

    def _with_claim(self, answer: dict[str, Any], number: str) -> dict[str, Any]:
        if not number or "id" not in answer:
            return answer
        ContactPoints(user_id=answer["id"], parts=wiring.of(self.request)).claim(number)
        member = self._get_user(answer["id"])
        return {**answer, **numbers_of(self.request, member)} if member is not None else answer


#: What Plone's own service takes for text without a look.
_TEXTS = ("username", "email", "password", "reset_token", "old_password", "new_password")


def _user_in_effect():
    return getSecurityManager().getUser()


def _change_in(given: dict[str, Any], points: ContactPoints) -> NumberChange | Refusal:
    parts, number, numbers = points.parts, None, None
    if PRIMARY in given:
        number = _number(given[PRIMARY], parts)
        if isinstance(number, Refusal):
            return number
    if VERIFIED in given:
        listed = given[VERIFIED]
        if not isinstance(listed, list) or len(listed) > _LONGEST_LIST:
            return refusals.of_field(VERIFIED)
        numbers = []
        for one in listed:
            found = _number(one, parts)
            if isinstance(found, Refusal):
                return replace(found, field_name=VERIFIED)
            numbers.append(found)
    change = change_to(points.account, number=number, numbers=numbers, several=parts.policy.several_numbers)
    if isinstance(change, ChangeProblem):
        return Refusal(status=400, reason=refusals.UNUSABLE, message=_PROBLEMS[change], field_name=VERIFIED)
    return change


#: Most numbers of a list that are looked at: more than anybody may have.
_LONGEST_LIST = 100


def _number(given: object, parts: wiring.Parts) -> str | Refusal:
    if not isinstance(given, str) or len(given) > LONGEST_TEXT or not is_encodable(given):
        return replace(refusals.of_field(PRIMARY), reason=refusals.UNUSABLE if given is None else refusals.BAD_REQUEST)
    number = number_in(given, parts)
    return refusals.of_number(PRIMARY, number, status=400) if isinstance(number, PhoneProblem) else number


def _refusal_of_other(parts: wiring.Parts, user_id: str) -> Refusal | None:
    refusal = refusal_of_administrator(parts)
    if refusal is not None:
        return refusal
    return not_allowed() if help_desk.refusal_of(user_id) is not None else None


def _make(change: NumberChange, points: ContactPoints) -> Receipt | None:
    # Returns why the code could not be sent, if so: then nothing of this is stored.
    if change.primary:
        points.make_primary(change.primary)
    for number in change.removed:
        points.remove(number)
    receipt = points.ask(change.asked, listed=change.listed) if change.asked else None
    return receipt if receipt is not None and not receipt.sent else None


def _of_receipt(receipt: Receipt, change: NumberChange) -> Refusal:
    refusal = refusals.of_receipt(receipt)
    if receipt.refusal not in _OF_NO_USE:
        return refusal
    return replace(refusal, status=400, field_name=VERIFIED if change.listed else PRIMARY)
