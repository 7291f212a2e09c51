"""Whether a session was ended that has no proof on record which would tell: one that a rule lets in, or that owes the second factor."""

from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import Lifetimes
from collective.smsauth.domain.session import names_proof
from collective.smsauth.pas.session_stamps import stamp_in
from collective.smsauth.pas.sessions import is_session
from collective.smsauth.pas.sessions import is_token
from collective.smsauth.pas.sessions import made_at
from collective.smsauth.pas.sessions import secrets_in
from collective.smsauth.verification.lifecycle import ticket_time
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class EndedSessions:
    """The sessions of one member that have ended, at one moment.

    ``fingerprint`` is that of the password, '' if it does not matter, as for a member whom nothing protects; ``now`` is seconds since the
    epoch.
    """

    user_id: str
    account: Account
    fingerprint: str
    lifetimes: Lifetimes
    now: float

    def has(self, plugin: Any, credentials: dict[str, Any]) -> bool:
        """Tell whether the session has ended whose credentials ``plugin`` accepted as the member's. A password is no session.

        One that carries a proof ends with it. A stamp tells whether sessions were ended since. What somebody else made, such as SSO, has
        nothing but its own time; whoever ended it cannot renew it here (see ``log_out``).
        """
        if not (is_session(plugin) or is_token(plugin)):
            return False
        tokens = secrets_in(plugin, credentials, self.user_id)
        if any(self._stands(token) for token in tokens):
            return False
        stamp = stamp_in(tokens)
        if stamp is not None:
            return not (stamp.is_of(self.account) and (not self.fingerprint or stamp.is_under(self.fingerprint)))
        return any(map(names_proof, tokens)) or self._is_older(plugin, credentials)

    def _stands(self, token: str) -> bool:
        session = self.account.sessions.get(hashed(token))
        return session is not None and self.account.stands(
            hashed(token),
            now=self.now,
            fingerprint=self.fingerprint or session.fingerprint,
            lifetimes=self.lifetimes,
        )

    def _is_older(self, plugin: Any, credentials: dict[str, Any]) -> bool:
        # An ending in the future was written by a clock that ran ahead: it would hold back all that comes until then.
        ended = self.account.ended_at
        if not self.account.endings or throttle.is_ahead(ended, now=ticket_time()):
            return False
        made = made_at(plugin, credentials)
        return made is None or made <= ended
