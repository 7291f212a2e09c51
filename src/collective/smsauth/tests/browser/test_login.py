"""Plone's sign-in forms with a second step behind them, and where a member arrives after it."""

from collective.smsauth import testing
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PASSWORD
from collective.smsauth.tests.support.visitor import PHONE
from plone import api
from Products.SiteAccess.VirtualHostMonster import manage_addVirtualHostMonster

import transaction

FORMS = ("login", "login_form", "failsafe_login", "failsafe_login_form")
#: Addresses outside of the portal, or none at all.
OUTSIDE = (
    "http://evil.example/",
    "https://evil.example/plone",
    "//evil.example/plone",
    "///evil.example/plone",
    "https:evil.example",
    "http:///evil.example",
    "http://nohost.evil.example/plone",
    "http://nohost@evil.example/plone",
    "http://nohost:80@evil.example/plone",
    "http://nohost/other",
    "http://nohost/plonesome",
    "http://nohost/plone/../other",
    "\\\\evil.example",
    "/\\evil.example",
    "http:\\\\evil.example",
    "javascript:alert(1)",
    "JavaScript:alert(1)//http://nohost/plone",
    "data:text/html,<script>alert(1)</script>",
    "mailto:me@evil.example",
    "http://nohost/plone\r\nLocation: http://evil.example",
    "http://nohost/plone\nSet-Cookie: a=b",
    "\thttp://nohost/plone",
    "&#47;/evil.example",
    "http://[nohost/plone",
)
#: Addresses that look like the portal's and lead nowhere, or to a page of the sign-in.
NOWHERE = (
    "http://nohost/plone/no-such-page",
    "http://nohost/plone/@@smsauth-verify",
    "http://nohost/plone/@@smsauth-reset?signature=x",
    "http://nohost/plone/login",
    "http://nohost/plone/acl_users/source_users/_user_passwords",
    "http://nohost/plone/portal_catalog/searchResults/x",
    "http://nohost/plone/++x++y",
    "http://nohost/plone/++resource++",
    "http://nohost/plone/@@",
    "http://nohost/plone/%00",
    "http://nohost/plone/[[",
    "http://nohost/plone/\N{PILE OF POO}",
    "http://nohost:8080/plone/sitemap",
    "sitemap",
    "/plone/sitemap",
    "http://nohost/plone/?x=" + "y" * 5000,
    "http://nohost/plone/?x=" + "".join(chr(0x4E00 + 37 * n) for n in range(900)),
)


class LoginTest(PageTest):
    """Anna is protected."""

    def setUp(self):
        super().setUp()
        self.protected()
        self.configure(texts_per_user=100, texts_per_number=1000, texts_per_address=10000)

    def start(self, came_from=None, *, form="login", name="anna", root=""):
        """Post a sign-in form as a browser does, and return the visitor and the answer."""
        visitor = self.visitor(**({"root": root} if root else {}))
        sent = {"__ac_name": name, "__ac_password": PASSWORD, "buttons.login": "Log in", "_authenticator": ""}
        return visitor, visitor.post(form, {**sent, **({} if came_from is None else {"came_from": came_from})})

    def finish(self, visitor):
        """Give the right code and return the answer."""
        visitor.open("@@smsauth-verify")
        sent = {
            "form.widgets.code": testing.last_code(),
            "form.buttons.verify": "Verify",
            "token": visitor.token(),
        }
        return visitor.post("@@smsauth-verify", sent)


class TestForms(LoginTest):
    """A correct password of a protected member leads to the code form."""

    def test_all_four_forms_lead_to_the_code_form(self):
        for form in FORMS:
            with self.subTest(form):
                self.clock.advance(61)
                _visitor, answer = self.start(form=form)
                self.assertEqual(302, answer.status_int)
                self.assertEqual("http://nohost/plone/@@smsauth-verify", answer.headers["Location"])

    def test_all_four_forms_still_sign_in_a_member_without_a_phone(self):
        for form in FORMS:
            with self.subTest(form):
                bert, _answer = self.start(form=form, name="bert")
                self.assertTrue(bert.is_signed_in())

    def test_the_password_alone_does_not_sign_in(self):
        anna, _answer = self.start()
        self.assertFalse(anna.is_signed_in())
        self.assertEqual("", anna.cookie("__ac"))

    def test_one_text_goes_to_the_phone_of_the_member(self):
        before = len(testing.texts())
        self.start()
        self.assertEqual(before + 1, len(testing.texts()))
        self.assertEqual(PHONE, testing.texts()[0].to)

    def test_a_wrong_password_says_what_it_says_for_everybody(self):
        pages = []
        for name in ("anna", "bert", "nobody"):
            visitor = self.visitor()
            visitor.sign_in(name, "wrong")
            pages.append(visitor.errors)
        self.assertIn("Login failed", pages[0])
        self.assertEqual(1, len(set(pages)))

    def test_a_get_with_the_name_of_the_button_sends_nothing(self):
        before = len(testing.texts())
        visitor = self.visitor()
        visitor.open(f"login?__ac_name=anna&__ac_password={PASSWORD.replace(' ', '+')}&buttons.login=Log+in")
        self.assertEqual(before, len(testing.texts()))
        self.assertEqual("", visitor.cookie("smsauth_pending"))
        self.assertFalse(visitor.is_signed_in())

    def test_signing_in_again_at_once_sends_no_second_text_and_the_first_code_goes_on(self):
        self.start()
        code = testing.last_code()
        anna = self.pending()
        self.assertEqual(code, testing.last_code())
        self.assertIn("A code was sent a moment ago", anna.page)
        anna.answer(code)
        self.assertTrue(anna.is_signed_in())

    def test_a_member_may_sign_in_by_e_mail_address(self):
        api.portal.set_registry_record("plone.use_email_as_login", True)
        self.portal.acl_users.updateLoginName("anna", "anna@example.org")
        transaction.commit()
        anna = self.pending("anna@example.org")
        self.assertEqual("@@smsauth-verify", anna.path)
        anna.answer()
        self.assertTrue(anna.is_signed_in())


class TestCookie(LoginTest):
    """The cookie of a pending sign-in."""

    def cookie(self, answer):
        """Return the header that sets it."""
        return next(value for value in answer.headers.getall("Set-Cookie") if value.startswith("smsauth_pending"))

    def test_scripts_and_other_sites_cannot_use_it(self):
        _visitor, answer = self.start()
        cookie = self.cookie(answer).lower()
        self.assertIn("httponly", cookie)
        self.assertIn("samesite=lax", cookie)
        self.assertIn("path=/", cookie)
        self.assertNotIn("secure", cookie)
        self.assertNotIn("expires", cookie)

    def test_over_https_it_is_secure(self):
        manage_addVirtualHostMonster(self.layer["app"], "virtual_hosting")
        transaction.commit()
        root = "http://nohost/VirtualHostBase/https/example.org:443/plone/VirtualHostRoot"
        _visitor, answer = self.start(root=root)
        self.assertEqual("https://example.org/@@smsauth-verify", answer.headers["Location"])
        self.assertIn("secure", self.cookie(answer).lower())

    def test_it_is_taken_back_once_the_sign_in_is_complete(self):
        anna, _answer = self.start()
        answer = self.finish(anna)
        self.assertIn("Max-Age=0", self.cookie(answer))
        self.assertEqual("", anna.cookie("smsauth_pending"))


class TestArrival(LoginTest):
    """After the right code Plone does what it always does after a sign-in."""

    def test_the_member_arrives_where_he_came_from(self):
        place = "http://nohost/plone/sitemap"
        anna, _answer = self.start(place)
        self.assertEqual(place, self.finish(anna).headers["Location"])
        self.assertTrue(anna.is_signed_in())

    def test_an_address_with_a_query_leads_where_a_password_alone_would_lead(self):
        # Plone 6.2 keeps the address, Plone 6.1 leads to the front page.
        place = "http://nohost/plone/@@search?SearchableText=a+b"
        bert, anna = self.visitor(), self.visitor()
        bert.sign_in("bert", came_from=place)
        anna.sign_in("anna", came_from=place)
        anna.answer()
        self.assertEqual(bert.browser.url, anna.browser.url)
        self.assertTrue(anna.is_signed_in())

    def test_a_page_that_asks_to_sign_in_is_come_back_to(self):
        anna = self.visitor()
        anna.open("@@personal-preferences")
        anna.browser.getControl(name="__ac_name").value = "anna"
        anna.browser.getControl(name="__ac_password").value = PASSWORD
        anna.browser.getControl(name="buttons.login").click()
        anna.answer()
        self.assertEqual("http://nohost/plone/@@personal-preferences", anna.browser.url)

    def test_nothing_leads_out_of_the_portal(self):
        for place in OUTSIDE:
            with self.subTest(place):
                anna, answer = self.start(place)
                self.assertEqual("http://nohost/plone/@@smsauth-verify", answer.headers["Location"])
                self.assertEqual("http://nohost/plone", self.finish(anna).headers["Location"])
                self.assertTrue(anna.is_signed_in())

    def test_nothing_odd_undoes_a_right_code(self):
        for place in NOWHERE:
            with self.subTest(place[:60]):
                anna, _answer = self.start(place)
                answer = self.finish(anna)
                self.assertEqual(302, answer.status_int)
                self.assertRegex(answer.headers["Location"], r"^(http://nohost(:8080)?/plone|/plone/sitemap$|sitemap$)")
                self.assertNotIn("smsauth-", answer.headers["Location"])
                self.assertTrue(anna.is_signed_in())

    def test_an_address_of_the_portal_under_the_other_scheme_undoes_nothing(self):
        anna, _answer = self.start("https://nohost/plone/sitemap")
        self.assertIn(self.finish(anna).headers["Location"], ("http://nohost/plone", "https://nohost/plone/sitemap"))
        self.assertTrue(anna.is_signed_in())

    def test_an_external_site_that_plone_lets_in_undoes_nothing(self):
        api.portal.set_registry_record("plone.allow_external_login_sites", ("http://sso.example/",))
        transaction.commit()
        anna, _answer = self.start("http://sso.example/page")
        self.assertEqual("http://nohost/plone", self.finish(anna).headers["Location"])
        self.assertTrue(anna.is_signed_in())

    def test_the_time_of_the_sign_in_is_kept_as_plone_does(self):
        before = api.user.get("anna").getProperty("login_time")
        anna, _answer = self.start()
        transaction.begin()
        self.assertEqual(before, api.user.get("anna").getProperty("login_time"))
        self.finish(anna)
        transaction.begin()
        self.assertLess(before, api.user.get("anna").getProperty("login_time"))

    def test_a_member_who_must_change_the_password_is_asked_to(self):
        api.user.get("anna").setMemberProperties({"must_change_password": True})
        transaction.commit()
        anna = self.pending()
        anna.answer()
        self.assertTrue(anna.is_signed_in())

    def test_a_member_deleted_in_between_is_not_signed_in(self):
        anna = self.pending()
        api.user.delete("anna")
        transaction.commit()
        anna.answer()
        self.assertFalse(anna.is_signed_in())
        self.assertIn("There is no login to complete", anna.page)

    def test_a_password_changed_in_between_ends_the_pending_sign_in(self):
        anna = self.pending()
        self.portal.acl_users.source_users.updateUserPassword("anna", "another secret 77")
        transaction.commit()
        anna.answer()
        self.assertFalse(anna.is_signed_in())

    def test_signing_out_ends_the_session_on_the_server(self):
        anna, _answer = self.start()
        self.finish(anna)
        thief = self.visitor()
        thief.set_cookie("__ac", anna.cookie("__ac"))
        self.assertTrue(thief.is_signed_in())
        anna.open("logout")
        self.assertFalse(thief.is_signed_in())
