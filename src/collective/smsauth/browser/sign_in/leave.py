"""The way out of a sign-in that is not completed: it ends there, also for whoever uses the same browser next."""

from collective.smsauth.browser.forms.came_from import NAME
from collective.smsauth.browser.forms.came_from import with_goal
from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.browser.forms.plain_input import drop_what_breaks_plone
from collective.smsauth.flows import pending_sign_in
from collective.smsauth.flows import sign_in
from collective.smsauth.flows.requester import comes_from_elsewhere
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.pas.navigation import is_speculative
from plone import api
from plone.protect.interfaces import IDisableCSRFProtection
from Products.Five.browser import BrowserView
from zope.interface import alsoProvides
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse
from zope.publisher.interfaces import NotFound

_LOGIN = "login"


@implementer(ISecondStepView, IPublishTraverse)
class LeaveView(HasParts, BrowserView):
    """``@@smsauth-leave`` leads to the start of the site, ``@@smsauth-leave/login`` to the login form.

    It is a link, as ways out are. So it ends a sign-in only when a person followed it: not for a browser that looks ahead, and not for
    another site.
    """

    _to = ""

    def publishTraverse(self, request, name: str):
        """Take the one step that there is.

        :raises NotFound: it is another one, or a second one.
        """
        if name != _LOGIN or self._to:
            raise NotFound(self, name, request)
        self._to = name
        return self

    def __call__(self) -> str:
        """End the pending sign-in of this browser, with the ticket that owes the code, and lead on."""
        drop_what_breaks_plone(self.request)
        response = self.request.response
        response.setHeader("Cache-Control", "no-store, private")
        if self._was_followed():
            alsoProvides(self.request, IDisableCSRFProtection)
            pending_sign_in.end(self.request)
            if not effective_user_id() and any(held.by_ticket for held in self.parts.gate.withheld):
                self.parts.gate.reset_credentials()
        root = api.portal.get_navigation_root(self.context).absolute_url()
        goal = sign_in.inside(self.request.form.get(NAME))
        response.redirect(with_goal(f"{root}/{self._to}", goal) if self._to else root)
        return ""

    def _was_followed(self) -> bool:
        is_asked = self.request.get("REQUEST_METHOD") in ("GET", "POST") and not is_speculative(self.request)
        return is_asked and not comes_from_elsewhere(self.request)
