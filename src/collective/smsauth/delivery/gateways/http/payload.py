"""The body of a request, from a template with ``{{body}}`` and ``{{mobile}}`` in it: in JSON or as a form.

The template is read first, and then the values are put into what was read. So they stay values, whatever is in them.
"""

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from urllib.parse import urlencode

import json
import re

JSON, FORM = "JSON", "FORM"
#: What a template may have, and has to have.
PLACEHOLDERS = ("body", "mobile")
CONTENT_TYPES = {JSON: "application/json", FORM: "application/x-www-form-urlencoded"}

_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
#: A string of JSON, or a placeholder that stands where a value stands. A string without an end goes on to the end of the template: if it
#: were none, each quote in it would be tried anew.
_STRING_OR_PLACEHOLDER = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|\{\{[^{}"]*\}\}', re.DOTALL)
_MOST_FIELDS = 100
_HIDDEN = "****"


class WrongTemplate(ValueError):
    """A template that cannot be read."""


class UnknownPlaceholder(WrongTemplate):
    """A template with a placeholder that is none; its name is the argument."""


class MissingPlaceholder(WrongTemplate):
    """A template without one of the two placeholders; its name is the argument."""


def filled(template: str, content_type: str, values: Mapping[str, str]) -> bytes:
    """Return the body of a request with ``values`` by name of the placeholder.

    :raises WrongTemplate: the template cannot be read, lacks a placeholder, or has another one.
    """
    used: set[str] = set()

    def put_in(text: str) -> str:
        # in one pass: a value with a placeholder in it stays what it is
        return _PLACEHOLDER.sub(lambda found: value_of(found[1].strip()), text)

    def value_of(name: str) -> str:
        if name not in PLACEHOLDERS:
            raise UnknownPlaceholder(name)
        used.add(name)
        return values[name]

    body = (_as_form if content_type == FORM else _as_json)(template, put_in)
    for name in PLACEHOLDERS:
        if name not in used:
            raise MissingPlaceholder(name)
    return body


def literals(template: str, content_type: str) -> tuple[str, ...]:
    """Return what stands in the values of a template besides the placeholders; nothing of one that cannot be read."""
    try:
        found = [value for _name, value in _pairs(template)] if content_type == FORM else _leaves(_document(template))
    except (ValueError, RecursionError):
        return ()
    # every other part is the name of a placeholder
    return tuple(part.strip() for value in found for part in _PLACEHOLDER.split(value)[::2] if part.strip())


def without_literals(template: str, content_type: str) -> str:
    """Return a template that can be read, with asterisks in the place of all that stands in its values besides the placeholders."""
    if content_type == FORM:
        return urlencode([(name, _without_literals(value)) for name, value in _pairs(template)])
    return json.dumps(_without_literals(_document(template)))


def _without_literals(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_literals(one) for one in value]
    if isinstance(value, dict):
        return {name: _without_literals(one) for name, one in value.items()}
    if value is None or isinstance(value, bool):
        return value
    parts = enumerate(_PLACEHOLDER.split(value if isinstance(value, str) else json.dumps(value)))
    return "".join(f"{{{{{part}}}}}" if place % 2 else _HIDDEN if part.strip() else part for place, part in parts)


def _as_json(template: str, put_in: Callable[[str], str]) -> bytes:
    try:
        return json.dumps(_walked(_document(template), put_in), allow_nan=False).encode("ascii")
    except WrongTemplate:
        raise
    except (ValueError, RecursionError):
        raise WrongTemplate from None


def _document(template: str) -> Any:
    return json.loads(_STRING_OR_PLACEHOLDER.sub(_in_quotes, template), parse_constant=_refused)


def _leaves(value: Any) -> list[str]:
    if isinstance(value, (list, dict)):
        return [leaf for one in (value.values() if isinstance(value, dict) else value) for leaf in _leaves(one)]
    return [value if isinstance(value, str) else json.dumps(value)]


def _in_quotes(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith('"') else json.dumps(found[0])


def _walked(value: Any, put_in: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return put_in(value)
    if isinstance(value, list):
        return [_walked(one, put_in) for one in value]
    if isinstance(value, dict):
        return {put_in(name): _walked(one, put_in) for name, one in value.items()}
    return value


def _refused(name: str) -> None:
    raise ValueError(name)


def _as_form(template: str, put_in: Callable[[str], str]) -> bytes:
    pairs = _pairs(template)
    if not all(name for name, _value in pairs):
        raise WrongTemplate
    encoded = urlencode([(put_in(name), put_in(value)) for name, value in pairs], errors="surrogatepass")
    return encoded.encode("ascii")


def _pairs(template: str) -> list[tuple[str, str]]:
    line = "".join(part.strip() for part in template.splitlines())
    try:
        return parse_qsl(
            line, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise WrongTemplate from None
