"""Runs jobs in forks of this process, some at a time, and ends those that take too long."""

from collections.abc import Callable
from collections.abc import Generator
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from typing import Any

import contextlib
import os
import resource
import signal
import time

#: What a fork may use of memory (bytes): a mistake may make a loop that collects.
_MOST_MEMORY = 6 * 1024**3
#: Seconds for what a job does before it says what it begins.
_START = 30.0

#: Called by a job with what it begins now, and how many seconds that may take.
Tell = Callable[[str, float], None]


@dataclass(frozen=True, kw_only=True)
class Job:
    """A function to be called in a fork, and what it is for. Its result must be something to pickle."""

    key: Any
    run: Callable[[Tell], Any]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a job ended: with a ``result``, or not, after it had begun ``last``."""

    key: Any
    has_result: bool
    result: Any = None
    last: str = ""


@dataclass(kw_only=True)
class _Running:
    job: Job
    process: ForkProcess
    last: str = ""
    until: float = field(default_factory=lambda: time.monotonic() + _START)


def in_forks(jobs: Iterator[Job], processes: int) -> Generator[Ended, None, None]:
    """Run the jobs and tell how they ended, in whatever order they do; another is taken from ``jobs`` when there is room."""
    running: dict[Connection, _Running] = {}
    try:
        while True:
            while len(running) < processes and (job := next(jobs, None)) is not None:
                running.update([_begin(job)])
            if not running:
                return
            ready = wait(list(running), timeout=1)
            for connection, one in list(running.items()):
                ended = _hear(connection, one) if connection in ready else None
                if ended is None and time.monotonic() > one.until:
                    ended = Ended(key=one.job.key, has_result=False, last=one.last)
                if ended is not None:
                    del running[connection]
                    connection.close()
                    _kill(one.process)
                    yield ended
    finally:
        for one in running.values():
            _kill(one.process)


def _begin(job: Job) -> tuple[Connection, _Running]:
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(job, theirs))
    process.start()
    theirs.close()
    return ours, _Running(job=job, process=process)


def _work(job: Job, connection: Connection) -> None:
    os.setsid()
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    result = job.run(lambda last, seconds: connection.send((False, (last, seconds))))
    connection.send((True, result))


def _hear(connection: Connection, one: _Running) -> Ended | None:
    try:
        has_result, message = connection.recv()
    except EOFError:  # it died
        return Ended(key=one.job.key, has_result=False, last=one.last)
    if has_result:
        return Ended(key=one.job.key, has_result=True, result=message)
    one.last, seconds = message
    one.until = time.monotonic() + seconds
    return None


def _kill(process: ForkProcess) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has ended, or has not become a session of its own yet
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
