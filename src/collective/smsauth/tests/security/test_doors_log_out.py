"""Logging out ends ticket and cookies on the server and in the browser; what has ended is no first factor any more."""

from base64 import b64decode
from collective.smsauth.domain.session import hashed
from collective.smsauth.pas.sessions import CLAIM
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
from collective.smsauth.verification import lifecycle
from dataclasses import replace
from urllib.parse import unquote

HTML = {"Accept": "text/html"}
JSON = "application/json"
HOUR = 60 * 60
NEW = "another horse 43"
WAYS = (
    ("GET", "logout"),
    ("POST", "logout"),
    ("GET", "@@logout"),
    ("POST", "@logout"),
    ("GET", "acl_users/logout"),
    ("GET", "acl_users/session/remove?type=css"),
    ("GET", "portal_membership/logoutUser"),
    ("GET", "manage_zmi_logout"),
    ("GET", "acl_users/manage_zmi_logout"),
)


class FirstFactorTest(DoorTest):
    def leads_to_code(self, client) -> bool:
        """Tell whether a page leads this browser to the code form, rather than a visitor's way."""
        page = client.get(self.path("of-anna"), **HTML)
        for _ in range(3):
            if "smsauth-verify" in (page.location or ""):
                return True
            page = client.follow(page) if page.status_int == 302 else page
        return False

    def assert_visitor(self, client) -> None:
        """Assert that this browser is that of a visitor: no page leads to the code form, not even that form itself; no text leaves."""
        before = sent()
        self.assertFalse(self.leads_to_code(client))
        self.assertIn("login", self.last(client).location or "")
        self.assertEqual(200, client.get(self.path(), **HTML).status_int)
        self.assertNotIn("form.widgets.code", client.get(self.path("@@smsauth-verify"), **HTML).text)
        self.assertEqual(before, sent())
        self.assertFalse(self.is_signed_in(client, "anna"))

    def last(self, client):
        page = client.get(self.path("of-anna"), **HTML)
        while page.status_int == 302 and "/login" not in page.location:
            page = client.follow(page)
        return page

    def assert_first_factor(self, client) -> None:
        self.assertTrue(self.leads_to_code(client))
        before = sent()
        self.assertIn("form.widgets.code", client.get(self.path("@@smsauth-verify"), **HTML).text)
        self.assertEqual(before + 1, sent())


class LogOutTest(FirstFactorTest):
    """Every way of logging out."""

    def leave(self, client, method, path):
        kind = {"Accept": JSON} if path.startswith("@log") else {}
        answer = client.send(method, self.path(path), **kind)
        self.assertNotIn("smsauth-verify", answer.location or "")

    def test_of_a_session_that_owes_the_step(self):
        for way in WAYS:
            with self.subTest(way):
                self.begin_again()
                ticket = self.ticket("anna")
                client = self.client(ticket)
                self.leave(client, *way)
                self.assertNotIn(TICKET, client.cookies)
                self.assert_visitor(client)
                self.assert_visitor(self.client(ticket))
                self.assert_first_factor(self.client(self.ticket("anna", age=-5)))

    def begin_again(self):
        """Forget that sessions were ended: tickets of the same second cannot be told from each other."""
        self.clock.advance(2 * HOUR)
        self.app._p_jar.sync()
        self.gate.accounts.save("anna", replace(self.gate.accounts.get("anna"), ended_at=0.0))
        commit()

    def test_of_a_session_with_a_proof(self):
        for way in WAYS:
            with self.subTest(way):
                self.clock.advance(2 * HOUR)
                client = self.proven("anna")
                ticket = client.cookies[TICKET]
                self.leave(client, *way)
                self.assertNotIn(TICKET, client.cookies)
                self.assert_visitor(client)
                self.assert_visitor(self.client(ticket))

    def test_of_a_session_that_has_ended_already_takes_its_cookie(self):
        client = self.proven("anna")
        lifecycle.end_all_sessions(self.gate.accounts, "anna")
        commit()
        client.get(self.path("logout"))
        self.assertNotIn(TICKET, client.cookies)

    def test_before_a_code_was_entered(self):
        for way in WAYS:
            with self.subTest(way):
                self.clock.advance(2 * HOUR)
                client = self.client()
                client.post(self.path("login"), form=sign_in_form("anna"))
                former = dict(client.cookies)
                self.leave(client, *way)
                self.assertEqual([], client.named("smsauth_pending"))
                page = self.client(**former).get(self.path("@@smsauth-verify"), **HTML)
                self.assertFalse("form.widgets.code" in page.text)

    def test_of_one_ends_no_other_that_has_a_proof(self):
        other, owing = self.proven("anna"), self.client(self.ticket("anna"))
        owing.get(self.path("logout"))
        self.assertTrue(self.is_signed_in(other, "anna"))

    def test_a_visitor_gets_no_answer_that_tells_anything(self):
        self.assertFalse(self.changed(lambda: self.client().get(self.path("logout"))))
        query = {"__ac_name": "anna", "__ac_password": PASSWORD}
        self.assertFalse(self.changed(lambda: self.client().get(self.path("logout"), query=query)))
        self.assertFalse(self.changed(lambda: self.client().get(self.path("logout"), Authorization=basic("anna"))))

    def test_a_ticket_that_was_logged_out_cannot_be_renewed(self):
        ticket = self.ticket("anna", age=60)
        self.client(ticket).get(self.path("logout"))
        client = self.client(ticket)
        client.get(self.path("acl_users/session/refresh?type=css"))
        self.assertEqual(ticket, client.cookies[TICKET])
        self.assert_visitor(client)

    def test_the_answer_of_rest(self):
        token = self.jwt("anna", **{CLAIM: self.prove("anna")})
        for headers in ({"Authorization": f"Bearer {token}"}, {}, {"Authorization": f"Bearer {self.jwt('bert')}"}):
            answer = self.client().post(self.path("@logout"), Accept=JSON, **headers)
            self.assertEqual((204, b""), (answer.status_int, answer.body))

    def test_stored_tokens_and_a_ticket(self):
        self.users.jwt_auth.store_tokens = True
        commit()
        client = self.proven("anna")
        ticket = client.cookies[TICKET]
        self.assertEqual(204, client.post(self.path("@logout"), Accept=JSON).status_int)
        self.assertFalse(self.is_signed_in(self.client(ticket), "anna"))
        token = self.jwt("anna", **{CLAIM: self.prove("anna")})
        self.client().post(self.path("@logout"), Accept=JSON, Authorization=f"Bearer {token}")
        self.app._p_jar.sync()
        self.assertNotIn(token, self.users.jwt_auth._tokens["anna"])


class OldTicketTest(FirstFactorTest):
    """A ticket that carried a proof of ours, or is older than the password, is no first factor."""

    def test_one_from_elsewhere_is(self):
        self.assert_first_factor(self.client(self.ticket("anna")))

    def test_one_that_login_user_made_is(self):
        client = self.client()
        self.configure(exempt_users=("anna",))
        client.get(self.path("portal_membership/loginUser"), Authorization=basic("anna"))
        self.configure(exempt_users=())
        self.assert_first_factor(client)

    def test_one_with_tokens_of_others_is(self):
        self.assert_first_factor(self.client(self.ticket("anna", "sso", "x")))

    def test_after_log_out(self):
        client = self.proven("anna")
        ticket = client.cookies[TICKET]
        client.get(self.path("logout"))
        self.assert_visitor(self.client(ticket))

    def test_at_the_age_at_which_every_proof_ends(self):
        client = self.proven("anna")
        self.clock.advance(12 * HOUR)
        self.assert_visitor(client)

    def test_after_a_new_password(self):
        for change in (self.users.userSetPassword, self.users.source_users.updateUserPassword):
            with self.subTest(change.__name__):
                self.clock.advance(2 * HOUR)
                client, refreshed = self.proven("anna"), self.client(self.ticket("anna", self.prove_later("anna")))
                change("anna", NEW)
                commit()
                self.assert_visitor(client)
                self.assert_visitor(refreshed)

    def prove_later(self, user_id):
        self.clock.advance(HOUR)
        return self.prove(user_id)

    def test_one_from_elsewhere_after_a_new_password(self):
        ticket = self.ticket("anna", age=60)
        self.users.userSetPassword("anna", NEW)
        commit()
        self.assert_visitor(self.client(ticket))
        self.assert_first_factor(self.client(self.ticket("anna", age=-5)))

    def test_a_session_from_before_the_second_step(self):
        client = self.client()
        client.post(self.path("login"), form=sign_in_form("bert"))
        self.assertIn("smsauth-since-", b64decode(unquote(client.cookies[TICKET])).decode("latin-1"))
        self.bind("bert", "+31687654321")
        before = sent()
        page = client.get(self.path("of-bert"), **HTML)
        self.assertNotIn("smsauth", page.location or "")
        self.assertFalse(self.is_signed_in(client, "bert"))
        self.assertEqual(before, sent())

    def test_one_that_ended_before_a_set_up_gains_nothing_by_its_code(self):
        page, other = self.path("@@smsauth-confirm"), "+31687654321"
        former = self.ticket("bert", age=600)
        lifecycle.end_all_sessions(self.gate.accounts, "bert")
        commit()
        bert = self.client()
        bert.post(self.path("login"), form=sign_in_form("bert"))
        form = fields_of(bert.get(self.path("@@smsauth-setup")), form__widgets__mobile_number=other)
        bert.post(self.path("@@smsauth-setup"), form={**form, "form.buttons.send": "1"})
        answer = {"form.widgets.code": last_code(other), "form.buttons.verify": "1"}
        bert.post(page, form={**fields_of(bert.get(page)), **answer})
        self.clock.advance(1)
        thief = self.client(former)
        self.assertEqual(302, thief.get(page, **HTML).status_int)
        shown = thief.post(page, form=answer)
        thief.post(page, form={**fields_of(shown), **answer})
        self.assertFalse(self.is_signed_in(thief, "bert"))
        self.assertTrue(self.is_signed_in(bert, "bert"))

    def test_when_its_trusted_browser_is_forgotten(self):
        self.configure(trust_days=30)
        proof = self.prove("anna")
        secret = wiring.trust().begin("anna", proof, browser="Firefox")
        commit()
        client = self.client(self.ticket("anna", proof))
        self.assertTrue(self.is_signed_in(client, "anna"))
        lifecycle.forget_browsers(self.gate.accounts, "anna", name=hashed(secret))
        commit()
        self.assert_visitor(client)


class OldTokenTest(FirstFactorTest):
    """A JSON web token is no password."""

    def test_at_the_login_form(self):
        for token in (self.jwt("anna"), self.jwt("anna", **{CLAIM: self.prove("anna")})):
            self.clock.advance(13 * HOUR)
            client, before = self.client(), sent()
            form = sign_in_form("anna", "a guess")
            answer = client.post(self.path("login"), form=form, Authorization=f"Bearer {token}")
            self.assertNotIn("smsauth", answer.location or "")
            self.assertEqual(before, sent())

    def test_renewing_one_that_owes(self):
        for headers, client in (
            ({"Authorization": f"Bearer {self.jwt('anna')}"}, self.client()),
            ({}, self.client(self.ticket("anna"))),
        ):
            answer = client.post(self.path("@login-renew"), Accept=JSON, **headers)
            self.assertEqual(401, answer.status_int)
            error = answer.json["error"]
            self.assertEqual(("Second factor required", "second-factor-required"), (error["type"], error["reason"]))

    def test_renewing_one_that_has_ended(self):
        token = self.jwt("anna", **{CLAIM: self.prove("anna")})
        self.client().post(self.path("@logout"), Accept=JSON, Authorization=f"Bearer {token}")
        answer = self.client().post(self.path("@login-renew"), Accept=JSON, Authorization=f"Bearer {token}")
        self.assertEqual(
            (401, "Invalid or expired authentication token"), (answer.status_int, answer.json["error"]["type"])
        )

    def test_the_login_says_the_same(self):
        answer = self.client().post(self.path("@login"), json={"login": "anna", "password": PASSWORD}, Accept=JSON)
        self.assertEqual("second-factor-required", answer.json["error"]["reason"])


class TurnOffTest(FirstFactorTest):
    """Turning off ends all sessions but the one in which it is done."""

    def test_it(self):
        other = self.proven("anna")
        self.clock.advance(HOUR)
        token = self.jwt("anna", **{CLAIM: self.prove("anna")})
        self.clock.advance(HOUR)
        client = self.proven("anna")
        page = client.get(self.path("@@smsauth-disable"))
        form = fields_of(page, form__buttons__disable="1", form__widgets__password=PASSWORD)
        client.post(self.path("@@smsauth-disable"), form=form)
        self.app._p_jar.sync()
        self.assertEqual("", self.gate.accounts.get("anna").number)
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.assertFalse(self.is_signed_in(other, "anna"))
        self.assertFalse(self.reads("anna", Authorization=f"Bearer {token}"))
