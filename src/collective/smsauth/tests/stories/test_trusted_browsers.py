"""Trusted browsers, the code before a password reset and the answer to a warning, told in Chromium."""

from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.stories.test_member import BrowserTest
from collective.smsauth.tests.support.administrator import configure
from collective.smsauth.tests.support.screens import axe
from collective.smsauth.tests.support.screens import PHONE

import re

NEW = "a new secret 99"


class TrustTest(BrowserTest):
    """Anna is protected; the site trusts browsers for a month and asks for a code before a password reset."""

    def setUp(self):
        super().setUp()
        self.protect()
        configure(trust_days=30, access_page=True)

    def link(self):
        """Return the address of our page, or of Plone's, in the last e-mail."""
        body = self.office.mails()[-1].get_content()
        return re.search(r"https?://\S+(?:smsauth-not-me|passwordreset)\S+", body)[0]

    def trusting(self, screens):
        """Sign in, tick the offer, and see the list."""
        screens.sign_in("anna").fill("code", last_code())
        screens.page.check("text=Don’t ask for a code on this browser for 30 days")
        return screens.press("verify").open("@@smsauth-browsers")

    def choose(self, screens):
        """Choose a new password on Plone's page."""
        for name, value in (("userid", "anna"), ("password", NEW), ("password2", NEW)):
            screens.page.fill(f"#content [name={name}]", value)
        return screens.go(lambda: screens.page.click("#content [type=submit]"))


class Story:
    """The chapters; each is told by itself."""

    def test_a_browser_is_trusted_and_forgotten(self):
        screens = self.trusting(self.screens)
        self.assertEqual("Trusted browsers", screens.title)
        self.assertRegex(screens.text, "Headless ?Chrome on Linux this browser")
        screens.sign_out().sign_in("anna")
        self.assertTrue(screens.is_signed_in, "without a code")
        screens.open("@@smsauth-browsers").press("forget")
        self.assertFalse(screens.is_signed_in, "the session rested on it")
        self.assertNotEqual("", screens.message)
        self.layer["clock"].advance(31)
        screens.sign_in("anna")
        self.assertEqual("Enter the code from your phone", screens.title)

    def test_a_code_comes_before_the_e_mail_for_a_new_password(self):
        screens = self.screens.open("mail_password_form")
        self.assertEqual("Forgot your password?", screens.title)
        screens.fill("username", "anna").press("submit")
        screens.fill("code", self.wrong_code()).press("verify")
        self.assertIn("Tries left for this code: 4.", screens.text)
        screens.fill("code", last_code()).press("verify")
        self.assertIn("The code was right.", screens.text)
        self.choose(screens.open(self.link()))
        self.layer["clock"].advance(31)
        screens.sign_in("anna", NEW)
        self.assertEqual("Enter the code from your phone", screens.title)

    def test_wrong_codes_are_told_and_disowned(self):
        thief = self.look(**self.window)
        thief.sign_in("anna")
        for _ in range(3):
            thief.fill("code", self.wrong_code()).press("verify")
        self.assertEqual(["Wrong codes at your login"], self.subjects())
        screens = self.screens.open(self.link())
        self.assertEqual("Was that not you?", screens.title)
        screens.press("disown")
        self.assertIn("All sessions were ended", screens.message)
        self.choose(screens)
        thief.sign_in("anna")
        self.assertNotEqual("Enter the code from your phone", thief.title)


class DesktopTest(Story, TrustTest):
    """With JavaScript on a desktop."""


class PhoneTest(Story, TrustTest):
    """On a phone."""

    window = {"size": PHONE}


class PlainTest(Story, TrustTest):
    """Without JavaScript."""

    window = {"scripts": False}


class KeyboardTest(TrustTest):
    """No mouse."""

    def test_the_offer_is_taken_between_code_and_button(self):
        keyboard, screens = self.screens.page.keyboard, self.screens.sign_in("anna")
        self.assertEqual("code", screens.focused)
        keyboard.type(last_code())
        keyboard.press("Tab")
        self.assertTrue(screens.focused.startswith("trust"), screens.focused)
        self.assertTrue(screens.shows_focus())
        keyboard.press("Space")
        keyboard.press("Tab")
        self.assertEqual("verify", screens.focused)
        screens.go(lambda: keyboard.press("Enter"))
        self.assertTrue(screens.is_signed_in)
        screens.sign_out().sign_in("anna")
        self.assertTrue(screens.is_signed_in)


class AxeTest(TrustTest):
    """What axe-core says of each screen."""

    def setUp(self):
        super().setUp()
        if not axe().exists():
            self.skipTest("axe-core is not there: npm ci")

    def assert_fine(self, screens):
        self.assertEqual([], screens.serious_findings(), screens.title)

    def test_code_page_with_the_offer_and_browsers(self):
        self.assert_fine(self.screens.sign_in("anna"))
        self.layer["clock"].advance(31)
        self.assert_fine(self.trusting(self.screens))
        self.assert_fine(self.screens.press("forget_all"))

    def test_access_pages(self):
        self.assert_fine(self.screens.open("@@smsauth-access"))
        self.assert_fine(self.screens.fill("username", "anna").press("submit"))
        self.assert_fine(self.screens.fill("code", "1").press("verify"))
        self.assert_fine(self.screens.fill("code", last_code()).press("verify"))

    def test_the_page_of_the_warning(self):
        self.screens.sign_in("anna")
        for _ in range(3):
            self.screens.fill("code", self.wrong_code()).press("verify")
        other = self.look()
        self.assert_fine(other.open(self.link()))
        self.assert_fine(other.open("@@smsauth-not-me?warning=x"))
        self.assertNotIn(PASSWORD, other.text)
