"""Codes in reserve, made before they are needed: ten recovery codes by a member, one prepared code by an administrator.

They are returned in clear to be shown, and kept as keyed digests only. They follow from a seed, which is in the form that makes them and
nowhere else: sent twice within two minutes, the form gets the same codes, and nothing is done twice.
"""

from collections.abc import Sequence
from collective.smsauth import events
from collective.smsauth.domain import codes
from collective.smsauth.domain import prepared_code
from collective.smsauth.domain import recovery_codes
from collective.smsauth.domain import right_answer
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

    def make_recovery_codes(self, user_id: str, seed: str = "", *, former: float | None = None) -> Sequence[str]:
        """Return ten new recovery codes in place of all former ones; none for a member without a number, whom nothing protects.

        ``seed`` is unguessable, and kept by whoever shows the codes; '' for codes that nobody asks for again. None are made either if
        those that give way are not the ones of ``former`` (seconds since the epoch, 0 if there were none): whoever asks does not know of
        the others.
        """
        account = self.accounts.get(user_id)
        if account is None or not account.is_bound:
            return ()
        made, kept = recovery_codes.make(self.key, user_id, seed or codes.random_name())
        if account.recovery == kept and self._is_recent(account.recovery_made):
            return made
        if former not in (None, account.recovery_made):
            return ()
        self.accounts.save(user_id, replace(account, recovery=kept, recovery_made=self.now))
        notify(events.RecoveryCodesMade(user_id))
        return made

    def prepare(self, user_id: str, seed: str = "", *, lifetime: int, made_by: str, reason: str) -> str:
        """Return a code for one sign-in within ``lifetime`` seconds, in place of a former one; '' for a member without a number.

        ``seed`` is as above, ``made_by`` the user id of the administrator. What the code proves is that they know the member: it stands in
        for the phone that the member has proved, and does not let anybody bind a first one.
        """
        account = self.accounts.get(user_id)
        if account is None or not account.is_bound:
            return ""
        seed = seed or codes.random_name()
        code, kept = prepared_code.make(
            self.key, user_id, seed, now=self.now, lifetime=lifetime, made_by=made_by, reason=reason
        )
        self.accounts.save(user_id, replace(account, prepared=kept))
        notify(events.CodePrepared(user_id))
        return code

    def prepared(self, user_id: str, seed: str) -> str:
        """Return the code that was made from ``seed`` a moment ago, if it is still the member's, else ''."""
        account = self.accounts.get(user_id)
        if account is None or account.prepared is None or not self._is_recent(account.prepared.issued):
            return ""
        code = prepared_code.code_of(self.key, user_id, seed)
        return code if prepared_code.is_open_for(account.prepared, code, key=self.key, user_id=user_id) else ""

    def _is_recent(self, time: float) -> bool:
        return time <= self.now < time + right_answer.LIFETIME


def withdraw(accounts: Accounts, user_id: str) -> None:
    """Make the prepared code of a member useless."""
    account = accounts.get(user_id)
    if account is not None and account.prepared is not None:
        accounts.save(user_id, replace(account, prepared=prepared_code.spend(account.prepared)))
