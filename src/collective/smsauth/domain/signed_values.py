"""Signed values that travel through browsers and e-mails: pending sign-ins, reset links, form tokens.

itsdangerous signs and checks; expiry is part of the value and judged by the caller's clock. One salt per usage keeps a
value of one kind from serving as another.
"""

from collections.abc import Sequence
from enum import Enum
from itsdangerous import BadData
from itsdangerous import URLSafeSerializer
from itsdangerous.encoding import base64_decode
from itsdangerous.encoding import base64_encode
from typing import Any

import hashlib

_LONGEST = 2048


class Usage(str, Enum):
    """What a signed value is for."""

    PENDING = "pending"
    SIGN_IN = "sign-in"
    RESET = "reset"
    FORM = "form"
    TRUSTED = "trusted"
    ACCESS = "access"
    DISOWN = "disown"
    STATUS = "status"


def sign(keys: Sequence[bytes], usage: Usage, value: dict[str, Any]) -> str:
    """Return ``value`` signed under the first of ``keys``, safe in cookies and URLs."""
    return str(_serializer(keys, usage).dumps(value))


def unsign(keys: Sequence[bytes], usage: Usage, signed: object) -> dict[str, Any] | None:
    """Return the value if any of ``keys`` signed it for ``usage``, else None; whatever was sent, nothing is raised."""
    if not isinstance(signed, str) or not signed.isascii() or len(signed) > _LONGEST:
        return None
    try:
        value = _serializer(keys, usage).loads(signed)
    except BadData:
        return None
    return value if isinstance(value, dict) and _is_canonical(signed) else None


def _is_canonical(signed: str) -> bool:
    # Base64 has several spellings of the same bytes; of a signature only the one that was handed out is accepted.
    signature = signed.rpartition(".")[2]
    return base64_encode(base64_decode(signature)) == signature.encode()


def _serializer(keys: Sequence[bytes], usage: Usage) -> URLSafeSerializer:
    return URLSafeSerializer(
        list(reversed(keys)),
        salt=f"collective.smsauth.{usage.value}",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
