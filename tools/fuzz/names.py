"""The names that a request is asked for while pages are made: a visitor may send any of them as a field, a cookie or a header.

They are found by listening, so that those of another version of Zope or Plone are tried as well.
"""

from dataclasses import dataclass
from tools.fuzz.probe import Names

import re

_PLAIN = re.compile(r"[A-Za-z_][\w.-]{0,40}")
#: Names that other pages keep.
_KEPT = {
    "URL",
    "URL0",
    "URL1",
    "URL2",
    "BASE0",
    "BASE1",
    "BASE2",
    "BODY",
    "BODYFILE",
    "SESSION",
    "REQUEST",
    "PARENTS",
    "SERVER_URL",
}
_COOKIES = {
    "statusmessages",
    "__ac",
    "__cp",
    "_ZopeId",
    "_tree-s",
    "I18N_LANGUAGE",
    "plone-toolbar",
    "smsauth_pending",
    "smsauth_trusted",
    "smsauth_access",
}
#: Plone leaves out roles on these, and the gate then takes the careful side on purpose: it asks for more than without them.
_CAREFUL = {"__ignore_direct_roles__", "__ignore_group_roles__"}
_HEADERS = {
    "Accept",
    "Accept-Language",
    "Authorization",
    "If-Modified-Since",
    "If-None-Match",
    "Origin",
    "Range",
    "Referer",
    "SOAPAction",
    "User-Agent",
    "X-Requested-With",
    "X-Twilio-Signature",
    "X-CSRF-Token",
    "Cache-Control",
    "Destination",
    "Depth",
}


@dataclass(frozen=True, kw_only=True)
class NamesOfSite:
    """Names that Zope and Plone keep in a request, that it is asked for, of cookies, and of headers; each in order."""

    kept: tuple[str, ...]
    asked: tuple[str, ...]
    cookies: tuple[str, ...]
    headers: tuple[str, ...]


def names_of(heard: Names, fields: set[str]) -> NamesOfSite:
    """Return the names that were heard, without those of ordinary ``fields``, and some that always count."""
    kept = _plain(heard.kept | _KEPT, fields | _CAREFUL)
    headers = {name.replace("_", "-").title().removeprefix("Http-") for name in heard.headers}
    return NamesOfSite(
        kept=kept,
        asked=_plain(heard.asked, fields | set(kept) | _CAREFUL),
        cookies=_plain(heard.cookies | _COOKIES, _CAREFUL),
        headers=_plain(headers | _HEADERS, {"Cookie", "Content-Type", "Content-Length"}),
    )


def _plain(names: set[str], without: set[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names - without if _PLAIN.fullmatch(name)))
