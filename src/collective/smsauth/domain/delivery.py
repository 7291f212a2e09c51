"""What can become of a text, in words that do not depend on the provider."""

from dataclasses import dataclass
from dataclasses import field
from enum import Enum


class DeliveryStatus(str, Enum):
    """What became of a text; the ``failed`` ones by class, so that each can be answered with advice."""

    QUEUED = "queued"
    SENT = "sent"
    BAD_NUMBER = "bad-number"
    CANNOT_RECEIVE = "cannot-receive"
    UNSUBSCRIBED = "unsubscribed"
    CONFIGURATION = "configuration"
    TRY_LATER = "try-later"

    @property
    def failed(self) -> bool:
        """Whether the text did not leave."""
        return self not in (DeliveryStatus.QUEUED, DeliveryStatus.SENT)


@dataclass(frozen=True, kw_only=True)
class Text:
    """One text message: ``to`` in E.164 form, ``body`` as it is to appear, ``expires`` seconds since the epoch.

    After ``expires`` its code is worthless, so nobody tries to send it any more.
    """

    to: str = field(repr=False)
    body: str = field(repr=False)
    expires: float
