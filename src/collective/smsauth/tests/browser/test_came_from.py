"""Where a member wanted to go, on every way that leads through the second step."""

from collective.smsauth import testing
from collective.smsauth.flows import sign_in
from collective.smsauth.tests.support.members import ticket
from collective.smsauth.tests.support.visitor import PageTest
from plone import api
from urllib.parse import quote
from urllib.parse import urlencode

import transaction

ROOT = "http://nohost/plone"


class NamesTest(PageTest):
    """A page is told by its name, not by what its address contains."""

    def test_pages_that_contain_a_name_of_ours_are_goals_like_others(self):
        for goal in (
            "how-smsauth-verify-works",
            "smsauth-verify-explained",
            "smsauth-confirm-contacts",
            "about/smsauth-reset-request",
            "smsauth-verify/a-page-below",
            "@@smsauth-reset-request",
            "search?SearchableText=smsauth-verify",
            "page#smsauth-reminder",
        ):
            with self.subTest(goal):
                self.assertEqual(f"{ROOT}/{goal}", sign_in.inside(f"{ROOT}/{goal}"))

    def test_pages_in_between_are_none_however_they_are_written(self):
        for name in ("smsauth-verify", "smsauth-confirm", "smsauth-reset", "smsauth-reminder", "smsauth-problem"):
            for written in (name, f"@@{name}", f"@@{name}/", f"%40%40{name}", f"++view++{name}", f"a/page/@@{name}"):
                with self.subTest(written):
                    self.assertEqual("", sign_in.inside(f"{ROOT}/{written}"))
                    self.assertEqual("", sign_in.inside(f"{ROOT}/{written}?letters=1"))

    def test_where_they_were_to_lead_is_the_goal(self):
        goal = f"{ROOT}/sitemap?a=b&c=d"
        query = urlencode({"came_from": goal})
        self.assertEqual(goal, sign_in.inside(f"{ROOT}/@@smsauth-verify?{query}"))
        for foreign in ("https://evil.example/", "javascript:alert(1)", f"{ROOT}/@@smsauth-verify"):
            query = urlencode({"came_from": foreign})
            self.assertEqual("", sign_in.inside(f"{ROOT}/@@smsauth-verify?{query}"))
        deep = f"{ROOT}/@@smsauth-verify?came_from=" * 5000
        self.assertEqual("", sign_in.inside(deep))


class CarriedTest(PageTest):
    """It is carried along."""

    goal = f"{ROOT}/how-smsauth-verify-works"

    def setUp(self):
        super().setUp()
        with api.env.adopt_roles(["Manager"]):
            page = api.content.create(self.portal, "Document", "how-smsauth-verify-works", title="How it works")
            page.manage_permission("View", ["Member", "Manager"], acquire=False)
            page.reindexObjectSecurity()
        transaction.commit()

    def test_by_the_sign_in(self):
        self.protected()
        anna = self.pending(came_from=self.goal)
        anna.answer()
        self.assertEqual(self.goal, anna.browser.url)

    def test_by_a_sign_in_without_the_second_step(self):
        bert = self.visitor()
        bert.sign_in("bert", came_from=f"{ROOT}/@@smsauth-verify?{urlencode({'came_from': self.goal})}")
        self.assertEqual(self.goal, bert.browser.url)

    def test_by_starting_the_sign_in_again(self):
        self.protected()
        anna = self.pending(came_from=self.goal)
        anna.browser.getLink("Back to the login form").click()
        self.again(anna)

    def test_by_starting_it_again_after_it_was_over(self):
        self.protected()
        anna = self.pending(came_from=self.goal)
        self.clock.advance(3600)
        anna.open("@@smsauth-verify")
        self.assertIn("There is no login to complete", anna.page)
        anna.browser.getLink("Back to the login form").click()
        self.again(anna)

    def test_by_starting_it_again_by_hand(self):
        self.protected()
        anna = self.pending(came_from=self.goal)
        anna.sign_in("anna")
        anna.answer()
        self.assertEqual(self.goal, anna.browser.url)

    def test_another_goal_takes_its_place(self):
        self.protected()
        anna = self.pending(came_from=self.goal)
        anna.sign_in("anna", came_from=f"{ROOT}/sitemap")
        anna.answer()
        self.assertEqual(f"{ROOT}/sitemap", anna.browser.url)

    def test_it_is_not_handed_on_to_another_member(self):
        self.protected()
        anna = self.pending(came_from=self.goal)
        anna.sign_in("bert")
        self.assertNotEqual(self.goal, anna.browser.url)

    def test_by_the_page_of_problems(self):
        self.protected()
        anna = self.pending(came_from=self.goal)
        self.configure(generate_codes=False)
        anna.open("@@smsauth-problem")
        anna.browser.getLink("Back to the login form").click()
        self.configure(generate_codes=True)
        self.again(anna)

    def test_by_a_set_up_during_the_sign_in(self):
        self.configure(enforcement="required")
        anna = self.pending(came_from=self.goal)
        anna.ask_code()
        anna.answer()
        self.assertIn("smsauth-recovery", anna.browser.url)
        anna.browser.getLink("Continue").click()
        self.assertEqual(self.goal, anna.browser.url)

    def test_by_a_set_up_that_was_begun_too_long_ago(self):
        self.configure(enforcement="required")
        anna = self.pending(came_from=self.goal)
        self.clock.advance(3600)
        anna.open("@@smsauth-setup")
        self.assertIn(quote(quote(self.goal, safe=""), safe=""), anna.browser.contents)

    def test_by_a_session_that_owes_the_code(self):
        self.protected()
        bert = self.visitor()
        bert.sign_in("anna", came_from=self.goal)
        bert.answer(testing.last_code())
        self.assertEqual(self.goal, bert.browser.url)

    def again(self, visitor):
        """Sign in by the form at hand."""
        visitor.browser.getControl(name="__ac_name").value = "anna"
        visitor.browser.getControl(name="__ac_password").value = testing.PASSWORD
        visitor.browser.getControl(name="buttons.login").click()
        visitor.answer()
        self.assertEqual(self.goal, visitor.browser.url)


class StepUpTest(PageTest):
    """A member in effect, or with a ticket that owes the code, who is led to the code form by a page."""

    def test_the_last_page_that_led_there_is_the_goal(self):
        self.protected()
        user_id = self.user_id("anna")
        owing = self.visitor()
        owing.set_cookie("__ac", ticket(user_id))
        for page in ("contact-info", "sitemap"):
            owing.open(f"@@smsauth-verify?{urlencode({'came_from': f'{ROOT}/{page}'})}")
        owing.answer()
        self.assertEqual(f"{ROOT}/sitemap", owing.browser.url)

    def test_what_another_member_left_behind_leads_nobody(self):
        self.protected()
        browser = self.pending(came_from=f"{ROOT}/sitemap")
        self.clock.advance(3600)
        browser.set_cookie("__ac", ticket(self.user_id("bert")))
        browser.open("@@smsauth-verify")
        self.assertNotEqual(f"{ROOT}/sitemap", browser.browser.url)
