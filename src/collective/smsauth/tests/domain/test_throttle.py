"""Sliding windows, waits and pauses, checked against plain countings of them."""

from collective.smsauth.domain import throttle
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import NOON

import unittest

TIMES = st.lists(st.integers(0, 5000), max_size=12)
WAITS = (30, 60, 120, 300)


class WindowTest(unittest.TestCase):
    def test_what_lies_a_whole_window_back_no_longer_counts(self):
        self.assertEqual(throttle.within([90, 10, 40], now=100, window=60), (90,))
        self.assertEqual(throttle.within([90, 10, 41], now=100, window=60), (41, 90))

    def test_as_long_as_there_is_room_there_is_no_wait(self):
        self.assertEqual(throttle.seconds_until_allowed([NOON] * 4, now=NOON, window=1800, limit=5), 0)

    def test_a_full_window_opens_when_its_oldest_event_leaves(self):
        times = [NOON, NOON + 1, NOON + 2]
        self.assertEqual(throttle.seconds_until_allowed(times, now=NOON + 10, window=1800, limit=3), 1790)
        self.assertEqual(throttle.seconds_until_allowed(times, now=NOON + 10.5, window=1800, limit=3), 1790)

    def test_a_limit_that_was_lowered_waits_for_more_than_one_to_leave(self):
        times = [NOON, NOON + 100, NOON + 200]
        self.assertEqual(throttle.seconds_until_allowed(times, now=NOON + 200, window=1800, limit=1), 1800)

    @given(TIMES, st.integers(1, 6), st.integers(1, 2000))
    def test_after_the_wait_it_fits_and_a_second_earlier_it_did_not(self, times, limit, window):
        now = 5000
        wait = throttle.seconds_until_allowed(times, now=now, window=window, limit=limit)

        def counted(moment):
            return sum(1 for time in times if moment - time < window)

        self.assertLess(counted(now + wait), limit)
        if wait:
            self.assertGreaterEqual(counted(now + wait - 1), limit)


class ResendWaitTest(unittest.TestCase):
    def test_the_wait_grows_with_each_resend_and_then_stays(self):
        waits = [throttle.resend_wait(NOON, resends, now=NOON, waits=WAITS) for resends in range(6)]
        self.assertEqual(waits, [30, 60, 120, 300, 300, 300])

    def test_the_wait_runs_out(self):
        left = [throttle.resend_wait(NOON, 0, now=NOON + after, waits=WAITS) for after in (0, 10.2, 29.9, 30, 500)]
        self.assertEqual(left, [30, 20, 1, 0, 0])

    @given(st.integers(0, 20), st.floats(0, 1000), st.lists(st.integers(5, 3600), min_size=1, max_size=10))
    def test_it_is_what_a_clock_that_runs_down_shows(self, resends, after, waits):
        row = [*waits, *[waits[-1]] * 30]
        left = throttle.resend_wait(NOON, resends, now=NOON + after, waits=waits)
        self.assertTrue(0 <= left - max(0, NOON + row[resends] - (NOON + after)) < 1)


class PauseTest(unittest.TestCase):
    def test_the_pause_begins_at_a_minute_doubles_and_stops_at_fifteen(self):
        pauses = [throttle.pause(failures, last=NOON, now=NOON, allowed=10) for failures in range(9, 17)]
        self.assertEqual(pauses, [0, 60, 120, 240, 480, 900, 900, 900])

    @given(st.integers(0, 10_000), st.floats(0, 2000), st.integers(5, 20))
    def test_no_pause_is_longer_than_fifteen_minutes_or_negative(self, failures, after, allowed):
        left = throttle.pause(failures, last=NOON, now=NOON + after, allowed=allowed)
        self.assertTrue(0 <= left <= max(0, 901 - after))

    @given(st.integers(0, 150), st.floats(0, 2000), st.integers(5, 20))
    def test_it_is_what_doubling_by_hand_gives(self, failures, after, allowed):
        length = 0
        for number in range(1, failures + 1):
            if number >= allowed:
                length = min(900, length * 2) if length else 60
        left = throttle.pause(failures, last=NOON, now=NOON + after, allowed=allowed)
        self.assertTrue(0 <= left - max(0, NOON + length - (NOON + after)) < 1)

    def test_a_hundred_in_a_row_lock(self):
        self.assertEqual([throttle.is_locked(failures) for failures in (0, 99, 100, 101)], [False, False, True, True])
