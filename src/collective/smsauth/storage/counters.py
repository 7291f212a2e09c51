"""What texts and calls came to: counters by UTC day, country and kind, and the sum of each month.

Each counter is an object of its own that merges parallel changes, so members who sign in at the same time do not get into each other's
way. The one exception is wanted: close to the end of a budget (``guard``). A month is a tree; in it are buckets, which merge as well, of
days whose dates differ in the last digit only; a day is a bucket. So the first text of a day writes little beside its own counters, and
as much at the end of a month as at its beginning.
"""

from BTrees.Length import Length
from BTrees.OOBTree import OOBTree
from BTrees.OOBTree import OOBucket
from collections.abc import Iterator
from collective.smsauth.domain import budget
from collective.smsauth.domain.budget import Kind
from collective.smsauth.storage import trees
from itertools import islice
from typing import Any

#: Stands for the country of numbers that belong to none.
_NOWHERE = "-"
_TOTAL, _GUARD, _TOLD = "total", "guard", "told"
#: How many months that are no longer kept go whenever one is added.
_SWEEP = 4


class UsageCounters:
    """The counters of one site, in the tree ``_usage_counters`` of ``home``: the plugin, which gets it with the first count."""

    def __init__(self, home: Any) -> None:
        self._home = home

    def count(self, kind: Kind, region: str, *, day: str) -> None:
        """Count one text or call to ``region`` (ISO 3166-1 alpha-2 or '') on ``day`` ('2026-11-22')."""
        month = self._month(day)
        if kind is Kind.SENT:
            _one_more(month, _TOTAL)
        days = month.setdefault(_days_with(day), OOBucket())
        _one_more(days.setdefault(day, OOBucket()), f"{region or _NOWHERE} {kind.value}")

    def take_back(self, *, day: str) -> None:
        """Spend one text or call less in the month of ``day``, since it certainly did not leave. What was asked for stays counted."""
        total = self._entries(day).get(_TOTAL)
        if total is not None and total() > 0:
            total.change(-1)

    def spent(self, day: str) -> int:
        """Return how many texts and calls were sent in the month of ``day``, but for those that certainly did not leave."""
        total = self._entries(day).get(_TOTAL)
        return total() if total is not None else 0

    def guard(self, day: str) -> None:
        """Let only one of all transactions that do this at the same time be committed; the others are run again."""
        self._month(day)[_GUARD] = self.spent(day)

    def tell_once(self, what: str, *, day: str) -> bool:
        """Tell whether ``what`` has not been told in the month of ``day``, and remember that it has now."""
        key = f"{_TOLD} {what}"
        if key in self._entries(day):
            return False
        self._month(day)[key] = day
        return True

    def counts(self, first: str, last: str) -> Iterator[tuple[str, str, Kind, int]]:
        """Return day, country, kind and number of all that was counted from the day ``first`` to ``last``, both included."""
        months = trees.entries(self._home, "_usage_counters")
        for month in months.values(min=budget.month_of(first), max=budget.month_of(last)):
            for days in month.values(min=_days_with(first), max=_days_with(last)):
                for day, counters in days.items(min=first, max=last):
                    for key, number in sorted(counters.items()):
                        region, _, kind = key.partition(" ")
                        yield day, region.replace(_NOWHERE, ""), Kind(kind), number()

    def months(self) -> list[str]:
        """Return the months in which something was sent, the latest first, as '2026-11'."""
        months = trees.entries(self._home, "_usage_counters")
        return [name for name, month in months.items() if _TOTAL in month][::-1]

    def _entries(self, day: str) -> OOBTree:
        return trees.entries(self._home, "_usage_counters").get(budget.month_of(day), OOBTree())

    def _month(self, day: str) -> OOBTree:
        months, name = trees.tree(self._home, "_usage_counters"), budget.month_of(day)
        if name not in months:
            for former in list(islice(months.keys(max=budget.oldest_kept(name), excludemax=True), _SWEEP)):
                del months[former]
            months[name] = OOBTree()
        return months[name]


def _days_with(day: str) -> str:
    return day[:-1]


def _one_more(counters: Any, name: str) -> None:
    counters.setdefault(name, Length()).change(1)
