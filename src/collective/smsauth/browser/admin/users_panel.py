"""Plone's panel of users with one more column: how two-step verification of each stands.

Plone's template has no slot for it, and differs from one Plone to the next. So it is rendered as it is, and a cell is put behind the first
one of each row. Where rows look different, the panel is Plone's.
"""

from collective.smsauth import _
from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.contact_points import unproved_of
from html import escape
from html import unescape
from Products.CMFPlone.controlpanel import browser
from Products.CMFPlone.controlpanel.browser.usergroups_usersoverview import UsersOverviewControlPanel
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from zope.i18n import translate

import os
import re

_STOCK = os.path.dirname(browser.__file__)
#: The first cell of a row ends with a hidden field that holds the user id.
_ROW = re.compile(r'<input\b[^>]*\bname="users\.id:records"[^>]*>\s*</td>')
_USER_ID = re.compile(r'\bvalue="([^"]*)"')
#: The first header of the table.
_HEADER = re.compile(r"<thead\b[^>]*>\s*<tr\b[^>]*>\s*<th\b.*?</th>", re.DOTALL)
_ON = _("panel_on", default="on")
_OFF = _("panel_off", default="off")
_UNPROVED = _("panel_unproved", default="off; number not verified")


class UsersPanel(HasParts, UsersOverviewControlPanel):
    """``@@usergroup-userprefs``."""

    index = ViewPageTemplateFile("usergroups_usersoverview.pt", _STOCK)

    def __call__(self):
        """Return Plone's page with the column in it."""
        page = super().__call__()
        if self.parts.plugin is None or not isinstance(page, str) or not _ROW.search(page):
            return page
        title = _("Two-step verification")
        header = f'<th scope="col">{escape(translate(title, context=self.request))}</th>'
        page = _HEADER.sub(lambda found: f"{found[0]}{header}", page, count=1)
        return _ROW.sub(self._with_cell, page)

    def _with_cell(self, found: re.Match) -> str:
        user_id = _USER_ID.search(found[0])
        words = self._state(unescape(user_id[1])) if user_id is not None else ""
        return f'{found[0]}<td class="smsauth-state">{escape(translate(words, context=self.request))}</td>'

    def _state(self, user_id: str) -> str:
        account = self.parts.accounts.get(user_id) or Account()
        if account.is_bound:
            return _ON
        return _UNPROVED if unproved_of(account, now=self.parts.now) is not None else _OFF
