"""Plone's page of the profile: before the e-mail address can be changed, a code has to be entered in this session."""

from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import new_session
from collective.smsauth.pas import passwords
from collective.smsauth.tests.support.members import ticket
from collective.smsauth.tests.support.visitor import PageTest
from plone import api

import re
import transaction

PAGE = "@@personal-information"
NEW = "new@example.org"


class ProfileTest(PageTest):
    """Anna is protected; one of her browsers is trusted."""

    def setUp(self):
        super().setUp()
        self.real = self.protected()
        self.spared = self.visitor()
        self.spared.set_cookie("__ac", ticket("anna", self.skip()))

    def skip(self):
        """Return what names a session of anna in which no code was given."""
        accounts, users = self.portal.acl_users.smsauth.accounts, self.portal.acl_users
        secret, session = new_session(
            now=self.clock(),
            lifetime=3600,
            fingerprint=passwords.fingerprint(users, "anna"),
            means=Means.TRUSTED_BROWSER,
        )
        accounts.save("anna", accounts.get("anna").with_session(secret, session))
        transaction.commit()
        return secret

    def email(self):
        transaction.begin()
        return api.user.get("anna").getProperty("email")

    def asks_for_it(self, visitor):
        return re.search(r'<input[^>]*\sname="form\.widgets\.email"', visitor.browser.contents) is not None

    def test_without_a_code_the_address_is_shown_and_the_page_says_why(self):
        self.spared.open(PAGE)
        self.assertIn("anna@example.org", self.spared.page)
        self.assertIn("To change your e-mail address, enter a code first", self.spared.page)
        self.assertFalse(self.asks_for_it(self.spared))

    def test_a_field_that_comes_twice_or_as_a_record_gets_an_answer(self):
        for page, visitor in ((PAGE, self.real), (PAGE, self.spared), ("@@user-information", self.real)):
            visitor.open(PAGE)
            token = visitor.browser.getControl(name="_authenticator", index=0).value
            for odd in (
                (("form.widgets.email", NEW), ("form.widgets.email", NEW)),
                (("form.widgets.email.x:record", NEW),),
                (
                    ("form.widgets.fullname", "a"),
                    ("form.widgets.fullname", "b"),
                    ("form.widgets.email", "anna@example.org"),
                ),
                (("userid", "anna"), ("userid", "anna"), ("form.widgets.email", NEW)),
            ):
                with self.subTest(page=page, odd=odd):
                    before = self.email()
                    answer = visitor.post(page, [("_authenticator", token), ("form.buttons.save", "Save"), *odd])
                    self.assertLess(answer.status_int, 500)
                    if visitor is self.spared:
                        self.assertEqual(before, self.email())

    def test_the_rest_can_be_saved(self):
        self.spared.open(PAGE)
        self.spared.fill(fullname="Anna")
        self.spared.click("save")
        self.assertIn("Changes saved", self.spared.news)
        transaction.begin()
        self.assertEqual("Anna", api.user.get("anna").getProperty("fullname"))

    def test_the_button_leads_to_the_code_form_and_back(self):
        self.spared.open(PAGE)
        self.spared.click("prove")
        self.assertEqual("@@smsauth-verify", self.spared.path)
        self.spared.answer()
        self.assertEqual(PAGE, self.spared.path)
        self.spared.fill(email=NEW)
        self.spared.click("save")
        self.assertEqual(NEW, self.email())

    def test_looking_at_the_page_sends_nothing(self):
        before = self.account().sent_at
        self.spared.open(PAGE)
        self.assertEqual(before, self.account().sent_at)

    def test_with_a_code_it_is_plones_page(self):
        self.real.open(PAGE)
        self.assertFalse(self.real.has("form.buttons.prove"))
        self.real.fill(email=NEW)
        self.real.click("save")
        self.assertEqual(NEW, self.email())

    def test_for_members_without_two_step_verification_too(self):
        bert = self.visitor()
        bert.sign_in("bert")
        bert.open(PAGE)
        self.assertTrue(self.asks_for_it(bert))
        self.assertFalse(bert.has("form.buttons.prove"))

    def test_a_form_that_was_made_up_leads_to_the_code_form_and_says_why(self):
        answer = self.spared.post(PAGE, {"form.widgets.email": NEW, "form.buttons.save": "Save"})
        self.assertEqual(302, answer.status_int)
        self.spared.browser.open(answer.location)
        self.assertIn("enter a code first", self.spared.news)
        self.assertEqual("anna@example.org", self.email())

    def test_an_administrator_may_change_that_of_others_without_a_code(self):
        api.user.grant_roles(username="anna", roles=["Site Administrator"])
        transaction.commit()
        self.spared.open("@@user-information?userid=bert")
        self.spared.fill(email=NEW)
        self.spared.click("save")
        transaction.begin()
        self.assertEqual(NEW, api.user.get("bert").getProperty("email"))
        self.spared.open("@@user-information?userid=anna")
        self.assertFalse(self.asks_for_it(self.spared))
