"""Codes for whoever types a login without a password, such that nothing tells whether there is such a login.

What depends on the login is done by ``begin`` and ``count_wrong_answer``, which belong into a worker. ``judge`` runs in the
request, and in a transaction of its own: it reads and writes the same for every login, and looks at the account of a member only after
the right code.

For nobody, and for a member who gets no code, the same places are taken in all windows as for one who does: whoever asks can tell how
many are left to them. What is asked for past those windows is neither kept nor written down when it is answered.
"""

from collections.abc import Callable
from collective.smsauth import events
from collective.smsauth.domain import challenge as challenges
from collective.smsauth.domain import channels
from collective.smsauth.domain import codes
from collective.smsauth.domain import right_answer
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.policy import ADDRESS_WINDOW
from collective.smsauth.domain.policy import NUMBER_WINDOW
from collective.smsauth.domain.policy import USER_WINDOW
from collective.smsauth.domain.session import hashed
from collective.smsauth.storage.password_access import PasswordAttempt
from collective.smsauth.storage.password_access import PasswordAttempts
from collective.smsauth.verification.judgement import Judgement
from collective.smsauth.verification.results import SendRefusal
from collective.smsauth.verification.results import Verdict
from collective.smsauth.verification.verifier import Verifier
from dataclasses import dataclass
from dataclasses import replace

_PURPOSE = Purpose.ACCESS
#: Refusals that are the same for all who ask from there.
_OF_SOURCE = frozenset({SendRefusal.ADDRESS_LIMIT, SendRefusal.SITE_LIMIT})

Afterwards = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class PasswordAccess:
    """The attempts at the access-code page of one site at one moment. ``secret`` is what names an attempt, known only to its browser."""

    verifier: Verifier
    password_attempts: PasswordAttempts

    def begin(self, user_id: str, secret: str, *, login: str, client_address: str) -> None:
        """Send a code to a member, and keep an attempt that it answers; '' stands for nobody, who gets a decoy.

        It goes to the phone, or to the e-mail address by which alone they have the second step. If the e-mail for the new password would
        come there as well, they are told to ask the administrators instead.

        ``login`` is what was typed: asked for too often, from one client address, for one login or by all visitors together, nothing is
        sent and nothing kept. Nor is it if the attempt of that secret was begun a moment ago: its form was sent twice.
        """
        name = hashed(secret)
        begun = self.password_attempts.get(name)
        if begun is not None and self.verifier.now < begun.challenge.issued + right_answer.LIFETIME:
            return
        if not self._may_ask(login, client_address):
            return
        addressee = self._addressee(user_id) if user_id else None
        if addressee is not None and channels.same_mailbox(addressee[1].to, self.verifier.email(user_id)):
            challenge, refusal = None, self._tell_to_ask(user_id, *addressee, client_address)
        elif addressee is not None:
            challenge, refusal = self._send(user_id, name, *addressee, client_address)
        else:
            challenge, refusal = None, self._send_nothing(login, client_address)
        if refusal in _OF_SOURCE:
            return
        attempt = PasswordAttempt(user_id=user_id if challenge else "", challenge=challenge or self._decoy(name))
        self.password_attempts.add(name, attempt, now=self.verifier.now)

    def judge(self, secret: str, answer: object, *, on_right: Afterwards, on_wrong: Afterwards) -> Verdict:
        """Judge an answer, and have done afterwards what follows from it.

        A decoy costs the same and is never answered rightly. Wrong answers are counted by attempt here; ``on_wrong`` is to see that those
        of a member are counted by ``count_wrong_answer``. Both are called with the user id whose code it is about
        ('' for a decoy), while the answer is judged: what they have done after the commit does not depend on what becomes of the request.
        """

        def work(judgement: Judgement) -> Verdict:
            user_id, verdict = self._judge(judgement, hashed(secret), answer)
            if verdict.accepted and not verdict.again:
                on_right(user_id)
            elif verdict.outcome is Outcome.WRONG:
                on_wrong(user_id)
            return verdict

        return self.verifier.judged("", (_PURPOSE, secret, repr(answer)), work)

    def _judge(self, judgement: Judgement, name: str, answer: object) -> tuple[str, Verdict]:
        max_tries, now, attempts = judgement.policy.max_tries, judgement.now, judgement.records.password_attempts
        attempt, code = attempts.get(name), codes.normalise(answer, judgement.policy.code_length)
        if code is None:
            return attempt.user_id if attempt else "", Verdict(outcome=Outcome.MALFORMED)
        if attempt is None:
            return "", self._judge_unkept(name)
        tries = len(attempts.wrong_answers(name))
        if tries >= max_tries:
            return attempt.user_id, Verdict(outcome=Outcome.TOO_MANY_TRIES)
        _, outcome = challenges.answer(
            attempt.challenge,
            keys=judgement.keys,
            user_id=attempt.user_id,
            purpose=_PURPOSE,
            code=code,
            now=now,
            max_tries=max_tries,
            binding=name,
        )
        if outcome is Outcome.ACCEPTED and attempt.user_id:
            return attempt.user_id, _accept(judgement, attempt, name, answer)
        if outcome is Outcome.EXPIRED:
            return attempt.user_id, Verdict(outcome=outcome)
        attempts.count_wrong_answer(name, now=now)
        return attempt.user_id, Verdict(outcome=Outcome.WRONG, tries_left=max_tries - tries - 1)

    def _judge_unkept(self, name: str) -> Verdict:
        # No answer can be right. It is counted beside the database: anybody can have as many of these as they like.
        limiter, policy = self.verifier.rate_limiter, self.verifier.policy
        for tries in range(1, policy.max_tries + 1):
            key = self._key("unkept", f"{name} {tries}")
            if limiter.hit(key, limit=1, window=policy.lifetime_of(_PURPOSE)):
                return Verdict(outcome=Outcome.WRONG, tries_left=policy.max_tries - tries)
        return Verdict(outcome=Outcome.TOO_MANY_TRIES)

    def count_wrong_answer(self, user_id: str) -> None:
        """Count a wrong answer about a member: after as many as lead to a pause at the sign-in, no code is sent for a day.

        They are counted apart from those of the sign-in: nobody without the password can lock a member out.
        """
        self.password_attempts.count_wrong_answer(self._key("member", user_id), now=self.verifier.now)
        self.verifier.tell(events.ChallengeAnswered(user_id, purpose=_PURPOSE, outcome=Outcome.WRONG))

    def _addressee(self, user_id: str) -> tuple[Account, Route] | None:
        # A member to whom a code may go, and by which way; None if none may.
        verifier = self.verifier
        account = (verifier.accounts.get(user_id) or Account()).swept(now=verifier.now, window=USER_WINDOW)
        # A code by e-mail would prove nothing that the e-mail for the new password does not, where both come to one mailbox.
        is_alone = account.email_alone
        routes = (route for route in verifier.routes(user_id) if is_alone or route.channel is not Channel.EMAIL)
        misses = self.password_attempts.wrong_answers(self._key("member", user_id))
        wait = throttle.seconds_until_allowed(
            misses, now=verifier.now, window=NUMBER_WINDOW, limit=verifier.policy.failures_before_pause
        )
        if wait or not account.is_bound or not verifier.policy.generate_codes:
            return None
        route = next(routes, None)
        return (account, route) if route is not None else None

    def _send(
        self, user_id: str, name: str, account: Account, route: Route, client_address: str
    ) -> tuple[Challenge | None, SendRefusal | None]:
        verifier = self.verifier
        account, receipt = verifier.issuer.issue(
            account, user_id, _PURPOSE, route, client_address=client_address, binding=name
        )
        if not receipt.sent:
            return None, receipt.refusal
        verifier.accounts.save(user_id, account)
        verifier.tell(events.ChallengeIssued(user_id, purpose=_PURPOSE))
        return account.challenges.get(_PURPOSE), None

    def _tell_to_ask(self, user_id: str, account: Account, route: Route, client_address: str) -> SendRefusal | None:
        # The e-mail for the new password would come to the mailbox of the code: who reads it would need nothing else. So no code is sent,
        # and an e-mail says whom to ask. It takes the same places as a code.
        verifier = self.verifier
        refused = verifier.issuer.refusal(account, user_id, _PURPOSE, route, client_address)
        refused = verifier.issuer.limits.take(_PURPOSE, route, client_address, user_id) or refused
        if refused is not None:
            return refused[0]
        verifier.accounts.save(user_id, verifier.issuer.limits.count(account, _PURPOSE))
        verifier.tell(events.NewPasswordWithheld(user_id, purpose=_PURPOSE))
        return None

    def _send_nothing(self, login: str, client_address: str) -> SendRefusal | None:
        nowhere = Route(to=self._key("number", login), channel=Channel.TEXT)
        refused = self.verifier.issuer.limits.take(_PURPOSE, nowhere, client_address)
        return refused[0] if refused is not None else None

    def _may_ask(self, login: str, client_address: str) -> bool:
        policy = self.verifier.policy
        by_address = self._fits(self._key("address", client_address), policy.texts_per_address, ADDRESS_WINDOW)
        return by_address and self._fits(self._key("login", login), policy.texts_per_user, USER_WINDOW)

    def _fits(self, name: str, limit: int, window: int) -> bool:
        # asked first: what another instance has no room for, is not to fill the windows of this one
        limiter = self.verifier.rate_limiter
        if limiter.resets_in(name, limit=limit, window=window):
            return False
        fits: bool = limiter.hit(name, limit=limit, window=window)
        return fits

    def _decoy(self, name: str) -> Challenge:
        return challenges.issue(
            key=self.verifier.keys[0],
            user_id="",
            purpose=_PURPOSE,
            route=Route(to=f"+{codes.generate(11)}", channel=Channel.TEXT),
            code=codes.generate(self.verifier.policy.code_length),
            now=self.verifier.now,
            lifetime=self.verifier.policy.lifetime_of(_PURPOSE),
            binding=name,
        )

    def _key(self, kind: str, value: str) -> str:
        return codes.digest(self.verifier.keys[0], "access", kind, value)[:32]


def _accept(judgement: Judgement, attempt: PasswordAttempt, name: str, answer: object) -> Verdict:
    # The member's own account has the last word: codes are held back, superseded and used up there.
    user_id, attempts = attempt.user_id, judgement.records.password_attempts
    if attempt.answered is not None:
        is_again = judgement.now < attempt.answered + right_answer.LIFETIME
        return Verdict(outcome=Outcome.ACCEPTED, again=True) if is_again else Verdict(outcome=Outcome.NONE_OPEN)
    account = judgement.records.accounts.get(user_id) or Account()
    account, verdict = judgement.judge.judge(account, user_id, _PURPOSE, answer, binding=name)
    judgement.records.accounts.save(user_id, account)
    if verdict.accepted:
        # Kept until its code has expired: the page that says so may be lost, and asked for again.
        attempts.add(name, replace(attempt, answered=judgement.now), now=judgement.now)
    else:
        attempts.drop(name)
    judgement.tell(events.ChallengeAnswered(user_id, purpose=_PURPOSE, outcome=verdict.outcome))
    return verdict
