"""POST ``@smsauth-test-message``: sends one text to any number, right now, and tells what the provider says."""

from collective.smsauth import _
from collective.smsauth.administration import test_message
from collective.smsauth.domain import phone
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.flows import delivery_messages
from collective.smsauth.flows import messages
from collective.smsauth.services import refusals
from collective.smsauth.services.member import AdministratorService
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.services.service import Field
from collective.smsauth.settings.stored import gateway_config
from collective.smsauth.verification.results import SendRefusal
from typing import Any
from zope.i18n import translate

_NO_ANSWER = _("rest_test_no_answer", default="The gateway has not answered in time. The text may still arrive.")


class TestMessage(AdministratorService):
    """Sends it through the first gateway, or the one of the two that ``gateway`` names."""

    needs_plugin = False
    fields = (Field(name="to", required=True), Field(name="gateway"))

    def answer_to_administrator(self, data: dict[str, Any]) -> Any:
        """Return what became of it, with 202: also where the provider refused it."""
        number = phone.parse(data["to"], self.parts.policy.default_region)
        if isinstance(number, PhoneProblem):
            return refusals.of_number("to", number)
        gateway = test_message.gateway_named(data.get("gateway", ""))
        if gateway is None:
            return refusals.unusable("gateway")
        refusal = self._refusal(gateway)
        if refusal is not None:
            return refusal
        result = test_message.send(number, gateway, self.request)
        words = _NO_ANSWER if result.status is None else delivery_messages.of_status(result.status)
        return self.accepted(
            {
                "status": "unknown" if result.status is None else result.status.value,
                "message": translate(words, context=self.request),
                "detail": result.detail,
            }
        )

    def _refusal(self, gateway) -> Refusal | None:
        problems = list(gateway.problems(gateway_config(self.parts.site)))
        if self.parts.plugin is None or problems:
            words = problems[0] if problems else _("rest_error_not_installed", default="The plugin is missing.")
            return Refusal(status=409, reason=SendRefusal.NO_CHANNEL.value, message=words)
        wait = test_message.wait()
        if not wait:
            return None
        words = messages.of_refusal(SendRefusal.SITE_LIMIT, wait=wait)
        return Refusal(status=429, reason=SendRefusal.SITE_LIMIT.value, message=words, retry_after=wait)
