"""The brake on cost and abuse: where texts and calls may go, how many a month, and none to numbers that look like text pumping.

It concerns what costs money; e-mails pass. Codes to a number that its member proved a day ago or earlier are neither watched for
pumping nor stopped by an alarm: else a stranger could keep out members whose phones are neighbours of numbers that they ask codes for.
"""

from collections.abc import Callable
from collective.smsauth import events
from collective.smsauth.domain import budget
from collective.smsauth.domain import codes
from collective.smsauth.domain import countries
from collective.smsauth.domain import phone
from collective.smsauth.domain import sms_pumping
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.budget import Kind
from collective.smsauth.domain.budget import Level
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.sms_pumping import Alarm
from collective.smsauth.storage.counters import UsageCounters
from collective.smsauth.storage.number_blocks import NumberBlocks
from collective.smsauth.verification.results import SendRefusal
from dataclasses import dataclass
from dataclasses import field
from zope.event import notify


@dataclass(frozen=True, kw_only=True)
class FraudGuard:
    """The brake of one site at one moment.

    ``key`` hides numbers in what is kept; ``now`` is seconds since the epoch; ``tell`` fires events.
    """

    policy: Policy
    counters: UsageCounters
    number_blocks: NumberBlocks
    key: bytes = field(repr=False)
    now: float
    tell: Callable[[object], None] = notify

    def refusal(self, account: Account, route: Route) -> SendRefusal | None:
        """Return why nothing may be sent by ``route``, whoever asks and however long they wait, or None if it may."""
        if route.channel is Channel.EMAIL:
            return None
        allowed, blocked = self.policy.allowed_countries, self.policy.blocked_countries
        if not countries.is_open(phone.region_of(route.to), allowed=allowed, blocked=blocked):
            return SendRefusal.COUNTRY
        if budget.level(self.counters.spent(self._day), self.policy.budget) is Level.SPENT:
            self._tell_of_budget()
            return SendRefusal.BUDGET
        if not self._is_established(account, route.to) and self.number_blocks.alarm(self._block(route.to)) is not None:
            return SendRefusal.PUMPING
        return None

    def record_sent(self, account: Account, route: Route) -> None:
        """Count one text or call, tell administrators how the budget stands, and watch the neighbours of its number."""
        if route.channel is Channel.EMAIL:
            return
        self.record_spending(route.to)
        if not self._is_established(account, route.to):
            self._watch(route.to)

    def record_spending(self, number: str) -> None:
        """Count one text or call to ``number`` (E.164), and tell administrators how the budget stands."""
        if budget.is_near_end(self.counters.spent(self._day), self.policy.budget):
            self.counters.guard(self._day)
        self.counters.count(Kind.SENT, phone.region_of(number), day=self._day)
        self._tell_of_budget()

    def record_confirmed(self, route: Route) -> None:
        """Count one right answer to a code that went by ``route``."""
        if route.channel is Channel.EMAIL:
            return
        self.counters.count(Kind.CONFIRMED, phone.region_of(route.to), day=self._day)
        block, name = self._block(route.to), self._name(route.to)
        asked = self.number_blocks.asked(block)
        if any(one.name == name and not one.confirmed for one in asked):
            self.number_blocks.keep(block, sms_pumping.with_confirmed(asked, name), now=self.now)

    def _watch(self, number: str) -> None:
        block = self._block(number)
        former = self.number_blocks.asked(block)
        asked = sms_pumping.with_number(former, self._name(number), now=self.now)
        if asked != former:
            self.number_blocks.keep(block, asked, now=self.now)
        if sms_pumping.is_pumping(asked, now=self.now) and self.number_blocks.alarm(block) is None:
            alarm = Alarm(
                shown=sms_pumping.shown(number),
                region=phone.region_of(number),
                at=self.now,
                asked=len(asked),
                confirmed=sms_pumping.confirmed(asked),
            )
            self.number_blocks.stop(block, alarm)
            self.tell(events.TextsStopped(alarm))

    def _tell_of_budget(self) -> None:
        spent = self.counters.spent(self._day)
        level = budget.level(spent, self.policy.budget)
        # Once for each budget: one that was raised after it was spent has marks of its own.
        what = f"{level.value} {self.policy.budget}"
        if level is not Level.FREE and self.counters.tell_once(what, day=self._day):
            self.tell(events.BudgetReached(level=level, spent=spent, budget=self.policy.budget))

    def _is_established(self, account: Account, number: str) -> bool:
        proved = account.bound_at if number == account.number else account.contacts.get(number)
        return proved is not None and proved + sms_pumping.WINDOW <= self.now

    @property
    def _day(self) -> str:
        return budget.day_of(self.now)

    def _block(self, number: str) -> str:
        return codes.digest(self.key, "block", sms_pumping.block_of(number))[:32]

    def _name(self, number: str) -> str:
        return codes.digest(self.key, "number", number)[:32]
