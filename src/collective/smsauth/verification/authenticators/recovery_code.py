"""A recovery code: what NIST SP 800-63B-4 section 3.1.2 calls a look-up secret."""

from collections.abc import Sequence
from collective.smsauth.domain import recovery_codes
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Outcome
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
    """Return the account as it stands after a recovery code was given at a sign-in, and the verdict.

    It is not held back: nobody finds one by guessing. A wrong one counts like every wrong code, but not during a pause or a lock: that
    many guesses, which nothing slows down, must not make either of them longer, nor be told by an e-mail each.
    """
    left = recovery_codes.spend(account.recovery, code, keys=keys, user_id=user_id)
    if left is not None:
        return replace(account, recovery=left), Verdict(outcome=Outcome.ACCEPTED, means=Means.RECOVERY_CODE)
    if held := hold(policy, account, Purpose.SIGN_IN, now=now):
        return account, replace(held, means=Means.RECOVERY_CODE)
    wrong = Verdict(outcome=Outcome.WRONG, means=Means.RECOVERY_CODE)
    return count_failure(account, Purpose.SIGN_IN, now=now), wrong
