"""The scripts of the pages: files of the site with a version, so that a strict Content-Security-Policy need not allow any other."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).with_name("static")


def url(site: Any, name: str) -> str:
    """Return the URL of a script. It changes with the file, so that no browser keeps a former one."""
    return f"{site.absolute_url()}/++resource++collective.smsauth/{name}?v={_version(name)}"


@cache
def _version(name: str) -> str:
    return sha256((_FOLDER / name).read_bytes()).hexdigest()[:12]
