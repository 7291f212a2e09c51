"""What an administrator can set of the gateway to Apprise."""

from collective.smsauth import _
from collective.smsauth.delivery.gateways.apprise.service import check
from collective.smsauth.interfaces import GatewaySettings
from collective.smsauth.settings.fields import line
from plone.supermodel import model
from zope import schema


class IAppriseSettings(model.Schema):
    """The URL of a service, in which its credentials are."""

    model.fieldset("apprise", label=_("gateway_apprise", default="Apprise"), fields=["apprise_url"])

    apprise_url = line(
        _("label_apprise_url", default="URL of the service"),
        _(
            "help_apprise_url",
            default="As Apprise has it, such as msgbird://key/sender. The phone number is added at the end, or stands where you write "
            "{{mobile}}. Never shown. Leave it empty to keep the stored one.",
        ),
        longest=2000,
        kind=schema.Password,
    )


SETTINGS = GatewaySettings(schema=IAppriseSettings, variable_prefix="SMSAUTH_", check=check)
