"""``@smsauth`` and what hangs below it: a table tells which service answers to which method and first name in the address."""

from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.services import contact_points
from collective.smsauth.services import recovery_codes
from collective.smsauth.services import sessions
from collective.smsauth.services import set_up
from collective.smsauth.services import trusted_browsers
from collective.smsauth.services import verification_codes
from collective.smsauth.services.disable import TurnOff
from collective.smsauth.services.service import ServiceTable
from collective.smsauth.services.service import StepService
from collective.smsauth.services.status import Status
from collective.smsauth.services.step_up import StepUp
from zope.interface import implementer

#: By the method of the request and the first name in the address. The names that follow are those of the service.
SERVICES: dict[tuple[str, str], type[StepService]] = {
    ("GET", ""): Status,
    ("POST", "set-up"): set_up.SetUp,
    ("POST", "confirm"): set_up.Confirm,
    ("POST", "validate-code"): verification_codes.ValidateCode,
    ("POST", "resend-code"): verification_codes.ResendCode,
    ("GET", "contacts"): contact_points.List,
    ("POST", "contacts"): contact_points.Post,
    ("PATCH", "contacts"): contact_points.Change,
    ("DELETE", "contacts"): contact_points.Remove,
    ("POST", "turn-off"): TurnOff,
    ("GET", "recovery-codes"): recovery_codes.Left,
    ("POST", "recovery-codes"): recovery_codes.Make,
    ("GET", "browsers"): trusted_browsers.List,
    ("DELETE", "browsers"): trusted_browsers.Forget,
    ("GET", "sessions"): sessions.List,
    ("DELETE", "sessions"): sessions.End,
    ("POST", "step-up"): StepUp,
}


@implementer(ISecondStepView)
class Own(ServiceTable):
    """``@smsauth``."""

    services = SERVICES
