"""POST ``@smsauth/turn-off``."""

from collective.smsauth import _
from collective.smsauth.flows import disable
from collective.smsauth.flows.subject import Subject
from collective.smsauth.services import reauthentication
from collective.smsauth.services import refusals
from collective.smsauth.services.member import MemberService
from collective.smsauth.services.refusals import Refusal
from typing import Any


class TurnOff(MemberService):
    """Turns two-step verification off, always after the password. The session that asks for it goes on."""

    fields = (reauthentication.CURRENT_PASSWORD,)

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return nothing, with 204."""
        refusal = refusals.is_off(member) or self._is_required(member)
        refusal = refusal or reauthentication.refusal_of(member, data, always=True)
        if refusal is not None:
            return refusal
        disable.turn_off(self.request, member.user_id)
        return self.reply_no_content()

    def _is_required(self, member: Subject) -> Refusal | None:
        if not member.is_required:
            return None
        words = _(
            "rest_error_required", default="This site requires two-step verification, so it cannot be turned off."
        )
        return Refusal(status=403, reason=refusals.NOT_ALLOWED, message=words)
