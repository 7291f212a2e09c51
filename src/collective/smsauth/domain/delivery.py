"""What can become of a text, in words that do not depend on the provider."""

from collective.smsauth.domain.channels import Channel
from dataclasses import dataclass
from dataclasses import field
from enum import Enum


class DeliveryStatus(str, Enum):
    """What became of a text; the ``failed`` ones by class, so that each can be answered with advice."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    BAD_NUMBER = "bad-number"
    CANNOT_RECEIVE = "cannot-receive"
    LANDLINE = "landline"
    UNREACHABLE = "unreachable"
    NO_ANSWER = "no-answer"
    UNSUBSCRIBED = "unsubscribed"
    CONFIGURATION = "configuration"
    TRY_LATER = "try-later"

    @property
    def failed(self) -> bool:
        """Whether the text did not leave, or did not arrive."""
        return self.settled and self is not DeliveryStatus.DELIVERED

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be heard of the text."""
        return self not in (DeliveryStatus.QUEUED, DeliveryStatus.SENT)

    @property
    def blames_provider(self) -> bool:
        """Whether another provider may succeed where this one failed: the number and its owner are not the reason."""
        return self in (DeliveryStatus.CONFIGURATION, DeliveryStatus.TRY_LATER)


def advance(current: DeliveryStatus, reported: DeliveryStatus) -> DeliveryStatus:
    """Return what is known of a text after one more report, which may come late, twice or in any order.

    It only goes forward, from queued to sent to settled, and what is settled stays as it is.
    """
    return reported if _rank(reported) > _rank(current) else current


def _rank(status: DeliveryStatus) -> int:
    return 2 if status.settled else int(status is DeliveryStatus.SENT)


@dataclass(frozen=True, kw_only=True)
class Text:
    """One message to a phone: ``to`` in E.164 form, ``body`` as it is to appear or to be read out by voice.

    ``expires`` is seconds since the epoch: after it its code is worthless, so nobody tries to send it any more. ``language`` is that
    of the body (ISO 639-1, with a region or not), for the voice that reads it. ``status_url`` is the URL to which a provider may
    report what became of it, '' if it need not. ``windows`` are those in which the text was counted, by name and length in seconds: if it
    does not leave, it is taken back there.
    """

    to: str = field(repr=False)
    body: str = field(repr=False)
    expires: float
    channel: Channel = Channel.TEXT
    language: str = ""
    status_url: str = field(default="", repr=False)
    windows: tuple[tuple[str, int], ...] = field(default=(), repr=False)
