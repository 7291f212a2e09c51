"""Reports of Twilio: which are genuine, and what they mean."""

from collective.smsauth.delivery.gateways.twilio.status_reports import is_genuine
from collective.smsauth.delivery.gateways.twilio.status_reports import reported
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.tests.support.fake_twilio import ACCOUNT
from collective.smsauth.tests.support.fake_twilio import config
from collective.smsauth.tests.support.fake_twilio import TOKEN
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from twilio.request_validator import RequestValidator

import unittest

URL = "https://site.example.org/@@smsauth-twilio-status?ref=abc"
FORM = {"AccountSid": ACCOUNT, "MessageSid": "SM" + "a" * 32, "MessageStatus": "delivered", "To": "+31612345678"}


def signed(url=URL, form=FORM, token=TOKEN):
    """Return the signature that Twilio would make."""
    return RequestValidator(token).compute_signature(url, form)


class TestGenuine(unittest.TestCase):
    def test_what_twilio_signed_for_our_account_is_genuine(self):
        self.assertTrue(is_genuine(URL, FORM, signed(), config()))

    def test_twilio_may_name_the_port_or_not(self):
        with_port = URL.replace("example.org", "example.org:443")
        self.assertTrue(is_genuine(URL, FORM, signed(with_port), config()))

    def test_the_token_signs_also_where_an_api_key_sends(self):
        self.assertTrue(is_genuine(URL, FORM, signed(), config(api_key_sid="SK" + "1" * 32, api_key_secret="x")))

    def test_everything_else_is_not(self):
        other = {**FORM, "AccountSid": "AC" + "1" * 32}
        cases = {
            "no signature": (URL, FORM, "", config()),
            "nonsense": (URL, FORM, "é" * 28, config()),
            "another token": (URL, FORM, signed(token="e" * 32), config()),
            "another address": (URL + "d", FORM, signed(), config()),
            "a field changed": (URL, {**FORM, "MessageStatus": "failed"}, signed(), config()),
            "a field more": (URL, {**FORM, "ErrorCode": "30003"}, signed(), config()),
            "a field less": (URL, {"AccountSid": ACCOUNT}, signed(), config()),
            "another account": (URL, other, signed(form=other), config()),
            "no account in it": (URL, {}, signed(form={}), config()),
            "no account here": (URL, {**FORM, "AccountSid": ""}, signed(), config(account_sid="")),
            "no token here": (URL, FORM, signed(token=""), config(auth_token="")),
            "blanks for a token": (URL, FORM, signed(token=""), config(auth_token="  ")),
            "no settings": (URL, FORM, signed(token=""), {}),
            "not an address": ("https://[::1", FORM, signed(), config()),
            "not a port": ("https://site:port/", FORM, signed(), config()),
        }
        for name, (url, form, signature, settings) in cases.items():
            with self.subTest(name):
                self.assertIs(False, is_genuine(url, form, signature, settings))

    @given(st.text(), st.dictionaries(st.text(max_size=9), st.text(max_size=9)), st.text())
    def test_nothing_that_comes_is_genuine_or_raises(self, url, form, signature):
        self.assertFalse(is_genuine(url, form, signature, config()))


class TestMeaning(unittest.TestCase):
    def test_each_status_of_a_text(self):
        cases = {
            DeliveryStatus.QUEUED: ("accepted", "scheduled", "queued", "sending"),
            DeliveryStatus.SENT: ("sent",),
            DeliveryStatus.DELIVERED: ("delivered", "read", "partially_delivered"),
            DeliveryStatus.TRY_LATER: ("failed", "undelivered", "canceled"),
            None: ("receiving", "received", "", "DELIVERED", "sent ", "x" * 1000),
        }
        for expected, statuses in cases.items():
            for status in statuses:
                with self.subTest(status):
                    self.assertIs(expected, reported({"MessageStatus": status}))

    def test_each_status_of_a_call(self):
        cases = {
            DeliveryStatus.QUEUED: ("queued", "initiated"),
            DeliveryStatus.SENT: ("ringing", "in-progress"),
            DeliveryStatus.DELIVERED: ("completed",),
            DeliveryStatus.NO_ANSWER: ("busy", "no-answer"),
            DeliveryStatus.CANNOT_RECEIVE: ("failed", "canceled"),
            None: ("", "answered", "x"),
        }
        for expected, statuses in cases.items():
            for status in statuses:
                with self.subTest(status):
                    self.assertIs(expected, reported({"CallStatus": status}))

    def test_a_failure_is_told_by_its_code(self):
        cases = {
            "30003": DeliveryStatus.UNREACHABLE,
            "30004": DeliveryStatus.CANNOT_RECEIVE,
            "30005": DeliveryStatus.BAD_NUMBER,
            "30006": DeliveryStatus.LANDLINE,
            "30007": DeliveryStatus.CONFIGURATION,
            "30008": DeliveryStatus.TRY_LATER,
            "30036": DeliveryStatus.TRY_LATER,
            "21610": DeliveryStatus.UNSUBSCRIBED,
            "13224": DeliveryStatus.BAD_NUMBER,
            "99999": DeliveryStatus.TRY_LATER,
            "nonsense": DeliveryStatus.TRY_LATER,
            "9" * 100: DeliveryStatus.TRY_LATER,
        }
        for code, expected in cases.items():
            with self.subTest(code):
                self.assertIs(expected, reported({"MessageStatus": "undelivered", "ErrorCode": code}))
                self.assertIs(expected, reported({"CallStatus": "failed", "ErrorCode": code}))

    def test_what_is_about_nothing_means_nothing(self):
        self.assertIsNone(reported({}))
        self.assertIsNone(reported({"SmsStatus": "delivered"}))

    @given(st.dictionaries(st.sampled_from(["MessageStatus", "CallStatus", "ErrorCode"]), st.text()))
    def test_any_report_has_a_known_meaning_or_none(self, form):
        self.assertIsInstance(reported(form), (DeliveryStatus, type(None)))
