"""Codes for whoever types a login without a password, such that nothing tells whether there is such a login.

What depends on the login is done by ``begin`` and ``count_miss``, which belong into a worker. ``judge`` runs in the request: it reads
and writes the same for every login, and looks at a member's account only after the right code.
"""

from collective.smsauth import events
from collective.smsauth.domain import challenge as challenges
from collective.smsauth.domain import codes
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
from collective.smsauth.verdicts import Verdict
from collective.smsauth.verifier import Verifier
from collective.smsauth.visits import Visit
from collective.smsauth.visits import Visits
from dataclasses import dataclass
from zope.event import notify

_PURPOSE = Purpose.ACCESS


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

    def judge(self, secret: str, answer: object) -> tuple[str, Verdict]:
        """Judge an answer, and return the user id whose code it is about ('' for a decoy) with the verdict.

        A decoy costs the same and is never answered rightly. Wrong answers are counted by visit here, and by ``count_miss`` those of
        a member.
        """
        verifier, name = self.verifier, name_of(secret)
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
            return visit.user_id, self._accept(visit.user_id, name, answer)
        if outcome is Outcome.EXPIRED:
            return visit.user_id, Verdict(outcome=outcome)
        self.visits.count_miss(name, now=now)
        return visit.user_id, Verdict(outcome=Outcome.WRONG, tries_left=max_tries - tries - 1)

    def count_miss(self, user_id: str) -> None:
        """Count a wrong answer about a member: after as many as lead to a pause at the sign-in, no code is sent for a day.

        They are counted apart from those of the sign-in: nobody without the password can lock a member out.
        """
        self.visits.count_miss(self._key("member", user_id), now=self.verifier.now)
        notify(events.ChallengeAnswered(user_id, purpose=_PURPOSE, outcome=Outcome.WRONG))

    def _accept(self, user_id: str, name: str, answer: object) -> Verdict:
        # The member's own account has the last word: codes are held back, superseded and used up there.
        accounts = self.verifier.accounts
        account = accounts.get(user_id) or Account()
        account, verdict = self.verifier.judge.judge(account, user_id, _PURPOSE, answer, binding=name)
        accounts.save(user_id, account)
        self.visits.drop(name)
        notify(events.ChallengeAnswered(user_id, purpose=_PURPOSE, outcome=verdict.outcome))
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
        notify(events.ChallengeIssued(user_id, purpose=_PURPOSE))
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
