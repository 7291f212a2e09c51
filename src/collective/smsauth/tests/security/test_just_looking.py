"""A browser with a ticket that owes the step looks at public pages as visitors do: it is led nowhere, and nothing is sent."""

from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import sent

HTML = "text/html,application/xhtml+xml"
PUBLIC = ("", "news", "@@search?SearchableText=x", "sitemap", "@@contact-info", "@@sharing-is-no-view")
SPECULATIVE = (
    {"Sec_Purpose": "prefetch"},
    {"Sec_Purpose": "prefetch;prerender"},
    {"Sec_Purpose": "prefetch;anonymous-client-ip"},
    {"Purpose": "prefetch"},
    {"Purpose": "Prefetch"},
    {"X_Purpose": "preview"},
    {"X_Moz": "prefetch"},
)
EMBEDDED = ({"Sec_Fetch_Dest": kind} for kind in ("image", "script", "style", "empty", "iframe", "frame", "object"))


class LookingTest(DoorTest):
    def setUp(self):
        super().setUp()
        self.holder = self.client(self.ticket("anna"))

    def follow(self, response, client=None, **headers):
        """Follow redirects as a browser does, which keeps its headers."""
        client = client or self.holder
        for _ in range(5):
            if response.status_int not in (301, 302, 303):
                break
            path = response.location.removeprefix("http://nohost").removeprefix(":80")
            response = client.get(path, **headers)
        return response

    def test_public_pages_are_those_that_visitors_see_and_no_text_leaves(self):
        visitor = self.client()
        for path in PUBLIC:
            with self.subTest(path):
                before = sent()
                answers = [client.get(self.path(path), Accept=HTML) for client in (self.holder, visitor)]
                self.assertEqual([answers[1].status_int] * 2, [answer.status_int for answer in answers])
                self.assertNotIn("smsauth-verify", answers[0].location or "")
                self.assertEqual(before, sent())
                self.assertNotIn("smsauth_pending", self.holder.cookies)

    def test_a_private_page_leads_to_the_code_form_and_back(self):
        answer = self.holder.get(self.path("of-anna"), Accept=HTML)
        before = sent()
        page = self.follow(answer, Accept=HTML)
        self.assertIn("form.widgets.code", page.text)
        self.assertEqual(before + 1, sent())

    def test_log_in_leads_to_the_code_form_too(self):
        for name in ("login", "login_form", "@@login"):
            with self.subTest(name):
                client = self.client(self.ticket("anna"))
                answer = client.get(self.path(name), Accept=HTML, Referer="http://nohost/plone/news")
                self.assertIn("/@@smsauth-verify?came_from=http%3A%2F%2Fnohost%2Fplone%2Fnews", answer.location)
                self.assertIn("form.widgets.code", self.follow(answer, client, Accept=HTML).text)

    def test_the_failsafe_form_stays_a_form(self):
        answer = self.holder.get(self.path("failsafe_login"), Accept=HTML)
        self.assertEqual(200, answer.status_int)
        self.assertIn("__ac_password", answer.text)

    def test_the_code_form_has_ways_out(self):
        page = self.follow(self.holder.get(self.path("login"), Accept=HTML), Accept=HTML)
        self.assertIn('href="http://nohost:80/plone/logout"', page.text)
        self.assertIn('href="http://nohost:80/plone">Cancel', page.text)
        self.assertNotIn("Back to the login form", page.text)

    def test_a_member_who_owes_nothing_is_led_nowhere_from_the_login_form(self):
        answer = self.client(self.ticket("bert")).get(self.path("login"), Accept=HTML)
        self.assertNotIn("smsauth", answer.location or "")

    def test_what_a_browser_fetches_in_advance_sends_nothing(self):
        for headers in SPECULATIVE:
            for path in ("", "of-anna", "login", "@@smsauth-verify"):
                with self.subTest(headers=headers, path=path):
                    before = sent()
                    answer = self.holder.get(self.path(path), Accept=HTML, **headers)
                    answer = self.follow(answer, Accept=HTML, **headers)
                    self.assertEqual(before, sent())
                    self.assertNotIn("smsauth_pending", self.holder.cookies)
                    if path:
                        self.assertEqual(403, answer.status_int, "the browser would show what it fetched before")
                        self.assertIn("no-store", answer.headers["Cache-Control"])
        page = self.follow(self.holder.get(self.path("of-anna"), Accept=HTML), Accept=HTML)
        self.assertIn("form.widgets.code", page.text)

    def test_nor_does_what_is_no_look_at_a_page(self):
        before = sent()
        for headers in EMBEDDED:
            for path in ("of-anna", "login", "@@smsauth-verify"):
                with self.subTest(headers=headers, path=path):
                    self.follow(self.holder.get(self.path(path), Accept=HTML, **headers), Accept=HTML, **headers)
                    self.assertEqual(before, sent())
        for path in ("of-anna", "login", "@@smsauth-verify"):
            self.holder.send("HEAD", self.path(path))
        self.assertEqual(before, sent())

    def test_in_an_area_that_demands_the_step_nothing_is_sent_in_advance_either(self):
        client, before = self.proven("anna"), sent()
        for headers in SPECULATIVE:
            answer = client.get(self.path("@@smsauth-verify"), Accept=HTML, **headers)
            self.assertEqual((403, before), (answer.status_int, sent()))
