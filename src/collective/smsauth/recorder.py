"""Writes what became of a text into the member's record, from outside of any request.

The dispatcher learns the outcome after the commit, when writes of the request's own connection would be lost; so this opens a
connection and a transaction of its own.
"""

from collective.smsauth import logger
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.reports import report
from transaction import TransactionManager
from transaction.interfaces import TransientError

_ATTEMPTS = 5


class DeliveryRecorder:
    """Records the outcome of the text of one challenge, if that challenge still stands."""

    def __init__(self, plugin, user_id: str, challenge: Challenge) -> None:
        jar = plugin._p_jar
        self._database = jar.db() if jar is not None else None
        self._oid = plugin._p_oid
        self._user_id = user_id
        self._challenge = challenge

    def __call__(self, status: DeliveryStatus, detail: str = "") -> None:
        """Record ``status``. ``detail`` has been logged by the dispatcher and is not stored."""
        if self._database is None:
            return
        for _attempt in range(_ATTEMPTS):
            manager = TransactionManager()
            connection = self._database.open(transaction_manager=manager)
            try:
                self._record(connection.get(self._oid), status)
                manager.commit()
                return
            except TransientError:
                manager.abort()
            except KeyError:
                manager.abort()
                return
            finally:
                manager.abort()
                connection.close()
        logger.warning("The outcome of a text could not be recorded: too many conflicts")

    def _record(self, gate, status: DeliveryStatus) -> None:
        report(gate, self._user_id, self._challenge.purpose, self._challenge.id, status)
