"""Whether a password changed, told from the stored hashes: some ways of changing one fire no event."""

from Acquisition import aq_base
from Acquisition import aq_get
from collective.smsauth import logger
from collective.smsauth.interfaces import ISMSAuthPlugin
from datetime import timedelta
from hashlib import sha256
from Products.PlonePAS.interfaces.capabilities import IPasswordSetCapability
from Products.PlonePAS.interfaces.plugins import IUserManagement
from transaction.interfaces import TransientError


def fingerprint(user_folder, user_id: str) -> str:
    """Return a value that changes whenever the stored password of a user does, by whatever route.

    It tells nothing of the password that its stored hash does not tell. Passwords kept elsewhere (LDAP, SSO) leave it unchanged.
    """
    parts = [user_id.encode()]
    for _, manager in user_folder.plugins.listPlugins(IUserManagement):
        if ISMSAuthPlugin.providedBy(manager):
            continue
        stored = getattr(aq_base(manager), "_user_passwords", {}).get(user_id) or b""
        parts.append(stored if isinstance(stored, bytes) else str(stored).encode())
    return sha256(b"\0".join(parts)).hexdigest()[:32]


def is_kept(user_folder, user_id: str) -> bool:
    """Tell whether this site keeps a password of a user; that of LDAP, and of who signs in elsewhere, it does not know."""
    managers = user_folder.plugins.listPlugins(IUserManagement)
    return any(user_id in getattr(aq_base(manager), "_user_passwords", {}) for _, manager in managers)


def is_settable(user_folder, user_id: str) -> bool:
    """Tell whether a plugin other than ours sets passwords of that user; one that cannot tell, does."""
    managers = [manager for _, manager in user_folder.plugins.listPlugins(IUserManagement)]
    return any(_sets(manager, user_id) for manager in managers if not ISMSAuthPlugin.providedBy(manager))


def end_resets(context, user_id: str) -> None:
    """Have Plone's open links for a new password of a user expire. ``context`` is the site, or something in it.

    They stay on record until Plone removes what has expired: the one that is being used it removes by itself.
    """
    tool = aq_get(context, "portal_password_reset", None)
    if tool is None:
        return
    ended = tool.expirationDate() - timedelta(days=tool.getExpirationTimeout())
    for name, (owner, expires) in list(tool._requests.items()):
        if owner == user_id and ended < expires:
            tool._requests[name] = (owner, ended)


def _sets(manager, user_id: str) -> bool:
    if not IPasswordSetCapability.providedBy(manager):
        return True
    try:
        return bool(manager.allowPasswordSet(user_id))
    except TransientError:
        raise
    except Exception:
        logger.warning("Plugin %s cannot tell whether it sets passwords", manager.getId(), exc_info=True)
        return True
