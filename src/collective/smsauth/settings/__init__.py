"""What an administrator can set: schemas, reading, changing, validating.

May import ``domain`` and ``interfaces``.
"""

from collective.smsauth.settings.codes import ICodeSettings
from collective.smsauth.settings.costs import ICostSettings
from collective.smsauth.settings.delivery import IDeliverySettings
from collective.smsauth.settings.members import IMemberSettings
from collective.smsauth.settings.texts import ITextSettings

__all__ = ("ISMSAuthSettings", "PREFIX")

PREFIX = "collective.smsauth"


class ISMSAuthSettings(ITextSettings, ICostSettings, ICodeSettings, IDeliverySettings, IMemberSettings):
    """Settings of two-step verification; each gateway brings its own besides. All lifetimes and waits are seconds.

    On the page the last of the bases comes first. The bounds are those of the domain.
    """
