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
from collective.smsauth.credentials import has_password
from collective.smsauth.credentials import is_session
from collective.smsauth.credentials import sessions_of
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.right_answer import name_for
from collective.smsauth.domain.session import Session
from collective.smsauth.hearing import HearsOfPasswords
from collective.smsauth.interfaces import IClock
from collective.smsauth.interfaces import ISitePolicies
from collective.smsauth.interfaces import ISMSAuthPlugin
from collective.smsauth.marks import marks_of
from collective.smsauth.marks import Proof
from collective.smsauth.marks import Withheld
from collective.smsauth.obligations import Obligations
from collective.smsauth.others import ask_others
from collective.smsauth.own_transaction import OwnTransaction
from collective.smsauth.own_transaction import TooManyConflicts
from collective.smsauth.proofs import Proofs
from collective.smsauth.properties import properties_of
from collective.smsauth.store import Accounts
from plone.protect.interfaces import IDisableCSRFProtection
from Products.PlonePAS.interfaces.plugins import IUserManagement
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsResetPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsUpdatePlugin
from Products.PluggableAuthService.interfaces.plugins import IPropertiesPlugin
from Products.PluggableAuthService.plugins.BasePlugin import BasePlugin
from ZODB.POSException import POSError
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
class SMSAuthPlugin(HearsOfPasswords, BasePlugin):
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
        found = ask_others(self._getPAS(), offered)
        if found is None:
            return None
        asked, user_id, login = found
        account, request = self.accounts.get(user_id), self.REQUEST
        obligations = self.obligations(request)
        if obligations.is_protected(user_id, account):
            proofs = self._proofs(request)
            proof = proofs.inside(asked, offered, user_id, account)
            proofs.note(user_id, proof)
            if proof is not None:
                return user_id, login
        if not obligations.owes(user_id, account):
            if IUserManagement.providedBy(asked):
                marks_of(request).with_password.add((self._path(), user_id))
            return user_id, login
        if self._confirms_password(request, user_id):
            return user_id, login
        withheld = Withheld(user_id=user_id, by_ticket=is_session(asked) or not has_password(asked, offered))
        marks_of(request).withheld.setdefault(self._path(), []).append(withheld)
        return None

    # The gate's own questions, also asked by the assertion and the views

    @security.private
    def obligations(self, request=None) -> Obligations:
        """Return what the members of this site owe in ``request``, the one at hand if none is given."""
        request = self.REQUEST if request is None else request
        return Obligations(
            site=aq_parent(aq_inner(self._getPAS())), user_folder=self._getPAS(), request=request, path=self._path()
        )

    @security.private
    def protects(self, user_id: str) -> bool:
        """Tell whether the first factor alone is not enough for that user, unless the rules say that he is not asked."""
        return self.obligations().is_protected(user_id, self.accounts.get(user_id))

    @security.private
    def owes_second_factor(self, request, user_id: str) -> bool:
        """Tell whether that user is to be asked for the second factor and this request shows no proof of it."""
        obligations = self.obligations(request)
        return obligations.owes(user_id, self.accounts.get(user_id)) and self.proof(request, user_id) is None

    @security.private
    def proof(self, request, user_id: str) -> Proof | None:
        """Return the proof that this request carries for that user, if any."""
        return self._proofs(request).of(user_id)

    @security.private
    def still_stands(self, request, user_id: str) -> bool:
        """Tell whether the proof by which that user is in effect in ``request``, if any, has not been ended meanwhile."""
        return self._proofs(request).still_stands(user_id)

    @security.private
    def has_number(self, user_id: str) -> bool:
        """Tell whether that user has two-step verification."""
        account = self.accounts.get(user_id)
        return account is not None and bool(account.number)

    @security.private
    def has_given(self, request, user_id: str, *, of_all: bool = False) -> bool:
        """Tell whether that user gave a second factor in this session, or has none; with ``of_all`` the latter does not do."""
        proof = self.proof(request, user_id)
        return (proof is not None and proof.session.is_real) or not (of_all or self.has_number(user_id))

    @security.private
    def has_just_set_up(self, user_id: str) -> bool:
        """Tell whether that user has just given the right answer of a set-up, and what it led to may have been lost."""
        account, name = self.accounts.get(user_id), name_for(Purpose.SET_UP, "")
        return account is not None and account.answer(name, now=getUtility(IClock)()) is not None

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
    def grant(self, request, user_id: str, secret: str, session: Session | None = None) -> None:
        """Note a proof made in this request, so that the session minted from it carries it.

        ``session`` is the proof as it is kept; it is looked up if it is not given.
        """
        marks_of(request).gives_cookies = True
        proofs = self._proofs(request)
        if session is not None:
            proofs.note(user_id, Proof(secret=secret, session=session))
        else:
            proofs.note(user_id, proofs.named(user_id, self.accounts.get(user_id), (secret,)))

    @security.private
    def note_use(self, request, user_id: str) -> None:
        """Note that a session is used whose code was given just now: that code cannot be sent again to get another one.

        It is written in a transaction of its own: the request may be one that only reads.

        :raises ConflictError: the request has written something already; it is run again.
        """
        proof, account = self.proof(request, user_id), self.accounts.get(user_id)
        if proof is None or account is None or account == account.used(proof.secret):
            return
        transaction = OwnTransaction(aq_parent(aq_inner(self._getPAS())), request)
        try:
            transaction.run(
                ("use", user_id, proof.secret),
                lambda own: lifecycle.note_use(plugin_of(own.acl_users).accounts, user_id, proof.secret),
            )
        except (TooManyConflicts, POSError):
            logger.warning("It could not be noted that a session is used", exc_info=True)
        else:
            # What this request writes to the record, for instance because it sets a password, comes after that.
            transaction.catch_up()

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

    def _proofs(self, request):
        return Proofs(accounts=self.accounts, obligations=self.obligations(request))

    def _confirms_password(self, request, user_id):
        # A member with proof may be asked for the current password: change of password, turning off, REST old_password.
        user = getSecurityManager().getUser()
        return self.is_own(user) and user.getId() == user_id and self.proof(request, user_id) is not None

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
        proof = self._proofs(request).noted(user_id)
        token = proof.secret if proof else freshness.token(pas, request, user_id, getUtility(IClock)())
        for _, plugin in pas.plugins.listPlugins(ICredentialsUpdatePlugin):
            if is_session(plugin):
                plugin._setupSession(user_id, response, tokens=(token,))

    @security.private
    def resetCredentials(self, request, response):
        """Drop the proof of the session that is signing out; of both, if the request carries a ticket and a token."""
        user_id = getSecurityManager().getUser().getId() or ""
        # A token may be gone from its plugin's list by now; then only the note of it tells.
        proofs = self._proofs(request)
        noted = proofs.noted(user_id)
        for secret in {proof.secret for proof in [*proofs.found(user_id), *([noted] if noted else [])]}:
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
        max_tries = getUtility(ISitePolicies)(aq_parent(aq_inner(self._getPAS()))).max_tries if is_open else 0
        return properties_of(account, max_tries=max_tries, now=getUtility(IClock)())


InitializeClass(SMSAuthPlugin)


def plugin_of(user_folder) -> SMSAuthPlugin | None:
    """Return the plugin of a user folder, or None if the add-on is not installed there."""
    plugin = getattr(aq_base(user_folder), PLUGIN_ID, None)
    return user_folder._getOb(PLUGIN_ID) if ISMSAuthPlugin.providedBy(plugin) else None
