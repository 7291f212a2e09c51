"""Judges answers: compares a typed code with what it may be, counts what was wrong, and holds back who guesses.

A sign-in can be completed by a code of three sources. Their shapes differ (digits; twelve or sixteen letters and digits), so an answer is
compared with one source only, and a guess at one is none at another.
"""

from collections.abc import Callable
from collections.abc import Sequence
from collective.smsauth.domain import challenge as challenges
from collective.smsauth.domain import codes
from collective.smsauth.domain import prepared
from collective.smsauth.domain import recovery
from collective.smsauth.domain import right_answer
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import OPEN_TO_ALL
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.contact import Route
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import name_of
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
            route = account.challenges[purpose].route
            self.confirmed(route)
            return account.without_challenge(purpose), Verdict(outcome=outcome, to=route.to)
        if challenge is None or outcome not in challenges.COUNTED:
            return account, Verdict(outcome=outcome)
        account = self.count_failure(account.with_challenge(challenge), purpose)
        held = hold(self.policy, account, purpose, now=self.now)
        tries_left = self.policy.max_tries - challenge.tries
        return account, Verdict(outcome=outcome, tries_left=tries_left, wait=held.wait if held else 0)

    def judge_sign_in(self, account: Account, user_id: str, answer: object) -> tuple[Account, Verdict]:
        """Return the account as it stands after ``answer`` to a pending sign-in, and the verdict, which names the source of the code."""
        if (code := recovery.normalise(answer)) is not None:
            account, verdict = self._judge_recovery(account, user_id, code)
        elif (code := prepared.normalise(answer)) is not None:
            account, verdict = self._judge_prepared(account, user_id, code)
        else:
            account, verdict = self.judge(account, user_id, Purpose.SIGN_IN, answer)
        return (self._settled(account) if verdict.accepted else account), verdict

    def judge_again(
        self, account: Account, user_id: str, purpose: Purpose, answer: object, *, name: str, fingerprint: str
    ) -> tuple[Account, Verdict]:
        """Return the account and the verdict after ``answer`` to the form of that ``name``, to which there is no code left.

        The right answer of the last two minutes may be sent again, while nobody has used the session that it made: that session is
        the answer's again, under a new secret. One other answer ends that, and is counted like every wrong one.
        """
        given, code = account.answer(name, now=self.now), typed(self.policy, purpose, answer)
        if given is None or (
            given.session and not account.stands(given.session, now=self.now, fingerprint=fingerprint)
        ):
            return account, Verdict(outcome=Outcome.NONE_OPEN)
        if code is None:
            return account, Verdict(outcome=Outcome.MALFORMED)
        if not right_answer.is_same(given, code, keys=self.keys, user_id=user_id, name=name):
            return self.count_failure(account.without_answer(name), purpose), Verdict(outcome=Outcome.WRONG)
        if not given.session:
            return account, Verdict(outcome=Outcome.ACCEPTED, to=given.to, again=True)
        secret, session = codes.random_id(), account.sessions[given.session]
        account = account.replaced_session(given.session, secret)
        account = account.with_answer(name, replace(given, session=name_of(secret)))
        accepted = Verdict(outcome=Outcome.ACCEPTED, proof=secret, session=session, to=given.to, again=True)
        return account, replace(accepted, means=Means(session.means))

    def with_answer(
        self,
        account: Account,
        user_id: str,
        purpose: Purpose,
        answer: object,
        *,
        name: str,
        session: str = "",
        to: str = "",
    ) -> Account:
        """Return the account with a right answer kept for two minutes; see ``domain.right_answer``."""
        code = typed(self.policy, purpose, answer) or ""
        given = right_answer.keep(self.keys[0], user_id, name, code, now=self.now, session=session, to=to)
        return account.with_answer(name, given)

    def _judge_recovery(self, account: Account, user_id: str, code: str) -> tuple[Account, Verdict]:
        # Not held back: nobody finds one by guessing. A wrong one counts like every wrong code, but not during a pause or a lock:
        # that many guesses, which nothing slows down, must not make either of them longer, nor be told by an e-mail each.
        left = recovery.spend(account.recovery, code, keys=self.keys, user_id=user_id)
        if left is not None:
            return replace(account, recovery=left), Verdict(outcome=Outcome.ACCEPTED, means=Means.RECOVERY_CODE)
        if held := hold(self.policy, account, Purpose.SIGN_IN, now=self.now):
            return account, replace(held, means=Means.RECOVERY_CODE)
        wrong = Verdict(outcome=Outcome.WRONG, means=Means.RECOVERY_CODE)
        return self.count_failure(account, Purpose.SIGN_IN), wrong

    def _judge_prepared(self, account: Account, user_id: str, code: str) -> tuple[Account, Verdict]:
        if held := hold(self.policy, account, Purpose.SIGN_IN, now=self.now):
            return account, replace(held, means=Means.PREPARED_CODE)
        most = self.policy.max_tries
        kept, outcome = prepared.answer(
            account.prepared, code, keys=self.keys, user_id=user_id, now=self.now, max_tries=most
        )
        account = replace(account, prepared=kept)
        verdict = Verdict(outcome=outcome, means=Means.PREPARED_CODE)
        if kept is None or outcome not in challenges.COUNTED:
            return account, verdict
        account = self.count_failure(account, Purpose.SIGN_IN)
        held = hold(self.policy, account, Purpose.SIGN_IN, now=self.now)
        return account, replace(verdict, tries_left=most - kept.tries, wait=held.wait if held else 0)

    def _settled(self, account: Account) -> Account:
        # Whatever else was open for this sign-in is needed no more. A lock is the number's: only binding it anew ends that.
        account = replace(
            account.without_challenge(Purpose.SIGN_IN), prepared=prepared.spend(account.prepared), misses=0
        )
        return account if throttle.is_locked(account.failures) else account.released()

    def count_failure(self, account: Account, purpose: Purpose) -> Account:
        """Return the account with one more wrong answer counted: those of a sign-in also for the warning of the member."""
        if purpose in OPEN_TO_ALL:
            return account
        misses = account.misses + (purpose is Purpose.SIGN_IN)
        return replace(account.failed_at(self.now), misses=misses)


def typed(policy: Policy, purpose: Purpose, answer: object) -> str | None:
    """Return an answer as it is compared, None if it cannot be a code: at a sign-in it may be one with letters."""
    with_letters = (recovery.normalise(answer) or prepared.normalise(answer)) if purpose is Purpose.SIGN_IN else None
    return with_letters or codes.normalise(answer, policy.code_length)


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
