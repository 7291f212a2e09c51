"""The gateway to any provider that takes a text by POST or PUT."""

from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth.delivery.gateways.http import configuration
from collective.smsauth.delivery.gateways.http.answer import taken
from collective.smsauth.delivery.gateways.http.connection import exchange
from collective.smsauth.delivery.gateways.http.connection import TIMEOUTS
from collective.smsauth.delivery.gateways.http.schema import SETTINGS
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import IPreviewingGateway
from collective.smsauth.interfaces import ISMSGateway
from zope.i18nmessageid import Message
from zope.interface import implementer


@implementer(ISMSGateway, IPreviewingGateway)
class HTTPGateway:
    """Makes a request of a template for each text, and reads in the answer whether it was taken."""

    title = _("gateway_http", default="Custom HTTP")
    settings = SETTINGS
    status_view = ""
    local = False

    def __init__(self, *, timeouts: tuple[float, float] = TIMEOUTS) -> None:
        """Make a gateway. ``timeouts`` are for the connection and for the whole answer, in seconds."""
        self._timeouts = timeouts

    def problems(self, config: Mapping[str, str]) -> tuple[Message, ...]:
        """Return what is missing or malformed as message ids; empty when the gateway is ready."""
        return configuration.problems(config)

    def preview(self, config: Mapping[str, str]) -> str:
        """Return the request for an example, with the names of the headers only; '' if there is nothing to show."""
        return configuration.preview(config)

    def send(self, text: Text, config: Mapping[str, str]) -> str:
        """Hand ``text`` to the server and return the id that it gives, '' if it gives none.

        :raises GatewayError: the server did not take it, or did not say so.
        """
        wrong = self.problems(config)
        if wrong:
            raise GatewayError(DeliveryStatus.CONFIGURATION, " ".join(str(problem.default) for problem in wrong))
        request = configuration.request_of(config, to=text.to, body=text.body)
        private = configuration.allows_private(config)
        answer = exchange(request, allow_private=private, timeouts=self._timeouts)
        secrets = (text.to, text.to.removeprefix("+"), text.body, *configuration.secrets(config))
        return taken(answer, configuration.success(config), *secrets)
