"""The box on Plone's account pages."""

from collective.smsauth.testing import FUNCTIONAL
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.administrator import Administrator
from plone.app.testing import applyProfile

import transaction
import unittest

PAGES = ("@@personal-preferences", "@@personal-information", "@@change-password")


class AccountBoxTest(unittest.TestCase):
    """What it says, and to whom."""

    layer = FUNCTIONAL

    def box(self, page):
        """Return the box in a page, '' if there is none."""
        return page.split("smsauth-account")[1].split("</div>")[0] if "smsauth-account" in page else ""

    def test_a_member_without_a_phone_is_led_to_the_set_up(self):
        bert = Administrator(self.layer, "bert", PASSWORD)
        for page in PAGES:
            with self.subTest(page=page):
                box = self.box(bert.open(page))
                self.assertIn("Two-step verification: off", box)
                self.assertIn("/@@smsauth-setup", box)

    def test_a_user_of_the_root_sees_no_box(self):
        owner = Administrator(self.layer)
        self.assertEqual(self.box(owner.open("@@personal-preferences")), "")

    def test_an_administrator_who_edits_another_member_sees_no_box(self):
        owner = Administrator(self.layer)
        page = owner.open("@@user-information?userid=bert")
        self.assertIn("bert@example.org", page)
        self.assertEqual(self.box(page), "")

    def test_it_is_gone_with_the_add_on(self):
        applyProfile(self.layer["portal"], "collective.smsauth:uninstall")
        transaction.commit()
        bert = Administrator(self.layer, "bert", PASSWORD)
        page = bert.open("@@personal-preferences")
        self.assertIn("form.widgets.", page)
        self.assertEqual(self.box(page), "")
