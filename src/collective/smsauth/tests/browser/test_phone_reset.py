"""A lost phone: link by e-mail, code by text to the new number, and what neither of them tells."""

from collective.smsauth import testing
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.bare_pages import whole_page
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PHONE
from collective.smsauth.tests.support.visitor import wrong
from dataclasses import replace
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from urllib.parse import parse_qs
from urllib.parse import urlencode
from urllib.parse import urlsplit
from zope.component import getUtility

import re
import transaction


class ResetTest(PageTest):
    """Anna is protected and has lost her phone; bert is not protected."""

    def setUp(self):
        super().setUp()
        self.owner = self.protected()
        self.anna = self.visitor()

    def request(self, username="anna", number=OTHER_PHONE, visitor=None):
        """Ask for a reset, and return the visitor who did."""
        visitor = visitor or self.visitor()
        visitor.open("@@smsauth-reset-request")
        visitor.fill(username=username, mobile_number=number)
        visitor.click("submit")
        getUtility(IDispatcher).drain(30)
        return visitor

    def follow(self):
        """Open the link of the last e-mail in Anna's new browser."""
        self.anna.browser.open(self.link())

    def signature(self):
        """Return the signature in the last e-mail."""
        return parse_qs(urlsplit(self.link()).query)["signature"][0]


class TestRequest(ResetTest):
    """Asking for a reset."""

    def test_link_and_code_go_to_their_owner(self):
        self.request()
        (mail,) = self.mails()
        self.assertEqual("anna@example.org", mail["To"])
        self.assertTrue(self.link().startswith("http://nohost/plone/@@smsauth-reset?signature="))
        self.assertEqual(OTHER_PHONE, testing.texts()[0].to)

    def test_the_text_says_the_code_and_nothing_else(self):
        self.request()
        code = testing.last_code()
        self.assertEqual(f"Code: {code}\n@nohost #{code}", testing.texts()[0].body)

    def test_the_e_mail_holds_neither_code_nor_number(self):
        self.request()
        body = self.mails()[0].get_payload(decode=True).decode().partition("http")[0]
        self.assertNotIn(testing.last_code(), body)
        self.assertNotIn("87654321", body)

    def test_the_answer_is_the_same_whoever_is_asked_for(self):
        answers = {
            name: _neutral(self.request(name, f"+316876543{n}0").browser.contents)
            for n, name in enumerate(
                ("anna", "bert", "nobody", SITE_OWNER_NAME, "anna@example.org", "ANNA", "<b>x</b>")
            )
        }
        self.assertIn("an e-mail with a link is on its way", answers["anna"])
        self.assertIn("unchanged for 72 hours", answers["anna"])
        for name, answer in answers.items():
            with self.subTest(name):
                self.assertEqual(answers["anna"], answer)

    def test_nobody_else_gets_anything(self):
        sent = len(testing.texts())
        for name in ("bert", "nobody", SITE_OWNER_NAME):
            self.request(name)
        self.assertEqual(sent, len(testing.texts()))
        self.assertEqual([], self.mails())
        self.assertEqual("", self.account("bert").number)

    def test_a_member_without_e_mail_address_gets_the_same_answer_and_nothing(self):
        api.user.get("anna").setMemberProperties({"email": ""})
        transaction.commit()
        before = self.account()
        answer = _neutral(self.request().browser.contents)
        self.assertEqual(_neutral(self.request("nobody").browser.contents), answer)
        self.assertEqual(before, self.account())

    def test_a_member_whose_address_is_new_gets_the_same_answer_and_nothing(self):
        api.user.get("anna").setMemberProperties({"email": "new@example.org"})
        transaction.commit()
        self.forget_mails()
        before, sent = self.account(), len(testing.texts())
        answer = _neutral(self.request().browser.contents)
        self.assertEqual(_neutral(self.request("nobody").browser.contents), answer)
        self.assertEqual((before, sent, []), (self.account(), len(testing.texts()), self.mails()))

    def test_a_member_may_give_the_e_mail_address_where_it_is_the_login(self):
        api.portal.set_registry_record("plone.use_email_as_login", True)
        self.portal.acl_users.updateLoginName("anna", "anna@example.org")
        transaction.commit()
        self.request("anna@example.org")
        self.assertEqual(1, len(self.mails()))

    def test_a_number_of_no_use_is_refused_whoever_is_asked_for_and_all_is_kept(self):
        pages = []
        for name in ("anna", "nobody"):
            visitor = self.request(name, "0687654321")
            self.assertIn("This is not a phone number", visitor.errors)
            self.assertEqual((name, "0687654321"), (visitor.value("username"), visitor.value("mobile_number")))
            pages.append(_neutral(visitor.browser.contents).replace(name, ""))
        self.assertEqual(pages[0], pages[1])
        self.assertEqual([], self.mails())

    def test_nothing_changes_by_asking(self):
        before = self.account()
        self.request()
        after = self.account()
        self.assertEqual(
            (before.number, before.sessions, before.failures), (after.number, after.sessions, after.failures)
        )
        self.assertTrue(self.owner.is_signed_in())

    def test_asking_for_a_reset_takes_no_sign_in_text_from_the_owner(self):
        for last in range(6):
            self.request(number=f"+3168765432{last}")
        anna = self.pending()
        anna.answer(testing.last_code(PHONE))
        self.assertTrue(anna.is_signed_in())

    def test_without_mail_settings_nothing_breaks(self):
        self.portal.portal_registry["plone.email_from_address"] = None
        transaction.commit()
        answer = self.request()
        self.assertIn("an e-mail with a link is on its way", answer.page)
        self.assertEqual([], self.mails())


class TestLimits(ResetTest):
    """Abuse is bounded, and the answer stays the same."""

    def count(self, before):
        return len(testing.texts()) - before

    def test_per_member(self):
        before, fresh = len(testing.texts()), _neutral(self.request("nobody").browser.contents)
        for last in range(8):
            answer = self.request(number=f"+3168765432{last}")
            self.assertEqual(fresh, _neutral(answer.browser.contents))
        self.assertEqual(5, self.count(before))
        self.assertEqual(5, len(self.mails()))

    def test_per_number(self):
        self.configure(texts_per_number=2)
        before = len(testing.texts())
        for _ in range(4):
            self.request()
            self.clock.advance(31 * 60)
        self.assertEqual(2, self.count(before))

    def test_per_client_address(self):
        self.configure(texts_per_address=3)
        before = len(testing.texts())
        for last in range(3):
            self.request("nobody", number=f"+3168765431{last}")
        self.request()
        self.assertEqual(0, self.count(before))
        self.clock.advance(61 * 60)
        self.request()
        self.assertEqual(1, self.count(before))

    def test_a_request_that_was_refused_leaves_the_open_link_alone(self):
        self.request()
        signature = self.signature()
        self.request()
        self.assertEqual(1, len(self.mails()))
        self.assertTrue(wiring.verifier().is_open_link("anna", signature))


class TestLink(ResetTest):
    """The link: signed, for ten minutes, for once."""

    def setUp(self):
        super().setUp()
        self.request()

    @whole_page
    def test_it_opens_a_form_that_shows_the_number_masked(self):
        self.follow()
        self.assertIn("Verify your new phone number", self.anna.title)
        self.assertIn("ending in 21", self.anna.page)
        self.assertNotIn("87654321", self.anna.page)
        self.assertNotIn("anna", self.anna.page)
        self.assertEqual("no-referrer", self.anna.browser.headers["Referrer-Policy"])

    def test_the_right_code_changes_the_number(self):
        self.follow()
        self.anna.answer()
        self.assertEqual(OTHER_PHONE, self.account().number)
        self.assertEqual("login", self.anna.path)
        self.assertIn("Your phone number was changed", self.anna.news)

    def test_it_signs_nobody_in(self):
        self.follow()
        self.anna.answer()
        self.assertFalse(self.anna.is_signed_in())
        self.assertEqual({}, self.account().sessions)

    def test_password_and_a_code_to_the_new_phone_come_next(self):
        self.follow()
        self.anna.answer()
        self.clock.advance(31)
        anna = self.pending()
        self.assertEqual("@@smsauth-verify", anna.path)
        self.assertEqual(OTHER_PHONE, testing.texts()[0].to)
        anna.answer()
        self.assertTrue(anna.is_signed_in())

    def test_sessions_pending_sign_ins_and_codes_end(self):
        thief = self.pending()
        code = testing.last_code(PHONE)
        self.follow()
        self.anna.answer(testing.last_code(OTHER_PHONE))
        thief.answer(code)
        self.assertFalse(thief.is_signed_in())
        self.assertFalse(self.owner.is_signed_in())
        self.assertEqual({}, self.account().challenges)

    def test_the_former_number_and_the_e_mail_address_are_told_once(self):
        self.follow()
        self.anna.answer()
        self.assertEqual(PHONE, testing.texts()[0].to)
        self.assertIn("no longer receives login codes", testing.texts()[0].body)
        self.assertEqual(2, len(self.mails()))
        self.assertEqual("Your phone number for logging in was changed", self.mails()[1]["Subject"])

    def test_recovery_codes_and_numbers_of_the_last_72_hours_go_with_it_and_the_e_mail_says_so(self):
        accounts, now = self.portal.acl_users.smsauth.accounts, self.clock()
        contacts = {"+4915112345678": now - 71 * 3600, "+4915112345679": now - 73 * 3600}
        transaction.begin()
        accounts.save("anna", replace(accounts.get("anna"), contacts=contacts, recovery=("0f",), recovery_made=now))
        transaction.commit()
        self.follow()
        self.anna.answer()
        account = self.account()
        self.assertEqual((OTHER_PHONE, ()), (account.number, account.recovery))
        self.assertEqual(["+4915112345679"], list(account.contacts))
        body = self.mails()[-1].get_payload(decode=True).decode()
        self.assertIn("added in the last 72 hours", body.replace("\n", " "))
        self.assertIn("smsauth-not-me", body)

    def test_it_works_once(self):
        link, code = self.link(), testing.last_code()
        self.follow()
        self.anna.answer()
        self.anna.browser.open(link)
        self.assertIn("This link does not work", self.anna.page)
        self.assertFalse(self.anna.has("form.widgets.code"))
        self.assertNotEqual("", code)

    def test_it_works_for_ten_minutes(self):
        self.clock.advance(599)
        self.follow()
        self.assertTrue(self.anna.has("form.widgets.code"))
        self.clock.advance(1)
        self.follow()
        self.assertIn("This link does not work", self.anna.page)

    def test_a_form_left_open_past_the_end_of_the_link_changes_nothing(self):
        self.configure(code_lifetime=600)
        self.clock.advance(1801)
        self.request()
        self.follow()
        code = testing.last_code()
        self.clock.advance(601)
        self.anna.answer(code)
        self.assertIn("This link does not work", self.anna.page)
        self.assertEqual(PHONE, self.account().number)

    def test_a_newer_link_ends_it(self):
        former = self.link()
        self.clock.advance(61)
        self.request()
        self.anna.browser.open(former)
        self.assertIn("This link does not work", self.anna.page)
        self.follow()
        self.anna.answer()
        self.assertEqual(OTHER_PHONE, self.account().number)

    def test_the_code_of_another_link_does_not_fit(self):
        former = testing.last_code()
        self.clock.advance(61)
        self.request()
        self.follow()
        self.anna.answer(former)
        self.assertEqual(PHONE, self.account().number)

    def test_any_change_makes_it_worthless(self):
        signature = self.signature()
        payload, _dot, mac = signature.rpartition(".")
        keys = wiring.keys("signing")
        value = signed_values.unsign(keys, Usage.RESET, signature)
        edited = {
            "nothing": "",
            "cut": signature[:-1],
            "longer": signature + "A",
            "a blank": signature + " ",
            "dots": "..",
            "other case": signature.swapcase(),
            "first letter": ("A" if signature[0] != "A" else "B") + signature[1:],
            "last letter": signature[:-1] + ("A" if signature[-1] != "A" else "Q"),
            "payload only": payload,
            "mac only": f".{mac}",
            "twice": f"{signature}.{signature}",
            "another usage": signed_values.sign(keys, Usage.PENDING, value),
            "another name": signed_values.sign(keys, Usage.RESET, {**value, "i": "another"}),
            "another member": signed_values.sign(keys, Usage.RESET, {**value, "u": "bert"}),
            "a later end": signed_values.sign(keys, Usage.RESET, {**value, "x": value["x"] + 1}),
            "another key": signed_values.sign([b"0" * 32], Usage.RESET, value),
            "the form's token": self.token(),
        }
        before = self.account()
        for kind, candidate in edited.items():
            with self.subTest(kind):
                self.anna.open(f"@@smsauth-reset?{urlencode({'signature': candidate})}")
                self.assertIn("This link does not work", self.anna.page)
                self.assertFalse(self.anna.has("form.widgets.code"))
        self.assertEqual(before, self.account())

    def token(self):
        self.follow()
        return self.anna.token()

    def test_wrong_codes_are_bounded(self):
        code = testing.last_code()
        self.follow()
        for _ in range(5):
            self.anna.answer(wrong(code))
        self.anna.answer(code)
        self.assertIn("tried too often", self.anna.errors)
        self.assertEqual(PHONE, self.account().number)

    def test_wrong_codes_of_a_stranger_do_not_pause_the_owner(self):
        code = testing.last_code()
        self.follow()
        for _ in range(5):
            self.anna.answer(wrong(code))
        self.assertEqual(0, self.account().failures)

    def test_a_sign_in_code_does_not_fit(self):
        self.pending()
        self.follow()
        self.anna.answer(testing.last_code(PHONE))
        self.assertIn("This code is not right", self.anna.errors)
        self.assertEqual(PHONE, self.account().number)

    def test_it_is_the_way_out_of_a_lock(self):
        accounts = self.portal.acl_users.smsauth.accounts
        transaction.begin()
        accounts.save("anna", replace(accounts.get("anna"), failures=100, failed_at=self.clock()))
        transaction.commit()
        self.follow()
        self.anna.answer()
        self.assertEqual((OTHER_PHONE, 0), (self.account().number, self.account().failures))

    def test_a_password_changed_in_between_ends_it(self):
        link = self.link()
        self.owner.open("@@change-password")
        new = "new secret 123"
        self.owner.fill(current_password=testing.PASSWORD, new_password=new, new_password_ctl=new)
        self.owner.browser.getControl("Change Password").click()
        self.assertIn("Password changed", self.owner.news)
        self.anna.browser.open(link)
        self.assertIn("This link does not work", self.anna.page)

    def test_an_address_changed_in_between_ends_it(self):
        link = self.link()
        api.user.get("anna").setMemberProperties({"email": "other@example.org"})
        transaction.commit()
        self.anna.browser.open(link)
        self.assertIn("This link does not work", self.anna.page)
        account = self.account()
        self.assertEqual((None, {}), (account.reset, dict(account.challenges)))

    def test_while_somebody_else_is_signed_in_nothing_is_judged(self):
        self.anna.sign_in("bert")
        self.follow()
        self.assertIn("You are logged in with another account", self.anna.page)
        self.assertFalse(self.anna.has("form.widgets.code"))

    def test_the_owner_may_use_it_while_signed_in(self):
        self.owner.browser.open(self.link())
        self.owner.answer()
        self.assertEqual(OTHER_PHONE, self.account().number)
        self.assertFalse(self.owner.is_signed_in())

    def test_a_deleted_member_has_no_link(self):
        link = self.link()
        api.user.delete("anna")
        transaction.commit()
        self.anna.browser.open(link)
        self.assertIn("This link does not work", self.anna.page)

    def test_a_get_with_the_names_of_the_buttons_changes_nothing(self):
        self.follow()
        query = {"signature": self.signature(), "form.widgets.code": testing.last_code(), "form.buttons.verify": "x"}
        self.anna.request(f"@@smsauth-reset?{urlencode({**query, 'token': self.anna.token()})}")
        self.assertEqual(PHONE, self.account().number)


def _neutral(markup):
    """Return a page without what differs each time: the token of the form."""
    return re.sub(r'name="token"\s+type="hidden"\s+value="[^"]*"', "", markup)
