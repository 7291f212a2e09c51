"""The ways to Plone's e-mail for a new password, which the code guards where the site asks for one."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.browser.forms.plain_input import drop_what_breaks_plone
from collective.smsauth.browser.forms.plain_input import scrub
from collective.smsauth.flows import password_access
from collective.smsauth.interfaces import ISMSAuthLayer
from plone import api
from Products.CMFPlone.browser.login import login_help
from Products.CMFPlone.browser.login import mail_password
from Products.CMFPlone.browser.login import password_reset
from Products.CMFPlone.RegistrationTool import RegistrationTool
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from zope.component import adapter
from zope.component import getMultiAdapter
from zope.i18n import translate
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse
from zope.publisher.interfaces import NotFound
from ZPublisher.BaseRequest import DefaultPublishTraverse

import html
import os

_STOCK = os.path.dirname(password_reset.__file__)
_PAGE = "@@smsauth-access"


class GuardedMail(HasParts, password_reset.PasswordResetToolView):
    """``mail_password_template``: Plone's e-mail for a new password, written only after the code where the site asks for one.

    Every way to that e-mail leads through here: pages, REST, and the tool, which anybody may call by its address.
    """

    index = ViewPageTemplateFile("templates/mail_password_template.pt", _STOCK)

    def __call__(self, **options):
        """Return the e-mail.

        :raises Unauthorized: no code was given, and whoever asks manages no users.
        :raises NotFound: it is asked for by its address, for no member.
        """
        drop_what_breaks_plone(self.request)
        if password_access.is_guarded(self.request):
            raise password_access.code_owed()
        if "member" not in options:
            raise NotFound(self.context, self.__name__, self.request)
        return self.index(**options)


class MailPasswordForm(HasParts, BrowserView):
    """``mail_password_form``: Plone's own page, or the way to the access-code page."""

    index = ViewPageTemplateFile("templates/mail_password_form.pt", _STOCK)

    def __call__(self):
        """Return the page, or lead on."""
        scrub(self.request)
        return _lead_on(self.request) if self.parts.policy.access_page else self.index()


class MailPassword(HasParts, mail_password.MailPasswordView):
    """``mail_password``: what that page is sent to."""

    def __call__(self):
        """Have the e-mail sent, or lead on."""
        scrub(self.request)
        return _lead_on(self.request) if self.parts.policy.access_page else super().__call__()


class MailPasswordOfTool(HasParts, BrowserView):
    """``portal_registration/mailPassword``: stands before the method of the tool, which tells members from others before it fails."""

    def __call__(self, login="", REQUEST=None, immediate=False):
        """Have the e-mail sent.

        :raises Unauthorized: no code was given, and whoever asks manages no users.
        """
        scrub(self.request)
        if password_access.is_guarded(self.request):
            raise password_access.code_owed()
        return self.context.mailPassword(login, self.request)


@adapter(RegistrationTool, ISMSAuthLayer)
@implementer(IPublishTraverse)
class RegistrationToolTraverser(DefaultPublishTraverse):
    """Hands out the view of that name in place of the method."""

    def publishTraverse(self, request, name):
        """Return what is called ``name``."""
        if name == "mailPassword":
            return getMultiAdapter((self.context, request), name=name)
        return super().publishTraverse(request, name)


class LoginHelp(HasParts, login_help.LoginHelpForm):
    """``login-help``: Plone's own page, with a link in place of the form for a new password."""

    index = ViewPageTemplateFile("templates/login_help.pt", _STOCK)

    def can_reset_password(self) -> bool:
        """Tell whether Plone may ask for the login by itself."""
        return not self.parts.policy.access_page and super().can_reset_password()

    def update(self) -> None:
        """Put the link first."""
        scrub(self.request)
        super().update()
        if self.parts.policy.access_page:
            self.subforms = [_Link(self.request), *self.subforms]


class _Link:
    """Stands in for a form that is a link."""

    def __init__(self, request) -> None:
        self._request = request

    def render(self) -> str:
        """Return the link."""
        words = translate(_("title_access", default="Forgot your password?"), context=self._request)
        return f'<a href="{html.escape(_address())}">{html.escape(words)}</a>'


def _address() -> str:
    return f"{api.portal.get_navigation_root(wiring.current().site).absolute_url()}/{_PAGE}"


def _lead_on(request) -> str:
    request.response.redirect(_address())
    return ""
