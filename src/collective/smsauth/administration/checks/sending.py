"""What the self-check says about the brake: where limits are kept, how the budget stands, and which texts are stopped."""

from collections.abc import Iterator
from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.administration import counters
from collective.smsauth.administration.checks.finding import Finding
from collective.smsauth.domain.budget import Level
from zope.i18nmessageid import Message

_NEARLY = _("check_budget_nearly", default="The texts of this month are nearly used up.")
_SPENT = _("check_budget_spent", default="The texts of this month are used up: no more are sent.")


def findings() -> list[Finding]:
    """Return what is wrong in the current site."""
    return [Finding(ok=False, title=title, advice=(advice,)) for title, advice in _problems()]


def _problems() -> Iterator[tuple[Message, Message]]:
    problem = wiring.current().rate_limiter.check()
    if problem is not None:
        yield _("check_limits_wrong", default="The limits on texts are not kept where they should be."), problem
    spending = counters.spending()
    if spending.level is not Level.FREE:
        advice = _(
            "check_budget_advice",
            default="${spent} of ${budget} texts and calls of this month (UTC) were sent. See where they went on the page of the "
            "counters, and raise the number in the settings if that is right.",
            mapping={"spent": str(spending.spent), "budget": str(spending.budget)},
        )
        yield (_SPENT if spending.level is Level.SPENT else _NEARLY), advice
    stopped = len(wiring.current().number_blocks.alarms())
    if stopped:
        yield (
            _("check_pumping_wrong", default="Texts to ranges of phone numbers were stopped."),
            _(
                "check_pumping_advice",
                default="It looks like text pumping (ranges: ${count}). Below you can let them go again.",
                mapping={"count": str(stopped)},
            ),
        )
