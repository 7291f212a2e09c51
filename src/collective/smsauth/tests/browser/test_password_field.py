"""The password is compared as it was typed, wherever a page asks for it again."""

from collective.smsauth import testing
from collective.smsauth.tests.support.members import commit
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest

import re

PASSWORDS = (
    " two words at the ends ",
    "\tTab and blank ",
    "pässwörd ٣ 漢字\u00a0",
    "\u3000wide\u3000",
    "trailing dot. ",
)


class TestPasswords(PageTest):
    """Anna is protected, and signed in so long ago that her password is asked for."""

    def setUp(self):
        super().setUp()
        self.configure(texts_per_user=50, texts_per_address=100)

    def member(self, password):
        """Return anna's browser, long after she signed in with that password."""
        self.portal.acl_users.source_users.updateUserPassword("anna", password)
        commit()
        return self.protected()

    def ask(self, anna, page, button, password, **fields):
        anna.open(page)
        self.assertTrue(anna.has("form.widgets.password"), page)
        anna.fill(password=password, **fields)
        anna.click(button)

    def test_it_turns_the_second_step_off(self):
        for password in PASSWORDS:
            with self.subTest(password):
                anna = self.member(password)
                self.ask(anna, "@@smsauth-disable", "disable", password)
                self.assertEqual("", self.account().number, anna.errors)

    def test_it_makes_recovery_codes(self):
        for password in PASSWORDS:
            with self.subTest(password):
                anna = self.member(password)
                self.ask(anna, "@@smsauth-recovery", "make", password)
                self.assertIn("These codes are shown only now", anna.page)

    def test_it_has_a_code_sent_to_another_number(self):
        for page, field in (("@@smsauth-setup", "mobile_number"), ("@@smsauth-contacts", "address")):
            for password in PASSWORDS:
                with self.subTest(f"{page} {password}"):
                    anna = self.member(password)
                    self.ask(anna, page, "send", password, **{field: OTHER_PHONE})
                    self.assertEqual(OTHER_PHONE, testing.texts()[0].to, anna.errors)
                    self.clock.advance(24 * 60 * 60)

    def test_it_removes_a_contact_point(self):
        for password in PASSWORDS:
            with self.subTest(password):
                anna = self.member(password)
                accounts = self.portal.acl_users.smsauth.accounts
                account = accounts.get("anna")
                accounts.save(
                    "anna", account.__class__(**{**account.__dict__, "contacts": {OTHER_PHONE: self.clock()}})
                )
                commit()
                anna.open("@@smsauth-contacts")
                anna.browser.open(re.search(r'href="([^"]*smsauth-contact\?point=\w+)"', anna.browser.contents)[1])
                anna.fill(password=password)
                anna.click("remove")
                self.assertEqual({}, self.account().contacts, anna.errors)

    def test_the_field_masks_it_is_named_for_password_managers_and_takes_long_ones(self):
        password = "a long pass phrase " * 50
        anna = self.member(password)
        anna.open("@@smsauth-disable")
        field = re.search(r'<input[^>]*name="form.widgets.password"[^>]*>', anna.browser.contents)[0]
        self.assertIn('type="password"', field)
        self.assertIn('autocomplete="current-password"', field)
        self.assertNotIn("onpaste", anna.browser.contents)
        anna.fill(password=password)
        anna.click("disable")
        self.assertEqual("", self.account().number, anna.errors)

    def test_without_its_blanks_it_is_another_one(self):
        anna = self.member(PASSWORDS[0])
        self.ask(anna, "@@smsauth-disable", "disable", PASSWORDS[0].strip())
        self.assertIn("This is not your password", anna.errors)

    def test_blanks_that_are_none_of_it_make_it_another_one(self):
        anna = self.protected()
        self.ask(anna, "@@smsauth-disable", "disable", f"{testing.PASSWORD} ")
        self.assertIn("This is not your password", anna.errors)
