"""The sign-in by REST at all doors: its flow completes the one sign-in that it is of, once, and opens nothing else."""

from collective.smsauth.domain import signed_values
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.flows import acts
from collective.smsauth.flows.pending_sign_in import COOKIE
from collective.smsauth.flows.trusted_browsers import COOKIE as TRUSTED
from collective.smsauth.pas.sessions import CLAIM
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DAY
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.doors import TICKET
from collective.smsauth.tests.support.rest import JSON
from collective.smsauth.tests.support.rest import RestTest
from collective.smsauth.verification import lifecycle
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from plone.keyring.interfaces import IKeyManager
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from zope.component import getUtility

SERVICES = ("@login-verify", "@login-resend", "@login-flow", "@login-setup")
OTHERS = ("@smsauth-reset", "@smsauth-reset/confirm", "@smsauth-access", "@smsauth-access/confirm")
ODD = (None, True, False, 0, 1, -1, 1.5, 10**400, [], ["x"], {}, {"x": "y"}, [[[]]], "\ud800", "x" * 5000)
NEW_NUMBER = "+31687654329"


class RestDoorTest(RestTest):
    def bodies(self, flow) -> dict[str, dict]:
        """Return a body of each service that would do something."""
        more = {"@login-verify": {"code": "123456"}, "@login-setup": {"mobile_number": NEW_NUMBER}}
        return {name: {"flow": flow, **more.get(name, {})} for name in SERVICES}

    def assert_over_everywhere(self, flow, code=None, **options) -> None:
        """Assert that no service knows that flow, that nothing is sent, and nothing written."""
        before = sent()
        for name, body in self.bodies(flow).items():
            given = {**body, "code": code} if code and "code" in body else body
            with self.subTest(name):
                self.assertFalse(self.changed(lambda n=name, g=given: self.assert_over(self.post(n, g, **options))))
        self.assertEqual(before, sent())

    def failures(self, user_id="anna") -> int:
        self.app._p_jar.sync()
        return self.gate.accounts.get(user_id).failures


class FlowDoorTest(RestDoorTest):
    def test_it_is_worth_nothing_without_a_code(self):
        flow = self.flow()
        for header in (f"Bearer {flow}", basic("anna", flow)):
            self.assertFalse(self.reads("anna", Authorization=header))
        self.assertFalse(self.reads("anna", self.client(flow)))
        self.assertFalse(self.reads("anna", self.client(self.ticket("anna", flow))))
        self.assertFalse(self.reads("anna", Authorization=f"Bearer {self.jwt('anna', **{CLAIM: flow})}"))

    def test_after_completion(self):
        flow = self.flow()
        code = last_code()
        first = self.verify(flow, code)
        self.assertEqual(200, first.status_int)
        self.assert_over_everywhere(flow, code)
        self.assertTrue(self.bears("anna", first.json["token"]))
        self.assert_over_everywhere(flow, code)

    def test_after_completion_by_a_recovery_code(self):
        codes = self.recovery_codes()
        flow = self.flow()
        code = last_code()
        self.assertEqual(200, self.verify(flow, codes[0]).status_int)
        self.assert_over_everywhere(flow, code)
        self.assert_over_everywhere(flow, codes[1])

    def test_after_its_time(self):
        flow = self.flow()
        self.clock.advance(900)
        self.assert_over_everywhere(flow, last_code())

    def test_after_a_new_password(self):
        flow = self.flow()
        self.users.userFolderEditUser("anna", "another horse 42", ["Member"], [])
        commit()
        self.assert_over_everywhere(flow, last_code())

    def test_after_another_number_or_the_end_of_all_sessions(self):
        flow = self.flow()
        code = last_code()
        self.bind("anna", "+31611112222")
        self.assert_over_everywhere(flow, code)
        self.clock.advance(DAY)
        flow = self.flow()
        code = last_code()
        lifecycle.end_all_sessions(self.gate.accounts, "anna")
        commit()
        self.assert_over_everywhere(flow, code)

    def test_after_the_member_was_deleted_and_another_one_came(self):
        flow = self.flow()
        code = last_code()
        with api.env.adopt_roles(["Manager"]):
            api.user.delete(username="anna")
        commit()
        self.assert_over_everywhere(flow, code)
        api.user.create(username="anna", email="other@example.org", password="another horse 42")
        commit()
        self.assert_over_everywhere(flow, code)

    def test_beside_another_member_or_a_user_of_the_root(self):
        flow = self.flow()
        code = last_code()
        bert = {"client": self.signed_in("bert")}
        root = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}
        for options in (bert, root, {"Authorization": basic("bert")}, {"Authorization": f"Bearer {self.jwt('bert')}"}):
            self.assert_over_everywhere(flow, code, **options)
        self.assertEqual(200, self.verify(flow, code).status_int)

    def test_beside_the_name_and_password_of_another_member_in_the_body(self):
        flow = self.flow()
        self.assert_over(self.verify(flow, last_code(), login="bert", password=PASSWORD))
        self.assertEqual(200, self.verify(flow, last_code(), login="anna", password=PASSWORD).status_int)

    def test_beside_a_session_of_the_same_member_that_session_goes_on(self):
        former = self.token()
        self.assertTrue(self.bears("anna", former))
        self.clock.advance(31)
        flow = self.flow()
        answer = self.post("@login-verify", {"flow": flow, "code": last_code()}, token=former)
        self.assertTrue(self.bears("anna", answer.json["token"]))
        self.assertFalse(self.bears("anna", former))
        self.app._p_jar.sync()
        self.assertEqual(1, len(self.gate.accounts.get("anna").sessions))

    def test_the_code_of_another_sign_in_is_a_wrong_one(self):
        first = self.flow()
        self.clock.advance(31)
        self.flow()
        self.assert_refused(self.verify(first, last_code()), 422, "wrong")
        self.assertEqual(1, self.failures())

    def test_the_code_of_another_member_is_a_wrong_one(self):
        self.bind("edith", "+31687654321")
        theirs = self.flow("edith")
        code = last_code()
        mine = self.flow("anna")
        self.assert_refused(self.verify(mine, code), 422, "wrong")
        self.assert_refused(self.verify(theirs, last_code()), 422, "wrong")

    def test_edited_or_made_up(self):
        flow = self.flow()
        places = [*range(0, len(flow), 17), len(flow) - 1]
        edited = [flow[:at] + ("A" if flow[at] != "A" else "B") + flow[at + 1 :] for at in places]
        parts = flow.rpartition(".")
        cut = [flow[:-1], flow[1:], f"{flow}A", f"{flow} ", f" {flow}", parts[0], parts[2], f".{flow}", flow * 3]
        for one in ("", " ", "x", "\0", "é", "..", *edited, *cut):
            self.assert_over(self.verify(one, last_code()))
        self.assertEqual(200, self.verify(flow, last_code()).status_int)

    def test_other_values_that_the_site_has_signed_are_none(self):
        browser = self.client()
        browser.post(self.path("login"), form=sign_in_form("anna"))
        (name,) = browser.named(COOKIE)
        token, _ = wiring.verifier().begin_sign_in("anna", client_address="192.0.2.1")
        commit()
        keys, site = wiring.keys("signing"), "/".join(self.portal.getPhysicalPath())
        value = {"u": "anna", "p": token, "s": site}
        for usage in Usage:
            signed = signed_values.sign(keys, usage, value)
            with self.subTest(usage):
                status = self.post("@login-flow", {"flow": signed}).status_int
                self.assertEqual(200 if usage is Usage.FLOW else 401, status)
        for one in (browser.cookies[name], token):
            self.assert_over_everywhere(one, last_code())

    def test_in_a_cookie_a_query_a_form_or_a_header_it_is_none(self):
        flow = self.flow()
        browser = self.client(**{wiring.cookie_name(COOKIE): flow})
        self.assertNotIn("form.widgets.code", browser.get(self.path("@@smsauth-verify")).text)
        answer = self.client().post(
            self.path("@login-verify"), query={"flow": flow, "code": last_code()}, json={}, Accept=JSON
        )
        self.assert_refused(answer, 400, "bad-request")

    def test_of_another_site_or_of_other_keys(self):
        token, _ = wiring.verifier().begin_sign_in("anna", client_address="192.0.2.1")
        commit()
        keys = wiring.keys("signing")
        for value in ({"u": "anna", "p": token, "s": "/other"}, {"u": "bert", "p": token, "s": "/plone"}):
            self.assert_over_everywhere(signed_values.sign(keys, Usage.FLOW, value), last_code())
        foreign = signed_values.sign([b"x" * 32], Usage.FLOW, {"u": "anna", "p": token, "s": "/plone"})
        self.assert_over_everywhere(foreign, last_code())

    def test_a_key_that_was_rotated_still_reads_it_and_one_that_is_gone_does_not(self):
        flow, code = self.flow(), last_code()
        manager = getUtility(IKeyManager)
        manager.rotate("_system")
        commit()
        self.assertEqual(200, self.post("@login-flow", {"flow": flow}).status_int)
        for _ in manager["_system"]:
            manager.rotate("_system")
        commit()
        self.assert_over_everywhere(flow, code)


class CountDoorTest(RestDoorTest):
    """What is counted stays counted."""

    def test_whatever_else_the_request_carries(self):
        bent = (
            {"query": {"URL:list": "x", "PARENTS:list": "y"}},
            {"Cookie": 'statusmessages="\\377"'},
            {"Accept_Language": "\xff"},
            {"query": {"plone.theme.off": "1", "BODY": "x"}},
            {"Origin": "https://attacker.example"},
        )
        flow, wrong = self.flow(), self.wrong_code()
        for number, options in enumerate(bent):
            body = {"flow": flow, "code": wrong}
            self.client().post(self.path("@login-verify"), json=body, Accept=JSON, **options)
            self.assertEqual(number + 1, self.failures())
        self.assert_refused(self.verify(flow, last_code()), 422, "too-many-tries")

    def test_a_new_sign_in_or_another_code_does_not_reset_it(self):
        flow = self.flow()
        for _ in range(5):
            self.verify(flow, self.wrong_code())
        self.clock.advance(31)
        self.flow()
        self.assertEqual(5, self.failures())

    def test_a_hundred_in_a_row_lock_the_number(self):
        account = self.gate.accounts.get("anna")
        for _ in range(100):
            account = account.with_failure(self.clock())
        self.gate.accounts.save("anna", account)
        commit()
        before = sent()
        step = self.step()
        self.assertEqual((False, "locked", before), (step["sent"], step["reason"], sent()))
        self.assert_refused(self.verify(step["flow"], "123456"), 429, "locked")
        self.assert_refused(self.post("@login-resend", {"flow": step["flow"]}), 429, "locked")

    def test_acts_of_one_sign_in_are_bounded(self):
        flow = self.flow()
        begun = self.gate.accounts.get("anna").challenges[Purpose.SIGN_IN].binding
        for _ in range(acts.MOST_ACTS):
            acts.count(self.layer["request"], f"anna/{begun}")
        for name, body in self.bodies(flow).items():
            with self.subTest(name):
                answer = self.post(name, body)
                if name == "@login-flow":
                    self.assertEqual(200, answer.status_int, "whoever watches the delivery asks often")
                else:
                    self.assert_refused(answer, 429, "member-limit")


class TokenDoorTest(RestDoorTest):
    """A token or ticket without a proof."""

    def test_it_neither_begins_nor_completes_anything(self):
        for options in ({"token": self.jwt("anna")}, {"client": self.client(self.ticket("anna"))}):
            self.assert_refused(self.post("@smsauth/step-up", {}, **options), 401, "second-factor-required")
            answer = self.post("@smsauth/step-up/verify", {"code": "123456"}, **options)
            self.assert_refused(answer, 401, "second-factor-required")
            self.assert_refused(self.post("@login-renew", **options), 401, "second-factor-required")

    def test_it_does_not_keep_its_owner_from_signing_in(self):
        client = self.client(self.ticket("anna"))
        step = self.step(client=client)
        self.assertTrue(self.bears("anna", self.verify(step["flow"], last_code(), client=client).json["token"]))
        self.assertTrue(self.is_signed_in(client, "anna"))

    def test_the_claim_of_another_member_is_none(self):
        secret = self.foreign_secret()
        answer = self.post("@login-renew", token=self.jwt("anna", **{CLAIM: secret}))
        self.assert_refused(answer, 401, "not-allowed")

    def test_where_the_site_keeps_a_list_of_its_tokens(self):
        self.users.jwt_auth.store_tokens = True
        commit()
        former = self.token()
        self.assertTrue(self.bears("anna", former))
        self.clock.advance(31)
        self.assertEqual(202, self.post("@smsauth/step-up", token=former).status_int)
        answer = self.post("@smsauth/step-up/verify", {"code": last_code()}, token=former)
        self.assertTrue(self.bears("anna", answer.json["token"]))
        self.app._p_jar.sync()
        self.assertEqual([answer.json["token"]], list(self.users.jwt_auth._tokens["anna"]))
        self.assertEqual(204, self.post("@logout", token=answer.json["token"]).status_int)
        self.app._p_jar.sync()
        self.assertEqual([], list(self.users.jwt_auth._tokens["anna"]))

    def test_a_token_of_nonsense_beside_name_and_password(self):
        # half a surrogate pair fails in PAS itself where it is asked: with the plain type
        for token, kind in (("\ud800", f"{JSON};charset=utf-8"), (["x"], JSON), (1, JSON), ("x", JSON)):
            body = {"login": "bert", "password": PASSWORD, "token": token}
            for name in ("@logout", "@login-renew", "@smsauth/step-up"):
                self.assertLess(self.post(name, body, Content_Type=kind).status_int, 500)

    def test_log_out_ends_a_session_that_owes_the_step(self):
        client = self.client(self.ticket("anna"))
        answer = self.post("@logout", client=client)
        self.assertEqual((204, b""), (answer.status_int, answer.body))
        self.assertNotIn(TICKET, client.cookies)


class TrustDoorTest(RestDoorTest):
    """The cookie of a trusted browser, which a program may send as well."""

    def setUp(self):
        super().setUp()
        self.configure(trust_days=30)
        client = self.client()
        self.verify(self.flow(), last_code(), client=client, trust=True)
        (self.name,) = client.named(TRUSTED)
        self.cookie = client.cookies[self.name]
        self.clock.advance(31)

    def trusting(self):
        return self.client(**{self.name: self.cookie})

    def test_it_does_nothing_without_the_password_and_for_another_member(self):
        self.bind("edith", "+31687654321")
        self.assert_refused(self.login(password="a guess", client=self.trusting()), 401, "wrong")
        self.assert_refused(self.login("edith", client=self.trusting()), 401, "second-factor-required")

    def test_it_does_nothing_for_a_body_that_another_site_can_have_sent(self):
        answer = self.login(client=self.trusting(), Content_Type="text/plain")
        self.assertEqual({"error"}, set(self.assert_refused(answer, 401, "second-factor-required")))

    def test_it_does_nothing_where_the_site_no_longer_allows_it(self):
        self.configure(trust_days=0)
        self.assert_refused(self.login(client=self.trusting()), 401, "second-factor-required")

    def test_what_demands_a_real_step_is_refused_in_its_session(self):
        token = self.login(client=self.trusting()).json["token"]
        answer = self.client().send(
            "PATCH",
            self.path("@users/anna"),
            json={"email": "x@example.org"},
            Accept=JSON,
            Authorization=f"Bearer {token}",
        )
        self.assertEqual((403, "second-step"), (answer.status_int, answer.json["error"]["reason"]))

    def test_another_members_code_confirms_nothing_in_its_session(self):
        self.bind("edith", "+31687654321")
        token = self.login(client=self.trusting()).json["token"]
        self.post("@smsauth/step-up", token=token)
        self.flow("edith")
        theirs = last_code("+31687654321")
        self.assertNotEqual(200, self.post("@smsauth/step-up/verify", {"code": theirs}, token=token).status_int)

    def test_the_code_of_one_session_confirms_nothing_in_another(self):
        one, other = (self.login(client=self.trusting()).json["token"] for _ in range(2))
        self.post("@smsauth/step-up", token=one)
        code = last_code()
        answer = self.post("@smsauth/step-up/verify", {"code": code}, token=other)
        self.assert_refused(answer, 409, "none-open")
        self.assertEqual(200, self.post("@smsauth/step-up/verify", {"code": code}, token=one).status_int)

    def test_the_flow_of_a_step_up_completes_it_for_its_member_only(self):
        token = self.login(client=self.trusting()).json["token"]
        flow = self.post("@smsauth/step-up", token=token).json["flow"]
        self.assert_over(self.verify(flow, last_code(), client=self.signed_in("bert")))
        answer = self.post("@login-verify", {"flow": flow, "code": last_code()}, token=token)
        self.assertTrue(self.bears("anna", answer.json["token"]))
        self.assertFalse(self.bears("anna", token))


class BodyDoorTest(RestDoorTest):
    """JSON of odd types, and what is no JSON."""

    def test_odd_values(self):
        flow = self.flow()
        for name, body in self.bodies(flow).items():
            for key in (*body, "route", "channel", "trust"):
                for value in ODD:
                    with self.subTest(name=name, key=key, value=str(value)[:20]):
                        answer = self.post(name, {**body, key: value})
                        self.assertLess(answer.status_int, 500)
                        if answer.status_int == 400:
                            self.assert_refused(answer, 400, "bad-request")
        for name in OTHERS:
            for key in ("username", "mobile_number", "signed", "flow", "code"):
                for value in ODD:
                    given = {"username": "x", "mobile_number": "x", "signed": "x", "flow": "x", "code": "x", key: value}
                    self.assertLess(self.post(name, given).status_int, 500)

    def test_bodies_that_are_no_object(self):
        for name in (*SERVICES, *OTHERS[:2], "@smsauth/step-up"):
            for body in (b"[]", b'"x"', b"1", b"null", b"true", b'["flow"]', b"NaN"):
                with self.subTest(name=name, body=body):
                    self.assertEqual(400, self.post(name, body).status_int)
            for body in (b"{", b"\xff\xfe", b"{'flow': 1}", b"[" * 40, b'{"flow": ' + b"9" * 5000 + b"}"):
                with self.subTest(name=name, body=body[:20]):
                    self.assert_refused(self.post(name, body), 400, "not-json")
            self.assertEqual(400, self.post(name, b'{"x": "' + b"x" * 70_000 + b'"}').status_int)

    def test_of_two_keys_of_one_name_one_is_judged(self):
        flow, wrong = self.flow(), self.wrong_code()
        body = f'{{"flow": "{flow}", "code": "{last_code()}", "code": "{wrong}"}}'.encode()
        self.assertEqual(422, self.post("@login-verify", body).status_int)
        self.assertEqual(1, self.failures())

    def test_a_body_that_another_site_can_have_sent_does_nothing(self):
        flow = self.flow()
        clients = (None, self.client(self.ticket("anna")), self.proven("anna"), self.signed_in("bert"))
        for kind in ("text/plain", "application/x-www-form-urlencoded", "text/json", "application/json-seq", ""):
            for client in clients:
                for name, body in self.bodies(flow).items():
                    with self.subTest(name=name, kind=kind):
                        answer = self.post(name, body, client=client, Content_Type=kind)
                        self.assert_refused(answer, 415, "not-json")
        for client in (self.client(self.ticket("anna")), self.proven("anna")):
            before = sent()
            answer = self.client(**client.cookies).post(
                self.path("@smsauth/step-up"), Accept=JSON, Origin="https://attacker.example"
            )
            self.assertIn(answer.status_int, (401, 403))
            self.assertEqual(before, sent())

    def test_a_page_of_another_site_logs_nobody_in_or_out(self):
        elsewhere = {"Origin": "https://attacker.example", "Content_Type": "text/plain"}
        for headers in (elsewhere, {"Sec_Fetch_Site": "cross-site", "Content_Type": "text/plain"}):
            client = self.client()
            self.assert_refused(self.login("bert", client=client, **headers), 403, "not-allowed")
            self.assertNotIn(TICKET, client.cookies)
            client = self.proven("anna")
            for name in ("@logout", "@login-renew"):
                self.assert_refused(self.post(name, client=client, **headers), 403, "not-allowed")
            self.assertTrue(self.is_signed_in(client, "anna"))
        token = self.token()
        for name in ("@login-renew", "@logout"):
            self.assertIn(self.post(name, token=token, Origin="https://front.example").status_int, (200, 204))

    def test_a_page_of_another_site_that_may_ask_reads_nothing_by_that(self):
        # it would need the flow, and whoever has that is the client
        answer = self.post("@login-flow", {"flow": self.flow()}, Origin="https://attacker.example")
        self.assertNotIn("Access-Control-Allow-Origin", answer.headers)


class AddressDoorTest(RestDoorTest):
    """Other addresses and methods."""

    def test_below_api(self):
        answer = self.client().post(self.path("++api++/@login"), json={"login": "anna", "password": PASSWORD})
        flow = self.assert_refused(answer, 401, "second-factor-required")["second_step"]["flow"]
        answer = self.client().post(self.path("++api++/@login-verify"), json={"flow": flow, "code": self.wrong_code()})
        self.assert_refused(answer, 422, "wrong")
        answer = self.client().post(self.path("++api++/@login-verify"), json={"flow": flow, "code": last_code()})
        self.assertTrue(self.bears("anna", answer.json["token"]))

    def test_below_api_a_simple_post_of_another_site(self):
        flow, before = self.flow(), sent()
        for name, body in self.bodies(flow).items():
            answer = self.client().post(self.path(f"++api++/{name}"), json=body, Content_Type="text/plain")
            self.assert_refused(answer, 415, "not-json")
        self.assertEqual((before, 0), (sent(), self.failures()))

    def test_under_the_name_of_the_view(self):
        flow, before = self.flow(), sent()
        proven = self.proven("anna")
        before = sent()
        for name, body in {**self.bodies(flow), "@smsauth": {}}.items():
            for method in ("GET", "POST", "HEAD"):
                for way in ("", "@@", "++view++"):
                    with self.subTest(name=name, method=method, way=way):
                        path = self.path(f"{way}POST_application_json_{name}")
                        answer = self.client(**proven.cookies).send(method, path, json=body)
                        self.assertNotIn("second_step", answer.text)
                        self.assertNotIn('"token"', answer.text)
        self.assertEqual((before, 0), (sent(), self.failures()))

    def test_other_methods(self):
        flow, before = self.flow(), sent()
        for name, body in self.bodies(flow).items():
            for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"):
                with self.subTest(name=name, method=method):
                    answer = self.client().send(method, self.path(name), json=body, Accept=JSON)
                    self.assertNotIn("second_step", answer.text)
        self.assertEqual((before, 0), (sent(), self.failures()))
        self.assertEqual(200, self.verify(flow, last_code()).status_int)

    def test_names_that_follow(self):
        flow = self.flow()
        for name, body in self.bodies(flow).items():
            self.assert_refused(self.post(f"{name}/x", body), 404, "not-found")
        for name in ("@smsauth-reset/x", "@smsauth-reset/confirm/x", "@smsauth-access/x"):
            self.assert_refused(self.post(name, {}), 404, "not-found")

    def test_on_a_page_of_the_site_there_are_none(self):
        flow = self.flow()
        for name, body in self.bodies(flow).items():
            self.assertEqual(404, self.post(f"of-bert/{name}", body).status_int)

    def test_a_prefetch_of_the_first_step_sends_nothing(self):
        before = sent()
        for method in ("GET", "HEAD"):
            self.client().send(method, self.path("@login"), json={"login": "anna", "password": PASSWORD}, Accept=JSON)
        self.assertEqual(before, sent())


class DisarrayDoorTest(RestDoorTest):
    """Users of the Zope root, and a plugin that is out of order or gone."""

    def test_a_user_of_the_root(self):
        answer = self.login(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)
        self.assertNotIn("second_step", answer.json)
        root = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}
        self.assert_refused(self.post("@smsauth/step-up", {}, **root), 403, "not-allowed")

    def test_not_active(self):
        self.users.plugins.deactivatePlugin(IAuthenticationPlugin, "smsauth")
        commit()
        flow = self.flow()
        self.assertTrue(self.bears("anna", self.verify(flow, last_code()).json["token"]))

    def test_gone(self):
        flow = self.flow()
        self.users._delObject("smsauth")
        commit()
        for name, body in {**self.bodies(flow), "@smsauth/step-up": {}, "@smsauth-reset": {}}.items():
            self.assert_refused(self.post(name, body), 404, "not-found")
        self.assertIn("token", self.login().json)
