"""The two pages of a lost phone: asking for the reset of the number, and the landing page of the signed link."""

from collective.smsauth import _
from collective.smsauth.browser.forms import address_field
from collective.smsauth.browser.forms.address_field import AddressKind
from collective.smsauth.browser.forms.code import CodeForm
from collective.smsauth.browser.forms.step import StepForm
from collective.smsauth.domain import phone
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.session import hashed
from collective.smsauth.flows import delivery_messages
from collective.smsauth.flows import messages
from collective.smsauth.flows import phone_reset
from collective.smsauth.flows.phone_reset import ResetLink
from collective.smsauth.verification.issuer import route_to
from plone.supermodel import model
from z3c.form import button
from zope import schema


class IResetRequest(model.Schema):
    """Whose number, and the new number."""

    username = schema.TextLine(
        title=_("label_username", default="Username"),
        description=_("help_username", default="What you type to log in: your username or e-mail address."),
        max_length=200,
        required=True,
    )
    mobile_number = schema.TextLine(
        title=_("label_new_number", default="New mobile phone number"),
        max_length=100,
        required=True,
    )
    country = address_field.country_choice()


class ResetRequestForm(StepForm):
    """``@@smsauth-reset-request``: answers the same whether or not there is such an account."""

    schema = IResetRequest
    lists = (address_field.COUNTRY,)
    label = _("title_reset_request", default="Lost your phone?")
    _is_done = False

    def updateWidgets(self) -> None:
        """Let browsers fill in what they know."""
        super().updateWidgets()
        self.describe("username", autocomplete="username", autocapitalize="off")
        address_field.prepare(self, "mobile_number", AddressKind.NUMBER, "")
        self.widgets["mobile_number"].label = IResetRequest["mobile_number"].title

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
                    mapping={"minutes": str(self.parts.policy.reset_link_lifetime // 60)},
                ),
                *self._which_address(),
            ]
        return [
            _(
                "lead_reset_request",
                default="Have your login codes sent to another phone. You need access to the e-mail address of your "
                "account and to the new phone.",
            ),
            *self._which_address(),
        ]

    def _which_address(self) -> list:
        # Said to everybody, before and after: so it tells nothing of any account.
        hours = self.parts.policy.reset_email_hours
        if not hours:
            return []
        words = _(
            "lead_reset_address",
            default="For your safety, the link goes only to an e-mail address that you have verified, or that was in your profile "
            "unchanged for ${hours} hours. If yours is newer, wait, or ask the administrators of the site.",
        )
        one = _(
            "lead_reset_address_one",
            default="For your safety, the link goes only to an e-mail address that you have verified, or that was in your profile "
            "unchanged for an hour. If yours is newer, wait, or ask the administrators of the site.",
        )
        return [messages.counted(one, words, hours, hours=hours)]

    def links(self) -> list:
        """Return the way back."""
        return [(self.url("login"), _("link_back_to_login", default="Back to the login form"))]

    @button.buttonAndHandler(_("button_submit", default="Continue"), name="submit")
    def handle_submit(self, action):
        """Have link and code sent to whom they may concern, after the answer: that is the same for all, and as fast."""
        data, errors = self.extractData()
        if errors:
            return
        number, problem = address_field.read(
            data["mobile_number"], AddressKind.NUMBER, self.parts.policy, data.get("country")
        )
        if problem is not None:
            self.refuse(action, problem, "mobile_number")
            return
        phone_reset.ask(self.request, data["username"], number)
        self._is_done = True
        self.has_form = False


class ResetForm(CodeForm):
    """``@@smsauth-reset``: the right code on the page of an open link puts the new number in place. It does not sign in."""

    label = _("title_reset", default="Verify your new phone number")
    _link: ResetLink | None = None

    @property
    def token_owner(self) -> str:
        """The link that the form belongs to."""
        return hashed(self._link.signature) if self._link else ""

    def update(self) -> None:
        """Read the link."""
        again = self.request.get("REQUEST_METHOD") == "POST"
        self._link = phone_reset.read(self.request.form.get(phone_reset.SIGNATURE), again=again)
        self.has_form = self._link is not None and not self._link.is_foreign
        super().update()

    @property
    def channel(self) -> Channel:
        """The way that the code took."""
        route = route_to(self._link.number, self.parts.policy) if self._link else None
        return route.channel if route else Channel.TEXT

    def kept(self) -> list:
        """Return what the form carries on."""
        return [{"name": phone_reset.SIGNATURE, "value": self._link.signature}] if self._link else []

    @property
    def followed(self) -> Challenge | None:
        """The code of the link."""
        return self._link.challenge if self._link is not None and self.has_form else None

    def status_url(self, challenge: Challenge) -> str:
        """Return where the page asks what became of its code: the link tells whose it is."""
        return delivery_messages.status_url(self.url(), challenge, **{phone_reset.SIGNATURE: self._link.signature})

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
            return [_("lead_verify_other", default="You are logged in with another account. Log out first.")]
        if self.has_failed:
            return [messages.NOT_ARRIVED]
        to = _("lead_reset", default="Enter the code that was sent to the phone number ending in ${digits}.")
        return [messages.fill(to, digits=phone.last_digits(self._link.number))]

    def links(self) -> list:
        """Return the way to another attempt, or out."""
        if self._link is not None and self._link.is_foreign:
            return [(self.url("logout"), _("link_sign_out", default="Log out"))]
        return [(self.url("@@smsauth-reset-request"), _("link_reset_again", default="Ask for a new link and code"))]

    @button.buttonAndHandler(_("button_verify", default="Verify"), name="verify")
    def handle_verify(self, action):
        """Judge the code; the right one moves the codes to the new number."""
        data, errors = self.extractData()
        if errors or not self.has_form:
            return
        link = self._link
        verdict = self.parts.verifier.verify_reset(
            link.user_id, data["code"], signature=link.signature, link_id=link.link_id
        )
        self.hear(verdict)
        if verdict.accepted:
            done = _(
                "message_reset",
                default="Your phone number was changed. Please log in with your password and a code to the new phone.",
            )
            self.go("login", done)
        else:
            self.explain(action, verdict)
