"""What the records of the members say, read from the file of the database once its server has stopped."""

from collections.abc import Iterator
from collective.smsauth.storage.accounts import Accounts
from contextlib import contextmanager
from pathlib import Path
from tools.cluster.site import SITE
from typing import Any
from ZODB import DB
from ZODB.FileStorage import FileStorage


@contextmanager
def reading(database: Path) -> Iterator[Any]:
    """Return the site for the time of a ``with`` block."""
    opened = DB(FileStorage(str(database), read_only=True))
    connection = opened.open()
    try:
        yield connection.root()["Application"]._getOb(SITE)
    finally:
        connection.close()
        opened.close()


def accounts_of(site: Any) -> Accounts:
    """Return the records of the members."""
    return Accounts(site._tree["acl_users"].smsauth._accounts)


def member_data(site: Any) -> set[str]:
    """Return the object ids, in hexadecimal, of what Plone writes of a member at a log-in, with or without the add-on."""
    trees = [site._tree["acl_users"].mutable_properties._storage, site._tree["portal_memberdata"]._members]
    found = set()
    for tree in trees:
        place = tree._firstbucket
        found.add(tree._p_oid)
        while place is not None:
            found.add(place._p_oid)
            place = place._next
    return {hex(int.from_bytes(oid, "big")) for oid in found}
