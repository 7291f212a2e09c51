"""Whose second step a request is about: the member in effect, or the one whose sign-in is pending."""

from AccessControl.SecurityManagement import getSecurityManager
from collective.smsauth import wiring
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.prepared_code import PreparedCode
from collective.smsauth.flows import pending_sign_in
from collective.smsauth.flows.address_proof import AddressProof
from collective.smsauth.flows.pending_sign_in import PendingSignIn
from collective.smsauth.flows.requester import client_address
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.pas.request_notes import Withheld
from collective.smsauth.permissions import SET_UP_OWN
from dataclasses import dataclass
from plone import api


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A member, and the pending sign-in if they are not signed in yet. ``parts`` are those of the request."""

    user_id: str
    parts: wiring.Parts
    pending: PendingSignIn | None = None

    @property
    def binding(self) -> str:
        """What ties a code to this pending sign-in, '' for a member in effect."""
        return self.pending.name if self.pending else ""

    @property
    def name(self) -> str:
        """What ties a form to this member and this sign-in."""
        return f"{self.user_id}/{self.binding}"

    @property
    def code(self) -> Challenge | None:
        """The code that this sign-in asks for, even when it can no longer be answered; one sent for another sign-in is none of its own."""
        begun = self.pending.begun if self.pending else None
        sent = begun.codes_in(self.account) if begun is not None else ()
        return sent[-1] if sent else None

    @property
    def set_up(self) -> Challenge | None:
        """The last code of a set-up that was begun here; one of another pending sign-in is none of theirs."""
        self.parts.gate.catch_up()
        challenge = self.account.challenges.get(Purpose.SET_UP)
        return challenge if challenge is not None and challenge.binding == self.binding else None

    @property
    def set_up_proof(self) -> AddressProof:
        """The flow that proves the number to be bound."""
        client = client_address(self.parts.request)
        return AddressProof(
            user_id=self.user_id,
            client_address=client,
            purpose=Purpose.SET_UP,
            binding=self.binding,
            parts=self.parts,
        )

    @property
    def prepared(self) -> PreparedCode | None:
        """The prepared code that the member may still use."""
        code = self.account.prepared
        is_open = code is not None and code.is_open(now=self.parts.now, max_tries=self.parts.policy.max_tries)
        return code if is_open else None

    @property
    def account(self) -> Account:
        """The member's record as it stands."""
        return self.parts.accounts.get(self.user_id) or Account()

    @property
    def is_required(self) -> bool:
        """Whether the second step is required of the member now."""
        return self.parts.gate.obligations.is_required(self.user_id)

    @property
    def must_set_up(self) -> bool:
        """Whether the member has to bind a number before anything else."""
        account = self.account
        return not account.is_bound and self.parts.gate.obligations.owes(self.user_id, account)


def member_in_effect(request) -> Subject | None:
    """Return the member in effect if they are one of this site and may have two-step verification."""
    subject = own_member_in_effect(request)
    return subject if subject is not None and api.user.has_permission(SET_UP_OWN) else None


def own_member_in_effect(request) -> Subject | None:
    """Return the member in effect if they are one of this site, whether or not they may have two-step verification."""
    user, parts = getSecurityManager().getUser(), wiring.of(request)
    return Subject(user_id=user.getId(), parts=parts) if parts.gate.is_own(user) else None


def pending_member(request, *, answered: Purpose | None = None) -> Subject | None:
    """Return the member whose sign-in is pending in this browser; None while anybody is in effect.

    With ``answered``, also one who completed it just now by a right answer of that purpose, while it may be sent again.
    """
    if effective_user_id():
        return None
    pending = pending_sign_in.read(request, answered=answered)
    return None if pending is None else with_pending(request, pending)


def with_pending(request, pending: PendingSignIn) -> Subject:
    """Return the member of a pending sign-in."""
    return Subject(user_id=pending.user_id, pending=pending, parts=wiring.of(request))


def member_to_set_up(request) -> Subject | None:
    """Return who may set up a phone now: the member in effect, or the pending one where the site requires the second step."""
    subject = pending_member(request)
    if subject is not None:
        return subject if subject.must_set_up else None
    return member_in_effect(request)


def member_to_confirm(request) -> Subject | None:
    """Return whose answer can bind a number now: whoever may set up a phone, or has just given the right answer.

    Until the page that follows has reached the browser, that member has a session without the proof, or a pending sign-in. A session that
    may have ended before that counts only for a form that was shown in it: see ``is_by_ended_session``.
    """
    subject = member_to_set_up(request) or pending_member(request, answered=Purpose.SET_UP)
    if subject is not None or effective_user_id():
        return subject
    parts, is_sent = wiring.of(request), request.get("REQUEST_METHOD") == "POST"
    held = (one for one in parts.gate.withheld if one.by_ticket and (is_sent or not _may_have_ended_before(one)))
    owing = (Subject(user_id=one.user_id, parts=parts) for one in held)
    return next((subject for subject in owing if subject.set_up_proof.answered is not None), None)


def is_by_ended_session(subject: Subject) -> bool:
    """Tell whether a member is known by nothing but a session of which it is not known that the set-up just now has ended it."""
    held = [one for one in subject.parts.gate.withheld if one.user_id == subject.user_id]
    return not effective_user_id() and subject.pending is None and all(map(_may_have_ended_before, held))


def _may_have_ended_before(held: Withheld) -> bool:
    return held.is_ended and not held.is_ended_last
