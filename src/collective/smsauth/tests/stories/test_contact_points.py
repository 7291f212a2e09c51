"""Contact points, other ways and trouble, told in Chromium: at a desk, on a telephone, without JavaScript, with the keyboard alone."""

from collective.smsauth.testing import last_code
from collective.smsauth.testing import texts
from collective.smsauth.tests.stories.test_member import AxeTest
from collective.smsauth.tests.stories.test_member import BrowserTest
from collective.smsauth.tests.stories.test_member import OTHER_NUMBER
from collective.smsauth.tests.support.administrator import configure
from collective.smsauth.tests.support.screens import PHONE
from dataclasses import replace

import re
import transaction

EMAIL = "anna@example.org"


class ContactsScreens:
    """What the tests below do."""

    def give(self, *addresses, name="anna"):
        """Have further verified contact points since yesterday."""
        accounts, now = self.layer["portal"].acl_users.smsauth.accounts, self.layer["clock"]()
        accounts.save(name, replace(accounts.get(name), contacts=dict.fromkeys(addresses, now - 86400)))
        transaction.commit()

    def sign_in(self):
        """Sign in with the code of a text."""
        return self.screens.sign_in("anna").fill("code", last_code()).press("verify")

    def take_way(self, words, screens=None):
        """Press the button of one of the other ways."""
        screens = screens or self.screens
        return screens.go(lambda: screens.page.click(f"#content button:has-text('{words}')"))

    def code_in_mail(self):
        """Return the code in the last e-mail."""
        return re.search(r"\b\d{6}\b", self.office.mails()[-1].get_content())[0]

    def contacts(self, name="anna"):
        """Return the further contact points that the site has of a member."""
        transaction.begin()
        return set(self.layer["portal"].acl_users.smsauth.accounts.get(name).contacts)


class Story(ContactsScreens):
    """The chapters; each is told by itself."""

    def setUp(self):
        super().setUp()
        self.protect()
        configure(channel_email=True, texts_per_user=50)

    def test_a_member_adds_a_number_and_corrects_a_typo_on_the_way(self):
        screens = self.sign_in().open("@@smsauth-contacts")
        screens.fill("address", "+31 6 8765432").press("send")
        self.assertIn("There is no such phone number", screens.text)
        screens.fill("address", "+31 6 87654320").press("send")
        self.assertIn("sent by text message to +31 6 87654320", screens.text)
        screens.press("back")
        self.assertEqual("+31 6 87654320", screens.value("address"))
        screens.fill("address", OTHER_NUMBER).press("send")
        screens.fill("code", last_code(OTHER_NUMBER)).press("verify")
        self.assertIn("+31 6 87654321 verified", screens.text)
        self.assertEqual({OTHER_NUMBER}, self.contacts())

    def test_a_member_verifies_the_address_of_the_profile_and_signs_in_with_it(self):
        screens = self.sign_in().open("@@smsauth-contacts")
        screens.follow(EMAIL).press("send")
        self.assertIn(f"sent by e-mail to {EMAIL}", screens.text)
        screens.fill("code", self.code_in_mail()).press("verify")
        self.assertIn(f"{EMAIL} verified", screens.text)
        self.layer["clock"].advance(31)
        screens.sign_out().sign_in("anna")
        self.take_way("E-mail to")
        self.assertEqual("Enter the code from the e-mail", screens.title)
        self.assertNotIn(EMAIL, screens.text)
        screens.fill("code", self.code_in_mail()).press("verify")
        self.assertTrue(screens.is_signed_in)

    def test_a_member_makes_another_number_the_primary_one_and_removes_the_former(self):
        self.give(OTHER_NUMBER)
        screens = self.sign_in().open("@@smsauth-contacts")
        screens.follow("+31 6 87654321").press("primary")
        self.assertEqual(OTHER_NUMBER, self.number())
        self.assertTrue(screens.open().is_signed_in)
        screens.open("@@smsauth-contacts").follow("+31 6 12345678").press("remove")
        self.assertEqual(set(), self.contacts())
        self.assertEqual(2, len([subject for subject in self.subjects() if "login codes" in subject]))

    def test_who_gets_no_code_is_told_why_and_takes_another_way(self):
        self.give(EMAIL)
        configure(gateway="twilio")
        screens = self.screens.sign_in("anna")
        self.assertEqual("This site cannot send your code", screens.title)
        self.take_way("E-mail to")
        screens.fill("code", self.code_in_mail()).press("verify")
        self.assertTrue(screens.is_signed_in)


class DesktopTest(Story, BrowserTest):
    """The story at a desk."""


class PhoneTest(Story, BrowserTest):
    """The story on a telephone, 390 pixels wide."""

    window = {"size": PHONE}


class WithoutScriptsTest(Story, BrowserTest):
    """The story without JavaScript."""

    window = {"scripts": False}


class KeyboardTest(ContactsScreens, BrowserTest):
    """No mouse."""

    def setUp(self):
        super().setUp()
        self.protect()
        self.give(OTHER_NUMBER, EMAIL)
        configure(channel_email=True, texts_per_user=50)

    def tab_to(self, words):
        for _ in range(60):
            if words in self.screens.focused:
                self.assertTrue(self.screens.shows_focus(), words)
                return
            self.screens.page.keyboard.press("Tab")
        self.fail(f"Sixty times Tab do not lead to {words}")

    def enter(self):
        self.screens.go(lambda: self.screens.page.keyboard.press("Enter"))

    def test_another_way_is_taken_without_a_mouse_and_enter_in_the_field_still_verifies(self):
        self.screens.sign_in("anna")
        self.assertEqual("code", self.screens.focused)
        self.screens.page.keyboard.type(self.wrong_code())
        self.enter()
        self.assertIn("This code is not right", self.screens.text)
        self.press_way("87654321")
        self.assertEqual(OTHER_NUMBER, texts()[0].to)
        self.screens.page.keyboard.type(last_code())
        self.enter()
        self.assertTrue(self.screens.is_signed_in)

    def press_way(self, _number):
        # all buttons of the ways have one name: the first of them is the text to the other number
        for _ in range(60):
            self.screens.page.keyboard.press("Tab")
            if self.screens.page.evaluate("() => document.activeElement.name") == "form.buttons.another":
                break
        self.assertTrue(self.screens.shows_focus())
        self.assertIn("Text message", self.screens.page.evaluate("() => document.activeElement.innerText"))
        self.enter()

    def test_a_number_is_added_and_removed_without_a_mouse(self):
        self.give()
        self.sign_in().open("@@smsauth-contacts")
        self.assertEqual("address", self.screens.focused)
        self.screens.page.keyboard.type("+31 6 87654321")
        self.enter()
        self.assertEqual("code", self.screens.focused)
        self.screens.page.keyboard.type(last_code(OTHER_NUMBER))
        self.enter()
        self.assertEqual({OTHER_NUMBER}, self.contacts())
        self.screens.page.evaluate("() => document.querySelector('#content h1, h1').focus()")
        self.screens.page.evaluate("() => document.activeElement.blur()")
        self.tab_to("+31 6 87654321")
        self.enter()
        self.tab_to("remove")
        self.enter()
        self.assertEqual(set(), self.contacts())


class ModalTest(ContactsScreens, BrowserTest):
    """The sign-in in the window that Plone opens over a page."""

    def test_another_way_leads_from_the_modal_to_the_page_of_the_code(self):
        self.protect()
        self.give(OTHER_NUMBER)
        screens = self.screens.open_modal().sign_in_there("anna")
        screens.go(lambda: screens.page.click(".modal.show button:has-text('Text message to')"))
        self.assertIn("A new code is on its way", screens.text)
        screens.fill("code", last_code(OTHER_NUMBER)).press("verify")
        self.assertTrue(screens.is_signed_in)


class AccessibilityTest(ContactsScreens, AxeTest):
    """axe-core on each of the screens."""

    def setUp(self):
        super().setUp()
        self.protect()
        self.give(OTHER_NUMBER, "+31201234567", EMAIL)
        configure(channel_email=True, channel_voice=True, texts_per_user=50)

    def test_the_list_and_its_pages(self):
        self.sign_in().open("@@smsauth-contacts")
        self.assert_accessible("Phone numbers and e-mail address")
        self.screens.fill("address", "none").press("send")
        self.assert_accessible("Phone numbers and e-mail address")
        self.screens.fill("address", "+31611111111").press("send")
        self.assert_accessible("Phone numbers and e-mail address")
        self.screens.press("back").follow("+31 6 87654321")
        self.assert_accessible("+31 6 87654321")
        self.screens.open("@@smsauth-contacts").press("back").follow(EMAIL)
        self.assert_accessible(EMAIL)
        self.screens.open("@@smsauth-contact?point=none")
        self.assert_accessible("Phone numbers and e-mail address")

    def test_the_pages_with_the_password_asked_again(self):
        self.sign_in()
        self.layer["clock"].advance(700)
        self.screens.open("@@smsauth-contacts")
        self.assert_accessible("Phone numbers and e-mail address")
        self.screens.follow("+31 6 87654321").fill("password", "wrong").press("remove")
        self.assert_accessible("+31 6 87654321")

    def test_the_code_form_with_another_way(self):
        self.screens.sign_in("anna")
        self.assertIn("Send it another way", self.screens.text)
        self.assert_accessible("Enter the code from your phone")
        self.take_way("ending in 67")
        self.assert_accessible("Enter the code from the call")

    def test_the_page_of_trouble(self):
        configure(gateway="twilio")
        self.screens.sign_in("anna")
        self.assert_accessible("This site cannot send your code")
        configure(channel_text=False, channel_voice=False, channel_email=False)
        self.screens.sign_in("anna")
        self.assert_accessible("There is no way to send you a code")

    def test_the_page_of_trouble_on_a_telephone(self):
        configure(gateway="twilio")
        screens = self.look(size=PHONE).sign_in("anna")
        self.assertEqual([], screens.serious_findings())
        self.assertEqual([], screens.too_wide())
