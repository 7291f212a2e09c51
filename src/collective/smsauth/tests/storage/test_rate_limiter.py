"""Sliding windows in memory, and which addresses of a storage are of use."""

from collective.smsauth.domain import throttle
from collective.smsauth.storage import retries
from collective.smsauth.storage.rate_limiter import RateLimiter
from collective.smsauth.testing import SettableClock
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import NOON
from threading import Barrier
from threading import Thread

import threading
import unittest

HOUR = 3600


class WindowsTest(unittest.TestCase):
    def setUp(self):
        self.clock = SettableClock()
        self.clock.time = NOON
        self.windows = RateLimiter(self.clock)

    def hit(self, name="a", limit=2, window=HOUR):
        return self.windows.hit(name, limit=limit, window=window)

    def wait(self, name="a", limit=2, window=HOUR):
        return self.windows.resets_in(name, limit=limit, window=window)

    def test_a_full_window_takes_no_more_until_its_oldest_leaves(self):
        self.assertTrue(self.hit())
        self.clock.advance(60)
        self.assertEqual((self.wait(), self.hit(), self.wait()), (0, True, HOUR - 60))
        self.assertFalse(self.hit())
        self.clock.advance(HOUR - 61)
        self.assertEqual((self.wait(), self.hit()), (1, False))
        self.clock.advance(1)
        self.assertEqual((self.wait(), self.hit(), self.wait()), (0, True, 60))

    def test_a_limit_that_is_changed_goes_on_from_what_was_counted(self):
        for _ in range(2):
            self.assertTrue(self.hit(limit=2))
            self.clock.advance(60)
        self.assertEqual((0, True), (self.wait(limit=3), self.hit(limit=3)), "raised")
        self.assertFalse(self.hit(limit=3))
        self.assertEqual(HOUR - 120, self.wait(limit=3))
        self.assertEqual((HOUR - 60, False), (self.wait(limit=2), self.hit(limit=2)), "lowered: two have to go")
        self.assertEqual(HOUR, self.wait(limit=1))

    def test_what_is_given_back_counts_no_more(self):
        for name in ("a", "a", "b"):
            self.hit(name)
        self.windows.give_back("a", window=HOUR)
        self.windows.give_back("unheard of", window=HOUR)
        self.assertEqual([True, False], [self.hit("a"), self.hit("a")])
        for _ in range(3):
            self.windows.give_back("b", window=HOUR)
        self.assertEqual([True, True, False], [self.hit("b") for _ in range(3)])

    def test_counts_of_a_clock_that_ran_ahead_hold_nobody_back(self):
        self.clock.advance(10 * HOUR)
        for _ in range(2):
            self.hit()
        self.clock.advance(-10 * HOUR)
        self.assertEqual((0, True, True, False), (self.wait(), self.hit(), self.hit(), self.hit()))
        self.clock.advance(10 * HOUR)
        self.assertFalse(self.hit(), "they are not forgotten")

    def test_a_look_at_a_full_window_does_not_go_through_it(self):
        class Time(float):
            """A time that notes how often it is compared."""

            compared = 0

            def __lt__(self, other):
                Time.compared += 1
                return float(self) < other

            def __gt__(self, other):
                Time.compared += 1
                return float(self) > other

        storage = self.windows._memory._limiter.storage
        self.hit(limit=5000)
        [key] = storage._windows
        storage._windows[key] = (tuple(Time(NOON - 5000 + number) for number in range(5000)), HOUR)
        self.wait(limit=5000)
        self.hit(limit=5000)
        self.assertLess(Time.compared, 100)

    def test_names_have_windows_of_their_own(self):
        self.hit("a", limit=1)
        self.assertFalse(self.hit("a", limit=1))
        self.assertTrue(self.hit("b", limit=1))

    def test_asking_for_the_wait_counts_nothing(self):
        for _ in range(5):
            self.assertEqual(self.wait(limit=1), 0)

    def test_work_that_is_done_again_counts_once_and_other_threads_for_themselves(self):
        seen = []
        retries.begin()
        for _ in range(3):
            retries.restart()
            seen.append((self.wait(limit=1), self.hit(limit=1), self.wait(limit=1), self.hit(limit=1)))
        self.assertEqual([(0, True, HOUR, False)] * 3, seen)
        beside = []
        thread = Thread(target=lambda: beside.append(self.hit(limit=1)))
        thread.start()
        thread.join()
        self.assertEqual([False], beside)
        retries.begin()
        self.assertEqual((HOUR, False), (self.wait(limit=1), self.hit(limit=1)))

    def test_what_a_later_run_counts_beyond_the_former_ones_is_counted(self):
        retries.begin()
        self.assertTrue(self.hit(limit=3))
        retries.restart()
        self.assertEqual([True, True, True, False], [self.hit(limit=3) for _ in range(4)])
        retries.restart()
        self.assertEqual([True, True, True, False], [self.hit(limit=3) for _ in range(4)])

    def test_work_after_the_last_run_counts_for_itself(self):
        retries.begin()
        self.assertTrue(self.hit(limit=1))
        retries.end()
        retries.restart()
        self.assertFalse(self.hit(limit=1))

    def test_work_that_is_done_once_has_no_further_run(self):
        retries.end()
        retries.restart()
        self.assertEqual([True, False], [self.hit(limit=1) for _ in range(2)])

    @given(st.lists(st.integers(0, 900), max_size=40), st.integers(1, 6), st.integers(1, 2000))
    def test_any_history_is_that_of_a_plain_list_of_times(self, steps, limit, window):
        clock, times = SettableClock(), []
        clock.time = NOON
        windows = RateLimiter(clock)
        for passed in steps:
            clock.advance(passed)
            expected = throttle.seconds_until_allowed(times, now=clock(), window=window, limit=limit)
            self.assertEqual(windows.resets_in("a", limit=limit, window=window), expected)
            self.assertEqual(windows.hit("a", limit=limit, window=window), expected == 0)
            if not expected:
                times.append(clock())

    def test_of_many_at_once_no_more_than_fit_are_counted(self):
        line, taken = Barrier(16), []

        def take():
            line.wait(10)
            for _ in range(20):
                taken.append(self.hit(limit=50))

        threads = [Thread(target=take) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sum(taken), 50)

    def test_a_flood_of_names_is_forgotten_once_it_ended(self):
        kept = self.windows._memory._limiter.storage._windows
        for number in range(1000):
            self.hit(str(number))
        self.clock.advance(HOUR)
        for number in range(150):
            self.hit(f"later {number}")
        self.assertLessEqual(len(kept), 150)

    def test_memory_starts_no_threads(self):
        before = threading.active_count()
        for _ in range(20):
            RateLimiter(self.clock).hit("a", limit=1, window=HOUR)
        self.assertEqual(threading.active_count(), before)


class AddressTest(unittest.TestCase):
    def test_memory_needs_no_address(self):
        for address in ("", "memory://", "  memory://  "):
            with self.subTest(address=address), self.assertNoLogs("collective.smsauth"):
                limiter = RateLimiter(SettableClock(), address)
                self.assertEqual((None, None), (limiter.problem(), limiter.check()))

    def test_an_address_of_a_redis_is_not_connected_to_before_it_is_needed(self):
        for address in (
            "redis://localhost:6379",
            "redis://user:secret@redis.example.org:6380/3",
            "rediss://redis.example.org",
            "redis+unix:///run/redis.sock",
            "redis://localhost?socket_timeout=30",
        ):
            with self.subTest(address=address), self.assertNoLogs("collective.smsauth"):
                self.assertIsNone(RateLimiter(SettableClock(), address).problem())

    def test_anything_else_is_said_and_limits_are_kept_in_memory(self):
        for address in (
            "localhost:6379",
            "redis",
            "redis:",
            "redis://",
            "redis:///1",
            "redis://localhost:port",
            "redis://localhost:99999",
            "redis://[::1",
            "redis+unix://",
            "http://localhost",
            "memcached://localhost:11211",
            "mongodb://localhost",
            "memory",
            "memory://x",
            "async+redis://localhost",
            "redis+cluster://localhost:7000",
            "redis://localhost?socket_timeout=soon",
            "\x00",
            "💥://💥",
        ):
            with self.subTest(address=address):
                with self.assertLogs("collective.smsauth", "ERROR") as logs:
                    windows = RateLimiter(SettableClock(), address)
                self.assertEqual("check_limits_wrong_address", str(windows.problem()))
                self.assertEqual(1, len(logs.output))
                self.assertEqual([True, False], [windows.hit("a", limit=1, window=HOUR) for _ in range(2)])

    def test_a_password_in_the_address_is_neither_logged_nor_shown(self):
        with self.assertLogs("collective.smsauth", "ERROR") as logs:
            windows = RateLimiter(SettableClock(), "redis://user:sesame@localhost:port")
        self.assertNotIn("sesame", f"{logs.output} {windows.problem()} {windows.problem().default}")
