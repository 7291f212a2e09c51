"""The example of the chapter "Gateways": a gateway of another package, with its own settings."""

from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import GatewaySettings
from collective.smsauth.interfaces import ISMSGateway
from plone.supermodel import model
from zope import schema
from zope.interface import implementer

import requests


class IModemSettings(model.Schema):
    """What an administrator can set of the modem."""

    model.fieldset("modem", label="Modem", fields=["modem_url", "modem_password"])

    modem_url = schema.TextLine(title="URL of the modem", max_length=200, required=False)
    modem_password = schema.Password(title="Password of the modem", max_length=200, required=False)


@implementer(ISMSGateway)
class ModemGateway:
    """Hands texts to a modem in the cellar."""

    title = "Modem in the cellar"
    settings = GatewaySettings(
        schema=IModemSettings,
        variable_prefix="SMSAUTH_",
        environment=("modem_proxy",),
        sent_to={"modem_password": "modem_url"},
        kept_secrets={"modem_password": ("modem_url", "The URL was changed, but the stored password was kept.")},
    )
    status_view = ""
    local = False

    def problems(self, config):
        """Return what is missing."""
        return () if config["modem_url"] else ("The URL of the modem is missing.",)

    def send(self, text, config):
        """Hand one text to the modem."""
        message = {"to": text.to, "body": text.body, "password": config["modem_password"]}
        proxies = {"http": config["modem_proxy"]} if config["modem_proxy"] else None
        try:
            answer = requests.post(config["modem_url"], json=message, timeout=(3, 10), proxies=proxies)
        except requests.RequestException:
            raise GatewayError(DeliveryStatus.TRY_LATER, "the modem does not answer") from None
        if answer.status_code != 200:
            raise GatewayError(DeliveryStatus.CONFIGURATION, f"the modem says {answer.status_code}")
        return ""
