"""REST's doors: ``@login``, ``@login-renew``, ``@logout``. The services of this package are in services/login.py."""

from base64 import b64decode
from base64 import urlsafe_b64decode
from collective.smsauth.pas.sessions import CLAIM
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import TICKET
from DateTime import DateTime
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin

import json

HOUR = 60 * 60
JSON = "application/json"
CHARSET = "application/json;charset=utf-8"
KINDS = (JSON, CHARSET, "application/json; charset=UTF-8", "text/json", "text/plain")


def claims_of(token: str) -> dict:
    """Return what a token says, unchecked."""
    body = token.split(".")[1]
    return json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))


class RESTTest(DoorTest):
    """Asks REST's services."""

    def login(self, user_id, password=PASSWORD, client=None, kind=JSON, **more):
        body = {"login": user_id, "password": password, **more}
        return (client or self.client()).post(self.path("@login"), json=body, Accept=JSON, Content_Type=kind)

    def renew(self, client=None, **headers):
        return (client or self.client()).post(self.path("@login-renew"), Accept=JSON, **headers)

    def bears(self, user_id: str, token: str) -> bool:
        return self.reads(user_id, Authorization=f"Bearer {token}")

    def assert_withheld(self, response, client) -> None:
        self.assertEqual(response.status_int, 401)
        self.assertEqual(response.json["error"]["type"], "Second factor required")
        self.assertEqual(response.json["error"]["reason"], "second-factor-required")
        self.assertLessEqual(set(response.json), {"error", "second_step"})
        self.assertTrue(response.json["error"]["message"])
        self.assertNotIn(TICKET, client.cookies)
        self.assertNotIn("Set-Cookie", response.headers)


class LoginTest(RESTTest):
    """``@login``: the right password of a protected member is told so, and nothing is issued. What it begins: test_doors_rest_sign_in."""

    def test_a_password_alone(self):
        def enter(user_id):
            response = self.login(user_id)
            return "token" in response.json and self.bears(user_id, response.json["token"])

        self.assert_closed(enter)

    def test_the_answer_says_that_a_second_factor_is_required(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                client = self.client()
                self.assert_withheld(self.login("anna", client=client, kind=kind), client)

    def test_with_another_content_type_a_member_without_it_gets_a_token(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                self.assertTrue(self.bears("bert", self.login("bert", kind=kind).json["token"]))

    def test_nothing_is_written_that_a_sign_in_writes(self):
        former = self.portal.portal_membership.getMemberById("anna").getProperty("login_time")
        self.login("anna")
        self.login("anna", kind=CHARSET)
        commit()
        self.assertFalse(self.gate.accounts.get("anna").sessions)
        for kind in ("text/json", "text/plain"):
            self.assertFalse(self.changed(lambda kind=kind: self.login("anna", kind=kind)))
        self.assertEqual(self.portal.portal_membership.getMemberById("anna").getProperty("login_time"), former)
        self.assertFalse(self.changed(lambda: self.login("bert")))
        self.assertGreater(
            self.portal.portal_membership.getMemberById("bert").getProperty("login_time"), DateTime() - 1
        )

    def test_the_cookie_that_plone_adds(self):
        bert = self.client()
        self.login("bert", client=bert)
        self.assertTrue(self.is_signed_in(bert, "bert"))

    def test_a_wrong_password_gets_plones_answer(self):
        for user_id in ("anna", "bert", "nobody"):
            response = self.login(user_id, "wrong")
            self.assertEqual(response.status_int, 401)
            self.assertEqual(response.json["error"]["type"], "Invalid credentials")

    def test_a_wrong_password_with_a_withheld_ticket_tells_nothing(self):
        client = self.client(self.ticket("anna"))
        response = self.login("anna", "wrong", client=client)
        self.assertEqual(response.json["error"]["type"], "Invalid credentials")

    def test_a_session_with_a_proof_gets_no_token_for_a_password(self):
        client = self.proven("anna")
        response = self.login("anna", client=client)
        self.assertEqual(response.json["error"]["type"], "Second factor required")
        self.assertTrue(self.is_signed_in(client, "anna"))

    def test_another_members_session_does_not_help(self):
        client = self.signed_in("bert")
        response = self.login("anna", client=client)
        self.assertEqual(response.json["error"]["type"], "Second factor required")

    def test_a_token_that_is_too_many(self):
        response = self.login("anna", token=self.jwt("bert"), source="plone.session", cookie=self.ticket("bert"))
        self.assertEqual(response.json["error"]["type"], "Second factor required")

    def test_whatever_the_order_of_plugins(self):
        for _ in self.users.plugins.listPluginIds(IAuthenticationPlugin):
            self.users.plugins.movePluginsDown(IAuthenticationPlugin, ["smsauth"])
        commit()
        self.assertEqual(self.users.plugins.listPluginIds(IAuthenticationPlugin)[-1], "smsauth")
        for kind in KINDS:
            client = self.client()
            self.assert_withheld(self.login("anna", client=client, kind=kind), client)

    def test_without_the_jwt_plugin(self):
        self.users._delObject("jwt_auth")
        commit()
        self.assertEqual(self.login("bert").status_int, 501)
        client = self.client()
        self.assert_withheld(self.login("anna", client=client), client)

    def test_bodies_that_are_no_sign_in(self):
        values = ([], ["anna"], {}, {"anna": "x"}, 1, 1.5, None, True)
        bodies = [{"login": value, "password": PASSWORD} for value in values]
        bodies += [{"login": "anna", "password": value} for value in values]
        bodies += [[], "anna", 1, None, {}, {"login": "anna"}, {"password": PASSWORD}]
        bodies += [b"{", b"\xff\xfe", b"[" * 50, b'{"login": "anna"', b"null", b"login=anna"]
        for body in bodies:
            for kind in KINDS:
                with self.subTest(body=body, kind=kind):
                    response = self.client().post(self.path("@login"), json=body, Accept=JSON, Content_Type=kind)
                    self.assertEqual(response.status_int, 400)
                    self.assertLessEqual(set(response.json["error"]), {"type", "message", "reason", "field"})
                    self.assertIn(response.json["error"]["reason"], ("bad-request", "not-json"))

    def test_json_that_is_nested_too_deeply(self):
        for body in ('{"login":' * 2000 + '""' + "}" * 2000, '{"login": "anna", "x": ' + "[" * 5000 + "]" * 5000 + "}"):
            for kind in KINDS[:3]:
                for name in ("@login", "@login-renew", ""):
                    with self.subTest(kind=kind, name=name):
                        response = self.client().post(
                            self.path(name), json=body.encode(), Accept=JSON, Content_Type=kind
                        )
                        # Python 3.13 can read it: then it is a login that there is not
                        self.assertIn(response.status_int, (400, 401))
                        self.assertEqual(JSON, response.content_type)
                        self.assertNotIn("token", response.json)
        wide = json.dumps({"login": "bert", "password": PASSWORD, "x": [[]] * 5000}).encode()
        response = self.client().post(self.path("@login"), json=wide, Accept=JSON, Content_Type=JSON)
        self.assertIn("token", response.json)

    def test_odd_strings(self):
        for value in ("", " ", "\0", "a" * 10000, "anna\n", "ANNA", "anna\0", "\u202eanna"):
            for body in ({"login": value, "password": PASSWORD}, {"login": "anna", "password": value}):
                with self.subTest(body=str(body)[:50]):
                    response = self.client().post(self.path("@login"), json=body, Accept=JSON)
                    self.assertEqual(response.json["error"]["type"], "Invalid credentials")
        for body in ({"login": "\ud800", "password": PASSWORD}, {"login": "anna", "password": "\ud800"}):
            # With the plain content type PAS itself fails on it, before any plugin is asked.
            response = self.client().post(self.path("@login"), json=body, Accept=JSON, Content_Type=CHARSET)
            self.assertEqual(response.status_int, 400)

    def test_a_user_of_the_root(self):
        self.require()
        response = self.login(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)
        self.assertNotEqual(response.status_int, 401)

    def test_a_locked_member_is_told_nothing_more(self):
        account = self.gate.accounts.get("anna")
        for _ in range(100):
            account = account.with_failure(self.clock())
        self.gate.accounts.save("anna", account)
        commit()
        client = self.client()
        self.assert_withheld(self.login("anna", client=client), client)

    def test_required_for_everyone(self):
        self.require()
        client = self.client()
        self.assert_withheld(self.login("bert", client=client), client)


class RenewTest(RESTTest):
    """``@login-renew`` keeps a proof, and makes none."""

    def test_a_token_without_a_proof(self):
        def enter(user_id):
            response = self.renew(Authorization=f"Bearer {self.jwt(user_id)}")
            return "token" in response.json and self.bears(user_id, response.json["token"])

        self.assert_closed(enter)

    def test_a_ticket_without_a_proof(self):
        def enter(user_id):
            response = self.renew(self.client(self.ticket(user_id)))
            return "token" in response.json and self.bears(user_id, response.json["token"])

        self.assert_closed(enter)

    def test_a_session_that_owes_the_second_factor_gets_no_token_at_all(self):
        for options in ({"Authorization": f"Bearer {self.jwt('anna')}"}, {"client": self.client(self.ticket("anna"))}):
            response = self.renew(**options)
            self.assertEqual(response.status_int, 401)
            self.assertNotIn("token", response.json)

    def test_a_token_with_a_proof_keeps_it(self):
        token = self.proven_token("anna")
        renewed = self.renew(Authorization=f"Bearer {token}").json["token"]
        self.assertTrue(self.bears("anna", renewed))
        self.assertEqual(claims_of(renewed)[CLAIM], claims_of(token)[CLAIM])
        self.assertEqual(claims_of(renewed)["sub"], "anna")
        self.assertIn("exp", claims_of(renewed))
        self.assertIn("fullname", claims_of(renewed))

    def test_a_ticket_with_a_proof_passes_it_on(self):
        renewed = self.renew(self.proven("anna")).json["token"]
        self.assertTrue(self.bears("anna", renewed))

    def test_renewing_does_not_prolong_the_proof(self):
        token = self.proven_token("anna")
        self.clock.advance(11 * HOUR)
        token = self.renew(Authorization=f"Bearer {token}").json["token"]
        self.clock.advance(HOUR)
        self.assertFalse(self.bears("anna", token))

    def test_a_proof_is_kept_for_the_same_member_only(self):
        client = self.signed_in("bert")
        client.cookies["other"] = self.ticket("anna", self.prove("anna"))
        token = self.renew(client, Authorization=f"Bearer {self.proven_token_of_edith()}").json["token"]
        claims = claims_of(token)
        self.assertEqual(claims["sub"], "bert")
        self.assertNotIn(CLAIM, claims)

    def proven_token_of_edith(self) -> str:
        return self.jwt("edith", **{CLAIM: self.foreign_secret()})

    def test_a_claim_of_the_callers_choice_is_dropped(self):
        proof = self.prove("anna")
        token = self.renew(Authorization=f"Bearer {self.jwt('bert', **{CLAIM: proof})}").json["token"]
        self.assertNotIn(CLAIM, claims_of(token))

    def test_a_member_without_it_gets_plones_token(self):
        token = self.renew(Authorization=f"Bearer {self.jwt('bert')}").json["token"]
        self.assertEqual(set(claims_of(token)), {"sub", "exp", "fullname"})

    def test_stored_tokens(self):
        self.keep_tokens()
        former = self.proven_token("anna")
        renewed = self.renew(Authorization=f"Bearer {former}").json["token"]
        self.assertTrue(self.bears("anna", renewed))
        self.assertFalse(self.bears("anna", former))
        self.app._p_jar.sync()
        self.assertEqual(list(self.users.jwt_auth._tokens["anna"]), [renewed])

    def test_a_visitor(self):
        self.assertEqual(self.renew().status_int, 401)

    def keep_tokens(self) -> None:
        self.users.jwt_auth.store_tokens = True
        commit()


class LogoutTest(RESTTest):
    """``@logout`` ends the proof, and with it every token and ticket that names it."""

    def test_a_token(self):
        token = self.proven_token("anna")
        self.assertTrue(self.bears("anna", token))
        self.client().post(self.path("@logout"), Accept=JSON, Authorization=f"Bearer {token}")
        self.assertFalse(self.bears("anna", token))

    def test_a_stored_token(self):
        self.users.jwt_auth.store_tokens = True
        commit()
        token = self.proven_token("anna")
        self.client().post(self.path("@logout"), Accept=JSON, Authorization=f"Bearer {token}")
        self.assertFalse(self.bears("anna", token))
        self.assertFalse(self.gate.accounts.get("anna").sessions)

    def test_a_token_renewed_from_a_ticket(self):
        client = self.proven("anna")
        token = self.renew(client).json["token"]
        ticket = client.cookies[TICKET]
        self.client().post(self.path("@logout"), Accept=JSON, Authorization=f"Bearer {token}")
        self.assertFalse(self.bears("anna", token))
        self.assertFalse(self.reads("anna", self.client(ticket)))
        self.assertTrue(b64decode(ticket))
