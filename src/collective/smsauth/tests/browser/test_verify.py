"""The code form of the sign-in: what it shows, what it accepts, what it counts."""

from base64 import b64encode
from collective.smsauth import testing
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.tests.support.bare_pages import whole_page
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import wrong
from dataclasses import replace
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from zope.component import getGlobalSiteManager
from zope.interface import implementer

import re
import transaction


class VerifyTest(PageTest):
    """Anna is protected, has given her password in one browser, and has a code on her phone."""

    def setUp(self):
        super().setUp()
        self.protected()
        self.anna = self.pending()
        self.code = testing.last_code()

    def send(self, visitor=None, *, token=None, code=None, path="@@smsauth-verify", **headers):
        """Post the form at hand with a code, and return the answer."""
        visitor = visitor or self.anna
        sent = {"form.widgets.code": code or self.code, "form.buttons.verify": "Verify"}
        token = visitor.token() if token is None else token
        return visitor.post(path, {**sent, "token": token} if token else sent, **headers)

    def count_failures(self, times):
        """Count failures as if that many codes had been wrong just now."""
        accounts = self.portal.acl_users.smsauth.accounts
        transaction.begin()
        accounts.save("anna", replace(accounts.get("anna"), failures=times, failed_at=self.clock()))
        transaction.commit()


class TestShown(VerifyTest):
    """What a member sees."""

    def test_the_number_is_masked(self):
        self.assertIn("ending in 78", self.anna.page)
        for digits in ("+31", "6 12", "612345678", "12345678", "5678"):
            self.assertNotIn(digits, self.anna.page)

    def test_the_time_left_and_the_wait_run_down(self):
        self.assertIn("works for another 5 minutes", self.anna.page)
        self.assertIn("new code sent in 30 seconds", self.anna.page)
        self.clock.advance(200)
        self.anna.open("@@smsauth-verify")
        self.assertIn("works for another 100 seconds", self.anna.page)
        self.assertNotIn("new code sent in", self.anna.page)

    def test_the_last_second_is_said_as_one(self):
        self.clock.advance(29)
        self.anna.open("@@smsauth-verify")
        self.assertIn("You can have a new code sent in one second.", self.anna.page)
        self.clock.advance(270)
        self.anna.open("@@smsauth-verify")
        self.assertIn("The code works for another second.", self.anna.page)
        self.assertNotRegex(self.anna.page, r"\b1 (?:seconds|minutes|days)")

    def test_a_pause_of_one_second_is_said_as_one(self):
        self.count_failures(10)
        self.clock.advance(59)
        self.anna.answer(self.code)
        self.assertIn("You can try again in one second.", self.anna.errors)

    def test_an_expired_code_is_not_said_to_work(self):
        self.clock.advance(301)
        self.anna.open("@@smsauth-verify")
        self.assertNotIn("works for another", self.anna.page)
        self.assertIn("The code that was sent is no longer valid", self.anna.page)

    def test_there_are_ways_on_for_who_has_no_phone(self):
        self.assertIn("@@smsauth-reset-request", self.anna.browser.getLink("Lost your phone?").url)
        self.assertTrue(self.anna.browser.getLink("Back to the login form").url.endswith("/login"))

    def test_phones_can_fill_the_code_in(self):
        for attribute in ('inputmode="numeric"', 'autocomplete="one-time-code"'):
            self.assertIn(attribute, self.anna.browser.contents)
        self.assertNotIn(self.code, self.anna.browser.contents)

    @whole_page
    def test_the_window_has_the_title_of_the_page(self):
        self.assertIn("Enter the code from your phone", self.anna.title)

    def test_without_a_pending_sign_in_the_page_says_what_to_do(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-verify")
        self.assertIn("There is no login to complete", visitor.page)
        self.assertFalse(visitor.has("form.widgets.code"))
        self.assertTrue(visitor.browser.getLink("Back to the login form").url.endswith("/login"))

    def test_in_the_modal_of_the_sign_in_the_page_shows_and_works(self):
        headers = {"X-Requested-With": "XMLHttpRequest"}
        shown = self.anna.request("@@smsauth-verify?ajax_load=1", **headers)
        self.assertIn("form.widgets.code", shown.text)
        self.assertIn("alert-danger", shown.text)
        answer = self.send(code=wrong(self.code), path="@@smsauth-verify?ajax_load=1", **headers)
        self.assertIn("Tries left for this code: 4", answer.text)
        self.assertEqual(302, self.send(path="@@smsauth-verify?ajax_load=1", **headers).status_int)
        self.assertTrue(self.anna.is_signed_in())


class TestJudged(VerifyTest):
    """What is accepted, what is counted, and what is said."""

    def test_the_right_code_signs_in(self):
        self.anna.answer()
        self.assertTrue(self.anna.is_signed_in())
        self.assertIn("You are now logged in", self.anna.news)
        self.assertEqual(2, len(self.account().sessions))

    def test_a_wrong_code_is_counted(self):
        self.anna.answer(wrong(self.code))
        self.assertIn("This code is not right. Tries left for this code: 4", self.anna.errors)
        self.assertEqual("", self.anna.news)
        self.assertEqual(1, self.account().failures)
        self.assertFalse(self.anna.is_signed_in())

    def test_a_right_code_after_wrong_ones_forgets_the_failures(self):
        self.anna.answer(wrong(self.code))
        self.anna.answer()
        self.assertTrue(self.anna.is_signed_in())
        self.assertEqual(0, self.account().failures)

    def test_what_is_no_code_is_not_counted_and_kept(self):
        for typed in ("", "12345", "12345678", "abcdef", "12345x"):
            with self.subTest(typed):
                self.anna.answer(typed)
                self.assertIn("A code has 6 digits", self.anna.errors)
                self.assertEqual(typed, self.anna.value("code"))
        self.assertEqual(0, self.account().failures)

    def test_an_expired_code_is_refused_and_not_counted(self):
        self.clock.advance(300)
        self.anna.answer()
        self.assertIn("This code is no longer valid", self.anna.errors)
        self.assertEqual(0, self.account().failures)
        self.assertFalse(self.anna.is_signed_in())

    def test_a_used_code_is_refused(self):
        self.anna.answer()
        again = self.pending()
        again.answer(self.code)
        self.assertFalse(again.is_signed_in())
        self.assertIn("This code is not right", again.errors)

    def test_a_superseded_code_is_recognised_and_not_counted(self):
        self.clock.advance(31)
        self.anna.click("resend")
        self.assertIn("A new code is on its way. The former one no longer works", self.anna.news)
        for _ in range(4):
            self.anna.answer(self.code)
            self.assertIn("This is the code of an earlier message", self.anna.errors)
            self.assertIn(f"The newest message has the letters {self.newest()} behind its code", self.anna.errors)
        self.assertEqual(0, self.account().failures)
        self.anna.answer()
        self.assertTrue(self.anna.is_signed_in())

    def test_page_and_text_have_the_same_letters(self):
        first = self.newest()
        self.assertIn(f"that message has the letters {first}.", self.anna.page)
        self.clock.advance(31)
        self.anna.click("resend")
        self.assertNotEqual(first, self.newest())
        self.assertIn(f"that message has the letters {self.newest()}.", self.anna.page)
        self.assertNotIn(f"letters {first}", self.anna.page)

    def newest(self):
        """Return the letters in the last text."""
        words, _line, last = testing.texts()[0].body.rpartition("\n")
        self.assertRegex(last, r"\A@nohost #[0-9]{6}\Z")
        return re.search(r"[0-9]{6} \(([A-Z]{2})\)", words)[1]

    def test_too_many_tries_end_a_code_and_a_new_one_helps(self):
        for _ in range(5):
            self.anna.answer(wrong(self.code))
        self.assertIn("This code was tried too often. Please have a new code sent", self.anna.errors)
        self.anna.answer(self.code)
        self.assertFalse(self.anna.is_signed_in())
        self.clock.advance(31)
        self.anna.click("resend")
        self.anna.answer()
        self.assertTrue(self.anna.is_signed_in())

    def test_too_many_failures_bring_a_pause_in_which_nothing_is_compared(self):
        self.count_failures(9)
        self.anna.answer(wrong(self.code))
        self.anna.answer(self.code)
        self.assertIn("You can try again in 60 seconds", self.anna.errors)
        self.assertEqual(10, self.account().failures)
        self.clock.advance(61)
        self.anna.answer(self.code)
        self.assertTrue(self.anna.is_signed_in())

    def test_the_page_says_so_while_a_pause_lasts(self):
        self.count_failures(10)
        self.anna.open("@@smsauth-verify")
        self.assertIn("You can try again in 60 seconds", self.anna.page)

    def test_a_long_wait_for_another_code_is_told_in_minutes(self):
        self.configure(texts_per_user=1)
        self.anna.open("@@smsauth-verify")
        self.assertIn("You can have a new code sent in 30 minutes.", self.anna.page)

    def test_where_no_code_was_sent_the_page_says_so_and_why_and_until_when(self):
        self.configure(texts_per_user=1)
        self.clock.advance(10 * 60)
        before = len(testing.texts())
        other = self.pending()
        for _ in range(2):
            self.assertIn(
                "No code was sent. Too many codes were sent. You can have another one in 20 minutes.", other.page
            )
            self.assertNotIn("enter the code that was sent", other.page)
            self.assertNotIn("There is no open code", other.page)
            for way_out in ("Use a recovery code", "Lost your phone?", "Back to the login form"):
                self.assertTrue(other.browser.getLink(way_out))
            other.open("@@smsauth-verify")
        self.assertEqual(before, len(testing.texts()))

    def test_a_resend_ends_no_pause(self):
        self.count_failures(10)
        self.clock.advance(31)
        self.anna.click("resend")
        self.assertIn("Too many wrong codes. You can have a new code in 29 seconds", self.anna.errors)
        self.assertEqual(10, self.account().failures)

    def test_a_hundred_failures_lock_the_number(self):
        self.count_failures(99)
        self.clock.advance(16 * 60)
        self.anna = self.pending()
        code = testing.last_code()
        self.anna.answer(wrong(code))
        self.assertEqual(100, self.account().failures)
        self.clock.advance(16 * 60)
        self.anna.answer(code)
        self.assertFalse(self.anna.is_signed_in())
        again = self.pending()
        again.answer(code)
        self.assertIn("Your phone number has to be set up again", again.errors)
        self.assertIn("Lost your phone?", again.page)
        self.assertFalse(again.is_signed_in())

    def test_failures_are_counted_through_new_sign_ins(self):
        self.anna.answer(wrong(self.code))
        self.clock.advance(31)
        again = self.pending()
        again.answer(wrong(testing.last_code()))
        self.assertEqual(2, self.account().failures)

    def test_the_resend_waits_grow(self):
        for wait in (30, 60, 120):
            self.anna.click("resend")
            self.assertIn(f"You can have another one in {wait} seconds", self.anna.errors)
            self.clock.advance(wait)
            self.anna.click("resend")
            self.assertIn("A new code is on its way", self.anna.news)

    def test_too_many_texts_are_refused_with_the_time_to_wait(self):
        for wait in (30, 60, 120, 300):
            self.clock.advance(wait)
            self.anna.click("resend")
        self.clock.advance(300)
        self.anna.open("@@smsauth-verify")
        sent = len(testing.texts())
        self.anna.click("resend")
        self.assertIn("Too many codes were sent. You can have another one in", self.anna.errors)
        self.assertEqual(sent, len(testing.texts()))


class TestForm(VerifyTest):
    """The form itself: whose it is, how often, from where."""

    def test_a_form_may_be_sent_more_than_once(self):
        token = self.anna.token()
        self.send(token=token, code=wrong(self.code))
        self.assertEqual(302, self.send(token=token).status_int)
        self.assertTrue(self.anna.is_signed_in())

    def test_the_right_code_twice_leaves_one_more_session(self):
        token, before = self.anna.token(), len(self.account().sessions)
        answers = [self.send(token=token) for _ in range(2)]
        self.assertEqual(302, answers[0].status_int)
        self.assertLess(answers[1].status_int, 400)
        self.assertEqual(before + 1, len(self.account().sessions))
        self.assertTrue(self.anna.is_signed_in())

    def test_a_get_with_the_names_of_the_buttons_does_nothing(self):
        for button in ("verify", "resend"):
            with self.subTest(button):
                self.clock.advance(31)
                sent, before = len(testing.texts()), self.account()
                query = f"form.widgets.code={self.code}&form.buttons.{button}=x&token={self.anna.token()}"
                self.anna.request(f"@@smsauth-verify?{query}")
                self.assertEqual(before, self.account())
                self.assertEqual(sent, len(testing.texts()))
        self.assertFalse(self.anna.is_signed_in())

    def test_without_a_genuine_token_nothing_is_judged_and_what_was_typed_is_kept(self):
        other = self.pending()
        self.protected("bert", "+31687654321")
        bert = self.pending("bert")
        reset = self.visitor()
        reset.open("@@smsauth-reset-request")
        tokens = {
            "none": "",
            "garbage": "garbage",
            "cut": self.anna.token()[:-1],
            "of another browser": other.token(),
            "of another member": bert.token(),
            "of another page": reset.token(),
        }
        before = self.account()
        for kind, token in tokens.items():
            with self.subTest(kind):
                answer = self.send(token=token)
                self.assertEqual(200, answer.status_int)
                self.assertIn("Please try again", answer.text)
                self.assertIn(f'value="{self.code}"', answer.text)
                self.assertEqual(before, self.account())
        self.assertFalse(self.anna.is_signed_in())

    def test_a_form_that_was_open_for_two_hours_is_refused(self):
        token = self.anna.token()
        self.clock.advance(2 * 60 * 60)
        self.anna = self.pending()
        self.code = testing.last_code()
        before = self.account()
        answer = self.send(token=token)
        self.assertIn("Please try again", answer.text)
        self.assertEqual(before, self.account())

    def test_two_tabs_of_one_sign_in_both_work(self):
        first = self.anna.token()
        self.anna.open("@@smsauth-verify")
        self.send(code=wrong(self.code))
        self.assertEqual(302, self.send(token=first).status_int)
        self.assertTrue(self.anna.is_signed_in())

    def test_a_tab_left_open_after_the_sign_in_leads_on(self):
        token = self.anna.token()
        self.send(token=token)
        self.anna.open("@@smsauth-verify")
        self.assertEqual("http://nohost/plone", self.anna.browser.url)

    def test_the_code_does_not_complete_the_sign_in_of_another_browser(self):
        thief = self.pending()
        self.anna.answer()
        self.assertTrue(self.anna.is_signed_in())
        self.assertFalse(thief.is_signed_in())
        thief.answer(self.code)
        self.assertFalse(thief.is_signed_in())

    def test_a_browser_without_the_cookie_cannot_use_the_code(self):
        thief = self.visitor()
        answer = self.send(thief, token=self.anna.token())
        self.assertIn("There is no login to complete", answer.text)
        self.assertFalse(thief.is_signed_in())

    def test_while_somebody_else_is_signed_in_nothing_is_judged(self):
        bert = self.visitor()
        bert.sign_in("bert")
        before = self.account()
        owner = {"Authorization": f"Basic {_basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}"}
        for headers, ticket in ((owner, ""), ({}, bert.cookie("__ac"))):
            self.anna.set_cookie("__ac", ticket)
            for code in (self.code, wrong(self.code)):
                answer = self.send(code=code, **headers)
                self.assertIn("You are logged in with another account", answer.text)
        self.assertEqual(before, self.account())

    def test_a_wrong_code_sent_along_with_an_unusable_session_is_counted(self):
        self.anna.set_cookie("__ac", "garbage")
        self.send(code=wrong(self.code))
        self.assertEqual(1, self.account().failures)

    def test_the_pending_sign_in_ends_after_fifteen_minutes(self):
        self.clock.advance(15 * 60)
        self.anna.open("@@smsauth-verify")
        self.assertIn("There is no login to complete", self.anna.page)


class TestDelivery(PageTest):
    """What became of the text is said on the page."""

    WORDS = {
        DeliveryStatus.BAD_NUMBER: "the phone number is not in use",
        DeliveryStatus.CANNOT_RECEIVE: "this phone cannot receive it",
        DeliveryStatus.UNSUBSCRIBED: "Send START to the sender",
        DeliveryStatus.CONFIGURATION: "tell the administrators",
        DeliveryStatus.TRY_LATER: "have a new code sent in a moment",
    }

    def test_each_failure_is_said_with_advice(self):
        self.protected()
        self.configure(texts_per_user=100)
        for status, words in self.WORDS.items():
            with self.subTest(status.value):
                self.use(status)
                self.clock.advance(31 * 60)
                anna = self.pending()
                self.assertIn("could not be sent", anna.page)
                self.assertIn(words, anna.page)
                self.assertNotIn("works for another", anna.page)

    def test_a_gateway_without_settings_is_said_not_hidden(self):
        self.protected()
        self.configure(gateway="twilio")
        anna = self.pending()
        self.assertIn("this site cannot send codes at the moment", anna.page)

    def test_after_a_failure_a_new_code_can_be_had(self):
        self.protected()
        self.use(DeliveryStatus.TRY_LATER)
        anna = self.pending()
        self.configure(gateway="outbox")
        self.clock.advance(31)
        anna.click("resend")
        anna.answer()
        self.assertTrue(anna.is_signed_in())

    def use(self, status):
        """Let texts go through a provider that refuses them."""
        gateway, manager = _Refusing(status), getGlobalSiteManager()
        manager.registerUtility(gateway, ISMSGateway, name="refusing")
        self.addCleanup(manager.unregisterUtility, gateway, ISMSGateway, name="refusing")
        self.configure(gateway="refusing")


@implementer(ISMSGateway)
class _Refusing:
    """A provider that takes no text."""

    title = "Refusing"
    local = True

    def __init__(self, status):
        self.status = status

    def problems(self, config):
        """Nothing is missing."""
        return ()

    def send(self, text, config):
        """Refuse."""
        raise GatewayError(self.status, "refused")


def _basic(name, password):
    return b64encode(f"{name}:{password}".encode()).decode()
