"""Takes numbers, codes and secrets out of words that others wrote, before they reach a log or a page.

Providers like to repeat what they were sent. What is masked here is masked for good: rather too much than too little.
"""

from collections.abc import Iterable
from html import escape
from traceback import format_tb
from urllib.parse import quote
from urllib.parse import quote_plus
from urllib.parse import unquote_plus
from urllib.parse import urlsplit

import json
import re

MASK = "••••"
#: Longest text that is passed on, in characters.
LONGEST = 300

_SHORTEST_SECRET = 4
_LOGIN_IN_URL = re.compile(r"(?<=://)[^\s/@]*@")
_SID = re.compile(r"\b([A-Z]{2})[0-9a-fA-F]{32}\b")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{24,}")
#: Six digits or more, however they are grouped: a phone number or a code. Twilio's error codes have five.
_NUMBER = re.compile(r"\+?\d(?:[\W_]{0,3}\d){5,}")
_UNGROUPED = re.compile(r"\d{6,}")
#: What the id of a message looks like. It is logged, so it is nothing else.
_ID = re.compile(r"[A-Za-z0-9_.:@/+=-]{1,200}")
#: By so many digits at its end a phone number is known, however its beginning is written.
_TAIL = 7


def redact(words: object, *secrets: str) -> str:
    """Return ``words`` on one line, cut to LONGEST characters, without numbers, codes, tokens or any of ``secrets``."""
    text = masked(_one_line(str(words)), secrets)
    text = _LOGIN_IN_URL.sub(f"{MASK}@", text)
    text = _SID.sub(rf"\1{MASK}", text)
    text = _TOKEN.sub(MASK, text)
    text = _NUMBER.sub(MASK, text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def masked(text: str, secrets: Iterable[str]) -> str:
    """Return ``text`` with a mask in the place of each secret that is long enough to be one, the longest first."""
    named = [secret for secret in secrets if len(_one_line(secret)) >= _SHORTEST_SECRET]
    for spelled in sorted({one for secret in named for one in _spellings(secret)}, key=len, reverse=True):
        text = text.replace(spelled, MASK)
    return text


def plain_id(value: object, *secrets: str) -> str:
    """Return the id that a provider gave to a message, '' if it is none.

    What is, or holds, one of ``secrets``, or a number or a code in one of them, is none. Long ids and those of digits are the rule, so
    tokens and numbers that stand in no secret pass.
    """
    found = value if isinstance(value, str) else ""
    if not _ID.fullmatch(found) or masked(found, secrets) != found:
        return ""
    is_part = len(found) >= _SHORTEST_SECRET and any(found in one for one in secrets)
    return "" if is_part or _tells_number(found, secrets) else found


def parts_of_url(url: str) -> tuple[str, ...]:
    """Return what may be a secret in a URL: all of it, the parts of its path, its query and the values there, as written and decoded."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url,)
    named = (one.partition("=") for one in re.split("[&;]", parts.query))
    written = (*re.split("[/;]", parts.path), *(value or name for name, _equals, value in named))
    return (url, parts.query, *written, *map(unquote_plus, written))


def described(error: BaseException, *secrets: str) -> str:
    """Return the class and the redacted words of an exception."""
    words = redact(error, *secrets)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def traced(error: BaseException) -> str:
    """Return where an exception came from: files and lines of code, but no values."""
    return "".join(format_tb(error.__traceback__)).rstrip()


def _spellings(secret: str) -> tuple[str, ...]:
    """Return how a secret is written when it is repeated: on one line, in a URL, a form, a page, or JSON, which may escape slashes."""
    in_url, in_form = quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace")
    in_json = [json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)]
    return _one_line(secret), in_url, in_form, escape(secret), *in_json, *(one.replace("/", "\\/") for one in in_json)


def _tells_number(found: str, secrets: Iterable[str]) -> bool:
    known = {number for secret in secrets for number in _numbers_in(secret)}
    ends = {number[-_TAIL:] if len(number) > _TAIL else number for number in known}
    return any(end in number for number in _numbers_in(found) for end in ends)


def _numbers_in(text: str) -> set[str]:
    """Return the digits of phone numbers and codes in a text."""
    grouped = {"".join(filter(str.isdigit, one)) for one in _NUMBER.findall(text)}
    return grouped | set(_UNGROUPED.findall(text))


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
