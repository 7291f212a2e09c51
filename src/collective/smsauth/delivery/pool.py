"""A few worker threads with a short queue, so that neither a request nor a commit waits for somebody else's server.

``concurrent.futures`` does not fit: its queue has no bound, and the interpreter waits for its threads, however long
they hang.
"""

from collections.abc import Callable
from collective.smsauth import logger
from collective.smsauth.delivery.redaction import described
from collective.smsauth.delivery.redaction import traced
from dataclasses import dataclass
from functools import partial

import atexit
import heapq
import itertools
import os
import threading
import time
import weakref

#: Seconds that the end of the process is put off, at most, for what is still on its way.
EXIT_GRACE = 2.0
_GLANCE = 0.02

Job = Callable[[], object]


@dataclass(frozen=True)
class Task:
    """A job with ``lost``, which is called with whether the job was begun if the process is stopped before it was done."""

    work: Job
    lost: Callable[[bool], object]

    def __call__(self) -> object:
        """Do the job."""
        return self.work()


class Pool:
    """At most ``threads`` daemon threads, started when they are needed, and at most ``room`` jobs that wait for one."""

    def __init__(self, name: str, *, threads: int, room: int) -> None:
        self.name = name
        self._most = threads
        self._room = room
        self._reset()
        _POOLS.add(self)

    def submit(self, job: Job, *, delay: float = 0.0, always: bool = False) -> bool:
        """Have ``job`` called by a worker, ``delay`` seconds from now at the earliest; tell whether there was room for it. Never waits.

        ``always`` makes room for it.
        """
        with self._change:
            if self._stopping.is_set() or (len(self._waiting) >= self._room and not always):
                return False
            entry = (time.monotonic() + delay, next(self._numbers), job)
            heapq.heappush(self._waiting, entry)
            free = len(self._threads) - self._running
            wanting = len(self._waiting) > free and len(self._threads) < self._most
            if wanting and not self._start() and not self._threads:
                self._waiting.remove(entry)
                heapq.heapify(self._waiting)
                return False
            self._change.notify_all()
            return True

    def hurry(self) -> None:
        """Let no job wait for its time any longer, now and from now on."""
        with self._change:
            self._hurried = True
            self._change.notify_all()

    def pause(self, seconds: float) -> bool:
        """Wait ``seconds``, or until the pool is stopped. Tell whether it still runs."""
        return not self._stopping.wait(seconds)

    def drain(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds until all jobs are done. Tell whether they are."""
        with self._change:
            return self._change.wait_for(lambda: not self._waiting and not self._running, timeout)

    def give_up(self) -> list[Job]:
        """Accept nothing more, drop what waits, wait for nothing. Return what is to be called about the tasks that were not done."""
        with self._change:
            waiting = [partial(job.lost, False) for _, _, job in sorted(self._waiting) if isinstance(job, Task)]
            running = [partial(job.lost, True) for job in self._at_work.values() if isinstance(job, Task)]
        self.stop()
        return [*waiting, *running]

    def stop(self, timeout: float = 0.0) -> bool:
        """Accept nothing more, drop what waits, wait up to ``timeout`` seconds for what runs. Tell whether it ended."""
        with self._change:
            self._stopping.set()
            self._waiting.clear()
            self._change.notify_all()
            return self._change.wait_for(lambda: not self._threads, timeout)

    def _reset(self) -> None:
        """Begin with nothing. So does a child process: the jobs are its parent's, and copied locks may never open."""
        self._change = threading.Condition()
        self._stopping = threading.Event()
        # a heap: when it is due, a number that keeps the order of those due at once, the job
        self._waiting: list[tuple[float, int, Job]] = []
        self._at_work: dict[threading.Thread, Job] = {}
        self._numbers = itertools.count()
        self._threads: set[threading.Thread] = set()
        self._running = 0
        self._hurried = False

    def _start(self) -> bool:
        thread = threading.Thread(target=self._work, name=f"{self.name}-{len(self._threads) + 1}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            logger.error("A worker thread could not be started")
            return False
        self._threads.add(thread)
        return True

    def _next(self) -> Job | None:
        with self._change:
            while not self._stopping.is_set():
                wait = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if wait is not None and (wait <= 0 or self._hurried):
                    self._running += 1
                    job = self._at_work[threading.current_thread()] = heapq.heappop(self._waiting)[-1]
                    return job
                self._change.wait(wait)
            self._threads.discard(threading.current_thread())
            self._change.notify_all()
            return None

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except BaseException as error:  # a job must not cost the pool a thread, whatever it does
                logger.error("A job failed: %s\n%s", described(error), traced(error))
            finally:
                del job
                with self._change:
                    self._running -= 1
                    self._at_work.pop(threading.current_thread(), None)
                    self._change.notify_all()


def finish(grace: float | None = None) -> None:
    """Give what is on its way ``grace`` seconds (EXIT_GRACE if not given), in all pools, and tell about what was not done by then.

    Pools that have nothing more to do go on. Each is asked twice, since the work of one may become work of another.
    """
    end = time.monotonic() + (EXIT_GRACE if grace is None else grace)
    pools = [pool for pool in _POOLS if not pool._stopping.is_set()]
    for pool in pools:
        pool.hurry()
    while not (done := all(pool.drain(_GLANCE) for pool in (*pools, *pools))) and time.monotonic() < end:
        pass
    if done:
        return
    for tell in [tell for pool in pools for tell in pool.give_up()]:
        try:
            tell()
        except Exception as error:  # the others are to be told about all the same
            logger.error("What was not done could not be told: %s\n%s", described(error), traced(error))


_POOLS: weakref.WeakSet[Pool] = weakref.WeakSet()
os.register_at_fork(after_in_child=lambda: [*map(Pool._reset, _POOLS)])
atexit.register(finish)
