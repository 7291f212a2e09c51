"""The public event contract: each event is fired exactly once, when what it says has been written."""

from collective.smsauth import interfaces
from collective.smsauth.domain.budget import Level
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.sms_pumping import Alarm
from enum import Enum
from zope.interface import implementer


class ContactChange(str, Enum):
    """What became of a member's contact points."""

    VERIFIED = "verified"
    REMOVED = "removed"
    PRIMARY = "primary"


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
    """A number was proved and bound. ``replaced`` tells whether another phone, or the same, had been set up before.

    ``dropped`` tells whether contact points or recovery codes that were new have gone with it, ``by_email`` whether it was the e-mail
    address in place of a number.
    """

    def __init__(
        self,
        user_id: str,
        *,
        purpose: Purpose | None = None,
        outcome: Outcome | None = None,
        replaced: bool = False,
        dropped: bool = False,
        by_email: bool = False,
    ) -> None:
        super().__init__(user_id, purpose=purpose, outcome=outcome)
        self.replaced = replaced
        self.dropped = dropped
        self.by_email = by_email


@implementer(interfaces.IAuthenticatorUnbound)
class AuthenticatorUnbound(TwoStepEvent):
    """Two-step verification was turned off."""


@implementer(interfaces.ISessionsEnded)
class SessionsEnded(TwoStepEvent):
    """All proofs of the member were dropped."""


@implementer(interfaces.IDeliveryReported)
class DeliveryReported(TwoStepEvent):
    """It became known what became of a text."""

    def __init__(self, user_id: str, *, purpose: Purpose, status: DeliveryStatus, gate: object) -> None:
        super().__init__(user_id, purpose=purpose)
        self.status = status
        self.gate = gate


@implementer(interfaces.IFailuresReleased)
class FailuresReleased(TwoStepEvent):
    """An administrator ended the pause."""


@implementer(interfaces.IRecoveryCodesMade)
class RecoveryCodesMade(TwoStepEvent):
    """The member made new recovery codes; the former ones are void."""


@implementer(interfaces.ICodePrepared)
class CodePrepared(TwoStepEvent):
    """An administrator prepared a code for the member."""


@implementer(interfaces.IBypassGiven)
class BypassGiven(TwoStepEvent):
    """An administrator gave the member a bypass; ``until`` is when it ends (seconds since the epoch)."""

    def __init__(
        self,
        user_id: str,
        *,
        purpose: Purpose | None = None,
        outcome: Outcome | None = None,
        until: float = 0.0,
    ) -> None:
        super().__init__(user_id, purpose=purpose, outcome=outcome)
        self.until = until


@implementer(interfaces.IBypassWithdrawn)
class BypassWithdrawn(TwoStepEvent):
    """The bypass of the member was ended before its time."""


@implementer(interfaces.IReserveCodeUsed)
class ReserveCodeUsed(TwoStepEvent):
    """A sign-in was completed by a prepared code or a recovery code, as ``means`` says; ``left`` is how many recovery codes are left."""

    def __init__(
        self,
        user_id: str,
        *,
        purpose: Purpose | None = Purpose.SIGN_IN,
        outcome: Outcome | None = Outcome.ACCEPTED,
        means: Means = Means.RECOVERY_CODE,
        left: int = 0,
    ) -> None:
        super().__init__(user_id, purpose=purpose, outcome=outcome)
        self.means = means
        self.left = left


@implementer(interfaces.IContactsChanged)
class ContactsChanged(TwoStepEvent):
    """A further contact point was proved, taken off, or made the primary one: ``change`` is a ContactChange."""

    def __init__(
        self,
        user_id: str,
        *,
        change: ContactChange,
        purpose: Purpose | None = None,
        outcome: Outcome | None = None,
    ) -> None:
        super().__init__(user_id, purpose=purpose, outcome=outcome)
        self.change = change


@implementer(interfaces.IEmailChanged)
class EmailChanged(TwoStepEvent):
    """The e-mail address in the profile became another one; ``former`` is the one before, '' if there was none."""

    def __init__(
        self, user_id: str, *, purpose: Purpose | None = None, outcome: Outcome | None = None, former: str = ""
    ) -> None:
        super().__init__(user_id, purpose=purpose, outcome=outcome)
        self.former = former


@implementer(interfaces.IBrowserTrusted)
class BrowserTrusted(TwoStepEvent):
    """The member asked not to be asked on a browser for some days."""


@implementer(interfaces.IBrowsersForgotten)
class BrowsersForgotten(TwoStepEvent):
    """One or all trusted browsers of the member were forgotten."""


@implementer(interfaces.ISignInSuspected)
class SignInSuspected(TwoStepEvent):
    """Three wrong codes in a row after a correct password; ``locked``: so many that the number has to be bound anew.

    ``begun`` tells, instead, that a correct password was given five times in a row, and no sign-in completed.
    """

    def __init__(
        self,
        user_id: str,
        *,
        purpose: Purpose | None = None,
        outcome: Outcome | None = None,
        locked: bool = False,
        begun: bool = False,
    ) -> None:
        super().__init__(user_id, purpose=purpose, outcome=outcome)
        self.locked = locked
        self.begun = begun


@implementer(interfaces.INewPasswordWithheld)
class NewPasswordWithheld(TwoStepEvent):
    """Somebody asked for a new password of a member whose codes come to the mailbox to which it would be sent: nothing was."""


@implementer(interfaces.ISignInDisowned)
class SignInDisowned(TwoStepEvent):
    """The member said of something that it was not them; all that the password had opened was ended.

    ``dropped`` tells whether contact points or recovery codes that were new have gone with it.
    """

    def __init__(
        self, user_id: str, *, purpose: Purpose | None = None, outcome: Outcome | None = None, dropped: bool = False
    ) -> None:
        super().__init__(user_id, purpose=purpose, outcome=outcome)
        self.dropped = dropped


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
