"""How long ago a member signed in to a session without a proof: a ticket, or a token, says so in its stamp.

The time of a ticket or token does not tell. Whoever holds one, an old or a stolen one, can have it made again as often as they like.
"""

from collections.abc import Iterable
from collective.smsauth.pas import passwords
from collective.smsauth.pas.session_stamps import stamp_in
from collective.smsauth.pas.sessions import is_session
from collective.smsauth.pas.sessions import is_token
from collective.smsauth.pas.sessions import made_at
from collective.smsauth.pas.sessions import secrets_in
from collective.smsauth.pas.sessions import sessions_of
from typing import Any


def beginning(sessions: Iterable[tuple[Any, dict[str, Any]]], user_id: str, now: float) -> int:
    """Return when the session began (seconds since the epoch) whose ticket is minted now, in a request that brings ``sessions``.

    A request that brings a session of that member already is no sign-in: the new ticket is as old as the oldest of those, and
    of no age that counts as fresh if one of them does not say.
    """
    ages = [_age(plugin, held, user_id, now) for plugin, held in sessions]
    return 0 if None in ages else int(now - max((age for age in ages if age is not None), default=0))


def session_age(user_folder, request, user_id: str, now: float) -> float | None:
    """Return how many seconds ago the member signed in to the session of this request, or None if that cannot be told.

    Of a member who was deleted, and whose token outlives them, it cannot.
    """
    if user_folder.getUserById(user_id) is None:
        return None
    # Nobody whose password is kept elsewhere can be asked for it here: there the age of the ticket has to do.
    age = _age if passwords.is_kept(user_folder, user_id) else _minted
    ages = [age(plugin, held, user_id, now) for plugin, held in sessions_of(user_folder, request, user_id)]
    return min((age for age in ages if age is not None), default=None)


def _age(plugin, credentials, user_id, now):
    stamp = stamp_in(secrets_in(plugin, credentials, user_id)) if is_session(plugin) or is_token(plugin) else None
    return now - stamp.began if stamp is not None else None


def _minted(plugin, credentials, user_id, now):
    age = _age(plugin, credentials, user_id, now)
    made = made_at(plugin, credentials) if is_session(plugin) else None
    return age if age is not None or made is None else now - made
