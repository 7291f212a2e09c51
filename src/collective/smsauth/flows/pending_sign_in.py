"""What carries a pending sign-in: first factor correct, second still owed. For browsers a cookie, one for each site; for REST the flow.

Each is signed, and holds all of the pending sign-in (see ``domain.pending_sign_in``); the cookie also where it is to lead. Neither signs
anybody in. The flow is hidden as well, and travels in bodies only: one does not serve as the other.
"""

from collective.smsauth import wiring
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.pending_sign_in import Pending
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.flows import cookies
from collective.smsauth.pas.log_out import is_log_out
from collective.smsauth.verification import lifecycle
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import replace
from plone.api.exc import CannotGetPortalError
from plone.protect.interfaces import IDisableCSRFProtection
from Products.PluggableAuthService.interfaces.events import IUserLoggedOutEvent
from zope.component import adapter
from zope.globalrequest import getRequest
from zope.interface import alsoProvides
from ZPublisher.interfaces import IPubAfterTraversal

COOKIE = "smsauth_pending"


@dataclass(frozen=True, kw_only=True)
class PendingSignIn:
    """What is carried between password and code. ``came_from`` is a URL inside the portal, or ''.

    ``token`` is that of the sign-in, and ``begun`` what it says. ``answered`` tells a sign-in whose code was right just now: what that led
    to may not have reached the browser.
    """

    user_id: str
    token: str = ""
    begun: Pending | None = None
    came_from: str = ""
    answered: bool = False

    @property
    def name(self) -> str:
        """What ties forms and codes to this sign-in."""
        return self.begun.name if self.begun is not None else ""


def remember(request, pending: PendingSignIn) -> PendingSignIn:
    """Give the browser the cookie of a pending sign-in, and return what that says."""
    parts = wiring.of(request)
    keys = parts.keys("signing")
    value = {"u": pending.user_id, "p": pending.token, "c": pending.came_from}
    signed = signed_values.sign(keys, Usage.PENDING, value)
    if signed_values.unsign(keys, Usage.PENDING, signed) is None:
        # Too long for a cookie: the sign-in matters more than where it was begun.
        signed = signed_values.sign(keys, Usage.PENDING, {**value, "c": ""})
    cookies.put(request, cookies.names(request, COOKIE), signed)
    return replace(pending, begun=parts.verifier.begun(pending.user_id, pending.token))


def read(request, *, answered: Purpose | None = None) -> PendingSignIn | None:
    """Return the pending sign-in of this browser if it still stands, else None.

    With ``answered``, also one that was completed just now by a right answer of that purpose, while it may be sent again.
    """
    pending = carried(request)
    return None if pending is None else standing(request, pending, answered=answered)


def standing(request, pending: PendingSignIn, *, answered: Purpose | None = None) -> PendingSignIn | None:
    """Return a pending sign-in if it still stands, else None; for ``answered`` see ``read``."""
    parts = wiring.of(request)
    if pending.begun is not None and not pending.begun.is_on_record(parts.accounts.get(pending.user_id) or Account()):
        parts.gate.catch_up(parts.now - pending.begun.begun)
    if parts.verifier.pending(pending.user_id, pending.token) is not None:
        return pending
    if answered is None or parts.verifier.answered(pending.user_id, answered, pending.name) is None:
        return None
    return replace(pending, answered=True)


def flow(request, pending: PendingSignIn) -> str:
    """Return the flow of a pending sign-in."""
    value = {"u": pending.user_id, "p": pending.token, "s": _site(request)}
    return signed_values.sign(wiring.of(request).keys("signing"), Usage.FLOW, value)


def of_flow(request, flow: object) -> PendingSignIn | None:
    """Return the pending sign-in of a flow if that was made in this site and the sign-in still stands, else None."""
    pending = in_flow(request, flow)
    return None if pending is None else standing(request, pending)


def in_flow(request, flow: object) -> PendingSignIn | None:
    """Return the sign-in of a flow that was made in this site, whether or not it still stands, else None."""
    parts = wiring.of(request)
    value = signed_values.unsign(parts.keys("signing"), Usage.FLOW, flow)
    if value is None or value["s"] != _site(request):
        return None
    begun = parts.verifier.begun(value["u"], value["p"])
    return None if begun is None else PendingSignIn(user_id=value["u"], token=value["p"], begun=begun)


def _site(request) -> str:
    return "/".join(wiring.of(request).site.getPhysicalPath())


def end(request) -> bool:
    """End the pending sign-in of this browser, on record too: whoever uses it next cannot go on. Tell whether there was one."""
    pending = carried(request)
    if pending is None or pending.begun is None:
        return False
    forget(request)
    parts = wiring.of(request)
    lifecycle.end_pending(parts.accounts, pending.begun, now=parts.now)
    return True


def carried(request) -> PendingSignIn | None:
    """Return the sign-in that this browser began here last, whether or not it still stands; None if there is no cookie of one."""
    parts = wiring.of(request)
    signed = cookies.read(request, cookies.names(request, COOKIE))
    value = signed_values.unsign(parts.keys("signing"), Usage.PENDING, signed)
    begun = parts.verifier.begun(value["u"], value["p"]) if value is not None else None
    if value is None or begun is None:
        return None
    return PendingSignIn(user_id=value["u"], token=value["p"], begun=begun, came_from=value["c"])


def forget(request) -> None:
    """Take the cookie back."""
    cookies.take_back(request, cookies.names(request, COOKIE))


@adapter(IUserLoggedOutEvent)
def log_out(event) -> None:
    """End the pending sign-in of a browser that logs out, on the server and in the browser."""
    _log_out(getRequest())


@adapter(IPubAfterTraversal)
def before_user_folder(event) -> None:
    """Do the same before a method of Zope, a user folder or its session plugin, which fires no event."""
    if is_log_out(event.request.get("PUBLISHED")):
        _log_out(event.request)


def _log_out(request) -> None:
    # outside of a site; without a key, nothing that it has signed is worth anything
    with suppress(CannotGetPortalError, LookupError):
        if request is not None and wiring.of(request).plugin is not None and end(request):
            alsoProvides(request, IDisableCSRFProtection)
