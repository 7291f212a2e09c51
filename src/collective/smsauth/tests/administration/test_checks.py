"""The self-check sees everything that opens a door, one thing at a time."""

from Acquisition import aq_base
from collective.smsauth.administration import rule_changes
from collective.smsauth.administration.checks import site
from collective.smsauth.interfaces import IRateLimiter
from collective.smsauth.interfaces import ISMSAuthLayer
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.pas import unknown_proxies
from collective.smsauth.storage.rate_limiter import RateLimiter
from collective.smsauth.testing import FUNCTIONAL
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.administrator import configure
from collective.smsauth.tests.support.administrator import grant
from collective.smsauth.tests.support.administrator import set_up_mail
from collective.smsauth.tests.support.administrator import TWILIO
from collective.smsauth.tests.support.doors import Client
from collective.smsauth.tests.support.fake_twilio import closed_port
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
from waitress.adjustments import Adjustments
from waitress.proxy_headers import PROXY_HEADERS
from zope.component import getGlobalSiteManager
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

    def forwarded(self, peer: str, **headers: str):
        """Let the page be asked for through a proxy."""
        request = self.layer["request"].clone()
        alsoProvides(request, ISMSAuthLayer)
        request.environ.update(REMOTE_ADDR=peer, **headers)
        request._client_addr = peer
        self.request = request

    def advice(self) -> list[str]:
        """Return the advice of all that is wrong, in English."""
        findings = site.findings(self.portal, self.request)
        return [translate(line) for finding in findings if not finding.ok for line in finding.advice]

    def test_a_proxy_that_is_not_trusted_before_a_network_in_which_nobody_is_asked(self):
        configure(exempt_networks=("10.0.0.0/8",))
        self.forwarded("10.0.0.1")
        self.assertEqual(self.wrong(), [], "a client of the network itself")
        for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"):
            with self.subTest(name=name):
                self.forwarded("10.0.0.1", **{name: "203.0.113.5"})
                self.assert_wrong("check_networks_advice")
                self.assertIn("trusted-proxy 10.0.0.1", self.advice()[0])
                with patch.object(HTTPRequest, "trusted_proxies", ["10.0.0.1"]):
                    self.assertEqual(self.wrong(), [])

    def test_a_proxy_that_is_not_trusted(self):
        for peer in ("10.0.0.1", "203.0.113.9", "fd00::1"):
            for name in unknown_proxies.HEADERS:
                with self.subTest(peer=peer, name=name):
                    self.forwarded(peer, **{f"HTTP_{name.upper().replace('-', '_')}": "198.51.100.7"})
                    self.assert_wrong("check_proxy_advice")
                    [advice] = self.advice()
                    self.assertTrue(advice.endswith(f"trusted-proxy {peer}"))
                    self.assertIn("20 texts an hour", advice)
                    with patch.object(HTTPRequest, "trusted_proxies", [peer]):
                        self.assertEqual(self.wrong(), [])

    def test_a_proxy_that_tells_the_client_in_a_header_that_zope_does_not_read_is_remarked(self):
        with patch.object(HTTPRequest, "trusted_proxies", ["10.0.0.1"]):
            self.forwarded("10.0.0.1", HTTP_X_REAL_IP="198.51.100.7")
            self.assertIn("check_proxy_header", self.titles())
            self.forwarded("10.0.0.1", HTTP_X_REAL_IP="198.51.100.7", HTTP_X_FORWARDED_FOR="198.51.100.7")
            self.assertNotIn("check_proxy_header", self.titles())

    def visit(self, peer: str, **headers: str) -> None:
        """Have the site asked for something by somebody."""
        client = Client(self.layer["app"])
        client.address = peer
        client.get("/plone/@@plone_context_state/is_view_template", **headers)

    def test_a_proxy_that_only_the_requests_of_others_came_through(self):
        self.visit("10.0.0.1")
        self.assertEqual(self.wrong(), [])
        for client in ("198.51.100.7", "198.51.100.8", "198.51.100.7"):
            self.visit("10.0.0.1", X_Forwarded_For=client)
        self.assert_wrong("check_proxy_advice_clients")
        self.assertIn("2 of them since", self.advice()[0])
        with patch.object(HTTPRequest, "trusted_proxies", ["10.0.0.1"]):
            self.assertEqual(self.wrong(), [])
        self.layer["clock"].advance(24 * 60 * 60)
        self.assertEqual(self.wrong(), [], "it was taken away")

    def test_such_a_proxy_in_a_network_in_which_nobody_is_asked(self):
        configure(exempt_networks=("10.0.0.0/8",))
        self.visit("10.0.0.1", X_Forwarded_For="198.51.100.7")
        self.assert_wrong("check_networks_advice")

    def test_a_header_that_somebody_on_the_internet_makes_up_makes_nothing_red_for_others(self):
        for peer in ("198.51.100.7", "2001:db8::7", "", "unix"):
            self.visit(peer, X_Forwarded_For="10.0.0.1")
        self.assertEqual(self.wrong(), [])

    def test_no_more_peers_and_clients_are_noted_than_fit(self):
        proxies = unknown_proxies.UnknownProxies()
        for number in range(5000):
            environ = {"HTTP_X_REAL_IP": str(number), "REMOTE_ADDR": f"10.0.0.{number % 4}"}
            proxies.note(environ, 1.0)
        for number in range(250):
            proxies.note({"HTTP_X_REAL_IP": "a", "REMOTE_ADDR": f"10.0.1.{number}"}, 1.0)
        self.assertEqual({1}, {*proxies.found(2.0).values()})
        self.assertEqual(unknown_proxies.MOST_PEERS, len(proxies.found(2.0)))
        for number in range(5000):
            proxies.note({"HTTP_X_REAL_IP": str(number), "REMOTE_ADDR": "10.0.1.249"}, 1.0)
        self.assertEqual(unknown_proxies.MOST_CLIENTS, proxies.found(2.0)["10.0.1.249"])

    def test_waitress_drops_some_of_these_headers_unless_it_is_told_not_to(self):
        self.assertTrue(Adjustments().clear_untrusted_proxy_headers)
        dropped = {name.upper().replace("-", "_") for name in unknown_proxies.HEADERS} & PROXY_HEADERS
        self.assertIn("X_FORWARDED_FOR", dropped)
        self.assertNotIn("X_REAL_IP", dropped)

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

    def test_names_that_are_not_known(self):
        configure(
            required_groups=("gone", "Administrators"), exempt_roles=("Ruler", "Editor"), exempt_users=("x", "anna")
        )
        self.assertEqual(
            self.advice(),
            ["There are no such groups: gone.", "There are no such roles: Ruler.", "There are no such user ids: x."],
        )
        configure(required_groups=(), exempt_roles=("Anonymous",), exempt_users=(), untrusted_groups=("gone", "lost"))
        self.assertEqual(
            self.advice(), ["There are no such groups: gone, lost.", "There are no such roles: Anonymous."]
        )

    def test_names_that_vanished_since(self):
        api.group.create("crew")
        api.user.create(username="carl", email="carl@example.org", password=PASSWORD)
        configure(required_groups=("crew",), exempt_users=("carl",), untrusted_groups=("AuthenticatedUsers",))
        self.assertEqual(self.wrong(), [])
        with api.env.adopt_roles(["Manager"]):
            api.group.delete("crew")
            api.user.delete("carl")
        self.assertEqual(self.wrong(), ["remark_unknown_groups", "remark_unknown_users"])

    def test_a_directory_that_is_down_makes_no_name_unknown(self):
        configure(required_groups=("gone",), exempt_users=("x",))
        with (
            patch.object(type(aq_base(self.folder)), "getGroupById", side_effect=OSError("down")),
            patch.object(type(aq_base(self.folder)), "getUserById", side_effect=OSError("down")),
            self.assertLogs("collective.smsauth", "WARNING"),
        ):
            self.assertEqual(rule_changes.unknown(self.portal, "required_groups", ["gone"]), [])
            self.assertEqual(rule_changes.unknown(self.portal, "exempt_users", ["x"]), [])

    def test_managers_who_are_not_asked_are_remarked(self):
        grant("anna", "Manager")
        configure(exempt_users=("anna", "bert"))
        self.assertIn("Managers are among them by: anna.", self.remarks())

    def test_required_of_nobody(self):
        configure(enforcement="selected")
        self.assert_wrong("remark_nobody_selected")
        configure(required_groups=("gone",))
        self.assertEqual(self.wrong(), ["remark_nobody_selected", "remark_unknown_groups"])
        configure(required_groups=("Administrators",))
        self.assertEqual(self.wrong(), [])

    def test_a_redis_that_nobody_has_asked_yet(self):
        address = f"redis://127.0.0.1:{closed_port()}"
        getGlobalSiteManager().registerUtility(RateLimiter(self.layer["clock"], address), IRateLimiter)
        self.assert_wrong("check_limits_no_answer")

    def test_missing_mail_settings(self):
        api.portal.get_tool("portal_registry")["plone.email_from_address"] = None
        self.assert_wrong("check_mail_advice")
        api.portal.set_registry_record("plone.email_from_address", "site@example.org")
        api.portal.set_registry_record("plone.smtp_host", "")
        self.assert_wrong("check_mail_advice")
