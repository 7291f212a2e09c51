"""What an administrator can set of the gateway to Twilio."""

from collective.smsauth import _
from collective.smsauth.interfaces import GatewaySettings
from collective.smsauth.settings.fields import line
from plone.supermodel import model
from zope import schema


class ITwilioSettings(model.Schema):
    """Account, credentials, and who sends and calls."""

    model.fieldset(
        "twilio",
        label=_("gateway_twilio", default="Twilio"),
        fields=[
            "twilio_account_sid",
            "twilio_auth_token",
            "twilio_api_key_sid",
            "twilio_api_key_secret",
            "twilio_from",
            "twilio_messaging_service_sid",
            "twilio_voice_from",
        ],
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


SETTINGS = GatewaySettings(
    schema=ITwilioSettings,
    # Only the environment sets it: whoever may edit the registry must not be able to send the token elsewhere.
    environment=("twilio_base_url",),
    kept_secrets={
        "twilio_auth_token": (
            "twilio_account_sid",
            _(
                "remark_token_kept",
                default="The account SID was changed, but the auth token was not: the stored one was kept. "
                "If it belongs to the former account, enter the new one as well.",
            ),
        ),
        "twilio_api_key_secret": (
            "twilio_api_key_sid",
            _(
                "remark_key_secret_kept",
                default="The API key SID was changed, but its secret was not: the stored one was kept. "
                "If it belongs to the former key, enter the new one as well.",
            ),
        ),
    },
)
