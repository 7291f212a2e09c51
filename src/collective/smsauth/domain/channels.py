"""Contact points: the addresses at which a member can be reached with a code, and the channels that lead there."""

from collections.abc import Collection
from collective.smsauth.domain import phone
from dataclasses import dataclass
from dataclasses import field
from enum import Enum


class Channel(str, Enum):
    """How a code travels."""

    TEXT = "text"
    VOICE = "voice"
    EMAIL = "email"


class Standing(str, Enum):
    """How far a member has proved that a contact point is theirs. Only verified ones ever receive a sign-in code.

    CLAIMED: somebody said that the number is theirs. PENDING: a code was sent to prove it. UNVERIFIED: the e-mail address in the profile.
    """

    UNVERIFIED = "unverified"
    CLAIMED = "claimed"
    PENDING = "pending"
    VERIFIED = "verified"


@dataclass(frozen=True, kw_only=True)
class Route:
    """Where a code goes, and how: ``to`` is a number in E.164 form or an e-mail address; '' leads nowhere."""

    to: str = field(repr=False)
    channel: Channel


@dataclass(frozen=True, kw_only=True)
class ContactPoint:
    """One address of a member: a number in E.164 form or an e-mail address.

    ``verified`` is when it was proved, in seconds since the epoch, 0 if it was not. ``primary`` marks the number to which codes go
    unless the member chooses another way.
    """

    address: str = field(repr=False)
    standing: Standing
    verified: float = 0.0
    primary: bool = False


def is_email(address: str) -> bool:
    """Tell an e-mail address from a number."""
    return "@" in address


def channels_of(address: str, enabled: Collection[Channel]) -> tuple[Channel, ...]:
    """Return by which of the channels that the site has ``enabled`` an address can be reached, the usual one first."""
    if not address:
        return ()
    if is_email(address):
        possible: tuple[Channel, ...] = (Channel.EMAIL,)
    else:
        texts, calls = phone.receives_texts(address), phone.receives_calls(address)
        possible = (*((Channel.TEXT,) if texts else ()), *((Channel.VOICE,) if calls else ()))
    return tuple(channel for channel in possible if channel in enabled)


def canonical(address: str) -> str:
    """Return the one spelling of an address: as Plone sees it, small and capital letters make no difference in those of e-mail."""
    return address.strip().casefold() if is_email(address) else address


def same_email(one: str, other: str) -> bool:
    """Tell whether two addresses are one e-mail address."""
    return is_email(one) and canonical(one) == canonical(other)


def same_mailbox(one: str, other: str) -> bool:
    """Tell whether e-mails to both addresses come to one mailbox: what follows a + in its name only labels them (RFC 5233)."""
    return is_email(one) and is_email(other) and _mailbox(one) == _mailbox(other)


def _mailbox(address: str) -> tuple[str, str]:
    name, _, host = canonical(address).rpartition("@")
    return name.partition("+")[0], host


def mask(address: str) -> str:
    """Return an address with just enough legible for its owner to recognise it; '' stays ''.

    Of a number the last two digits, of an e-mail address the first letters of mailbox and host and the top-level domain.
    """
    if not is_email(address):
        return phone.mask(address)
    mailbox, _, host = address.rpartition("@")
    name, dot, top = host.rpartition(".")
    return f"{mailbox[:1]}••••@{name[:1]}••••{dot}{top if dot else ''}"
