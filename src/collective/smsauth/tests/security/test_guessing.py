"""Guessing passwords at Plone's own log-in: nothing here slows it down, as the chapter on security says."""

from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import sign_in_form


class TestGuessing(DoorTest):
    """Somebody who has no password of anna, and tries many."""

    def test_plone_s_form_takes_one_after_the_other_and_a_hit_leads_to_the_code_form(self):
        client = self.client()
        for number in range(30):
            self.assertEqual(
                200, client.post(self.path("login"), form=sign_in_form("anna", f"guess {number}")).status_int
            )
        response = client.post(self.path("login"), form=sign_in_form("anna"))
        self.assertIn("smsauth-verify", response.location)

    def test_rest_does_so_too_and_says_that_a_second_factor_is_required(self):
        client = self.client()
        for number in range(30):
            body = {"login": "anna", "password": f"guess {number}"}
            answer = client.post(self.path("@login"), json=body, Accept="application/json").json
            self.assertNotEqual("Second factor required", answer["error"]["type"])
        answer = client.post(
            self.path("@login"), json={"login": "anna", "password": PASSWORD}, Accept="application/json"
        )
        self.assertEqual("Second factor required", answer.json["error"]["type"])
