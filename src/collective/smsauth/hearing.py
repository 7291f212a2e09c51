"""What the plugin does when a password changes, and how it hears of one that is kept elsewhere (LDAP).

PlonePAS fires an event for passwords of its own users only. It tells every plugin for the management of users a new password, though, so
the plugin is one of these, too: one that manages nobody.
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
        """Delete nobody.

        :raises KeyError: always.
        """
        raise KeyError(user_id)


InitializeClass(HearsOfPasswords)
