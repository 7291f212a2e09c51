"""What it means for a member to have other numbers than before: which one becomes the primary one, is to be proved, or goes."""

from collections.abc import Sequence
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.contact_points import MOST_CONTACTS
from collective.smsauth.domain.contact_points import numbers_of
from dataclasses import dataclass
from dataclasses import field
from enum import Enum


class ChangeProblem(str, Enum):
    """Why numbers cannot be changed so."""

    PRIMARY_GOES = "primary-goes"
    SEVERAL_NEW = "several-new"
    ONE_ONLY = "one-only"
    TOO_MANY = "too-many"


@dataclass(frozen=True, kw_only=True)
class NumberChange:
    """What is to be done, in this order. All numbers are in E.164 form, '' where there is nothing to do.

    ``primary`` is a verified number that becomes the primary one. ``removed`` are verified numbers that go. ``asked`` is a number to be
    proved: as a further one if it is ``listed``, else in the primary one's place.
    """

    primary: str = field(default="", repr=False)
    removed: tuple[str, ...] = field(default=(), repr=False)
    asked: str = field(default="", repr=False)
    listed: bool = False

    @property
    def is_none(self) -> bool:
        """Whether all is so already."""
        return self == NumberChange()


def change_to(
    account: Account, *, number: str | None = None, numbers: Sequence[str] | None = None, several: bool = True
) -> NumberChange | ChangeProblem:
    """Return what has to be done so that ``number`` is the primary one and ``numbers`` are the verified ones, or why it cannot be.

    None leaves them as they are. ``several`` tells whether further numbers are allowed at all.
    """
    verified = numbers_of(account)
    is_known = number is None or number in verified
    primary = account.number if number is None or not is_known else number
    asked = "" if number is None or is_known else number
    removed: tuple[str, ...] = ()
    listed = False
    if numbers is not None:
        named = tuple(dict.fromkeys(numbers))
        new = tuple(one for one in named if one not in (*verified, asked))
        removed = tuple(one for one in verified if one not in named)
        if len(named) > 1 and not several:
            return ChangeProblem.ONE_ONLY
        if len(new) + bool(asked) > 1:
            return ChangeProblem.SEVERAL_NEW
        if primary in removed:
            return ChangeProblem.PRIMARY_GOES
        if new:
            (asked,), listed = new, True
        if listed and account.number and len(account.contacts) - len(removed) >= MOST_CONTACTS:
            return ChangeProblem.TOO_MANY
    primary = primary if primary != account.number else ""
    return NumberChange(primary=primary, removed=removed, asked=asked, listed=listed)
