"""The rules for changing the settings, shared by the control panel's form and its REST twin."""

from collections.abc import Iterator
from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth.domain.policy import Enforcement
from collective.smsauth.settings import gateways as gateway_settings
from collective.smsauth.settings import PREFIX
from collective.smsauth.settings.gateway_choice import NO_GATEWAY
from collective.smsauth.settings.gateways import environment
from collective.smsauth.settings.stored import gateway_config
from collective.smsauth.settings.stored import gateways
from collective.smsauth.settings.stored import stored
from dataclasses import dataclass
from itertools import chain
from typing import Any
from zope.i18nmessageid import Message

NOBODY_SELECTED = _(
    "remark_nobody_selected",
    default="No groups and no roles are chosen: two-step verification is required for nobody.",
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of saving: with ``refusals`` nothing was saved, ``remarks`` are worth knowing. Both are message ids."""

    refusals: tuple[Message, ...] = ()
    remarks: tuple[Message, ...] = ()


def save(site, changes: Mapping[str, Any], *, forget_secrets: bool = False) -> Answer:
    """Store ``changes``, valid values by name of the setting, unless they would lock everybody out.

    An empty secret keeps its value; ``forget_secrets`` removes those for which no new one is given.
    """
    secrets = gateway_settings.secrets(site)
    values = {name: value for name, value in changes.items() if value or name not in secrets}
    if forget_secrets:
        values.update({name: "" for name in secrets if name not in values})
    refusals = tuple(_obstacles(site, values))
    if refusals:
        return Answer(refusals=refusals)
    remarks = tuple(_remarks(site, values))
    for name, value in values.items():
        if stored(site, name) != value:
            site.portal_registry[f"{PREFIX}.{name}"] = value
    return Answer(remarks=remarks)


def wrong(site, given: Mapping[str, Any]) -> dict[str, Message]:
    """Return what the gateways find wrong with valid values, by name of the setting: what is entered now, or does not fit any more."""
    secrets = gateway_settings.secrets(site)
    changes = {name: value for name, value in given.items() if value or name not in secrets}
    found = {
        place: _misdirected(place, secret)
        for place, secret in gateway_settings.misdirected().items()
        if changes.get(place) and changes[place] != stored(site, place)
    }
    for brought in gateway_settings.brought(site):
        former = {name: stored(site, name) or "" for name in brought.schema.names(all=True)}
        changed = {name for name in former if name in changes and (changes[name] or "") != former[name]}
        if brought.check is None or not changed:
            continue
        known = brought.check(former)
        values = {**former, **{name: changes[name] or "" for name in changed}}
        found |= {name: why for name, why in brought.check(values).items() if name in changed or name not in known}
    return found


def _misdirected(place: str, secret: str) -> Message:
    return _(
        "problem_misdirected",
        default="The environment variable ${secret} is set, so this comes from the environment only: set ${place}, too. What is entered "
        "here would say where a secret of the environment goes.",
        mapping={"secret": gateway_settings.variable(secret), "place": gateway_settings.variable(place)},
    )


def _obstacles(site, values: Mapping[str, Any]) -> Iterator[Message]:
    if not _will_be_required(site, values):
        return
    config = gateway_config(site, values)
    problems = [gateway.problems(config) for gateway in gateways(site, values)] or [(NO_GATEWAY,)]
    if all(problems):
        yield _(
            "refusal_not_ready",
            default="Two-step verification cannot be required while no text can be sent: nobody could log in. Nothing "
            "was saved.",
        )
        yield from dict.fromkeys(chain.from_iterable(problems))


def _remarks(site, values: Mapping[str, Any]) -> Iterator[Message]:
    usable = gateways(site, values)
    if _will_be_required(site, values) and usable and all(gateway.local for gateway in usable):
        yield _(
            "remark_required_outbox",
            default="Two-step verification is required, but the gateway does not send to phones: members can log in "
            "only with codes that you read to them.",
        )
    if values.get("enforcement", stored(site, "enforcement")) == Enforcement.SELECTED.value and not any(
        values.get(name, stored(site, name)) for name in ("required_groups", "required_roles")
    ):
        yield NOBODY_SELECTED
    for brought in gateway_settings.brought(site):
        for secret, (owner, remark) in brought.kept_secrets.items():
            former = stored(site, owner)
            kept = secret not in values and stored(site, secret) and not environment(secret)
            if kept and former and values.get(owner, former) != former:
                yield remark


def _will_be_required(site, values: Mapping[str, Any]) -> bool:
    return values.get("enforcement", stored(site, "enforcement")) != Enforcement.OPTIONAL.value
