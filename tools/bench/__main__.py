"""Runs the benchmark and writes the table."""

from pathlib import Path
from tools.bench import enforcement
from tools.bench import growth
from tools.bench import provider as providers
from tools.bench import report
from tools.bench import sites
from tools.bench.facts import facts
from tools.bench.figures import Turns
from tools.bench.instance import Instance
from tools.bench.judgements import Judgements
from tools.bench.pages import Pages
from tools.bench.plan import FULL
from tools.bench.plan import Plan
from tools.bench.plan import QUICK
from tools.bench.rest import Rest
from tools.bench.server import running
from tools.bench.signins import SignIns
from tools.bench.summary import rows
from tools.bench.telling import Telling
from tools.bench.waiting import Waiting
from tools.bench.windows import Windows

import argparse
import sys
import tempfile
import time

TABLE = Path(__file__).resolve().parent.parent.parent / "docs" / "benchmarks-table.txt"
#: Seconds between two sign-ins of one member: once a day, and as often as the default limits allow.
DAILY, OFTEN = 24 * 60 * 60, 6 * 60


def say(words: str) -> None:
    """Tell how far it is."""
    print(f"{time.strftime('%H:%M:%S')}  {words}", flush=True)


def measure(plan: Plan, folder: Path) -> list[report.Row]:
    """Measure everything in a temporary folder."""
    stock = Instance(folder=folder / "stock", has_addon=False)
    stock.write()
    say("making the sites")
    sites.run("stock", stock, members=plan.members, large=plan.large)
    twin = stock.copy_to(folder / "twin", has_addon=False)
    addon = stock.copy_to(folder / "addon", has_addon=True)
    sites.run("addon", addon, members=plan.members, large=plan.large)

    grown = {}
    for pace in (DAILY, OFTEN):
        say(f"one member signs in {max(plan.growth_after)} times, every {pace} s")
        copies = [one.copy_to(folder / f"{one.folder.name}-{pace}", has_addon=one.has_addon) for one in (stock, addon)]
        grown[pace] = growth.measure(*copies, pace=pace, after=plan.growth_after)

    limited = [addon.copy_to(folder / f"limits-{number}", has_addon=True) for number in range(3)]
    judging = [addon.copy_to(folder / f"judging-{number}", has_addon=True) for number in range(2)]

    pages, sign_ins, waiting, switched = Pages(), SignIns(), Waiting(), Turns()
    telling, windows, judgements, rest = Telling(), Windows(), Judgements(), Rest()
    members = iter(range(plan.members))
    for launch in range(plan.launches):
        with (
            providers.running() as provider,
            running(stock) as one,
            running(twin) as two,
            running(addon, **provider.environment) as three,
        ):
            sites.choose_gateway(three.port, "twilio")
            say(f"launch {launch + 1} of {plan.launches}: pages")
            pages.measure(plan, one, three, two, provider)
            say("sign-ins")
            sign_ins.measure(plan, one, three, provider, members)
            say("sign-ins and members by REST")
            rest.measure(plan, one, three, provider, members)
            say("pages while sign-ins wait")
            waiting.measure(plan, one, three, provider, members)
            if launch == 0:
                say("requiring it of everyone")
                enforcement.measure(plan, three, switched)
                say("the access-code page")
                telling.measure(three, provider, list(range(plan.members - plan.visits, plan.members)))
        say("sign-ins without limits on texts, with them in memory and in Redis")
        windows.measure(plan, limited, members)
        say("sign-ins with the code judged with the request, and in a transaction of its own")
        judgements.measure(plan, judging, members)
    found = rows(plan, pages, sign_ins, waiting, grown[DAILY], grown[OFTEN], switched)
    return [*found, *rest.rows(), *judgements.rows(), *windows.rows(), *telling.rows()]


def main() -> int:
    """Run it; a goal that is missed is reported, not a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure just enough to see that it works; write nothing")
    parser.add_argument("--output", type=Path, help=f"write the table here instead of {TABLE.name} in docs/")
    options = parser.parse_args()
    before = facts()
    if options.quick:
        before.append("A quick run: it shows that the benchmark works; its repetitions are too few to judge by.")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="smsauth-bench-") as folder:
        found = measure(QUICK if options.quick else FULL, Path(folder))
    for row in found:
        print(report.plain(row))
    say(f"done in {time.monotonic() - started:.0f} s")
    output = options.output or (None if options.quick else TABLE)
    if output is not None:
        report.write(output, found, before)
    return 0


if __name__ == "__main__":
    sys.exit(main())
