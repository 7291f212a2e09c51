"""The PAS plugin: the gate in front of every other authentication plugin of its user folder.

It is asked first, takes the credentials away from the others, asks them itself, and hands on only who owes nothing. PAS methods here
never write (signing out excepted), so a refused request costs nothing and counts nothing: counting is the code form's business.
"""

from AccessControl.class_init import InitializeClass
from AccessControl.Permissions import manage_users
from AccessControl.SecurityInfo import ClassSecurityInfo
from AccessControl.SecurityManagement import getSecurityManager
from Acquisition import aq_base
from Acquisition import aq_inner
from Acquisition import aq_parent
from BTrees.OOBTree import OOBTree
from collective.smsauth import freshness
from collective.smsauth import lifecycle
from collective.smsauth import logger
from collective.smsauth.credentials import is_session
from collective.smsauth.credentials import secrets_in
from collective.smsauth.credentials import sessions_of
from collective.smsauth.domain.account import Account
from collective.smsauth.interfaces import IClock
from collective.smsauth.interfaces import ISitePolicies
from collective.smsauth.interfaces import ISMSAuthPlugin
from collective.smsauth.marks import marks_of
from collective.smsauth.marks import Proof
from collective.smsauth.marks import Withheld
from collective.smsauth.passwords import fingerprint
from collective.smsauth.properties import properties_of
from collective.smsauth.store import Accounts
from plone.protect.interfaces import IDisableCSRFProtection
from Products.PlonePAS.interfaces.plugins import IUserManagement
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsResetPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsUpdatePlugin
from Products.PluggableAuthService.interfaces.plugins import IPropertiesPlugin
from Products.PluggableAuthService.PluggableAuthService import reraise
from Products.PluggableAuthService.plugins.BasePlugin import BasePlugin
from transaction.interfaces import TransientError
from zope.component import getUtility
from zope.interface import alsoProvides
from zope.interface import implementer

PLUGIN_ID = "smsauth"


@implementer(
    ISMSAuthPlugin,
    IAuthenticationPlugin,
    ICredentialsResetPlugin,
    ICredentialsUpdatePlugin,
    IPropertiesPlugin,
)
class SMSAuthPlugin(BasePlugin):
    """Withholds members who owe the second factor, and keeps the records of all members."""

    meta_type = "Two-step verification by text message"
    security = ClassSecurityInfo()
    security.declareObjectProtected(manage_users)
    security.declarePrivate("accounts")  # else each method of the records were a page for everybody

    def __init__(self, id, title=""):
        self._setId(id)
        self.title = title
        self._records = OOBTree()

    @property
    def accounts(self) -> Accounts:
        """The per-member records of this site."""
        return Accounts(self._records)

    # IAuthenticationPlugin

    @security.private
    def authenticateCredentials(self, credentials):
        """Return the user id and login that the other plugins find, or None if that user owes the second factor."""
        offered, _ = dict(credentials), credentials.clear()
        found = self._ask_others(offered)
        if found is None:
            return None
        asked, user_id, login = found
        account, request = self.accounts.get(user_id), self.REQUEST
        if not self.protects(account):
            if IUserManagement.providedBy(asked):
                marks_of(request).with_password.add((self._path(), user_id))
            return user_id, login
        proof = self._proof_in(asked, offered, user_id, account)
        if proof is not None:
            marks_of(request).proven[self._path(), user_id] = proof
            return user_id, login
        if self._confirms_password(request, user_id):
            return user_id, login
        withheld = Withheld(user_id=user_id, by_ticket=is_session(asked))
        marks_of(request).withheld.setdefault(self._path(), []).append(withheld)
        return None

    def _ask_others(self, offered):
        # The first identity decides; a plugin that fails, fails for itself alone.
        for plugin_id, plugin in self._getPAS().plugins.listPlugins(IAuthenticationPlugin):
            if ISMSAuthPlugin.providedBy(plugin):
                continue
            try:
                answer = plugin.authenticateCredentials(dict(offered))
            except TransientError:
                raise
            except Exception:
                reraise(plugin)
                logger.warning("Authentication plugin %s failed; asking the next one", plugin_id, exc_info=True)
                continue
            if isinstance(answer, (tuple, list)) and len(answer) == 2 and answer[0]:
                return plugin, answer[0], answer[1]
        return None

    # The gate's own questions, also asked by the assertion and the views

    @security.private
    def protects(self, account: Account | None) -> bool:
        """Tell whether the owner of ``account`` (None: no record) needs the second factor."""
        if account is not None and account.number:
            return True
        return getUtility(ISitePolicies).is_required(self._site())

    @security.private
    def owes_second_factor(self, request, user_id: str) -> bool:
        """Tell whether that user is protected and this request shows no proof of the second factor."""
        return self.protects(self.accounts.get(user_id)) and self.proof(request, user_id) is None

    @security.private
    def proof(self, request, user_id: str) -> Proof | None:
        """Return the proof that this request carries for that user, if any.

        Normally authentication has noted it; behind a cache of PAS, or with this plugin out of place, nothing was noted and the
        credentials are read once more.
        """
        noted = marks_of(request).proven.get((self._path(), user_id))
        if noted is not None:
            return noted
        return next(self._proofs(request, user_id), None)

    @security.private
    def withheld(self, request) -> list[Withheld]:
        """Return the first factors that were correct in this request and did not sign in."""
        return marks_of(request).withheld.get(self._path(), [])

    @security.private
    def withhold(self, request, user_id: str) -> None:
        """Note that this user was taken back after PAS let him through."""
        by_ticket = any(True for _ in sessions_of(self._getPAS(), request, user_id))
        marks_of(request).withheld.setdefault(self._path(), []).append(Withheld(user_id=user_id, by_ticket=by_ticket))

    @security.private
    def grant(self, request, user_id: str, secret: str) -> None:
        """Note a proof made in this request, so that the session minted from it carries it."""
        proof = self._named_proof(self.accounts.get(user_id), user_id, (secret,))
        if proof is not None:
            marks_of(request).proven[self._path(), user_id] = proof

    @security.private
    def is_own(self, user) -> bool:
        """Tell whether a user is one of this user folder, not of another with the same id."""
        folder = aq_parent(aq_inner(user))
        return folder is not None and bool(user.getId()) and aq_base(folder) is aq_base(self._getPAS())

    @security.private
    def session_age(self, request, user_id: str, now: float) -> float | None:
        """Return how many seconds ago the member signed in to this session, or None if that cannot be told."""
        proof = self.proof(request, user_id)
        if proof is not None:
            return now - proof.session.issued
        if (self._path(), user_id) in marks_of(request).with_password:
            return 0.0
        return freshness.session_age(self._getPAS(), request, user_id, now)

    def _proofs(self, request, user_id):
        account = self.accounts.get(user_id)
        sessions = sessions_of(self._getPAS(), request, user_id) if account is not None else ()
        for plugin, credentials in sessions:
            proof = self._proof_in(plugin, credentials, user_id, account)
            if proof is not None:
                yield proof

    def _proof_in(self, plugin, credentials, user_id, account):
        return self._named_proof(account, user_id, secrets_in(plugin, credentials, user_id))

    def _named_proof(self, account, user_id, secrets):
        if account is None or not secrets:
            return None
        now, password = getUtility(IClock)(), fingerprint(self._getPAS(), user_id)
        found = ((secret, account.session(secret, now=now, fingerprint=password)) for secret in secrets)
        return next((Proof(secret=secret, session=session) for secret, session in found if session), None)

    def _confirms_password(self, request, user_id):
        # A member with proof may be asked for the current password: change of password, turning off, REST old_password.
        user = getSecurityManager().getUser()
        return self.is_own(user) and user.getId() == user_id and self.proof(request, user_id) is not None

    def _site(self):
        return aq_parent(aq_inner(self._getPAS()))

    def _path(self):
        return "/".join(self.getPhysicalPath())

    # ICredentialsUpdatePlugin, ICredentialsResetPlugin

    @security.private
    def updateCredentials(self, request, response, login, new_password):
        """Mint the ticket once more, this time with the proof of the session in it, if it has one, and its beginning."""
        user_id = getSecurityManager().getUser().getId()
        pas = self._getPAS()
        if not user_id or (pas._verifyUser(pas.plugins, login=login) or {}).get("id") != user_id:
            return
        proof = marks_of(request).proven.get((self._path(), user_id))
        token = proof.secret if proof else freshness.token(pas, request, user_id, getUtility(IClock)())
        for _, plugin in pas.plugins.listPlugins(ICredentialsUpdatePlugin):
            if is_session(plugin):
                plugin._setupSession(user_id, response, tokens=(token,))

    @security.private
    def resetCredentials(self, request, response):
        """Drop the proof of the session that is signing out; of both, if the request carries a ticket and a token."""
        user_id = getSecurityManager().getUser().getId() or ""
        # A token may be gone from its plugin's list by now; then only the note of it tells.
        noted = marks_of(request).proven.get((self._path(), user_id))
        proofs = [*self._proofs(request, user_id), *([noted] if noted else [])]
        for secret in {proof.secret for proof in proofs}:
            alsoProvides(request, IDisableCSRFProtection)
            lifecycle.end_session(self.accounts, user_id, secret)

    # IPropertiesPlugin

    @security.private
    def getPropertiesForUser(self, user, request=None):
        """Return the read-only properties of a member; a member without two-step verification has them too."""
        if user.isGroup():
            return {}
        account = self.accounts.get(user.getId())
        is_open = account is not None and bool(account.challenges)
        max_tries = getUtility(ISitePolicies)(self._site()).max_tries if is_open else 0
        return properties_of(account, max_tries=max_tries, now=getUtility(IClock)())


InitializeClass(SMSAuthPlugin)


def plugin_of(user_folder) -> SMSAuthPlugin | None:
    """Return the plugin of a user folder, or None if the add-on is not installed there."""
    plugin = getattr(aq_base(user_folder), PLUGIN_ID, None)
    return user_folder._getOb(PLUGIN_ID) if ISMSAuthPlugin.providedBy(plugin) else None
