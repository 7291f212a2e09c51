"""Turns what was measured into the rows of the table, each beside its goal."""

from statistics import median
from tools.bench.figures import estimate
from tools.bench.figures import Turns
from tools.bench.growth import Growth
from tools.bench.pages import Pages
from tools.bench.plan import Plan
from tools.bench.report import at_most
from tools.bench.report import Row
from tools.bench.report import within
from tools.bench.signins import SignIns
from tools.bench.sites import SMALL
from tools.bench.waiting import Waiting

#: What counts as flat, and as independent of the number of members.
FLAT = 1.1
#: How many times the bytes of a sign-in without the add-on one with it may add.
MOST_BYTES = 4


def rows(
    plan: Plan,
    pages: Pages,
    sign_ins: SignIns,
    waiting: Waiting,
    daily: Growth,
    often: Growth,
    switched: Turns,
) -> list[Row]:
    """Return all rows in the order of the table."""
    return [
        *_of_pages(pages),
        *_of_sign_ins(sign_ins),
        *_of_waiting(waiting),
        of_growth("once a day", daily),
        of_growth("every six minutes", often),
        _of_switch(plan, switched),
    ]


def _of_pages(pages: Pages) -> list[Row]:
    found = []
    for kind, turns in pages.speed.items():
        stock, addon = f"{median(turns.stock):.1f}/s", f"{median(turns.addon):.1f}/s"
        found.append(within(f"Page for a {kind}", 1, turns.ratio, stock=stock, addon=addon))
    for kind, turns in pages.effort.items():
        if turns.stock:
            found.append(_plain(f"Processor time of a page for a {kind}", turns, "{:.2f} ms", 1))
    found.append(
        _plain("For comparison: page for a visitor, two sites without the add-on", pages.control, "{:.1f}/s", 1)
    )
    return found


def _of_sign_ins(sign_ins: SignIns) -> list[Row]:
    return [
        _times("Password up to the redirect", sign_ins.password, 1.15),
        _times("The same, the provider takes 2 s", sign_ins.password_slow, 1.15),
        _times("The same, outbox", sign_ins.password_outbox, 1.15),
        _times("Whole sign-in", sign_ins.whole, 1.9),
        _times("The same, outbox", sign_ins.whole_outbox, 1.9),
    ]


def _of_waiting(waiting: Waiting) -> list[Row]:
    quiet, stock, addon = (1000 * seconds for seconds in waiting.percentiles())
    what = "Page while eight sign-ins wait for a provider that takes 2 s, 95th percentile"
    return [
        at_most(what, 1.3, estimate([addon / stock]), stock=f"{stock:.0f} ms", addon=f"{addon:.0f} ms"),
        Row(what="For comparison: the same page while nobody signs in", stock=f"{quiet:.0f} ms", addon=""),
    ]


def of_growth(pace: str, growth: Growth) -> Row:
    """Return the row of the bytes: how many were added at first, and whether later sign-ins add more."""
    first, *_, last = growth.addon.values()
    counts, most = list(growth.addon), MOST_BYTES * growth.stock
    names = ", ".join(f"{count:,}" for count in counts[:-1]) + f" and {counts[-1]:,}"
    sizes = " / ".join(f"{size:,}" for size in growth.addon.values())
    return Row(
        what=f"Bytes that a sign-in adds to the database, after {names} of the same member, {pace}",
        stock=f"{growth.stock:,}",
        addon=sizes,
        ratio=estimate([last / first]),
        goal=f"flat, and at most {most:,}",
        met=last / first <= FLAT and max(growth.addon.values()) <= most,
    )


def _of_switch(plan: Plan, switched: Turns) -> Row:
    small, large = (f"{1000 * median(seconds):.1f} ms" for seconds in (switched.stock, switched.addon))
    return Row(
        what=f"Requiring it of everyone: {SMALL} members (left) and {plan.large:,} members (right)",
        stock=small,
        addon=large,
        ratio=switched.ratio,
        goal="the same",
        met=switched.ratio.median <= FLAT,
    )


def _times(what: str, turns: Turns, limit: float) -> Row:
    stock, addon = f"{1000 * median(turns.stock):.1f} ms", f"{1000 * median(turns.addon):.1f} ms"
    return at_most(what, limit, turns.ratio, stock=stock, addon=addon)


def _plain(what: str, turns: Turns, unit: str, scale: float) -> Row:
    stock, addon = (unit.format(scale * median(found)) for found in (turns.stock, turns.addon))
    return Row(what=what, stock=stock, addon=addon, ratio=turns.ratio)
