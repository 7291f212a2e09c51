"""Where Vonage reports what became of a text: by GET, by POST of a form or of JSON, as the account has it."""

from collective.smsauth.browser.webhooks.status_report import LONGEST
from collective.smsauth.browser.webhooks.status_report import MOST_FIELDS
from collective.smsauth.browser.webhooks.status_report import StatusReport
from collective.smsauth.delivery.gateways.vonage import status_reports
from collective.smsauth.delivery.status_callback import REFERENCE
from collective.smsauth.settings.stored import gateway_config
from urllib.parse import parse_qsl

import json

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


class VonageStatus(StatusReport):
    """``@@smsauth-vonage-status``."""

    methods = ("GET", "POST")

    def receive(self) -> int:
        """Check and keep the report, and return the status of the answer."""
        if len(self.body) > LONGEST or len(self.query) > LONGEST:
            return 413
        try:
            fields = self._fields()
        except (ValueError, RecursionError):
            return 400
        config = gateway_config(self.parts.site)
        if not (self._is_signed(fields, config) or self._is_vouched(config)):
            return 403
        return self.record(status_reports.reported(fields))

    def _is_signed(self, fields: dict[str, str], config: dict[str, str]) -> bool:
        if status_reports.is_signed(fields, config):
            return True
        # By GET the reference of this site is among the fields. Nobody says whether Vonage signs it, and it bears our own signature.
        return REFERENCE in fields and status_reports.is_signed(
            {name: value for name, value in fields.items() if name != REFERENCE}, config
        )

    def _is_vouched(self, config: dict[str, str]) -> bool:
        # The token is for the body: what came with a GET it says nothing of.
        authorization = self.request._auth or ""  # Zope keeps that header from everything else
        return bool(self.body) and status_reports.is_vouched(authorization, self.body, config)

    def _fields(self) -> dict[str, str]:
        """Return the fields as they were sent.

        :raises ValueError: they cannot be read, or one is there twice.
        """
        if self.request.get("REQUEST_METHOD") == "POST" and self.content_type == _JSON:
            found = json.loads(self.body.decode("utf-8"))
            if not isinstance(found, dict) or len(found) > MOST_FIELDS:
                raise ValueError("not a report")
            return {name: value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}
        sent = self.query if self.request.get("REQUEST_METHOD") == "GET" else self.body.decode("ascii")
        pairs = parse_qsl(sent, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise ValueError("a field is there twice")
        return fields
