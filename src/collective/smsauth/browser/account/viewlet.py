"""The state of two-step verification on the member's own account pages, with the way to change it."""

from collective.smsauth.flows.subject import member_in_effect
from plone.app.layout.viewlets.common import ViewletBase
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile


class AccountViewlet(ViewletBase):
    """A box above Plone's forms for preferences, personal data and password."""

    index = ViewPageTemplateFile("templates/viewlet.pt")

    def update(self) -> None:
        """Find out whose page it is: administrators see those of others, too."""
        super().update()
        self.member = None if self.request.get("userid") else member_in_effect(self.request)

    @property
    def is_on(self) -> bool:
        """Whether the member has a phone that is proved."""
        return self.member.account.is_bound

    def render(self) -> str:
        """Show nothing to users of the Zope root, and on pages of other members."""
        return self.index() if self.member is not None else ""
