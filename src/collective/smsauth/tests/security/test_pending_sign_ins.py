"""Sign-ins of one member that several browsers begin: none takes anything from another, and a code belongs to who was shown it."""

from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.policy import WARN_AFTER_BEGUN
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.testing import texts
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import wrong
from collective.smsauth.verification import lifecycle
from plone import api

import re

PENDING = "smsauth_pending"


class SeveralBrowsers(DoorTest):
    def begin(self, user_id="anna", client=None):
        """Give the password in a browser, and look at the page that follows."""
        client = client or self.client()
        client.post(self.path("login"), form=sign_in_form(user_id))
        self.page = client.get(self.path("@@smsauth-verify"))
        return client

    def answer(self, client, code):
        """Enter a code; return the answer."""
        form = fields_of(client.get(self.path("@@smsauth-verify")), form__widgets__code=code, form__buttons__verify="1")
        return client.post(self.path("@@smsauth-verify"), form=form)

    def resend(self, client):
        form = fields_of(client.get(self.path("@@smsauth-verify")), form__buttons__resend="1")
        return client.post(self.path("@@smsauth-verify"), form=form)

    def signs_in(self, client, code):
        self.answer(client, code)
        return self.is_signed_in(client, "anna")

    def account(self):
        commit()
        return self.gate.accounts.get("anna")


class StrangersTest(SeveralBrowsers):
    def test_the_member_completes_theirs_however_many_others_begin_meanwhile(self):
        anna = self.begin()
        code = last_code()
        for _ in range(12):
            self.begin()
        self.assertTrue(self.signs_in(anna, code))

    def test_the_member_completes_theirs_although_others_had_newer_codes_sent(self):
        anna = self.begin()
        code, before = last_code(), sent()
        for wait in (31, 61, 121):
            self.clock.advance(wait)
            self.begin()
        self.assertEqual(before + 3, sent())
        self.assertNotEqual(code, last_code())
        self.assertTrue(self.signs_in(anna, code))

    def test_a_recovery_code_completes_it_too(self):
        codes = wiring.parts().backup_codes.make_recovery_codes("anna")
        commit()
        anna = self.begin()
        for _ in range(8):
            self.begin()
        self.assertTrue(self.signs_in(anna, codes[0]))

    def test_it_lasts_for_fifteen_minutes_whatever_others_begin(self):
        anna = self.begin()
        for _ in range(8):
            self.begin()
        self.clock.advance(15 * 60 - 1)
        self.assertIn("form.widgets.code", anna.get(self.path("@@smsauth-verify")).text)
        self.clock.advance(1)
        self.assertIn("There is no login to complete", anna.get(self.path("@@smsauth-verify")).text)

    def test_the_record_does_not_grow_with_them(self):
        self.begin()
        before = len(str(dict(self.gate._accounts["anna"])))
        for _ in range(20):
            self.begin()
        commit()
        self.assertLess(len(str(dict(self.gate._accounts["anna"]))), before + 10)

    def test_wrong_codes_of_all_of_them_are_counted(self):
        anna, other = self.begin(), self.begin()
        self.answer(anna, wrong(last_code()))
        self.answer(other, wrong(last_code()))
        self.assertEqual(2, self.account().failures)


class BindingTest(SeveralBrowsers):
    def test_a_code_does_not_complete_a_sign_in_whose_page_never_named_it(self):
        first = self.begin()
        self.clock.advance(31)
        second = self.begin()
        newest = last_code()
        self.assertFalse(self.signs_in(first, newest))
        self.assertEqual(1, self.account().failures)
        self.assertTrue(self.signs_in(second, newest))

    def test_looking_at_the_page_again_names_no_other_code(self):
        first = self.begin()
        self.clock.advance(31)
        self.begin()
        shown = first.get(self.path("@@smsauth-verify")).text
        newest = self.account().challenges[Purpose.SIGN_IN]
        self.assertIn(f"({newest.reference})", texts()[0].body)
        self.assertNotIn(f"letters {newest.reference}", shown)
        self.assertFalse(self.signs_in(first, last_code()))

    def test_too_soon_for_another_text_the_last_code_completes_both(self):
        first = self.begin()
        before = sent()
        second = self.begin()
        self.assertEqual(before, sent())
        self.assertTrue(self.signs_in(second, last_code()))
        self.assertFalse(self.is_signed_in(first, "anna"))

    def test_who_comes_after_others_who_had_all_texts_sent_is_told_to_use_the_last_code(self):
        for wait in (1, 31, 61, 121, 301):
            self.clock.advance(wait)
            self.begin()
        before = sent()
        self.clock.advance(120)
        anna = self.client()
        shown = anna.follow(anna.post(self.path("login"), form=sign_in_form("anna"))).text
        self.assertEqual(before, sent())
        self.assertIn("No code was sent. Too many codes were sent.", shown)
        self.assertIn(f"letters {self.account().challenges[Purpose.SIGN_IN].reference}", shown)
        self.assertTrue(self.signs_in(anna, last_code()))

    def test_too_soon_to_resend_the_page_tells_to_use_the_last_code(self):
        first = self.begin()
        self.clock.advance(31)
        self.begin()
        newest = last_code()
        told = self.resend(first)
        self.assertIn("A code was sent a moment ago", told.text)
        self.assertEqual(newest, last_code())
        self.assertTrue(self.signs_in(first, newest))

    def test_a_resent_code_completes_the_sign_in_even_if_its_answer_never_arrived(self):
        client = self.begin()
        self.clock.advance(31)
        before = dict(client.cookies)
        self.resend(client)
        client.cookies = before
        self.assertTrue(self.signs_in(client, last_code()))

    def test_begun_anew_in_the_same_browser_the_code_that_was_sent_still_completes_it(self):
        self.configure(texts_per_user=1)
        client = self.begin()
        code = last_code()
        self.clock.advance(31)
        self.begin(client=client)
        self.assertTrue(self.signs_in(client, code))

    def test_a_code_works_once_whoever_was_told_to_use_it(self):
        first, second = self.begin(), self.begin()
        code = last_code()
        self.assertTrue(self.signs_in(first, code))
        self.assertFalse(self.signs_in(second, code))

    def test_with_two_cookies_of_one_member_swapped_nothing_else_is_gained(self):
        first = self.begin()
        self.clock.advance(31)
        second = self.begin()
        first.cookies, second.cookies = second.cookies, first.cookies
        self.assertTrue(self.signs_in(first, last_code()))


class EndTest(SeveralBrowsers):
    def is_pending(self, client):
        return "form.widgets.code" in client.get(self.path("@@smsauth-verify")).text

    def test_a_new_password_by_any_route_ends_all(self):
        users = self.portal.acl_users
        routes = {
            "profile": lambda: api.user.get("anna").setSecurityProfile(password="another-secret-1"),
            "plugin": lambda: users.source_users.updateUserPassword("anna", "another-secret-2"),
            "user folder": lambda: users.userSetPassword("anna", "another-secret-3"),
        }
        for name, change in routes.items():
            with self.subTest(name):
                anna = self.begin()
                self.assertTrue(self.is_pending(anna))
                code = last_code()
                with api.env.adopt_roles(["Manager"]):
                    change()
                commit()
                self.assertFalse(self.is_pending(anna))
                self.assertFalse(self.is_signed_in(anna, "anna"), code)
                users.source_users.updateUserPassword("anna", PASSWORD)
                commit()
                self.assertFalse(self.is_pending(anna), "changed back, it is another password still")
                self.clock.advance(31 * 60)

    def test_ended_sessions_end_all_even_in_the_same_moment(self):
        anna = self.begin()
        lifecycle.end_sessions(self.gate.accounts, "anna")
        commit()
        self.assertFalse(self.is_pending(anna))
        self.assertTrue(self.is_pending(self.begin()))

    def test_a_completed_one_is_not_completed_again(self):
        client = self.begin()
        kept = dict(client.cookies)
        self.assertTrue(self.signs_in(client, last_code()))
        again = self.client(**kept)
        self.assertFalse(self.is_pending(again) and self.signs_in(again, wrong(last_code())))
        self.clock.advance(121)
        self.begin()
        again = self.client(**kept)
        self.assertFalse(self.is_pending(again))
        self.assertFalse(self.is_signed_in(again, "anna"))

    def test_log_out_ends_it_in_the_browser_and_on_the_server(self):
        client = self.begin()
        kept = dict(client.cookies)
        code = last_code()
        client.get(self.path("logout"))
        self.assertEqual([], client.named(PENDING))
        self.assertFalse(self.is_pending(self.client(**kept)))
        other = self.begin()
        self.assertTrue(self.signs_in(other, code))

    def test_log_out_of_one_browser_leaves_the_others(self):
        first, second = self.begin(), self.begin()
        first.get(self.path("logout"))
        self.assertTrue(self.signs_in(second, last_code()))


class WarningTest(PageTest):
    """Many sign-ins in a row without a completed one."""

    def setUp(self):
        super().setUp()
        self.protected()

    def warnings(self):
        return [mail for mail in self.mails() if "smsauth-not-me" in mail.get_payload(decode=True).decode()]

    def begin(self, times):
        for _ in range(times):
            visitor = self.pending()
        return visitor

    def test_the_member_is_told_once_in_a_row(self):
        self.begin(WARN_AFTER_BEGUN - 1)
        self.assertEqual([], self.warnings())
        self.begin(1)
        [mail] = self.warnings()
        self.assertIn("anna@example.org", mail["To"])
        self.assertNotIn("entered wrong codes", mail.get_payload(decode=True).decode())
        self.begin(10)
        self.assertEqual(1, len(self.warnings()))

    def test_a_completed_one_begins_another_row(self):
        self.begin(WARN_AFTER_BEGUN - 1).answer()
        self.begin(WARN_AFTER_BEGUN - 1)
        self.assertEqual([], self.warnings())

    def test_a_row_ends_after_a_day(self):
        for _ in range(3):
            self.begin(WARN_AFTER_BEGUN - 1)
            self.clock.advance(24 * 60 * 60)
        self.assertEqual([], self.warnings())

    def test_the_link_in_it_ends_them_all(self):
        visitor = self.begin(WARN_AFTER_BEGUN)
        owner = self.visitor()
        owner.browser.open(self.link_in(self.warnings()[0]))
        owner.click("disown")
        visitor.open("@@smsauth-verify")
        self.assertIn("There is no login to complete", visitor.page)

    def link_in(self, mail):
        return re.search(r"https?://\S*smsauth-not-me\S*", mail.get_payload(decode=True).decode())[0]
