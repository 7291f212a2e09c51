"""GET ``@smsauth-counters``: what texts and calls came to."""

from collective.smsauth.administration import counters
from collective.smsauth.administration.counters import Line
from collective.smsauth.services import batch
from collective.smsauth.services import refusals
from collective.smsauth.services.member import AdministratorService
from collective.smsauth.services.refusals import Refusal
from datetime import date
from typing import Any

import re

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


class Counters(AdministratorService):
    """The counters of the last thirty days or of one ``month``, and how the budget of this month stands. All days are those of UTC."""

    needs_plugin = False

    def answer_to_administrator(self, data: dict[str, Any]) -> Any:
        """Return them."""
        month = batch.text(self.request, "month")
        if isinstance(month, Refusal):
            return month
        spending = counters.spending()
        if month and not _is_month(month, spending.month):
            return refusals.of_field("month")
        tally = counters.tally(month)
        return {
            "@id": f"{self.parts.site.absolute_url()}/@smsauth-counters",
            "months": counters.months(),
            "first": tally.first,
            "last": tally.last,
            "days": [{"day": line.name, **_figures(line)} for line in tally.days],
            "countries": [{"country": line.name, **_figures(line)} for line in tally.countries],
            "total": _figures(tally.total),
            "spending": {
                "month": spending.month,
                "spent": spending.spent,
                "budget": spending.budget,
                "level": spending.level.value,
                "percent": spending.percent,
            },
        }


def _figures(line: Line) -> dict[str, int]:
    return {"sent": line.sent, "confirmed": line.confirmed, "failed": line.failed}


def _is_month(text: str, now: str) -> bool:
    # a month that has begun
    if _MONTH.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(f"{text}-01")
    except ValueError:
        return False
    return text <= now
