"""Visits to the access-code page: what somebody who typed a login may still answer, known by a random name.

A visit of a login that there is and one of a login that there is not have the same shape and size; they are written by a worker and
only read while an answer is judged.
"""

from Acquisition import aq_base
from BTrees.OOBTree import OOBTree
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from dataclasses import asdict
from dataclasses import dataclass
from itertools import chain
from itertools import islice

#: How many other visits are looked at for having ended whenever one is added: the tree never outgrows what was asked for lately.
_SWEEP = 8
_ATTRIBUTE = "_visits"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Whose code it is (user id, '' for a decoy that nobody can answer), and the challenge that an answer is compared with."""

    user_id: str
    challenge: Challenge


class Visits:
    """The visits to one site, in a tree that its plugin keeps from the first visit on."""

    def __init__(self, plugin) -> None:
        self._plugin = aq_base(plugin)

    def get(self, name: str) -> Visit | None:
        """Return the visit of that name."""
        raw = getattr(self._plugin, _ATTRIBUTE, {}).get(name)
        if raw is None:
            return None
        challenge = {**raw["challenge"], "purpose": Purpose(raw["challenge"]["purpose"])}
        return Visit(user_id=raw["user_id"], challenge=Challenge(**challenge))

    def add(self, name: str, visit: Visit, *, now: float) -> None:
        """Add a visit, and remove some that have ended; ``now`` is seconds since the epoch."""
        tree = getattr(self._plugin, _ATTRIBUTE, None)
        if tree is None:
            tree = OOBTree()
            setattr(self._plugin, _ATTRIBUTE, tree)
        following = chain(tree.items(min=name, excludemin=True), tree.items(max=name, excludemax=True))
        for other, raw in list(islice(following, _SWEEP)):
            if now >= raw["challenge"]["expires"]:
                del tree[other]
        challenge = {**asdict(visit.challenge), "purpose": visit.challenge.purpose.value}
        tree[name] = {"user_id": visit.user_id, "challenge": challenge}

    def drop(self, name: str) -> None:
        """Remove the visit of that name, if there is one."""
        tree = getattr(self._plugin, _ATTRIBUTE, None)
        if tree is not None and name in tree:
            del tree[name]
