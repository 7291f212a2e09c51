"""Phone numbers as data: GET, PATCH and POST ``@users``, and the two services by which a number is proved."""

from collective.smsauth.domain.policy import FRESH_SESSION
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.testing import texts
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import NUMBER
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.verification import contact_points
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from plone.restapi.services.users import add

import json
import unittest

JSON = {"Accept": "application/json"}
OTHER, THIRD = "+31687654321", "+4915112345678"
DAY = 24 * 60 * 60
REPRESENTATION = "return=representation"
HUGO = {"username": "hugo", "email": "hugo@example.org", "password": PASSWORD}
ON_UPDATE, ON_LIST = "MOBILE_VERIFICATION_ON_UPDATE", "MOBILE_VERIFICATION_ON_VERIFIED_LIST_UPDATE"


class NumbersTest(DoorTest):
    """anna with a proof, bert without two-step verification, and frank, a Site Administrator with a proof."""

    def setUp(self):
        super().setUp()
        with api.env.adopt_roles(["Manager"]):
            api.user.create(username="frank", email="frank@example.org", password=PASSWORD)
            api.user.grant_roles(username="frank", roles=["Site Administrator"])
            api.user.create(username="greta", email="greta@example.org", password=PASSWORD)
            api.user.grant_roles(username="greta", roles=["Manager"])
        commit()

    def account(self, user_id="anna"):
        self.app._p_jar.sync()
        return wiring.plugin().accounts.get(user_id)

    def token(self, user_id, *, age=0):
        """Return the header of a token as @login gives it to a member without two-step verification."""
        self.clock.advance(-age)
        answer = self.client().post(self.path("@login"), json={"login": user_id, "password": PASSWORD}, **JSON)
        self.clock.advance(age)
        return {"Authorization": f"Bearer {answer.json['token']}"}

    def user(self, user_id="anna", client=None, **headers):
        return (client or self.proven("anna")).get(self.path(f"@users/{user_id}"), **JSON, **headers)

    def patch(self, client, body, user_id="anna", **headers):
        return client.send("PATCH", self.path(f"@users/{user_id}"), json=body, **JSON, **headers)

    def ask(self, client, name, body, **headers):
        return client.post(self.path(f"@smsauth/{name}"), json=body, **JSON, **headers)

    def resend(self, client, scenario=ON_UPDATE, **more):
        properties = [{"key": "RecoveryScenario", "value": scenario}]
        return self.ask(client, "resend-code", {"properties": properties, **more})

    def reason(self, answer):
        error = answer.json["error"]
        return answer.status_int, error["reason"], error.get("field", "")

    def numbers(self, user_id="anna"):
        """Return what the properties say: primary, pending, verified."""
        self.app._p_jar.sync()
        member = api.user.get(userid=user_id)
        names = ("mobile_number", "pending_mobile_number", "verified_mobile_numbers")
        return tuple(member.getProperty(name) for name in names)

    def wrong(self, to=OTHER):
        code = last_code(to)
        return code[:-1] + ("0" if code[-1] != "0" else "1")


class ReadTest(NumbersTest):
    """GET @users/ID."""

    def test_the_member_and_who_may_manage_members_read_the_numbers(self):
        expected = {
            "mobile_number": NUMBER,
            "pending_mobile_number": "",
            "verified_mobile_numbers": [NUMBER],
            "two_step_verification": True,
        }
        frank = self.client(self.ticket("frank"))
        for client in (self.proven("anna"), frank):
            found = self.user(client=client).json
            self.assertEqual(expected, {name: found[name] for name in expected})
            self.assertEqual("anna", found["id"])
        nothing = {**expected, "mobile_number": "", "verified_mobile_numbers": [], "two_step_verification": False}
        found = self.user("bert", frank).json
        self.assertEqual(nothing, {name: found[name] for name in expected})

    def test_lists_and_all_others_read_none_and_those_of_a_manager_are_masked(self):
        self.bind("greta", OTHER)
        frank = self.client(self.ticket("frank"))
        listed = frank.get(self.path("@users"), **JSON)
        self.assertNotIn("mobile_number", listed.text)
        self.assertNotIn(NUMBER, listed.text)
        found = self.user("greta", frank)
        self.assertNotIn(OTHER, found.text)
        self.assertTrue(found.json["mobile_number"].endswith("21"))
        self.assertEqual(401, self.user("anna", self.client()).status_int)
        self.assertEqual(401, self.user("anna", self.client(self.ticket("bert"))).status_int)
        self.assertEqual(401, self.user("anna", self.client(self.ticket("anna"))).status_int)
        self.assertEqual(404, self.user("nobody", frank).status_int)

    def test_a_member_without_a_record_has_empty_properties(self):
        self.assertEqual(("", "", ()), self.numbers("bert"))


class ChangeTest(NumbersTest):
    """PATCH @users/ID by the member."""

    def test_the_number_stays_until_the_new_one_is_proved_and_the_session_goes_on_with_a_token(self):
        anna, other = self.proven("anna"), self.proven("anna")
        answer = self.patch(anna, {"mobile_number": "+31 (0)6 87654321", "fullname": "Anna"})
        self.assertEqual((204, 1), (answer.status_int, len([one for one in texts() if one.to == OTHER])))
        self.assertEqual((NUMBER, OTHER, (NUMBER,)), self.numbers())
        self.assertEqual("Anna", api.user.get(userid="anna").getProperty("fullname"))
        self.assertEqual(OTHER, self.user(client=anna).json["pending_mobile_number"])
        wrong = self.ask(anna, "validate-code", {"code": self.wrong()})
        self.assertEqual((422, "wrong", ""), self.reason(wrong))
        right = self.ask(anna, "validate-code", {"code": last_code(OTHER), "properties": []})
        self.assertEqual((200, {"token"}), (right.status_int, set(right.json)))
        self.assertEqual((OTHER, "", (OTHER,)), self.numbers())
        self.assertTrue(self.is_signed_in(anna, "anna"))
        self.assertTrue(self.reads("anna", Authorization=f"Bearer {right.json['token']}", suffix="/@@secret"))
        self.assertFalse(self.is_signed_in(other, "anna"))
        again = self.ask(anna, "validate-code", {"code": last_code(OTHER)})
        self.assertEqual((409, "none-open", ""), self.reason(again))

    def test_a_token_from_before_is_worth_nothing_once_the_number_is_proved(self):
        token = {"Authorization": f"Bearer {self.proven_token('anna')}"}
        self.assertEqual(204, self.patch(self.client(), {"mobile_number": OTHER}, **token).status_int)
        client = self.client()
        answer = self.ask(client, "validate-code", {"code": last_code(OTHER)}, **token)
        self.assertEqual(200, answer.status_int)
        self.assertFalse(self.reads("anna", suffix="/@@secret", **token))
        self.assertTrue(self.reads("anna", suffix="/@@secret", Authorization=f"Bearer {answer.json['token']}"))
        self.assertEqual({}, client.cookies)

    def test_the_first_number_takes_a_session_of_ten_minutes(self):
        fresh, old = self.token("bert"), self.token("bert", age=FRESH_SESSION + 5)
        refused = self.patch(self.client(), {"mobile_number": OTHER, "fullname": "Bert"}, "bert", **old)
        self.assertEqual((403, "password", ""), self.reason(refused))
        renewed = self.client().post(self.path("@login-renew"), **JSON, **old).json["token"]
        refused = self.patch(self.client(), {"mobile_number": OTHER}, "bert", Authorization=f"Bearer {renewed}")
        self.assertEqual((403, "password", ""), self.reason(refused))
        self.assertEqual(("", 0), (api.user.get(userid="bert").getProperty("fullname"), sent()))
        self.assertEqual(204, self.patch(self.client(), {"mobile_number": OTHER}, "bert", **fresh).status_int)
        answer = self.ask(self.client(), "validate-code", {"code": last_code(OTHER)}, **fresh)
        self.assertEqual(200, answer.status_int)
        self.assertEqual((OTHER, "", (OTHER,)), self.numbers("bert"))
        self.assertFalse(self.reads("bert", suffix="/@@secret", **fresh))
        self.assertTrue(self.reads("bert", suffix="/@@secret", Authorization=f"Bearer {answer.json['token']}"))

    def test_a_session_without_a_real_step_changes_nothing(self):
        self.configure(exempt_networks=("203.0.113.0/24",))
        anna = self.client(self.ticket("anna"))
        answer = self.patch(anna, {"mobile_number": OTHER, "fullname": "Anna"})
        self.assertEqual((403, "second-step", ""), self.reason(answer))
        self.assertEqual(((NUMBER, "", (NUMBER,)), 0), (self.numbers(), sent()))
        self.assertEqual("", api.user.get(userid="anna").getProperty("fullname"))
        self.assertEqual(204, self.patch(anna, {"mobile_number": NUMBER, "fullname": "Anna"}).status_int)
        self.assertEqual("Anna", api.user.get(userid="anna").getProperty("fullname"))

    def test_a_body_of_no_use_stores_nothing(self):
        anna = self.proven("anna")
        before = sent()
        for value in (
            "",
            None,
            31612345678,
            True,
            [OTHER],
            {"to": OTHER},
            "12",
            "\ud800",
            "+31 10 1234567",
            "a" * 5000,
        ):
            answer = self.patch(anna, {"fullname": "Odd", "mobile_number": value})
            self.assertEqual((400, "mobile_number"), (answer.status_int, answer.json["error"].get("field")), value)
        for value in (None, "", OTHER, {}, [None], [NUMBER, 7], [NUMBER, "12"], [NUMBER, OTHER, THIRD], [], [OTHER]):
            answer = self.patch(anna, {"fullname": "Odd", "verified_mobile_numbers": value})
            self.assertEqual(
                (400, "verified_mobile_numbers"), (answer.status_int, answer.json["error"].get("field")), value
            )
        self.assertEqual(((NUMBER, "", (NUMBER,)), before), (self.numbers(), sent()))
        self.assertEqual("", api.user.get(userid="anna").getProperty("fullname"))
        self.assertEqual((400, "bad-request", ""), self.reason(self.patch(anna, ["mobile_number"])))
        self.assertEqual((400, "not-json", ""), self.reason(self.patch(anna, b"{")))

    def test_what_plone_refuses_stores_no_number_either(self):
        frank = self.client(self.ticket("frank"))
        answer = self.patch(frank, {"mobile_number": OTHER, "fullname": "Odd", "roles": {"Manager": True}})
        self.assertEqual((403, 0), (answer.status_int, sent()))
        self.assertEqual((NUMBER, "", (NUMBER,)), self.numbers())
        self.assertEqual("", api.user.get(userid="anna").getProperty("fullname"))

    def test_a_limit_stores_nothing(self):
        anna = self.proven("anna")
        self.patch(anna, {"mobile_number": OTHER})
        answer = self.patch(anna, {"mobile_number": OTHER, "fullname": "Odd"})
        self.assertEqual((429, "too-soon", ""), self.reason(answer))
        self.assertGreater(int(answer.headers["Retry-After"]), 0)
        self.configure(texts_per_user=1)
        answer = self.patch(anna, {"mobile_number": THIRD, "fullname": "Odd"})
        self.assertEqual((429, "member-limit", ""), self.reason(answer))
        self.assertEqual((NUMBER, OTHER, (NUMBER,)), self.numbers())
        self.assertEqual("", api.user.get(userid="anna").getProperty("fullname"))

    def test_another_patch_replaces_the_number_and_its_code_dies(self):
        anna = self.proven("anna")
        self.patch(anna, {"mobile_number": OTHER})
        code = last_code(OTHER)
        self.patch(anna, {"mobile_number": THIRD})
        self.assertEqual((NUMBER, THIRD, (NUMBER,)), self.numbers())
        self.assertEqual(422, self.ask(anna, "validate-code", {"code": code}).status_int)
        self.patch(anna, {"verified_mobile_numbers": [NUMBER, OTHER]})
        self.assertEqual((NUMBER, OTHER, (NUMBER,)), self.numbers())
        self.assertEqual(422, self.ask(anna, "validate-code", {"code": last_code(THIRD)}).status_int)
        self.assertEqual((NUMBER, OTHER, (NUMBER,)), self.numbers())

    def test_further_numbers_come_and_go_by_the_list(self):
        anna = self.proven("anna")
        self.assertEqual(204, self.patch(anna, {"verified_mobile_numbers": [NUMBER, OTHER]}).status_int)
        self.assertEqual((409, "none-open", ""), self.reason(self.resend(anna, ON_UPDATE)))
        self.clock.advance(60)
        self.assertEqual(201, self.resend(anna, ON_LIST).status_int)
        answer = self.ask(anna, "validate-code", {"code": last_code(OTHER)})
        self.assertEqual((200, {"token"}), (answer.status_int, set(answer.json)))
        self.assertEqual((NUMBER, "", (NUMBER, OTHER)), self.numbers())
        self.assertTrue(self.is_signed_in(anna, "anna"))
        before = sent()
        self.assertEqual(204, self.patch(anna, {"mobile_number": OTHER}).status_int)
        self.assertEqual(((OTHER, "", (OTHER, NUMBER)), before), (self.numbers(), sent()))
        self.assertTrue(self.is_signed_in(anna, "anna"))
        refused = self.patch(anna, {"verified_mobile_numbers": [NUMBER]})
        self.assertEqual((400, "unusable", "verified_mobile_numbers"), self.reason(refused))
        self.assertEqual(204, self.patch(anna, {"verified_mobile_numbers": [OTHER]}).status_int)
        self.assertEqual((OTHER, "", (OTHER,)), self.numbers())

    def test_a_site_may_allow_one_number_only(self):
        self.configure(several_numbers=False)
        anna = self.proven("anna")
        answer = self.patch(anna, {"verified_mobile_numbers": [NUMBER, OTHER]})
        self.assertEqual((400, "unusable", "verified_mobile_numbers"), self.reason(answer))
        self.assertEqual(204, self.patch(anna, {"mobile_number": OTHER}).status_int)

    def test_the_first_number_that_somebody_else_said_takes_the_password_in_an_old_session(self):
        frank, old = self.client(self.ticket("frank")), self.token("bert", age=FRESH_SESSION + 5)
        self.patch(frank, {"mobile_number": OTHER}, "bert")
        self.clock.advance(60)
        old = self.token("bert", age=FRESH_SESSION + 5)
        name = self.client().get(self.path("@smsauth/contacts"), **JSON, **old).json["items"][0]["name"]
        properties, before = [{"key": "RecoveryScenario", "value": ON_UPDATE}], sent()
        for service, body in (
            ("resend-code", {"properties": properties}),
            ("validate-code", {"code": last_code(OTHER)}),
            (f"contacts/{name}/resend", {}),
            (f"contacts/{name}/confirm", {"code": last_code(OTHER)}),
        ):
            for more in ({}, {"current_password": "wrong"}):
                with self.subTest(service=service, more=more):
                    answer = self.ask(self.client(), service, {**body, **more}, **old)
                    self.assertEqual((403, "password", "current_password"), self.reason(answer))
        self.assertEqual(before, sent())
        self.assertEqual(("", OTHER, ()), self.numbers("bert"))
        confirmed = {"current_password": PASSWORD}
        answer = self.ask(self.client(), "resend-code", {"properties": properties, **confirmed}, **old)
        self.assertEqual((201, before + 1), (answer.status_int, sent()))
        answer = self.ask(self.client(), "validate-code", {"code": last_code(OTHER), **confirmed}, **old)
        self.assertEqual((200, {"token"}), (answer.status_int, set(answer.json)))
        self.assertEqual((OTHER, "", (OTHER,)), self.numbers("bert"))

    def test_another_number_takes_no_password(self):
        old = self.client(self.ticket("anna", self.prove("anna"), age=FRESH_SESSION + 60))
        self.clock.advance(FRESH_SESSION + 60)
        self.patch(old, {"mobile_number": OTHER})
        self.assertEqual(200, self.ask(old, "validate-code", {"code": last_code(OTHER)}).status_int)

    def test_no_answer_about_a_user_is_kept(self):
        frank = self.client(self.ticket("frank"))
        for answer in (
            self.patch(self.proven("anna"), {"fullname": "Anna"}, Prefer=REPRESENTATION),
            self.patch(self.proven("anna"), {"fullname": "Anna"}),
            self.patch(self.client(), {"fullname": "Anna"}),
            frank.post(self.path("@users"), json={**HUGO, "mobile_number": OTHER}, **JSON),
            frank.post(self.path("@users"), json=HUGO, **JSON),
            self.client().post(self.path("@users"), json=HUGO, **JSON),
        ):
            self.assertEqual("no-store, private", answer.headers["Cache-Control"], answer.status_int)

    def test_the_user_is_returned_where_that_is_preferred(self):
        answer = self.patch(self.proven("anna"), {"mobile_number": OTHER}, Prefer="return=representation")
        self.assertEqual((200, OTHER), (answer.status_int, answer.json["pending_mobile_number"]))
        self.assertEqual("anna", answer.json["id"])
        answer = self.patch(self.proven("anna"), {"fullname": "Anna"}, Prefer="return=representation")
        self.assertEqual(
            (200, "Anna", OTHER), (answer.status_int, answer.json["fullname"], answer.json["pending_mobile_number"])
        )
        odd = self.patch(self.client(), {"fullname": "Anna"}, Prefer="return=representation")
        self.assertEqual(401, odd.status_int)

    def test_a_pending_number_stands_for_thirty_days_and_gets_other_codes(self):
        anna = self.proven("anna")
        self.patch(anna, {"mobile_number": OTHER})
        code = last_code(OTHER)
        self.clock.advance(29 * DAY)
        self.assertEqual((NUMBER, OTHER, (NUMBER,)), self.numbers())
        anna = self.proven("anna")
        self.assertEqual(409, self.ask(anna, "validate-code", {"code": code}).status_int)
        self.assertEqual(201, self.resend(anna).status_int)
        self.clock.advance(31 * DAY)
        self.assertEqual((NUMBER, "", (NUMBER,)), self.numbers())
        anna = self.proven("anna")
        self.assertEqual((409, "none-open", ""), self.reason(self.resend(anna)))

    def test_a_code_of_another_purpose_proves_nothing(self):
        anna = self.proven("anna")
        self.patch(anna, {"mobile_number": OTHER})
        wiring.verifier().begin_sign_in("anna", client_address="192.0.2.7")
        commit()
        self.assertEqual(422, self.ask(anna, "validate-code", {"code": last_code(NUMBER)}).status_int)
        self.assertEqual((NUMBER, OTHER, (NUMBER,)), self.numbers())

    def test_a_new_password_ends_the_code_and_the_number_stays_pending(self):
        anna = self.proven("anna")
        self.patch(anna, {"mobile_number": OTHER})
        code = last_code(OTHER)
        with api.env.adopt_roles(["Manager"]):
            self.users.userSetPassword("anna", f"{PASSWORD} more")
        commit()
        self.assertEqual((NUMBER, OTHER, (NUMBER,)), self.numbers())
        anna = self.proven("anna")
        self.assertEqual(409, self.ask(anna, "validate-code", {"code": code}).status_int)

    def test_whoever_comes_under_the_same_name_has_no_number(self):
        self.patch(self.proven("anna"), {"mobile_number": OTHER})
        with api.env.adopt_roles(["Manager"]):
            api.user.delete(username="anna")
            api.user.create(username="anna", email="anna@example.org", password=PASSWORD)
        commit()
        self.assertEqual(("", "", ()), self.numbers())

    def test_a_token_that_outlives_its_member_changes_nothing(self):
        token = self.token("bert")
        with api.env.adopt_roles(["Manager"]):
            api.user.delete(username="bert")
        commit()
        for answer in (
            self.patch(self.client(), {"mobile_number": OTHER}, "bert", **token),
            self.ask(self.client(), "set-up", {"mobile_number": OTHER}, **token),
            self.ask(self.client(), "set-up", {"mobile_number": OTHER, "current_password": PASSWORD}, **token),
            self.ask(self.client(), "contacts", {"address": OTHER}, **token),
        ):
            self.assertGreaterEqual(answer.status_int, 400)
        self.assertEqual((None, 0), (self.account("bert"), sent()))

    def test_others_change_nothing(self):
        for client, expected in (
            (self.client(), (401, "not-allowed")),
            (self.client(self.ticket("anna")), (401, "second-factor-required")),
            (self.client(self.ticket("bert")), (403, "not-allowed")),
        ):
            answer = self.patch(client, {"mobile_number": OTHER})
            self.assertEqual(expected, self.reason(answer)[:2])
        anna = self.proven("anna")
        body = json.dumps({"mobile_number": OTHER}).encode()
        answer = anna.send("PATCH", self.path("@users/anna"), body=body, Content_Type="text/plain", **JSON)
        self.assertEqual((415, "not-json", ""), self.reason(answer))
        self.assertEqual(((NUMBER, "", (NUMBER,)), 1), (self.numbers(), sent()))


class AdministratorTest(NumbersTest):
    """An administrator, for a member."""

    def setUp(self):
        super().setUp()
        self.frank = self.client(self.ticket("frank"))

    def test_the_administrator_proves_a_number_by_phone_and_gains_nothing_by_it(self):
        anna = self.proven("anna")
        self.assertEqual(204, self.patch(self.frank, {"mobile_number": OTHER}).status_int)
        self.assertEqual((NUMBER, OTHER, (NUMBER,)), self.numbers())
        self.clock.advance(60)
        user = {"username": "anna", "realm": "PRIMARY"}
        self.assertEqual(201, self.resend(self.frank, user=user).status_int)
        code = last_code(OTHER)
        answer = self.ask(self.frank, "validate-code", {"code": code, "properties": [], "user": user})
        self.assertEqual((200, {}), (answer.status_int, answer.json))
        self.assertEqual((OTHER, "", (OTHER,)), self.numbers())
        self.assertEqual({}, self.account().sessions)
        self.assertFalse(self.is_signed_in(anna, "anna"))
        self.assertEqual(200, self.user("anna", self.frank).status_int)
        own = self.client(self.ticket("anna"))
        self.assertEqual(401, self.ask(own, "validate-code", {"code": code}).status_int)

    def test_the_first_number_of_a_member_too(self):
        bert = self.client(self.ticket("bert"))
        self.assertEqual(204, self.patch(self.frank, {"mobile_number": OTHER}, "bert").status_int)
        answer = self.ask(self.frank, "validate-code", {"code": last_code(OTHER), "user": {"username": "bert"}})
        self.assertEqual((200, {}), (answer.status_int, answer.json))
        self.assertEqual((OTHER, "", (OTHER,)), self.numbers("bert"))
        self.assertFalse(self.is_signed_in(bert, "bert"))

    def test_nobody_acts_for_a_manager_who_is_none(self):
        self.assertEqual(
            (403, "not-allowed", ""), self.reason(self.patch(self.frank, {"mobile_number": OTHER}, "greta"))
        )
        self.assertEqual(0, sent())
        own = self.token("greta")
        self.assertEqual(204, self.patch(self.client(), {"mobile_number": OTHER}, "greta", **own).status_int)
        user = {"username": "greta"}
        refused = self.ask(self.frank, "validate-code", {"code": last_code(OTHER), "user": user})
        self.assertEqual((403, "not-allowed", ""), self.reason(refused))
        self.assertEqual((403, "not-allowed", ""), self.reason(self.resend(self.frank, user=user)))
        self.assertEqual(("", OTHER, ()), self.numbers("greta"))

    def test_who_is_not_there_is_not_found_and_who_may_not_is_told_nothing(self):
        for user, expected in (
            ({"username": "nobody"}, 404),
            ({"username": "admin"}, 404),
            ({}, 400),
            ({"username": 7}, 400),
        ):
            for answer in (
                self.ask(self.frank, "validate-code", {"code": "123456", "user": user}),
                self.resend(self.frank, user=user),
            ):
                self.assertEqual(expected, answer.status_int, user)
        for body in ({"mobile_number": OTHER}, {"fullname": "Nobody"}):
            self.assertEqual(404, self.patch(self.frank, body, "nobody").status_int)
            self.assertEqual(404, self.patch(self.frank, body, "anna/more").status_int)
        for login in ("anna", "nobody"):
            answer = self.resend(self.client(self.ticket("bert")), user={"username": login})
            self.assertEqual((403, "not-allowed", ""), self.reason(answer))

    def test_an_administrator_with_a_phone_needs_a_real_step(self):
        self.bind("frank", THIRD)
        self.configure(exempt_networks=("203.0.113.0/24",))
        self.assertEqual((403, "second-step", ""), self.reason(self.patch(self.frank, {"mobile_number": OTHER})))
        self.assertEqual((403, "second-step", ""), self.reason(self.resend(self.frank, user={"username": "anna"})))

    def assert_refused_a_step(self, answer) -> None:
        self.assertEqual((403, "second-step", ""), self.reason(answer))
        self.assertEqual("no-store, private", answer.headers["Cache-Control"])

    def let_in_without_step(self):
        """Let frank in by the network, although he has a phone."""
        self.bind("frank", THIRD)
        self.configure(exempt_networks=("203.0.113.0/24",))

    def test_without_a_real_step_they_read_masked_numbers(self):
        self.patch(self.proven("anna"), {"mobile_number": OTHER})
        self.let_in_without_step()
        for answer in (
            self.user("anna", self.frank),
            self.patch(self.frank, {"fullname": "Anna"}, Prefer=REPRESENTATION),
        ):
            self.assertEqual(200, answer.status_int)
            self.assertNotIn(NUMBER, answer.text)
            self.assertNotIn(OTHER, answer.text)
            self.assertTrue(answer.json["pending_mobile_number"].endswith(OTHER[-2:]))
        self.assertEqual(THIRD, self.user("frank", self.frank).json["mobile_number"])
        frank = self.proven("frank")
        self.assertEqual(NUMBER, self.user("anna", frank).json["mobile_number"])
        root = self.user("anna", self.client(), Authorization=basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD))
        self.assertEqual(NUMBER, root.json["mobile_number"])

    def test_without_a_real_step_they_change_nothing_that_lets_in_as_somebody_else(self):
        self.let_in_without_step()
        bodies = (
            {"email": "evil@example.org"},
            {"email": "evil@example.org", "fullname": "Odd"},
            {"password": "Evil-123456789"},
            {"roles": {"Site Administrator": True}},
        )
        for body in bodies:
            with self.subTest(body=body):
                self.assert_refused_a_step(self.patch(self.frank, body, "bert"))
        self.assert_refused_a_step(self.patch(self.frank, {"roles": {"Reviewer": True}}, "frank"))
        new = {"username": "hugo", "email": "hugo@example.org", "password": PASSWORD, "roles": ["Site Administrator"]}
        self.assert_refused_a_step(self.frank.post(self.path("@users"), json=new, **JSON))
        rows = b"username,email,password,roles\r\nilse,i@example.org,Secret-12345678,\r\nhugo,h@example.org,Secret-12345678,Reviewer"
        body = b"--x\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\nContent-Type: text/csv\r\n\r\n"
        body += rows + b"\r\n\r\n--x--\r\n"
        kind = "multipart/form-data; boundary=x"
        answer = self.frank.post(self.path("@users"), body=body, Content_Type=kind, **JSON)
        if hasattr(add, "csv"):
            self.assert_refused_a_step(answer)
        else:  # no file is taken
            self.assertEqual((400, "not-json", ""), self.reason(answer))
        group = self.path("@groups/Site%20Administrators")
        answer = self.frank.send("PATCH", group, json={"users": {"bert": True}}, **JSON)
        self.assertEqual((403, "second-step", ""), self.reason(answer))
        made = {"groupname": "evil", "roles": ["Site Administrator"], "users": ["bert"]}
        answer = self.frank.post(self.path("@groups"), json=made, **JSON)
        self.assertEqual((403, "second-step", ""), self.reason(answer))
        self.app._p_jar.sync()
        bert = self.users.getUserById("bert")
        self.assertNotIn("Site Administrator", bert.getRoles())
        self.assertEqual(("bert@example.org", ""), (bert.getProperty("email"), bert.getProperty("fullname")))
        self.assertIsNotNone(self.users.source_users.authenticateCredentials({"login": "bert", "password": PASSWORD}))
        self.assertEqual([None, None, None], [self.users.getUserById(name) for name in ("hugo", "ilse", "evil")])
        self.assertIsNone(self.users.getGroupById("evil"))

    def test_the_rest_they_do_as_before_and_all_of_it_with_a_real_step(self):
        self.let_in_without_step()
        same = {"fullname": "Bert", "email": "bert@example.org", "roles": {}}
        self.assertEqual(204, self.patch(self.frank, same, "bert").status_int)
        new = {"username": "hugo", "email": "hugo@example.org", "password": PASSWORD, "roles": ["Member"]}
        self.assertEqual(201, self.frank.post(self.path("@users"), json=new, **JSON).status_int)
        answer = self.frank.post(self.path("@groups"), json={"groupname": "plain"}, **JSON)
        self.assertEqual(201, answer.status_int)
        for name, administrator in (("new1", self.proven("frank")), ("new2", self.client(self.ticket("greta")))):
            for body in ({"email": "b@example.org", "roles": {"Reviewer": True}}, {"password": f"{PASSWORD} more"}):
                self.assertEqual(204, self.patch(administrator, body, "bert").status_int)
            named = {**new, "username": name, "email": f"{name}@example.org", "roles": ["Site Administrator"]}
            self.assertEqual(201, administrator.post(self.path("@users"), json=named, **JSON).status_int)

    def test_nobody_finds_out_the_number_of_a_manager_by_trying(self):
        self.bind("greta", OTHER)
        self.patch(self.proven("greta"), {"verified_mobile_numbers": [OTHER, NUMBER]})
        answers = {
            (answer.status_int, answer.text)
            for number in (OTHER, NUMBER, THIRD)
            for body in (
                {"mobile_number": number},
                {"verified_mobile_numbers": [number]},
                {"verified_mobile_numbers": [number, "+31687654322"]},
                {"verified_mobile_numbers": []},
            )
            for answer in (self.patch(self.frank, body, "greta"),)
        }
        self.assertEqual([403], [status for status, _text in answers])

    def test_their_own_number_is_a_members(self):
        frank = self.token("frank", age=FRESH_SESSION + 5)
        answer = self.patch(self.client(), {"mobile_number": OTHER}, "frank", **frank)
        self.assertEqual((403, "password", ""), self.reason(answer))
        fresh = self.token("frank")
        self.assertEqual(204, self.patch(self.client(), {"mobile_number": OTHER}, "frank", **fresh).status_int)
        body = {"code": last_code(OTHER), "user": {"username": "frank"}}
        answer = self.ask(self.client(), "validate-code", body, **fresh)
        self.assertEqual({"token"}, set(answer.json))


class CodeTest(NumbersTest):
    """What the two services take and refuse."""

    def test_bodies_of_no_use(self):
        anna = self.proven("anna")
        for body in (
            {},
            {"code": 1},
            {"code": None},
            {"code": "1", "properties": {}},
            {"code": "1", "properties": [7]},
            {"code": "1", "user": "anna"},
        ):
            self.assertEqual(400, self.ask(anna, "validate-code", body).status_int, body)
        for properties in (
            None,
            {},
            [],
            [{"key": "RecoveryScenario", "value": "EMAIL_VERIFICATION_ON_UPDATE"}],
            [{"key": 1}],
            "x",
        ):
            answer = self.ask(anna, "resend-code", {"properties": properties})
            self.assertEqual((400, "bad-request"), self.reason(answer)[:2], properties)
        for code in ("", "12 34", "abc"):
            self.patch(anna, {"mobile_number": OTHER})
            self.assertEqual(422, self.ask(anna, "validate-code", {"code": code}).status_int)

    def test_nothing_pending_is_a_conflict(self):
        anna = self.proven("anna")
        self.assertEqual((409, "none-open", ""), self.reason(self.ask(anna, "validate-code", {"code": "123456"})))
        for scenario in (ON_UPDATE, ON_LIST):
            self.assertEqual((409, "none-open", ""), self.reason(self.resend(anna, scenario)))

    def test_a_page_of_another_site_can_use_neither(self):
        anna = self.proven("anna")
        self.patch(anna, {"mobile_number": OTHER})
        body = json.dumps({"code": last_code(OTHER)}).encode()
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            answer = anna.post(self.path("@smsauth/validate-code"), body=body, Content_Type=kind, **JSON)
            self.assertIn(answer.status_int, (403, 415))
        self.assertEqual((NUMBER, OTHER, (NUMBER,)), self.numbers())


class RegistrationTest(NumbersTest):
    """POST @users with a number."""

    def test_a_number_of_a_new_user_is_claimed_and_used_for_nothing(self):
        frank = self.client(self.ticket("frank"))
        body = {
            "username": "hugo",
            "email": "hugo@example.org",
            "password": PASSWORD,
            "mobile_number": "+31 (0)6 87654321",
        }
        answer = frank.post(self.path("@users"), json=body, **JSON)
        self.assertEqual((201, OTHER), (answer.status_int, answer.json["pending_mobile_number"]))
        self.assertEqual(("", OTHER, ()), self.numbers("hugo"))
        self.assertEqual(0, sent())
        self.assertTrue(self.token("hugo"))
        hugo = self.client(self.ticket("hugo"))
        self.clock.advance(100 * DAY)
        items = hugo.get(self.path("@smsauth/contacts"), **JSON).json["items"]
        self.assertEqual(["claimed", "unverified"], [one["standing"] for one in items])
        self.assertEqual((403, "password", "current_password"), self.reason(self.resend(hugo)))
        fresh = self.token("hugo")
        body = {"properties": [{"key": "RecoveryScenario", "value": ON_UPDATE}]}
        self.assertEqual(201, self.ask(self.client(), "resend-code", body, **fresh).status_int)
        answer = self.ask(self.client(), "validate-code", {"code": last_code(OTHER)}, **fresh)
        self.assertEqual(200, answer.status_int)
        self.assertEqual((OTHER, "", (OTHER,)), self.numbers("hugo"))

    def test_a_number_of_no_use_makes_no_user(self):
        frank = self.client(self.ticket("frank"))
        for value in (7, True, "12", ["x"], {}):
            body = {"username": "hugo", "email": "hugo@example.org", "password": PASSWORD, "mobile_number": value}
            answer = frank.post(self.path("@users"), json=body, **JSON)
            self.assertEqual((400, "mobile_number"), (answer.status_int, answer.json["error"]["field"]), value)
        self.app._p_jar.sync()
        self.assertIsNone(api.user.get(userid="hugo"))

    def test_visitors_who_register_themselves_claim_theirs(self):
        api.portal.set_registry_record("plone.enable_self_reg", True)
        api.portal.set_registry_record("plone.enable_user_pwd_choice", True)
        with api.env.adopt_roles(["Manager"]):
            self.portal.manage_permission("Add portal member", ["Anonymous", "Manager"], acquire=False)
        commit()
        body = {"username": "hugo", "email": "hugo@example.org", "password": PASSWORD, "mobile_number": OTHER}
        answer = self.client().post(self.path("@users"), json=body, **JSON)
        self.assertEqual(201, answer.status_int)
        self.assertNotIn("pending_mobile_number", answer.json)
        self.assertEqual(("", OTHER, ()), self.numbers("hugo"))
        self.assertEqual(0, sent())

    @unittest.skipUnless(hasattr(add, "csv"), "optional: this version of plone.restapi imports no users")
    def test_an_import_claims_the_numbers_of_its_rows_or_makes_nobody(self):
        frank = self.client(self.ticket("frank"))
        for number, status in (("12", 400), (OTHER, 201)):
            head, hugo = "username,email,password,mobile_number", f"hugo,hugo@example.org,{PASSWORD},"
            rows = f"{head}\r\n{hugo}\r\nida,ida@example.org,{PASSWORD},{number}\r\n"
            body = (
                '--x\r\nContent-Disposition: form-data; name="file"; filename="users.csv"\r\nContent-Type: text/csv\r\n\r\n'
                f"{rows}\r\n--x--\r\n"
            ).encode()
            for accept in ("text/csv", "application/json")[: 1 if status == 201 else 2]:
                answer = frank.post(
                    self.path("@users"), body=body, Content_Type="multipart/form-data; boundary=x", Accept=accept
                )
                self.assertEqual(status, answer.status_int, answer.text)
            self.app._p_jar.sync()
            self.assertEqual(status == 201, api.user.get(userid="hugo") is not None)
        self.assertEqual(("", OTHER, ()), self.numbers("ida"))
        self.assertEqual(("", "", ()), self.numbers("hugo"))
        self.assertEqual(0, sent())


class RootTest(NumbersTest):
    """Users of the Zope root, who are no members of the site."""

    def test_they_have_no_numbers_here_and_may_manage_those_of_members(self):
        root = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}
        answer = self.patch(self.client(), {"mobile_number": OTHER}, SITE_OWNER_NAME, **root)
        self.assertEqual((403, "not-allowed", ""), self.reason(answer))
        self.assertNotIn("mobile_number", self.user(SITE_OWNER_NAME, self.client(), **root).json)
        self.assertEqual(204, self.patch(self.client(), {"mobile_number": OTHER}, **root).status_int)
        self.assertEqual((NUMBER, OTHER, (NUMBER,)), self.numbers())
        body = {"code": last_code(OTHER), "user": {"username": "anna"}}
        self.assertEqual(200, self.ask(self.client(), "validate-code", body, **root).status_int)
        self.assertEqual((OTHER, "", (OTHER,)), self.numbers())


class ResetTest(NumbersTest):
    """A reset of the number while another one is pending."""

    def test_it_ends_the_code_and_forgets_the_number_that_was_asked_for_of_late(self):
        anna = self.proven("anna")
        self.patch(anna, {"mobile_number": OTHER})
        code = last_code(OTHER)
        wiring.verifier().begin_reset("anna", THIRD, signature="s", link_id="l", client_address="192.0.2.9")
        commit()
        self.assertTrue(wiring.verifier().verify_reset("anna", last_code(THIRD), signature="s", link_id="l").accepted)
        commit()
        self.assertEqual((THIRD, "", (THIRD,)), self.numbers())
        anna = self.proven("anna")
        self.assertEqual(409, self.ask(anna, "validate-code", {"code": code}).status_int)

    def test_a_number_that_an_administrator_has_claimed_stays_claimed(self):
        wiring.verifier()
        contact_points.claim(wiring.plugin().accounts, "anna", OTHER, now=self.clock())
        wiring.verifier().begin_reset("anna", THIRD, signature="s", link_id="l", client_address="192.0.2.9")
        commit()
        self.assertTrue(wiring.verifier().verify_reset("anna", last_code(THIRD), signature="s", link_id="l").accepted)
        self.assertEqual((THIRD, OTHER, (THIRD,)), self.numbers())


class OddRequestTest(NumbersTest):
    """What Plone's own services would answer with an internal error."""

    def test_a_body_that_is_no_object_is_refused(self):
        frank = self.client(self.ticket("frank"))
        for client in (frank, self.client()):
            for method, name in (("POST", "@users"), ("POST", "@users/anna/reset-password"), ("PATCH", "@users/anna")):
                for body in (b"[]", b"[{}]", b'"x"', b"5", b"null", b"{", b"\xff"):
                    with self.subTest(name=name, body=body):
                        answer = client.send(method, self.path(name), json=body, **JSON)
                        self.assertEqual(400, answer.status_int)
                        self.assertIn(answer.json["error"]["reason"], ("bad-request", "not-json"))

    def test_what_has_to_be_text_is_text(self):
        frank = self.client(self.ticket("frank"))
        whole = {"username": "carla", "email": "carla@example.org", "password": PASSWORD}
        for field in whole:
            for value in (5, True, [], {}, ["a"]):
                answer = frank.post(self.path("@users"), json={**whole, field: value}, **JSON)
                self.assertEqual((400, field), (answer.status_int, answer.json["error"]["field"]))
        self.assertIsNone(api.user.get("carla"))
        for field in ("reset_token", "old_password", "new_password"):
            body = {"reset_token": "x", "new_password": "another horse 43", field: 5}
            answer = self.client().post(self.path("@users/anna/reset-password"), json=body, **JSON)
            self.assertEqual((400, field), (answer.status_int, answer.json["error"]["field"]))

    def test_what_follows_the_name_of_a_user_in_the_address_stands_for_nothing(self):
        frank = self.client(self.ticket("frank"))
        for method, name in (
            ("GET", "anna/x"),
            ("POST", "anna"),
            ("POST", "anna/x"),
            ("POST", "anna/x/y"),
            ("PATCH", "anna/x"),
        ):
            answer = frank.send(method, self.path(f"@users/{name}"), json=None if method == "GET" else {}, **JSON)
            self.assertEqual(404, answer.status_int, name)
