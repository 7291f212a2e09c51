"""Plone's pages of a profile: a member changes their own e-mail address once they have entered a code in this session.

Here they are told so before they type, and led to the code form and back. What refuses a change is ``pas.email_address``.
"""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.browser.forms.plain_input import scrub_text
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.pas import email_address
from functools import cached_property
from plone import api
from plone.app.users.browser.account import AccountPanelForm
from plone.app.users.browser.userdatapanel import UserDataConfiglet
from plone.app.users.browser.userdatapanel import UserDataPanel
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from urllib.parse import urlencode
from z3c.form import button
from z3c.form import form
from z3c.form.interfaces import DISPLAY_MODE
from zope.i18n import translate
from zope.schema.interfaces import IText

import os
import plone.app.users.browser

_STOCK = os.path.dirname(plone.app.users.browser.__file__)
_FIELD = "email"


class ProtectsEmail(HasParts):
    """A mix-in for both pages: without a second step in this session the address is shown, and not asked for."""

    form.extends(AccountPanelForm)

    @cached_property
    def is_locked(self) -> bool:
        """Whether the profile is that of the member in effect, and a code has to come before another address."""
        user_id = effective_user_id()
        is_own = self.request.form.get("userid") in (None, "", user_id)
        return is_own and email_address.is_locked(self.parts.gate, user_id)

    @property
    def description(self):
        """Return Plone's description, and why the address cannot be changed now."""
        stock = translate(super().description, context=self.request)
        return f"{stock}. {self._why()}" if self.is_locked else stock

    def __call__(self):
        """Return the page, or lead a form with another address in it to the code form: nothing of it is saved."""
        scrub_text(self.request, ("userid", f"form.widgets.{_FIELD}"))
        if self.is_locked and "form.buttons.save" in self.request.form and self._is_other_address():
            return self._lead_on(self._why())
        return super().__call__()

    def updateFields(self) -> None:
        """Show the address only, where it cannot be changed; take no list for a text."""
        super().updateFields()
        texts = (name for name in self.fields if IText.providedBy(self.fields[name].field))
        scrub_text(self.request, [f"form.widgets.{name}" for name in texts])
        if self.is_locked and _FIELD in self.fields:
            self.fields[_FIELD].mode = DISPLAY_MODE

    @button.buttonAndHandler(
        _("button_prove", default="Enter a code to change your e-mail address"),
        name="prove",
        condition=lambda page: page.is_locked,
    )
    def handle_prove(self, action):
        """Lead to the code form, and back."""
        self._lead_on("")

    def _is_other_address(self) -> bool:
        given = self.request.form.get(f"form.widgets.{_FIELD}")
        return given is not None and given != wiring.email_of(effective_user_id())

    def _lead_on(self, why: str) -> str:
        if why:
            api.portal.show_message(why, self.request, type="warning")
        query = urlencode({"came_from": self.action()})
        self.request.response.redirect(f"{self.context.absolute_url()}/@@smsauth-verify?{query}")
        return ""

    def _why(self) -> str:
        words = _(
            "help_email_locked",
            default="To change your e-mail address, enter a code first: your phone number can be changed with its help. Nothing else "
            "needs one.",
        )
        return translate(words, context=self.request)


class PersonalInformation(ProtectsEmail, UserDataPanel):
    """``@@personal-information``: the member's own profile."""

    template = ViewPageTemplateFile("account-panel.pt", _STOCK)


class UserInformation(ProtectsEmail, UserDataConfiglet):
    """``@@user-information``: the profile of any member, for administrators, who may find their own."""

    template = ViewPageTemplateFile("account-configlet.pt", _STOCK)
