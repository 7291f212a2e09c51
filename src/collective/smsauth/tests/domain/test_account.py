"""One member's record as a value."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.account import ResetLink
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import new_session
from collective.smsauth.domain.session import Session
from collective.smsauth.tests.domain.test_challenge import issued
from collective.smsauth.tests.support.parts import NOON
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from dataclasses import replace

import unittest

SESSION = Session(issued=NOON, expires=NOON + 43200, fingerprint="password one")
LINK = ResetLink(digest="d1g357", number=OTHER_NUMBER, expires=NOON + 600)


def full():
    """An account with something in every field."""
    account = Account(
        number=NUMBER, bound_at=NOON, reset=LINK, failures=3, failed_at=NOON, sent_at=(NOON,), reset_sent_at=(NOON,)
    )
    account = account.with_challenge(issued()).with_challenge(issued(purpose=Purpose.RESET))
    return account.with_session("s", SESSION)


class ChallengesTest(unittest.TestCase):
    def test_a_new_code_supersedes_the_former_one_of_its_purpose_only(self):
        first, set_up, second = issued(), issued(purpose=Purpose.SET_UP), issued()
        account = Account().with_challenge(first).with_challenge(set_up).with_challenge(second)
        self.assertEqual(account.challenges, {Purpose.SIGN_IN: second, Purpose.SET_UP: set_up})

    def test_a_used_code_goes_and_those_of_other_purposes_stay(self):
        account = Account().with_challenge(issued()).with_challenge(issued(purpose=Purpose.RESET))
        self.assertEqual(set(account.without_challenge(Purpose.SIGN_IN).challenges), {Purpose.RESET})


class EarlierTest(unittest.TestCase):
    def test_a_code_that_another_one_follows_is_an_earlier_one_of_its_purpose(self):
        first, set_up, second = issued(), issued(purpose=Purpose.SET_UP), issued()
        account = Account().with_challenge(first).with_challenge(set_up).with_challenge(second)
        self.assertEqual(account.sent(Purpose.SIGN_IN), (first, second))
        self.assertEqual(account.sent(Purpose.SET_UP), (set_up,))
        self.assertEqual(account.sent(Purpose.CONTACT), ())

    def test_what_is_changed_stays_in_its_place(self):
        first, second = issued(), issued()
        account = Account().with_challenge(first).with_challenge(second)
        for one in (first, second):
            account = account.with_challenge(replace(one, tries=1))
        self.assertEqual(account.sent(Purpose.SIGN_IN), (replace(first, tries=1), replace(second, tries=1)))

    def test_past_five_the_oldest_of_the_purpose_gives_way(self):
        sent = [issued() for _ in range(9)]
        account = (
            Account().with_challenge(issued(purpose=Purpose.SET_UP)).with_challenge(issued(purpose=Purpose.SET_UP))
        )
        for one in sent:
            account = account.with_challenge(one)
        self.assertEqual(account.sent(Purpose.SIGN_IN), tuple(sent[-6:]))
        self.assertEqual(2, len(account.sent(Purpose.SET_UP)))

    def test_what_anybody_can_ask_for_has_no_earlier_ones(self):
        for purpose in (Purpose.RESET, Purpose.ACCESS):
            account = Account().with_challenge(issued(purpose=purpose)).with_challenge(issued(purpose=purpose))
            self.assertEqual(account.earlier, ())

    def test_they_go_with_their_time_and_with_the_right_answer(self):
        account = Account().with_challenge(issued()).with_challenge(issued())
        self.assertEqual(1, len(account.swept(now=NOON + 299, window=1800).earlier))
        self.assertEqual(account.swept(now=NOON + 300, window=1800).earlier, ())
        self.assertEqual(account.without_challenge(Purpose.SIGN_IN), Account())


class SendsTest(unittest.TestCase):
    def test_a_right_answer_clears_the_messages_that_led_to_it(self):
        times = (NOON - 900, NOON - 60, NOON - 30, NOON, NOON + 10)
        answered = replace(issued(), issued=NOON, resends=2)
        self.assertEqual(Account(sent_at=times).without_sends(answered).sent_at, (NOON - 900, NOON + 10))
        self.assertEqual(Account(reset_sent_at=times).without_sends(answered).reset_sent_at, times)

    def test_those_that_anybody_can_ask_for_are_counted_apart(self):
        answered = replace(issued(purpose=Purpose.RESET), issued=NOON)
        account = Account(sent_at=(NOON,), reset_sent_at=(NOON,))
        self.assertEqual(account.without_sends(answered), Account(sent_at=(NOON,)))


class SessionTest(unittest.TestCase):
    def find(self, account, secret="s", now=NOON, fingerprint="password one"):
        return account.session(secret, now=now, fingerprint=fingerprint)

    def test_a_proof_is_found_by_its_secret_alone(self):
        account = Account().with_session("s", SESSION)
        self.assertEqual(self.find(account), SESSION)
        self.assertIsNone(self.find(account, secret="t"))
        self.assertIsNone(self.find(account, secret=hashed("s")))

    def test_it_ends_with_its_time_and_with_the_password(self):
        account = Account().with_session("s", SESSION)
        self.assertIsNotNone(self.find(account, now=NOON + 43199))
        self.assertIsNone(self.find(account, now=NOON + 43200))
        self.assertIsNone(self.find(account, fingerprint="password two"))

    def test_it_can_be_dropped(self):
        self.assertIsNone(self.find(Account().with_session("s", SESSION).without_session("s")))

    def test_past_twenty_the_oldest_gives_way(self):
        account = Account()
        for number in range(21):
            account = account.with_session(str(number), replace(SESSION, expires=NOON + 100 + number))
        self.assertEqual(len(account.sessions), 20)
        self.assertIsNone(self.find(account, secret="0"))
        self.assertIsNotNone(self.find(account, secret="20"))

    def test_a_new_proof_has_a_fresh_secret_and_an_absolute_end(self):
        secret, session = new_session(now=NOON, lifetime=100, fingerprint="f")
        other, _ = new_session(now=NOON, lifetime=100, fingerprint="f")
        self.assertNotEqual(secret, other)
        self.assertEqual(session, Session(issued=NOON, expires=NOON + 100, fingerprint="f"))

    def test_no_secret_is_kept_and_any_text_has_a_name(self):
        self.assertNotIn("s3cr3t", str(vars(Account().with_session("s3cr3t", SESSION))))
        self.assertNotEqual(hashed("\ud800"), hashed("\ud801"))


class MeansTest(unittest.TestCase):
    REAL = {
        Means.CODE: True,
        Means.PREPARED_CODE: True,
        Means.RECOVERY_CODE: True,
        Means.TRUSTED_BROWSER: False,
        Means.NETWORK: False,
        Means.EXEMPT: False,
    }

    def test_it_is_known_of_each_whether_a_second_factor_was_given_in_the_session(self):
        self.assertEqual(set(Means), set(self.REAL))
        for means, expected in self.REAL.items():
            with self.subTest(means=means.value):
                self.assertIs(means.is_real, expected)
                self.assertIs(replace(SESSION, means=means.value).is_real, expected)


class BindTest(unittest.TestCase):
    def test_binding_ends_whatever_the_former_number_proved_and_keeps_the_limits_on_texts(self):
        self.assertEqual(
            full().bind(OTHER_NUMBER, now=NOON + 5),
            Account(number=OTHER_NUMBER, bound_at=NOON + 5, sent_at=(NOON,), reset_sent_at=(NOON,)),
        )

    def test_unbinding_leaves_only_the_limits_on_texts(self):
        self.assertEqual(full().unbind(), Account(sent_at=(NOON,), reset_sent_at=(NOON,)))

    def test_failures_add_up_until_they_are_released(self):
        account = Account().with_failure(NOON).with_failure(NOON + 1)
        self.assertEqual((account.failures, account.failed_at), (2, NOON + 1))
        self.assertEqual(account.released(), Account())


class SweptTest(unittest.TestCase):
    def test_what_still_counts_stays(self):
        account = full()
        self.assertEqual(account.swept(now=NOON + 1, window=1800), account)

    def test_what_has_ended_goes_and_number_and_failures_stay(self):
        swept = full().swept(now=NOON + 100_000, window=1800)
        self.assertEqual(swept, Account(number=NUMBER, bound_at=NOON, failures=3, failed_at=NOON, last_step_at=NOON))

    def test_an_expired_code_stays_for_the_window_so_that_its_page_can_say_so(self):
        self.assertIn(Purpose.SIGN_IN, full().swept(now=NOON + 300 + 1799, window=1800).challenges)
        self.assertEqual(full().swept(now=NOON + 300 + 1800, window=1800).challenges, {})

    def test_an_account_is_blank_only_with_nothing_in_it(self):
        self.assertTrue(Account().is_blank())
        for account in (Account(number=NUMBER), Account(failures=1), Account(sent_at=(NOON,)), full()):
            self.assertFalse(account.is_blank())


class ReprTest(unittest.TestCase):
    def test_no_repr_tells_a_number_a_digest_or_the_name_of_a_secret(self):
        account = full()
        hidden = [NUMBER, OTHER_NUMBER, "d1g357", "password one", hashed("s")]
        hidden += [challenge.digest for challenge in account.challenges.values()]
        for value in (account, SESSION, LINK):
            for secret in hidden:
                self.assertNotIn(secret, repr(value))
