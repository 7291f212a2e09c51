"""The budget of a month, checked against calendars and fractions."""

from collective.smsauth.domain import budget
from collective.smsauth.domain.budget import Level
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from fractions import Fraction

import unittest

MOMENT = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc))


class DaysTest(unittest.TestCase):
    def test_days_are_those_of_utc(self):
        midnight = datetime(2026, 12, 1, tzinfo=timezone.utc).timestamp()
        self.assertEqual(budget.day_of(midnight - 0.001), "2026-11-30")
        self.assertEqual(budget.day_of(midnight), "2026-12-01")

    @given(MOMENT)
    def test_a_day_and_its_month_are_those_of_the_calendar(self, moment):
        day = budget.day_of(moment.timestamp())
        self.assertEqual(day, moment.strftime("%Y-%m-%d"))
        self.assertEqual(budget.month_of(day), moment.strftime("%Y-%m"))

    def test_thirteen_months_are_kept_over_the_turn_of_the_year(self):
        self.assertEqual(budget.oldest_kept("2026-12"), "2025-12")
        self.assertEqual(budget.oldest_kept("2026-01"), "2025-01")

    @given(MOMENT)
    def test_the_oldest_month_is_found_by_walking_back(self, moment):
        first = moment.replace(day=1)
        for _ in range(budget.MONTHS_KEPT - 1):
            first = (first - timedelta(days=1)).replace(day=1)
        self.assertEqual(budget.oldest_kept(moment.strftime("%Y-%m")), first.strftime("%Y-%m"))


class LevelTest(unittest.TestCase):
    def test_without_a_budget_nothing_is_ever_spent(self):
        self.assertIs(budget.level(10**9, 0), Level.FREE)
        self.assertFalse(budget.is_near_end(10**9, 0))

    def test_the_warning_comes_at_four_fifths_and_the_stop_at_the_end(self):
        found = [budget.level(spent, 10) for spent in (0, 7, 8, 9, 10, 11)]
        self.assertEqual(
            found, [Level.FREE, Level.FREE, Level.NEARLY_SPENT, Level.NEARLY_SPENT, Level.SPENT, Level.SPENT]
        )

    def test_the_warning_comes_with_the_very_text_that_makes_it_four_fifths(self):
        most = 10_000_000
        self.assertIs(budget.level(7_999_999, most), Level.FREE)
        self.assertIs(budget.level(8_000_000, most), Level.NEARLY_SPENT)

    @given(st.integers(0, 10**7), st.integers(1, 10**7))
    def test_levels_are_those_of_the_exact_share(self, spent, limit):
        share = Fraction(spent, limit)
        expected = Level.SPENT if share >= 1 else Level.NEARLY_SPENT if share >= Fraction(4, 5) else Level.FREE
        self.assertIs(budget.level(spent, limit), expected)

    @given(st.integers(0, 10**4), st.integers(1, 10**4))
    def test_near_the_end_is_where_so_many_at_once_could_spend_too_much(self, spent, limit):
        self.assertEqual(budget.is_near_end(spent, limit), spent + budget.LAST >= limit)
