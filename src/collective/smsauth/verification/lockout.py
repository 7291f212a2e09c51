"""What too many failures in a row lead to: a pause that grows, then a lock of the number; and what ends them."""

from collective.smsauth import events
from collective.smsauth.domain import prepared_code
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import OPEN_TO_ALL
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.policy import Policy
from collective.smsauth.storage.accounts import Accounts
from collective.smsauth.verification.results import Verdict
from dataclasses import replace
from zope.event import notify


def hold(policy: Policy, account: Account, purpose: Purpose, *, now: float) -> Verdict | None:
    """Return why nothing is sent or judged at present after too many failures, or None if there is no hold.

    A reset is the way out of a lock: failures do not stop it, tries per code and texts per member bound it.
    """
    if purpose is Purpose.RESET:
        return None
    if throttle.is_locked(account.failures):
        return Verdict(outcome=Outcome.LOCKED)
    wait = policy.pause(account, now=now)
    return Verdict(outcome=Outcome.PAUSED, wait=wait) if wait else None


def count_failure(account: Account, purpose: Purpose, *, now: float) -> Account:
    """Return the account with one more wrong answer counted: those of a sign-in also for the warning of the member."""
    if purpose in OPEN_TO_ALL:
        return account
    wrong_codes = account.wrong_codes_in_a_row + (purpose is Purpose.SIGN_IN)
    return replace(account.with_failure(now), wrong_codes_in_a_row=wrong_codes)


def settled(account: Account) -> Account:
    """Return the account after a completed sign-in: what else was open for it is needed no more, and failures are forgotten.

    A lock belongs to the number: only binding it anew ends that, or an administrator.
    """
    account = replace(
        account.without_challenge(Purpose.SIGN_IN),
        prepared=prepared_code.spend(account.prepared),
        wrong_codes_in_a_row=0,
        sign_ins_begun=0,
    )
    return account if throttle.is_locked(account.failures) else account.released()


def release(accounts: Accounts, user_id: str) -> None:
    """End the pause or lock of a member: an administrator vouches for them."""
    account = accounts.get(user_id)
    if account is not None and account.failures:
        accounts.save(user_id, account.released())
        notify(events.FailuresReleased(user_id))
