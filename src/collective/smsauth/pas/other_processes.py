"""What other processes wrote a moment ago: a request that does not find what a signed value names catches up, once, and looks again."""

from collective.smsauth.pas.request_notes import notes_of
from collective.smsauth.storage import other_processes
from collective.smsauth.storage import own_transaction
from typing import Any

#: Seconds after which what another process wrote is known here, too: what is not on record by then is none.
ARRIVES_WITHIN = 60


def can_be_ahead(plugin: Any, request: Any) -> bool:
    """Tell whether there may be more than this request sees, and it has not looked yet."""
    if notes_of(request).has_caught_up or own_transaction.is_at_work():
        return False
    return plugin._p_jar is not None and other_processes.can_be_ahead(plugin._p_jar.db())


def catch_up(plugin: Any, request: Any, age: float) -> bool:
    """Let a request see what other processes have committed, and tell whether it may see more than before: once a request.

    ``age`` is how many seconds ago that was written which it does not find. Work in a transaction of its own sees it anyway.

    :raises ClientDisconnected: the server of the database does not answer.
    """
    if age > ARRIVES_WITHIN or not can_be_ahead(plugin, request):
        return False
    notes_of(request).has_caught_up = True
    return other_processes.catch_up(plugin._p_jar)
