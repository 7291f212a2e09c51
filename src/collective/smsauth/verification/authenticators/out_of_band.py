"""A code that was sent by text, call or e-mail: NIST SP 800-63B-4 section 3.1.3 calls the phone an out-of-band authenticator."""

from collections.abc import Callable
from collections.abc import Sequence
from collective.smsauth.domain import challenge as challenges
from collective.smsauth.domain import codes
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.pending_sign_in import Pending
from collective.smsauth.domain.policy import Policy
from collective.smsauth.verification.lockout import count_failure
from collective.smsauth.verification.lockout import hold
from collective.smsauth.verification.results import Verdict
from dataclasses import replace


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
    pending: Pending | None = None,
) -> tuple[Account, Verdict]:
    """Return the account as it stands after ``answer`` to the open challenge of that purpose, and the verdict.

    ``confirmed`` is told by which way a code went that was answered rightly. ``pending`` is the sign-in that the code has to belong to,
    None for any other purpose.
    """
    if held := hold(policy, account, purpose, now=now):
        return account, held
    code = codes.normalise(answer, policy.code_length)
    if code is None:
        return account, Verdict(outcome=Outcome.MALFORMED)
    sent = _sent(account, purpose, binding, pending)
    asked = sent[-1] if sent else None
    challenge, outcome = challenges.answer(
        asked,
        keys=keys,
        user_id=user_id,
        purpose=purpose,
        code=code,
        now=now,
        max_tries=policy.max_tries,
        binding=asked.binding if asked is not None else binding,
    )
    if outcome is Outcome.ACCEPTED and asked is not None:
        confirmed(asked.route)
        return account.without_challenge(purpose).without_sends(asked), Verdict(outcome=outcome, to=asked.to)
    if challenge is None or outcome not in challenges.COUNTED:
        return account, Verdict(outcome=outcome)
    if recognised := next((one for one in sent[:-1] if _is_earlier(one, code, keys, user_id, now)), None):
        # This helps nobody to guess. Such a code signs nobody in here, and it is of no use from now on to any other sign-in that was told
        # to use it. So a guess that hits it has gained nothing, and all others are counted. Who types it on purpose was sent it.
        return account.with_challenge(replace(recognised, tries=policy.max_tries)), Verdict(outcome=Outcome.EARLIER)
    account = count_failure(account.with_challenge(challenge), purpose, now=now)
    held = hold(policy, account, purpose, now=now)
    tries_left = policy.max_tries - challenge.tries
    return account, Verdict(outcome=outcome, tries_left=tries_left, wait=held.wait if held else 0)


def _is_earlier(one: Challenge, code: str, keys: Sequence[bytes], user_id: str, now: float) -> bool:
    return now < one.expires and challenges.is_code_of(one, code, keys=keys, user_id=user_id)


def _sent(account: Account, purpose: Purpose, binding: str, pending: Pending | None) -> tuple[Challenge, ...]:
    # The codes that this form or sign-in asked for, the last one last. Another sign-in may be under way, and does not end them; a set-up
    # or another proof that was begun elsewhere does.
    if pending is not None:
        return pending.codes_in(account)
    last = account.challenges.get(purpose)
    if last is None or last.binding != binding:
        return ()
    return tuple(one for one in account.sent(purpose) if one.binding == binding)
