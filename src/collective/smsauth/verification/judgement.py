"""Judges one answer in the transaction that is made for it.

It reads one account, decides with the domain, and writes one account. Its events are kept until that is committed.
"""

from collections.abc import Callable
from collections.abc import Sequence
from collective.smsauth import events
from collective.smsauth.domain import channels
from collective.smsauth.domain import codes
from collective.smsauth.domain import contact_points
from collective.smsauth.domain import pending_sign_in
from collective.smsauth.domain import right_answer
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.account import Failure
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.policy import RECENT
from collective.smsauth.domain.policy import USER_WINDOW
from collective.smsauth.domain.policy import WARN_AFTER
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import new_session
from collective.smsauth.verification.issuer import Issuer
from collective.smsauth.verification.judge import Judge
from collective.smsauth.verification.lifecycle import ticket_time
from collective.smsauth.verification.lockout import hold
from collective.smsauth.verification.results import Records
from collective.smsauth.verification.results import Verdict
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace

_NONE_OPEN = Verdict(outcome=Outcome.NONE_OPEN)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The judging half of the verifier, with the ``records`` as the connection of that transaction sees them.

    ``tell`` takes the events; all else is as in ``Verifier``.
    """

    records: Records
    judge: Judge
    issuer: Issuer
    keys: Sequence[bytes] = field(repr=False)
    fingerprint: Callable[[str], str]
    email: Callable[[str], str]
    keeps_password: Callable[[str], bool]
    tell: Callable[[object], None]

    @property
    def policy(self) -> Policy:
        """The rules of the site."""
        return self.judge.policy

    @property
    def now(self) -> float:
        """The time, in seconds since the epoch."""
        return self.judge.now

    def judge_sign_in(self, user_id: str, answer: object, pending: str, *, once: bool = False) -> Verdict:
        """Judge the code that completes the pending sign-in of that token; with ``once``, a right answer cannot be sent again."""
        account, begun = self._read(user_id), pending_sign_in.read(self.keys, user_id, pending)
        if begun is None:
            return _NONE_OPEN
        name = right_answer.name_for(Purpose.SIGN_IN, begun.name)
        if not begun.stands(account, keys=self.keys, now=self.now, fingerprint=self.fingerprint(user_id)):
            if once or account.answer(name, now=self.now) is None:
                return _NONE_OPEN
            return self._judge_again(user_id, Purpose.SIGN_IN, answer, account, name)
        account, verdict = self.judge.judge_sign_in(account, user_id, answer, begun)
        if verdict.accepted:
            account = account.without_pending(begun.name, begun.expires)
            account, verdict = self._with_proof(user_id, account, verdict)
            if not once:
                session = hashed(verdict.proof)
                account = self.judge.with_answer(account, user_id, Purpose.SIGN_IN, answer, name=name, session=session)
        self._conclude(user_id, Purpose.SIGN_IN, account, verdict)
        if verdict.accepted and verdict.means is not Means.CODE:
            self.tell(events.ReserveCodeUsed(user_id, means=verdict.means, left=len(account.recovery)))
        return verdict

    def judge_number(
        self,
        user_id: str,
        purpose: Purpose,
        answer: object,
        binding: str,
        *,
        once: bool = False,
        by_other: bool = False,
    ) -> Verdict:
        """Judge the code that binds the number, or the e-mail address, it was sent to; with ``once``, a right answer cannot be sent again.

        ``by_other`` tells that somebody else enters it for the member: that gives no proof.
        """
        former, name = self._read(user_id), right_answer.name_for(purpose, binding)
        asked = former.challenges.get(purpose)
        is_email = asked is not None and asked.binding == binding and channels.is_email(asked.to)
        if asked is not None and is_email and not self._may_bind(former, user_id, asked.to, by_other):
            return _NONE_OPEN
        account, verdict = self.judge.judge(former, user_id, purpose, answer, binding=binding)
        if verdict.outcome is Outcome.NONE_OPEN and not once:
            return self._judge_again(user_id, purpose, answer, account, name)
        if not verdict.accepted:
            return self._conclude(user_id, purpose, account, verdict)
        number, session, dropped = former.challenges[purpose].to, "", False
        if purpose is Purpose.RESET:
            # Whoever resets a number has lost it, or has somebody else's in its place, who may have added more.
            if account.unproved is not None and account.unproved.number == number:
                account = account.without_unproved()  # proved just now: that takes nothing off
            kept = contact_points.without_recent(account, since=self.now - RECENT, keep_email=True)
            account, dropped = kept, kept != account
        by_email = channels.is_email(number)
        bound = account.bind_email(number, now=self.now) if by_email else account.bind(number, now=self.now)
        account = bound.with_ending(min(self.now, ticket_time()))
        if purpose is Purpose.SET_UP and not by_other:
            account, verdict = self._with_proof(user_id, account, verdict)
            session = hashed(verdict.proof)
        if not once:
            account = self.judge.with_answer(account, user_id, purpose, answer, name=name, session=session, to=number)
        verdict = self._conclude(user_id, purpose, account, verdict)
        if former.number and former.number != number:
            self.issuer.tell_former(user_id, former.number)
        self.tell(events.SessionsEnded(user_id, purpose=purpose))
        outcome, replaced = verdict.outcome, former.email_alone if by_email else bool(former.number)
        bound_now = events.AuthenticatorBound(
            user_id, purpose=purpose, outcome=outcome, replaced=replaced, dropped=dropped, by_email=by_email
        )
        self.tell(bound_now)
        return verdict

    def judge_reset(self, user_id: str, answer: object, signature: str, link_id: str) -> Verdict:
        """Judge the code that puts the number of the reset link in place of the former one. Gives no proof."""
        parts = link_parts(user_id, signature, fingerprint=self.fingerprint(user_id), email=self.email(user_id))
        if not is_open_link(self._read(user_id), self.keys, parts):
            account, name = self._read(user_id), right_answer.name_for(Purpose.RESET, link_id)
            if account.answer(name, now=self.now) is None:
                return _NONE_OPEN
            return self._judge_again(user_id, Purpose.RESET, answer, account, name)
        return self.judge_number(user_id, Purpose.RESET, answer, link_id)

    def judge_contact(self, user_id: str, answer: object, binding: str) -> Verdict:
        """Judge the code that proves a contact point."""
        former, name = self._read(user_id), right_answer.name_for(Purpose.CONTACT, binding)
        asked = former.challenges.get(Purpose.CONTACT)
        if not binding and asked is not None and not self._may_verify(former, user_id, asked.to):
            return Verdict(outcome=Outcome.NONE_OPEN)
        account, verdict = self.judge.judge(former, user_id, Purpose.CONTACT, answer, binding=binding)
        if verdict.outcome is Outcome.NONE_OPEN:
            return self._judge_again(user_id, Purpose.CONTACT, answer, account, name)
        is_own = verdict.accepted and not binding
        if verdict.accepted and asked is not None:
            account = self.judge.with_answer(account, user_id, Purpose.CONTACT, answer, name=name, to=asked.to)
            account = contact_points.with_contact(account, asked.to, now=self.now) if is_own else account
        verdict = self._conclude(user_id, Purpose.CONTACT, account, verdict)
        if is_own:
            verified, outcome = events.ContactChange.VERIFIED, verdict.outcome
            self.tell(events.ContactsChanged(user_id, change=verified, purpose=Purpose.CONTACT, outcome=outcome))
        return verdict

    def count_password(self, user_id: str) -> tuple[Verdict | None, Failure]:
        """Count a password that is about to be compared as a failure. Returns why it is not to be compared, if so, and what was counted."""
        account = self._read(user_id)
        held = hold(self.policy, account, Purpose.SIGN_IN, now=self.now)
        if not held:
            self.records.accounts.save(user_id, account.with_failure(self.now))
        return held, Failure(failures=account.failures + 1, at=self.now, former=account.failed_at)

    def take_back(self, user_id: str, failure: Failure) -> None:
        """Take back a failure that was none."""
        self.records.accounts.save(user_id, self._read(user_id).without_failure(failure))

    def _may_bind(self, account: Account, user_id: str, email: str, by_other: bool) -> bool:
        is_allowed = self.policy.takes_email_alone and not by_other
        return is_allowed and contact_points.may_bind_email(account, email, self.email(user_id))

    def _may_verify(self, account: Account, user_id: str, address: str) -> bool:
        several = self.policy.several_numbers
        return contact_points.may_verify(account, address, self.email(user_id), several=several)

    def _judge_again(self, user_id: str, purpose: Purpose, answer: object, account: Account, name: str) -> Verdict:
        fingerprint = self.fingerprint(user_id)
        account, verdict = self.judge.judge_again(account, user_id, purpose, answer, name=name, fingerprint=fingerprint)
        if not verdict.accepted:
            return self._conclude(user_id, purpose, account, verdict)
        self.records.accounts.save(user_id, account)
        return verdict

    def _with_proof(self, user_id: str, account: Account, verdict: Verdict) -> tuple[Account, Verdict]:
        secret, session = new_session(
            now=self.now,
            lifetime=self.policy.session_lifetime,
            fingerprint=self.fingerprint(user_id),
            means=verdict.means,
        )
        return account.with_session(secret, session), replace(verdict, proof=secret, session=session)

    def _conclude(self, user_id: str, purpose: Purpose, account: Account, verdict: Verdict) -> Verdict:
        if verdict.accepted and account.is_bound and purpose in (Purpose.SET_UP, Purpose.SIGN_IN):
            # The note stays: a password that is kept later may be that of somebody else who came under this user id.
            account = replace(
                account, password_kept_elsewhere=account.password_kept_elsewhere or not self.keeps_password(user_id)
            )
        self.records.accounts.save(user_id, account)
        self.tell(events.ChallengeAnswered(user_id, purpose=purpose, outcome=verdict.outcome))
        if purpose is Purpose.SIGN_IN and verdict.outcome is Outcome.WRONG:
            # Wrong codes after a correct password begin to look like somebody else's.
            locked = account.failures == throttle.MOST_FAILURES
            if locked or account.wrong_codes_in_a_row == WARN_AFTER:
                outcome = verdict.outcome
                self.tell(events.SignInSuspected(user_id, purpose=purpose, outcome=outcome, locked=locked))
        return verdict

    def _read(self, user_id: str) -> Account:
        return (self.records.accounts.get(user_id) or Account()).swept(now=self.now, window=USER_WINDOW)


def link_parts(user_id: str, signature: str, *, fingerprint: str, email: str) -> tuple[str, ...]:
    """Return of what the digest of a reset link is made. With another password, or another e-mail address, it is another link."""
    return "reset-link", user_id, signature, fingerprint, email


def is_open_link(account: Account, keys: Sequence[bytes], parts: Sequence[str]) -> bool:
    """Tell whether the digest of ``parts`` is that of the open reset link of a member."""
    link = account.reset
    return link is not None and codes.matches(keys, link.digest, *parts)
