"""A challenge is one code, issued for one purpose and one number, awaiting an answer."""

from collections.abc import Sequence
from collective.smsauth.domain import codes
from collective.smsauth.domain.delivery import DeliveryStatus
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from enum import Enum


class Purpose(str, Enum):
    """What a code was issued for. A code of one purpose never serves another."""

    SIGN_IN = "sign-in"
    SET_UP = "set-up"
    RESET = "reset"


class Outcome(str, Enum):
    """Why an answer was, or was not, accepted."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    MALFORMED = "malformed"
    EXPIRED = "expired"
    NONE_OPEN = "none-open"
    TOO_MANY_TRIES = "too-many-tries"
    PAUSED = "paused"
    LOCKED = "locked"


#: Outcomes that count as a failure of the member: exactly those where a code was compared.
COUNTED = frozenset({Outcome.WRONG})


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """An issued code, known only by its keyed digest.

    ``number`` is in E.164 form, ``issued`` and ``expires`` are seconds since the epoch. ``binding`` names what the code
    belongs to besides the user (the reset link it was requested with; '' otherwise). ``resends`` is how many codes of
    the same purpose went to the same number before it, unanswered. ``delivery`` is what became of the text: the value
    of a DeliveryStatus.
    """

    id: str
    purpose: Purpose
    number: str = field(repr=False)
    digest: str = field(repr=False)
    issued: float
    expires: float
    binding: str = field(default="", repr=False)
    tries: int = 0
    resends: int = 0
    delivery: str = DeliveryStatus.QUEUED.value

    def is_open(self, *, now: float, max_tries: int) -> bool:
        """Tell whether an answer could still be accepted."""
        return now < self.expires and self.tries < max_tries


def issue(
    *,
    key: bytes,
    user_id: str,
    purpose: Purpose,
    number: str,
    code: str,
    now: float,
    lifetime: int,
    binding: str = "",
    resends: int = 0,
) -> Challenge:
    """Return a new challenge for ``code``, valid for ``lifetime`` seconds from ``now``."""
    challenge_id = codes.random_id()
    return Challenge(
        id=challenge_id,
        purpose=purpose,
        number=number,
        digest=codes.digest(key, user_id, purpose.value, challenge_id, number, binding, code),
        issued=now,
        expires=now + lifetime,
        binding=binding,
        resends=resends,
    )


def is_unanswered(challenge: Challenge, *, number: str, now: float, window: int) -> bool:
    """Tell whether a code for ``number``, issued in the last ``window`` seconds, has not been answered rightly.

    A rightly answered challenge is gone, so being there is what unanswered means.
    """
    return challenge.number == number and now < challenge.issued + window


def answer(
    challenge: Challenge | None,
    *,
    keys: Sequence[bytes],
    user_id: str,
    purpose: Purpose,
    code: str,
    now: float,
    max_tries: int,
    binding: str = "",
) -> tuple[Challenge | None, Outcome]:
    """Judge ``code`` and return the challenge as it stands afterwards (None once used) with the outcome.

    The digest covers user, purpose, challenge, number and binding, so a code of one of them fails in every other.
    """
    if challenge is None or challenge.purpose is not purpose or challenge.binding != binding:
        return challenge, Outcome.NONE_OPEN
    if now >= challenge.expires:
        return challenge, Outcome.EXPIRED
    if challenge.tries >= max_tries:
        return challenge, Outcome.TOO_MANY_TRIES
    parts = (user_id, purpose.value, challenge.id, challenge.number, binding, code)
    if codes.matches(keys, challenge.digest, *parts):
        return None, Outcome.ACCEPTED
    return replace(challenge, tries=challenge.tries + 1), Outcome.WRONG
