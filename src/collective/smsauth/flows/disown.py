"""The signed link in a warning by which a member says that something was not them: a sign-in, or a change of what guards the account.

It ends with the password, and with the e-mail address that it was sent to: what it says includes a keyed digest of the password's
fingerprint and of the address. Only the warning about a change of the address goes to the one before, and outlives another change: else
two changes in a row would take the way out from whoever is warned.
"""

from collective.smsauth import wiring
from collective.smsauth.domain import codes
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.policy import DISOWN_LIFETIME
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.pas import passwords
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlencode


class About(str, Enum):
    """What the warning is about."""

    SIGN_IN = "sign-in"
    CHANGE = "change"
    EMAIL = "email"


@dataclass(frozen=True, kw_only=True)
class DisownLink:
    """What a link says: whose it is, and what it is about."""

    user_id: str
    about: About

    @property
    def is_to_former_email(self) -> bool:
        """Whether whoever has the link reads an address that is no longer the member's."""
        return self.about is About.EMAIL


def url(user_id: str, about: About = About.SIGN_IN) -> str:
    """Return the URL of the page, with a link for that member, good for a day."""
    parts = wiring.current()
    keys = parts.keys("signing")
    value = {
        "u": user_id,
        "k": about.value,
        "f": codes.digest(keys[0], *_says(parts, user_id, about)),
        "x": parts.now + DISOWN_LIFETIME,
    }
    signed = signed_values.sign(keys, Usage.DISOWN, value)
    return f"{parts.site.absolute_url()}/@@smsauth-not-me?{urlencode({'warning': signed})}"


def read(signed: object) -> DisownLink | None:
    """Return what a link says that was made here, is not too old, and whose member has the same password and address still; else None."""
    parts = wiring.current()
    keys = parts.keys("signing")
    value = signed_values.unsign(keys, Usage.DISOWN, signed)
    if value is None or parts.now >= value["x"] or parts.site.acl_users.getUserById(value["u"]) is None:
        return None
    warning = DisownLink(user_id=value["u"], about=About(value["k"]))
    is_open = codes.matches(keys, value["f"], *_says(parts, warning.user_id, warning.about))
    return warning if is_open else None


def _says(parts: wiring.Parts, user_id: str, about: About) -> tuple[str, ...]:
    address = "" if about is About.EMAIL else wiring.email_of(user_id)
    return "disown", about.value, user_id, passwords.fingerprint(parts.site.acl_users, user_id), address
