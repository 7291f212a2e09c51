"""Tells what is wrong with the settings for Vonage before a text depends on them, and what follows from right ones."""

from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth.delivery.gateways.web_address import is_web_address
from dataclasses import dataclass
from dataclasses import field
from zope.i18nmessageid import Message

import re

#: Where the SMS API is, https://developer.vonage.com/en/api/sms.
BASE_URL = "https://rest.nexmo.com"

_VISIBLE = re.compile(r"[!-~]+")
_NUMBER = re.compile(r"\+?[1-9][0-9]{6,14}|[0-9]{3,8}")
#: A name: up to eleven characters, at least one of them a letter.
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_+\-]{1,11}")


@dataclass(frozen=True, kw_only=True)
class VonageSettings:
    """What a request to Vonage needs. ``signs_reports`` tells whether a report of Vonage can be checked."""

    api_key: str
    api_secret: str = field(repr=False)
    sender: str
    base_url: str
    signs_reports: bool


def settings(config: Mapping[str, str]) -> VonageSettings:
    """Return the settings in ``config``."""
    sender = _value(config, "vonage_from")
    return VonageSettings(
        api_key=_value(config, "vonage_api_key"),
        api_secret=_value(config, "vonage_api_secret"),
        sender=sender.removeprefix("+") if _NUMBER.fullmatch(sender) else sender,
        base_url=_value(config, "vonage_base_url").rstrip("/") or BASE_URL,
        signs_reports=bool(_value(config, "vonage_signature_secret")),
    )


def sender_number(config: Mapping[str, str]) -> str:
    """Return the number from which all texts come, as members see it; '' if it is a name."""
    sender = _value(config, "vonage_from")
    if not _NUMBER.fullmatch(sender):
        return ""
    return sender if sender.startswith("+") or len(sender) <= 8 else f"+{sender}"


def problems(config: Mapping[str, str]) -> tuple[Message, ...]:
    """Return what is missing or malformed as message ids; empty when texts can be sent."""
    return (*_credentials(config), *_sender(config), *_base_url(config))


def _value(config: Mapping[str, str], name: str) -> str:
    return (config.get(name) or "").strip()


def _credentials(config: Mapping[str, str]) -> tuple[Message, ...]:
    found = []
    key, secret = _value(config, "vonage_api_key"), _value(config, "vonage_api_secret")
    if not key:
        found.append(_("problem_vonage_api_key_missing", default="The API key is missing."))
    elif not (key.isascii() and key.isalnum()):
        found.append(_("problem_vonage_api_key", default="The API key is not valid: it has digits and letters only."))
    if not secret:
        found.append(_("problem_vonage_api_secret_missing", default="The API secret is missing."))
    elif not _VISIBLE.fullmatch(secret):
        found.append(_("problem_vonage_api_secret", default="The API secret holds letters that Vonage does not use."))
    return tuple(found)


def _sender(config: Mapping[str, str]) -> tuple[Message, ...]:
    sender = _value(config, "vonage_from")
    if not sender:
        return (_("problem_vonage_sender_missing", default="The sender is missing."),)
    if not _NUMBER.fullmatch(sender) and not _NAME.fullmatch(sender):
        return (
            _(
                "problem_vonage_sender",
                default="The sender at Vonage is not valid: it is a number such as +31612345678, "
                "or a name of at most eleven letters, digits and spaces.",
            ),
        )
    return ()


def _base_url(config: Mapping[str, str]) -> tuple[Message, ...]:
    url = _value(config, "vonage_base_url")
    if not url or is_web_address(url):
        return ()
    return (
        _(
            "problem_vonage_base_url",
            default="The base URL (VONAGE_BASE_URL) is not the http or https address of a server.",
        ),
    )
