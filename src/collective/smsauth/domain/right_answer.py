"""A right answer is kept for a short while, because what it led to may not have reached the browser that gave it.

The answer is judged and spent before the page that follows is made. If that page fails, or the browser drops it because a form was sent
twice, the same browser may send the same form once more. While nobody has used the session that the first answer made, the second one
gets a session in its place; once it has been used, a replay gets nothing.
"""

from collections.abc import Sequence
from collective.smsauth.domain import codes
from collective.smsauth.domain.challenge import Purpose
from dataclasses import dataclass
from dataclasses import field

#: Seconds for which a right answer may be sent again. Long enough to reload a page that failed, short next to the lifetime of a code.
LIFETIME = 120

_USAGE = "right-answer"


@dataclass(frozen=True, kw_only=True)
class RightAnswer:
    """What is kept: the keyed digest of the answer, when it ends (seconds since the epoch), and what it made.

    ``session`` is the name of the proof that it made, '' if none; ``to`` is the contact point that it proved (E.164, or an e-mail
    address), '' for a sign-in, and once what the proof was for has been done.
    """

    digest: str = field(repr=False)
    expires: float
    session: str = field(default="", repr=False)
    to: str = field(default="", repr=False)

    @property
    def issued(self) -> float:
        """When it was given, in seconds since the epoch."""
        return self.expires - LIFETIME


def name_for(purpose: Purpose, binding: str) -> str:
    """Return the name under which the answer to a form is kept: what it was for, and which sign-in, link or form it belonged to."""
    return f"{purpose.value} {binding}"


def keep(key: bytes, user_id: str, name: str, code: str, *, now: float, session: str = "", to: str = "") -> RightAnswer:
    """Return what is kept of the right answer ``code``, as it was compared, to the form of that name."""
    return RightAnswer(
        digest=codes.digest(key, _USAGE, user_id, name, code), expires=now + LIFETIME, session=session, to=to
    )


def is_same(given: RightAnswer, code: str, *, keys: Sequence[bytes], user_id: str, name: str) -> bool:
    """Tell whether ``code`` is that answer once more."""
    return codes.matches(keys, given.digest, _USAGE, user_id, name, code)
