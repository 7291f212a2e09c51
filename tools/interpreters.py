"""Finds installed Pythons by version, on the path or in pyenv's directory."""

from pathlib import Path

import shutil
import subprocess


def find(version: str) -> str | None:
    """Return the path of a working Python ``version`` (such as 3.13), or None."""
    candidates = [shutil.which(f"python{version}"), *_pyenv(version)]
    return next((path for path in candidates if path and _works(path, version)), None)


def _pyenv(version: str) -> list[str]:
    if not shutil.which("pyenv"):
        return []
    root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=False).stdout.strip()
    return [str(path) for path in sorted(Path(root, "versions").glob(f"{version}.*/bin/python"), reverse=True)]


def _works(path: str, version: str) -> bool:
    question = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([path, "-c", question], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == version
