"""The registered gateways, and what can be set of them: each brings its own settings, one of another package as well."""

from collective.smsauth.interfaces import GatewaySettings
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.settings import ISMSAuthSettings
from collective.smsauth.settings import PREFIX
from collective.smsauth.settings.delivery import IDeliverySettings
from collective.smsauth.settings.members import IMemberSettings
from functools import cache
from plone.supermodel.model import SchemaClass
from typing import Any
from zope import schema
from zope.component import getUtilitiesFor

import os


def brought(site: Any = None) -> tuple[GatewaySettings, ...]:
    """Return the settings that the registered gateways bring, in the order of the gateways' names.

    Those for which ``site`` has no records, since the add-on that brings them is not installed there, are left out.
    """
    found = (getattr(gateway, "settings", None) for _, gateway in sorted(getUtilitiesFor(ISMSGateway)))
    settings = dict.fromkeys(one for one in found if one is not None)
    known = getattr(site, "portal_registry", None)
    return tuple(one for one in settings if known is None or _is_in(known, one.schema))


def names() -> tuple[str, ...]:
    """Return the names of all settings of gateways that can be stored."""
    return tuple(name for settings in brought() for name in schema.getFieldNamesInOrder(settings.schema))


def names_by_gateway(site: Any = None) -> dict[str, list[str]]:
    """Return the names of the settings that each gateway brings, by its name; ``site`` as for ``brought``."""
    there = brought(site)
    return {
        name: schema.getFieldNamesInOrder(gateway.settings.schema)
        for name, gateway in sorted(getUtilitiesFor(ISMSGateway))
        if getattr(gateway, "settings", None) in there
    }


def secrets(site: Any = None) -> tuple[str, ...]:
    """Return the names of those that are never shown; ``site`` as for ``brought``."""
    return tuple(
        name
        for settings in brought(site)
        for name, field in schema.getFieldsInOrder(settings.schema)
        if isinstance(field, schema.Password) or name in settings.secrets
    )


def only_in_environment() -> tuple[str, ...]:
    """Return the names of settings that are never stored."""
    return tuple(name for settings in brought() for name in settings.environment)


def variable(name: str) -> str:
    """Return the environment variable that wins over a stored setting of a gateway; '' for every other setting."""
    for settings in brought():
        if name in settings.schema or name in settings.environment:
            return f"{settings.variable_prefix}{name}".upper()
    return ""


def environment(name: str) -> str:
    """Return what the environment says about a setting of a gateway, '' if nothing."""
    named = variable(name)
    return os.environ.get(named, "") if named else ""


def misdirected() -> dict[str, str]:
    """Return the settings that would send a secret of the environment where the registry says, each with the one that holds the secret."""
    return {
        place: secret
        for settings in brought()
        for secret, place in settings.sent_to.items()
        if environment(secret) and not environment(place)
    }


def whole_schema(site: Any = None) -> Any:
    """Return the schema of all that can be set, with the settings of the gateways in it; ``site`` as for ``brought``."""
    return composed(tuple(settings.schema for settings in brought(site)))


def _is_in(registry: Any, settings: Any) -> bool:
    return all(f"{PREFIX}.{name}" in registry for name in settings.names(all=True))


@cache
def composed(schemas: tuple[Any, ...]) -> Any:
    """Return the schema of the package's own settings and those in ``schemas``: the same one whenever it is asked for the same."""
    bases = ISMSAuthSettings.__bases__
    place = bases.index(IDeliverySettings)
    # Schemas of one name are the same to zope.interface: two sites in one process may have the records of different gateways.
    names = (one.__identifier__.replace(".", "_") for one in schemas)
    return SchemaClass(
        "_".join(("ISMSAuthSettings", *names)),
        (*bases[:place], *reversed(schemas), IDeliverySettings, IMemberSettings),
        __doc__=ISMSAuthSettings.__doc__,
        __module__=__name__,
    )
