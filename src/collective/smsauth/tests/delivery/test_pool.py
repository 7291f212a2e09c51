from collective.smsauth.delivery.pool import Pool
from unittest import mock

import os
import subprocess
import sys
import threading
import unittest

#: Seconds after which a test gives up; nothing here takes that long.
PATIENCE = 20


def no_more_threads():
    """Have the machine out of threads for a ``with`` block."""
    return mock.patch("threading.Thread.start", side_effect=RuntimeError("can't start new thread"))


class PoolTestCase(unittest.TestCase):
    def pool(self, *, threads=1, room=2):
        pool = Pool("test", threads=threads, room=room)
        self.addCleanup(pool.stop, PATIENCE)
        return pool

    def occupied(self, pool):
        """Keep one worker of ``pool`` busy; return the event that frees it."""
        begun, free = threading.Event(), threading.Event()
        self.addCleanup(free.set)
        self.assertTrue(pool.submit(lambda: (begun.set(), free.wait(PATIENCE))))
        self.assertTrue(begun.wait(PATIENCE))
        return free


class TestPool(PoolTestCase):
    def test_no_thread_exists_before_there_is_work(self):
        before = threading.active_count()
        self.pool(threads=4)
        self.assertEqual(threading.active_count(), before)

    def test_a_job_is_done_by_a_daemon_thread(self):
        pool, workers = self.pool(), []
        pool.submit(lambda: workers.append(threading.current_thread()))
        self.assertTrue(pool.drain(PATIENCE))
        self.assertEqual([worker.daemon for worker in workers], [True])
        self.assertNotEqual(workers, [threading.current_thread()])

    def test_jobs_are_done_in_the_order_in_which_they_came(self):
        pool, done = self.pool(room=10), []
        free = self.occupied(pool)
        for number in range(5):
            pool.submit(lambda number=number: done.append(number))
        free.set()
        self.assertTrue(pool.drain(PATIENCE))
        self.assertEqual(done, [0, 1, 2, 3, 4])

    def test_a_job_for_later_waits_and_lets_others_pass(self):
        pool, done = self.pool(room=3), []
        pool.submit(lambda: done.append("in an hour"), delay=3600)
        pool.submit(lambda: done.append("soon"), delay=0.02)
        pool.submit(lambda: done.append("now"))
        with pool._change:
            self.assertTrue(pool._change.wait_for(lambda: len(done) == 2, PATIENCE))
        self.assertFalse(pool.drain(0))
        self.assertEqual(done, ["now", "soon"])

    def test_a_job_for_later_takes_room_and_is_dropped_with_the_others(self):
        pool, done = self.pool(room=1), []
        self.assertTrue(pool.submit(lambda: done.append("in an hour"), delay=3600))
        self.assertFalse(pool.submit(lambda: done.append("refused")))
        self.assertTrue(pool.stop(PATIENCE))
        self.assertEqual(done, [])

    def test_a_thread_that_is_free_is_used_again(self):
        pool, workers = self.pool(threads=4), []
        for _turn in range(3):
            free = self.occupied(pool)
            pool.submit(lambda: workers.append(threading.current_thread()))
            free.set()
            self.assertTrue(pool.drain(PATIENCE))
        self.assertLessEqual(len(pool._threads), 2)
        self.assertEqual(len(workers), 3)

    def test_there_are_never_more_threads_than_allowed(self):
        pool = self.pool(threads=2, room=10)
        both = threading.Barrier(3, timeout=PATIENCE)
        for _job in range(5):
            pool.submit(both.wait)
        both.wait()
        self.assertEqual(len(pool._threads), 2)
        both.wait()
        both.abort()
        self.assertTrue(pool.drain(PATIENCE))

    def test_a_full_queue_refuses_at_once(self):
        pool, done = self.pool(room=1), []
        free = self.occupied(pool)
        self.assertTrue(pool.submit(lambda: done.append("waits")))
        self.assertFalse(pool.submit(lambda: done.append("refused")))
        free.set()
        self.assertTrue(pool.drain(PATIENCE))
        self.assertEqual(done, ["waits"])

    def test_a_job_that_fails_costs_no_thread_and_is_logged_without_its_numbers(self):
        pool, done = self.pool(room=10), []
        free = self.occupied(pool)

        number = "+31612345678"

        def fail():
            raise ValueError(f"no text to {number}")

        with self.assertLogs("collective.smsauth", "ERROR") as logs:
            pool.submit(fail)
            pool.submit(sys.exit)
            pool.submit(lambda: done.append(threading.current_thread()))
            free.set()
            self.assertTrue(pool.drain(PATIENCE))
        self.assertEqual({*done}, pool._threads)
        self.assertIn("ValueError: no text to ••••", logs.output[0])
        self.assertNotIn("2345678", "".join(logs.output))
        self.assertIn("SystemExit", logs.output[1])

    def test_draining_gives_up_in_time(self):
        pool = self.pool()
        self.occupied(pool)
        self.assertFalse(pool.drain(0))

    def test_a_stopped_pool_drops_what_waits_and_takes_nothing(self):
        pool, done = self.pool(), []
        free = self.occupied(pool)
        pool.submit(lambda: done.append("waited"))
        self.assertFalse(pool.stop())
        self.assertFalse(pool.submit(lambda: done.append("late")))
        free.set()
        self.assertTrue(pool.stop(PATIENCE))
        self.assertEqual(done, [])

    def test_a_pause_lasts_until_its_end_or_that_of_the_pool(self):
        pool, paused, begun = self.pool(), [], threading.Event()
        self.assertTrue(pool.pause(0))
        pool.submit(lambda: (begun.set(), paused.append(pool.pause(PATIENCE * 10))))
        self.assertTrue(begun.wait(PATIENCE))
        self.assertTrue(pool.stop(PATIENCE))
        self.assertEqual(paused, [False])

    def test_no_thread_at_all_is_a_refusal(self):
        pool = self.pool()
        with no_more_threads(), self.assertLogs("collective.smsauth", "ERROR"):
            self.assertFalse(pool.submit(lambda: None))
        self.assertTrue(pool.drain(0))

    def test_no_further_thread_leaves_the_work_to_the_others(self):
        pool, done = self.pool(threads=2), []
        free = self.occupied(pool)
        with no_more_threads(), self.assertLogs("collective.smsauth", "ERROR"):
            self.assertTrue(pool.submit(lambda: done.append("done")))
        free.set()
        self.assertTrue(pool.drain(PATIENCE))
        self.assertEqual(done, ["done"])


class TestProcesses(PoolTestCase):
    def run_script(self, script):
        """Run a script in a process of its own and return what it wrote."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-W", "ignore", "-c", script]
        return subprocess.check_output(command, env=environment, text=True, timeout=60).split()

    def test_the_end_of_the_process_does_not_wait_for_a_job_that_hangs(self):
        script = """
from collective.smsauth.delivery import pool
import threading
pool.EXIT_GRACE = 0.05
begun = threading.Event()
pool.Pool("test", threads=1, room=1).submit(lambda: (begun.set(), threading.Event().wait(3600)))
begun.wait(20)
print("ended")
"""
        self.assertEqual(self.run_script(script), ["ended"])

    def test_the_end_of_the_process_gives_a_job_on_its_way_a_moment(self):
        script = """
from collective.smsauth.delivery import pool
import threading
pool.EXIT_GRACE = 20
last = threading.Event()
jobs = pool.Pool("test", threads=1, room=2)
jobs.submit(last.wait)
jobs.submit(lambda: print("sent", flush=True))
last.set()
"""
        self.assertEqual(self.run_script(script), ["sent"])

    def test_the_end_of_the_process_makes_what_waits_for_its_time_due_and_follows_it_to_other_pools(self):
        script = """
from collective.smsauth.delivery import pool
pool.EXIT_GRACE = 20
errands, texts = pool.Pool("errands", threads=1, room=2), pool.Pool("texts", threads=1, room=2)
texts.submit(lambda: None)
errands.submit(lambda: texts.submit(lambda: print("sent", flush=True)), delay=3600)
"""
        self.assertEqual(self.run_script(script), ["sent"])

    def test_the_end_of_the_process_does_not_wait_for_a_pool_that_was_stopped(self):
        script = """
from collective.smsauth.delivery import pool
import threading
pool.EXIT_GRACE = 3600
begun = threading.Event()
jobs = pool.Pool("test", threads=1, room=1)
jobs.submit(lambda: (begun.set(), threading.Event().wait(3600)))
begun.wait(20)
jobs.stop()
print("ended", flush=True)
"""
        self.assertEqual(self.run_script(script), ["ended"])

    def test_a_child_process_starts_afresh_and_leaves_the_parents_jobs_to_the_parent(self):
        script = """
from collective.smsauth.delivery import pool
import gc, os, sys, threading
pool.Pool("gone", threads=1, room=1)
gc.collect()
jobs = pool.Pool("test", threads=1, room=2)
begun, free = threading.Event(), threading.Event()
jobs.submit(lambda: (begun.set(), free.wait(20)))
begun.wait(20)
jobs.submit(lambda: print("parent", flush=True))
child = os.fork()
if not child:
    taken = jobs.submit(lambda: print("child", flush=True))
    os._exit(0 if taken and jobs.drain(20) else 1)
assert os.waitpid(child, 0)[1] == 0
free.set()
assert jobs.drain(20)
"""
        self.assertEqual(self.run_script(script), ["child", "parent"])
