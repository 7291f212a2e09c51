"""Settings of what texts may cost, and where they may go."""

from collective.smsauth import _
from collective.smsauth.settings.fields import bounded
from collective.smsauth.settings.fields import lines
from collective.smsauth.settings.fields import valid_region
from plone.supermodel import model


class ICostSettings(model.Schema):
    """Where texts may go, and how many."""

    model.fieldset(
        "brake",
        label=_("fieldset_brake", default="Countries and cost"),
        fields=[
            "allowed_countries",
            "blocked_countries",
            "budget",
        ],
    )

    allowed_countries = lines(
        _("label_allowed_countries", default="Countries to which codes are sent"),
        _("help_allowed_countries", default="Two capital letters, one a line. Left empty, all but the blocked ones."),
        constraint=valid_region,
    )
    blocked_countries = lines(
        _("label_blocked_countries", default="Countries to which no codes are sent"),
        _("help_blocked_countries", default="Two capital letters, one a line."),
        constraint=valid_region,
    )
    budget = bounded(
        "budget",
        _("label_budget", default="Texts and calls in a month"),
        _(
            "help_budget",
            default="0 to 10000000; 0 for no limit. Administrators are told at 80 %. At 100 % no more are sent: recovery codes, "
            "e-mail and administrators still let members in.",
        ),
    )
