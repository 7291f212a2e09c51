"""One run, as a plugin of pytest that takes over once the tests are collected.

First each test is run once, to see how long it takes and which lines it reaches; that may take a third of the time. A mutant is then
tried on the tests that reach it: those of the same file name in the same room, the others without a site, those with a site; the quickest
first; up to the first that fails.
"""

from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import sha256
from hypothesis import Phase
from hypothesis import settings
from pathlib import Path
from plone.testing import zca
from tools.mutants import report
from tools.mutants.forks import Ended
from tools.mutants.forks import in_forks
from tools.mutants.forks import Job
from tools.mutants.forks import Tell
from tools.mutants.known import KnownTests
from tools.mutants.known import pairs
from tools.mutants.live import CannotSwap
from tools.mutants.live import live_modules
from tools.mutants.live import LiveModule
from tools.mutants.mutations import Mutant
from tools.mutants.mutations import mutants_of
from zope.component import getSiteManager
from zope.component.globalregistry import BaseGlobalComponents
from zope.component.hooks import setHooks
from zope.component.hooks import setSite

import collective.smsauth
import importlib
import pytest
import re
import threading
import time

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(collective.smsauth.__file__).parent
#: Rooms that get mutants, and rooms whose tests are tried.
ROOMS = ("domain", "verification", "pas")
TESTS = ("domain", "verification", "storage", "pas", "security")
#: The layers that are set up before forking; their names, since nothing of Zope may be imported before pytest has made it a home.
_LAYERS = ("collective.smsauth:Functional", "collective.smsauth:Doors")
#: Seconds of tests with a site for one mutant: one that no test notices would take all there are.
_MOST_WITH_SITE = 60.0
#: A test that takes so many seconds more than so many times what it takes by itself: the mutant loops.
_GRACE, _TIMES = 10.0, 10


@dataclass(frozen=True, kw_only=True)
class Target:
    """A mutant in its module; ``file`` is the path below the package."""

    live: LiveModule
    file: Path
    mutant: Mutant

    @property
    def place(self) -> str:
        """The file and the line."""
        return f"{self.file}:{self.mutant.line}"


class Run:
    """The plugin. ``seed`` chooses the sample, which takes about ``minutes``; ``only`` is FILE:LINE, or '' for a sample."""

    def __init__(self, *, seed: int, minutes: float, only: str, processes: int) -> None:
        self.seed, self.only, self.processes, self._minutes = seed, only, processes, minutes
        self._ends = time.monotonic() + 60 * minutes
        self.succeeded = False
        self._failed = False
        self._known = KnownTests(ROOT / "var" / "mutants.json", PACKAGE)
        self._items: list[pytest.Function] = []
        self._tests_of_use: list[pytest.Function] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        """Leave out the tests that need a server of their own: forks would be in each other's way."""
        items[:] = self._items = [
            item for item in items if _layer_name(item) in ("", *_LAYERS) and not item.path.stem.endswith("_redis")
        ]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure."""
        self._failed |= report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try mutants instead of running the tests."""
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        settings.register_profile("mutants", settings.default, phases=[Phase.explicit, Phase.generate])
        settings.load_profile("mutants")  # the least example of a failure takes long to find, and nobody looks at it
        self._set_up(session)
        self._tests_of_use = self._measure(self._items, self._minutes / 3)
        modules = live_modules([importlib.import_module(name) for name in _module_names()])
        targets = self._chosen([target for live in modules for target in _targets(live)])
        results = [*self._results(targets)]
        print(report.figures(results, ROOMS))
        self.succeeded = True
        return True

    def _set_up(self, session: pytest.Session) -> None:
        """Set up the sites, each by a test that needs it, and keep them."""
        kept: set = session.zopelayer_state.keep_for_whole_session  # type: ignore[attr-defined]
        for name in _LAYERS:
            test = next(item for item in self._items if _layer_name(item) == name)
            layers = [test.cls.layer]
            for layer in layers:
                layers += layer.__bases__
            kept.update(layers)
            if not self._passes(test, None):
                raise session.Interrupted(f"{name} cannot be set up")
        if threading.active_count() > 1:
            raise session.Interrupted(f"a fork would lack these threads: {threading.enumerate()}")

    def _measure(self, items: list[pytest.Function], minutes: float) -> list[pytest.Function]:
        """See what is known of the tests, and find out more; return those that are of use."""
        report.say(f"{len(items)} tests: how long they take, and what they reach")
        self._known.measure(items, self._passes, self.processes, time.monotonic() + 60 * minutes)
        known = [item for item in items if item in self._known]
        report.say(
            f"{len(known)} are known; the next run finds out about the others"
            if len(known) < len(items)
            else "all known"
        )
        failed = [item.nodeid for item in known if not self._known[item].passes]
        if failed:
            report.say(f"{len(failed)} are not used, since they fail without a mutant: {', '.join(failed)}")
        return [item for item in known if self._known[item].passes]

    def _chosen(self, targets: list[Target]) -> Iterator[Target]:
        """Go through the mutants to be tried, in the order of chance, until the time is over."""
        if self.only:
            yield from (target for target in targets if f"/{target.place}".endswith(f"/{self.only.lstrip('/')}"))
            return
        report.say(f"{len(targets)} mutants; seed {self.seed}")
        for target in sorted(targets, key=self._lot):
            if time.monotonic() > self._ends:
                return
            yield target

    def _lot(self, target: Target) -> bytes:
        # not shuffled: so the mutants of a file stay in this order whatever is written in others
        words = (self.seed, str(target.file), target.mutant.what, target.mutant.steps)
        return sha256(repr(words).encode()).digest()

    def _results(self, targets: Iterator[Target]) -> Iterator[report.Result]:
        jobs = (self._job(target) for target in targets)
        with closing(in_forks(jobs, self.processes)) as done:
            for ended in done:
                result = _result(ended)
                report.say(result.told())
                yield result

    def _job(self, target: Target) -> Job:
        tests, left_out = self._tests(target)

        def run(tell: Tell) -> tuple[str, str]:
            try:
                target.live.put(target.mutant)
            except CannotSwap:
                return report.UNTRIED, ""
            for item, following in pairs(tests):
                tell(item.nodeid, _GRACE + _TIMES * self._known[item].seconds)
                if not self._passes(item, following):
                    return report.NOTICED, item.nodeid
            left = f", {left_out} not tried" if left_out else ""
            return report.SURVIVED, f"{len(tests)} tests{left}"

        return Job(key=target, run=run)

    def _tests(self, target: Target) -> tuple[list[pytest.Function], int]:
        """Return the tests that may notice, best first, and how many are left out because they take long."""
        own = PACKAGE / "tests" / target.file.parts[0] / f"test_{target.file.name}"
        places = self._places(target)

        def order(item: pytest.Function) -> tuple[bool, bool, float]:
            return item.path != own, bool(_layer_name(item)), self._known[item].seconds

        def reaches(item: pytest.Function) -> bool:
            # a test that only looks at a constant runs no line of the module
            return bool(target.mutant.constant and item.path == own) or self._known[item].reaches(places)

        reaching = sorted(filter(reaches, self._tests_of_use), key=order)
        tests, seconds = [], 0.0
        for item in reaching:
            seconds += self._known[item].seconds if _layer_name(item) else 0
            if seconds <= _MOST_WITH_SITE:
                tests.append(item)
        return tests, len(reaching) - len(tests)

    def _places(self, target: Target) -> dict[str, range]:
        """Return the lines of which a test runs one if it can notice: for a constant, all of the files that name it."""
        if not target.mutant.constant:
            return {target.live.file: target.mutant.lines}
        name = re.compile(rf"\b{target.mutant.constant}\b")
        files = {file for item in self._tests_of_use for file in self._known[item].lines}
        return {file: range(1, 10**6) for file in files if name.search(Path(file).read_text())}

    def _passes(self, item: pytest.Function, following: pytest.Function | None) -> bool:
        self._failed = False
        with nullcontext() if _layer_name(item) else without_sites():
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return not self._failed


@contextmanager
def without_sites() -> Iterator[None]:
    """Put the component registry aside that the layers have filled: what is subscribed there would answer tests that have no site."""
    registries = zca._REGISTRIES  # there is no public way below those that were pushed
    if not registries:
        yield
        return
    _use(registries[0])
    try:
        yield
    finally:
        _use(registries[-1])


def _use(registry: BaseGlobalComponents) -> None:
    zca._hookRegistry(registry)
    getSiteManager.reset()
    setSite()
    setHooks()


def _result(ended: Ended) -> report.Result:
    target = ended.key
    if ended.has_result:
        outcome, words = ended.result
    elif ended.last:
        outcome, words = report.NOTICED, f"the end of {ended.last}"
    else:  # no test had begun
        outcome, words = report.UNTRIED, ""
    return report.Result(
        room=target.file.parts[0], place=target.place, what=target.mutant.what, outcome=outcome, words=words
    )


def _targets(live: LiveModule) -> list[Target]:
    file = Path(live.file).relative_to(PACKAGE)
    return [Target(live=live, file=file, mutant=mutant) for mutant in mutants_of(live.source, vars(live.module))]


def _module_names() -> Iterator[str]:
    for room in ROOMS:
        for file in sorted((PACKAGE / room).rglob("*.py")):
            parts = file.relative_to(PACKAGE).with_suffix("").parts
            if parts[-1] != "__init__":
                yield ".".join((collective.smsauth.__name__, *parts))


def _layer_name(item: pytest.Function) -> str:
    return getattr(getattr(item.cls, "layer", None), "__name__", "")
