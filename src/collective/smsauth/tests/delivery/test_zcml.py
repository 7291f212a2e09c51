from collective.smsauth.delivery import process_end
from collective.smsauth.delivery.dispatcher import Dispatcher
from collective.smsauth.delivery.gateways.apprise.gateway import AppriseGateway
from collective.smsauth.delivery.gateways.http.gateway import HTTPGateway
from collective.smsauth.delivery.gateways.outbox import OutboxGateway
from collective.smsauth.delivery.gateways.twilio.gateway import TwilioGateway
from collective.smsauth.delivery.gateways.vonage.gateway import VonageGateway
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.interfaces import IVoiceGateway
from plone.testing.zca import popGlobalRegistry
from plone.testing.zca import pushGlobalRegistry
from zope.component import getGlobalSiteManager
from zope.component import getUtilitiesFor
from zope.component import getUtility
from zope.configuration import xmlconfig
from zope.interface.verify import verifyObject

import collective.smsauth.delivery
import unittest
import zope.component


class TestConfiguration(unittest.TestCase):
    def setUp(self):
        pushGlobalRegistry()
        self.addCleanup(popGlobalRegistry)
        context = xmlconfig.file("meta.zcml", zope.component)
        xmlconfig.file("configure.zcml", collective.smsauth.delivery, context=context)

    def test_there_is_one_dispatcher(self):
        dispatcher = getUtility(IDispatcher)
        self.assertIsInstance(dispatcher, Dispatcher)
        self.assertTrue(verifyObject(IDispatcher, dispatcher))

    def test_a_process_that_starts_is_made_to_wait_for_its_texts_when_it_ends(self):
        handlers = {one.handler for one in getGlobalSiteManager().registeredHandlers()}
        self.assertIn(process_end.wait_for_what_is_on_its_way, handlers)

    def test_the_gateways_are_found_by_name(self):
        gateways = dict(getUtilitiesFor(ISMSGateway))
        kinds = {name: type(gateway) for name, gateway in gateways.items()}
        expected = {
            "apprise": AppriseGateway,
            "http": HTTPGateway,
            "outbox": OutboxGateway,
            "twilio": TwilioGateway,
            "vonage": VonageGateway,
        }
        self.assertEqual(kinds, expected)
        for name, gateway in gateways.items():
            with self.subTest(name=name):
                self.assertTrue(verifyObject(ISMSGateway, gateway))
                if name in ("outbox", "twilio"):
                    self.assertTrue(verifyObject(IVoiceGateway, gateway))
                self.assertEqual(gateway.title.domain, "collective.smsauth")
