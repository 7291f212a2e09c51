"""The state of a database at one moment, and how to get back to it.

What was changed since is written once more as it was. So the caches of all connections stay warm, which a fresh copy of the database for
each request would not allow.
"""

from ZODB.Connection import TransactionMetaData
from ZODB.utils import p64
from ZODB.utils import u64

import time

#: After so many changes the past is dropped.
_OFTEN = 2000


class Snapshot:
    """A moment of a database that lives in memory on top of another (a DemoStorage)."""

    def __init__(self, database) -> None:
        self._database, self._storage = database, database.storage
        self._moment = self._seen = self._storage.lastTransaction()
        self._changes = 0

    @property
    def is_left(self) -> bool:
        """Whether anything was committed since."""
        return self._storage.lastTransaction() != self._seen

    def put_back(self) -> None:
        """Have the database hold again what it held at that moment. Nothing else may be writing to it."""
        if not self.is_left:
            return
        after = p64(u64(self._seen) + 1)
        changed = {record.oid for one in self._storage.changes.iterator(after) for record in one}
        self._write({oid: self._former(oid) for oid in sorted(changed)})
        self._changes += 1
        if self._changes % _OFTEN == 0:
            self._forget()

    def _former(self, oid: bytes) -> bytes | None:
        found = self._storage.loadBefore(oid, p64(u64(self._moment) + 1))
        return None if found is None else found[0]

    def _write(self, states: dict[bytes, bytes | None]) -> None:
        # What did not exist then is left alone: nothing refers to it any more.
        kept = {oid: state for oid, state in states.items() if state is not None}
        storage, meta = self._storage, TransactionMetaData()
        storage.tpc_begin(meta)
        for oid, state in kept.items():
            storage.store(oid, storage.getTid(oid), state, "", meta)
        storage.tpc_vote(meta)
        # Connections learn of a commit from the adapter that stands between them and the storage.
        storage.tpc_finish(meta, lambda tid: self._database._mvcc_storage.invalidate(tid, list(kept)))
        self._seen = storage.lastTransaction()

    def _forget(self) -> None:
        self._storage.changes.pack(time.time() + 1, self._database.references, gc=False)
        self._moment = self._seen
