"""Tells what is wrong with the settings of a custom gateway, at which of them, and what follows from right ones."""

from collections.abc import Callable
from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth.delivery.gateways.http import headers
from collective.smsauth.delivery.gateways.http import json_path
from collective.smsauth.delivery.gateways.http import payload
from collective.smsauth.delivery.gateways.http.answer import Success
from collective.smsauth.delivery.gateways.http.connection import Request
from collective.smsauth.delivery.gateways.http.public_addresses import is_public
from collective.smsauth.delivery.redaction import parts_of_url
from collective.smsauth.settings.fields import quoted
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit
from zope.i18nmessageid import Message

import os
import re

METHODS = ("POST", "PUT")
CONTENT_TYPES = (payload.JSON, payload.FORM)
#: The number as +31612345678, or as 31612345678.
E164, DIGITS = "E164", "DIGITS"
NUMBER_FORMATS = (E164, DIGITS)
#: What the preview and the check of a template put in. The number is one that is kept free for films.
EXAMPLE = {"body": "Site: your login code is 123456.", "mobile": "+447700900123"}

_URL = re.compile(r"[!#-;=?-\[\]_a-z~]+")
_STATUS = re.compile(r"[1-5][0-9]{2}")
_MASK = "••••"
_USER_AGENT = ("User-Agent", "collective.smsauth")


def request_of(config: Mapping[str, str], *, to: str, body: str) -> Request:
    """Return the request that hands over a text. The settings are right, as ``problems`` tells.

    :raises ValueError: they are not.
    """
    return Request(
        method=_choice(config, "http_method", METHODS),
        url=_value(config, "http_url"),
        headers=(*_usual_headers(config), *_own_headers(config)),
        body=_body(config, to=to, body=body),
    )


def success(config: Mapping[str, str]) -> Success:
    """Return what an answer is like that says that a text was taken.

    :raises ValueError: the settings are not right.
    """
    path, message_id = _value(config, "http_success_path"), _value(config, "http_message_id")
    return Success(
        statuses=_statuses(_value(config, "http_success_status")),
        path=json_path.parse(path) if path else (),
        text=_value(config, "http_success_text"),
        message_id=json_path.parse(message_id) if message_id else (),
    )


def secrets(config: Mapping[str, str]) -> tuple[str, ...]:
    """Return what of the settings is not to be repeated.

    That is what may be a secret: the values of the headers and their parts, what the template has besides the placeholders, and the path
    and the query of the URL.
    """
    found: list[str] = []
    with suppress(headers.WrongHeader):
        for _name, value in _own_headers(config):
            found += headers.secrets(value)
    content_type = _value(config, "http_content_type").upper()
    literals = payload.literals(config.get("http_payload") or "", content_type)
    return (*found, *literals, *parts_of_url(_value(config, "http_url")))


def allows_private(config: Mapping[str, str]) -> bool:
    """Tell whether the environment permits servers in the site's own network."""
    allowed = config.get("http_allow_private", os.environ.get("SMSAUTH_HTTP_ALLOW_PRIVATE", ""))
    return allowed.strip().lower() in ("1", "true")


def problems(config: Mapping[str, str]) -> tuple[Message, ...]:
    """Return what is missing or malformed as message ids; empty when texts can be sent."""
    return (*_missing(config), *check(config).values(), *_private(config))


def check(values: Mapping[str, str]) -> dict[str, Message]:
    """Return what is wrong with values that are there, by name of the setting."""
    found = {}
    for name, problem_with in _CHECKS.items():
        problem = problem_with(values) if _value(values, name) else None
        if problem is not None:
            found[name] = problem
    return found


def preview(config: Mapping[str, str]) -> str:
    """Return the request as it would be sent for an example, as far as it is set up, with the names of the headers only.

    Of a URL of the environment the host is shown only, and of its template nothing that stands in a value.
    """
    wrong = check(config)
    lines = []
    if _value(config, "http_url") and not wrong.keys() & {"http_url", "http_method"}:
        lines.append(f"{_choice(config, 'http_method', METHODS)} {_shown_url(_value(config, 'http_url'))}")
    if not wrong.keys() & {"http_headers", "http_content_type"}:
        lines += [f"{name}: {value}" for name, value in _usual_headers(config) if lines]
        lines += [f"{name}: {_MASK}" for name, _secret in _own_headers(config)]
    if _value(config, "http_payload") and not wrong.keys() & {
        "http_payload",
        "http_content_type",
        "http_number_format",
    }:
        lines += ["", _shown_body(config)]
    return "\n".join(lines).strip()


def _shown_url(url: str) -> str:
    parts = urlsplit(url)
    is_more = bool(parts.path.strip("/") or parts.query)
    return f"{parts.scheme}://{parts.netloc}/{_MASK}" if is_more and _is_in_environment("http_url") else url


def _shown_body(config: Mapping[str, str]) -> str:
    template = config.get("http_payload") or ""
    if _is_in_environment("http_payload"):
        template = payload.without_literals(template, _choice(config, "http_content_type", CONTENT_TYPES))
    return _body({**config, "http_payload": template}, to=EXAMPLE["mobile"], body=EXAMPLE["body"]).decode("ascii")


def _own_headers(config: Mapping[str, str]) -> headers.Headers:
    return headers.parse(config.get("http_headers") or "")


def _usual_headers(config: Mapping[str, str]) -> headers.Headers:
    """Return the headers that an administrator has not set."""
    content_type = payload.CONTENT_TYPES[_choice(config, "http_content_type", CONTENT_TYPES)]
    usual = (("Content-Type", content_type), ("Accept", "application/json, */*;q=0.5"), _USER_AGENT)
    own = {name.lower() for name, _secret in _own_headers(config)}
    return tuple((name, value) for name, value in usual if name.lower() not in own)


def _body(config: Mapping[str, str], *, to: str, body: str) -> bytes:
    mobile = to.removeprefix("+") if _choice(config, "http_number_format", NUMBER_FORMATS) == DIGITS else to
    content_type = _choice(config, "http_content_type", CONTENT_TYPES)
    return payload.filled(config.get("http_payload") or "", content_type, {"body": body, "mobile": mobile})


def _value(config: Mapping[str, str], name: str) -> str:
    return (config.get(name) or "").strip()


def _choice(config: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    """Return one of ``values``, the first if none is set. The environment may write it in small letters."""
    value = _value(config, name).upper() or values[0]
    if value not in values:
        raise ValueError(name)
    return value


def _missing(config: Mapping[str, str]) -> tuple[Message, ...]:
    found = []
    if not _is_in_environment("http_url") and any(map(_is_in_environment, ("http_headers", "http_payload"))):
        found.append(_WITHHELD)
    elif not _value(config, "http_url"):
        found.append(_("problem_http_url_missing", default="The URL to which texts are sent is missing."))
    if not _value(config, "http_payload"):
        found.append(_("problem_http_payload_missing", default="The template of the request is missing."))
    return tuple(found)


_WITHHELD = _(
    "problem_http_url_withheld",
    default="The environment sets the headers or the template, but not the URL: their secrets go to no URL that is stored. Set "
    "SMSAUTH_HTTP_URL as well.",
)


def _is_in_environment(name: str) -> bool:
    return bool(os.environ.get(f"SMSAUTH_{name}".upper()))


def _private(config: Mapping[str, str]) -> tuple[Message, ...]:
    """Return the problem of a host that needs no name server to be known as none of the Internet. The others show when a text is sent."""
    if allows_private(config) or _wrong_url(config) is not None:
        return ()
    host = urlsplit(_value(config, "http_url")).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        is_private = host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost")
    else:
        is_private = not is_public(host)
    if not is_private:
        return ()
    return (
        _(
            "problem_http_private",
            default="The URL leads to this server or its own network. Only the environment can permit that, "
            "by SMSAUTH_HTTP_ALLOW_PRIVATE.",
        ),
    )


def _wrong_choice(name: str, values: tuple[str, ...]) -> Callable[[Mapping[str, str]], Message | None]:
    def problem_with(config: Mapping[str, str]) -> Message | None:
        with suppress(ValueError):
            _choice(config, name, values)
            return None
        return _(
            "problem_http_choice",
            default="${name} is one of: ${values}.",
            mapping={"name": name, "values": ", ".join(values)},
        )

    return problem_with


def _wrong_url(config: Mapping[str, str]) -> Message | None:
    url = _value(config, "http_url")
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return _NO_URL
    if "@" in parts.netloc:
        return _(
            "problem_http_url_login",
            default="The URL has a username or password in it. Put that into a header instead.",
        )
    plain = _URL.fullmatch(url) is not None and not parts.fragment and "#" not in url and port != 0
    return None if plain and parts.scheme in ("http", "https") and _is_host(host) else _NO_URL


_NO_URL = _(
    "problem_http_url",
    default="This is no URL of a server: it begins with https:// or http:// and a host, and has no blanks and no letters beyond ASCII.",
)


def _is_host(host: str) -> bool:
    if ":" in host:  # between brackets
        try:
            ip_address(host)
        except ValueError:
            return False
        return "%" not in host
    return re.fullmatch(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_.])?", host) is not None and ".." not in host


def _wrong_headers(config: Mapping[str, str]) -> Message | None:
    try:
        _own_headers(config)
    except headers.ReservedHeader as error:
        return _(
            "problem_http_header_reserved",
            default="The header ${name} cannot be set, or is there twice.",
            mapping={"name": quoted(error.name)},
        )
    except headers.WrongHeader as error:
        return _(
            "problem_http_header",
            default="Header ${place} cannot be sent: write name: value, one a line, or separated by commas if no value has a comma in it. "
            "Values have letters of Western Europe only.",
            mapping={"place": str(error.place)},
        )
    return None


def _wrong_payload(config: Mapping[str, str]) -> Message | None:
    content_type = _value(config, "http_content_type").upper() or payload.JSON
    try:
        payload.filled(config.get("http_payload") or "", content_type, EXAMPLE)
    except payload.UnknownPlaceholder as error:
        return _(
            "problem_http_placeholder",
            default="“${item}” is no placeholder: there are {{body}} and {{mobile}}.",
            mapping={"item": quoted(error)},
        )
    except payload.MissingPlaceholder as error:
        return _(
            "problem_http_placeholder_missing",
            default="The template has no {{${item}}} in it.",
            mapping={"item": str(error)},
        )
    except payload.WrongTemplate:
        return _NO_FORM if content_type == payload.FORM else _NO_JSON
    return None


_NO_JSON = _(
    "problem_http_json",
    default='This is no JSON. An example: {"to": {{mobile}}, "content": {{body}}}',
)
_NO_FORM = _(
    "problem_http_form",
    default="These are no fields of a form. An example: to={{mobile}}&text={{body}}",
)


def _statuses(written: str) -> frozenset[int]:
    parts = [part.strip() for part in written.split(",") if part.strip()]
    if not all(_STATUS.fullmatch(part) for part in parts):
        raise ValueError(written)
    return frozenset(map(int, parts))


def _wrong_statuses(config: Mapping[str, str]) -> Message | None:
    with suppress(ValueError):
        _statuses(_value(config, "http_success_status"))
        return None
    return _("problem_http_status", default="Enter HTTP statuses, separated by commas, such as 200, 202.")


def _wrong_path(name: str) -> Callable[[Mapping[str, str]], Message | None]:
    def problem_with(config: Mapping[str, str]) -> Message | None:
        with suppress(ValueError):
            json_path.parse(_value(config, name))
            return None
        return _("problem_http_path", default="This is no path in JSON, such as $.messages[0].status.")

    return problem_with


#: By name of the setting; what is empty is not asked about.
_CHECKS: Mapping[str, Callable[[Mapping[str, str]], Message | None]] = {
    "http_url": _wrong_url,
    "http_method": _wrong_choice("http_method", METHODS),
    "http_content_type": _wrong_choice("http_content_type", CONTENT_TYPES),
    "http_payload": _wrong_payload,
    "http_headers": _wrong_headers,
    "http_number_format": _wrong_choice("http_number_format", NUMBER_FORMATS),
    "http_success_status": _wrong_statuses,
    "http_success_path": _wrong_path("http_success_path"),
    "http_message_id": _wrong_path("http_message_id"),
}
