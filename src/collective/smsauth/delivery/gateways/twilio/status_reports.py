"""What Twilio reports of a text or a call later on: whether it was Twilio that did, and what it means."""

from collections.abc import Mapping
from collective.smsauth.delivery.gateways.twilio.errors import status_of
from collective.smsauth.domain.delivery import DeliveryStatus
from hmac import compare_digest
from twilio.request_validator import RequestValidator

SIGNATURE = "X-Twilio-Signature"
#: The name of the view to which Twilio reports.
VIEW = "smsauth-twilio-status"

_TEXTS = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending"), DeliveryStatus.QUEUED),
    "sent": DeliveryStatus.SENT,
    **dict.fromkeys(("delivered", "read", "partially_delivered"), DeliveryStatus.DELIVERED),
}
_CALLS = {
    **dict.fromkeys(("queued", "initiated"), DeliveryStatus.QUEUED),
    **dict.fromkeys(("ringing", "in-progress"), DeliveryStatus.SENT),
    "completed": DeliveryStatus.DELIVERED,
    **dict.fromkeys(("busy", "no-answer"), DeliveryStatus.NO_ANSWER),
}
_FAILED_TEXTS = ("undelivered", "failed", "canceled")
_FAILED_CALLS = ("failed", "canceled")


def is_genuine(url: str, form: Mapping[str, str], signature: str, config: Mapping[str, str]) -> bool:
    """Tell whether ``form`` was sent to ``url`` by Twilio, on behalf of the account in ``config``.

    The signature is an HMAC over both under the account's auth token, https://www.twilio.com/docs/usage/security. Without a
    token there is nothing that could be checked: then nothing is genuine.
    """
    token = (config.get("twilio_auth_token") or "").strip()
    account = (config.get("twilio_account_sid") or "").strip()
    if not token or not account or not signature:
        return False
    try:
        signed = RequestValidator(token).validate(url, dict(form), signature)
    except ValueError:  # an address that is none
        return False
    return bool(signed) and compare_digest(form.get("AccountSid", "").encode(), account.encode())


def reported(form: Mapping[str, str]) -> DeliveryStatus | None:
    """Return what a genuine report says, None if it says nothing that is known here."""
    if "MessageStatus" in form:
        status = form["MessageStatus"]
        return status_of(form.get("ErrorCode")) if status in _FAILED_TEXTS else _TEXTS.get(status)
    status = form.get("CallStatus", "")
    if status in _FAILED_CALLS:
        # Twilio's carriers could not connect it, "most likely because the phone number was entered incorrectly".
        return status_of(form["ErrorCode"]) if form.get("ErrorCode") else DeliveryStatus.CANNOT_RECEIVE
    return _CALLS.get(status)
