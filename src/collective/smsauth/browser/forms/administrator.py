"""What the forms of administrators have in common: they act on POST only, and only when sent from this site's own page.

Plone undoes the writes of other requests by itself, but not a text that has left.
"""

from collective.smsauth import _
from collective.smsauth.flows.messages import FOREIGN_FORM
from collective.smsauth.flows.messages import STALE_FORM
from collective.smsauth.flows.requester import comes_from_elsewhere
from collective.smsauth.permissions import MANAGE
from plone import api
from z3c.form.action import ActionErrorOccurred
from z3c.form.button import Handlers
from z3c.form.interfaces import ActionExecutionError
from z3c.form.interfaces import WidgetActionExecutionError
from zope.component import getMultiAdapter
from zope.event import notify
from zope.i18nmessageid import Message
from zope.interface import Invalid


def is_genuine(context, request) -> bool:
    """Tell whether a request was sent by a form of this site that was made for the user in effect, who may manage the second step.

    The permission of the page is not enough: Plone also updates its form while traversing it, and from a page for everybody that
    validates fields.
    """
    if not api.user.has_permission(MANAGE, obj=context) or comes_from_elsewhere(request):
        return False
    authenticator = getMultiAdapter((context, request), name="authenticator")
    return request.get("REQUEST_METHOD") == "POST" and authenticator.verify()


def why_not(request) -> Message:
    """Return why a request was not sent by such a form, in words."""
    return FOREIGN_FORM if comes_from_elsewhere(request) else STALE_FORM


class AdministratorForm:
    """A mix-in for z3c.form forms."""

    #: Plone would answer 403 and drop what was typed, so this is on only while the form with its token is rendered.
    enableCSRFProtection = False
    enable_autofocus = False
    unusable: tuple[str, ...] = ()

    def updateActions(self) -> None:
        """Refuse what was not sent by this form, and what no browser sends."""
        super().updateActions()
        asked = self.actions.executedActions
        if not asked or (is_genuine(self.context, self.request) and not self.unusable):
            return
        self.handlers = Handlers()
        unusable = _("error_unusable", default="Something in this form was not plain text. Nothing was done.")
        self.refuse(asked[0], unusable if self.unusable else why_not(self.request))

    def render(self) -> str:
        """Render the form with a token."""
        self.enableCSRFProtection = True
        return super().render()

    def refuse(self, action, message, field: str = "") -> None:
        """Say why nothing came of it, at ``field`` or on top of the form."""
        error = WidgetActionExecutionError(field, Invalid(message)) if field else ActionExecutionError(Invalid(message))
        notify(ActionErrorOccurred(action, error))
