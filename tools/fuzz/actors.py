"""Who sends requests."""

from dataclasses import dataclass
from dataclasses import field
from tools.fuzz.request import Pairs


@dataclass(frozen=True, kw_only=True)
class Actor:
    """One way to come: cookies, headers, the pages that are open, and the right codes by the name of the page.

    Who ``looks_around`` has business on all pages, others on their own. ``may_as`` names actors who are the same member with the same
    rights: what those may do is no finding.
    """

    name: str
    cookies: Pairs = ()
    headers: Pairs = ()
    pages: tuple[str, ...] = ()
    looks_around: bool = False
    may_as: tuple[str, ...] = ()
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def is_anybody(self) -> bool:
        """Whether it takes no cookie and no header to come like this."""
        return not self.cookies and not self.headers
