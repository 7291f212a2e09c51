"""What an e-mail tells of the act that it reports: when, with which browser, and from which client address."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.flows.requester import browser_of
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.requester import UNKNOWN_BROWSER
from collective.smsauth.settings.stored import timezone_of
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from ua_parser import parse
from zope.globalrequest import getRequest
from zope.i18n import translate

import pytz

_LONGEST_BROWSER = 1000
#: Browsers that nearly everybody uses. What others call themselves is not repeated: whoever sends a request could have anything said.
_BROWSERS = frozenset(
    {
        *(
            "Chrome",
            "Chrome Mobile",
            "Chrome Mobile WebView",
            "Chrome Mobile iOS",
            "Chromium",
            "DuckDuckGo Mobile",
            "Edge",
            "Edge Mobile",
        ),
        *(
            "Firefox",
            "Firefox Mobile",
            "Firefox iOS",
            "Mobile Safari",
            "Mobile Safari UI/WKWebView",
            "Opera",
            "Opera Mobile",
            "Safari",
        ),
        *("Samsung Internet", "Vivaldi", "Yandex Browser"),
    }
)
_SYSTEMS = frozenset({"Android", "Chrome OS", "Debian", "Fedora", "Linux", "Mac OS X", "Ubuntu", "Windows", "iOS"})


def of_request(user_id: str = "") -> str:
    """Return the circumstances of the request at hand, a line for each.

    Of an act that somebody else did for the member ``user_id``, such as an administrator, only the time: the rest is not the member's. So
    of a script, which has neither browser nor client.
    """
    parts, request = wiring.current(), getRequest()
    lines = [_("mail_when", default="Time: ${time}", mapping={"time": moment(parts.now)})]
    if effective_user_id() in ("", user_id):
        browser, client = _browser(request), _client(request)
        words = translate(browser, context=request)
        lines += [_("mail_browser", default="Browser: ${browser}", mapping={"browser": words})] if browser else []
        lines += [_("mail_client", default="Client address: ${client}", mapping={"client": client})] if client else []
    return "\n".join(translate(line, context=request) for line in lines)


def moment(seconds: float) -> str:
    """Return a time, given in seconds since the epoch, with the name of the site's time zone."""
    zone = timezone_of(wiring.current().site)
    return f"{datetime.fromtimestamp(seconds, pytz.timezone(zone)):%Y-%m-%d %H:%M} ({zone})"


def _client(request: Any) -> str:
    try:
        return str(ip_address(request.getClientAddr()))
    except (AttributeError, ValueError):
        return ""


def _browser(request: Any):
    agent = request.getHeader("User-Agent") if request is not None else ""
    if not agent:
        return ""
    agent = agent[:_LONGEST_BROWSER]
    found = parse(agent)
    is_known = found.user_agent and found.user_agent.family in _BROWSERS
    return browser_of(agent) if is_known and found.os and found.os.family in _SYSTEMS else UNKNOWN_BROWSER
