"""The ways out of a sign-in that is not completed: it ends, on record and in the browser."""

from collective.smsauth import testing
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.tests.browser.test_verify import VerifyTest
from collective.smsauth.tests.support.members import ticket
from dataclasses import replace

import transaction


class TestLeave(VerifyTest):
    """Anna has given her password, and does not go on."""

    def fail_code(self):
        """Have the code of the sign-in fail."""
        accounts = self.portal.acl_users.smsauth.accounts
        transaction.begin()
        account = accounts.get("anna")
        failed = {
            purpose: replace(one, delivery=DeliveryStatus.UNREACHABLE.value)
            for purpose, one in account.challenges.items()
        }
        accounts.save("anna", replace(account, challenges=failed))
        transaction.commit()

    def ended(self, user_id="anna"):
        """Return how many sign-ins that were pending have ended, on record."""
        return len(self.account(user_id).pending_over)

    def assert_ended(self, visitor):
        self.assertEqual(1, self.ended())
        self.send(visitor, token="", code=self.code)
        visitor.open("@@smsauth-verify")
        self.assertIn("There is no login to complete", visitor.page)
        self.assertFalse(visitor.is_signed_in())

    def test_the_way_back_to_the_login_form_ends_it(self):
        self.anna.browser.getLink("Back to the login form").click()
        self.assertEqual("login", self.anna.path)
        self.assert_ended(self.anna)

    def test_so_it_does_on_the_page_of_a_problem(self):
        self.fail_code()
        self.anna.open("@@smsauth-problem")
        self.anna.browser.getLink("Back to the login form").click()
        self.assert_ended(self.anna)

    def test_so_it_does_while_a_phone_has_to_be_set_up_first(self):
        self.configure(enforcement="required")
        bert = self.pending("bert")
        self.assertEqual("@@smsauth-setup", bert.path)
        bert.browser.getLink("Back to the login form").click()
        self.assertEqual(1, self.ended("bert"))

    def test_so_it_does_on_the_page_of_that_code(self):
        self.configure(enforcement="required")
        bert = self.pending("bert")
        bert.ask_code("+31687654321")
        self.assertEqual("@@smsauth-confirm", bert.path)
        bert.browser.getLink("Back to the login form").click()
        self.assertEqual(1, self.ended("bert"))

    def test_the_ticket_that_owed_the_code_ends_in_the_browser(self):
        visitor = self.visitor()
        visitor.set_cookie("__ac", ticket("anna"))
        visitor.open("@@smsauth-verify")
        visitor.open("@@smsauth-leave")
        self.assertEqual("", visitor.cookie("__ac"))
        self.assertEqual("", visitor.cookie("smsauth_pending"))

    def test_only_that_sign_in_ends(self):
        self.clock.advance(31)
        other = self.pending()
        self.anna.open("@@smsauth-leave")
        self.assertEqual(1, self.ended())
        other.answer(testing.last_code())
        self.assertTrue(other.is_signed_in())

    def test_a_session_goes_on(self):
        self.anna.answer(self.code)
        self.anna.open("@@smsauth-leave")
        self.assertTrue(self.anna.is_signed_in())

    def test_nothing_ends_that_no_person_asked_for(self):
        for headers in (
            {"Sec-Purpose": "prefetch"},
            {"Sec-Purpose": "prefetch;prerender"},
            {"Purpose": "prefetch"},
            {"X-Moz": "prefetch"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            with self.subTest(headers):
                self.assertEqual(302, self.anna.request("@@smsauth-leave/login", **headers).status_int)
                self.assertEqual(0, self.ended())
        self.anna.request("@@smsauth-leave", method="HEAD")
        self.assertEqual(0, self.ended())

    def test_it_leads_nowhere_else(self):
        for path in (
            "@@smsauth-leave/elsewhere",
            "@@smsauth-leave/login/login",
            "@@smsauth-leave/@@overview-controlpanel",
        ):
            with self.subTest(path):
                self.assertEqual(404, self.anna.request(path).status_int)
        self.assertEqual("http://nohost/plone", self.visitor().request("@@smsauth-leave").headers["Location"])


class TestCookies(VerifyTest):
    """A browser that keeps no cookies."""

    def test_blocked_cookies_are_named_as_a_reason(self):
        visitor = self.visitor()
        for page in ("@@smsauth-verify", "@@smsauth-problem", "@@smsauth-setup"):
            with self.subTest(page):
                visitor.open(page)
                self.assertIn("your browser may block cookies", visitor.page)
        self.assertNotIn("may block cookies", self.anna.page)

    def test_also_where_the_password_was_forgotten(self):
        self.configure(access_page=True)
        visitor = self.visitor()
        visitor.open("@@smsauth-access-code")
        self.assertIn("your browser may block cookies", visitor.page)
