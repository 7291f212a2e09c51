"""The sessions of a member: which there are, and how one or all others end."""

from collective.smsauth import wiring
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import Session
from collective.smsauth.flows import opaque_names
from collective.smsauth.flows import sign_in
from collective.smsauth.flows import trusted_browsers
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.pas.passwords import fingerprint
from collective.smsauth.pas.sessions import sessions_of as carried
from collective.smsauth.verification import lifecycle
from dataclasses import dataclass

_KIND = "session"


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """One session that stands. ``name`` is opaque; ``session`` is its record, None for the one at hand if it has none."""

    name: str
    session: Session | None
    is_this: bool


def sessions_of(request, user_id: str) -> list[OpenSession]:
    """Return the sessions of a member that stand, the one at hand first, then the last begun one.

    Sessions that need no record, since nothing or a rule protects the member, cannot be told from each other: of those only the one at
    hand is there.
    """
    parts = wiring.of(request)
    here = _key_of_this(request, user_id)
    found = [
        OpenSession(name=_name(user_id, key), session=session, is_this=key == here)
        for key, session in _standing(parts, user_id).items()
    ]
    is_at_hand = effective_user_id() == user_id and any(carried(parts.site.acl_users, request, user_id))
    if is_at_hand and not any(one.is_this for one in found):
        found.append(OpenSession(name=_name(user_id, ""), session=None, is_this=True))
    return sorted(found, key=lambda one: (not one.is_this, -(one.session.issued if one.session is not None else 0)))


def end(request, user_id: str, name: str) -> bool:
    """End the session of that name, which is not the one at hand, for good; tell whether there was one.

    A rule would let one in again that was let in without a code: so those without a record end with it.
    """
    parts = wiring.of(request)
    key = next((key for key in _standing(parts, user_id) if name in opaque_names.names_of(_KIND, user_id, key)), None)
    if key is None:
        return False
    is_skipped = parts.accounts.get(user_id).sessions[key].is_skipped
    lifecycle.end_session_named(parts.accounts, user_id, key)
    if is_skipped:
        lifecycle.end_unrecorded(parts.accounts, user_id)
        _go_on_without_record(request, user_id)
    return True


def end_others(request, user_id: str) -> None:
    """End all sessions of the member in effect but the one at hand, and what else the password has opened: trust, codes and links."""
    parts = wiring.of(request)
    proof = parts.gate.proof(user_id)
    if proof is not None:
        lifecycle.end_sessions(parts.accounts, user_id, keep=proof.secret, session=proof.session)
    else:
        lifecycle.end_all_sessions(parts.accounts, user_id)
    _go_on_without_record(request, user_id)
    trusted_browsers.forget(request, user_id)


def _name(user_id: str, key: str) -> str:
    return opaque_names.names_of(_KIND, user_id, key)[0]


def _standing(parts: wiring.Parts, user_id: str) -> dict[str, Session]:
    account, policy = parts.accounts.get(user_id), parts.policy
    if account is None:
        return {}
    password = fingerprint(parts.site.acl_users, user_id)
    return {
        key: session
        for key, session in account.sessions.items()
        if account.stands(key, now=parts.now, fingerprint=password, lifetimes=policy.lifetimes)
    }


def _key_of_this(request, user_id: str) -> str:
    proof = wiring.of(request).gate.proof(user_id)
    return hashed(proof.secret) if proof is not None else ""


def _go_on_without_record(request, user_id: str) -> None:
    # A ticket says in a stamp after which ending it was made: that of the session at hand is made anew.
    gate = wiring.of(request).gate
    proof = gate.proof(user_id)
    if (proof is None or proof.session.is_skipped) and gate.has_ticket(user_id):
        sign_in.renew_ticket(request)
