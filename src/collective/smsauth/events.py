"""The public event contract: each event is fired exactly once, when what it says has been written."""

from collective.smsauth import interfaces
from collective.smsauth.domain.budget import Level
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.pumping import Alarm
from zope.interface import implementer


class TwoStepEvent:
    """Base of all events. ``object`` is the user id, so that events can be subscribed to like object events."""

    def __init__(self, user_id: str, *, purpose: Purpose | None = None, outcome: Outcome | None = None) -> None:
        self.object = self.user_id = user_id
        self.purpose = purpose
        self.outcome = outcome

    def __repr__(self) -> str:
        """Show user id, purpose and outcome: all there is."""
        return f"<{type(self).__name__} {self.user_id!r} {self.purpose} {self.outcome}>"


@implementer(interfaces.IChallengeIssued)
class ChallengeIssued(TwoStepEvent):
    """A code was issued."""


@implementer(interfaces.IChallengeAnswered)
class ChallengeAnswered(TwoStepEvent):
    """An answer was judged."""


@implementer(interfaces.IAuthenticatorBound)
class AuthenticatorBound(TwoStepEvent):
    """A number was proved and bound. ``replaced`` tells whether another phone, or the same, had been set up before."""

    def __init__(
        self, user_id: str, *, purpose: Purpose | None = None, outcome: Outcome | None = None, replaced: bool = False
    ) -> None:
        super().__init__(user_id, purpose=purpose, outcome=outcome)
        self.replaced = replaced


@implementer(interfaces.IAuthenticatorUnbound)
class AuthenticatorUnbound(TwoStepEvent):
    """Two-step verification was turned off."""


@implementer(interfaces.ISessionsEnded)
class SessionsEnded(TwoStepEvent):
    """All proofs of the member were dropped."""


@implementer(interfaces.IFailuresReleased)
class FailuresReleased(TwoStepEvent):
    """An administrator ended the pause."""


@implementer(interfaces.IBudgetReached)
class BudgetReached:
    """The budget of the month is spent, or nearly."""

    def __init__(self, *, level: Level, spent: int, budget: int) -> None:
        self.level = level
        self.spent = spent
        self.budget = budget


@implementer(interfaces.ITextsStopped)
class TextsStopped:
    """Texts to a block of neighbouring numbers were stopped."""

    def __init__(self, alarm: Alarm) -> None:
        self.alarm = alarm
