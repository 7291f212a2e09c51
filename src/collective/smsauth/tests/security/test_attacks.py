"""Ways past the second step that a second reader found, each closed since.

They do not go through a door: they reach the parts behind it, by what Plone and Zope publish or update without being asked to.
"""

from collective.smsauth.flows.requester import client_address
from collective.smsauth.plugin import SMSAuthPlugin
from collective.smsauth.testing import last_code
from collective.smsauth.tests.support.administrator import setting
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.doors import TICKET
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from ZPublisher.HTTPRequest import HTTPRequest
from ZPublisher.HTTPResponse import HTTPResponse

import re
import unittest

PASSWORD_FIELD = 'name="form.widgets.password"'


class PluginAsPageTest(DoorTest):
    """What hangs on the plugin is published by Zope unless it is declared private."""

    def test_nobody_reads_or_drops_a_record_by_its_address(self):
        self.bind("edith", "+31687654321")
        manager = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}
        for client, headers in (
            (self.client(), {}),
            (self.signed_in("bert"), {}),
            (self.proven("edith"), {}),
            (self.client(), manager),
        ):
            for method in ("get", "drop"):
                address = self.path(f"acl_users/smsauth/accounts/{method}")
                response = client.get(address, query={"user_id": "anna"}, **headers)
                self.assertIn(response.status_int, (302, 401), response.text)
        commit()
        self.assertTrue(self.gate.accounts.get("anna").number)

    def test_all_that_the_plugin_adds_is_private(self):
        own = [name for name, value in vars(SMSAuthPlugin).items() if callable(value) or isinstance(value, property)]
        public = [name for name in own if not name.startswith("_")]
        self.assertIn("accounts", public)
        open_to_some = [name for name in public if getattr(SMSAuthPlugin, f"{name}__roles__", None) != ()]
        self.assertEqual(open_to_some, [])


class FormWithoutBeingCalledTest(DoorTest):
    """Plone updates a form, and so would judge what was sent to it, while it only looks for a widget or validates a field."""

    def setUp(self):
        """Have a code sent for a pending sign-in."""
        super().setUp()
        self.visitor = self.client()
        self.visitor.post(self.path("login"), form=sign_in_form("anna"))
        self.page = self.visitor.get(self.path("@@smsauth-verify"))
        self.code = last_code()

    def answer(self, suffix: str, code: str):
        """Post a code to the code form with something after its name."""
        fields = fields_of(self.page, form__widgets__code=code, form__buttons__verify="Verify")
        return self.visitor.post(self.path(f"@@smsauth-verify{suffix}"), form=fields)

    def test_no_right_code_tells_itself_where_a_wrong_one_is_not_counted(self):
        wrong = f"{(int(self.code) + 1) % 10**6:06}"
        for suffix in ("/++widget++nosuch", "/++widget++code", "/++widget++code/@@nosuch", "/@@z3cform_validate_field"):
            with self.subTest(suffix):
                answers = [self.answer(suffix, code) for code in (wrong, self.code)]
                self.assertEqual(*(answer.status_int for answer in answers))
                for answer in answers:
                    self.assertNotIn("Location", answer.headers)
                    self.assertNotIn("Set-Cookie", answer.headers)
        commit()
        self.assertEqual(dict(self.gate.accounts.get("anna").sessions), {})
        self.answer("", self.code)
        self.assertTrue(
            self.is_signed_in(self.visitor, "anna"), "the code form itself does not work: the test proves nothing"
        )

    def test_no_session_that_owes_the_code_has_one_sent(self):
        self.clock.advance(60 * 60)
        before = sent()
        self.client(self.ticket("anna")).get(self.path("@@smsauth-verify/@@z3cform_validate_field"))
        self.assertEqual(sent(), before)


class SettingsForVisitorsTest(DoorTest):
    """Plone's page that validates fields is for everybody, and updates the form of a control panel for them."""

    def test_a_visitor_changes_no_settings_with_the_token_that_visitors_get(self):
        headers = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}
        panel = self.path("@@smsauth-controlpanel")
        fields = settings_form(self.client().get(panel, **headers).text)
        for suffix in ("/@@z3cform_validate_field", "/++widget++gateway"):
            with self.subTest(suffix):
                visitor = self.client()
                fields["_authenticator"] = visitor.get(self.path("@@authenticator/token")).text
                visitor.post(panel + suffix, form=fields)
                self.assertEqual(setting("text_sign_in"), "")
        fields["_authenticator"] = self.client().get(self.path("@@authenticator/token"), **headers).text
        self.client().post(panel, form=fields, **headers)
        self.assertEqual(
            setting("text_sign_in"), fields["form.widgets.text_sign_in"], "the fields are wrong: this proves nothing"
        )


class RenewedSessionTest(DoorTest):
    """An old session, perhaps a stolen one, is asked for the password before it binds a phone; renewing it does not help."""

    RENEWALS = ("acl_users/session/refresh", "portal_membership/loginUser", "acl_users/credentials_cookie_auth/login")

    def asks_password(self, client) -> bool:
        """Tell whether the page of the set-up asks for the password."""
        page = client.get(self.path("@@smsauth-setup"))
        self.assertIn('name="form.widgets.mobile_number"', page.text)
        return PASSWORD_FIELD in page.text

    def test_a_ticket_minted_again_is_not_fresh(self):
        for address in self.RENEWALS:
            with self.subTest(address):
                client = self.client()
                client.post(self.path("login"), form=sign_in_form("bert"))
                self.assertFalse(self.asks_password(client))
                self.clock.advance(11 * 60)
                self.assertIn(TICKET, client.get(self.path(address)).headers["Set-Cookie"])
                self.assertTrue(self.asks_password(client))

    def test_neither_is_one_of_which_nobody_knows_when_it_began(self):
        for address in ("", *self.RENEWALS):
            with self.subTest(address):
                client = self.client(self.ticket("bert"))
                if address:
                    client.get(self.path(address))
                self.assertTrue(self.asks_password(client))

    def test_neither_is_a_ticket_for_a_token(self):
        client = self.client()
        client.get(self.path("portal_membership/loginUser"), Authorization=f"Bearer {self.jwt('bert')}")
        self.assertTrue(self.asks_password(client))

    def test_neither_is_a_ticket_with_an_old_proof(self):
        client = self.proven("anna")
        self.clock.advance(11 * 60)
        client.get(self.path("portal_membership/loginUser"))
        self.assertTrue(self.asks_password(client))

    def test_who_signs_in_elsewhere_and_has_no_password_here_is_judged_by_the_ticket(self):
        del self.users.source_users._user_passwords["bert"]
        commit()
        self.assertFalse(self.asks_password(self.client(self.ticket("bert"))))
        self.assertTrue(self.asks_password(self.client(self.ticket("bert", age=11 * 60))))


class OddAddressTest(DoorTest):
    """Members write their e-mail address by themselves."""

    def test_an_address_that_no_e_mail_can_have_does_not_undo_a_right_answer(self):
        for address in ("a\nBcc: b@example.org", "<", '"', "a@["):
            with self.subTest(address):
                api.user.get("anna").setMemberProperties({"email": address})
                commit()
                self.bind("anna")
                self.assertTrue(self.gate.accounts.get("anna").number)


class ClientAddressTest(unittest.TestCase):
    """Limits per client address hold for those, too, who have more addresses than there are people."""

    def of(self, address: str) -> str:
        """Return under which name a client counts."""
        environ = {"SERVER_NAME": "nohost", "SERVER_PORT": "80", "REMOTE_ADDR": address}
        return client_address(HTTPRequest(None, environ, HTTPResponse()))

    def test_an_ipv6_network_is_one_client(self):
        self.assertEqual(self.of("2001:db8:1:2::1"), self.of("2001:db8:1:2:ffff:ffff:ffff:ffff"))
        self.assertNotEqual(self.of("2001:db8:1:2::1"), self.of("2001:db8:1:3::1"))

    def test_ipv4_is_taken_as_it_is(self):
        self.assertEqual(self.of("192.0.2.1"), "192.0.2.1")
        self.assertEqual(self.of("::ffff:192.0.2.1"), "192.0.2.1")

    def test_what_is_no_address_breaks_nothing(self):
        self.assertEqual([self.of(""), self.of("unknown"), self.of("fe80::1%eth0")], ["", "unknown", "fe80::/64"])


def settings_form(page: str) -> dict:
    """Return the fields of the form of the settings as a browser would send them, with another wording."""
    fields = dict(re.findall(r'<input[^>]*name="(form\.widgets\.[a-z_]+)"[^>]*value="([^"]*)"', page))
    waits = {"form.widgets.resend_waits": "30"}
    choices = {
        "form.widgets.gateway:list": "outbox",
        "form.widgets.enforcement:list": "optional",
        "form.buttons.save": "Save",
    }
    return {**fields, **waits, **choices, "form.widgets.text_sign_in": "Hello ${code}"}
