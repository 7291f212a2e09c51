"""What Vonage reports of a text later on (delivery receipts): whether it was Vonage that did, and what it means.

Vonage signs a receipt by the signature secret of the account, in one of two ways: by a field ``sig`` over all the others
(https://developer.vonage.com/en/getting-started/concepts/signing-messages), or by a JSON Web Token in the header ``Authorization`` with a
hash of the body in it (https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks).
"""

from collections.abc import Mapping
from collective.smsauth.delivery.gateways.vonage.errors import status_of
from collective.smsauth.domain.delivery import DeliveryStatus
from hmac import compare_digest
from typing import Any

import base64
import binascii
import hashlib
import hmac
import json

#: The name of the view to which Vonage reports.
VIEW = "smsauth-vonage-status"
SIGNATURE = "sig"

#: By which of its methods an account signs shows in the length of the signature; the plain MD5 hash is the one of old accounts.
_METHODS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_STATUSES = {
    "submitted": DeliveryStatus.QUEUED,
    **dict.fromkeys(("accepted", "buffered"), DeliveryStatus.SENT),
    "delivered": DeliveryStatus.DELIVERED,
    "expired": DeliveryStatus.UNREACHABLE,
}
_FAILED = ("failed", "rejected", "undeliverable")
_LONGEST_TOKEN = 4096


def is_signed(fields: Mapping[str, str], config: Mapping[str, str]) -> bool:
    """Tell whether ``fields`` bear a signature of the account in ``config``. Without a secret nothing does."""
    secret, signature = _secret(config), fields.get(SIGNATURE, "").lower()
    method = _METHODS.get(len(signature))
    if not secret or not method or not signature.isascii() or not _is_of_account(fields.get("api-key"), config):
        return False
    signed = "".join(f"&{name}={_plain(fields[name])}" for name in sorted(fields) if name != SIGNATURE).encode(
        "utf-8", "replace"
    )
    possible = [hmac.new(secret, signed, method).hexdigest()]
    if method == "md5":
        possible.append(hashlib.md5(signed + secret, usedforsecurity=True).hexdigest())  # noqa: S324 - it is theirs
    return any(compare_digest(one, signature) for one in possible)


def is_vouched(authorization: str, body: bytes, config: Mapping[str, str]) -> bool:
    """Tell whether the token in a header ``Authorization`` is one of the account in ``config`` for this ``body``."""
    secret, (kind, _blank, token) = _secret(config), authorization.partition(" ")
    signed, _dot, signature = token.strip().rpartition(".")
    if not secret or kind.lower() != "bearer" or not token.isascii() or len(token) > _LONGEST_TOKEN:
        return False
    expected = hmac.new(secret, signed.encode("ascii"), hashlib.sha256).digest()
    try:
        head, claims = (json.loads(_decoded(part)) for part in signed.split("."))
        genuine = compare_digest(expected, _decoded(signature))
        if not genuine or not isinstance(head, dict) or not isinstance(claims, dict) or head.get("alg") != "HS256":
            return False
    except (ValueError, RecursionError):
        return False
    digest = hashlib.sha256(body).hexdigest()
    return compare_digest(str(claims.get("payload_hash")).encode(), digest.encode()) and _is_of_account(
        claims.get("api_key"), config
    )


def reported(fields: Mapping[str, str]) -> DeliveryStatus | None:
    """Return what a genuine report says, None if it says nothing that is known here."""
    status = fields.get("status", "").lower()
    return status_of(fields.get("err-code")) if status in _FAILED else _STATUSES.get(status)


def _secret(config: Mapping[str, str]) -> bytes:
    return (config.get("vonage_signature_secret") or "").strip().encode()


def _is_of_account(named: Any, config: Mapping[str, str]) -> bool:
    """Tell whether a report names no other account: a secret may be that of several."""
    key = (config.get("vonage_api_key") or "").strip()
    return bool(key) and (named is None or compare_digest(str(named).encode("utf-8", "replace"), key.encode()))


def _plain(value: str) -> str:
    return value.replace("&", "_").replace("=", "_")


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(f"{part}{'=' * (-len(part) % 4)}", altchars="-_", validate=True)
    except binascii.Error as error:
        raise ValueError(part) from error
