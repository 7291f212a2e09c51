"""What all services of the second step have in common: what they take, and how they answer."""

from AccessControl.SecurityManagement import getSecurityManager
from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.flows import acts
from collective.smsauth.flows.requester import comes_from_elsewhere
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.requester import is_encodable
from collective.smsauth.services import refusals
from collective.smsauth.services.refusals import Refusal
from dataclasses import dataclass
from plone.protect.authenticator import check as check_authenticator
from plone.protect.interfaces import IDisableCSRFProtection
from plone.rest.interfaces import IAPIRequest
from plone.restapi.services import Service
from Products.Five.browser import BrowserView
from typing import Any
from zExceptions import Forbidden
from zope.interface import alsoProvides
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse

import json

#: Bytes of a body: far more than any of the services needs.
LARGEST_BODY = 64 * 1024
#: Most characters of one text in a body.
LONGEST_TEXT = 4096


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a body: its name, its type in JSON, and whether it has to be there. A null stands for one that is not."""

    name: str
    type: type = str
    required: bool = False


@implementer(IPublishTraverse)
class StepService(Service, BrowserView):
    """Base of the services: ``answer`` says what one does with the fields of a body.

    A service that writes takes ``application/json`` only, and switches Plone's protection against forged requests off for itself only
    then: a page of another site can have a browser send all other bodies with its cookies. A body that is not there has no type; then the
    request must show in another way that no such page has sent it.
    """

    #: The fields of the body that are looked at; all others are ignored.
    fields: tuple[Field, ...] = ()
    #: How many names may follow in the address.
    most_names = 0
    #: Whether there is nothing for anybody where the plugin is missing. Other services first find out who asks.
    hides_without_plugin = True
    #: The method that the service answers to. The directive that registers a service sets it.
    method = ""

    def __init__(self, context, request) -> None:
        super().__init__(context, request)
        self.names: list[str] = []

    def publishTraverse(self, request, name: str) -> "StepService":
        """Take the names that follow in the address."""
        self.names.append(name)
        return self

    @property
    def parts(self) -> wiring.Parts:
        """The parts of this request."""
        return wiring.of(self.request)

    def reply(self):
        """Return the JSON of the answer."""
        response = self.request.response
        response.setHeader("Cache-Control", "no-store, private")
        found = self._refusal_of_request() or self._body()
        if not isinstance(found, Refusal):
            found = self.answer(found)
        return found.answer(self.request) if isinstance(found, Refusal) else found

    def answer(self, data: dict[str, Any]) -> Any:
        """Return what the service answers to the fields of the body, or why it does nothing."""
        raise NotImplementedError

    def accepted(self, body: dict[str, Any], status: int = 202) -> dict[str, Any]:
        """Return a body with its status."""
        self.request.response.setStatus(status)
        return body

    def _refusal_of_request(self) -> Refusal | None:
        request = self.request
        if not is_asked_for(self) or not self._is_here() or len(self.names) > self.most_names:
            return refusals.not_found()
        if self.method == "GET":
            return None
        if _body_of(request) and not is_json(request):
            words = _("rest_error_type", default="The body has to be JSON, with “Content-Type: application/json”.")
            return Refusal(status=415, reason=refusals.NOT_JSON, message=words)
        if _may_be_forged(request):
            words = _(
                "rest_error_foreign",
                default="Send this with “Content-Type: application/json”: it could have been sent by a page of another site.",
            )
            return Refusal(status=403, reason=refusals.NOT_ALLOWED, message=words)
        alsoProvides(request, IDisableCSRFProtection)
        # what a page of another site has sent is not counted: it would use up the member's acts
        return self._refusal_of_acts()

    def _is_here(self) -> bool:
        return is_of_site(self) if self.hides_without_plugin else _is_at_hand(self)

    def _refusal_of_acts(self) -> Refusal | None:
        wait = acts.count(self.request, effective_user_id())
        return refusals.of_acts(wait) if wait else None

    def _body(self) -> dict[str, Any] | Refusal:
        body = _body_of(self.request) if self.method != "GET" else b""
        if len(body) > LARGEST_BODY:
            words = _("rest_error_large", default="The body is larger than anything that can be asked for here.")
            return Refusal(status=400, reason=refusals.BAD_REQUEST, message=words)
        try:
            data = json.loads(body, parse_constant=_refuse_constant) if body else {}
        except (ValueError, RecursionError):
            words = _("rest_error_not_json", default="The body cannot be read as JSON.")
            return Refusal(status=400, reason=refusals.NOT_JSON, message=words)
        if not isinstance(data, dict):
            words = _("rest_error_not_object", default="The body has to be a JSON object.")
            return Refusal(status=400, reason=refusals.BAD_REQUEST, message=words)
        return self._fields_of(data)

    def _fields_of(self, data: dict) -> dict[str, Any] | Refusal:
        found = {}
        for field in self.fields:
            value = data.get(field.name)
            if value is None and not field.required:
                continue
            if not _is_of(field.type, value):
                return refusals.of_field(field.name)
            found[field.name] = value
        return found


@implementer(IPublishTraverse)
class ServiceTable(Service):
    """Hands a request on to the service that its method and the names in its address stand for.

    It is registered once for each method, and published for all: each service refuses by itself who may not use it.
    """

    #: By the method of the request and what ``split`` makes of the names.
    services: Mapping[tuple[str, str], type[StepService]] = {}

    def __init__(self, context, request) -> None:
        super().__init__(context, request)
        self.names: list[str] = []

    def publishTraverse(self, request, name: str) -> "ServiceTable":
        """Take the names that follow in the address."""
        self.names.append(name)
        return self

    def split(self, names: list[str]) -> tuple[str, list[str]]:
        """Return the place in the table that names stand for, and the names that are left for the service."""
        return (names[0] if names else ""), names[1:]

    def reply(self):
        """Return the answer of the service, or 404 as Plone answers to a method or name for which there is none."""
        place, rest = self.split(self.names)
        factory = self.services.get((self.method, place)) if is_asked_for(self) else None
        if factory is None:
            self.request.response.setHeader("Cache-Control", "no-store, private")
            return refusals.not_found().answer(self.request)
        service = factory(self.context, self.request)
        service.names, service.method = rest, self.method
        return service.reply()


def body_of_plone(request) -> dict[str, Any] | Refusal:
    """Return what is in the body of one of Plone's own services, or why it is none: they take for granted what they nest."""
    try:
        found = json.loads(request.get("BODY") or "{}")
    except (ValueError, RecursionError):
        words = _("rest_error_not_json", default="The body cannot be read as JSON.")
        return Refusal(status=400, reason=refusals.NOT_JSON, message=words)
    if isinstance(found, dict):
        return found
    words = _("rest_error_not_object", default="The body has to be a JSON object.")
    return Refusal(status=400, reason=refusals.BAD_REQUEST, message=words)


def is_asked_for(service) -> bool:
    """Tell whether a request asks for a service as clients of REST do, with the method that it answers to.

    Under the name by which it is registered it is a view as well, which any method, and an image in a page of another site, can ask for.
    """
    request = service.request
    return IAPIRequest.providedBy(request) and request.get("REQUEST_METHOD") == service.method


def is_of_site(service) -> bool:
    """Tell whether a service is asked for at the site at hand, where two-step verification is installed."""
    return _is_at_hand(service) and wiring.of(service.request).plugin is not None


def _is_at_hand(service) -> bool:
    # Below one site another one can be found, with members of the same names: it is not to act for those of the first.
    return bool(wiring.of(service.request).site.getPhysicalPath() == service.context.getPhysicalPath())


def _body_of(request) -> bytes:
    body = request.get("BODY")
    return body if isinstance(body, bytes) else b""


def is_json(request) -> bool:
    """Tell whether a request says that its body is JSON."""
    return (request.getHeader("Content-Type") or "").partition(";")[0].strip().lower() == "application/json"


def is_with_bearer(request) -> bool:
    """Tell whether a request carries a token, which a browser does not add by itself."""
    return _scheme(request) == "bearer"


def hides_origin(request) -> bool:
    """Tell whether a browser has been told not to say which page sends a request. Newer ones still say whether it is one of this site."""
    return request.getHeader("Origin") == "null" and not request.getHeader("Sec-Fetch-Site")


def _may_be_forged(request) -> bool:
    """Tell whether a page of another site can have sent this with the cookies or the password that the browser keeps.

    A browser asks first before it sends JSON, a method other than POST, or a token for such a page. The password of HTTP Basic it adds by
    itself, and then it tells the origin, which programs do not; a page can have it told as null.
    """
    if request.get("REQUEST_METHOD") != "POST" or is_json(request):
        return False
    if comes_from_elsewhere(request):
        return True
    if getSecurityManager().getUser().getUserName() == "Anonymous User" or _has_authenticator(request):
        return False
    return not is_with_bearer(request) and (_scheme(request) != "basic" or hides_origin(request))


def _scheme(request) -> str:
    return (request._auth or "").partition(" ")[0].lower()  # Zope keeps this header apart from the others


def is_text(value: object) -> bool:
    """Tell whether a value of JSON is text that can be encoded: JSON can spell half a surrogate pair."""
    return isinstance(value, str) and is_encodable(value)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


def _is_of(kind: type, value: object) -> bool:
    # true and false are numbers to Python
    if isinstance(value, bool) and kind is not bool:
        return False
    if isinstance(value, str) and not (len(value) <= LONGEST_TEXT and is_text(value)):
        return False
    return isinstance(value, kind)


def _has_authenticator(request) -> bool:
    token = request.get("_authenticator", request.getHeader("X-CSRF-TOKEN"))
    if not isinstance(token, str) or not token.isascii():  # plone.protect would fail
        return False
    try:
        check_authenticator(request)
    except Forbidden:
        return False
    return True
