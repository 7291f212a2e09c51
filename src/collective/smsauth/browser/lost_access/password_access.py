"""The two pages of a forgotten password where the site asks for a code first: whose, and the code. They are the same for every login."""

from collective.smsauth import _
from collective.smsauth.browser.forms.code import CodeForm
from collective.smsauth.browser.forms.step import StepForm
from collective.smsauth.domain import codes
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.flows import cookies
from collective.smsauth.flows import password_access
from collective.smsauth.flows.messages import COOKIES
from collective.smsauth.flows.messages import counted
from collective.smsauth.flows.password_access import Visit
from collective.smsauth.flows.requester import effective_user_id
from plone.supermodel import model
from z3c.form import button
from zExceptions import NotFound
from zope import schema

COOKIE = "smsauth_access"


class IAccess(model.Schema):
    """Whose password was forgotten."""

    username = schema.TextLine(
        title=_("label_username", default="Username"),
        description=_("help_username", default="What you type to log in: your username or e-mail address."),
        max_length=200,
        required=True,
    )


class AccessPage(StepForm):
    """Base of both pages: they are there only where the site wants them."""

    def __call__(self):
        """Return the page.

        :raises NotFound: the site does not ask for a code before a new password.
        """
        if not self.parts.policy.access_page:
            raise NotFound(self.__name__)
        return super().__call__()

    def links(self) -> list:
        """Return the way back."""
        if effective_user_id():
            return [(self.url("logout"), _("link_sign_out", default="Log out"))]
        return [(self.url("login"), _("link_back_to_login", default="Back to the login form"))]


class AccessForm(AccessPage):
    """``@@smsauth-access``: asks for a login, and leads to the page for the code, whether or not there is such a login."""

    schema = IAccess
    label = _("title_access", default="Forgot your password?")

    def update(self) -> None:
        """Nobody who is signed in has forgotten it."""
        self.has_form = not effective_user_id()
        super().update()

    def updateWidgets(self) -> None:
        """Let browsers fill in what they know."""
        super().updateWidgets()
        self.describe("username", autocomplete="username", autocapitalize="off")

    def lead(self) -> list:
        """Return how it goes."""
        if not self.has_form:
            return [_("lead_access_signed_in", default="You are logged in. Log out first.")]
        return [
            _(
                "lead_access",
                default="Enter your username. A code is then sent to your phone. Once you have entered it, you get an "
                "e-mail with a link to choose a new password. If you have not set up a phone, ask the "
                "administrators of the site.",
            )
        ]

    @button.buttonAndHandler(_("button_submit", default="Continue"), name="submit")
    def handle_submit(self, action):
        """Have a code sent to whom it may concern, after the answer: that is the same for all, and as fast."""
        data, errors = self.extractData()
        if errors or not self.has_form:
            return
        login = data["username"].strip()
        # sent twice, the form begins one attempt: else the code of the first would be none for a browser that took the cookie of the second
        secret = codes.digest(self.parts.keys("signing")[0], Purpose.ACCESS.value, self.shown_as, login)
        visit = password_access.begin(self.request, login, secret)
        cookies.put(self.request, cookies.names(self.request, COOKIE), visit)
        self.go("@@smsauth-access-code")


class AccessCodeForm(AccessPage, CodeForm):
    """``@@smsauth-access-code``: the right code has Plone's own e-mail for a new password sent. It does not sign in."""

    _visit: Visit | None = None
    _is_done = False

    @property
    def label(self):
        """Return the title, which asks for a code only where one can be entered."""
        return _("title_verify", default="Enter the code from your phone") if self.has_form else AccessForm.label

    @property
    def token_owner(self) -> str:
        """The visit that the form belongs to."""
        return self._visit.name if self._visit else ""

    def update(self) -> None:
        """Read which visit this is."""
        carried = cookies.read(self.request, cookies.names(self.request, COOKIE))
        self._visit = password_access.visit(self.request, carried)
        self.has_form = self._visit is not None and not effective_user_id()
        super().update()

    @property
    def seconds(self) -> int:
        """For how many seconds a code can come, as far as the visit tells: whether there is one must not show."""
        return max(0, int(self._visit.expires - self.parts.now)) if self.has_form and self._visit else 0

    def lead(self) -> list:
        """Return what happens now."""
        if self._is_done:
            return [
                _(
                    "lead_access_done",
                    default="The code was right. An e-mail with a link to choose a new password is on its way to the address "
                    "of your account.",
                )
            ]
        if not self.has_form:
            return [
                _(
                    "lead_access_none",
                    default="There is no code to enter: it took too long, or the code was used already. Please start again.",
                ),
                COOKIES,
            ]
        sent = _(
            "lead_access_code",
            default="If this is an account with two-step verification, a code is on its way to its phone. It works for another "
            "${minutes} minutes.",
        )
        help_desk = _(
            "lead_access_help",
            default="Nothing came? Wait a few minutes before you ask again, or ask the administrators of the site.",
        )
        last = _(
            "lead_access_code_one",
            default="If this is an account with two-step verification, a code is on its way to its phone. It works for another "
            "minute.",
        )
        minutes = max(1, round((self._visit.expires - self.parts.now) / 60))
        return [counted(last, sent, minutes, minutes=minutes), help_desk]

    def links(self) -> list:
        """Return the way to another attempt, and back."""
        again = (self.url("@@smsauth-access"), _("link_access_again", default="Ask for a new code"))
        return [again, *super().links()] if not effective_user_id() and not self._is_done else super().links()

    @button.buttonAndHandler(_("button_verify", default="Verify"), name="verify")
    def handle_verify(self, action):
        """Judge the code; what is to be counted of a member is counted after the answer."""
        data, errors = self.extractData()
        if errors or not self.has_form:
            return
        verdict = password_access.answer(self.request, self._visit, data["code"])
        self.hear(verdict)
        if verdict.accepted:
            cookies.take_back(self.request, cookies.names(self.request, COOKIE))
            self._is_done, self.has_form = True, False
        else:
            self.explain(action, verdict)
