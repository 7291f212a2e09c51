"""A pending sign-in as its browser carries it, and what a record says of it."""

from collective.smsauth.domain import pending_sign_in
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.tests.domain.test_challenge import issued
from collective.smsauth.tests.support.parts import FORMER_KEY
from collective.smsauth.tests.support.parts import KEY
from collective.smsauth.tests.support.parts import NOON
from dataclasses import replace

import unittest


def begun(account=None, *, now=NOON, fingerprint="password one", user_id="jane"):
    return pending_sign_in.begin(KEY, user_id, account or Account(), now=now, fingerprint=fingerprint)


def stands(pending, account=None, *, now=NOON, fingerprint="password one", keys=(KEY,)):
    return pending.stands(account or Account(), keys=keys, now=now, fingerprint=fingerprint)


class TokenTest(unittest.TestCase):
    def test_it_says_all_of_it_and_no_password(self):
        pending = begun(Account(pending_round=3)).told_to_use(issued())
        token = pending_sign_in.sign([KEY], pending)
        self.assertEqual(pending, pending_sign_in.read([KEY], "jane", token))
        self.assertNotIn("password one", str(vars(pending)))

    def test_it_is_worth_nothing_for_another_member_under_another_key_or_cut(self):
        token = pending_sign_in.sign([KEY], begun())
        for keys, user_id, given in (
            ([KEY], "joe", token),
            ([FORMER_KEY], "jane", token),
            ([KEY], "jane", token[:-1]),
            ([KEY], "jane", ""),
            ([KEY], "jane", None),
            ([KEY], "jane", "another secret"),
        ):
            self.assertIsNone(pending_sign_in.read(keys, user_id, given))

    def test_a_key_that_was_rotated_since_is_good(self):
        token = pending_sign_in.sign([KEY], begun())
        pending = pending_sign_in.read([FORMER_KEY, KEY], "jane", token)
        self.assertTrue(stands(pending, keys=(FORMER_KEY, KEY)))


class StandsTest(unittest.TestCase):
    def test_it_ends_with_its_time_and_with_the_password(self):
        pending = begun()
        self.assertTrue(stands(pending, now=NOON + 899))
        self.assertFalse(stands(pending, now=NOON + 900))
        self.assertFalse(stands(pending, fingerprint="password two"))

    def test_a_clock_that_ran_ahead_holds_nobody_back(self):
        self.assertTrue(stands(begun(now=NOON + 60)))

    def test_one_that_was_completed_has_ended_and_others_have_not(self):
        one, other = begun(), begun()
        account = Account().without_pending(one.name, one.expires)
        self.assertFalse(stands(one, account))
        self.assertTrue(stands(other, account))

    def test_all_end_at_once_and_those_begun_in_the_same_moment_afterwards_do_not(self):
        account = Account().with_sign_in_begun(NOON)
        former = begun(account)
        account = account.without_any_pending()
        self.assertEqual(account, account.without_any_pending(), "there is nothing more to end")
        account = account.with_sign_in_begun(NOON)
        later = begun(account)
        self.assertFalse(stands(former, account))
        self.assertTrue(stands(later, account))
        account = account.without_any_pending()
        self.assertFalse(stands(later, account))

    def test_they_end_with_another_number_and_when_the_step_is_turned_off(self):
        account = Account(number="+31612345678").with_sign_in_begun(NOON)
        pending = begun(account)
        for ended in (account.bind("+31687654321", now=NOON), account.unbind()):
            self.assertFalse(stands(pending, ended))
            again = ended.with_sign_in_begun(NOON)
            self.assertTrue(stands(begun(again), again))

    def test_what_ended_them_is_forgotten_once_none_of_them_can_stand(self):
        account = Account().with_sign_in_begun(NOON)
        former = begun(account)
        account = account.without_any_pending().without_pending("a name", NOON + 900)
        for seconds in range(0, 4000, 50):
            now = NOON + seconds
            self.assertFalse(stands(former, account.swept(now=now, window=1800), now=now), seconds)
        self.assertEqual(0, account.swept(now=NOON + 1800, window=1800).pending_round)
        self.assertTrue(account.swept(now=NOON + 86400, window=1800).is_blank())

    def test_nothing_is_kept_where_none_was_begun(self):
        self.assertTrue(Account().without_any_pending().is_blank())

    def test_what_was_completed_is_bounded(self):
        account = Account()
        for number in range(100):
            account = account.without_pending(str(number), NOON + number)
        self.assertEqual([str(number) for number in range(80, 100)], list(account.pending_over))

    def test_others_that_began_later_do_not_revive_the_one_that_ends_now(self):
        account = Account()
        for number in range(30):
            account = account.without_pending(str(number), NOON + 900 + number)
        account = account.without_pending("the member's", NOON + 800)
        self.assertFalse(account.is_pending("the member's", 1))
        self.assertEqual(20, len(account.pending_over))


class CodesTest(unittest.TestCase):
    def test_a_code_belongs_to_the_sign_in_it_was_sent_for_and_to_those_told_to_use_it(self):
        one, other = begun(), begun()
        code = replace(issued(), binding=one.name)
        account = Account().with_challenge(code)
        self.assertEqual((code,), one.codes_in(account))
        self.assertEqual((), other.codes_in(account))
        self.assertEqual((code,), other.told_to_use(code).codes_in(account))

    def test_a_code_of_another_purpose_belongs_to_none(self):
        one = begun()
        set_up = replace(issued(purpose=Purpose.SET_UP), binding=one.name)
        self.assertFalse(one.takes(set_up))

    def test_what_it_was_told_is_bounded(self):
        pending = begun()
        for _ in range(50):
            pending = pending.told_to_use(issued())
        self.assertEqual(5, len(pending.shown))
        self.assertLess(len(pending_sign_in.sign([KEY], pending)), 600)
