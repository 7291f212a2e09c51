"""How often: sliding windows for texts, waits between resends, and pauses that grow with failures.

Numbers come from NIST SP 800-63B-4 section 3.2.2 (at most 100 failed attempts in a row on one account; growing delays
before) and from the OWASP MFA cheat sheet (limits on sending, per account and per source).

Times of the future were written by a clock that ran ahead. They hold nobody back: otherwise they would until the other clocks reach them.
"""

from collections.abc import Sequence

#: Seconds by which the clocks of two machines may differ.
CLOCK_SKEW = 60
FIRST_PAUSE = 60
LONGEST_PAUSE = 15 * 60
MOST_FAILURES = 100


def within(times: Sequence[float], *, now: float, window: int) -> tuple[float, ...]:
    """Return those of ``times`` that lie in the last ``window`` seconds, oldest first."""
    return tuple(sorted(time for time in times if now - window < time and not is_ahead(time, now=now)))


def is_ahead(time: float, *, now: float) -> bool:
    """Tell whether a time was written by a clock that ran ahead: it lies further in the future than clocks may differ."""
    return time > now + CLOCK_SKEW


def seconds_until_allowed(times: Sequence[float], *, now: float, window: int, limit: int) -> int:
    """Return how many seconds to wait until one more event fits into the sliding window; 0 if it fits now."""
    recent = within(times, now=now, window=window)
    if len(recent) < limit:
        return 0
    return _whole_seconds(recent[len(recent) - limit] + window - now)


def resend_wait(issued: float, resends: int, *, now: float, waits: Sequence[int]) -> int:
    """Return how many seconds are left before a code issued at ``issued``, after ``resends`` others, may be followed.

    The first of ``waits`` (seconds) follows the first code, the second the first resend; the last one repeats.
    """
    if is_ahead(issued, now=now):
        return 0
    return _whole_seconds(issued + waits[min(resends, len(waits) - 1)] - now)


def pause(failures: int, *, last: float, now: float, allowed: int) -> int:
    """Return how many seconds are left of the pause that follows ``failures`` in a row, the last one at ``last``.

    Up to ``allowed`` - 1 failures there is none; then it is 60 s, doubling with each further failure, at most 15 min.
    """
    if failures < allowed or is_ahead(last, now=now):
        return 0
    doublings = min(failures - allowed, 10)
    return _whole_seconds(last + min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE) - now)


def is_locked(failures: int) -> bool:
    """Tell whether so many answers in a row were wrong that the number has to be bound anew."""
    return failures >= MOST_FAILURES


def _whole_seconds(seconds: float) -> int:
    return max(0, -int(-seconds // 1))
