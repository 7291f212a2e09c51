"""The stored settings of one site, read as the values that the rest works with: a policy, and the configuration of gateways."""

from collections.abc import Iterable
from collections.abc import Mapping
from collective.smsauth.domain.contact import Channel
from collective.smsauth.domain.policy import Enforcement
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.requirement import networks
from collective.smsauth.domain.requirement import Requirement
from collective.smsauth.interfaces import ISitePolicies
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.settings import GATEWAY_SETTINGS
from collective.smsauth.settings import ISMSAuthSettings
from collective.smsauth.settings import PREFIX
from dataclasses import fields
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from functools import cache
from functools import lru_cache
from plone.session.interfaces import ISessionPlugin
from types import MappingProxyType
from typing import Any
from zope.component import queryUtility
from zope.interface import implementer

import os
import pytz

_ENFORCEMENTS = frozenset(one.value for one in Enforcement)
_EPOCH, _END = date(1971, 1, 1), date(9999, 1, 1)
#: Settings of who must and who is not asked, as ``_requirement`` takes them.
_RULES = (
    "enforcement",
    "required_groups",
    "required_roles",
    "exempt_networks",
    "exempt_groups",
    "exempt_roles",
    "exempt_users",
)
_GRACE = ("grace_selected", "grace_everyone")
_POLICY = tuple(field.name for field in fields(Policy) if field.name in ISMSAuthSettings)
_CHANNELS = tuple(f"channel_{channel.value}" for channel in Channel)
#: Only the environment sets it: whoever may edit the registry must not be able to send the token elsewhere.
BASE_URL = "twilio_base_url"


def stored(site, name: str):
    """Return the stored value of a setting of ``site``, or the field's default where there is no record."""
    (value,) = _all_stored(site, (name,))
    return value


def environment(name: str) -> str:
    """Return what the environment says about a gateway setting; '' if nothing."""
    return os.environ.get(name.upper(), "") if name in (*GATEWAY_SETTINGS, BASE_URL) else ""


def chosen_gateway(site, changes: Mapping[str, Any] = MappingProxyType({})):
    """Return the gateway that the settings name, or None if it is not registered. ``changes`` as for ``gateway_config``."""
    return queryUtility(ISMSGateway, name=_setting(site, changes, "gateway"))


def second_gateway(site, changes: Mapping[str, Any] = MappingProxyType({})):
    """Return the gateway that takes over, or None if none is named, or the first, or one that is not registered."""
    name = _setting(site, changes, "gateway_second")
    return queryUtility(ISMSGateway, name=name) if name and name != _setting(site, changes, "gateway") else None


def gateways(site, changes: Mapping[str, Any] = MappingProxyType({})) -> tuple:
    """Return the gateways that the settings name and that are registered, in the order in which they are used."""
    named = (chosen_gateway(site, changes), second_gateway(site, changes))
    return tuple(gateway for gateway in named if gateway is not None)


def gateway_config(site, changes: Mapping[str, Any] = MappingProxyType({})) -> dict[str, str]:
    """Return the configuration for gateways: the environment wins over the registry.

    ``changes`` are values about to be stored: they stand for the stored ones of their names.
    """
    kept = {**dict(zip(GATEWAY_SETTINGS, _all_stored(site, GATEWAY_SETTINGS), strict=True)), **changes}
    config = {name: environment(name) or kept[name] or "" for name in GATEWAY_SETTINGS}
    return {**config, BASE_URL: environment(BASE_URL)}


def _setting(site, changes: Mapping[str, Any], name: str) -> str:
    return changes.get(name, stored(site, name)) or ""


@implementer(ISitePolicies)
class SitePolicies:
    """Builds policies from the registry of a site: the site at hand, not the one that is current."""

    def requirement(self, site) -> Requirement:
        """Return the rules of ``site`` about its members. Grace periods end with their last day in the site's time zone."""
        values = _all_stored(site, (*_RULES, *_GRACE))
        zone = timezone_of(site) if any(values[-len(_GRACE) :]) else ""
        return _requirement(*(tuple(value) if isinstance(value, list) else value for value in values), zone)

    def __call__(self, site) -> Policy:
        """Return the policy of ``site``."""
        values = dict(zip(_POLICY, _all_stored(site, _POLICY), strict=True))
        values["default_region"] = values["default_region"] or ""
        switches = zip(Channel, _all_stored(site, _CHANNELS), strict=True)
        channels = frozenset(channel for channel, is_on in switches if is_on)
        return Policy(**values, channels=channels, session_lifetime=_cookie_lifetime(site))


def timezone_of(site) -> str:
    """Return the name of the time zone of ``site``, UTC if it has none that is known."""
    registry = _registry(site)
    name = None if registry is None else registry.get("plone.portal_timezone")
    return name if name in pytz.all_timezones_set else "UTC"


def end_of_day(day: date | None, zone: str) -> float:
    """Return when ``day`` is over in a time zone, in seconds since the epoch; 0 for no day, and for one that is no plan."""
    if day is None:
        return 0.0
    if not _EPOCH < day < _END:
        return 0.0
    return pytz.timezone(zone).localize(datetime.combine(day + timedelta(days=1), time())).timestamp()


def last_day(begins: float, zone: str) -> date:
    """Return the last day of the grace period that ends at ``begins`` (seconds since the epoch)."""
    return datetime.fromtimestamp(begins - 1, pytz.timezone(zone)).date()


def _all_stored(site, names: Iterable[str]) -> list:
    registry = _registry(site)
    if registry is None:
        return [_default(name) for name in names]
    return [registry.get(f"{PREFIX}.{name}", _default(name)) for name in names]


def _registry(site):
    # Asked for once for many settings: a site looks through all its schemas first. As a utility it would depend on the current site.
    return getattr(site, "portal_registry", None)


@cache
def _default(name: str):
    return ISMSAuthSettings[name].default


@lru_cache(maxsize=32)
def _requirement(
    enforcement: str,
    required_groups: tuple[str, ...],
    required_roles: tuple[str, ...],
    exempt_networks: tuple[str, ...],
    exempt_groups: tuple[str, ...],
    exempt_roles: tuple[str, ...],
    exempt_users: tuple[str, ...],
    grace_selected: date | None,
    grace_everyone: date | None,
    zone: str,
) -> Requirement:
    # Each request asks; networks and time zones take long to read.
    return Requirement(
        enforcement=Enforcement(enforcement) if enforcement in _ENFORCEMENTS else Enforcement.REQUIRED,
        groups=frozenset(required_groups),
        roles=frozenset(required_roles),
        everyone_from=end_of_day(grace_everyone, zone),
        selected_from=end_of_day(grace_selected, zone),
        exempt_networks=networks(exempt_networks),
        exempt_groups=frozenset(exempt_groups),
        exempt_roles=frozenset(exempt_roles),
        exempt_users=frozenset(exempt_users),
    )


def _cookie_lifetime(site) -> int:
    days = [
        plugin.getProperty("cookie_lifetime") or 0
        for plugin in site.acl_users.objectValues()
        if ISessionPlugin.providedBy(plugin)
    ]
    return max(days, default=0) * 24 * 60 * 60
