"""Where a provider may report what became of a text, and for which one.

The address carries a signed reference to one challenge of one member: no number, no code, and nothing that a browser could use. It
is only half of what a report takes: the provider signs it, too.
"""

from collections.abc import Sequence
from collective.smsauth.delivery.status import report
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.interfaces import ISMSAuthPlugin
from collective.smsauth.storage.accounts import Accounts
from ipaddress import ip_address
from urllib.parse import urlencode
from urllib.parse import urlsplit

import re

REFERENCE = "ref"

#: Names that no provider on the Internet can reach, after RFC 2606, RFC 6761, RFC 6762, RFC 8375 and what companies use within.
_PRIVATE = (
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "test",
    "example",
    "invalid",
    "arpa",
)
_HOST_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


def url(root: str, view: str, keys: Sequence[bytes], *, user_id: str, challenge: Challenge) -> str:
    """Return the URL for reports about the text of ``challenge``; '' if no provider could reach it.

    ``root`` is the URL of the site, ``view`` the name of the view of the provider, '' if it has none. Some providers refuse a text whose
    reports would go to a URL that they find no good.
    """
    if not view or not is_public(root):
        return ""
    value = {"u": user_id, "p": challenge.purpose.value, "c": challenge.id, "x": challenge.expires}
    reference = signed_values.sign(keys, Usage.STATUS, value)
    if signed_values.unsign(keys, Usage.STATUS, reference) is None:
        return ""  # a user id too long to travel
    return f"{root}/@@{view}?{urlencode({REFERENCE: reference})}"


def is_public(root: str) -> bool:
    """Tell whether an address may be one on the Internet: a host name that is none of the private ones, or a public IP address."""
    try:
        parts = urlsplit(root)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return _HOST_NAME.fullmatch(host) is not None and host.rpartition(".")[2] not in _PRIVATE


def record(
    plugin: ISMSAuthPlugin,
    keys: Sequence[bytes],
    reference: object,
    status: DeliveryStatus,
    *,
    now: float,
    max_tries: int,
) -> bool | None:
    """Keep a reported status with the challenge that ``reference`` names, if that can still be answered; a failure counts in any case.

    Tells whether that changed anything; None if the reference is not one of this site, or no longer.
    """
    value = signed_values.unsign(keys, Usage.STATUS, reference)
    if value is None or now >= value["x"]:
        return None
    user_id, purpose, challenge_id = value["u"], Purpose(value["p"]), value["c"]
    accounts: Accounts = plugin.accounts
    account = accounts.get(user_id)
    sent = account.sent(purpose) if account is not None else ()
    challenge = next((one for one in sent if one.id == challenge_id), None)
    if challenge is not None and not challenge.is_open(now=now, max_tries=max_tries) and not status.failed:
        return False
    return report(plugin, user_id, purpose, challenge_id, status, lost=True)
