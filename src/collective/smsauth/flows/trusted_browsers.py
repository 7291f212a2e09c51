"""The cookies of a trusted browser, one for each member who trusts it, and who may have one.

It is signed, and worth nothing by itself: it spares the code only after a correct first factor, given in the sign-in form or to REST's
``@login``, or brought by a session from elsewhere, and only while the record stands. Basic authentication never looks at it.
"""

from collections.abc import Mapping
from collective.smsauth import wiring
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.policy import DAY
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import TrustedBrowser
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.flows import cookies
from collective.smsauth.flows import opaque_names
from collective.smsauth.flows import sign_in as signing_in
from collective.smsauth.flows.pending_sign_in import PendingSignIn
from collective.smsauth.pas.groups_and_roles import member_of
from collective.smsauth.pas.sessions import secrets_in
from collective.smsauth.pas.sessions import sessions_of
from collective.smsauth.settings.stored import stored
from collective.smsauth.verification import lifecycle
from plone import api

COOKIE = "smsauth_trusted"
#: So many members of one site may trust one browser, since it sends all of their cookies with each request; then the one who has trusted it
#: for longest is asked for a code again. Each takes about 200 bytes, and servers often refuse more than 8,000 in all.
MOST_MEMBERS = 12


def is_offered(request, user_id: str) -> bool:
    """Tell whether that member may trust browsers: the site does, and none of the member's groups and global roles forbids it.

    Where a plugin cannot tell groups and roles, it is not offered.
    """
    parts = wiring.of(request)
    if not parts.policy.trust_days:
        return False
    site = parts.site
    member = member_of(site.acl_users, request, user_id)
    groups, roles = (set(stored(site, f"untrusted_{kind}") or ()) for kind in ("groups", "roles"))
    return member.is_complete and groups.isdisjoint(member.groups) and roles.isdisjoint(member.roles)


def remember(request, user_id: str, proof: str) -> None:
    """Trust the browser in which a code was just given; ``proof`` names the session made by it."""
    if not is_offered(request, user_id):
        return
    parts = wiring.of(request)
    secret = parts.trusted_browsers.begin(user_id, proof, browser=request.getHeader("User-Agent") or "")
    if secret:
        names = _names(request, user_id)
        _make_room(request, names)
        value = {"n": names[0], "t": secret, "b": int(parts.now)}
        signed = signed_values.sign(parts.keys("signing"), Usage.TRUSTED, value)
        cookies.put(request, names, signed, max_age=parts.policy.trust_days * DAY)


def sign_in(context, request, user_id: str, came_from: object) -> bool:
    """Sign in a member whose first factor was correct, if this browser is trusted by them; tell whether it was."""
    proof = spare_code(request, user_id)
    if not proof:
        return False
    pending = PendingSignIn(user_id=user_id, came_from=signing_in.inside(came_from))
    signing_in.complete(context, request, pending, proof)
    return True


def spare_code(request, user_id: str) -> str:
    """Return the secret of a new proof for a member whose first factor was correct, if this browser is trusted by them; else ''."""
    secret = _secret(request, user_id)
    if not secret or not is_offered(request, user_id):
        return ""
    parts = wiring.of(request)
    proof = parts.trusted_browsers.sign_in(user_id, secret)
    if not proof and parts.gate.catch_up(parts.now - _trusted_at(request, user_id)):
        proof = parts.trusted_browsers.sign_in(user_id, secret)
    return proof


def is_from_elsewhere(request, user_id: str) -> bool:
    """Tell whether the session of this request was made by somebody else, such as SSO: nothing of ours is in it.

    A session of ours that has ended takes the password or a code: otherwise it would last as long as the trust.
    """
    sessions = sessions_of(api.portal.get_tool("acl_users"), request, user_id)
    return not any(secrets_in(plugin, credentials, user_id) for plugin, credentials in sessions)


def name_of_this(request, user_id: str) -> str:
    """Return the name under which this browser is kept if it is, or was, trusted by that member; else ''."""
    secret = _secret(request, user_id)
    return hashed(secret) if secret else ""


def opaque(user_id: str, browsers: Mapping[str, TrustedBrowser]) -> dict[str, tuple[str, TrustedBrowser]]:
    """Return the browsers by opaque names, each with the name under which it is kept."""
    return {opaque_names.names_of("browser", user_id, key)[0]: (key, browser) for key, browser in browsers.items()}


def forget_kept(request, user_id: str, name: str = "") -> None:
    """Forget the browser kept under ``name``, or all, and the cookie if it is this one; the session at hand goes on if a code was given."""
    parts = wiring.of(request)
    proof, here = parts.gate.proof(user_id), name_of_this(request, user_id)
    lifecycle.forget_browsers(parts.accounts, user_id, name=name, keep=proof.secret if proof else "")
    if name in ("", here):
        forget(request, user_id)


def forget(request, user_id: str) -> None:
    """Take the cookie of that member back; those of others stay."""
    cookies.take_back(request, _names(request, user_id))


def _names(request, user_id: str) -> list[str]:
    return cookies.names(request, COOKIE, user_id)


def _secret(request, user_id: str) -> str:
    value = _value(request, user_id)
    return value["t"] if value is not None else ""


def _trusted_at(request, user_id: str) -> float:
    value = _value(request, user_id)
    return value["b"] if value is not None else 0.0


def _value(request, user_id: str) -> dict | None:
    names = _names(request, user_id)
    value = _read(request, cookies.read(request, names))
    return value if value is not None and value.get("n") in names else None


def _read(request, signed: object) -> dict | None:
    return signed_values.unsign(wiring.of(request).keys("signing"), Usage.TRUSTED, signed)


def _make_room(request, names: list[str]) -> None:
    # Cookies of other sites of this host cannot be read here: they are left alone.
    found = {name: _read(request, value) for name, value in request.cookies.items() if name.startswith(f"{COOKIE}_")}
    others = {
        name: value["b"] for name, value in found.items() if value and value.get("n") == name and name not in names
    }
    oldest_first = sorted(others, key=lambda name: (others[name], name))
    for name in oldest_first[: max(0, len(others) - MOST_MEMBERS + 1)]:
        cookies.take_back(request, [name])
