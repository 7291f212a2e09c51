"""Settings of who uses the second step, from when on, and who is not asked."""

from collective.smsauth import _
from collective.smsauth.domain.policy import Enforcement
from collective.smsauth.settings.fields import bounded
from collective.smsauth.settings.fields import lines
from collective.smsauth.settings.fields import switch
from collective.smsauth.settings.fields import valid_network
from collective.smsauth.settings.fields import valid_region
from plone.autoform import directives
from plone.supermodel import model
from zope import schema
from zope.schema.vocabulary import SimpleTerm
from zope.schema.vocabulary import SimpleVocabulary

_ENFORCEMENT = SimpleVocabulary(
    [
        SimpleTerm(Enforcement.OPTIONAL.value, title=_("enforcement_optional", default="Each member decides")),
        SimpleTerm(
            Enforcement.SELECTED.value,
            title=_("enforcement_selected", default="Required for the groups and roles chosen below"),
        ),
        SimpleTerm(Enforcement.REQUIRED.value, title=_("enforcement_required", default="Required for everyone")),
    ]
)


class IMemberSettings(model.Schema):
    """Who is asked for the second step, and when not."""

    model.fieldset(
        "required",
        label=_("fieldset_required", default="Who must use it"),
        fields=[
            "required_groups",
            "required_roles",
            "grace_selected",
            "grace_everyone",
        ],
    )
    model.fieldset(
        "exempt",
        label=_("fieldset_exempt", default="Who is not asked for a code"),
        fields=[
            "exempt_networks",
            "exempt_groups",
            "exempt_roles",
            "exempt_users",
            "trust_days",
            "untrusted_groups",
            "untrusted_roles",
        ],
    )

    directives.order_before(enforcement="gateway")
    enforcement = schema.Choice(
        title=_("label_enforcement", default="Who uses two-step verification"),
        description=_(
            "help_enforcement",
            default="If it is required, members without a phone number set one up when they next log in.",
        ),
        vocabulary=_ENFORCEMENT,
        default=Enforcement.OPTIONAL.value,
        required=True,
    )
    default_region = schema.TextLine(
        title=_("label_default_region", default="Country of numbers without a country code"),
        description=_(
            "help_default_region",
            default="Two capital letters, such as NL. Left empty, it is the country of the site’s language and time zone. Members can "
            "choose another one, or type + and the country code.",
        ),
        default="",
        missing_value="",
        required=False,
        constraint=valid_region,
    )
    several_numbers = switch(
        _("label_several_numbers", default="Members may have several phone numbers"),
        _(
            "help_several_numbers",
            default="Up to five besides the primary one, each verified: when they log in, they choose where the code goes. Switched off, "
            "those that members have stay until they remove them.",
        ),
        default=True,
    )
    email_alone = switch(
        _("label_email_alone", default="Members may use their e-mail address instead of a phone"),
        _(
            "help_email_alone",
            default="Where codes are sent by e-mail: a member whose address is verified needs no phone number. This protects less, since "
            "whoever reads a member’s e-mails may get a new password and the code in the same mailbox. NIST SP 800-63B-4 does not accept "
            "e-mail as a second factor (out-of-band authenticator). Switched off, those who use it stay protected, and log in with a "
            "recovery code, or with the help of an administrator.",
        ),
        default=False,
    )

    required_groups = lines(
        _("label_required_groups", default="Groups that must use it"),
        _("help_groups", default="Ids of groups, one a line."),
    )
    required_roles = lines(
        _("label_required_roles", default="Roles that must use it"),
        _("help_roles", default="Names of roles, one a line, such as Manager or Site Administrator."),
    )
    grace_selected = schema.Date(
        title=_("label_grace_selected", default="Groups and roles: required after"),
        description=_(
            "help_grace",
            default="Until the end of that day, members are reminded when they log in. After that, they can go on only "
            "by setting up a phone. Left empty, it is required now.",
        ),
        required=False,
    )
    grace_everyone = schema.Date(
        title=_("label_grace_everyone", default="Everyone: required after"),
        description=_("help_grace_everyone", default="The same, where it is required for everyone."),
        required=False,
    )

    exempt_networks = lines(
        _("label_exempt_networks", default="Networks in which nobody is asked for a code"),
        _(
            "help_exempt_networks",
            default="In CIDR notation, one a line. If the site is behind a proxy, Zope must know the proxy as a "
            "trusted one, or all clients seem to be in its network.",
        ),
        constraint=valid_network,
    )
    exempt_groups = lines(
        _("label_exempt_groups", default="Groups that are not asked for a code"),
        _("help_groups", default="Ids of groups, one a line."),
    )
    exempt_roles = lines(
        _("label_exempt_roles", default="Roles that are not asked for a code"),
        _("help_roles", default="Names of roles, one a line, such as Manager or Site Administrator."),
    )
    exempt_users = lines(
        _("label_exempt_users", default="Members who are not asked for a code"),
        _("help_exempt_users", default="User ids, one a line: for accounts of programs, for example."),
    )
    trust_days = bounded(
        "trust_days",
        _("label_trust_days", default="Days for which a browser can be trusted"),
        _(
            "help_trust_days",
            default="0 to 90. For so long members may choose not to be asked for a code again on a browser of their "
            "own; with 0 this is not offered.",
        ),
    )
    untrusted_groups = lines(
        _("label_untrusted_groups", default="Groups that are asked for a code on every browser"),
        _("help_groups", default="Ids of groups, one a line."),
    )
    untrusted_roles = lines(
        _("label_untrusted_roles", default="Roles that are asked for a code on every browser"),
        _("help_roles", default="Names of roles, one a line, such as Manager or Site Administrator."),
    )
