"""Whether one more text may be sent: per member, per number and per client address, in sliding windows.

Texts that anybody can cause (resets) are counted apart from those that take a password, so that a stranger cannot use up what a
member needs to sign in.
"""

from collective.smsauth.domain import codes
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.policy import ADDRESS_WINDOW
from collective.smsauth.domain.policy import NUMBER_WINDOW
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.policy import USER_WINDOW
from collective.smsauth.interfaces import IAccounts
from dataclasses import dataclass
from dataclasses import replace
from enum import Enum


class Refusal(str, Enum):
    """Why no text was sent."""

    TOO_SOON = "too-soon"
    MEMBER_LIMIT = "member-limit"
    NUMBER_LIMIT = "number-limit"
    ADDRESS_LIMIT = "address-limit"
    PAUSED = "paused"
    LOCKED = "locked"
    NO_NUMBER = "no-number"


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """The limits on texts, for one moment. ``key`` hides numbers and addresses in the counters; ``now`` is seconds since the epoch."""

    accounts: IAccounts
    policy: Policy
    key: bytes
    now: float

    def until_next(self, account: Account, purpose: Purpose) -> int:
        """Return the seconds that the member has to wait before asking for another text of this kind."""
        sent = self._sent(account, purpose)
        policy = self.policy
        return max(
            throttle.resend_wait(sent, now=self.now, window=USER_WINDOW, waits=policy.resend_waits),
            throttle.seconds_until_allowed(sent, now=self.now, window=USER_WINDOW, limit=policy.texts_per_user),
        )

    def refusal(self, account: Account, purpose: Purpose, number: str, address: str) -> tuple[Refusal, int] | None:
        """Return why a text must not be sent now and the seconds until it may, or None if it may."""
        sent = self._sent(account, purpose)
        policy, now = self.policy, self.now
        waits = {
            Refusal.MEMBER_LIMIT: throttle.seconds_until_allowed(
                sent, now=now, window=USER_WINDOW, limit=policy.texts_per_user
            ),
            Refusal.TOO_SOON: throttle.resend_wait(sent, now=now, window=USER_WINDOW, waits=policy.resend_waits),
            Refusal.NUMBER_LIMIT: throttle.seconds_until_allowed(
                self.accounts.window(self._name("number", purpose, number)),
                now=now,
                window=NUMBER_WINDOW,
                limit=policy.texts_per_number,
            ),
            Refusal.ADDRESS_LIMIT: throttle.seconds_until_allowed(
                self.accounts.window(self._name("address", purpose, address)),
                now=now,
                window=ADDRESS_WINDOW,
                limit=policy.texts_per_address,
            ),
        }
        return next(((reason, wait) for reason, wait in waits.items() if wait), None)

    def count(self, account: Account, purpose: Purpose, number: str, address: str) -> Account:
        """Count one text everywhere and return the account with it."""
        self.accounts.count(self._name("number", purpose, number), now=self.now, window=NUMBER_WINDOW)
        self.accounts.count(self._name("address", purpose, address), now=self.now, window=ADDRESS_WINDOW)
        if purpose is Purpose.RESET:
            return replace(account, reset_sent=(*account.reset_sent, self.now))
        return replace(account, sent=(*account.sent, self.now))

    def _sent(self, account: Account, purpose: Purpose) -> tuple[float, ...]:
        return account.reset_sent if purpose is Purpose.RESET else account.sent

    def _name(self, kind: str, purpose: Purpose, value: str) -> str:
        scope = "reset" if purpose is Purpose.RESET else "own"
        return codes.digest(self.key, kind, scope, value)[:32]
