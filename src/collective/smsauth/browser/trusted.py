"""The cookie of a trusted browser, and who may have one.

It is signed, and worth nothing by itself: it spares the code only after a correct first factor, given in the sign-in form or brought by
a session from elsewhere, and only while the record stands. Basic authentication and REST never look at it.
"""

from collective.smsauth import signing
from collective.smsauth import wiring
from collective.smsauth.browser import completion
from collective.smsauth.browser import cookies
from collective.smsauth.browser.pending import PendingSignIn
from collective.smsauth.configuration import stored
from collective.smsauth.credentials import secrets_in
from collective.smsauth.credentials import sessions_of
from collective.smsauth.domain.session import name_of
from collective.smsauth.membership import member_of
from collective.smsauth.signing import Usage
from collective.smsauth.trusting import DAY
from plone import api

COOKIE = "smsauth_trusted"


def is_offered(request, user_id: str) -> bool:
    """Tell whether that member may trust browsers: the site does, and none of the member's groups and global roles forbids it.

    Where a plugin cannot tell groups and roles, it is not offered.
    """
    if not wiring.policy().trust_days:
        return False
    site = wiring.site()
    member = member_of(site.acl_users, request, user_id)
    groups, roles = (set(stored(site, f"untrusted_{kind}") or ()) for kind in ("groups", "roles"))
    return member.is_complete and groups.isdisjoint(member.groups) and roles.isdisjoint(member.roles)


def remember(request, user_id: str, proof: str) -> None:
    """Trust the browser in which a code was just given; ``proof`` names the session made by it."""
    if not is_offered(request, user_id):
        return
    secret = wiring.trust().begin(user_id, proof, browser=request.getHeader("User-Agent") or "")
    if secret:
        signed = signing.sign(wiring.keys("signing"), Usage.TRUSTED, {"u": user_id, "t": secret})
        cookies.put(request, COOKIE, signed, max_age=wiring.policy().trust_days * DAY)


def sign_in(context, request, user_id: str, came_from: object) -> bool:
    """Sign in a member whose first factor was correct, if this browser is trusted by him; tell whether it was."""
    secret = _secret(request, user_id)
    proof = wiring.trust().sign_in(user_id, secret) if secret and is_offered(request, user_id) else ""
    if not proof:
        return False
    pending = PendingSignIn(user_id=user_id, secret="", came_from=completion.inside(came_from))
    completion.sign_in(context, request, pending, proof)
    return True


def is_from_elsewhere(request, user_id: str) -> bool:
    """Tell whether the session of this request was made by somebody else, such as SSO: nothing of ours is in it.

    A session of ours that has ended takes the password or a code: otherwise it would last as long as the trust.
    """
    sessions = sessions_of(api.portal.get_tool("acl_users"), request, user_id)
    return not any(secrets_in(plugin, credentials, user_id) for plugin, credentials in sessions)


def name(request, user_id: str) -> str:
    """Return the name under which this browser is kept if it is, or was, trusted by that member; else ''."""
    secret = _secret(request, user_id)
    return name_of(secret) if secret else ""


def forget(request) -> None:
    """Take the cookie back."""
    cookies.take_back(request, COOKIE)


def _secret(request, user_id: str) -> str:
    value = signing.unsign(wiring.keys("signing"), Usage.TRUSTED, request.cookies.get(COOKIE))
    return value["t"] if value is not None and value["u"] == user_id else ""
