"""Where Twilio reports what became of a text or a call."""

from collective.smsauth.browser.webhooks.status_report import LONGEST
from collective.smsauth.browser.webhooks.status_report import MOST_FIELDS
from collective.smsauth.browser.webhooks.status_report import StatusReport
from collective.smsauth.delivery.gateways.twilio import status_reports
from collective.smsauth.delivery.gateways.twilio.status_reports import VIEW
from collective.smsauth.settings.stored import gateway_config
from urllib.parse import parse_qsl

_FORM = "application/x-www-form-urlencoded"


class TwilioStatus(StatusReport):
    """``@@smsauth-twilio-status``."""

    def receive(self) -> int:
        """Check and keep the report, and return the status of the answer."""
        form, refusal = self._form()
        if form is None:
            return refusal
        config = gateway_config(self.parts.site)
        signature = self.request.getHeader(status_reports.SIGNATURE) or ""
        if not status_reports.is_genuine(self._url(), form, signature, config):
            return 403
        return self.record(status_reports.reported(form))

    def _form(self) -> tuple[dict[str, str] | None, int]:
        """Return the form as it was sent, or why not."""
        if self.content_type != _FORM:
            return None, 415
        if len(self.body) > LONGEST:
            return None, 413
        try:
            pairs = parse_qsl(
                self.body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
            )
        except ValueError:
            return None, 400
        form = dict(pairs)
        return (form, 0) if len(form) == len(pairs) else (None, 400)

    def _url(self) -> str:
        """Return the address to which Twilio was told to report, by what the site knows of itself."""
        return f"{self.context.absolute_url()}/@@{VIEW}?{self.query}"
