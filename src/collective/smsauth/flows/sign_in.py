"""Signing in once the second factor was given: Plone's own way, with the proof in the session."""

from AccessControl.SecurityManagement import getSecurityManager
from AccessControl.SecurityManagement import newSecurityManager
from collections.abc import Iterable
from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.domain import recovery_codes
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import Session
from collective.smsauth.flows import acts
from collective.smsauth.flows import messages
from collective.smsauth.flows import pending_sign_in
from collective.smsauth.flows.opaque_names import names_of
from collective.smsauth.flows.pending_sign_in import PendingSignIn
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.requester import is_encodable
from collective.smsauth.pas.passwords import fingerprint
from collective.smsauth.verification import lifecycle
from collective.smsauth.verification.results import Receipt
from dataclasses import replace
from plone import api
from plone.protect.interfaces import IDisableCSRFProtection
from urllib.parse import parse_qsl
from urllib.parse import SplitResult
from urllib.parse import unquote
from urllib.parse import urlsplit
from zope.component import getMultiAdapter
from zope.interface import alsoProvides

_SIGNED_IN = _("message_signed_in", default="Welcome! You are now logged in.")
_STEPPED_UP = _("message_stepped_up", default="Thank you. While you are logged in, you are not asked for a code again.")
#: Names of the pages that lead nowhere once the sign-in is done.
_DONE = frozenset({"smsauth-verify", "smsauth-problem", "smsauth-confirm", "smsauth-reset", "smsauth-reminder"})
#: The addresses of these pages have fewer parameters.
_MOST_FIELDS = 20


def count(request, user_id: str) -> int:
    """Count a correct password of a member who owes the code; return the seconds to wait if there were too many, else 0.

    They are counted apart from what the member does in their session: whoever has the password does not use that up.
    """
    return acts.count(request, f"{user_id}/password")


def begin(request, user_id: str, came_from: str, client_address: str):
    """Open a pending sign-in for a correct first factor, give the browser its cookie, and return it with the receipt.

    The same member may have begun one in this browser before: its codes go on, and it leads where that one would have led, if nothing else
    is asked for.
    """
    former = pending_sign_in.carried(request)
    if former is None or former.user_id != user_id:
        former = PendingSignIn(user_id=user_id)
    pending, receipt = open_for(request, user_id, client_address=client_address, former=former.token)
    goal = inside(came_from) or inside(former.came_from)
    return pending_sign_in.remember(request, replace(pending, came_from=goal)), receipt


def open_for(request, user_id: str, *, client_address: str, former: str = "") -> tuple[PendingSignIn, Receipt]:
    """Open a pending sign-in for a correct first factor, send the code, and return both; whoever calls hands it to the client.

    ``former`` is the token of one that the same client began before.
    """
    verifier = wiring.of(request).verifier
    token, receipt = verifier.begin_sign_in(user_id, client_address=client_address, former=former)
    return PendingSignIn(user_id=user_id, token=token, begun=verifier.begun(user_id, token)), receipt


def send_again(
    request, pending: PendingSignIn, *, client_address: str, route: Route | None = None
) -> tuple[PendingSignIn, Receipt]:
    """Send a new code for a pending sign-in, by ``route`` if one is given; return the sign-in as it is from now on, and the receipt."""
    verifier = wiring.of(request).verifier
    receipt = verifier.resend(
        pending.user_id, Purpose.SIGN_IN, client_address=client_address, pending=pending.token, route=route
    )
    if receipt.pending:
        begun = verifier.begun(pending.user_id, receipt.pending)
        pending = replace(pending, token=receipt.pending, begun=begun)
    return pending, receipt


def names_of_route(user_id: str, route: Route) -> list[str]:
    """Return the names by which a client may name a way to a member; the first is the one to be shown."""
    return names_of("route", user_id, route.channel.value, route.to)


def route_named(user_id: str, routes: Iterable[Route], name: object) -> Route | None:
    """Return which of the ways to a member has that name, None if none has."""
    return next((route for route in routes if name in names_of_route(user_id, route)), None)


def complete(context, request, pending: PendingSignIn, proof: str, session: Session | None = None) -> None:
    """Sign in the member whose code was right, as Plone does after a password, and lead back to where they came from.

    ``session`` is the proof as it is kept; it is looked up if it is not given.
    """
    is_step_up = effective_user_id() == pending.user_id
    pending_sign_in.forget(request)
    is_first = enter(context, request, pending.user_id, proof, session)
    if is_first is None:
        api.portal.show_message(messages.NO_ACCOUNT, request=request, type="error")
        request.response.redirect(f"{context.absolute_url()}/login")
        return
    api.portal.show_message(_STEPPED_UP if is_step_up else _SIGNED_IN, request=request)
    _tell_left(request, pending.user_id)
    goal = inside(pending.came_from)
    if is_step_up:
        request.response.redirect(goal or api.portal.get_navigation_root(context).absolute_url())
    else:
        getMultiAdapter((context, request), name="login").redirect_after_login(goal, is_first)


def enter(context, request, user_id: str, proof: str, session: Session | None = None) -> bool | None:
    """Sign in a member as Plone does after a password, with that proof in their session, and tell whether it is for the first time.

    A member in effect goes on in their session, which has this proof from now on instead of the one before. None is returned where there is
    no such member any more.
    """
    parts = wiring.of(request)
    if effective_user_id() == user_id:
        former = parts.gate.proof(user_id)
        if former is not None:
            lifecycle.supersede(parts.accounts, user_id, former.secret, proof)
        stay_signed_in(request, user_id, proof, session)
        return False
    user = parts.site.acl_users.getUserById(user_id)
    if user is None:
        return None
    newSecurityManager(request, user)
    parts.gate.grant(user_id, proof, session)
    return bool(getMultiAdapter((context, request), name="login")._post_login())


def stay_signed_in(request, user_id: str, proof: str, session: Session | None = None) -> None:
    """Give the session of a member a proof; what they have done in it so far goes on.

    The member is in effect, or was until this proof was made: then their ticket is in the request, and owes it.
    """
    parts = wiring.of(request)
    if not effective_user_id():
        newSecurityManager(request, parts.site.acl_users.getUserById(user_id))
    parts.gate.grant(user_id, proof, session)
    renew_ticket(request)


def go_on_with(request, user_id: str, proof: str, session: Session | None = None) -> None:
    """Let the session of a member go on with a new proof. Only a browser that has a ticket gets another one.

    The member is in effect, or was until this proof was made: then the request is run again, and what it carries has ended.
    """
    parts = wiring.of(request)
    if effective_user_id() != user_id:
        newSecurityManager(request, parts.site.acl_users.getUserById(user_id))
    gate = parts.gate
    gate.grant(user_id, proof, session)
    if gate.has_ticket(user_id):
        renew_ticket(request)


def go_on_unprotected(request, user_id: str) -> None:
    """Let the session go on in which a member in effect has turned two-step verification off, and ended all others by that."""
    wiring.of(request).gate.forget_proof(user_id)
    renew_ticket(request)


def renew_ticket(request) -> None:
    """Give the member in effect a new ticket, which carries what this session has."""
    login = getSecurityManager().getUser().getUserName()
    wiring.of(request).plugin.updateCredentials(request, request.response, login, "")


def note_excuse(request) -> None:
    """Have the session that begins now say why its second step is skipped, if it is one that owes it but for a rule."""
    parts, user = wiring.of(request), getSecurityManager().getUser()
    if parts.plugin is None or not parts.gate.is_own(user) or request.get("REQUEST_METHOD") != "POST":
        return
    gate, user_id = parts.gate, user.getId()
    means = gate.obligations.excuse(user_id)
    if means is None or not gate.protects(user_id) or gate.proof(user_id) is not None:
        return
    alsoProvides(request, IDisableCSRFProtection)
    secret = lifecycle.skip(
        parts.accounts,
        user_id,
        means,
        now=parts.now,
        lifetime=parts.policy.session_lifetime,
        fingerprint=fingerprint(parts.site.acl_users, user_id),
    )
    gate.grant(user_id, secret)


def inside(came_from: object) -> str:
    """Return a URL inside of the portal as it is, and '' for every other one.

    For a page of the sign-in itself it is where that was to lead, if its address says so.
    """
    found = _split(came_from)
    if found is not None and view_name(found.path) in _DONE:
        # where this one leads is looked at once: addresses within addresses may go on for long
        came_from = _carried_on(found.query)
        found = _split(came_from)
    return str(came_from) if found is not None and view_name(found.path) not in _DONE else ""


def _split(came_from: object) -> SplitResult | None:
    if not isinstance(came_from, str) or not came_from or not is_encodable(came_from):
        return None
    try:
        found = urlsplit(came_from)
    except ValueError:
        return None
    return found if api.portal.get_tool("portal_url").isURLInPortal(came_from) else None


def _carried_on(query: str) -> str:
    try:
        return dict(parse_qsl(query, max_num_fields=_MOST_FIELDS)).get("came_from", "")
    except ValueError:
        return ""


def view_name(path: str) -> str:
    """Return the name of the view at the end of the path of a URL, or of whatever is there: it may be written with and without ``@@``."""
    last = unquote(path).rstrip("/").rpartition("/")[2]
    return last.removeprefix("@@").removeprefix("++view++")


def _tell_left(request, user_id: str) -> None:
    # Whoever used a recovery code has one less, and should not find out that there is none when it is needed.
    parts = wiring.of(request)
    proof = parts.gate.proof(user_id)
    if proof is None or proof.session.means != Means.RECOVERY_CODE:
        return
    left = len(parts.accounts.get(user_id).recovery)
    message = messages.RECOVERY_USED if left > recovery_codes.FEW else messages.RECOVERY_FEW
    kind = "info" if left > recovery_codes.FEW else "warning"
    api.portal.show_message(messages.fill(message, left=left), request=request, type=kind)
