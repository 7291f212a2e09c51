"""A code that was sent by text, call or e-mail: NIST SP 800-63B-4 section 3.1.3 calls the phone an out-of-band authenticator."""

from collections.abc import Callable
from collections.abc import Sequence
from collective.smsauth.domain import challenge as challenges
from collective.smsauth.domain import codes
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.policy import Policy
from collective.smsauth.verification.lockout import count_failure
from collective.smsauth.verification.lockout import hold
from collective.smsauth.verification.results import Verdict


def judge(
    account: Account,
    user_id: str,
    purpose: Purpose,
    answer: object,
    *,
    policy: Policy,
    keys: Sequence[bytes],
    now: float,
    confirmed: Callable[[Route], None],
    binding: str = "",
) -> tuple[Account, Verdict]:
    """Return the account as it stands after ``answer`` to the open challenge of that purpose, and the verdict.

    ``confirmed`` is told by which way a code went that was answered rightly.
    """
    if held := hold(policy, account, purpose, now=now):
        return account, held
    code = codes.normalise(answer, policy.code_length)
    if code is None:
        return account, Verdict(outcome=Outcome.MALFORMED)
    challenge, outcome = challenges.answer(
        account.challenges.get(purpose),
        keys=keys,
        user_id=user_id,
        purpose=purpose,
        code=code,
        now=now,
        max_tries=policy.max_tries,
        binding=binding,
    )
    if outcome is Outcome.ACCEPTED:
        route = account.challenges[purpose].route
        confirmed(route)
        return account.without_challenge(purpose), Verdict(outcome=outcome, to=route.to)
    if challenge is None or outcome not in challenges.COUNTED:
        return account, Verdict(outcome=outcome)
    account = count_failure(account.with_challenge(challenge), purpose, now=now)
    held = hold(policy, account, purpose, now=now)
    tries_left = policy.max_tries - challenge.tries
    return account, Verdict(outcome=outcome, tries_left=tries_left, wait=held.wait if held else 0)
