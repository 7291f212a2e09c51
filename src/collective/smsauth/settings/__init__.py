"""What an administrator can set: the registry schema. Its bounds are those of the domain."""

from collective.smsauth.settings.brake import IBrakeSettings
from collective.smsauth.settings.codes import ICodeSettings
from collective.smsauth.settings.gateways import GATEWAY_SETTINGS
from collective.smsauth.settings.gateways import IGatewaySettings
from collective.smsauth.settings.gateways import SECRETS
from collective.smsauth.settings.members import IMemberSettings
from collective.smsauth.settings.texts import ITextSettings

__all__ = ("GATEWAY_SETTINGS", "ISMSAuthSettings", "PREFIX", "SECRETS")

PREFIX = "collective.smsauth"


class ISMSAuthSettings(ITextSettings, IBrakeSettings, ICodeSettings, IGatewaySettings, IMemberSettings):
    """Settings of two-step verification. All lifetimes and waits are seconds. On the page the last of the bases comes first."""
