"""The self-check sees everything that opens a door, one thing at a time."""

from collective.smsauth.administration.checks import site
from collective.smsauth.interfaces import ISMSAuthLayer
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.testing import FUNCTIONAL
from collective.smsauth.tests.support.administrator import configure
from collective.smsauth.tests.support.administrator import set_up_mail
from collective.smsauth.tests.support.administrator import TWILIO
from plone import api
from plone.keyring.interfaces import IKeyManager
from Products.CMFPlone.browser.login.password_reset import PasswordResetView
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsResetPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsUpdatePlugin
from Products.PluggableAuthService.interfaces.plugins import IPropertiesPlugin
from Products.PluggableAuthService.plugins.BasePlugin import BasePlugin
from Products.PluggableAuthService.plugins.HTTPBasicAuthHelper import HTTPBasicAuthHelper
from Products.StandardCacheManagers.RAMCacheManager import RAMCacheManager
from unittest.mock import patch
from zope.component import getSiteManager
from zope.component import getUtility
from zope.i18n import translate
from zope.interface import alsoProvides
from zope.interface import implementer
from zope.interface import Interface
from ZPublisher import HTTPRequest

import datetime
import unittest


@implementer(IAuthenticationPlugin)
class TicketPlugin(BasePlugin):
    """A plugin that takes tickets of its own."""

    meta_type = "Ticket plugin"

    def authenticateCredentials(self, credentials):
        """Know nobody."""


@implementer(ISMSGateway)
class NullGateway:
    """A gateway of an add-on that will be removed."""

    title = "Null"
    local = False

    def problems(self, config):
        """Have none."""
        return ()


class SelfCheckTest(unittest.TestCase):
    """A site in which all is well, until a test changes one thing."""

    layer = FUNCTIONAL

    def setUp(self):
        """Set up what a test site lacks."""
        self.portal = self.layer["portal"]
        self.folder = self.portal.acl_users
        self.request = self.layer["request"]
        alsoProvides(self.request, ISMSAuthLayer)
        set_up_mail()

    def wrong(self) -> list[str]:
        """Return the advice of all that is wrong."""
        findings = site.findings(self.portal, self.request)
        return [str(line) for finding in findings if not finding.ok for line in finding.advice]

    def assert_wrong(self, message_id):
        """Check that this, and nothing else, is wrong."""
        self.assertEqual(self.wrong(), [message_id])

    def test_a_fresh_site_with_mail_settings_is_in_order(self):
        self.assertEqual(self.wrong(), [])
        self.assertTrue(site.plugin_in_place(self.portal))

    def test_a_missing_plugin(self):
        self.folder._delObject("smsauth")
        self.assert_wrong("check_plugin_missing")
        self.assertFalse(site.plugin_in_place(self.portal))

    def test_another_plugin_under_its_id(self):
        self.folder._delObject("smsauth")
        self.folder._setObject("smsauth", HTTPBasicAuthHelper("smsauth"))
        self.assert_wrong("check_plugin_missing")

    def test_a_plugin_that_is_not_first(self):
        for interface in (IAuthenticationPlugin, IPropertiesPlugin, ICredentialsResetPlugin):
            with self.subTest(interface=interface.__name__):
                self.folder.plugins.movePluginsDown(interface, ["smsauth"])
                self.assert_wrong("check_plugin_moved")
                self.folder.plugins.movePluginsUp(interface, ["smsauth"])
                self.assertEqual(self.wrong(), [])

    def test_a_plugin_that_mints_tickets_before_the_session_does(self):
        plugins = self.folder.plugins
        for _ in plugins.listPluginIds(ICredentialsUpdatePlugin):
            plugins.movePluginsUp(ICredentialsUpdatePlugin, ["smsauth"])
        self.assert_wrong("check_plugin_moved")

    def test_a_plugin_that_is_not_active(self):
        for interface in (IAuthenticationPlugin, IPropertiesPlugin, ICredentialsResetPlugin, ICredentialsUpdatePlugin):
            with self.subTest(interface=interface.__name__):
                self.folder.plugins.deactivatePlugin(interface, "smsauth")
                self.assert_wrong("check_plugin_moved")
                self.folder.plugins.activatePlugin(interface, "smsauth")
                while not site.plugin_in_place(self.portal):
                    self.folder.plugins.movePluginsUp(interface, ["smsauth"])

    def test_a_cache_on_the_user_folder(self):
        self.folder._setObject("RAMCache", RAMCacheManager("RAMCache"))
        self.folder.ZCacheable_setManagerId("RAMCache")
        self.assert_wrong("check_cache_advice")

    def test_a_plugin_with_tickets_of_its_own(self):
        self.folder._setObject("tickets", TicketPlugin())
        self.folder._getOb("tickets")._setId("tickets")
        self.folder.plugins.activatePlugin(IAuthenticationPlugin, "tickets")
        self.assert_wrong("check_tokens_advice")
        advice = [f.advice[0] for f in site.findings(self.portal, self.request) if not f.ok]
        self.assertEqual(advice[0].mapping["plugins"], "tickets")

    def test_the_plugin_for_tokens_of_rest_is_known(self):
        self.assertIn("jwt_auth", self.folder.plugins.listPluginIds(IAuthenticationPlugin))
        self.assertEqual(self.wrong(), [])

    def test_another_page_for_a_new_password(self):
        class IThemeLayer(ISMSAuthLayer):
            """The layer of an add-on that was installed later."""

        site_manager = getSiteManager()
        required = (Interface, IThemeLayer)
        site_manager.registerAdapter(PasswordResetView, required, Interface, name="passwordreset")
        self.addCleanup(site_manager.unregisterAdapter, PasswordResetView, required, Interface, name="passwordreset")
        alsoProvides(self.request, IThemeLayer)
        self.assert_wrong("check_autologin_advice")
        api.portal.set_registry_record("plone.autologin_after_password_reset", False)
        self.assertEqual(self.wrong(), [])

    def test_an_empty_key_ring(self):
        getUtility(IKeyManager)["_system"].clear()
        self.assert_wrong("check_keys_advice")

    def test_a_gateway_without_its_settings(self):
        configure(gateway="twilio")
        self.assertIn("problem_twilio_account_sid_missing", self.wrong())

    def test_a_gateway_that_is_not_registered_any_more(self):
        site_manager, gateway = getSiteManager(), NullGateway()
        site_manager.registerUtility(gateway, ISMSGateway, name="null")
        configure(gateway="null")
        self.assertEqual(self.wrong(), [])
        site_manager.unregisterUtility(gateway, ISMSGateway, name="null")
        self.assert_wrong("problem_no_gateway")

    def test_a_second_gateway_without_its_settings(self):
        configure(gateway_second="twilio")
        self.assertIn("problem_twilio_account_sid_missing", self.wrong())
        self.assertIn("check_second_gateway_wrong", self.titles())
        self.assertIn("check_gateway", self.titles(), "the first can send all the same")
        configure(**{**TWILIO, "gateway": "outbox"})
        self.assertEqual(self.wrong(), [])
        self.assertIn("check_second_gateway", self.titles())

    def test_a_second_gateway_that_is_the_first_or_is_gone(self):
        configure(gateway_second="outbox")
        self.assert_wrong("problem_second_is_first")
        getSiteManager().registerUtility(NullGateway(), ISMSGateway, name="null")
        configure(gateway_second="null")
        self.assertEqual(self.wrong(), [])
        getSiteManager().unregisterUtility(provided=ISMSGateway, name="null")
        self.assert_wrong("problem_no_gateway")

    def test_voice_calls_that_nobody_can_make(self):
        configure(channel_voice=True)
        self.assertIn("check_voice", self.titles())
        configure(**{**TWILIO, "twilio_from": "Plone"})
        self.assert_wrong("problem_twilio_caller_missing")
        configure(twilio_voice_from="+12025550123")
        self.assertEqual(self.wrong(), [])
        configure(channel_voice=False)
        self.assertNotIn("check_voice", self.titles())

    def test_voice_calls_by_a_gateway_that_cannot_call(self):
        getSiteManager().registerUtility(NullGateway(), ISMSGateway, name="null")
        configure(gateway="null", channel_voice=True)
        self.assert_wrong("check_voice_gateway")
        configure(gateway_second="outbox")
        self.assertEqual(self.wrong(), [])

    def titles(self):
        """Return the titles of all findings."""
        return [str(finding.title) for finding in site.findings(self.portal, self.request)]

    def test_the_outbox_is_remarked_and_a_provider_is_not(self):
        def remarks():
            findings = site.findings(self.portal, self.request)
            return [str(line) for finding in findings if finding.ok for line in finding.advice]

        self.assertEqual(remarks(), ["check_gateway_local"])
        configure(**TWILIO)
        self.assertEqual((remarks(), self.wrong()), ([], []))

    def remarks(self) -> list[str]:
        """Return the remarks but that of the outbox, in English."""
        findings = site.findings(self.portal, self.request)
        lines = [line for finding in findings if finding.ok for line in finding.advice]
        return [translate(line) for line in lines if line != "check_gateway_local"]

    def test_a_proxy_that_is_not_trusted_before_a_network_in_which_nobody_is_asked(self):
        configure(exempt_networks=("10.0.0.0/8",))
        request = self.request.clone()
        alsoProvides(request, ISMSAuthLayer)
        request.environ.update(REMOTE_ADDR="10.0.0.1")
        request._client_addr = "10.0.0.1"
        self.request = request
        self.assertEqual(self.wrong(), [], "a client of the network itself")
        for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"):
            with self.subTest(name=name):
                request.environ[name] = "203.0.113.5"
                self.assert_wrong("check_networks_advice")
                configure(exempt_networks=("192.0.2.0/24",))
                self.assertEqual(self.wrong(), [])
                configure(exempt_networks=("10.0.0.0/8",))
                with patch.object(HTTPRequest, "trusted_proxies", ["10.0.0.1"]):
                    self.assertEqual(self.wrong(), [])
                del request.environ[name]

    def test_who_is_not_asked_is_remarked(self):
        self.assertEqual(self.remarks(), [])
        configure(
            exempt_networks=tuple(f"192.0.{number}.0/24" for number in range(7)),
            exempt_roles=("Reader",),
            exempt_users=("anna", "bert"),
        )
        self.assertEqual(
            self.remarks(),
            [
                "Networks: 192.0.0.0/24, 192.0.1.0/24, 192.0.2.0/24, 192.0.3.0/24, 192.0.4.0/24, ….",
                "Roles: Reader.",
                "Members: anna, bert.",
            ],
        )

    def test_days_of_grace_are_counted(self):
        today = datetime.datetime.fromtimestamp(self.layer["clock"](), datetime.timezone.utc).date()
        configure(
            enforcement="required",
            required_roles=("Manager",),
            grace_everyone=today + datetime.timedelta(days=9),
            grace_selected=today,
        )
        self.assertEqual(
            self.remarks(),
            [
                "It will be required for everyone. Days left: 10.",
                "It will be required for the chosen groups and roles. Days left: 1.",
            ],
        )
        configure(enforcement="optional")
        self.assertEqual(self.remarks(), [])

    def test_names_that_are_not_known_are_remarked(self):
        configure(
            required_groups=("gone", "Administrators"), exempt_roles=("Ruler", "Manager"), exempt_users=("x", "anna")
        )
        self.assertEqual(
            self.remarks()[-3:],
            ["There are no such groups: gone.", "There are no such roles: Ruler.", "There are no such user ids: x."],
        )

    def test_missing_mail_settings(self):
        api.portal.get_tool("portal_registry")["plone.email_from_address"] = None
        self.assert_wrong("check_mail_advice")
        api.portal.set_registry_record("plone.email_from_address", "site@example.org")
        api.portal.set_registry_record("plone.smtp_host", "")
        self.assert_wrong("check_mail_advice")
