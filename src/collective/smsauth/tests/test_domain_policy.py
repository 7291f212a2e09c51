"""The administrator's rules, and the bounds that no rule leaves."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.policy import BOUNDS
from collective.smsauth.domain.policy import Policy
from collective.smsauth.tests.generated import given
from collective.smsauth.tests.generated import st
from collective.smsauth.tests.parts import NOON
from collective.smsauth.tests.parts import NUMBER

import unittest

TWELVE_HOURS = 43200
BOUND = Account(number=NUMBER)
UNBOUND = Account(sent_at=(NOON,))


class BoundsTest(unittest.TestCase):
    def test_the_bounds_are_those_of_the_design(self):
        self.assertEqual(
            {name: BOUNDS[name] for name in ("code_length", "code_lifetime", "max_tries", "failures_before_pause")},
            {
                "code_length": (6, 10),
                "code_lifetime": (60, 600),
                "max_tries": (3, 10),
                "failures_before_pause": (5, 20),
            },
        )
        self.assertEqual(BOUNDS["reset_link_lifetime"], (300, 3600))

    @given(st.sampled_from(sorted(BOUNDS)), st.integers())
    def test_no_value_leaves_its_bounds_and_one_inside_is_kept(self, name, value):
        least, most = BOUNDS[name]
        kept = getattr(Policy(**{name: value}), name)
        self.assertTrue(least <= kept <= most)
        if least <= value <= most:
            self.assertEqual(kept, value)

    @given(st.lists(st.integers(), max_size=10))
    def test_there_is_always_a_wait_between_five_seconds_and_an_hour(self, waits):
        kept = Policy(resend_waits=tuple(waits)).resend_waits
        self.assertEqual(len(kept), max(1, len(waits)))
        self.assertTrue(all(5 <= wait <= 3600 for wait in kept))

    def test_a_proof_lives_twelve_hours_or_as_long_as_the_cookie(self):
        self.assertEqual(Policy(session_lifetime=60).session_lifetime, TWELVE_HOURS)
        self.assertEqual(Policy(session_lifetime=7 * 86400).session_lifetime, 7 * 86400)


class LifetimeTest(unittest.TestCase):
    def of_reset(self, **rules):
        return Policy(**rules).lifetime_of(Purpose.RESET)

    def test_codes_of_sign_in_and_set_up_live_as_long_as_the_administrator_says(self):
        policy = Policy(code_lifetime=120)
        self.assertEqual({policy.lifetime_of(purpose) for purpose in (Purpose.SIGN_IN, Purpose.SET_UP)}, {120})

    def test_a_reset_code_lives_as_long_as_its_link_but_never_longer_than_a_code_may(self):
        self.assertEqual(self.of_reset(), 600)
        self.assertEqual(self.of_reset(reset_link_lifetime=3600), 600)
        self.assertEqual(self.of_reset(reset_link_lifetime=300, code_lifetime=400), 400)


class PauseTest(unittest.TestCase):
    def pause(self, failures, after=0.0, **rules):
        return Policy(**rules).pause(Account(failures=failures, failed_at=NOON), now=NOON + after)

    def test_nine_failures_bring_no_pause_and_the_tenth_a_minute(self):
        self.assertEqual((self.pause(9), self.pause(10)), (0, 60))

    def test_the_pause_runs_out(self):
        self.assertEqual((self.pause(10, after=59), self.pause(10, after=60)), (1, 0))

    def test_the_administrator_says_when_it_begins(self):
        self.assertEqual((self.pause(5, failures_before_pause=5), self.pause(19, failures_before_pause=20)), (60, 0))

    def test_a_member_without_a_record_has_no_pause(self):
        self.assertEqual(Policy().pause(None, now=NOON), 0)
