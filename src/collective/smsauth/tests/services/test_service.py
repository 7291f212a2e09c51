"""What all services have in common: what they take, how they refuse, and that no page of another site can use them."""

from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import NUMBER

JSON = {"Accept": "application/json"}


class StatusTest(DoorTest):
    """GET @smsauth."""

    def test_a_member_reads_how_their_second_step_stands(self):
        answer = self.proven("anna").get(self.path("@smsauth"), **JSON)
        self.assertEqual(200, answer.status_int)
        self.assertEqual("no-store, private", answer.headers["Cache-Control"])
        found = answer.json
        self.assertEqual(
            (True, False, NUMBER, "", [NUMBER], ["text"], 0),
            tuple(
                found[name]
                for name in (
                    "enabled",
                    "required",
                    "mobile_number",
                    "pending_mobile_number",
                    "verified_mobile_numbers",
                    "channels",
                    "recovery_codes_left",
                )
            ),
        )
        self.assertEqual(("code", True), (found["session"]["means"], found["session"]["is_real"]))

    def test_a_member_without_two_step_verification_reads_that(self):
        found = self.signed_in("bert").get(self.path("@smsauth"), **JSON).json
        self.assertEqual((False, "", []), (found["enabled"], found["mobile_number"], found["verified_mobile_numbers"]))
        self.assertFalse(found["session"]["is_real"])

    def test_a_visitor_and_a_session_that_owes_the_step_are_told_why_not(self):
        visitor = self.client().get(self.path("@smsauth"), **JSON)
        self.assertEqual((401, "not-allowed"), (visitor.status_int, visitor.json["error"]["reason"]))
        owing = self.client(self.ticket("anna")).get(self.path("@smsauth"), **JSON)
        self.assertEqual((401, "second-factor-required"), (owing.status_int, owing.json["error"]["reason"]))
        self.assertEqual("Second factor required", owing.json["error"]["type"])

    def test_a_password_alone_reads_nothing(self):
        def enter(user_id):
            return self.client().get(self.path("@smsauth"), Authorization=basic(user_id), **JSON).status_int == 200

        self.assert_closed(enter)

    def test_names_that_stand_for_nothing_are_not_found(self):
        answer = self.proven("anna").get(self.path("@smsauth/nothing"), **JSON)
        self.assertEqual((404, "not-found"), (answer.status_int, answer.json["error"]["reason"]))
