from collective.smsauth.delivery.redaction import described
from collective.smsauth.delivery.redaction import LONGEST
from collective.smsauth.delivery.redaction import MASK
from collective.smsauth.delivery.redaction import parts_of_url
from collective.smsauth.delivery.redaction import plain_id
from collective.smsauth.delivery.redaction import redact
from collective.smsauth.delivery.redaction import traced
from hypothesis import given
from hypothesis import strategies as st

import hypothesis
import unittest

SEPARATORS = st.sampled_from(["", " ", "-", ".", "/", ") ", " - ", "\u00a0", "\u2011"])


@st.composite
def spelled_numbers(draw):
    """Return the digits of a number or code and one of the ways to write it."""
    digits = draw(st.text("0123456789", min_size=6, max_size=15))
    spelled = "".join(digit + draw(SEPARATORS) for digit in digits)
    return digits, draw(st.sampled_from(["", "+", "("])) + spelled.rstrip()


class TestRedact(unittest.TestCase):
    def test_a_phone_number_is_masked_however_it_is_written(self):
        for number in ("+31612345678", "+31 6 1234 5678", "(020) 123-4567", "06-12.34.56.78"):
            with self.subTest(number=number):
                self.assertEqual(redact(f"'{number}' is wrong"), f"'{'(' if number[0] == '(' else ''}{MASK}' is wrong")

    def test_a_code_is_masked(self):
        self.assertEqual(redact("Body: Your code is 123456."), f"Body: Your code is {MASK}.")

    def test_an_error_code_and_a_status_stay(self):
        words = "Twilio error 21211 (HTTP 400): see https://www.twilio.com/docs/errors/21211"
        self.assertEqual(redact(words), words)

    def test_a_token_is_masked_and_of_an_identifier_the_kind_stays(self):
        self.assertEqual(redact(f"AC{'0a' * 16} with {'f' * 32}"), f"AC{MASK} with {MASK}")

    def test_the_login_in_an_address_is_masked(self):
        self.assertEqual(redact("http://user:pw@proxy.example/"), f"http://{MASK}@proxy.example/")

    def test_named_secrets_are_masked_the_longest_first(self):
        self.assertEqual(redact("It said: my pass phrase", "pass", "my pass phrase"), f"It said: {MASK}")

    def test_secrets_too_short_to_be_one_do_not_garble_the_words(self):
        self.assertEqual(redact("a bad number", "a", ""), "a bad number")

    def test_a_text_is_found_although_its_lines_were_joined(self):
        self.assertEqual(redact("Body 'Hello\n@host' refused", "Hello\n@host"), f"Body '{MASK}' refused")

    def test_no_line_of_a_log_can_be_forged(self):
        self.assertEqual(redact("bad\r\n2026 ERROR\x1b[31m forged\u2028line"), "bad 2026 ERROR [31m forged line")

    def test_long_words_are_cut(self):
        shortened = redact("word " * 200)
        self.assertEqual(len(shortened), LONGEST)
        self.assertTrue(shortened.endswith("…"))

    @hypothesis.settings(deadline=None)
    @given(st.text(), spelled_numbers(), st.text())
    def test_no_number_survives_in_any_company(self, before, number, after):
        digits, spelled = number
        self.assertNotIn(spelled, redact(f"{before} {spelled} {after}"))
        self.assertNotIn(digits, redact(before + digits + after))

    @hypothesis.settings(deadline=None)
    @given(st.text(), st.text("abc-_.é", min_size=4), st.text())
    def test_no_named_secret_survives_in_any_company(self, before, secret, after):
        self.assertNotIn(secret, redact(before + secret + after, secret))

    @hypothesis.settings(deadline=None)
    @given(st.text())
    def test_the_result_is_one_printable_line_of_bounded_length(self, words):
        redacted = redact(words)
        self.assertTrue(redacted.isprintable())
        self.assertLessEqual(len(redacted), LONGEST)


class TestPlainId(unittest.TestCase):
    def test_what_looks_like_an_id_is_one(self):
        for value in ("1", "SM1", "0f8fad5b-d9cb-469f-a165-70867728950e", "8374129384711", "<a@b>"[1:-1], "a/b=="):
            self.assertEqual(value, plain_id(value, "+31612345678", "code 123456", ""))

    def test_nothing_else_is(self):
        for value in (None, 7, "", "a b", "a\n", "x" * 201, "é", b"SM1"):
            self.assertEqual("", plain_id(value))

    @hypothesis.settings(deadline=None)
    @given(st.text("abc12", max_size=9), st.text("abc12", min_size=4, max_size=9), st.text("abc12", max_size=9))
    def test_what_holds_a_secret_or_is_held_by_one_is_none(self, before, secret, after):
        self.assertEqual("", plain_id(before + secret + after, secret))
        self.assertEqual("", plain_id(secret, before + secret + after))


class TestParts(unittest.TestCase):
    def test_of_a_url_that_is_none_there_is_only_the_whole(self):
        self.assertEqual(("http://[",), parts_of_url("http://["))

    def test_a_secret_is_found_however_it_is_written(self):
        secret = 'a b/c"ü'
        for written in ('a b/c"ü', "a%20b%2Fc%22%C3%BC", "a+b%2Fc%22%C3%BC", 'a b/c\\"ü', 'a b/c\\"\\u00fc'):
            self.assertEqual(f"so {MASK}.", redact(f"so {written}.", secret))


class TestExceptions(unittest.TestCase):
    def test_an_exception_is_described_by_class_and_redacted_words(self):
        self.assertEqual(described(ValueError("no 123456")), f"ValueError: no {MASK}")

    def test_an_exception_without_words_is_described_by_class(self):
        self.assertEqual(described(ValueError()), "ValueError")

    def test_the_trace_tells_where_but_not_what(self):
        secret = "7" * 6
        try:
            int(f"x{secret}")
        except ValueError as error:
            trace = traced(error)
        self.assertIn("test_redaction.py", trace)
        self.assertNotIn(secret, trace)
