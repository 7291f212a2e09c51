"""What an administrator may see and do about the second step of a member."""

from collective.smsauth import lifecycle
from collective.smsauth import logger
from collective.smsauth import wiring
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.phone import mask
from dataclasses import dataclass
from enum import Enum
from plone import api

#: How many members a search shows.
MOST = 20
_LONGEST_TERM = 200


class Refusal(str, Enum):
    """Why an administrator may not act on a member."""

    UNKNOWN = "unknown"
    SELF = "self"
    MANAGER = "manager"


ACTIONS = {
    "release": lifecycle.release,
    "end_sessions": lifecycle.end_sessions,
    "forget_browsers": lifecycle.forget_browsers,
    "turn_off": lifecycle.unbind,
}


@dataclass(frozen=True, kw_only=True)
class MemberState:
    """How the second step of one member stands. ``since`` is seconds since the epoch, ``pause`` seconds.

    ``number`` is masked, '' if there is none. ``refusal`` tells why the administrator may not act.
    """

    user_id: str
    login: str
    number: str
    since: float
    pause: int
    locked: bool
    sessions: int
    browsers: int
    refusal: Refusal | None


def find(term: str) -> tuple[list[MemberState], bool]:
    """Return the first members whose user id or login holds ``term``, and whether there are more."""
    term = term.strip()[:_LONGEST_TERM]
    if not term:
        return [], False
    folder = api.portal.get_tool("acl_users")
    found = {hit["userid"] for name in ("id", "login") for hit in folder.searchUsers(**{name: term})}
    members = [member for user_id in sorted(found) if (member := _member(user_id)) is not None][: MOST + 1]
    return [_state(member) for member in members[:MOST]], len(members) > MOST


def act(action: str, user_id: str) -> Refusal | None:
    """Do one of ACTIONS for a member, or return why not."""
    member = _member(user_id)
    refusal = Refusal.UNKNOWN if member is None else _refusal(member)
    if refusal is None:
        ACTIONS[action](wiring.plugin().accounts, user_id)
        logger.info("Two-step verification of %s: %s by %s", user_id, action, api.user.get_current().getId())
    return refusal


def _member(user_id: str):
    """Return the user of this site with that id; users of the Zope root have no second step here."""
    user = api.portal.get_tool("acl_users").getUserById(user_id)
    return user if user is not None and wiring.plugin().is_own(user) else None


def _refusal(member) -> Refusal | None:
    actor, site = api.user.get_current(), wiring.site()
    if actor.getId() == member.getId():
        return Refusal.SELF
    if "Manager" in member.getRolesInContext(site) and "Manager" not in actor.getRolesInContext(site):
        return Refusal.MANAGER
    return None


def _state(member) -> MemberState:
    now = wiring.now()
    account = wiring.plugin().accounts.get(member.getId()) or Account()
    return MemberState(
        user_id=member.getId(),
        login=member.getUserName(),
        number=mask(account.number),
        since=account.bound,
        pause=wiring.policy().pause(account, now=now),
        locked=throttle.is_locked(account.failures),
        sessions=sum(now < session.expires for session in account.sessions.values()),
        browsers=len(wiring.trust().browsers(member.getId())),
        refusal=_refusal(member),
    )
