"""POST ``@smsauth/set-up`` and ``@smsauth/confirm``: the primary number of the member in effect, the first one or another."""

from collective.smsauth.domain import contact_points
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.flows.contact_points import ContactPoints
from collective.smsauth.flows.subject import Subject
from collective.smsauth.services import numbers
from collective.smsauth.services import reauthentication
from collective.smsauth.services import refusals
from collective.smsauth.services.member import MemberService
from collective.smsauth.services.member import ProvingService
from collective.smsauth.services.service import Field
from typing import Any


class SetUp(MemberService):
    """Sends a code to the number that is to be the primary one."""

    fields = (Field(name="mobile_number"), Field(name="channel"), reauthentication.CURRENT_PASSWORD)

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return what is on its way (202), or that the number, verified already, is the primary one from now on (200)."""
        if "mobile_number" not in data:
            return refusals.of_field("mobile_number")
        given = data.get("channel")
        if given not in (None, *Channel) or given == Channel.EMAIL.value:
            return refusals.of_field("channel")
        # whoever has the second step has given it in this session: MemberService demands it
        if not member.account.number:
            refusal = reauthentication.refusal_of(member, data)
            if refusal is not None:
                return refusal
        number = numbers.number_in(data["mobile_number"], self.parts)
        if isinstance(number, PhoneProblem):
            return refusals.of_number("mobile_number", number)
        points = ContactPoints(user_id=member.user_id, parts=self.parts)
        if number in contact_points.numbers_of(points.account):
            points.make_primary(number)
            return {"enabled": True, "mobile_number": number}
        receipt = points.ask(number, listed=False, channel=Channel(given) if given else None)
        if not receipt.sent:
            return refusals.of_receipt(receipt)
        proof = points.proof_for(Purpose.SET_UP)
        return self.accepted(numbers.on_its_way(proof))


class Confirm(ProvingService):
    """Takes the code of ``set-up``."""

    fields = (Field(name="code"),)

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return how it stands, and the token of the session that goes on; all others have ended."""
        if "code" not in data:
            return refusals.of_field("code")
        points = ContactPoints(user_id=member.user_id, parts=self.parts)
        verdict = points.proof_for(Purpose.SET_UP).answer(data["code"], once=True)
        refusal = numbers.refusal_of(verdict, self.parts)
        if refusal is not None:
            return refusal
        token = numbers.proved(points, verdict)
        account = points.account
        return {"enabled": bool(account.number), "mobile_number": account.number, **token}
