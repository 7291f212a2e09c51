"""Whose second step a page is about: the member in effect, or the one whose sign-in is pending."""

from AccessControl.SecurityManagement import getSecurityManager
from collective.smsauth import wiring
from collective.smsauth.browser import pending as pending_sign_in
from collective.smsauth.browser.codeflow import CodeFlow
from collective.smsauth.browser.pending import PendingSignIn
from collective.smsauth.browser.step import client_address
from collective.smsauth.browser.step import effective_user_id
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.prepared import PreparedCode
from collective.smsauth.domain.session import name_of
from dataclasses import dataclass
from plone import api

PERMISSION = "collective.smsauth: Set up own two-step verification"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A member, and the pending sign-in if he is not signed in yet."""

    user_id: str
    pending: PendingSignIn | None = None

    @property
    def binding(self) -> str:
        """What ties a code to this pending sign-in, '' for a member in effect."""
        return name_of(self.pending.secret) if self.pending else ""

    @property
    def name(self) -> str:
        """What ties a form to this member and this sign-in."""
        return f"{self.user_id}/{self.binding}"

    @property
    def set_up(self) -> Challenge | None:
        """The last code of a set-up that was begun here; one of another pending sign-in is none of his business."""
        challenge = self.account.challenges.get(Purpose.SET_UP)
        return challenge if challenge is not None and challenge.binding == self.binding else None

    def set_up_flow(self, request) -> CodeFlow:
        """Return the flow that proves the number to be bound."""
        client = client_address(request)
        return CodeFlow(user_id=self.user_id, client=client, purpose=Purpose.SET_UP, binding=self.binding)

    @property
    def prepared(self) -> PreparedCode | None:
        """The prepared code that the member may still use."""
        code = self.account.prepared
        is_open = code is not None and code.is_open(now=wiring.now(), max_tries=wiring.policy().max_tries)
        return code if is_open else None

    @property
    def account(self) -> Account:
        """The member's record."""
        return wiring.plugin().accounts.get(self.user_id) or Account()

    @property
    def is_required(self) -> bool:
        """Whether the second step is required of the member now."""
        return wiring.plugin().obligations().is_required(self.user_id)

    @property
    def must_set_up(self) -> bool:
        """Whether the member has to bind a number before anything else."""
        gate = wiring.plugin()
        account = gate.accounts.get(self.user_id)
        return not (account and account.number) and gate.obligations().owes(self.user_id, account)


def member_in_effect() -> Subject | None:
    """Return the member in effect if he is one of this site and may have two-step verification."""
    member = own_member_in_effect()
    return member if member is not None and api.user.has_permission(PERMISSION) else None


def own_member_in_effect() -> Subject | None:
    """Return the member in effect if he is one of this site, whether or not he may have two-step verification."""
    user = getSecurityManager().getUser()
    return Subject(user_id=user.getId()) if wiring.plugin().is_own(user) else None


def pending_member(request, *, answered: Purpose | None = None) -> Subject | None:
    """Return the member whose sign-in is pending in this browser; None while anybody is in effect.

    With ``answered``, also one who completed it just now by a right answer of that purpose, while it may be sent again.
    """
    if effective_user_id():
        return None
    pending = pending_sign_in.read(request, answered=answered)
    return Subject(user_id=pending.user_id, pending=pending) if pending is not None else None


def member_to_set_up(request) -> Subject | None:
    """Return who may set up a phone now: the member in effect, or the pending one where the site requires the second step."""
    subject = pending_member(request)
    if subject is not None:
        return subject if subject.must_set_up else None
    return member_in_effect()


def member_to_confirm(request) -> Subject | None:
    """Return whose answer can bind a number now: whoever may set up a phone, or has just given the right answer.

    Until the page that follows has reached the browser, that member has a session without the proof, or a pending sign-in.
    """
    subject = member_to_set_up(request) or pending_member(request, answered=Purpose.SET_UP)
    if subject is not None or effective_user_id() or request.get("REQUEST_METHOD") != "POST":
        return subject
    owing = (Subject(user_id=held.user_id) for held in wiring.plugin().withheld(request) if held.by_ticket)
    return next((subject for subject in owing if subject.set_up_flow(request).answered is not None), None)
