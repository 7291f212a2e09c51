"""Where the plugin of a user folder is found."""

from Acquisition import aq_base
from collective.smsauth.interfaces import ISMSAuthPlugin
from collective.smsauth.pas.request_notes import notes_of
from typing import Any

PLUGIN_ID = "smsauth"


def plugin_of(user_folder: Any) -> Any:
    """Return the plugin of a user folder, or None if the add-on is not installed there."""
    plugin = getattr(aq_base(user_folder), PLUGIN_ID, None)
    return user_folder._getOb(PLUGIN_ID) if ISMSAuthPlugin.providedBy(plugin) else None


def gate_of(user_folder: Any, request: Any) -> Any:
    """Return the gate of a user folder for a request; None without a user folder, or if the add-on is not installed there."""
    if user_folder is None:
        return None
    path = "/".join((*user_folder.getPhysicalPath(), PLUGIN_ID))
    made = notes_of(request).gates.get((path, id(user_folder._p_jar)))
    if made is not None:
        return made
    plugin = plugin_of(user_folder)
    return None if plugin is None else plugin.gate(request)
