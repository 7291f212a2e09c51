"""What an administrator may see and do about the second step of a member."""

from collections.abc import Iterable
from collective.smsauth import logger
from collective.smsauth import wiring
from collective.smsauth.domain import channels
from collective.smsauth.domain import code_alphabet
from collective.smsauth.domain import codes
from collective.smsauth.domain import contact_points
from collective.smsauth.domain import prepared_code
from collective.smsauth.domain import signed_values
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.bypass import Bypass
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.phone import mask
from collective.smsauth.domain.prepared_code import PreparedCode
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.flows.contact_points import ContactPoints
from collective.smsauth.pas.passwords import fingerprint
from collective.smsauth.permissions import PREPARE_CODES
from collective.smsauth.storage.bypasses import Bypasses
from collective.smsauth.verification import backup_codes
from collective.smsauth.verification import lifecycle
from collective.smsauth.verification import lockout
from collective.smsauth.verification.results import Receipt
from dataclasses import dataclass
from dataclasses import field
from enum import Enum
from functools import partial
from itertools import islice
from plone import api

#: How many members a search shows.
MOST = 20
_LONGEST_TERM = 200
#: For how many records a search asks whether their member is there.
_MOST_LOOKED_AT = 200
#: Seconds for which a page may be used to prepare a code.
_LONGEST_FORM = 2 * 60 * 60
#: Permission to prepare codes; the one to manage two-step verification is needed, too.


class HelpDeskRefusal(str, Enum):
    """Why an administrator may not act on a member."""

    UNKNOWN = "unknown"
    SELF = "self"
    MANAGER = "manager"
    NOT_ALLOWED = "not-allowed"
    ONLY_MANAGERS = "only-managers"
    NO_PHONE = "no-phone"
    NO_REASON = "no-reason"
    STALE = "stale"


ACTIONS = {
    "release": lockout.release,
    "end_sessions": lifecycle.end_all_sessions,
    "forget_browsers": lifecycle.forget_browsers,
    "turn_off": lifecycle.unbind,
    "withdraw": backup_codes.withdraw,
    "withdraw_bypass": lifecycle.withdraw_bypass,
}


class Standing(str, Enum):
    """How a member stands, in one word: the first of these that is so.

    BYPASS and EXEMPT are not asked for a code, by an administrator's word for a while or by a rule; LOCKED and PAUSED have given too many
    wrong codes; ON are asked; MUST_SET_UP have to set up a phone first; OFF need nothing but the password.
    """

    BYPASS = "bypass"
    EXEMPT = "exempt"
    LOCKED = "locked"
    PAUSED = "paused"
    ON = "on"
    MUST_SET_UP = "must-set-up"
    OFF = "off"


@dataclass(frozen=True, kw_only=True)
class MemberState:
    """How the second step of one member stands. ``since`` is seconds since the epoch, ``pause`` seconds.

    ``number`` is masked, '' if there is none, and so is ``email``, the address by which alone they have the second step; ``recovery`` is
    how many recovery codes are left; ``prepared`` is the open prepared code.
    ``sessions`` is how many sessions on record are open; ``has_others`` tells that there may be more, since the member can be let in
    without a code, and ``may_end`` that ending them makes a difference.
    ``bypass`` is the one that holds. ``refusal`` tells why the administrator may not act, ``token`` lets them prepare one code ('' if they
    may not).
    """

    user_id: str
    login: str
    number: str
    email: str
    since: float
    pause: int
    locked: bool
    sessions: int
    has_others: bool
    may_end: bool
    recovery: int
    prepared: PreparedCode | None
    browsers: int
    bypass: Bypass | None
    refusal: HelpDeskRefusal | None
    token: str = field(default="", repr=False)

    @property
    def is_on(self) -> bool:
        """Whether the member has the second step."""
        return bool(self.number or self.email)


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """The record of a member whom the site does not find. ``number`` is masked, '' if there is none; ``refusal`` as in MemberState."""

    user_id: str
    number: str
    refusal: HelpDeskRefusal | None


@dataclass(frozen=True, kw_only=True)
class Made:
    """A prepared code in clear, to be shown once: for whom, and when it ends (seconds since the epoch)."""

    code: str = field(repr=False)
    user_id: str
    expires: float


def find(term: str) -> tuple[list[MemberState], bool]:
    """Return the first members whose user id or login holds ``term``, and whether there are more; those with a bypass, if it is ''."""
    term = term.strip()[:_LONGEST_TERM]
    folder = api.portal.get_tool("acl_users")
    hits = (hit for name in ("id", "login") for hit in folder.searchUsers(**{name: term})) if term else ()
    found = {hit["userid"] for hit in hits} if term else with_bypass()
    members = list(islice(filter(None, map(_member, sorted(found))), MOST + 1))
    return [_state(member) for member in members[:MOST]], len(members) > MOST


def left_of(term: str, members: Iterable[MemberState]) -> tuple[list[Leftover], bool]:
    """Return the first records whose user id is or holds ``term`` and whose member the site does not find, and whether there may be more.

    ``members`` have been found already.
    """
    part, known = term.strip()[:_LONGEST_TERM].lower(), {member.user_id for member in members}
    if not part:
        return [], False
    accounts = wiring.current().accounts
    held = (user_id for user_id in accounts.user_ids() if part in user_id.lower())
    user_ids = (user_id for user_id in dict.fromkeys((term, term.strip(), *held)) if user_id not in known)
    looked_at = list(islice(user_ids, _MOST_LOOKED_AT + 1))
    lost = (one for one in looked_at[:_MOST_LOOKED_AT] if accounts.get(one) is not None and _member(one) is None)
    gone = list(islice(lost, MOST + 1))
    refusal = None if _is_manager() else HelpDeskRefusal.ONLY_MANAGERS
    left = [Leftover(user_id=one, number=mask(accounts.get(one).number), refusal=refusal) for one in gone[:MOST]]
    return left, len(gone) > MOST or len(looked_at) > _MOST_LOOKED_AT


def remove(user_id: str) -> HelpDeskRefusal | None:
    """Remove the record of a member whom the site does not find, or return why not.

    Whether they are a Manager cannot be told, so only Managers may.
    """
    accounts = wiring.current().accounts
    if accounts.get(user_id) is None or _member(user_id) is not None:
        return HelpDeskRefusal.UNKNOWN
    if not _is_manager():
        return HelpDeskRefusal.ONLY_MANAGERS
    lifecycle.forget(accounts, user_id)
    actor = api.user.get_current().getId()
    logger.info("Two-step verification of %s: record of a member who is gone removed by %s", user_id, actor)
    return None


def act(action: str, user_id: str, *, reason: str = "") -> HelpDeskRefusal | None:
    """Do one of ACTIONS for a member, or return why not. ``reason`` goes into the log."""
    refusal = refusal_of(user_id)
    if refusal is None:
        ACTIONS[action](wiring.current().accounts, user_id)
        log(user_id, action, reason=reason)
    return refusal


def refusal_of(user_id: str) -> HelpDeskRefusal | None:
    """Return why the administrator may not act on a member, None if they may."""
    member = _member(user_id)
    return HelpDeskRefusal.UNKNOWN if member is None else _refusal(member)


def user_ids(term: str) -> list[str]:
    """Return the user ids, in order, of the members with ``term`` in their id, login, name or e-mail address; of all, if it is ''."""
    folder, term = api.portal.get_tool("acl_users"), term.strip()[:_LONGEST_TERM]
    names = ("id", "login", "fullname", "email")
    found = (hit for name in names for hit in folder.searchUsers(**{name: term})) if term else folder.searchUsers()
    return sorted({hit["userid"] for hit in found})


def of(user_id: str) -> MemberState | None:
    """Return how a member stands, None if there is no such member."""
    member = _member(user_id)
    return None if member is None else _state(member)


def standing(user_id: str) -> Standing:
    """Return in one word how a member of the site stands."""
    parts = wiring.current()
    account, obligations = parts.accounts.get(user_id) or Account(), parts.gate.obligations
    if obligations.has_bypass(user_id):
        return Standing.BYPASS
    if obligations.is_exempt(user_id):
        return Standing.EXEMPT
    if throttle.is_locked(account.failures):
        return Standing.LOCKED
    if parts.policy.pause(account, now=parts.now):
        return Standing.PAUSED
    if account.is_bound:
        return Standing.ON
    return Standing.MUST_SET_UP if obligations.is_required(user_id) else Standing.OFF


def awaited(user_id: str) -> Challenge | None:
    """Return the code that a member waits for: of a set-up, of a login, or of a number that is not proved yet."""
    parts = wiring.current()
    proof = ContactPoints(user_id=user_id, parts=parts).proof
    return parts.verifier.awaited(user_id) or (proof.challenge if proof is not None else None)


def send_code(user_id: str, client_address: str) -> Receipt | HelpDeskRefusal:
    """Send another code in place of the one that a member waits for, or one to their number that is not proved, or return why not."""
    refusal, parts = refusal_of(user_id), wiring.current()
    if refusal is not None:
        return refusal
    if parts.verifier.awaited(user_id) is not None:
        receipt: Receipt = parts.verifier.resend_awaited(user_id, client_address=client_address)
    else:
        receipt = ContactPoints(user_id=user_id, parts=parts).send_again()
    if receipt.sent:
        log(user_id, "code sent")
    return receipt


def give_bypass(user_id: str, until: float, reason: object) -> Bypass | HelpDeskRefusal:
    """Let a member in by the password alone until then (seconds since the epoch), for a reason, or return why not."""
    refusal, line = refusal_of(user_id), prepared_code.reason_in(reason)
    if refusal is not None or line is None:
        return refusal or HelpDeskRefusal.NO_REASON
    parts = wiring.current()
    actor = api.user.get_current().getId()
    bypass = Bypass(made=parts.now, until=until, made_by=actor, reason=line, by_manager=_is_manager())
    lifecycle.give_bypass(parts.accounts, user_id, bypass)
    Bypasses(parts.plugin).add(user_id, until, now=parts.now)
    log(user_id, "bypass given", reason=line)
    return bypass


def with_bypass() -> list[str]:
    """Return the user ids of all members with a bypass that holds, in order."""
    parts = wiring.current()
    return list(filter(parts.gate.obligations.has_bypass, Bypasses(parts.plugin).user_ids()))


def prepare(user_id: str, reason: object, token: object) -> Made | HelpDeskRefusal:
    """Make a code for one sign-in of a member, for a reason, or return why not.

    ``token`` comes from the page that showed the member's state: it is good for one code, however often the form is sent, and returns
    that code again for two minutes.
    """
    refusal = _refusal_to_prepare(user_id)
    if refusal is not None:
        return refusal
    account = wiring.current().accounts.get(user_id)
    value = signed_values.unsign(wiring.current().keys("signing"), Usage.FORM, token)
    if value is None or value.get("v") != PREPARE_CODES or wiring.current().now >= value["x"]:
        return HelpDeskRefusal.STALE
    is_own = value["s"].startswith(_whose(user_id))
    if is_own and (again := wiring.current().backup_codes.prepared(user_id, value["n"])):
        return Made(code=code_alphabet.grouped(again), user_id=user_id, expires=account.prepared.expires)
    if value["s"] != _stand(user_id, account):
        return HelpDeskRefusal.STALE
    return _prepare(user_id, reason, value["n"])


def prepare_anew(user_id: str, reason: object) -> Made | HelpDeskRefusal:
    """Make a code as ``prepare`` does, for who has no page of it: each time another one, in place of the former."""
    return _refusal_to_prepare(user_id) or _prepare(user_id, reason)


def _refusal_to_prepare(user_id: str) -> HelpDeskRefusal | None:
    if not api.user.has_permission(PREPARE_CODES, obj=wiring.current().site):
        return HelpDeskRefusal.NOT_ALLOWED
    account = wiring.current().accounts.get(user_id) or Account()
    return refusal_of(user_id) or (None if account.is_bound else HelpDeskRefusal.NO_PHONE)


def _prepare(user_id: str, reason: object, seed: str = "") -> Made | HelpDeskRefusal:
    line, parts, actor = prepared_code.reason_in(reason), wiring.current(), api.user.get_current().getId()
    if line is None:
        return HelpDeskRefusal.NO_REASON
    lifetime = parts.policy.prepared_lifetime
    code = parts.backup_codes.prepare(user_id, seed, lifetime=lifetime, made_by=actor, reason=line)
    log(user_id, "code prepared", reason=line)
    return Made(code=code_alphabet.grouped(code), user_id=user_id, expires=parts.now + lifetime)


def _token(user_id: str, account: Account) -> str:
    # It ends before a code that it made would: until then what is kept of that code tells that the token was used.
    ends = wiring.current().now + min(_LONGEST_FORM, wiring.current().policy.prepared_lifetime)
    value = {"v": PREPARE_CODES, "s": _stand(user_id, account), "x": ends, "n": codes.random_name()}
    return signed_values.sign(wiring.current().keys("signing"), Usage.FORM, value)


def _stand(user_id: str, account: Account) -> str:
    made = account.prepared.id if account.prepared is not None else ""
    return f"{_whose(user_id)}{made}"


def _whose(user_id: str) -> str:
    return f"{api.user.get_current().getId()}/{user_id}/"


def _member(user_id: str):
    """Return the user of this site with that id; users of the Zope root have no second step here."""
    user = api.portal.get_tool("acl_users").getUserById(user_id)
    return user if user is not None and wiring.current().gate.is_own(user) else None


def _is_manager() -> bool:
    return "Manager" in api.user.get_current().getRolesInContext(wiring.current().site)


def log(user_id: str, done: str, *, reason: str = "") -> None:
    """Log what the user in effect has done for a member, with both user ids, and for what reason if they gave one."""
    why = f" for: {reason}" if reason else ""
    logger.info("Two-step verification of %s: %s by %s%s", user_id, done, api.user.get_current().getId(), why)


def is_out_of_reach(member) -> bool:
    """Tell whether a member (a user of PAS) is a Manager, and the user in effect is none."""
    return "Manager" in member.getRolesInContext(wiring.current().site) and not _is_manager()


def _refusal(member) -> HelpDeskRefusal | None:
    """Return why the user in effect may not act on a member of this site (a user of PAS), None if they may."""
    if api.user.get_current().getId() == member.getId():
        return HelpDeskRefusal.SELF
    return HelpDeskRefusal.MANAGER if is_out_of_reach(member) else None


def _state(member) -> MemberState:
    now = wiring.current().now
    account = wiring.current().accounts.get(member.getId()) or Account()
    policy, refusal, code = wiring.current().policy, _refusal(member), account.prepared
    password = fingerprint(wiring.current().site.acl_users, member.getId())
    stands = partial(account.stands, now=now, fingerprint=password, lifetimes=policy.lifetimes)
    obligations, sessions = wiring.current().gate.obligations, sum(map(stands, account.sessions))
    is_protected = obligations.is_protected(member.getId(), account)
    is_open = code is not None and code.is_open(now=now, max_tries=policy.max_tries)
    may_prepare = (
        refusal is None and account.is_bound and api.user.has_permission(PREPARE_CODES, obj=wiring.current().site)
    )
    return MemberState(
        user_id=member.getId(),
        login=member.getUserName(),
        number=mask(account.number),
        email=channels.mask(contact_points.sole_email(account)),
        since=account.bound_at,
        pause=policy.pause(account, now=now),
        locked=throttle.is_locked(account.failures),
        sessions=sessions,
        has_others=not is_protected or obligations.requirement.skips or account.bypass is not None,
        may_end=bool(sessions) or is_protected,
        browsers=len(wiring.current().trusted_browsers.browsers(member.getId())),
        recovery=len(account.recovery),
        prepared=code if is_open else None,
        bypass=account.bypass if obligations.has_bypass(member.getId()) else None,
        refusal=refusal,
        token=_token(member.getId(), account) if may_prepare else "",
    )
