"""Tries a sample of mutants; the exit code does not depend on how many of them survive."""

from tools.mutants.run import PACKAGE
from tools.mutants.run import Run
from tools.mutants.run import TESTS

import argparse
import os
import pytest
import sys

_MINUTES, _SEED = 30.0, 1


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=_SEED, help="the same seed gives the same mutants in the same order"
    )
    parser.add_argument("--minutes", type=float, default=_MINUTES, help="about how long it may take")
    parser.add_argument("--only", default="", metavar="FILE:LINE", help="try all mutants of this line and no others")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    run = Run(**vars(options))
    folders = [str(PACKAGE / "tests" / room) for room in TESTS]
    # -s: what this program prints is for the reader; forks are silent by themselves
    code = pytest.main(
        ["-qq", "-s", "-p", "no:cacheprovider", f"--hypothesis-seed={options.seed}", *folders], plugins=[run]
    )
    return 0 if run.succeeded else int(code) or 1


if __name__ == "__main__":
    sys.exit(main())
