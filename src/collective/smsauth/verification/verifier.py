"""The verifier issues challenges and judges answers.

Every refusal is a returned value. An answer is judged in a transaction of its own, which is committed before the verdict is known to
anybody: whatever the request does afterwards, the failure stays counted, or the code spent and the proof made. The events follow that
commit.
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
from collective.smsauth.domain.account import ResetLink
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.pending_sign_in import Pending
from collective.smsauth.domain.policy import PENDING_LIFETIME
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.policy import USER_WINDOW
from collective.smsauth.domain.policy import WARN_AFTER_BEGUN
from collective.smsauth.domain.right_answer import RightAnswer
from collective.smsauth.domain.session import Means
from collective.smsauth.interfaces import IRateLimiter
from collective.smsauth.storage.accounts import Accounts
from collective.smsauth.storage.own_transaction import TooManyConflicts
from collective.smsauth.verification import lifecycle
from collective.smsauth.verification.fraud_guard import FraudGuard
from collective.smsauth.verification.issuer import Issuer
from collective.smsauth.verification.issuer import route_to
from collective.smsauth.verification.issuer import routes_of
from collective.smsauth.verification.judge import Judge
from collective.smsauth.verification.judgement import is_open_link
from collective.smsauth.verification.judgement import Judgement
from collective.smsauth.verification.judgement import link_parts
from collective.smsauth.verification.results import Judgements
from collective.smsauth.verification.results import Post
from collective.smsauth.verification.results import Receipt
from collective.smsauth.verification.results import Records
from collective.smsauth.verification.results import SendRefusal
from collective.smsauth.verification.results import Verdict
from collective.smsauth.verification.results import Wording
from collective.smsauth.verification.sending_limits import SendingLimits
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import TypeVar
from zope.event import notify

_Result = TypeVar("_Result")

_NONE_OPEN = Verdict(outcome=Outcome.NONE_OPEN)
#: Why no other code is sent although the last one is as good.
_LIMITS = frozenset(
    {
        SendRefusal.TOO_SOON,
        SendRefusal.MEMBER_LIMIT,
        SendRefusal.NUMBER_LIMIT,
        SendRefusal.ADDRESS_LIMIT,
        SendRefusal.SITE_LIMIT,
    }
)


@dataclass(frozen=True, kw_only=True)
class Verifier:
    """Issues and judges codes for one site at one moment.

    ``keys`` are the site's keys, the signing one first; ``now`` is seconds since the epoch; ``fingerprint`` returns a
    value that changes when the password of a user id does; ``email`` returns the address in the profile of a user id;
    ``keeps_password`` tells whether the site keeps the password of a user id; ``judgements`` are where answers are judged; ``tell`` fires
    events.
    """

    accounts: Accounts
    rate_limiter: IRateLimiter
    fraud_guard: FraudGuard
    policy: Policy
    keys: Sequence[bytes] = field(repr=False)
    now: float
    wording: Wording
    post: Post
    fingerprint: Callable[[str], str]
    email: Callable[[str], str]
    keeps_password: Callable[[str], bool]
    judgements: Judgements
    tell: Callable[[object], None] = notify

    def judged(self, user_id: str, name: object, work: Callable[[Judgement], Verdict]) -> Verdict:
        """Return the verdict of ``work`` once it is committed in a transaction of its own, and fire its events.

        All that judges a secret which a person enters goes through here. ``work`` is called with a judgement in that transaction.
        ``user_id`` is whose record may change. ``name`` tells this judgement from others in the same request: run again, it is not
        judged again.
        """
        try:
            verdict = self._apart(user_id, name, work)
        except TooManyConflicts:
            return Verdict(outcome=Outcome.BUSY)
        return verdict if self._goes_on(user_id, verdict) else _NONE_OPEN

    def _apart(self, user_id: str, name: object, work: Callable[[Judgement], _Result]) -> _Result:
        held: list[object] = []

        def attempt(records: Records) -> _Result:
            held.clear()
            guard = replace(
                self.fraud_guard, counters=records.counters, number_blocks=records.number_blocks, tell=held.append
            )
            judgement = Judgement(
                records=records,
                judge=Judge(policy=self.policy, keys=self.keys, now=self.now, confirmed=guard.record_confirmed),
                issuer=replace(self.issuer, fraud_guard=guard),
                keys=self.keys,
                fingerprint=self.fingerprint,
                email=self.email,
                keeps_password=self.keeps_password,
                tell=held.append,
            )
            result = work(judgement)
            self.accounts.expect(user_id, records.accounts)
            return result

        result = self.judgements.run(name, attempt)
        for event in held:
            self.judgements.tell(event)
        return result

    def _goes_on(self, user_id: str, verdict: Verdict) -> bool:
        # The member may have ended all sessions between the commit and now: the request must not go on with one of them.
        if not self.judgements.go_on() or not verdict.proof:
            return True
        fingerprint = self.fingerprint(user_id)
        session = self._read(user_id).session(
            verdict.proof, now=self.now, fingerprint=fingerprint, lifetimes=self.policy.lifetimes
        )
        return session is not None

    def begin_sign_in(
        self, user_id: str, *, client_address: str, former: str = "", secret: str = ""
    ) -> tuple[str, Receipt]:
        """Open a pending sign-in for a member whose first factor was correct, and send the code the usual way.

        Returns the token of the pending sign-in, and the receipt. Too soon for another text, the code sent
        before goes on: whoever has the password cannot have texts sent faster by posting the form again. Nothing is sent to a
        member who has a prepared code; they may still ask for another. ``former`` is the token of a sign-in of theirs that the same browser
        began before: the codes that its page asked for still do. ``secret`` names the sign-in, if not a random one is to.

        Others may begin as many as they like: none gives way. Many in a row without a completed one are told to the member.
        """
        account = self._read(user_id)
        account = contact_points.without_former_emails(account, self._email(account, user_id))
        account = account.with_sign_in_begun(self.now)
        pending = pending_sign_in.begin(
            self.keys[0], user_id, account, now=self.now, fingerprint=self.fingerprint(user_id), secret=secret
        )
        before = self._standing(account, user_id, former)
        if before is not None:
            pending = pending.told_to_use(*before.codes_in(account))
        if account.prepared is not None and account.prepared.is_open(now=self.now, max_tries=self.policy.max_tries):
            receipt = Receipt(sent=False, means=Means.PREPARED_CODE)
            self._file(account, user_id, Purpose.SIGN_IN, receipt)
        else:
            route = next(iter(self._routes(account, user_id)), None)
            pending, receipt = self._send_for(pending, account, route, client_address)
        if account.sign_ins_begun == WARN_AFTER_BEGUN:
            self.tell(events.SignInSuspected(user_id, purpose=Purpose.SIGN_IN, begun=True))
        return pending_sign_in.sign(self.keys, pending), receipt

    def begin_step_up(self, user_id: str, session: str, *, client_address: str) -> tuple[str, Receipt]:
        """Do the same for a member in effect who is to give a code in their session, which is known by ``session``, a secret."""
        secret = self._step_up_secret(user_id, session)
        token, receipt = self.begin_sign_in(user_id, client_address=client_address, secret=secret)
        begun = self.begun(user_id, token)
        if begun is not None:
            token = pending_sign_in.sign(self.keys, pending_sign_in.in_session(begun, self._read(user_id), session))
        return token, receipt

    def begin_set_up(
        self,
        user_id: str,
        number: str,
        *,
        client_address: str,
        binding: str = "",
        channel: Channel = Channel.TEXT,
        listed: bool = False,
    ) -> Receipt:
        """Send a code to a number (E.164) to be bound; ``binding`` names the pending sign-in it belongs to, if any.

        Without one the number is pending from then on; ``listed`` tells that it was asked for as one of several. In place of a number it
        may be the e-mail address in the profile, where the site allows the second step by it alone.
        """
        account, route = self._read(user_id), Route(to=number, channel=channel)
        if channels.is_email(number):
            return self._send_set_up_by_email(account, user_id, number, client_address, binding)
        if binding:
            return self._send(account, user_id, Purpose.SET_UP, route, client_address, binding)
        return self._ask(account, user_id, Purpose.SET_UP, route, client_address, listed)

    def begin_reset(self, user_id: str, number: str, *, signature: str, link_id: str, client_address: str) -> Receipt:
        """Open the reset link with that signature and send its code to the number (E.164) asked for.

        An empty ``user_id`` stands for an account without anything to reset: the same is counted, and nothing sent.
        """
        account = self._read(user_id) if user_id else Account()
        route = route_to(number, self.policy)
        account, receipt = self.issuer.issue(
            account, user_id, Purpose.RESET, route, client_address=client_address, binding=link_id
        )
        link = ResetLink(
            digest=codes.digest(self.keys[0], *self._link(user_id, signature)),
            number=number,
            expires=self.now + self.policy.reset_link_lifetime,
        )
        if not user_id:
            return receipt
        return self._file(replace(account, reset=link) if receipt.sent else account, user_id, Purpose.RESET, receipt)

    def begin_contact(self, user_id: str, route: Route, *, client_address: str, binding: str = "") -> Receipt:
        """Send a code to a contact point besides the primary number that the member is to prove.

        Without a ``binding`` it becomes a contact point of the member, and a number is pending from then on. A ``binding`` names the form
        of another package that asks for the proof: a code of one form serves no other, and makes nothing a contact point.
        """
        account, several = self._read(user_id), self.policy.several_numbers
        if binding:
            return self._send(account, user_id, Purpose.CONTACT, route, client_address, binding)
        if not contact_points.may_verify(account, route.to, self.email(user_id), several=several):
            return Receipt(sent=False, refusal=SendRefusal.NOT_YOURS)
        if channels.is_email(route.to):
            return self._send(account, user_id, Purpose.CONTACT, route, client_address)
        return self._ask(account, user_id, Purpose.CONTACT, route, client_address, True)

    def resend(
        self, user_id: str, purpose: Purpose, *, client_address: str, pending: str = "", route: Route | None = None
    ) -> Receipt:
        """Send a new code for the sign-in with the token ``pending``, or for what is being set up. Failures stay counted.

        ``route`` is another way than that of the former code; for a sign-in, one of ``routes``. A reset has no resend: each of its
        codes belongs to one link.
        """
        account = self._read(user_id)
        former = account.challenges.get(purpose)
        if purpose in (Purpose.SET_UP, Purpose.CONTACT):
            if former is None:
                return Receipt(sent=False, refusal=SendRefusal.NO_NUMBER)
            if purpose is Purpose.SET_UP and channels.is_email(former.to):
                return self._send_set_up_by_email(account, user_id, former.to, client_address, former.binding)
            channel = route.channel if route is not None else Channel(former.channel)
            same = Route(to=former.to, channel=channel)
            is_on = channel in channels.channels_of(former.to, self.policy.channels)
            again = same if is_on else route_to(former.to, self.policy)
            if former.binding or again is None or channels.is_email(former.to) or account.unproved is None:
                return self._send(account, user_id, purpose, again, client_address, former.binding)
            return self._ask(account, user_id, purpose, again, client_address, account.unproved.listed)
        begun = self._standing(account, user_id, pending) if purpose is Purpose.SIGN_IN else None
        if begun is None:
            return Receipt(sent=False, refusal=SendRefusal.NONE_OPEN)
        allowed = self._routes(account, user_id)
        if route is None:
            last = next((one.route for one in reversed(begun.codes_in(account))), None)
            route = last if last in allowed else next(iter(allowed), None)
        elif route not in allowed:
            return Receipt(sent=False, refusal=SendRefusal.NOT_YOURS)
        told, receipt = self._send_for(begun, account, route, client_address)
        return receipt if told == begun else replace(receipt, pending=pending_sign_in.sign(self.keys, told))

    def awaited(self, user_id: str) -> Challenge | None:
        """Return the code that the member waits for: of the number that they set up, or of the sign-in that they have begun."""
        account = self._read(user_id)
        sent = [
            account.challenges[purpose]
            for purpose in (Purpose.SET_UP, Purpose.SIGN_IN)
            if purpose in account.challenges
        ]
        waiting = [challenge for challenge in sent if self.now < challenge.issued + PENDING_LIFETIME]
        return max(waiting, key=lambda challenge: challenge.issued, default=None)

    def resend_awaited(self, user_id: str, *, client_address: str) -> Receipt:
        """Send another code in place of the one that the member waits for, to where it may go: for who helps them."""
        awaited = self.awaited(user_id)
        if awaited is None:
            return Receipt(sent=False, refusal=SendRefusal.NONE_OPEN)
        if awaited.purpose is Purpose.SET_UP:
            return self.resend(user_id, Purpose.SET_UP, client_address=client_address)
        account = self._read(user_id)
        allowed = self._routes(account, user_id)
        route = awaited.route if awaited.route in allowed else next(iter(allowed), None)
        return self._send(account, user_id, Purpose.SIGN_IN, route, client_address, awaited.binding)

    def routes(self, user_id: str) -> tuple[Route, ...]:
        """Return by which ways a sign-in code may reach the member, the usual one first."""
        return self._routes(self._read(user_id), user_id)

    def seconds_until_resend(self, user_id: str, purpose: Purpose) -> int:
        """Return the seconds until the member may ask for another text."""
        return self._limits.seconds_until_next(self._read(user_id), purpose)

    def refusal(
        self, user_id: str, purpose: Purpose, route: Route | None, *, client_address: str
    ) -> tuple[SendRefusal, int] | None:
        """Return why a code of that purpose could not be sent by ``route`` now and the seconds until it could, or None if it could."""
        return self.issuer.refusal(self._read(user_id), user_id, purpose, route, client_address)

    def pending(self, user_id: str, token: str) -> Pending | None:
        """Return the pending sign-in of that token if it still stands."""
        return self._standing(self._read(user_id), user_id, token)

    def begun(self, user_id: str, token: str) -> Pending | None:
        """Return the sign-in of that token if it was begun here, whether or not it still stands."""
        return pending_sign_in.read(self.keys, user_id, token)

    def answered(self, user_id: str, purpose: Purpose, binding: str) -> RightAnswer | None:
        """Return the right answer to the form of that binding if it may be sent again: what it led to may have been lost."""
        return self._read(user_id).answer(right_answer.name_for(purpose, binding), now=self.now)

    def open_challenge(self, user_id: str, purpose: Purpose) -> Challenge | None:
        """Return the last challenge of that purpose, even when it can no longer be answered."""
        return self._read(user_id).challenges.get(purpose)

    def is_open_link(self, user_id: str, signature: str) -> bool:
        """Tell whether the signature is that of the member's open reset link, with the password and e-mail address of that time."""
        return is_open_link(self._read(user_id), self.keys, self._link(user_id, signature))

    def was_judged(
        self, user_id: str, purpose: Purpose, answer: object, *, binding: str = "", by_other: bool = False
    ) -> bool:
        """Tell whether this request has judged that answer already, in an attempt that ended in a conflict: it gets the same verdict.

        What the answer was for may be over by that. ``binding`` is the token of a sign-in, the id of a reset link, or as it was given.
        """
        return self.judgements.has_run(_name(purpose, user_id, binding, answer, by_other))

    def verify_sign_in(self, user_id: str, answer: object, *, pending: str, once: bool = False) -> Verdict:
        """Judge the code that completes the pending sign-in of that token; with ``once``, a right answer cannot be sent again."""
        name = _name(Purpose.SIGN_IN, user_id, pending, answer)
        return self.judged(
            user_id, name, lambda judgement: judgement.judge_sign_in(user_id, answer, pending, once=once)
        )

    def verify_step_up(self, user_id: str, answer: object, session: str) -> Verdict:
        """Judge the code that ``begin_step_up`` sent for the session known by that secret. A right answer cannot be sent again."""
        token, name = self.step_up(user_id, session), ("step-up", user_id, session, repr(answer))
        return self.judged(user_id, name, lambda judgement: judgement.judge_sign_in(user_id, answer, token, once=True))

    def step_up(self, user_id: str, session: str) -> str:
        """Return a token that takes the codes which ``begin_step_up`` sent for the session known by that secret.

        Whether or not one was begun: no client is to get it.
        """
        account, fingerprint = self._read(user_id), self.fingerprint(user_id)
        secret = self._step_up_secret(user_id, session)
        pending = pending_sign_in.begin(
            self.keys[0], user_id, account, now=self.now, fingerprint=fingerprint, secret=secret
        )
        return pending_sign_in.sign(self.keys, pending_sign_in.in_session(pending, account, session))

    def verify_set_up(
        self, user_id: str, answer: object, *, binding: str = "", once: bool = False, by_other: bool = False
    ) -> Verdict:
        """Judge the code that binds the number it was sent to; with ``once``, a right answer cannot be sent again.

        ``by_other`` tells that somebody else enters it for the member: that gives no proof, and cannot be sent again either.
        """
        name, once = _name(Purpose.SET_UP, user_id, binding, answer, by_other), once or by_other
        return self.judged(
            user_id,
            name,
            lambda judgement: judgement.judge_number(
                user_id, Purpose.SET_UP, answer, binding, once=once, by_other=by_other
            ),
        )

    def verify_reset(self, user_id: str, answer: object, *, signature: str, link_id: str) -> Verdict:
        """Judge the code that puts the number of the reset link in place of the former one. Gives no proof."""
        name = _name(Purpose.RESET, user_id, link_id, answer)
        return self.judged(user_id, name, lambda judgement: judgement.judge_reset(user_id, answer, signature, link_id))

    def verify_contact(self, user_id: str, answer: object, *, binding: str = "") -> Verdict:
        """Judge the code that proves a contact point; without a ``binding`` it is a verified contact point from now on.

        Failures stay counted: whoever can read a code at an address of their choice has not shown that they may guess others.
        """
        name = _name(Purpose.CONTACT, user_id, binding, answer)
        return self.judged(user_id, name, lambda judgement: judgement.judge_contact(user_id, answer, binding))

    def settle_contact(self, user_id: str, *, binding: str) -> None:
        """Note that what the proof of a contact point was for has been done, with the transaction of the request: it is not done twice.

        The right answer may be sent again all the same; it no longer says what it has proved.
        """
        account = self._read(user_id)
        settled = account.with_settled_answer(right_answer.name_for(Purpose.CONTACT, binding))
        if settled != account:
            self.accounts.save(user_id, settled)

    def verify_password(self, user_id: str, is_right: Callable[[], bool]) -> Verdict:
        """Judge a password that a page asks a member in effect again; a wrong one counts like a wrong code.

        ``is_right`` compares it: not during a pause, nor once the number is locked, and only once. The failure is on record before that,
        and taken back if it was none: of many passwords that are sent at once, no more are compared than may be.
        """
        name = ("password", user_id)
        try:
            held, counted = self._apart(user_id, name, lambda judgement: judgement.count_password(user_id))
            if held is None and is_right():
                self._apart(user_id, (*name, "right"), lambda judgement: judgement.take_back(user_id, counted))
                held = Verdict(outcome=Outcome.ACCEPTED)
            if held is None and counted.failures == throttle.MOST_FAILURES:
                locked = events.SignInSuspected(user_id, locked=True)
                self._apart(user_id, (*name, "locked"), lambda judgement: judgement.tell(locked))
        except TooManyConflicts:
            return Verdict(outcome=Outcome.BUSY)
        self.judgements.go_on()
        return held or Verdict(outcome=Outcome.WRONG)

    def disown(self, user_id: str, *, by_former_email: bool = False) -> Verdict:
        """End what is not theirs for a member who says that it was not them, in a transaction of its own.

        ``by_former_email`` tells that they said so at the address that was in the profile before.
        """

        def end(judgement: Judgement) -> Verdict:
            accounts, now = judgement.records.accounts, judgement.now
            # Who reads the former address may be somebody else by now: they take no number away that the member may need.
            dropped = lifecycle.drop_recent(accounts, user_id, now=now, keep_primary=by_former_email)
            if by_former_email:
                lifecycle.distrust_email(accounts, user_id, now=now)
            lifecycle.disown(accounts, user_id, dropped=dropped, tell=judgement.tell)
            return Verdict(outcome=Outcome.ACCEPTED)

        return self.judged(user_id, ("disown", user_id), end)

    def _step_up_secret(self, user_id: str, session: str) -> str:
        return codes.digest(self.keys[0], "step-up", user_id, session)

    def _link(self, user_id: str, signature: str) -> tuple[str, ...]:
        return link_parts(user_id, signature, fingerprint=self.fingerprint(user_id), email=self.email(user_id))

    @property
    def _limits(self) -> SendingLimits:
        return SendingLimits(rate_limiter=self.rate_limiter, policy=self.policy, key=self.keys[0], now=self.now)

    @property
    def issuer(self) -> Issuer:
        """What issues codes, for who builds on the verifier."""
        return Issuer(
            limits=self._limits,
            fraud_guard=self.fraud_guard,
            policy=self.policy,
            key=self.keys[0],
            now=self.now,
            wording=self.wording,
            post=self.post,
        )

    def _routes(self, account: Account, user_id: str) -> tuple[Route, ...]:
        return routes_of(account, self.policy, self._email(account, user_id))

    def _email(self, account: Account, user_id: str) -> str:
        # Profiles take long to read; only an address that was verified is compared with the one in there.
        return self.email(user_id) if any(map(channels.is_email, account.contacts)) else ""

    def _send(
        self,
        account: Account,
        user_id: str,
        purpose: Purpose,
        route: Route | None,
        client_address: str,
        binding: str = "",
    ) -> Receipt:
        account, receipt = self.issuer.issue(
            account, user_id, purpose, route, client_address=client_address, binding=binding
        )
        return self._file(account, user_id, purpose, receipt)

    def _send_set_up_by_email(
        self, account: Account, user_id: str, email: str, client_address: str, binding: str
    ) -> Receipt:
        if not self.policy.takes_email_alone:
            return Receipt(sent=False, refusal=SendRefusal.NO_CHANNEL)
        if not contact_points.may_bind_email(account, email, self.email(user_id)):
            return Receipt(sent=False, refusal=SendRefusal.NOT_YOURS)
        route = Route(to=email, channel=Channel.EMAIL)
        return self._send(account, user_id, Purpose.SET_UP, route, client_address, binding)

    def _ask(
        self, account: Account, user_id: str, purpose: Purpose, route: Route, client_address: str, listed: bool
    ) -> Receipt:
        # What a limit refuses changes nothing: the number that was pending before still is.
        asked = account.with_asked(route.to, listed=listed, purpose=purpose, now=self.now)
        asked, receipt = self.issuer.issue(asked, user_id, purpose, route, client_address=client_address)
        return self._file(asked if receipt.sent else account, user_id, purpose, receipt)

    def _send_for(
        self, pending: Pending, account: Account, route: Route | None, client_address: str
    ) -> tuple[Pending, Receipt]:
        # The code belongs to this sign-in. If it is too soon for another one, or there were too many, the page tells to use the last one
        # while that is open: so it belongs to this sign-in as well. Else those who come after others would have none for half an hour.
        receipt = self._send(account, pending.user_id, Purpose.SIGN_IN, route, client_address, pending.name)
        last = account.challenges.get(Purpose.SIGN_IN)
        is_open = last is not None and last.is_open(now=self.now, max_tries=self.policy.max_tries)
        if last is not None and is_open and receipt.refusal in _LIMITS:
            pending = pending.told_to_use(last)
        return pending, receipt

    def _standing(self, account: Account, user_id: str, token: str) -> Pending | None:
        begun = pending_sign_in.read(self.keys, user_id, token)
        if begun is None:
            return None
        fingerprint = self.fingerprint(user_id)
        return begun if begun.stands(account, keys=self.keys, now=self.now, fingerprint=fingerprint) else None

    def _file(self, account: Account, user_id: str, purpose: Purpose, receipt: Receipt) -> Receipt:
        self.accounts.save(user_id, account)
        if receipt.sent:
            self.tell(events.ChallengeIssued(user_id, purpose=purpose))
        return receipt

    def _read(self, user_id: str) -> Account:
        return (self.accounts.get(user_id) or Account()).swept(now=self.now, window=USER_WINDOW)


def _name(purpose: Purpose, user_id: str, binding: str, answer: object, by_other: bool = False) -> tuple[object, ...]:
    # What tells one judgement from others in the same request.
    return purpose, user_id, binding, by_other, repr(answer)
