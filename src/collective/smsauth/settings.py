"""What an administrator can set: the registry schema. Its bounds are those of the domain."""

from collective.smsauth import _
from collective.smsauth.domain.phone import is_region
from collective.smsauth.domain.policy import BOUNDS
from collective.smsauth.domain.policy import Enforcement
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.policy import RESEND_WAIT_BOUNDS
from plone.supermodel import model
from zope import schema
from zope.interface import Invalid
from zope.schema.vocabulary import SimpleTerm
from zope.schema.vocabulary import SimpleVocabulary

PREFIX = "collective.smsauth"
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

_DEFAULTS = Policy()

_ENFORCEMENT = SimpleVocabulary(
    [
        SimpleTerm(Enforcement.OPTIONAL.value, title=_("enforcement_optional", default="Each member decides")),
        SimpleTerm(Enforcement.REQUIRED.value, title=_("enforcement_required", default="Required for everyone")),
    ]
)


def valid_region(code: str) -> bool:
    """Accept '' and the two letters of a country whose numbers are known."""
    if code and not is_region(code):
        raise Invalid(_("error_region", default="Enter the two capital letters of a country, such as NL or DE."))
    return True


def carries_code(template: str) -> bool:
    """Accept '' (the translated default) and texts with ${code} in them, on one line."""
    if template and "${code}" not in template:
        raise Invalid(_("error_no_code", default="The text must contain the placeholder of the code: ${code}."))
    return True


def _bounded(name: str, title, description) -> schema.Int:
    least, most = BOUNDS[name]
    default = getattr(_DEFAULTS, name)
    return schema.Int(title=title, description=description, default=default, min=least, max=most, required=True)


def _line(title, description=None, *, longest: int = 200, kind=schema.TextLine, **more) -> schema.TextLine:
    empty = {"default": "", "missing_value": "", "required": False}
    return kind(title=title, description=description or "", max_length=longest, **empty, **more)


class ISMSAuthSettings(model.Schema):
    """Settings of two-step verification. All lifetimes and waits are seconds."""

    model.fieldset(
        "codes",
        label=_("fieldset_codes", default="Codes and limits"),
        fields=[
            "code_length",
            "code_lifetime",
            "max_tries",
            "failures_before_pause",
            "resend_waits",
            "texts_per_user",
            "texts_per_number",
            "texts_per_address",
            "reset_link_lifetime",
        ],
    )
    model.fieldset(
        "twilio",
        label=_("gateway_twilio", default="Twilio"),
        fields=list(GATEWAY_SETTINGS),
    )
    model.fieldset(
        "texts",
        label=_("fieldset_texts", default="Wording of the texts"),
        fields=["text_sign_in", "text_set_up", "text_reset"],
    )

    enforcement = schema.Choice(
        title=_("label_enforcement", default="Who uses two-step verification"),
        description=_(
            "help_enforcement",
            default="If it is required, members without a phone number set one up when they next sign in.",
        ),
        vocabulary=_ENFORCEMENT,
        default=_DEFAULTS.enforcement.value,
        required=True,
    )
    default_region = schema.TextLine(
        title=_("label_default_region", default="Country of numbers without a country code"),
        description=_(
            "help_default_region",
            default="Two capital letters, such as NL. Left empty, members type numbers with + and the country code.",
        ),
        default="",
        missing_value="",
        required=False,
        constraint=valid_region,
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

    code_length = _bounded(
        "code_length", _("label_code_length", default="Digits of a code"), _("help_code_length", default="6 to 10.")
    )
    code_lifetime = _bounded(
        "code_lifetime",
        _("label_code_lifetime", default="Lifetime of a code, in seconds"),
        _("help_code_lifetime", default="60 to 600."),
    )
    max_tries = _bounded(
        "max_tries",
        _("label_max_tries", default="Tries for one code"),
        _("help_max_tries", default="3 to 10. After that a new code has to be asked for."),
    )
    failures_before_pause = _bounded(
        "failures_before_pause",
        _("label_failures_before_pause", default="Wrong codes in a row before a pause"),
        _(
            "help_failures_before_pause",
            default="5 to 20. The pause is one minute and doubles with each further wrong code, up to 15 minutes.",
        ),
    )
    resend_waits = schema.Tuple(
        title=_("label_resend_waits", default="Waits before the next text, in seconds"),
        description=_(
            "help_resend_waits",
            default="One number a line, each 5 to 3600: after the first text, after the second, and so on.",
        ),
        value_type=schema.Int(min=RESEND_WAIT_BOUNDS[0], max=RESEND_WAIT_BOUNDS[1]),
        default=_DEFAULTS.resend_waits,
        missing_value=(),
        min_length=1,
        max_length=10,
        required=True,
    )
    texts_per_user = _bounded(
        "texts_per_user",
        _("label_texts_per_user", default="Texts per member in 30 minutes"),
        _("help_texts_per_user", default="1 to 100."),
    )
    texts_per_number = _bounded(
        "texts_per_number",
        _("label_texts_per_number", default="Texts per phone number in 24 hours"),
        _("help_texts_per_number", default="1 to 1000."),
    )
    texts_per_address = _bounded(
        "texts_per_address",
        _("label_texts_per_address", default="Texts per client address in an hour"),
        _(
            "help_texts_per_address",
            default="1 to 10000. Raise it where many members share one address, as behind the router of an office.",
        ),
    )
    reset_link_lifetime = _bounded(
        "reset_link_lifetime",
        _("label_reset_link_lifetime", default="Lifetime of a reset link, in seconds"),
        _("help_reset_link_lifetime", default="300 to 3600."),
    )

    twilio_account_sid = _line(
        _("label_twilio_account_sid", default="Account SID"),
        _("help_twilio_account_sid", default="Starts with AC; on the first page of Twilio's console."),
    )
    twilio_auth_token = _line(
        _("label_twilio_auth_token", default="Auth token"),
        _("help_secret", default="Never shown. Leave it empty to keep the stored one."),
        kind=schema.Password,
    )
    twilio_api_key_sid = _line(
        _("label_twilio_api_key_sid", default="API key SID"),
        _("help_twilio_api_key_sid", default="Instead of the auth token; starts with SK."),
    )
    twilio_api_key_secret = _line(
        _("label_twilio_api_key_secret", default="API key secret"),
        _("help_secret", default="Never shown. Leave it empty to keep the stored one."),
        kind=schema.Password,
    )
    twilio_from = _line(
        _("label_twilio_from", default="Sender"),
        _("help_twilio_from", default="A number of yours at Twilio, such as +31612345678, or a registered name."),
    )
    twilio_messaging_service_sid = _line(
        _("label_twilio_messaging_service_sid", default="Messaging Service SID"),
        _("help_twilio_messaging_service_sid", default="Instead of a sender; starts with MG."),
    )

    twilio_voice_from = _line(
        _("label_twilio_voice_from", default="Caller"),
        _(
            "help_twilio_voice_from",
            default="The number from which codes are read out, with + and the country code. Left empty, it is the sender, "
            "if that is such a number.",
        ),
    )

    text_sign_in = _line(
        _("label_text_sign_in", default="Sign-in text"),
        _(
            "help_text",
            default="Placeholders: ${site}, ${code}, ${minutes}. Left empty, the translated standard text is used.",
        ),
        longest=140,
        constraint=carries_code,
    )
    text_set_up = _line(
        _("label_text_set_up", default="Set-up text"),
        longest=140,
        constraint=carries_code,
    )
    text_reset = _line(
        _("label_text_reset", default="Reset text"),
        _("help_text_reset", default="Only the code belongs here: the text may reach a stranger."),
        longest=140,
        constraint=carries_code,
    )
