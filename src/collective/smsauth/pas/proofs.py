"""The proofs of the second step that one request carries."""

from collections.abc import Iterator
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.session import Session
from collective.smsauth.interfaces import IClock
from collective.smsauth.pas.obligations import Obligations
from collective.smsauth.pas.passwords import fingerprint
from collective.smsauth.pas.request_notes import notes_of
from collective.smsauth.pas.request_notes import Proof
from collective.smsauth.pas.sessions import secrets_in
from collective.smsauth.pas.sessions import sessions_of
from collective.smsauth.storage.accounts import Accounts
from dataclasses import dataclass
from zope.component import getUtility


@dataclass(frozen=True, kw_only=True)
class Proofs:
    """Finds the proofs in a request; ``obligations`` tell which of them count in it."""

    accounts: Accounts
    obligations: Obligations

    def of(self, user_id: str) -> Proof | None:
        """Return the proof that the request carries for that user, if any.

        Normally authentication has noted it; behind a cache of PAS, or with the plugin out of place, nothing was noted and the
        credentials are read once more.
        """
        return self.noted(user_id) or next(self.found(user_id), None)

    def noted(self, user_id: str) -> Proof | None:
        """Return the proof of that user that was noted in the request, if any."""
        return notes_of(self.obligations.request).proven.get((self.obligations.path, user_id))

    def still_stands(self, user_id: str) -> bool:
        """Tell whether the proof that was noted for that user, if any, is on record now: it may have been ended meanwhile."""
        noted, account = self.noted(user_id), self.accounts.get(user_id)
        if noted is None:
            return True
        return account is not None and self._session(user_id, account, noted.secret) is not None

    def note(self, user_id: str, proof: Proof | None) -> None:
        """Note a proof, so that a session minted in the request carries it."""
        if proof is not None:
            notes_of(self.obligations.request).proven[self.obligations.path, user_id] = proof

    def forget(self, user_id: str) -> None:
        """Forget what was noted for that user."""
        notes_of(self.obligations.request).proven.pop((self.obligations.path, user_id), None)

    def found(self, user_id: str) -> Iterator[Proof]:
        """Yield the proofs in the sessions of the request, read anew."""
        account = self.accounts.get(user_id)
        folder, request = self.obligations.user_folder, self.obligations.request
        sessions = sessions_of(folder, request, user_id) if account is not None else ()
        for plugin, credentials in sessions:
            proof = self.inside(plugin, credentials, user_id, account)
            if proof is not None:
                yield proof

    def inside(self, plugin, credentials, user_id: str, account: Account | None) -> Proof | None:
        """Return the proof in credentials that ``plugin`` accepted as those of that user."""
        return self.named(user_id, account, secrets_in(plugin, credentials, user_id))

    def named(self, user_id: str, account: Account | None, secrets: tuple[str, ...]) -> Proof | None:
        """Return the first proof that one of the secrets names and that counts in the request."""
        if account is None or not secrets:
            return None
        found = ((secret, self._session(user_id, account, secret)) for secret in secrets)
        proofs = (Proof(secret=secret, session=session) for secret, session in found if session is not None)
        return next((proof for proof in proofs if self.obligations.counts(user_id, proof.session)), None)

    def _session(self, user_id: str, account: Account, secret: str) -> Session | None:
        return account.session(
            secret,
            now=getUtility(IClock)(),
            fingerprint=fingerprint(self.obligations.user_folder, user_id),
            lifetimes=self.obligations.lifetimes,
        )
