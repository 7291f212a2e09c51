"""What a member has gained for a while: a proof of the second step for a session, a trusted browser.

Each is a random secret that only the browser knows; the record holds its hash, and a fingerprint of the password of that moment.
"""

from collective.smsauth.domain import codes
from dataclasses import dataclass
from dataclasses import field
from enum import Enum

import hashlib


def hashed(secret: str) -> str:
    """Return the name under which a random secret of 256 bits is kept: half of its SHA-256, so that the database holds no usable secret."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()[:32]


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


def new_session(
    *, now: float, lifetime: int, fingerprint: str, means: Means = Means.CODE, browser: str = ""
) -> tuple[str, Session]:
    """Return a fresh random secret and the proof it names; ``lifetime`` is in seconds."""
    session = Session(issued=now, expires=now + lifetime, fingerprint=fingerprint, means=means.value, browser=browser)
    return codes.random_secret(), session
