"""REST's doors to a token: a password alone opens none, and a session that has a proof keeps it."""

from AccessControl.SecurityManagement import getSecurityManager
from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.flows import messages
from collective.smsauth.flows import sign_in
from collective.smsauth.flows import trusted_browsers
from collective.smsauth.flows.requester import client_address
from collective.smsauth.flows.requester import comes_from_elsewhere
from collective.smsauth.flows.subject import with_pending
from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.pas.lookup import gate_of
from collective.smsauth.services import refusals
from collective.smsauth.services import tokens
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.services.service import is_asked_for
from collective.smsauth.services.service import is_json
from collective.smsauth.services.service import is_of_site
from collective.smsauth.services.service import is_text
from collective.smsauth.services.sign_in import reminder_of
from collective.smsauth.services.sign_in import signed_in
from collective.smsauth.services.step import Step
from plone import api
from plone.protect.interfaces import IDisableCSRFProtection
from plone.restapi.deserializer import json_body
from plone.restapi.exceptions import DeserializationError
from plone.restapi.services.auth import login as stock_login
from plone.restapi.services.auth import logout as stock_logout
from plone.restapi.services.auth import renew as stock_renew
from typing import Any
from zope.interface import alsoProvides
from zope.interface import implementer

#: What the refusals of Plone's own service are for, by their status.
_REASONS = {400: refusals.BAD_REQUEST, 401: "wrong", 501: refusals.NOT_ALLOWED}


@implementer(ISecondStepView)
class Login(stock_login.Login):
    """POST ``@login``: the first of two steps for a member who needs the second factor; for all others what it is in Plone."""

    def reply(self):
        """Return what Plone does, what is asked for next (401), or why the body cannot be a sign-in (400).

        The question is asked before Plone's own code runs: it writes the time of the sign-in and mints a ticket and a token.
        """
        _keep_private(self.request)
        if _may_be_forged(self.request):
            return _foreign().answer(self.request)
        data = self._body()
        if isinstance(data, Refusal):
            return data.answer(self.request)
        owing = self._owing(data) if "login" in data and "password" in data else None
        if owing is not None:
            found = self._begin(*owing)
            return found.answer(self.request) if isinstance(found, Refusal) else found
        answer = tokens.with_proof(self.request, self.context.acl_users, super().reply())
        if "error" in answer:
            return _with_reason(answer, _REASONS.get(self.request.response.getStatus(), refusals.NOT_ALLOWED))
        return {**answer, **reminder_of(self.request)}

    def _body(self) -> dict[str, Any] | Refusal:
        try:
            data: dict[str, Any] = json_body(self.request)
        except DeserializationError as error:
            is_json_at_all = not isinstance(error.__context__, ValueError)
            reason = refusals.BAD_REQUEST if is_json_at_all else refusals.NOT_JSON
            return Refusal(status=400, reason=reason, message=str(error))
        odd = next((name for name in ("login", "password") if not is_text(data.get(name, ""))), None)
        if odd is None:
            return data
        message = _("rest_error_not_text", default="Login and password must be text.")
        return refusals.of_field(odd, message)

    def _owing(self, data: dict[str, Any]) -> tuple[Any, str] | None:
        # The gate and user id of a member whose password this is and who owes the second factor; None if there is none. Whatever the order
        # of plugins is: the gate has withheld them, or they were let through and are protected.
        folder = self._find_userfolder(data["login"])
        gate = gate_of(folder, self.request)
        if gate is None:
            return None
        noted = len(gate.withheld)
        user = folder.authenticate(data["login"], data["password"], self.request)
        if user is None:
            return next(((gate, held.user_id) for held in gate.withheld[noted:]), None)
        user_id = user.getId()
        return (gate, user_id) if gate.obligations.owes(user_id, gate.accounts.get(user_id)) else None

    def _begin(self, gate: Any, user_id: str) -> dict[str, Any] | Refusal:
        parts = wiring.of(self.request)
        # A page of another site can have sent all other bodies. Users of the Zope root are no members of this site, whatever their id is.
        is_asked = is_json(self.request) and is_asked_for(self)
        is_ours = is_of_site(self) and parts.gate is gate
        if not is_asked or not is_ours or tokens.plugin_of(parts.site.acl_users) is None:
            return _owed()
        alsoProvides(self.request, IDisableCSRFProtection)
        proof = trusted_browsers.spare_code(self.request, user_id)
        if proof and sign_in.enter(self.context, self.request, user_id, proof) is not None:
            return signed_in(self.request)
        wait = sign_in.count(self.request, user_id)
        if wait:
            return refusals.of_acts(wait)
        pending, receipt = sign_in.open_for(self.request, user_id, client_address=client_address(self.request))
        return _owed(second_step=Step(with_pending(self.request, pending), receipt).json())


class Renew(stock_renew.Renew):
    """POST ``@login-renew``: the new token carries the proof of the session that asks for it.

    That session may hold a token or a ticket: both only name the same record, so the new token ends when the record does (at the
    proof's absolute age, at sign-out, with a change of password or number) and renewing never makes a proof last longer. It is
    passed on only to the very user who is in effect and in whose own credential it was found. Without proof a protected member is
    nobody after traversal; should they get here nevertheless, they are refused.
    """

    def reply(self):
        """Return what Plone does, with the proof added, or 401 if the second factor is owed."""
        _keep_private(self.request)
        if _may_be_forged(self.request):
            return _foreign().answer(self.request)
        user = getSecurityManager().getUser()
        folder = aq_parent(aq_inner(user))
        gate = gate_of(folder, self.request)
        user_id = user.getId()
        if not user_id:
            return refusals.owed().answer(self.request) if self._is_owed() else self._renew_nobody()
        if gate is None or not gate.is_own(user):
            return super().reply()
        if gate.proof(user_id) is None and gate.protects(user_id) and gate.obligations.excuse(user_id) is None:
            return refusals.owed().answer(self.request)
        return tokens.with_proof(self.request, self.context.acl_users, super().reply())

    def _renew_nobody(self) -> dict[str, Any]:
        answer = super().reply()
        return _with_reason(answer, refusals.NOT_ALLOWED) if "error" in answer else answer

    def _is_owed(self) -> bool:
        # What has ended owes nothing: its owner is a visitor.
        gate = gate_of(self.context.acl_users, self.request)
        return gate is not None and any(not held.is_ended for held in gate.withheld)


class Logout(stock_logout.Logout):
    """POST ``@logout``: ends what the request carries, on the server as well, also for a session that owes the second factor."""

    def reply(self):
        """Return nothing, with 204; what Plone does without its plugin for tokens."""
        _keep_private(self.request)
        if _may_be_forged(self.request):
            return _foreign().answer(self.request)
        if tokens.plugin_of(self.context.acl_users) is None:
            return super().reply()
        log_out(self.request, self.context.acl_users)
        return self.reply_no_content()


def log_out(request, folder) -> None:
    """End what the request carries: its ticket, and its token."""
    api.portal.get_tool("portal_membership").logoutUser(request)
    plugin = tokens.plugin_of(folder)
    if plugin is not None and tokens.forget(request, plugin):
        alsoProvides(request, IDisableCSRFProtection)


def _may_be_forged(request) -> bool:
    # Plone takes whatever body and type. So do we, unless a browser says that it is a page of another site that sends it: such a page
    # could log somebody out, or in as somebody else. JSON and tokens it cannot send unasked.
    is_asked_before = is_json(request) or (request._auth or "").lower().startswith("bearer ")
    return not is_asked_before and comes_from_elsewhere(request)


def _foreign() -> Refusal:
    return Refusal(status=403, reason=refusals.NOT_ALLOWED, message=messages.FOREIGN_FORM)


def _owed(**more: Any) -> Refusal:
    words = _("rest_error_second_step_next", default="The password is right. This account also needs a code.")
    return Refusal(
        status=401, type=refusals.SECOND_FACTOR_TYPE, reason=refusals.SECOND_FACTOR, message=words, more=more
    )


def _with_reason(answer: dict[str, Any], reason: str) -> dict[str, Any]:
    return {**answer, "error": {"reason": reason, **answer["error"]}}


def _keep_private(request) -> None:
    request.response.setHeader("Cache-Control", "no-store, private")
