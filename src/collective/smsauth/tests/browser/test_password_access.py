"""A forgotten password where the site asks for a code first: the same pages for every login, and a code that only its owner has."""

from collective.smsauth import testing
from collective.smsauth.delivery.dispatcher import Dispatcher
from collective.smsauth.delivery.pool import Pool
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.tests.browser.test_phone_reset import _neutral
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PASSWORD
from collective.smsauth.tests.support.visitor import PHONE
from collective.smsauth.tests.support.visitor import wrong
from dataclasses import replace
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from zope.component import getGlobalSiteManager
from zope.component import getUtility

import json
import re
import transaction

PAGES = ("@@smsauth-access", "@@smsauth-access-code")


class AccessTest(PageTest):
    """Anna is protected, bert is not."""

    def setUp(self):
        super().setUp()
        self.owner = self.protected()
        self.configure(access_page=True)

    def ask(self, login="anna", visitor=None):
        """Ask for a code, and return the visitor who did, on the page for the code."""
        visitor = visitor or self.visitor()
        visitor.open("@@smsauth-access")
        visitor.fill(username=login)
        visitor.click("submit")
        getUtility(IDispatcher).drain(30)
        transaction.begin()
        return visitor

    def sent(self):
        return len(testing.texts())

    def save(self, account, name="anna"):
        self.portal.acl_users.smsauth.accounts.save(name, account)
        transaction.commit()


class TestAccess(AccessTest):
    """The way of the owner."""

    def test_the_code_has_the_e_mail_of_plone_sent_which_leads_to_a_new_password(self):
        visitor = self.ask()
        self.assertEqual("@@smsauth-access-code", visitor.path)
        self.assertEqual(PHONE, testing.texts()[0].to)
        self.assertIn("choose a new password", testing.texts()[0].body)
        self.assertEqual([], self.mails())
        self.assertIn("Enter the code", visitor.page)
        visitor.answer()
        self.assertIn("The code was right.", visitor.page)
        self.assertNotIn("Enter the code", visitor.page)
        (mail,) = self.mails()
        self.assertEqual("anna@example.org", mail["To"])
        visitor.browser.open(self.link())
        for name in ("password", "password2"):
            visitor.browser.getControl(name=name).value = "a new secret 99"
        visitor.browser.getControl(name="userid").value = "anna"
        visitor.browser.getControl("Set my password").click()
        self.assertFalse(visitor.is_signed_in(), "the second step is still owed")
        self.clock.advance(1800)
        anna = self.visitor()
        anna.sign_in("anna", "a new secret 99")
        anna.answer()
        self.assertTrue(anna.is_signed_in())

    def test_strangers_who_crowd_the_queue_keep_the_e_mail_from_nobody_who_gave_the_right_code(self):
        visitor = self.ask()
        former, crowded = getUtility(IDispatcher), Dispatcher(errands=Pool("crowded", threads=1, room=0))
        self.addCleanup(getGlobalSiteManager().registerUtility, former, IDispatcher)
        self.addCleanup(crowded.stop, 30)
        getGlobalSiteManager().registerUtility(crowded, IDispatcher)
        with self.assertLogs("collective.smsauth", "ERROR"):
            self.ask("bert")
        visitor.answer()
        self.assertEqual(1, len(self.mails()))

    def test_the_code_signs_nobody_in_and_leads_to_no_page_without_the_e_mail(self):
        visitor = self.ask()
        visitor.answer()
        self.assertFalse(visitor.is_signed_in())
        self.assertNotIn("passwordreset", visitor.browser.contents)
        self.assertEqual("", visitor.cookie("__ac"))

    def test_a_code_works_once(self):
        visitor = self.ask()
        cookie, code = visitor.cookie("smsauth_access"), testing.last_code()
        visitor.answer()
        visitor.set_cookie(wiring.cookie_name("smsauth_access"), cookie)
        visitor.open("@@smsauth-access-code")
        visitor.answer(code)
        self.assertIn("The code was right.", visitor.page, "a page that was lost is shown again")
        self.assertEqual(1, len(self.mails()))
        self.clock.advance(120)
        visitor.set_cookie(wiring.cookie_name("smsauth_access"), cookie)
        visitor.open("@@smsauth-access-code")
        visitor.answer(code)
        self.assertIn("There is no open code.", visitor.errors)
        self.assertEqual(1, len(self.mails()))

    def test_a_code_expires(self):
        visitor = self.ask()
        self.clock.advance(301)
        visitor.answer()
        self.assertNotIn("The code was right.", visitor.page)
        self.assertEqual([], self.mails())

    def test_nobody_who_is_signed_in_is_asked(self):
        self.owner.open("@@smsauth-access")
        self.assertIn("You are logged in.", self.owner.page)
        self.assertFalse(self.owner.has("form.widgets.username"))

    def test_a_member_without_an_address_gets_no_e_mail_and_the_log_says_so(self):
        visitor = self.ask()
        api.user.get("anna").setMemberProperties({"email": ""})
        transaction.commit()
        self.assertEqual(["anna@example.org"], [mail["To"] for mail in self.mails()], "told of the change")
        self.forget_mails()
        with self.assertLogs("collective.smsauth", "WARNING"):
            visitor.answer()
            self.assertEqual([], self.mails())

    def test_the_code_page_asked_for_by_itself_says_what_to_do(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-access-code")
        self.assertIn("There is no code to enter", visitor.page)
        self.assertNotIn("Enter the code", visitor.page)
        self.assertFalse(visitor.has("form.widgets.code"))


class TestNothingTold(AccessTest):
    """Whoever is asked for, the pages are the same, nothing is sent, and no code is right."""

    def states(self):
        """Yield names of logins for which there is nothing."""
        anna = self.account()
        yield "unknown", "nobody"
        yield "root", SITE_OWNER_NAME
        yield "unprotected", "bert"
        yield "odd", "<b>x</b>"
        yield "long", "x" * 200
        for state, account in (
            ("locked", replace(anna, failures=100, failed_at=self.clock.time)),
            ("paused", replace(anna, failures=10, failed_at=self.clock.time)),
            ("empty number", replace(anna, number="", sessions={})),
        ):
            self.save(account)
            yield state, "anna"
        self.save(anna)
        api.user.delete("edith")
        transaction.commit()
        yield "deleted", "edith"

    def test_for_every_other_login_the_pages_say_the_same_send_nothing_and_accept_nothing(self):
        known = self.ask()
        page = _neutral(known.browser.contents)
        guess = wrong(testing.last_code())
        known.answer(guess)
        answer = _neutral(known.browser.contents)
        self.assertIn("Tries left for this code: 4.", answer)
        self.clock.advance(1800)
        for state, login in self.states():
            with self.subTest(state):
                sent = self.sent()
                visitor = self.ask(login)
                self.assertEqual(page, _neutral(visitor.browser.contents))
                visitor.answer(guess)
                self.assertEqual(answer, _neutral(visitor.browser.contents))
                self.assertEqual((sent, []), (self.sent(), self.mails()))

    def test_even_the_code_of_the_decoy_is_not_right(self):
        visitor = self.ask("nobody")
        secret = signed_values.unsign(wiring.keys("signing"), Usage.ACCESS, visitor.cookie("smsauth_access"))["s"]
        right, wrong = [], []

        def judge(code):
            return wiring.access().judge(secret, code, on_right=right.append, on_wrong=wrong.append).outcome.value

        self.assertEqual(["wrong"] * 5, [judge(f"{number:06}") for number in range(5)])
        self.assertEqual("too-many-tries", judge("000000"))
        self.assertEqual(([], [""] * 5), (right, wrong))

    def test_the_cookie_is_of_the_same_size_for_all_and_holds_no_login(self):
        sizes = {len(self.ask(login).cookie("smsauth_access")) for login in ("anna", "nobody", "x" * 200)}
        self.assertLessEqual(max(sizes) - min(sizes), 4, "the time in it may have more or fewer digits")

    def test_five_tries_then_a_right_code_is_refused_for_known_and_unknown(self):
        for login in ("anna", "nobody"):
            visitor = self.ask(login)
            code = testing.last_code()
            for _ in range(5):
                visitor.answer(wrong(code))
            visitor.answer(code)
            self.assertIn("This code was tried too often.", visitor.errors)
        self.assertEqual([], self.mails())

    def test_wrong_codes_lock_nobody_out_of_the_sign_in(self):
        for _ in range(3):
            visitor = self.ask()
            for _ in range(5):
                visitor.answer(wrong(testing.last_code()))
            self.clock.advance(1800)
        account = self.account()
        self.assertEqual((0, 0), (account.failures, account.wrong_codes_in_a_row))
        anna = self.pending()
        anna.answer(testing.last_code(PHONE))
        self.assertTrue(anna.is_signed_in())

    def test_after_ten_wrong_codes_of_a_member_no_code_is_sent_for_a_day(self):
        for _ in range(2):
            visitor = self.ask()
            for _ in range(5):
                visitor.answer(wrong(testing.last_code()))
            self.clock.advance(1800)
        sent = self.sent()
        self.ask()
        self.assertEqual(sent, self.sent())
        self.clock.advance(24 * 60 * 60)
        self.ask()
        self.assertEqual(sent + 1, self.sent())

    def test_limits_hold_for_logins_that_there_are_not_as_well(self):
        self.configure(texts_per_address=3)
        for _ in range(3):
            self.ask("nobody")
        sent = self.sent()
        page = _neutral(self.ask().browser.contents)
        self.assertEqual(sent, self.sent(), "the client address has had its share")
        self.assertEqual(page, _neutral(self.ask("nobody").browser.contents))

    def test_asking_takes_no_text_from_the_sign_in(self):
        for _ in range(5):
            self.ask()
            self.clock.advance(301)
        anna = self.pending()
        anna.answer(testing.last_code(PHONE))
        self.assertTrue(anna.is_signed_in())

    def test_attempts_that_have_ended_are_swept(self):
        self.configure(texts_per_address=10000)
        for number in range(12):
            self.ask(f"nobody{number}")
        self.clock.advance(601)
        for number in range(4):
            self.ask(f"somebody{number}")
        transaction.begin()
        self.assertLessEqual(len(self.portal.acl_users.smsauth._password_attempts), 8)


class TestPurposes(AccessTest):
    """A code of one purpose never serves another. The codes are so long that two are not the same by chance."""

    def setUp(self):
        super().setUp()
        self.configure(code_length=10)

    def test_a_code_of_this_page_signs_nobody_in(self):
        self.ask()
        code = testing.last_code()
        self.clock.advance(31)
        anna = self.pending()
        self.assertNotEqual(code, testing.last_code())
        anna.answer(code)
        self.assertFalse(anna.is_signed_in())

    def test_a_code_of_the_sign_in_has_no_e_mail_sent(self):
        visitor = self.ask()
        code = testing.last_code()
        self.pending()
        self.assertNotEqual(code, testing.last_code())
        visitor.answer(testing.last_code())
        self.assertEqual([], self.mails())

    def test_a_code_belongs_to_the_visit_that_asked_for_it(self):
        thief = self.ask()
        self.clock.advance(61)
        owner = self.ask()
        thief.answer(testing.last_code())
        self.assertEqual([], self.mails())
        owner.answer()
        self.assertEqual(1, len(self.mails()))

    def test_a_code_of_a_member_is_none_of_another(self):
        self.protected("bert", OTHER_PHONE)
        anna = self.ask("anna")
        self.ask("bert")
        anna.answer(testing.last_code(OTHER_PHONE))
        self.assertEqual([], self.mails())

    def test_the_page_never_falls_back_to_an_e_mail_with_a_code(self):
        account = self.account()
        self.configure(channel_text=False, channel_email=True)
        self.save(replace(account, contacts={"anna@example.org": 1.0}))
        sent = self.sent()
        self.ask()
        self.assertEqual((sent, []), (self.sent(), self.mails()))


class TestDoors(AccessTest):
    """Plone's own ways to the e-mail for a new password."""

    def doors(self):
        return {
            "form": ("mail_password", {"userid": "anna"}, {}),
            "help": (
                "login-help",
                {"form.widgets.reset_password": "anna", "form.buttons.reset": "1"},
                {},
            ),
            "tool": ("portal_registration/mailPassword", {"login": "anna", "REQUEST": ""}, {}),
            "REST": (
                "@users/anna/reset-password",
                b"{}",
                {"Accept": "application/json", "Content-Type": "application/json"},
            ),
        }

    def test_none_sends_it_before_the_code(self):
        for door, (path, fields, headers) in self.doors().items():
            with self.subTest(door):
                answer = self.visitor().post(path, fields, **headers)
                self.assertLess(answer.status_int, 500)
                self.assertEqual([], self.mails())

    def asks(self):
        """Return ways to ask for a new password by name; each takes a visitor and a login, and returns the answer."""
        as_json = {"Accept": "application/json", "Content-Type": "application/json"}

        def rest(**data):
            body = json.dumps(data).encode()
            return lambda visitor, login: visitor.post(f"@users/{login}/reset-password", body, **as_json)

        def form(path, field, **more):
            return lambda visitor, login: visitor.post(path, {field: login, **more})

        def xml_rpc(visitor, login):
            call = f"<methodCall><methodName>mailPassword</methodName><params><param><string>{login}</string></param>"
            body = f"{call}<param><string></string></param></params></methodCall>".encode()
            return visitor.post("portal_registration", body, **{"Content-Type": "text/xml"})

        new = "another horse 4242"
        return {
            "form": form("mail_password", "userid"),
            "help": form("login-help", "form.widgets.reset_password", **{"form.buttons.reset": "1"}),
            "tool": form("portal_registration/mailPassword", "login", REQUEST=""),
            "tool by another path": form("news/portal_registration/mailPassword", "login", REQUEST=""),
            "tool by a link": lambda visitor, login: visitor.request(f"portal_registration/mailPassword?login={login}"),
            "XML-RPC": xml_rpc,
            "REST": rest(),
            "REST with a token": rest(reset_token="0" * 32, new_password=new),
            "REST with a token for a bad password": rest(reset_token="0" * 32, new_password="x"),
            "REST with a token only": rest(reset_token="0" * 32),
            "REST with a password": rest(old_password=PASSWORD, new_password=new),
            "REST with both": rest(reset_token="0" * 32, old_password=PASSWORD, new_password=new),
            "REST with something else": rest(something="else"),
        }

    def test_each_answers_alike_whoever_is_asked_for(self):
        api.user.get("edith").setMemberProperties({"email": ""})
        transaction.commit()
        edith = self.visitor()
        edith.sign_in("edith")
        for door, ask in self.asks().items():
            for visitor in (self.visitor(), edith):
                answers = {}
                for login in ("nobody", "bert", "anna", SITE_OWNER_NAME, *([] if visitor is edith else ["edith"])):
                    answer = ask(visitor, login)
                    text = re.sub(r'"[0-9a-f]{40}"', "", _neutral(answer.text))
                    text = text.replace(login, "somebody").replace(SITE_OWNER_NAME, "somebody")
                    where = answer.headers.get("Location", "").replace(login, "somebody")
                    answers[login] = answer.status, where, text
                with self.subTest(door, signed_in=visitor is edith):
                    for login in ("bert", "anna", SITE_OWNER_NAME):
                        self.assertEqual(answers["nobody"], answers[login])
                    self.assertEqual(answers["nobody"], answers.get("edith", answers["nobody"]))
                    self.assertLess(int(answers["nobody"][0].split()[0]), 500)
        self.assertEqual([], self.mails())

    def test_whoever_manages_users_is_not_asked_for_a_code_at_the_address_of_the_tool(self):
        fields = {"login": "anna", "REQUEST": ""}
        owner = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}
        answers = [self.visitor().post("portal_registration/mailPassword", fields, **more) for more in ({}, owner)]
        self.assertEqual([302, 200], [answer.status_int for answer in answers])

    def test_without_the_setting_rest_tells_what_plone_tells(self):
        self.configure(access_page=False)
        statuses = [self.asks()["REST"](self.visitor(), login).status_int for login in ("nobody", "bert")]
        self.assertEqual([404, 200], statuses)

    def test_without_the_setting_each_sends_it_as_ever(self):
        self.configure(access_page=False)
        for door, (path, fields, headers) in self.doors().items():
            with self.subTest(door):
                self.forget_mails()
                self.visitor().post(path, fields, **headers)
                self.assertEqual(1, len(self.mails()))

    def test_the_pages_lead_to_ours(self):
        visitor = self.visitor()
        visitor.open("mail_password_form")
        self.assertEqual("@@smsauth-access", visitor.path)
        visitor.open("login-help")
        visitor.browser.getLink("Forgot your password?").click()
        self.assertEqual("@@smsauth-access", visitor.path)

    def test_without_the_setting_plones_pages_are_as_ever_and_ours_are_not_there(self):
        self.configure(access_page=False)
        visitor = self.visitor()
        visitor.open("mail_password_form")
        self.assertIn('name="userid"', visitor.browser.contents)
        visitor.open("login-help")
        self.assertTrue(visitor.has("form.widgets.reset_password"))
        for page in PAGES:
            self.assertEqual(404, visitor.request(page).status_int)
            self.assertEqual(404, visitor.post(page, {"form.buttons.submit": "1"}).status_int)

    def test_an_administrator_may_still_have_it_sent(self):
        from plone.app.testing import login

        login(self.portal, "test-user")
        self.portal.portal_registration.mailPassword("anna", self.layer["request"])
        transaction.commit()
        self.assertEqual(1, len(self.mails()))


class TestBadInput(AccessTest):
    """Nonsense is answered and changes nothing."""

    def test_cookies_that_are_none_of_this_page(self):
        keys = wiring.keys("signing")
        good = self.ask().cookie("smsauth_access")
        value = signed_values.unsign(keys, Usage.ACCESS, good)
        for kind, cookie in {
            "empty": "",
            "noise": "\u00ff\u00fe",
            "huge": "x" * 5000,
            "cut": good[:-1],
            "edited": "A" + good[1:],
            "another usage": signed_values.sign(keys, Usage.PENDING, value),
            "another site": signed_values.sign([b"other"], Usage.ACCESS, value),
            "a list": signed_values.sign(keys, Usage.ACCESS, [value]),
            "expired": signed_values.sign(keys, Usage.ACCESS, {**value, "x": self.clock.time}),
        }.items():
            with self.subTest(kind):
                visitor, name = self.visitor(), wiring.cookie_name("smsauth_access")
                answer = visitor.request(
                    "@@smsauth-access-code", Cookie=f'{name}="{cookie}"'.encode().decode("latin-1")
                )
                self.assertEqual(200, answer.status_int)
                self.assertIn("There is no code to enter", answer.text)

    def test_codes_that_are_none(self):
        visitor = self.ask()
        for code in (
            "",
            "12345",
            "1234567",
            "abcdef",
            "\u0661\u0662\u0663\u0664\u0665\u0666",
            "1" * 64,
            "9" * 100_000,
            "\0",
            "<b>",
        ):
            with self.subTest(code[:8]):
                answer = visitor.post(
                    "@@smsauth-access-code",
                    {"token": visitor.token(), "form.widgets.code": code, "form.buttons.verify": "1"},
                )
                self.assertEqual(200, answer.status_int)
        visitor.answer()
        self.assertIn("The code was right.", visitor.page)

    def test_only_these_forms_act(self):
        visitor = self.ask()
        code, token = testing.last_code(), visitor.token()
        visitor.request(f"@@smsauth-access-code?form.widgets.code={code}&form.buttons.verify=1&token={token}")
        visitor.post("@@smsauth-access-code", {"form.widgets.code": code, "form.buttons.verify": "1", "token": "x"})
        other = self.ask("nobody")
        visitor.post(
            "@@smsauth-access-code", {"form.widgets.code": code, "form.buttons.verify": "1", "token": other.token()}
        )
        self.assertEqual([], self.mails())

    def test_logins_that_are_none(self):
        for login in ("", " ", "x" * 201, "\u202e", "a\nb", json.dumps({"a": 1}), "${x}"):
            with self.subTest(login):
                visitor = self.visitor()
                visitor.open("@@smsauth-access")
                fields = {"token": visitor.token(), "form.widgets.username": login, "form.buttons.submit": "1"}
                self.assertIn(visitor.post("@@smsauth-access", fields).status_int, (200, 302))
        getUtility(IDispatcher).drain(30)
        self.assertEqual([], self.mails())
        self.assertNotIn(Purpose.ACCESS, self.account().challenges)

    def test_the_password_is_never_part_of_it(self):
        self.assertNotIn(PASSWORD, self.ask().browser.contents)
