"""The alphabet of codes that people keep: what is shown can be typed back, and nothing else can."""

from collections import Counter
from collective.smsauth.domain import code_alphabet
from collective.smsauth.domain import prepared_code
from collective.smsauth.domain import recovery_codes
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st

import unittest

CODES = st.text(alphabet=code_alphabet.ALPHABET, min_size=1, max_size=20)
#: How people write a character: small, or as what it is mistaken for.
HANDS = {"0": "0oO", "1": "1iIlL", **{letter: letter + letter.lower() for letter in "ABCDEFGHJKMNPQRSTVWXYZ"}}


class AlphabetTest(unittest.TestCase):
    def test_no_two_characters_look_alike_and_each_is_worth_five_bits(self):
        self.assertEqual(len(set(code_alphabet.ALPHABET)), 2**code_alphabet.BITS)
        self.assertFalse(set("ILOU") & set(code_alphabet.ALPHABET))

    def test_a_recovery_code_needs_no_throttling_and_a_prepared_one_outlives_a_day_of_trying(self):
        self.assertGreaterEqual(recovery_codes.LENGTH * code_alphabet.BITS, 64)
        self.assertGreaterEqual(prepared_code.LENGTH * code_alphabet.BITS, 60)

    def test_codes_use_the_whole_alphabet_evenly(self):
        made = "".join(code_alphabet.derive(b"key", "seed", length=32, number=number) for number in range(1000))
        counts = Counter(made)
        self.assertEqual(set(counts), set(code_alphabet.ALPHABET))
        self.assertTrue(all(850 < count < 1150 for count in counts.values()), counts)

    def test_a_code_follows_from_key_seed_and_number_and_a_shorter_one_is_its_beginning(self):
        code = code_alphabet.derive(b"key", "seed", length=16)
        self.assertEqual(code, code_alphabet.derive(b"key", "seed", length=32)[:16])
        others = [
            code_alphabet.derive(b"other", "seed", length=16),
            code_alphabet.derive(b"key", "other", length=16),
            code_alphabet.derive(b"key", "seed", length=16, number=1),
        ]
        self.assertEqual(4, len({code, *others}))

    def test_codes_of_the_three_sources_cannot_be_taken_for_each_other(self):
        lengths = {recovery_codes.LENGTH, prepared_code.LENGTH, *range(6, 11)}
        self.assertEqual(len(lengths), 7)


class RoundTripTest(unittest.TestCase):
    @given(CODES, st.data())
    def test_what_is_shown_can_be_typed_back_in_any_hand(self, code, data):
        shown = code_alphabet.grouped(code)
        written = "".join(data.draw(st.sampled_from(HANDS.get(one, one))) for one in shown)
        for typed in (shown, shown.lower(), written, shown.replace("-", " "), f" {shown}\t", shown.replace("-", "")):
            self.assertEqual(code_alphabet.normalise(typed, len(code)), code)

    @given(CODES)
    def test_groups_have_four_characters(self, code):
        groups = code_alphabet.grouped(code).split("-")
        self.assertEqual("".join(groups), code)
        self.assertTrue(all(len(group) == 4 for group in groups[:-1]) and 0 < len(groups[-1]) <= 4)

    @given(st.one_of(st.text(max_size=80), st.none(), st.binary(max_size=20), st.integers(), st.lists(st.text())))
    def test_whatever_is_typed_gives_a_code_of_that_length_or_nothing(self, typed):
        code = code_alphabet.normalise(typed, 16)
        self.assertTrue(code is None or (len(code) == 16 and set(code) <= set(code_alphabet.ALPHABET)))

    def test_digits_of_other_scripts_and_what_is_no_letter_or_digit_make_no_difference(self):
        for typed in (
            "０123-４567-８9AB-CDEF",
            "“0123 4567 89ab cdef”",
            "٠١٢٣٤٥٦٧٨٩ABCDEF",
            "\u200e0123—4567—89AB—CDEF\u200e",
        ):
            with self.subTest(typed):
                self.assertEqual(code_alphabet.normalise(typed, 16), "0123456789ABCDEF")

    def test_what_cannot_be_a_code(self):
        for typed in (
            "",
            "0123456789ABCDE",
            "0123456789ABCDEFG",
            "0123456789ABCDEU",
            "0123456789ＡBCDEF",
            "0123456789ABCDE²",
            "0123456789ABCDE\u0301F",
            "0123456789ABCDEſ",
            "0123456789ABCDE\N{LATIN SMALL LETTER DOTLESS I}",
            "0123456789ABCDE\0",
            "0123456789ABCDEF" + " " * 60,
            b"0123456789ABCDEF",
            ["0123456789ABCDEF"],
        ):
            with self.subTest(repr(typed)):
                self.assertIsNone(code_alphabet.normalise(typed, 16))
