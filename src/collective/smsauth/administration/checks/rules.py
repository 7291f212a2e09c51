"""The part of the self-check that looks at the rules: of whom the second step is required, and who is not asked."""

from collections.abc import Iterator
from collective.smsauth import _
from collective.smsauth.administration.checks.finding import Finding
from collective.smsauth.domain.requirement import Requirement
from collective.smsauth.interfaces import IClock
from collective.smsauth.interfaces import ISitePolicies
from collective.smsauth.settings.stored import stored
from zope.component import getUtility
from zope.i18nmessageid import Message
from ZPublisher import HTTPRequest

#: Headers by which a proxy tells whom it speaks for.
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
_DAY = 24 * 60 * 60
#: How many names a remark quotes.
_MOST_NAMES = 5


def findings(site, request) -> list[Finding]:
    """Return the findings about the rules of ``site``; ``request`` shows how its clients reach it."""
    rules = getUtility(ISitePolicies).requirement(site)
    return [_proxy(rules, request), *_skips(site, rules), *_grace(rules), *_unknown(site)]


def _proxy(rules: Requirement, request) -> Finding:
    peer = request.environ.get("REMOTE_ADDR", "")
    hidden = peer not in HTTPRequest.trusted_proxies and any(request.getHeader(name) for name in _FORWARDED)
    if not (hidden and rules.is_exempt_address(request.getClientAddr() or "")):
        title = _(
            "check_networks",
            default="No proxy makes clients seem to be in a network in which nobody is asked for a code.",
        )
        return Finding(ok=True, title=title)
    advice = _(
        "check_networks_advice",
        default="This request came through the proxy ${address}, which Zope does not know as a trusted one: all "
        "clients seem to have its address, and that is in a network in which nobody is asked for a code. "
        "Set trusted-proxy in zope.conf, or take the network off the list.",
        mapping={"address": peer},
    )
    return Finding(ok=False, title=_("check_networks_wrong", default="Nobody is asked for a code."), advice=(advice,))


def _skips(site, rules: Requirement) -> list[Finding]:
    advice = tuple(
        _with_names(message, stored(site, name))
        for name, message in (
            ("exempt_networks", _("remark_exempt_networks", default="Networks: ${names}.")),
            ("exempt_groups", _("remark_exempt_groups", default="Groups: ${names}.")),
            ("exempt_roles", _("remark_exempt_roles", default="Roles: ${names}.")),
            ("exempt_users", _("remark_exempt_users", default="Members: ${names}.")),
        )
        if stored(site, name)
    )
    if not rules.skips:
        return []
    return [Finding(ok=True, title=_("check_skips", default="Some are not asked for a code."), advice=advice)]


def _grace(rules: Requirement) -> list[Finding]:
    now = getUtility(IClock)()
    advice = []
    if rules.upcoming_everyone(now=now):
        advice.append(
            _(
                "remark_grace_everyone",
                default="It will be required for everyone. Days left: ${days}.",
                mapping={"days": _days(rules.everyone_from - now)},
            )
        )
    if rules.upcoming_selected(now=now):
        advice.append(
            _(
                "remark_grace_selected",
                default="It will be required for the chosen groups and roles. Days left: ${days}.",
                mapping={"days": _days(rules.selected_from - now)},
            )
        )
    if not advice:
        return []
    title = _("check_grace", default="Members are being reminded to set up a phone.")
    return [Finding(ok=True, title=title, advice=tuple(advice))]


def _unknown(site) -> list[Finding]:
    advice = tuple(_unknown_names(site))
    title = _("check_names", default="Some names in the rules are not known: a rule for them has no effect.")
    return [Finding(ok=True, title=title, advice=advice)] if advice else []


def _unknown_names(site) -> Iterator[Message]:
    folder, roles = site.acl_users, set(site.acl_users.portal_role_manager.listRoleIds()) | set(site.valid_roles())
    for names, message, is_known in (
        (
            _listed(site, "required_groups", "exempt_groups", "untrusted_groups"),
            _("remark_unknown_groups", default="There are no such groups: ${names}."),
            lambda name: folder.getGroupById(name) is not None,
        ),
        (
            _listed(site, "required_roles", "exempt_roles", "untrusted_roles"),
            _("remark_unknown_roles", default="There are no such roles: ${names}."),
            roles.__contains__,
        ),
        (
            _listed(site, "exempt_users"),
            _("remark_unknown_users", default="There are no such user ids: ${names}."),
            lambda name: folder.getUserById(name) is not None,
        ),
    ):
        unknown = [name for name in names if not is_known(name)]
        if unknown:
            yield _with_names(message, unknown)


def _listed(site, *settings: str) -> list[str]:
    return list(dict.fromkeys(name for setting in settings for name in stored(site, setting) or ()))


def _with_names(message, names) -> Message:
    shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
    return Message(message, mapping={"names": shown})


def _days(seconds: float) -> str:
    return str(-(-int(seconds) // _DAY))
