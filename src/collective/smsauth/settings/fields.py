"""How the fields of the settings are made: one line of text, a bounded number, a list with one item a line."""

from collective.smsauth import _
from collective.smsauth.domain.phone import is_region
from collective.smsauth.domain.policy import BOUNDS
from collective.smsauth.domain.policy import Policy
from datetime import date
from ipaddress import ip_network
from zope import schema
from zope.interface import Invalid

import re

DEFAULTS = Policy()
#: How many items a list may have.
LONGEST_LIST = 1000
_LONGEST_QUOTE = 60
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def quoted(item: object) -> str:
    """Return what was entered, short and without characters that no page can show."""
    shown = "".join(character if character.isprintable() else "?" for character in str(item))
    return shown if len(shown) <= _LONGEST_QUOTE else f"{shown[:_LONGEST_QUOTE]}…"


def parse_date(text: object) -> date | None:
    """Return the date written as 2030-12-31, or None if it is none. Python alone takes other spellings, too."""
    if not isinstance(text, str) or not _ISO_DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def valid_region(code: str) -> bool:
    """Accept '' and the two letters of a country whose numbers are known.

    :raises Invalid: it is another text; the message names it.
    """
    if code and not is_region(code):
        raise Invalid(
            _(
                "error_region",
                default="“${item}” is not known: enter the two capital letters of a country, such as NL or DE.",
                mapping={"item": quoted(code)},
            )
        )
    return True


def valid_network(text: str) -> bool:
    """Accept a network of IPv4 or IPv6 addresses in CIDR notation, or a single address; not all of them.

    :raises Invalid: it is another text; the message names it.
    """
    try:
        everywhere = not ip_network(text).prefixlen
    except ValueError:
        wrong = _(
            "error_network",
            default="“${item}” is not a network: enter one a line, such as 192.0.2.0/24 or 2001:db8::/32.",
            mapping={"item": quoted(text)},
        )
        raise Invalid(wrong) from None
    if everywhere:
        raise Invalid(
            _(
                "error_network_everywhere",
                default="“${item}” is the whole internet: then nobody would ever be asked for a code.",
                mapping={"item": quoted(text)},
            )
        )
    return True


def bounded(name: str, title, description) -> schema.Int:
    """Return a whole number with the bounds and the default of the policy."""
    least, most = BOUNDS[name]
    default = getattr(DEFAULTS, name)
    return schema.Int(title=title, description=description, default=default, min=least, max=most, required=True)


def line(title, description=None, *, longest: int = 200, kind=schema.TextLine, **more) -> schema.TextLine:
    """Return one line of text that may be left empty."""
    empty = {"default": "", "missing_value": "", "required": False}
    return kind(title=title, description=description or "", max_length=longest, **empty, **more)


def switch(title, description=None, *, default: bool = False) -> schema.Bool:
    """Return what is on or off."""
    return schema.Bool(title=title, description=description or "", default=default, required=False)


def lines(title, description=None, *, constraint=None) -> schema.Tuple:
    """Return a list of lines of text, empty by default."""
    item = schema.TextLine(min_length=1, max_length=200, **({"constraint": constraint} if constraint else {}))
    return schema.Tuple(
        title=title,
        description=description or "",
        value_type=item,
        default=(),
        missing_value=(),
        max_length=LONGEST_LIST,
        required=False,
    )
