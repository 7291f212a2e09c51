"""The control panel: how the second step stands, its settings, and a text to try them out."""

from collective.smsauth import _
from collective.smsauth import logger
from collective.smsauth import require_second_step
from collective.smsauth import setuphandlers
from collective.smsauth.administration.checks import site
from collective.smsauth.browser.admin.alarms import Alarms
from collective.smsauth.browser.admin.settings_form import lists
from collective.smsauth.browser.admin.settings_form import SettingsForm
from collective.smsauth.browser.admin.test_message import TestMessageForm
from collective.smsauth.browser.forms import scripts
from collective.smsauth.browser.forms.administrator import is_genuine
from collective.smsauth.browser.forms.administrator import why_not
from collective.smsauth.browser.forms.plain_input import scrub
from collective.smsauth.settings import gateway_choice
from collective.smsauth.settings.gateways import names_by_gateway
from collective.smsauth.settings.stored import stored
from plone import api
from plone.app.registry.browser.controlpanel import ControlPanelFormWrapper
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile

import json

_REPAIR = "form.buttons.repair"


@require_second_step
class ControlPanel(ControlPanelFormWrapper):
    """``@@smsauth-controlpanel``: the self-check on top, then the settings, then the test text."""

    form = SettingsForm
    index = ViewPageTemplateFile("templates/control_panel.pt")

    def update(self) -> None:
        """Do what one of the forms asks for."""
        self.request.response.setHeader("Cache-Control", "no-store, private")
        unusable = tuple(scrub(self.request, lists(api.portal.get())))
        if _REPAIR in self.request.form:
            self._repair()
            return
        self.form_instance.unusable = unusable
        super().update()
        self.trial = TestMessageForm(self.context, self.request)
        self.trial.unusable = unusable
        self.trial.update()
        self.alarms = Alarms(self.context, self.request)
        self.findings = site.findings(self.context, self.request)

    @property
    def all_well(self) -> bool:
        """Whether the self-check found nothing wrong."""
        return all(finding.ok for finding in self.findings)

    @property
    def wrong(self) -> list:
        """What the self-check found wrong."""
        return [finding for finding in self.findings if not finding.ok]

    @property
    def remarks(self) -> list:
        """What is right but worth knowing."""
        return [finding for finding in self.findings if finding.ok and finding.advice]

    @property
    def right(self) -> list:
        """What is right."""
        return [finding for finding in self.findings if finding.ok]

    @property
    def needs_repair(self) -> bool:
        """Whether the plugin has to be put back in place."""
        return not site.plugin_in_place(self.context)

    @property
    def shows_outbox(self) -> bool:
        """Whether there is an outbox for this user to look into."""
        return stored(self.context, "gateway") == "outbox" and api.user.has_permission(
            "Manage portal", obj=self.context
        )

    @property
    def script(self) -> str:
        """The URL of the script that shows the fields of the chosen gateways only; the page works without."""
        return scripts.url(self.context, "gateways.js")

    @property
    def gateways(self) -> str:
        """The names of the settings of each gateway, for the script."""
        return json.dumps(names_by_gateway(self.context))

    @property
    def previews(self) -> list:
        """The requests of gateways that can show them, as they are set up: title and text."""
        return gateway_choice.previews(self.context)

    def _repair(self) -> None:
        if is_genuine(self.context, self.request):
            setuphandlers.install(self.context)
            logger.warning("The plugin was put back in place by %s", api.user.get_current().getId())
            message, kind = _("message_repaired", default="The plugin is back in its place."), "info"
        else:
            message, kind = why_not(self.request), "error"
        api.portal.show_message(message, request=self.request, type=kind)
        self.request.response.redirect(self.request.getURL())
