"""Signing in once the second factor was given: Plone's own way, with the proof in the session."""

from AccessControl.SecurityManagement import getSecurityManager
from AccessControl.SecurityManagement import newSecurityManager
from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth import _
from collective.smsauth import lifecycle
from collective.smsauth import wiring
from collective.smsauth.browser import messages
from collective.smsauth.browser import pending as pending_sign_in
from collective.smsauth.browser.pending import PendingSignIn
from collective.smsauth.browser.plaininput import is_encodable
from collective.smsauth.browser.step import effective_user_id
from collective.smsauth.domain import recovery
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import Session
from collective.smsauth.passwords import fingerprint
from plone import api
from plone.protect.interfaces import IDisableCSRFProtection
from urllib.parse import urlsplit
from zope.component import getMultiAdapter
from zope.interface import alsoProvides

#: Pages that lead nowhere once the sign-in is done.
_DONE = ("smsauth-verify", "smsauth-confirm", "smsauth-reset", "smsauth-reminder")


def begin(request, user_id: str, came_from: str, address: str):
    """Open a pending sign-in for a correct first factor, give the browser its cookie, and return it with the receipt."""
    secret, receipt = wiring.verifier().begin_sign_in(user_id, address=address)
    pending = PendingSignIn(user_id=user_id, secret=secret, came_from=inside(came_from))
    pending_sign_in.remember(request, pending)
    return pending, receipt


def sign_in(context, request, pending: PendingSignIn, proof: str, session: Session | None = None) -> None:
    """Sign in the member whose code was right, as Plone does after a password, and lead back to where they came from.

    ``session`` is the proof as it is kept; it is looked up if it is not given.
    """
    gate = wiring.plugin()
    if effective_user_id() == pending.user_id:
        _step_up(context, request, pending, proof, session)
        return
    user = aq_parent(aq_inner(gate)).getUserById(pending.user_id)
    pending_sign_in.forget(request)
    if user is None:
        api.portal.show_message(messages.NO_ACCOUNT, request=request, type="error")
        request.response.redirect(f"{context.absolute_url()}/login")
        return
    newSecurityManager(request, user)
    gate.grant(request, pending.user_id, proof, session)
    login = getMultiAdapter((context, request), name="login")
    is_first = login._post_login()
    api.portal.show_message(_("message_signed_in", default="Welcome! You are now signed in."), request=request)
    _tell_left(request, gate, pending.user_id)
    login.redirect_after_login(inside(pending.came_from), is_first)


def stay_signed_in(request, user_id: str, proof: str, session: Session | None = None) -> None:
    """Give the session of a member a proof; what they have done in it so far goes on.

    The member is in effect, or was until this proof was made: then their ticket is in the request, and owes it.
    """
    gate = wiring.plugin()
    if not effective_user_id():
        newSecurityManager(request, aq_parent(aq_inner(gate)).getUserById(user_id))
    gate.grant(request, user_id, proof, session)
    login = getSecurityManager().getUser().getUserName()
    gate.updateCredentials(request, request.response, login, "")


def note_excuse(request) -> None:
    """Have the session that begins now say why its second step is skipped, if it is one that owes it but for a rule."""
    gate, user = wiring.plugin(), getSecurityManager().getUser()
    if gate is None or not gate.is_own(user) or request.get("REQUEST_METHOD") != "POST":
        return
    user_id = user.getId()
    means = gate.obligations(request).excuse(user_id)
    if means is None or not gate.protects(user_id) or gate.proof(request, user_id) is not None:
        return
    alsoProvides(request, IDisableCSRFProtection)
    secret = lifecycle.skip(
        gate.accounts,
        user_id,
        means,
        now=wiring.now(),
        lifetime=wiring.policy().session_lifetime,
        fingerprint=fingerprint(aq_parent(aq_inner(gate)), user_id),
    )
    gate.grant(request, user_id, secret)


def _step_up(context, request, pending: PendingSignIn, proof: str, session: Session | None) -> None:
    pending_sign_in.forget(request)
    gate = wiring.plugin()
    former = gate.proof(request, pending.user_id)
    if former is not None:
        lifecycle.supersede(gate.accounts, pending.user_id, former.secret, proof)
    stay_signed_in(request, pending.user_id, proof, session)
    message = _("message_stepped_up", default="Thank you. While you are signed in, you are not asked for a code again.")
    api.portal.show_message(message, request=request)
    _tell_left(request, wiring.plugin(), pending.user_id)
    request.response.redirect(inside(pending.came_from) or api.portal.get_navigation_root(context).absolute_url())


def _tell_left(request, gate, user_id: str) -> None:
    # Whoever used a recovery code has one less, and should not find out that there is none when it is needed.
    proof = gate.proof(request, user_id)
    if proof is None or proof.session.means != Means.RECOVERY_CODE:
        return
    left = len(gate.accounts.get(user_id).recovery)
    message = messages.RECOVERY_USED if left > recovery.FEW else messages.RECOVERY_FEW
    kind = "info" if left > recovery.FEW else "warning"
    api.portal.show_message(messages.fill(message, left=left), request=request, type=kind)


def inside(came_from: object) -> str:
    """Return an address inside of the portal as it is, and '' for every other one, and for pages of the sign-in itself."""
    if not isinstance(came_from, str) or not came_from or not is_encodable(came_from):
        return ""
    try:
        path = urlsplit(came_from).path
    except ValueError:
        return ""
    is_inside = api.portal.get_tool("portal_url").isURLInPortal(came_from)
    return came_from if is_inside and not any(name in path for name in _DONE) else ""
