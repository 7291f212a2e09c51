"""The part of the self-check that looks at the rules: of whom the second step is required, and who is not asked."""

from collections.abc import Iterator
from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.administration import help_desk
from collective.smsauth.administration.checks.finding import Finding
from collective.smsauth.administration.rule_changes import exempt_managers
from collective.smsauth.administration.rule_changes import GROUPS
from collective.smsauth.administration.rule_changes import ROLES
from collective.smsauth.administration.rule_changes import unknown
from collective.smsauth.administration.rule_changes import USERS
from collective.smsauth.domain.policy import Enforcement
from collective.smsauth.domain.requirement import Requirement
from collective.smsauth.interfaces import IClock
from collective.smsauth.interfaces import ISitePolicies
from collective.smsauth.pas.unknown_proxies import hides_client
from collective.smsauth.pas.unknown_proxies import peer_of
from collective.smsauth.pas.unknown_proxies import PROXIES
from collective.smsauth.settings.changes import NOBODY_SELECTED
from collective.smsauth.settings.stored import stored
from zope.component import getUtility
from zope.i18nmessageid import Message

_DAY = 24 * 60 * 60
_MEMBERS = _("remark_exempt_users", default="Members: ${names}.")
#: How many names a remark quotes.
_MOST_NAMES = 5


def findings(site, request) -> list[Finding]:
    """Return the findings about the rules of ``site``; ``request`` shows how its clients reach it."""
    rules = getUtility(ISitePolicies).requirement(site)
    return [
        _proxy(site, rules, request),
        *_hidden(request),
        *_skips(site, rules),
        *_bypasses(),
        *_grace(rules),
        *_nobody(site),
        *_unknown(site),
    ]


def _proxy(site, rules: Requirement, request) -> Finding:
    now, peer = getUtility(IClock)(), peer_of(request.environ)
    found = {**({peer: 0} if peer else {}), **PROXIES.found(now)}
    exempt = next(filter(rules.is_exempt_address, found), None)
    if exempt is not None:
        advice = _(
            "check_networks_advice",
            default="Requests come through the proxy ${address}, which Zope does not know as a trusted one: all "
            "clients seem to have its address, and that is in a network in which nobody is asked for a code. "
            "Take the network off the list. Or, if the proxy is yours, add this line to zope.conf, and restart: trusted-proxy ${address}",
            mapping={"address": exempt},
        )
        title = _("check_networks_wrong", default="Nobody is asked for a code.")
        return Finding(ok=False, title=title, advice=(advice,))
    if not found:
        return Finding(
            ok=True, title=_("check_proxy", default="No unknown proxy makes clients seem to have the same address.")
        )
    limit = getUtility(ISitePolicies)(site).texts_per_address
    title = _("check_proxy_wrong", default="Clients cannot be told apart: a proxy hides them.")
    advice = [_behind(address, clients, limit) for address, clients in list(found.items())[:_MOST_NAMES]]
    return Finding(ok=False, title=title, advice=tuple(advice))


def _behind(peer: str, clients: int, limit: int) -> Message:
    mapping = {"address": peer, "clients": str(clients), "limit": str(limit)}
    if clients < 2:
        return _(
            "check_proxy_advice",
            default="Requests come through ${address}, which is no trusted proxy of Zope: all clients behind it count as one and share "
            "one limit of ${limit} texts an hour. If it is a proxy of yours, add this line to zope.conf, and restart: "
            "trusted-proxy ${address}",
            mapping=mapping,
        )
    return _(
        "check_proxy_advice_clients",
        default="Requests come through ${address}, which is no trusted proxy of Zope: all clients behind it, ${clients} of them since "
        "this instance was started, count as one and share one limit of ${limit} texts an hour. If it is a proxy of yours, add this line "
        "to zope.conf, and restart: trusted-proxy ${address}",
        mapping=mapping,
    )


def _hidden(request) -> list[Finding]:
    if not hides_client(request):
        return []
    title = _("check_proxy_header", default="The proxy does not tell Zope who the client is.")
    advice = _(
        "check_proxy_header_advice",
        default="Zope reads the header X-Forwarded-For only: let the proxy send it. The server waitress drops it unless "
        "clear_untrusted_proxy_headers = false is set.",
    )
    return [Finding(ok=True, title=title, advice=(advice,))]


def _skips(site, rules: Requirement) -> list[Finding]:
    advice = tuple(
        _with_names(message, stored(site, name))
        for name, message in (
            ("exempt_networks", _("remark_exempt_networks", default="Networks: ${names}.")),
            ("exempt_groups", _("remark_exempt_groups", default="Groups: ${names}.")),
            ("exempt_roles", _("remark_exempt_roles", default="Roles: ${names}.")),
            ("exempt_users", _MEMBERS),
        )
        if stored(site, name)
    )
    managers = [
        item for name in ("exempt_users", "exempt_groups", "exempt_roles") for item in exempt_managers(site, name)
    ]
    if managers:
        among = _("remark_exempt_managers", default="Managers are among them by: ${names}.")
        advice = (*advice, _with_names(among, managers))
    if not rules.skips:
        return []
    return [Finding(ok=True, title=_("check_skips", default="Some are not asked for a code."), advice=advice)]


def _bypasses() -> list[Finding]:
    names = help_desk.with_bypass() if wiring.current().plugin is not None else []
    if not names:
        return []
    title = _(
        "check_bypasses", default="Some members are not asked for a code for a while, since an administrator said so."
    )
    return [Finding(ok=True, title=title, advice=(_with_names(_MEMBERS, names),))]


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


def _nobody(site) -> list[Finding]:
    if stored(site, "enforcement") != Enforcement.SELECTED.value:
        return []
    for name in ("required_groups", "required_roles"):
        chosen = stored(site, name) or ()
        if len(unknown(site, name, chosen)) < len(chosen):
            return []
    title = _("check_nobody", default="Two-step verification is required for nobody.")
    return [Finding(ok=False, title=title, advice=(NOBODY_SELECTED,))]


def _unknown(site) -> list[Finding]:
    advice = tuple(_unknown_names(site))
    title = _("check_names", default="Some names in the rules are not known: a rule for them has no effect.")
    return [Finding(ok=False, title=title, advice=advice)] if advice else []


def _unknown_names(site) -> Iterator[Message]:
    for settings, message in (
        (GROUPS, _("remark_unknown_groups", default="There are no such groups: ${names}.")),
        (ROLES, _("remark_unknown_roles", default="There are no such roles: ${names}.")),
        (USERS, _("remark_unknown_users", default="There are no such user ids: ${names}.")),
    ):
        names = [item for name in settings for item in unknown(site, name, stored(site, name) or ())]
        if names:
            yield _with_names(message, list(dict.fromkeys(names)))


def _with_names(message, names) -> Message:
    shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
    return Message(message, mapping={"names": shown})


def _days(seconds: float) -> str:
    return str(-(-int(seconds) // _DAY))
