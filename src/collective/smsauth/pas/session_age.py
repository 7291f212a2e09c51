"""How long ago a member signed in to a session without a proof: a ticket says so in a token of its own.

The time of a ticket does not tell. Whoever holds one, an old or a stolen one, can have it minted again as often as they like.
"""

from collective.smsauth.pas import passwords
from collective.smsauth.pas.sessions import is_session
from collective.smsauth.pas.sessions import sessions_of

#: Beginning of the token; the seconds since the epoch follow.
_PREFIX = "smsauth-since-"


def token(user_folder, request, user_id: str, now: float) -> str:
    """Return the token for a ticket that is minted in this request.

    A request that brings a session of that member already is no sign-in: the new ticket is as old as the oldest of those, and
    of no age that counts as fresh if one of them does not say.
    """
    ages = [_age(plugin, held, now) for plugin, held in sessions_of(user_folder, request, user_id)]
    began = 0 if None in ages else int(now - max(ages, default=0))
    return f"{_PREFIX}{began}"


def session_age(user_folder, request, user_id: str, now: float) -> float | None:
    """Return how many seconds ago the member signed in to the session of this request, or None if that cannot be told."""
    # Nobody whose password is kept elsewhere can be asked for it here: there the age of the ticket has to do.
    age = _age if passwords.is_kept(user_folder, user_id) else _minted
    ages = [age(plugin, held, now) for plugin, held in sessions_of(user_folder, request, user_id)]
    return min((age for age in ages if age is not None), default=None)


def _age(plugin, credentials, now):
    ticket = plugin._validateTicket(credentials["cookie"]) if is_session(plugin) else None
    stamps = [name[len(_PREFIX) :] for name in (ticket[2] if ticket else ()) if name.startswith(_PREFIX)]
    return now - int(stamps[0]) if stamps and stamps[0].isdecimal() else None


def _minted(plugin, credentials, now):
    age = _age(plugin, credentials, now)
    ticket = plugin._validateTicket(credentials["cookie"]) if is_session(plugin) else None
    return age if age is not None or ticket is None else now - ticket[4]
