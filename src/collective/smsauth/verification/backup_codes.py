"""Codes in reserve, made before they are needed: ten recovery codes by a member, one prepared code by an administrator.

They are returned in clear once, to be shown, and kept as keyed digests only.
"""

from collections.abc import Sequence
from collective.smsauth import events
from collective.smsauth.domain import prepared_code
from collective.smsauth.domain import recovery_codes
from collective.smsauth.storage.accounts import Accounts
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from zope.event import notify


@dataclass(frozen=True, kw_only=True)
class BackupCodes:
    """Makes codes in reserve for the members of one site at one moment: ``now`` is seconds since the epoch, ``key`` signs."""

    accounts: Accounts
    key: bytes = field(repr=False)
    now: float

    def make_recovery_codes(self, user_id: str) -> Sequence[str]:
        """Return ten new recovery codes in place of all former ones; none for a member without a number, whom nothing protects."""
        account = self.accounts.get(user_id)
        if account is None or not account.number:
            return ()
        made, kept = recovery_codes.make(self.key, user_id)
        self.accounts.save(user_id, replace(account, recovery=kept, recovery_made=self.now))
        notify(events.RecoveryCodesMade(user_id))
        return made

    def prepare(self, user_id: str, *, lifetime: int, made_by: str, reason: str) -> str:
        """Return a code for one sign-in within ``lifetime`` seconds, in place of a former one; '' for a member without a number.

        ``made_by`` is the user id of the administrator. What the code proves is that they know the member: it stands in for the phone
        that the member has proved, and does not let anybody bind a first one.
        """
        account = self.accounts.get(user_id)
        if account is None or not account.number:
            return ""
        code, kept = prepared_code.make(
            self.key, user_id, now=self.now, lifetime=lifetime, made_by=made_by, reason=reason
        )
        self.accounts.save(user_id, replace(account, prepared=kept))
        notify(events.CodePrepared(user_id))
        return code


def withdraw(accounts: Accounts, user_id: str) -> None:
    """Make the prepared code of a member useless."""
    account = accounts.get(user_id)
    if account is not None and account.prepared is not None:
        accounts.save(user_id, replace(account, prepared=prepared_code.spend(account.prepared)))
