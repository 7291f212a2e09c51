"""The rules for changing the settings, shared by the control panel's form and its REST twin."""

from collections.abc import Iterator
from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth.configuration import environment
from collective.smsauth.configuration import gateway_config
from collective.smsauth.configuration import gateways
from collective.smsauth.configuration import stored
from collective.smsauth.domain.policy import Enforcement
from collective.smsauth.settings import ISMSAuthSettings
from collective.smsauth.settings import PREFIX
from collective.smsauth.settings import SECRETS
from dataclasses import dataclass
from itertools import chain
from typing import Any
from zope import schema
from zope.i18nmessageid import Message
from zope.interface import Invalid
from zope.schema.interfaces import ValidationError

import unicodedata

#: Secret -> what it belongs to, and what to say if that changes alone.
_OWNERS = {
    "twilio_auth_token": (
        "twilio_account_sid",
        _(
            "remark_token_kept",
            default="The account SID was changed, but the auth token was not: the stored one was kept. "
            "If it belongs to the former account, enter the new one as well.",
        ),
    ),
    "twilio_api_key_secret": (
        "twilio_api_key_sid",
        _(
            "remark_key_secret_kept",
            default="The API key SID was changed, but its secret was not: the stored one was kept. "
            "If it belongs to the former key, enter the new one as well.",
        ),
    ),
}

NO_GATEWAY = _("problem_no_gateway", default="The chosen gateway is not there.")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of saving: with ``refusals`` nothing was saved, ``remarks`` are worth knowing. Both are message ids."""

    refusals: tuple[Message, ...] = ()
    remarks: tuple[Message, ...] = ()


def problem_with(site, name: str, value: object) -> Message | None:
    """Return why ``value`` cannot be that of a setting, with the bound named, or None if it can."""
    field = ISMSAuthSettings[name].bind(site)
    if not _is_plain(value):
        return words_for(field)
    try:
        field.validate(value)
    except ValidationError:
        return words_for(field)
    except Invalid as error:
        return error.args[0]
    return None


def words_for(field) -> Message:
    """Return in plain words what may be entered for a field of the settings: its bounds, if it has any."""
    if isinstance(field, schema.Int):
        bounds = {"least": str(field.min), "most": str(field.max)}
        return _("error_number_bounds", default="Enter a whole number from ${least} to ${most}.", mapping=bounds)
    if isinstance(field, schema.Tuple):
        item = field.value_type
        bounds = {"fewest": field.min_length, "count": field.max_length, "least": item.min, "most": item.max}
        return _(
            "error_numbers_bounds",
            default="Enter ${fewest} to ${count} whole numbers, one a line, each from ${least} to ${most}.",
            mapping={key: str(bound) for key, bound in bounds.items()},
        )
    if isinstance(field, schema.Choice):
        return _("error_choice", default="Choose one of the values that are offered.")
    if field.max_length:
        longest = {"most": str(field.max_length)}
        return _("error_text_bounds", default="Enter one line of at most ${most} characters.", mapping=longest)
    return _("error_text", default="Enter one line of text.")


def save(site, changes: Mapping[str, Any], *, forget_secrets: bool = False) -> Answer:
    """Store ``changes``, valid values by name of the setting, unless they would lock everybody out.

    An empty secret keeps its value; ``forget_secrets`` removes those for which no new one is given.
    """
    values = {name: value for name, value in changes.items() if value or name not in SECRETS}
    if forget_secrets:
        values.update({name: "" for name in SECRETS if name not in values})
    refusals = tuple(_obstacles(site, values))
    if refusals:
        return Answer(refusals=refusals)
    remarks = tuple(_remarks(site, values))
    for name, value in values.items():
        if stored(site, name) != value:
            site.portal_registry[f"{PREFIX}.{name}"] = value
    return Answer(remarks=remarks)


def _obstacles(site, values: Mapping[str, Any]) -> Iterator[Message]:
    if not _will_be_required(site, values):
        return
    config = gateway_config(site, values)
    problems = [gateway.problems(config) for gateway in gateways(site, values)] or [(NO_GATEWAY,)]
    if all(problems):
        yield _(
            "refusal_not_ready",
            default="Two-step verification cannot be required while no text can be sent: nobody could sign in. "
            "Nothing was saved.",
        )
        yield from dict.fromkeys(chain.from_iterable(problems))


def _remarks(site, values: Mapping[str, Any]) -> Iterator[Message]:
    usable = gateways(site, values)
    if _will_be_required(site, values) and usable and all(gateway.local for gateway in usable):
        yield _(
            "remark_required_outbox",
            default="Two-step verification is required, but the gateway does not send to phones: "
            "members can sign in only with codes that you read to them.",
        )
    for secret, (owner, remark) in _OWNERS.items():
        former = stored(site, owner)
        kept = secret not in values and stored(site, secret) and not environment(secret)
        if kept and former and values.get(owner, former) != former:
            yield remark


def _will_be_required(site, values: Mapping[str, Any]) -> bool:
    return values.get("enforcement", stored(site, "enforcement")) == Enforcement.REQUIRED.value


def _is_plain(value: object) -> bool:
    # Python takes True for 1, and the registry stores characters that no page can show.
    if isinstance(value, str):
        return not any(unicodedata.category(character) in ("Cc", "Cs") for character in value)
    if isinstance(value, tuple):
        return all(type(item) is int for item in value)
    return type(value) is int
