"""``@smsauth/contacts`` and what hangs below it: the numbers and the e-mail address of the member in effect."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.domain import channels
from collective.smsauth.domain import contact_points
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import ContactPoint
from collective.smsauth.domain.channels import Standing
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.flows.address_proof import AddressProof
from collective.smsauth.flows.contact_points import ContactPoints
from collective.smsauth.flows.subject import Subject
from collective.smsauth.services import numbers
from collective.smsauth.services import reauthentication
from collective.smsauth.services import refusals
from collective.smsauth.services.member import MemberService
from collective.smsauth.services.member import ProvingService
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.services.service import Field
from collective.smsauth.services.status import timestamp
from collective.smsauth.verification.results import SendRefusal
from typing import Any

_UNPROVED = (Standing.PENDING, Standing.CLAIMED)


def item(points: ContactPoints, point: ContactPoint) -> dict[str, Any]:
    """Return what is told of a contact point: the address is whole, it is its owner's."""
    name = points.name_of(point)
    return {
        "@id": f"{points.parts.site.absolute_url()}/@smsauth/contacts/{name}",
        "name": name,
        "kind": "email" if channels.is_email(point.address) else "number",
        "address": point.address,
        "standing": point.standing.value,
        "primary": point.primary,
        "verified": timestamp(point.verified) if point.verified else None,
    }


def not_in_this_state() -> Refusal:
    """Return the refusal of what the standing of a contact point does not allow."""
    words = _("rest_error_standing", default="This cannot be done with this number or address.")
    return Refusal(status=409, reason=SendRefusal.NOT_YOURS.value, message=words)


class _Contacts(MemberService):
    """Base of what hangs below ``contacts``."""

    def points_of(self, member: Subject) -> ContactPoints:
        """Return the contact points of the member."""
        return ContactPoints(user_id=member.user_id, parts=self.parts)


class List(_Contacts):
    """GET: all of them, or one."""

    demands_step = False
    most_names = 1

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return them, the primary number first; or the one that is asked for."""
        points = self.points_of(member)
        if self.names:
            point = points.named(self.names[0])
            return item(points, point) if point is not None else refusals.not_found()
        items = [item(points, point) for point in points.points()]
        url = f"{self.parts.site.absolute_url()}/@smsauth/contacts"
        return {"@id": url, "items": items, "items_total": len(items)}


class Post(ProvingService, _Contacts):
    """POST: a further number or the address of the profile is to be proved (no name), or a code is entered or sent again."""

    fields = (Field(name="address"), Field(name="code"), reauthentication.CURRENT_PASSWORD)
    most_names = 2

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Do what the names say."""
        points = self.points_of(member)
        if not self.names:
            return self._add(points, data)
        action = {"confirm": self._confirm, "resend": self._resend}.get(self.names[-1])
        point = points.named(self.names[0])
        if len(self.names) != 2 or action is None or point is None:
            return refusals.not_found()
        # an e-mail address is verified by nobody who has no number: it proves nothing for them
        is_number = not channels.is_email(point.address)
        refusal = reauthentication.refusal_of_first_number(member, data) if is_number else None
        return refusal if refusal is not None else action(points, point, data)

    def _add(self, points: ContactPoints, data: dict[str, Any]) -> Any:
        if "address" not in data:
            return refusals.of_field("address")
        address = _address(data["address"], self.parts)
        if isinstance(address, Refusal):
            return address
        known = next((one for one in points.points() if _is_same(one.address, address)), None)
        if known is not None and known.standing is Standing.VERIFIED:
            return item(points, known)
        if channels.is_email(address):
            # as it is spelled in the profile, if it is the one in there
            proof = points.proof_of_email
            receipt = proof.send(known.address if known is not None else address)
        elif points.account.is_bound:
            receipt = points.ask(address, listed=True)
            proof = points.proof_for(contact_points.purpose_of_proof(points.account, listed=True))
        else:
            return refusals.is_off(Subject(user_id=points.user_id, parts=points.parts))
        return refusals.of_receipt(receipt) if not receipt.sent else self._on_its_way(points, proof)

    def _confirm(self, points: ContactPoints, point: ContactPoint, data: dict[str, Any]) -> Any:
        if "code" not in data:
            return refusals.of_field("code")
        before = points.judged_before(data["code"])
        if before is None and point.standing is Standing.VERIFIED:
            return not_in_this_state()
        proof = before or _proof_of(points, point)
        challenge = proof.challenge
        verdict = numbers.NONE_OPEN
        if before is not None or (challenge is not None and _is_same(challenge.to, point.address)):
            verdict = proof.answer(data["code"], once=True)
        refusal = numbers.refusal_of(verdict, self.parts)
        if refusal is not None:
            return refusal
        token = numbers.proved(points, verdict) if verdict.proof else {}
        found = next(one for one in points.points() if _is_same(one.address, point.address))
        return {**item(points, found), **token}

    def _resend(self, points: ContactPoints, point: ContactPoint, data: dict[str, Any]) -> Any:
        if point.standing is Standing.VERIFIED:
            return not_in_this_state()
        proof, is_email = _proof_of(points, point), channels.is_email(point.address)
        receipt = proof.send(point.address) if is_email else points.send_again()
        return refusals.of_receipt(receipt) if not receipt.sent else self._on_its_way(points, proof)

    def _on_its_way(self, points: ContactPoints, proof: AddressProof) -> dict[str, Any]:
        told = numbers.on_its_way(proof)
        found = next((one for one in points.points() if _is_same(one.address, told["to"])), None)
        name = {"name": points.name_of(found)} if found is not None else {}
        return self.accepted({**name, **told})


class Change(_Contacts):
    """PATCH: makes a verified number the primary one."""

    fields = (Field(name="primary", type=bool),)
    most_names = 1

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return nothing, with 204. The other sessions end."""
        points = self.points_of(member)
        point = points.named(self.names[0]) if self.names else None
        if point is None:
            return refusals.not_found()
        if not data.get("primary"):
            words = _("rest_error_primary", default="Make another number the primary one instead.")
            return refusals.of_field("primary", words)
        if point.primary or not points.make_primary(point.address):
            return not_in_this_state()
        return self.reply_no_content()


class Remove(_Contacts):
    """DELETE: takes a verified contact point off, or forgets a number that is not proved."""

    most_names = 1

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return nothing, with 204."""
        points = self.points_of(member)
        point = points.named(self.names[0]) if self.names else None
        if point is None:
            return refusals.not_found()
        if point.standing in _UNPROVED and not channels.is_email(point.address):
            points.withdraw()
        elif point.primary or not points.remove(point.address):
            return not_in_this_state()
        return self.reply_no_content()


def _address(typed: str, parts: wiring.Parts) -> str | Refusal:
    if channels.is_email(typed):
        return typed.strip()
    number = numbers.number_in(typed, parts)
    return refusals.of_number("address", number) if isinstance(number, PhoneProblem) else number


def _is_same(one: str, other: str) -> bool:
    return channels.canonical(one) == channels.canonical(other)


def _proof_of(points: ContactPoints, point: ContactPoint) -> AddressProof:
    proof = points.proof_of_email if channels.is_email(point.address) else points.proof
    return proof if proof is not None else points.proof_for(Purpose.CONTACT)
