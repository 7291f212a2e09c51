"""Where the script of the code pages is: a file of its own, so that a strict Content-Security-Policy need not allow any other."""

from hashlib import sha256
from pathlib import Path
from plone import api

_FILE = Path(__file__).with_name("static") / "smsauth.js"
#: Changes with the file, so that no browser keeps a former one.
_VERSION = sha256(_FILE.read_bytes()).hexdigest()[:12]


def address() -> str:
    """Return the address of the script, by that of the site."""
    return f"{api.portal.get().absolute_url()}/++resource++collective.smsauth/{_FILE.name}?v={_VERSION}"
