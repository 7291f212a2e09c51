"""Blocks of neighbouring numbers for which strangers or fresh accounts ask codes, and those to which texts are stopped.

One entry a block, under a digest: members with numbers of different blocks write different entries, which the database merges. What is
kept ends after a day, and goes when blocks are added.
"""

from collective.smsauth.domain import sms_pumping
from collective.smsauth.domain.sms_pumping import Alarm
from collective.smsauth.domain.sms_pumping import Asked
from collective.smsauth.storage import trees
from dataclasses import asdict
from typing import Any

#: How many alarms are kept: past that the oldest give way, and their blocks have to be noticed again.
MOST_ALARMS = 500


class NumberBlocks:
    """The blocks of one site, in the trees ``_number_blocks`` and ``_alarms`` of ``home``: the plugin."""

    def __init__(self, home: Any) -> None:
        self._home = home

    def asked(self, block: str) -> tuple[Asked, ...]:
        """Return the numbers of a block, named by its digest, that asked for a code."""
        return tuple(
            Asked(name=name, at=at, confirmed=done)
            for name, at, done in trees.entries(self._home, "_number_blocks").get(block, ())
        )

    def keep(self, block: str, asked: tuple[Asked, ...], *, now: float) -> None:
        """Store the numbers of a block, and forget some of the blocks that follow it and have ended."""
        tree = trees.tree(self._home, "_number_blocks")
        numbers = tuple((one.name, one.at, one.confirmed) for one in asked)
        if block in tree:
            tree[block] = numbers
            return
        trees.put(tree, block, numbers, ended=lambda other: all(at <= now - sms_pumping.WINDOW for _, at, _ in other))

    def alarm(self, block: str) -> Alarm | None:
        """Return the alarm about a block, or None."""
        raw = trees.entries(self._home, "_alarms").get(block)
        return None if raw is None else Alarm(**raw)

    def alarms(self) -> list[tuple[str, Alarm]]:
        """Return the digests of all blocks to which texts are stopped, with their alarms, the latest first."""
        alarms = [(block, Alarm(**raw)) for block, raw in trees.entries(self._home, "_alarms").items()]
        return sorted(alarms, key=lambda alarm: alarm[1].at, reverse=True)

    def stop(self, block: str, alarm: Alarm) -> None:
        """Stop texts to a block."""
        tree = trees.tree(self._home, "_alarms")
        for oldest, _ in self.alarms()[MOST_ALARMS - 1 :]:
            del tree[oldest]
        tree[block] = asdict(alarm)

    def lift(self, block: str) -> bool:
        """Let texts go to a block again, and forget what led to the alarm. Tell whether there was one."""
        if block not in trees.entries(self._home, "_alarms"):
            return False
        del trees.tree(self._home, "_alarms")[block]
        trees.tree(self._home, "_number_blocks").pop(block, None)
        return True
