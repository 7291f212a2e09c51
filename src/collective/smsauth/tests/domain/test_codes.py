"""Codes: random, kept as digests, compared without telling where they differ."""

from collective.smsauth.domain import codes
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st

import unittest

DIGITS = st.text("0123456789", min_size=6, max_size=10)
PARTS = st.lists(st.text(), max_size=5)
SEPARATORS = st.sampled_from([" ", "-", ".", "\u00a0", "\u2009", "\u2013", "\t", "  "])


class GenerateTest(unittest.TestCase):
    def test_a_code_has_the_length_asked_for_and_keeps_leading_zeros(self):
        made = [codes.generate(6) for _ in range(500)]
        self.assertEqual({len(code) for code in made}, {6})
        self.assertTrue(all(code.isascii() and code.isdecimal() for code in made))
        self.assertTrue(any(code.startswith("0") for code in made))

    def test_codes_use_every_digit_in_every_place(self):
        made = [codes.generate(6) for _ in range(1000)]
        for place in range(6):
            self.assertEqual({code[place] for code in made}, set("0123456789"))

    def test_ids_are_long_safe_in_addresses_and_never_the_same(self):
        made = {codes.random_secret() for _ in range(100)}
        self.assertEqual(len(made), 100)
        for secret in made:
            self.assertRegex(secret, r"\A[A-Za-z0-9_-]{43}\Z")


class NormaliseTest(unittest.TestCase):
    @given(DIGITS, st.lists(SEPARATORS, min_size=11, max_size=11))
    def test_blanks_dashes_and_dots_between_the_digits_do_not_matter(self, code, separators):
        typed = "".join(separator + digit for separator, digit in zip(separators, code, strict=False)) + separators[-1]
        self.assertEqual(codes.normalise(typed, len(code)), code)

    @given(st.one_of(st.text(), st.binary(), st.integers(), st.none(), st.lists(st.text())), st.integers(6, 10))
    def test_whatever_is_typed_the_result_is_a_code_or_none(self, answer, length):
        result = codes.normalise(answer, length)
        if result is not None:
            self.assertRegex(result, rf"\A[0-9]{{{length}}}\Z")

    def test_the_decimal_digits_of_every_script_are_read_as_digits(self):
        scripts = {
            "full-width": "１２３４５６",
            "Arabic-Indic": "١٢٣٤٥٦",
            "Persian": "۱۲۳۴۵۶",
            "Devanagari": "१२३४५६",
            "Thai": "๑๒๓๔๕๖",
            "mathematical": "𝟏𝟐𝟑𝟒𝟓𝟔",
            "several": "1２٣۴५6",
            "key caps": "1\ufe0f\u20e32\ufe0f\u20e33\ufe0f\u20e34\ufe0f\u20e35\ufe0f\u20e36\ufe0f\u20e3",
        }
        for script, answer in scripts.items():
            with self.subTest(script):
                self.assertEqual(codes.normalise(answer, 6), "123456")

    def test_what_is_no_letter_or_digit_is_left_out_whether_it_shows_or_not(self):
        answers = {
            "the last line of the text": "#123456",
            "quotes": "“123456”",
            "guillemets": "« 123 456 »",
            "zero-width": "\u200b123\u200b456\ufeff",
            "direction": "\u202a123456\u202c\u200e\u2068\u2069",
            "non-breaking": "123\u00a0456\u202f",
            "dashes": "1-2‐3‑4–5—6−",
            "full stop": "123456.",
            "brackets": "(123456)",
            "soft hyphen": "123\u00ad456",
            "ideographic": "、１２３４５６。",
            "nul": "123456\0",
        }
        for name, answer in answers.items():
            with self.subTest(name):
                self.assertEqual(codes.normalise(answer, 6), "123456")

    def test_what_is_left_out_makes_no_other_answer_a_right_one(self):
        for answer in (
            "12345½6",
            "123456²",
            "①123456",
            "123456Ⅷ",
            "123456é",
            "1234５67",
            "12345",
            "123456 a",
            "123456م",
            "一123456",
        ):
            with self.subTest(answer=answer):
                self.assertIsNone(codes.normalise(answer, 6))

    def test_a_long_answer_is_not_looked_at(self):
        self.assertEqual(codes.normalise("-" * 58 + "123456", 6), "123456")
        self.assertIsNone(codes.normalise("-" * 59 + "123456", 6))

    def test_what_cannot_be_a_code_is_none(self):
        for answer in ("", "12345", "1234567", "12345a", "+12345", "12345\0", "-" * 70 + "123456"):
            with self.subTest(answer=answer):
                self.assertIsNone(codes.normalise(answer, 6))

    def test_what_is_not_text_is_none(self):
        for answer in (None, 123456, b"123456", ["123456"], ("123456", "123456"), {"code": "123456"}, 1.5):
            with self.subTest(answer=answer):
                self.assertIsNone(codes.normalise(answer, 6))


class DigestTest(unittest.TestCase):
    @given(PARTS, PARTS)
    def test_two_lists_of_parts_share_a_digest_only_if_they_are_the_same(self, one, other):
        same = codes.digest(b"key", *one) == codes.digest(b"key", *other)
        self.assertEqual(same, one == other)

    def test_where_one_part_ends_and_the_next_begins_matters(self):
        self.assertNotEqual(codes.digest(b"key", "ab", "c"), codes.digest(b"key", "a", "bc"))

    def test_the_digest_depends_on_the_key(self):
        self.assertNotEqual(codes.digest(b"key", "123456"), codes.digest(b"other", "123456"))

    def test_parts_that_are_not_proper_unicode_have_a_digest_too(self):
        self.assertNotEqual(codes.digest(b"key", "\ud800"), codes.digest(b"key", "\ud801"))

    def test_every_key_of_the_ring_matches_and_no_other(self):
        expected = codes.digest(b"former", "a", "b")
        self.assertTrue(codes.matches([b"current", b"former"], expected, "a", "b"))
        self.assertFalse(codes.matches([b"current"], expected, "a", "b"))
        self.assertFalse(codes.matches([], expected, "a", "b"))

    def test_an_empty_or_strange_digest_matches_nothing(self):
        for expected in ("", "0" * 64, "é"):
            with self.subTest(expected=expected):
                self.assertFalse(codes.matches([b"key"], expected, "a"))


class DeriveTest(unittest.TestCase):
    def test_keys_of_two_usages_differ(self):
        self.assertNotEqual(codes.derive("secret", "codes"), codes.derive("secret", "links"))

    def test_keys_of_two_secrets_differ(self):
        self.assertNotEqual(codes.derive("secret", "codes"), codes.derive("another", "codes"))

    def test_a_secret_may_be_text_or_bytes(self):
        self.assertEqual(codes.derive("secret", "codes"), codes.derive(b"secret", "codes"))
        self.assertEqual(len(codes.derive("secret", "codes")), 32)
