"""Whether one more text may be sent: per member, per number, per client address and for the whole site, in sliding windows.

Texts that anybody can cause (resets) are counted apart from those that take a password, and those to a number by
purpose and member, under a wider window for all members, so that neither a stranger nor another member who claims the number uses up
what its owner needs.

What anybody can cause is counted whether or not there is somebody to send it to. Its client address and the site come first: whoever
asks sees what is left there, and it must not tell whose login was typed.

What a member was sent stands in the member's record, and is written or undone with it. The other windows are outside of the database:
there, a request counts once, however often it is run again after a conflict, and also if it is given up. A text that certainly did not
leave is taken back in all of them, and nobody waits for the next one; see ``delivery.status``. Resets are not: their e-mail has left.
"""

from collections.abc import Iterator
from collective.smsauth.domain import codes
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import is_unanswered
from collective.smsauth.domain.challenge import OPEN_TO_ALL
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import canonical
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.policy import ADDRESS_WINDOW
from collective.smsauth.domain.policy import NUMBER_WINDOW
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.policy import SITE_WINDOW
from collective.smsauth.domain.policy import USER_WINDOW
from collective.smsauth.interfaces import IRateLimiter
from collective.smsauth.verification.results import SendRefusal
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace


@dataclass(frozen=True, kw_only=True)
class SendingLimits:
    """The limits on texts, for one moment.

    ``key`` hides numbers and addresses from who can read the limiter; ``now`` is seconds since the epoch.
    """

    rate_limiter: IRateLimiter
    policy: Policy
    key: bytes = field(repr=False)
    now: float

    def seconds_until_next(self, account: Account, purpose: Purpose) -> int:
        """Return the seconds that the member has to wait before asking for another text of this kind."""
        former = account.challenges.get(purpose)
        wait = self._resend_wait(former, former.to) if former is not None else 0
        return max(wait, self._member_wait(account, purpose))

    def resends(self, account: Account, purpose: Purpose, to: str) -> int:
        """Return how many codes of this kind went to the contact point ``to`` lately and have not been answered rightly."""
        former = account.challenges.get(purpose)
        if former is None or not self._is_unanswered(former, to):
            return 0
        return former.resends if former.lost else former.resends + 1

    def refusal(
        self, account: Account, purpose: Purpose, route: Route, client_address: str, user_id: str = ""
    ) -> tuple[SendRefusal, int] | None:
        """Return why a message must not be sent by ``route`` now and the seconds until it may, or None if it may.

        ``user_id`` is the member whom it concerns, '' for nobody.
        """
        own, again = self._member_wait(account, purpose), self._resend_wait(account.challenges.get(purpose), route.to)
        # one text after the other: where there were too many, the wait after the last one may still be the longer
        waits = {SendRefusal.MEMBER_LIMIT: own and max(own, again), SendRefusal.TOO_SOON: again}
        for reason, name, limit, window in self._windows(purpose, route, client_address, user_id):
            wait = self.rate_limiter.resets_in(name, limit=limit, window=window)
            waits[reason] = max(wait, waits.get(reason, 0))
        return next(((reason, wait) for reason, wait in waits.items() if wait), None)

    def take(
        self, purpose: Purpose, route: Route, client_address: str, user_id: str = ""
    ) -> tuple[SendRefusal, int] | None:
        """Count one message in all windows but the member's, or return why not: a request beside this one took the last place."""
        for reason, name, limit, window in self._windows(purpose, route, client_address, user_id):
            if not self.rate_limiter.hit(name, limit=limit, window=window):
                return reason, max(1, self.rate_limiter.resets_in(name, limit=limit, window=window))
        return None

    def count(self, account: Account, purpose: Purpose) -> Account:
        """Return the account with one more message counted."""
        if purpose in OPEN_TO_ALL:
            return replace(account, reset_sent_at=(*account.reset_sent_at, self.now))
        return replace(account, sent_at=(*account.sent_at, self.now))

    def to_give_back(
        self, purpose: Purpose, route: Route, client_address: str, user_id: str
    ) -> tuple[tuple[str, int], ...]:
        """Return the windows, by name and length in seconds, in which a message that does not leave is taken back.

        What anybody can ask for stays counted: else the windows would tell whether there was a member to send it to.
        """
        if purpose in OPEN_TO_ALL:
            return ()
        return tuple((name, window) for _, name, _, window in self._windows(purpose, route, client_address, user_id))

    def _windows(
        self, purpose: Purpose, route: Route, client_address: str, user_id: str
    ) -> Iterator[tuple[SendRefusal, str, int, int]]:
        of_number = self._windows_of_number(purpose, canonical(route.to), user_id)
        of_source = self._windows_of_source(purpose, route.channel, client_address)
        yield from (*of_source, *of_number) if purpose in OPEN_TO_ALL else (*of_number, *of_source)

    def _windows_of_number(
        self, purpose: Purpose, number: str, user_id: str
    ) -> Iterator[tuple[SendRefusal, str, int, int]]:
        one, all_members = self.policy.texts_per_number, self.policy.texts_per_number_total
        own, total = (
            self._name("own number", purpose.value, number, user_id),
            self._name("number", purpose.value, number),
        )
        yield SendRefusal.NUMBER_LIMIT, own, one, NUMBER_WINDOW
        yield SendRefusal.NUMBER_LIMIT, total, max(one, all_members), NUMBER_WINDOW

    def _windows_of_source(
        self, purpose: Purpose, channel: Channel, client_address: str
    ) -> Iterator[tuple[SendRefusal, str, int, int]]:
        policy, scope = self.policy, "reset" if purpose in OPEN_TO_ALL else "own"
        client, site = self._name("address", scope, client_address), self._name("site", scope, "")
        yield SendRefusal.ADDRESS_LIMIT, client, policy.texts_per_address, ADDRESS_WINDOW
        # nobody gets no text, and takes a place all the same: so does who gets an e-mail
        if channel is not Channel.EMAIL or purpose in OPEN_TO_ALL:
            yield SendRefusal.SITE_LIMIT, site, policy.texts_per_site, SITE_WINDOW

    def _member_wait(self, account: Account, purpose: Purpose) -> int:
        sent = account.reset_sent_at if purpose in OPEN_TO_ALL else account.sent_at
        return throttle.seconds_until_allowed(sent, now=self.now, window=USER_WINDOW, limit=self.policy.texts_per_user)

    def _resend_wait(self, former: Challenge | None, to: str) -> int:
        if former is None or former.lost or not self._is_unanswered(former, to):
            return 0
        return throttle.resend_wait(former.issued, former.resends, now=self.now, waits=self.policy.resend_waits)

    def _is_unanswered(self, former: Challenge, to: str) -> bool:
        return is_unanswered(former, to=to, now=self.now, window=USER_WINDOW)

    def _name(self, kind: str, scope: str, *values: str) -> str:
        return codes.digest(self.key, kind, scope, *values)[:32]
