"""Writes what became of a text into the member's record, from outside of any request.

The dispatcher learns the outcome after the commit, when writes of the request's own connection would be lost; so this opens a
connection and a transaction of its own.
"""

from collective.smsauth import logger
from collective.smsauth.delivery.status import report
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.storage.own_transaction import committed
from collective.smsauth.storage.own_transaction import TooManyConflicts
from typing import Any


class DeliveryRecorder:
    """Records the outcome of the text of one challenge, if that challenge still stands."""

    def __init__(self, plugin: Any, user_id: str, challenge: Challenge) -> None:
        jar = plugin._p_jar
        self._database = jar.db() if jar is not None else None
        self._oid = plugin._p_oid
        self._user_id = user_id
        self._challenge = challenge

    def __call__(self, status: DeliveryStatus, detail: str = "") -> None:
        """Record ``status``. ``detail`` has been logged by the dispatcher and is not stored."""
        if self._database is None:
            return
        try:
            committed(self._database, lambda connection: self._record(connection, status))
        except TooManyConflicts:
            logger.warning("The outcome of a text could not be recorded: too many conflicts")

    def _record(self, connection: Any, status: DeliveryStatus) -> None:
        try:
            plugin = connection.get(self._oid)
        except KeyError:  # the add-on was uninstalled meanwhile
            return
        report(plugin, self._user_id, self._challenge.purpose, self._challenge.id, status)
