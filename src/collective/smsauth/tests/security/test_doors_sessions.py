"""The doors that are sessions: tickets of whatever origin, and how a session ends."""

from base64 import b64decode
from base64 import b64encode
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.doors import TICKET
from plone import api
from plone.session import tktauth
from urllib.parse import unquote

import secrets

HOUR = 60 * 60
JSON = "application/json"


class TicketTest(DoorTest):
    """A ticket alone proves nothing, wherever it travels and whatever is in it."""

    def test_in_the_cookie(self):
        self.assert_closed(lambda user_id: self.reads(user_id, self.client(self.ticket(user_id))))

    def test_in_the_query(self):
        self.assert_closed(lambda user_id: self.reads(user_id, query={TICKET: self.ticket(user_id)}))

    def test_in_a_form(self):
        self.assert_closed(lambda user_id: self.reads(user_id, method="POST", form={TICKET: self.ticket(user_id)}))

    def test_with_a_proof_it_opens(self):
        ticket = self.ticket("anna", self.prove("anna"))
        self.assertTrue(self.reads("anna", self.client(ticket)))
        self.assertTrue(self.reads("anna", query={TICKET: ticket}))

    def test_other_tokens_beside_the_proof_do_no_harm(self):
        self.assertTrue(self.reads("anna", self.client(self.ticket("anna", "sso", self.prove("anna"), "x"))))

    def test_tokens_that_name_no_proof(self):
        foreign = self.foreign_secret()
        for tokens in (("",), ("x",), ("anna",), ("True",), (foreign,), (foreign, ""), (secrets.token_urlsafe(),)):
            with self.subTest(tokens=tokens):
                self.assertFalse(self.reads("anna", self.client(self.ticket("anna", *tokens))))

    def test_the_name_under_which_a_proof_is_kept_is_none(self):
        self.prove("anna")
        (name,) = self.gate.accounts.get("anna").sessions
        self.assertFalse(self.reads("anna", self.client(self.ticket("anna", name))))

    def test_a_proof_in_the_user_data_is_none(self):
        self.assertFalse(self.reads("anna", self.client(self.ticket("anna", user_data=self.prove("anna")))))

    def test_a_proof_of_the_same_member_in_another_part_of_the_request_is_none(self):
        proof = self.prove("anna")
        client = self.client(self.ticket("anna"), smsauth=proof, **{wiring.cookie_name("smsauth_pending"): proof})
        self.assertFalse(self.reads("anna", client, query={"smsauth": proof, "token": proof, "tokens:list": proof}))

    def test_a_forged_ticket(self):
        proof = self.prove("anna")
        forged = tktauth.createTicket("a guess", "anna", tokens=(proof,))
        self.assertFalse(self.reads("anna", self.client(b64encode(forged).decode())))

    def test_an_edited_ticket(self):
        proof = self.prove("anna").encode()
        plain = b64decode(self.ticket("anna"))
        for edited in (
            plain.replace(b"anna!", b"anna!" + proof + b"!"),
            b64decode(self.ticket("bert")).replace(b"bert!", b"anna!" + proof + b"!"),
            b64decode(self.ticket("bert", proof.decode())).replace(b"bert!", b"anna!"),
        ):
            self.assertFalse(self.reads("anna", self.client(b64encode(edited).decode())))

    def test_a_ticket_and_a_password_of_two_members(self):
        client = self.signed_in("bert")
        self.assertFalse(self.reads("anna", client, Authorization=basic("anna")))
        self.assertTrue(self.reads("bert", client, Authorization=basic("anna")))

    def test_two_tickets(self):
        client = self.client(self.ticket("anna"))
        self.assertFalse(self.reads("anna", client, query={TICKET: self.ticket("bert", self.prove("anna"))}))

    def test_broken_tickets_break_nothing(self):
        for ticket in (
            "x",
            "====",
            "YQ==",
            b64encode(b"\0" * 50).decode(),
            b64encode(b"a" * 32 + b"zzzzzzzzanna!").decode(),
        ):
            self.assertFalse(self.reads("anna", self.client(ticket)))


class StaleTest(DoorTest):
    """A proof ends at its absolute age."""

    def test_a_proof_has_an_absolute_age(self):
        client = self.proven("anna")
        self.clock.advance(12 * HOUR - 1)
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.clock.advance(2)
        self.assertFalse(self.is_signed_in(client, "anna"))

    def test_refreshing_the_ticket_keeps_the_proof_and_its_end(self):
        client = self.proven("anna")
        former = client.cookies[TICKET]
        self.clock.advance(12 * HOUR - 1)
        client.cookies[TICKET] = self.ticket("anna", *tktauth.splitTicket(b64decode(former))[2], age=100)
        before = client.cookies[TICKET]
        client.get(self.path("acl_users/session/refresh"), query={"type": "css"})
        self.assertNotEqual(client.cookies[TICKET], before)
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.clock.advance(2)
        self.assertFalse(self.is_signed_in(client, "anna"))

    def test_refreshing_a_ticket_without_a_proof_makes_none(self):
        def enter(user_id):
            client = self.client(self.ticket(user_id, age=100))
            client.get(self.path("acl_users/session/refresh"), query={"type": "css"})
            return self.is_signed_in(client, user_id)

        self.assert_closed(enter)

    def test_a_ticket_older_than_the_session_allows(self):
        stale = self.users.session.timeout + 1
        self.assertFalse(self.reads("anna", self.client(self.ticket("anna", self.prove("anna"), age=stale))))


class MintingTest(DoorTest):
    """Ways by which Plone mints a ticket for whoever is in effect, or for whoever it is told."""

    def mint(self, user_id: str, path: str) -> bool:
        client = self.client()
        client.get(self.path(path), Authorization=basic(user_id))
        return self.is_signed_in(client, user_id)

    def test_the_publishable_method_of_the_cookie_plugin(self):
        self.assert_closed(lambda user_id: self.mint(user_id, "acl_users/credentials_cookie_auth/login"))

    def test_the_publishable_method_of_the_membership_tool(self):
        self.assert_closed(lambda user_id: self.mint(user_id, "portal_membership/loginUser"))

    def test_a_session_that_sso_sets_up(self):
        def enter(user_id):
            response = self.layer["request"].response
            self.users.session._setupSession(user_id, response)
            return self.is_signed_in(self.client(response.cookies[TICKET]["value"].decode()), user_id)

        self.assert_closed(enter)

    def test_minting_again_keeps_the_proof_of_a_session(self):
        for path in ("portal_membership/loginUser", "acl_users/credentials_cookie_auth/login"):
            with self.subTest(path=path):
                client = self.proven("anna")
                self.clock.advance(60 * 31)
                client.get(self.path(path))
                self.assertTrue(self.is_signed_in(client, "anna"))
                self.clock.advance(12 * HOUR)
                self.assertFalse(self.is_signed_in(client, "anna"))
                self.clock.advance(HOUR)

    def test_minting_again_gives_no_proof_to_a_session_that_has_none(self):
        for path in ("portal_membership/loginUser", "acl_users/credentials_cookie_auth/login"):
            self.prove("anna")
            self.clock.advance(HOUR)
            client = self.client(self.ticket("anna"))
            client.post(self.path(path))
            self.assertFalse(self.is_signed_in(client, "anna"))

    def test_an_other_members_minting_takes_no_proof(self):
        proof = self.prove("anna")
        client = self.client(self.ticket("bert", proof))
        client.get(self.path("portal_membership/loginUser"), query={"tokens": proof})
        self.assertNotIn(proof.encode(), b64decode(unquote(client.cookies[TICKET])))

    def test_a_ticket_is_minted_again_for_the_login_of_who_is_in_effect_and_for_no_other(self):
        request = self.layer["request"]
        for login, expected in (("anna", True), ("bert", False), ("nobody", False), ("", False)):
            with self.subTest(login=login), api.env.adopt_user("anna"):
                request.response.cookies.clear()
                self.gate.updateCredentials(request, request.response, login, "")
                self.assertIs(TICKET in request.response.cookies, expected)


class AgeTest(DoorTest):
    """How long ago a member signed in: after ten minutes pages that change what protects an account ask for the password."""

    def age(self, user_id):
        return wiring.parts().gate.session_age(user_id, self.clock())

    def asks_password(self, client, **headers):
        text = client.get(self.path("@@smsauth-setup"), **headers).text
        self.assertIn("form.widgets.mobile_number", text)
        return "form.widgets.password" in text

    def test_a_session_with_a_proof_is_as_old_as_the_proof(self):
        wiring.parts().gate.grant("anna", self.prove("anna"))
        self.assertEqual(0, self.age("anna"))
        self.clock.advance(601)
        self.assertEqual(601, self.age("anna"))

    def test_who_sends_a_password_with_the_request_signs_in_with_it(self):
        self.assertIsNone(self.age("bert"))
        found = self.gate.authenticateCredentials({"login": "bert", "password": PASSWORD})
        self.assertEqual(("bert", "bert"), found)
        self.assertEqual(0, self.age("bert"))

    def test_a_page_asks_for_the_password_once_the_session_is_older_than_ten_minutes(self):
        client = self.proven("anna")
        self.clock.advance(600)
        self.assertFalse(self.asks_password(client))
        self.clock.advance(1)
        self.assertTrue(self.asks_password(client))

    def test_a_page_asks_for_no_password_that_came_with_the_request(self):
        self.assertTrue(self.asks_password(self.client(self.ticket("bert"))))
        self.assertFalse(self.asks_password(self.client(), Authorization=basic("bert")))


class StepUpTest(DoorTest):
    """A ticket without a proof: pages lead to the code form, everything else is refused."""

    def test_a_page_leads_to_the_code_form(self):
        client = self.client(self.ticket("anna"))
        required = client.get(self.path("of-anna"), Accept="text/html")
        response = client.follow(required)
        self.assertEqual((required.status_int, response.status_int), (302, 302))
        self.assertIn("/plone/@@smsauth-verify?came_from=", response.location)

    def test_a_page_leads_a_member_without_it_nowhere(self):
        self.assertTrue(self.reads("bert", self.client(self.ticket("bert")), Accept="text/html"))

    def test_a_public_page_leads_nowhere(self):
        response = self.client(self.ticket("anna")).get(self.path(), Accept="text/html")
        self.assertEqual((200, None), (response.status_int, response.location))

    def test_the_code_completes_the_session_and_leads_back(self):
        client = self.client(self.ticket("anna"))
        page = client.follow(client.follow(client.get(self.path("of-anna"), Accept="text/html")))
        fields = fields_of(page, form__widgets__code=last_code(), form__buttons__verify="Verify")
        response = client.post(self.path("@@smsauth-verify"), form=fields)
        self.assertIn("of-anna", response.location)
        self.assertTrue(self.is_signed_in(client, "anna"))

    def test_what_is_not_a_page_is_refused_without_a_redirect(self):
        requests = (
            ("POST", {"form": {"a": "b"}}),
            ("GET", {"Accept": JSON}),
            ("PATCH", {"json": {"title": "x"}, "Accept": JSON}),
            ("DELETE", {"Accept": JSON}),
            ("PROPFIND", {"body": b"", "Depth": "0"}),
        )
        for method, options in requests:
            with self.subTest(method=method):
                response = self.client(self.ticket("anna")).send(method, self.path("of-anna"), **options)
                self.assertNotIn("smsauth", response.location or "")
                if options.get("Accept") == JSON or method == "PROPFIND":
                    self.assertEqual(response.status_int, 401)
        self.assertIn("of-anna", self.portal)

    def test_scripts_pictures_and_styles_are_not_led_anywhere(self):
        client, before = self.client(self.ticket("anna")), sent()
        for kind in ("script", "image", "style", "empty"):
            response = client.get(self.path("favicon.ico"), Sec_Fetch_Dest=kind)
            self.assertNotIn("smsauth", response.location or "")
        self.assertEqual(sent(), before)

    def test_a_withheld_session_can_sign_in_anew(self):
        client = self.client(self.ticket("anna"))
        response = client.post(self.path("login"), form=sign_in_form("bert"))
        self.assertNotIn("smsauth", response.location)
        self.assertTrue(self.is_signed_in(client, "bert"))

    def test_a_withheld_ticket_without_the_password_tells_no_password(self):
        client, before = self.client(self.ticket("anna")), sent()
        response = client.post(self.path("login"), form=sign_in_form("anna", "wrong"))
        self.assertEqual(response.status_int, 200)
        self.assertEqual(sent(), before)


class SignOutTest(DoorTest):
    """Signing out ends the session on the server."""

    def assert_ended(self, client, leave) -> None:
        ticket = client.cookies[TICKET]
        self.assertTrue(self.is_signed_in(client, "anna"))
        leave(client)
        self.assertFalse(self.is_signed_in(self.client(ticket), "anna"))

    def test_the_link(self):
        self.assert_ended(self.proven("anna"), lambda client: client.get(self.path("logout")))

    def test_a_post(self):
        self.assert_ended(self.proven("anna"), lambda client: client.post(self.path("logout")))

    def test_rest(self):
        self.assert_ended(self.proven("anna"), lambda client: client.post(self.path("@logout"), Accept=JSON))

    def test_the_method_of_the_user_folder(self):
        self.assert_ended(self.proven("anna"), lambda client: client.get(self.path("acl_users/logout")))

    def test_only_that_session_ends(self):
        one = self.proven("anna")
        self.clock.advance(HOUR)
        other = self.proven("anna")
        one.get(self.path("logout"))
        self.assertTrue(self.is_signed_in(other, "anna"))

    def test_every_session_that_the_request_brings_ends(self):
        one = self.prove("anna")
        self.clock.advance(HOUR)
        ticket, token = self.ticket("anna", one), self.proven_token("anna")
        client = self.client(ticket)
        client.post(self.path("@logout"), Accept=JSON, Authorization=f"Bearer {token}")
        self.assertFalse(self.reads("anna", self.client(ticket)))
        self.assertFalse(self.reads("anna", Authorization=f"Bearer {token}"))

    def test_a_visitor_ends_nobodys_session(self):
        client = self.proven("anna")
        self.client(self.ticket("anna")).get(self.path("logout"))
        self.client().get(self.path("logout"), query={"__ac_name": "anna", "__ac_password": PASSWORD})
        self.assertTrue(self.is_signed_in(client, "anna"))

    def test_a_member_without_it_signs_out_without_a_trace(self):
        client = self.signed_in("bert")
        self.assertFalse(self.changed(lambda: client.get(self.path("logout"))))
        self.assertFalse(self.is_signed_in(client, "bert"))


class EndingsTest(DoorTest):
    """What else ends a proof."""

    def test_a_changed_number(self):
        client = self.proven("anna")
        self.clock.advance(3 * 24 * HOUR)
        client = self.proven("anna")
        self.bind("anna", "+31687654321")
        self.assertFalse(self.is_signed_in(client, "anna"))

    def test_an_administrators_reset(self):
        client = self.proven("anna")
        account = self.gate.accounts.get("anna")
        self.gate.accounts.save("anna", account.unbind())
        commit()
        self.bind("anna")
        self.assertFalse(self.is_signed_in(client, "anna"))
