"""What a site may spend in a calendar month, counted in texts and calls, and when somebody has to be told.

Days and months are those of UTC: they begin at the same moment for every instance and every member.
"""

from datetime import datetime
from datetime import timezone
from enum import Enum

WARNING_PERCENT = 80
#: So close to the end, spending is counted one at a time: more than requests can be under way at once.
LAST = 100
#: How many months are kept, the current one included.
MONTHS_KEPT = 13


class Kind(str, Enum):
    """What is counted of texts and calls."""

    SENT = "sent"
    CONFIRMED = "confirmed"
    FAILED = "failed"


class Level(str, Enum):
    """How far the budget of the month is spent."""

    FREE = "free"
    NEARLY_SPENT = "nearly-spent"
    SPENT = "spent"


def day_of(now: float) -> str:
    """Return the day of a moment (seconds since the epoch) as '2026-11-22', in UTC."""
    return datetime.fromtimestamp(now, timezone.utc).date().isoformat()


def month_of(day: str) -> str:
    """Return the month of a day, as '2026-11'."""
    return day[:7]


def oldest_kept(month: str) -> str:
    """Return the oldest month that is kept in ``month``; both as '2026-11'."""
    year, number = int(month[:4]), int(month[5:])
    ordinal = year * 12 + number - 1 - (MONTHS_KEPT - 1)
    return f"{ordinal // 12:04}-{ordinal % 12 + 1:02}"


def level(spent: int, budget: int) -> Level:
    """Return how far ``budget`` is spent; 0 stands for no limit."""
    if not budget:
        return Level.FREE
    if spent >= budget:
        return Level.SPENT
    return Level.NEARLY_SPENT if spent * 100 >= budget * WARNING_PERCENT else Level.FREE


def is_near_end(spent: int, budget: int) -> bool:
    """Tell whether so little is left that parallel requests could spend more than there is."""
    return bool(budget) and spent + LAST >= budget
