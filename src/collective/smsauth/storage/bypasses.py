"""Which members may have a bypass, so that all can be listed without reading every record. What counts is in the record itself."""

from collective.smsauth.storage import trees
from typing import Any

_TREE = "_bypasses"


class Bypasses:
    """The members of one site, in a tree of ``home``, the plugin, with the time at which theirs ends."""

    def __init__(self, home: Any) -> None:
        self._home = home

    def add(self, user_id: str, until: float, *, now: float) -> None:
        """Note a member, and forget some others whose bypass has ended. Times are seconds since the epoch."""
        trees.put(trees.tree(self._home, _TREE), user_id, until, ended=lambda other: other <= now)

    def user_ids(self) -> list[str]:
        """Return the user ids, in order."""
        return list(trees.entries(self._home, _TREE))
