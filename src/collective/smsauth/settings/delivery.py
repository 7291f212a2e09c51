"""Settings of channels, and of which gateways deliver."""

from collective.smsauth import _
from collective.smsauth.settings.fields import switch
from plone.supermodel import model
from zope import schema


class IDeliverySettings(model.Schema):
    """By which channels codes travel, and who delivers them."""

    model.fieldset(
        "channels",
        label=_("fieldset_channels", default="Channels"),
        fields=["channel_text", "channel_voice", "channel_email"],
    )

    channel_text = switch(_("label_channel_text", default="Text message"), default=True)
    channel_voice = switch(
        _("label_channel_voice", default="Voice call"),
        _(
            "help_channel_voice",
            default="The code is read out twice: for landlines, and for people who cannot read a text message.",
        ),
    )
    channel_email = switch(
        _("label_channel_email", default="E-mail"),
        _(
            "help_channel_email",
            default="To the address in the profile, once it is verified. NIST SP 800-63B-4 does not accept e-mail as a second "
            "factor: it can often be read with a password alone, and Plone resets passwords by e-mail as well.",
        ),
    )
    gateway = schema.Choice(
        title=_("label_gateway", default="Gateway"),
        description=_(
            "help_gateway",
            default="Who delivers the texts. The outbox writes them to a file on the server: for trying out only.",
        ),
        vocabulary="collective.smsauth.gateways",
        default="outbox",
        required=True,
    )
    gateway_second = schema.Choice(
        title=_("label_gateway_second", default="Second gateway"),
        description=_(
            "help_gateway_second",
            default="Takes over when the gateway fails for reasons of its own, such as no connection, no answer or no credit. "
            "It is not used when the number is the reason.",
        ),
        vocabulary="collective.smsauth.gateways",
        default="",
        missing_value="",
        required=False,
    )
