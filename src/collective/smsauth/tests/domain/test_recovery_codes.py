"""Recovery codes: ten, each good once, for one member, under any order of use."""

from collective.smsauth.domain import code_alphabet
from collective.smsauth.domain import recovery_codes
from collective.smsauth.domain.codes import random_name
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import settings
from collective.smsauth.tests.support.generated import st

import unittest

KEYS = [b"a" * 32, b"b" * 32]


def spend(kept, code, user_id="jane", keys=KEYS):
    return recovery_codes.spend(kept, code, keys=keys, user_id=user_id)


class RecoveryTest(unittest.TestCase):
    def setUp(self):
        self.codes, self.kept = recovery_codes.make(KEYS[0], "jane", random_name())

    def test_there_are_ten_different_ones(self):
        self.assertEqual((len(set(self.codes)), len(set(self.kept))), (10, 10))
        self.assertTrue(all(recovery_codes.normalise(code_alphabet.grouped(code)) == code for code in self.codes))

    def test_no_two_makings_share_one(self):
        self.assertFalse(set(self.codes) & set(recovery_codes.make(KEYS[0], "jane", random_name())[0]))

    def test_they_follow_from_seed_member_and_key(self):
        made = recovery_codes.make(KEYS[0], "jane", "seed")[0]
        self.assertEqual(made, recovery_codes.make(KEYS[0], "jane", "seed")[0])
        for other in ((KEYS[1], "jane", "seed"), (KEYS[0], "joe", "seed"), (KEYS[0], "jane", "seeds")):
            self.assertFalse(set(made) & set(recovery_codes.make(*other)[0]))

    def test_nothing_that_is_kept_shows_a_code(self):
        self.assertFalse([code for code in self.codes if code in "".join(self.kept).upper()])

    def test_a_code_of_one_member_is_none_of_another(self):
        self.assertIsNone(spend(self.kept, self.codes[0], "joe"))

    def test_a_code_is_good_under_a_key_that_was_rotated_and_not_under_a_foreign_one(self):
        self.assertEqual(len(spend(self.kept, self.codes[0], keys=[b"c" * 32, *KEYS])), 9)
        self.assertIsNone(spend(self.kept, self.codes[0], keys=[b"c" * 32]))

    def test_an_edited_record_breaks_nothing(self):
        self.assertIsNone(spend(("", "é", "0" * 64), self.codes[0]))
        self.assertIsNone(spend((), self.codes[0]))

    @settings(max_examples=30)
    @given(st.lists(st.integers(0, 12), max_size=30))
    def test_each_works_once_whatever_the_order(self, order):
        known = [*self.codes, *recovery_codes.make(KEYS[0], "jane", random_name())[0][:3]]
        model, kept = set(self.codes), self.kept
        for place in order:
            left = spend(kept, known[place])
            self.assertEqual(left is not None, known[place] in model)
            model.discard(known[place])
            kept = kept if left is None else left
            self.assertEqual(len(kept), len(model))
