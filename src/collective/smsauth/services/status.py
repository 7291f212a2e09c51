"""GET ``@smsauth``: how the second step of the member in effect stands."""

from collective.smsauth.domain import contact_points
from collective.smsauth.flows.subject import Subject
from collective.smsauth.services.member import MemberService
from datetime import datetime
from datetime import timezone
from typing import Any


class Status(MemberService):
    """What a client shows a member of their own second step."""

    demands_step = False

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return how it stands. Numbers are whole: they are the member's own."""
        account, parts = member.account, self.parts
        unproved = contact_points.unproved_of(account, now=parts.now)
        numbers = list(contact_points.numbers_of(account))
        body = {
            "@id": f"{parts.site.absolute_url()}/@smsauth",
            "enabled": account.is_bound,
            "required": member.is_required,
            "mobile_number": account.number,
            "pending_mobile_number": unproved.number if unproved is not None else "",
            "verified_mobile_numbers": numbers,
            "channels": [channel.value for channel in parts.policy.channels],
            "recovery_codes_left": len(account.recovery),
            "session": self._session(member.user_id),
        }
        until = parts.gate.obligations.upcoming(member.user_id)
        return body if until is None else {**body, "must_set_up_by": timestamp(until)}

    def _session(self, user_id: str) -> dict[str, Any]:
        gate, now = self.parts.gate, self.parts.now
        proof = gate.proof(user_id)
        if proof is not None:
            means, is_real = proof.session.means, proof.session.is_real
            return {"since": timestamp(proof.session.issued), "means": means, "is_real": is_real}
        age, excuse = gate.session_age(user_id, now), gate.obligations.excuse(user_id)
        since = None if age is None else timestamp(now - age)
        return {"since": since, "means": "" if excuse is None else excuse.value, "is_real": False}


def timestamp(seconds: float) -> str:
    """Return a time (seconds since the epoch) in ISO 8601 form, in UTC."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")
