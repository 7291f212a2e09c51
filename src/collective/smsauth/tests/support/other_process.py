"""Another process of the same site: it sees what this one commits only once it was told, as a client of a ZEO server does."""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from ZODB import DB
from ZODB.POSException import ConflictError
from zope.interface import directlyProvides
from zope.interface import providedBy
from ZPublisher.WSGIPublisher import get_module_info


class _Client:
    """A storage that reads and writes at once, but hears of what others wrote when it asks, and with its own commits and conflicts."""

    server_sync = False

    def __init__(self, storage: Any) -> None:
        self._storage = storage
        self._heard = storage.lastTransaction()
        #: How often the server was asked.
        self.pings = 0
        directlyProvides(self, providedBy(storage))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def registerDB(self, adapter: Any) -> None:
        self._adapter = adapter

    def lastTransaction(self) -> bytes:
        return self._heard

    def ping(self) -> None:
        self.pings += 1
        self._hear()

    def store(self, *args: Any) -> Any:
        return self._told_by_conflicts(self._storage.store, args)

    def checkCurrentSerialInTransaction(self, *args: Any) -> Any:
        return self._told_by_conflicts(self._storage.checkCurrentSerialInTransaction, args)

    def tpc_finish(self, *args: Any) -> Any:
        tid = self._storage.tpc_finish(*args)
        self._hear()
        return tid

    def close(self) -> None:
        """Leave the storage to its owner."""

    def _told_by_conflicts(self, method: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        try:
            return method(*args)
        except ConflictError:
            self._hear()
            raise

    def _hear(self) -> None:
        self._heard = self._storage.lastTransaction()
        self._adapter.invalidateCache()


class OtherProcess:
    """Answers requests in place of the process that runs the test."""

    def __init__(self, database: DB) -> None:
        self._here = database
        self._client = _Client(database.storage)
        self._there = DB(self._client)

    @property
    def pings(self) -> int:
        """How often it has asked the server."""
        return self._client.pings

    def hear(self) -> None:
        """Tell it of all that was committed so far."""
        self._client.ping()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Have requests answered by it for the time of a ``with`` block; this process is told of what it wrote at once."""
        wrapper = get_module_info()[0]
        before, wrapper._db = wrapper._db, self._there
        try:
            yield
        finally:
            wrapper._db = before
            self._here._mvcc_storage.invalidateCache()

    def close(self) -> None:
        """Close its connections."""
        self._there.close()
