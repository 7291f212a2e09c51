"""A prepared code: made by an administrator for one sign-in, and held back like every code."""

from collections.abc import Sequence
from collective.smsauth.domain import prepared_code
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import COUNTED
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.session import Means
from collective.smsauth.verification.lockout import count_failure
from collective.smsauth.verification.lockout import hold
from collective.smsauth.verification.results import Verdict
from dataclasses import replace


def judge(
    account: Account, user_id: str, code: str, *, policy: Policy, keys: Sequence[bytes], now: float
) -> tuple[Account, Verdict]:
    """Return the account as it stands after a prepared code was given at a sign-in, and the verdict."""
    if held := hold(policy, account, Purpose.SIGN_IN, now=now):
        return account, replace(held, means=Means.PREPARED_CODE)
    most = policy.max_tries
    kept, outcome = prepared_code.answer(account.prepared, code, keys=keys, user_id=user_id, now=now, max_tries=most)
    account = replace(account, prepared=kept)
    verdict = Verdict(outcome=outcome, means=Means.PREPARED_CODE)
    if kept is None or outcome not in COUNTED:
        return account, verdict
    account = count_failure(account, Purpose.SIGN_IN, now=now)
    held = hold(policy, account, Purpose.SIGN_IN, now=now)
    return account, replace(verdict, tries_left=most - kept.tries, wait=held.wait if held else 0)
