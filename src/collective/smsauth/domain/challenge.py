"""A challenge is one code, issued for one purpose and one contact point, awaiting an answer."""

from collections.abc import Sequence
from collective.smsauth.domain import codes
from collective.smsauth.domain import reference
from collective.smsauth.domain.channels import canonical
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
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
    CONTACT = "contact"
    ACCESS = "access"


#: What anybody may ask a code for, without a password: it is counted apart, and takes nothing from what a member needs to sign in.
OPEN_TO_ALL = frozenset({Purpose.RESET, Purpose.ACCESS})


class Outcome(str, Enum):
    """Why an answer was, or was not, accepted.

    EARLIER: it is the code of an earlier message, and another one was sent since. BUSY: it was not judged, since too many came at the same
    moment.
    """

    ACCEPTED = "accepted"
    WRONG = "wrong"
    EARLIER = "earlier"
    MALFORMED = "malformed"
    EXPIRED = "expired"
    NONE_OPEN = "none-open"
    TOO_MANY_TRIES = "too-many-tries"
    PAUSED = "paused"
    LOCKED = "locked"
    BUSY = "busy"


#: Outcomes that count as a failure of the member: exactly those where a code was compared.
COUNTED = frozenset({Outcome.WRONG})


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """An issued code, known only by its keyed digest.

    ``to`` is a number in E.164 form or an e-mail address, ``channel`` the value of the Channel by which the code went there.
    ``issued`` and ``expires`` are seconds since the epoch. ``binding`` names what the code belongs to besides the user (the reset
    link or the pending sign-in it was requested with; '' otherwise). ``resends`` is how many codes of the same purpose went to the
    same contact point before it, unanswered. ``delivery`` is what became of the message: the value of a DeliveryStatus. ``lost`` tells
    that the message certainly did not leave, or did not arrive: then nobody has to wait for the next one.
    """

    id: str
    purpose: Purpose
    to: str = field(repr=False)
    digest: str = field(repr=False)
    issued: float
    expires: float
    binding: str = field(default="", repr=False)
    tries: int = 0
    resends: int = 0
    delivery: str = DeliveryStatus.QUEUED.value
    channel: str = Channel.TEXT.value
    lost: bool = False

    @property
    def route(self) -> Route:
        """Where the code went, and how."""
        return Route(to=self.to, channel=Channel(self.channel))

    @property
    def reference(self) -> str:
        """The letters by which a person tells its message from others."""
        return reference.of_id(self.id)

    def is_open(self, *, now: float, max_tries: int) -> bool:
        """Tell whether an answer could still be accepted."""
        return now < self.expires and self.tries < max_tries


def issue(
    *,
    key: bytes,
    user_id: str,
    purpose: Purpose,
    route: Route,
    code: str,
    now: float,
    lifetime: int,
    binding: str = "",
    resends: int = 0,
    former: Sequence[Challenge] = (),
) -> Challenge:
    """Return a new challenge for ``code``, valid for ``lifetime`` seconds from ``now``.

    Its reference is another one than those of ``former`` challenges.
    """
    challenge_id = codes.random_name()
    while reference.of_id(challenge_id) in {one.reference for one in former}:
        challenge_id = codes.random_name()
    return Challenge(
        id=challenge_id,
        purpose=purpose,
        to=route.to,
        channel=route.channel.value,
        digest=codes.digest(key, user_id, purpose.value, challenge_id, route.to, binding, code),
        issued=now,
        expires=now + lifetime,
        binding=binding,
        resends=resends,
    )


def is_unanswered(challenge: Challenge, *, to: str, now: float, window: int) -> bool:
    """Tell whether a code for the contact point ``to``, issued in the last ``window`` seconds, has not been answered rightly.

    A rightly answered challenge is gone, so being there is what unanswered means.
    """
    return canonical(challenge.to) == canonical(to) and now < challenge.issued + window


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

    The digest covers user, purpose, challenge, contact point and binding, so a code of one of them fails in every other.
    """
    if challenge is None or challenge.purpose is not purpose or challenge.binding != binding:
        return challenge, Outcome.NONE_OPEN
    if now >= challenge.expires:
        return challenge, Outcome.EXPIRED
    if challenge.tries >= max_tries:
        return challenge, Outcome.TOO_MANY_TRIES
    if is_code_of(challenge, code, keys=keys, user_id=user_id):
        return None, Outcome.ACCEPTED
    return replace(challenge, tries=challenge.tries + 1), Outcome.WRONG


def is_code_of(challenge: Challenge, code: str, *, keys: Sequence[bytes], user_id: str) -> bool:
    """Tell whether ``code`` is the one of ``challenge``, whatever has become of it."""
    parts = (user_id, challenge.purpose.value, challenge.id, challenge.to, challenge.binding, code)
    return codes.matches(keys, challenge.digest, *parts)
