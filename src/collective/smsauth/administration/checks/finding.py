"""What the self-check says of one thing that it looked at."""

from dataclasses import dataclass
from zope.i18nmessageid import Message


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at. ``title`` and ``advice`` are message ids.

    With ``ok`` an advice is a remark; without, it says what to do.
    """

    ok: bool
    title: Message
    advice: tuple[Message, ...] = ()
