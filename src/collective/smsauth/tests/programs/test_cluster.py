"""The program that tries two instances: what it counts. Running it takes minutes, and is not for a test."""

from collections import Counter
from unittest import skipUnless
from unittest import TestCase

import importlib.util

HAS_TOOLS = importlib.util.find_spec("tools") is not None and importlib.util.find_spec("tools.cluster") is not None

if HAS_TOOLS:
    from tools.cluster import errors
    from tools.cluster.provider import Mood
    from tools.cluster.provider import Provider
    from tools.cluster.run import Row

needs_tools = skipUnless(HAS_TOOLS, "optional: the program is only in the repository")


@needs_tools
class TestErrors(TestCase):
    def causes(self, *words):
        return errors.by_cause(Counter(f"answer 500: {one}" for one in words), {"0x253b"})

    def test_those_of_a_storage_that_is_away_are_not_ours(self):
        self.assertEqual({errors.AWAY: 1}, self.causes("ZEO.Exceptions.ClientDisconnected: [Errno 104]"))

    def test_nor_are_conflicts_in_what_plone_writes_of_a_member(self):
        conflict = (
            "ZODB.POSException.ConflictError: database conflict error (oid {}, class BTrees.OOBTree.OOBucket, ..."
        )
        found = self.causes(conflict.format("0x253b"), conflict.format("0x99"))
        self.assertEqual({errors.CONFLICT: 1, errors.OTHER: 1}, found)

    def test_all_others_are(self):
        self.assertEqual({errors.OTHER: 2}, self.causes("KeyError: 'x'", "ValueError: x"))

    def test_what_is_no_answer_is_not_counted(self):
        self.assertEqual({}, errors.by_cause(Counter(["KeyError: 'x'"]), set()))


@needs_tools
class TestCounts(TestCase):
    def test_a_goal_is_met_exactly_or_not_at_all(self):
        self.assertEqual([True, False, True], [Row(name="", count=2, goal=goal).is_met for goal in (2, 3, None)])

    def test_the_provider_gives_the_newest_code_that_was_not_seen(self):
        provider = Provider()
        self.assertIs(Mood.TAKES, provider.mood)
        for code in ("111111", "222222"):
            provider.note("+31612345678", f"Code: {code}\n@nohost #{code}")
        self.assertEqual("222222", provider.code("+31612345678", 1, 0))
        self.assertIsNone(provider.code("+31612345678", 2, 0))
