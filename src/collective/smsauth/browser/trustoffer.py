"""The offer on the code form: not to be asked again on this browser for some days."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.browser import trusted
from collective.smsauth.browser.messages import fill
from collective.smsauth.browser.step import effective_user_id
from plone.supermodel import model
from z3c.form.field import Fields
from zope import schema


class ITrust(model.Schema):
    """A choice that nobody makes for the member: it is not ticked beforehand."""

    trust = schema.Bool(
        title=_("label_trust", default="Don’t ask for a code on this browser for ${days} days"),
        description=_(
            "help_trust", default="Only on a device that nobody else uses. Your password is always asked for."
        ),
        default=False,
        required=False,
    )


class TrustOffer:
    """A mix-in for the form that signs in ``_member``."""

    lists = ("form.widgets.trust",)
    _member = None

    def updateFields(self) -> None:
        """Add the choice where the site and the member's groups and roles allow it."""
        super().updateFields()
        if self._offers_trust():
            self.fields += Fields(ITrust)

    def updateWidgets(self) -> None:
        """Say for how many days."""
        super().updateWidgets()
        widget = self.widgets.get("trust")
        if widget is not None:
            widget.label = fill(ITrust["trust"].title, days=wiring.policy().trust_days)
            widget.updateTerms()

    def trust(self, data: dict, proof: str) -> None:
        """Trust this browser if that was chosen; ``data`` are the fields of the form, ``proof`` names the new session."""
        if data.get("trust") and self._offers_trust():
            trusted.remember(self.request, self._member.user_id, proof)

    def _offers_trust(self) -> bool:
        # Not to a member in effect, who is asked for a code because an area demands it: that is no sign-in.
        if self._member is None or self._member.pending is None or effective_user_id():
            return False
        return trusted.is_offered(self.request, self._member.user_id)
