"""What the publisher tells the package: that a request is run again after a conflict, and that it failed for good."""

from collective.smsauth import runs
from collective.smsauth.marks import marks_of
from zope.component import adapter
from ZPublisher.interfaces import IPubBeforeAbort
from ZPublisher.interfaces import IPubEnd
from ZPublisher.interfaces import IPubStart


@adapter(IPubStart)
def begin_run(event) -> None:
    """Begin to count for a request, or to count again what it had counted before the conflict."""
    if getattr(event.request, "retry_count", 0):
        runs.again()
    else:
        runs.begin()


@adapter(IPubBeforeAbort)
def keep_cookies(event) -> None:
    """Let the browser keep the cookies that it has if nothing of the request is written: those of the answer stand for nothing."""
    if marks_of(event.request).gives_cookies:
        event.request.response.cookies.clear()


@adapter(IPubEnd)
def end_run(event) -> None:
    """Forget what a request counted, unless it is run again: the thread goes on to others."""
    if not getattr(event, "retry", False):
        runs.end()
