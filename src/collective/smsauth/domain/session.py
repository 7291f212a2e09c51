"""What a member has gained for a while: a proof of the second step for a session, a trusted browser.

Each is a random secret that only the browser knows; the record holds its hash, and a fingerprint of the password of that moment.
"""

from collective.smsauth.domain import codes
from collective.smsauth.domain import throttle
from dataclasses import dataclass
from dataclasses import field
from enum import Enum

import hashlib
import math

#: Beginning of every secret that names a proof: what a ticket carries of ours can be told from what others put into it, on record or not.
_PROOF = "smsauth-proof-"


def hashed(secret: str) -> str:
    """Return the name under which a random secret of 256 bits is kept: half of its SHA-256, so that the database holds no usable secret."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()[:32]


def new_secret() -> str:
    """Return a fresh random secret that names a proof."""
    return f"{_PROOF}{codes.random_secret()}"


def names_proof(secret: str) -> bool:
    """Tell whether a secret is one that once named a proof; whether that stands is for the record to tell."""
    return secret.startswith(_PROOF)


class Means(str, Enum):
    """How the second step of a session was made, or why it was not asked for."""

    CODE = "code"
    PREPARED_CODE = "prepared-code"
    RECOVERY_CODE = "recovery-code"
    TRUSTED_BROWSER = "trusted-browser"
    NETWORK = "network"
    EXEMPT = "exempt"

    @property
    def is_real(self) -> bool:
        """Whether a second factor was given in this very session."""
        return self in (Means.CODE, Means.PREPARED_CODE, Means.RECOVERY_CODE)


@dataclass(frozen=True, kw_only=True)
class Lifetimes:
    """How long sessions, and the trust in browsers, last by the policy of today: seconds from their issue."""

    session: float = math.inf
    trust: float = math.inf


#: For who knows of no policy: what is on record lasts as long as it was to last when it was made.
AS_ISSUED = Lifetimes()


@dataclass(frozen=True, kw_only=True)
class Session:
    """A proof: this session passed the second step at ``issued`` (seconds since the epoch), by the value of a Means.

    ``fingerprint`` ties it to the password of that moment: a password changed by any route ends it. ``browser`` is the name of the
    trusted browser it was opened on, '' if on another: it ends when that is forgotten.
    """

    issued: float
    expires: float
    fingerprint: str = field(default="", repr=False)
    means: str = Means.CODE.value
    browser: str = field(default="", repr=False)

    @property
    def is_real(self) -> bool:
        """Whether a second factor was given in this very session, and not skipped."""
        return Means(self.means).is_real

    @property
    def is_skipped(self) -> bool:
        """Whether a rule let the session in, which it would do without this record as well."""
        return Means(self.means) in (Means.NETWORK, Means.EXEMPT)

    def lasts(self, *, now: float, lifetimes: Lifetimes = AS_ISSUED) -> bool:
        """Tell whether it has not come to its end, by what was said then and what the policy says today."""
        return _lasts(self.issued, min(self.expires, self.issued + lifetimes.session), now)


@dataclass(frozen=True, kw_only=True)
class TrustedBrowser:
    """A browser on which the second step need not be repeated. All times are seconds since the epoch.

    ``issued`` is when it was trusted, ``used`` when it last spared a code. ``browser`` is what it calls itself (its User-Agent), for
    its owner to recognise it. ``fingerprint`` is that of the password, as for a session.
    """

    issued: float
    used: float
    expires: float
    browser: str = ""
    fingerprint: str = field(default="", repr=False)

    def lasts(self, *, now: float, lifetimes: Lifetimes = AS_ISSUED) -> bool:
        """Tell whether the trust has not come to its end, by what was said then and what the policy says today."""
        return _lasts(self.issued, min(self.expires, self.issued + lifetimes.trust), now)


def new_session(
    *, now: float, lifetime: int, fingerprint: str, means: Means = Means.CODE, browser: str = ""
) -> tuple[str, Session]:
    """Return a fresh random secret and the proof it names; ``lifetime`` is in seconds."""
    session = Session(issued=now, expires=now + lifetime, fingerprint=fingerprint, means=means.value, browser=browser)
    return new_secret(), session


def _lasts(issued: float, end: float, now: float) -> bool:
    # What a clock that ran ahead has issued would outlast every lifetime.
    return not throttle.is_ahead(issued, now=now) and now < end
