"""What is known of the tests: which pass, how long each takes, and which lines it runs.

It is kept in ``var/`` as long as no file of the package changes: to find it out takes minutes, and is the same for the next sample.
"""

from collections import defaultdict
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tools.mutants.forks import in_forks
from tools.mutants.forks import Job
from tools.mutants.forks import Tell

import coverage
import json
import pytest
import time

#: Seconds that one test may take.
_LONGEST = 300.0

#: Runs a test before the one that follows, and tells whether it passes.
Passes = Callable[[pytest.Function, pytest.Function | None], bool]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a test: whether it passes, after how many seconds, and the lines of each file that it runs."""

    passes: bool
    seconds: float
    lines: dict[str, list[int]]

    def reaches(self, places: dict[str, range]) -> bool:
        """Tell whether it runs one of these lines."""
        return any(line in lines for file, lines in places.items() for line in self.lines.get(file, ()))


class KnownTests:
    """All that is known of the tests, by their names, of the source of ``package`` as it is now."""

    def __init__(self, kept: Path, package: Path) -> None:
        digest = sha256()
        for file in sorted(package.rglob("*.*")):
            if file.is_file() and file.suffix not in (".pyc", ".mo"):
                digest.update(str(file).encode() + b"\0" + file.read_bytes())
        self._kept, self._package, self._state = kept, package, digest.hexdigest()
        self._known: dict[str, Known] = {}
        former = json.loads(kept.read_text()) if kept.exists() else {}
        if former.get("state") == self._state:
            self._known = {name: Known(**values) for name, values in former["known"].items()}

    def __getitem__(self, item: pytest.Function) -> Known:
        """Return what is known of a test."""
        return self._known[item.nodeid]

    def __contains__(self, item: pytest.Function) -> bool:
        return item.nodeid in self._known

    def measure(self, items: Iterable[pytest.Function], passes: Passes, processes: int, until: float) -> None:
        """Run the tests of which nothing is known, file by file, as long as it is not later (by the monotonic clock) than ``until``."""
        files = defaultdict(list)
        for item in items:
            if item not in self:
                files[item.path].append(item)
        jobs = self._jobs(files, passes, until)
        with closing(in_forks(jobs, processes)) as done:
            for ended in done:
                self._known |= ended.result or {}
                self._keep()

    def _keep(self) -> None:
        self._kept.parent.mkdir(exist_ok=True)
        known = {name: asdict(one) for name, one in self._known.items()}
        self._kept.write_text(json.dumps({"state": self._state, "known": known}))

    def _jobs(self, files: dict[Path, list[pytest.Function]], passes: Passes, until: float) -> Iterator[Job]:
        for path, items in files.items():
            if time.monotonic() > until:
                return
            yield Job(key=path, run=lambda tell, items=items: self._measured(items, passes, tell))

    def _measured(self, items: Sequence[pytest.Function], passes: Passes, tell: Tell) -> dict[str, Known]:
        measure = coverage.Coverage(
            data_file=None, config_file=False, include=[f"{self._package}/*"], omit=[f"{self._package}/tests/*"]
        )
        outcomes = {}
        measure.start()
        for item, following in pairs(items):
            tell(item.nodeid, _LONGEST)
            measure.switch_context(item.nodeid)
            begun = time.monotonic()
            outcomes[item.nodeid] = passes(item, following), time.monotonic() - begun
        measure.stop()
        lines: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in outcomes}
        data = measure.get_data()
        for file in data.measured_files():
            for line, names in data.contexts_by_lineno(file).items():
                for name in lines.keys() & names:
                    lines[name][file].append(line)
        return {
            name: Known(passes=passed, seconds=seconds, lines=dict(lines[name]))
            for name, (passed, seconds) in outcomes.items()
        }


def pairs(items: Sequence) -> Iterator[tuple]:
    """Go through the items, each with the one after it."""
    return zip(items, [*items[1:], None], strict=True)
