"""What the verifier returns, and what it needs of those who put texts into words and send them.

Small values with a reason in them, so that pages and services answer by outcome and never by exception.
"""

from collective.smsauth.allowance import Refusal
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.contact import Channel
from collective.smsauth.domain.delivery import Text
from collective.smsauth.domain.session import Means
from dataclasses import dataclass
from dataclasses import field
from typing import Protocol


class Wording(Protocol):
    """Puts texts into words, in the language of the site."""

    language: str

    def code(self, purpose: Purpose, code: str, channel: Channel = Channel.TEXT) -> str:
        """Return the message that carries ``code``, as it is to be read on a phone, heard in a call or read in an e-mail."""

    def number_changed(self) -> str:
        """Return the text that tells a former number that it no longer counts."""


class Post(Protocol):
    """Sends a message by its channel once the transaction has been committed."""

    def __call__(self, text: Text, *, user_id: str, challenge: Challenge | None) -> None:
        """Send ``text``; record what became of it with ``challenge``, if one is given."""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What came of asking for a code. ``wait`` is the seconds until another text may be asked for.

    ``means`` tells which code is expected: nothing is sent to a member who has a prepared one.
    """

    sent: bool
    wait: int = 0
    refusal: Refusal | None = None
    means: Means = Means.CODE


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of an answer. ``proof`` is the secret that names the new proof, '' unless accepted.

    ``wait`` is the seconds left of a pause; ``tries_left`` how often this code may still be answered. ``means`` is what kind of code
    the answer was judged as.
    """

    outcome: Outcome
    tries_left: int = 0
    wait: int = 0
    proof: str = field(default="", repr=False)
    means: Means = Means.CODE

    @property
    def accepted(self) -> bool:
        """Whether the right code was given."""
        return self.outcome is Outcome.ACCEPTED
