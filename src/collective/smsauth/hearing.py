"""What the plugin does when a password changes or a member is deleted, and how it hears of it.

PlonePAS fires an event for passwords of its own users only, and none that names the user folder when it deletes somebody. It tells every
plugin for the management of users, though, so the plugin is one of these, too: one that manages nobody.
"""

from AccessControl.class_init import InitializeClass
from AccessControl.SecurityInfo import ClassSecurityInfo
from AccessControl.SecurityManagement import getSecurityManager
from collective.smsauth import lifecycle
from collective.smsauth import passwords
from dataclasses import replace
from Products.PlonePAS.interfaces.plugins import IUserManagement
from zope.globalrequest import getRequest
from zope.interface import implementer


@implementer(IUserManagement)
class HearsOfPasswords:
    """A mix-in for the plugin. PlonePAS takes the exceptions as the answer of a plugin that does not know the user."""

    security = ClassSecurityInfo()

    @security.private
    def password_changed(self, user_id: str) -> None:
        """End the sessions of a member whose password changed, except the one that changed it."""
        request, in_effect = getRequest(), getSecurityManager().getUser()
        proof = self.proof(request, user_id) if request is not None and in_effect.getId() == user_id else None
        if proof is None:
            lifecycle.end_sessions(self.accounts, user_id)
            return
        session = replace(proof.session, fingerprint=passwords.fingerprint(self._getPAS(), user_id))
        lifecycle.end_sessions(self.accounts, user_id, keep=proof.secret, session=session)
        self.grant(request, user_id, proof.secret)

    @security.private
    def member_deleted(self, user_id: str) -> None:
        """Forget a member who was deleted; one whose password is kept here was not, or not yet."""
        if not passwords.is_kept(self._getPAS(), user_id):
            lifecycle.deleted(self.accounts, user_id)

    @security.private
    def doChangeUser(self, user_id, password, **kw):
        """End the sessions of a member whose password Plone sets in a directory. Where nobody sets it, nothing ends.

        :raises RuntimeError: always.
        """
        if not passwords.is_kept(self._getPAS(), user_id) and passwords.is_settable(self._getPAS(), user_id):
            self.password_changed(user_id)
        raise RuntimeError(f"No password of {user_id} is kept here.")

    @security.private
    def doAddUser(self, login, password):
        """Add nobody."""
        return False

    @security.private
    def doDeleteUser(self, user_id):
        """Delete nobody, but forget a member whom a plugin asked earlier has deleted.

        :raises KeyError: always.
        """
        self.member_deleted(user_id)
        raise KeyError(user_id)


InitializeClass(HearsOfPasswords)
