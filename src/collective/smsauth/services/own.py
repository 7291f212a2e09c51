"""``@smsauth`` and what hangs below it: a table tells which service answers to which method and first name in the address."""

from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.services import recovery_codes
from collective.smsauth.services import sessions
from collective.smsauth.services import trusted_browsers
from collective.smsauth.services.disable import TurnOff
from collective.smsauth.services.service import ServiceTable
from collective.smsauth.services.service import StepService
from collective.smsauth.services.status import Status
from zope.interface import implementer

#: By the method of the request and the first name in the address. The names that follow are those of the service.
SERVICES: dict[tuple[str, str], type[StepService]] = {
    ("GET", ""): Status,
    ("POST", "turn-off"): TurnOff,
    ("GET", "recovery-codes"): recovery_codes.Left,
    ("POST", "recovery-codes"): recovery_codes.Make,
    ("GET", "browsers"): trusted_browsers.List,
    ("DELETE", "browsers"): trusted_browsers.Forget,
    ("GET", "sessions"): sessions.List,
    ("DELETE", "sessions"): sessions.End,
}


@implementer(ISecondStepView)
class Own(ServiceTable):
    """``@smsauth``."""

    services = SERVICES
