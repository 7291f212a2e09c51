"""A member's own second step by REST: recovery codes, trusted browsers, sessions, turning it off."""

from collective.smsauth import events
from collective.smsauth.domain import recovery_codes
from collective.smsauth.domain.policy import FRESH_SESSION
from collective.smsauth.domain.session import Means
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import NUMBER
from collective.smsauth.verification import lifecycle
from plone import api
from zope.component import getGlobalSiteManager

JSON = {"Accept": "application/json"}
HOUR = 60 * 60


class OwnTest(DoorTest):
    """anna at a client with a proof, and what she asks for."""

    def setUp(self):
        super().setUp()
        self.configure(trust_days=30)
        self.anna = self.proven("anna")

    def ask(self, method: str, name: str = "", client=None, json=None, **options):
        """Ask a service below @smsauth."""
        return (client or self.anna).send(method, self.path(f"@smsauth/{name}"), json=json, **JSON, **options)

    def account(self, user_id: str = "anna"):
        """Return the record of a member as it stands."""
        self.app._p_jar.sync()
        return wiring.plugin().accounts.get(user_id)

    def reason(self, answer) -> tuple:
        """Return status and reason of a refusal."""
        return answer.status_int, answer.json["error"]["reason"]

    def bearer(self, user_id: str = "anna") -> dict:
        """Return the header of a token with a proof."""
        return {"Authorization": f"Bearer {self.proven_token(user_id)}"}

    def enters(self, user_id: str = "anna", **headers) -> bool:
        """Tell whether a request with these headers is one of that member."""
        return self.reads(user_id, suffix="/@@secret", **headers)

    def trusting(self, user_id: str = "anna", browser: str = "Mozilla/5.0 (X11; Linux) Firefox/120.0"):
        """Return a client whose browser the member trusts, the name of that, and a session opened there by trust."""
        secret = wiring.trust().begin(user_id, self.prove(user_id), browser=browser)
        proof = wiring.trust().sign_in(user_id, secret)
        commit()
        return self.client(self.ticket(user_id, proof))


class TurnOffTest(OwnTest):
    """POST @smsauth/turn-off."""

    def test_the_password_turns_it_off_and_the_session_goes_on(self):
        other = self.proven("anna")
        self.assertEqual(204, self.ask("POST", "turn-off", json={"current_password": PASSWORD}).status_int)
        self.assertEqual("", self.account().number)
        self.assertTrue(self.is_signed_in(self.anna, "anna"))
        self.assertFalse(self.is_signed_in(other, "anna"))
        self.assertTrue(self.enters(Authorization=basic("anna")))

    def test_a_session_by_token_goes_on_and_its_token_proves_nothing(self):
        headers, other = self.bearer(), self.bearer()
        answer = self.ask("POST", "turn-off", self.client(), {"current_password": PASSWORD}, **headers)
        self.assertEqual((204, None), (answer.status_int, answer.headers.get("Set-Cookie")))
        self.assertTrue(self.enters(**headers))
        self.assertFalse(self.enters(**other))
        self.assertFalse(self.ask("GET", "", self.client(), **headers).json["session"]["is_real"])
        self.clock.advance(HOUR)
        self.assertTrue(self.enters(**headers))
        self.require()
        self.assertFalse(self.enters(**headers))

    def test_a_number_set_up_again_is_not_proved_by_that_token(self):
        headers = self.bearer()
        self.ask("POST", "turn-off", self.client(), {"current_password": PASSWORD}, **headers)
        self.bind("anna")
        self.assertFalse(self.enters(**headers))

    def test_the_password_is_always_asked_for(self):
        for body in ({}, {"current_password": ""}, {"current_password": None}, {"password": PASSWORD}):
            with self.subTest(body):
                answer = self.ask("POST", "turn-off", json=body)
                self.assertEqual((403, "password"), self.reason(answer))
                self.assertEqual("current_password", answer.json["error"]["field"])
        self.assertEqual(0, self.account().failures)
        self.assertEqual(NUMBER, self.account().number)

    def test_wrong_passwords_are_counted_and_end_in_a_pause(self):
        for count in range(1, 11):
            answer = self.ask("POST", "turn-off", json={"current_password": "wrong"})
            self.assertEqual((403, "password"), self.reason(answer))
            self.assertEqual(count, self.account().failures)
        answer = self.ask("POST", "turn-off", json={"current_password": PASSWORD})
        self.assertEqual((429, "paused"), self.reason(answer))
        self.assertGreater(int(answer.headers["Retry-After"]), 0)
        self.assertEqual(NUMBER, self.account().number)

    def test_where_it_is_required_it_stays_on(self):
        self.require()
        answer = self.ask("POST", "turn-off", json={"current_password": PASSWORD})
        self.assertEqual((403, "not-allowed"), self.reason(answer))
        self.assertEqual(NUMBER, self.account().number)

    def test_what_is_off_cannot_be_turned_off(self):
        answer = self.ask("POST", "turn-off", self.signed_in("bert"), {"current_password": PASSWORD})
        self.assertEqual((409, "no-number"), self.reason(answer))

    def test_a_session_without_a_real_step_is_told_to_give_one(self):
        answer = self.ask("POST", "turn-off", self.trusting(), {"current_password": PASSWORD})
        self.assertEqual((403, "second-step"), self.reason(answer))
        self.assertEqual(NUMBER, self.account().number)


class RecoveryCodesTest(OwnTest):
    """GET and POST @smsauth/recovery-codes."""

    def test_new_codes_are_shown_once_and_can_be_used(self):
        before = self.ask("GET", "recovery-codes").json
        self.assertEqual((0, None), (before["left"], before["created"]))
        made = self.ask("POST", "recovery-codes", json={})
        self.assertEqual((201, 10), (made.status_int, len(set(made.json["codes"]))))
        self.assertEqual(["codes"], list(made.json))
        after = self.ask("GET", "recovery-codes").json
        self.assertEqual(10, after["left"])
        self.assertNotIn("codes", after)
        self.assertRegex(after["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$")
        self.assertIsNotNone(recovery_codes.normalise(made.json["codes"][0]))
        pending, _ = wiring.verifier().begin_sign_in("anna", client_address="192.0.2.1")
        commit()
        verdict = wiring.verifier().verify_sign_in("anna", made.json["codes"][0], pending=pending)
        self.assertTrue(verdict.accepted)

    def test_the_former_ones_are_void(self):
        [first, second] = [self.ask("POST", "recovery-codes", json={}).json["codes"] for _ in range(2)]
        self.assertTrue(set(first).isdisjoint(second))
        self.assertEqual(10, self.ask("GET", "recovery-codes").json["left"])

    def test_a_session_that_is_not_fresh_is_asked_for_the_password(self):
        self.clock.advance(FRESH_SESSION + 1)
        for body in ({}, {"current_password": "wrong"}):
            answer = self.ask("POST", "recovery-codes", json=body)
            self.assertEqual((403, "password"), self.reason(answer))
        self.assertEqual(201, self.ask("POST", "recovery-codes", json={"current_password": PASSWORD}).status_int)

    def test_who_has_no_second_step_needs_none(self):
        answer = self.ask("POST", "recovery-codes", self.signed_in("bert"), {})
        self.assertEqual((409, "no-number"), self.reason(answer))

    def test_a_session_without_a_real_step_makes_none(self):
        answer = self.ask("POST", "recovery-codes", self.trusting(), {"current_password": PASSWORD})
        self.assertEqual((403, "second-step"), self.reason(answer))
        self.assertEqual((), self.account().recovery)


class BrowsersTest(OwnTest):
    """GET and DELETE @smsauth/browsers."""

    def test_each_is_there_by_an_opaque_name(self):
        self.trusting()
        listed = self.ask("GET", "browsers").json
        self.assertEqual(1, listed["items_total"])
        [item] = listed["items"]
        self.assertEqual({"@id", "name", "browser", "since", "last_used", "expires", "is_this"}, set(item))
        self.assertIn("Firefox", item["browser"])
        self.assertNotIn(item["name"], self.account().trusted)
        self.assertEqual(item, self.ask("GET", f"browsers/{item['name']}").json)
        self.assertTrue(item["@id"].endswith(f"/@smsauth/browsers/{item['name']}"))

    def test_one_is_forgotten_and_the_sessions_opened_there_end(self):
        first, second = self.trusting(), self.trusting(browser="Mozilla/5.0 Chrome/120.0")
        names = [item["name"] for item in self.ask("GET", "browsers").json["items"]]
        self.assertEqual(204, self.ask("DELETE", f"browsers/{names[1]}").status_int)
        self.assertEqual([names[0]], [item["name"] for item in self.ask("GET", "browsers").json["items"]])
        self.assertEqual([False, True], sorted(self.is_signed_in(one, "anna") for one in (first, second)))
        self.assertEqual((404, "not-found"), self.reason(self.ask("DELETE", f"browsers/{names[1]}")))

    def test_all_are_forgotten_and_the_session_at_hand_goes_on(self):
        others = [self.trusting(), self.trusting()]
        self.assertEqual(204, self.ask("DELETE", "browsers").status_int)
        self.assertEqual({}, self.account().trusted)
        self.assertFalse(any(self.is_signed_in(one, "anna") for one in others))
        self.assertTrue(self.is_signed_in(self.anna, "anna"))
        self.assertEqual(204, self.ask("DELETE", "browsers").status_int)

    def test_names_of_another_member_or_of_nobody_are_not_found(self):
        self.bind("edith", "+31687654321")
        self.trusting("edith")
        [item] = self.ask("GET", "browsers", self.proven("edith")).json["items"]
        for name in (item["name"], "x", "0" * 32, next(iter(self.account("edith").trusted))):
            for method in ("GET", "DELETE"):
                self.assertEqual((404, "not-found"), self.reason(self.ask(method, f"browsers/{name}")))
        self.assertEqual(1, len(self.account("edith").trusted))

    def test_a_session_by_trust_sees_them_and_forgets_none(self):
        client = self.trusting()
        [item] = self.ask("GET", "browsers", client).json["items"]
        for name in ("browsers", f"browsers/{item['name']}"):
            self.assertEqual((403, "second-step"), self.reason(self.ask("DELETE", name, client)))
        self.assertEqual(1, len(self.account().trusted))


class SessionsTest(OwnTest):
    """GET and DELETE @smsauth/sessions."""

    def listed(self, client=None, **headers) -> list:
        return self.ask("GET", "sessions", client, **headers).json["items"]

    def test_they_are_listed_with_since_and_means_and_which_one_is_this(self):
        self.clock.advance(60)
        self.trusting()
        items = self.listed()
        self.assertEqual({"@id", "name", "since", "expires", "means", "is_real", "is_this"}, set(items[0]))
        self.assertEqual([True, False], [item["is_this"] for item in items[:2]])
        self.assertEqual({"code", "trusted-browser"}, {item["means"] for item in items})
        self.assertEqual(len(items), len({item["name"] for item in items}))
        self.assertFalse({item["name"] for item in items} & set(self.account().sessions))
        self.assertEqual(items[0], self.ask("GET", f"sessions/{items[0]['name']}").json)

    def test_a_token_knows_itself(self):
        headers = self.bearer()
        [this] = [item for item in self.listed(self.client(), **headers) if item["is_this"]]
        self.assertNotEqual(this["name"], next(item for item in self.listed() if item["is_this"])["name"])

    def test_one_that_is_ended_is_ended_for_good(self):
        other = self.proven("anna")
        cookies = dict(other.cookies)
        [this] = [item for item in self.listed(other) if item["is_this"]]
        self.assertEqual(204, self.ask("DELETE", f"sessions/{this['name']}").status_int)
        self.assertFalse(self.is_signed_in(other, "anna"))
        self.assertFalse(self.is_signed_in(self.client(**cookies), "anna"))
        self.assertNotIn(this["name"], [item["name"] for item in self.listed()])
        self.assertTrue(self.is_signed_in(self.anna, "anna"))
        self.assertEqual((404, "not-found"), self.reason(self.ask("DELETE", f"sessions/{this['name']}")))

    def test_so_is_one_by_token(self):
        headers = self.bearer()
        [this] = [item for item in self.listed(self.client(), **headers) if item["is_this"]]
        self.assertEqual(204, self.ask("DELETE", f"sessions/{this['name']}").status_int)
        self.assertFalse(self.enters(**headers))
        renewed = self.client().post(self.path("@login-renew"), **JSON, **headers)
        self.assertEqual(401, renewed.status_int)

    def test_to_end_the_one_at_hand_is_to_log_out(self):
        other = self.proven("anna")
        cookies = dict(self.anna.cookies)
        [this] = [item for item in self.listed() if item["is_this"]]
        self.assertEqual(204, self.ask("DELETE", f"sessions/{this['name']}").status_int)
        self.assertFalse(self.is_signed_in(self.client(**cookies), "anna"))
        self.assertTrue(self.is_signed_in(other, "anna"))
        self.assertFalse(self.anna.cookies.get("__ac", "").strip('"'))

    def test_so_it_is_by_token(self):
        headers = self.bearer()
        [this] = [item for item in self.listed(self.client(), **headers) if item["is_this"]]
        self.assertEqual(204, self.ask("DELETE", f"sessions/{this['name']}", self.client(), **headers).status_int)
        self.assertFalse(self.enters(**headers))
        self.assertTrue(self.is_signed_in(self.anna, "anna"))

    def test_all_others_end_at_once_and_what_the_password_opened(self):
        ended = []
        handler = lambda event: ended.append(event.user_id)  # noqa: E731
        getGlobalSiteManager().registerHandler(handler, (events.interfaces.ISessionsEnded,))
        self.addCleanup(getGlobalSiteManager().unregisterHandler, handler, (events.interfaces.ISessionsEnded,))
        others, headers = [self.proven("anna"), self.trusting()], self.bearer()
        self.assertEqual(204, self.ask("DELETE", "sessions").status_int)
        self.assertFalse(any(self.is_signed_in(one, "anna") for one in others))
        self.assertFalse(self.enters(**headers))
        self.assertTrue(self.is_signed_in(self.anna, "anna"))
        [left] = self.listed()
        self.assertEqual((True, "code", True), (left["is_this"], left["means"], left["is_real"]))
        self.assertEqual({}, self.account().trusted)
        self.assertEqual(["anna"], ended)

    def test_a_token_that_ends_the_others_goes_on(self):
        headers = self.bearer()
        self.assertEqual(204, self.ask("DELETE", "sessions", self.client(), **headers).status_int)
        self.assertTrue(self.enters(**headers))
        self.assertFalse(self.is_signed_in(self.anna, "anna"))

    def test_a_member_whom_nothing_protects_sees_the_one_at_hand_and_ends_the_others(self):
        one, other = self.signed_in("bert"), self.client(self.ticket("bert", age=1))
        [item] = self.listed(one)
        self.assertEqual((True, False, None), (item["is_this"], item["is_real"], item["since"]))
        self.assertEqual(204, self.ask("DELETE", "sessions", one).status_int)
        self.assertTrue(self.is_signed_in(one, "bert"))
        self.assertFalse(self.is_signed_in(other, "bert"))
        self.assertEqual([], self.listed(self.client(), Authorization=basic("bert")))

    def test_a_session_let_in_by_a_rule_ends_for_good_and_does_not_come_back_by_it(self):
        self.configure(exempt_users=("anna",))
        secret = lifecycle.skip(
            wiring.plugin().accounts,
            "anna",
            Means.EXEMPT,
            now=self.clock(),
            lifetime=HOUR,
            fingerprint=wiring.verifier().fingerprint("anna"),
        )
        commit()
        exempt = self.client(self.ticket("anna", secret, age=2))
        self.assertTrue(self.is_signed_in(exempt, "anna"))
        [name] = [item["name"] for item in self.listed() if item["means"] == "exempt"]
        self.assertEqual(204, self.ask("DELETE", f"sessions/{name}").status_int)
        self.assertFalse(self.is_signed_in(exempt, "anna"))
        self.assertTrue(self.is_signed_in(self.anna, "anna"))

    def test_names_of_another_member_or_of_nobody_are_not_found(self):
        self.bind("edith", "+31687654321")
        edith = self.proven("edith")
        [this] = self.listed(edith)
        for name in (this["name"], "x", "0" * 32, *self.account().sessions):
            for method in ("GET", "DELETE"):
                self.assertEqual((404, "not-found"), self.reason(self.ask(method, f"sessions/{name}")))
        self.assertTrue(self.is_signed_in(edith, "edith"))

    def test_a_session_without_a_real_step_ends_no_other(self):
        client = self.trusting()
        for name in ("sessions", *(f"sessions/{item['name']}" for item in self.listed(client))):
            self.assertEqual((403, "second-step"), self.reason(self.ask("DELETE", name, client)))
        self.assertTrue(self.is_signed_in(self.anna, "anna"))

    def test_without_the_permission_nothing_is_there(self):
        self.portal.manage_permission(
            "collective.smsauth: Set up own two-step verification", ["Manager"], acquire=False
        )
        api.portal.get().reindexObjectSecurity()
        commit()
        for method, name in (("GET", "sessions"), ("DELETE", "browsers"), ("POST", "turn-off")):
            self.assertEqual((403, "not-allowed"), self.reason(self.ask(method, name, json={})))
