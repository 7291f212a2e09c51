"""Keeps the records in step with what Plone does to members: deletions, passwords, profiles; and the counters with what became of texts."""

from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth import wiring
from collective.smsauth.domain import budget
from collective.smsauth.domain.budget import Kind
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.phone import region_of
from collective.smsauth.interfaces import IClock
from collective.smsauth.interfaces import IDeliveryReported
from collective.smsauth.pas.lookup import plugin_of
from collective.smsauth.storage.counters import UsageCounters
from collective.smsauth.verification import contact_points
from plone import api
from plone.api.exc import CannotGetPortalError
from Products.PluggableAuthService.interfaces.events import ICredentialsUpdatedEvent
from Products.PluggableAuthService.interfaces.events import IPrincipalDeletedEvent
from Products.PluggableAuthService.interfaces.events import IPropertiesUpdatedEvent
from zope.component import adapter
from zope.component import getUtility


@adapter(IPrincipalDeletedEvent)
def forget_deleted(event) -> None:
    """Remove the record of a deleted user, where the plugin was asked before they were deleted."""
    plugin = _plugin_at_hand()
    if plugin is not None:
        principal = event.principal
        plugin.member_deleted(principal if isinstance(principal, str) else principal.getId())


@adapter(ICredentialsUpdatedEvent)
def end_other_sessions(event) -> None:
    """End the sessions of a member whose password changed, except the one that changed it."""
    user = event.principal
    folder = aq_parent(aq_inner(user)) if user is not None else None
    plugin = plugin_of(folder) if folder is not None else None
    if plugin is not None:
        plugin.password_changed(user.getId())


@adapter(IPropertiesUpdatedEvent)
def forget_former_emails(event) -> None:
    """Drop the proof of an e-mail address as soon as another one is in the profile."""
    plugin = _plugin_at_hand()
    user_id = event.principal.getId() if plugin is not None and event.principal is not None else None
    if user_id:
        contact_points.forget_former_emails(plugin.accounts, user_id, wiring.email_of(user_id))


@adapter(IDeliveryReported)
def count_failed(event) -> None:
    """Count a text or call that did not leave or did not arrive."""
    if not event.status.failed:
        return
    route = event.gate.accounts.get(event.user_id).sent(event.purpose)[-1].route
    if route.channel is not Channel.EMAIL:
        day = budget.day_of(getUtility(IClock)())
        UsageCounters(event.gate).count(Kind.FAILED, region_of(route.to), day=day)


def _plugin_at_hand():
    # None without a site or a plugin, as while either is removed. The portal: a local site in it may have a user folder of its own.
    try:
        site = api.portal.get()
    except CannotGetPortalError:
        return None
    return plugin_of(site.acl_users)
