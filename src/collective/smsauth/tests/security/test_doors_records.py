"""The doors to what is kept of a member: properties, registration, deletion, enforcement, and what costs nothing."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.unproved_number import UnprovedNumber
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import NUMBER
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.doors import TICKET
from plone import api

JSON = "application/json"
THEIRS = {
    "mobile_number": "+31600000000",
    "two_step_verification": False,
    "smsauth_code": "x",
    "smsauth_signature": "y",
}


class PropertiesTest(DoorTest):
    """Nothing that matters can be written as a property of a member."""

    def properties(self, user_id: str) -> dict:
        self.app._p_jar.sync()
        member = self.portal.portal_membership.getMemberById(user_id)
        return {name: member.getProperty(name) for name in THEIRS}

    def assert_kept(self, write, user_id: str = "anna") -> None:
        before, kept = self.properties(user_id), self.gate.accounts.get(user_id)
        for name, value in [*THEIRS.items(), *[(name, None) for name in THEIRS], *[(name, "") for name in THEIRS]]:
            write({name: value})
        write(THEIRS)
        self.assertEqual(self.properties(user_id), before)
        self.assertEqual(self.gate.accounts.get(user_id), kept)

    def test_they_say_what_is(self):
        found = self.properties("anna")
        self.assertEqual(found["mobile_number"], NUMBER)
        self.assertIs(found["two_step_verification"], True)
        self.assertEqual(
            self.properties("bert"),
            {"mobile_number": "", "two_step_verification": False, "smsauth_code": "", "smsauth_signature": ""},
        )

    def test_the_member_himself(self):
        client = self.proven("anna")

        def write(values):
            client.send("PATCH", self.path("@users/anna"), json=values, Accept=JSON)

        response = client.send("PATCH", self.path("@users/anna"), json={"fullname": "Anna B."}, Accept=JSON)
        self.assertEqual(response.status_int, 204)
        self.app._p_jar.sync()
        self.assertEqual(self.portal.portal_membership.getMemberById("anna").getProperty("fullname"), "Anna B.")
        self.assert_kept(write)

    def test_a_member_without_it(self):
        client = self.client(self.ticket("bert"))
        self.assert_kept(lambda v: client.send("PATCH", self.path("@users/bert"), json=v, Accept=JSON), "bert")

    def test_declared_properties_too(self):
        for name, value in THEIRS.items():
            kind = "boolean" if isinstance(value, bool) else "string"
            self.portal.portal_memberdata.manage_addProperty(name, value, kind)
        commit()
        client = self.proven("anna")
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.assert_kept(lambda v: client.send("PATCH", self.path("@users/anna"), json=v, Accept=JSON))
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.assertFalse(self.reads("anna", Authorization=basic("anna")))

    def test_a_site_administrator_and_a_manager(self):
        self.users.portal_role_manager.assignRoleToPrincipal("Site Administrator", "bert")
        self.users.portal_role_manager.assignRoleToPrincipal("Manager", "anna")
        commit()
        client = self.client(self.ticket("bert"))
        response = client.send("PATCH", self.path("@users/anna"), json={"fullname": "A."}, Accept=JSON)
        self.assertEqual(response.status_int, 204)
        self.assert_kept(lambda v: client.send("PATCH", self.path("@users/anna"), json=v, Accept=JSON))

    def test_in_python(self):
        member = self.portal.portal_membership.getMemberById("anna")
        self.assert_kept(lambda values: member.setMemberProperties(values))

    def test_self_registration(self):
        api.portal.set_registry_record("plone.enable_self_reg", True)
        api.portal.set_registry_record("plone.enable_user_pwd_choice", True)
        self.portal.manage_permission("Add portal member", ["Anonymous", "Manager"], acquire=True)
        commit()
        body = {
            "username": "frida",
            "email": "frida@example.org",
            "password": PASSWORD,
            **THEIRS,
            "mobile_number": NUMBER,
        }
        response = self.client().post(self.path("@users"), json=body, Accept=JSON)
        self.app._p_jar.sync()
        self.assertEqual(response.status_int, 201, response.text)
        self.assertEqual(self.properties("frida")["mobile_number"], "")
        claimed = UnprovedNumber(number=NUMBER, claimed=True)
        self.assertEqual(Account(unproved=claimed), self.gate.accounts.get("frida"), "the number is only said")

    def test_they_name_no_secret(self):
        self.prove("anna")
        client = self.client()
        client.post(self.path("login"), form=sign_in_form("anna"))
        self.assertNotIn(last_code(), str(self.properties("anna")))


class DeletionTest(DoorTest):
    """A deleted member leaves nothing, and who comes after him with the same name has nothing of his."""

    def delete(self, user_id: str) -> None:
        with api.env.adopt_roles(["Manager"]):
            api.user.delete(username=user_id)
        commit()

    def test_a_new_member_of_the_same_name(self):
        client = self.proven("anna")
        ticket, token = client.cookies[TICKET], self.jwt("anna")
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.delete("anna")
        self.assertIsNone(self.gate.accounts.get("anna"))
        self.assertFalse(self.reads("anna", self.client(ticket)))
        api.user.create(username="anna", email="anna@example.org", password=PASSWORD)
        commit()
        self.assertFalse(wiring.parts().gate.protects("anna"))
        self.bind("anna", "+31687654321")
        self.assertFalse(self.reads("anna", self.client(ticket)))
        self.assertFalse(self.reads("anna", Authorization=f"Bearer {token}"))

    def test_by_rest(self):
        self.users.portal_role_manager.assignRoleToPrincipal("Manager", "bert")
        commit()
        client = self.client(self.ticket("bert"))
        self.assertEqual(client.send("DELETE", self.path("@users/anna"), Accept=JSON).status_int, 204)
        self.app._p_jar.sync()
        self.assertIsNone(self.gate.accounts.get("anna"))

    def test_a_pending_sign_in_of_a_deleted_member(self):
        client = self.client()
        client.post(self.path("login"), form=sign_in_form("anna"))
        page = client.get(self.path("@@smsauth-verify"))
        fields = fields_of(page, form__widgets__code=last_code(), form__buttons__verify="Verify")
        self.delete("anna")
        client.post(self.path("@@smsauth-verify"), form=fields)
        self.assertNotIn(TICKET, client.cookies)


class RequiredTest(DoorTest):
    """Required for everyone."""

    def test_existing_sessions_are_asked_at_their_next_request(self):
        client = self.client(self.ticket("bert"))
        self.assertTrue(self.is_signed_in(client, "bert"))
        self.require()
        self.assertFalse(self.is_signed_in(client, "bert"))
        self.require(False)
        self.assertTrue(self.is_signed_in(client, "bert"))

    def test_a_member_without_a_number_is_nobody_until_it_is_proved(self):
        self.require()
        client, before = self.client(), sent()
        response = client.post(self.path("login"), form=sign_in_form("bert"))
        self.assertIn("@@smsauth-setup", response.location)
        self.assertEqual(sent(), before)
        self.assertFalse(self.is_signed_in(client, "bert"))
        page = client.get(self.path("@@smsauth-setup"))
        number = "+31687654321"
        fields = fields_of(page, form__widgets__mobile_number=number, form__buttons__send="Send")
        client.post(self.path("@@smsauth-setup"), form=fields)
        self.assertFalse(self.is_signed_in(client, "bert"))
        page = client.get(self.path("@@smsauth-confirm"))
        wrong = fields_of(page, form__widgets__code="000000", form__buttons__verify="Verify")
        client.post(self.path("@@smsauth-confirm"), form=wrong)
        self.assertFalse(self.is_signed_in(client, "bert"))
        right = fields_of(page, form__widgets__code=last_code(number), form__buttons__verify="Verify")
        client.post(self.path("@@smsauth-confirm"), form=right)
        self.assertTrue(self.is_signed_in(client, "bert"))
        self.assertFalse(self.reads("bert", Authorization=basic("bert")))

    def test_a_ticket_of_a_member_without_a_number_leads_to_the_set_up(self):
        self.require()
        client = self.client(self.ticket("bert"))
        response = client.get(self.path("login"), Accept="text/html")
        self.assertIn("@@smsauth-verify", response.location)
        self.assertIn("@@smsauth-setup", client.follow(response).location)

    def test_every_door(self):
        self.require()
        self.assertFalse(self.reads("bert", Authorization=basic("bert")))
        self.assertFalse(self.reads("bert", Authorization=f"Bearer {self.jwt('bert')}"))
        self.assertFalse(self.reads("bert", method="POST", json={"login": "bert", "password": PASSWORD}))


class CostTest(DoorTest):
    """Members without two-step verification cost nothing."""

    def test_their_sign_in_writes_nothing_of_ours(self):
        def sign_in():
            client = self.client()
            client.post(self.path("login"), form=sign_in_form("bert"))
            self.assertTrue(self.is_signed_in(client, "bert"))
            client.get(self.path("logout"))
            self.client().post(self.path("@login"), json={"login": "bert", "password": PASSWORD}, Accept=JSON)

        self.assertFalse(self.changed(sign_in))

    def test_a_sign_in_with_a_code_does(self):
        # So that the comparison above is one that could fail.
        self.assertTrue(self.changed(lambda: self.client().post(self.path("login"), form=sign_in_form("anna"))))

    def test_a_request_with_a_proof_writes_nothing(self):
        client = self.proven("anna")
        self.assertTrue(self.changed(lambda: self.is_signed_in(client, "anna")), "the first one notes the use")
        self.assertFalse(self.changed(lambda: self.is_signed_in(client, "anna")))
