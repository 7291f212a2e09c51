"""Tells what is wrong with the settings for Twilio before a text depends on them, and what follows from right ones."""

from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth.delivery.gateways.web_address import is_web_address
from dataclasses import dataclass
from dataclasses import field
from zope.i18nmessageid import Message

import re

_HEX = "[0-9a-fA-F]{32}"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}")
_CALLER = re.compile(r"\+[1-9][0-9]{6,14}")
#: A registered name: up to eleven characters, at least one of them a letter.
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_+\-]{1,11}")


@dataclass(frozen=True, kw_only=True)
class TwilioSettings:
    """What a request to Twilio needs.

    ``sender`` holds the arguments that say who sends, ``caller`` is the number that calls; '' in ``base_url`` stands for Twilio
    itself. ``signs_reports`` tells whether a report of Twilio can be checked: that takes the auth token, whoever sends the texts.
    """

    account_sid: str
    username: str
    password: str = field(repr=False)
    sender: Mapping[str, str]
    caller: str
    base_url: str
    signs_reports: bool


def settings(config: Mapping[str, str]) -> TwilioSettings:
    """Return the settings in ``config``. An API key wins over the auth token, a Messaging Service over a sender."""
    account, token = _value(config, "twilio_account_sid"), _value(config, "twilio_auth_token")
    key, secret = _value(config, "twilio_api_key_sid"), _value(config, "twilio_api_key_secret")
    service = _value(config, "twilio_messaging_service_sid")
    return TwilioSettings(
        account_sid=account,
        username=key or account,
        password=secret if key else token,
        sender={"messaging_service_sid": service} if service else {"from_": _value(config, "twilio_from")},
        caller=caller(config),
        base_url=_value(config, "twilio_base_url"),
        signs_reports=bool(token),
    )


def sender_number(config: Mapping[str, str]) -> str:
    """Return the number from which all texts come; '' if it is a name, or chosen by a Messaging Service."""
    sender = _value(config, "twilio_from")
    return sender if _NUMBER.fullmatch(sender) and not _value(config, "twilio_messaging_service_sid") else ""


def caller(config: Mapping[str, str]) -> str:
    """Return the number that calls: its own setting, else the sender if that can call; '' if there is none."""
    sender = _value(config, "twilio_from")
    return _value(config, "twilio_voice_from") or (sender if _CALLER.fullmatch(sender) else "")


def problems(config: Mapping[str, str]) -> tuple[Message, ...]:
    """Return what is missing or malformed as message ids; empty when texts can be sent."""
    return (*_account(config), *_credentials(config), *_sender(config), *_base_url(config))


def voice_problems(config: Mapping[str, str]) -> tuple[Message, ...]:
    """Return what is missing or malformed as message ids; empty when it can call."""
    return (*_account(config), *_credentials(config), *_caller(config), *_base_url(config))


def _value(config: Mapping[str, str], name: str) -> str:
    return (config.get(name) or "").strip()


def _is_sid(prefix: str, value: str) -> bool:
    return re.fullmatch(prefix + _HEX, value) is not None


def _account(config: Mapping[str, str]) -> tuple[Message, ...]:
    account = _value(config, "twilio_account_sid")
    if not account:
        return (_("problem_twilio_account_sid_missing", default="The account SID is missing."),)
    if not _is_sid("AC", account):
        return (
            _(
                "problem_twilio_account_sid",
                default="The account SID is not valid: it is AC followed by 32 digits or letters from a to f.",
            ),
        )
    return ()


def _credentials(config: Mapping[str, str]) -> tuple[Message, ...]:
    key, secret = _value(config, "twilio_api_key_sid"), _value(config, "twilio_api_key_secret")
    token = _value(config, "twilio_auth_token")
    if not key and not token:
        return (_("problem_twilio_credentials", default="The auth token, or an API key, is missing."),)
    if not (secret if key else token).isascii():
        return (_("problem_twilio_secret", default="The auth token or secret holds letters that Twilio does not use."),)
    if not key:
        return ()
    if not _is_sid("SK", key):
        return (
            _(
                "problem_twilio_api_key_sid",
                default="The API key SID is not valid: it is SK followed by 32 digits or letters from a to f.",
            ),
        )
    if not secret:
        return (_("problem_twilio_api_key_secret", default="The secret of the API key is missing."),)
    return ()


def _sender(config: Mapping[str, str]) -> tuple[Message, ...]:
    service, sender = _value(config, "twilio_messaging_service_sid"), _value(config, "twilio_from")
    if service:
        if _is_sid("MG", service):
            return ()
        return (
            _(
                "problem_twilio_messaging_service_sid",
                default="The Messaging Service SID is not valid: it is MG followed by 32 digits or letters from a to f.",
            ),
        )
    if not sender:
        return (_("problem_twilio_sender_missing", default="The sender, or a Messaging Service, is missing."),)
    if not _NUMBER.fullmatch(sender) and not _NAME.fullmatch(sender):
        return (
            _(
                "problem_twilio_sender",
                default="The sender is not valid: it is a number such as +31612345678, "
                "or a name of at most eleven letters, digits and spaces.",
            ),
        )
    return ()


def _caller(config: Mapping[str, str]) -> tuple[Message, ...]:
    number = caller(config)
    if not number:
        return (
            _(
                "problem_twilio_caller_missing",
                default="The caller is missing: calls need a number such as +31201234567, not a name or a Messaging Service.",
            ),
        )
    if not _CALLER.fullmatch(number):
        return (_("problem_twilio_caller", default="The caller is not valid: it is a number such as +31201234567."),)
    return ()


def _base_url(config: Mapping[str, str]) -> tuple[Message, ...]:
    url = _value(config, "twilio_base_url")
    if not url or is_web_address(url):
        return ()
    return (
        _(
            "problem_twilio_base_url",
            default="The base URL (TWILIO_BASE_URL) is not the http or https address of a server.",
        ),
    )
