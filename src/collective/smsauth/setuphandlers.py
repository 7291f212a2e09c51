"""Puts the plugin into the user folder, first among the authentication plugins, and takes it out again."""

from collective.smsauth.plugin import PLUGIN_ID
from collective.smsauth.plugin import plugin_of
from collective.smsauth.plugin import SMSAuthPlugin
from plone import api
from Products.CMFPlone.interfaces import INonInstallable
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
        active = plugins.listPluginIds(interface)
        if PLUGIN_ID not in active:
            plugins.activatePlugin(interface, PLUGIN_ID)
            active = plugins.listPluginIds(interface)
        moves = active.index(PLUGIN_ID) if first else 0
        for _ in range(moves):
            plugins.movePluginsUp(interface, [PLUGIN_ID])


def uninstall(context) -> None:
    """Remove the plugin with all records; from now on passwords alone sign in."""
    user_folder = api.portal.get_tool("acl_users")
    if plugin_of(user_folder) is not None:
        user_folder._delObject(PLUGIN_ID)
