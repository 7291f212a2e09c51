"""Sliding windows over all texts of a process, or of all instances together in Redis: the library ``limits`` on our own clock.

They stand outside of the database: what a request counted stays counted, even if the request is given up, and is counted once, even if
it is run again after a conflict. A Redis that is dead, slow or wrong never opens the door: every count is kept in memory as well, and goes
on from there.
"""

from collections.abc import Callable
from collective.smsauth import _
from collective.smsauth import logger
from collective.smsauth.domain import throttle
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
_Answer = TypeVar("_Answer")


class MemoryStorage(storages.MemoryStorage):
    """The windows of this process. Unlike the library's it asks a clock that can be set, forgets what ended, and needs no thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super(storages.MemoryStorage, self).__init__()  # past the library's own memory, which starts a thread
        self._clock = clock
        self._lock = Lock()
        #: key -> times and length of the window in seconds, the longest untouched first
        self._windows: dict[str, tuple[tuple[float, ...], int]] = {}

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count ``amount`` under ``key`` if no more than ``limit`` then lie within ``expiry`` seconds; tell whether."""
        with self._lock:
            now = self._clock()
            times = self._within(key, now, expiry)
            if len(times) + amount > limit:
                return False
            self._windows.pop(key, None)
            for other in list(islice(self._windows, _SWEEP)):
                kept, window = self._windows[other]
                if not throttle.within(kept, now=now, window=window):
                    del self._windows[other]
            self._windows[key] = ((*times, *(now,) * amount), expiry)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return the time of the oldest count within ``expiry`` seconds (now, if there is none), and how many there are."""
        now = self._clock()
        times = self._within(key, now, expiry)
        return (times[0] if times else now), len(times)

    def _within(self, key: str, now: float, expiry: int) -> tuple[float, ...]:
        times, _window = self._windows.get(key, ((), 0))
        return throttle.within(times, now=now, window=expiry)


class _SharedLimiter:
    """The windows in one storage."""

    def __init__(self, storage: Storage, clock: Callable[[], float]) -> None:
        self._limiter, self._clock = MovingWindowRateLimiter(storage), clock

    def resets_in(self, name: str, *, limit: int, window: int) -> int:
        stats = self._limiter.get_window_stats(RateLimitItemPerSecond(limit, window), name)
        if stats.remaining > 0:
            return 0
        # Redis rounds times, but not by as much as that
        return max(1, -int(-(stats.reset_time - self._clock() - _ROUNDING) // 1))

    def hit(self, name: str, *, limit: int, window: int) -> bool:
        return self._limiter.hit(RateLimitItemPerSecond(limit, window), name)


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

    def problem(self) -> Message | None:
        """Return why the limits are not kept where they should be, or None."""
        return self._wrong or (_NO_ANSWER if self._again is not None else None)

    def _ask(self, question: Callable[[_SharedLimiter], _Answer]) -> _Answer | None:
        if self._shared is None or self._is_left_alone():
            return None
        try:
            answer = question(self._shared)
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
