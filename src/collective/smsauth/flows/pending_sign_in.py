"""The cookie of a pending sign-in: first factor correct, second still owed.

It is signed, and worth nothing by itself: only a record that was committed for the same secret makes it one.
"""

from collective.smsauth import wiring
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.flows import cookies
from collective.smsauth.verification import lifecycle
from dataclasses import dataclass
from dataclasses import replace

COOKIE = "smsauth_pending"


@dataclass(frozen=True, kw_only=True)
class PendingSignIn:
    """What the browser carries between password and code. ``came_from`` is a URL inside the portal, or ''.

    ``answered`` tells a sign-in whose code was right just now: what that led to may not have reached the browser.
    """

    user_id: str
    secret: str
    came_from: str = ""
    answered: bool = False


def remember(request, pending: PendingSignIn) -> None:
    """Give the browser the cookie of a pending sign-in."""
    keys = wiring.of(request).keys("signing")
    value = {"u": pending.user_id, "p": pending.secret, "c": pending.came_from}
    signed = signed_values.sign(keys, Usage.PENDING, value)
    if signed_values.unsign(keys, Usage.PENDING, signed) is None:
        # Too long for a cookie: the sign-in matters more than where it was begun.
        signed = signed_values.sign(keys, Usage.PENDING, {**value, "c": ""})
    cookies.put(request, COOKIE, signed)


def read(request, *, answered: Purpose | None = None) -> PendingSignIn | None:
    """Return the pending sign-in of this browser if its record still stands, else None.

    With ``answered``, also one that was completed just now by a right answer of that purpose, while it may be sent again.
    """
    parts = wiring.of(request)
    value = signed_values.unsign(parts.keys("signing"), Usage.PENDING, request.cookies.get(COOKIE))
    if value is None:
        return None
    pending = PendingSignIn(user_id=value["u"], secret=value["p"], came_from=value["c"])
    if parts.verifier.pending(pending.user_id, pending.secret) is not None:
        return pending
    binding = hashed(pending.secret)
    if answered is None or parts.verifier.answered(pending.user_id, answered, binding) is None:
        return None
    return replace(pending, answered=True)


def end(request) -> None:
    """End the pending sign-in of this browser, on record too: whoever uses the browser next cannot go on with it."""
    pending = read(request)
    if pending is not None:
        lifecycle.end_pending(wiring.of(request).accounts, pending.user_id, pending.secret)
    if COOKIE in request.cookies:
        forget(request)


def forget(request) -> None:
    """Take the cookie back."""
    cookies.take_back(request, COOKIE)
