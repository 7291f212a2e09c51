"""The headers of a request as an administrator writes them: one a line, or separated by commas if they are all on one line."""

import base64
import binascii
import re

#: A name is a token of RFC 9110, a value has visible characters of ISO 8859-1 and blanks.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x20-\x7e\xa0-\xff]*")
#: What tells where a request goes and where it ends is not for an administrator to say.
_OURS = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_MOST = 50
_BETWEEN_PARTS = re.compile(r'[\s,;="]+')

Headers = tuple[tuple[str, str], ...]


class WrongHeader(ValueError):
    """What is no header. Which one is told by its place, counted from 1: what stands there may be a secret."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


class ReservedHeader(WrongHeader):
    """A header that the request has from elsewhere, or that was there before; ``name`` is a name that is no secret."""

    def __init__(self, place: int, name: str) -> None:
        super().__init__(place)
        self.name = name


def parse(text: str) -> Headers:
    """Return names and values.

    :raises WrongHeader: one of them is none.
    """
    stripped = text.strip("\t ")
    # not ``splitlines``: characters that it also splits at belong into no header
    lines = re.split(r"\r\n|\r|\n", stripped)
    parts = lines if len(lines) > 1 else stripped.split(",")
    written = [part.strip(" \t") for part in parts]
    found: list[tuple[str, str]] = []
    for place, part in enumerate((part for part in written if part), start=1):
        name, colon, value = part.partition(":")
        name, value = name.strip(" \t"), value.strip(" \t")
        if not colon or not value or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or place > _MOST:
            raise WrongHeader(place)
        if name.lower() in _OURS or name.lower() in {former.lower() for former, _value in found}:
            raise ReservedHeader(place, name)
        found.append((name, value))
    return tuple(found)


def secrets(value: str) -> tuple[str, ...]:
    """Return what may be a secret in the value of a header: all of it, its parts, and name and password of HTTP Basic."""
    kind, _blank, rest = value.partition(" ")
    found = (value, rest, *_BETWEEN_PARTS.split(value))
    if kind.lower() != "basic":
        return found
    try:
        login = base64.b64decode(rest.strip(), validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return found
    return (*found, login, *login.partition(":")[::2])
