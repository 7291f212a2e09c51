"""What other processes have committed to the same database: this one hears of it a moment later.

With ZEO the server tells its clients what has changed. A browser can be faster: its next request may reach a process that has not been told
yet. A call to the server is answered after all that it has told before, so waiting for the answer is enough. RelStorage looks by itself
whenever a connection begins anew, and a FileStorage has one process only.
"""

from collections.abc import Callable
from typing import Any
from ZODB.interfaces import IMVCCStorage


def can_be_ahead(database: Any) -> bool:
    """Tell whether ``database`` (a ZODB.DB) may hold what this process, or a connection of it, has not been told yet."""
    return _question(database.storage) is not None or IMVCCStorage.providedBy(database.storage)


def wait_for_news(database: Any) -> None:
    """Wait until this process has been told of all that was committed to ``database`` before.

    :raises ClientDisconnected: the server does not answer.
    """
    ask = _question(database.storage)
    if ask is not None:
        ask()


def catch_up(connection: Any) -> bool:
    """Let a connection see what other processes have committed, and tell whether it may see more than before.

    One through which something was written cannot: that was made from what it saw when its transaction began.

    :raises ClientDisconnected: the server does not answer.
    """
    database = connection.db()
    if not can_be_ahead(database) or not connection._needs_to_join:
        return False
    wait_for_news(database)
    connection.newTransaction(None, True)
    return True


def _question(storage: Any) -> Callable[[], object] | None:
    # With ``server-sync`` the server is asked whenever a transaction begins.
    ping = getattr(storage, "ping", None)
    return ping if callable(ping) and not getattr(storage, "server_sync", False) else None
