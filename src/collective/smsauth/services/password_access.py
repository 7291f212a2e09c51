"""REST's way to a new password: where the site asks for a code first, it tells members and others apart by nothing."""

from collective.smsauth.flows import password_access
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.interfaces import IPasswordLinkFollowed
from plone.restapi.services.users import add
from zope.interface import alsoProvides

_NOBODY = object()


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
