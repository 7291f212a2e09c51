"""Logging out while nobody is in effect: a session that owes the second factor, or one that has ended, is left like any other.

Plone tells the plugins of a log-out only while a member is in effect, and plone.session renews every ticket that it has signed.
"""

from AccessControl.SecurityManagement import getSecurityManager
from Acquisition import aq_get
from Acquisition import aq_inner
from Acquisition import aq_parent
from App.Management import Navigation
from collective.smsauth.pas.lookup import gate_of
from collective.smsauth.pas.sessions import is_session
from plone import api
from plone.api.exc import CannotGetPortalError
from Products.PlonePAS.interfaces.membership import IMembershipTool
from Products.PluggableAuthService.interfaces.authservice import IPluggableAuthService
from Products.PluggableAuthService.interfaces.events import IUserLoggedOutEvent
from typing import Any
from zope.component import adapter
from zope.globalrequest import getRequest
from ZPublisher.interfaces import IPubAfterTraversal


def is_log_out(published: Any) -> bool:
    """Tell whether what is published is a log-out past Plone's page: a method of a tool, user folder, session plugin, or of Zope."""
    owner, name = getattr(published, "__self__", None), getattr(published, "__name__", "")
    return (name == "logoutUser" and IMembershipTool.providedBy(owner)) or _left_folder(owner, name) is not None


def _left_folder(owner: Any, name: str) -> Any:
    """Return the user folder that a method of its own, of its session plugin, or of Zope's pages logs out of; None for every other one."""
    if name == "logout" and IPluggableAuthService.providedBy(owner):
        return owner
    if name == "manage_zmi_logout" and isinstance(owner, Navigation):
        return aq_get(owner, "acl_users", None)
    return aq_parent(aq_inner(owner)) if name == "remove" and is_session(owner) else None


@adapter(IUserLoggedOutEvent)
def log_out(event) -> None:
    """End what the request carries when Plone logs out nobody: on the server, and in the browser."""
    request, gate = getRequest(), None
    if request is not None and not getSecurityManager().getUser().getId():
        gate = _gate_at_hand(request)
    if gate is not None:
        gate.reset_credentials()


@adapter(IPubAfterTraversal)
def before_user_folder(event) -> None:
    """Do the same before a method of the user folder that only knows members, and leave a ticket that has ended to expire."""
    published = event.request.get("PUBLISHED")
    owner, name = getattr(published, "__self__", None), getattr(published, "__name__", "")
    gate = gate_of(_left_folder(owner, name), event.request)
    if gate is not None:
        gate.reset_credentials()
    if name == "refresh" and is_session(owner):
        gate = gate_of(aq_parent(aq_inner(owner)), event.request)
        if gate is not None and gate.has_ended(owner):
            event.request.set(owner.getProperty("cookie_name"), "")


def _gate_at_hand(request) -> Any:
    try:
        return gate_of(api.portal.get().acl_users, request)
    except CannotGetPortalError:
        return None
