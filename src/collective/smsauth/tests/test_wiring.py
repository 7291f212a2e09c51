"""How the parts are put together for delivery: which gateways, in which order, with what to report to; in a real site."""

from collective.smsauth.delivery import status_callback
from collective.smsauth.delivery.gateways.outbox import OutboxGateway
from collective.smsauth.delivery.gateways.twilio.gateway import TwilioGateway
from collective.smsauth.delivery.gateways.twilio.status_reports import VIEW
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.settings.gateway_choice import NoGateway
from collective.smsauth.testing import texts
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.administrator import TWILIO
from collective.smsauth.tests.support.fake_twilio import refusal
from collective.smsauth.tests.support.fake_twilio import running
from collective.smsauth.tests.support.visitor import PageTest
from unittest import mock
from zope.component import getGlobalSiteManager
from zope.component import getUtility
from zope.interface import implementer

import json
import transaction

PUBLIC = "https://www.example.org/plone"


@implementer(ISMSGateway)
class TextsOnly:
    """A gateway of another add-on: it knows nothing of calls, reports or answers."""

    title = "Texts only"
    local = True

    def problems(self, config):
        """Find nothing wrong."""
        return ()

    def send(self, text, config):
        """Take nothing."""
        raise GatewayError(DeliveryStatus.TRY_LATER, "never")


class WiringTest(PageTest):
    def setUp(self):
        super().setUp()
        getGlobalSiteManager().registerUtility(TextsOnly(), ISMSGateway, name="texts-only")
        self.addCleanup(getGlobalSiteManager().unregisterUtility, provided=ISMSGateway, name="texts-only")

    def kinds(self, channel=Channel.TEXT):
        """Return the classes of the gateways that are used, in order."""
        return [type(carrier.gateway) for carrier in wiring.carriers(channel)]


class CarriersTest(WiringTest):
    def test_without_a_second_gateway_there_is_one(self):
        self.assertEqual([OutboxGateway], self.kinds())

    def test_the_second_comes_second(self):
        self.configure(**TWILIO, gateway_second="outbox")
        self.assertEqual([TwilioGateway, OutboxGateway], self.kinds())
        self.assertEqual(TWILIO["twilio_auth_token"], wiring.carriers(Channel.TEXT)[1].config["twilio_auth_token"])

    def test_the_same_twice_is_one(self):
        self.configure(gateway_second="outbox")
        self.assertEqual([OutboxGateway], self.kinds())

    def test_one_that_is_not_configured_is_left_out(self):
        self.configure(gateway="twilio", gateway_second="outbox")
        self.assertEqual([OutboxGateway], self.kinds())
        self.configure(gateway="outbox", gateway_second="twilio")
        self.assertEqual([OutboxGateway], self.kinds())

    def test_one_that_is_not_registered_is_left_out(self):
        self.configure(gateway_second="texts-only")
        getGlobalSiteManager().unregisterUtility(provided=ISMSGateway, name="texts-only")
        self.assertEqual([OutboxGateway], self.kinds())

    def test_where_none_is_ready_every_text_fails_for_the_administrator_to_see(self):
        self.configure(gateway="twilio")
        self.assertEqual([NoGateway], self.kinds())
        self.assertEqual([NoGateway], self.kinds(Channel.VOICE))

    def test_calls_go_to_those_that_can_call(self):
        self.configure(gateway="texts-only", gateway_second="outbox")
        self.assertEqual([TextsOnly, OutboxGateway], self.kinds())
        self.assertEqual([OutboxGateway], self.kinds(Channel.VOICE))

    def test_a_provider_may_be_ready_for_texts_or_for_calls_alone(self):
        self.configure(**{**TWILIO, "twilio_from": "Plone"}, gateway_second="outbox")
        self.assertEqual([TwilioGateway, OutboxGateway], self.kinds())
        self.assertEqual([OutboxGateway], self.kinds(Channel.VOICE))
        self.configure(twilio_from="", twilio_voice_from="+12025550123")
        self.assertEqual([OutboxGateway], self.kinds())
        self.assertEqual([TwilioGateway, OutboxGateway], self.kinds(Channel.VOICE))

    def test_the_environment_can_name_the_caller(self):
        with mock.patch.dict("os.environ", {"TWILIO_VOICE_FROM": "+31201234567"}):
            self.assertEqual("+31201234567", wiring.carriers(Channel.VOICE)[0].config["twilio_voice_from"])


class SenderTest(WiringTest):
    def test_it_is_known_where_one_gateway_sends_from_one_number(self):
        self.assertEqual("", wiring.sender(), "the outbox has none")
        self.configure(**TWILIO)
        self.assertEqual(TWILIO["twilio_from"], wiring.sender())

    def test_it_is_not_known_where_two_may_send_or_one_that_does_not_say(self):
        self.configure(**TWILIO, gateway_second="outbox")
        self.assertEqual("", wiring.sender())
        self.configure(gateway="texts-only", gateway_second="")
        self.assertEqual("", wiring.sender())
        self.configure(gateway="twilio", twilio_from="")
        self.assertEqual("", wiring.sender())


class SendingTest(WiringTest):
    """From the password to a server that answers like Twilio."""

    def setUp(self):
        super().setUp()
        context = running()
        self.twilio = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        patch = mock.patch.dict("os.environ", {"TWILIO_BASE_URL": self.twilio.url})
        patch.start()
        self.addCleanup(patch.stop)
        self.protected()
        self.configure(**TWILIO)

    def sign_in(self):
        """Give the password, and let the text leave."""
        wiring.verifier().begin_sign_in("anna", client_address="192.0.2.1")
        transaction.commit()
        self.assertTrue(getUtility(IDispatcher).drain(30))

    def delivery(self):
        return self.account().challenges[Purpose.SIGN_IN].delivery

    def test_a_public_site_has_reports_sent_to_itself(self):
        self.layer["request"].setServerURL("https", "www.example.org")
        self.sign_in()
        [request] = self.twilio.requests
        challenge = self.account().challenges[Purpose.SIGN_IN]
        expected = status_callback.url(PUBLIC, VIEW, wiring.keys("signing"), user_id="anna", challenge=challenge)
        self.assertEqual(expected, request.form["StatusCallback"])
        self.assertTrue(expected.startswith(f"{PUBLIC}/@@smsauth-twilio-status?ref="))

    def test_a_site_that_twilio_cannot_reach_asks_for_none(self):
        self.sign_in()
        [request] = self.twilio.requests
        self.assertNotIn("StatusCallback", request.form)

    def test_the_second_gateway_takes_over_from_one_that_is_out_of_credit(self):
        self.configure(gateway_second="outbox")
        before = len(texts())
        self.twilio.answers.append((401, refusal(20003, "Authenticate", 401)))
        self.sign_in()
        self.assertEqual((1, before + 1), (len(self.twilio.requests), len(texts())))
        self.assertEqual("sent", self.delivery())

    def test_the_second_gateway_is_not_used_for_a_number_that_is_wrong(self):
        self.configure(gateway_second="outbox")
        before = len(texts())
        self.twilio.answers.append((400, refusal(21211, "Invalid 'To'")))
        self.sign_in()
        self.assertEqual((before, "bad-number"), (len(texts()), self.delivery()))

    def test_a_call_is_made_by_the_same_account(self):
        self.twilio.answers.append((201, json.dumps({"sid": "CA" + "a" * 32})))
        text = Text(to="+31201234567", body="1 2 3", expires=self.clock() + 60, channel=Channel.VOICE, language="de")
        reports = []
        dispatcher = getUtility(IDispatcher)
        dispatcher.dispatch(text, wiring.carriers(Channel.VOICE), lambda *outcome: reports.append(outcome))
        transaction.commit()
        self.assertTrue(dispatcher.drain(30))
        self.assertEqual([(DeliveryStatus.SENT, "CA" + "a" * 32)], reports)
        [request] = self.twilio.requests
        self.assertTrue(request.path.endswith("/Calls.json"))
        self.assertIn('language="de-DE"', request.form["Twiml"])
