"""The stored settings of one site, read as the values that the rest works with: a policy, and the configuration of gateways."""

from collections.abc import Iterable
from collections.abc import Mapping
from collective.smsauth.domain import countries
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.policy import Enforcement
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.requirement import networks
from collective.smsauth.domain.requirement import Requirement
from collective.smsauth.interfaces import ISitePolicies
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.settings import gateways as gateway_settings
from collective.smsauth.settings import ISMSAuthSettings
from collective.smsauth.settings import PREFIX
from collective.smsauth.settings.gateways import environment
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
from urllib.parse import urlsplit
from zope.component import queryUtility
from zope.interface import implementer

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


def stored(site, name: str):
    """Return the stored value of a setting of ``site``, or the field's default where there is no record."""
    (value,) = _all_stored(site, (name,))
    return value


def chosen_gateway(site, changes: Mapping[str, Any] = MappingProxyType({})):
    """Return the gateway that the settings name, or None if it is not registered. ``changes`` as for ``gateway_config``."""
    return queryUtility(ISMSGateway, name=_setting(site, changes, "gateway"))


def second_gateway(site, changes: Mapping[str, Any] = MappingProxyType({})):
    """Return the gateway that takes over, or None if none is named, or the first, or one that is not registered."""
    name = _setting(site, changes, "gateway_second")
    return queryUtility(ISMSGateway, name=name) if name and name != _setting(site, changes, "gateway") else None


def gateways(site, changes: Mapping[str, Any] = MappingProxyType({})) -> tuple:
    """Return the gateways that the settings name and that are registered, in the order in which they are used."""
    return tuple(gateway for _name, gateway in named_gateways(site, changes))


def named_gateways(site, changes: Mapping[str, Any] = MappingProxyType({})) -> tuple[tuple[str, Any], ...]:
    """Return the same with the names of their utilities."""
    first, second = (_setting(site, changes, name) for name in ("gateway", "gateway_second"))
    named = ((first, chosen_gateway(site, changes)), (second, second_gateway(site, changes)))
    return tuple((name, gateway) for name, gateway in named if gateway is not None)


def gateway_config(site, changes: Mapping[str, Any] = MappingProxyType({})) -> dict[str, str]:
    """Return the configuration for gateways: the environment wins over the registry.

    ``changes`` are values about to be stored: they stand for the stored ones of their names. What would send a secret of the environment
    elsewhere than the environment says is left out.
    """
    names = gateway_settings.names()
    kept = {**dict(zip(names, _all_stored(site, names), strict=True)), **changes}
    kept.update(dict.fromkeys(gateway_settings.misdirected(), ""))
    config = {name: environment(name) or kept[name] or "" for name in names}
    return {**config, **{name: environment(name) for name in gateway_settings.only_in_environment()}}


def _setting(site, changes: Mapping[str, Any], name: str) -> str:
    return changes.get(name, stored(site, name)) or ""


@implementer(ISitePolicies)
class SitePolicies:
    """Builds policies from the registry of a site: the site at hand, not the one that is current.

    What is built is remembered by the values that it was built from, which are read each time: no change is missed, whoever made it.
    """

    def requirement(self, site) -> Requirement:
        """Return the rules of ``site`` about its members. Grace periods end with their last day in the site's time zone."""
        values = _all_stored(site, (*_RULES, *_GRACE))
        zone = timezone_of(site) if any(values[-len(_GRACE) :]) else ""
        return _requirement(*map(_hashable, values), zone)

    def __call__(self, site) -> Policy:
        """Return the policy of ``site``."""
        values = _all_stored(site, (*_POLICY, *_CHANNELS))
        return _policy(tuple(map(_hashable, values)), _cookie_lifetime(site), home_of(site))


def home_of(site) -> str:
    """Return the country of ``site`` by its language and time zone, as ISO 3166-1 alpha-2; '' where they do not tell."""
    values = _values(site)
    language, zone = (values.get(f"plone.{name}") or "" for name in ("default_language", "portal_timezone"))
    return countries.home_of(str(language), here=_countries_by_zone().get(zone, ()))


def title_of(site) -> str:
    """Return the name of ``site`` on one line: what Site Setup says, else the title of the site's object, else its host."""
    named = (_values(site).get("plone.site_title"), site.title)
    lines = (" ".join(title.split()) for title in named if isinstance(title, str))
    return next(filter(None, lines), urlsplit(site.absolute_url()).hostname or "localhost")


def timezone_of(site) -> str:
    """Return the name of the time zone of ``site``, UTC if it has none that is known."""
    name = _values(site).get("plone.portal_timezone")
    return name if name in pytz.all_timezones_set else "UTC"


def end_of_day(day: date | None, zone: str) -> float:
    """Return when ``day`` is over in a time zone, in seconds since the epoch; 0 for no day, and for one that is no plan."""
    if day is None:
        return 0.0
    if not _EPOCH < day < _END:
        return 0.0
    return _moment(datetime.combine(day + timedelta(days=1), time()), zone)


def _moment(shown: datetime, zone: str) -> float:
    # Where clocks are put back, they show a time twice: the first one counts. Where they are put forward, they may jump over it: then it
    # is the moment of the jump.
    there = pytz.timezone(zone)
    first, second = sorted(there.localize(shown, is_dst=summer).timestamp() for summer in (True, False))
    return first if datetime.fromtimestamp(first, there).replace(tzinfo=None) == shown else second


def last_day(begins: float, zone: str) -> date:
    """Return the last day of the grace period that ends at ``begins`` (seconds since the epoch)."""
    return datetime.fromtimestamp(begins - 1, pytz.timezone(zone)).date()


def _all_stored(site, names: Iterable[str]) -> list:
    values = _values(site)
    return [values[record] if (record := f"{PREFIX}.{name}") in values else _default(name) for name in names]


def _values(site) -> Mapping[str, Any]:
    # The values themselves. The registry's own ``get`` keeps what it has read in the request, under the identity of the registry object:
    # that is the same for another registry once the first one is gone, and a request can bring a field of that name.
    # Not as a utility either, which would depend on the current site.
    registry = getattr(site, "portal_registry", None)
    return {} if registry is None else registry.records._values


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@cache
def _default(name: str):
    if name in ISMSAuthSettings:
        return ISMSAuthSettings[name].default
    return next(one.schema[name].default for one in gateway_settings.brought() if name in one.schema)


@cache
def _countries_by_zone() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for country, zones in pytz.country_timezones.items():
        found.update({zone: (*found.get(zone, ()), country) for zone in zones})
    return found


@lru_cache(maxsize=32)
def _policy(values: tuple[Any, ...], session_lifetime: int, home: str) -> Policy:
    named = dict(zip(_POLICY, values, strict=False))
    named["default_region"] = named["default_region"] or home
    channels = frozenset(channel for channel, is_on in zip(Channel, values[len(_POLICY) :], strict=True) if is_on)
    return Policy(**named, channels=channels, session_lifetime=session_lifetime)


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
