"""Judges answers: compares a typed code with the open challenge, counts what was wrong, and holds back who guesses."""

from collections.abc import Callable
from collections.abc import Sequence
from collective.smsauth.domain import challenge as challenges
from collective.smsauth.domain import codes
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.contact import Route
from collective.smsauth.domain.policy import Policy
from collective.smsauth.verdicts import Verdict
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Judges the answers of one site at one moment. ``keys`` are the site's, ``now`` is seconds since the epoch.

    ``confirmed`` is told by which way a code went that was answered rightly.
    """

    policy: Policy
    keys: Sequence[bytes] = field(repr=False)
    now: float
    confirmed: Callable[[Route], None]

    def judge(
        self, account: Account, user_id: str, purpose: Purpose, answer: object, *, binding: str = ""
    ) -> tuple[Account, Verdict]:
        """Return the account as it stands after ``answer`` to the open challenge of that purpose, and the verdict."""
        if held := hold(self.policy, account, purpose, now=self.now):
            return account, held
        code = codes.normalise(answer, self.policy.code_length)
        if code is None:
            return account, Verdict(outcome=Outcome.MALFORMED)
        challenge, outcome = challenges.answer(
            account.challenges.get(purpose),
            keys=self.keys,
            user_id=user_id,
            purpose=purpose,
            code=code,
            now=self.now,
            max_tries=self.policy.max_tries,
            binding=binding,
        )
        if outcome is Outcome.ACCEPTED:
            self.confirmed(account.challenges[purpose].route)
            return account.without_challenge(purpose), Verdict(outcome=outcome)
        if challenge is None or outcome not in challenges.COUNTED:
            return account, Verdict(outcome=outcome)
        account = self.count_failure(account.with_challenge(challenge), purpose)
        held = hold(self.policy, account, purpose, now=self.now)
        tries_left = self.policy.max_tries - challenge.tries
        return account, Verdict(outcome=outcome, tries_left=tries_left, wait=held.wait if held else 0)

    def count_failure(self, account: Account, purpose: Purpose) -> Account:
        """Return the account with one more wrong answer counted: those of a sign-in also for the warning of the member."""
        if purpose is Purpose.RESET:
            return account
        misses = account.misses + (purpose is Purpose.SIGN_IN)
        return replace(account.failed_at(self.now), misses=misses)


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
