"""A first factor from elsewhere: pas.plugins.headers, a plugin of others for single sign-on behind a proxy.

The proxy sets a header with the user id; the plugin believes it, with or without minting a session ticket. There is no password.
"""

from collective.smsauth.administration.checks import site
from collective.smsauth.interfaces import ISMSAuthLayer
from collective.smsauth.testing import last_code
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import TICKET
from importlib.util import find_spec
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from zope.interface import alsoProvides

import unittest

HEADERS = find_spec("pas") is not None and find_spec("pas.plugins.headers") is not None
WHY_NOT = "optional: pas.plugins.headers is not installed"


@unittest.skipUnless(HEADERS, WHY_NOT)
class HeadersTest(DoorTest):
    """The plugin is installed and comes first; anna has a phone, bert has none."""

    create_ticket = False

    def setUp(self):
        """Install it as its own profile does."""
        super().setUp()
        from pas.plugins.headers.plugins import HeaderPlugin

        plugin = HeaderPlugin()
        plugin._setId("request_headers")
        plugin.userid_header = "X-Remote-User"
        plugin.required_headers = ("X-Remote-User",)
        plugin.create_ticket = self.create_ticket
        self.users._setObject("request_headers", plugin)
        plugins = self.users.plugins
        for info in plugins.listPluginTypeInfo():
            if info["interface"].providedBy(plugin):
                plugins.activatePlugin(info["interface"], "request_headers")
        plugins.movePluginsUp(IAuthenticationPlugin, ["request_headers"] * 9)
        plugins.movePluginsUp(IAuthenticationPlugin, ["smsauth"])
        commit()

    def headers(self, user_id="anna"):
        return {"X_Remote_User": user_id, "Accept": "text/html"}

    def test_a_member_without_a_phone_gets_in_and_one_with_a_phone_does_not(self):
        self.assert_closed(lambda user_id: self.reads(user_id, **self.headers(user_id)))

    def test_the_member_is_led_to_the_code_form_without_a_password_and_signed_in_by_the_code(self):
        client = self.client()
        page = client.get(self.path("login"), **self.headers())
        self.assertIn("@@smsauth-verify", page.location)
        query = {"came_from": "http://nohost:80/plone/of-anna"}
        page = client.get(self.path("@@smsauth-verify"), query=query, **self.headers())
        fields = fields_of(page, form__widgets__code=last_code(), form__buttons__verify="1")
        page = client.post(self.path("@@smsauth-verify"), form=fields, **self.headers())
        self.assertEqual("http://nohost:80/plone/of-anna", page.location)
        self.assertTrue(self.reads("anna", client, **self.headers()))
        self.assertFalse(self.reads("anna", **self.headers()), "another browser has given no code")

    def test_a_wrong_code_opens_nothing(self):
        client = self.client()
        page = client.get(self.path("@@smsauth-verify"), **self.headers())
        wrong = str((int(last_code()) + 1) % 10**6).zfill(6)
        fields = fields_of(page, form__widgets__code=wrong, form__buttons__verify="1")
        client.post(self.path("@@smsauth-verify"), form=fields, **self.headers())
        self.assertFalse(self.reads("anna", client, **self.headers()))

    def test_where_it_is_required_a_phone_is_set_up_first(self):
        self.require()
        client = self.client()
        page = client.get(self.path("@@smsauth-verify"), **self.headers("bert"))
        self.assertTrue(page.location.endswith("@@smsauth-setup"))
        self.assertFalse(self.reads("bert", client, **self.headers("bert")))

    def test_the_self_check_names_it(self):
        request = self.layer["request"]
        alsoProvides(request, ISMSAuthLayer)
        advice = [line for finding in site.findings(self.portal, request) for line in finding.advice]
        self.assertIn("request_headers", [(line.mapping or {}).get("plugins") for line in advice])


@unittest.skipUnless(HEADERS, WHY_NOT)
class TicketTest(HeadersTest):
    """The plugin mints a session ticket, so that the header is needed only once."""

    create_ticket = True

    def test_the_ticket_alone_is_worth_nothing_and_leads_to_the_code_form(self):
        client = self.client()
        client.get(self.path(), **self.headers())
        self.assertIn(TICKET, client.cookies)
        self.assertFalse(self.is_signed_in(client, "anna"))
        self.assertIn("@@smsauth-verify", client.get(self.path("login"), Accept="text/html").location)
        page = client.get(self.path("@@smsauth-verify"))
        fields = fields_of(page, form__widgets__code=last_code(), form__buttons__verify="1")
        client.post(self.path("@@smsauth-verify"), form=fields)
        self.assertTrue(self.is_signed_in(client, "anna"))
