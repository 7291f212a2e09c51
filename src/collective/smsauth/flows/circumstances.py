"""What an e-mail tells of the act that it reports: when, with which browser, and from which client address."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.flows.requester import browser_of
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.settings.stored import timezone_of
from datetime import datetime
from zope.globalrequest import getRequest
from zope.i18n import translate
from zope.i18nmessageid import Message

import pytz

_LONGEST_BROWSER = 1000


def of_request(user_id: str = "") -> Message:
    """Return the circumstances of the request at hand, as a paragraph.

    Of an act that somebody else did for the member ``user_id``, such as an administrator, only the time: the rest is not the member's. So
    of a script, which has neither browser nor client.
    """
    parts, request = wiring.current(), getRequest()
    zone = timezone_of(parts.site)
    moment = datetime.fromtimestamp(parts.now, pytz.timezone(zone))
    when = f"{moment:%Y-%m-%d %H:%M} ({zone})"
    agent = (request.getHeader("User-Agent") or "") if request is not None else ""
    client = (request.getClientAddr() or "") if request is not None else ""
    if not client or effective_user_id() not in ("", user_id):
        return _("mail_when", default="Time: ${time}", mapping={"time": when})
    browser = translate(browser_of(agent[:_LONGEST_BROWSER]), context=request)
    return _(
        "mail_circumstances",
        default="Time: ${time}\nBrowser: ${browser}\nClient address: ${client}",
        mapping={"time": when, "browser": browser, "client": client},
    )
