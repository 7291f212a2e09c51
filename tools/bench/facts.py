"""What has to be known to read the figures: when, of what, and on which machine. Nothing that tells whose machine it is."""

from importlib import metadata
from pathlib import Path

import datetime
import os
import platform
import subprocess

_PARTS = {"Plone": "Products.CMFPlone", "Zope": "Zope", "ZODB": "ZODB", "waitress": "waitress"}


def facts() -> list[str]:
    """Return them, a sentence each; the load is that of the moment."""
    versions = ", ".join(f"{name} {metadata.version(part)}" for name, part in _PARTS.items())
    cores = os.cpu_count() or 1
    return [
        f"Measured on {datetime.datetime.now(datetime.timezone.utc).date()}{_commit()}.",
        f"Python {platform.python_version()}, {versions}; four request threads, FileStorage.",
        f"{platform.system()}, {cores} cores{_model()}; before the start {os.getloadavg()[0]:.1f} processes were busy.",
    ]


def _commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=10", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return f", commit {done.stdout.strip()}" if done.returncode == 0 else ""


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f" ({names[0]})" if names else ""
