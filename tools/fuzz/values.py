"""Values that nobody means: as texts, as what Zope makes of a field by the end of its name, and as JSON."""

from collections.abc import Callable
from tools.fuzz.request import Pair

import json

#: Must reach no page as markup.
MARKER = "<smsauthfuzz\"'fuzzmark>"
#: A header of that name must never be in an answer.
INJECTED = "X-Smsauth-Fuzz"
_LONG = 20_000

TEXTS: dict[str, str] = {
    "nothing": "",
    "a blank": " ",
    "NUL": "\0",
    "NUL in between": "a\0b",
    "half a surrogate pair": "\ud800",
    "a byte": "\udcff",
    "a long text": "9" * _LONG,
    "the marker": MARKER,
    "an address with the marker": f"http://www.example.org/plone/{MARKER}",
    "lines": f"a\r\n{INJECTED}: 1",
    "an address elsewhere": "http://elsewhere.example/",
    "no address": "http://[x",
    "an expression": "${python:1/0}%(x)s{0.__class__}",
    "a negative number": "-1",
    "a huge number": "1e309",
    "other digits": "１２３４５６７",
    "right to left": "\u202e654321",
    "an astral character": "\U0001f4a9" * 3,
    "JSON": '{"a": [1]}',
    "a path": "../../../acl_users",
    "quotes": "\"';",
    "a pickle": "gASVAAAAAAAAAAAu",
}
#: What becomes of a value that was right.
CHANGED: dict[str, Callable[[str], str]] = {
    "a blank before": lambda value: f" {value}",
    "NUL behind": lambda value: f"{value}\0",
    "half a surrogate pair behind": lambda value: f"{value}\ud800",
    "a byte behind": lambda value: f"{value}\udcff",
    "a line break behind": lambda value: f"{value}\r\n",
    "the last character off": lambda value: value[:-1],
    "twice": lambda value: value * 2,
    "in capital letters": str.upper,
    "in quotes": lambda value: f'"{value}"',
    "in full-width characters": lambda value: "".join(
        chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in value
    ),
    "the marker behind": lambda value: value + MARKER,
}
#: What Zope makes of a field by its name: from name and value to those that are sent.
SHAPES: dict[str, Callable[[str, str], Pair]] = {
    "text": lambda name, value: (name, value),
    "NUL": lambda name, value: (name, "\0"),
    "list": lambda name, value: (f"{name}:list", value),
    "tuple": lambda name, value: (f"{name}:tuple", value),
    "record": lambda name, value: (f"{name}.a:record", value),
    "int": lambda name, value: (f"{name}:int", "1"),
    "file": lambda name, value: (name, value),
    "method": lambda name, value: (f"{name}:method", value),
    "records": lambda name, value: (f"{name}.a:records", value),
    "boolean": lambda name, value: (f"{name}:boolean", "1"),
    "bytes": lambda name, value: (f"{name}:bytes", value),
    "json": lambda name, value: (f"{name}:json", "[1]"),
    "action": lambda name, value: (f"{name}:action", value),
    "default": lambda name, value: (f"{name}:default", value),
    "default method": lambda name, value: (f"{name}:default_method", value),
    "float": lambda name, value: (f"{name}:float", "1e400"),
    "date": lambda name, value: (f"{name}:date", "2020/01/01"),
    "lines": lambda name, value: (f"{name}:lines", "a\nb"),
    "tokens": lambda name, value: (f"{name}:tokens", "a b"),
    "required": lambda name, value: (f"{name}:required", ""),
    "list of int": lambda name, value: (f"{name}:int:list", "1"),
    "utf-16": lambda name, value: (f"{name}:utf-16", value),
    "half a surrogate pair": lambda name, value: (name, "\ud800"),
    "array": lambda name, value: (f"{name}[]", value),
}
#: Those that every name is tried with.
MAIN_SHAPES = ("list", "text", "NUL", "record", "tuple", "int", "file", "method")
DEPTH = 2000


def nested(depth: int = DEPTH) -> str:
    """Return lists in lists, as JSON."""
    return "[" * depth + "]" * depth


JSONS: dict[str, str] = {
    "null": "null",
    "a number": "1",
    "a huge number": "1e400",
    "not a number": "NaN",
    "true": "true",
    "a list": "[1, null]",
    "an object": '{"a": {"b": []}}',
    "a token": '{"token": "optional"}',
    "text": '"x"',
    "no text": '""',
    "NUL": '"a\\u0000b"',
    "half a surrogate pair": '"\\ud800"',
    "a long text": json.dumps("9" * _LONG),
    "the marker": json.dumps(MARKER),
    "nested lists": nested(),
    "nested objects": '{"a":' * DEPTH + "1" + "}" * DEPTH,
    "a long number": "9" * 5000,
}
