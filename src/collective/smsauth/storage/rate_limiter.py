"""Sliding windows over all texts of a process, or of all instances together in Redis: the library ``limits`` on our own clock.

They stand outside of the database: what a request counted stays counted, even if the request is given up, and is counted once, even if
it is run again after a conflict. A Redis that is dead, slow or wrong never opens the door: every count is kept in memory as well, and goes
on from there.
"""

from bisect import bisect_right
from collections.abc import Callable
from collective.smsauth import _
from collective.smsauth import logger
from collective.smsauth.interfaces import IRateLimiter
from collective.smsauth.storage import retries
from itertools import islice
from limits import RateLimitItemPerSecond
from limits import storage as storages
from limits.storage import RedisStorage
from limits.storage import Storage
from limits.strategies import MovingWindowRateLimiter
from threading import Lock
from typing import TypeVar
from urllib.parse import urlsplit
from zope.i18nmessageid import Message
from zope.interface import implementer

VARIABLE = "SMSAUTH_LIMITS_STORAGE"
#: Seconds for which Redis may take to be connected to, and to answer: half a second together.
PATIENCE = 0.25
#: Seconds for which a Redis that failed is left alone.
PAUSE = 30.0

_MEMORY = ("", "memory://")
_REDIS = ("redis", "rediss", "redis+unix")
#: How many ended windows may go whenever something is counted.
_SWEEP = 8
_ROUNDING = 0.001
#: What is counted to see whether Redis counts: so many a second, that it always fits.
_CHECK, _CHECKS = "self-check", 1000
_Answer = TypeVar("_Answer")


class MemoryStorage(storages.MemoryStorage):
    """The windows of this process. Unlike the library's it asks a clock that can be set, forgets what ended, and needs no thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super(storages.MemoryStorage, self).__init__()  # past the library's own memory, which starts a thread
        self._clock = clock
        self._lock = Lock()
        #: key -> times in order and length of the window in seconds, the longest untouched first
        self._windows: dict[str, tuple[tuple[float, ...], int]] = {}

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count ``amount`` under ``key`` if no more than ``limit`` then lie within ``expiry`` seconds; tell whether."""
        with self._lock:
            now = self._clock()
            times, first, end = self._within(key, now, expiry)
            if end - first + amount > limit:
                return False
            self._windows.pop(key, None)
            for other in list(islice(self._windows, _SWEEP)):
                kept, window = self._windows[other]
                if not kept or kept[-1] <= now - window:
                    del self._windows[other]
            self._windows[key] = ((*times[first:end], *(now,) * amount, *times[end:]), expiry)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return how many counts lie within ``expiry`` seconds, after the time of the oldest of the last ``limit`` of them.

        That time is now, if there are none.
        """
        now = self._clock()
        times, first, end = self._within(key, now, expiry)
        return (times[max(first, end - limit)] if first < end else now), end - first

    def give_back(self, key: str) -> None:
        """Take back the last count under ``key``."""
        with self._lock:
            times, window = self._windows.get(key, ((), 0))
            if times:
                self._windows[key] = (times[:-1], window)

    def _within(self, key: str, now: float, expiry: int) -> tuple[tuple[float, ...], int, int]:
        """Return the times under ``key``, and from where to where they lie within the window. Those of a clock that ran ahead do not."""
        times, _window = self._windows.get(key, ((), 0))
        return times, bisect_right(times, now - expiry), bisect_right(times, now)


class _Window(RateLimitItemPerSecond):
    """A window under a key that does not tell the limit: what was counted goes on to count when the limit is changed."""

    def key_for(self, *identifiers: bytes | str | int | float) -> str:
        return "/".join((self.namespace, *map(str, identifiers), str(self.get_expiry()), self.GRANULARITY.name))


class _SharedLimiter:
    """The windows in one storage."""

    def __init__(self, storage: Storage, clock: Callable[[], float]) -> None:
        self._limiter, self._clock = MovingWindowRateLimiter(storage), clock

    def resets_in(self, name: str, *, limit: int, window: int) -> int:
        stats = self._limiter.get_window_stats(_Window(limit, window), name)
        if stats.remaining > 0:
            return 0
        # Redis rounds times, but not by as much as that
        return max(1, -int(-(stats.reset_time - self._clock() - _ROUNDING) // 1))

    def hit(self, name: str, *, limit: int, window: int) -> bool:
        return self._limiter.hit(_Window(limit, window), name)

    def give_back(self, name: str, *, window: int) -> None:
        storage, key = self._limiter.storage, _Window(1, window).key_for(name)
        if isinstance(storage, MemoryStorage):
            storage.give_back(key)
        elif isinstance(storage, RedisStorage):
            # the latest is the first there
            storage.storage.lpop(storage.prefixed_key(key))


@implementer(IRateLimiter)
class RateLimiter:
    """The windows of this process and, if ``address`` names a Redis, of all processes that use it.

    ``clock`` returns seconds since the epoch. An address that is of no use counts like none; ``problem`` tells.
    """

    def __init__(self, clock: Callable[[], float], address: str = "") -> None:
        self._clock = clock
        self._memory = _SharedLimiter(MemoryStorage(clock), clock)
        self._shared: _SharedLimiter | None = None
        self._wrong: Message | None = None
        self._again: float | None = None
        self._lock = Lock()
        try:
            storage = _redis(address.strip())
        except ValueError:
            self._wrong = _WRONG
            logger.error("%s is neither memory:// nor the address of a Redis: limits are kept in memory", VARIABLE)
        except ImportError:
            self._wrong = _NO_CLIENT
            logger.error("%s names a Redis, but its client is not installed: limits are kept in memory", VARIABLE)
        else:
            self._shared = _SharedLimiter(storage, clock) if storage is not None else None

    def resets_in(self, name: str, *, limit: int, window: int) -> int:
        """Return the seconds until one more fits into the window of that name; 0 if it does now, or an attempt before has counted it."""
        attempts = retries.at_hand()
        if attempts is not None and attempts.covers(name):
            return 0
        own = self._memory.resets_in(name, limit=limit, window=window)
        return max(own, self._ask(lambda shared: shared.resets_in(name, limit=limit, window=window)) or 0)

    def hit(self, name: str, *, limit: int, window: int) -> bool:
        """Count one under that name, or return False if it does not fit; True if an attempt before has counted it."""
        attempts = retries.at_hand()
        if attempts is not None and attempts.covers(name):
            attempts.spent[name] += 1
            return True
        if not self._memory.hit(name, limit=limit, window=window):
            return False
        if self._ask(lambda shared: shared.hit(name, limit=limit, window=window)) is False:
            return False
        if attempts is not None:
            attempts.counted[name] += 1
            attempts.spent[name] += 1
        return True

    def give_back(self, name: str, *, window: int) -> None:
        """Take back one that was counted under that name, since what it was counted for did not happen."""
        self._memory.give_back(name, window=window)
        self._ask(lambda shared: shared.give_back(name, window=window))

    def problem(self) -> Message | None:
        """Return why the limits are not kept where they should be, or None, by what Redis did last."""
        return self._wrong or (_NO_ANSWER if self._again is not None else None)

    def check(self) -> Message | None:
        """Ask Redis to count, even one that is left alone, and return why the limits are not kept where they should be, or None.

        It takes no longer than any count: see ``PATIENCE``.
        """
        if self._shared is not None:
            self._question(self._shared, lambda shared: shared.hit(_CHECK, limit=_CHECKS, window=1))
        return self.problem()

    def _ask(self, question: Callable[[_SharedLimiter], _Answer]) -> _Answer | None:
        if self._shared is None or self._is_left_alone():
            return None
        return self._question(self._shared, question)

    def _question(self, shared: _SharedLimiter, question: Callable[[_SharedLimiter], _Answer]) -> _Answer | None:
        try:
            answer = question(shared)
        except Exception as error:  # whatever is wrong with Redis or its client, no request may suffer for it
            self._failed(error)
            return None
        with self._lock:
            is_back, self._again = self._again is not None, None
        if is_back:
            logger.warning("Redis answers again: limits are shared with the other instances")
        return answer

    def _is_left_alone(self) -> bool:
        """Tell whether Redis failed lately; past the pause, let one request try and the others go on without."""
        with self._lock:
            if self._again is None:
                return False
            now = self._clock()
            if self._again - PAUSE <= now < self._again:
                return True
            self._again = now + PAUSE
            return False

    def _failed(self, error: Exception) -> None:
        with self._lock:
            is_news, self._again = self._again is None, self._clock() + PAUSE
        if is_news:
            kind = type(error).__name__
            logger.warning("Redis does not answer (%s): limits are kept in memory, by each instance for itself", kind)


def _redis(address: str) -> Storage | None:
    """Return the storage in Redis that ``address`` names, or None if it asks for memory. Nothing is connected yet.

    :raises ValueError: it is neither.
    :raises ImportError: the client is not installed.
    """
    if address in _MEMORY:
        return None
    parts = urlsplit(address)
    if parts.scheme not in _REDIS or not (parts.path if parts.scheme == "redis+unix" else parts.hostname):
        raise ValueError(address)
    from redis.backoff import NoBackoff
    from redis.connection import ConnectionPool
    from redis.connection import parse_url
    from redis.exceptions import ConnectionError as Disconnected
    from redis.retry import Retry

    options = {
        # ours come last: an address may name some of them, too
        **parse_url(address.replace("redis+unix", "unix", 1)),
        "socket_timeout": PATIENCE,
        "socket_connect_timeout": PATIENCE,
        # A connection that has ended is made anew, once. A Redis that does not answer in time is not asked twice.
        "retry": Retry(NoBackoff(), 1, supported_errors=(Disconnected,)),
    }
    return RedisStorage(address, connection_pool=ConnectionPool(**options))


_WRONG = _(
    "check_limits_wrong_address",
    default="The environment variable SMSAUTH_LIMITS_STORAGE is neither memory:// nor the address of a Redis, such as "
    "redis://localhost:6379. Limits are kept in memory.",
)
_NO_CLIENT = _(
    "check_limits_no_client",
    default="SMSAUTH_LIMITS_STORAGE names a Redis, but the Python package redis is not installed: install "
    "collective.smsauth[redis]. Limits are kept in memory.",
)
_NO_ANSWER = _(
    "check_limits_no_answer",
    default="Redis does not answer, or not in time. Until it does, each instance keeps the limits in its own memory.",
)
