"""An exemption of one member for a while: an administrator vouches that their password alone is enough, and says why."""

from collective.smsauth.domain import throttle
from dataclasses import dataclass
from datetime import datetime
from datetime import timezone

#: Seconds for which one lasts at most.
LONGEST = 30 * 24 * 60 * 60
_LONGEST_TEXT = 40


@dataclass(frozen=True, kw_only=True)
class Bypass:
    """When it was given and when it ends (seconds since the epoch), who gave it (user id), and why.

    ``by_manager`` tells that whoever gave it was a Manager then. One that was not counts for no Manager: its owner may have become one.
    """

    made: float
    until: float
    made_by: str
    reason: str
    by_manager: bool = False

    def holds(self, *, now: float) -> bool:
        """Tell whether the member is not asked for the second step. One that a clock that ran ahead has made would outlast the longest."""
        return now < self.until <= self.made + LONGEST and not throttle.is_ahead(self.made, now=now)


def until_in(typed: object, *, now: float) -> float | None:
    """Return the time in a text (seconds since the epoch), None if none can last until then.

    It is written as in ISO 8601, in UTC where it names no time zone; a date alone is its beginning.
    """
    if not isinstance(typed, str) or len(typed) > _LONGEST_TEXT:
        return None
    text = typed.strip()
    # Python 3.10 knows no Z at the end, and overlooks one before that
    text = f"{text[:-1]}+00:00" if text[-1:] in ("Z", "z") else text
    if "z" in text.lower():
        return None
    try:
        found = datetime.fromisoformat(text)
        until = (found if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, OverflowError):
        return None
    return until if now < until <= now + LONGEST else None
