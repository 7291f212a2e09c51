"""The time as the rest of the package sees it, so that a clock set by a test is set for delivery too."""

from collective.smsauth.interfaces import IClock
from zope.component import queryUtility

import time


def now() -> float:
    """Return the seconds since the epoch: by the registered clock, or the machine's where there is none."""
    clock = queryUtility(IClock)
    return time.time() if clock is None else float(clock())
