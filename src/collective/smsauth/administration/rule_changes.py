"""What a change of the rules may not do: name who is not there, or let a Manager in without a code unless a Manager wants it.

The control panel's form and its REST twin ask here, so that the words stand at the field. Only what is added to a list is looked at: a name
that has vanished since keeps nobody from changing the rest, and the self-check tells of it.
"""

from AccessControl.SecurityManagement import getSecurityManager
from collections.abc import Callable
from collections.abc import Iterable
from collective.smsauth import _
from collective.smsauth import logger
from collective.smsauth.pas.groups_and_roles import member_of
from collective.smsauth.settings import validation
from collective.smsauth.settings.fields import quoted
from collective.smsauth.settings.stored import stored
from transaction.interfaces import TransientError
from typing import Any
from zope.i18nmessageid import Message

MANAGER = "Manager"
GROUPS = ("required_groups", "exempt_groups", "untrusted_groups")
ROLES = ("required_roles", "exempt_roles", "untrusted_roles")
USERS = ("exempt_users",)
#: What everybody has who is signed in.
_OF_ALL = ("Authenticated", "AuthenticatedUsers")
#: Roles that nobody has who is signed in, wherever they are.
_OF_NOBODY = ("Anonymous",)

_UNKNOWN = {
    GROUPS: _("error_unknown_group", default="“${item}” is no group of this site: enter ids of groups, one a line."),
    ROLES: _("error_unknown_role", default="“${item}” is no role of this site: enter names of roles, one a line."),
    USERS: _("error_unknown_user", default="“${item}” is no user id of this site: enter user ids, one a line."),
}
_EXEMPTS_MANAGER = _(
    "error_exempts_manager",
    default="With “${item}” a Manager would not be asked for a code. Only Managers may change that.",
)


def problem_with(site: Any, name: str, value: object) -> Message | None:
    """Return why ``value`` cannot be that of a setting if whoever is in effect stores it, in plain words, or None if it can."""
    problem = validation.problem_with(site, name, value)
    if problem is not None or not isinstance(value, tuple):
        return problem
    added = [item for item in value if item not in (stored(site, name) or ())]
    wrong = next(iter(unknown(site, name, added)), None)
    if wrong is not None:
        message = next(message for names, message in _UNKNOWN.items() if name in names)
        return Message(message, mapping={"item": quoted(wrong)})
    if not name.startswith("exempt_") or MANAGER in getSecurityManager().getUser().getRolesInContext(site):
        return None
    wrong = next((item for item in added if _exempts_managers(site, name, item)), None)
    return None if wrong is None else Message(_EXEMPTS_MANAGER, mapping={"item": quoted(wrong)})


def unknown(site: Any, name: str, items: Iterable[str]) -> list[str]:
    """Return which of the ``items`` of a setting are no group, role or user id of ``site``. Where that cannot be told, they are."""
    is_known = _KNOWN.get(name)
    return [] if is_known is None else [item for item in items if not _tells(is_known, site, item)]


def exempt_managers(site: Any, name: str) -> list[str]:
    """Return the items of a setting by which a Manager is not asked for a code."""
    return [item for item in stored(site, name) or () if _exempts_managers(site, name, item)]


def _tells(is_known: Callable[[Any, str], bool], site: Any, item: str) -> bool:
    try:
        return is_known(site, item)
    except TransientError:
        raise
    except Exception:  # a directory that is down must not make the settings unusable
        logger.warning("It cannot be told whether a name in the rules is known", exc_info=True)
        return True


def _is_group(site: Any, name: str) -> bool:
    return site.acl_users.getGroupById(name) is not None


def _is_user(site: Any, user_id: str) -> bool:
    return site.acl_users.getUserById(user_id) is not None


def _is_role(site: Any, name: str) -> bool:
    return name in {*site.acl_users.portal_role_manager.listRoleIds(), *site.valid_roles()} and name not in _OF_NOBODY


_KNOWN: dict[str, Callable[[Any, str], bool]] = {
    **dict.fromkeys(GROUPS, _is_group),
    **dict.fromkeys(ROLES, _is_role),
    **dict.fromkeys(USERS, _is_user),
}


def _exempts_managers(site: Any, name: str, item: str) -> bool:
    if name == "exempt_users":
        return _is_manager(site, item)
    if name == "exempt_networks" or item == MANAGER or item in _OF_ALL:
        return True
    if name == "exempt_roles":
        return any(item in member_of(site.acl_users, site.REQUEST, one).roles for one in _managers(site))
    if _has_role(site, item):
        return True
    group = site.acl_users.getGroupById(item)
    members = set(group.getMemberIds()) if group is not None else set()
    in_group = (item in member_of(site.acl_users, site.REQUEST, one).groups for one in _managers(site))
    return any(_is_manager(site, one) for one in members) or any(in_group)


def _is_manager(site: Any, user_id: str) -> bool:
    member = member_of(site.acl_users, site.REQUEST, user_id)
    principals = (user_id, *member.groups)
    return MANAGER in member.roles or not member.is_complete or any(_is_local(site, one) for one in principals)


def _has_role(site: Any, group_id: str) -> bool:
    group = site.acl_users.getGroupById(group_id)
    return _is_local(site, group_id) or (group is not None and MANAGER in group.getRoles())


def _is_local(site: Any, principal: str) -> bool:
    return MANAGER in (getattr(site, "__ac_local_roles__", None) or {}).get(principal, ())


def _managers(site: Any) -> set[str]:
    """Return the user ids of the Managers of ``site`` as far as plugins list them, and whatever a group of Managers has as members."""
    folder = site.acl_users
    waiting = [
        principal
        for plugin in folder.objectValues()
        if hasattr(plugin, "listAssignedPrincipals")
        for principal, _title in plugin.listAssignedPrincipals(MANAGER)
    ]
    found: set[str] = set()
    while waiting:
        principal = waiting.pop()
        if principal in found:
            continue
        found.add(principal)
        group = folder.getGroupById(principal)
        waiting.extend(group.getMemberIds() if group is not None else ())
    return found
