"""What a request may cause has a bound: e-mails to an address that a member chose, and what is written for a wrong code."""

from collective.smsauth import testing
from collective.smsauth.events import RecoveryCodesMade
from collective.smsauth.flows import acts
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.notifications import windows
from collective.smsauth.testing import last_code
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.contexts import entered
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.rest import RestTest
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PASSWORD
from collective.smsauth.tests.support.visitor import wrong
from collective.smsauth.verification import contact_points
from collective.smsauth.verification import lifecycle
from dataclasses import replace
from plone import api
from unittest import mock
from zope.component import getUtility
from zope.event import notify

import transaction


class EMailsTest(PageTest):
    """A member who does the same thing again and again, to have e-mails sent."""

    def setUp(self):
        super().setUp()
        self.anna = self.protected()

    def subjects(self):
        return [mail["Subject"] for mail in self.mails()]

    def make_codes(self, visitor, times=1):
        for _ in range(times):
            visitor.open("@@smsauth-recovery")
            if visitor.has("form.widgets.password"):
                visitor.fill(password=PASSWORD)
            visitor.click("make")

    def test_forty_times_in_ten_seconds_cause_five_e_mails_and_the_last_one_says_so(self):
        for _ in range(40):
            wiring.reserve().make_recovery_codes("anna")
            transaction.commit()
            self.clock.advance(0.25)
        mails = self.mails()
        self.assertEqual(windows.MOST, len(mails))
        bodies = [mail.get_payload(decode=True).decode() for mail in mails]
        self.assertEqual(
            [False] * 4 + [True], ["No more of them are sent within the next hour" in one for one in bodies]
        )
        self.clock.advance(windows.WINDOW)
        wiring.reserve().make_recovery_codes("anna")
        transaction.commit()
        self.assertEqual(windows.MOST + 1, len(self.mails()))

    def test_by_the_pages(self):
        self.make_codes(self.anna, 8)
        self.assertEqual(windows.MOST, len(self.mails()))
        self.assertEqual(10, len(self.account().recovery), "what was done was done all the same")

    def test_an_e_mail_of_another_kind_still_leaves(self):
        for _ in range(10):
            wiring.reserve().make_recovery_codes("anna")
        transaction.commit()
        self.forget_mails()
        lifecycle.unbind(self.portal.acl_users.smsauth.accounts, "anna")
        transaction.commit()
        self.assertEqual(["Two-step verification was turned off"], self.subjects())

    def test_numbers_that_change_places_again_and_again(self):
        accounts = self.portal.acl_users.smsauth.accounts
        numbers = [self.account().number, OTHER_PHONE]
        accounts.save("anna", replace(self.account(), contacts={OTHER_PHONE: self.clock.time}))
        transaction.commit()
        for number in range(20):
            self.assertTrue(
                contact_points.make_primary(accounts, "anna", numbers[(number + 1) % 2], keep="", session=None)
            )
        transaction.commit()
        self.assertEqual(windows.MOST, len(self.mails()))

    def test_another_member_is_told_all_the_same(self):
        self.protected("bert", OTHER_PHONE)
        for _ in range(10):
            wiring.reserve().make_recovery_codes("anna")
        wiring.reserve().make_recovery_codes("bert")
        transaction.commit()
        self.assertEqual(1, [mail["To"] for mail in self.mails()].count("bert@example.org"))

    def test_one_mailbox_of_many_members_has_a_bound_too(self):
        names = [f"member{number}" for number in range(15)]
        for name in names:
            api.user.create(username=name, email="Victim@example.org", password=PASSWORD)
            for _ in range(5):
                notify(RecoveryCodesMade(name))
        transaction.commit()
        self.assertEqual(windows.MOST_OF_ALL, len(self.mails()))


class FormsTest(PageTest):
    """A form that is sent again and again."""

    def test_past_very_many_acts_a_member_has_to_wait_and_the_page_says_so(self):
        anna = self.protected()
        entered(self, mock.patch.object(acts, "MOST_ACTS", 5))
        anna.open("@@smsauth-recovery")
        fields = {"form.buttons.download": "1", "codes": "", "token": anna.token()}
        name = "@@smsauth-recovery"
        for _ in range(acts.MOST_ACTS):
            self.assertEqual(302, anna.post(name, fields).status_int)
        anna.open("@@smsauth-disable")
        anna.fill(password=PASSWORD)
        anna.click("disable")
        self.assertIn("This was done very often in a short time. Please try again in 10 minutes.", anna.errors)
        self.assertTrue(self.account().number)
        self.clock.advance(acts.ACTS_WINDOW)
        anna.fill(password=PASSWORD)
        anna.click("disable")
        self.assertFalse(self.account().number)


class BytesTest(PageTest):
    """What wrong codes at the access-code page add to the database."""

    def setUp(self):
        super().setUp()
        self.protected()
        self.configure(access_page=True)

    def ask(self, login):
        visitor = self.visitor()
        visitor.open("@@smsauth-access")
        visitor.fill(username=login)
        visitor.click("submit")
        getUtility(IDispatcher).drain(30)
        return visitor

    def written(self, act):
        """Return the bytes that ``act`` adds to the storage: every version of every object, as a file would keep them."""
        storage = self.layer["app"]._p_jar.db().storage
        store, sizes = storage.store, []

        def counting(oid, serial, data, *more):
            sizes.append(len(data))
            return store(oid, serial, data, *more)

        storage.store = counting
        try:
            act()
            getUtility(IDispatcher).drain(30)
        finally:
            storage.store = store
        return sum(sizes)

    def test_the_measure_measures(self):
        self.assertGreater(self.written(lambda: self.ask("anna")), 100)

    def test_one_visitor_with_ever_more_tries_adds_no_more_than_the_tries_of_a_code(self):
        for login in ("anna", "nobody"):
            with self.subTest(login):
                visitor = self.ask(login)
                guess = "000000" if login == "nobody" else wrong(testing.last_code())

                def tries(times, visitor=visitor, guess=guess):
                    for _ in range(times):
                        visitor.answer(guess)

                self.assertGreater(self.written(lambda: tries(5)), 0)
                self.assertEqual(0, self.written(lambda: tries(10)))

    def test_ever_more_visits_add_no_more_than_a_client_may_ask_for(self):
        def visits(times):
            for _ in range(times):
                self.ask("nobody").answer("000000")

        self.configure(texts_per_user=100, texts_per_address=4)
        self.assertGreater(self.written(lambda: visits(4)), 0)
        self.assertEqual(0, self.written(lambda: visits(2)))
        self.assertEqual(0, self.written(lambda: visits(4)))

    def test_a_visit_that_was_never_begun_adds_nothing(self):
        self.configure(texts_per_address=1)
        self.ask("nobody")
        visitor = self.ask("nobody")

        def tries():
            for left in (4, 3, 2, 1):
                visitor.answer("000000")
                self.assertIn(f"Tries left for this code: {left}.", visitor.errors)
            for _ in range(3):
                visitor.answer("000000")
                self.assertIn("This code was tried too often.", visitor.errors)

        self.assertEqual(0, self.written(tries))


class SignInsTest(RestTest):
    """The right password of a member who owes the code, again and again."""

    def setUp(self):
        super().setUp()
        entered(self, mock.patch.object(acts, "MOST_ACTS", 3))

    def by_page(self):
        client = self.client()
        response = client.post(self.path("login"), form=sign_in_form("anna"))
        return response, client

    def test_past_the_bound_nothing_is_written_or_sent_by_any_door_and_it_passes(self):
        for _ in range(3):
            self.assertEqual(401, self.login().status_int)
        self.assertFalse(self.changed(lambda: self.assert_refused(self.login(), 429, "member-limit")))
        self.assertFalse(self.changed(self.by_page))
        response, client = self.by_page()
        self.assertIn("very often", response.text)
        self.assertEqual([], client.named("smsauth_pending"))
        self.assert_refused(self.login(password="wrong"), 401, "wrong")
        self.clock.advance(acts.ACTS_WINDOW + 1)
        self.assertIn("flow", self.step())

    def test_the_page_counts_as_well_and_what_a_member_does_in_their_session_is_counted_apart(self):
        for _ in range(3):
            self.assertEqual(302, self.by_page()[0].status_int)
        self.assert_refused(self.login(), 429, "member-limit")
        anna = self.proven("anna")
        self.assertEqual(201, self.post("@smsauth/recovery-codes", {}, client=anna).status_int)

    def test_others_and_who_owes_no_code_are_not_held_back(self):
        for _ in range(5):
            self.assertIn("token", self.login("bert").json)
            self.login()
        self.bind("edith", "+31687654321")
        self.assertIn("flow", self.step("edith"))

    def test_a_trusted_browser_signs_in_all_the_same(self):
        self.configure(trust_days=30)
        client = self.client()
        self.verify(self.flow(), last_code(), client=client, trust=True)
        (name,) = client.named("smsauth_trusted")
        for _ in range(4):
            self.login()
        self.assertIn("token", self.login(client=self.client(**{name: client.cookies[name]})).json)
