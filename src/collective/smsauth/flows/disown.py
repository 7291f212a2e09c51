"""The signed link in the warning by which a member says that a sign-in was not theirs.

It ends with the password: what it says includes a keyed digest of the password's fingerprint.
"""

from collective.smsauth import wiring
from collective.smsauth.domain import codes
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.policy import DISOWN_LIFETIME
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.pas import passwords
from urllib.parse import urlencode


def url(user_id: str) -> str:
    """Return the URL of the page, with a link for that member, good for a day."""
    parts = wiring.current()
    keys = parts.keys("signing")
    value = {"u": user_id, "f": codes.digest(keys[0], *_says(parts, user_id)), "x": parts.now + DISOWN_LIFETIME}
    signed = signed_values.sign(keys, Usage.DISOWN, value)
    return f"{parts.site.absolute_url()}/@@smsauth-not-me?{urlencode({'warning': signed})}"


def read(signed: object) -> str:
    """Return the user id of a link that was made here, is not too old, and whose member has the same password still; else ''."""
    parts = wiring.current()
    keys = parts.keys("signing")
    value = signed_values.unsign(keys, Usage.DISOWN, signed)
    if value is None or parts.now >= value["x"] or parts.site.acl_users.getUserById(value["u"]) is None:
        return ""
    return value["u"] if codes.matches(keys, value["f"], *_says(parts, value["u"])) else ""


def _says(parts: wiring.Parts, user_id: str) -> tuple[str, ...]:
    return "disown", user_id, passwords.fingerprint(parts.site.acl_users, user_id)
