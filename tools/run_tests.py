"""Runs the test modules side by side and tells the whole result in one line: ``python -m tools.run_tests [--quick] [word ...]``.

Plone's test layers are started once a process and every module keeps its machine state to itself, so modules are dealt out to as many
processes as the machine can carry. Each has a directory of its own for temporary files and for Zope's.
"""

from collective.smsauth.tests.support.catalogues import compile_catalogues
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import BinaryIO

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "src" / "collective" / "smsauth" / "tests"
TIMES = ROOT / "var" / "test-times.json"
PREFIX = "collective.smsauth.tests."
#: They start browsers and other servers; the quick run leaves them out.
SLOW = ("test_browser_story", "test_delivery_prism")
#: Ports for servers that cannot choose a free one themselves, a range for each process.
FIRST_PORT, PORTS_EACH = 18200, 50
#: Seconds after which a process that runs tests is stopped.
PATIENCE = 3000
#: What a module with one of these words in its name takes longer for its size than others do: it drives a browser, or many threads.
HEAVY = ("story", "follow", "concurrency", "bad_input")
_SUMMARY = re.compile(r"Ran (\d+) tests with (\d+) failures, (\d+) errors(?: and|,) (\d+) skipped")
_TEST = re.compile(r"\((" + re.escape(PREFIX) + r"test_\w+)[.)]")
_TIME = re.compile(r"\(" + re.escape(PREFIX) + r"(test_\w+)[.)].* \((\d+\.\d+) s\)$")
_SKIPPED = re.compile(r"^ *(\S+) \(" + re.escape(PREFIX) + r"(\S+)\).*\(skipped: (.*)\)$")
_BAD = re.compile(r"^(?:Failure|Error) in test (.*)$")


@dataclass
class Result:
    """What came of the modules that one process ran."""

    modules: list[str]
    code: int
    output: str
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: list[tuple[str, str]] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    times: dict[str, float] = field(default_factory=dict)


def wanted(words: list[str], quick: bool) -> list[str]:
    """Return the names of the test modules that hold one of ``words``, or of all; the slowest first."""
    names = [path.stem for path in sorted(TESTS.glob("test_*.py"))]
    names = [name for name in names if not words or any(word in name for word in words)]
    names = [name for name in names if not (quick and name in SLOW)]
    return sorted(names, key=_weight, reverse=True)


def _weight(name: str) -> float:
    times = json.loads(TIMES.read_text(encoding="utf-8")) if TIMES.exists() else {}
    size = (TESTS / f"{name}.py").stat().st_size / 2000
    return times.get(name, size * (3 if any(word in name for word in HEAVY) else 1))


def deal(names: list[str], hands: int) -> list[list[str]]:
    """Deal modules, slowest first, to the hand that has the least to do."""
    dealt: list[list[str]] = [[] for _ in range(min(hands, len(names)))]
    load = [0.0] * len(dealt)
    for name in names:
        lightest = load.index(min(load))
        dealt[lightest].append(name)
        load[lightest] += _weight(name)
    return dealt


def run(hand: int, modules: list[str], coverage: bool) -> Result:
    """Run some modules in a process of their own."""
    command = [sys.executable, "-m", *(["coverage", "run", "-m"] if coverage else []), "zope.testrunner"]
    command += [f"--test-path={ROOT / 'src'}", "-s", "collective.smsauth", "-vvv"]
    for name in modules:
        command += ["-m", rf"^{re.escape(PREFIX + name)}$"]
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="smsauth-test-", ignore_cleanup_errors=True) as place:
        output = Path(place, "output")
        with open(output, "wb") as sink:
            code = _wait(command, _environment(hand, place), sink)
        text = output.read_text(encoding="utf-8", errors="replace")
    return judge(modules, code, text, time.monotonic() - started)


def _wait(command: list[str], environment: dict[str, str], sink: BinaryIO) -> int:
    """Run a command in a session of its own, so that what it started ends with it if it takes too long; return its code."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.write(sink.fileno(), f"\nStopped after {PATIENCE} s.\n".encode())
        return 1
    finally:
        # also after Ctrl-C: nothing that the tests started stays behind
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(hand: int, place: str) -> dict[str, str]:
    temporary, home, templates = Path(place, "tmp"), Path(place, "home"), Path(place, "templates")
    for folder in (temporary, home, templates):
        folder.mkdir()
    first = FIRST_PORT + hand * PORTS_EACH
    return {
        **os.environ,
        "TMPDIR": str(temporary),
        "CLIENT_HOME": str(home),
        # compiled page templates: without it each is compiled again and again, which threads of Python 3.11 cannot do at once
        "CHAMELEON_CACHE": str(templates),
        "SMSAUTH_TEST_PORTS": f"{first}-{first + PORTS_EACH - 1}",
        "SMSAUTH_NODE_MODULES": os.environ.get("SMSAUTH_NODE_MODULES", str(ROOT / "node_modules")),
        "COVERAGE_FILE": str(ROOT / f".coverage.{hand}"),
        "PYTHONUNBUFFERED": "1",
    }


def judge(modules: list[str], code: int, output: str, seconds: float) -> Result:
    """Read the output of zope.testrunner."""
    result = Result(modules, code, output, seconds)
    seen = set()
    for line in output.splitlines():
        summary = _SUMMARY.search(line)
        if summary:
            tests, failures, errors, skipped = map(int, summary.groups())
            result.failed += failures + errors
            result.skipped += skipped
            result.passed += tests - failures - errors - skipped
        skip = _SKIPPED.match(line)
        if skip:
            result.reasons.append((skip[2], skip[3]))
        bad = _BAD.match(line)
        if bad:
            result.bad.append(bad[1])
        seen.update(_TEST.findall(line))
        time_of_test = _TIME.search(line)
        if time_of_test:
            name = time_of_test[1]
            result.times[name] = result.times.get(name, 0.0) + float(time_of_test[2])
    unexplained = result.skipped - len(result.reasons)
    result.reasons += [(f"one of {', '.join(modules)}", "no reason given")] * unexplained
    result.empty = [name for name in modules if PREFIX + name not in seen]
    if code and not result.failed:
        result.failed = 1
        result.bad.append(f"the run of {', '.join(modules)} ended with code {code}")
    return result


def report(results: list[Result]) -> bool:
    """Print what went wrong and the last line; tell whether all is well."""
    for result in results:
        if result.code:
            print(result.output)
    strict = os.environ.get("CI", "").lower() in ("1", "true", "yes")
    faults = [f"FAILED   {name}" for result in results for name in result.bad]
    faults += [f"NO TESTS {name}" for result in results for name in result.empty]
    for result in results:
        for name, reason in result.reasons:
            print(f"skipped  {name}: {reason}")
            if strict and not reason.startswith("optional:"):
                faults.append(f"SKIPPED  {name}: in CI only what is optional may be skipped")
    print("\n".join(faults))
    passed, failed, skipped = (
        sum(result.passed for result in results),
        sum(result.failed for result in results),
        sum(result.skipped for result in results),
    )
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return not faults and not failed and passed + skipped > 0


def remember(results: list[Result]) -> None:
    """Keep how long the tests of each module took, for the next dealing."""
    times = json.loads(TIMES.read_text(encoding="utf-8")) if TIMES.exists() else {}
    for result in results:
        times.update({name: round(seconds, 1) for name, seconds in result.times.items()})
    TIMES.parent.mkdir(exist_ok=True)
    TIMES.write_text(json.dumps(times, indent=1, sort_keys=True), encoding="utf-8")


def main() -> int:
    """Run the tests; 0 if all passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="run only modules with one of these words in their names")
    parser.add_argument("--quick", action="store_true", help=f"without {' and '.join(SLOW)}")
    parser.add_argument("--coverage", action="store_true", help="measure coverage")
    parser.add_argument("--processes", type=int, default=min(2 * (os.cpu_count() or 1), 8))
    options = parser.parse_args()
    names = wanted(options.words, options.quick)
    if not names:
        print("No test module has such a name.")
        return 1
    compile_catalogues()
    hands = deal(names, options.processes)

    def play(hand: int) -> Result:
        result = run(hand, hands[hand], options.coverage)
        word = "failed" if result.code else "ok"
        print(f"{word:<7}{result.seconds:6.1f} s  {', '.join(sorted(result.modules))}", flush=True)
        return result

    with ThreadPoolExecutor(len(hands)) as pool:
        results = list(pool.map(play, range(len(hands))))
    remember(results)
    return 0 if report(results) else 1


if __name__ == "__main__":
    sys.exit(main())
