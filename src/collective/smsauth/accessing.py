"""Codes for whoever types a login without a password, such that nothing tells whether there is such a login.

What depends on the login is done by ``begin`` and ``count_miss``, which belong into a worker. ``judge`` runs in the request, and in a
transaction of its own: it reads and writes the same for every login, and looks at a member's account only after the right code.
"""

from collections.abc import Callable
from collective.smsauth import events
from collective.smsauth.domain import challenge as challenges
from collective.smsauth.domain import codes
from collective.smsauth.domain import right_answer
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.contact import Channel
from collective.smsauth.domain.contact import Route
from collective.smsauth.domain.policy import ADDRESS_WINDOW
from collective.smsauth.domain.policy import NUMBER_WINDOW
from collective.smsauth.domain.policy import USER_WINDOW
from collective.smsauth.domain.session import name_of
from collective.smsauth.verdicts import Records
from collective.smsauth.verdicts import Verdict
from collective.smsauth.verifier import Verifier
from collective.smsauth.visits import Visit
from collective.smsauth.visits import Visits
from dataclasses import dataclass
from dataclasses import replace

_PURPOSE = Purpose.ACCESS

Afterwards = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Access:
    """Visits to the access-code page of one site at one moment. ``secret`` is what names a visit, known only to its browser."""

    verifier: Verifier
    visits: Visits

    def begin(self, user_id: str, secret: str, *, login: str, address: str) -> None:
        """Send a code to the phone of a member, and keep a visit that it answers; '' stands for nobody, who gets a decoy.

        ``login`` is what was typed: asked for too often, from one client address or for one login, nothing is sent and nothing kept.
        """
        if not self._may_ask(login, address):
            return
        name = name_of(secret)
        challenge = self._send(user_id, name, address) if user_id else None
        visit = Visit(user_id=user_id if challenge else "", challenge=challenge or self._decoy(name))
        self.visits.add(name, visit, now=self.verifier.now)

    def judge(self, secret: str, answer: object, *, on_right: Afterwards, on_wrong: Afterwards) -> Verdict:
        """Judge an answer, and have done afterwards what follows from it.

        A decoy costs the same and is never answered rightly. Wrong answers are counted by visit here; ``on_wrong`` is to see that those
        of a member are counted by ``count_miss``. Both are called with the user id whose code it is about ('' for a decoy), while the
        answer is judged: what they have done after the commit does not depend on what becomes of the request.
        """

        def work(own: Verifier, records: Records) -> Verdict:
            user_id, verdict = replace(self, verifier=own, visits=records.visits)._judge(name_of(secret), answer)
            if verdict.accepted and not verdict.again:
                on_right(user_id)
            elif verdict.outcome is Outcome.WRONG:
                on_wrong(user_id)
            return verdict

        return self.verifier.judged("", (_PURPOSE, secret, repr(answer)), work)

    def _judge(self, name: str, answer: object) -> tuple[str, Verdict]:
        verifier = self.verifier
        max_tries, now = verifier.policy.max_tries, verifier.now
        visit = self.visits.get(name) or Visit(user_id="", challenge=self._decoy(name))
        tries = len(self.visits.misses(name))
        code = codes.normalise(answer, verifier.policy.code_length)
        if code is None:
            return visit.user_id, Verdict(outcome=Outcome.MALFORMED)
        if tries >= max_tries:
            return visit.user_id, Verdict(outcome=Outcome.TOO_MANY_TRIES)
        _, outcome = challenges.answer(
            visit.challenge,
            keys=verifier.keys,
            user_id=visit.user_id,
            purpose=_PURPOSE,
            code=code,
            now=now,
            max_tries=max_tries,
            binding=name,
        )
        if outcome is Outcome.ACCEPTED and visit.user_id:
            return visit.user_id, self._accept(visit, name, answer)
        if outcome is Outcome.EXPIRED:
            return visit.user_id, Verdict(outcome=outcome)
        self.visits.count_miss(name, now=now)
        return visit.user_id, Verdict(outcome=Outcome.WRONG, tries_left=max_tries - tries - 1)

    def count_miss(self, user_id: str) -> None:
        """Count a wrong answer about a member: after as many as lead to a pause at the sign-in, no code is sent for a day.

        They are counted apart from those of the sign-in: nobody without the password can lock a member out.
        """
        self.visits.count_miss(self._key("member", user_id), now=self.verifier.now)
        self.verifier.tell(events.ChallengeAnswered(user_id, purpose=_PURPOSE, outcome=Outcome.WRONG))

    def _accept(self, visit: Visit, name: str, answer: object) -> Verdict:
        # The member's own account has the last word: codes are held back, superseded and used up there.
        verifier, user_id = self.verifier, visit.user_id
        if visit.answered is not None:
            is_again = verifier.now < visit.answered + right_answer.LIFETIME
            return Verdict(outcome=Outcome.ACCEPTED, again=True) if is_again else Verdict(outcome=Outcome.NONE_OPEN)
        account = verifier.accounts.get(user_id) or Account()
        account, verdict = verifier.judge.judge(account, user_id, _PURPOSE, answer, binding=name)
        verifier.accounts.save(user_id, account)
        if verdict.accepted:
            # Kept until its code has expired: the page that says so may be lost, and asked for again.
            self.visits.add(name, replace(visit, answered=verifier.now), now=verifier.now)
        else:
            self.visits.drop(name)
        verifier.tell(events.ChallengeAnswered(user_id, purpose=_PURPOSE, outcome=verdict.outcome))
        return verdict

    def _send(self, user_id: str, name: str, address: str) -> Challenge | None:
        verifier = self.verifier
        account = (verifier.accounts.get(user_id) or Account()).swept(now=verifier.now, window=USER_WINDOW)
        # A code by e-mail would prove nothing that the e-mail for the new password does not.
        routes = (route for route in verifier.routes(user_id) if route.channel is not Channel.EMAIL)
        misses = self.visits.misses(self._key("member", user_id))
        wait = throttle.seconds_until_allowed(
            misses, now=verifier.now, window=NUMBER_WINDOW, limit=verifier.policy.failures_before_pause
        )
        if wait or not account.number or not verifier.policy.generate_codes:
            return None
        route = next(routes, None)
        account, receipt = verifier.issuer.issue(account, user_id, _PURPOSE, route, address=address, binding=name)
        if not receipt.sent:
            return None
        verifier.accounts.save(user_id, account)
        verifier.tell(events.ChallengeIssued(user_id, purpose=_PURPOSE))
        return account.challenges.get(_PURPOSE)

    def _may_ask(self, login: str, address: str) -> bool:
        policy = self.verifier.policy
        by_address = self._fits(self._key("address", address), policy.texts_per_address, ADDRESS_WINDOW)
        return by_address and self._fits(self._key("login", login), policy.texts_per_user, USER_WINDOW)

    def _fits(self, name: str, limit: int, window: int) -> bool:
        # asked first: what another instance has no room for, is not to fill the windows of this one
        windows = self.verifier.windows
        return not windows.wait(name, limit=limit, window=window) and windows.hit(name, limit=limit, window=window)

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
