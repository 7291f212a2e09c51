"""The code form of the sign-in, after the password: for codes that were sent, recovery codes and prepared codes.

The page asks phones for the keys of digits, as nearly everybody needs them. A link, and a prepared code that is open, turn the same field
into one for letters; whichever way it was asked for, it takes every code.
"""

from collective.smsauth import _
from collective.smsauth.browser.forms.came_from import field_of
from collective.smsauth.browser.forms.code import CodeForm
from collective.smsauth.browser.forms.pending_sign_in import LEAVE
from collective.smsauth.browser.forms.pending_sign_in import PendingSignInForm
from collective.smsauth.domain import prepared_code
from collective.smsauth.domain import recovery_codes
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.flows import channel_messages
from collective.smsauth.flows import messages
from collective.smsauth.flows import pending_sign_in
from collective.smsauth.flows import sign_in
from collective.smsauth.flows import trusted_browsers
from collective.smsauth.flows.pending_sign_in import PendingSignIn
from collective.smsauth.flows.problems import problem_of
from collective.smsauth.flows.requester import client_address
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.subject import own_member_in_effect
from collective.smsauth.flows.subject import pending_member
from collective.smsauth.flows.subject import Subject
from collective.smsauth.flows.subject import with_pending
from collective.smsauth.pas.navigation import is_looked_at
from collective.smsauth.pas.navigation import is_speculative
from collective.smsauth.verification.results import Receipt
from collective.smsauth.verification.results import SendRefusal
from collective.smsauth.verification.results import Verdict
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from functools import cached_property
from plone.protect.interfaces import IDisableCSRFProtection
from plone.supermodel import model
from typing import Any
from z3c.form import button
from z3c.form.field import Fields
from zope import schema
from zope.interface import alsoProvides

_LETTERS = "letters"
_LENGTHS = {"recovery": recovery_codes.LENGTH, "prepared": prepared_code.LENGTH}
_KEYS_FOR_LETTERS = {
    "inputmode": "text",
    "autocomplete": "off",
    "autocapitalize": "characters",
    "spellcheck": "false",
}


class ITrust(model.Schema):
    """A choice that nobody makes for the member: it is not ticked beforehand."""

    trust = schema.Bool(
        title=_("label_trust", default="Don’t ask for a code on this browser for ${days} days"),
        description=_(
            "help_trust", default="Only on a device that nobody else uses. Your password is always asked for."
        ),
        default=False,
        required=False,
    )


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What the page asks for: title, paragraphs, and how the field is to be filled in. All words are message ids.

    ``is_sent`` tells a code that travels, so that there is something to wait for and to send again.
    """

    title: Any
    lead: list
    is_sent: bool = False
    takes_letters: bool = False
    help: Any = None
    keys: dict[str, str] = field(default_factory=dict)


class VerifyForm(PendingSignInForm, CodeForm):
    """``@@smsauth-verify``: the right code completes the pending sign-in, and may have this browser trusted."""

    lists = ("form.widgets.trust",)

    def __call__(self):
        """Return the page; nothing to a browser that fetches it in advance: looking at it may send a code."""
        if is_speculative(self.request):
            self.request.response.setHeader("Cache-Control", "no-store, private")
            self.request.response.setStatus(403)
            return ""
        return super().__call__()

    def update(self) -> None:
        """Find out whose sign-in is to be completed, and lead on whoever has nothing to do here."""
        self.subject = pending_member(self.request, answered=Purpose.SIGN_IN)
        is_spared = False
        if self.subject is None:
            is_spared = self._is_spared_by_trust()
        if self.subject is None and not is_spared:
            self.subject = self._of_session()
        self.has_form = self.subject is not None
        if self.subject is not None:
            self._lead_there(self.subject.pending)
        super().update()
        if self.subject is not None and self.subject.must_set_up:
            self.go("@@smsauth-setup")
        elif self.subject is None and not is_spared and self._is_done():
            self.go(self.goal)

    @property
    def prompt(self) -> Prompt:
        """What is asked for now."""
        if self.subject is None:
            return Prompt(title=channel_messages.title(self.channel), lead=self.way_out())
        if self._is_answered:
            return Prompt(title=channel_messages.title(self.channel), lead=[messages.RIGHT])
        if self._takes_letters:
            return self._prepared if self.subject.prepared is not None and not self._asks_letters else self._recovery
        failed = self.challenge is not None and DeliveryStatus(self.challenge.delivery).failed
        lead = [messages.NOT_ARRIVED] if failed else self._lead_of_sent
        return Prompt(title=channel_messages.title(self.channel), lead=lead, is_sent=True)

    @property
    def label(self):
        """Return the title: which code is asked for."""
        return self.prompt.title

    @property
    def channel(self) -> Channel:
        """The way that the last code took."""
        return self.route.channel if self.route else Channel.TEXT

    def updateFields(self) -> None:
        """Add the choice to trust this browser where the site and the member's groups and roles allow it."""
        super().updateFields()
        if self._offers_trust():
            self.fields += Fields(ITrust)

    def updateWidgets(self) -> None:
        """Ask for the code as the prompt says, and tell for how many days a browser is trusted."""
        super().updateWidgets()
        prompt, trust = self.prompt, self.widgets.get("trust")
        if prompt.help is not None:
            self.widgets["code"].description = prompt.help
        self.describe("code", **prompt.keys)
        if trust is not None:
            one, days = (
                _("label_trust_one", default="Don’t ask for a code on this browser for one day"),
                self.parts.policy.trust_days,
            )
            trust.label = messages.counted(one, ITrust["trust"].title, days, days=days)
            trust.updateTerms()

    def lead(self) -> list:
        """Return where the code is to be found."""
        return self.prompt.lead

    def notes(self) -> list:
        """Return what is to be known of the code that was sent, where one is asked for."""
        if not self.prompt.is_sent:
            return []
        facts = self.facts(self.subject.user_id, Purpose.SIGN_IN, self.challenge)
        return facts if self.challenge is not None or self._refusal is None else []

    @property
    def followed(self) -> Challenge | None:
        """The code that was sent, where one is asked for."""
        return self.challenge if self.prompt.is_sent else None

    def ways(self) -> list:
        """Return the other ways of sending a code, where the site sends any."""
        return super().ways() if self._sends_codes else []

    def links(self) -> list:
        """Return the ways on for those who cannot enter the code: between the two kinds of code, and why none comes, first."""
        if self._is_answered:
            return [self.link_to_sign_in()]
        if self.subject is None:
            return super().links()
        ways_out = [(self.url(LEAVE), _("link_cancel", default="Cancel"))]
        if not effective_user_id():
            problem = problem_of(self.subject, self.routes(), self.challenge)
            what = _("link_problem", default="What you can do now")
            ways_out = [*([(self.url("@@smsauth-problem"), what)] if problem else []), *super().links()]
        if not self._takes_letters:
            with_letters = self.url(f"@@{self.__name__}?{_LETTERS}=1")
            return [(with_letters, _("link_recovery_code", default="Use a recovery code")), *ways_out]
        if self._asks_letters and self._sends_codes:
            return [
                (self.url(f"@@{self.__name__}"), _("link_sent_code", default="Use a code that is sent to you")),
                *ways_out,
            ]
        return ways_out

    def kept(self) -> list:
        """Return what the form carries on: that letters were asked for, and where it is to lead once the sign-in is over."""
        letters = [{"name": _LETTERS, "value": "1"}] if self._asks_letters else []
        return [*letters, *field_of(self.goal)]

    def render(self) -> str:
        """Offer to send a code only where the site sends any, and one is needed."""
        if not self._sends_codes:
            self.actions.pop("resend", None)
        return super().render()

    @button.buttonAndHandler(_("button_verify", default="Verify"), name="verify")
    def handle_verify(self, action):
        """Judge the code; the right one signs in."""
        data, errors = self.extractData()
        if errors or self.subject is None:
            return
        pending = self.subject.pending
        verdict = self.parts.verifier.verify_sign_in(pending.user_id, data["code"], pending=pending.token)
        self.hear(verdict)
        if not verdict.accepted:
            self.explain(action, verdict)
            return
        if data.get("trust") and self._offers_trust():
            trusted_browsers.remember(self.request, pending.user_id, verdict.proof)
        sign_in.complete(self.context, self.request, pending, verdict.proof, verdict.session)

    @button.buttonAndHandler(_("button_resend", default="Send a new code"), name="resend")
    def handle_resend(self, action):
        """Send a new code for the pending sign-in."""
        self.send_again(action)

    @button.buttonAndHandler(_("button_another", default="Send it another way"), name="another")
    def handle_another(self, action):
        """Send a new code the way that was chosen."""
        self.send_another(action)

    def words_for(self, verdict: Verdict):
        """Return why a code was not accepted, in words; codes with letters have some of their own."""
        length, letters = self.parts.policy.code_length, self._takes_letters
        return messages.of_verdict(verdict, length=length, newest=self.followed, letters=letters)

    def acknowledge(self, action, receipt: Receipt) -> None:
        """Say what came of asking for another code, and where it will come from now; ask for digits once one was sent."""
        if receipt.sent:
            self.request.form.pop(_LETTERS, None)
        super().acknowledge(action, receipt)
        self.updateWidgets()

    @property
    def _lead_of_sent(self) -> list:
        if self.challenge is None:
            refusal = self._refusal
            return [messages.of_refusal(refusal[0], wait=refusal[1]) if refusal else messages.NOT_SENT]
        sent = [channel_messages.lead(self.route, self.numbers)] if self.route else []
        return [*sent, *channel_messages.reference(self.challenge)]

    @property
    def _refusal(self) -> tuple[SendRefusal, int] | None:
        # Why no code can be had now, and for how many seconds; a short wait is told below the field.
        here = client_address(self.request)
        found = self.parts.verifier.refusal(self.subject.user_id, Purpose.SIGN_IN, self.route, client_address=here)
        return None if found is not None and found[0] is SendRefusal.TOO_SOON else found

    @cached_property
    def _recovery(self) -> Prompt:
        how = _(
            "lead_recovery_code",
            default="To log in, enter one of the recovery codes that you printed or saved. Each works once. Small "
            "letters, spaces and dashes make no difference.",
        )
        return Prompt(
            title=_("title_recovery_code", default="Enter a recovery code"),
            lead=[how] if self.parts.policy.generate_codes else [messages.NO_GENERATION, how],
            takes_letters=True,
            help=messages.fill(_HELP, **_LENGTHS),
            keys=_KEYS_FOR_LETTERS,
        )

    @cached_property
    def _prepared(self) -> Prompt:
        how = _(
            "lead_prepared",
            default="To log in, enter the code that an administrator of the site gave you. Nothing was sent to your "
            "phone. A recovery code works, too.",
        )
        return Prompt(
            title=_("title_prepared", default="Enter the code that was prepared for you"),
            lead=[how],
            takes_letters=True,
            help=messages.fill(_HELP, **_LENGTHS),
            keys=_KEYS_FOR_LETTERS,
        )

    @property
    def _is_answered(self) -> bool:
        # The code was right just now, and what followed was lost: the same code has to be sent once more.
        return self.subject is not None and self.subject.pending.answered

    @property
    def _asks_letters(self) -> bool:
        return bool(self.request.form.get(_LETTERS))

    @property
    def _takes_letters(self) -> bool:
        if self.subject is None or self._is_answered:
            return False
        challenge, policy = self.challenge, self.parts.policy
        is_sent = challenge is not None and challenge.is_open(now=self.parts.now, max_tries=policy.max_tries)
        return self._asks_letters or (not is_sent and (self.subject.prepared is not None or not policy.generate_codes))

    @property
    def _sends_codes(self) -> bool:
        return self.parts.policy.generate_codes and not self._is_answered

    def _offers_trust(self) -> bool:
        # Not to a member in effect, who is asked for a code because an area demands it: that is no sign-in.
        if self.subject is None or effective_user_id():
            return False
        return trusted_browsers.is_offered(self.request, self.subject.user_id)

    # Sessions that owe a code: a ticket without proof (from before, from SSO, from elsewhere), and one that an area asks for more

    def _is_spared_by_trust(self) -> bool:
        """Sign in the owner of a ticket from elsewhere in whose browser the code is not asked for; tell whether that was done."""
        user_id = self._owing
        if not user_id or not trusted_browsers.is_from_elsewhere(self.request, user_id):
            return False
        if not trusted_browsers.sign_in(self.context, self.request, user_id, self.request.form.get("came_from")):
            return False
        alsoProvides(self.request, IDisableCSRFProtection)
        return True

    def _of_session(self) -> Subject | None:
        """Return the owner of the session of this request if they owe a code, with a sign-in that is pending or begins now."""
        if self._owing:
            return self._begin(self._owing)
        subject = own_member_in_effect(self.request)
        if subject is None or self.parts.gate.has_given(subject.user_id):
            return None
        pending = pending_sign_in.read(self.request, answered=Purpose.SIGN_IN)
        if pending is not None and pending.user_id == subject.user_id:
            return with_pending(self.request, pending)
        return self._begin(subject.user_id) if self._asked_by_link else None

    def _lead_there(self, pending: PendingSignIn) -> None:
        # Who is led here from another page than before wants to go on to that one.
        if self._asked_by_link and self.goal != sign_in.inside(pending.came_from):
            told = pending_sign_in.remember(self.request, replace(pending, came_from=self.goal))
            self.subject = with_pending(self.request, told)

    @property
    def _owing(self) -> str:
        """The user id whose ticket owes a code, '' if there is none, or the page was not asked for by a link."""
        owed = [held.user_id for held in self.parts.gate.withheld if held.by_ticket and not held.is_ended]
        return owed[0] if owed and not effective_user_id() and self._asked_by_link else ""

    def _begin(self, user_id: str) -> Subject:
        alsoProvides(self.request, IDisableCSRFProtection)
        came_from = self.request.form.get("came_from")
        pending, receipt = sign_in.begin(self.request, user_id, came_from, client_address(self.request))
        subject = with_pending(self.request, pending)
        if receipt.refusal is not None and subject.code is not None:
            self.status = messages.of_refusal(receipt.refusal, wait=receipt.wait)
        return subject

    def _is_done(self) -> bool:
        # Also where the form was sent twice, and the session of the first answer has been used.
        user_id, is_sent = effective_user_id(), self._is_called and self.request.get("REQUEST_METHOD") == "POST"
        if not user_id or not (is_sent or self._asked_by_link):
            return False
        pending = pending_sign_in.read(self.request)
        return pending is None or pending.user_id == user_id

    @property
    def _asked_by_link(self) -> bool:
        return self._is_called and is_looked_at(self.request)


_HELP = _(
    "help_letters",
    default="${recovery} letters and digits, or ${prepared} if an administrator prepared the code for you.",
)
