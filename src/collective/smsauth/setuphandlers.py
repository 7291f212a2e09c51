"""Puts the plugin into the user folder, first among the authentication plugins, and takes it out again."""

from AccessControl.Permission import pname
from Acquisition import aq_base
from collective.smsauth import permissions
from collective.smsauth.pas.lookup import PLUGIN_ID
from collective.smsauth.pas.lookup import plugin_of
from collective.smsauth.pas.sessions import is_session
from collective.smsauth.plugin import SMSAuthPlugin
from plone import api
from plone.base.interfaces import INonInstallable
from Products.PlonePAS.interfaces.plugins import IUserManagement
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsResetPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsUpdatePlugin
from Products.PluggableAuthService.interfaces.plugins import IPropertiesPlugin
from zope.interface import implementer

_TITLE = "Two-step verification by text message"
#: Interfaces of the plugin, and whether it has to come first there.
_ROLES = (
    (IAuthenticationPlugin, True),
    (IPropertiesPlugin, True),
    (ICredentialsUpdatePlugin, False),
    (ICredentialsResetPlugin, True),
    (IUserManagement, False),
)


@implementer(INonInstallable)
class HiddenProfiles:
    """Keeps the uninstall profile off the list of add-ons."""

    def getNonInstallableProfiles(self):
        """Return the profiles that nobody installs by hand."""
        return ["collective.smsauth:uninstall"]


def install(context) -> None:
    """Add the plugin, active and in its place; one that is there keeps its records."""
    user_folder = api.portal.get_tool("acl_users")
    if plugin_of(user_folder) is None:
        user_folder._setObject(PLUGIN_ID, SMSAuthPlugin(PLUGIN_ID, _TITLE))
    put_in_place(user_folder)


def put_in_place(user_folder) -> None:
    """Activate the plugin for what it does, and move it where it has to be."""
    plugins = user_folder.plugins
    for interface, first in _ROLES:
        if PLUGIN_ID not in plugins.listPluginIds(interface):
            plugins.activatePlugin(interface, PLUGIN_ID)
        active = plugins.listPluginIds(interface)
        place = active.index(PLUGIN_ID)
        move = plugins.movePluginsUp if first else plugins.movePluginsDown
        for _ in range(place if first else len(active) - 1 - place):
            move(interface, [PLUGIN_ID])


def out_of_place(user_folder) -> list[str]:
    """Return the names of the PAS interfaces for which the plugin is not active, or not where it has to be."""
    return [interface.__name__ for interface, first in _ROLES if not _is_in_place(user_folder, interface, first)]


def _is_in_place(user_folder, interface, first: bool) -> bool:
    # It mints the ticket once more, with the proof in it: after the session plugin, but not necessarily last.
    active = user_folder.plugins.listPlugins(interface)
    ids = [plugin_id for plugin_id, _ in active]
    if PLUGIN_ID not in ids:
        return False
    place = ids.index(PLUGIN_ID)
    return place == 0 if first else not any(is_session(plugin) for _, plugin in active[place:])


def uninstall(context) -> None:
    """Remove the plugin with all records, and who was granted the permissions; from now on passwords alone sign in."""
    user_folder = api.portal.get_tool("acl_users")
    if plugin_of(user_folder) is not None:
        user_folder._delObject(PLUGIN_ID)
    site = api.portal.get()
    for permission in permissions.ALL:
        if hasattr(aq_base(site), pname(permission)):
            delattr(site, pname(permission))
