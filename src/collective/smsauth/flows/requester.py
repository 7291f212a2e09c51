"""Who sends a request: the user in effect, and from where."""

from AccessControl.SecurityManagement import getSecurityManager
from collective.smsauth import wiring
from ipaddress import ip_address
from ipaddress import IPv6Network


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


def is_encodable(text: str) -> bool:
    """Tell whether a text can leave again: Zope makes half surrogate pairs of bytes that are no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
