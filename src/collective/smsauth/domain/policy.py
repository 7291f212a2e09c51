"""The site's rules as one frozen value, clamped to the bounds that keep the second step worth having."""

from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.account import LONGEST_EMAIL_WAIT
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.session import Lifetimes
from dataclasses import dataclass

import enum


class Enforcement(str, enum.Enum):
    """Who has to use the second step."""

    OPTIONAL = "optional"
    SELECTED = "selected"
    REQUIRED = "required"


HOUR = 60 * 60

#: Name of a whole-number rule -> (least, most); seconds where the name says lifetime or window.
#: Sources: code and lifetimes NIST SP 800-63B-4 section 3.1.3.2 and 3.2.2, the rest OWASP MFA cheat sheet.
BOUNDS = {
    "code_length": (6, 10),
    "code_lifetime": (60, 600),
    "max_tries": (3, 10),
    "failures_before_pause": (5, 20),
    "reset_link_lifetime": (300, 3600),
    "reset_email_hours": (0, LONGEST_EMAIL_WAIT // HOUR),
    "texts_per_user": (1, 100),
    "texts_per_number": (1, 1000),
    "texts_per_number_total": (1, 10_000),
    "texts_per_address": (1, 10000),
    "texts_per_site": (10, 100_000),
    "prepared_lifetime": (300, 24 * 60 * 60),
    "trust_days": (0, 90),
    "budget": (0, 10_000_000),
}

DAY = 24 * 60 * 60
USER_WINDOW = 30 * 60
NUMBER_WINDOW = 24 * 60 * 60
ADDRESS_WINDOW = 60 * 60
SITE_WINDOW = 60 * 60
PENDING_LIFETIME = 15 * 60
LEAST_SESSION_LIFETIME = 12 * 60 * 60
FRESH_SESSION = 10 * 60
#: For how long a notice to a former number is worth sending.
NOTICE_LIFETIME = 60 * 60
#: For how long a member may say that a sign-in was not theirs: NIST SP 800-63B-4 section 4.2.1.2 lets a recovery code sent by e-mail
#: live for 24 hours.
DISOWN_LIFETIME = 24 * 60 * 60
#: So many wrong codes in a row after a correct password, and the member is warned.
WARN_AFTER = 3
#: What was added so many seconds ago or less goes when the member says that it was not them, and when the number is reset.
RECENT = 72 * HOUR
#: So many sign-ins begun in a row without a completed one, and the member is warned.
WARN_AFTER_BEGUN = 5
RESEND_WAIT_BOUNDS = (5, 3600)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the administrator decided. All lifetimes and waits are seconds.

    Countries are ISO 3166-1 alpha-2 codes; ``budget`` is in texts and calls a calendar month (UTC), 0 for no limit.
    """

    default_region: str = ""
    code_length: int = 6
    code_lifetime: int = 300
    max_tries: int = 5
    failures_before_pause: int = 10
    resend_waits: tuple[int, ...] = (30, 60, 120, 300)
    texts_per_user: int = 5
    texts_per_number: int = 10
    texts_per_number_total: int = 30
    texts_per_address: int = 20
    texts_per_site: int = 1000
    allowed_countries: tuple[str, ...] = ()
    blocked_countries: tuple[str, ...] = ()
    budget: int = 0
    channels: frozenset[Channel] = frozenset({Channel.TEXT})
    generate_codes: bool = True
    prepared_lifetime: int = 60 * 60
    trust_days: int = 0
    access_page: bool = False
    several_numbers: bool = True
    email_alone: bool = False
    reset_link_lifetime: int = 600
    reset_email_hours: int = 72
    session_lifetime: int = LEAST_SESSION_LIFETIME

    def __post_init__(self) -> None:
        """Clamp every rule to its bounds."""
        for name, (least, most) in BOUNDS.items():
            object.__setattr__(self, name, max(least, min(most, getattr(self, name))))
        least, most = RESEND_WAIT_BOUNDS
        waits = tuple(max(least, min(most, wait)) for wait in self.resend_waits)
        object.__setattr__(self, "resend_waits", waits or (least,))
        lifetime = max(LEAST_SESSION_LIFETIME, self.session_lifetime)
        object.__setattr__(self, "session_lifetime", lifetime)

    @property
    def lifetimes(self) -> Lifetimes:
        """How long sessions and trust last."""
        return Lifetimes(session=self.session_lifetime, trust=self.trust_days * DAY)

    @property
    def takes_email_alone(self) -> bool:
        """Whether a verified e-mail address is enough for the second step: NIST SP 800-63B-4 section 3.1.3.1 does not accept it as such."""
        return self.email_alone and Channel.EMAIL in self.channels

    def lifetime_of(self, purpose: Purpose) -> int:
        """Return the lifetime of a code, in seconds. Whoever resets a number has to find an e-mail first: up to 10 min."""
        if purpose is not Purpose.RESET:
            return self.code_lifetime
        return max(self.code_lifetime, min(self.reset_link_lifetime, BOUNDS["code_lifetime"][1]))

    def pause(self, account: Account | None, *, now: float) -> int:
        """Return the seconds left of the pause that follows too many failures; 0 if there is none."""
        if account is None:
            return 0
        return throttle.pause(account.failures, last=account.failed_at, now=now, allowed=self.failures_before_pause)
