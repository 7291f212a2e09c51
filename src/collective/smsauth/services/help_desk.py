"""``@smsauth-members``, ``@smsauth-members/ID`` and what hangs below it: how members stand, and what administrators do for them."""

from collective.smsauth import wiring
from collective.smsauth.administration import help_desk
from collective.smsauth.administration.help_desk import HelpDeskRefusal
from collective.smsauth.administration.help_desk import MemberState
from collective.smsauth.administration.help_desk import Standing
from collective.smsauth.domain import bypass
from collective.smsauth.domain import channels
from collective.smsauth.domain import contact_points
from collective.smsauth.domain import prepared_code
from collective.smsauth.domain.account import Account
from collective.smsauth.flows import opaque_names
from collective.smsauth.flows import sessions
from collective.smsauth.flows.requester import client_address
from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.services import batch
from collective.smsauth.services import refusals
from collective.smsauth.services import sessions as own_sessions
from collective.smsauth.services import trusted_browsers
from collective.smsauth.services.member import AdministratorService
from collective.smsauth.services.member import not_allowed
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.services.service import Field
from collective.smsauth.services.service import ServiceTable
from collective.smsauth.services.service import StepService
from collective.smsauth.services.status import timestamp
from plone import api
from typing import Any
from urllib.parse import quote
from zope.interface import implementer

_REASON = Field(name="reason", required=True)


class Members(AdministratorService):
    """The members of the site, some at a time."""

    def answer_to_administrator(self, data: dict[str, Any]) -> Any:
        """Return those that ``query`` finds and that stand as ``state`` says, in batches."""
        query, state = batch.text(self.request, "query"), batch.text(self.request, "state")
        if isinstance(query, Refusal) or isinstance(state, Refusal):
            return query if isinstance(query, Refusal) else state
        if state and state not in [standing.value for standing in Standing]:
            return refusals.of_field("state")
        found = help_desk.user_ids(query)
        if state:
            found = [user_id for user_id in found if help_desk.standing(user_id).value == state]
        batched = batch.batched(self.request, found)
        if isinstance(batched, Refusal):
            return batched
        states = filter(None, map(help_desk.of, batched))
        answer = {
            "@id": batched.canonical_url,
            "items": [self._item(state) for state in states],
            "items_total": batched.items_total,
        }
        return {**answer, "batching": batched.links} if batched.links else answer

    def _item(self, state: MemberState) -> dict[str, Any]:
        return described(state, self.parts)


class OneMember(AdministratorService):
    """A service about one member, whose user id is in the address."""

    most_names = 1

    @property
    def user_id(self) -> str:
        """The user id."""
        return self.names[0]

    def refused(self, refusal: HelpDeskRefusal) -> Refusal:
        """Return the refusal of what the administrator may not do, or cannot."""
        if refusal is HelpDeskRefusal.UNKNOWN:
            return refusals.not_found()
        if refusal is HelpDeskRefusal.NO_PHONE:
            return refusals.no_number()
        return refusals.unusable("reason") if refusal is HelpDeskRefusal.NO_REASON else not_allowed()

    def done(self, refusal: HelpDeskRefusal | None) -> Any:
        """Return nothing, with 204, or the refusal."""
        return self.reply_no_content() if refusal is None else self.refused(refusal)


class Member(OneMember):
    """One member, with all that is there."""

    def answer_to_administrator(self, data: dict[str, Any]) -> Any:
        """Return it. Numbers and addresses are whole to who may manage the member, and to the member."""
        state = help_desk.of(self.user_id)
        if state is None:
            return refusals.not_found()
        parts, account = self.parts, self.parts.accounts.get(self.user_id) or Account()
        is_whole = state.refusal in (None, HelpDeskRefusal.SELF)
        code, given = state.prepared, state.bypass
        return {
            **described(state, parts),
            **({"mobile_number": account.number} if is_whole else {}),
            "login": state.login,
            "may_be_managed": state.refusal is None,
            "pause": state.pause,
            "prepared_code": code
            and {"expires": timestamp(code.expires), "made_by": code.made_by, "reason": code.reason},
            "bypass": given and of_bypass(given),
            "contact_points": self._contact_points(account, is_whole=is_whole),
            "sessions": [own_sessions.described(one) for one in sessions.sessions_of(self.request, self.user_id)],
            "browsers": [
                trusted_browsers.described(browser, self.request)
                for browser in parts.trusted_browsers.browsers(self.user_id).values()
            ],
            "log": [],
        }

    def _contact_points(self, account: Account, *, is_whole: bool) -> list[dict[str, Any]]:
        points = contact_points.points_of(account, wiring.email_of(self.user_id), now=self.parts.now)
        return [
            {
                "name": opaque_names.names_of("point", self.user_id, point.address)[0],
                "kind": "email" if channels.is_email(point.address) else "number",
                "address": point.address if is_whole else channels.mask(point.address),
                "standing": point.standing.value,
                "primary": point.primary,
                "verified": timestamp(point.verified) if point.verified else None,
            }
            for point in points
        ]


class SendCode(OneMember):
    """Sends another code in place of the one that the member waits for, or one to their number that is not proved."""

    def answer_to_administrator(self, data: dict[str, Any]) -> Any:
        """Return where it went, masked, with 202."""
        receipt = help_desk.send_code(self.user_id, client_address(self.request))
        if isinstance(receipt, HelpDeskRefusal):
            return self.refused(receipt)
        if not receipt.sent:
            return refusals.of_receipt(receipt)
        challenge = help_desk.awaited(self.user_id)
        expires_in = int(challenge.expires - self.parts.now)
        return self.accepted({"to": channels.mask(challenge.to), "expires_in": expires_in, "resend_in": receipt.wait})


class Release(OneMember):
    """Ends the pause or lock of a member."""

    def answer_to_administrator(self, data: dict[str, Any]) -> Any:
        """Return nothing, with 204."""
        return self.done(help_desk.act("release", self.user_id))


class PrepareCode(OneMember):
    """Prepares a code for one sign-in. It is in this answer, and nowhere else."""

    fields = (_REASON,)

    def answer_to_administrator(self, data: dict[str, Any]) -> Any:
        """Return it, with 201."""
        made = help_desk.prepare_anew(self.user_id, data["reason"])
        if isinstance(made, HelpDeskRefusal):
            return self.refused(made)
        return self.accepted({"code": made.code, "expires": timestamp(made.expires)}, status=201)


class GiveBypass(OneMember):
    """Lets a member in by the password alone for a while."""

    fields = (Field(name="until", required=True), _REASON)

    def answer_to_administrator(self, data: dict[str, Any]) -> Any:
        """Return what was given, with 201."""
        refusal, until = help_desk.refusal_of(self.user_id), bypass.until_in(data["until"], now=self.parts.now)
        if refusal is not None:
            return self.refused(refusal)
        if until is None:
            return refusals.unusable("until")
        given = help_desk.give_bypass(self.user_id, until, data["reason"])
        return (
            self.refused(given) if isinstance(given, HelpDeskRefusal) else self.accepted(of_bypass(given), status=201)
        )


class WithdrawBypass(OneMember):
    """Ends the bypass of a member before its time."""

    def answer_to_administrator(self, data: dict[str, Any]) -> Any:
        """Return nothing, with 204."""
        state = help_desk.of(self.user_id)
        if state is None or (state.refusal is None and state.bypass is None):
            return refusals.not_found()
        return self.done(help_desk.act("withdraw_bypass", self.user_id))


class EndSessions(OneMember):
    """Ends all sessions of a member, and what else their password has opened."""

    def answer_to_administrator(self, data: dict[str, Any]) -> Any:
        """Return nothing, with 204."""
        return self.done(help_desk.act("end_sessions", self.user_id))


class ForgetBrowsers(OneMember):
    """Forgets all browsers that a member trusts, and ends the sessions that were opened there."""

    def answer_to_administrator(self, data: dict[str, Any]) -> Any:
        """Return nothing, with 204."""
        return self.done(help_desk.act("forget_browsers", self.user_id))


class TurnOff(OneMember):
    """Turns two-step verification of a member off, for a reason."""

    fields = (_REASON,)

    def answer_to_administrator(self, data: dict[str, Any]) -> Any:
        """Return nothing, with 204."""
        refusal, reason = help_desk.refusal_of(self.user_id), prepared_code.reason_in(data["reason"])
        if refusal is not None:
            return self.refused(refusal)
        if reason is None:
            return refusals.unusable("reason")
        if not self.parts.gate.has_second_step(self.user_id):
            return refusals.no_number()
        return self.done(help_desk.act("turn_off", self.user_id, reason=reason))


#: By the method and the names in the address, in which ``ID`` stands for any user id.
SERVICES: dict[tuple[str, str], type[StepService]] = {
    ("GET", ""): Members,
    ("GET", "ID"): Member,
    ("POST", "ID/send-code"): SendCode,
    ("POST", "ID/release"): Release,
    ("POST", "ID/prepared-code"): PrepareCode,
    ("POST", "ID/bypass"): GiveBypass,
    ("DELETE", "ID/bypass"): WithdrawBypass,
    ("DELETE", "ID/sessions"): EndSessions,
    ("DELETE", "ID/browsers"): ForgetBrowsers,
    ("POST", "ID/turn-off"): TurnOff,
}
_ACTS = {place.partition("/")[2] for _method, place in SERVICES} - {""}


@implementer(ISecondStepView)
class Table(ServiceTable):
    """``@smsauth-members``."""

    services = SERVICES

    def split(self, names: list[str]) -> tuple[str, list[str]]:
        """Return the place in the table, and the user id, in which there may be slashes."""
        act = names[-1:] if len(names) > 1 and names[-1] in _ACTS else []
        return "/".join(["ID", *act] if names else []), ["/".join(names[: len(names) - len(act)])] if names else []


def described(state: MemberState, parts: wiring.Parts) -> dict[str, Any]:
    """Return what is told of a member in lists. The number is masked."""
    member, account = api.user.get(userid=state.user_id), parts.accounts.get(state.user_id) or Account()
    return {
        "@id": f"{parts.site.absolute_url()}/@smsauth-members/{quote(state.user_id)}",
        "id": state.user_id,
        "fullname": member.getProperty("fullname", "") or "",
        "email": member.getProperty("email", "") or "",
        "state": help_desk.standing(state.user_id).value,
        "required": parts.gate.obligations.is_required(state.user_id),
        "mobile_number": state.number,
        "recovery_codes_left": state.recovery,
        "last_step": timestamp(account.last_step_at) if account.last_step_at else None,
    }


def of_bypass(given: bypass.Bypass) -> dict[str, Any]:
    """Return what is told of a bypass."""
    return {"until": timestamp(given.until), "reason": given.reason, "made_by": given.made_by}
