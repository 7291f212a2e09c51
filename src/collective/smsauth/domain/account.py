"""All that is known of one member's second step, as a frozen value, and what may become of it.

Two browsers of one member change the same value, so whoever stores it gets one conflict, one retry and one truth.
"""

from collections.abc import Mapping
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import OPEN_TO_ALL
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.prepared_code import PreparedCode
from collective.smsauth.domain.prepared_code import spend
from collective.smsauth.domain.right_answer import RightAnswer
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import Session
from collective.smsauth.domain.session import TrustedBrowser
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
from typing import TypeVar

#: Codes of one purpose that were sent before the last one and have not expired. Five texts in half an hour are what a member gets.
MOST_EARLIER = 5
#: Completed or logged out sign-ins of the last 15 minutes.
MOST_OVER = 20
MOST_SESSIONS = 20
MOST_TRUSTED = 20
MOST_ANSWERED = 5
#: Seconds for which a member who puts off the reminder of a policy is left alone.
REMINDER_PAUSE = 24 * 60 * 60
#: Seconds without any after which sign-ins that were begun are no longer counted as in a row.
ROW_ENDS = 24 * 60 * 60

_Ending = TypeVar("_Ending", Session, TrustedBrowser, RightAnswer)


@dataclass(frozen=True, kw_only=True)
class ResetLink:
    """The open reset link: keyed digest of its signature, the number asked for (E.164), and when it ends."""

    digest: str = field(repr=False)
    number: str = field(repr=False)
    expires: float


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A failure that was counted before it was known to be one: the how manyth in a row, when, and when the one before was."""

    failures: int
    at: float
    former: float


@dataclass(frozen=True, kw_only=True)
class Account:
    """One member's record. All times are seconds since the epoch.

    ``number`` is the primary verified number (E.164), '' if there is none: then the second step is off. ``contacts`` are the further
    verified contact points, numbers or e-mail addresses, with the time of their proof. ``recovery`` are the keyed digests of the
    recovery codes that are left, made at ``recovery_made``. ``wrong_codes_in_a_row`` counts wrong sign-in codes in a row, for the warning;
    ``reminder_put_off_at`` is when the member last put off the reminder of a policy that is to come.
    ``challenges`` are the last codes of each purpose, ``earlier`` those sent before them that have not expired, the oldest first.
    ``sign_ins_begun`` counts sign-ins begun in a row without one that was completed, the last at ``sign_in_begun_at``. ``pending_round`` is
    odd since one was begun, and even again once all that are pending were ended: a count, since clocks of several processes are not one.
    ``pending_over`` are the names of those that were completed or logged out, with the time at which they would have ended anyway.
    ``password_kept_elsewhere`` is set of a member whose
    password was not kept by the site when they once gave a code: the site cannot tell whether they are still there. ``answered`` are the
    right answers of the last two minutes, by the name of their form.
    """

    number: str = field(default="", repr=False)
    bound_at: float = 0.0
    password_kept_elsewhere: bool = False
    contacts: Mapping[str, float] = field(default_factory=dict, repr=False)
    recovery: tuple[str, ...] = field(default=(), repr=False)
    recovery_made: float = 0.0
    prepared: PreparedCode | None = None
    trusted: Mapping[str, TrustedBrowser] = field(default_factory=dict, repr=False)
    wrong_codes_in_a_row: int = 0
    reminder_put_off_at: float = 0.0
    challenges: Mapping[Purpose, Challenge] = field(default_factory=dict)
    earlier: tuple[Challenge, ...] = ()
    sign_ins_begun: int = 0
    sign_in_begun_at: float = 0.0
    pending_round: int = 0
    pending_over: Mapping[str, float] = field(default_factory=dict, repr=False)
    sessions: Mapping[str, Session] = field(default_factory=dict, repr=False)
    answered: Mapping[str, RightAnswer] = field(default_factory=dict, repr=False)
    reset: ResetLink | None = None
    failures: int = 0
    failed_at: float = 0.0
    sent_at: tuple[float, ...] = ()
    reset_sent_at: tuple[float, ...] = ()

    def sent(self, purpose: Purpose) -> tuple[Challenge, ...]:
        """Return the codes of ``purpose`` that are on record, the last one last."""
        last = self.challenges.get(purpose)
        return (*(one for one in self.earlier if one.purpose is purpose), *([last] if last is not None else []))

    def with_challenge(self, challenge: Challenge) -> "Account":
        """Return the account with ``challenge`` as the last one of its purpose, or in its own place if it is on record.

        The one before becomes an earlier one. A reset and the access-code page have none: each of their codes belongs to one link or form.
        """
        purpose, earlier = challenge.purpose, self.earlier
        if any(one.id == challenge.id for one in earlier):
            return replace(self, earlier=tuple(challenge if one.id == challenge.id else one for one in earlier))
        last = self.challenges.get(purpose)
        if last is not None and last.id != challenge.id and purpose not in OPEN_TO_ALL:
            former = (*(one for one in earlier if one.purpose is purpose), last)[-MOST_EARLIER:]
            earlier = (*(one for one in earlier if one.purpose is not purpose), *former)
        return replace(self, challenges={**self.challenges, purpose: challenge}, earlier=earlier)

    def without_challenge(self, purpose: Purpose) -> "Account":
        """Return the account with no challenge of ``purpose``."""
        kept = {key: value for key, value in self.challenges.items() if key is not purpose}
        return replace(self, challenges=kept, earlier=tuple(one for one in self.earlier if one.purpose is not purpose))

    def without_sends(self, answered: Challenge) -> "Account":
        """Return the account in which the messages that led to a right answer no longer count: this one, and those resent before it."""
        if answered.purpose in OPEN_TO_ALL:
            return replace(self, reset_sent_at=_without_row(self.reset_sent_at, answered))
        return replace(self, sent_at=_without_row(self.sent_at, answered))

    def with_sign_in_begun(self, now: float) -> "Account":
        """Return the account with one more sign-in begun in a row."""
        begun = self.sign_ins_begun + 1
        return replace(self, sign_ins_begun=begun, sign_in_begun_at=now, pending_round=self.pending_round | 1)

    def is_pending(self, name: str, of_round: int) -> bool:
        """Tell whether nothing says that the sign-in of that name, begun in that round, has ended."""
        return name not in self.pending_over and self.pending_round in (0, of_round)

    def without_pending(self, name: str, expires: float) -> "Account":
        """Return the account once the pending sign-in of that name was completed or logged out; it would have ended at ``expires``."""
        over = sorted({**self.pending_over, name: expires}.items(), key=lambda item: item[1])
        return replace(self, pending_over=dict(over[-MOST_OVER:]))

    def without_any_pending(self) -> "Account":
        """Return the account once all sign-ins that are pending have ended."""
        if not self.pending_round % 2:
            return self
        return replace(self, pending_round=self.pending_round + 1, pending_over={})

    def with_session(self, secret: str, session: Session) -> "Account":
        """Return the account with one more proof; the oldest give way past twenty."""
        return replace(self, sessions=newest({**self.sessions, hashed(secret): session}, MOST_SESSIONS))

    def without_session(self, secret: str) -> "Account":
        """Return the account without that proof."""
        return replace(self, sessions=_without(self.sessions, hashed(secret)))

    def session(self, secret: str, *, now: float, fingerprint: str) -> Session | None:
        """Return the proof named by ``secret`` if it still stands."""
        name = hashed(secret)
        return self.sessions[name] if self.stands(name, now=now, fingerprint=fingerprint) else None

    def replaced_session(self, name: str, secret: str) -> "Account":
        """Return the account with the proof of that name known by another secret: the former one is worth nothing any more."""
        sessions = {hashed(secret) if key == name else key: session for key, session in self.sessions.items()}
        return replace(self, sessions=sessions)

    def stands(self, name: str, *, now: float, fingerprint: str) -> bool:
        """Tell whether the proof of that name still stands."""
        session = self.sessions.get(name)
        if session is None or now >= session.expires or session.fingerprint != fingerprint:
            return False
        return not session.browser or (session.browser in self.trusted and now < self.trusted[session.browser].expires)

    def with_answer(self, name: str, given: RightAnswer) -> "Account":
        """Return the account with a right answer to the form of that name; the oldest give way past five."""
        return replace(self, answered=_last({**self.answered, name: given}, MOST_ANSWERED))

    def without_answer(self, name: str) -> "Account":
        """Return the account in which the answer to that form cannot be sent again."""
        return replace(self, answered=_without(self.answered, name))

    def answer(self, name: str, *, now: float) -> RightAnswer | None:
        """Return the right answer that was given to the form of that name, if it may be sent again."""
        given = self.answered.get(name)
        return given if given is not None and now < given.expires else None

    def used(self, secret: str) -> "Account":
        """Return the account once the session with that proof was used: the answer that made it cannot be sent again."""
        name = hashed(secret)
        return replace(self, answered={key: given for key, given in self.answered.items() if given.session != name})

    def with_trusted(self, secret: str, browser: TrustedBrowser) -> "Account":
        """Return the account with one more trusted browser; the oldest give way past twenty."""
        return replace(self, trusted=_last({**self.trusted, hashed(secret): browser}, MOST_TRUSTED))

    def without_trusted(self, name: str = "", *, keep: str = "") -> "Account":
        """Return the account without the trusted browser of that name, or without any, and without the sessions opened on it.

        ``keep`` is the secret of a session that goes on by itself if a code was given in it.
        """
        trusted = _without(self.trusted, name) if name else {}
        forgotten = self.trusted.keys() - trusted.keys()
        sessions = {key: session for key, session in self.sessions.items() if session.browser not in forgotten}
        kept = self.sessions.get(hashed(keep))
        if kept is not None and kept.is_real and kept.browser in forgotten:
            sessions[hashed(keep)] = replace(kept, browser="")
        return replace(self, trusted=trusted, sessions=sessions)

    def replaced_browser(self, name: str, secret: str) -> "Account":
        """Return the account with the trusted browser of that name known by another secret: the former one is worth nothing any more."""
        new = hashed(secret)
        trusted = {new if key == name else key: browser for key, browser in self.trusted.items()}
        sessions = {
            key: replace(session, browser=new) if session.browser == name else session
            for key, session in self.sessions.items()
        }
        return replace(self, trusted=trusted, sessions=sessions)

    def trusted_browser(self, secret: str, *, now: float, fingerprint: str) -> TrustedBrowser | None:
        """Return the trusted browser named by ``secret`` if it still stands."""
        browser = self.trusted.get(hashed(secret))
        if browser is None or now >= browser.expires or browser.fingerprint != fingerprint:
            return None
        return browser

    def bind(self, number: str, *, now: float) -> "Account":
        """Return the account with ``number`` as the primary one; whatever the former one had opened, ends.

        Further contact points and recovery codes have been proved apart from it: they stay.
        """
        kept = {address: time for address, time in self.contacts.items() if address != number}
        return Account(
            number=number,
            bound_at=now,
            password_kept_elsewhere=self.password_kept_elsewhere,
            contacts=kept,
            recovery=self.recovery,
            recovery_made=self.recovery_made,
            prepared=spend(self.prepared),
            sent_at=self.sent_at,
            reset_sent_at=self.reset_sent_at,
            **self._next_round(),
        )

    def unbind(self) -> "Account":
        """Return the account without a number and without anything that proved one. Limits on texts stay."""
        return Account(sent_at=self.sent_at, reset_sent_at=self.reset_sent_at, **self._next_round())

    def _next_round(self) -> dict[str, Any]:
        # What a record without anything else has to say: the sign-ins that were pending are not, for as long as they might be.
        ended = self.without_any_pending()
        return {
            "pending_round": ended.pending_round,
            "sign_in_begun_at": ended.sign_in_begun_at if ended.pending_round else 0.0,
        }

    def with_failure(self, now: float) -> "Account":
        """Return the account with one more failure in a row."""
        return replace(self, failures=self.failures + 1, failed_at=now)

    def without_failure(self, failure: Failure) -> "Account":
        """Return the account with one failure less, since that one was none; what else was counted meanwhile stays."""
        failed_at = failure.former if self.failed_at == failure.at else self.failed_at
        return replace(self, failures=max(0, self.failures - 1), failed_at=failed_at)

    def released(self) -> "Account":
        """Return the account with no failures counted."""
        return replace(self, failures=0, failed_at=0.0, wrong_codes_in_a_row=0, sign_ins_begun=0)

    def swept(self, *, now: float, window: int) -> "Account":
        """Return the account without what has ended, so that a record never grows with the number of sign-ins."""
        is_row = now < self.sign_in_begun_at + ROW_ENDS
        return replace(
            self,
            challenges={k: v for k, v in self.challenges.items() if now < v.expires + window},
            earlier=tuple(one for one in self.earlier if now < one.expires),
            sign_ins_begun=self.sign_ins_begun if is_row else 0,
            sign_in_begun_at=self.sign_in_begun_at if is_row else 0.0,
            # none that was begun before lives as long as this
            pending_round=self.pending_round if now < self.sign_in_begun_at + window else 0,
            pending_over={k: v for k, v in self.pending_over.items() if now < v},
            sessions={k: v for k, v in self.sessions.items() if now < v.expires},
            answered={k: v for k, v in self.answered.items() if now < v.expires},
            trusted={k: v for k, v in self.trusted.items() if now < v.expires},
            reminder_put_off_at=self.reminder_put_off_at if now < self.reminder_put_off_at + REMINDER_PAUSE else 0.0,
            prepared=self.prepared if self.prepared and now < self.prepared.expires else None,
            reset=self.reset if self.reset and now < self.reset.expires else None,
            sent_at=tuple(time for time in self.sent_at if now - window < time),
            reset_sent_at=tuple(time for time in self.reset_sent_at if now - window < time),
        )

    def is_blank(self) -> bool:
        """Tell whether nothing would be lost if the record went."""
        return self == Account()


def _without(mapping: Mapping[str, _Ending], key: str) -> dict[str, _Ending]:
    return {name: value for name, value in mapping.items() if name != key}


def _without_row(times: tuple[float, ...], answered: Challenge) -> tuple[float, ...]:
    until = tuple(time for time in times if time <= answered.issued)
    return until[: -answered.resends - 1] + tuple(time for time in times if time > answered.issued)


def _last(mapping: Mapping[str, _Ending], most: int) -> dict[str, _Ending]:
    return dict(sorted(mapping.items(), key=lambda item: item[1].expires)[-most:])


def newest(sessions: Mapping[str, Session], most: int) -> dict[str, Session]:
    """Return the sessions that were issued last, at most so many."""
    return dict(sorted(sessions.items(), key=lambda item: item[1].issued)[-most:])
