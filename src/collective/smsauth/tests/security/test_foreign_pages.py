"""Forms that somebody else's page sends, and tokens that another browser was given: nothing comes of them, and the page says what to do."""

from collective.smsauth import testing
from collective.smsauth.flows.requester import comes_from_elsewhere
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.administrator import setting
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PASSWORD
from collective.smsauth.tests.support.visitor import wrong
from Products.SiteAccess.VirtualHostMonster import manage_addVirtualHostMonster
from zope.component import getUtility

import transaction
import unittest

COOKIE = "smsauth_form"
RESET = "@@smsauth-reset-request"
ELSEWHERE = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "CROSS-SITE", "Origin": "http://nohost"},
    {"Sec-Fetch-Site": "\xff"},
    {"Origin": "https://attacker.example"},
    {"Origin": "http://nohost.attacker.example"},
    {"Origin": "http://nohost:8080"},
    {"Origin": "http://[attacker"},
    {"Origin": "attacker"},
    {"Origin": "file://"},
)
HERE = (
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {"Origin": "null"},
    {"Origin": "http://nohost"},
    {"Origin": "http://NOHOST:80"},
    {"Origin": "https://nohost"},
)


class ForeignTest(PageTest):
    """Anna is protected; an attacker has looked at the forms in a browser of their own."""

    def setUp(self):
        super().setUp()
        self.anna = self.protected()
        self.configure(access_page=True)

    def done(self):
        """Return what has left so far, once no work is left."""
        getUtility(IDispatcher).drain(30)
        return len(testing.texts()), len(self.mails())

    def form(self, visitor, page, **fields):
        """Return what the form of a page posts in that browser."""
        visitor.open(page)
        return {"token": visitor.token(), **{name.replace("__", "."): value for name, value in fields.items()}}

    def reset(self, visitor):
        return self.form(
            visitor,
            RESET,
            form__widgets__username="anna",
            form__widgets__mobile_number=OTHER_PHONE,
            form__buttons__submit="1",
        )


class TestOtherBrowser(ForeignTest):
    """A token is good in the browser that was shown the form."""

    def test_a_form_of_a_visitor_that_another_browser_was_shown_does_nothing_and_says_what_to_do(self):
        access = self.form(
            self.visitor(), "@@smsauth-access", form__widgets__username="anna", form__buttons__submit="1"
        )
        for page, fields in ((RESET, self.reset(self.visitor())), ("@@smsauth-access", access)):
            for kind, victim in (("without a cookie", self.visitor()), ("with one of its own", self.visitor())):
                with self.subTest(page=page, kind=kind):
                    if kind == "with one of its own":
                        victim.open(page)
                    before = self.done()
                    answer = victim.post(page, fields)
                    self.assertEqual(before, self.done())
                    self.assertEqual(200, answer.status_int)
                    self.assertIn("allow cookies for this site", answer.text)
                    self.assertIn('value="anna"', answer.text, "what was typed is lost")

    def test_the_page_that_says_so_can_be_sent(self):
        victim = self.visitor()
        self.reset(victim)
        victim.browser.testapp.cookiejar.clear()
        victim.fill(username="anna", mobile_number=OTHER_PHONE)
        victim.click("submit")
        self.assertIn("allow cookies for this site", victim.errors)
        self.assertEqual((OTHER_PHONE, "anna"), (victim.value("mobile_number"), victim.value("username")))
        victim.click("submit")
        self.assertIn("an e-mail with a link is on its way", victim.page)
        self.assertEqual(1, len(self.mails()))

    def test_several_tabs_go_on(self):
        visitor = self.visitor()
        tabs = [self.reset(visitor) for _ in range(3)]
        visitor.open("@@smsauth-access")
        for number, fields in enumerate(tabs):
            fields["form.widgets.mobile_number"] = f"+3168765432{number}"
            self.assertIn("an e-mail with a link is on its way", visitor.post(RESET, fields).text)
        self.assertEqual(3, len(self.mails()))

    def test_forms_of_members_are_bound_as_well(self):
        self.anna.open("@@smsauth-recovery")
        fields = {"token": self.anna.token(), "form.widgets.password": PASSWORD, "form.buttons.make": "1"}
        thief = self.visitor()
        thief.set_cookie("__ac", self.anna.cookie("__ac"))
        answer = thief.post("@@smsauth-recovery", fields)
        self.assertIn("allow cookies for this site", answer.text)
        self.assertEqual((), self.account().recovery)
        self.anna.post("@@smsauth-recovery", fields)
        self.assertEqual(10, len(self.account().recovery))

    def test_and_the_code_form(self):
        visitor = self.pending()
        fields = {"token": visitor.token(), "form.buttons.verify": "1"}
        code = testing.last_code()
        other = self.visitor()
        other.set_cookie(wiring.cookie_name("smsauth_pending"), visitor.cookie("smsauth_pending"))
        before = self.account()
        for typed in (code, wrong(code)):
            answer = other.post("@@smsauth-verify", {**fields, "form.widgets.code": typed})
            self.assertIn("allow cookies for this site", answer.text)
        self.assertEqual(before, self.account())
        visitor.post("@@smsauth-verify", {**fields, "form.widgets.code": code})
        self.assertTrue(visitor.is_signed_in())

    def test_odd_cookies_are_none(self):
        fields = self.reset(self.visitor())
        for odd in ("", "x", "x" * 43 + "!", "x" * 5000, "\xff" * 43):
            with self.subTest(odd[:5]):
                name = wiring.cookie_name(COOKIE)
                header = f'{name}="{odd}"'.encode("latin-1").decode("latin-1")
                answer = self.visitor().post(RESET, fields, Cookie=header)
                self.assertIn("allow cookies for this site", answer.text)
                self.assertIn(f"{name}=", answer.headers["Set-Cookie"])


class TestCookie(ForeignTest):
    """What the browser is given."""

    def cookies(self, visitor, page=RESET):
        answer = visitor.request(page)
        return [
            value for value in answer.headers.getall("Set-Cookie") if value.startswith(f"{wiring.cookie_name(COOKIE)}=")
        ]

    def test_scripts_and_other_sites_cannot_use_it_and_it_is_set_once(self):
        visitor = self.visitor()
        (cookie,) = self.cookies(visitor)
        for attribute in ("httponly", "samesite=lax", "path=/"):
            self.assertIn(attribute, cookie.lower())
        self.assertNotIn("secure", cookie.lower())
        self.assertNotIn("expires", cookie.lower())
        self.assertEqual([], self.cookies(visitor, "@@smsauth-access"))
        self.assertNotEqual(cookie, self.cookies(self.visitor())[0])

    def test_over_https_it_is_secure(self):
        manage_addVirtualHostMonster(self.layer["app"], "virtual_hosting")
        transaction.commit()
        root = "http://nohost/VirtualHostBase/https/example.org:443/plone/VirtualHostRoot"
        self.assertIn("secure", self.cookies(self.visitor(root=root))[0].lower())

    def test_pages_without_a_form_of_ours_give_none(self):
        self.assertEqual([], self.cookies(self.visitor(), ""))


class TestForeignPages(ForeignTest):
    """What a browser says of the page that sent a form."""

    def test_a_form_that_another_site_sends_is_refused_and_shows_nothing_of_what_it_filled_in(self):
        for headers in ELSEWHERE:
            with self.subTest(headers):
                visitor = self.visitor()
                fields = self.reset(visitor)
                before = self.done()
                answer = visitor.post(RESET, fields, **headers)
                self.assertEqual(403, answer.status_int)
                self.assertIn("sent by a page of another site", answer.text)
                self.assertNotIn(OTHER_PHONE, answer.text)
                self.assertEqual(before, self.done())

    def test_one_that_this_site_sends_is_taken_from_new_and_old_browsers(self):
        self.configure(texts_per_user=100)
        for number, headers in enumerate(HERE):
            with self.subTest(headers):
                visitor = self.visitor()
                fields = {**self.reset(visitor), "form.widgets.mobile_number": f"+3168765430{number}"}
                answer = visitor.post(RESET, fields, **headers)
                self.assertIn("an e-mail with a link is on its way", answer.text)

    def test_behind_a_proxy_the_origin_is_the_one_outside(self):
        manage_addVirtualHostMonster(self.layer["app"], "virtual_hosting")
        transaction.commit()
        root = "http://nohost/VirtualHostBase/https/example.org:443/plone/VirtualHostRoot"
        for origin, status in (
            ("https://example.org", 200),
            ("https://example.org:443", 200),
            ("http://example.org", 403),
            ("http://nohost", 403),
            ("https://www.example.org", 403),
        ):
            with self.subTest(origin):
                visitor = self.visitor(root=root)
                answer = visitor.post(RESET, {"token": "x", "form.buttons.submit": "1"}, Origin=origin)
                self.assertEqual(status, answer.status_int)

    def test_the_code_form_is_closed_as_well_and_stays_usable(self):
        visitor = self.pending()
        code = testing.last_code()
        fields = {"token": visitor.token(), "form.widgets.code": code, "form.buttons.verify": "1"}
        before = self.account()
        answer = visitor.post("@@smsauth-verify", fields, **{"Sec-Fetch-Site": "cross-site"})
        self.assertEqual(403, answer.status_int)
        self.assertEqual(before, self.account())
        visitor.answer(code)
        self.assertTrue(visitor.is_signed_in())

    def test_so_are_those_of_members(self):
        for page, button in (("@@smsauth-disable", "disable"), ("@@smsauth-recovery", "make")):
            self.anna.open(page)
            fields = {"token": self.anna.token(), "form.widgets.password": PASSWORD, f"form.buttons.{button}": "1"}
            before = self.account()
            answer = self.anna.post(page, fields, Origin="https://attacker.example")
            self.assertEqual(403, answer.status_int)
            self.assertEqual(before, self.account())

    def test_and_those_of_administrators(self):
        administrator = Administrator(self.layer)
        fields = {"form.widgets.code_length": "8", "form.buttons.save": "1", "_authenticator": administrator.token}
        administrator._headers["Sec-Fetch-Site"] = "cross-site"
        answer = administrator.post("@@smsauth-controlpanel", fields, token=False)
        self.assertIn("sent by a page of another site", answer.text)
        self.assertEqual(6, setting("code_length"))
        query = {"user_id": "anna", "form.buttons.turn_off": "1", "_authenticator": administrator.token}
        administrator.post("@@smsauth-members", query, token=False)
        self.assertTrue(self.account().number)


class TestHeaders(unittest.TestCase):
    """The rule by itself."""

    def request(self, server="http://nohost", **headers):
        class Request(dict):
            def getHeader(self, name):
                return headers.get(name.replace("-", "_"))

        return Request(SERVER_URL=server)

    def test_a_server_without_a_readable_name_takes_no_origin_for_its_own(self):
        self.assertTrue(comes_from_elsewhere(self.request("http://[", Origin="http://[")))

    def test_a_port_of_its_own_is_part_of_the_origin(self):
        for origin, elsewhere in (("http://nohost:8080", False), ("http://nohost", True), ("http://nohost:81", True)):
            self.assertEqual(elsewhere, comes_from_elsewhere(self.request("http://nohost:8080", Origin=origin)))
