"""A member's own numbers and address by REST: set up, proved, listed, made the primary one, taken off."""

from collective.smsauth.domain.policy import FRESH_SESSION
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.services.test_users import NumbersTest
from collective.smsauth.tests.services.test_users import ON_LIST
from collective.smsauth.tests.services.test_users import OTHER
from collective.smsauth.tests.services.test_users import THIRD
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import NUMBER
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.post_office import PostOffice

JSON = {"Accept": "application/json"}


class SetUpTest(NumbersTest):
    """POST @smsauth/set-up and @smsauth/confirm."""

    def test_a_first_number_is_set_up_and_the_session_goes_on_with_a_token(self):
        token = self.token("bert")
        answer = self.ask(self.client(), "set-up", {"mobile_number": "+31 6 87654321"}, **token)
        self.assertEqual(202, answer.status_int)
        self.assertEqual({"to": OTHER, "digits": 6, "expires_in": 300, "resend_in": 30}, answer.json)
        self.assertEqual(("", OTHER, ()), self.numbers("bert"))
        wrong = self.ask(self.client(), "confirm", {"code": self.wrong()}, **token)
        self.assertEqual((422, "wrong", ""), self.reason(wrong))
        right = self.ask(self.client(), "confirm", {"code": last_code(OTHER)}, **token)
        self.assertEqual((200, True, OTHER), (right.status_int, right.json["enabled"], right.json["mobile_number"]))
        self.assertFalse(self.reads("bert", suffix="/@@secret", **token))
        self.assertTrue(self.reads("bert", suffix="/@@secret", Authorization=f"Bearer {right.json['token']}"))

    def test_an_old_session_is_asked_for_the_password_and_a_wrong_one_counts(self):
        token, body = self.token("bert", age=FRESH_SESSION + 5), {"mobile_number": OTHER}
        for more in ({}, {"current_password": ""}, {"current_password": "wrong"}):
            answer = self.ask(self.client(), "set-up", {**body, **more}, **token)
            self.assertEqual((403, "password", "current_password"), self.reason(answer))
        self.assertEqual((1, 0), (self.account("bert").failures, sent()))
        answer = self.ask(self.client(), "set-up", {**body, "current_password": PASSWORD}, **token)
        self.assertEqual(202, answer.status_int)

    def test_another_number_takes_a_real_step_and_a_verified_one_is_the_primary_at_once(self):
        anna = self.proven("anna")
        self.assertEqual(202, self.ask(anna, "set-up", {"mobile_number": OTHER}).status_int)
        self.assertEqual((NUMBER, OTHER, (NUMBER,)), self.numbers())
        status = self.anna_reads(anna)
        self.assertEqual((NUMBER, OTHER, [NUMBER]), status)
        before = sent()
        answer = self.ask(anna, "set-up", {"mobile_number": NUMBER})
        self.assertEqual((200, {"enabled": True, "mobile_number": NUMBER}), (answer.status_int, answer.json))
        self.assertEqual(before, sent())
        self.configure(exempt_networks=("203.0.113.0/24",))
        answer = self.ask(self.client(self.ticket("anna")), "set-up", {"mobile_number": THIRD})
        self.assertEqual((403, "second-step", ""), self.reason(answer))

    def anna_reads(self, client):
        found = client.get(self.path("@smsauth"), **JSON).json
        return tuple(found[name] for name in ("mobile_number", "pending_mobile_number", "verified_mobile_numbers"))

    def test_bodies_of_no_use(self):
        anna = self.proven("anna")
        for body, expected in (
            ({}, (400, "bad-request", "mobile_number")),
            ({"mobile_number": 7}, (400, "bad-request", "mobile_number")),
            ({"mobile_number": None}, (400, "bad-request", "mobile_number")),
            ({"mobile_number": ""}, (422, "unusable", "mobile_number")),
            ({"mobile_number": "12"}, (422, "unusable", "mobile_number")),
            ({"mobile_number": OTHER, "channel": "pigeon"}, (400, "bad-request", "channel")),
            ({"mobile_number": OTHER, "channel": "email"}, (400, "bad-request", "channel")),
            ({"mobile_number": OTHER, "channel": "voice"}, (409, "no-channel", "")),
        ):
            self.assertEqual(expected, self.reason(self.ask(anna, "set-up", body)), body)
        self.assertEqual((409, "none-open", ""), self.reason(self.ask(anna, "confirm", {"code": "123456"})))
        self.assertEqual((400, "bad-request", "code"), self.reason(self.ask(anna, "confirm", {})))
        self.assertEqual((NUMBER, "", (NUMBER,)), self.numbers())

    def test_who_is_not_signed_in_is_told_so(self):
        for name, body in (("set-up", {"mobile_number": OTHER}), ("confirm", {"code": "123456"})):
            self.assertEqual((401, "not-allowed", ""), self.reason(self.ask(self.client(), name, body)))
            owing = self.client(self.ticket("anna"))
            self.assertEqual((401, "second-factor-required", ""), self.reason(self.ask(owing, name, body)))


class ContactsTest(NumbersTest):
    """@smsauth/contacts."""

    def setUp(self):
        super().setUp()
        self.configure(channel_email=True)
        self.anna = self.proven("anna")

    def send(self, method, name="", body=None, client=None):
        return (client or self.anna).send(method, self.path(f"@smsauth/contacts{name}"), json=body, **JSON)

    def items(self):
        return {one["address"]: one for one in self.send("GET").json["items"]}

    def name_of(self, address):
        return f"/{self.items()[address]['name']}"

    def add(self, number=OTHER):
        self.assertEqual(202, self.send("POST", body={"address": number}).status_int)
        answer = self.send("POST", f"{self.name_of(number)}/confirm", {"code": last_code(number)})
        self.assertEqual(200, answer.status_int)
        return answer

    def test_what_there_is_is_listed_by_names_that_tell_nothing(self):
        found = self.send("GET").json
        self.assertEqual(2, found["items_total"])
        number, email = found["items"]
        self.assertEqual(
            ("number", NUMBER, "verified", True),
            (number["kind"], number["address"], number["standing"], number["primary"]),
        )
        self.assertEqual(
            ("email", "unverified", False, None),
            (email["kind"], email["standing"], email["primary"], email["verified"]),
        )
        self.assertNotIn(NUMBER[-4:], number["name"])
        self.assertEqual(number, self.send("GET", f"/{number['name']}").json)
        self.assertEqual(404, self.send("GET", "/nothing").status_int)

    def test_a_further_number_is_added_made_primary_and_removed(self):
        answer = self.send("POST", body={"address": OTHER})
        self.assertEqual((202, OTHER, 6), (answer.status_int, answer.json["to"], answer.json["digits"]))
        self.assertEqual("pending", self.items()[OTHER]["standing"])
        name = f"/{answer.json['name']}"
        wrong = self.send("POST", f"{name}/confirm", {"code": self.wrong()})
        self.assertEqual((422, "wrong", ""), self.reason(wrong))
        right = self.send("POST", f"{name}/confirm", {"code": last_code(OTHER)})
        self.assertEqual((200, "verified", OTHER), (right.status_int, right.json["standing"], right.json["address"]))
        again = self.send("POST", body={"address": OTHER})
        self.assertEqual((200, "verified"), (again.status_int, again.json["standing"]))
        self.assertEqual(204, self.send("PATCH", name, {"primary": True}).status_int)
        self.assertEqual((OTHER, "", (OTHER, NUMBER)), self.numbers())
        for method, body in (("DELETE", None), ("PATCH", {"primary": True})):
            self.assertEqual((409, "not-yours", ""), self.reason(self.send(method, name, body)))
        self.assertEqual(204, self.send("DELETE", self.name_of(NUMBER)).status_int)
        self.assertEqual((OTHER, "", (OTHER,)), self.numbers())

    def test_a_number_that_is_not_proved_gets_another_code_or_is_withdrawn(self):
        self.send("POST", body={"address": OTHER})
        name = self.name_of(OTHER)
        self.assertEqual(429, self.send("POST", f"{name}/resend", {}).status_int)
        self.clock.advance(60)
        self.assertEqual(202, self.send("POST", f"{name}/resend", {}).status_int)
        self.assertEqual(409, self.send("PATCH", name, {"primary": True}).status_int)
        self.assertEqual(204, self.send("DELETE", name).status_int)
        self.assertEqual((NUMBER, "", (NUMBER,)), self.numbers())
        self.assertEqual(404, self.send("POST", f"{name}/confirm", {"code": last_code(OTHER)}).status_int)

    def test_a_number_for_the_primary_ones_place_is_proved_there_too(self):
        self.ask(self.anna, "set-up", {"mobile_number": OTHER})
        answer = self.send("POST", f"{self.name_of(OTHER)}/confirm", {"code": last_code(OTHER)})
        self.assertEqual((200, True), (answer.status_int, answer.json["primary"]))
        self.assertTrue(self.reads("anna", suffix="/@@secret", Authorization=f"Bearer {answer.json['token']}"))
        self.assertEqual((OTHER, "", (OTHER,)), self.numbers())

    def test_the_address_of_the_profile_is_verified_and_no_other(self):
        other = self.send("POST", body={"address": "eve@example.org"})
        self.assertEqual((409, "not-yours", ""), self.reason(other))
        answer = self.send("POST", body={"address": "Anna@Example.org"})
        self.assertEqual((202, "anna@example.org"), (answer.status_int, answer.json["to"]))
        name = self.name_of("anna@example.org")
        self.assertEqual("pending", self.items()["anna@example.org"]["standing"])
        self.assertEqual(409, self.send("DELETE", name).status_int)
        self.clock.advance(60)
        self.assertEqual(202, self.send("POST", f"{name}/resend", {}).status_int)

    def test_what_is_sent_again_goes_to_what_was_named_whatever_was_sent_last(self):
        post_office = PostOffice()
        self.addCleanup(post_office.close)
        post_office.serve()
        commit()
        self.send("POST", body={"address": OTHER})
        for _ in range(2):
            self.clock.advance(120)
            answer = self.send("POST", body={"address": "anna@example.org"})
            self.assertEqual("anna@example.org", answer.json["to"])
            self.clock.advance(120)
            answer = self.send("POST", f"{self.name_of(OTHER)}/resend", {})
            self.assertEqual((202, OTHER), (answer.status_int, answer.json["to"]))
            self.clock.advance(600)
            self.send("POST", f"{self.name_of('anna@example.org')}/resend", {})
            self.assertTrue(post_office.mails())
            self.clock.advance(120)
            answer = self.resend(self.anna, ON_LIST)
            self.assertEqual((201, OTHER), (answer.status_int, answer.json["to"]), answer.text)
            self.clock.advance(2000)

    def test_the_code_of_one_contact_point_proves_no_other(self):
        self.send("POST", body={"address": OTHER})
        code = last_code(OTHER)
        self.send("POST", body={"address": "anna@example.org"})
        for address in (OTHER, "anna@example.org"):
            answer = self.send("POST", f"{self.name_of(address)}/confirm", {"code": code})
            self.assertIn(answer.status_int, (409, 422))
        self.assertEqual(409, self.ask(self.anna, "validate-code", {"code": code}).status_int)
        self.assertEqual((NUMBER, OTHER, (NUMBER,)), self.numbers())

    def test_bodies_and_names_of_no_use(self):
        for body, expected in (
            ({}, (400, "bad-request", "address")),
            ({"address": 7}, (400, "bad-request", "address")),
            ({"address": ""}, (422, "unusable", "address")),
            ({"address": "12"}, (422, "unusable", "address")),
        ):
            self.assertEqual(expected, self.reason(self.send("POST", body=body)), body)
        name = self.name_of(NUMBER)
        for method, path, body, expected in (
            ("POST", "/nothing/confirm", {"code": "1"}, 404),
            ("POST", f"{name}/other", {}, 404),
            ("POST", name, {}, 404),
            ("POST", f"{name}/confirm", {}, 400),
            ("POST", f"{name}/confirm", {"code": "123456"}, 409),
            ("POST", f"{name}/resend", {}, 409),
            ("PATCH", name, {"primary": False}, 400),
            ("PATCH", name, {"primary": 1}, 400),
            ("PATCH", "", {"primary": True}, 404),
            ("DELETE", "", None, 404),
            ("DELETE", "/nothing", None, 404),
            ("DELETE", name, None, 409),
        ):
            self.assertEqual(expected, self.send(method, path, body).status_int, (method, path, body))

    def test_no_further_number_where_the_site_allows_one_or_the_list_is_full_or_there_is_none(self):
        bert = self.client(self.ticket("bert"))
        self.assertEqual((409, "no-number", ""), self.reason(self.send("POST", body={"address": OTHER}, client=bert)))
        self.configure(several_numbers=False)
        self.assertEqual((409, "not-yours", ""), self.reason(self.send("POST", body={"address": OTHER})))

    def test_a_session_without_a_real_step_reads_and_changes_nothing(self):
        self.add()
        self.configure(exempt_networks=("203.0.113.0/24",))
        client = self.client(self.ticket("anna"))
        self.assertEqual(200, self.send("GET", client=client).status_int)
        name = self.name_of(OTHER)
        for method, path, body in (
            ("POST", "", {"address": THIRD}),
            ("POST", f"{name}/resend", {}),
            ("PATCH", name, {"primary": True}),
            ("DELETE", name, None),
        ):
            self.assertEqual((403, "second-step", ""), self.reason(self.send(method, path, body, client)))
        self.assertEqual((NUMBER, "", (NUMBER, OTHER)), self.numbers())
