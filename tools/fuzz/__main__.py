"""Runs the fuzzer; the exit code is 1 if it finds something."""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from tools.fuzz import report
from tools.fuzz.finding import Finding
from tools.fuzz.plan import Plan
from tools.fuzz.trial import Trial
from tools.fuzz.world import World

import argparse
import logging
import os
import sys
import time

_REQUESTS, _SEED = 3000, 1
#: After so many cases a process tells how far it is.
_OFTEN = 500


def say(words: str) -> None:
    """Tell how far it is."""
    print(f"{time.strftime('%H:%M:%S')}  {words}", flush=True)


class Run:
    """One run: the cases of a plan, tried by processes that are forked from this one."""

    def __init__(self, seed: int) -> None:
        self.world = World()
        self.plan = Plan(self.world, seed)

    def share(self, numbers: Iterable[int]) -> tuple[list[Finding], Counter, Counter]:
        """Try some cases; return the findings, the figures, and the failures that are not ours."""
        trial, found = Trial(self.world), []
        for count, number in enumerate(numbers, 1):
            found += trial.run(self.plan.case(number))
            if count % _OFTEN == 0:
                say(f"{count} cases, {trial.figures['requests']} requests, {len(found)} findings")
        return found, trial.figures, trial.not_ours

    def all(self, requests: int, processes: int, seed: int) -> int:
        """Try about so many requests, and tell what was found; return how many findings there are."""
        self.plan.prepare()
        length, names = Plan.length(requests), self.world.names
        say(
            f"{len(self.world.views)} views, {len(self.world.actors)} actors, {len(self.world.acts)} things to do, "
            f"{len(self.world.judging)} of them judged; {len(names.kept) + len(names.asked)} names, {len(names.cookies)} cookies, "
            f"{len(names.headers)} headers; {length} cases"
        )
        started = time.monotonic()
        shares = [range(first, length, processes) for first in range(processes)]
        with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
            results = list(pool.map(_share, shares))
        seconds = time.monotonic() - started
        found = [one for part, _, _ in results for one in part]
        counts, failures = (sum((result[place] for result in results), Counter()) for place in (1, 2))
        for part in (report.not_ours(failures), report.findings(found, seed)):
            if part:
                print(f"\n{part}")
        print(f"\nseed {seed}: {report.figures(counts, seconds, found, failures)}")
        return len(found)

    def one(self, number: int, seed: int) -> int:
        """Try one case, and tell what was sent and what came of it; return how many findings there are."""
        case = self.plan.case(number)
        bends = "; ".join(map(str, case.mutations)) or "nothing bent"
        print(f"case {number}: {case.kind.value} at {case.view} by {case.sender.name}: {bends}\n{case.bent().told()}")
        found = Trial(self.world).run(case)
        for one in found:
            if one.more:
                print(f"\n{one.more}")
        print(f"\n{report.findings(found, seed) or 'nothing found'}")
        return len(found)


def _share(numbers: Iterable[int]) -> tuple[list[Finding], Counter, Counter]:
    # what is handed to another process has to be a function that it finds by its name
    return _RUNS[0].share(numbers)


_RUNS: list[Run] = []


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=_REQUESTS, help="about how many requests to send")
    parser.add_argument("--seed", type=int, default=_SEED, help="the same seed gives the same requests")
    parser.add_argument("--only", type=int, help="try the case of this number and nothing else, and tell all of it")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # what is broken on purpose is not worth a line each
    say(f"seed {options.seed}: making the site")
    run = Run(options.seed)
    _RUNS.append(run)
    try:
        if blind := run.world.blind_at():
            where = ", ".join(blind)
            print(
                f"No wrong answer is counted at {where}: tools/fuzz/scene.py does not lead there, or records.py does not know what counts."
            )
            return 1
        if options.only is not None:
            found = run.one(options.only, options.seed)
        else:
            found = run.all(options.requests, options.processes, options.seed)
    finally:
        run.world.site.close()
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
