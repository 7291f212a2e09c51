"""The second step by e-mail alone, in the pages: set up, moved to another address, replaced by a phone, turned off, helped with."""

from collective.smsauth import testing
from collective.smsauth.tests.browser.test_recovery_codes import codes_in
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PHONE
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD

import re
import transaction

EMAIL, NEW_EMAIL = "anna@example.org", "anna@example.com"
PAGE, LINK = "@@smsauth-setup-email", "Use your e-mail address instead of a phone"


class EmailAloneTest(PageTest):
    def setUp(self):
        super().setUp()
        self.configure(channel_email=True, email_alone=True, texts_per_user=50, texts_per_address=100)
        self.anna = self.visitor()

    def code_in_mail(self, to=EMAIL):
        mails = [mail for mail in self.mails() if mail["To"] == to and "Your code for" in str(mail["Subject"])]
        return re.search(r"\b\d{6}\b", mails[-1].get_payload(decode=True).decode())[0]

    def subjects(self, to=EMAIL):
        return [str(mail["Subject"]) for mail in self.mails() if mail["To"] == to]

    def set_up(self, visitor=None):
        """Set it up by the pages, in a session that is just begun."""
        visitor = visitor or self.anna
        visitor.sign_in("anna")
        visitor.open(PAGE)
        visitor.click("send")
        self.confirm(visitor)

    def confirm(self, visitor, to=EMAIL):
        visitor.fill(code=self.code_in_mail(to))
        visitor.click("verify")

    def bound(self):
        self.set_up()
        self.clock.advance(60 * 60)
        self.forget_mails()

    def change_profile(self, email):
        api.user.get("anna").setMemberProperties({"email": email})
        transaction.commit()


class TestSetUp(EmailAloneTest):
    def test_the_page_of_the_set_up_offers_it_beside_the_number(self):
        self.anna.sign_in("anna")
        self.anna.open("@@smsauth-setup")
        self.assertIn(LINK, self.anna.page)
        self.anna.browser.getLink(LINK).click()
        self.assertEqual(PAGE, self.anna.path)
        self.assertIn(EMAIL, self.anna.page)
        self.assertIn("A phone protects better", self.anna.page)

    def test_the_right_code_binds_and_leads_to_the_recovery_codes(self):
        self.set_up()
        self.assertEqual("@@smsauth-recovery", self.anna.path)
        self.assertTrue(self.account().email_alone)
        self.assertEqual([], testing.texts())
        self.assertIn("Two-step verification was set up", self.subjects())
        member = api.user.get("anna")
        self.assertTrue(member.getProperty("two_step_verification"))
        self.assertEqual("", member.getProperty("mobile_number"))
        self.anna.open("@@smsauth-setup")
        self.assertIn(f"a code that is sent to {EMAIL}", self.anna.page)
        self.assertIn("Two-step verification is on", self.anna.page)
        self.assertNotIn(LINK, self.anna.page)

    def test_the_sessions_before_it_end(self):
        other = self.visitor()
        other.sign_in("anna")
        self.set_up()
        self.assertTrue(self.anna.is_signed_in())
        self.assertFalse(other.is_signed_in())

    def test_where_the_site_does_not_allow_it_the_page_leads_to_that_of_the_phone(self):
        for settings in ({"email_alone": False}, {"email_alone": True, "channel_email": False}):
            self.configure(**settings)
            visitor = self.visitor()
            visitor.sign_in("anna")
            visitor.open("@@smsauth-setup")
            self.assertNotIn(LINK, visitor.page)
            visitor.open(PAGE)
            self.assertEqual("@@smsauth-setup", visitor.path)

    def test_without_an_address_in_the_profile_it_says_what_to_do(self):
        self.change_profile("")
        self.anna.sign_in("anna")
        self.anna.open(PAGE)
        self.assertIn("There is no e-mail address in your profile.", self.anna.page)
        self.assertFalse(self.anna.has("form.buttons.send"))

    def test_a_member_with_a_phone_is_not_offered_it(self):
        anna = self.protected()
        anna.open("@@smsauth-setup")
        self.assertNotIn(LINK, anna.page)
        anna.open(PAGE)
        self.assertEqual("@@smsauth-setup", anna.path)

    def test_the_password_is_asked_for_where_the_session_is_old(self):
        self.anna.sign_in("anna")
        self.clock.advance(11 * 60)
        self.anna.open(PAGE)
        self.assertTrue(self.anna.has("form.widgets.password"))
        self.anna.fill(password="wrong")
        self.anna.click("send")
        self.assertEqual([], self.mails())

    def test_it_can_be_set_up_where_the_second_step_is_required_and_shows_no_address_before(self):
        self.configure(enforcement="required")
        self.anna.sign_in("anna")
        self.assertEqual("@@smsauth-setup", self.anna.path)
        self.anna.browser.getLink(LINK).click()
        self.assertNotIn(EMAIL, self.anna.page)
        self.anna.click("send")
        self.assertEqual("@@smsauth-confirm", self.anna.path)
        self.assertNotIn(EMAIL, self.anna.page)
        self.assertIn("a••••@e••••.org", self.anna.page)
        self.confirm(self.anna)
        self.assertTrue(self.anna.is_signed_in())
        self.assertTrue(self.account().email_alone)

    def test_the_code_page_speaks_of_the_address(self):
        self.anna.sign_in("anna")
        self.anna.open(PAGE)
        self.anna.click("send")
        self.assertIn("Verify your e-mail address", self.anna.page)
        self.anna.open("@@smsauth-setup")
        self.assertEqual("", self.anna.value("mobile_number"))

    def test_an_address_that_was_changed_meanwhile_is_not_bound(self):
        self.anna.sign_in("anna")
        self.anna.open(PAGE)
        self.anna.click("send")
        code = self.code_in_mail()
        self.change_profile(NEW_EMAIL)
        self.anna.fill(code=code)
        self.anna.click("verify")
        self.assertFalse(self.account().is_bound)


class TestOn(EmailAloneTest):
    def setUp(self):
        super().setUp()
        self.bound()

    def test_the_password_alone_leads_to_the_code_from_the_e_mail(self):
        visitor = self.pending()
        self.assertFalse(visitor.is_signed_in())
        self.assertIn("a••••@e••••.org", visitor.page)
        self.confirm(visitor)
        self.assertTrue(visitor.is_signed_in())

    def test_a_recovery_code_works(self):
        self.anna.open("@@smsauth-recovery")
        if self.anna.has("form.widgets.password"):
            self.anna.fill(password=testing.PASSWORD)
        self.anna.click("make")
        code = codes_in(self.anna.page)[0]
        self.configure(email_alone=False)
        visitor = self.pending()
        self.assertIn("There is no way to send you a code", visitor.page)
        visitor.open("@@smsauth-verify?letters=1")
        visitor.fill(code=code)
        visitor.click("verify")
        self.assertTrue(visitor.is_signed_in())

    def test_another_address_takes_its_place_once_it_is_proved(self):
        self.change_profile(NEW_EMAIL)
        visitor = self.pending()
        self.confirm(visitor)
        self.assertTrue(visitor.is_signed_in())
        visitor.open("@@smsauth-contacts")
        self.assertIn(EMAIL, visitor.page)
        self.assertIn(NEW_EMAIL, visitor.page)
        visitor.open("@@smsauth-setup")
        visitor.browser.getLink("Have the codes sent to the new e-mail address in your profile").click()
        visitor.click("send")
        self.confirm(visitor, NEW_EMAIL)
        self.assertEqual([NEW_EMAIL], list(self.account().contacts))
        self.assertTrue(visitor.is_signed_in())
        self.assertIn("Your e-mail address for logging in was changed", self.subjects(NEW_EMAIL))

    def test_the_page_of_the_new_address_proves_it_as_well(self):
        self.change_profile(NEW_EMAIL)
        visitor = self.pending()
        self.confirm(visitor)
        visitor.open("@@smsauth-contacts")
        visitor.browser.getLink(NEW_EMAIL).click()
        self.assertFalse(visitor.has("form.buttons.remove"))
        visitor.click("send")
        self.assertEqual("@@smsauth-confirm", visitor.path)
        self.confirm(visitor, NEW_EMAIL)
        self.assertEqual([NEW_EMAIL], list(self.account().contacts))

    def test_the_list_shows_the_address_and_asks_for_no_further_number(self):
        visitor = self.pending()
        self.confirm(visitor)
        visitor.open("@@smsauth-contacts")
        self.assertIn(EMAIL, visitor.page)
        self.assertFalse(visitor.has("form.widgets.address"))

    def test_a_phone_takes_its_place(self):
        visitor = self.pending()
        self.confirm(visitor)
        visitor.ask_code(PHONE)
        visitor.fill(code=testing.last_code())
        visitor.click("verify")
        account = self.account()
        self.assertEqual((PHONE, False, [EMAIL]), (account.number, account.email_alone, list(account.contacts)))
        self.assertIn("Two-step verification was set up", self.subjects())

    def test_it_can_be_turned_off(self):
        visitor = self.pending()
        self.confirm(visitor)
        visitor.open("@@smsauth-disable")
        self.assertNotIn("phone number", visitor.page)
        visitor.fill(password=testing.PASSWORD)
        visitor.click("disable")
        self.assertFalse(self.account().is_bound)

    def test_the_help_desk_shows_it_and_turns_it_off(self):
        admin = self.visitor()
        admin.sign_in(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)
        admin.open("@@smsauth-members")
        admin.browser.getControl(name="search").value = "anna"
        admin.browser.getForm(action="@@smsauth-members").submit()
        self.assertIn("by e-mail alone to a••••@e••••.org", admin.page)
        self.assertIn("Recovery codes left: 0", admin.page)
        admin.click("turn_off")
        self.assertFalse(self.account().is_bound)

    def test_the_page_of_the_lost_phone_sends_nothing(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-reset-request")
        visitor.fill(username="anna", mobile_number=PHONE)
        visitor.click("submit")
        self.assertEqual(([], []), (self.mails(), testing.texts()))


class TestNewPassword(EmailAloneTest):
    """The code before the e-mail for a new password."""

    def setUp(self):
        super().setUp()
        self.configure(access_page=True)
        self.bound()

    def ask(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-access")
        visitor.fill(username="anna")
        visitor.click("submit" if visitor.has("form.buttons.submit") else "send")
        return visitor

    def test_where_both_would_come_to_one_mailbox_the_member_is_told_whom_to_ask(self):
        visitor = self.ask()
        self.assertEqual(["A new password cannot be sent to you by e-mail"], self.subjects())
        body = self.mails()[0].get_payload(decode=True).decode()
        self.assertIn("Please ask the administrators", body)
        self.assertNotRegex(body, r"\b\d{6}\b")
        other = self.visitor()
        other.open("@@smsauth-access")
        other.fill(username="nobody")
        other.click("submit" if other.has("form.buttons.submit") else "send")
        self.assertEqual(visitor.page, other.page)

    def test_the_code_goes_to_the_verified_address_and_the_new_password_to_that_of_the_profile(self):
        self.change_profile(NEW_EMAIL)
        self.forget_mails()
        visitor = self.ask()
        self.confirm(visitor)
        self.assertEqual(1, len(self.subjects(EMAIL)))
        self.assertEqual(1, len(self.subjects(NEW_EMAIL)))
