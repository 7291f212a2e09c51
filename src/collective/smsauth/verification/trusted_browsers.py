"""Trusted browsers: a random secret in a cookie that spares its owner the code for some days, never the password.

The secret is not changed when it is used. Two tabs that sign in at once, or an answer that gets lost on the way, would otherwise cost
the member the trust; whoever copied the cookie needs the password as well, and the end of the trust does not move.
"""

from collections.abc import Callable
from collective.smsauth import events
from collective.smsauth.domain import codes
from collective.smsauth.domain import throttle
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.policy import DAY
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.policy import USER_WINDOW
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import new_session
from collective.smsauth.domain.session import TrustedBrowser
from collective.smsauth.storage.accounts import Accounts
from dataclasses import dataclass
from dataclasses import replace
from zope.event import notify

#: Characters that are kept of what a browser calls itself. It is the visitor's own text: only to be shown, and only as text.
LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class TrustedBrowsers:
    """The trusted browsers of one site at one moment.

    ``now`` is seconds since the epoch; ``fingerprint`` returns a value that changes when the password of a user id does.
    """

    accounts: Accounts
    policy: Policy
    now: float
    fingerprint: Callable[[str], str]

    def begin(self, user_id: str, proof: str, *, browser: str) -> str:
        """Trust the browser in which a code was just given, and return the secret for its cookie.

        ``proof`` names the session made by that code: it ends, too, when the browser is forgotten elsewhere. The answer is '' where
        there is no such session, or where the site trusts no browsers. For a code that is sent once more because the answer was lost, the
        browser is trusted already: only the secret is another one.
        """
        account, fingerprint = self._read(user_id), self.fingerprint(user_id)
        session = account.session(proof, now=self.now, fingerprint=fingerprint, lifetimes=self.policy.lifetimes)
        if session is None or not session.is_real or not self.policy.trust_days:
            return ""
        secret = codes.random_secret()
        if session.browser in account.trusted:
            self.accounts.save(user_id, account.replaced_browser(session.browser, secret))
            return secret
        trusted = TrustedBrowser(
            issued=self.now,
            used=self.now,
            expires=self.now + self.policy.trust_days * DAY,
            browser=printable(browser),
            fingerprint=fingerprint,
        )
        account = account.with_trusted(secret, trusted)
        self.accounts.save(user_id, account.with_session(proof, replace(session, browser=hashed(secret))))
        notify(events.BrowserTrusted(user_id))
        return secret

    def sign_in(self, user_id: str, secret: str) -> str:
        """Return the secret of a new proof for a member whose first factor was correct, '' if this browser is not trusted by them.

        A pause does not matter, since nothing is guessed here; a number that is locked has lost what it opened.
        """
        account = self._read(user_id)
        trusted = account.trusted_browser(
            secret, now=self.now, fingerprint=self.fingerprint(user_id), lifetimes=self.policy.lifetimes
        )
        if trusted is None or not account.is_bound or throttle.is_locked(account.failures):
            return ""
        proof, session = new_session(
            now=self.now,
            lifetime=self.policy.session_lifetime,
            fingerprint=trusted.fingerprint,
            means=Means.TRUSTED_BROWSER,
            browser=hashed(secret),
        )
        account = account.with_trusted(secret, replace(trusted, used=self.now))
        self.accounts.save(user_id, account.with_session(proof, session))
        return proof

    def browsers(self, user_id: str) -> dict[str, TrustedBrowser]:
        """Return the trusted browsers of a member that stand, the last used one first, by the name of their secret."""
        account, fingerprint = self._read(user_id), self.fingerprint(user_id)
        standing = {
            name: trusted
            for name, trusted in account.trusted.items()
            if trusted.fingerprint == fingerprint and trusted.lasts(now=self.now, lifetimes=self.policy.lifetimes)
        }
        return dict(sorted(standing.items(), key=lambda item: item[1].used, reverse=True))

    def _read(self, user_id: str) -> Account:
        return (self.accounts.get(user_id) or Account()).swept(now=self.now, window=USER_WINDOW)


def printable(name: str) -> str:
    """Return what a browser calls itself as one short line of plain characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in name[: 4 * LONGEST_NAME]).split())[:LONGEST_NAME]
