"""Work that is run again after a conflict: what it has counted outside of its transaction, or committed apart, is not done twice.

The publisher tells when a request begins, when it is run again, and when it ends.
"""

from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from zope.component import adapter
from ZPublisher.interfaces import IPubEnd
from ZPublisher.interfaces import IPubStart


@dataclass
class Attempts:
    """What a piece of work has counted under each name, in all its attempts and in the one at hand, and what it has committed apart.

    ``results`` is what came of work in transactions of their own (see ``own_transaction``), by its name: an attempt that follows gets
    it. ``member`` is the user id of the member in effect in the last attempt that found one, '' if none did: what was committed apart may
    have ended their session.
    """

    counted: Counter[str] = field(default_factory=Counter)
    spent: Counter[str] = field(default_factory=Counter)
    results: dict[object, Any] = field(default_factory=dict, repr=False)
    member: str = ""

    def covers(self, name: str) -> bool:
        """Tell whether an attempt before has counted what is counted next."""
        return self.spent[name] < self.counted[name]


_AT_HAND: ContextVar[Attempts | None] = ContextVar("attempts", default=None)


def at_hand() -> Attempts | None:
    """Return the attempts of what this thread does, or None if it is done once."""
    return _AT_HAND.get()


def begin() -> None:
    """Begin work in this thread that is done again after a conflict."""
    _AT_HAND.set(Attempts())


def note_member(user_id: str) -> None:
    """Note the member in effect in the attempt at hand, if it may be followed by another one."""
    attempts = at_hand()
    if attempts is not None:
        attempts.member = user_id


def noted_member() -> str:
    """Return the user id that an attempt noted last, '' if none did."""
    attempts = at_hand()
    return attempts.member if attempts is not None else ""


def restart() -> None:
    """Begin the next attempt: what it counts as before is not counted again."""
    attempts = at_hand()
    if attempts is not None:
        attempts.spent.clear()


def end() -> None:
    """End it: whatever this thread does next counts for itself."""
    _AT_HAND.set(None)


@adapter(IPubStart)
def begin_attempts(event: Any) -> None:
    """Begin to count for a request, or to count again what it had counted before the conflict."""
    if getattr(event.request, "retry_count", 0):
        restart()
    else:
        begin()


@adapter(IPubEnd)
def end_attempts(event: Any) -> None:
    """Forget what a request counted, unless it is run again: the thread goes on to others."""
    if not getattr(event, "retry", False):
        end()
