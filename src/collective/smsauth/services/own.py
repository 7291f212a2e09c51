"""``@smsauth`` and what hangs below it: a table tells which service answers to which method and first name in the address."""

from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.services import contact_points
from collective.smsauth.services import recovery_codes
from collective.smsauth.services import refusals
from collective.smsauth.services import sessions
from collective.smsauth.services import set_up
from collective.smsauth.services import trusted_browsers
from collective.smsauth.services import verification_codes
from collective.smsauth.services.disable import TurnOff
from collective.smsauth.services.service import is_asked_for
from collective.smsauth.services.service import StepService
from collective.smsauth.services.status import Status
from collective.smsauth.services.step_up import StepUp
from plone.restapi.services import Service
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse

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


@implementer(IPublishTraverse, ISecondStepView)
class Own(Service):
    """Hands a request on; registered once for each method. It is published for all: each service refuses by itself who may not use it."""

    def __init__(self, context, request) -> None:
        super().__init__(context, request)
        self.names: list[str] = []

    def publishTraverse(self, request, name: str) -> "Own":
        """Take the names that follow in the address."""
        self.names.append(name)
        return self

    def reply(self):
        """Return the answer of the service, or 404 as Plone answers to a method or name for which there is none."""
        first, rest = (self.names or [""])[0], self.names[1:]
        factory = SERVICES.get((self.method, first))
        if factory is None or not is_asked_for(self) or (self.names and not first):
            self.request.response.setHeader("Cache-Control", "no-store, private")
            return refusals.not_found().answer(self.request)
        service = factory(self.context, self.request)
        service.names, service.method = rest, self.method
        return service.reply()
