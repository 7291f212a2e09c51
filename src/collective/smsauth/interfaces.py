"""The seams of the package: what each part promises to the others, and the browser layer."""

from collections.abc import Mapping
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.eventinterfaces import IAuthenticatorBound as IAuthenticatorBound
from collective.smsauth.eventinterfaces import IAuthenticatorUnbound as IAuthenticatorUnbound
from collective.smsauth.eventinterfaces import IBrowsersForgotten as IBrowsersForgotten
from collective.smsauth.eventinterfaces import IBrowserTrusted as IBrowserTrusted
from collective.smsauth.eventinterfaces import IBudgetReached as IBudgetReached
from collective.smsauth.eventinterfaces import IChallengeAnswered as IChallengeAnswered
from collective.smsauth.eventinterfaces import IChallengeIssued as IChallengeIssued
from collective.smsauth.eventinterfaces import ICodePrepared as ICodePrepared
from collective.smsauth.eventinterfaces import IContactsChanged as IContactsChanged
from collective.smsauth.eventinterfaces import IDeliveryReported as IDeliveryReported
from collective.smsauth.eventinterfaces import IFailuresReleased as IFailuresReleased
from collective.smsauth.eventinterfaces import IRecoveryCodesMade as IRecoveryCodesMade
from collective.smsauth.eventinterfaces import IReserveCodeUsed as IReserveCodeUsed
from collective.smsauth.eventinterfaces import ISessionsEnded as ISessionsEnded
from collective.smsauth.eventinterfaces import ISignInDisowned as ISignInDisowned
from collective.smsauth.eventinterfaces import ISignInSuspected as ISignInSuspected
from collective.smsauth.eventinterfaces import ITextsStopped as ITextsStopped
from collective.smsauth.eventinterfaces import ITwoStepEvent as ITwoStepEvent
from dataclasses import dataclass
from dataclasses import field
from typing import Protocol
from zope.interface import Attribute
from zope.interface import Interface
from zope.publisher.interfaces.browser import IDefaultBrowserLayer


class ISMSAuthLayer(IDefaultBrowserLayer):
    """Browser layer of sites in which the add-on is installed."""


class ISecondStepView(Interface):
    """Marks the pages that stay reachable while the second factor is owed: they never act as the member."""


class ICodeWasGiven(Interface):
    """Marks a request in which a code was given, so that Plone's e-mail for a new password may leave."""


class ISecondStepDemanded(Interface):
    """Marks what only opens to a session in which a second factor was really given, for members who have one.

    It may be implemented by views, and provided by content: then all below is meant.
    """


class ISecondStepDemandedOfAll(ISecondStepDemanded):
    """Likewise, and closed to members who have no second factor, and to visitors."""


class ITakesAnswerAgain(Interface):
    """Marks the page to which the right answer of a set-up may be sent again, by a session that it has ended itself."""


class IStepDemanded(Interface):
    """Marks the exception that says that an area demands a real second step, so that the answer can say why."""


class ISecondStepDoor(Interface):
    """Marks Plone's own views that sign people in, where they are overridden to ask for the second factor first."""


class GatewayError(Exception):
    """A gateway could not hand over a text.

    ``status`` is a failed DeliveryStatus; TRY_LATER is the only transient one and the only one worth another try.
    ``detail`` is for the administrator's log and control panel: the provider's words, never the text or a full number.
    """

    def __init__(self, status: DeliveryStatus, detail: str = "") -> None:
        super().__init__(detail or status.value)
        self.status = status
        self.detail = detail


class IClock(Interface):
    """A global utility that tells the time, so that tests can set it."""

    def __call__():
        """Return the seconds since the epoch as a float."""


class ISitePolicies(Interface):
    """A global utility that reads the rules of a site."""

    def __call__(site):
        """Return the domain.policy.Policy of a site."""

    def requirement(site):
        """Return the domain.requirement.Requirement of a site: of whom the second step is required, and who is not asked."""


class ISMSGateway(Interface):
    """A named utility that hands one text to one provider. Knows no users, no site and no database.

    It is called in a worker thread: all it needs is in ``config``, a mapping of strings by name of the registry field
    (``twilio_account_sid``, ...), in which values set by the environment have already won.
    """

    title = Attribute("Name for the control panel (a message id)")
    local = Attribute("True if sending waits for nobody, as for a file: then it is called without a worker thread")

    def problems(config):
        """Return the missing or malformed settings as a tuple of message ids; empty when the gateway is ready."""

    def send(text, config):
        """Hand over ``text`` (domain.delivery.Text) and return the provider's id of it ('' if there is none).

        :raises GatewayError: the text did not leave.
        """


class IVoiceGateway(Interface):
    """What a gateway provides besides if it can call a phone and read a text out twice; ``config`` and threads as there."""

    def voice_problems(config):
        """Return the missing or malformed settings for calls as a tuple of message ids; empty when it can call."""

    def call(text, config):
        """Call ``text.to``, read ``text.body`` out twice in ``text.language``, and return the provider's id of the call.

        It returns when the provider has taken the call: nobody waits until the phone is answered.

        :raises GatewayError: the provider did not take it.
        """


class IAnswerableGateway(Interface):
    """What a gateway provides besides if members can answer its texts, as with START after STOP."""

    def sender(config):
        """Return the number from which texts come, as members see it; '' if it is none or not always the same."""


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """A gateway with its configuration: one of those through which a text may go."""

    gateway: ISMSGateway
    config: Mapping[str, str] = field(repr=False)


class IDispatcher(Interface):
    """A global utility that decides when a gateway is called: after the commit, once, in a worker thread."""

    def dispatch(text, carriers, report):
        """Send ``text`` once the current transaction has been committed; never on abort.

        ``carriers`` are one or more Carrier, in order: the next is used when those before it fail for reasons that are the
        provider's. ``report`` is called with a DeliveryStatus and a detail for the log (str) when the outcome is known; it runs
        outside of the request, so it brings its own database connection.
        """

    def submit(job, *, for_strangers=False, always=False):
        """Call ``job`` without arguments in a worker thread: now, or for strangers soon. Tell whether there was room for it.

        What took a right answer, so that there cannot be much of it, finds room ``always``: it is waited for, and cannot be had again.

        What anybody can cause without a password is ``for_strangers``: it takes no room from the e-mails to members, and begins at a
        moment of the next seconds that chance chooses, so that the time of the next page tells nothing of it.
        """


class IAccounts(Interface):
    """The per-member records of one site."""

    def get(user_id):
        """Return the domain.account.Account of a user id, or None."""

    def save(user_id, account):
        """Store the account; a blank one removes the record."""

    def drop(user_id):
        """Remove the record of a user id, if there is one."""

    def user_ids():
        """Return the user ids of all records, in order."""


class AccountRecords(Protocol):
    """IAccounts for the type checker: what the verifier and its like need of a store."""

    def get(self, user_id: str) -> Account | None:
        """Return the account of a user id, or None."""

    def save(self, user_id: str, account: Account) -> None:
        """Store the account; a blank one removes the record."""

    def drop(self, user_id: str) -> None:
        """Remove the record of a user id, if there is one."""


class IWindows(Interface):
    """A global utility that counts in sliding windows, outside of transactions: what was counted stays counted."""

    def wait(name, *, limit, window):
        """Return the seconds until one more fits into the window of that name, so many in ``window`` seconds; 0 if it does now."""

    def hit(name, *, limit, window):
        """Count one under that name, or return False if it does not fit.

        Work that is done again after a conflict calls it again; see ``runs.again`` for how that counts once.
        """

    def problem():
        """Return why the windows are not kept where they should be (a message id), or None."""


class ISMSAuthPlugin(Interface):
    """The PAS plugin; also what tells one instance of it from the plugins it asks."""
