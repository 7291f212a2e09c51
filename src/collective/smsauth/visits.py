"""Visits to the access-code page: what somebody who typed a login may still answer, known by a random name.

A visit of a login that there is and one of a login that there is not have the same shape and size; they are written by a worker and
only read while an answer is judged.
"""

from Acquisition import aq_base
from collective.smsauth import trees
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.policy import NUMBER_WINDOW
from dataclasses import asdict
from dataclasses import dataclass

_VISITS, _MISSES = "_visits", "_visit_misses"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Whose code it is (user id, '' for a decoy that nobody can answer), and the challenge that an answer is compared with.

    ``answered`` is when that was answered rightly (seconds since the epoch).
    """

    user_id: str
    challenge: Challenge
    answered: float | None = None


class Visits:
    """The visits to one site, in trees that its plugin keeps from the first visit on."""

    def __init__(self, plugin) -> None:
        self._plugin = aq_base(plugin)

    def get(self, name: str) -> Visit | None:
        """Return the visit of that name."""
        raw = trees.entries(self._plugin, _VISITS).get(name)
        if raw is None:
            return None
        challenge = {**raw["challenge"], "purpose": Purpose(raw["challenge"]["purpose"])}
        return Visit(user_id=raw["user_id"], challenge=Challenge(**challenge), answered=raw.get("answered"))

    def add(self, name: str, visit: Visit, *, now: float) -> None:
        """Add a visit, and remove some that have ended; ``now`` is seconds since the epoch."""
        challenge = {**asdict(visit.challenge), "purpose": visit.challenge.purpose.value}
        raw = {"user_id": visit.user_id, "challenge": challenge}
        if visit.answered is not None:
            raw["answered"] = visit.answered
        trees.put(
            trees.tree(self._plugin, _VISITS), name, raw, ended=lambda other: now >= other["challenge"]["expires"]
        )

    def drop(self, name: str) -> None:
        """Remove the visit of that name, if there is one."""
        trees.tree(self._plugin, _VISITS).pop(name, None)

    def misses(self, name: str) -> tuple[float, ...]:
        """Return the times of the wrong answers counted under ``name``, at most a day ago when it was last counted."""
        times: tuple[float, ...] = trees.entries(self._plugin, _MISSES).get(name, ())
        return times

    def count_miss(self, name: str, *, now: float) -> None:
        """Count a wrong answer under ``name``; of two at the same moment one conflicts, and is counted after the other."""
        times = (*(time for time in self.misses(name) if now - NUMBER_WINDOW < time), now)
        trees.put(trees.tree(self._plugin, _MISSES), name, times, ended=lambda other: other[-1] <= now - NUMBER_WINDOW)
