"""The verifier issues challenges and judges answers.

Every refusal is a returned value: an exception would abort the transaction and the count of the failure with it.
Each call reads one account, decides with the domain, writes one account and then fires its events.
"""

from collections.abc import Callable
from collections.abc import Sequence
from collective.smsauth import events
from collective.smsauth.allowance import Allowance
from collective.smsauth.allowance import Refusal
from collective.smsauth.domain import challenge as challenges
from collective.smsauth.domain import codes
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.account import new_session
from collective.smsauth.domain.account import Pending
from collective.smsauth.domain.account import ResetLink
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.delivery import Text
from collective.smsauth.domain.policy import NOTICE_LIFETIME
from collective.smsauth.domain.policy import PENDING_LIFETIME
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.policy import USER_WINDOW
from collective.smsauth.interfaces import AccountRecords
from collective.smsauth.verdicts import Post
from collective.smsauth.verdicts import Receipt
from collective.smsauth.verdicts import Verdict
from collective.smsauth.verdicts import Wording
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from zope.event import notify


@dataclass(frozen=True, kw_only=True)
class Verifier:
    """Issues and judges codes for one site at one moment.

    ``keys`` are the site's keys, the signing one first; ``now`` is seconds since the epoch; ``fingerprint`` returns a
    value that changes when the password of a user id does.
    """

    accounts: AccountRecords
    policy: Policy
    keys: Sequence[bytes] = field(repr=False)
    now: float
    wording: Wording
    post: Post
    fingerprint: Callable[[str], str]

    def begin_sign_in(self, user_id: str, *, address: str) -> tuple[str, Receipt]:
        """Open a pending sign-in for a member whose first factor was correct, and send the code.

        Returns the secret that names the pending sign-in, and the receipt. Too soon for another text, the code sent
        before goes on: whoever has the password cannot have texts sent faster by posting the form again.
        """
        secret = codes.random_id()
        pending = Pending(expires=self.now + PENDING_LIFETIME, fingerprint=self.fingerprint(user_id))
        account = self._read(user_id).with_pending(secret, pending)
        return secret, self._send(account, user_id, Purpose.SIGN_IN, account.number, address)

    def begin_set_up(self, user_id: str, number: str, *, address: str, binding: str = "") -> Receipt:
        """Send a code to a number (E.164) to be bound; ``binding`` names the pending sign-in it belongs to, if any."""
        return self._send(self._read(user_id), user_id, Purpose.SET_UP, number, address, binding)

    def begin_reset(self, user_id: str, number: str, *, signature: str, link_id: str, address: str) -> Receipt:
        """Open the reset link with that signature and send its code to the number (E.164) asked for.

        An empty ``user_id`` stands for an account without anything to reset: the same is counted, and nothing sent.
        """
        account = self._read(user_id) if user_id else Account()
        account, receipt = self._issue(account, user_id, Purpose.RESET, number, address, binding=link_id)
        link = ResetLink(
            digest=codes.digest(self.keys[0], "reset-link", user_id, signature),
            number=number,
            expires=self.now + self.policy.reset_link_lifetime,
        )
        if not user_id:
            return receipt
        return self._file(replace(account, reset=link) if receipt.sent else account, user_id, Purpose.RESET, receipt)

    def resend(self, user_id: str, purpose: Purpose, *, address: str, pending: str = "") -> Receipt:
        """Send a new code for the sign-in named by ``pending``, or for the set-up in progress. Failures stay counted.

        A reset has no resend: each of its codes belongs to one link.
        """
        account = self._read(user_id)
        if purpose is Purpose.SET_UP:
            former = account.challenges.get(purpose)
            number, binding = (former.number, former.binding) if former else ("", "")
            return self._send(account, user_id, purpose, number, address, binding)
        if purpose is Purpose.RESET or self.pending(user_id, pending) is None:
            return Receipt(sent=False, refusal=Refusal.NONE_OPEN)
        return self._send(account, user_id, purpose, account.number, address)

    def until_resend(self, user_id: str, purpose: Purpose) -> int:
        """Return the seconds until the member may ask for another text."""
        return self._allowance.until_next(self._read(user_id), purpose)

    def pending(self, user_id: str, secret: str) -> Pending | None:
        """Return the pending sign-in of that name if it still stands."""
        account = self._read(user_id)
        return account.pending_sign_in(secret, now=self.now, fingerprint=self.fingerprint(user_id))

    def open_challenge(self, user_id: str, purpose: Purpose) -> Challenge | None:
        """Return the last challenge of that purpose, even when it can no longer be answered."""
        return self._read(user_id).challenges.get(purpose)

    def is_open_link(self, user_id: str, signature: str) -> bool:
        """Tell whether the signature is that of the member's open reset link."""
        link = self._read(user_id).reset
        return link is not None and codes.matches(self.keys, link.digest, "reset-link", user_id, signature)

    def verify_sign_in(self, user_id: str, answer: object, *, pending: str) -> Verdict:
        """Judge the code that completes the pending sign-in of that name."""
        if self.pending(user_id, pending) is None:
            return Verdict(outcome=Outcome.NONE_OPEN)
        account, verdict = self._judge(user_id, Purpose.SIGN_IN, answer)
        if verdict.accepted:
            account, verdict = self._with_proof(user_id, account.released().without_pending(pending))
        return self._conclude(user_id, Purpose.SIGN_IN, account, verdict)

    def verify_set_up(self, user_id: str, answer: object, *, binding: str = "") -> Verdict:
        """Judge the code that binds the number it was sent to."""
        return self._verify_number(user_id, Purpose.SET_UP, answer, binding)

    def verify_reset(self, user_id: str, answer: object, *, signature: str, link_id: str) -> Verdict:
        """Judge the code that puts the number of the reset link in place of the former one. Gives no proof."""
        if not self.is_open_link(user_id, signature):
            return Verdict(outcome=Outcome.NONE_OPEN)
        return self._verify_number(user_id, Purpose.RESET, answer, binding=link_id)

    def _verify_number(self, user_id: str, purpose: Purpose, answer: object, binding: str = "") -> Verdict:
        former = self._read(user_id)
        account, verdict = self._judge(user_id, purpose, answer, binding)
        if not verdict.accepted:
            return self._conclude(user_id, purpose, account, verdict)
        number = former.challenges[purpose].number
        account = account.bind(number, now=self.now)
        if purpose is Purpose.SET_UP:
            account, verdict = self._with_proof(user_id, account)
        verdict = self._conclude(user_id, purpose, account, verdict)
        if former.number and former.number != number:
            notice = Text(to=former.number, body=self.wording.number_changed(), expires=self.now + NOTICE_LIFETIME)
            self.post(notice, user_id=user_id, challenge=None)
        notify(events.SessionsEnded(user_id, purpose=purpose))
        outcome, replaced = verdict.outcome, bool(former.number)
        notify(events.AuthenticatorBound(user_id, purpose=purpose, outcome=outcome, replaced=replaced))
        return verdict

    @property
    def _allowance(self) -> Allowance:
        return Allowance(accounts=self.accounts, policy=self.policy, key=self.keys[0], now=self.now)

    def _send(
        self, account: Account, user_id: str, purpose: Purpose, number: str, address: str, binding: str = ""
    ) -> Receipt:
        account, receipt = self._issue(account, user_id, purpose, number, address, binding)
        return self._file(account, user_id, purpose, receipt)

    def _file(self, account: Account, user_id: str, purpose: Purpose, receipt: Receipt) -> Receipt:
        self.accounts.save(user_id, account)
        if receipt.sent:
            notify(events.ChallengeIssued(user_id, purpose=purpose))
        return receipt

    def _issue(
        self, account: Account, user_id: str, purpose: Purpose, number: str, address: str, binding: str = ""
    ) -> tuple[Account, Receipt]:
        refusal = self._refusal(account, purpose, number, address)
        if refusal is not None:
            reason, wait = refusal
            return account, Receipt(sent=False, wait=wait, refusal=reason)
        code = codes.generate(self.policy.code_length)
        challenge = challenges.issue(
            key=self.keys[0],
            user_id=user_id,
            purpose=purpose,
            number=number,
            code=code,
            now=self.now,
            lifetime=self.policy.lifetime_of(purpose),
            binding=binding,
            resends=self._allowance.resends(account, purpose, number),
        )
        text = Text(to=number, body=self.wording.code(purpose, code), expires=challenge.expires)
        account = self._allowance.count(account.with_challenge(challenge), purpose, number, address)
        if user_id:
            self.post(text, user_id=user_id, challenge=challenge)
        return account, Receipt(sent=True, wait=self._allowance.until_next(account, purpose))

    def _refusal(self, account: Account, purpose: Purpose, number: str, address: str) -> tuple[Refusal, int] | None:
        if not number:
            return Refusal.NO_NUMBER, 0
        if hold := self._hold(account, purpose):
            return Refusal(hold.outcome.value), hold.wait
        return self._allowance.refusal(account, purpose, number, address)

    def _hold(self, account: Account, purpose: Purpose) -> Verdict | None:
        # A reset is the way out of a lock: failures do not stop it, tries per code and texts per member bound it.
        if purpose is Purpose.RESET:
            return None
        if throttle.is_locked(account.failures):
            return Verdict(outcome=Outcome.LOCKED)
        wait = self.policy.pause(account, now=self.now)
        return Verdict(outcome=Outcome.PAUSED, wait=wait) if wait else None

    def _judge(self, user_id: str, purpose: Purpose, answer: object, binding: str = "") -> tuple[Account, Verdict]:
        account = self._read(user_id)
        if hold := self._hold(account, purpose):
            return account, hold
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
            return account.without_challenge(purpose), Verdict(outcome=outcome)
        if challenge is None or outcome not in challenges.COUNTED:
            return account, Verdict(outcome=outcome)
        account = account.with_challenge(challenge)
        if purpose is not Purpose.RESET:
            account = account.failed_at(self.now)
        hold = self._hold(account, purpose)
        tries_left = self.policy.max_tries - challenge.tries
        return account, Verdict(outcome=outcome, tries_left=tries_left, wait=hold.wait if hold else 0)

    def _with_proof(self, user_id: str, account: Account) -> tuple[Account, Verdict]:
        lifetime = self.policy.session_lifetime
        secret, session = new_session(now=self.now, lifetime=lifetime, fingerprint=self.fingerprint(user_id))
        return account.with_session(secret, session), Verdict(outcome=Outcome.ACCEPTED, proof=secret)

    def _conclude(self, user_id: str, purpose: Purpose, account: Account, verdict: Verdict) -> Verdict:
        self.accounts.save(user_id, account)
        notify(events.ChallengeAnswered(user_id, purpose=purpose, outcome=verdict.outcome))
        return verdict

    def _read(self, user_id: str) -> Account:
        return (self.accounts.get(user_id) or Account()).swept(now=self.now, window=USER_WINDOW)
