"""What Twilio's error codes mean to a member and to an administrator.

After Twilio's error and warning dictionary, https://www.twilio.com/docs/api/errors. The dictionary grows: Twilio splits
old codes into finer ones, so what is not listed here is judged by the HTTP status.
"""

from collective.smsauth.delivery.redaction import redact
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.interfaces import GatewayError
from dataclasses import dataclass


@dataclass(frozen=True)
class _Family:
    """Codes with one meaning. ``hint`` tells an administrator what it is or what to do."""

    status: DeliveryStatus
    hint: str
    codes: frozenset[int] = frozenset()


_UNKNOWN_REFUSAL = _Family(DeliveryStatus.CONFIGURATION, "look the code up in Twilio's documentation")
_REFUSED_ACCESS = _Family(
    DeliveryStatus.CONFIGURATION,
    "check the account SID and its auth token or API key, and that the account is active and paid for",
    frozenset({10001, 10002, 10005, 20003, 20004, 20005, 20006, 20008, 20010, 20403, 20404, 30002, 90010}),
)
_PROVIDER_DOWN = _Family(
    DeliveryStatus.TRY_LATER,
    "Twilio cannot take it right now",
    frozenset({20500, 20503, 21730, 30008, 30036, 30410}),
)
_TOO_FAST = _Family(
    DeliveryStatus.TRY_LATER,
    "more texts or calls than Twilio takes at a time; more senders or a Messaging Service help",
    frozenset({10004, 14107, 20429, 21611, 30001, 30022, 63017}),
)

_FAMILIES = (
    _REFUSED_ACCESS,
    _PROVIDER_DOWN,
    _TOO_FAST,
    _Family(
        DeliveryStatus.BAD_NUMBER,
        "there is no such number, or none that can be reached",
        frozenset({13223, 13224, 13226, 21201, 21211, 21214, 21217, 21265, 21266, 21268, 21614, 30005}),
    ),
    _Family(
        DeliveryStatus.CANNOT_RECEIVE,
        "this number cannot be reached, or not from this sender: blocked, of a kind not served, or of a network not served",
        frozenset({13225, 21202, 21216, 21407, 21612, 30004}),
    ),
    _Family(
        DeliveryStatus.LANDLINE,
        "a landline, or of a network not served: calls may reach it",
        frozenset({21635, 30006}),
    ),
    _Family(
        DeliveryStatus.UNREACHABLE,
        "the phone is switched off or out of reach",
        frozenset({30003}),
    ),
    _Family(
        DeliveryStatus.UNSUBSCRIBED,
        "the owner of the number has answered STOP; START, sent from that phone to the sender, undoes it",
        frozenset({21610}),
    ),
    _Family(
        DeliveryStatus.CONFIGURATION,
        "switch on the country in Twilio's console: Geo permissions, of Messaging for texts and of Voice for calls",
        frozenset({13227, 21203, 21215, 21408}),
    ),
    _Family(
        DeliveryStatus.CONFIGURATION,
        "a trial account reaches verified numbers only; upgrade it or verify the number",
        frozenset({21219, 21267, 21607, 21608}),
    ),
    _Family(
        DeliveryStatus.CONFIGURATION,
        "check the sender or caller: it must be of this account, and permitted in that country; only a number can call",
        frozenset({13214, 21210, 21212, 21213, 21401, 21601, 21603, 21606, 21616, 21659, 21660, 21661, 30024, 30034}),
    ),
    _Family(
        DeliveryStatus.CONFIGURATION,
        "check the Messaging Service: its SID, and that it has a sender for that country",
        frozenset({21701, 21702, 21703, 21704, 21705}),
    ),
    _Family(
        DeliveryStatus.CONFIGURATION,
        "check the wording of the texts in the control panel: empty, too long, or not permitted",
        frozenset({21602, 21605, 21617, 21618, 21619, 30007}),
    ),
    _Family(
        DeliveryStatus.CONFIGURATION,
        "Twilio holds texts back: a daily limit, or its protection against fraud; see its messages to the account",
        frozenset({30023, 30450, 63038}),
    ),
)

#: Answers of who waited too long for somebody else's: the text may have been taken all the same.
_LATE = (408, 504)

_BY_CODE = {code: family for family in _FAMILIES for code in family.codes}


def failure(http_status: object, code: object, words: object, *secrets: str) -> GatewayError:
    """Return the failure for an answer of Twilio.

    ``http_status`` and ``code`` are as they came: Twilio's code may be missing or equal to the status. ``words`` are
    Twilio's own; they are redacted, ``secrets`` included.
    """
    status, number = _as_int(http_status), _as_int(code)
    family = _BY_CODE.get(number) or _by_http_status(status)
    label = f"Twilio error {number}" if number and number != status else f"Twilio answered HTTP {status}"
    said = redact(words, *secrets)
    detail = f"{label}: {said} ({family.hint})" if said else f"{label} ({family.hint})"
    return GatewayError(family.status, detail, certain=status not in _LATE)


def status_of(code: object) -> DeliveryStatus:
    """Return what a code means that Twilio reports later on; of one that is not listed, that another try may do better."""
    family = _BY_CODE.get(_as_int(code))
    return family.status if family is not None else DeliveryStatus.TRY_LATER


def _by_http_status(status: int) -> _Family:
    if status == 429:
        return _TOO_FAST
    if status == 408 or status >= 500:
        return _PROVIDER_DOWN
    if status in (401, 403, 404):
        return _REFUSED_ACCESS
    return _UNKNOWN_REFUSAL


def _as_int(value: object) -> int:
    """Return a code of up to five digits; 0 for anything else."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
