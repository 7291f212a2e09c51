"""Prepared codes: one sign-in of one member, for as long as they live and as often as they may be tried."""

from collective.smsauth.domain import prepared_code
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.codes import random_name
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st

import unittest

KEYS = [b"a" * 32, b"b" * 32]
NOON = 1_800_000_000.0
LIFETIME = 3600


def make(**changes):
    given = {"now": NOON, "lifetime": LIFETIME, "made_by": "frank", "reason": "phone broken", **changes}
    return prepared_code.make(KEYS[0], "jane", random_name(), **given)


def answer(kept, code, *, user_id="jane", now=NOON, keys=KEYS):
    return prepared_code.answer(kept, code, keys=keys, user_id=user_id, now=now, max_tries=5)


class PreparedTest(unittest.TestCase):
    def setUp(self):
        self.code, self.kept = make()

    def test_the_code_is_accepted_once(self):
        spent, outcome = answer(self.kept, self.code)
        self.assertIs(outcome, Outcome.ACCEPTED)
        self.assertEqual(answer(spent, self.code), (spent, Outcome.NONE_OPEN))

    def test_it_lives_to_the_second(self):
        self.assertIs(answer(self.kept, self.code, now=NOON + LIFETIME - 1)[1], Outcome.ACCEPTED)
        self.assertIs(answer(self.kept, self.code, now=NOON + LIFETIME)[1], Outcome.EXPIRED)
        self.assertFalse(self.kept.is_open(now=NOON + LIFETIME, max_tries=5))

    def test_it_serves_no_other_member_and_no_other_site(self):
        self.assertIs(answer(self.kept, self.code, user_id="joe")[1], Outcome.WRONG)
        self.assertIs(answer(self.kept, self.code, keys=[b"c" * 32])[1], Outcome.WRONG)

    def test_another_one_replaces_it(self):
        other, kept = make()
        self.assertIs(answer(kept, self.code)[1], Outcome.WRONG)
        self.assertIs(answer(kept, other)[1], Outcome.ACCEPTED)

    def test_it_follows_from_seed_member_and_key(self):
        made = prepared_code.code_of(KEYS[0], "jane", "seed")
        self.assertEqual(made, prepared_code.code_of(KEYS[0], "jane", "seed"))
        others = {
            prepared_code.code_of(*other)
            for other in ((KEYS[1], "jane", "seed"), (KEYS[0], "joe", "seed"), (KEYS[0], "jane", "seeds"))
        }
        self.assertEqual(4, len({made, *others}))

    def test_it_is_open_for_that_code_until_anybody_answers(self):
        def is_open(kept, code=self.code, key=KEYS[0], user_id="jane"):
            return prepared_code.is_open_for(kept, code, key=key, user_id=user_id)

        self.assertTrue(is_open(self.kept))
        self.assertFalse(is_open(self.kept, code=make()[0]))
        self.assertFalse(is_open(self.kept, key=KEYS[1]))
        self.assertFalse(is_open(self.kept, user_id="joe"))
        self.assertFalse(is_open(answer(self.kept, "0" * prepared_code.LENGTH)[0]))
        self.assertFalse(is_open(prepared_code.spend(self.kept)))

    def test_a_withdrawn_one_is_none(self):
        self.assertIs(answer(prepared_code.spend(self.kept), self.code)[1], Outcome.NONE_OPEN)
        self.assertIsNone(prepared_code.spend(None))
        self.assertIs(answer(None, self.code)[1], Outcome.NONE_OPEN)

    def test_nothing_that_is_kept_shows_the_code(self):
        self.assertNotIn(self.code, str(vars(self.kept)))
        self.assertNotIn(self.kept.digest, repr(self.kept))

    @given(st.lists(st.booleans(), max_size=12))
    def test_wrong_answers_use_up_the_tries(self, answers):
        code, kept = make()
        tries, used = 0, False
        for right in answers:
            expected = Outcome.ACCEPTED if right else Outcome.WRONG
            if used:
                expected = Outcome.NONE_OPEN
            elif tries == 5:
                expected = Outcome.TOO_MANY_TRIES
            kept, outcome = answer(kept, code if right else "0" * 12)
            self.assertIs(outcome, expected)
            used |= outcome is Outcome.ACCEPTED
            tries += outcome is Outcome.WRONG
            self.assertEqual(kept.is_open(now=NOON, max_tries=5), not used and tries < 5)


class ReasonTest(unittest.TestCase):
    @given(st.one_of(st.text(max_size=400), st.none(), st.binary(max_size=9), st.lists(st.text(), max_size=3)))
    def test_a_reason_is_one_printable_line_of_at_most_200_characters_or_none(self, typed):
        reason = prepared_code.reason_in(typed)
        if reason is not None:
            self.assertTrue(reason.isprintable() and 0 < len(reason) <= 200 and reason == reason.strip())

    def test_lines_and_signs_that_could_forge_a_line_of_the_log_become_blanks(self):
        typed = " phone\r\n2026-01-01 INFO forged\u2028\u202ex\0\x1b[31m "
        self.assertEqual(prepared_code.reason_in(typed), "phone 2026-01-01 INFO forged x [31m")

    def test_nothing_and_too_much_are_no_reason(self):
        for typed in ("", " \t\n", "\0\u200b", "x" * 201, "x" * 100_000, None, ["phone"]):
            with self.subTest(repr(typed)[:20]):
                self.assertIsNone(prepared_code.reason_in(typed))
        self.assertEqual(prepared_code.reason_in("x" * 200), "x" * 200)
