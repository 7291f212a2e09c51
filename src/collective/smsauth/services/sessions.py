"""GET and DELETE ``@smsauth/sessions`` and ``@smsauth/sessions/NAME``."""

from collective.smsauth.flows import sessions
from collective.smsauth.flows.sessions import OpenSession
from collective.smsauth.flows.subject import Subject
from collective.smsauth.services import refusals
from collective.smsauth.services.login import log_out
from collective.smsauth.services.member import MemberService
from collective.smsauth.services.status import timestamp
from typing import Any


class List(MemberService):
    """The member's own sessions: of one of them, or of all, since when and by which means they are there."""

    demands_step = False
    most_names = 1

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return them, or the one that is asked for."""
        url = f"{self.parts.site.absolute_url()}/@smsauth/sessions"
        found = sessions.sessions_of(self.request, member.user_id)
        items = [{"@id": f"{url}/{one.name}", "name": one.name, **described(one)} for one in found]
        if self.names:
            return next((item for item in items if item["name"] == self.names[0]), refusals.not_found())
        return {"@id": url, "items": items, "items_total": len(items)}


class End(MemberService):
    """Ends one session, or all but the one at hand. To end the one at hand is to log out."""

    most_names = 1

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return nothing, with 204."""
        if not self.names:
            sessions.end_others(self.request, member.user_id)
            return self.reply_no_content()
        found = sessions.sessions_of(self.request, member.user_id)
        if any(one.is_this and one.name == self.names[0] for one in found):
            log_out(self.request, self.parts.site.acl_users)
            return self.reply_no_content()
        return (
            self.reply_no_content()
            if sessions.end(self.request, member.user_id, self.names[0])
            else refusals.not_found()
        )


def described(one: OpenSession) -> dict[str, Any]:
    """Return what is told of a session, whoever asks. One that has no record says nothing but that it is there."""
    session = one.session
    return {
        "since": timestamp(session.issued) if session is not None else None,
        "expires": timestamp(session.expires) if session is not None else None,
        "means": session.means if session is not None else "",
        "is_real": session is not None and session.is_real,
        "is_this": one.is_this,
    }
