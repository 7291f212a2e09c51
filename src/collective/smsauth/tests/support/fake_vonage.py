"""What Vonage answers and reports, as its documentation has it."""

import base64
import hashlib
import hmac
import json

KEY, SECRET = "abcd1234", "AbCdEf0123456789"
SIGNATURE_SECRET = "s1gn4tur3-s3cr3t-of-the-account"
MESSAGE = "0C000000217B7F02"


def config(base_url="", **changes):
    """Return a complete configuration for the gateway; ``changes`` leave out the prefix ``vonage_``."""
    settings = {
        "api_key": KEY,
        "api_secret": SECRET,
        "from": "+31201234567",
        "signature_secret": "",
        "base_url": base_url,
        **changes,
    }
    return {f"vonage_{name}": value for name, value in settings.items()}


def accepted():
    """Return the body with which Vonage takes a text."""
    message = {
        "to": "447700900000",
        "message-id": MESSAGE,
        "status": "0",
        "remaining-balance": "15.53590000",
        "message-price": "0.03330000",
        "network": "23410",
    }
    return json.dumps({"message-count": "1", "messages": [message]})


def refused(code, words="Refused"):
    """Return the body with which Vonage refuses a text."""
    return json.dumps({"message-count": "1", "messages": [{"status": str(code), "error-text": words}]})


def signed(fields, method="sha256", secret=SIGNATURE_SECRET):
    """Return fields of a report with the signature that Vonage would make."""
    parts = [f"&{name}={fields[name].replace('&', '_').replace('=', '_')}" for name in sorted(fields)]
    data = "".join(parts).encode()
    if method == "md5hash":
        return {**fields, "sig": hashlib.md5(data + secret.encode()).hexdigest()}
    return {**fields, "sig": hmac.new(secret.encode(), data, method).hexdigest()}


def token(body, secret=SIGNATURE_SECRET, alg="HS256", **claims):
    """Return the JSON Web Token that Vonage would send with ``body``."""
    digest = hashlib.sha256(body).hexdigest()
    known = {"iat": 1796040000, "jti": "a", "iss": "Vonage", "payload_hash": digest, "api_key": KEY, **claims}
    parts = ({"typ": "JWT", "alg": alg}, known)
    head = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    signature = hmac.new(secret.encode(), head, hashlib.sha256).digest()
    return b".".join((head, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()
