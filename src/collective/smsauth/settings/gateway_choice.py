"""Through which gateways of a site a text or a call goes, and in which order."""

from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.interfaces import ConfiguredGateway
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import IAnswerableGateway
from collective.smsauth.interfaces import IPreviewingGateway
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.interfaces import IVoiceGateway
from collective.smsauth.settings.stored import chosen_gateway
from collective.smsauth.settings.stored import gateway_config
from collective.smsauth.settings.stored import named_gateways
from zope.component import getUtilitiesFor
from zope.i18nmessageid import Message
from zope.interface import implementer

NO_GATEWAY = _("problem_no_gateway", default="The chosen gateway is not there.")


@implementer(ISMSGateway)
class NoGateway:
    """Stands in for a gateway that is not there or not configured: every text fails for the administrator to see."""

    title = _("gateway_none", default="None")
    settings = None
    status_view = ""
    local = True

    def problems(self, config):
        """Return what is missing: a gateway."""
        return (NO_GATEWAY,)

    def send(self, text, config):
        """Refuse.

        :raises GatewayError: always.
        """
        raise GatewayError(DeliveryStatus.CONFIGURATION, "the gateway is missing or not configured")


def chosen(site) -> ISMSGateway:
    """Return the chosen gateway, or one that refuses if it is missing or not configured."""
    gateway = chosen_gateway(site)
    return NoGateway() if gateway is None or gateway.problems(gateway_config(site)) else gateway


def ready(site, channel: Channel) -> tuple[ConfiguredGateway, ...]:
    """Return the gateways that are ready for what goes by ``channel``, in order; one that refuses if there is none."""
    config = gateway_config(site)
    usable = [(name, gateway) for name, gateway in named_gateways(site) if not _problems(gateway, channel, config)]
    return tuple(
        ConfiguredGateway(gateway=gateway, config=config, name=name) for name, gateway in usable or [("", NoGateway())]
    )


def can_send(site, channel: Channel) -> bool:
    """Tell whether a gateway is there and configured for what goes by ``channel``."""
    return not isinstance(ready(site, channel)[0].gateway, NoGateway)


def previews(site) -> list[tuple[Message, str]]:
    """Return title and request of the gateways that can show one, as they are set up."""
    config = gateway_config(site)
    shown = [
        (gateway.title, gateway.preview(config))
        for _name, gateway in sorted(getUtilitiesFor(ISMSGateway))
        if IPreviewingGateway.providedBy(gateway)
    ]
    return [(title, preview) for title, preview in shown if preview]


def sender(site) -> str:
    """Return the number from which all texts of the site come, '' if it is none or not always the same."""
    first, *others = ready(site, Channel.TEXT)
    known = not others and IAnswerableGateway.providedBy(first.gateway)
    return first.gateway.sender(first.config) if known else ""


def _problems(gateway, channel: Channel, config: Mapping[str, str]):
    if channel is not Channel.VOICE:
        return gateway.problems(config)
    return gateway.voice_problems(config) if IVoiceGateway.providedBy(gateway) else NoGateway().problems(config)
