"""Where Twilio reports what became of a text or a call."""

from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.delivery import status_callback
from collective.smsauth.delivery.gateways.twilio import status_reports
from collective.smsauth.delivery.gateways.twilio.status_reports import VIEW
from collective.smsauth.delivery.status_callback import REFERENCE
from collective.smsauth.settings.stored import gateway_config
from plone.protect.interfaces import IDisableCSRFProtection
from Products.Five.browser import BrowserView
from urllib.parse import parse_qsl
from zope.interface import alsoProvides

#: Of a report, in bytes; Twilio's have about one thousand.
LONGEST = 16 * 1024
_FORM = "application/x-www-form-urlencoded"


class TwilioStatus(HasParts, BrowserView):
    """``@@smsauth-twilio-status``: accepts what bears both Twilio's signature and that of this site, and tells nobody why not.

    It acts for nobody: who is signed in in the request does not matter.
    """

    def __call__(self) -> str:
        """Keep what is reported; answer with nothing but a status."""
        response = self.request.response
        response.setHeader("Cache-Control", "no-store, private")
        response.setHeader("Content-Type", "text/plain; charset=utf-8")
        if self.request.get("REQUEST_METHOD") != "POST":
            response.setHeader("Allow", "POST")
            return self._answer(405)
        form, refusal = self._form()
        if form is None:
            return self._answer(refusal)
        config = gateway_config(self.parts.site)
        signature = self.request.getHeader(status_reports.SIGNATURE) or ""
        if not status_reports.is_genuine(self._url(), form, signature, config):
            return self._answer(403)
        return self._answer(self._record(form))

    def _record(self, form: dict[str, str]) -> int:
        status = status_reports.reported(form)
        if status is None or self.parts.plugin is None:
            return 204
        alsoProvides(self.request, IDisableCSRFProtection)
        query = dict(parse_qsl(self._query()))
        known = status_callback.record(
            self.parts.plugin,
            self.parts.keys("signing"),
            query.get(REFERENCE),
            status,
            now=self.parts.now,
            max_tries=self.parts.policy.max_tries,
        )
        return 403 if known is None else 204

    def _form(self) -> tuple[dict[str, str] | None, int]:
        """Return the form as it was sent: what Zope makes of names and values is not what was signed."""
        kind = (self.request.environ.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
        body = self.request.get("BODY") or b""
        if kind != _FORM:
            return None, 415
        if len(body) > LONGEST:
            return None, 413
        try:
            pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
        except ValueError:
            return None, 400
        form = dict(pairs)
        return (form, 0) if len(form) == len(pairs) else (None, 400)

    def _url(self) -> str:
        """Return the address to which Twilio was told to report, by what the site knows of itself."""
        return f"{self.context.absolute_url()}/@@{VIEW}?{self._query()}"

    def _query(self) -> str:
        return self.request.environ.get("QUERY_STRING") or ""

    def _answer(self, status: int) -> str:
        self.request.response.setStatus(status)
        return ""
