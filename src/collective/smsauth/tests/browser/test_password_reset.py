"""Plone's page for a new password: a mailed link is no second factor."""

from collective.smsauth import testing
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PASSWORD
from collective.smsauth.tests.support.visitor import PHONE
from plone import api

import transaction

NEW = "another secret 77"


class TestPasswordReset(PageTest):
    """Members follow the link that Plone sends to those who forgot their password."""

    def reset(self, name="anna"):
        """Set a new password by the mailed link, and return the visitor."""
        random = self.portal.portal_password_reset.requestReset(name)["randomstring"]
        transaction.commit()
        visitor = self.visitor()
        visitor.open(f"passwordreset/{random}")
        visitor.browser.getControl(name="userid").value = name
        visitor.browser.getControl(name="password").value = NEW
        visitor.browser.getControl(name="password2").value = NEW
        visitor.browser.getForm(name="pwreset_action").submit()
        return visitor

    def test_a_protected_member_is_led_to_the_code_form_instead_of_being_signed_in(self):
        self.protected()
        anna = self.reset()
        self.assertEqual("@@smsauth-verify", anna.path)
        self.assertFalse(anna.is_signed_in())
        self.assertEqual(PHONE, testing.texts()[0].to)

    def test_what_no_browser_sends_changes_no_password(self):
        random = self.portal.portal_password_reset.requestReset("bert")["randomstring"]
        transaction.commit()
        whole = {"userid": "bert", "password": NEW, "password2": NEW}
        bent = [{name: value for name, value in whole.items() if name != left} for left in whole]
        bent += [{**whole, name: odd} for name in whole for odd in (b"\xff", "\0", "")]
        bent += [{"userid": "bert"}, {**bent[0], "userid.a:record": "bert"}, {**bent[1], "password:list": NEW}, {}]
        for values in bent:
            with self.subTest(values=values):
                answer = self.visitor().post(f"passwordreset/{random}", values)
                self.assertLess(answer.status_int, 500)
        self.assertTrue(self.portal.acl_users.authenticate("bert", PASSWORD, self.portal.REQUEST))
        self.assertEqual(200, self.visitor().request(f"passwordreset/{random}").status_int)

    def test_the_code_then_signs_in(self):
        self.protected()
        anna = self.reset()
        anna.answer()
        self.assertTrue(anna.is_signed_in())

    def test_former_sessions_have_ended(self):
        former = self.protected()
        self.reset()
        self.assertFalse(former.is_signed_in())

    def test_a_member_without_a_phone_is_signed_in_as_ever(self):
        bert = self.reset("bert")
        self.assertTrue(bert.is_signed_in())
        self.assertEqual([], testing.texts())

    def test_where_the_site_requires_it_a_member_without_a_phone_is_led_to_the_set_up(self):
        self.configure(enforcement="required")
        bert = self.reset("bert")
        self.assertEqual("@@smsauth-setup", bert.path)
        self.assertFalse(bert.is_signed_in())

    def test_without_automatic_sign_in_the_page_ends_as_ever(self):
        api.portal.set_registry_record("plone.autologin_after_password_reset", False)
        transaction.commit()
        self.protected()
        sent = len(testing.texts())
        anna = self.reset()
        self.assertFalse(anna.is_signed_in())
        self.assertEqual(sent, len(testing.texts()))
        self.assertIn("Your password has been set successfully", anna.page)

    def test_a_link_that_is_not_valid_shows_what_it_ever_showed(self):
        visitor = self.visitor()
        visitor.open("passwordreset/nonsense")
        self.assertIn("Error setting password", visitor.page)
