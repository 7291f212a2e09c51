"""A service of Apprise by its URL: where the phone number goes, and whether Apprise knows it. It never tells the URL, which is a secret."""

from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth.delivery.caught_logs import caught
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from zope.i18nmessageid import Message

import importlib
import re

#: The loggers of Apprise and of what it calls: they repeat URLs and numbers.
LOGGERS = ("apprise", "urllib3.connectionpool", "urllib3.util.retry")
#: Services of Apprise that show something on the server itself or write it into its logs: no phone is reached by them.
ON_THE_SERVER = frozenset(
    {
        "blink1",
        "dbus",
        "gio",
        "glib",
        "gnome",
        "kde",
        "macosx",
        "qt",
        "rsyslog",
        "syslog",
        "windows",
    }
)

_PLACEHOLDER = re.compile(r"\{\{\s*mobile\s*\}\}")
_SCHEME = re.compile(r"[A-Za-z0-9]{2,20}(?=://)")
#: A number that is kept free for films, to see whether Apprise knows what to do with one.
_EXAMPLE = "+447700900123"
_KEPT = 8

NO_LIBRARY = _(
    "problem_apprise_library",
    default="Apprise is not installed on the server: install collective.smsauth with the extra apprise.",
)
MISSING = _("problem_apprise_url_missing", default="The URL of the service is missing.")
_UNKNOWN = _(
    "problem_apprise_url",
    default="Apprise does not know what to do with this URL and a phone number at its end, or where {{mobile}} stands.",
)
_LOCAL = _(
    "problem_apprise_local",
    default="This service reaches no phone: it shows messages on the server, or writes them into its logs.",
)


def library() -> Any:
    """Return the module of Apprise, None if it is not installed."""
    try:
        return importlib.import_module("apprise")
    except ImportError:
        return None


def url_of(config: Mapping[str, str]) -> str:
    """Return the URL in ``config``, '' if there is none."""
    return (config.get("apprise_url") or "").strip()


def service(url: str, number: str) -> Any:
    """Return Apprise's own object for texts to ``number`` (E.164), None if it knows no such service."""
    apprise = library()
    # one after the other in this thread, so that what it logs can be caught; and nothing of it is kept on the disk
    asset = apprise.AppriseAsset(async_mode=False, secure_logging=True)
    with caught(*LOGGERS):
        return apprise.Apprise.instantiate(_addressed(url, number), asset=asset, suppress_exceptions=True)


def check(values: Mapping[str, str]) -> dict[str, Message]:
    """Return what is wrong with a URL that is there, by the name of the setting. Without Apprise not all can be told."""
    url = url_of(values)
    problem = _problem_with(url, is_there=library() is not None) if url else None
    return {} if problem is None else {"apprise_url": problem}


@lru_cache(maxsize=_KEPT)
def _problem_with(url: str, *, is_there: bool) -> Message | None:
    # Each page that asks for a code asks, and Apprise takes its time.
    scheme = _SCHEME.match(url)
    if scheme is None:
        return _UNKNOWN
    if scheme[0].lower() in ON_THE_SERVER:
        return _LOCAL
    return _UNKNOWN if is_there and service(url, _EXAMPLE) is None else None


def _addressed(url: str, number: str) -> str:
    to = quote(number, safe="")
    if _PLACEHOLDER.search(url):
        return _PLACEHOLDER.sub(to, url)
    path, mark, query = url.partition("?")
    return f"{path.rstrip('/')}/{to}{mark}{query}"
