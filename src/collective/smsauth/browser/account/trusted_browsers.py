"""Where a member sees the browsers that they trust, and forgets one or all."""

from collective.smsauth import _
from collective.smsauth.browser.forms.step import IButtons
from collective.smsauth.browser.forms.step import StepForm
from collective.smsauth.domain.session import TrustedBrowser
from collective.smsauth.flows import trusted_browsers
from collective.smsauth.flows.requester import browser_of
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.subject import member_in_effect
from collective.smsauth.flows.subject import Subject
from dataclasses import dataclass
from DateTime import DateTime
from plone import api
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from z3c.form import button
from zope.i18n import translate

_BUTTON = "form.buttons.forget"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One trusted browser as it is shown; ``first``, ``last`` and ``until`` are localised."""

    name: str
    browser: str
    first: str
    last: str
    until: str
    is_this: bool


class BrowsersForm(StepForm):
    """``@@smsauth-browsers``: each with a button, and one for all."""

    schema = IButtons
    template = ViewPageTemplateFile("templates/trusted_browsers.pt")
    label = _("title_browsers", default="Trusted browsers")
    subject: Subject | None = None

    def update(self) -> None:
        """Find out whose browsers are to be shown."""
        self.subject = member_in_effect(self.request)
        self.has_form = bool(self.lines())
        super().update()

    def lines(self) -> list[Line]:
        """Return the browsers of the member, the last used one first."""
        if self.subject is None:
            return []
        user_id = self.subject.user_id
        here = trusted_browsers.name_of_this(self.request, user_id)
        found = self.parts.trusted_browsers.browsers(user_id).items()
        return [self._line(name, browser, is_this=name == here) for name, browser in found]

    def lead(self) -> list:
        """Return what a trusted browser is, or that there is none."""
        if self.subject is None:
            return [_("lead_setup_anonymous", default="Please log in first.")]
        if not self.has_form:
            return [
                _(
                    "lead_browsers_none",
                    default="You have no trusted browsers: you are asked for a code whenever you log in.",
                )
            ]
        return [
            _(
                "lead_browsers",
                default="On these browsers your password is enough. Forget those that you no longer use, or do not know: "
                "a code is asked for there again, and sessions that were opened there end.",
            )
        ]

    def links(self) -> list:
        """Return the way back."""
        if not effective_user_id():
            return [self.link_to_sign_in()]
        return [(self.url("@@smsauth-setup"), _("link_setup", default="Back to two-step verification"))]

    @button.buttonAndHandler(_("button_forget", default="Forget"), name="forget")
    def handle_forget(self, action):
        """Forget the browser that the button belongs to."""
        name = self.request.form.get(_BUTTON, "")
        # one that is not there was forgotten already: the form was sent twice
        if name in {line.name for line in self.lines()}:
            trusted_browsers.forget_kept(self.request, self.subject.user_id, name)
        self.go("@@smsauth-browsers", _("message_browser_forgotten", default="The browser was forgotten."))

    @button.buttonAndHandler(_("button_forget_all", default="Forget all trusted browsers"), name="forget_all")
    def handle_forget_all(self, action):
        """Forget all of them."""
        if self.subject is None:
            return
        trusted_browsers.forget_kept(self.request, self.subject.user_id)
        self.go("@@smsauth-browsers", _("message_browsers_forgotten", default="All trusted browsers were forgotten."))

    def _line(self, name: str, browser: TrustedBrowser, *, is_this: bool) -> Line:
        first, last, until = map(_date, (browser.issued, browser.used, browser.expires))
        words = translate(browser_of(browser.browser), context=self.request)
        return Line(name=name, browser=words, first=first, last=last, until=until, is_this=is_this)


def _date(seconds: float) -> str:
    return api.portal.get_localized_time(datetime=DateTime(seconds), long_format=True)
