"""The gateway to Vonage: against a server on this machine that answers as Vonage's documentation says, and as a broken one would."""

from collective.smsauth.delivery.gateways.vonage.errors import failure
from collective.smsauth.delivery.gateways.vonage.errors import status_of
from collective.smsauth.delivery.gateways.vonage.gateway import LONGEST_ANSWER
from collective.smsauth.delivery.gateways.vonage.gateway import TIMEOUTS
from collective.smsauth.delivery.gateways.vonage.gateway import VonageGateway
from collective.smsauth.delivery.gateways.vonage.status_reports import is_signed
from collective.smsauth.delivery.gateways.vonage.status_reports import is_vouched
from collective.smsauth.delivery.gateways.vonage.status_reports import reported
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import IAnswerableGateway
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.tests.support import fake_provider as fake
from collective.smsauth.tests.support.fake_twilio import closed_port
from collective.smsauth.tests.support.fake_vonage import accepted
from collective.smsauth.tests.support.fake_vonage import config
from collective.smsauth.tests.support.fake_vonage import KEY
from collective.smsauth.tests.support.fake_vonage import MESSAGE
from collective.smsauth.tests.support.fake_vonage import refused
from collective.smsauth.tests.support.fake_vonage import SECRET
from collective.smsauth.tests.support.fake_vonage import SIGNATURE_SECRET
from collective.smsauth.tests.support.fake_vonage import signed
from collective.smsauth.tests.support.fake_vonage import token
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from dataclasses import replace
from zope.interface.verify import verifyObject

import json
import logging
import unittest

NUMBER = "+31612345678"
BODY = "Site: your code is 123456\n@host #123456"
URL = "https://site.example.org/@@smsauth-vonage-status?ref=abc"
TEXT = Text(to=NUMBER, body=BODY, expires=float("inf"))
S = DeliveryStatus


class VonageTestCase(unittest.TestCase):
    def setUp(self):
        context = fake.running((200, accepted()))
        self.server = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.gateway = VonageGateway(timeouts=(2.0, 0.3))

    def sent(self, text=TEXT, **changes):
        self.assertEqual(MESSAGE, self.gateway.send(text, config(self.server.url, **changes)))
        return self.server.requests[-1]

    def refused(self, *answers, text=TEXT, base_url="", **changes):
        self.server.answers.extend(answers)
        with self.assertRaises(GatewayError) as caught:
            self.gateway.send(text, config(base_url or self.server.url, **changes))
        return caught.exception


class TestTheId(VonageTestCase):
    def test_what_was_sent_is_none(self):
        for odd in (
            NUMBER[1:],
            f"m-{NUMBER[1:]}",
            "x123456",
            SECRET,
            f"{KEY}-1",
            "abc-of-url",
            "a\nb",
            "x" * 300,
            7,
            None,
        ):
            with self.subTest(odd):
                answer = {"messages": [{"status": "0", "message-id": odd}]}
                self.server.answers[:] = [(200, json.dumps(answer))]
                text = replace(TEXT, status_url=URL.replace("=abc", "=abc-of-url"))
                self.assertEqual("", self.gateway.send(text, config(self.server.url)))


class TestTheRequest(VonageTestCase):
    def test_the_gateway_keeps_the_contract(self):
        self.assertTrue(verifyObject(ISMSGateway, self.gateway))
        self.assertTrue(verifyObject(IAnswerableGateway, self.gateway))
        self.assertEqual((False, (3.0, 10.0)), (self.gateway.local, TIMEOUTS))

    def test_a_text_is_posted_and_its_id_returned(self):
        request = self.sent()
        self.assertEqual(("POST", "/sms/json"), (request.method, request.path))
        expected = {
            "api_key": KEY,
            "api_secret": SECRET,
            "from": "31201234567",
            "to": NUMBER[1:],
            "text": BODY,
            "type": "text",
        }
        self.assertEqual(expected, request.form)

    def test_letters_beyond_the_alphabet_of_text_messages_are_sent_as_unicode(self):
        for body, kind in (("Zürich €5", "text"), ("Łódź", "unicode"), ("Код 1", "unicode"), ("ê", "unicode")):
            with self.subTest(body):
                form = self.sent(replace(TEXT, body=body)).form
                self.assertEqual((body, kind), (form["text"], form["type"]))

    def test_the_sender_is_a_number_or_a_name(self):
        for written, sent, shown in (
            ("+31201234567", "31201234567", "+31201234567"),
            ("31201234567", "31201234567", "+31201234567"),
            ("12345", "12345", "12345"),
            (" Library 2 ", "Library 2", ""),
        ):
            with self.subTest(written):
                self.assertEqual(sent, self.sent(**{"from": written}).form["from"])
                self.assertEqual(shown, self.gateway.sender(config(**{"from": written})))

    def test_a_report_is_asked_for_only_if_it_could_be_checked(self):
        text = replace(TEXT, status_url=URL)
        self.assertNotIn("callback", self.sent(text).form)
        self.assertNotIn("callback", self.sent(signature_secret=SIGNATURE_SECRET).form)
        self.assertEqual(URL, self.sent(text, signature_secret=SIGNATURE_SECRET).form["callback"])

    def test_a_callback_that_is_refused_does_not_cost_the_text(self):
        self.server.answers.append((200, refused(23, "Invalid callback url")))
        with self.assertLogs("collective.smsauth", "WARNING"):
            request = self.sent(replace(TEXT, status_url=URL), signature_secret=SIGNATURE_SECRET)
        self.assertEqual((2, False), (len(self.server.requests), "callback" in request.form))

    def test_nothing_of_the_request_is_logged(self):
        with self.assertLogs(level="DEBUG") as logs:
            logging.getLogger("begun").debug("begun")
            self.sent()
            self.refused((401, f"{NUMBER} {BODY}"))
        for secret in (NUMBER[1:], "123456", SECRET, KEY):
            self.assertNotIn(secret, "".join(logs.output))


class TestRefusals(VonageTestCase):
    def test_codes_in_an_answer_of_200_are_told_apart(self):
        cases = {
            S.TRY_LATER: (1, 5, 10, 99, 12345),
            S.CONFIGURATION: (2, 3, 4, 8, 9, 11, 12, 14, 15, 16, 19, 20, 22, 23, 29, 32),
            S.BAD_NUMBER: (6, 33),
            S.CANNOT_RECEIVE: (7,),
        }
        for expected, code in ((expected, code) for expected, codes in cases.items() for code in codes):
            with self.subTest(code):
                error = self.refused((200, refused(code, "Said so")))
                self.assertEqual((expected, True), (error.status, error.certain))
                self.assertIn(f"Vonage status {code}: Said so (", error.detail)

    def test_a_parameter_that_is_not_valid_is_the_number_or_the_settings(self):
        for words, expected in (
            ("Invalid value for parameter: to", S.BAD_NUMBER),
            ("Missing to param", S.BAD_NUMBER),
            ("Invalid value for parameter: from", S.CONFIGURATION),
            ("Unable to send", S.CONFIGURATION),
        ):
            for code in (2, 3):
                self.assertIs(expected, self.refused((200, refused(code, words))).status)

    def test_statuses_of_http_are_told_apart(self):
        for expected, statuses in {
            S.CONFIGURATION: (301, 302, 307, 400, 401, 402, 403, 404),
            S.TRY_LATER: (408, 420, 429, 500, 502, 503, 504),
        }.items():
            for status in statuses:
                with self.subTest(status):
                    error = self.refused((status, "<html>no</html>", {"Location": f"{self.server.url}/elsewhere"}))
                    self.assertEqual((expected, status not in (408, 504)), (error.status, error.certain))
        self.assertEqual({"/sms/json"}, {request.path for request in self.server.requests}, "no redirect is followed")

    def test_a_text_of_which_a_part_was_taken_has_left(self):
        parts = {
            "message-count": "2",
            "messages": [json.loads(accepted())["messages"][0], {"status": "1", "error-text": "Throttled"}],
        }
        error = self.refused((200, parts))
        self.assertEqual((S.TRY_LATER, False), (error.status, error.certain))

    def test_what_was_sent_is_not_repeated(self):
        error = self.refused((200, refused(6, f"{NUMBER[1:]} {BODY} {SECRET}")))
        for secret in ("2345678", "123456", SECRET):
            self.assertNotIn(secret, error.detail)

    @given(st.one_of(st.integers(), st.text(), st.none()), st.text())
    def test_any_answer_is_a_failure_with_a_class(self, code, words):
        self.assertTrue(failure(code, words).status.failed)
        self.assertTrue(status_of(code).failed)


class TestBrokenProviders(VonageTestCase):
    def test_answers_that_are_garbage_leave_it_open(self):
        odd = (
            *("<html>Welcome</html>", "", "[]", "null", "7"),
            *('{"messages": []}', '{"messages": 7}', '{"messages": [7]}', '{"messages": [{}]}'),
        )
        for body in (*odd, "[" * 60_000, b"\xff\xfe", fake.GARBAGE, fake.HANG_UP):
            with self.subTest(body):
                error = self.refused((200, body) if isinstance(body, (str, bytes)) else body)
                self.assertEqual((S.TRY_LATER, False), (error.status, error.certain))

    def test_a_hang_and_an_answer_without_end_do_end(self):
        for answer in (fake.HANG, fake.DRIPPING, fake.ENDLESS, fake.HUGE):
            error = self.refused(answer)
            self.assertEqual((S.TRY_LATER, False), (error.status, error.certain))
        self.assertLess(LONGEST_ANSWER, 100_000)

    def test_without_a_connection_the_text_certainly_did_not_leave(self):
        error = self.refused(base_url=f"http://127.0.0.1:{closed_port()}")
        self.assertEqual((S.TRY_LATER, True), (error.status, error.certain))


class TestReadiness(unittest.TestCase):
    def problems(self, **changes):
        return [*VonageGateway().problems(config(**changes))]

    def test_right_settings(self):
        self.assertEqual([], self.problems())
        self.assertEqual([], self.problems(base_url="https://proxy.example.org/vonage/"))

    def test_what_is_missing_or_wrong(self):
        cases = {
            "problem_vonage_api_key_missing": {"api_key": ""},
            "problem_vonage_api_key": {"api_key": "a b"},
            "problem_vonage_api_secret_missing": {"api_secret": " "},
            "problem_vonage_api_secret": {"api_secret": "é" * 16},
            "problem_vonage_sender_missing": {"from": ""},
            "problem_vonage_sender": {"from": "a name too long"},
            "problem_vonage_base_url": {"base_url": "ftp://example.org"},
        }
        for problem, changes in cases.items():
            with self.subTest(problem):
                self.assertEqual([problem], self.problems(**changes))
        self.assertEqual(3, len([*VonageGateway().problems({})]))

    def test_no_secret_shows_in_what_is_made_of_the_settings(self):
        from collective.smsauth.delivery.gateways.vonage.configuration import settings

        self.assertNotIn(SECRET, repr(settings(config())))


RECEIPT = {
    "msisdn": "31612345678",
    "to": "31201234567",
    "messageId": MESSAGE,
    "status": "delivered",
    "err-code": "0",
    "api-key": KEY,
    "price": "0.03330000",
    "message-timestamp": "2026-11-30 12:00:00",
    "timestamp": "1796040000",
    "nonce": "a & b = c",
}


class TestReports(unittest.TestCase):
    def setUp(self):
        self.config = config(signature_secret=SIGNATURE_SECRET)

    def test_what_vonage_signed_is_genuine_by_whichever_method(self):
        for method in ("md5hash", "md5", "sha1", "sha256", "sha512"):
            with self.subTest(method):
                fields = signed(RECEIPT, method)
                self.assertTrue(is_signed(fields, self.config))
                self.assertTrue(is_signed({**fields, "sig": fields["sig"].upper()}, self.config))

    def test_everything_else_is_not(self):
        fields = signed(RECEIPT)
        cases = {
            "no signature": (RECEIPT, self.config),
            "empty": ({**fields, "sig": ""}, self.config),
            "nonsense": ({**fields, "sig": "é" * 64}, self.config),
            "changed": ({**fields, "status": "failed"}, self.config),
            "one more": ({**fields, "extra": "1"}, self.config),
            "one less": ({name: value for name, value in fields.items() if name != "price"}, self.config),
            "another secret": (fields, config(signature_secret="other")),
            "no secret": (signed(RECEIPT, secret=""), config()),
            "another account": (signed({**RECEIPT, "api-key": "ffffffff"}), self.config),
            "no account here": (fields, config(signature_secret=SIGNATURE_SECRET, api_key="")),
            "no settings": (fields, {}),
        }
        for name, (sent, settings) in cases.items():
            with self.subTest(name):
                self.assertIs(False, is_signed(sent, settings))

    def test_a_token_vouches_for_one_body(self):
        body = json.dumps(RECEIPT).encode()
        self.assertTrue(is_vouched(f"Bearer {token(body)}", body, self.config))
        wrong = {
            "another body": (token(body), body + b" "),
            "another secret": (token(body, secret="other"), body),
            "another account": (token(body, api_key="ffffffff"), body),
            "no hash": (token(body, payload_hash=None), body),
            "another algorithm": (token(body, alg="none"), body),
            "without a signature": (token(body).rpartition(".")[0] + ".", body),
            "nonsense": ("a.b.c", body),
            "too long": ("a" * 5000, body),
        }
        for name, (sent, received) in wrong.items():
            with self.subTest(name):
                self.assertIs(False, is_vouched(f"Bearer {sent}", received, self.config))
        self.assertFalse(is_vouched(f"Basic {token(body)}", body, self.config))
        self.assertFalse(is_vouched(f"Bearer {token(body, secret='')}", body, config()))

    @given(st.dictionaries(st.text(max_size=9), st.text(max_size=9)), st.text(), st.binary())
    def test_nothing_that_comes_is_genuine_or_raises(self, fields, authorization, body):
        settings = config(signature_secret=SIGNATURE_SECRET)
        self.assertFalse(is_signed(fields, settings))
        self.assertFalse(is_vouched(authorization, body, settings))
        self.assertFalse(is_vouched(f"Bearer {authorization}", body, settings))
        self.assertIsInstance(reported(fields), (S, type(None)))

    def test_each_status_means_something(self):
        cases = {
            S.QUEUED: ("submitted",),
            S.SENT: ("accepted", "buffered"),
            S.DELIVERED: ("delivered", "Delivered"),
            S.UNREACHABLE: ("expired",),
            S.TRY_LATER: ("failed", "rejected"),
            None: ("", "unknown", "x" * 1000),
        }
        for expected, statuses in cases.items():
            for status in statuses:
                self.assertIs(expected, reported({"status": status}))

    def test_a_failure_is_told_by_its_code(self):
        cases = {
            S.UNREACHABLE: (2, 7, 12),
            S.BAD_NUMBER: (3,),
            S.CANNOT_RECEIVE: (4, 11, 13, 14, 15),
            S.UNSUBSCRIBED: (9,),
            S.CONFIGURATION: (6, 10, 39, 41, 50, 54),
            S.TRY_LATER: (1, 5, 8, 16, 99, "", "nonsense", "9" * 100),
        }
        for expected, codes in cases.items():
            for code in codes:
                self.assertIs(expected, reported({"status": "failed", "err-code": str(code)}))
