"""Addresses to come back to that no page can go back to, on every way that carries one."""

from collective.smsauth.testing import last_code
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sign_in_form
from Products.SiteAccess.VirtualHostMonster import manage_addVirtualHostMonster
from urllib.parse import urlencode
from urllib.parse import urljoin

SITE = "http://nohost:80/plone"
PAGES = ("@@smsauth-verify", "@@smsauth-setup", "@@smsauth-confirm", "@@smsauth-recovery", "@@smsauth-reminder")
#: Ends of addresses inside of the site, as they are written in a query or a form: Zope reads them as half surrogate pairs.
BROKEN = {"a lone surrogate": "%ED%A0%80", "a byte that is no UTF-8": "%FF", "a cut character": "%C3"}
#: What Plone stumbles over while it looks whether there is such a page.
STUMBLING = {
    "a skin": "%2B%2Bskin%2B%2B0",
    "a portlet manager that there is not": "%2B%2Bcontextportlets%2B%2Bx",
    "a dashboard": "%2B%2Bgroupdashboard%2B%2Bx",
    "a view that does not fit": "@@babel_utils",
    "a view that cannot be updated": "@@overview-controlpanel/%2B%2Bwidget%2B%2Bx",
    "a view that has no parts": "@@standard_macros/x",
    "a widget of ours": "@@smsauth-setup/%2B%2Bwidget%2B%2Bmobile_number",
    "a private name": "_private",
    "brackets": "[x",
    "a quoted NUL": "a%2500b",
    "a quoted line end": "a%250D%250ASet-Cookie:x=y",
}
ALL = {**BROKEN, **STUMBLING}
#: Ways of saying "elsewhere" to a site that is a host of its own.
ELSEWHERE = (
    "https:///evil.example",
    "https:/evil.example",
    "https:evil.example",
    "//evil.example",
    "/\\evil.example",
    "https:\\\\evil.example",
    "https://www.example.org@evil.example/",
    "https://www.example.org:443@evil.example",
    "https://www.example.org\\@evil.example/x",
    "https://www.example.org%2f@evil.example",
    "https://www.example.org.evil.example/",
    "https://evil.example#https://www.example.org/",
    "javascript://www.example.org/%0aalert(1)",
    "data://www.example.org/x",
    "evil://x",
    "x/https://evil.example",
    "?://evil.example",
    'https://www.example.org/"><script>',
    "https://www.example.org/..//evil.example",
    "https://www.example.org/\tx",
)


class OddGoalTest(DoorTest):
    """Whoever was sent an odd link can sign in all the same, and no page breaks down."""

    def each(self, act, ends):
        """Call ``act`` with each address, a day apart: so no limit is met."""
        for kind, end in ends.items():
            with self.subTest(kind):
                self.clock.advance(24 * 60 * 60)
                act(f"came_from={SITE}/{end}")

    def send(self, client, path, fields, goal):
        """Post fields and an address, which is encoded already."""
        body = f"{urlencode(fields)}&{goal}".encode()
        return client.post(self.path(path), body=body, Content_Type="application/x-www-form-urlencoded")

    def test_a_sign_in_without_the_second_step_as_in_plone_itself(self):
        def act(goal):
            client = self.client()
            client.get(f"{self.path('login')}?{goal}")
            self.send(client, "login", sign_in_form("bert"), goal)
            self.assertTrue(self.is_signed_in(client, "bert"))

        self.each(act, ALL)

    def test_a_sign_in_with_the_second_step(self):
        def act(goal):
            client = self.client()
            self.send(client, "login", sign_in_form("anna"), goal)
            page = client.get(self.path("@@smsauth-verify"))
            fields = fields_of(page, form__widgets__code=last_code(), form__buttons__verify="Verify")
            answer = client.post(self.path("@@smsauth-verify"), form=fields)
            self.assertEqual(302, answer.status_int)
            self.assertTrue(answer.location.startswith(SITE), answer.location)
            self.assertTrue(self.is_signed_in(client, "anna"))

        self.each(act, ALL)

    def test_a_session_that_is_asked_for_the_code(self):
        def act(goal):
            client = self.client(self.ticket("anna"))
            page = client.get(f"{self.path('@@smsauth-verify')}?{goal}")
            fields = fields_of(page, form__widgets__code=last_code(), form__buttons__verify="Verify")
            client.post(self.path("@@smsauth-verify"), form=fields)
            self.assertTrue(self.is_signed_in(client, "anna"))

        self.each(act, ALL)

    def test_a_session_that_is_led_to_the_code_form(self):
        def act(goal):
            client = self.client(self.ticket("anna"))
            answer = client.get(f"{self.path('require_login')}?{goal}", Accept="text/html")
            self.assertIn("smsauth-verify", answer.location)
            client.get(answer.location.removeprefix("http://nohost:80"))

        self.each(act, BROKEN)

    def test_a_session_that_has_given_its_code(self):
        def act(goal):
            client = self.proven("anna")
            for page in PAGES:
                client.get(f"{self.path(page)}?{goal}")

        self.each(act, BROKEN)

    def test_a_set_up(self):
        def act(goal):
            client = self.client()
            client.post(self.path("login"), form=sign_in_form("edith"))
            page = client.get(f"{self.path('@@smsauth-setup')}?{goal}")
            fields = fields_of(page, form__widgets__mobile_number="+31687654322", form__buttons__send="x")
            self.send(client, "@@smsauth-setup", fields, goal)
            page = client.get(f"{self.path('@@smsauth-confirm')}?{goal}")
            fields = fields_of(page, form__widgets__code=last_code(), form__buttons__verify="Verify")
            answer = self.send(client, "@@smsauth-confirm", fields, goal)
            self.assertEqual(302, answer.status_int)
            self.assertTrue(answer.location.startswith(SITE), answer.location)
            client.get(answer.location.removeprefix("http://nohost:80"))
            account = self.gate.accounts.get("edith")
            self.assertTrue(account.number)
            self.gate.accounts.drop("edith")
            commit()

        self.each(act, BROKEN)


class OtherCarriersTest(DoorTest):
    """Cookies, referrers, and sites that are a host of their own."""

    def setUp(self):
        """Let the server know hosts."""
        super().setUp()
        if "virtual_hosting" not in self.app:
            manage_addVirtualHostMonster(self.app, "virtual_hosting")
        commit()

    def test_a_cookie_or_a_referrer_that_cannot_be_written_down_breaks_no_sign_in(self):
        for odd in (f"{SITE}/%ED%A0%80", f"{SITE}/\xed\xa0\x80", f"{SITE}/\xff", f"{SITE}/@@babel_utils", "%ED%A0%80"):
            for name in ("login", "failsafe_login", "@@smsauth-verify", "require_login", "@@smsauth-setup"):
                with self.subTest(f"{name} {odd!r}"):
                    client = self.client(came_from=odd)
                    client.get(self.path(name), Referer=odd)
                    client.post(self.path(name), form=sign_in_form("bert"), Referer=odd)

    def test_no_address_leads_out_of_a_site_that_is_a_host_of_its_own(self):
        client = self.proven("anna")
        root = "/VirtualHostBase/https/www.example.org:443/plone/VirtualHostRoot"
        for goal in ELSEWHERE:
            with self.subTest(goal):
                for page in ("@@smsauth-verify", "@@smsauth-confirm", "@@smsauth-reminder", "@@smsauth-recovery"):
                    answer = client.get(f"{root}/{page}", query={"came_from": goal})
                    self.assertNotEqual(404, answer.status_int, "this proves nothing")
                    if answer.status_int in (301, 302):
                        where = urljoin(f"https://www.example.org/{page}", answer.location)
                        self.assertRegex(where, r"^https?://www\.example\.org(:443)?($|/)")
                    self.assertNotIn('href="https:///', answer.text)
                    self.assertNotRegex(answer.text, r'href="(https?:)?//evil|href="javascript:|href="data:')
                    self.assertNotIn('"><script>', answer.text)

    def test_a_sign_in_leads_into_a_site_that_is_a_host_of_its_own_only(self):
        root = "/VirtualHostBase/https/www.example.org:443/plone/VirtualHostRoot"
        for goal in ELSEWHERE:
            with self.subTest(goal):
                self.clock.advance(86400)
                client = self.client()
                client.post(f"{root}/login", form=sign_in_form("anna", came_from=goal))
                page = client.get(f"{root}/@@smsauth-verify")
                answer = client.post(
                    f"{root}/@@smsauth-verify",
                    form=fields_of(page, form__widgets__code=last_code(), form__buttons__verify="x"),
                )
                self.assertEqual(302, answer.status_int)
                self.assertRegex(answer.location, r"^https://www\.example\.org($|/)")
