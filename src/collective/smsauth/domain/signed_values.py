"""Signed values that travel through browsers and e-mails: pending sign-ins, reset links, form tokens.

itsdangerous signs and checks; expiry is part of the value and judged by the caller's clock. One salt per usage keeps a
value of one kind from serving as another.

What leaves the site in an e-mail or goes to a provider is hidden as well: mail servers, logs and providers read it on the way, and it
names members. So is what a REST client holds between password and code: scripts of the page can read it.
"""

from collections.abc import Sequence
from enum import Enum
from itsdangerous import BadData
from itsdangerous import BadPayload
from itsdangerous import URLSafeSerializer
from itsdangerous.encoding import base64_decode
from itsdangerous.encoding import base64_encode
from typing import Any

import hashlib
import hmac
import json

_LONGEST = 2048
_NONCE = 16


class Usage(str, Enum):
    """What a signed value is for."""

    PENDING = "pending"
    FLOW = "flow"
    SIGN_IN = "sign-in"
    RESET = "reset"
    FORM = "form"
    TRUSTED = "trusted"
    ACCESS = "access"
    DISOWN = "disown"
    STATUS = "status"


#: What nobody but the site may read.
HIDDEN = frozenset({Usage.FLOW, Usage.RESET, Usage.ACCESS, Usage.DISOWN, Usage.STATUS})


def sign(keys: Sequence[bytes], usage: Usage, value: dict[str, Any]) -> str:
    """Return ``value`` signed under the first of ``keys``, safe in cookies and URLs; not to be read if the usage is one of HIDDEN."""
    return str(_serializer(keys[:1], usage).dumps(value))


def unsign(keys: Sequence[bytes], usage: Usage, signed: object) -> dict[str, Any] | None:
    """Return the value if any of ``keys`` signed it for ``usage``, else None; whatever was sent, nothing is raised."""
    if not isinstance(signed, str) or not signed.isascii() or len(signed) > _LONGEST:
        return None
    # Key by key: the one that signed is also the one that hides.
    for key in keys:
        try:
            value = _serializer([key], usage).loads(signed)
        except BadData:
            continue
        return value if isinstance(value, dict) and _is_canonical(signed) else None
    return None


def _is_canonical(signed: str) -> bool:
    # Base64 has several spellings of the same bytes; of a signature only the one that was handed out is accepted.
    signature = signed.rpartition(".")[2]
    return base64_encode(base64_decode(signature)) == signature.encode()


def _serializer(keys: Sequence[bytes], usage: Usage) -> URLSafeSerializer:
    kind = _HidingSerializer if usage in HIDDEN else URLSafeSerializer
    return kind(
        list(keys),
        salt=f"collective.smsauth.{usage.value}",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )


class _HidingSerializer(URLSafeSerializer):
    """Hides what is signed: it is combined with a stream that HMAC-SHA-256 makes in counter mode, from a nonce of 128 bits.

    The nonce is made of the value by the same function, as in RFC 5297 (synthetic initialization vector), so that no two values share a
    stream. The signature is over what is hidden, and is checked first. The keys are derived from the one that signs, and serve for
    nothing else.
    """

    def dump_payload(self, obj: Any) -> bytes:
        """Return a value as only the holder of the key can read it."""
        readable = json.dumps(obj, separators=(",", ":")).encode()
        nonce = hmac.new(self._key(b"nonce"), readable, hashlib.sha256).digest()[:_NONCE]
        return base64_encode(nonce + self._combined(nonce, readable))

    def load_payload(self, payload: bytes, *args: Any, **kwargs: Any) -> Any:
        """Return the value.

        :raises BadPayload: it is none.
        """
        raw = base64_decode(payload)
        try:
            return json.loads(self._combined(raw[:_NONCE], raw[_NONCE:]))
        except ValueError as error:
            raise BadPayload("This was not hidden here.", original_error=error) from error

    def _combined(self, nonce: bytes, data: bytes) -> bytes:
        key = self._key(b"stream")
        blocks = range(0, len(data), hashlib.sha256().digest_size)
        stream = b"".join(hmac.new(key, nonce + at.to_bytes(4, "big"), hashlib.sha256).digest() for at in blocks)
        return bytes(one ^ other for one, other in zip(data, stream, strict=False))

    def _key(self, usage: bytes) -> bytes:
        return hmac.new(self.secret_keys[-1], usage + b":" + (self.salt or b""), hashlib.sha256).digest()
