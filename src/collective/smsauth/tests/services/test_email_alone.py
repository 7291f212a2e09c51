"""The second step by e-mail alone, by REST: set up by a member in effect and in a sign-in, moved, replaced, turned off."""

from collective.smsauth.domain.account import Account
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import NUMBER
from collective.smsauth.tests.support.post_office import PostOffice
from collective.smsauth.tests.support.rest import JSON
from collective.smsauth.tests.support.rest import RestTest
from plone import api

import re

EMAIL, NEW_EMAIL = "bert@example.org", "bert@example.com"


class EmailAloneTest(RestTest):
    """Bert has no number, and an address in his profile."""

    def setUp(self):
        super().setUp()
        self.office = PostOffice()
        self.addCleanup(self.office.close)
        self.office.serve()
        self.configure(channel_email=True, email_alone=True, texts_per_user=50, texts_per_address=100)
        self.change_profile(EMAIL)
        self.office.letters.clear()

    def change_profile(self, email):
        api.user.get("bert").setMemberProperties({"email": email})
        commit()

    def code_in_mail(self, to=EMAIL):
        found = [mail.get_content() for mail in self.office.mails() if mail["To"] == to]
        codes = [code[0] for body in found if (code := re.search(r"\b\d{6}\b", body))]
        commit()
        return codes[-1]

    def ask(self, name, body, token, method="POST"):
        headers = {"Authorization": f"Bearer {token}"}
        return self.client().send(method, self.path(f"@smsauth{name}"), json=body, Accept=JSON, **headers)

    def status(self, token):
        return self.client().get(self.path("@smsauth"), Accept=JSON, Authorization=f"Bearer {token}").json

    def account(self, user_id="bert"):
        self.app._p_jar.sync()
        return wiring.plugin().accounts.get(user_id) or Account()

    def set_up(self):
        """Set it up, and return the token of the session that goes on."""
        token = self.login("bert").json["token"]
        body = {"channel": "email", "current_password": PASSWORD}
        answer = self.ask("/set-up", body, token)
        self.assertEqual((202, EMAIL), (answer.status_int, answer.json["to"]))
        answer = self.ask("/confirm", {"code": self.code_in_mail()}, token)
        self.assertEqual((200, True, ""), (answer.status_int, answer.json["enabled"], answer.json["mobile_number"]))
        return answer.json["token"]


class TestSetUp(EmailAloneTest):
    def test_the_channel_without_a_number(self):
        token = self.set_up()
        found = self.status(token)
        self.assertEqual((True, "", []), (found["enabled"], found["mobile_number"], found["verified_mobile_numbers"]))
        again = self.ask("/set-up", {"channel": "email"}, token)
        self.assertEqual((200, {"enabled": True, "mobile_number": ""}), (again.status_int, again.json))
        user = self.client().get(self.path("@users/bert"), Accept=JSON, Authorization=f"Bearer {token}").json
        self.assertEqual((True, ""), (user["two_step_verification"], user["mobile_number"]))

    def test_where_it_is_not_allowed_or_there_is_no_address_it_is_refused(self):
        token = self.login("bert").json["token"]
        body = {"channel": "email", "current_password": PASSWORD}
        self.configure(email_alone=False)
        self.assertEqual(400, self.ask("/set-up", body, token).status_int)
        self.configure(email_alone=True)
        self.assertEqual(400, self.ask("/set-up", {**body, "mobile_number": NUMBER}, token).status_int)
        self.change_profile("")
        self.assertEqual(422, self.ask("/set-up", body, token).status_int)
        self.assertFalse(self.account().is_bound)

    def test_in_a_sign_in_that_requires_it(self):
        self.require()
        flow = self.flow("bert")
        answer = self.post("@login-setup", {"flow": flow, "channel": "email"})
        step = answer.json["second_step"]
        self.assertEqual((202, "code", "email"), (answer.status_int, step["action"], step["channel"]))
        self.assertNotIn(EMAIL, answer.text)
        self.code_in_mail()
        self.clock.advance(31)
        again = self.post("@login-resend", {"flow": step["flow"]})
        self.assertEqual((202, "email"), (again.status_int, again.json["second_step"]["channel"]), again.text)
        step = again.json["second_step"]
        answer = self.verify(step["flow"], self.code_in_mail())
        self.assertTrue(self.bears("bert", answer.json["token"]))
        self.assertTrue(self.account().email_alone)

    def test_in_a_sign_in_it_is_refused_as_well(self):
        self.require()
        flow = self.flow("bert")
        self.configure(email_alone=False)
        for body in ({"channel": "email"}, {}, {"channel": "text"}, {"channel": None}):
            self.assertEqual(400, self.post("@login-setup", {"flow": flow, **body}).status_int)
        self.assertFalse(self.account().is_bound)


class TestOn(EmailAloneTest):
    def setUp(self):
        super().setUp()
        self.token = self.set_up()
        self.clock.advance(60)

    def sign_in(self, to=EMAIL):
        step = self.step("bert")
        return self.verify(step["flow"], self.code_in_mail(to)).json["token"]

    def test_a_sign_in_asks_for_the_code_from_the_e_mail(self):
        step = self.step("bert")
        self.assertEqual(("code", "email", True), (step["action"], step["channel"], step["sent"]))
        self.assertEqual(["email"], [route["channel"] for route in step["routes"]])
        answer = self.verify(step["flow"], self.code_in_mail())
        self.assertTrue(self.bears("bert", answer.json["token"]))

    def test_another_address_is_proved_as_a_contact_point_or_by_set_up(self):
        self.change_profile(NEW_EMAIL)
        answer = self.ask("/contacts", {"address": NEW_EMAIL}, self.token)
        self.assertEqual(202, answer.status_int, answer.text)
        code = {"code": self.code_in_mail(NEW_EMAIL)}
        answer = self.ask(f"/contacts/{answer.json['name']}/confirm", code, self.token)
        self.assertEqual((200, True), (answer.status_int, answer.json["primary"]))
        self.assertTrue(self.bears("bert", answer.json["token"]))
        self.assertFalse(self.bears("bert", self.token))
        self.assertEqual([NEW_EMAIL], list(self.account().contacts))

    def test_the_only_address_cannot_be_removed(self):
        found = (
            self.client().get(self.path("@smsauth/contacts"), Accept=JSON, Authorization=f"Bearer {self.token}").json
        )
        (one,) = found["items"]
        self.assertEqual((EMAIL, True, "verified"), (one["address"], one["primary"], one["standing"]))
        answer = self.ask(f"/contacts/{one['name']}", {}, self.token, method="DELETE")
        self.assertEqual(409, answer.status_int)
        self.assertTrue(self.account().is_bound)

    def test_a_number_takes_its_place_also_when_listed_as_a_further_one(self):
        answer = self.ask("/contacts", {"address": NUMBER}, self.token)
        self.assertEqual(202, answer.status_int, answer.text)
        commit()
        answer = self.ask(f"/contacts/{answer.json['name']}/confirm", {"code": last_code()}, self.token)
        self.assertEqual(200, answer.status_int, answer.text)
        self.assertEqual((NUMBER, False), (self.account().number, self.account().email_alone))

    def test_it_can_be_turned_off(self):
        answer = self.ask("/turn-off", {"current_password": PASSWORD}, self.token)
        self.assertEqual(204, answer.status_int)
        self.assertFalse(self.account().is_bound)
