"""A sign-in that is pending: the first factor was correct, the second is still owed.

The browser carries all of it, in a token that is signed. So whoever else begins sign-ins of the same member takes nothing from it, nothing
grows with their number, and no process has to find what another one wrote. The record of the member tells only what has ended: all that
were begun in a round that is over, and those that were completed or logged out, by name.

Such a token is worth what the password of that moment was, and nothing else: it signs nobody in.
"""

from collections.abc import Sequence
from collective.smsauth.domain import codes
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.policy import PENDING_LIFETIME
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.signed_values import Usage
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace

#: Codes that one sign-in was told to use although they were not sent for it. More than that cannot be open at once.
MOST_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Pending:
    """What the token says.

    ``begun`` is seconds since the epoch. ``password`` is a keyed digest of the fingerprint of the password of that moment, ``round``
    the one of the member's record by then. ``shown`` are the ids of challenges that were not sent for this
    sign-in, but that it was told to use, since no other could be sent. A step-up ends with its session: ``session`` is the name of that
    session's record, '' if there is none; then ``endings`` is how often the member's sessions had been ended by then.
    """

    user_id: str
    secret: str = field(repr=False)
    begun: float
    password: str = field(repr=False)
    round: int = 0
    shown: tuple[str, ...] = ()
    session: str = ""
    endings: int | None = None

    @property
    def name(self) -> str:
        """The name by which records know it."""
        return hashed(self.secret)

    @property
    def expires(self) -> float:
        """When it ends, in seconds since the epoch."""
        return self.begun + PENDING_LIFETIME

    def takes(self, challenge: Challenge) -> bool:
        """Tell whether the code of a challenge belongs to this sign-in: it was sent for it, or its page told to use it. No other does."""
        return challenge.purpose is Purpose.SIGN_IN and (challenge.binding == self.name or challenge.id in self.shown)

    def codes_in(self, account: Account) -> tuple[Challenge, ...]:
        """Return the challenges of a member that belong to this sign-in, the newest last: only that one can be answered rightly."""
        return tuple(challenge for challenge in account.sent(Purpose.SIGN_IN) if self.takes(challenge))

    def told_to_use(self, *challenges: Challenge) -> "Pending":
        """Return the sign-in as it is once its page has told to use these codes."""
        more = [challenge.id for challenge in challenges if not self.takes(challenge)]
        return replace(self, shown=(*self.shown, *more)[-MOST_SHOWN:]) if more else self

    def is_on_record(self, account: Account) -> bool:
        """Tell whether ``account`` was written when this sign-in was begun, or later: else another process may have sent a code for it."""
        return self.begun <= account.sign_in_begun_at

    def _is_in_session(self, account: Account) -> bool:
        if self.endings is not None and self.endings != account.endings:
            return False
        return not self.session or self.session in account.sessions

    def stands(self, account: Account, *, keys: Sequence[bytes], now: float, fingerprint: str) -> bool:
        """Tell whether it still stands: it is not too old, the password is the same, and nothing has ended it."""
        return (
            now < self.expires
            and account.is_pending(self.name, self.round, self.expires)
            and self._is_in_session(account)
            and codes.matches(keys, self.password, *_says(self.user_id, fingerprint))
        )


def begin(key: bytes, user_id: str, account: Account, *, now: float, fingerprint: str, secret: str = "") -> Pending:
    """Return a sign-in of the member that is pending from now on; their ``account`` counts it already.

    ``secret`` is unguessable; a random one is made if none is given.
    """
    return Pending(
        user_id=user_id,
        secret=secret or codes.random_secret(),
        begun=now,
        password=codes.digest(key, *_says(user_id, fingerprint)),
        round=account.pending_round,
    )


def in_session(pending: Pending, account: Account, session: str) -> Pending:
    """Return a step-up as one that ends with its session, which is known by the secret ``session``."""
    name = hashed(session)
    if name in account.sessions:
        return replace(pending, session=name)
    return replace(pending, endings=account.endings)


def sign(keys: Sequence[bytes], pending: Pending) -> str:
    """Return the token of a pending sign-in."""
    value = {"u": pending.user_id, "s": pending.secret, "b": pending.begun, "p": pending.password}
    more = {"r": pending.round, "c": pending.shown, "n": pending.session}
    more = {key: one for key, one in more.items() if one}
    if pending.endings is not None:
        more["e"] = pending.endings
    return signed_values.sign(keys, Usage.SIGN_IN, {**value, **more})


def read(keys: Sequence[bytes], user_id: str, token: object) -> Pending | None:
    """Return what a token says if it was signed here for that member, whether or not that sign-in still stands."""
    value = signed_values.unsign(keys, Usage.SIGN_IN, token)
    if value is None or value["u"] != user_id:
        return None
    return Pending(
        user_id=user_id,
        secret=value["s"],
        begun=value["b"],
        password=value["p"],
        round=value.get("r", 0),
        shown=tuple(value.get("c", ())),
        session=value.get("n", ""),
        endings=value.get("e"),
    )


def _says(user_id: str, fingerprint: str) -> tuple[str, ...]:
    return "pending", user_id, fingerprint
