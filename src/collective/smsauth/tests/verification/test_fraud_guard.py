"""The brake on cost and abuse, by the verifier: countries, the budget of the month, and text pumping."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.budget import day_of
from collective.smsauth.domain.budget import Kind
from collective.smsauth.domain.budget import Level
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.policy import Policy
from collective.smsauth.interfaces import IBudgetReached
from collective.smsauth.interfaces import ITextsStopped
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from collective.smsauth.verification.results import SendRefusal
from dataclasses import replace

import zope.event

MONTH = 31 * 24 * 60 * 60
LOOSE = {"texts_per_user": 100, "texts_per_number": 1000, "texts_per_address": 10000, "resend_waits": (5,)}
EMAIL = Route(to="jane@example.org", channel=Channel.EMAIL)


class BrakeTest(VerifierTest):
    """jane has proved her number two days ago."""

    rules = LOOSE

    def setUp(self):
        super().setUp()
        self.told = []
        zope.event.subscribers.append(self.told.append)
        self.addCleanup(zope.event.subscribers.remove, self.told.append)
        day = day_of(self.office.now)
        self.before = self.office.counters.spent(day)

    def rule(self, **rules):
        self.office.policy = Policy(**{**self.rules, **rules})

    def heard(self, interface):
        return [event for event in self.told if interface.providedBy(event)]

    def counted(self, kind):
        counts = self.office.counters.counts("0000-00-00", "9999-99-99")
        return sum(number for _day, _region, found, number in counts if found is kind)

    def refused(self, receipt):
        self.assertFalse(receipt.sent)
        return receipt.refusal


class CountriesTest(BrakeTest):
    def test_a_number_of_a_blocked_country_cannot_be_set_up(self):
        self.rule(blocked_countries=("US",))
        self.assertIs(self.refused(self.office.begin_set_up("joe", OTHER_NUMBER)), SendRefusal.COUNTRY)
        self.assertEqual(self.office.posted, [])

    def test_where_countries_are_allowed_all_others_are_closed(self):
        self.rule(allowed_countries=("NL",))
        self.assertIs(self.refused(self.office.begin_set_up("joe", OTHER_NUMBER)), SendRefusal.COUNTRY)
        self.assertTrue(self.office.begin_set_up("joe", "+31612345679").sent)

    def test_a_number_bound_before_its_country_was_blocked_gets_no_more_codes(self):
        self.rule(blocked_countries=("NL",))
        secret, receipt = self.office.begin()
        self.assertIs(self.refused(receipt), SendRefusal.COUNTRY)
        self.assertIsNotNone(self.office.verifier.pending("jane", secret), "the sign-in can go on another way")

    def test_calls_are_concerned_and_e_mails_are_not(self):
        self.rule(blocked_countries=("NL",))
        brake, account = self.office.fraud_guard, Account()
        self.assertIs(brake.refusal(account, Route(to=NUMBER, channel=Channel.VOICE)), SendRefusal.COUNTRY)
        self.assertIsNone(brake.refusal(account, EMAIL))

    def test_a_refused_text_counts_nowhere(self):
        self.rule(blocked_countries=("US",))
        windows = dict(self.office.counted)
        self.office.begin_set_up("joe", OTHER_NUMBER)
        self.assertEqual((self.office.counted, self.office.account("joe")), (windows, Account()))


class BudgetTest(BrakeTest):
    def begin(self, times=1):
        for _ in range(times):
            receipt = self.office.begin()[1]
            self.office.wait(400)
        return receipt

    def spend(self, many):
        for _ in range(many):
            self.office.counters.count(Kind.SENT, "NL", day=day_of(self.office.now))

    def test_administrators_are_told_once_at_four_fifths_and_once_at_the_end(self):
        self.rule(budget=10)
        self.spend(7 - self.before)
        self.begin()
        [nearly] = self.heard(IBudgetReached)
        self.assertEqual((nearly.level, nearly.spent, nearly.budget), (Level.NEARLY_SPENT, 8, 10))
        self.begin(2)
        _, spent = self.heard(IBudgetReached)
        self.assertEqual((spent.level, spent.spent), (Level.SPENT, 10))
        self.begin(3)
        self.assertEqual(len(self.heard(IBudgetReached)), 2)

    def test_at_the_end_no_text_or_call_is_sent_and_nothing_more_is_counted(self):
        self.rule(budget=10)
        self.spend(10 - self.before)
        self.assertIs(self.refused(self.begin()), SendRefusal.BUDGET)
        self.assertEqual(self.office.posted, [])
        self.assertEqual(self.office.counters.spent(day_of(self.office.now)), 10)
        self.assertIs(
            self.office.fraud_guard.refusal(Account(), Route(to=NUMBER, channel=Channel.VOICE)), SendRefusal.BUDGET
        )

    def test_the_e_mail_channel_goes_on(self):
        self.rule(budget=10, channels=frozenset(Channel))
        self.spend(10)
        office = self.office
        office.emails["jane"] = EMAIL.to
        office.accounts.save("jane", replace(office.account(), contacts={EMAIL.to: office.now}))
        secret, receipt = office.begin()
        self.assertIs(self.refused(receipt), SendRefusal.BUDGET)
        sent = office.verifier.resend("jane", Purpose.SIGN_IN, client_address="192.0.2.1", pending=secret, route=EMAIL)
        self.assertTrue(sent.sent)
        self.assertTrue(office.verifier.verify_sign_in("jane", office.code, pending=secret).accepted)
        self.assertEqual(self.counted(Kind.CONFIRMED), 1, "only the set-up: e-mails are not counted")

    def test_a_new_month_begins_with_a_full_budget_and_tells_anew(self):
        self.rule(budget=10)
        self.spend(10)
        self.begin()
        self.office.wait(MONTH)
        self.assertTrue(self.begin().sent)
        self.spend(10)
        self.begin()
        self.assertEqual(len(self.heard(IBudgetReached)), 2)

    def test_a_budget_that_was_lowered_below_what_is_spent_stops_and_tells(self):
        self.spend(50)
        self.rule(budget=20)
        self.assertIs(self.refused(self.begin()), SendRefusal.BUDGET)
        self.assertEqual([event.level for event in self.heard(IBudgetReached)], [Level.SPENT])

    def test_a_budget_that_was_raised_after_the_warning_warns_again_at_its_own_marks(self):
        self.rule(budget=10)
        self.spend(10 - self.before)
        self.begin()
        self.rule(budget=100)
        self.spend(70)
        self.begin()
        self.assertEqual([event.level for event in self.heard(IBudgetReached)], [Level.SPENT, Level.NEARLY_SPENT])
        self.spend(20)
        self.begin(2)
        last = self.heard(IBudgetReached)[-1]
        self.assertEqual((len(self.heard(IBudgetReached)), last.level, last.budget), (3, Level.SPENT, 100))

    def test_the_notice_to_a_former_number_is_counted_too(self):
        self.office.begin_set_up("jane", OTHER_NUMBER)
        sent = self.counted(Kind.SENT)
        self.office.verifier.verify_set_up("jane", self.office.code)
        self.assertEqual(self.counted(Kind.SENT), sent + 1)

    def test_a_reset_of_nobody_is_not_counted_for_nothing_is_sent(self):
        sent = self.counted(Kind.SENT)
        self.assertTrue(self.office.begin_reset("", OTHER_NUMBER).sent)
        self.assertEqual(self.counted(Kind.SENT), sent)


class CountersTest(BrakeTest):
    def test_a_text_and_its_right_answer_are_counted_with_their_country(self):
        secret, _ = self.office.begin()
        self.office.verifier.verify_sign_in("jane", self.office.wrong_code, pending=secret)
        self.office.verifier.verify_sign_in("jane", self.office.code, pending=secret)
        day = day_of(self.office.now)
        counts = set(self.office.counters.counts(day, day))
        self.assertEqual(counts, {(day, "NL", Kind.SENT, 1), (day, "NL", Kind.CONFIRMED, 1)})


class PumpingTest(BrakeTest):
    def numbers(self, many, *, start=0):
        return [f"+3162000{start + number:04}" for number in range(many)]

    def pump(self, many, *, start=0):
        for place, number in enumerate(self.numbers(many, start=start)):
            receipt = self.office.begin_set_up(f"fresh{start + place}", number)
            self.office.wait(60)
        return receipt

    def stopped(self):
        self.pump(10)
        self.office.wait(600)
        self.pump(1, start=10)
        [event] = self.heard(ITextsStopped)
        return event.alarm

    def test_neighbours_that_never_enter_a_code_get_no_more_and_administrators_are_told_once(self):
        alarm = self.stopped()
        self.assertEqual((alarm.shown, alarm.region, alarm.asked, alarm.confirmed), ("+3162000••••", "NL", 11, 0))
        for start in (11, 12):
            self.assertIs(self.refused(self.pump(1, start=start)), SendRefusal.PUMPING)
        self.assertEqual(len(self.heard(ITextsStopped)), 1)

    def test_a_number_that_entered_its_code_before_it_had_neighbours_is_none_of_the_silent_ones(self):
        self.office.begin_set_up("joe", "+31620009999")
        self.office.verifier.verify_set_up("joe", self.office.code)
        alarm = self.stopped()
        self.assertEqual((alarm.asked, alarm.confirmed), (12, 1))

    def test_other_numbers_are_not_concerned(self):
        self.stopped()
        self.assertTrue(self.office.begin_set_up("joe", "+31621000000").sent)
        self.assertTrue(self.office.begin()[1].sent)

    def test_a_member_who_proved_such_a_number_a_day_ago_still_gets_codes(self):
        self.office.protect("joe", "+31620009999")
        self.stopped()
        self.assertTrue(self.office.begin("joe")[1].sent)

    def test_a_fresh_account_with_such_a_number_gets_none(self):
        self.office.begin_set_up("joe", "+31620009999")
        self.office.verifier.verify_set_up("joe", self.office.code)
        self.stopped()
        self.assertIs(self.refused(self.office.begin("joe")[1]), SendRefusal.PUMPING)

    def test_neighbours_who_enter_their_codes_raise_no_alarm(self):
        for place, number in enumerate(self.numbers(40)):
            self.office.begin_set_up(f"fresh{place}", number)
            self.office.verifier.verify_set_up(f"fresh{place}", self.office.code)
            self.office.wait(60)
        self.assertEqual(self.heard(ITextsStopped), [])

    def test_sign_ins_with_numbers_proved_long_ago_raise_none_and_are_not_even_kept(self):
        for place, number in enumerate(self.numbers(15)):
            self.office.protect(f"old{place}", number)
        del self.office._number_blocks
        for place in range(15):
            self.office.begin(f"old{place}")
        self.office.wait(900)
        self.office.begin("old0")
        self.assertEqual(self.heard(ITextsStopped), [])
        self.assertFalse(hasattr(self.office, "_number_blocks"))

    def test_a_stranger_who_resets_to_neighbours_raises_it(self):
        for number in self.numbers(12):
            self.office.begin_reset("jane", number)
            self.office.wait(300)
        self.assertEqual(len(self.heard(ITextsStopped)), 1)

    def test_resets_of_nobody_raise_none_for_nothing_is_sent(self):
        for number in self.numbers(40):
            self.office.begin_reset("", number)
        self.office.wait(900)
        self.office.begin_reset("", self.numbers(41)[-1])
        self.assertEqual(self.heard(ITextsStopped), [])

    def test_once_lifted_texts_go_again_and_the_counting_begins_anew(self):
        self.stopped()
        [(block, _)] = self.office.number_blocks.alarms()
        self.office.number_blocks.lift(block)
        self.assertTrue(self.pump(1, start=20).sent)
        self.assertEqual(len(self.heard(ITextsStopped)), 1)
