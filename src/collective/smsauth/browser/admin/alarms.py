"""The part of the control panel about texts that were stopped because they look like text pumping, and the button that lets them go."""

from collective.smsauth import _
from collective.smsauth import logger
from collective.smsauth import require_second_step
from collective.smsauth.browser.forms.administrator import is_genuine
from collective.smsauth.browser.forms.administrator import why_not
from collective.smsauth.browser.forms.country_names import name_of
from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.browser.forms.plain_input import scrub
from DateTime import DateTime
from plone import api
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile

_LIFTED = _("message_alarm_lifted", default="Texts go to these numbers again.")
_GONE = _("message_alarm_gone", default="Texts to these numbers were not stopped any more.")


@require_second_step
class Alarms(HasParts, BrowserView):
    """``@@smsauth-alarms``: where the button of the control panel sends to; ``listing`` is what the control panel shows."""

    listing = ViewPageTemplateFile("templates/alarms.pt")

    def __call__(self):
        """Lift the alarm that was asked for, and go back to the control panel."""
        scrub(self.request)
        if "form.buttons.lift" in self.request.form:
            message, kind = self._lift(self.request.form.get("block", ""))
            api.portal.show_message(message, request=self.request, type=kind)
        return self.request.response.redirect(f"{self.context.absolute_url()}/@@smsauth-controlpanel")

    @property
    def alarms(self) -> list:
        """The digests of the ranges with their alarms, the latest first."""
        return self.parts.number_blocks.alarms()

    def country(self, region: str):
        """Return the name of a country."""
        return name_of(region, self.request)

    def date(self, seconds: float) -> str:
        """Return a moment, given in seconds since the epoch, in the site's format."""
        return api.portal.get_localized_time(datetime=DateTime(seconds), long_format=True)

    def _lift(self, block: object):
        if not is_genuine(self.context, self.request):
            return why_not(self.request), "error"
        if not isinstance(block, str) or not self.parts.number_blocks.lift(block):
            return _GONE, "info"
        logger.warning("An alarm about text pumping was lifted by %s", api.user.get_current().getId())
        return _LIFTED, "info"
