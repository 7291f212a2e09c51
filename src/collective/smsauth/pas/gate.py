"""The gate of one site in one request: who is let through, with which proof, and who owes the second factor.

It is made once a request and asked by the PAS plugin, by the assertion after traversal, and by the flows.
"""

from AccessControl.SecurityManagement import getSecurityManager
from Acquisition import aq_base
from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth import logger
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.right_answer import name_for
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import names_proof
from collective.smsauth.domain.session import Session
from collective.smsauth.interfaces import IClock
from collective.smsauth.interfaces import IPasswordLinkFollowed
from collective.smsauth.pas import other_processes
from collective.smsauth.pas import session_age
from collective.smsauth.pas.ended_sessions import EndedSessions
from collective.smsauth.pas.lookup import plugin_of
from collective.smsauth.pas.obligations import Obligations
from collective.smsauth.pas.passwords import fingerprint
from collective.smsauth.pas.proofs import Proofs
from collective.smsauth.pas.request_notes import notes_of
from collective.smsauth.pas.request_notes import Proof
from collective.smsauth.pas.request_notes import Withheld
from collective.smsauth.pas.session_stamps import Stamp
from collective.smsauth.pas.session_stamps import stamp_in
from collective.smsauth.pas.sessions import CLAIM
from collective.smsauth.pas.sessions import has_password
from collective.smsauth.pas.sessions import is_session
from collective.smsauth.pas.sessions import is_token
from collective.smsauth.pas.sessions import made_at
from collective.smsauth.pas.sessions import secrets_in
from collective.smsauth.pas.sessions import sessions_of
from collective.smsauth.pas.sessions import STAMP_CLAIM
from collective.smsauth.pas.sessions import ticket_in
from collective.smsauth.storage.accounts import Accounts
from collective.smsauth.storage.own_transaction import OwnTransaction
from collective.smsauth.storage.own_transaction import TooManyConflicts
from collective.smsauth.verification import lifecycle
from functools import cached_property
from Products.PlonePAS.interfaces.plugins import IUserManagement
from Products.PluggableAuthService.interfaces.plugins import ICredentialsResetPlugin
from transaction.interfaces import TransientError
from typing import Any
from ZODB.POSException import ConflictError
from ZODB.POSException import POSError
from zope.component import getUtility


class Gate:
    """Answers for one user folder and one request. ``path`` names the site in the notes of the request."""

    def __init__(self, *, plugin: Any, user_folder: Any, site: Any, path: str, request: Any) -> None:
        self.plugin = plugin
        self.user_folder = user_folder
        self.site = site
        self.path = path
        self.request = request

    @cached_property
    def accounts(self) -> Accounts:
        """The records of the members. Who is no member of this site needs none, so that the site can be mended.

        :raises LookupError: the plugin has none.
        """
        accounts: Accounts = self.plugin.accounts
        return accounts

    @cached_property
    def obligations(self) -> Obligations:
        """What the members of this site owe in this request."""
        return Obligations(
            site=self.site,
            user_folder=self.user_folder,
            request=self.request,
            path=self.path,
            account_of=lambda user_id: self.accounts.get(user_id),
        )

    def admits(self, plugin: Any, offered: dict[str, Any], user_id: str) -> bool:
        """Tell whether a user whose first factor ``plugin`` has just accepted, in the credentials ``offered``, may pass.

        Who owes the second factor is noted as withheld. Nothing is written. A session that another process made or changed a moment ago
        is looked for once more before it is said to be none.
        """
        if has_password(plugin, offered) and not is_token(plugin):
            notes_of(self.request).confirmed.add((self.path, user_id))
        held = self._held(plugin, offered, user_id)
        is_doubtful = held is not None or self._is_unknown(plugin, offered, user_id)
        if is_doubtful and self._catch_up_with([(plugin, offered)]):
            held = self._held(plugin, offered, user_id)
        if held is not None:
            self._note_withheld(held)
        return held is None

    def protects(self, user_id: str) -> bool:
        """Tell whether the first factor alone is not enough for that user, unless the rules say that they are not asked."""
        return self.obligations.is_protected(user_id, self.accounts.get(user_id))

    def owes_second_factor(self, user_id: str) -> bool:
        """Tell whether that user is to be asked for the second factor and this request shows no proof of it."""
        return self.obligations.owes(user_id, self.accounts.get(user_id)) and self.proof(user_id) is None

    def is_in_effect_by_ended_session(self, user_id: str) -> bool:
        """Tell whether that user is in effect, past the plugin, by nothing but sessions that have ended: behind a cache of PAS, for one."""
        account = self.accounts.get(user_id)
        if account is None or not account.endings or (self.path, user_id) in notes_of(self.request).admitted:
            return False
        sessions = list(sessions_of(self.user_folder, self.request, user_id))
        return bool(sessions) and not self._going_on(sessions, user_id, account)

    def catch_up(self, age: float = 0.0) -> bool:
        """Let this request see what other processes wrote a moment ago, and tell whether it may see more than before: once a request.

        ``age`` is how many seconds ago that was written which is not on record here. Only for who shows a value that is validly signed.

        :raises ConflictError: the session of this request was ended meanwhile; it is to be run again.
        """
        if not other_processes.catch_up(self.plugin, self.request, age):
            return False
        # What the request writes would no longer be in conflict with whoever ended its session.
        user = getSecurityManager().getUser()
        if self.is_own(user) and not self.still_stands(user.getId()):
            raise ConflictError("The session of this request was ended.")
        return True

    def catch_up_with(self, user_id: str) -> bool:
        """Do the same for the sessions of that user that this request carries."""
        if not other_processes.can_be_ahead(self.plugin, self.request):
            return False
        return self._catch_up_with(list(sessions_of(self.user_folder, self.request, user_id)))

    def proof(self, user_id: str) -> Proof | None:
        """Return the proof that this request carries for that user, if any."""
        return self._proofs.of(user_id)

    def still_stands(self, user_id: str) -> bool:
        """Tell whether the session by which that user is in effect in this request, if any, has not been ended meanwhile."""
        if self._proofs.noted(user_id) is not None:
            return self._proofs.still_stands(user_id)
        endings = (self.accounts.get(user_id) or Account()).endings
        return notes_of(self.request).admitted.get((self.path, user_id), endings) == endings

    def has_second_step(self, user_id: str) -> bool:
        """Tell whether that user has two-step verification."""
        account = self.accounts.get(user_id)
        return account is not None and account.is_bound

    def has_given(self, user_id: str, *, of_all: bool = False) -> bool:
        """Tell whether that user gave a second factor in this session, or has none; with ``of_all`` the latter does not do."""
        proof = self.proof(user_id)
        return (proof is not None and proof.session.is_real) or not (of_all or self.has_second_step(user_id))

    def may_set_password(self, user_id: str) -> bool:
        """Tell whether that user, in effect in this request, may set a password of their own: by the present one, or by a second factor.

        A mailed link for a new one does as well: Plone checks it where the request is marked so.
        """
        has_confirmed = (self.path, user_id) in notes_of(self.request).confirmed
        return has_confirmed or IPasswordLinkFollowed.providedBy(self.request) or self.has_given(user_id)

    def has_just_set_up(self, user_id: str) -> bool:
        """Tell whether that user has just given the right answer of a set-up, and what it led to may have been lost."""
        account, name = self.accounts.get(user_id) or Account(), name_for(Purpose.SET_UP, "")
        return account.answer(name, now=getUtility(IClock)()) is not None

    @property
    def withheld(self) -> list[Withheld]:
        """The first factors that were correct in this request and did not sign in, and the sessions that have ended."""
        return notes_of(self.request).withheld.get(self.path, [])

    def withhold(self, user_id: str) -> None:
        """Note that this user was taken back after PAS let them through."""
        sessions = list(sessions_of(self.user_folder, self.request, user_id))
        is_ended = bool(sessions) and not self._going_on(sessions, user_id, self.accounts.get(user_id))
        self._note_withheld(Withheld(user_id=user_id, by_ticket=bool(sessions), is_ended=is_ended))

    def grant(self, user_id: str, secret: str, session: Session | None = None) -> None:
        """Note a proof made in this request, so that the session minted from it carries it.

        ``session`` is the proof as it is kept; it is looked up if it is not given.
        """
        notes_of(self.request).gives_cookies = True
        if session is not None:
            self._proofs.note(user_id, Proof(secret=secret, session=session))
        else:
            self._proofs.note(user_id, self._proofs.named(user_id, self.accounts.get(user_id), (secret,)))

    def is_own(self, user: Any) -> bool:
        """Tell whether a user is one of this user folder, not of another with the same id."""
        folder = aq_parent(aq_inner(user))
        return folder is not None and bool(user.getId()) and aq_base(folder) is aq_base(self.user_folder)

    def session_age(self, user_id: str, now: float) -> float | None:
        """Return how many seconds ago the member signed in to this session, or None if that cannot be told."""
        proof = self.proof(user_id)
        if proof is not None:
            return now - proof.session.issued
        if (self.path, user_id) in notes_of(self.request).with_password:
            return 0.0
        return session_age.session_age(self.user_folder, self.request, user_id, now)

    def log_out(self, user_id: str) -> bool:
        """End the sessions of that user that this request carries, and tell whether anything is written.

        Those without a record of their own cannot be told from each other: all of the member end with one. A member whom nothing
        protects logs out as Plone has it, without a trace.
        """
        account = self.accounts.get(user_id)
        sessions = list(sessions_of(self.user_folder, self.request, user_id))
        # A token may be gone from its plugin's list by now; then only the note of it tells.
        noted = self._proofs.noted(user_id)
        found = {secret for plugin, held in sessions for secret in secrets_in(plugin, held, user_id)}
        named = {secret for secret in {*found, *([noted.secret] if noted else [])} if _names(account, secret)}
        for secret in named:
            lifecycle.end_session(self.accounts, user_id, secret)
        account = self.accounts.get(user_id)
        if not self.obligations.is_protected(user_id, account) or not self._going_on(sessions, user_id, account):
            return bool(named)
        if account is None and self.user_folder.getUserById(user_id) is None:  # a token of a member who was deleted
            return False
        lifecycle.end_unrecorded(self.accounts, user_id)
        return True

    def has_ticket(self, user_id: str) -> bool:
        """Tell whether this request carries a ticket of that user."""
        return any(is_session(plugin) for plugin, _held in sessions_of(self.user_folder, self.request, user_id))

    def reset_credentials(self) -> None:
        """Tell the plugins that who sent this request logs out, as PAS does only while a member is in effect."""
        for plugin_id, plugin in self.user_folder.plugins.listPlugins(ICredentialsResetPlugin):
            try:
                plugin.resetCredentials(self.request, self.request.response)
            except TransientError:
                raise
            except Exception:
                # as Plone does: HTTP Basic asks for another password
                logger.warning("Plugin %s cannot reset the credentials of a visitor", plugin_id, exc_info=True)

    def has_ended(self, plugin: Any) -> bool:
        """Tell whether the ticket that this request carries for a session plugin is one of a session that has ended."""
        found = ticket_in(plugin, self.request)
        return found is not None and self._has_ended(plugin, found[0], found[1], self.accounts.get(found[1]))

    def tokens(self, user_id: str) -> tuple[str, ...]:
        """Return what a ticket minted in this request carries of ours: what names the proof of the session, its stamp, or both.

        Where a rule lets the session in, its record is one of few that are kept: without it, the stamp tells that it goes on.
        """
        proof = self._proofs.noted(user_id)
        if proof is not None and not proof.session.is_skipped:
            return (proof.secret,)
        stamp = str(self._stamp(user_id))
        return (stamp,) if proof is None else (proof.secret, stamp)

    def claims(self, user_id: str) -> dict[str, str]:
        """Return what a token made in this request carries of ours: what names the proof of the session, its stamp, or both."""
        proof = self.proof(user_id)
        if proof is not None and not proof.session.is_skipped:
            return {CLAIM: proof.secret}
        stamp = self._stamp(user_id)
        if proof is not None:
            return {CLAIM: proof.secret, STAMP_CLAIM: str(stamp)}
        return {STAMP_CLAIM: str(stamp)} if stamp.began else {}

    def forget_proof(self, user_id: str) -> None:
        """Forget the proof of that user in this request: the session that is minted from it goes on without one."""
        self._proofs.forget(user_id)

    def note_use(self, user_id: str) -> None:
        """Note that a session is used whose code was given just now: that code cannot be sent again to get another one.

        It is written in a transaction of its own: the request may be one that only reads.

        :raises ConflictError: the request has written something already; it is run again.
        """
        proof, account = self.proof(user_id), self.accounts.get(user_id)
        if proof is None or account is None or account == account.used(proof.secret):
            return
        secret, transaction = proof.secret, OwnTransaction(self.site, self.request)
        try:
            transaction.run(
                ("use", user_id, secret),
                lambda site: lifecycle.note_use(plugin_of(site.acl_users).accounts, user_id, secret),
            )
        except (TooManyConflicts, POSError):
            logger.warning("It could not be noted that a session is used", exc_info=True)
        else:
            # What this request writes to the record, for instance because it sets a password, comes after that.
            transaction.catch_up()

    @cached_property
    def _proofs(self) -> Proofs:
        return Proofs(accounts=self.accounts, obligations=self.obligations)

    def _held(self, plugin: Any, offered: dict[str, Any], user_id: str) -> Withheld | None:
        # What is to be noted of credentials that do not pass; None if they do.
        account = self.accounts.get(user_id)
        if self.obligations.is_protected(user_id, account):
            proof = self._proofs.inside(plugin, offered, user_id, account)
            self._proofs.note(user_id, proof)
            if proof is not None:
                self._admit(user_id, account)
                return None
        is_ended = self._has_ended(plugin, offered, user_id, account)
        if not is_ended and not self.obligations.owes(user_id, account):
            if IUserManagement.providedBy(plugin):
                notes_of(self.request).with_password.add((self.path, user_id))
            self._admit(user_id, account)
            return None
        if not is_ended and self._confirms_password(user_id):
            return None
        return Withheld(
            user_id=user_id,
            by_ticket=is_session(plugin) or not has_password(plugin, offered),
            by_password=has_password(plugin, offered) and not is_token(plugin),
            is_ended=is_ended,
            is_ended_last=is_ended and self._was_ended_last(plugin, offered, user_id, account),
        )

    def _note_withheld(self, held: Withheld) -> None:
        notes_of(self.request).withheld.setdefault(self.path, []).append(held)

    def _is_unknown(self, plugin: Any, offered: dict[str, Any], user_id: str) -> bool:
        # A proof that is not on record, of a member who is let in without one: they may just have set up a phone.
        if self._proofs.noted(user_id) is not None or not other_processes.can_be_ahead(self.plugin, self.request):
            return False
        account, secrets = self.accounts.get(user_id), secrets_in(plugin, offered, user_id)
        return any(names_proof(secret) and not _names(account, secret) for secret in secrets)

    def _catch_up_with(self, sessions: list[tuple[Any, dict[str, Any]]]) -> bool:
        if not other_processes.can_be_ahead(self.plugin, self.request):
            return False
        now = lifecycle.ticket_time()
        made = [made_at(plugin, held) for plugin, held in sessions if is_session(plugin) or is_token(plugin)]
        # a token that has no end does not say when it was made
        return bool(made) and self.catch_up(min(now - (now if time is None else time) for time in made))

    def _confirms_password(self, user_id: str) -> bool:
        # A member with proof may be asked for the current password: change of password, turning off, REST old_password.
        user = getSecurityManager().getUser()
        return self.is_own(user) and user.getId() == user_id and self.proof(user_id) is not None

    def _was_ended_last(self, plugin: Any, credentials: dict[str, Any], user_id: str, account: Account | None) -> bool:
        stamp = stamp_in(secrets_in(plugin, credentials, user_id))
        is_next = stamp is not None and account is not None and stamp.endings == account.endings - 1
        return is_next and stamp.is_under(fingerprint(self.user_folder, user_id))

    def _admit(self, user_id: str, account: Account | None) -> None:
        notes_of(self.request).admitted[self.path, user_id] = account.endings if account is not None else 0

    def _has_ended(self, plugin: Any, credentials: dict[str, Any], user_id: str, account: Account | None) -> bool:
        if not (is_session(plugin) or is_token(plugin)):
            return False
        is_protected = self.obligations.is_protected(user_id, account)
        if not is_protected and (account is None or not account.endings):
            return False  # nearly every request of a member whom nothing protects
        ended = EndedSessions(
            user_id=user_id,
            account=account or Account(),
            fingerprint=fingerprint(self.user_folder, user_id) if is_protected else "",
            lifetimes=self.obligations.lifetimes,
            now=getUtility(IClock)(),
        )
        return ended.has(plugin, credentials)

    def _going_on(self, sessions: list[tuple[Any, dict[str, Any]]], user_id: str, account: Account | None) -> list:
        return [(plugin, held) for plugin, held in sessions if not self._has_ended(plugin, held, user_id, account)]

    def _stamp(self, user_id: str) -> Stamp:
        now, account = getUtility(IClock)(), self.accounts.get(user_id) or Account()
        sessions = list(sessions_of(self.user_folder, self.request, user_id))
        key, notes = (self.path, user_id), notes_of(self.request)
        if key not in notes.admitted or key in notes.with_password:
            # A sign-in: a session that ended earlier, and was left in the browser, does not make the new one old.
            sessions = self._going_on(sessions, user_id, account)
        began = session_age.beginning(sessions, user_id, now)
        return Stamp(began=began, endings=account.endings, password=fingerprint(self.user_folder, user_id))


def _names(account: Account | None, secret: str) -> bool:
    return account is not None and hashed(secret) in account.sessions
