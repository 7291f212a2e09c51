"""Hypothesis as the tests of this package use it; import it from here, so that the profile is always loaded.

No time limit an example, nothing left in the tree, and under CI the same histories in every run.
"""

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.stateful import run_state_machine_as_test
from pathlib import Path

import os
import tempfile

__all__ = ("given", "run_histories", "settings", "st")

_HOME = Path(tempfile.gettempdir()) / f"hypothesis-collective.smsauth-{os.getuid()}"
_IS_CI = bool(os.environ.get("CI"))
#: Where a test keeps the examples that failed, to try them first the next time. Under CI there is none: nothing is random there.
_KEPT = None if _IS_CI else DirectoryBasedExampleDatabase(_HOME / "examples")

set_hypothesis_home_dir(_HOME)
settings.register_profile("smsauth", deadline=None, database=None, derandomize=_IS_CI)
settings.load_profile("smsauth")


def run_histories(machine, **options):
    """Run a state machine; ``options`` are those of the settings. What fails is kept, and told with the steps that led to it."""
    run_state_machine_as_test(machine, settings=settings(print_blob=True, database=_KEPT, **options))
