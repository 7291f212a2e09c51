"""Runs the tests with other versions of Plone and Python, each in an environment of its own: ``python -m tools.matrix``.

Uses nothing but the standard library: it runs before there is an environment.
"""

from pathlib import Path
from tools import interpreters

import os
import subprocess
import sys
import time

ROOT = Path(__file__).resolve().parent.parent
#: Version of Plone, version of Python, and the target of make. The tests in the browser run with the other Plone: with each Python they
#: would make the whole take more than an hour, and what they try depends on Plone.
MATRIX = (
    ("6.1", "3.11", "test"),
    ("6.2", "3.13", "test-plain"),
    ("6.2", "3.10", "test-plain"),
    ("6.2", "3.12", "test-plain"),
)


def run(plone: str, python: str, target: str) -> bool:
    """Run the tests with one combination; tell whether they passed. A missing Python is a failure only under CI=true."""
    path = interpreters.find(python)
    if path is None:
        print(f"Python {python} is not installed: Plone {plone} was not tested with it.")
        return os.environ.get("CI") != "true"
    place = f".matrix/plone-{plone}-python-{python}"
    command = ["make", target, f"PLONE={plone}", f"PYTHON={path}", f"VENV={place}"]
    started = time.monotonic()
    # what an outer make passes on is meant for its own environment
    environment = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES")
    }
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    print(
        f"Plone {plone}, Python {python}: {'failed' if done.returncode else 'passed'}, {time.monotonic() - started:.0f} s",
        flush=True,
    )
    return not done.returncode


def main() -> int:
    """Run the whole matrix; 0 if all passed."""
    (ROOT / ".matrix").mkdir(exist_ok=True)
    return 0 if sum(run(*combination) for combination in MATRIX) == len(MATRIX) else 1


if __name__ == "__main__":
    sys.exit(main())
