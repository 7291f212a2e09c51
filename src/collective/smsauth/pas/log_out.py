"""Logging out while nobody is in effect: a session that owes the second factor, or one that has ended, is left like any other.

Plone tells the plugins of a log-out only while a member is in effect, and plone.session renews every ticket that it has signed.
"""

from AccessControl.SecurityManagement import getSecurityManager
from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth.pas.lookup import gate_of
from collective.smsauth.pas.sessions import is_session
from plone import api
from plone.api.exc import CannotGetPortalError
from Products.PluggableAuthService.interfaces.authservice import IPluggableAuthService
from Products.PluggableAuthService.interfaces.events import IUserLoggedOutEvent
from typing import Any
from zope.component import adapter
from zope.globalrequest import getRequest
from ZPublisher.interfaces import IPubAfterTraversal


def is_log_out(published: Any) -> bool:
    """Tell whether what is published is a log-out past Plone's page: the method of a user folder, or that of the session plugin."""
    owner, name = getattr(published, "__self__", None), getattr(published, "__name__", "")
    return (name == "logout" and IPluggableAuthService.providedBy(owner)) or (name == "remove" and is_session(owner))


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
    if is_log_out(published):
        folder = owner if name == "logout" else aq_parent(aq_inner(owner))
        gate = gate_of(folder, event.request)
        if gate is not None:
            gate.reset_credentials()
    elif name == "refresh" and is_session(owner):
        gate = gate_of(aq_parent(aq_inner(owner)), event.request)
        if gate is not None and gate.has_ended(owner):
            event.request.set(owner.getProperty("cookie_name"), "")


def _gate_at_hand(request) -> Any:
    try:
        return gate_of(api.portal.get().acl_users, request)
    except CannotGetPortalError:
        return None
