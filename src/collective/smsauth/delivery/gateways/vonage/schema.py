"""What an administrator can set of the gateway to Vonage."""

from collective.smsauth import _
from collective.smsauth.interfaces import GatewaySettings
from collective.smsauth.settings.fields import line
from plone.supermodel import model
from zope import schema


class IVonageSettings(model.Schema):
    """Credentials, who sends, and what signs the reports."""

    model.fieldset(
        "vonage",
        label=_("gateway_vonage", default="Vonage"),
        fields=["vonage_api_key", "vonage_api_secret", "vonage_from", "vonage_signature_secret"],
    )

    vonage_api_key = line(
        _("label_vonage_api_key", default="API key"),
        _("help_vonage_api_key", default="On the first page of Vonage's dashboard."),
    )
    vonage_api_secret = line(
        _("label_vonage_api_secret", default="API secret"),
        _("help_secret", default="Never shown. Leave it empty to keep the stored one."),
        kind=schema.Password,
    )
    vonage_from = line(
        _("label_vonage_from", default="Sender at Vonage"),
        _(
            "help_vonage_from",
            default="A number of yours at Vonage, such as +31612345678, or a name of at most eleven letters and digits.",
        ),
    )
    vonage_signature_secret = line(
        _("label_vonage_signature_secret", default="Signature secret"),
        _(
            "help_vonage_signature_secret",
            default="From the settings of Vonage's dashboard. With it, Vonage reports what became of a text. Never shown. Leave it empty "
            "to keep the stored one.",
        ),
        kind=schema.Password,
    )


SETTINGS = GatewaySettings(
    schema=IVonageSettings,
    # Only the environment sets it: whoever may edit the registry must not be able to send the secret elsewhere.
    environment=("vonage_base_url",),
    kept_secrets={
        "vonage_api_secret": (
            "vonage_api_key",
            _(
                "remark_vonage_secret_kept",
                default="The API key was changed, but its secret was not: the stored one was kept. "
                "If it belongs to the former key, enter the new one as well.",
            ),
        ),
    },
)
