"""POST ``@smsauth/set-up`` and ``@smsauth/confirm``: the primary number of the member in effect, the first one or another."""

from collective.smsauth.domain import contact_points
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.flows import email_alone
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
    """Sends a code to the number that is to be the primary one, or to the e-mail address that is to be the second step without one."""

    fields = (Field(name="mobile_number"), Field(name="channel"), reauthentication.CURRENT_PASSWORD)

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return what is on its way (202), or that the number, verified already, is the primary one from now on (200)."""
        given = data.get("channel")
        by_email = given == Channel.EMAIL.value and "mobile_number" not in data and email_alone.is_offered(member)
        if "mobile_number" not in data and not by_email:
            return refusals.of_field("mobile_number")
        if not by_email and given not in (None, Channel.TEXT.value, Channel.VOICE.value):
            return refusals.of_field("channel")
        # whoever has the second step has given it in this session: MemberService demands it
        refusal = reauthentication.refusal_of_first_number(member, data)
        if refusal is not None:
            return refusal
        if by_email:
            return self._by_email(member)
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

    def _by_email(self, member: Subject) -> Any:
        email = email_alone.address_to_prove(member)
        if not email and member.account.is_bound:
            return {"enabled": True, "mobile_number": ""}
        if not email:
            return refusals.unusable("channel", email_alone.NO_ADDRESS)
        proof = member.set_up_proof
        receipt = proof.send(email)
        return self.accepted(numbers.on_its_way(proof)) if receipt.sent else refusals.of_receipt(receipt)


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
        return {"enabled": account.is_bound, "mobile_number": account.number, **token}
