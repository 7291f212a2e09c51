"""What an administrator can set of a custom gateway."""

from collective.smsauth import _
from collective.smsauth.delivery.gateways.http.configuration import check
from collective.smsauth.delivery.gateways.http.configuration import CONTENT_TYPES
from collective.smsauth.delivery.gateways.http.configuration import DIGITS
from collective.smsauth.delivery.gateways.http.configuration import E164
from collective.smsauth.delivery.gateways.http.configuration import METHODS
from collective.smsauth.interfaces import GatewaySettings
from collective.smsauth.settings.fields import line
from plone.supermodel import model
from typing import Any
from zope import schema
from zope.i18nmessageid import Message
from zope.schema.vocabulary import SimpleTerm
from zope.schema.vocabulary import SimpleVocabulary

_NUMBER_FORMATS = SimpleVocabulary(
    [
        SimpleTerm(E164, title=_("number_with_plus", default="with +, such as +31612345678")),
        SimpleTerm(DIGITS, title=_("number_without_plus", default="without +, such as 31612345678")),
    ]
)


def _choice(title: Message, *, values: tuple[str, ...] = (), default: str = "", **more: Any) -> schema.Choice:
    """Return a choice that need not be made: then it is the default."""
    offered = {"values": values} if values else {}
    return schema.Choice(title=title, default=default or values[0], missing_value="", required=False, **offered, **more)


class IHTTPSettings(model.Schema):
    """Where a text goes, in which form, and what the answer says."""

    model.fieldset(
        "http",
        label=_("gateway_http", default="Custom HTTP"),
        fields=[
            "http_url",
            "http_method",
            "http_content_type",
            "http_payload",
            "http_headers",
            "http_number_format",
            "http_success_status",
            "http_success_path",
            "http_success_text",
            "http_message_id",
        ],
    )

    http_url = line(
        _("label_http_url", default="URL"),
        _("help_http_url", default="Where the provider takes texts, such as https://api.example.com/messages."),
        longest=2000,
    )
    http_method = _choice(_("label_http_method", default="Method"), values=METHODS)
    http_content_type = _choice(_("label_http_content_type", default="Content type"), values=CONTENT_TYPES)
    http_payload = line(
        _("label_http_payload", default="Template of the request"),
        _(
            "help_http_payload",
            default="{{body}} stands for the text and {{mobile}} for the number. "
            'JSON: {"to": {{mobile}}, "content": {{body}}}. FORM: to={{mobile}}&text={{body}}.',
        ),
        longest=5000,
        kind=schema.Text,
    )
    http_headers = line(
        _("label_http_headers", default="Headers"),
        _(
            "help_http_headers",
            default="Such as Authorization: Bearer abc. One a line, or all on one line separated by commas. Their values are never shown. "
            "Leave it empty to keep the stored ones; what you enter replaces all of them.",
        ),
        longest=5000,
        kind=schema.Text,
    )
    http_number_format = _choice(
        _("label_http_number_format", default="How the phone number is written"),
        vocabulary=_NUMBER_FORMATS,
        default=E164,
    )
    http_success_status = line(
        _("label_http_success_status", default="Status of success"),
        _("help_http_success_status", default="Such as 200, 202. Left empty, it is every status from 200 to 299."),
    )
    http_success_path = line(
        _("label_http_success_path", default="Where the answer tells success"),
        _(
            "help_http_success_path",
            default="A path in the JSON of the answer, such as $.messages[0].status. What is below has to stand there; if that is "
            "empty, anything but nothing.",
        ),
    )
    http_success_text = line(
        _("label_http_success_text", default="What the answer says of success"),
        _("help_http_success_text", default="Such as OK or 0. Without a path it may stand anywhere in the answer."),
    )
    http_message_id = line(
        _("label_http_message_id", default="Where the answer has the id of the message"),
        _(
            "help_http_message_id",
            default="A path in its JSON, such as $.messages[0].id. It is only written to the log.",
        ),
    )


SETTINGS = GatewaySettings(
    schema=IHTTPSettings,
    # Only the environment sets it: whoever may edit the registry must not reach the site's own network.
    environment=("http_allow_private",),
    variable_prefix="SMSAUTH_",
    secrets=("http_headers",),
    # a template may have the provider's key in it
    sent_to={"http_headers": "http_url", "http_payload": "http_url"},
    check=check,
    kept_secrets={
        "http_headers": (
            "http_url",
            _(
                "remark_headers_kept",
                default="The URL was changed, but the headers were not: the stored ones are sent to the new URL. If they belong to the "
                "former one, enter the new ones as well.",
            ),
        ),
    },
)
