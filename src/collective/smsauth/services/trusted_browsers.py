"""GET and DELETE ``@smsauth/browsers`` and ``@smsauth/browsers/NAME``."""

from collective.smsauth.domain.session import TrustedBrowser
from collective.smsauth.flows import trusted_browsers
from collective.smsauth.flows.requester import browser_of
from collective.smsauth.flows.subject import Subject
from collective.smsauth.services import refusals
from collective.smsauth.services.member import MemberService
from collective.smsauth.services.status import timestamp
from typing import Any
from zope.i18n import translate


class List(MemberService):
    """The browsers that the member trusts, the last used one first."""

    demands_step = False
    most_names = 1

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return them, or the one that is asked for."""
        url, user_id = f"{self.parts.site.absolute_url()}/@smsauth/browsers", member.user_id
        here = trusted_browsers.name_of_this(self.request, user_id)
        found = trusted_browsers.opaque(user_id, self.parts.trusted_browsers.browsers(user_id))
        items = [
            {
                "@id": f"{url}/{name}",
                "name": name,
                **described(browser, self.request),
                "is_this": key == here,
            }
            for name, (key, browser) in found.items()
        ]
        if self.names:
            return next((item for item in items if item["name"] == self.names[0]), refusals.not_found())
        return {"@id": url, "items": items, "items_total": len(items)}


class Forget(MemberService):
    """Forgets one trusted browser, or all, and ends the sessions that were opened there. That at hand goes on: it has a code."""

    most_names = 1

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return nothing, with 204."""
        user_id, name = member.user_id, ""
        if self.names:
            found = trusted_browsers.opaque(user_id, self.parts.trusted_browsers.browsers(user_id))
            if self.names[0] not in found:
                return refusals.not_found()
            name, _browser = found[self.names[0]]
        trusted_browsers.forget_kept(self.request, user_id, name)
        return self.reply_no_content()


def described(browser: TrustedBrowser, request) -> dict[str, Any]:
    """Return what is told of a browser, whoever asks."""
    return {
        "browser": translate(browser_of(browser.browser), context=request),
        "since": timestamp(browser.issued),
        "last_used": timestamp(browser.used),
        "expires": timestamp(browser.expires),
    }
