"""The two pages of a lost phone: asking for the reset of the number, and the landing page of the signed link."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.background import after_answer
from collective.smsauth.browser import address
from collective.smsauth.browser import deliverystatus
from collective.smsauth.browser import messages
from collective.smsauth.browser import resetlink
from collective.smsauth.browser.address import AddressKind
from collective.smsauth.browser.codeform import CodeForm
from collective.smsauth.browser.resetlink import ResetLink
from collective.smsauth.browser.step import client_address
from collective.smsauth.browser.step import StepForm
from collective.smsauth.domain import phone
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.contact import Channel
from collective.smsauth.domain.session import name_of
from collective.smsauth.issuing import route_to
from functools import partial
from plone.supermodel import model
from z3c.form import button
from zope import schema


class IResetRequest(model.Schema):
    """Whose number, and the new number."""

    username = schema.TextLine(
        title=_("label_username", default="User name"),
        description=_("help_username", default="What you type to sign in: your user name or e-mail address."),
        max_length=200,
        required=True,
    )
    mobile_number = schema.TextLine(
        title=_("label_new_number", default="New mobile phone number"),
        description=_("help_number", default="With + and the country code, such as +31 6 12345678."),
        max_length=100,
        required=True,
    )


class ResetRequestForm(StepForm):
    """``@@smsauth-reset-request``: answers the same whether or not there is such an account."""

    schema = IResetRequest
    label = _("title_reset_request", default="Lost your phone?")
    _is_done = False

    def updateWidgets(self) -> None:
        """Let browsers fill in what they know."""
        super().updateWidgets()
        self.describe("username", autocomplete="username", autocapitalize="off")
        self.describe("mobile_number", type="tel", autocomplete="tel")

    def lead(self) -> list:
        """Return how a reset goes, or what to do now."""
        if self._is_done:
            return [
                _(
                    "lead_reset_done",
                    default="If this is an account with two-step verification, an e-mail with a link is on its way to its address, "
                    "and a text message with a code to the new phone.",
                ),
                _(
                    "lead_reset_next",
                    default="Open the link within ${minutes} minutes and enter the code there. Nothing came? "
                    "Check what you typed and wait a few minutes before you ask again.",
                    mapping={"minutes": str(wiring.policy().reset_link_lifetime // 60)},
                ),
            ]
        return [
            _(
                "lead_reset_request",
                default="Have your sign-in codes sent to another phone. You need access to the e-mail address of your account "
                "and to the new phone.",
            )
        ]

    def links(self) -> list:
        """Return the way back."""
        return [(self.url("login"), _("link_back_to_login", default="Back to the sign-in"))]

    @button.buttonAndHandler(_("button_submit", default="Continue"), name="submit")
    def handle_submit(self, action):
        """Have link and code sent to whom they may concern, after the answer: that is the same for all, and as fast."""
        data, errors = self.extractData()
        if errors:
            return
        number, problem = address.read(data["mobile_number"], AddressKind.NUMBER)
        if problem is not None:
            self.refuse(action, problem, "mobile_number")
            return
        send = partial(resetlink.send, data["username"], number, address=client_address(self.request))
        after_answer(wiring.site(), self.request, send)
        self._is_done = True
        self.has_form = False


class ResetForm(CodeForm):
    """``@@smsauth-reset``: the right code on the page of an open link puts the new number in place. It does not sign in."""

    label = _("title_reset", default="Confirm your new phone number")
    _link: ResetLink | None = None

    @property
    def subject(self) -> str:
        """The link that the form belongs to."""
        return name_of(self._link.signature) if self._link else ""

    def update(self) -> None:
        """Read the link."""
        again = self.request.get("REQUEST_METHOD") == "POST"
        self._link = resetlink.read(self.request.form.get(resetlink.SIGNATURE), again=again)
        self.has_form = self._link is not None and not self._link.is_foreign
        super().update()

    @property
    def channel(self) -> Channel:
        """The way that the code took."""
        route = route_to(self._link.number, wiring.policy()) if self._link else None
        return route.channel if route else Channel.TEXT

    def kept(self) -> list:
        """Return what the form carries on."""
        return [{"name": resetlink.SIGNATURE, "value": self._link.signature}] if self._link else []

    @property
    def followed(self) -> Challenge | None:
        """The code of the link."""
        return self._link.challenge if self._link is not None and self.has_form else None

    def status_address(self, challenge: Challenge) -> str:
        """Return where the page asks what became of its code: the link tells whose it is."""
        return deliverystatus.address(self.url(), challenge, **{resetlink.SIGNATURE: self._link.signature})

    def lead(self) -> list:
        """Return where the code went, or what is wrong with the link."""
        if self._link is None:
            return [
                _(
                    "lead_reset_invalid",
                    default="This link does not work: it is too old, was used already, a newer one was asked for, or it is incomplete. "
                    "Nothing has been changed.",
                )
            ]
        if self._link.is_foreign:
            return [_("lead_verify_other", default="You are signed in with another account. Sign out first.")]
        to = _("lead_reset", default="Enter the code that was sent to the phone number ending in ${digits}.")
        return [messages.fill(to, digits=phone.last_digits(self._link.number))]

    def links(self) -> list:
        """Return the way to another attempt, or out."""
        if self._link is not None and self._link.is_foreign:
            return [(self.url("logout"), _("link_sign_out", default="Sign out"))]
        return [(self.url("@@smsauth-reset-request"), _("link_reset_again", default="Ask for a new link and code"))]

    @button.buttonAndHandler(_("button_verify", default="Verify"), name="verify")
    def handle_verify(self, action):
        """Judge the code; the right one moves the codes to the new number."""
        data, errors = self.extractData()
        if errors or not self.has_form:
            return
        link = self._link
        verdict = wiring.verifier().verify_reset(
            link.user_id, data["code"], signature=link.signature, link_id=link.link_id
        )
        self.hear(verdict)
        if verdict.accepted:
            done = _(
                "message_reset",
                default="Your phone number was changed. Please sign in with your password and a code to the new phone.",
            )
            self.go("login", done)
        else:
            self.explain(action, verdict)
