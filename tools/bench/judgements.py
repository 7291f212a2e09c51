"""What it costs to judge answers in a transaction of their own: whole sign-ins, beside a site that judges them with the request."""

from collections.abc import Iterator
from statistics import median
from tools.bench.browser import Browser
from tools.bench.figures import estimate
from tools.bench.figures import Turns
from tools.bench.instance import Instance
from tools.bench.plan import Plan
from tools.bench.report import Row
from tools.bench.server import running
from tools.bench.server import Server
from tools.bench.signin import sign_in_twice
from tools.bench.sites import name_of
from tools.bench.sites import phone_of

#: What may be added to a sign-in, in seconds.
GOAL = 0.002
_WARM_UP = 2


class Judgements:
    """Collects the seconds of whole sign-ins."""

    def __init__(self) -> None:
        self.turns = Turns()

    def measure(self, plan: Plan, instances: list[Instance], members: Iterator[int]) -> None:
        """Sign in members in turns at two copies of the site: one transaction for all of a request, and one of its own for the answer."""
        with running(instances[0], SMSAUTH_BENCH_ONE_TRANSACTION="1") as one, running(instances[1]) as own:
            for turn in range(-_WARM_UP, plan.sign_in_turns * 2):
                member = next(members)
                order = (one, own) if turn % 2 else (own, one)
                found = {server.port: _seconds(server, member) for server in order}
                if turn >= 0:
                    self.turns.add(found[one.port], found[own.port])

    def rows(self) -> list[Row]:
        """Return the row: the sites that are compared both have the add-on."""
        turns = self.turns
        more = estimate([own - one for one, own in zip(turns.stock, turns.addon, strict=True)])
        stock, addon = (f"{1000 * median(found):.1f} ms" for found in (turns.stock, turns.addon))
        what = (
            "Whole sign-in: the code judged with the request (left), in a transaction of its own (right); "
            f"{1000 * more.median:+.2f} ms ({1000 * more.low:+.2f} to {1000 * more.high:+.2f})"
        )
        goal = f"at most {1000 * GOAL:g} ms more"
        return [Row(what=what, stock=stock, addon=addon, ratio=turns.ratio, goal=goal, met=more.median <= GOAL)]


def _seconds(server: Server, member: int) -> float:
    browser = Browser(server.port)
    try:
        return sign_in_twice(browser, name_of(member), lambda: server.code_in_outbox(phone_of(member)))
    finally:
        browser.close()
