"""What the verifier returns, and what it needs of those who put texts into words and send them.

Small values with a reason in them, so that pages and services answer by outcome and never by exception.
"""

from collections.abc import Callable
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import Text
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import Session
from collective.smsauth.storage.accounts import Accounts
from collective.smsauth.storage.counters import UsageCounters
from collective.smsauth.storage.number_blocks import NumberBlocks
from collective.smsauth.storage.password_access import PasswordAttempts
from dataclasses import dataclass
from dataclasses import field
from enum import Enum
from typing import Protocol
from typing import TypeVar

_Result = TypeVar("_Result")


class SendRefusal(str, Enum):
    """Why no text was sent."""

    TOO_SOON = "too-soon"
    MEMBER_LIMIT = "member-limit"
    NUMBER_LIMIT = "number-limit"
    ADDRESS_LIMIT = "address-limit"
    SITE_LIMIT = "site-limit"
    COUNTRY = "country"
    BUDGET = "budget"
    PUMPING = "pumping"
    PAUSED = "paused"
    LOCKED = "locked"
    NO_NUMBER = "no-number"
    NO_CHANNEL = "no-channel"
    NOT_YOURS = "not-yours"
    NONE_OPEN = "none-open"
    GENERATION_DISABLED = "generation-disabled"


class Wording(Protocol):
    """Puts texts into words, in the language of the site."""

    language: str

    def code(self, purpose: Purpose, code: str, channel: Channel = Channel.TEXT, reference: str = "") -> str:
        """Return the message that carries ``code``, as it is to be read on a phone, heard in a call or read in an e-mail.

        What is read tells by ``reference`` which of several it is; a call is not said to.
        """

    def number_changed(self) -> str:
        """Return the text that tells a former number that it no longer counts."""


class Post(Protocol):
    """Sends a message by its channel once the transaction has been committed."""

    def __call__(self, text: Text, *, user_id: str, challenge: Challenge | None) -> None:
        """Send ``text``; record what became of it with ``challenge``, if one is given."""


@dataclass(frozen=True, kw_only=True)
class Records:
    """What one site keeps, as one connection to the database sees it."""

    accounts: Accounts
    counters: UsageCounters
    number_blocks: NumberBlocks
    password_attempts: PasswordAttempts


class Judgements(Protocol):
    """Where answers are judged: in a transaction of its own, so that no count depends on what becomes of the request."""

    def run(self, name: object, work: Callable[[Records], _Result]) -> _Result:
        """Return what ``work`` returns once that is committed; for a request that is run again, what was committed for that name.

        :raises TooManyConflicts: nothing was committed.
        """

    def has_run(self, name: object) -> bool:
        """Tell whether this request, in this attempt or one before, has committed a judgement of that name."""

    def tell(self, event: object) -> None:
        """Fire an event about what was committed. A subscriber that fails is logged, and undoes nothing."""

    def go_on(self) -> bool:
        """Let the request see what was committed, and tell whether it does from now on.

        :raises ConflictError: the request is to be run again: what it has done so far rests on what is no longer so.
        """


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What came of asking for a code. ``wait`` is the seconds until another text may be asked for.

    ``means`` tells which code is expected: nothing is sent to a member who has a prepared one. ``pending`` is the token that a pending
    sign-in has from now on, '' if the one it had goes on: it was told to use a code that was sent for another one.
    """

    sent: bool
    wait: int = 0
    refusal: SendRefusal | None = None
    means: Means = Means.CODE
    pending: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of an answer. ``proof`` is the secret that names the new proof, '' unless accepted.

    ``session`` is that proof as it is kept. ``wait`` is the seconds left of a pause; ``tries_left`` how often this code may still be
    answered. ``means`` is what kind of code the answer was judged as. ``to`` is the contact point that the right answer proved (E.164, or
    an e-mail address), '' if it was not to prove one. ``again`` tells an answer that was right before: its session takes the place of the
    first one's, and nothing else was done.
    """

    outcome: Outcome
    tries_left: int = 0
    wait: int = 0
    proof: str = field(default="", repr=False)
    session: Session | None = field(default=None, repr=False)
    means: Means = Means.CODE
    to: str = field(default="", repr=False)
    again: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the right code was given."""
        return self.outcome is Outcome.ACCEPTED
