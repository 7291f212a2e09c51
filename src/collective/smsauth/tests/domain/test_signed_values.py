"""Signed values: nobody edits one, and none serves for something else."""

from base64 import urlsafe_b64decode
from base64 import urlsafe_b64encode
from collective.smsauth.domain.signed_values import HIDDEN
from collective.smsauth.domain.signed_values import sign
from collective.smsauth.domain.signed_values import unsign
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import FORMER_KEY
from collective.smsauth.tests.support.parts import KEY
from itsdangerous import URLSafeSerializer

import hashlib
import unittest

VALUE = {"user": "jane", "number": "+31612345678", "expires": 1_800_000_600.0}
SIGNED = sign([KEY], Usage.RESET, VALUE)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ "
VALUES = st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.booleans(), st.none()), max_size=4)


class SignTest(unittest.TestCase):
    @given(VALUES, st.sampled_from(Usage))
    def test_what_was_signed_comes_back(self, value, usage):
        signed = sign([KEY], usage, value)
        self.assertEqual(unsign([KEY], usage, signed), value)
        self.assertRegex(signed, r"\A[A-Za-z0-9_.-]+\Z")

    def test_a_value_signed_for_one_usage_serves_no_other(self):
        for usage in Usage:
            for other in set(Usage) - {usage}:
                with self.subTest(usage=usage, other=other):
                    self.assertIsNone(unsign([KEY], other, sign([KEY], usage, VALUE)))

    def test_a_retired_key_verifies_and_no_longer_signs(self):
        self.assertEqual(unsign([KEY, FORMER_KEY], Usage.RESET, sign([FORMER_KEY], Usage.RESET, VALUE)), VALUE)
        self.assertEqual(sign([KEY, FORMER_KEY], Usage.RESET, VALUE), SIGNED)

    def test_a_key_that_left_the_ring_verifies_nothing(self):
        self.assertIsNone(unsign([KEY], Usage.RESET, sign([FORMER_KEY], Usage.RESET, VALUE)))


class HiddenTest(unittest.TestCase):
    def payload(self, usage, value=VALUE):
        payload = sign([KEY], usage, value).rpartition(".")[0].lstrip(".")
        return urlsafe_b64decode(payload + "=" * (-len(payload) % 4))

    def test_what_goes_out_by_e_mail_or_to_a_provider_cannot_be_read(self):
        for usage in (Usage.RESET, Usage.DISOWN, Usage.STATUS):
            with self.subTest(usage):
                self.assertIn(usage, HIDDEN)
                for word in (b"jane", b"31612345678", b"user", b"number"):
                    self.assertNotIn(word, self.payload(usage))

    def test_each_value_and_each_usage_is_hidden_in_another_way(self):
        hidden = [self.payload(usage) for usage in HIDDEN] + [self.payload(Usage.RESET, {**VALUE, "user": "joe"})]
        self.assertEqual(len(hidden), len({one[:16] for one in hidden}))
        self.assertEqual(len(hidden), len({one[16:24] for one in hidden}))

    @given(st.binary(max_size=60))
    def test_what_was_signed_and_not_hidden_is_none_and_raises_nothing(self, raw):
        signer = URLSafeSerializer(
            KEY,
            salt="collective.smsauth.reset",
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        ).make_signer("collective.smsauth.reset")
        self.assertIsNone(unsign([KEY], Usage.RESET, signer.sign(urlsafe_b64encode(raw).rstrip(b"=")).decode()))


class EditedTest(unittest.TestCase):
    def test_no_character_can_be_replaced(self):
        for place in range(len(SIGNED)):
            for character in ALPHABET:
                edited = SIGNED[:place] + character + SIGNED[place + 1 :]
                if edited != SIGNED:
                    self.assertIsNone(unsign([KEY], Usage.RESET, edited), edited)

    def test_no_character_can_be_added_or_left_out(self):
        for place in range(len(SIGNED) + 1):
            for character in ALPHABET:
                self.assertIsNone(unsign([KEY], Usage.RESET, SIGNED[:place] + character + SIGNED[place:]))
            if place < len(SIGNED):
                self.assertIsNone(unsign([KEY], Usage.RESET, SIGNED[:place] + SIGNED[place + 1 :]))

    @given(VALUES, VALUES)
    def test_the_signature_of_one_value_does_not_fit_another(self, one, other):
        payload = sign([KEY], Usage.RESET, one).rpartition(".")[0]
        signature = sign([KEY], Usage.RESET, other).rpartition(".")[2]
        result = unsign([KEY], Usage.RESET, f"{payload}.{signature}")
        self.assertEqual(result, one if one == other else None)

    @given(st.one_of(st.text(), st.text(ALPHABET), st.binary(), st.none(), st.integers(), st.lists(st.text())))
    def test_junk_is_none_and_raises_nothing(self, junk):
        self.assertIsNone(unsign([KEY], Usage.PENDING, junk))

    def test_a_value_too_long_for_a_cookie_is_not_looked_at(self):
        self.assertIsNone(unsign([KEY], Usage.FORM, sign([KEY], Usage.FORM, {"x": "".join(map(chr, range(33, 9000)))})))

    def test_a_signed_value_that_is_no_mapping_is_none(self):
        serializer = URLSafeSerializer(
            KEY,
            salt="collective.smsauth.form",
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )
        self.assertEqual(unsign([KEY], Usage.FORM, serializer.dumps({"a": 1})), {"a": 1})
        for value in (["a"], "text", 1, None, True):
            with self.subTest(value=value):
                self.assertIsNone(unsign([KEY], Usage.FORM, serializer.dumps(value)))
