"""The first page of the set-up: which number, who may, and what is asked for again."""

from collective.smsauth import testing
from collective.smsauth.permissions import SET_UP_OWN
from collective.smsauth.tests.support.bare_pages import whole_page
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PHONE
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD

import datetime
import transaction


class TestNumber(PageTest):
    """What may be typed as a number, and what comes of it."""

    def setUp(self):
        super().setUp()
        self.anna = self.visitor()
        self.anna.sign_in("anna")

    def test_a_number_in_international_form_gets_a_text(self):
        self.anna.ask_code("+31 6 12345678")
        self.assertEqual([PHONE], [text.to for text in testing.texts()])
        self.assertEqual("@@smsauth-confirm", self.anna.path)

    def test_a_number_in_national_form_is_read_in_the_default_region(self):
        self.configure(default_region="NL")
        self.anna.ask_code("06-12345678")
        self.assertEqual([PHONE], [text.to for text in testing.texts()])
        self.assertIn("+31 6 12345678", self.anna.page)

    def test_the_help_names_the_default_region(self):
        self.configure(default_region="NL")
        self.anna.open("@@smsauth-setup")
        self.assertIn("or as it is dialled in NL (Netherlands).", self.anna.page)

    def test_a_number_in_national_form_is_refused_without_default_region_and_kept(self):
        self.anna.ask_code("0612345678")
        self.assertIn("Write it with + and the country code", self.anna.errors)
        self.assertEqual("0612345678", self.anna.value("mobile_number"))
        self.assertEqual([], testing.texts())

    def test_numbers_that_are_of_no_use_are_refused_each_with_advice(self):
        cases = {
            "": "Required input is missing",
            "   ": "Required input is missing",
            "my phone": "This is not a phone number",
            "+31 6 1234": "There is no such phone number",
            "+31 20 123 4567": "This number cannot receive text messages",
            "+1 900 555 0123": "This number cannot receive text messages",
            "+31612345678 ext. 9": "There is no such phone number",
        }
        for typed, advice in cases.items():
            with self.subTest(typed):
                self.anna.ask_code(typed)
                self.assertIn(advice, self.anna.errors)
        self.assertEqual([], testing.texts())
        self.assertEqual("", self.account().number)

    def test_a_field_in_error_says_so_to_screen_readers(self):
        self.anna.ask_code("12")
        self.assertIn('aria-invalid="true"', self.anna.browser.contents)

    def test_another_number_can_be_had_at_once(self):
        self.anna.ask_code(PHONE)
        self.anna.ask_code(OTHER_PHONE)
        self.assertEqual([OTHER_PHONE, PHONE], [text.to for text in testing.texts()])
        self.assertEqual("@@smsauth-confirm", self.anna.path)

    def test_the_same_number_again_leads_to_the_code_that_is_under_way(self):
        self.anna.ask_code(PHONE)
        self.anna.ask_code(PHONE)
        self.assertEqual(1, len(testing.texts()))
        self.assertEqual("@@smsauth-confirm", self.anna.path)

    def test_too_many_texts_are_refused_with_the_time_to_wait(self):
        for last in range(5):
            self.anna.ask_code(f"+316123456{last}1")
        self.anna.ask_code("+31612345699")
        self.assertEqual(5, len(testing.texts()))
        self.assertIn("You can have another one in 30 minutes", self.anna.errors)
        self.assertEqual("+31612345699", self.anna.value("mobile_number"))

    def test_asking_for_a_code_binds_nothing(self):
        self.anna.ask_code(PHONE)
        self.assertEqual("", self.account().number)
        other = self.visitor()
        other.sign_in("anna")
        self.assertTrue(other.is_signed_in())


class TestState(PageTest):
    """What the page says of how things stand."""

    @whole_page
    def test_before_the_set_up_it_says_what_it_is_for(self):
        anna = self.visitor()
        anna.sign_in("anna")
        anna.open("@@smsauth-setup")
        self.assertIn("Set up two-step verification", anna.title)
        self.assertIn("Two-step verification protects your account", anna.page)
        self.assertNotIn("Turn off", anna.page)

    @whole_page
    def test_afterwards_it_shows_the_number_and_the_way_to_turn_off(self):
        anna = self.protected()
        anna.open("@@smsauth-setup")
        self.assertIn("Two-step verification is on", anna.title)
        self.assertIn("a code that is sent to +31 6 12345678", anna.page)
        self.assertIn("@@smsauth-disable", anna.browser.contents)

    @whole_page
    def test_the_menu_of_the_member_shows_the_state(self):
        anna = self.visitor()
        anna.sign_in("anna")
        self.assertIn("Two-step verification: off", anna.page)
        anna.set_up()
        self.assertIn("Two-step verification: on", anna.page)
        self.assertNotIn("Two-step verification: off", anna.page)

    def test_the_page_is_kept_by_no_cache(self):
        anna = self.visitor()
        anna.sign_in("anna")
        anna.open("@@smsauth-setup")
        self.assertIn("no-store", anna.browser.headers["Cache-Control"])


class TestWho(PageTest):
    """Who may set up a phone."""

    def test_a_visitor_is_led_to_the_sign_in(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-setup")
        self.assertIn("Please log in first", visitor.page)
        self.assertFalse(visitor.has("form.widgets.mobile_number"))
        self.assertTrue(visitor.browser.getLink("Log in", url="came_from").url.startswith("http://nohost/plone/login"))

    def test_the_sign_in_leads_back_to_the_set_up(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-setup")
        visitor.browser.getLink("Log in", url="came_from").click()
        visitor.browser.getControl(name="__ac_name").value = "anna"
        visitor.browser.getControl(name="__ac_password").value = testing.PASSWORD
        visitor.browser.getControl(name="buttons.login").click()
        self.assertEqual("@@smsauth-setup", visitor.path)

    def test_a_user_of_the_zope_root_is_told_why_it_cannot_be(self):
        owner = self.visitor()
        owner.browser.addHeader("Authorization", f"Basic {SITE_OWNER_NAME}:{SITE_OWNER_PASSWORD}")
        owner.open("@@smsauth-setup")
        self.assertIn("Your account is not one of this site, but of the server around it", owner.page)
        self.assertFalse(owner.has("form.widgets.mobile_number"))

    def test_a_member_without_the_permission_is_told_so(self):
        self.portal.manage_permission(SET_UP_OWN, roles=["Manager"], acquire=0)
        transaction.commit()
        anna = self.visitor()
        anna.sign_in("anna")
        anna.open("@@smsauth-setup")
        self.assertIn("not available for your account", anna.page)
        self.assertFalse(anna.has("form.widgets.mobile_number"))


class TestPassword(PageTest):
    """A session that is not fresh has to confirm the password."""

    def setUp(self):
        super().setUp()
        self.anna = self.visitor()
        self.anna.sign_in("anna")

    def test_a_fresh_session_is_not_asked(self):
        self.clock.advance(9 * 60)
        self.anna.open("@@smsauth-setup")
        self.assertFalse(self.anna.has("form.widgets.password"))

    def test_who_sends_the_password_with_every_request_is_not_asked(self):
        bert = self.visitor()
        bert.browser.addHeader("Authorization", f"Basic bert:{testing.PASSWORD}")
        bert.open("@@smsauth-setup")
        self.assertFalse(bert.has("form.widgets.password"))
        bert.ask_code(PHONE)
        self.assertEqual("@@smsauth-confirm", bert.path)

    def test_an_older_session_is_asked(self):
        self.clock.advance(11 * 60)
        self.anna.open("@@smsauth-setup")
        self.assertTrue(self.anna.has("form.widgets.password"))
        self.anna.ask_code(PHONE, testing.PASSWORD)
        self.assertEqual("@@smsauth-confirm", self.anna.path)

    def test_it_does_not_help_to_leave_the_password_out(self):
        self.anna.open("@@smsauth-setup")
        token = self.anna.token()
        self.clock.advance(11 * 60)
        sent = {"form.widgets.mobile_number": PHONE, "form.buttons.send": "x", "token": token}
        self.anna.post("@@smsauth-setup", sent)
        self.assertEqual([], testing.texts())

    def test_a_wrong_password_is_counted_and_the_number_kept(self):
        self.clock.advance(11 * 60)
        self.anna.ask_code(PHONE, "wrong")
        self.assertIn("This is not your password", self.anna.errors)
        self.assertEqual(PHONE, self.anna.value("mobile_number"))
        self.assertEqual(1, self.account().failures)
        self.assertEqual([], testing.texts())

    def test_a_typed_password_is_never_sent_back(self):
        self.clock.advance(11 * 60)
        self.anna.ask_code("12", testing.PASSWORD)
        self.assertIn("This is not a phone number", self.anna.errors)
        self.assertNotIn(testing.PASSWORD, self.anna.browser.contents)

    def test_many_wrong_passwords_bring_a_pause_in_which_the_right_one_is_not_compared(self):
        self.configure(failures_before_pause=5)
        self.clock.advance(11 * 60)
        for _ in range(5):
            self.anna.ask_code(PHONE, "wrong")
        self.anna.ask_code(PHONE, testing.PASSWORD)
        self.assertIn("You can try again in 60 seconds", self.anna.errors)
        self.assertEqual(5, self.account().failures)
        self.clock.advance(61)
        self.anna.ask_code(PHONE, testing.PASSWORD)
        self.assertEqual("@@smsauth-confirm", self.anna.path)


class TestRequired(PageTest):
    """The site requires the second step: whoever has no number sets one up after the password."""

    def setUp(self):
        super().setUp()
        self.configure(enforcement="required")

    def test_after_the_password_a_member_is_led_to_the_set_up_and_is_nobody(self):
        anna = self.pending()
        self.assertEqual("@@smsauth-setup", anna.path)
        self.assertIn("This site requires it. You are logged in once your phone is set up", anna.page)
        self.assertFalse(anna.is_signed_in())
        self.assertNotIn("Turn off", anna.page)
        self.assertEqual([], testing.texts())

    def test_still_nobody_until_the_number_is_proved(self):
        anna = self.pending()
        anna.fill(mobile_number=PHONE)
        anna.click("send")
        self.assertEqual("@@smsauth-confirm", anna.path)
        self.assertFalse(anna.is_signed_in())

    def test_the_right_code_signs_in_and_leads_back(self):
        anna = self.pending(came_from="http://nohost/plone/sitemap")
        anna.fill(mobile_number=PHONE)
        anna.click("send")
        anna.answer()
        self.assertEqual("@@smsauth-recovery", anna.path)
        anna.browser.getLink("Continue").click()
        self.assertEqual("http://nohost/plone/sitemap", anna.browser.url)
        self.assertTrue(anna.is_signed_in())
        self.assertEqual(PHONE, self.account().number)

    def test_the_number_and_code_of_another_pending_sign_in_are_not_shown_and_not_taken(self):
        anna = self.pending()
        anna.fill(mobile_number=PHONE)
        anna.click("send")
        thief = self.pending()
        self.assertEqual("", thief.browser.getControl(name="form.widgets.mobile_number").value)
        thief.open("@@smsauth-confirm")
        self.assertEqual("@@smsauth-setup", thief.path)
        anna.answer()
        self.assertTrue(anna.is_signed_in())

    def test_the_password_was_just_given_and_is_not_asked_again(self):
        anna = self.pending()
        self.clock.advance(11 * 60)
        anna.open("@@smsauth-setup")
        self.assertFalse(anna.has("form.widgets.password"))

    def test_the_set_up_ends_with_the_pending_sign_in(self):
        anna = self.pending()
        self.clock.advance(16 * 60)
        anna.fill(mobile_number=PHONE)
        anna.click("send")
        self.assertEqual([], testing.texts())
        self.assertIn("Please log in first", anna.page)

    def test_a_session_from_before_is_asked_where_a_log_in_is_needed(self):
        self.configure(enforcement="optional")
        anna = self.visitor()
        anna.sign_in("anna")
        self.configure(enforcement="required")
        anna.open("sitemap")
        self.assertEqual("sitemap", anna.path)
        anna.open("@@personal-information")
        self.assertEqual("@@smsauth-setup", anna.path)
        self.assertFalse(anna.is_signed_in())

    def test_a_member_with_a_number_cannot_replace_it_while_the_sign_in_is_pending(self):
        self.protected()
        thief = self.pending()
        self.assertEqual("@@smsauth-verify", thief.path)
        thief.open("@@smsauth-setup")
        self.assertFalse(thief.has("form.widgets.mobile_number"))
        self.assertIn("Please log in first", thief.page)


class TestReminded(PageTest):
    """Who sets up a phone because the site is about to require it has wanted to go somewhere."""

    def setUp(self):
        super().setUp()
        ahead = datetime.date.today() + datetime.timedelta(days=3)
        self.configure(enforcement="required", grace_everyone=ahead)
        self.anna = self.visitor()
        self.wanted = f"{self.portal.absolute_url()}/@@smsauth-contacts"

    def remind(self):
        self.anna.sign_in("anna", came_from=self.wanted)
        self.assertEqual("@@smsauth-reminder", self.anna.path)
        self.anna.click("set_up")

    def test_the_set_up_leads_there_by_way_of_the_recovery_codes(self):
        self.remind()
        self.anna.fill(mobile_number=OTHER_PHONE)
        self.anna.click("send")
        self.anna.click("back")
        self.anna.fill(mobile_number=PHONE)
        self.anna.click("send")
        self.anna.answer("000000")
        self.anna.answer(testing.last_code(PHONE))
        self.assertEqual("@@smsauth-recovery", self.anna.path)
        self.anna.click("make")
        self.assertEqual(self.wanted, self.anna.browser.getLink("Continue").url)

    def test_it_leads_nowhere_outside_of_the_portal(self):
        self.remind()
        for page in ("setup", "confirm", "recovery"):
            self.anna.open(f"@@smsauth-{page}?came_from=https://evil.example/")
            self.assertNotIn("evil.example", self.anna.browser.contents.split("<main")[-1])
