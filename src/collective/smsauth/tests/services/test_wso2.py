"""The requests of WSO2 Identity Server's guide "mobile number verification on update", with its bodies and its statuses.

The addresses are ours: ``@smsauth/validate-code`` for ``me/validate-code`` and ``validate-code``, ``@smsauth/resend-code`` likewise, and
``PATCH @users/ID`` for SCIM.
"""

from collective.smsauth.testing import last_code
from collective.smsauth.tests.services.test_users import NumbersTest
from collective.smsauth.tests.services.test_users import OTHER
from collective.smsauth.tests.services.test_users import THIRD
from collective.smsauth.tests.support.doors import NUMBER

JSON = {"Accept": "application/json"}


class Wso2Test(NumbersTest):
    def call(self, client, name: str, body: str):
        """Send a body as it stands in the guide."""
        return client.post(self.path(f"@smsauth/{name}"), body=body.encode(), Content_Type="application/json", **JSON)

    def validate(self, client, to: str):
        return self.call(client, "validate-code", f'{{ "code": "{last_code(to)}",\n  "properties": []\n}}')

    def resend_own(self, client, scenario: str):
        body = f'{{ "properties": [{{\n "key": "RecoveryScenario", \n "value": "{scenario}"\n }}]\n}}'
        return self.call(client, "resend-code", body)

    def resend_for(self, client, login: str, scenario: str):
        body = (
            f'{{ \n "user": {{\n "username": "{login}",\n "realm": "PRIMARY"\n }},\n "properties": [{{\n "key":"RecoveryScenario",\n'
            f' "value":"{scenario}"\n }}]\n}}'
        )
        return self.call(client, "resend-code", body)

    def test_a_member_updates_the_primary_number(self):
        anna = self.proven("anna")
        self.assertEqual(204, self.patch(anna, {"mobile_number": OTHER}).status_int)
        self.clock.advance(60)
        self.assertEqual(201, self.resend_own(anna, "MOBILE_VERIFICATION_ON_UPDATE").status_int)
        self.assertEqual((NUMBER, OTHER, (NUMBER,)), self.numbers())
        self.assertEqual(200, self.validate(anna, OTHER).status_int)
        self.assertEqual((OTHER, "", (OTHER,)), self.numbers())

    def test_a_member_updates_the_list_of_verified_numbers_and_chooses_the_primary_one_among_them(self):
        anna = self.proven("anna")
        self.assertEqual(204, self.patch(anna, {"verified_mobile_numbers": [NUMBER, OTHER]}).status_int)
        self.clock.advance(60)
        self.assertEqual(201, self.resend_own(anna, "MOBILE_VERIFICATION_ON_VERIFIED_LIST_UPDATE").status_int)
        self.assertEqual(200, self.validate(anna, OTHER).status_int)
        self.assertEqual(204, self.patch(anna, {"mobile_number": OTHER}).status_int)
        self.assertEqual((OTHER, "", (OTHER, NUMBER)), self.numbers())
        self.assertEqual(204, self.patch(anna, {"verified_mobile_numbers": [OTHER]}).status_int)
        self.assertEqual((OTHER, "", (OTHER,)), self.numbers())

    def test_a_privileged_user_does_it_on_behalf_of_a_member(self):
        frank = self.client(self.ticket("frank"))
        for number, field, scenario in (
            (OTHER, "mobile_number", "MOBILE_VERIFICATION_ON_UPDATE"),
            (THIRD, "verified_mobile_numbers", "MOBILE_VERIFICATION_ON_VERIFIED_LIST_UPDATE"),
        ):
            value = number if field == "mobile_number" else [self.numbers()[0], number]
            self.assertEqual(204, self.patch(frank, {field: value}).status_int)
            self.clock.advance(60)
            self.assertEqual(201, self.resend_for(frank, "anna", scenario).status_int)
            body = '{ "code": "%s", "user": {"username": "anna", "realm": "PRIMARY"}, "properties": [] }'
            self.assertEqual(200, self.call(frank, "validate-code", body % last_code(number)).status_int)
        self.assertEqual((OTHER, "", (OTHER, THIRD)), self.numbers())

    def test_another_scenario_is_none(self):
        anna = self.proven("anna")
        self.patch(anna, {"mobile_number": OTHER})
        for scenario in ("SELF_SIGN_UP", "EMAIL_VERIFICATION_ON_UPDATE", "", "mobile_verification_on_update"):
            self.assertEqual(400, self.resend_own(anna, scenario).status_int)
