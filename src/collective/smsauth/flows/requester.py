"""Who sends a request: the user in effect, from where, and with which browser."""

from AccessControl.SecurityManagement import getSecurityManager
from collective.smsauth import _
from collective.smsauth import wiring
from ipaddress import ip_address
from ipaddress import IPv6Network
from ua_parser import parse


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


def browser_of(user_agent: str):
    """Return what a browser calls itself in plain words, such as "Firefox on Linux"; where it runs is never guessed."""
    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    if browser and system:
        return _("browser_on", default="${browser} on ${system}", mapping={"browser": browser, "system": system})
    return browser or user_agent.split("/")[0][:40].strip() or _("browser_unknown", default="Unknown browser")


def is_encodable(text: str) -> bool:
    """Tell whether a text can leave again: Zope makes half surrogate pairs of bytes that are no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
