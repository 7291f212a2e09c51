"""The brake as people meet it: e-mails to administrators, what members are told at the field, and the way on."""

from collective.smsauth.domain.budget import day_of
from collective.smsauth.domain.budget import Kind
from collective.smsauth.interfaces import IRateLimiter
from collective.smsauth.storage.rate_limiter import RateLimiter
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.visitor import PageTest
from plone import api
from zope.component import getGlobalSiteManager

import re
import transaction


class BrakeTest(PageTest):
    def spend(self, many):
        for _ in range(many):
            wiring.ledger().count(Kind.SENT, "NL", day=day_of(self.clock()))
        transaction.commit()

    def body(self, mail):
        return mail.get_payload(decode=True).decode()

    def counted(self, kind):
        transaction.begin()
        return sum(number for *_, found, number in wiring.ledger().counts("0000-00-00", "9999-99-99") if found is kind)


class CountriesTest(BrakeTest):
    def test_a_number_of_a_closed_country_is_refused_at_its_field(self):
        self.configure(allowed_countries=("DE",))
        visitor = self.visitor()
        visitor.sign_in("anna")
        visitor.ask_code("+31612345678")
        self.assertIn("does not send codes to phone numbers of this country", visitor.errors)
        self.assertEqual(self.account().challenges, {})

    def test_premium_and_shared_cost_numbers_are_refused_at_the_field(self):
        visitor = self.visitor()
        visitor.sign_in("anna")
        # premium rate of the Netherlands, Germany and Britain; shared cost of Germany and Britain
        for number in ("+31900123456", "+499001234567", "+449012345678", "+491801234567", "+448431234567"):
            with self.subTest(number=number):
                visitor.ask_code(number)
                self.assertIn("This number cannot", visitor.errors)
        self.assertEqual(self.counted(Kind.SENT), 0)

    def test_a_country_closed_later_is_said_on_the_page_for_the_code(self):
        self.protected()
        self.configure(blocked_countries=("NL",))
        visitor = self.pending()
        self.assertIn("does not send codes to phone numbers of this country", visitor.page)


class BudgetTest(BrakeTest):
    def setUp(self):
        super().setUp()
        self.protected()
        self.configure(budget=10)
        self.spend(8 - wiring.ledger().spent(day_of(self.clock())))

    def test_the_site_is_told_by_e_mail_once_at_four_fifths_and_once_at_the_end(self):
        self.pending()
        [nearly] = self.mails()
        self.assertEqual(nearly["To"], "site@example.org")
        self.assertIn("nearly used up", nearly["Subject"])
        self.assertIn("9 of the 10", self.body(nearly))
        self.assertIn("@@smsauth-counters", self.body(nearly))
        for _ in range(3):
            self.clock.advance(400)
            self.pending()
        self.assertEqual([mail["Subject"] for mail in self.mails()][1:], ["The texts of this month are used up"])

    def test_at_the_end_the_page_says_so_and_the_self_check_is_red(self):
        self.spend(2)
        visitor = self.pending()
        self.assertIn("makes no more calls this month", visitor.page)
        add_site_administrator()
        page = Administrator(self.layer, "frank", PASSWORD).open("@@smsauth-controlpanel")
        self.assertIn("used up: no more are sent", page)

    def test_at_the_end_recovery_codes_and_codes_of_administrators_still_sign_in(self):
        self.spend(2)
        add_site_administrator()
        [code, *_] = wiring.reserve().make_recovery_codes("anna")
        transaction.commit()
        visitor = self.pending()
        visitor.answer(code)
        self.assertTrue(visitor.is_signed_in())
        frank = Administrator(self.layer, "frank", PASSWORD)
        frank.open("@@smsauth-members?search=anna")
        frank.browser.getControl(name="reason").value = "the budget is spent"
        code = re.search(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}\b", frank.press("prepare"))[0]
        visitor = self.pending()
        visitor.answer(code)
        self.assertTrue(visitor.is_signed_in())
        self.assertEqual(10, wiring.ledger().spent(day_of(self.clock())))

    def test_a_site_without_an_address_goes_on(self):
        api.portal.get_tool("portal_registry")["plone.email_from_address"] = None
        transaction.commit()
        self.spend(1)
        self.assertTrue(self.pending().has("form.widgets.code"))
        self.assertEqual(self.mails(), [])


class CountedTest(BrakeTest):
    def test_a_sign_in_counts_one_text_and_one_right_answer(self):
        self.protected()
        before = self.counted(Kind.SENT), self.counted(Kind.CONFIRMED)
        self.pending().answer()
        self.assertEqual((self.counted(Kind.SENT), self.counted(Kind.CONFIRMED)), (before[0] + 1, before[1] + 1))

    def test_a_text_that_does_not_leave_counts_as_failed_once(self):
        self.protected()
        self.configure(gateway="twilio")
        self.pending()
        self.mails()
        self.assertEqual(self.counted(Kind.FAILED), 1)


class StorageTest(BrakeTest):
    def test_a_wrong_address_is_said_in_the_self_check(self):
        with self.assertLogs("collective.smsauth", "ERROR"):
            getGlobalSiteManager().registerUtility(RateLimiter(self.clock, "localhost:6379"), IRateLimiter)
        add_site_administrator()
        page = Administrator(self.layer, "frank", PASSWORD).open("@@smsauth-controlpanel")
        self.assertIn("SMSAUTH_LIMITS_STORAGE is neither memory:// nor the address of a Redis", page)

    def test_what_a_request_counted_stays_counted_when_it_is_given_up(self):
        for expected in (True, False):
            self.assertIs(wiring.windows().hit("name", limit=1, window=60), expected)
            transaction.abort()
