"""Plone's page for a new password: a mailed link is no second factor."""

from collective.smsauth import testing
from collective.smsauth.tests.support.visitor import PageTest
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
