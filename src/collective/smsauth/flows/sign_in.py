"""Signing in once the second factor was given: Plone's own way, with the proof in the session."""

from AccessControl.SecurityManagement import getSecurityManager
from AccessControl.SecurityManagement import newSecurityManager
from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.domain import recovery_codes
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import Session
from collective.smsauth.flows import messages
from collective.smsauth.flows import pending_sign_in
from collective.smsauth.flows.pending_sign_in import PendingSignIn
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.requester import is_encodable
from collective.smsauth.pas.passwords import fingerprint
from collective.smsauth.verification import lifecycle
from plone import api
from plone.protect.interfaces import IDisableCSRFProtection
from urllib.parse import parse_qsl
from urllib.parse import SplitResult
from urllib.parse import unquote
from urllib.parse import urlsplit
from zope.component import getMultiAdapter
from zope.interface import alsoProvides

#: Names of the pages that lead nowhere once the sign-in is done.
_DONE = frozenset({"smsauth-verify", "smsauth-problem", "smsauth-confirm", "smsauth-reset", "smsauth-reminder"})
#: The addresses of these pages have fewer parameters.
_MOST_FIELDS = 20


def begin(request, user_id: str, came_from: str, client_address: str):
    """Open a pending sign-in for a correct first factor, give the browser its cookie, and return it with the receipt.

    The same member may have begun one in this browser before: its codes go on, and it leads where that one would have led, if nothing else
    is asked for.
    """
    former = pending_sign_in.carried(request)
    if former is None or former.user_id != user_id:
        former = PendingSignIn(user_id=user_id)
    token, receipt = wiring.of(request).verifier.begin_sign_in(
        user_id, client_address=client_address, former=former.token
    )
    goal = inside(came_from) or inside(former.came_from)
    pending = PendingSignIn(user_id=user_id, token=token, came_from=goal)
    return pending_sign_in.remember(request, pending), receipt


def complete(context, request, pending: PendingSignIn, proof: str, session: Session | None = None) -> None:
    """Sign in the member whose code was right, as Plone does after a password, and lead back to where they came from.

    ``session`` is the proof as it is kept; it is looked up if it is not given.
    """
    if effective_user_id() == pending.user_id:
        _step_up(context, request, pending, proof, session)
        return
    parts = wiring.of(request)
    user = parts.site.acl_users.getUserById(pending.user_id)
    pending_sign_in.forget(request)
    if user is None:
        api.portal.show_message(messages.NO_ACCOUNT, request=request, type="error")
        request.response.redirect(f"{context.absolute_url()}/login")
        return
    newSecurityManager(request, user)
    parts.gate.grant(pending.user_id, proof, session)
    login = getMultiAdapter((context, request), name="login")
    is_first = login._post_login()
    api.portal.show_message(_("message_signed_in", default="Welcome! You are now logged in."), request=request)
    _tell_left(request, pending.user_id)
    login.redirect_after_login(inside(pending.came_from), is_first)


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
    """Let the session of the member in effect go on with a new proof. Only a browser that has a ticket gets another one."""
    gate = wiring.of(request).gate
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


def _step_up(context, request, pending: PendingSignIn, proof: str, session: Session | None) -> None:
    pending_sign_in.forget(request)
    parts = wiring.of(request)
    former = parts.gate.proof(pending.user_id)
    if former is not None:
        lifecycle.supersede(parts.accounts, pending.user_id, former.secret, proof)
    stay_signed_in(request, pending.user_id, proof, session)
    message = _("message_stepped_up", default="Thank you. While you are logged in, you are not asked for a code again.")
    api.portal.show_message(message, request=request)
    _tell_left(request, pending.user_id)
    request.response.redirect(inside(pending.came_from) or api.portal.get_navigation_root(context).absolute_url())


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
