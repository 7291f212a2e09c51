"""The seams of the package: what each part promises to the others, and the browser layer."""

from collections.abc import Callable
from collections.abc import Mapping
from collective.smsauth.domain.delivery import DeliveryStatus
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from zope.i18nmessageid import Message
from zope.interface import Attribute
from zope.interface import Interface
from zope.interface.interfaces import IObjectEvent
from zope.publisher.interfaces.browser import IDefaultBrowserLayer


class ISMSAuthLayer(IDefaultBrowserLayer):
    """Browser layer of sites in which the add-on is installed."""


class ISecondStepView(Interface):
    """Marks the pages that stay reachable while the second factor is owed: they never act as the member."""


class ICodeWasGiven(Interface):
    """Marks a request in which a code was given, so that Plone's e-mail for a new password may leave."""


class IPasswordLinkFollowed(Interface):
    """Marks a request in which Plone sets a password only after it has checked the secret of a mailed link."""


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
    ``certain`` tells that the text did not leave, so that nobody has to wait or to pay for it; it is false where that cannot be known,
    as when the provider did not answer in time.
    """

    def __init__(self, status: DeliveryStatus, detail: str = "", *, certain: bool = True) -> None:
        super().__init__(detail or status.value)
        self.status = status
        self.detail = detail
        self.certain = certain


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


@dataclass(frozen=True, kw_only=True, eq=False)
class GatewaySettings:
    """What an administrator can set of a gateway.

    ``schema`` is a schema of text that may be empty, and of choices, with a fieldset. All names in it begin with the gateway's own; its
    records are registered under the prefix ``collective.smsauth``. What is a ``Password``, or named in ``secrets``, is never shown. The
    environment variable of the same name in capitals, after ``variable_prefix``, wins over what is stored; what is named in
    ``environment`` is set only there. ``kept_secrets`` tells of a secret to which other setting it belongs, and what to say (a message id)
    if that is changed and the secret stays. ``check`` is called with values by name before they are stored, and returns message ids by
    name for those that cannot be. ``sent_to`` tells of a setting that may hold a secret which other one says where it goes. If the
    environment sets the first and not the second, what is stored of the second is not used: whoever may edit the registry would have the
    secret sent to themselves.
    """

    schema: Any
    environment: tuple[str, ...] = ()
    variable_prefix: str = ""
    kept_secrets: Mapping[str, tuple[str, Message]] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    sent_to: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Mapping[str, str]], Mapping[str, Message]] | None = None


class ISMSGateway(Interface):
    """A named utility that hands one text to one provider. Knows no users, no site and no database.

    It is called in a worker thread: all it needs is in ``config``, a mapping of strings by name of the setting, in which values set by
    the environment have already won.
    """

    title = Attribute("Name for the control panel (a message id)")
    settings = Attribute("GatewaySettings, or None if there is nothing to set")
    status_view = Attribute("Name of the view to which the provider reports what became of a text, '' if it does not")
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


class IPreviewingGateway(Interface):
    """What a gateway provides besides if an administrator can see the request that it makes; ``config`` as there."""

    def preview(config):
        """Return the request for an example as text of several lines, without secrets; '' if there is nothing to show."""


class IAnswerableGateway(Interface):
    """What a gateway provides besides if members can answer its texts, as with START after STOP."""

    def sender(config):
        """Return the number from which texts come, as members see it; '' if it is none or not always the same."""


@dataclass(frozen=True, kw_only=True)
class ConfiguredGateway:
    """A gateway with its configuration: one of those through which a text may go.

    ``status_url`` is where the provider may report what became of the text, '' if nowhere. ``name`` is that of its utility, '' if what it
    does is not counted.
    """

    gateway: ISMSGateway
    config: Mapping[str, str] = field(repr=False)
    status_url: str = field(default="", repr=False)
    name: str = ""


class IDispatcher(Interface):
    """A global utility that decides when a gateway is called: after the commit, once, in a worker thread."""

    def dispatch(text, gateways, report, never_left=None, tried=None):
        """Send ``text`` once the current transaction has been committed; never on abort.

        ``gateways`` are one or more ConfiguredGateway, in order: the next is used when those before it fail for reasons that are the
        provider's. ``report`` is called with a DeliveryStatus and a detail for the log (str) when the outcome is known; it runs
        outside of the request, so it brings its own database connection. ``never_left``, if it is given, is called in its place when
        the text certainly did not leave. ``tried``, if it is given, is called before with each try: the name of the gateway, a
        DeliveryStatus, and the seconds that it took.
        """

    def submit(job, *, for_strangers=False, always=False):
        """Call ``job`` without arguments in a worker thread: now, or for strangers soon. Tell whether there was room for it.

        What took a right answer, so that there cannot be much of it, finds room ``always``: it is waited for, and cannot be had again.

        What anybody can cause without a password is ``for_strangers``: it takes no room from the e-mails to members, and begins at a
        moment of the next seconds that chance chooses, so that the time of the next page tells nothing of it.

        A ``delivery.pool.Task`` is told if the process is stopped before it was done.
        """


class IRateLimiter(Interface):
    """A global utility that counts in sliding windows, outside of transactions: what was counted stays counted."""

    def resets_in(name, *, limit, window):
        """Return the seconds until one more fits into the window of that name, so many in ``window`` seconds; 0 if it does now."""

    def hit(name, *, limit, window):
        """Count one under that name, or return False if it does not fit.

        Work that is done again after a conflict calls it again; see ``storage.retries`` for how that counts once.
        """

    def give_back(name, *, window):
        """Take back one that was counted under that name, since what it was counted for did not happen."""

    def problem():
        """Return why the windows are not kept where they should be (a message id), or None: what is known of it without asking."""

    def check():
        """Ask where the windows are kept, in bounded time, and return the same as ``problem``."""


class ISMSAuthPlugin(Interface):
    """The PAS plugin; also what tells one instance of it from the plugins it asks."""

    accounts = Attribute("storage.accounts.Accounts: the per-member records of the site")


# Events


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
    dropped = Attribute(
        "True if further contact points or recovery codes that were new have gone with it, as at a reset"
    )
    by_email = Attribute("True if it was the e-mail address of the member, in place of a number")


class IContactsChanged(ITwoStepEvent):
    """A further contact point of the member was proved, taken off, or made the primary one."""

    change = Attribute("events.ContactChange")


class IEmailChanged(ITwoStepEvent):
    """The e-mail address in the profile of a member with two-step verification became another one, whoever changed it."""

    former = Attribute("The address before, to which the notice goes; '' if there was none")


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


class IBypassGiven(ITwoStepEvent):
    """An administrator let the member in by the password alone for a while."""

    until = Attribute("When that ends, in seconds since the epoch.")


class IBypassWithdrawn(ITwoStepEvent):
    """An administrator, or the member, ended that before its time."""


class IReserveCodeUsed(ITwoStepEvent):
    """A sign-in was completed by a prepared code or a recovery code."""

    means = Attribute("domain.session.Means: PREPARED_CODE or RECOVERY_CODE")
    left = Attribute("How many recovery codes the member has left")


class IBrowserTrusted(ITwoStepEvent):
    """The member asked not to be asked for a code on a browser for some days."""


class IBrowsersForgotten(ITwoStepEvent):
    """One or all trusted browsers of the member were forgotten."""


class ISignInSuspected(ITwoStepEvent):
    """Wrong codes, or no code at all, several times after a correct password: whoever gives it may not be the member."""

    locked = Attribute("True if there were so many wrong codes that the number has to be bound anew")
    begun = Attribute("True if the password was given several times in a row, and no sign-in completed")


class INewPasswordWithheld(ITwoStepEvent):
    """A new password was asked for, and no code was sent: it would have come to the same mailbox as the e-mail for the new password."""


class ISignInDisowned(ITwoStepEvent):
    """The member said of something that it was not them; all that the password had opened was ended."""

    dropped = Attribute("True if contact points or recovery codes that were new have gone with it")


class IBudgetReached(Interface):
    """The budget of the month is spent, or nearly; fired once for each in a month."""

    level = Attribute("domain.budget.Level: NEARLY_SPENT or SPENT")
    spent = Attribute("Texts and calls of this month")
    budget = Attribute("How many there may be")


class ITextsStopped(Interface):
    """Texts to a block of neighbouring numbers look like text pumping and were stopped."""

    alarm = Attribute("domain.pumping.Alarm")
