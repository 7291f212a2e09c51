"""Refusals of the services: a status, a reason that clients branch on, and words for people. They are returned, never raised."""

from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.flows import messages
from collective.smsauth.flows.subject import Subject
from collective.smsauth.verification.results import Receipt
from collective.smsauth.verification.results import SendRefusal
from collective.smsauth.verification.results import Verdict
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from zope.i18n import translate

#: Reason of a refusal by which a client knows that the second factor is all that is missing.
SECOND_FACTOR = "second-factor-required"
#: What such a refusal has been called from the beginning.
SECOND_FACTOR_TYPE = "Second factor required"
#: The session was let in without a second step, and this asks for a real one.
SECOND_STEP = "second-step"
#: The sign-in is so long ago that the current password has to be given, or the one that was given is wrong.
PASSWORD = "password"
NOT_ALLOWED = "not-allowed"
NOT_FOUND = "not-found"
BAD_REQUEST = "bad-request"
UNUSABLE = "unusable"
NOT_JSON = "not-json"

#: What a status is called in the body of an answer.
_TYPES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    409: "Conflict",
    410: "Gone",
    415: "Unsupported media type",
    422: "Unprocessable content",
    429: "Too many requests",
    501: "Login failed",
}
_PASSING = 429
_STATUS_OF_OUTCOME = {
    Outcome.NONE_OPEN: 409,
    Outcome.PAUSED: _PASSING,
    Outcome.LOCKED: _PASSING,
    Outcome.BUSY: _PASSING,
}
_STATUS_OF_SEND = {
    SendRefusal.COUNTRY: 422,
    SendRefusal.NO_NUMBER: 409,
    SendRefusal.NO_CHANNEL: 409,
    SendRefusal.NOT_YOURS: 409,
    SendRefusal.NONE_OPEN: 409,
    SendRefusal.GENERATION_DISABLED: 409,
}
_REASON_OF_OUTCOME = {Outcome.EARLIER: "earlier-code"}
#: Seconds after which it is worth to ask again where a limit does not tell how long it lasts: a lock, a budget.
_UNTOLD_WAIT = 60


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a service did nothing.

    ``field_name`` names what is wrong in the body; ``retry_after`` is seconds; ``more`` stands beside the error in the answer.
    """

    status: int
    reason: str
    message: str
    field_name: str = ""
    retry_after: int = 0
    type: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def answer(self, request) -> dict:
        """Set the status and return the body."""
        request.response.setStatus(self.status)
        if self.status == _PASSING:
            request.response.setHeader("Retry-After", str(max(1, self.retry_after or _UNTOLD_WAIT)))
        error = {
            "type": self.type or _TYPES[self.status],
            "message": translate(self.message, context=request),
            "reason": self.reason,
        }
        return {"error": {**error, "field": self.field_name} if self.field_name else error, **self.more}


def of_field(name: str, message: str | None = None) -> Refusal:
    """Return the refusal of a field that is missing, or has the wrong type of JSON."""
    words = message or messages.fill(
        _("rest_error_field", default="“${field}” is missing, or is not of the right type."), field=name
    )
    return Refusal(status=400, reason=BAD_REQUEST, message=words, field_name=name)


def of_number(name: str, problem: PhoneProblem, *, status: int = 422) -> Refusal:
    """Return the refusal of a phone number of no use."""
    return Refusal(status=status, reason=UNUSABLE, message=messages.of_phone(problem), field_name=name)


def of_verdict(
    verdict: Verdict, *, length: int, newest: Challenge | None = None, status: int = 0, **more: Any
) -> Refusal:
    """Return the refusal of an answer that was not accepted.

    ``length`` is the digits of a code, ``newest`` the code that was sent last, if the answer may have been an earlier one. ``status`` is
    another status than the usual one, 0 if there is none.
    """
    outcome = verdict.outcome
    return Refusal(
        status=status or _STATUS_OF_OUTCOME.get(outcome, 422),
        reason=_REASON_OF_OUTCOME.get(outcome, outcome.value),
        message=messages.of_verdict(verdict, length=length, newest=newest),
        retry_after=verdict.wait,
        more=more,
    )


def of_receipt(receipt: Receipt, **more: Any) -> Refusal:
    """Return the refusal of a code that was not sent."""
    refusal = receipt.refusal or SendRefusal.NO_CHANNEL
    return Refusal(
        status=_STATUS_OF_SEND.get(refusal, _PASSING),
        reason=refusal.value,
        message=messages.of_refusal(refusal, wait=receipt.wait),
        retry_after=receipt.wait,
        more=more,
    )


def owed() -> Refusal:
    """Return the refusal of a session of which only the second step is missing."""
    words = _("rest_error_owed", default="This session still needs the second step. Log in again.")
    return Refusal(status=401, type=SECOND_FACTOR_TYPE, reason=SECOND_FACTOR, message=words)


def over() -> Refusal:
    """Return the refusal of a sign-in that is over, or never was one."""
    words = _(
        "rest_error_over",
        default="There is no login to complete: it took too long, or was completed already. Log in again.",
    )
    return Refusal(status=401, reason=Outcome.NONE_OPEN.value, message=words)


def of_acts(wait: int) -> Refusal:
    """Return the refusal of who has acted very often; ``wait`` is seconds."""
    words = messages.timed(messages.TOO_MANY_ACTS, seconds=wait)
    return Refusal(status=_PASSING, reason=SendRefusal.MEMBER_LIMIT.value, message=words, retry_after=wait)


def unusable(name: str, message: str | None = None) -> Refusal:
    """Return the refusal of a field whose value is of the right type, and of no use; ``message`` tells why, if it can be told."""
    words = message or messages.fill(
        _("rest_error_unusable", default="“${field}” is empty, or cannot be used."), field=name
    )
    return Refusal(status=422, reason=UNUSABLE, message=words, field_name=name)


def no_tokens() -> Refusal:
    """Return the refusal of a site that gives no tokens; Plone answers so, too."""
    words = _("rest_error_no_tokens", default="This site has no plugin for JSON web tokens.")
    return Refusal(status=501, reason=NOT_ALLOWED, message=words)


def not_found() -> Refusal:
    """Return the refusal of a name that stands for nothing here."""
    return Refusal(status=404, reason=NOT_FOUND, message=_("rest_error_not_found", default="There is nothing here."))


def is_off(member: Subject) -> Refusal | None:
    """Return the refusal of what needs two-step verification, of a member who has it not; None if they have."""
    return None if member.account.is_bound else no_number()


def no_number() -> Refusal:
    """Return the refusal of what needs two-step verification, of a member who has it not."""
    words = _("rest_error_off", default="Two-step verification is off.")
    return Refusal(status=409, reason=SendRefusal.NO_NUMBER.value, message=words)
