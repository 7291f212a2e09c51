"""What the pages have in common to which providers report what became of a text or a call."""

from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.delivery import status_callback
from collective.smsauth.delivery.status_callback import REFERENCE
from collective.smsauth.domain.delivery import DeliveryStatus
from plone.protect.interfaces import IDisableCSRFProtection
from Products.Five.browser import BrowserView
from urllib.parse import parse_qsl
from zope.interface import alsoProvides

#: Of a report, in bytes; those of providers have about one thousand.
LONGEST = 16 * 1024
#: How many fields a report may have.
MOST_FIELDS = 100


class StatusReport(HasParts, BrowserView):
    """Accepts what bears both the provider's signature and that of this site, and tells nobody why not.

    It acts for nobody: who is signed in in the request does not matter.
    """

    #: The methods by which the provider reports.
    methods: tuple[str, ...] = ("POST",)

    def __call__(self) -> str:
        """Keep what is reported; answer with nothing but a status."""
        response = self.request.response
        response.setHeader("Cache-Control", "no-store, private")
        response.setHeader("Content-Type", "text/plain; charset=utf-8")
        if self.request.get("REQUEST_METHOD") not in self.methods:
            response.setHeader("Allow", ", ".join(self.methods))
            return self._answer(405)
        return self._answer(self.receive())

    def receive(self) -> int:
        """Check and keep the report, and return the status of the answer."""
        raise NotImplementedError

    def record(self, status: DeliveryStatus | None) -> int:
        """Keep a genuine report with the code that the URL names, and return the status of the answer."""
        if status is None or self.parts.plugin is None:
            return 204
        alsoProvides(self.request, IDisableCSRFProtection)
        known = status_callback.record(
            self.parts.plugin,
            self.parts.keys("signing"),
            dict(parse_qsl(self.query)).get(REFERENCE),
            status,
            now=self.parts.now,
            max_tries=self.parts.policy.max_tries,
        )
        return 403 if known is None else 204

    @property
    def content_type(self) -> str:
        """The content type of the request, without its parameters."""
        return (self.request.environ.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()

    @property
    def body(self) -> bytes:
        """The body of the request as it came: what Zope makes of names and values is not what was signed."""
        return self.request.get("BODY") or b""

    @property
    def query(self) -> str:
        """The query of the URL as it came."""
        return self.request.environ.get("QUERY_STRING") or ""

    def _answer(self, status: int) -> str:
        self.request.response.setStatus(status)
        return ""
