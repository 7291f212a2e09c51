"""The pattern of text pumping: codes asked for by many neighbouring numbers, and hardly any of them entered.

Whoever has a share in what texts to a range of numbers cost has codes sent to that range and never enters one: Twilio ("SMS Traffic
Pumping Fraud") names the block of adjacent numbers and the missing verifications as its signs. NumberBlocks here share all but
the last four digits, the blocks of ten thousand in which numbers are commonly given out. A company whose phones are neighbours
looks alike, but enters its codes; so numbers count only once they had the time to, or are very many.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace

WINDOW = 24 * 60 * 60
#: For how long a code may be on its way and be typed in: the most that a code may live.
TIME_TO_ANSWER = 10 * 60
MOST_UNANSWERED = 10
MOST_UNCONFIRMED = 30
#: One right answer for so many numbers without one shows that people are behind them.
UNCONFIRMED_FOR_EACH = 4
#: How many numbers of one block are remembered: the latest.
MOST_REMEMBERED = 100

_NEIGHBOUR_DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A number for which a code was asked. ``name`` is a digest of it, ``at`` the first time in seconds since the epoch."""

    name: str
    at: float
    confirmed: bool = False


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Texts to a block of numbers are stopped. ``shown`` is the block for administrators to read, ``at`` seconds since the epoch.

    ``region`` is an ISO 3166-1 alpha-2 code or ''; ``asked`` and ``confirmed`` are how many numbers asked for a code and entered one.
    """

    shown: str = field(repr=False)
    region: str
    at: float
    asked: int
    confirmed: int


def block_of(number: str) -> str:
    """Return what neighbours of an E.164 number have in common with it."""
    return number[:-_NEIGHBOUR_DIGITS]


def shown(number: str) -> str:
    """Return the block of an E.164 number for administrators, who have to name it to their provider: '+3161234••••'."""
    return f"{block_of(number)}{'•' * _NEIGHBOUR_DIGITS}"


def recent(asked: Iterable[Asked], *, now: float) -> tuple[Asked, ...]:
    """Return the numbers that still count, the latest ones, oldest first."""
    kept = sorted((one for one in asked if now - WINDOW < one.at), key=lambda one: one.at)
    return tuple(kept[-MOST_REMEMBERED:])


def with_number(asked: Iterable[Asked], name: str, *, now: float) -> tuple[Asked, ...]:
    """Return the numbers with one more that asks for a code; one that asks again stays as it is."""
    kept = recent(asked, now=now)
    return kept if any(one.name == name for one in kept) else recent((*kept, Asked(name=name, at=now)), now=now)


def with_confirmed(asked: Iterable[Asked], name: str) -> tuple[Asked, ...]:
    """Return the numbers after the code for one of them was entered."""
    return tuple(replace(one, confirmed=True) if one.name == name else one for one in asked)


def confirmed(asked: Iterable[Asked]) -> int:
    """Return how many numbers entered a code."""
    return sum(one.confirmed for one in asked)


def is_pumping(asked: Iterable[Asked], *, now: float) -> bool:
    """Tell whether the numbers of one block look like text pumping."""
    kept = recent(asked, now=now)
    silent = [one for one in kept if not one.confirmed]
    if len(silent) <= confirmed(kept) * UNCONFIRMED_FOR_EACH:
        return False
    unanswered = sum(one.at + TIME_TO_ANSWER <= now for one in silent)
    return unanswered >= MOST_UNANSWERED or len(silent) >= MOST_UNCONFIRMED
