"""Hypothesis as the tests of this package use it; import it from here, so that the profile is always loaded.

No time limit an example, nothing left in the tree, and under CI the same histories in every run.
"""

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from pathlib import Path

import os
import tempfile

__all__ = ("given", "settings", "st")

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / f"hypothesis-collective.smsauth-{os.getuid()}")
settings.register_profile("smsauth", deadline=None, database=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("smsauth")
