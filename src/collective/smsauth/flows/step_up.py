"""A code that a member in effect gives in their session, which was let in without one: asked for and answered without a form in between.

The sign-in that is pending meanwhile is not carried by the client. It follows from what names the session, so the code of one session is
none in another.
"""

from collective.smsauth import wiring
from collective.smsauth.flows.pending_sign_in import PendingSignIn
from collective.smsauth.flows.requester import client_address
from collective.smsauth.flows.subject import Subject
from collective.smsauth.flows.subject import with_pending
from collective.smsauth.pas.sessions import sessions_of
from collective.smsauth.verification.results import Receipt
from collective.smsauth.verification.results import Verdict


def begin(request, user_id: str) -> tuple[Subject, Receipt]:
    """Send the member in effect a code, and return them with what is pending, and the receipt."""
    verifier, session = wiring.of(request).verifier, _session(request, user_id)
    token, receipt = verifier.begin_step_up(user_id, session, client_address=client_address(request))
    return _with_token(request, user_id, token), receipt


def pending(request, user_id: str) -> Subject:
    """Return the member in effect with what is pending in their session, whether or not a code was sent."""
    return _with_token(request, user_id, wiring.of(request).verifier.step_up(user_id, _session(request, user_id)))


def answer(request, user_id: str, code: object) -> Verdict:
    """Judge the code of the member in effect."""
    return wiring.of(request).verifier.verify_step_up(user_id, code, _session(request, user_id))


def _with_token(request, user_id: str, token: str) -> Subject:
    begun = wiring.of(request).verifier.begun(user_id, token)
    return with_pending(request, PendingSignIn(user_id=user_id, token=token, begun=begun))


def _session(request, user_id: str) -> str:
    # Its proof, or the ticket or token itself where a rule lets it in. Name and password in each request are all one session.
    parts = wiring.of(request)
    proof = parts.gate.proof(user_id)
    if proof is not None:
        return proof.secret
    held = (credentials for _, credentials in sessions_of(parts.site.acl_users, request, user_id))
    return next((str(one.get("token") or one.get("cookie") or "") for one in held), "")
