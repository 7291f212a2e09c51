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
        for typed in ("phone", "HOTELBOOKS", "+", "+999", "1" * 41, "\ud800", "6" * 30):
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


class HabitTest(unittest.TestCase):
    """Numbers as people of a country write them."""

    def test_national_habits_are_understood(self):
        habits = {
            ("+54 11 6907 1234", ""): "+5491169071234",
            ("+54 9 11 6907 1234", ""): "+5491169071234",
            ("011 15 6907-1234", "AR"): "+5491169071234",
            ("11 6907 1234", "AR"): "+5491169071234",
            ("+54 9 11 15 6907 1234", ""): "+5491169071234",
            ("tel:+54-11-6907-1234", ""): "+5491169071234",
            ("+52 1 55 1234 5678", ""): "+525512345678",
            ("+52 55 1234 5678", ""): "+525512345678",
            ("044 55 1234 5678", "MX"): "+525512345678",
            ("01 55 1234 5678", "MX"): "+525512345678",
            ("+39 0347 123 4567", ""): "+393471234567",
            ("+39 (0) 347 123 4567", ""): "+393471234567",
            ("+39 347 123 4567", ""): "+393471234567",
            ("+55 11 8765 4321", ""): "+5511987654321",
            ("+56 8765 4321", ""): "+56987654321",
            ("09 8765 4321", "CL"): "+56987654321",
            ("+31 (0)6 12345678", ""): "+31612345678",
            ("+44 (0)7911 123456", ""): "+447911123456",
            ("0031612345678", ""): "+31612345678",
            ("0031 6 12345678", "US"): "+31612345678",
            ("\u202a+31 6 12345678\u202c", ""): "+31612345678",
            ("＋３１ ６ １２３４５６７８", ""): "+31612345678",
            ("٠٦١٢٣٤٥٦٧٨", "NL"): "+31612345678",
            ("8 912 345-67-89", "RU"): "+79123456789",
            ("06 30 123 4567", "HU"): "+36301234567",
        }
        for (typed, region), number in habits.items():
            with self.subTest(f"{typed} in {region or 'no country'}"):
                self.assertEqual(phone.parse(typed, region), number)

    def test_a_landline_is_not_bent_into_a_mobile_phone(self):
        for typed in ("+39 0331 123456", "+39 06 1234 5678", "+49 30 123456", "+31 20 123 4567", "+55 11 3123 4567"):
            with self.subTest(typed):
                self.assertIs(phone.parse(typed, ""), PhoneProblem.NO_TEXTS)

    def test_where_landlines_are_called_one_of_argentina_stays_what_was_typed(self):
        self.assertEqual(phone.parse("+54 11 4311 1234", "", calls=True), "+541143111234")
        self.assertEqual(phone.parse("+54 9 11 6907 1234", "", calls=True), "+5491169071234")

    def test_numbers_that_forward_or_cost_are_never_used(self):
        numbers = {
            "British personal": "+44 70 1234 5678",
            "British personal at home": "070 1234 5678",
            "Dutch personal": "+31 84 123 4567",
            "Dutch personal, too": "+31 87 123 4567",
            "American personal": "+1 500 345 6789",
            "Mexican personal": "+52 500 123 4567",
            "German personal": "+49 700 12345678",
            "British premium": "+44 909 879 0000",
            "British pager": "+44 76 1234 5678",
            "British company": "+44 56 1234 5678",
            "shared cost": "+44 845 46 40 123",
        }
        for name, typed in numbers.items():
            for calls in (False, True):
                with self.subTest(f"{name} {calls}"):
                    self.assertIn(
                        phone.parse(typed, "GB", calls=calls), (PhoneProblem.NO_TEXTS, PhoneProblem.IMPOSSIBLE)
                    )

    def test_one_that_was_bound_before_is_neither_texted_nor_called(self):
        self.assertFalse(phone.receives_texts("+447012345678"))
        self.assertFalse(phone.receives_calls("+447012345678"))


class LastDigitsTest(unittest.TestCase):
    def test_two_digits_tell_numbers_apart_that_end_differently(self):
        self.assertEqual(phone.last_digits("+31612345678", ("+31612345678", "+31612345679")), "78")
        self.assertEqual(phone.last_digits("+31612345678"), "78")

    def test_numbers_that_end_alike_show_as_many_digits_as_tell_them_apart(self):
        numbers = ("+31612345678", "+31687654678", "+31600005678")
        self.assertEqual([phone.last_digits(one, numbers) for one in numbers], ["45678", "4678", "05678"])

    def test_a_number_that_is_the_end_of_another_is_shown_whole(self):
        self.assertEqual(phone.last_digits("+3161", ("+3161", "+49163161")), "+3161")


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
