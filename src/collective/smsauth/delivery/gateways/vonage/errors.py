"""What Vonage's codes mean to a member and to an administrator.

After https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms (what is answered at once, in an answer with the status 200)
and https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts (what is reported later on). What is not listed there passes.
"""

from collective.smsauth.delivery.redaction import redact
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.interfaces import GatewayError

import re

#: A callback URL that Vonage does not take: the text leaves without reports then.
REFUSED_CALLBACK = "23"

_SETTINGS = "check the API key, the API secret, the sender and what the account may do"
_ACCOUNT = "the account has no credit, or is suspended: see Vonage's dashboard"
_ANSWERED: dict[int, tuple[DeliveryStatus, str]] = {
    **dict.fromkeys((1, 10), (DeliveryStatus.TRY_LATER, "more texts than Vonage takes at a time")),
    **dict.fromkeys((5, 13, 99), (DeliveryStatus.TRY_LATER, "Vonage cannot take it right now")),
    **dict.fromkeys((2, 3, 4, 11, 12, 14, 15, 16, 19, 20, 22, 23, 32), (DeliveryStatus.CONFIGURATION, _SETTINGS)),
    **dict.fromkeys((8, 9), (DeliveryStatus.CONFIGURATION, _ACCOUNT)),
    6: (DeliveryStatus.BAD_NUMBER, "there is no such number, or none that can be reached"),
    7: (DeliveryStatus.CANNOT_RECEIVE, "Vonage sends nothing to this number: it is barred"),
    29: (
        DeliveryStatus.CONFIGURATION,
        "a trial account reaches the numbers on its list only; add credit or the number",
    ),
    33: (DeliveryStatus.BAD_NUMBER, "the number is no longer in use"),
}
_REPORTED = {
    **dict.fromkeys((2, 7, 12), DeliveryStatus.UNREACHABLE),
    3: DeliveryStatus.BAD_NUMBER,
    9: DeliveryStatus.UNSUBSCRIBED,
    **dict.fromkeys((4, 11, 13, 14, 15), DeliveryStatus.CANNOT_RECEIVE),
    **dict.fromkeys((6, 10, 39, 41, 50, 51, 52, 53, 54), DeliveryStatus.CONFIGURATION),
}
_UNKNOWN = (DeliveryStatus.TRY_LATER, "look the status up in Vonage's documentation")
#: Answers of who waited too long for somebody else's: the text may have been taken all the same.
_LATE = (408, 504)
#: Vonage names the parameter that is missing or not valid.
_ABOUT_NUMBER = re.compile(r"\bto\b(?! (?:be|send|use|many))", re.IGNORECASE)


def failure(code: object, words: object, *secrets: str, certain: bool = True) -> GatewayError:
    """Return the failure for a message that Vonage did not take. ``words`` are Vonage's; they are redacted, ``secrets`` included."""
    number = _as_int(code)
    status, hint = _ANSWERED.get(number, _UNKNOWN)
    said = redact(words, *secrets)
    if number in (2, 3) and _ABOUT_NUMBER.search(said):
        status, hint = DeliveryStatus.BAD_NUMBER, "Vonage does not take this number for one"
    return GatewayError(status, f"Vonage status {number}{': ' if said else ''}{said} ({hint})", certain=certain)


def refusal(http_status: int) -> GatewayError:
    """Return the failure for an answer with another status than 200."""
    late = http_status in (408, 420, 425, 429) or http_status >= 500
    status = DeliveryStatus.TRY_LATER if late else DeliveryStatus.CONFIGURATION
    hint = "Vonage cannot take it right now" if late else _SETTINGS
    return GatewayError(status, f"Vonage answered HTTP {http_status} ({hint})", certain=http_status not in _LATE)


def status_of(code: object) -> DeliveryStatus:
    """Return what a code means that Vonage reports later on; of one that is not listed, that another try may do better."""
    return _REPORTED.get(_as_int(code), DeliveryStatus.TRY_LATER)


def _as_int(value: object) -> int:
    """Return a code of up to five digits; -1 for anything else."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else -1
