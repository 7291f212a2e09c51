"""The contact points of one member, as pages and services change them: claimed, asked for, proved, made the primary one, taken off."""

from collective.smsauth import wiring
from collective.smsauth.domain import channels
from collective.smsauth.domain import contact_points
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import ContactPoint
from collective.smsauth.domain.unproved_number import UnprovedNumber
from collective.smsauth.flows.address_proof import AddressProof
from collective.smsauth.flows.opaque_names import names_of
from collective.smsauth.flows.requester import client_address
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.verification import contact_points as changes
from collective.smsauth.verification.results import Receipt
from collective.smsauth.verification.results import SendRefusal
from collective.smsauth.verification.results import Verdict
from dataclasses import dataclass

_KIND = "point"


@dataclass(frozen=True, kw_only=True)
class ContactPoints:
    """What is done to the contact points of one member in one request, by the member or by whoever may manage members.

    Who may do it is asked before. ``parts`` are those of the request.
    """

    user_id: str
    parts: wiring.Parts

    @property
    def account(self) -> Account:
        """The member's record as it stands."""
        return self.parts.accounts.get(self.user_id) or Account()

    @property
    def unproved(self) -> UnprovedNumber | None:
        """The number that was claimed or asked for and is not proved."""
        self.parts.gate.catch_up()
        return contact_points.unproved_of(self.account, now=self.parts.now)

    def points(self) -> tuple[ContactPoint, ...]:
        """Return the contact points: the primary number first, the address in the profile last."""
        return contact_points.points_of(self.account, wiring.email_of(self.user_id), now=self.parts.now)

    def name_of(self, point: ContactPoint) -> str:
        """Return the name by which a contact point is known outside: it tells nothing of the address."""
        return names_of(_KIND, self.user_id, point.address)[0]

    def named(self, name: object) -> ContactPoint | None:
        """Return the contact point of that name, None if there is none."""
        return next((one for one in self.points() if name in names_of(_KIND, self.user_id, one.address)), None)

    def proof_for(self, purpose: Purpose) -> AddressProof:
        """Return the code of that purpose: SET_UP for the primary number, CONTACT for any other contact point."""
        return AddressProof(
            user_id=self.user_id,
            client_address=client_address(self.parts.request),
            parts=self.parts,
            purpose=purpose,
        )

    @property
    def proof_of_email(self) -> AddressProof:
        """The code for the e-mail address in the profile."""
        return self.proof_for(contact_points.purpose_of_email(self.account))

    @property
    def proof(self) -> AddressProof | None:
        """The code for the number that is not proved, None if there is no such number."""
        unproved = self.unproved
        if unproved is None:
            return None
        return self.proof_for(contact_points.purpose_of_proof(self.account, listed=unproved.listed))

    def claim(self, number: str) -> bool:
        """Note that somebody said that a number (E.164) is the member's; tell whether it was not known. No code is sent."""
        return changes.claim(self.parts.accounts, self.user_id, number, now=self.parts.now)

    def refusal_to_ask(self, number: str, *, listed: bool) -> Receipt | None:
        """Return why no code could be sent to prove a number (E.164) now, None if one could. Nothing is counted."""
        proof = self.proof_for(contact_points.purpose_of_proof(self.account, listed=listed))
        return proof.refusal(number)

    def ask(self, number: str, *, listed: bool, channel: Channel | None = None) -> Receipt:
        """Send a code to a number (E.164), which is pending from then on, as a further one (``listed``) or in the primary one's place.

        ``channel`` is another one than the usual one.
        """
        proof = self.proof_for(contact_points.purpose_of_proof(self.account, listed=listed))
        return proof.send(number, channel=channel, listed=listed)

    def send_again(self) -> Receipt:
        """Send another code to the number that is not proved; the first one, if it was only claimed.

        The last code of its purpose may have gone elsewhere: to the address in the profile.
        """
        proof, unproved = self.proof, self.unproved
        if proof is None or unproved is None:
            return Receipt(sent=False, refusal=SendRefusal.NONE_OPEN)
        challenge = proof.challenge
        if challenge is not None and challenge.to == unproved.number:
            return proof.send_again()
        return proof.send(unproved.number, listed=unproved.listed)

    def judged_before(self, code: object, *, by_other: bool = False) -> AddressProof | None:
        """Return the proof whose code this request has judged already, in an attempt that ended in a conflict; None if there is none.

        By a right code the number is proved since then, and may have taken the primary one's place: what is on record no longer tells what
        the code was for.
        """
        proofs = map(self.proof_for, (Purpose.SET_UP, Purpose.CONTACT))
        return next((proof for proof in proofs if proof.was_judged(code, by_other=by_other)), None)

    def prove(self, code: object, *, by_other: bool = False) -> Verdict:
        """Judge the code that was sent to the number that is not proved, once. ``by_other`` tells that somebody else enters it.

        A number that takes the primary one's place ends all sessions; the verdict has the proof by which this one goes on.
        """
        before = self.judged_before(code, by_other=by_other)
        if before is not None:
            return before.answer(code, once=True, by_other=by_other)
        proof = self.proof
        challenge = proof.challenge if proof is not None else None
        if proof is None or (challenge is not None and channels.is_email(challenge.to)):
            # there is no number, or the last code of its purpose went to the address in the profile
            return Verdict(outcome=Outcome.NONE_OPEN)
        return proof.answer(code, once=True, by_other=by_other)

    def withdraw(self) -> bool:
        """Forget the number that is not proved; tell whether there was one."""
        return changes.withdraw(self.parts.accounts, self.user_id)

    def make_primary(self, number: str) -> bool:
        """Have codes go to another verified number (E.164) first; tell whether it is one.

        Of the member's sessions the one goes on in which they do this themselves.
        """
        proof = self.parts.gate.proof(self.user_id) if effective_user_id() == self.user_id else None
        keep, session = (proof.secret, proof.session) if proof is not None else ("", None)
        return changes.make_primary(self.parts.accounts, self.user_id, number, keep=keep, session=session)

    def remove(self, address: str) -> bool:
        """Take a further verified contact point off, however it is spelled; tell whether there was one."""
        point = channels.canonical(address)
        kept = [old for old in self.account.contacts if channels.canonical(old) == point]
        for old in kept:
            changes.remove(self.parts.accounts, self.user_id, old)
        return bool(kept)
