"""Which groups and global roles a user id has, asked of the plugins without signing anybody in."""

from collective.smsauth import logger
from collective.smsauth.domain.requirement import Member
from collective.smsauth.interfaces import ISMSAuthPlugin
from Products.PluggableAuthService.interfaces.plugins import IGroupsPlugin
from Products.PluggableAuthService.interfaces.plugins import IRolesPlugin
from transaction.interfaces import TransientError

#: Keys of a request, which a visitor may set as well, on which Plone's role plugin leaves roles out.
_NARROWING = ("__ignore_direct_roles__", "__ignore_group_roles__")


def member_of(user_folder, request, user_id: str) -> Member:
    """Return a user id with its groups, nested ones too, and its global roles. A user id that nobody knows has what everybody has.

    A plugin that fails leaves the member incomplete: the rules then take the careful side.
    """
    user, is_complete = _user_of(user_folder, request, user_id)
    return Member(
        user_id=user_id,
        groups=frozenset(user.getGroups()),
        roles=frozenset(user.getRoles()),
        is_complete=is_complete,
    )


def may_be_manager(user_folder, request, user_id: str, site) -> bool:
    """Tell whether a user id has the role Manager in ``site``, local roles included, or may have it as far as can be found out."""
    user, is_complete = _user_of(user_folder, request, user_id)
    roles = _answer("of local roles", user.getRolesInContext, site)
    return not is_complete or roles is None or "Manager" in roles


def _user_of(user_folder, request, user_id: str):
    """Return a user of PAS with groups and global roles but no properties, and whether all of them could be found out."""
    plugins = user_folder.plugins
    # the way in which PAS itself builds a user, except for its cache and the properties
    user = user_folder._createUser(plugins, user_id, user_id)
    is_complete = not any(request.get(key) for key in _NARROWING)
    for plugin_id, plugin in plugins.listPlugins(IGroupsPlugin):
        groups = _answer(plugin_id, plugin.getGroupsForPrincipal, user, request)
        is_complete = is_complete and groups is not None
        user._addGroups(groups or ())
    roles = {"Authenticated"}
    for plugin_id, plugin in plugins.listPlugins(IRolesPlugin):
        if ISMSAuthPlugin.providedBy(plugin):
            continue
        found = _answer(plugin_id, plugin.getRolesForPrincipal, user, request)
        is_complete = is_complete and found is not None
        roles.update(found or ())
    user._addRoles(roles)
    return user, is_complete


def _answer(plugin_id: str, ask, *about) -> tuple[str, ...] | None:
    try:
        return tuple(ask(*about) or ())
    except TransientError:
        raise
    except Exception:
        logger.warning("Plugin %s cannot tell the groups or roles of a member", plugin_id, exc_info=True)
        return None
