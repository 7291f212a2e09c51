"""Per-member records in the database: one mapping of primitives per user id, nothing but builtins inside.

Plain data outlives every version of this package: a record can be read, repaired or removed without its code.
"""

from BTrees.OOBTree import OOBTree
from collections.abc import Iterable
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.account import ResetLink
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.prepared import PreparedCode
from collective.smsauth.domain.right_answer import RightAnswer
from collective.smsauth.domain.session import Pending
from collective.smsauth.domain.session import Session
from collective.smsauth.domain.session import TrustedBrowser
from collective.smsauth.interfaces import IAccounts
from dataclasses import asdict
from persistent.mapping import PersistentMapping
from typing import Any
from zope.interface import implementer


@implementer(IAccounts)
class Accounts:
    """Reads and writes the records in the tree that the PAS plugin keeps."""

    def __init__(self, records: OOBTree) -> None:
        self._records = records

    def get(self, user_id: str) -> Account | None:
        """Return the account of a user id, or None."""
        record = self._records.get(user_id)
        return None if record is None else _load(record)

    def user_ids(self) -> Iterable[str]:
        """Return the user ids of all records, in order."""
        yield from self._records.keys()

    def save(self, user_id: str, account: Account) -> None:
        """Store the account; a blank one removes the record."""
        if account.is_blank():
            self.drop(user_id)
            return
        record = self._records.get(user_id)
        if record is None:
            self._records[user_id] = PersistentMapping(_dump(account))
            return
        dumped = _dump(account)
        if dict(record) != dumped:
            record.clear()
            record.update(dumped)

    def drop(self, user_id: str) -> None:
        """Remove the record of a user id, if there is one."""
        record = self._records.pop(user_id, None)
        if record is not None:
            # Written although it goes: whoever changes it at the same time gets a conflict instead of losing the change.
            record.clear()


def _dump(account: Account) -> dict[str, Any]:
    data = asdict(account)
    data["challenges"] = {purpose.value: _plain(challenge) for purpose, challenge in account.challenges.items()}
    # equal ones as one object: the database then stores it once, not with every session
    shared: dict[str, str] = {}
    for raw in (*data["pending"].values(), *data["sessions"].values(), *data["trusted"].values()):
        raw["fingerprint"] = shared.setdefault(raw["fingerprint"], raw["fingerprint"])
    return data


def _plain(challenge: Challenge) -> dict[str, Any]:
    return {**asdict(challenge), "purpose": challenge.purpose.value}


def _load(record: PersistentMapping) -> Account:
    data = dict(record)
    # without "to" they were written by an older version, which kept them for half an hour
    raws = [raw for raw in data["challenges"].values() if "to" in raw]
    challenges = [Challenge(**{**raw, "purpose": Purpose(raw["purpose"])}) for raw in raws]
    return Account(
        **{
            **data,
            "challenges": {challenge.purpose: challenge for challenge in challenges},
            "pending": {name: Pending(**raw) for name, raw in data["pending"].items()},
            "sessions": {name: Session(**raw) for name, raw in data["sessions"].items()},
            "trusted": {name: TrustedBrowser(**raw) for name, raw in data.get("trusted", {}).items()},
            "answered": {name: RightAnswer(**raw) for name, raw in data.get("answered", {}).items()},
            "reset": ResetLink(**data["reset"]) if data["reset"] else None,
            "prepared": PreparedCode(**data["prepared"]) if data.get("prepared") else None,
        }
    )
