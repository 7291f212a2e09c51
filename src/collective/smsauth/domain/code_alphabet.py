"""Codes that people keep, print or read out: letters and digits without look-alikes, in groups of four.

The alphabet is Crockford's base 32: five bits a character, and what is mistaken for another one (O, I, L) is read as that.
"""

from collective.smsauth.domain.codes import letters_and_digits

import hashlib
import hmac

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5
GROUP = 4
_LOOK_ALIKES = str.maketrans("OIL", "011")


def derive(key: bytes, seed: str, *, length: int, number: int = 0) -> str:
    """Return the ``length`` characters that follow from a key and an unguessable seed: the same each time; at most 32.

    ``number`` tells codes of one seed apart (HMAC-SHA-256, as in NIST SP 800-108 in counter mode).
    """
    raw = hmac.new(key, number.to_bytes(4, "big") + seed.encode(), hashlib.sha256).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in raw[:length])


def grouped(code: str) -> str:
    """Return a code as it is shown: in groups of four, with dashes between them."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def normalise(answer: object, length: int) -> str | None:
    """Return the code of ``length`` characters that somebody typed, or None if it cannot be one.

    Case does not count, nor does what is no letter or digit, and look-alikes are read as what they look like. The digits of other scripts
    are read as digits; their letters are not folded into this alphabet.
    """
    typed = letters_and_digits(answer)
    if len(typed) != length or not typed.isascii():
        return None
    code = typed.upper().translate(_LOOK_ALIKES)
    return code if set(code) <= set(ALPHABET) else None
