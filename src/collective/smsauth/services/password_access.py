"""REST's way to a new password: where the site asks for a code first, it tells members and others apart by nothing."""

from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.flows import acts
from collective.smsauth.flows import messages
from collective.smsauth.flows import password_access
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.interfaces import IPasswordLinkFollowed
from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.services import refusals
from collective.smsauth.services.member import not_allowed
from collective.smsauth.services.phone_reset import CONFIRM
from collective.smsauth.services.phone_reset import username_in
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.services.service import Field
from collective.smsauth.services.service import StepService
from plone.restapi.services.users import add
from typing import Any
from zope.interface import alsoProvides
from zope.interface import implementer

_NOBODY = object()


@implementer(ISecondStepView)
class Access(StepService):
    """POST ``@smsauth-access`` and ``@smsauth-access/confirm``: Plone's e-mail for a new password, after a code. It signs nobody in.

    They are there only where the site wants them.
    """

    most_names = 1

    @property
    def fields(self) -> tuple[Field, ...]:
        """What is taken by the one and by the other; nothing is asked of a name that stands for nothing."""
        taken = {(): ("username",), (CONFIRM,): ("flow", "code")}.get(tuple(self.names), ())
        return tuple(Field(name=name, required=True) for name in taken)

    def answer(self, data: dict[str, Any]) -> Any:
        """Have a code sent to whom it may concern, or judge it."""
        policy = self.parts.policy
        if self.names not in ([], [CONFIRM]) or not policy.access_page:
            return refusals.not_found()
        if effective_user_id():
            return not_allowed()
        if self.names:
            return self._confirm(data)
        username = username_in(data)
        if isinstance(username, Refusal):
            return username
        flow = password_access.begin(self.request, username)
        expires_in = int(policy.lifetime_of(Purpose.ACCESS))
        return self.accepted({"flow": flow, "digits": policy.code_length, "expires_in": expires_in})

    def _confirm(self, data: dict[str, Any]) -> Any:
        visit = password_access.visit(self.request, data["flow"])
        if visit is None:
            words = messages.of_outcome(Outcome.NONE_OPEN, tries=0, wait=0, length=0)
            return Refusal(status=409, reason=Outcome.NONE_OPEN.value, message=words)
        wait = acts.count(self.request, visit.name)
        if wait:
            return refusals.of_acts(wait)
        verdict = password_access.answer(self.request, visit, data["code"])
        if verdict.accepted:
            return self.reply_no_content()
        return refusals.of_verdict(verdict, length=self.parts.policy.code_length, tries_left=verdict.tries_left)


class UsersPost(add.UsersPost):
    """POST ``@users`` and ``@users/NAME/reset-password``."""

    def update_password(self, data):
        """Return what Plone does; where a code has to be given first, no name is looked up before a secret is there to be checked.

        :raises Unauthorized: the e-mail for a new password was asked for.
        """
        if not data and password_access.is_guarded(self.request):
            raise password_access.code_owed()
        if data.get("reset_token"):
            alsoProvides(self.request, IPasswordLinkFollowed)
        return super().update_password(data)

    def _get_user_by_login_name(self, user_id):
        # Plone looks for nothing in it before it has found out that the secret is wrong.
        found = super()._get_user_by_login_name(user_id)
        if found is None and user_id != effective_user_id() and password_access.is_guarded(self.request):
            return _NOBODY
        return found
