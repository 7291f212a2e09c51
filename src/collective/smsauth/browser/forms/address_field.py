"""The field for an address that is to be proved: how it is typed, read and shown again."""

from collective.smsauth import _
from collective.smsauth.browser.forms import country_names
from collective.smsauth.domain import phone
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.domain.policy import Policy
from collective.smsauth.flows import channel_messages
from collective.smsauth.flows import messages
from enum import Enum
from Products.CMFPlone.RegistrationTool import checkEmailAddress
from Products.CMFPlone.RegistrationTool import EmailAddressInvalid
from zope import schema


class AddressKind(str, Enum):
    """What a form asks for."""

    NUMBER = "number"
    EMAIL = "email"


#: The name under which browsers send a country that was chosen: as a list.
COUNTRY = "form.widgets.country"
_LONGEST_EMAIL = 254
_INPUTS = {AddressKind.NUMBER: "tel", AddressKind.EMAIL: "email"}
_LABELS = {
    AddressKind.NUMBER: _("label_number", default="Phone number"),
    AddressKind.EMAIL: _("label_email", default="E-mail address"),
}
_MOBILE = _("label_mobile_number", default="Mobile phone number")
_NO_EMAIL = _("email_malformed", default="This is not an e-mail address. Check what you typed.")


_NO_CALLS = _(
    "phone_no_calls",
    default="Codes are not sent to numbers of this kind. Enter the number of a mobile phone or of a landline.",
)


def country_choice() -> schema.Choice:
    """Return the field for the country of a number, to stand behind that of the number, which has the focus. It may be left out."""
    return schema.Choice(
        title=_("label_country", default="Country"),
        description=_(
            "help_country",
            default="Where the number is from. Makes no difference to one that begins with + and the country code.",
        ),
        vocabulary="collective.smsauth.countries",
        required=False,
    )


def prepare(form, field: str, kind: AddressKind, former: str) -> None:
    """Let browsers fill the field in, say what to type, and show the ``former`` address again ('' if there is none)."""
    policy = form.parts.policy
    form.describe(field, type=_INPUTS[kind], autocomplete=_INPUTS[kind])
    widget = form.widgets[field]
    widget.label = _LABELS[kind] if kind is AddressKind.EMAIL or _calls(policy) else _MOBILE
    if kind is AddressKind.NUMBER:
        widget.description = _number_help(policy.default_region, form.request)
    if "country" in form.widgets:
        choose_country(form, former)
    if former and not widget.value:
        widget.value = channel_messages.shown(former)


def read(typed: object, kind: AddressKind, policy: Policy, country: str | None = None):
    """Return an address as it is kept, and None, or '' and why it is of no use (a message id).

    ``country`` is where a number was said to be from, as ISO 3166-1 alpha-2; else it is one of the policy's region.
    """
    if kind is AddressKind.EMAIL:
        address = _email(typed)
        return address, None if address else _NO_EMAIL
    number = phone.parse(typed, country or policy.default_region, calls=_calls(policy))
    if not isinstance(number, PhoneProblem):
        return number, None
    return "", _NO_CALLS if number is PhoneProblem.NO_TEXTS and _calls(policy) else messages.of_phone(number)


def choose_country(form, former: str = "") -> None:
    """Choose what was chosen before; else the country of the ``former`` number (E.164), or that of the site."""
    widget, policy = form.widgets["country"], form.parts.policy
    widget.noValueMessage = _("country_open", default="As the number says: + and the country code")
    if COUNTRY not in form.request.form:
        known = phone.region_of(former) if former else ""
        widget.value = [region] if (region := known or policy.default_region) else []


def _number_help(region: str, request):
    if not region:
        return _(
            "help_number_country",
            default="As it is dialled in that country, or with + and the country code, such as +31 6 12345678.",
        )
    return _(
        "help_number_region",
        default="With + and the country code, or as it is dialled in ${region}.",
        mapping={"region": f"{region} ({country_names.name_of(region, request)})"},
    )


def _calls(policy: Policy) -> bool:
    return Channel.VOICE in policy.channels


def _email(typed: object) -> str:
    address = typed.strip() if isinstance(typed, str) else ""
    try:
        checkEmailAddress(address[: _LONGEST_EMAIL + 1])
    except EmailAddressInvalid:
        return ""
    is_plain = address.isprintable() and " " not in address and len(address) <= _LONGEST_EMAIL
    return address if is_plain else ""
