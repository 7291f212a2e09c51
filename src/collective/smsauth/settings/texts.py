"""Settings of the wording of texts."""

from collective.smsauth import _
from collective.smsauth.settings.fields import line
from plone.supermodel import model
from zope.interface import Invalid


def carries_code(template: str) -> bool:
    """Accept '' (the translated default) and texts with ${code} in them, on one line."""
    if template and "${code}" not in template:
        raise Invalid(_("error_no_code", default="The text must contain the placeholder of the code: ${code}."))
    return True


class ITextSettings(model.Schema):
    """Wording of the texts; left empty, the translated standard ones are used."""

    model.fieldset(
        "texts",
        label=_("fieldset_texts", default="Wording of the texts"),
        fields=["text_sign_in", "text_set_up", "text_reset"],
    )

    text_sign_in = line(
        _("label_text_sign_in", default="Login text"),
        _(
            "help_text",
            default="Placeholders: ${site}, ${code}, ${minutes}. Left empty, the translated standard text is used.",
        ),
        longest=140,
        constraint=carries_code,
    )
    text_set_up = line(
        _("label_text_set_up", default="Set-up text"),
        longest=140,
        constraint=carries_code,
    )
    text_reset = line(
        _("label_text_reset", default="Reset text"),
        _("help_text_reset", default="Only the code belongs here: the text may reach a stranger."),
        longest=140,
        constraint=carries_code,
    )
