"""Tells the windows over texts which requests are run again after a conflict."""

from collective.smsauth import limiting
from zope.component import adapter
from ZPublisher.interfaces import IPubStart


@adapter(IPubStart)
def tell_of_run(event) -> None:
    """Begin to count for a request, or to count again what it had counted before the conflict."""
    if getattr(event.request, "retry_count", 0):
        limiting.next_run()
    else:
        limiting.first_run()
