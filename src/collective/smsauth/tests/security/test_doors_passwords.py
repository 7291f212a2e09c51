"""The doors that change a password: open to a session with a proof, which goes on while all others end."""

from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.doors import TICKET
from plone import api

import re

JSON = "application/json"
NEW = "another horse 43"


class ChangeTest(DoorTest):
    """Every way in which a member changes the password himself."""

    def form(self, client, path: str, **more: str):
        page = client.get(self.path(path))
        token = re.search(r'name="_authenticator"[^>]*value="([^"]+)"', page.text)
        values = {
            "form.widgets.current_password": PASSWORD,
            "form.widgets.new_password": NEW,
            "form.widgets.new_password_ctl": NEW,
            "form.buttons.reset_passwd": "Change Password",
            "_authenticator": token[1] if token else "",
            **more,
        }
        return client.post(self.path(path), form=values)

    def rest(self, client, user_id: str, password: str = PASSWORD):
        body = {"old_password": password, "new_password": NEW}
        return client.post(self.path(f"@users/{user_id}/reset-password"), json=body, Accept=JSON)

    def has_password(self, user_id: str, password: str) -> bool:
        # Asked of the source itself: the gate is not what is to be seen here.
        self.app._p_jar.sync()
        found = self.users.source_users.authenticateCredentials({"login": user_id, "password": password})
        return found is not None

    def assert_changes(self, change) -> None:
        """Assert that ``change(client, user_id)`` works with a proof (and for bert), ends other sessions, and not without."""
        self.refuse_without_proof(change)
        other = self.proven("anna")
        self.clock.advance(3600)
        for user_id in ("bert", "anna"):
            client = self.signed_in(user_id)
            change(client, user_id)
            self.assertTrue(self.has_password(user_id, NEW), user_id)
            self.assertTrue(self.is_signed_in(client, user_id), user_id)
        self.assertFalse(self.is_signed_in(other, "anna"))

    def refuse_without_proof(self, change) -> None:
        self.clock.advance(3600)
        change(self.client(self.ticket("anna")), "anna")
        self.assertTrue(self.has_password("anna", PASSWORD))

    def test_the_form(self):
        self.assert_changes(lambda client, user_id: self.form(client, "@@change-password"))

    def test_the_forced_change(self):
        self.assert_changes(lambda client, user_id: self.form(client, "@@forced-password-change"))

    def test_the_initial_change(self):
        self.assert_changes(lambda client, user_id: self.form(client, "@@initial-login-password-change"))

    def test_rest_with_the_old_password(self):
        self.assert_changes(self.rest)

    def test_rest_by_a_patch_of_oneself(self):
        def change(client, user_id):
            return client.send("PATCH", self.path(f"@users/{user_id}"), json={"password": NEW}, Accept=JSON)

        api.portal.set_registry_record("plone.enable_user_pwd_choice", True)
        commit()
        self.assert_changes(change)

    def test_the_management_interface(self):
        # Its form wants a Zope session, which Plone does not have: the method itself is called, as the member.
        client = self.proven("anna")
        self.assertTrue(self.is_signed_in(client, "anna"))
        with api.env.adopt_user("anna"):
            self.users.source_users.manage_updatePassword("anna", NEW, NEW)
        commit()
        self.assertTrue(self.has_password("anna", NEW))
        self.assertFalse(self.is_signed_in(client, "anna"))

    def test_a_change_without_an_event_ends_all_sessions(self):
        client = self.proven("anna")
        self.users.source_users.updateUserPassword("anna", NEW)
        commit()
        self.assertFalse(self.is_signed_in(client, "anna"))
        self.assertFalse(self.reads("anna", Authorization=f"Bearer {self.jwt('anna')}"))

    def test_an_administrator_changes_it(self):
        client = self.proven("anna")
        self.users.userSetPassword("anna", NEW)
        commit()
        self.assertFalse(self.is_signed_in(client, "anna"))

    def test_a_wrong_current_password(self):
        client = self.proven("anna")
        self.form(client, "@@change-password", **{"form.widgets.current_password": "wrong"})
        self.assertEqual(self.rest(client, "anna", "wrong").status_int, 403)
        self.assertTrue(self.has_password("anna", PASSWORD))
        self.assertTrue(self.is_signed_in(client, "anna"))

    def test_the_current_password_alone_changes_nothing(self):
        body = {"old_password": PASSWORD, "new_password": NEW}
        response = self.client().post(
            self.path("@users/anna/reset-password"), json=body, Accept=JSON, Authorization=basic("anna")
        )
        self.assertIn(response.status_int, (401, 403))
        self.assertTrue(self.has_password("anna", PASSWORD))

    def test_a_proof_does_not_confirm_another_members_password(self):
        self.bind("edith", "+31687654321")
        self.rest(self.proven("edith"), "anna")
        self.assertTrue(self.has_password("anna", PASSWORD))


class ForgottenTest(DoorTest):
    """The mailed link for a new password, and the automatic sign-in after it."""

    def reset(self, client, user_id: str):
        request = self.portal.portal_password_reset.requestReset(user_id)
        commit()
        client.get(self.path(f"passwordreset/{request['randomstring']}"), query={"userid": user_id})
        form = {
            "key": request["randomstring"],
            "userid": user_id,
            "password": NEW,
            "password2": NEW,
            "form.submitted": "1",
            "submit": "Set my password",
        }
        return client.post(self.path("passwordreset"), form=form)

    def test_the_automatic_sign_in(self):
        self.assertTrue(api.portal.get_registry_record("plone.autologin_after_password_reset"))

        def enter(user_id):
            client = self.client()
            self.reset(client, user_id)
            return self.is_signed_in(client, user_id)

        self.assert_closed(enter)

    def test_it_leads_to_the_code_form(self):
        client, before = self.client(), sent()
        response = self.reset(client, "anna")
        self.assertIn("@@smsauth-verify", response.location)
        self.assertEqual(sent(), before + 1)
        self.assertNotIn(TICKET, client.cookies)
        self.assertIn("form.widgets.code", client.get(self.path("@@smsauth-verify")).text)

    def test_it_ends_the_sessions(self):
        session = self.proven("anna")
        self.reset(self.client(), "anna")
        self.assertFalse(self.is_signed_in(session, "anna"))

    def test_rest_with_the_mailed_token(self):
        def enter(user_id):
            request = self.portal.portal_password_reset.requestReset(user_id)
            commit()
            client = self.client()
            body = {"reset_token": request["randomstring"], "new_password": NEW}
            client.post(self.path(f"@users/{user_id}/reset-password"), json=body, Accept=JSON)
            return self.reads(user_id, Authorization=basic(user_id, NEW))

        self.assert_closed(enter)
