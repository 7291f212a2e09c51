"""The form that sends a text to a typed number and shows what the provider says."""

from collective.smsauth import _
from collective.smsauth import selfcheck
from collective.smsauth import trial
from collective.smsauth import wiring
from collective.smsauth.browser import deliveries
from collective.smsauth.browser import messages
from collective.smsauth.browser.trustedform import TrustedForm
from collective.smsauth.configuration import gateway_config
from collective.smsauth.configuration import second_gateway
from collective.smsauth.domain import phone
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.phone import PhoneProblem
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from z3c.form import button
from z3c.form import form
from z3c.form.field import Fields
from zope import schema
from zope.interface import Interface


class ITrial(Interface):
    """Where to send a test."""

    test_number = schema.TextLine(
        title=_("label_test_number", default="Phone number for the test"),
        description=_("help_test_number", default="With + and the country code. The stored settings are used."),
        max_length=100,
        required=True,
    )


class TrialForm(TrustedForm, form.Form):
    """Sends one text, right now."""

    fields = Fields(ITrial)
    ignoreContext = True
    label = ""
    id = name = __name__ = "smsauth-test"
    enable_unload_protection = False
    template = ViewPageTemplateFile("templates/trialform.pt")

    def updateWidgets(self) -> None:
        """Let phones show the keys for digits."""
        super().updateWidgets()
        self.widgets["test_number"].attributes.update({"type": "tel", "autocomplete": "off"})

    @button.buttonAndHandler(_("button_test", default="Send a test text"), name="test")
    def handle_test(self, action):
        """Send a text through the first gateway."""
        self._test(action, wiring.gateway(), selfcheck.gateway_problems(wiring.site()))

    @button.buttonAndHandler(
        _("button_test_second", default="Send it through the second gateway"),
        name="test_second",
        condition=lambda form: second_gateway(wiring.site()) is not None,
    )
    def handle_test_second(self, action):
        """Send a text through the gateway that takes over: else its first text were one that matters."""
        gateway = second_gateway(wiring.site())
        self._test(action, gateway, tuple(gateway.problems(gateway_config(wiring.site()))))

    def _test(self, action, gateway, problems: tuple) -> None:
        """Send a text, or say what is wrong with the number or the settings."""
        data, errors = self.extractData()
        if errors:
            self.status = self.formErrorsMessage
            return
        number = phone.parse(data["test_number"], wiring.policy().default_region)
        if isinstance(number, PhoneProblem):
            self.refuse(action, messages.of_phone(number), "test_number")
            return
        obstacles = self._obstacles(problems)
        for obstacle in obstacles:
            self.refuse(action, obstacle)
        if not obstacles:
            self._show(action, trial.send(number, gateway, self.request))

    def _obstacles(self, problems: tuple) -> tuple:
        if wiring.plugin() is None:
            return (_("check_plugin_missing", default="There is no plugin: a password alone signs in. Put it back."),)
        if problems:
            return problems
        if seconds := trial.wait():
            too_many = _(
                "refusal_test_limit",
                default="Too many tests were sent. You can send another one in ${minutes} minutes.",
            )
            return (messages.fill(too_many, minutes=-(-seconds // 60)),)
        return ()

    def _show(self, action, result) -> None:
        if result.status is DeliveryStatus.SENT:
            self.status = deliveries.of_status(result.status)
            return
        silence = _(
            "test_no_answer", default="The gateway has not answered in ${seconds} seconds. The text may still arrive."
        )
        unanswered = messages.fill(silence, seconds=int(trial.PATIENCE))
        self.refuse(action, unanswered if result.status is None else deliveries.of_status(result.status))
        if result.detail:
            said = _("test_detail", default="The gateway says: ${detail}", mapping={"detail": result.detail})
            self.refuse(action, said)
