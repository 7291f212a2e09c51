"""Where texts may go, checked against the plain words of the rule."""

from collective.smsauth.domain.countries import is_open
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st

import unittest

REGION = st.sampled_from(["NL", "DE", "FR", ""])
REGIONS = st.sets(st.sampled_from(["NL", "DE", "FR"]))


class CountriesTest(unittest.TestCase):
    def test_without_lists_all_are_open(self):
        self.assertTrue(is_open("NL", allowed=(), blocked=()))
        self.assertTrue(is_open("", allowed=(), blocked=()))

    def test_a_blocked_one_is_closed_even_if_it_is_allowed_by_name(self):
        self.assertFalse(is_open("NL", allowed=("NL",), blocked=("NL",)))

    def test_numbers_of_no_country_are_closed_where_countries_are_allowed_by_name(self):
        self.assertFalse(is_open("", allowed=("NL",), blocked=()))

    @given(REGION, REGIONS, REGIONS)
    def test_blocking_opens_nothing_and_allowing_a_country_opens_that_one_only(self, region, allowed, blocked):
        before = is_open(region, allowed=allowed, blocked=blocked)
        for more in ("NL", "DE", "FR"):
            self.assertLessEqual(is_open(region, allowed=allowed, blocked=blocked | {more}), before)
            if allowed and more != region:
                self.assertEqual(is_open(region, allowed=allowed | {more}, blocked=blocked), before)
