"""Recovery codes: ten secrets that a member keeps on paper, each good for one sign-in without the phone.

80 bits each. NIST SP 800-63B-4 (section 3.1.2, look-up secrets) asks for no throttling from 64 bits on, so neither a pause nor the lock of
the number holds them back; and whoever has a copy of the database, with the keys of the digests in it, cannot find one by trying.
"""

from collections.abc import Sequence
from collective.smsauth.domain import code_alphabet
from collective.smsauth.domain import codes

HOW_MANY = 10
LENGTH = 16
#: So many left are few: the member is told to make new ones.
FEW = 3

_USAGE = "recovery-code"


def make(key: bytes, user_id: str, seed: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return ten recovery codes of a member, and what is kept of them: their keyed digests.

    They follow from ``seed``, which is unguessable (128 bits) and not kept. A form that is sent twice has the same seed, and gets the
    same codes.
    """
    secret = codes.derive(key, _USAGE)
    made = tuple(
        code_alphabet.derive(secret, f"{user_id} {seed}", length=LENGTH, number=number) for number in range(HOW_MANY)
    )
    return made, tuple(codes.digest(key, _USAGE, user_id, code) for code in made)


def normalise(answer: object) -> str | None:
    """Return the recovery code that somebody typed, or None if it cannot be one."""
    return code_alphabet.normalise(answer, LENGTH)


def spend(kept: Sequence[str], code: str, *, keys: Sequence[bytes], user_id: str) -> tuple[str, ...] | None:
    """Return the digests that are left once ``code`` has been used, or None if it is none of the member's.

    Every digest is compared with every key, in constant time, whichever is the right one and whether one is.
    """
    fits = [codes.matches(keys, digest, _USAGE, user_id, code) for digest in kept]
    return tuple(digest for digest, fit in zip(kept, fits, strict=True) if not fit) if any(fits) else None
