"""The brake on cost and abuse: where texts and calls may go, how many a month, and none to numbers that look like text pumping.

It concerns what costs money; e-mails pass. Codes to a number that its member proved a day ago or earlier are neither watched for
pumping nor stopped by an alarm: else a stranger could keep out members whose phones are neighbours of numbers that he asks codes for.
"""

from collections.abc import Callable
from collective.smsauth import events
from collective.smsauth.allowance import Refusal
from collective.smsauth.domain import budget
from collective.smsauth.domain import codes
from collective.smsauth.domain import countries
from collective.smsauth.domain import phone
from collective.smsauth.domain import pumping
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.budget import Kind
from collective.smsauth.domain.budget import Level
from collective.smsauth.domain.contact import Channel
from collective.smsauth.domain.contact import Route
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.pumping import Alarm
from collective.smsauth.domain.pumping import Asked
from dataclasses import dataclass
from dataclasses import field
from typing import Protocol
from zope.event import notify


class Counters(Protocol):
    """The counters of texts and calls. A ``day`` is one of UTC, as '2026-11-22'."""

    def count(self, kind: Kind, region: str, *, day: str) -> None:
        """Count one text or call to a country (ISO 3166-1 alpha-2, '' for none)."""

    def spent(self, day: str) -> int:
        """Return how many were sent in the month of ``day``."""

    def guard(self, day: str) -> None:
        """Let only one of all transactions that do this at the same time be committed; the others are run again."""

    def tell_once(self, what: str, *, day: str) -> bool:
        """Tell whether ``what`` has not been told in the month of ``day``, and remember that it has now."""


class Blocks(Protocol):
    """The blocks of neighbouring numbers, named by a digest."""

    def asked(self, block: str) -> tuple[Asked, ...]:
        """Return the numbers of a block that asked for a code."""

    def keep(self, block: str, asked: tuple[Asked, ...], *, now: float) -> None:
        """Store the numbers of a block."""

    def alarm(self, block: str) -> Alarm | None:
        """Return the alarm about a block, or None."""

    def stop(self, block: str, alarm: Alarm) -> None:
        """Stop texts to a block."""


@dataclass(frozen=True, kw_only=True)
class Brake:
    """The brake of one site at one moment.

    ``key`` hides numbers in what is kept; ``now`` is seconds since the epoch; ``tell`` fires events.
    """

    policy: Policy
    ledger: Counters
    neighbours: Blocks
    key: bytes = field(repr=False)
    now: float
    tell: Callable[[object], None] = notify

    def refusal(self, account: Account, route: Route) -> Refusal | None:
        """Return why nothing may be sent by ``route``, whoever asks and however long he waits, or None if it may."""
        if route.channel is Channel.EMAIL:
            return None
        allowed, blocked = self.policy.allowed_countries, self.policy.blocked_countries
        if not countries.is_open(phone.region_of(route.to), allowed=allowed, blocked=blocked):
            return Refusal.COUNTRY
        if budget.level(self.ledger.spent(self._day), self.policy.budget) is Level.SPENT:
            self._tell_of_budget()
            return Refusal.BUDGET
        if not self._is_established(account, route.to) and self.neighbours.alarm(self._block(route.to)) is not None:
            return Refusal.PUMPING
        return None

    def sent(self, account: Account, route: Route) -> None:
        """Count one text or call, tell administrators how the budget stands, and watch the neighbours of its number."""
        if route.channel is Channel.EMAIL:
            return
        self.spend(route.to)
        if not self._is_established(account, route.to):
            self._watch(route.to)

    def spend(self, number: str) -> None:
        """Count one text or call to ``number`` (E.164), and tell administrators how the budget stands."""
        if budget.is_near_end(self.ledger.spent(self._day), self.policy.budget):
            self.ledger.guard(self._day)
        self.ledger.count(Kind.SENT, phone.region_of(number), day=self._day)
        self._tell_of_budget()

    def confirmed(self, route: Route) -> None:
        """Count one right answer to a code that went by ``route``."""
        if route.channel is Channel.EMAIL:
            return
        self.ledger.count(Kind.CONFIRMED, phone.region_of(route.to), day=self._day)
        block, name = self._block(route.to), self._name(route.to)
        asked = self.neighbours.asked(block)
        if any(one.name == name and not one.confirmed for one in asked):
            self.neighbours.keep(block, pumping.with_confirmed(asked, name), now=self.now)

    def _watch(self, number: str) -> None:
        block = self._block(number)
        former = self.neighbours.asked(block)
        asked = pumping.with_number(former, self._name(number), now=self.now)
        if asked != former:
            self.neighbours.keep(block, asked, now=self.now)
        if pumping.is_pumping(asked, now=self.now) and self.neighbours.alarm(block) is None:
            alarm = Alarm(
                shown=pumping.shown(number),
                region=phone.region_of(number),
                at=self.now,
                asked=len(asked),
                confirmed=pumping.confirmed(asked),
            )
            self.neighbours.stop(block, alarm)
            self.tell(events.TextsStopped(alarm))

    def _tell_of_budget(self) -> None:
        spent = self.ledger.spent(self._day)
        level = budget.level(spent, self.policy.budget)
        # Once for each budget: one that was raised after it was spent has marks of its own.
        what = f"{level.value} {self.policy.budget}"
        if level is not Level.FREE and self.ledger.tell_once(what, day=self._day):
            self.tell(events.BudgetReached(level=level, spent=spent, budget=self.policy.budget))

    def _is_established(self, account: Account, number: str) -> bool:
        proved = account.bound if number == account.number else account.contacts.get(number)
        return proved is not None and proved + pumping.WINDOW <= self.now

    @property
    def _day(self) -> str:
        return budget.day_of(self.now)

    def _block(self, number: str) -> str:
        return codes.digest(self.key, "block", pumping.block_of(number))[:32]

    def _name(self, number: str) -> str:
        return codes.digest(self.key, "number", number)[:32]
