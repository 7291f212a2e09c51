"""One-time codes: made at random, kept only as a keyed digest, compared in constant time."""

from collections.abc import Sequence

import hashlib
import hmac
import re
import secrets

_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015.]+")


def generate(length: int) -> str:
    """Return a random code of ``length`` decimal digits.

    Six digits are the least that NIST SP 800-63B-4 (section 3.1.3.2) accepts for an out-of-band secret.
    """
    return "".join(secrets.choice("0123456789") for _ in range(length))


def random_name() -> str:
    """Return a name of 128 bits that no other thing has, for what is not secret."""
    return secrets.token_urlsafe(16)


def random_secret() -> str:
    """Return an unguessable secret of 256 bits, safe in cookies, tickets and URLs."""
    return secrets.token_urlsafe(32)


def normalise(answer: object, length: int) -> str | None:
    """Return the digits of a typed code, or None if the answer cannot be a code of ``length`` digits.

    People copy codes with blanks and dashes in them; anything else is not a code, and is not judged as one.
    """
    if not isinstance(answer, str) or len(answer) > 64:
        return None
    digits = without_separators(answer)
    return digits if len(digits) == length and digits.isascii() and digits.isdecimal() else None


def without_separators(answer: str) -> str:
    """Return what was typed without the blanks, dashes and dots that people put between groups."""
    return _SEPARATORS.sub("", answer)


def derive(secret: str | bytes, usage: str) -> bytes:
    """Derive the key for one usage from a secret of the site's key ring (HMAC-SHA-256)."""
    raw = secret.encode() if isinstance(secret, str) else secret
    return hmac.new(raw, b"collective.smsauth:" + usage.encode(), hashlib.sha256).digest()


def digest(key: bytes, *parts: str) -> str:
    """Return the hexadecimal HMAC-SHA-256 of ``parts``; no two different lists of parts share an encoding."""
    message = b"".join(len(raw).to_bytes(4, "big") + raw for raw in map(_encoded, parts))
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def _encoded(part: str) -> bytes:
    return part.encode(errors="surrogatepass")


def matches(keys: Sequence[bytes], expected: str, *parts: str) -> bool:
    """Tell whether ``expected`` is the digest of ``parts`` under any of ``keys``, in constant time."""
    found = False
    for key in keys:
        found |= hmac.compare_digest(digest(key, *parts).encode(), expected.encode())
    return found
