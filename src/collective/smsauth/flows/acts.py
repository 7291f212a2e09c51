"""How often one member may act by the pages and services of the second step within some time: far more often than people do.

What they cause (writes, e-mails) is bounded by that where it has no window of its own.
"""

from collective.smsauth import wiring
from collective.smsauth.domain import codes

#: Acts, and seconds in which there may be so many.
MOST_ACTS, ACTS_WINDOW = 200, 10 * 60


def count(request, whose: str) -> int:
    """Count one act of ``whose``, a user id or what ties a form to a sign-in; return the seconds to wait if there were too many, else 0."""
    if not whose:
        return 0
    parts = wiring.of(request)
    name = codes.digest(parts.keys("signing")[0], "acts", whose)[:32]
    if parts.rate_limiter.hit(name, limit=MOST_ACTS, window=ACTS_WINDOW):
        return 0
    return max(1, parts.rate_limiter.resets_in(name, limit=MOST_ACTS, window=ACTS_WINDOW))
