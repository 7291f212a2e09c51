"""The signed link in the warning by which a member says that a sign-in was not his.

It dies with the password: what it says includes a keyed digest of the password's fingerprint.
"""

from collective.smsauth import passwords
from collective.smsauth import signing
from collective.smsauth import wiring
from collective.smsauth.domain import codes
from collective.smsauth.domain.policy import DISOWN_LIFETIME
from collective.smsauth.signing import Usage
from urllib.parse import urlencode


def address(user_id: str) -> str:
    """Return the address of the page, with a link for that member, good for a day."""
    keys = wiring.keys("signing")
    value = {"u": user_id, "f": codes.digest(keys[0], *_parts(user_id)), "x": wiring.now() + DISOWN_LIFETIME}
    signed = signing.sign(keys, Usage.DISOWN, value)
    return f"{wiring.site().absolute_url()}/@@smsauth-not-me?{urlencode({'warning': signed})}"


def read(signed: object) -> str:
    """Return the user id of a link that was made here, is not too old, and whose member has the same password still; else ''."""
    keys = wiring.keys("signing")
    value = signing.unsign(keys, Usage.DISOWN, signed)
    if value is None or wiring.now() >= value["x"] or wiring.site().acl_users.getUserById(value["u"]) is None:
        return ""
    return value["u"] if codes.matches(keys, value["f"], *_parts(value["u"])) else ""


def _parts(user_id: str) -> tuple[str, ...]:
    return "disown", user_id, passwords.fingerprint(wiring.site().acl_users, user_id)
