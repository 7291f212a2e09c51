"""How the second step of a member ends, in part or whole, other than by an answer."""

from collections.abc import Callable
from collective.smsauth import events
from collective.smsauth.domain import contact_points
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.bypass import Bypass
from collective.smsauth.domain.pending_sign_in import Pending
from collective.smsauth.domain.policy import RECENT
from collective.smsauth.domain.policy import USER_WINDOW
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import new_session
from collective.smsauth.domain.session import Session
from collective.smsauth.storage.accounts import Accounts
from collective.smsauth.verification import backup_codes
from dataclasses import replace
from zope.event import notify

import time

#: How many sessions of one kind whose second step was skipped are on record.
MOST_SKIPPED = 5


def ticket_time() -> float:
    """Return the time by the clock by which plone.session stamps its tickets, which are compared with it: that of the machine."""
    return time.time()


def unbind(accounts: Accounts, user_id: str, *, keep: str = "", session: Session | None = None) -> None:
    """Turn two-step verification off for a member who has it: numbers and addresses, proofs, codes and links go.

    ``keep`` is the secret of a proof that stands for a moment longer, as ``session`` says; '' if none does.
    """
    account = accounts.get(user_id)
    if account is not None and account.is_bound:
        accounts.save(user_id, account.unbind().with_ending(ticket_time()).with_kept_session(keep, session))
        notify(events.SessionsEnded(user_id))
        notify(events.AuthenticatorUnbound(user_id))


def end_sessions(
    accounts: Accounts,
    user_id: str,
    *,
    keep: str = "",
    session: Session | None = None,
    unrecorded: bool = True,
    tell: Callable[[object], None] = notify,
) -> None:
    """Drop all proofs, trusted browsers, pending sign-ins, codes and links of a member who has a record, but not the number.

    Sessions without a record of their own, which a rule lets in, end as well, unless ``unrecorded`` is false. ``keep`` is the secret of
    the one proof that goes on, as ``session``; '' if none does. ``tell`` fires events.
    """
    account = accounts.get(user_id)
    if account is None:
        return
    ended = account.without_any_pending()
    ended = replace(ended, sessions={}, trusted={}, challenges={}, earlier=(), answered={}, reset=None)
    ended = ended.with_kept_session(keep, session)
    accounts.save(user_id, ended.with_ending(ticket_time()) if unrecorded else ended)
    if ended != account:
        tell(events.SessionsEnded(user_id))


def end_all_sessions(accounts: Accounts, user_id: str, *, tell: Callable[[object], None] = notify) -> None:
    """End all sessions of a member of the site, as ``end_sessions`` does; one without a record gets one, to remember it."""
    if accounts.get(user_id) is not None:
        end_sessions(accounts, user_id, tell=tell)
    else:
        end_unrecorded(accounts, user_id)
        tell(events.SessionsEnded(user_id))


def end_unrecorded(accounts: Accounts, user_id: str) -> None:
    """End the sessions of a member of the site that have no record of their own: one logs out, and cannot be told from the others."""
    account = accounts.get(user_id) or Account()
    accounts.save(user_id, account.with_ending(ticket_time()))


def end_session(accounts: Accounts, user_id: str, secret: str) -> None:
    """Drop the one proof named by ``secret``: the member signed out there."""
    end_session_named(accounts, user_id, hashed(secret))


def end_session_named(accounts: Accounts, user_id: str, name: str) -> None:
    """Drop the one proof that is kept under ``name``, and the answer that made it, which could make another."""
    account = accounts.get(user_id)
    if account is not None:
        accounts.save(user_id, account.without_session_named(name))


def end_pending(accounts: Accounts, pending: Pending, *, now: float) -> None:
    """Drop one pending sign-in: its browser logged out. ``now`` is seconds since the epoch."""
    account = accounts.get(pending.user_id)
    if (
        account is not None
        and now < pending.expires
        and account.is_pending(pending.name, pending.round, pending.expires)
    ):
        accounts.save(pending.user_id, account.without_pending(pending.name, pending.expires))


def supersede(accounts: Accounts, user_id: str, former: str, proof: str) -> None:
    """Put the proof of that name in the place of ``former``: one session goes on, in the same browser, and ends as one."""
    account = accounts.get(user_id) or Account()
    old, new = (account.sessions.get(hashed(secret)) for secret in (former, proof))
    if old is not None and new is not None:
        account = account.with_session(proof, replace(new, browser=new.browser or old.browser))
        accounts.save(user_id, account.without_session(former))


def forget_browsers(accounts: Accounts, user_id: str, *, name: str = "", keep: str = "") -> None:
    """Forget the trusted browser kept under ``name``, or all, and end the sessions opened there.

    ``keep`` is the secret of the session at hand: if a code was given in it, it goes on.
    """
    account = accounts.get(user_id)
    if account is None or not (name in account.trusted if name else account.trusted):
        return
    accounts.save(user_id, account.without_trusted(name, keep=keep))
    notify(events.BrowsersForgotten(user_id))


def disown(accounts: Accounts, user_id: str, *, dropped: bool = False, tell: Callable[[object], None] = notify) -> None:
    """End all that was opened with the password of a member who says that it was not them: sessions, trust, pending sign-ins.

    A prepared code and a bypass end, too: whoever had the password may have talked the administrator into it. ``dropped`` is what the
    event says of ``drop_recent``; ``tell`` fires events.
    """
    end_all_sessions(accounts, user_id, tell=tell)
    backup_codes.withdraw(accounts, user_id)
    withdraw_bypass(accounts, user_id, tell=tell)
    tell(events.SignInDisowned(user_id, dropped=dropped))


def drop_recent(accounts: Accounts, user_id: str, *, now: float, keep_primary: bool = False) -> bool:
    """Take off what was added of late, and tell whether there was anything: further contact points and recovery codes.

    A new primary number gives way to an older one, unless ``keep_primary``. What the member has had for longer, and their only number,
    stays: whoever reads their e-mails cannot lock them out.
    """
    account = accounts.get(user_id)
    if account is None or not account.is_bound:
        return False
    since = now - RECENT
    earlier = account if keep_primary else contact_points.with_earlier_primary(account, since=since)
    kept = contact_points.without_recent(earlier, since=since)
    accounts.save(user_id, kept)
    return kept != account


def distrust_email(accounts: Accounts, user_id: str, *, now: float) -> None:
    """Have the e-mail address in the profile of a member stand anew before it gets a link that can move the codes."""
    account = accounts.get(user_id)
    if account is not None:
        accounts.save(user_id, replace(account, email_changed_at=now))


def skip(accounts: Accounts, user_id: str, means: Means, *, now: float, lifetime: int, fingerprint: str) -> str:
    """Record a session whose second step was skipped by a rule, and return the secret that names it.

    Few such records are kept: without one, the rule itself still lets the session in, wherever it holds, until sessions are ended.
    """
    account = (accounts.get(user_id) or Account()).swept(now=now, window=USER_WINDOW)
    skipped = sorted((s.issued, name) for name, s in account.sessions.items() if s.means == means.value)
    for _issued, name in skipped[: max(0, len(skipped) - MOST_SKIPPED + 1)]:
        account = replace(account, sessions={key: s for key, s in account.sessions.items() if key != name})
    secret, session = new_session(now=now, lifetime=lifetime, fingerprint=fingerprint, means=means)
    accounts.save(user_id, account.with_session(secret, session))
    return secret


def give_bypass(accounts: Accounts, user_id: str, bypass: Bypass) -> None:
    """Let a member of the site in by the password alone for a while, in place of what was given before. Sessions that ended stay so."""
    account = (accounts.get(user_id) or Account()).swept(now=bypass.made, window=USER_WINDOW)
    accounts.save(user_id, replace(account, bypass=bypass))
    notify(events.BypassGiven(user_id, until=bypass.until))


def withdraw_bypass(accounts: Accounts, user_id: str, *, tell: Callable[[object], None] = notify) -> None:
    """End the bypass of a member, if there is one: the sessions that it let in owe the second step."""
    account = accounts.get(user_id)
    if account is not None and account.bypass is not None:
        accounts.save(user_id, replace(account, bypass=None))
        tell(events.BypassWithdrawn(user_id))


def note_use(accounts: Accounts, user_id: str, secret: str) -> None:
    """Note that the session with that proof was used: the answer that made it cannot be sent again from now on."""
    account = accounts.get(user_id)
    if account is not None:
        accounts.save(user_id, account.used(secret))


def put_off(accounts: Accounts, user_id: str, *, now: float) -> None:
    """Leave a member alone for a while who was reminded to set up a phone."""
    accounts.save(user_id, replace(accounts.get(user_id) or Account(), reminder_put_off_at=now))


def deleted(accounts: Accounts, user_id: str) -> None:
    """Remove all that is kept of a member whom the site deleted; of one who is kept elsewhere, what lets in without their phone.

    Contact points, recovery codes and the count of failures stay as well. A directory that does not answer, or keeps whom it says it
    deleted, must not turn a password into all that it takes.
    """
    account = accounts.get(user_id)
    if account is not None and account.is_bound and account.password_kept_elsewhere:
        end_sessions(accounts, user_id)
        backup_codes.withdraw(accounts, user_id)
        withdraw_bypass(accounts, user_id)
    else:
        forget(accounts, user_id)


def forget(accounts: Accounts, user_id: str) -> None:
    """Remove all that is kept of a member who is there no longer."""
    accounts.drop(user_id)
