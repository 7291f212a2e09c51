"""Writes what became of a text into the database, from outside of any request.

The dispatcher learns the outcome after the commit, when writes of the request's own connection would be lost; so this opens a
connection and a transaction of its own.
"""

from collections.abc import Callable
from collective.smsauth import logger
from collective.smsauth.delivery.status import count_failed
from collective.smsauth.delivery.status import report
from collective.smsauth.delivery.status import take_back
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.interfaces import IRateLimiter
from collective.smsauth.storage import retries
from collective.smsauth.storage.counters import UsageCounters
from collective.smsauth.storage.gateway_counters import GatewayCounters
from collective.smsauth.storage.own_transaction import committed
from collective.smsauth.storage.own_transaction import committed_in_background
from collective.smsauth.storage.own_transaction import TooManyConflicts
from typing import Any
from zope.component import queryUtility


class _Recorder:
    """Writes through the plugin of a site, found anew in a connection of its own."""

    def __init__(self, plugin: Any) -> None:
        jar = plugin._p_jar
        self._database = jar.db() if jar is not None else None
        self._oid = plugin._p_oid
        self._tries: list[tuple[str, DeliveryStatus, float]] = []

    def tried(self, gateway: str, status: DeliveryStatus, seconds: float) -> None:
        """Remember a try through a gateway, until what came of all of them is written."""
        self._tries.append((gateway, status, seconds))

    def _count_tries(self, plugin: Any) -> None:
        counters = GatewayCounters(plugin)
        for gateway, status, seconds in self._tries:
            counters.count(gateway, status, seconds)

    def _write(self, work: Callable[[Any], None]) -> bool:
        """Call ``work`` with a connection, and tell whether what it wrote is committed."""
        if self._database is None:
            return False
        # a gateway that sends at once reports in the thread of the request, which has its own connections
        is_in_request = retries.at_hand() is not None
        try:
            (committed if is_in_request else committed_in_background)(self._database, work)
        except TooManyConflicts:
            logger.warning("The outcome of a text could not be recorded: too many conflicts")
            return False
        return True

    def _plugin(self, connection: Any) -> Any:
        try:
            return connection.get(self._oid)
        except KeyError:  # the add-on was uninstalled meanwhile
            return None


class DeliveryRecorder(_Recorder):
    """Records the outcome of the text of one challenge. ``windows`` are those in which it was counted, as in ``Text``."""

    def __init__(
        self, plugin: Any, user_id: str, challenge: Challenge, windows: tuple[tuple[str, int], ...] = ()
    ) -> None:
        super().__init__(plugin)
        self._user_id = user_id
        self._challenge = challenge
        self._windows = windows

    def __call__(self, status: DeliveryStatus, detail: str = "") -> None:
        """Record ``status``. ``detail`` has been logged by the dispatcher and is not stored."""
        self._write(lambda connection: self._record(connection, status))

    def never_left(self, status: DeliveryStatus, detail: str = "") -> None:
        """Record ``status`` of a text that certainly did not leave, and take back what was counted for it."""
        limiter = queryUtility(IRateLimiter)
        if self._write(lambda connection: self._take_back(connection, status)) and limiter is not None:
            for name, window in self._windows:
                limiter.give_back(name, window=window)

    def _record(self, connection: Any, status: DeliveryStatus) -> None:
        plugin, challenge = self._plugin(connection), self._challenge
        if plugin is not None:
            report(plugin, self._user_id, challenge.purpose, challenge.id, status, route=challenge.route)
            self._count_tries(plugin)

    def _take_back(self, connection: Any, status: DeliveryStatus) -> None:
        plugin = self._plugin(connection)
        if plugin is not None:
            take_back(plugin, self._user_id, self._challenge, status)
            self._count_tries(plugin)


class NoticeRecorder(_Recorder):
    """Counts what gateways did with a text that carries no code, and its failure.

    ``number`` is where it goes (E.164), ``day`` when it was counted (UTC).
    """

    def __init__(self, plugin: Any, number: str, day: str) -> None:
        super().__init__(plugin)
        self._number = number
        self._day = day

    def __call__(self, status: DeliveryStatus, detail: str = "") -> None:
        """Count a failure. ``detail`` has been logged by the dispatcher."""
        if status.failed or self._tries:
            self._write(lambda connection: self._count(connection, failed=status.failed, is_spent=True))

    def never_left(self, status: DeliveryStatus, detail: str = "") -> None:
        """Count the failure of a text that certainly did not leave, and that it cost nothing."""
        self._write(lambda connection: self._count(connection, failed=True, is_spent=False))

    def _count(self, connection: Any, *, failed: bool, is_spent: bool) -> None:
        plugin = self._plugin(connection)
        if plugin is None:
            return
        self._count_tries(plugin)
        if failed:
            count_failed(plugin, self._number)
        if not is_spent:
            UsageCounters(plugin).take_back(day=self._day)
