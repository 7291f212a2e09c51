"""A member's further contact points: how they are proved, changed and taken off."""

from collective.smsauth import events
from collective.smsauth.allowance import Refusal
from collective.smsauth.domain import points
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.contact import Route
from collective.smsauth.domain.session import Session
from collective.smsauth.interfaces import AccountRecords
from collective.smsauth.verdicts import Receipt
from collective.smsauth.verdicts import Verdict
from collective.smsauth.verifier import Verifier
from dataclasses import dataclass
from dataclasses import replace
from zope.event import notify


@dataclass(frozen=True, kw_only=True)
class ContactVerifier(Verifier):
    """The verifier for addresses besides the primary number. Without a ``binding`` they become contact points of the member.

    A ``binding`` names the form of another package that asks for the proof: a code of one form serves no other, and makes nothing a
    contact point.
    """

    def begin_contact(self, user_id: str, route: Route, *, address: str, binding: str = "") -> Receipt:
        """Send a code to an address that the member is to prove."""
        account = self._read(user_id)
        if not binding and not points.may_verify(account, route.to, self.email(user_id)):
            return Receipt(sent=False, refusal=Refusal.NOT_YOURS)
        return self._send(account, user_id, Purpose.CONTACT, route, address, binding)

    def verify_contact(self, user_id: str, answer: object, *, binding: str = "") -> Verdict:
        """Judge the code that proves an address; without a ``binding`` it is a verified contact point from now on.

        Failures stay counted: who can read a code at an address of his choice has not shown that he may guess others.
        """
        former = self._read(user_id)
        asked = former.challenges.get(Purpose.CONTACT)
        if not binding and asked is not None and not points.may_verify(former, asked.to, self.email(user_id)):
            return Verdict(outcome=Outcome.NONE_OPEN)
        account, verdict = self.judge.judge(former, user_id, Purpose.CONTACT, answer, binding=binding)
        is_own = verdict.accepted and not binding
        if is_own and asked is not None:
            account = points.with_contact(account, asked.to, now=self.now)
        verdict = self._conclude(user_id, Purpose.CONTACT, account, verdict)
        if is_own:
            verified = events.ContactChange.VERIFIED
            notify(events.ContactsChanged(user_id, change=verified, purpose=Purpose.CONTACT, outcome=verdict.outcome))
        return verdict


def make_primary(accounts: AccountRecords, user_id: str, number: str, *, keep: str, session: Session | None) -> bool:
    """Have codes go to another verified number (E.164) of the member, unless he chooses another way; tell whether it is one.

    All sessions end but the one whose proof is ``session``, named by the secret ``keep``; '' and None keep none.
    """
    account = accounts.get(user_id)
    changed = points.with_primary(account, number) if account is not None else None
    if changed is None or changed == account:
        return False
    if keep and session is not None:
        changed = changed.with_session(keep, replace(session, browser=""))
    accounts.save(user_id, changed)
    notify(events.SessionsEnded(user_id))
    notify(events.ContactsChanged(user_id, change=events.ContactChange.PRIMARY))
    return True


def remove(accounts: AccountRecords, user_id: str, address: str) -> bool:
    """Take a further contact point off the account; tell whether there was one. Codes that were sent there end."""
    account = accounts.get(user_id)
    if account is None or address not in account.contacts:
        return False
    accounts.save(user_id, points.without_contact(account, address))
    notify(events.ContactsChanged(user_id, change=events.ContactChange.REMOVED))
    return True


def forget_former_emails(accounts: AccountRecords, user_id: str, email: str) -> None:
    """Drop the proof of an e-mail address that is no longer the one in the profile, ``email``."""
    account = accounts.get(user_id)
    if account is not None:
        accounts.save(user_id, points.without_former_emails(account, email))
