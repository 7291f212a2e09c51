"""Turning two-step verification off."""

from collective.smsauth import testing
from collective.smsauth.tests.support.bare_pages import whole_page
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PHONE
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD


class TestDisable(PageTest):
    """Anna is protected and signed in."""

    def setUp(self):
        super().setUp()
        self.anna = self.protected()
        self.anna.open("@@smsauth-disable")

    def turn_off(self, password=testing.PASSWORD):
        self.anna.fill(password=password)
        self.anna.click("disable")

    @whole_page
    def test_the_page_says_what_it_means(self):
        self.assertIn("whoever knows your password can log in as you", self.anna.page)
        self.assertIn("Turn off two-step verification", self.anna.title)
        self.assertTrue(self.anna.browser.getLink("Back to two-step verification").url.endswith("@@smsauth-setup"))

    def test_the_password_turns_it_off_and_nothing_is_left(self):
        self.turn_off()
        self.assertEqual("@@smsauth-setup", self.anna.path)
        self.assertIn("Two-step verification was turned off", self.anna.news)
        self.clock.advance(120)
        account = self.account()
        self.assertEqual(("", {}), (account.number, account.challenges))
        self.assertFalse([name for name in account.sessions if account.sessions[name].lasts(now=self.clock())])

    def test_afterwards_the_password_alone_signs_in(self):
        self.turn_off()
        self.assertTrue(self.anna.is_signed_in())
        anna = self.visitor()
        anna.sign_in("anna")
        self.assertTrue(anna.is_signed_in())
        self.assertEqual([PHONE], [text.to for text in testing.texts()])

    def test_one_notice_by_e_mail_says_so(self):
        self.turn_off()
        (notice,) = self.mails()
        self.assertEqual("anna@example.org", notice["To"])
        self.assertEqual("Two-step verification was turned off", notice["Subject"])

    def test_a_wrong_password_turns_nothing_off_and_is_counted(self):
        self.turn_off("wrong")
        self.assertIn("This is not your password", self.anna.errors)
        self.assertEqual((PHONE, 1), (self.account().number, self.account().failures))
        self.assertEqual([], self.mails())
        self.assertNotIn('value="wrong"', self.anna.browser.contents)

    def test_no_password_is_no_answer(self):
        self.turn_off("")
        self.assertIn("Required input is missing", self.anna.errors)
        self.assertEqual((PHONE, 0), (self.account().number, self.account().failures))

    def test_many_wrong_passwords_bring_a_pause_in_which_nothing_is_compared(self):
        self.configure(failures_before_pause=5)
        for _ in range(5):
            self.turn_off("wrong")
        self.turn_off()
        self.assertIn("You can try again in 60 seconds", self.anna.errors)
        self.assertEqual(PHONE, self.account().number)
        self.clock.advance(61)
        self.turn_off()
        self.assertEqual("", self.account().number)

    def test_a_wrong_password_without_the_token_of_plone_is_counted_all_the_same(self):
        sent = {"form.widgets.password": "wrong", "form.buttons.disable": "x", "token": self.anna.token()}
        self.anna.post("@@smsauth-disable", sent)
        self.assertEqual(1, self.account().failures)

    def test_a_get_turns_nothing_off(self):
        query = f"form.widgets.password={testing.PASSWORD}&form.buttons.disable=x&token={self.anna.token()}"
        self.anna.request(f"@@smsauth-disable?{query}".replace(" ", "+"))
        self.assertEqual(PHONE, self.account().number)

    def test_without_the_token_of_the_form_nothing_is_turned_off(self):
        sent = {"form.widgets.password": testing.PASSWORD, "form.buttons.disable": "x"}
        answer = self.anna.post("@@smsauth-disable", sent)
        self.assertIn("Please try again", answer.text)
        self.assertEqual(PHONE, self.account().number)

    def test_where_the_site_requires_it_it_cannot_be_turned_off(self):
        token = self.anna.token()
        self.configure(enforcement="required")
        self.anna.open("@@smsauth-disable")
        self.assertIn("This site requires two-step verification, so it cannot be turned off", self.anna.page)
        self.assertFalse(self.anna.has("form.widgets.password"))
        sent = {"form.widgets.password": testing.PASSWORD, "form.buttons.disable": "x", "token": token}
        self.anna.post("@@smsauth-disable", sent)
        self.assertEqual(PHONE, self.account().number)

    def test_where_the_site_requires_it_no_page_leads_to_turning_off(self):
        self.configure(enforcement="required")
        self.anna.open("@@smsauth-setup")
        self.assertNotIn("@@smsauth-disable", self.anna.browser.contents)


class TestOthers(PageTest):
    """Those who have nothing to turn off."""

    def test_a_visitor_is_led_to_the_sign_in_and_back(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-disable")
        self.assertIn("Please log in first", visitor.page)
        self.assertIn("came_from=", visitor.browser.getLink("Log in", url="came_from").url)

    def test_a_member_without_it_is_told_so(self):
        bert = self.visitor()
        bert.sign_in("bert")
        bert.open("@@smsauth-disable")
        self.assertIn("there is nothing to turn off", bert.page)
        self.assertFalse(bert.has("form.widgets.password"))

    def test_a_user_of_the_zope_root_is_told_that_there_is_nothing(self):
        owner = self.visitor()
        owner.browser.addHeader("Authorization", f"Basic {SITE_OWNER_NAME}:{SITE_OWNER_PASSWORD}")
        owner.open("@@smsauth-disable")
        self.assertIn("there is nothing to turn off", owner.page)
        self.assertNotIn("Please log in first", owner.page)

    def test_a_pending_sign_in_is_not_enough(self):
        self.protected()
        thief = self.pending()
        thief.open("@@smsauth-disable")
        self.assertIn("Please log in first", thief.page)
        self.assertFalse(thief.has("form.widgets.password"))
