"""Phone numbers: one spelling, only those that can receive a text, and no more digits shown than needed."""

from collective.smsauth.domain import phone
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st

import unittest

SPELLINGS = ("+31612345678", "+31 6 12345678", "0031 6 1234 5678", "06-12345678", "(06) 12 34 56 78", " 06.12345678 ")


class ParseTest(unittest.TestCase):
    def test_every_spelling_of_a_number_becomes_the_same_one(self):
        for typed in SPELLINGS:
            with self.subTest(typed):
                self.assertEqual(phone.parse(typed, "NL"), "+31612345678")

    def test_a_national_spelling_is_read_in_the_region_given(self):
        self.assertEqual(phone.parse("(202) 555-0123", "US"), "+12025550123")
        self.assertIs(phone.parse("06-12345678", ""), PhoneProblem.MALFORMED)

    def test_an_international_number_needs_no_region(self):
        for number in ("+31612345678", "+12025550123", "+15005550006"):
            with self.subTest(number):
                self.assertEqual(phone.parse(number, ""), number)

    def test_nothing_typed_is_told_apart_from_nonsense(self):
        for typed in (None, "", "   ", 31612345678, b"+31612345678", ["+31612345678"]):
            with self.subTest(typed=typed):
                self.assertIs(phone.parse(typed, "NL"), PhoneProblem.EMPTY)

    def test_what_is_no_number_is_malformed(self):
        for typed in ("phone", "+", "+999", "1" * 41, "\ud800", "6" * 30):
            with self.subTest(typed=typed):
                self.assertIs(phone.parse(typed, "NL"), PhoneProblem.MALFORMED)

    def test_a_number_that_does_not_exist_is_impossible(self):
        for typed in ("+447700900123", "+15551234567", "+31600000000", "+3161234567", "+31612345678 ext. 5"):
            with self.subTest(typed):
                self.assertIs(phone.parse(typed, "NL"), PhoneProblem.IMPOSSIBLE)

    def test_a_number_without_texts_is_refused(self):
        for kind, typed in {"land line": "+31201234567", "free": "+318001234", "premium": "+31900123456"}.items():
            with self.subTest(kind):
                self.assertIs(phone.parse(typed, "NL"), PhoneProblem.NO_TEXTS)

    @given(st.one_of(st.text(), st.text("+0123456789 -().", max_size=20)), st.sampled_from(["", "NL", "US", "XX"]))
    def test_whatever_is_typed_the_answer_is_a_number_or_a_problem(self, typed, region):
        result = phone.parse(typed, region)
        if not isinstance(result, PhoneProblem):
            self.assertRegex(result, r"\A\+[1-9][0-9]{6,14}\Z")
            self.assertEqual(phone.parse(result, ""), result)


class ShownTest(unittest.TestCase):
    def test_a_number_is_shown_to_its_owner_as_people_write_it(self):
        self.assertEqual(phone.readable("+31612345678"), "+31 6 12345678")
        self.assertEqual(phone.readable("+12025550123"), "+1 202-555-0123")

    def test_a_masked_number_keeps_two_digits_and_hides_its_length(self):
        self.assertEqual(phone.mask("+31612345678"), "•••••••• 78")
        self.assertEqual(phone.mask("+12025550123"), "•••••••• 23")

    def test_no_number_is_shown_as_nothing(self):
        self.assertEqual((phone.readable(""), phone.mask("")), ("", ""))


class RegionTest(unittest.TestCase):
    def test_a_region_is_two_capital_letters_of_a_country_with_numbers(self):
        self.assertTrue(phone.is_region("NL"))
        for code in ("nl", "XX", "", "NLD"):
            with self.subTest(code):
                self.assertFalse(phone.is_region(code))
