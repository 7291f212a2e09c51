"""The counters of texts and calls as administrators see them: by day and by country, and how the budget stands."""

from collections.abc import Iterable
from collective.smsauth import wiring
from collective.smsauth.domain import budget
from collective.smsauth.domain.budget import Kind
from collective.smsauth.domain.budget import Level
from collective.smsauth.settings.stored import named_gateways
from collective.smsauth.storage.gateway_counters import GatewayCount
from dataclasses import dataclass
from datetime import date
from datetime import timedelta

#: How many days are shown if no month is chosen.
DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Line:
    """What was counted of one day (as '2026-11-22') or one country (ISO 3166-1 alpha-2, '' for none)."""

    name: str
    sent: int = 0
    confirmed: int = 0
    failed: int = 0


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What was counted from the day ``first`` to ``last``: each day, and each country, the one with the most texts first."""

    first: str
    last: str
    days: tuple[Line, ...]
    countries: tuple[Line, ...]
    total: Line


@dataclass(frozen=True, kw_only=True)
class Spending:
    """How the budget of this month (UTC, as '2026-11') stands; ``budget`` is 0 if there is none."""

    month: str
    spent: int
    budget: int
    level: Level

    @property
    def percent(self) -> int:
        """How many per cent of the budget are spent, rounded down; 0 without a budget."""
        return self.spent * 100 // self.budget if self.budget else 0


def months() -> list[str]:
    """Return the months for which there are counters, the latest first, as '2026-11'."""
    return wiring.current().counters.months()


def tally(month: str = "") -> Tally:
    """Return what was counted in a month of ``months()``, or in the last thirty days."""
    today = date.fromisoformat(budget.day_of(wiring.current().now))
    if month:
        first = date.fromisoformat(f"{month}-01")
        last = min(today, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    else:
        first, last = today - timedelta(days=DAYS - 1), today
    counts = list(wiring.current().counters.counts(first.isoformat(), last.isoformat()))
    days = [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]
    by_day = _lines(((day, kind, number) for day, _region, kind, number in counts), days)
    by_country = _lines(((region, kind, number) for _day, region, kind, number in counts), ())
    [total] = _lines((("", kind, number) for _day, _region, kind, number in counts), [""])
    countries = sorted(by_country, key=lambda line: (-line.sent, line.name))
    return Tally(
        first=first.isoformat(), last=last.isoformat(), days=tuple(by_day), countries=tuple(countries), total=total
    )


def spending() -> Spending:
    """Return how the budget of this month stands."""
    day, limit = budget.day_of(wiring.current().now), wiring.current().policy.budget
    spent = wiring.current().counters.spent(day)
    return Spending(month=budget.month_of(day), spent=spent, budget=limit, level=budget.level(spent, limit))


def gateways() -> list[GatewayCount]:
    """Return what each gateway did with texts and calls; those that are chosen are there from the beginning."""
    parts = wiring.current()
    counted = {one.name: one for one in parts.gateway_counters.counts()}
    for name, _gateway in named_gateways(parts.site):
        counted.setdefault(name, GatewayCount(name=name))
    return [counted[name] for name in sorted(counted)]


def _lines(counts: Iterable[tuple[str, Kind, int]], names: Iterable[str]) -> list[Line]:
    sums: dict[str, dict[str, int]] = {name: {} for name in names}
    for name, kind, number in counts:
        found = sums.setdefault(name, {})
        found[kind.value] = found.get(kind.value, 0) + number
    return [Line(name=name, **found) for name, found in sums.items()]
