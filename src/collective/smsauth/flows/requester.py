"""Who sends a request: the user in effect, from where, and with which browser."""

from AccessControl.SecurityManagement import getSecurityManager
from collective.smsauth import _
from collective.smsauth import wiring
from ipaddress import ip_address
from ipaddress import IPv6Network
from ua_parser import parse
from urllib.parse import urlsplit

#: What a browser says of a request that was sent by a page of this very site, or by the person at the browser.
_OWN = ("same-origin", "none")
#: What stands for a browser that cannot be named.
UNKNOWN_BROWSER = _("browser_unknown", default="Unknown browser")
_PORTS = {"http": 80, "https": 443}


def effective_user_id() -> str:
    """Return the user id in effect, '' for a visitor."""
    return getSecurityManager().getUser().getId() or ""


def own_user_folder() -> bool:
    """Tell whether the user in effect is one of this site, not of the Zope root."""
    return wiring.current().gate.is_own(getSecurityManager().getUser())


def client_address(request) -> str:
    """Return the client's address as Zope's trusted-proxy handling sees it; of IPv6 the network, which one client has to itself."""
    given = request.getClientAddr() or ""
    try:
        address = ip_address(given)
    except ValueError:
        return given
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((int(address), 64), strict=False))


def comes_from_elsewhere(request) -> bool:
    """Tell whether the browser says that a page of another site sent the request. Old browsers and programs say nothing.

    Sec-Fetch-Site has the last word where it is sent: our own pages are sent with the policy ``no-referrer``, for which browsers
    say ``null`` as the Origin.
    """
    site, origin = request.getHeader("Sec-Fetch-Site"), request.getHeader("Origin")
    if site:
        return site.strip().lower() not in _OWN
    if not origin or origin == "null":
        return False
    own = _origin(request["SERVER_URL"])
    # a browser may have been told to use https where this server sees http
    return own is None or _origin(origin) not in (own, _origin(f"https://{urlsplit(request['SERVER_URL']).netloc}"))


def _origin(url: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(url)
        return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None


def browser_of(user_agent: str):
    """Return what a browser calls itself in plain words, such as "Firefox on Linux"; where it runs is never guessed."""
    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    if browser and system:
        return _("browser_on", default="${browser} on ${system}", mapping={"browser": browser, "system": system})
    return browser or user_agent.split("/")[0][:40].strip() or UNKNOWN_BROWSER


def is_encodable(text: str) -> bool:
    """Tell whether a text can leave again: Zope makes half surrogate pairs of bytes that are no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
