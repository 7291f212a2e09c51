"""What all services of the second step have in common: what they take, and how they answer."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.flows import acts
from collective.smsauth.flows import messages
from collective.smsauth.flows.requester import comes_from_elsewhere
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.requester import is_encodable
from collective.smsauth.services import refusals
from collective.smsauth.services.refusals import Refusal
from dataclasses import dataclass
from plone.protect.authenticator import check as check_authenticator
from plone.protect.interfaces import IDisableCSRFProtection
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
        if len(self.names) > self.most_names:
            return refusals.not_found()
        if self.request.get("REQUEST_METHOD") == "GET":
            return None
        if not self._is_wanted():
            words = _(
                "rest_error_foreign",
                default="Send this with “Content-Type: application/json”: it could have been sent by a page of another site.",
            )
            return Refusal(status=403, reason=refusals.NOT_ALLOWED, message=words)
        return self._refusal_of_acts()

    def _is_wanted(self) -> bool:
        # Whether no page of another site can have sent this with the cookies or the password that the browser keeps. A body of another
        # type is refused by itself.
        request = self.request
        if not _body_of(request) and request.get("REQUEST_METHOD") == "POST" and not _is_json(request):
            if comes_from_elsewhere(request):
                return False
            if not request.getHeader("Authorization") and effective_user_id() and not _has_authenticator(request):
                return False
        if _is_json(request) or not _body_of(request):
            alsoProvides(request, IDisableCSRFProtection)
        return True

    def _refusal_of_acts(self) -> Refusal | None:
        wait = acts.count(self.request, effective_user_id())
        if not wait:
            return None
        words = messages.timed(messages.TOO_MANY_ACTS, seconds=wait)
        return Refusal(status=429, reason="member-limit", message=words, retry_after=wait)

    def _body(self) -> dict[str, Any] | Refusal:
        body = _body_of(self.request)
        if not body:
            data = {}
        elif not _is_json(self.request):
            words = _("rest_error_type", default="The body has to be JSON, with “Content-Type: application/json”.")
            return Refusal(status=415, reason=refusals.NOT_JSON, message=words)
        elif len(body) > LARGEST_BODY:
            words = _("rest_error_large", default="The body is larger than anything that can be asked for here.")
            return Refusal(status=400, reason=refusals.BAD_REQUEST, message=words)
        else:
            try:
                data = json.loads(body)
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
            if not isinstance(value, field.type) or (isinstance(value, str) and not _is_text(value)):
                return refusals.of_field(field.name)
            found[field.name] = value
        return found


def _body_of(request) -> bytes:
    return request.get("BODY") or b""


def _is_json(request) -> bool:
    return (request.getHeader("Content-Type") or "").partition(";")[0].strip().lower() == "application/json"


def _is_text(value: str) -> bool:
    # JSON can spell half a surrogate pair, which nothing behind this can encode.
    return len(value) <= LONGEST_TEXT and is_encodable(value)


def _has_authenticator(request) -> bool:
    try:
        check_authenticator(request)
    except Forbidden:
        return False
    return True
