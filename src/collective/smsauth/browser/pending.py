"""The cookie of a pending sign-in: first factor correct, second still owed.

It is signed, and worth nothing by itself: only a record that was committed for the same secret makes it one.
"""

from collective.smsauth import signing
from collective.smsauth import wiring
from collective.smsauth.signing import Usage
from dataclasses import dataclass

COOKIE = "smsauth_pending"
_LONGEST_CAME_FROM = 1000


@dataclass(frozen=True, kw_only=True)
class PendingSignIn:
    """What the browser carries between password and code. ``came_from`` is a URL inside the portal, or ''."""

    user_id: str
    secret: str
    came_from: str = ""


def remember(request, pending: PendingSignIn) -> None:
    """Give the browser the cookie of a pending sign-in."""
    came_from = pending.came_from if len(pending.came_from) <= _LONGEST_CAME_FROM else ""
    value = {"u": pending.user_id, "p": pending.secret, "c": came_from}
    request.response.setCookie(
        COOKIE,
        signing.sign(wiring.keys("signing"), Usage.PENDING, value),
        path="/",
        http_only=True,
        same_site="Lax",
        secure=request["SERVER_URL"].startswith("https:"),
    )


def read(request) -> PendingSignIn | None:
    """Return the pending sign-in of this browser if its record still stands, else None."""
    value = signing.unsign(wiring.keys("signing"), Usage.PENDING, request.cookies.get(COOKIE))
    if value is None:
        return None
    pending = PendingSignIn(user_id=value["u"], secret=value["p"], came_from=value["c"])
    return pending if wiring.verifier().pending(pending.user_id, pending.secret) is not None else None


def forget(request) -> None:
    """Take the cookie back."""
    request.response.expireCookie(COOKIE, path="/")
