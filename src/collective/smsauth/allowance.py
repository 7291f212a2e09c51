"""Whether one more text may be sent: per member, per number and per client address, in sliding windows.

Texts that anybody can cause (resets) are counted apart from those that take a password, and those to a number by
purpose, so that neither a stranger nor another member who claims the number uses up what its owner needs to sign in.
"""

from collective.smsauth.domain import codes
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import is_unanswered
from collective.smsauth.domain.challenge import OPEN_TO_ALL
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.contact import Route
from collective.smsauth.domain.policy import ADDRESS_WINDOW
from collective.smsauth.domain.policy import NUMBER_WINDOW
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.policy import USER_WINDOW
from collective.smsauth.interfaces import AccountRecords
from dataclasses import dataclass
from dataclasses import field
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
    NO_CHANNEL = "no-channel"
    NOT_YOURS = "not-yours"
    NONE_OPEN = "none-open"
    GENERATION_DISABLED = "generation-disabled"


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """The limits on texts, for one moment.

    ``key`` hides numbers and addresses in the counters; ``now`` is seconds since the epoch.
    """

    accounts: AccountRecords
    policy: Policy
    key: bytes = field(repr=False)
    now: float

    def until_next(self, account: Account, purpose: Purpose) -> int:
        """Return the seconds that the member has to wait before asking for another text of this kind."""
        former = account.challenges.get(purpose)
        wait = self._resend_wait(former, former.to) if former is not None else 0
        return max(wait, self._member_wait(account, purpose))

    def resends(self, account: Account, purpose: Purpose, to: str) -> int:
        """Return how many codes of this kind went to the contact point ``to`` lately and have not been answered rightly."""
        former = account.challenges.get(purpose)
        return former.resends + 1 if former is not None and self._is_unanswered(former, to) else 0

    def refusal(self, account: Account, purpose: Purpose, route: Route, address: str) -> tuple[Refusal, int] | None:
        """Return why a message must not be sent by ``route`` now and the seconds until it may, or None if it may."""
        policy, now, to = self.policy, self.now, route.to
        waits = {
            Refusal.MEMBER_LIMIT: self._member_wait(account, purpose),
            Refusal.TOO_SOON: self._resend_wait(account.challenges.get(purpose), to),
            Refusal.NUMBER_LIMIT: throttle.seconds_until_allowed(
                self.accounts.window(self._name("number", purpose.value, to)),
                now=now,
                window=NUMBER_WINDOW,
                limit=policy.texts_per_number,
            ),
            Refusal.ADDRESS_LIMIT: throttle.seconds_until_allowed(
                self.accounts.window(self._name("address", _scope(purpose), address)),
                now=now,
                window=ADDRESS_WINDOW,
                limit=policy.texts_per_address,
            ),
        }
        return next(((reason, wait) for reason, wait in waits.items() if wait), None)

    def count(self, account: Account, purpose: Purpose, route: Route, address: str) -> Account:
        """Count one message everywhere and return the account with it."""
        to = route.to
        self.accounts.count(self._name("number", purpose.value, to), now=self.now, window=NUMBER_WINDOW)
        self.accounts.count(self._name("address", _scope(purpose), address), now=self.now, window=ADDRESS_WINDOW)
        if purpose in OPEN_TO_ALL:
            return replace(account, reset_sent=(*account.reset_sent, self.now))
        return replace(account, sent=(*account.sent, self.now))

    def _member_wait(self, account: Account, purpose: Purpose) -> int:
        sent = account.reset_sent if purpose in OPEN_TO_ALL else account.sent
        return throttle.seconds_until_allowed(sent, now=self.now, window=USER_WINDOW, limit=self.policy.texts_per_user)

    def _resend_wait(self, former: Challenge | None, to: str) -> int:
        if former is None or not self._is_unanswered(former, to):
            return 0
        return throttle.resend_wait(former.issued, former.resends, now=self.now, waits=self.policy.resend_waits)

    def _is_unanswered(self, former: Challenge, to: str) -> bool:
        return is_unanswered(former, to=to, now=self.now, window=USER_WINDOW)

    def _name(self, kind: str, scope: str, value: str) -> str:
        return codes.digest(self.key, kind, scope, value)[:32]


def _scope(purpose: Purpose) -> str:
    return "reset" if purpose in OPEN_TO_ALL else "own"
