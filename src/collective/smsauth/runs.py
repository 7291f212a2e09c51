"""Work that is run again after a conflict: what it has counted outside of its transaction, or committed apart, is not done twice."""

from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass
from dataclasses import field
from typing import Any


@dataclass(frozen=True)
class Runs:
    """What a piece of work has counted under each name, in all its runs and in the one at hand, and what it has committed apart.

    ``results`` is what came of work in transactions of their own (see ``own_transaction``), by its name: a run that follows gets it.
    """

    paid: Counter[str] = field(default_factory=Counter)
    used: Counter[str] = field(default_factory=Counter)
    results: dict[object, Any] = field(default_factory=dict, repr=False)

    def cover(self, name: str) -> bool:
        """Tell whether a run before has paid for what is counted next."""
        return self.used[name] < self.paid[name]


_AT_HAND: ContextVar[Runs | None] = ContextVar("runs", default=None)


def at_hand() -> Runs | None:
    """Return the runs of what this thread does, or None if it is done once."""
    return _AT_HAND.get()


def begin() -> None:
    """Begin work in this thread that is done again after a conflict."""
    _AT_HAND.set(Runs())


def again() -> None:
    """Run it anew: what it counts as before is not counted again."""
    runs = at_hand()
    if runs is not None:
        runs.used.clear()


def end() -> None:
    """End it: whatever this thread does next counts for itself."""
    _AT_HAND.set(None)
