"""The form that sends a text to a typed number and shows what the provider says."""

from collective.smsauth import _
from collective.smsauth.administration import test_message
from collective.smsauth.administration.checks import site
from collective.smsauth.browser.forms import address_field
from collective.smsauth.browser.forms.administrator import AdministratorForm
from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.domain import codes
from collective.smsauth.domain import phone
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.flows import delivery_messages
from collective.smsauth.flows import messages
from collective.smsauth.settings import gateway_choice
from collective.smsauth.settings.stored import gateway_config
from collective.smsauth.settings.stored import second_gateway
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from z3c.form import button
from z3c.form import form
from z3c.form.field import Fields
from z3c.form.interfaces import HIDDEN_MODE
from zope import schema
from zope.interface import Interface


class ITestMessage(Interface):
    """Where to send a test."""

    test_number = schema.TextLine(
        title=_("label_test_number", default="Phone number for the test"),
        description=_("help_test_number", default="With + and the country code. The stored settings are used."),
        max_length=100,
        required=True,
    )
    country = address_field.country_choice()
    form_name = schema.TextLine(title="", max_length=100, required=False)


class TestMessageForm(HasParts, AdministratorForm, form.Form):
    """Sends one text, right now."""

    fields = Fields(ITestMessage)
    fields["form_name"].mode = HIDDEN_MODE
    ignoreContext = True
    label = ""
    id = name = __name__ = "smsauth-test"
    enable_unload_protection = False
    template = ViewPageTemplateFile("templates/test_message.pt")

    def updateWidgets(self) -> None:
        """Let phones show the keys for digits."""
        super().updateWidgets()
        self.widgets["test_number"].attributes.update({"type": "tel", "autocomplete": "off"})
        address_field.choose_country(self)

    def render(self) -> str:
        """Give the form a name of its own: sent twice, it sends one text."""
        self.widgets["form_name"].value = codes.random_name()
        return super().render()

    @button.buttonAndHandler(_("button_test", default="Send a test text"), name="test")
    def handle_test(self, action):
        """Send a text through the first gateway."""
        self._test(action, gateway_choice.chosen(self.parts.site), site.gateway_problems(self.parts.site))

    @button.buttonAndHandler(
        _("button_test_second", default="Send it through the second gateway"),
        name="test_second",
        condition=lambda form: second_gateway(form.parts.site) is not None,
    )
    def handle_test_second(self, action):
        """Send a text through the gateway that takes over: else its first text were one that matters."""
        gateway = second_gateway(self.parts.site)
        self._test(action, gateway, tuple(gateway.problems(gateway_config(self.parts.site))))

    def _test(self, action, gateway, problems: tuple) -> None:
        """Send a text, or say what is wrong with the number or the settings."""
        data, errors = self.extractData()
        if errors:
            self.status = self.formErrorsMessage
            return
        number = phone.parse(data["test_number"], data["country"] or self.parts.policy.default_region)
        if isinstance(number, PhoneProblem):
            self.refuse(action, messages.of_phone(number), "test_number")
            return
        obstacles = self._obstacles(problems)
        for obstacle in obstacles:
            self.refuse(action, obstacle)
        if obstacles:
            return
        if data["form_name"] and test_message.is_sent_already(data["form_name"]):
            self.status = _(
                "test_sent_already",
                default="This text was sent already: the form came twice. To send another one, press the button again.",
            )
        else:
            self._show(action, test_message.send(number, gateway, self.request))

    def _obstacles(self, problems: tuple) -> tuple:
        if self.parts.plugin is None:
            return (
                _(
                    "check_plugin_missing",
                    default="The plugin is missing: a password alone is enough to log in. Put the plugin back.",
                ),
            )
        if problems:
            return problems
        if seconds := test_message.wait():
            too_many = _(
                "refusal_test_limit",
                default="Too many tests were sent. You can send another one in ${minutes} minutes.",
            )
            one = _(
                "refusal_test_limit_one", default="Too many tests were sent. You can send another one in one minute."
            )
            minutes = -(-seconds // 60)
            return (messages.counted(one, too_many, minutes, minutes=minutes),)
        return ()

    def _show(self, action, result) -> None:
        if result.status is DeliveryStatus.SENT:
            self.status = delivery_messages.of_status(result.status)
            return
        silence = _(
            "test_no_answer", default="The gateway has not answered in ${seconds} seconds. The text may still arrive."
        )
        unanswered = messages.fill(silence, seconds=int(test_message.PATIENCE))
        self.refuse(action, unanswered if result.status is None else delivery_messages.of_status(result.status))
        if result.detail:
            said = _("test_detail", default="The gateway says: ${detail}", mapping={"detail": result.detail})
            self.refuse(action, said)
