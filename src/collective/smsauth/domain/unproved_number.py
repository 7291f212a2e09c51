"""The number that a member is said to have, or has asked for, and has not proved: at most one, the last that was said or asked for."""

from collective.smsauth.domain import throttle
from collective.smsauth.domain.channels import Standing
from dataclasses import dataclass
from dataclasses import field

#: Seconds for which a number that was asked for is pending. Its codes end long before that; others can be sent.
PENDING_LIFETIME = 30 * 24 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class UnprovedNumber:
    """A number (E.164) to which nothing but codes to prove it is sent, and which lets nobody in.

    ``claimed`` tells that somebody said that it is the member's: an administrator, an import, a registration. ``asked`` is when a code was
    last sent to prove it, in seconds since the epoch, 0 if none was: since then it is pending, for 30 days. ``listed`` tells that it is to
    be a further number; else it takes the place of the primary one.
    """

    number: str = field(repr=False)
    asked: float = 0.0
    listed: bool = False
    claimed: bool = False

    def is_pending(self, *, now: float) -> bool:
        """Tell whether a code was sent to prove it, not longer ago than 30 days."""
        return now < self.asked + PENDING_LIFETIME and not throttle.is_ahead(self.asked, now=now)

    def standing(self, *, now: float) -> Standing | None:
        """Return how far it has come, None if it is forgotten."""
        if self.is_pending(now=now):
            return Standing.PENDING
        return Standing.CLAIMED if self.claimed else None
