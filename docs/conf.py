"""Settings of Sphinx."""

from pathlib import Path

import re
import sys

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
extensions = ["rest_services"]
project = "collective.smsauth"
author = copyright = "collective.smsauth contributors"
_setup = Path(__file__).parent.parent.joinpath("setup.py").read_text(encoding="utf-8")
release = version = re.search(r'^VERSION = "(.+)"$', _setup, flags=re.M)[1]
html_theme = "furo"
html_title = f"{project} {release}"
exclude_patterns = ["_build"]
nitpicky = True
