"""What gives way when there is too much of it, what the policy of today ends, and times that a clock wrote which ran ahead."""

from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.account import MOST_ANSWERED
from collective.smsauth.domain.account import MOST_SESSIONS
from collective.smsauth.domain.account import MOST_TRUSTED
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.right_answer import RightAnswer
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import Lifetimes
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import Session
from collective.smsauth.domain.session import TrustedBrowser
from collective.smsauth.tests.support.parts import NOON

import unittest

DAY = 24 * 60 * 60
HOUR = 60 * 60


def session(issued, lasts=DAY, **more):
    return Session(issued=issued, expires=issued + lasts, fingerprint="f", **more)


def browser(issued, lasts=90 * DAY):
    return TrustedBrowser(issued=issued, used=issued, expires=issued + lasts, fingerprint="f")


class GivingWayTest(unittest.TestCase):
    """After a setting was lowered, or after the clock was set back, what is new ends before what is old."""

    def filled(self, most, put, make):
        account = Account()
        for number in range(most):
            account = put(account, f"old {number}", make(NOON - DAY + number, lasts=90 * DAY))
        return put(account, "new", make(NOON, lasts=HOUR))

    def test_a_new_session_with_a_shorter_lifetime_stays(self):
        account = self.filled(MOST_SESSIONS, Account.with_session, session)
        self.assertEqual(MOST_SESSIONS, len(account.sessions))
        self.assertIsNotNone(account.session("new", now=NOON, fingerprint="f"))
        self.assertIsNone(account.session("old 0", now=NOON, fingerprint="f"))
        self.assertIsNotNone(account.session("old 1", now=NOON, fingerprint="f"))

    def test_a_new_trusted_browser_with_a_shorter_trust_stays(self):
        account = self.filled(MOST_TRUSTED, Account.with_trusted, browser)
        self.assertEqual(MOST_TRUSTED, len(account.trusted))
        self.assertIsNotNone(account.trusted_browser("new", now=NOON, fingerprint="f"))
        self.assertIsNone(account.trusted_browser("old 0", now=NOON, fingerprint="f"))

    def test_what_a_clock_that_ran_ahead_has_issued_gives_way_first(self):
        account = Account()
        for number in range(MOST_SESSIONS - 1):
            account = account.with_session(f"ahead {number}", session(NOON + 30 * DAY))
        account = account.with_session("right", session(NOON - HOUR)).with_session("new", session(NOON))
        for secret in ("right", "new"):
            self.assertIsNotNone(account.session(secret, now=NOON, fingerprint="f"))
        for number in range(MOST_SESSIONS + 5):
            account = account.with_session(f"newer {number}", session(NOON + number))
            self.assertIsNotNone(account.session(f"newer {number}", now=NOON + number, fingerprint="f"))
        self.assertFalse([one for one in account.sessions.values() if one.issued > NOON + DAY])

    def test_nor_does_a_trusted_browser_of_the_future_push_out_a_new_one(self):
        account = Account()
        for number in range(MOST_TRUSTED):
            account = account.with_trusted(f"ahead {number}", browser(NOON + 30 * DAY))
        account = account.with_trusted("new", browser(NOON))
        self.assertIsNotNone(account.trusted_browser("new", now=NOON, fingerprint="f"))

    def test_nor_a_right_answer(self):
        account = Account()
        for number in range(MOST_ANSWERED):
            account = account.with_answer(f"ahead {number}", RightAnswer(digest="d", expires=NOON + 30 * DAY))
        account = account.with_answer("new", RightAnswer(digest="d", expires=NOON + 120))
        self.assertIsNotNone(account.answer("new", now=NOON))

    def test_one_that_is_put_in_place_again_takes_no_more_room(self):
        account = self.filled(MOST_TRUSTED, Account.with_trusted, browser)
        self.assertEqual(account.trusted, account.with_trusted("new", account.trusted[hashed("new")]).trusted)


class PolicyOfTodayTest(unittest.TestCase):
    """What the policy no longer allows ends: its issue and today's lifetime are its end, if that comes first."""

    def test_a_session_ends_by_a_lifetime_that_was_shortened(self):
        account, today = Account().with_session("s", session(NOON, lasts=30 * DAY)), Lifetimes(session=12 * HOUR)
        for after, stands in ((0, True), (12 * HOUR - 1, True), (12 * HOUR, False)):
            found = account.session("s", now=NOON + after, fingerprint="f", lifetimes=today)
            self.assertEqual(stands, found is not None)

    def test_a_lifetime_that_was_lengthened_prolongs_nothing(self):
        account = Account().with_session("s", session(NOON, lasts=HOUR))
        today = Lifetimes(session=30 * DAY)
        self.assertIsNone(account.session("s", now=NOON + HOUR, fingerprint="f", lifetimes=today))

    def test_trust_ends_and_with_it_the_sessions_that_live_on_it(self):
        account = Account().with_trusted("b", browser(NOON, lasts=90 * DAY))
        by_trust = session(NOON + 8 * DAY, browser=hashed("b"), means=Means.TRUSTED_BROWSER.value)
        by_code = session(NOON + 8 * DAY, browser=hashed("b"))
        account = account.with_session("trust", by_trust).with_session("code", by_code)
        now = NOON + 8 * DAY + 1
        for days, stands in ((90, True), (7, False), (0, False)):
            today = Policy(trust_days=days).lifetimes
            with self.subTest(days=days):
                asked = {"now": now, "fingerprint": "f", "lifetimes": today}
                self.assertEqual(stands, account.trusted_browser("b", **asked) is not None)
                self.assertEqual(stands, account.session("trust", **asked) is not None)
                self.assertIsNotNone(account.session("code", **asked), "a code was given in it")

    def test_the_lifetimes_of_a_policy(self):
        policy = Policy(session_lifetime=30 * DAY, trust_days=7)
        self.assertEqual(Lifetimes(session=30 * DAY, trust=7 * DAY), policy.lifetimes)


class ClockThatRanAheadTest(unittest.TestCase):
    """Times in the future hold nobody back, and nothing lasts longer by them."""

    def test_no_pause_no_wait_and_no_limit(self):
        ahead = NOON + 30 * DAY
        self.assertEqual(0, throttle.pause(12, last=ahead, now=NOON, allowed=10))
        self.assertEqual(0, throttle.resend_wait(ahead, 0, now=NOON, waits=(30,)))
        self.assertEqual(0, throttle.seconds_until_allowed([ahead] * 9, now=NOON, window=1800, limit=5))

    def test_clocks_that_differ_by_seconds_let_nobody_slip_through(self):
        soon = NOON + 5
        self.assertEqual(65, throttle.pause(10, last=soon, now=NOON, allowed=10))
        self.assertEqual(35, throttle.resend_wait(soon, 0, now=NOON, waits=(30,)))
        self.assertEqual((soon,), throttle.within([soon], now=NOON, window=1800))

    def test_what_was_issued_then_does_not_stand_and_is_swept(self):
        account = Account(sent_at=(NOON + DAY,), reset_sent_at=(NOON + DAY,), reminder_put_off_at=NOON + DAY)
        account = account.with_session("s", session(NOON + DAY)).with_trusted("b", browser(NOON + DAY))
        self.assertIsNone(account.session("s", now=NOON, fingerprint="f"))
        self.assertIsNone(account.trusted_browser("b", now=NOON, fingerprint="f"))
        self.assertEqual(Account(), account.swept(now=NOON, window=1800))

    def test_what_another_machine_issued_a_few_seconds_ahead_stands(self):
        account = Account().with_session("s", session(NOON + 5))
        self.assertIsNotNone(account.session("s", now=NOON, fingerprint="f"))


class EndingTest(unittest.TestCase):
    """How often all sessions were ended outlasts another number and turning off."""

    def test_it(self):
        account = Account().with_ending(NOON).with_ending(NOON + 1)
        self.assertEqual((NOON + 1, 2), (account.ended_at, account.endings))
        for later in (
            account.bind("+31612345678", now=NOON + 2),
            account.unbind(),
            account.swept(now=NOON + 9 * DAY, window=1),
        ):
            self.assertEqual((NOON + 1, 2), (later.ended_at, later.endings))
        self.assertFalse(account.is_blank())
