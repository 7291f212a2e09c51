"""Calls by Twilio: what is asked for, what is said, and how they fail."""

from collective.smsauth.delivery.gateways.twilio.gateway import TwilioGateway
from collective.smsauth.delivery.gateways.twilio.voice import RING
from collective.smsauth.delivery.gateways.twilio.voice import spoken_language
from collective.smsauth.delivery.gateways.twilio.voice import twiml
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import IAnswerableGateway
from collective.smsauth.interfaces import IVoiceGateway
from collective.smsauth.tests.delivery.test_twilio import NOW
from collective.smsauth.tests.delivery.test_twilio import NUMBER
from collective.smsauth.tests.delivery.test_twilio import SERVICE
from collective.smsauth.tests.delivery.test_twilio import TwilioTestCase
from collective.smsauth.tests.support.fake_twilio import ACCOUNT
from collective.smsauth.tests.support.fake_twilio import config
from collective.smsauth.tests.support.fake_twilio import HANG_UP
from collective.smsauth.tests.support.fake_twilio import MESSAGE
from collective.smsauth.tests.support.fake_twilio import refusal
from collective.smsauth.tests.support.fake_twilio import TOKEN
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from xml.etree import ElementTree
from zope.interface.verify import verifyObject

import json
import unittest

BODY = "Site: your code is 1 2 3 4 5 6. It works for 5 minutes."
CALL = Text(to=NUMBER, body=BODY, expires=NOW + 300, channel=Channel.VOICE, language="nl")
CALLER = "+31201234567"


class TestTheCall(TwilioTestCase):
    def refused_call(self, *answers, **changes):
        """Ask for a call that is not made; return the error."""
        self.twilio.answers.extend(answers)
        with self.assertRaises(GatewayError) as caught:
            self.gateway.call(CALL, config(self.twilio.url, **changes))
        return caught.exception

    def test_the_gateway_can_call_and_be_answered(self):
        self.assertTrue(verifyObject(IVoiceGateway, self.gateway))
        self.assertTrue(verifyObject(IAnswerableGateway, self.gateway))

    def test_a_call_is_asked_for_and_its_id_returned(self):
        self.twilio.answers.append((201, json.dumps({"sid": "CA" + "b" * 32, "status": "queued"})))
        self.assertEqual(self.gateway.call(CALL, config(self.twilio.url, voice_from=CALLER)), "CA" + "b" * 32)
        [request] = self.twilio.requests
        self.assertEqual(request.path, f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json")
        self.assertEqual(request.login, f"{ACCOUNT}:{TOKEN}")
        expected = {"To": NUMBER, "From": CALLER, "Timeout": str(RING), "Twiml": twiml(BODY, "nl")}
        self.assertEqual(request.form, expected)

    def test_the_sender_calls_if_it_is_a_number_and_no_other_is_named(self):
        self.gateway.call(CALL, self.config)
        self.assertEqual("+15005550006", self.twilio.requests[0].form["From"])

    def test_a_messaging_service_does_not_call(self):
        self.gateway.call(CALL, config(self.twilio.url, messaging_service_sid=SERVICE, voice_from=CALLER))
        self.assertNotIn("MessagingServiceSid", self.twilio.requests[0].form)

    def test_neither_a_name_nor_a_short_number_nor_nothing_can_call(self):
        for sender in ("Plone", "12345", ""):
            with self.subTest(sender):
                error = self.refused_call(**{"from": sender})
                self.assertEqual(error.status, DeliveryStatus.CONFIGURATION)
                self.assertIn("The caller is missing", error.detail)
        self.assertEqual([], self.twilio.requests)

    def test_settings_for_texts_alone_need_no_caller_and_those_for_calls_no_sender(self):
        texts_only, calls_only = config(**{"from": "Plone"}), config(**{"from": "", "voice_from": CALLER})
        self.assertEqual(((), ("problem_twilio_caller_missing",)), self.problems_of(texts_only))
        self.assertEqual((("problem_twilio_sender_missing",), ()), self.problems_of(calls_only))

    def problems_of(self, settings):
        """Return what is wrong with settings for texts, and for calls."""
        return self.gateway.problems(settings), self.gateway.voice_problems(settings)

    def test_a_caller_that_is_no_number_is_a_problem(self):
        for caller in ("Plone", "0201234567", "+0123456", "+31 20 1234567", "12345"):
            with self.subTest(caller):
                self.assertEqual(("problem_twilio_caller",), self.gateway.voice_problems(config(voice_from=caller)))

    def test_refusals_are_told_apart(self):
        cases = {
            (400, 13224): DeliveryStatus.BAD_NUMBER,
            (400, 21201): DeliveryStatus.BAD_NUMBER,
            (400, 21211): DeliveryStatus.BAD_NUMBER,
            (400, 21214): DeliveryStatus.BAD_NUMBER,
            (400, 21217): DeliveryStatus.BAD_NUMBER,
            (400, 21202): DeliveryStatus.CANNOT_RECEIVE,
            (400, 21216): DeliveryStatus.CANNOT_RECEIVE,
            (400, 13225): DeliveryStatus.CANNOT_RECEIVE,
            (400, 13227): DeliveryStatus.CONFIGURATION,
            (400, 21203): DeliveryStatus.CONFIGURATION,
            (400, 21205): DeliveryStatus.CONFIGURATION,
            (400, 21210): DeliveryStatus.CONFIGURATION,
            (400, 21212): DeliveryStatus.CONFIGURATION,
            (400, 21213): DeliveryStatus.CONFIGURATION,
            (400, 21215): DeliveryStatus.CONFIGURATION,
            (400, 21219): DeliveryStatus.CONFIGURATION,
            (400, 21220): DeliveryStatus.CONFIGURATION,
            (401, 10005): DeliveryStatus.CONFIGURATION,
            (429, 10004): DeliveryStatus.TRY_LATER,
        }
        for (status, code), expected in cases.items():
            with self.subTest(code=code):
                error = self.refused_call((status, refusal(code, "Said so", status)))
                self.assertEqual(error.status, expected)
                self.assertIn(f"Twilio error {code}: Said so (", error.detail)

    def test_a_broken_provider_is_worth_another_try(self):
        for answer in (HANG_UP, (201, "[]"), (201, '{"sid": null}'), (503, "")):
            with self.subTest(answer):
                self.assertEqual(DeliveryStatus.TRY_LATER, self.refused_call(answer).status)

    def test_what_would_be_read_out_is_not_repeated(self):
        words = f"cannot call {NUMBER}, Twiml {twiml(BODY, 'nl')}, token {TOKEN}"
        error = self.refused_call((400, refusal(21211, words)))
        for secret in (NUMBER, "1 2 3 4 5 6", "1, 2, 3, 4, 5, 6", TOKEN):
            self.assertNotIn(secret, error.detail)


class TestReports(TwilioTestCase):
    """Whether Twilio is asked to report what becomes of a text or a call."""

    ADDRESS = "https://site.test/@@smsauth-twilio-status?ref=signed"

    def ask(self, channel=Channel.TEXT, **changes):
        text = Text(to=NUMBER, body=BODY, expires=NOW + 300, channel=channel, status_url=self.ADDRESS)
        act = self.gateway.call if channel is Channel.VOICE else self.gateway.send
        return act(text, config(self.twilio.url, **changes))

    def test_reports_of_texts_and_calls_are_asked_for(self):
        for channel in (Channel.TEXT, Channel.VOICE):
            self.ask(channel)
            self.assertEqual(self.ADDRESS, self.twilio.requests[-1].form["StatusCallback"])

    def test_with_an_api_key_they_are_asked_for_if_the_auth_token_is_there_to_check_them(self):
        key = {"api_key_sid": "SK" + "1" * 32, "api_key_secret": "s3cret"}
        self.ask(**key)
        self.ask(**key, auth_token="")
        asked = ["StatusCallback" in request.form for request in self.twilio.requests]
        self.assertEqual([True, False], asked)

    def test_a_text_leaves_without_reports_where_twilio_will_not_report(self):
        for channel in (Channel.TEXT, Channel.VOICE):
            self.twilio.requests.clear()
            self.twilio.answers.append((400, refusal(21609, "Invalid StatusCallback")))
            with self.assertLogs("collective.smsauth", "WARNING") as logs:
                self.assertEqual(MESSAGE, self.ask(channel))
            self.assertEqual([True, False], ["StatusCallback" in one.form for one in self.twilio.requests])
            self.assertNotIn("ref=signed", "".join(logs.output))

    def test_it_is_asked_for_without_reports_only_once(self):
        self.twilio.answers.extend([(400, refusal(21609))] * 2)
        with self.assertLogs("collective.smsauth", "WARNING"), self.assertRaises(GatewayError) as caught:
            self.ask()
        self.assertEqual(DeliveryStatus.CONFIGURATION, caught.exception.status)
        self.assertEqual(2, len(self.twilio.requests))


class TestTheSender(unittest.TestCase):
    def test_members_can_answer_a_number_only(self):
        gateway = TwilioGateway()
        self.assertEqual("+15005550006", gateway.sender(config()))
        self.assertEqual("12345", gateway.sender(config(**{"from": "12345"})))
        for settings in (config(**{"from": "Plone"}), config(messaging_service_sid=SERVICE), {}):
            self.assertEqual("", gateway.sender(settings))


class TestWhatIsSaid(unittest.TestCase):
    def verbs(self, *args):
        return [(verb.tag, verb.get("language"), verb.text) for verb in ElementTree.fromstring(twiml(*args))]

    def test_the_text_is_said_twice_after_a_breath_and_with_a_pause(self):
        said = ("Say", "en-GB", "Your code is 1, 2, 3. It works for 5 minutes.")
        pause = ("Pause", None, None)
        self.assertEqual([pause, said, pause, said], self.verbs("Your code is 1 2 3. It works for 5 minutes.", "en"))

    def test_markup_in_a_title_is_said_and_not_obeyed(self):
        verbs = self.verbs("R&D </Say><Dial>+31900</Dial>: 1 2", "en")
        self.assertEqual(["Pause", "Say", "Pause", "Say"], [tag for tag, _language, _text in verbs])
        self.assertEqual("R&D </Say><Dial>+31900</Dial>: 1, 2", verbs[1][2])

    def test_languages_are_named_as_twilio_does(self):
        cases = {
            "nl": "nl-NL",
            "de": "de-DE",
            "de-at": "de-DE",
            "en": "en-GB",
            "en-us": "en-US",
            "EN_us": "en-US",
            "pt": "pt-PT",
            "pt-br": "pt-BR",
            "nb": "nb-NO",
            "no": "nb-NO",
            "fr-CA": "fr-CA",
            "eo": "en-GB",
            "": "en-GB",
        }
        for language, expected in cases.items():
            with self.subTest(language):
                self.assertEqual(expected, spoken_language(language))

    @given(st.text(), st.text())
    def test_whatever_is_said_is_well_formed_or_refused(self, body, language):
        try:
            words = twiml(body, language)
        except ValueError:
            return
        self.assertIn(spoken_language(language), words)
