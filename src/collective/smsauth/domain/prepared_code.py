"""A prepared code (pre-generated code): made by an administrator for one sign-in of a member whom no text can reach.

60 bits. It lives for hours, not minutes: six digits would be safe from guessing, which is throttled, but not from somebody who has a
copy of the database, with the key of the digest in it, and a day to try all of them.
"""

from collections.abc import Sequence
from collective.smsauth.domain import code_alphabet
from collective.smsauth.domain import codes
from collective.smsauth.domain.challenge import Outcome
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace

LENGTH = 12
LONGEST_REASON = 200

_USAGE = "prepared-code"


@dataclass(frozen=True, kw_only=True)
class PreparedCode:
    """A code that an administrator made for a member: keyed digest, when it ends, who made it (user id) and why.

    ``tries`` is how often it was answered wrongly; ``id`` is part of the digest. ``spent`` tells one that was used or withdrawn: it is
    kept until it would have ended, so that the form by which it was made cannot make another.
    """

    id: str
    digest: str = field(repr=False)
    issued: float
    expires: float
    made_by: str
    reason: str
    tries: int = 0
    spent: bool = False

    def is_open(self, *, now: float, max_tries: int) -> bool:
        """Tell whether an answer could still be accepted. ``now`` is seconds since the epoch."""
        return now < self.expires and not self.spent and self.tries < max_tries


def reason_in(typed: object) -> str | None:
    """Return a reason as one line without control characters, or None if there is none or it is longer than 200 characters."""
    if not isinstance(typed, str) or len(typed) > 10 * LONGEST_REASON:
        return None
    line = " ".join("".join(character if character.isprintable() else " " for character in typed).split())
    return line if line and len(line) <= LONGEST_REASON else None


def code_of(key: bytes, user_id: str, seed: str) -> str:
    """Return the code that follows from ``seed``, which is unguessable (128 bits) and not kept.

    A form that is sent twice has the same seed, and gets the same code.
    """
    return code_alphabet.derive(codes.derive(key, _USAGE), f"{user_id} {seed}", length=LENGTH)


def make(
    key: bytes, user_id: str, seed: str, *, now: float, lifetime: int, made_by: str, reason: str
) -> tuple[str, PreparedCode]:
    """Return the code of ``seed`` for one sign-in of a member, valid for ``lifetime`` seconds from ``now``, and what is kept of it."""
    code, code_id = code_of(key, user_id, seed), codes.random_name()
    return code, PreparedCode(
        id=code_id,
        digest=codes.digest(key, _USAGE, user_id, code_id, code),
        issued=now,
        expires=now + lifetime,
        made_by=made_by,
        reason=reason,
    )


def normalise(answer: object) -> str | None:
    """Return the prepared code that somebody typed, or None if it cannot be one."""
    return code_alphabet.normalise(answer, LENGTH)


def spend(prepared: PreparedCode | None) -> PreparedCode | None:
    """Return what is kept of a code that can no longer be used."""
    return None if prepared is None else replace(prepared, spent=True)


def is_open_for(prepared: PreparedCode, code: str, *, key: bytes, user_id: str) -> bool:
    """Tell whether ``code`` is that prepared code, which nobody has answered with yet, rightly or wrongly."""
    is_new = not prepared.spent and not prepared.tries
    return is_new and codes.matches([key], prepared.digest, _USAGE, user_id, prepared.id, code)


def answer(
    prepared: PreparedCode | None, code: str, *, keys: Sequence[bytes], user_id: str, now: float, max_tries: int
) -> tuple[PreparedCode | None, Outcome]:
    """Judge ``code`` and return what is kept of the prepared code afterwards, with the outcome."""
    if prepared is None or prepared.spent:
        return prepared, Outcome.NONE_OPEN
    if now >= prepared.expires:
        return prepared, Outcome.EXPIRED
    if prepared.tries >= max_tries:
        return prepared, Outcome.TOO_MANY_TRIES
    if codes.matches(keys, prepared.digest, _USAGE, user_id, prepared.id, code):
        return spend(prepared), Outcome.ACCEPTED
    return replace(prepared, tries=prepared.tries + 1), Outcome.WRONG
