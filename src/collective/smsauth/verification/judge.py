"""Judges answers: finds out what kind of code was typed, and asks the authenticator of that kind.

A sign-in can be completed by a code of three sources. Their shapes differ (digits; twelve or sixteen letters and digits), so an answer is
compared with one source only, and a guess at one is none at another.
"""

from collections.abc import Callable
from collections.abc import Sequence
from collective.smsauth.domain import codes
from collective.smsauth.domain import prepared_code
from collective.smsauth.domain import recovery_codes
from collective.smsauth.domain import right_answer
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.pending_sign_in import Pending
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import new_secret
from collective.smsauth.verification.authenticators import out_of_band
from collective.smsauth.verification.authenticators import prepared_code as prepared
from collective.smsauth.verification.authenticators import recovery_code as recovery
from collective.smsauth.verification.lockout import count_failure
from collective.smsauth.verification.lockout import settled
from collective.smsauth.verification.results import Verdict
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
        self,
        account: Account,
        user_id: str,
        purpose: Purpose,
        answer: object,
        *,
        binding: str = "",
        pending: Pending | None = None,
    ) -> tuple[Account, Verdict]:
        """Return the account as it stands after ``answer`` to the open challenge of that purpose, and the verdict."""
        return out_of_band.judge(
            account,
            user_id,
            purpose,
            answer,
            policy=self.policy,
            keys=self.keys,
            now=self.now,
            confirmed=self.confirmed,
            binding=binding,
            pending=pending,
        )

    def judge_sign_in(
        self, account: Account, user_id: str, answer: object, pending: Pending
    ) -> tuple[Account, Verdict]:
        """Return the account as it stands after ``answer`` to a pending sign-in, and the verdict, which names the source of the code."""
        if (code := recovery_codes.normalise(answer)) is not None:
            judged = recovery.judge(account, user_id, code, policy=self.policy, keys=self.keys, now=self.now)
        elif (code := prepared_code.normalise(answer)) is not None:
            judged = prepared.judge(account, user_id, code, policy=self.policy, keys=self.keys, now=self.now)
        else:
            judged = self.judge(account, user_id, Purpose.SIGN_IN, answer, pending=pending)
        account, verdict = judged
        return (settled(account) if verdict.accepted else account), verdict

    def judge_again(
        self, account: Account, user_id: str, purpose: Purpose, answer: object, *, name: str, fingerprint: str
    ) -> tuple[Account, Verdict]:
        """Return the account and the verdict after ``answer`` to the form of that ``name``, to which there is no code left.

        The right answer of the last two minutes may be sent again, while nobody has used the session that it made: that session is
        the answer's again, under a new secret. One other answer ends that, and is counted like every wrong one.
        """
        given, code = account.answer(name, now=self.now), typed(self.policy, purpose, answer)
        if given is None or (
            given.session
            and not account.stands(
                given.session, now=self.now, fingerprint=fingerprint, lifetimes=self.policy.lifetimes
            )
        ):
            return account, Verdict(outcome=Outcome.NONE_OPEN)
        if code is None:
            return account, Verdict(outcome=Outcome.MALFORMED)
        if not right_answer.is_same(given, code, keys=self.keys, user_id=user_id, name=name):
            account = count_failure(account.without_answer(name), purpose, now=self.now)
            return account, Verdict(outcome=Outcome.WRONG)
        if not given.session:
            return account, Verdict(outcome=Outcome.ACCEPTED, to=given.to, again=True)
        secret, session = new_secret(), account.sessions[given.session]
        account = account.replaced_session(given.session, secret)
        account = account.with_answer(name, replace(given, session=hashed(secret)))
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


def typed(policy: Policy, purpose: Purpose, answer: object) -> str | None:
    """Return an answer as it is compared, None if it cannot be a code: at a sign-in it may be one with letters."""
    is_sign_in = purpose is Purpose.SIGN_IN
    with_letters = (recovery_codes.normalise(answer) or prepared_code.normalise(answer)) if is_sign_in else None
    return with_letters or codes.normalise(answer, policy.code_length)
