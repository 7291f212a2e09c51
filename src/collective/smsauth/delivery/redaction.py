"""Takes numbers, codes and secrets out of words that others wrote, before they reach a log or a page.

Providers like to repeat what they were sent. What is masked here is masked for good: rather too much than too little.
"""

from traceback import format_tb

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


def redact(words: object, *secrets: str) -> str:
    """Return ``words`` on one line, cut to LONGEST characters, without numbers, codes, tokens or any of ``secrets``."""
    text = _one_line(str(words))
    for secret in sorted(map(_one_line, secrets), key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    text = _LOGIN_IN_URL.sub(f"{MASK}@", text)
    text = _SID.sub(rf"\1{MASK}", text)
    text = _TOKEN.sub(MASK, text)
    text = _NUMBER.sub(MASK, text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def described(error: BaseException, *secrets: str) -> str:
    """Return the class and the redacted words of an exception."""
    words = redact(error, *secrets)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def traced(error: BaseException) -> str:
    """Return where an exception came from: files and lines of code, but no values."""
    return "".join(format_tb(error.__traceback__)).rstrip()


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
