"""The PAS plugin: in front of every other authentication plugin of its user folder.

It is asked first, takes the credentials away from the others, asks them itself, and hands on only who owes nothing: that is for the gate
to tell (``pas.gate``). PAS methods here never write (signing out excepted), so a refused request costs nothing and counts nothing.
"""

from AccessControl.class_init import InitializeClass
from AccessControl.Permissions import manage_users
from AccessControl.SecurityInfo import ClassSecurityInfo
from AccessControl.SecurityManagement import getSecurityManager
from Acquisition import aq_base
from Acquisition import aq_get
from Acquisition import aq_inner
from Acquisition import aq_parent
from BTrees.OOBTree import OOBTree
from collective.smsauth.interfaces import IClock
from collective.smsauth.interfaces import ISitePolicies
from collective.smsauth.interfaces import ISMSAuthPlugin
from collective.smsauth.pas import email_address
from collective.smsauth.pas import passwords
from collective.smsauth.pas.gate import Gate
from collective.smsauth.pas.member_properties import properties_of
from collective.smsauth.pas.other_plugins import authenticate_with_others
from collective.smsauth.pas.request_notes import notes_of
from collective.smsauth.pas.sessions import is_session
from collective.smsauth.pas.traversal import step_demanded
from collective.smsauth.storage.accounts import Accounts
from collective.smsauth.verification import lifecycle
from dataclasses import replace
from plone.protect.interfaces import IDisableCSRFProtection
from Products.PlonePAS.interfaces.plugins import IUserManagement
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsResetPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsUpdatePlugin
from Products.PluggableAuthService.interfaces.plugins import IPropertiesPlugin
from Products.PluggableAuthService.plugins.BasePlugin import BasePlugin
from zope.component import getUtility
from zope.globalrequest import getRequest
from zope.interface import alsoProvides
from zope.interface import implementer


@implementer(
    ISMSAuthPlugin,
    IAuthenticationPlugin,
    ICredentialsResetPlugin,
    ICredentialsUpdatePlugin,
    IPropertiesPlugin,
    IUserManagement,
)
class SMSAuthPlugin(BasePlugin):
    """Withholds members who owe the second factor, and keeps the records of all members.

    Its trees are ``_accounts``, and those that ``storage`` makes when they are needed.
    """

    meta_type = "Two-step verification by text message"
    _accounts: OOBTree | None = None
    security = ClassSecurityInfo()
    security.declareObjectProtected(manage_users)
    security.declarePrivate("accounts")  # else each method of the records were a page for everybody

    def __init__(self, id, title=""):
        self._setId(id)
        self.title = title
        self._accounts = OOBTree()

    @property
    def accounts(self) -> Accounts:
        """The per-member records of this site.

        :raises LookupError: the plugin has none, since it was made by another version. An AttributeError would be taken for a question to
            whatever is called so above the plugin.
        """
        records = aq_base(self)._accounts
        if records is None:
            raise LookupError("The plugin has no records.")
        return Accounts(records)

    @security.private
    def gate(self, request=None) -> Gate:
        """Return the gate of this site for ``request``, the one at hand if none is given: one a request."""
        request = self.REQUEST if request is None else request
        path = "/".join(self.getPhysicalPath())
        gates = notes_of(request).gates
        # the same site may be looked at by two connections in one request; see ``storage.own_transaction``
        name = (path, id(self._p_jar))
        if name not in gates:
            user_folder = self._getPAS()
            site = aq_parent(aq_inner(user_folder))
            gates[name] = Gate(plugin=self, user_folder=user_folder, site=site, path=path, request=request)
        return gates[name]

    # IAuthenticationPlugin

    @security.private
    def authenticateCredentials(self, credentials):
        """Return the user id and login that the other plugins find, or None if that user owes the second factor."""
        offered = dict(credentials)
        # Clear first. Whatever happens from here on, no other plugin finds these credentials in the dictionary that PAS hands round:
        # an exception, a plugin that is asked later, or one that ignores our answer signs nobody in.
        credentials.clear()
        found = authenticate_with_others(self._getPAS(), offered)
        if found is None:
            return None
        plugin, got, user_id, login = found
        return (user_id, login) if self.gate().admits(plugin, got, user_id) else None

    # ICredentialsUpdatePlugin, ICredentialsResetPlugin

    @security.private
    def updateCredentials(self, request, response, login, new_password):
        """Mint the ticket once more, this time with the proof of the session in it, if it has one, and its beginning."""
        user_id = getSecurityManager().getUser().getId()
        pas = self._getPAS()
        if not user_id or (pas._verifyUser(pas.plugins, login=login) or {}).get("id") != user_id:
            return
        # of a request that is given up the browser gets no ticket, with a proof in it or not
        notes_of(request).gives_cookies = True
        tokens = self.gate(request).tokens(user_id)
        for _, plugin in pas.plugins.listPlugins(ICredentialsUpdatePlugin):
            if is_session(plugin):
                plugin._setupSession(user_id, response, tokens=tokens)

    @security.private
    def resetCredentials(self, request, response):
        """End the session that is signing out; both, if the request carries a ticket and a token; also one that owes the second factor."""
        gate = self.gate(request)
        owners = {
            getSecurityManager().getUser().getId(),
            *(one.user_id for one in gate.withheld if not one.by_password),
        }
        for user_id in filter(None, owners):
            if gate.log_out(user_id):
                alsoProvides(request, IDisableCSRFProtection)
                notes_of(request).gives_cookies = True

    # IPropertiesPlugin

    @security.private
    def getPropertiesForUser(self, user, request=None):
        """Return the read-only properties of a member; a member without two-step verification has them too.

        Before that, the user gets a sheet of its own for what is guarded: one plugin hands out one sheet only.
        """
        if user.isGroup():
            return {}
        email_address.guard(user)
        account = self.accounts.get(user.getId())
        is_open = account is not None and bool(account.challenges)
        max_tries = getUtility(ISitePolicies)(aq_parent(aq_inner(self._getPAS()))).max_tries if is_open else 0
        return properties_of(account, max_tries=max_tries, now=getUtility(IClock)())

    # IUserManagement: PlonePAS fires an event for passwords of its own users only, and none that names the user folder when it deletes
    # somebody. It tells every plugin for the management of users, though, so this is one that manages nobody. The exceptions are the
    # answer of a plugin that does not know the user.

    @security.private
    def password_changed(self, user_id: str) -> None:
        """End the sessions of a member whose password changed, except the one that changed it, and open links for a new one.

        Of a member whom nothing protects those go on that have no record, as Plone has it.

        :raises Forbidden: the member in effect sets a password of their own with neither the present one nor a second step in this session.
        """
        account = self.accounts.get(user_id)
        if account is not None and account.is_bound:
            passwords.end_resets(self, user_id)
        request, in_effect = getRequest(), getSecurityManager().getUser()
        is_own = request is not None and in_effect.getId() == user_id
        if is_own and self.gate(request).is_own(in_effect) and not self.gate(request).may_set_password(user_id):
            raise step_demanded()
        proof = self.gate(request).proof(user_id) if is_own else None
        if proof is None:
            is_protected = self._end_sessions(user_id)
            if is_protected and is_own and self.gate(request).has_ticket(user_id):
                # a rule lets it in: in the browser that changed the password it goes on
                self.updateCredentials(request, request.response, in_effect.getUserName(), "")
            return
        session = replace(proof.session, fingerprint=passwords.fingerprint(self._getPAS(), user_id))
        lifecycle.end_sessions(self.accounts, user_id, keep=proof.secret, session=session)
        self.gate(request).grant(user_id, proof.secret)

    def _end_sessions(self, user_id: str) -> bool:
        # Returns whether the member is protected.
        request, account = getRequest() or aq_get(self, "REQUEST", None), self.accounts.get(user_id)
        # a script may have no request, without which the rules cannot be asked
        is_known = request is not None and not isinstance(request, str)
        is_protected = self.gate(request).protects(user_id) if is_known else True
        if account is None and is_protected and self._getPAS().getUserById(user_id) is not None:
            lifecycle.end_all_sessions(self.accounts, user_id)
        else:
            lifecycle.end_sessions(self.accounts, user_id, unrecorded=is_protected)
        return is_protected

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


InitializeClass(SMSAuthPlugin)
