"""Settings of channels and gateways."""

from collective.smsauth import _
from collective.smsauth.settings.fields import line
from collective.smsauth.settings.fields import switch
from plone.supermodel import model
from zope import schema

SECRETS = ("twilio_auth_token", "twilio_api_key_secret")
#: Settings of a gateway that the environment can set: the variable is the name in capitals.
GATEWAY_SETTINGS = (
    "twilio_account_sid",
    "twilio_auth_token",
    "twilio_api_key_sid",
    "twilio_api_key_secret",
    "twilio_from",
    "twilio_messaging_service_sid",
    "twilio_voice_from",
)


class IGatewaySettings(model.Schema):
    """By which channels codes travel, and who delivers them."""

    model.fieldset(
        "channels",
        label=_("fieldset_channels", default="Channels"),
        fields=["channel_text", "channel_voice", "channel_email"],
    )
    model.fieldset(
        "twilio",
        label=_("gateway_twilio", default="Twilio"),
        fields=list(GATEWAY_SETTINGS),
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

    twilio_account_sid = line(
        _("label_twilio_account_sid", default="Account SID"),
        _("help_twilio_account_sid", default="Starts with AC; on the first page of Twilio's console."),
    )
    twilio_auth_token = line(
        _("label_twilio_auth_token", default="Auth token"),
        _("help_secret", default="Never shown. Leave it empty to keep the stored one."),
        kind=schema.Password,
    )
    twilio_api_key_sid = line(
        _("label_twilio_api_key_sid", default="API key SID"),
        _("help_twilio_api_key_sid", default="Instead of the auth token; starts with SK."),
    )
    twilio_api_key_secret = line(
        _("label_twilio_api_key_secret", default="API key secret"),
        _("help_secret", default="Never shown. Leave it empty to keep the stored one."),
        kind=schema.Password,
    )
    twilio_from = line(
        _("label_twilio_from", default="Sender"),
        _("help_twilio_from", default="A number of yours at Twilio, such as +31612345678, or a registered name."),
    )
    twilio_messaging_service_sid = line(
        _("label_twilio_messaging_service_sid", default="Messaging Service SID"),
        _("help_twilio_messaging_service_sid", default="Instead of a sender; starts with MG."),
    )
    twilio_voice_from = line(
        _("label_twilio_voice_from", default="Caller"),
        _(
            "help_twilio_voice_from",
            default="The number from which codes are read out, with + and the country code. Left empty, it is the sender, "
            "if that is such a number.",
        ),
    )
