"""The interfaces of the public events; ``interfaces`` has them, too."""

from zope.interface import Attribute
from zope.interface import Interface
from zope.interface.interfaces import IObjectEvent


class ITwoStepEvent(IObjectEvent):
    """Something happened to a member's second step. Carries no number and no code."""

    user_id = Attribute("User id as in PAS")
    purpose = Attribute("domain.challenge.Purpose or None")
    outcome = Attribute("domain.challenge.Outcome or None")


class IChallengeIssued(ITwoStepEvent):
    """A code was issued; the text leaves when the transaction commits."""


class IChallengeAnswered(ITwoStepEvent):
    """An answer was judged: ``outcome`` says how."""


class IAuthenticatorBound(ITwoStepEvent):
    """A number was proved and bound. ``purpose`` tells set-up from reset."""

    replaced = Attribute("True if a phone, another or the same, had been set up before")


class IContactsChanged(ITwoStepEvent):
    """A further contact point of the member was proved, taken off, or made the primary one."""

    change = Attribute("events.ContactChange")


class IAuthenticatorUnbound(ITwoStepEvent):
    """Two-step verification was turned off for the member."""


class ISessionsEnded(ITwoStepEvent):
    """All proofs of the member were dropped."""


class IDeliveryReported(ITwoStepEvent):
    """It became known what became of the text of a challenge that still stands; fired only when that changed.

    It may happen in a thread of its own, outside of any request and site: what is to be written goes through ``gate``.
    """

    status = Attribute("domain.delivery.DeliveryStatus")
    gate = Attribute("The PAS plugin that keeps the record, in the connection that is being written to")


class IFailuresReleased(ITwoStepEvent):
    """An administrator ended the pause of the member."""


class IRecoveryCodesMade(ITwoStepEvent):
    """The member made new recovery codes."""


class ICodePrepared(ITwoStepEvent):
    """An administrator prepared a code for the member."""


class IReserveCodeUsed(ITwoStepEvent):
    """A sign-in was completed by a prepared code or a recovery code."""

    means = Attribute("domain.session.Means: PREPARED_CODE or RECOVERY_CODE")
    left = Attribute("How many recovery codes the member has left")


class IBrowserTrusted(ITwoStepEvent):
    """The member asked not to be asked for a code on a browser for some days."""


class IBrowsersForgotten(ITwoStepEvent):
    """One or all trusted browsers of the member were forgotten."""


class ISignInSuspected(ITwoStepEvent):
    """Wrong codes in a row after a correct password: whoever gives them may not be the member."""

    locked = Attribute("True if there were so many that the number has to be bound anew")


class ISignInDisowned(ITwoStepEvent):
    """The member said of a sign-in that it was not him; all that the password had opened was ended."""


class IBudgetReached(Interface):
    """The budget of the month is spent, or nearly; fired once for each in a month."""

    level = Attribute("domain.budget.Level: NEARLY_SPENT or SPENT")
    spent = Attribute("Texts and calls of this month")
    budget = Attribute("How many there may be")


class ITextsStopped(Interface):
    """Texts to a block of neighbouring numbers look like text pumping and were stopped."""

    alarm = Attribute("domain.pumping.Alarm")
