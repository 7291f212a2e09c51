"""Settings of codes and of how often one may be sent."""

from collective.smsauth import _
from collective.smsauth.domain.policy import RESEND_WAIT_BOUNDS
from collective.smsauth.settings.fields import bounded
from collective.smsauth.settings.fields import DEFAULTS
from collective.smsauth.settings.fields import switch
from plone.supermodel import model
from zope import schema


class ICodeSettings(model.Schema):
    """Codes and limits. All lifetimes and waits are seconds."""

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
            "texts_per_number_total",
            "texts_per_address",
            "texts_per_site",
            "reset_link_lifetime",
            "reset_email_hours",
            "generate_codes",
            "prepared_lifetime",
            "access_page",
        ],
    )

    code_length = bounded(
        "code_length", _("label_code_length", default="Digits of a code"), _("help_code_length", default="6 to 10.")
    )
    code_lifetime = bounded(
        "code_lifetime",
        _("label_code_lifetime", default="Lifetime of a code, in seconds"),
        _("help_code_lifetime", default="60 to 600."),
    )
    max_tries = bounded(
        "max_tries",
        _("label_max_tries", default="Tries for one code"),
        _("help_max_tries", default="3 to 10. After that a new code has to be asked for."),
    )
    failures_before_pause = bounded(
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
        default=DEFAULTS.resend_waits,
        missing_value=(),
        min_length=1,
        max_length=10,
        required=True,
    )
    texts_per_user = bounded(
        "texts_per_user",
        _("label_texts_per_user", default="Texts per member in 30 minutes"),
        _("help_texts_per_user", default="1 to 100."),
    )
    texts_per_number = bounded(
        "texts_per_number",
        _("label_texts_per_number", default="Texts per phone number in 24 hours"),
        _("help_texts_per_number", default="1 to 1000. Texts that one member causes take nothing from another’s."),
    )
    texts_per_number_total = bounded(
        "texts_per_number_total",
        _("label_texts_per_number_total", default="Texts per phone number in 24 hours, of all members together"),
        _(
            "help_texts_per_number_total",
            default="1 to 10000. Keep it well above the number for one member: else somebody who asks for codes to a "
            "number keeps its owner out.",
        ),
    )
    texts_per_address = bounded(
        "texts_per_address",
        _("label_texts_per_address", default="Texts per client address in an hour"),
        _(
            "help_texts_per_address",
            default="1 to 10000. Raise it where many members share one address, as behind the router of an office.",
        ),
    )
    reset_link_lifetime = bounded(
        "reset_link_lifetime",
        _("label_reset_link_lifetime", default="Lifetime of a reset link, in seconds"),
        _("help_reset_link_lifetime", default="300 to 3600."),
    )
    reset_email_hours = bounded(
        "reset_email_hours",
        _("label_reset_email_hours", default="Hours before a new e-mail address gets reset links"),
        _(
            "help_reset_email_hours",
            default="0 to 720. A link that moves the codes to another phone goes only to an e-mail address that the member has "
            "verified, or that has been in their profile for so long.",
        ),
    )
    texts_per_site = bounded(
        "texts_per_site",
        _("label_texts_per_site", default="Texts of the whole site in an hour"),
        _(
            "help_texts_per_site",
            default="10 to 100000. Further codes have to wait: an attack must not use up your credit.",
        ),
    )
    generate_codes = switch(
        _("label_generate_codes", default="Send codes that are made on the spot"),
        _(
            "help_generate_codes",
            default="If this is off, members can log in only with a code that an administrator has prepared, or with a "
            "recovery code.",
        ),
        default=True,
    )
    prepared_lifetime = bounded(
        "prepared_lifetime",
        _("label_prepared_lifetime", default="Lifetime of a prepared code, in seconds"),
        _(
            "help_prepared_lifetime",
            default="300 to 86400. Administrators prepare them for members who cannot be reached.",
        ),
    )
    access_page = switch(
        _("label_access_page", default="Ask for a code before a password reset"),
        _(
            "help_access_page",
            default="Members who forgot their password first enter a code that is sent to their phone.",
        ),
    )
