"""Windows that several instances share in a real Redis: what they count together, and what happens when it fails."""

from collective.smsauth.storage.rate_limiter import PAUSE
from collective.smsauth.storage.rate_limiter import RateLimiter
from collective.smsauth.tests.support.contexts import entered
from collective.smsauth.tests.support.redis_server import on_clock
from collective.smsauth.tests.support.redis_server import REDIS
from collective.smsauth.tests.support.redis_server import RedisServer
from concurrent.futures import ThreadPoolExecutor

import subprocess
import sys
import time
import unittest

HOUR = 3600
#: What another process does: it counts under the name "a" and says how often that fitted.
_OTHER_PROCESS = """
import sys, time
from collective.smsauth.storage.rate_limiter import RateLimiter
windows = RateLimiter(time.time, sys.argv[1])
print(sum(windows.hit("a", limit=50, window=3600) for _ in range(40)), windows.problem())
"""


@unittest.skipUnless(REDIS, "optional: redis-server is not installed")
class RedisTest(unittest.TestCase):
    """Two instances, one Redis, one clock for all."""

    def setUp(self):
        self.server = RedisServer()
        self.addCleanup(self.server.close)
        self.server.start()
        self.time = time.time()
        entered(self, on_clock(self.clock))
        self.one, self.two = self.instance(), self.instance()

    def clock(self):
        return self.time

    def instance(self, address=""):
        return RateLimiter(self.clock, address or self.server.address)

    def hit(self, windows, name="a", limit=3):
        return windows.hit(name, limit=limit, window=HOUR)

    def wait(self, windows, name="a", limit=3):
        return windows.resets_in(name, limit=limit, window=HOUR)

    def warnings(self):
        return self.assertLogs("collective.smsauth", "WARNING")


class SharingTest(RedisTest):
    def test_instances_count_together(self):
        self.assertEqual([True] * 3, [self.hit(windows) for windows in (self.one, self.two, self.one)])
        self.assertFalse(self.hit(self.two))
        self.assertFalse(self.hit(self.one))
        self.assertEqual((HOUR, HOUR), (self.wait(self.one), self.wait(self.two)))

    def test_the_window_slides_by_our_clock(self):
        self.hit(self.one)
        self.time += 600
        self.hit(self.two)
        self.hit(self.two)
        self.assertEqual(HOUR - 600, self.wait(self.one))
        self.time += HOUR - 600 + 1
        self.assertEqual(0, self.wait(self.one))
        self.assertTrue(self.hit(self.one))
        self.assertFalse(self.hit(self.two))

    def test_an_instance_that_is_started_anew_knows_what_was_counted(self):
        for _ in range(3):
            self.hit(self.one)
        self.assertFalse(self.hit(self.instance()))

    def test_names_are_kept_as_they_are_given_and_end_by_themselves(self):
        self.hit(self.one, "digest")
        client = self.one._shared._limiter.storage.storage
        [key] = client.keys("*")
        self.assertIn(b"digest", key)
        self.assertTrue(0 < client.ttl(key) <= HOUR)

    def test_a_limit_that_is_changed_goes_on_from_what_was_counted(self):
        for windows in (self.one, self.two):
            self.hit(windows, limit=2)
        self.assertEqual([True, False], [self.hit(self.one, limit=3), self.hit(self.two, limit=3)])
        self.assertFalse(self.hit(self.instance(), limit=2))

    def test_what_is_given_back_is_given_back_to_all(self):
        for _ in range(3):
            self.hit(self.one)
        self.one.give_back("a", window=HOUR)
        self.assertEqual([True, False], [self.hit(self.two), self.hit(self.two)])

    def test_two_processes_at_once_take_no_more_than_fits(self):
        command = [sys.executable, "-c", _OTHER_PROCESS, self.server.address]
        started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        said = [process.communicate(timeout=60)[0].split(maxsplit=1) for process in started]
        self.assertEqual(["None\n", "None\n"], [problem for _, problem in said])
        self.assertEqual(50, sum(int(number) for number, _ in said))

    def test_many_threads_at_once_take_no_more_than_fits(self):
        with ThreadPoolExecutor(16) as pool:
            taken = list(pool.map(lambda turn: self.hit((self.one, self.two)[turn % 2], limit=20), range(100)))
        self.assertEqual(20, sum(taken))


class FailureTest(RedisTest):
    def seconds(self, act):
        started = time.monotonic()
        act()
        return time.monotonic() - started

    def test_dead_at_the_start_each_instance_counts_for_itself_and_says_so_once(self):
        self.server.stop()
        with self.warnings() as logs:
            self.assertEqual([True, True, True, False], [self.hit(self.one) for _ in range(4)])
            self.assertEqual(HOUR, self.wait(self.one))
        self.assertEqual(1, len(logs.output))
        self.assertEqual("check_limits_no_answer", str(self.one.problem()))

    def test_dying_midway_it_opens_no_door(self):
        for _ in range(3):
            self.hit(self.one)
        self.server.stop()
        with self.warnings() as logs:
            for _ in range(5):
                self.assertFalse(self.hit(self.one), "what this instance counted still counts")
            self.assertEqual(HOUR, self.wait(self.one))
        self.assertEqual(1, len(logs.output))

    def test_tried_again_in_vain_it_does_not_warn_again(self):
        self.server.stop()
        with self.warnings() as logs:
            for _ in range(4):
                self.hit(self.one)
                self.time += PAUSE
        self.assertEqual(1, len(logs.output))

    def test_it_is_asked_by_the_self_check_before_anybody_else_asked_it(self):
        self.assertIsNone(self.one.check())
        self.server.stop()
        with self.warnings():
            self.assertEqual("check_limits_no_answer", str(self.one.check()))

    def test_the_self_check_asks_also_one_that_is_left_alone_and_it_is_used_again_at_once(self):
        self.server.stop()
        with self.warnings():
            self.hit(self.one)
        self.assertIsNotNone(self.one.check())
        self.server.start()
        with self.warnings() as logs:
            self.assertIsNone(self.one.check())
        self.assertIn("answers again", logs.output[0])
        self.assertTrue(self.hit(self.two))

    def test_one_that_answers_but_counts_nothing_is_found(self):
        self.one._shared._limiter.storage.storage.config_set("maxmemory", "1")
        with self.warnings():
            self.assertEqual("check_limits_no_answer", str(self.one.check()))

    def test_the_self_check_waits_for_a_frozen_one_no_longer_than_anybody(self):
        self.server.freeze()
        try:
            for _ in range(2):
                self.assertLess(self.seconds(lambda: self.one.check()), 1.0)
        finally:
            self.server.thaw()

    def test_what_the_self_check_asks_is_not_kept(self):
        for _ in range(20):
            self.assertIsNone(self.one.check())
        client = self.one._shared._limiter.storage.storage
        self.assertTrue(all(0 <= client.ttl(key) <= 1 for key in client.keys("*")))

    def test_coming_back_is_noticed_after_the_pause_and_said(self):
        self.server.stop()
        with self.warnings():
            self.hit(self.one)
        self.server.start()
        self.hit(self.one)
        self.assertIsNotNone(self.one.problem(), "it is left alone for the pause")
        self.time += PAUSE
        with self.warnings() as logs:
            self.wait(self.one)
        self.assertIn("answers again", logs.output[0])
        self.assertIsNone(self.one.problem())
        self.assertFalse(
            [self.hit(self.one) for _ in range(3)] == [True] * 3, "what was counted meanwhile still counts"
        )

    def test_a_redis_that_was_started_anew_is_used_at_once(self):
        self.hit(self.one)
        self.server.stop()
        self.server.start()
        with self.assertNoLogs("collective.smsauth", "WARNING"):
            self.hit(self.one)
        self.assertIsNone(self.one.problem())

    def test_frozen_it_holds_nobody_up_for_more_than_half_a_second_and_only_once(self):
        self.hit(self.one)
        self.server.freeze()
        try:
            with self.warnings() as logs:
                self.assertLess(self.seconds(lambda: self.hit(self.one)), 1.0)
            self.assertEqual(1, len(logs.output))
            self.assertLess(self.seconds(lambda: [self.wait(self.one) for _ in range(100)]), 0.2)
            fresh = self.instance()
            with self.warnings():
                self.assertLess(self.seconds(lambda: self.hit(fresh)), 1.0, "also without a connection")
        finally:
            self.server.thaw()
        self.time += PAUSE
        self.wait(self.one)
        self.assertIsNone(self.one.problem())

    def test_while_one_request_tries_a_frozen_one_again_the_others_go_on(self):
        self.server.freeze()
        try:
            with self.warnings():
                self.hit(self.one, "first")
            self.time += PAUSE
            with ThreadPoolExecutor(8) as pool:
                seconds = list(pool.map(lambda turn: self.seconds(lambda: self.hit(self.one, f"{turn}")), range(8)))
            self.assertEqual(1, len([taken for taken in seconds if taken > 0.2]))
        finally:
            self.server.thaw()

    def test_something_else_than_a_redis_at_that_address_is_like_a_dead_one(self):
        self.one._shared._limiter.storage.storage.set("LIMITS:LIMITER/a/3600/second", "no list")
        with self.warnings() as logs:
            self.assertEqual([True, True, True, False], [self.hit(self.one) for _ in range(4)])
        self.assertEqual(1, len(logs.output))

    def test_a_strange_option_in_the_address_opens_no_door(self):
        strange = self.instance(f"{self.server.address}?never_heard_of=1")
        with self.warnings():
            self.assertEqual([True, True, True, False], [self.hit(strange) for _ in range(4)])

    def test_a_long_timeout_in_the_address_does_not_count(self):
        slow = self.instance(f"{self.server.address}?socket_timeout=60")
        self.server.freeze()
        try:
            with self.warnings():
                self.assertLess(self.seconds(lambda: self.hit(slow)), 1.0)
        finally:
            self.server.thaw()

    def test_a_wrong_password_is_like_a_dead_redis_and_is_not_logged(self):
        self.one._shared._limiter.storage.storage.config_set("requirepass", "open barley")
        closed = self.instance(self.server.address.replace("//", "//:sesame@"))
        with self.warnings() as logs:
            self.hit(closed)
        self.assertNotIn("sesame", str(logs.output))
