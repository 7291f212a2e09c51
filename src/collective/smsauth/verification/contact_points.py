"""A member's further contact points: how they are changed and taken off. The verifier proves them."""

from collective.smsauth import events
from collective.smsauth.domain import contact_points as points
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.policy import USER_WINDOW
from collective.smsauth.domain.session import Session
from collective.smsauth.storage.accounts import Accounts
from collective.smsauth.verification.lifecycle import ticket_time
from zope.event import notify


def make_primary(accounts: Accounts, user_id: str, number: str, *, keep: str, session: Session | None) -> bool:
    """Have codes go to another verified number (E.164) of the member, unless they choose another way; tell whether it is one.

    All sessions end but the one whose proof is ``session``, named by the secret ``keep``; '' and None keep none.
    """
    account = accounts.get(user_id)
    changed = points.with_primary(account, number) if account is not None else None
    if changed is None or changed == account:
        return False
    accounts.save(user_id, changed.with_kept_session(keep, session).with_ending(ticket_time()))
    notify(events.SessionsEnded(user_id))
    notify(events.ContactsChanged(user_id, change=events.ContactChange.PRIMARY))
    return True


def remove(accounts: Accounts, user_id: str, contact_point: str) -> bool:
    """Take a further contact point off the account; tell whether there was one. Codes that were sent there end."""
    account = accounts.get(user_id)
    if account is None or contact_point not in account.contacts:
        return False
    kept = points.without_contact(account, contact_point)
    if contact_point in kept.contacts:
        return False
    accounts.save(user_id, kept)
    notify(events.ContactsChanged(user_id, change=events.ContactChange.REMOVED))
    return True


def claim(accounts: Accounts, user_id: str, number: str, *, now: float) -> bool:
    """Note that somebody said that a number (E.164) is the member's; tell whether it was not known. Nothing is sent, and nothing ends."""
    account = (accounts.get(user_id) or Account()).swept(now=now, window=USER_WINDOW)
    if number in points.numbers_of(account):
        return False
    accounts.save(user_id, account.with_claim(number))
    return True


def withdraw(accounts: Accounts, user_id: str) -> bool:
    """Forget the number that was claimed or asked for, with the codes that were sent to prove it; tell whether there was one."""
    account = accounts.get(user_id)
    if account is None or account.unproved is None:
        return False
    accounts.save(user_id, account.without_unproved())
    return True


def forget_former_emails(accounts: Accounts, user_id: str, email: str) -> None:
    """Drop the proof of an e-mail address that is no longer the one in the profile, ``email``."""
    account = accounts.get(user_id)
    if account is not None:
        accounts.save(user_id, points.without_former_emails(account, email))


def email_changed(accounts: Accounts, user_id: str, *, former: str, email: str, now: float) -> None:
    """Note that ``email`` has taken the place of ``former`` in the profile of a member who has a record, and tell of it.

    Whoever has, or once had, two-step verification has one: turned on again, it does not take the address for one that has stood.
    """
    account = accounts.get(user_id)
    if account is None or former == email:
        return
    accounts.save(user_id, points.with_other_email(account, email, now=now))
    notify(events.EmailChanged(user_id, former=former))
