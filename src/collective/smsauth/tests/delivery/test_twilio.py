from collective.smsauth.delivery.dispatcher import Dispatcher
from collective.smsauth.delivery.gateways.twilio.configuration import settings
from collective.smsauth.delivery.gateways.twilio.errors import failure
from collective.smsauth.delivery.gateways.twilio.gateway import KEPT_CLIENTS
from collective.smsauth.delivery.gateways.twilio.gateway import TwilioGateway
from collective.smsauth.delivery.gateways.twilio.transport import TIMEOUTS
from collective.smsauth.delivery.gateways.twilio.transport import TwilioTransport
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import ConfiguredGateway
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.tests.support.fake_twilio import ACCOUNT
from collective.smsauth.tests.support.fake_twilio import closed_port
from collective.smsauth.tests.support.fake_twilio import config
from collective.smsauth.tests.support.fake_twilio import HANG
from collective.smsauth.tests.support.fake_twilio import HANG_UP
from collective.smsauth.tests.support.fake_twilio import MESSAGE
from collective.smsauth.tests.support.fake_twilio import refusal
from collective.smsauth.tests.support.fake_twilio import running
from collective.smsauth.tests.support.fake_twilio import TOKEN
from hypothesis import given
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

import hypothesis
import json
import logging
import ssl
import threading
import transaction
import unittest

NOW = 1_000_000.0
NUMBER = "+31612345678"
BODY = "Site: your code is 123456\n@host #123456"
TEXT = Text(to=NUMBER, body=BODY, expires=NOW + 300)
KEY = "SK" + "1" * 32
SERVICE = "MG" + "2" * 32


class TwilioTestCase(unittest.TestCase):
    def setUp(self):
        context = running()
        self.twilio = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.gateway = TwilioGateway(clock=lambda: NOW)
        self.config = config(self.twilio.url)

    def refused(self, *answer, gateway=None, config=None):
        """Send a text that does not leave; return the error. ``answer`` is what Twilio answers."""
        self.twilio.answers.extend(answer)
        with self.assertRaises(GatewayError) as caught:
            (gateway or self.gateway).send(TEXT, config or self.config)
        return caught.exception


class TestTheRequest(TwilioTestCase):
    def test_the_gateway_waits_for_a_provider(self):
        self.assertTrue(verifyObject(ISMSGateway, self.gateway))
        self.assertFalse(self.gateway.local)

    def test_a_text_is_posted_and_its_id_returned(self):
        self.assertEqual(self.gateway.send(TEXT, self.config), MESSAGE)
        [request] = self.twilio.requests
        self.assertEqual(request.path, f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
        self.assertEqual(request.login, f"{ACCOUNT}:{TOKEN}")
        self.assertEqual(request.form, {"To": NUMBER, "From": "+15005550006", "Body": BODY, "ValidityPeriod": "300"})

    def test_an_api_key_wins_over_the_auth_token(self):
        self.gateway.send(TEXT, config(self.twilio.url, api_key_sid=KEY, api_key_secret="s3cret"))
        [request] = self.twilio.requests
        self.assertEqual(request.login, f"{KEY}:s3cret")
        self.assertIn(ACCOUNT, request.path)

    def test_a_messaging_service_wins_over_a_sender(self):
        self.gateway.send(TEXT, config(self.twilio.url, messaging_service_sid=SERVICE))
        [request] = self.twilio.requests
        self.assertEqual(request.form["MessagingServiceSid"], SERVICE)
        self.assertNotIn("From", request.form)

    def test_twilio_keeps_a_text_no_longer_than_its_code_lives(self):
        for lifetime, validity in ((120.7, "120"), (1, "6"), (-5, "6"), (10**6, "36000"), (float("inf"), "36000")):
            with self.subTest(lifetime=lifetime):
                self.gateway.send(Text(to=NUMBER, body=BODY, expires=NOW + lifetime), self.config)
                self.assertEqual(self.twilio.requests[-1].form["ValidityPeriod"], validity)

    def test_spaces_around_pasted_settings_do_not_matter(self):
        self.gateway.send(TEXT, {name: f" {value} " for name, value in self.config.items() if value})
        self.assertEqual(self.twilio.requests[0].login, f"{ACCOUNT}:{TOKEN}")

    def test_the_path_of_a_proxy_comes_first(self):
        self.gateway.send(TEXT, config(f"{self.twilio.url}/twilio/"))
        self.assertEqual(self.twilio.requests[0].path, f"/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json")

    def test_without_a_base_url_twilio_itself_is_asked(self):
        url = "https://api.twilio.com/2010-04-01/Accounts.json"
        self.assertEqual(TwilioTransport()._directed(url), url)

    def test_the_timeouts_are_those_of_the_documentation(self):
        self.assertEqual((TIMEOUTS, TwilioTransport().timeout), ((3.0, 10.0), (3.0, 10.0)))

    def test_a_connection_is_used_again(self):
        for _turn in range(3):
            self.gateway.send(TEXT, self.config)
        self.assertEqual(len({request.connection for request in self.twilio.requests}), 1)

    def test_other_credentials_take_effect_at_once(self):
        for token in ("a" * 32, "b" * 32, "a" * 32):
            self.gateway.send(TEXT, config(self.twilio.url, auth_token=token))
        logins = [request.login.partition(":")[2][0] for request in self.twilio.requests]
        self.assertEqual(logins, ["a", "b", "a"])

    def test_the_clients_that_are_kept_are_bounded(self):
        for number in range(KEPT_CLIENTS + 2):
            self.gateway.send(TEXT, config(self.twilio.url, auth_token=str(number)))
        self.assertEqual(self.gateway._thread.clients.cache_info().currsize, KEPT_CLIENTS)

    def test_every_thread_has_a_client_of_its_own(self):
        threads = [threading.Thread(target=self.gateway.send, args=(TEXT, self.config)) for _thread in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        self.assertEqual(len({request.connection for request in self.twilio.requests}), 2)

    def test_nothing_of_the_request_is_logged_or_kept(self):
        client = self.gateway._client(settings(self.config))
        with self.assertLogs(level="DEBUG") as logs:
            logging.getLogger("begun").debug("begun")
            self.gateway.send(TEXT, self.config)
        for secret in (NUMBER, NUMBER[1:], "123456", TOKEN):
            self.assertNotIn(secret, "".join(logs.output))
        self.assertNotIn("twilio.http_client", {record.name for record in logs.records})
        self.assertIsNone(client.http_client._test_only_last_request)
        self.assertIsNone(client.http_client._test_only_last_response)


class TestRefusals(TwilioTestCase):
    def test_refusals_are_told_apart(self):
        cases = {
            (400, 21211): DeliveryStatus.BAD_NUMBER,
            (400, 21614): DeliveryStatus.BAD_NUMBER,
            (400, 21612): DeliveryStatus.CANNOT_RECEIVE,
            (400, 21635): DeliveryStatus.LANDLINE,
            (400, 21610): DeliveryStatus.UNSUBSCRIBED,
            (400, 21408): DeliveryStatus.CONFIGURATION,
            (400, 21608): DeliveryStatus.CONFIGURATION,
            (400, 21606): DeliveryStatus.CONFIGURATION,
            (400, 21659): DeliveryStatus.CONFIGURATION,
            (400, 21703): DeliveryStatus.CONFIGURATION,
            (401, 20003): DeliveryStatus.CONFIGURATION,
            (404, 20404): DeliveryStatus.CONFIGURATION,
            (400, 29999): DeliveryStatus.CONFIGURATION,
            (429, 20429): DeliveryStatus.TRY_LATER,
            (429, 14107): DeliveryStatus.TRY_LATER,
            (400, 21611): DeliveryStatus.TRY_LATER,
            (500, 20500): DeliveryStatus.TRY_LATER,
            (503, 20503): DeliveryStatus.TRY_LATER,
        }
        for (status, code), expected in cases.items():
            with self.subTest(code=code):
                error = self.refused((status, refusal(code, "Said so", status)))
                self.assertEqual(error.status, expected)
                self.assertIn(f"Twilio error {code}: Said so (", error.detail)

    def test_refusals_without_a_code_are_judged_by_their_status(self):
        cases = {
            DeliveryStatus.CONFIGURATION: (302, 400, 403, 404, 418),
            DeliveryStatus.TRY_LATER: (408, 429, 500, 502, 503),
        }
        for expected, status in ((expected, status) for expected, statuses in cases.items() for status in statuses):
            with self.subTest(status=status):
                error = self.refused((status, "<html>A proxy says no</html>"))
                self.assertEqual(error.status, expected)
                self.assertIn(f"Twilio answered HTTP {status}", error.detail)

    def test_a_refusal_in_the_newer_form_is_understood(self):
        page = "https://www.twilio.com/docs/errors/21211"
        problem = {"type": page, "title": "Invalid To", "status": 400, "code": 21211}
        for more, words in (({}, "Invalid To"), ({"detail": f"{NUMBER} is wrong"}, "Invalid To •••• is wrong")):
            with self.subTest(more=more):
                error = self.refused((400, json.dumps({**problem, **more})))
                self.assertEqual(error.status, DeliveryStatus.BAD_NUMBER)
                self.assertIn(f"Twilio error 21211: {words} (", error.detail)

    def test_a_message_that_failed_at_once_is_a_failure(self):
        body = {"sid": MESSAGE, "status": "failed", "error_code": 30006, "error_message": "Landline"}
        error = self.refused((201, json.dumps(body)))
        self.assertEqual(error.status, DeliveryStatus.LANDLINE)
        self.assertIn("Twilio error 30006: Landline (", error.detail)

    def test_what_was_sent_is_no_sid(self):
        for odd in (NUMBER[1:], f"SM{NUMBER[1:]}", "SM123456", TOKEN, "a\nb"):
            with self.subTest(odd):
                self.twilio.answers[:] = [(201, json.dumps({"sid": odd}))]
                self.assertEqual("", self.gateway.send(TEXT, self.config))

    def test_a_failure_without_words_keeps_its_hint(self):
        error = self.refused((201, json.dumps({"sid": MESSAGE, "error_code": 30006})))
        self.assertIn("Twilio error 30006 (a landline", error.detail)

    def test_what_was_sent_is_not_repeated(self):
        words = f"The 'To' number {NUMBER} is wrong, body '{BODY}', code 123456, token {TOKEN}"
        error = self.refused((400, refusal(21211, words)))
        for secret in (NUMBER, "2345678", "123456", TOKEN):
            self.assertNotIn(secret, error.detail)

    @hypothesis.settings(deadline=None)
    @given(st.one_of(st.integers(), st.text(), st.none()), st.one_of(st.integers(), st.text(), st.none()), st.text())
    def test_any_answer_is_a_failure_with_a_class(self, status, code, words):
        error = failure(status, code, words)
        self.assertTrue(error.status.failed)
        self.assertTrue(error.detail.startswith("Twilio "))


class TestBrokenProviders(TwilioTestCase):
    def test_answers_that_are_garbage_are_worth_another_try(self):
        for body in ("<html>Welcome</html>", "", "[]", "null", "7", '"text"', "{}", '{"sid": ""}', '{"sid": 7}'):
            with self.subTest(body=body):
                error = self.refused((201, body))
                self.assertEqual(error.status, DeliveryStatus.TRY_LATER)
                self.assertIn("was not understood", error.detail)

    def test_refusals_that_are_garbage_have_an_outcome(self):
        for body in ("[]", '{"code": "x", "message": 7}', '{"type": 1, "title": 2, "status": "x", "code": []}'):
            with self.subTest(body=body):
                self.assertEqual(self.refused((400, body)).status, DeliveryStatus.CONFIGURATION)

    def test_a_hang_ends_and_is_worth_another_try(self):
        error = self.refused(HANG, gateway=TwilioGateway(clock=lambda: NOW, timeouts=(3.0, 0.1)))
        self.assertEqual(error.status, DeliveryStatus.TRY_LATER)
        self.assertEqual(error.detail, "Twilio did not answer in time (ReadTimeout)")
        self.assertFalse(error.certain, "Twilio may have taken it")

    def test_a_connection_that_is_hung_up_is_worth_another_try(self):
        error = self.refused(HANG_UP)
        self.assertEqual(error.status, DeliveryStatus.TRY_LATER)
        self.assertEqual(error.detail, "there is no connection to Twilio (ConnectionError)")
        self.assertFalse(error.certain, "Twilio may have taken it")

    def test_a_refused_connection_is_worth_another_try(self):
        error = self.refused(config=config(f"http://127.0.0.1:{closed_port()}"))
        self.assertEqual(error.status, DeliveryStatus.TRY_LATER)
        self.assertEqual(error.detail, "there is no connection to Twilio (ConnectionError)")
        self.assertTrue(error.certain)

    def test_an_answer_of_who_waited_too_long_for_twilio_leaves_open_what_became_of_the_text(self):
        for status, certain in ((400, True), (429, True), (500, True), (503, True), (408, False), (504, False)):
            with self.subTest(status):
                self.assertIs(certain, self.refused((status, refusal(20001, status=status))).certain)
        self.assertFalse(self.refused((201, "<html>Welcome</html>")).certain)

    def test_a_server_that_cannot_prove_who_it_is_gets_no_text(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ECDHE+AESGCM")
        self.twilio.socket = context.wrap_socket(self.twilio.socket, server_side=True, do_handshake_on_connect=False)
        self.twilio.handle_error = lambda request, address: None
        error = self.refused(config=config(self.twilio.url.replace("http:", "https:")))
        self.assertEqual(error.status, DeliveryStatus.CONFIGURATION)
        self.assertEqual(error.detail, "no safe connection to Twilio can be made (SSLError)")
        self.assertEqual(self.twilio.requests, [])

    def test_an_address_that_is_none_is_a_wrong_configuration(self):
        error = self.refused(config=config("http://.example"))
        self.assertEqual(error.status, DeliveryStatus.CONFIGURATION)

    def test_a_provider_that_recovers_gets_the_text(self):
        self.addCleanup(transaction.abort)
        self.twilio.answers.extend([(429, refusal(20429, status=429)), (503, "down")])
        reports = []
        dispatcher = Dispatcher(clock=lambda: NOW, sleep=lambda seconds: True)
        self.addCleanup(dispatcher.stop, 20)
        carriers = [ConfiguredGateway(gateway=self.gateway, config=self.config)]
        dispatcher.dispatch(TEXT, carriers, lambda *outcome: reports.append(outcome))
        transaction.commit()
        self.assertTrue(dispatcher.drain(20))
        self.assertEqual(reports, [(DeliveryStatus.SENT, MESSAGE)])
        self.assertEqual(len(self.twilio.requests), 3)


class TestSettings(unittest.TestCase):
    def problems(self, **changes):
        return TwilioGateway().problems(config(**changes))

    def test_complete_settings_have_no_problems(self):
        complete = [
            {},
            {"api_key_sid": KEY, "api_key_secret": "secret", "auth_token": ""},
            {"messaging_service_sid": SERVICE, "from": ""},
            {"messaging_service_sid": SERVICE, "from": "not a sender at all"},
            {"from": "Plone Site"},
            {"from": "12345"},
            {"base_url": "http://localhost:8080"},
            {"base_url": "https://proxy.example/twilio/"},
        ]
        for changes in complete:
            with self.subTest(changes=changes):
                self.assertEqual(self.problems(**changes), ())

    def test_each_problem_is_named(self):
        cases = [
            ({"account_sid": ""}, "problem_twilio_account_sid_missing"),
            ({"account_sid": "AC123"}, "problem_twilio_account_sid"),
            ({"account_sid": ACCOUNT + "\n0"}, "problem_twilio_account_sid"),
            ({"auth_token": ""}, "problem_twilio_credentials"),
            ({"auth_token": "tøken"}, "problem_twilio_secret"),
            ({"api_key_sid": KEY, "api_key_secret": "“secret”"}, "problem_twilio_secret"),
            ({"api_key_sid": KEY}, "problem_twilio_api_key_secret"),
            ({"api_key_sid": ACCOUNT, "api_key_secret": "x"}, "problem_twilio_api_key_sid"),
            ({"messaging_service_sid": "MG1"}, "problem_twilio_messaging_service_sid"),
            ({"from": ""}, "problem_twilio_sender_missing"),
            ({"from": "much too long a name"}, "problem_twilio_sender"),
            ({"from": "0031612345678"}, "problem_twilio_sender"),
        ]
        for changes, problem in cases:
            with self.subTest(changes=changes):
                self.assertEqual(self.problems(**changes), (problem,))

    def test_a_base_url_that_is_none_is_a_problem(self):
        addresses = [
            *("ftp://x", "file:///etc/passwd", "javascript:alert(1)", "twilio.com", "http://", "http://["),
            *("http://x:99999", "http://x:0", "https://me@x", "https://x?a=b", "https://x#a"),
        ]
        for url in addresses:
            with self.subTest(url=url):
                self.assertEqual(self.problems(base_url=url), ("problem_twilio_base_url",))

    def test_nothing_at_all_is_no_configuration_and_nothing_is_sent(self):
        problems = TwilioGateway().problems({})
        self.assertEqual(len(problems), 3)
        with self.assertRaises(GatewayError) as caught:
            TwilioGateway().send(TEXT, {})
        self.assertEqual(caught.exception.status, DeliveryStatus.CONFIGURATION)
        self.assertIn("The account SID is missing.", caught.exception.detail)

    @hypothesis.settings(deadline=None)
    @given(st.text())
    def test_no_base_url_makes_the_check_fail(self, url):
        self.assertLessEqual(len(self.problems(base_url=url)), 1)
