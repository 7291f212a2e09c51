"""REST's doors to a token: closed by a password alone, and keeping the proof of a session that has one."""

from AccessControl.SecurityManagement import getSecurityManager
from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth import _
from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.pas.lookup import gate_of
from collective.smsauth.services import tokens
from plone import api
from plone.protect.interfaces import IDisableCSRFProtection
from plone.restapi.deserializer import json_body
from plone.restapi.exceptions import DeserializationError
from plone.restapi.services.auth import login as stock_login
from plone.restapi.services.auth import logout as stock_logout
from plone.restapi.services.auth import renew as stock_renew
from zope.i18n import translate
from zope.interface import alsoProvides
from zope.interface import implementer

#: Reason of a refusal by which a client knows that the second factor is all that is missing.
SECOND_FACTOR = "second-factor-required"


@implementer(ISecondStepView)
class Login(stock_login.Login):
    """POST ``@login``: a correct password of a member who needs the second factor is told so, and opens nothing."""

    def reply(self):
        """Return what Plone does, or an error: 400 for a body that cannot be a sign-in, 401 if a second factor is needed.

        The question is asked before Plone's own code runs: it writes the time of the sign-in and mints a ticket and a token.
        """
        try:
            data = json_body(self.request)
        except DeserializationError as error:
            return self._refuse(400, "Bad request", str(error))
        if not all(_is_text(data.get(name, "")) for name in ("login", "password")):
            message = _("rest_error_not_text", default="Login and password must be text.")
            return self._refuse(400, "Bad request", message)
        if "login" in data and "password" in data and self._needs_second_factor(data["login"], data["password"]):
            message = _(
                "rest_error_second_factor",
                default="The password is right. This account also needs a code: log in with a browser.",
            )
            return self._refuse(401, "Second factor required", message, reason=SECOND_FACTOR)
        answer = super().reply()
        return tokens.with_proof(self.request, self.context.acl_users, answer)

    def _needs_second_factor(self, login: str, password: str) -> bool:
        # Whatever the order of plugins is: the gate has withheld them, or they were let through and is protected.
        folder = self._find_userfolder(login)
        gate = gate_of(folder, self.request)
        if gate is None:
            return False
        noted = len(gate.withheld)
        user = folder.authenticate(login, password, self.request)
        if user is None:
            return len(gate.withheld) > noted
        return gate.obligations.owes(user.getId(), gate.accounts.get(user.getId()))

    def _refuse(self, status: int, kind: str, message, *, reason: str = "") -> dict:
        return _error(self.request, status, kind, message, reason=reason)


class Renew(stock_renew.Renew):
    """POST ``@login-renew``: the new token carries the proof of the session that asks for it.

    That session may hold a token or a ticket: both only name the same record, so the new token ends when the record does (at the
    proof's absolute age, at sign-out, with a change of password or number) and renewing never makes a proof last longer. It is
    passed on only to the very user who is in effect and in whose own credential it was found. Without proof a protected member is
    nobody after traversal; should they get here nevertheless, they are refused.
    """

    def reply(self):
        """Return what Plone does, with the proof added, or 401 if the second factor is owed."""
        user = getSecurityManager().getUser()
        folder = aq_parent(aq_inner(user))
        gate = gate_of(folder, self.request)
        user_id = user.getId()
        if not user_id and self._is_owed():
            return self._refuse()
        if gate is None or not user_id or not gate.is_own(user):
            return super().reply()
        if gate.proof(user_id) is None and gate.protects(user_id) and gate.obligations.excuse(user_id) is None:
            return self._refuse()
        return tokens.with_proof(self.request, self.context.acl_users, super().reply())

    def _is_owed(self) -> bool:
        # What has ended owes nothing: its owner is a visitor.
        gate = gate_of(self.context.acl_users, self.request)
        return gate is not None and any(not held.is_ended for held in gate.withheld)

    def _refuse(self) -> dict:
        message = _("rest_error_owed", default="This session still needs the second step. Log in again with a browser.")
        return _error(self.request, 401, "Second factor required", message, reason=SECOND_FACTOR)


class Logout(stock_logout.Logout):
    """POST ``@logout``: ends what the request carries, on the server as well, also for a session that owes the second factor."""

    def reply(self):
        """Return nothing, with 204; what Plone does without its plugin for tokens."""
        if tokens.plugin_of(self.context.acl_users) is None:
            return super().reply()
        log_out(self.request, self.context.acl_users)
        return self.reply_no_content()


def log_out(request, folder) -> None:
    """End what the request carries: its ticket, and its token."""
    api.portal.get_tool("portal_membership").logoutUser(request)
    plugin = tokens.plugin_of(folder)
    token = (plugin.extractCredentials(request) or {}).get("token") if plugin is not None else None
    is_kept = isinstance(token, str) and plugin.store_tokens and plugin._tokens is not None
    if is_kept and plugin._decode_token(token) and plugin.delete_token(token):
        alsoProvides(request, IDisableCSRFProtection)


def _is_text(value: object) -> bool:
    # JSON can spell half a surrogate pair, which nothing behind this can encode.
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def _error(request, status: int, kind: str, message, *, reason: str = "") -> dict:
    request.response.setStatus(status)
    error = {"type": kind, "message": translate(message, context=request)}
    return {"error": {**error, "reason": reason} if reason else error}
