"""A form that had its effect is sent again: by a second click, a script and a thumb, Back, or a browser that tries again.

The second one gets what the first one got. Nothing is done twice, and nothing is said that is not true.
"""

from collective.smsauth import testing
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PASSWORD
from collective.smsauth.tests.support.visitor import PHONE
from lxml import html
from urllib.parse import urlencode
from urllib.parse import urlsplit
from zope.component import getUtility

import transaction

ADDED = "+4915112345678"
#: What Plone's login form says to browsers without scripts.
NO_COOKIES = "Error Cookies are not enabled. You must enable cookies before you can log in."
#: How the second post comes: with the cookies of before the first answer, as a double click does, or with those of after it.
WAYS = ("double click", "back")


class TwiceTest(PageTest):
    """Anna is protected."""

    def setUp(self):
        super().setUp()
        self.owner = self.protected()

    def twice(self, visitor, button, way, **typed):
        """Send the form at hand twice, and return what the browser shows after each: path, news and errors."""
        path, fields = self.form(visitor, button, **typed)
        if way == "back":
            other, shown = visitor, [self.send(visitor, path, fields) for _ in range(2)]
        else:
            other = self.double(visitor)
            # the browser drops the first answer: it does not follow where that leads
            dropped = visitor.post(path, fields)
            other, shown = other, [self.send(other, path, fields)]
            where = urlsplit(dropped.headers.get("Location", visitor.browser.url)).path.rpartition("/")[2]
            shown.insert(0, (where, *shown[0][1:]))
        getUtility(IDispatcher).drain(30)
        transaction.begin()
        return other, shown

    def form(self, visitor, button, **typed):
        """Return path and fields of the form at hand that has that button."""
        name = f"form.buttons.{button}"
        document = html.fromstring(visitor.browser.contents)
        (form,) = [form for form in document.forms if form.xpath(f'.//*[@name="{name}"]')]
        fields = dict(form.form_values())
        buttons = form.xpath(f'.//*[@name="{name}"]/@value')
        fields |= {f"form.widgets.{key}": value for key, value in typed.items() if key != "value"}
        fields[name] = typed.get("value", buttons[0])
        parts = urlsplit(form.action or visitor.browser.url)
        return f"{parts.path.rpartition('/')[2]}?{parts.query}".rstrip("?"), fields

    def double(self, visitor):
        """Return a browser with the same cookies."""
        double = self.visitor()
        for cookie in visitor._jar:
            double._jar.set_cookie(cookie)
        return double

    def send(self, visitor, path, fields):
        visitor.browser.open(f"{visitor.root}/{path}", urlencode(fields))
        return visitor.path, visitor.news, visitor.errors.removeprefix(NO_COOKIES)

    def assert_same(self, shown):
        self.assertEqual(*shown)
        self.assertEqual("", shown[0][2])


class TestSignIn(TwiceTest):
    def test_the_password_leads_to_the_code_form_and_sends_one_text(self):
        for way in WAYS:
            with self.subTest(way):
                self.clock.advance(3600)
                visitor, sent = self.visitor(), len(testing.texts())
                visitor.open("login")
                name = {"__ac_name": "anna", "__ac_password": PASSWORD, "buttons.login": "Log in"}
                other = self.double(visitor) if way == "double click" else visitor
                first, second = (self.send(one, "login", name) for one in (visitor, other))
                self.assertEqual(("@@smsauth-verify", "@@smsauth-verify"), (first[0], second[0]))
                self.assertEqual(1, len(testing.texts()) - sent)
                other.answer()
                self.assertTrue(other.is_signed_in())

    def test_the_code_signs_in_once(self):
        for way in WAYS:
            with self.subTest(way):
                self.clock.advance(3600)
                before = len(self.account().sessions)
                visitor = self.pending()
                other, shown = self.twice(visitor, "verify", way, code=testing.last_code())
                self.assertEqual(shown[0][:1], shown[1][:1])
                self.assertEqual(("", ""), (shown[0][2], shown[1][2]))
                self.assertTrue(other.is_signed_in())
                self.assertEqual(before + 1, len(self.account().sessions))

    def test_once_the_session_was_used_the_way_to_the_goal_is_all_there_is(self):
        goal = f"{self.portal.absolute_url()}/sitemap"
        visitor = self.visitor()
        visitor.sign_in("anna", came_from=goal)
        path, fields = self.form(visitor, "verify", code=testing.last_code())
        self.send(visitor, path, fields)
        visitor.open("@@smsauth-setup")
        before = self.account()
        thief = self.visitor()
        for cookie in visitor._jar:
            if cookie.name.startswith(("smsauth_pending", "smsauth_form")):
                thief._jar.set_cookie(cookie)
        shown = self.send(visitor, path, fields)
        self.assertEqual(("", ""), (shown[1], shown[2]))
        self.assertTrue(visitor.is_signed_in())
        self.send(thief, path, fields)
        self.assertFalse(thief.is_signed_in())
        self.assertEqual(before, self.account())

    def test_a_new_code_is_sent_once_and_both_say_so(self):
        for way in WAYS:
            with self.subTest(way):
                self.clock.advance(3600)
                visitor, sent = self.pending(), len(testing.texts())
                self.clock.advance(40)
                other, shown = self.twice(visitor, "resend", way)
                self.assert_same(shown)
                self.assertIn("A new code is on its way", shown[1][1])
                self.assertEqual(1, len(testing.texts()) - sent)
                other.answer()
                self.assertTrue(other.is_signed_in())


class TestSetUp(TwiceTest):
    def setUp(self):
        super().setUp()
        self.bert = self.visitor()
        self.bert.sign_in("bert")

    def test_the_number_gets_one_text_and_the_code_binds_it_once(self):
        for way in WAYS:
            with self.subTest(way):
                self.clock.advance(3600)
                bert, sent, number = self.visitor(), len(testing.texts()), f"+3161234560{WAYS.index(way)}"
                bert.sign_in("edith" if way == "back" else "bert")
                bert.open("@@smsauth-setup")
                bert, shown = self.twice(bert, "send", way, mobile_number=number)
                self.assert_same(shown)
                self.assertEqual(("@@smsauth-confirm", 1), (shown[1][0], len(testing.texts()) - sent))
                self.forget_mails()
                bert.open("@@smsauth-confirm")
                bert, shown = self.twice(bert, "verify", way, code=testing.last_code(number))
                if way == "double click":
                    self.assert_same(shown)
                else:
                    self.assertEqual(("@@smsauth-setup", ""), (shown[1][0], shown[1][2]))
                    self.assertIn("Two-step verification is on", bert.page)
                self.assertTrue(bert.is_signed_in())
                self.assertEqual(1, len(self.mails()))

    def test_a_new_code_for_it_is_sent_once_and_both_say_so(self):
        for way in WAYS:
            with self.subTest(way):
                self.clock.advance(3600)
                self.bert.ask_code("+31612345600", PASSWORD)
                sent = len(testing.texts())
                self.clock.advance(40)
                self.bert, shown = self.twice(self.bert, "resend", way)
                self.assert_same(shown)
                self.assertEqual(1, len(testing.texts()) - sent)


class TestAccount(TwiceTest):
    def test_turning_off(self):
        for way in WAYS:
            with self.subTest(way):
                owner = self.protected()
                owner.open("@@smsauth-disable")
                self.forget_mails()
                owner, shown = self.twice(owner, "disable", way, password=PASSWORD)
                self.assert_same(shown)
                self.assertEqual("@@smsauth-setup", shown[1][0])
                self.assertIn("Two-step verification was turned off", shown[1][1])
                self.assertTrue(owner.is_signed_in())
                self.assertEqual(1, len(self.mails()))

    def add(self):
        accounts = self.portal.acl_users.smsauth.accounts
        account = self.account()
        accounts.save("anna", type(account)(**{**vars(account), "contacts": {ADDED: self.clock()}}))
        transaction.commit()

    def change(self, button, way):
        """Press a button for the further number twice."""
        self.add()
        owner = self.owner
        owner.open("@@smsauth-contacts")
        owner.browser.getLink(url="@@smsauth-contact?point=").click()
        self.forget_mails()
        owner, shown = self.twice(owner, button, way, password=PASSWORD)
        self.assert_same(shown)
        self.assertEqual("@@smsauth-contacts", shown[1][0])
        self.assertTrue(owner.is_signed_in())
        return shown[1][1]

    def test_taking_a_number_off(self):
        for way in WAYS:
            with self.subTest(way):
                self.assertIn("Removed", self.change("remove", way))
                self.assertEqual({}, dict(self.account().contacts))

    def test_making_a_number_the_primary_one(self):
        for way in WAYS:
            with self.subTest(way):
                self.owner = self.protected()
                self.assertIn("Codes go to this number first", self.change("primary", way))
                self.assertEqual(ADDED, self.account().number)
                self.assertEqual(1, len(self.mails()))

    def test_proving_a_number(self):
        for way in WAYS:
            with self.subTest(way):
                self.clock.advance(3600)
                number = f"+3161234560{WAYS.index(way)}"
                sent = len(testing.texts())
                self.owner.open("@@smsauth-contacts")
                self.owner, shown = self.twice(self.owner, "send", way, address=number, password=PASSWORD)
                self.assert_same(shown)
                self.assertEqual(1, len(testing.texts()) - sent)
                self.forget_mails()
                self.owner.open("@@smsauth-contacts")
                self.owner, shown = self.twice(self.owner, "verify", way, code=testing.last_code(number))
                self.assert_same(shown)
                self.assertIn("Verified", shown[1][1])
                self.assertEqual(1, len(self.mails()))

    def test_forgetting_a_browser(self):
        self.configure(trust_days=30)
        for way in WAYS:
            with self.subTest(way):
                self.clock.advance(3600)
                trusting = self.pending()
                trusting.browser.getControl(name="form.widgets.trust:list").value = ["selected"]
                trusting.answer()
                owner = self.owner
                owner.open("@@smsauth-browsers")
                (name,) = self.account().trusted
                owner, shown = self.twice(owner, "forget", way, value=name)
                self.assert_same(shown)
                self.assertIn("The browser was forgotten", shown[1][1])
                self.assertEqual({}, dict(self.account().trusted))
                self.assertTrue(owner.is_signed_in())


class TestLostAccess(TwiceTest):
    def test_asking_for_a_reset_sends_one_link_and_one_code_and_the_code_moves_the_number(self):
        for way in WAYS:
            with self.subTest(way):
                self.clock.advance(24 * 3600)
                number = f"+3161234560{WAYS.index(way)}"
                visitor, sent = self.visitor(), len(testing.texts())
                visitor.open("@@smsauth-reset-request")
                self.forget_mails()
                visitor, shown = self.twice(visitor, "submit", way, username="anna", mobile_number=number)
                self.assert_same(shown)
                self.assertIn("an e-mail with a link is on its way", visitor.page)
                self.assertEqual((1, 1), (len(self.mails()), len(testing.texts()) - sent))
                code = testing.last_code(number)
                visitor.browser.open(self.link())
                visitor, shown = self.twice(visitor, "verify", way, code=code)
                self.assert_same(shown)
                self.assertEqual("login", shown[1][0])
                self.assertIn("Your phone number was changed", shown[1][1])

    def test_the_code_for_another_password(self):
        self.configure(access_page=True)
        for way in WAYS:
            with self.subTest(way):
                self.clock.advance(24 * 3600)
                visitor, sent = self.visitor(), len(testing.texts())
                visitor.open("@@smsauth-access")
                visitor, shown = self.twice(visitor, "submit", way, username="anna")
                self.assert_same(shown)
                self.assertEqual(1, len(testing.texts()) - sent)
                visitor.open("@@smsauth-access-code")
                self.forget_mails()
                visitor, shown = self.twice(visitor, "verify", way, code=testing.last_code(PHONE))
                self.assertEqual(("", ""), (shown[0][2], shown[1][2]))
                self.assertEqual(1, len(self.mails()))


class TestAdministrators(TwiceTest):
    def setUp(self):
        super().setUp()
        add_site_administrator()
        self.frank = Administrator(self.layer, "frank", PASSWORD)

    def press(self, view, button, **more):
        """Send the form of a page of administrators twice, and return both pages that follow."""
        contents = self.frank.open(view)
        (form, *_) = [
            form for form in html.fromstring(contents).forms if form.xpath(f'.//*[@name="form.buttons.{button}"]')
        ]
        fields = {**dict(form.form_values()), f"form.buttons.{button}": "1", **more}
        url = form.action or self.frank.browser.url
        pages = []
        for _ in range(2):
            self.frank.browser.open(url, urlencode(fields))
            pages.append(self.frank.browser.contents)
        return pages

    def tests(self):
        return [text.to for text in testing.texts()].count(OTHER_PHONE)

    def test_a_test_text_leaves_once(self):
        view = "@@smsauth-controlpanel"
        number = {"form.widgets.test_number": OTHER_PHONE}
        pages = self.press(view, "test", **number)
        self.assertEqual(1, self.tests())
        self.assertIn("The text message was sent.", pages[0])
        self.assertIn("This text was sent already", pages[1])
        self.press(view, "test", **number)
        self.assertEqual(2, self.tests(), "a form that is shown anew sends another one")

    def test_what_is_done_for_a_member_is_done_once_and_said_twice(self):
        for button, words in (
            ("end_sessions", "All sessions of anna were ended"),
            ("turn_off", "Two-step verification of anna was turned off"),
        ):
            with self.subTest(button):
                pages = self.press("@@smsauth-members?search=anna", button)
                self.assertIn(words, pages[0])
                self.assertIn(words, pages[1])
