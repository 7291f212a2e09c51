"""Tells the windows over texts which requests are run again after a conflict."""

from collective.smsauth import runs
from zope.component import adapter
from ZPublisher.interfaces import IPubEnd
from ZPublisher.interfaces import IPubStart


@adapter(IPubStart)
def begin_run(event) -> None:
    """Begin to count for a request, or to count again what it had counted before the conflict."""
    if getattr(event.request, "retry_count", 0):
        runs.again()
    else:
        runs.begin()


@adapter(IPubEnd)
def end_run(event) -> None:
    """Forget what a request counted, unless it is run again: the thread goes on to others."""
    if not getattr(event, "retry", False):
        runs.end()
