"""The pattern of text pumping, checked against a plain counting of a history."""

from collective.smsauth.domain import sms_pumping
from collective.smsauth.domain.sms_pumping import Asked
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import NOON

import unittest

DAY, TEN_MINUTES = 24 * 60 * 60, 10 * 60
#: (number, seconds since the one before, whether its code was entered at once)
STEPS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 2000), st.booleans()), max_size=90)


def ask(numbers, *, now=NOON, asked=()):
    for number in numbers:
        asked = sms_pumping.with_number(asked, str(number), now=now)
    return asked


def confirm(numbers, asked):
    for number in numbers:
        asked = sms_pumping.with_confirmed(asked, str(number))
    return asked


class BlocksTest(unittest.TestCase):
    def test_neighbours_share_all_but_the_last_four_digits(self):
        self.assertEqual(sms_pumping.block_of("+31612345678"), sms_pumping.block_of("+31612349999"))
        self.assertNotEqual(sms_pumping.block_of("+31612345678"), sms_pumping.block_of("+31612355678"))

    def test_the_digits_of_the_single_number_are_not_shown(self):
        self.assertEqual(sms_pumping.shown("+31612345678"), "+3161234••••")


class PatternTest(unittest.TestCase):
    def test_nine_silent_numbers_are_no_pattern_and_ten_are(self):
        for many, expected in ((9, False), (10, True)):
            with self.subTest(many=many):
                self.assertIs(sms_pumping.is_pumping(ask(range(many)), now=NOON + TEN_MINUTES), expected)

    def test_who_could_still_enter_the_code_is_not_yet_silent(self):
        asked = ask(range(29))
        self.assertFalse(sms_pumping.is_pumping(asked, now=NOON + TEN_MINUTES - 1))
        self.assertTrue(sms_pumping.is_pumping(asked, now=NOON + TEN_MINUTES))

    def test_very_many_at_once_are_a_pattern_before_that(self):
        self.assertTrue(sms_pumping.is_pumping(ask(range(30)), now=NOON))

    def test_a_company_whose_members_enter_their_codes_is_none(self):
        asked = confirm(range(10), ask(range(40)))
        self.assertFalse(sms_pumping.is_pumping(asked, now=NOON + TEN_MINUTES))

    def test_one_right_answer_covers_for_four_without(self):
        for confirmed, expected in ((2, True), (3, False)):
            with self.subTest(confirmed=confirmed):
                asked = confirm(range(confirmed), ask(range(confirmed + 12)))
                self.assertIs(sms_pumping.is_pumping(asked, now=NOON + TEN_MINUTES), expected)

    def test_one_number_that_asks_again_and_again_is_one_number(self):
        self.assertEqual(len(ask([1] * 50)), 1)

    def test_asking_again_makes_nobody_young(self):
        asked = ask(range(10), now=NOON + TEN_MINUTES - 1, asked=ask(range(10)))
        self.assertTrue(sms_pumping.is_pumping(asked, now=NOON + TEN_MINUTES))

    def test_a_day_later_nothing_is_left(self):
        asked = ask(range(30))
        self.assertFalse(sms_pumping.is_pumping(asked, now=NOON + DAY))
        self.assertEqual(len(ask(["new"], now=NOON + DAY, asked=asked)), 1)

    def test_a_code_that_was_asked_for_elsewhere_confirms_nothing(self):
        asked = ask(range(3))
        self.assertEqual(sms_pumping.with_confirmed(asked, "unknown"), asked)

    @given(STEPS)
    def test_any_history_is_judged_as_counting_by_hand_judges_it(self, steps):
        now, asked, first, entered = NOON, (), {}, set()
        for number, passed, enters in steps:
            now += passed
            first = {name: at for name, at in first.items() if at > now - DAY}
            entered &= set(first)
            asked = sms_pumping.with_number(asked, str(number), now=now)
            first.setdefault(str(number), now)
            if enters:
                asked = sms_pumping.with_confirmed(asked, str(number))
                entered.add(str(number))
            silent = set(first) - entered
            overdue = {name for name in silent if now - first[name] >= TEN_MINUTES}
            expected = len(silent) > 4 * len(entered) and (len(overdue) >= 10 or len(silent) >= 30)
            self.assertEqual({one.name for one in asked}, set(first))
            self.assertIs(sms_pumping.is_pumping(asked, now=now), expected)

    @given(st.integers(0, 500))
    def test_what_is_remembered_is_bounded_and_the_latest(self, many):
        asked = ()
        for number in range(many):
            asked = sms_pumping.with_number(asked, str(number), now=NOON + number)
        self.assertEqual([one.name for one in asked], [str(number) for number in range(many)][-100:])

    def test_digests_only_are_in_it(self):
        self.assertEqual(ask(["digest"]), (Asked(name="digest", at=NOON),))
