"""One-time codes: made at random, kept only as a keyed digest, compared in constant time."""

from collections.abc import Sequence

import hashlib
import hmac
import secrets
import unicodedata

#: Characters of an answer, with all that is not read; longer ones are not looked at.
LONGEST_ANSWER = 64


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

    What has a letter or another number in it is not a code, and is not judged as one.
    """
    digits = letters_and_digits(answer)
    return digits if len(digits) == length and digits.isascii() and digits.isdecimal() else None


def letters_and_digits(answer: object) -> str:
    """Return what counts of an answer: its letters and numbers, with the decimal digits of all scripts as 0 to 9.

    People copy codes with blanks, dashes, quotes, signs and characters that do not show. All of that is left out. A number that is no
    decimal digit, such as ½ or ², is kept: left out, it would make another answer a right one. So is a letter with its accent. '' stands
    for what is no text, or longer than any code with what people put around it.
    """
    if not isinstance(answer, str) or len(answer) > LONGEST_ANSWER:
        return ""
    return "".join(map(_digit, filter(str.isalnum, unicodedata.normalize("NFC", answer))))


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


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
