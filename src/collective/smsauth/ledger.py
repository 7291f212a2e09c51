"""What texts and calls came to: counters by UTC day, country and kind, and the sum of each month.

Each counter is an object of its own that merges parallel changes, so members who sign in at the same time do not get into each
other's way. The one exception is wanted: close to the end of a budget (``guard``).
"""

from BTrees.Length import Length
from BTrees.OOBTree import OOBTree
from collections.abc import Iterator
from collective.smsauth import trees
from collective.smsauth.domain import budget
from collective.smsauth.domain.budget import Kind
from itertools import islice
from typing import Any

#: Stands for the country of numbers that belong to none.
_NOWHERE = "-"
_TOTAL, _GUARD, _TOLD = "total", "guard", "told"
#: How many entries of months that are no longer kept go whenever one is added.
_SWEEP = 64


class Ledger:
    """The counters of one site, in the tree ``_ledger`` of ``home``: the plugin; sites from before get it with the first count."""

    def __init__(self, home: Any) -> None:
        self._home = home

    def count(self, kind: Kind, region: str, *, day: str) -> None:
        """Count one text or call to ``region`` (ISO 3166-1 alpha-2 or '') on ``day`` ('2026-11-22')."""
        self._add(f"{day} {region or _NOWHERE} {kind.value}", day)
        if kind is Kind.SENT:
            self._add(f"{budget.month_of(day)} {_TOTAL}", day)

    def spent(self, day: str) -> int:
        """Return how many texts and calls were sent in the month of ``day``."""
        total = self._entries().get(f"{budget.month_of(day)} {_TOTAL}")
        return total() if total is not None else 0

    def guard(self, day: str) -> None:
        """Let only one of all transactions that do this at the same time be committed; the others are run again."""
        self._tree()[f"{budget.month_of(day)} {_GUARD}"] = self.spent(day)

    def tell_once(self, what: str, *, day: str) -> bool:
        """Tell whether ``what`` has not been told in the month of ``day``, and remember that it has now."""
        key = f"{budget.month_of(day)} {_TOLD} {what}"
        if key in self._entries():
            return False
        self._tree()[key] = day
        return True

    def counts(self, first: str, last: str) -> Iterator[tuple[str, str, Kind, int]]:
        """Return day, country, kind and number of all that was counted from the day ``first`` to ``last``, both included."""
        for key, number in self._entries().items(min=first, max=f"{last}~"):
            day, _, rest = key.partition(" ")
            if len(day) == len(first):
                region, _, kind = rest.partition(" ")
                yield day, region.replace(_NOWHERE, ""), Kind(kind), number()

    def months(self) -> list[str]:
        """Return the months in which something was sent, the latest first, as '2026-11'."""
        return [key.partition(" ")[0] for key in self._entries() if key.endswith(f" {_TOTAL}")][::-1]

    def _add(self, key: str, day: str) -> None:
        tree = self._tree()
        if key not in tree:
            ended = tree.keys(max=budget.oldest_kept(budget.month_of(day)), excludemax=True)
            for former in list(islice(ended, _SWEEP)):
                del tree[former]
            tree[key] = Length()
        tree[key].change(1)

    def _entries(self) -> OOBTree:
        return trees.entries(self._home, "_ledger")

    def _tree(self) -> OOBTree:
        return trees.tree(self._home, "_ledger")
