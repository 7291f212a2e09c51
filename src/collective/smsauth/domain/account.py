"""All that is known of one member's second step, as a frozen value, and what may become of it.

Two browsers of one member change the same value, so whoever stores it gets one conflict, one retry and one truth.
"""

from collections.abc import Mapping
from collective.smsauth.domain import throttle
from collective.smsauth.domain.bypass import Bypass
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import OPEN_TO_ALL
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import canonical
from collective.smsauth.domain.channels import is_email
from collective.smsauth.domain.prepared_code import PreparedCode
from collective.smsauth.domain.prepared_code import spend
from collective.smsauth.domain.right_answer import RightAnswer
from collective.smsauth.domain.session import AS_ISSUED
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import Lifetimes
from collective.smsauth.domain.session import Session
from collective.smsauth.domain.session import TrustedBrowser
from collective.smsauth.domain.unproved_number import UnprovedNumber
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
#: Seconds after which a change of the e-mail address holds nothing back, whatever the site has set.
LONGEST_EMAIL_WAIT = 720 * 60 * 60
#: Seconds without any after which sign-ins that were begun are no longer counted as in a row.
ROW_ENDS = 24 * 60 * 60

_Ending = TypeVar("_Ending", Session, TrustedBrowser, RightAnswer)
_Issued = TypeVar("_Issued", Session, TrustedBrowser, RightAnswer)


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

    ``number`` is the primary verified number (E.164), '' if there is none. ``email_alone`` tells that the member has the second step
    without a number, by the verified e-mail address in ``contacts``: it stays there, whatever the profile says, until another one is
    verified. With neither, the second step is off. ``contacts`` are the further verified contact points, numbers or e-mail addresses, with
    the time of their proof. ``unproved`` is a number that was claimed or asked for. ``recovery`` are the keyed digests of the
    recovery codes that are left, made at ``recovery_made``. ``wrong_codes_in_a_row`` counts wrong sign-in codes in a row, for the warning;
    ``reminder_put_off_at`` is when the member last put off the reminder of a policy that is to come.
    ``challenges`` are the last codes of each purpose, ``earlier`` those sent before them that have not expired, the oldest first.
    ``sign_ins_begun`` counts sign-ins begun in a row without one that was completed, the last at ``sign_in_begun_at``. ``pending_round`` is
    odd since one was begun, and even again once all that are pending were ended: a count, since clocks of several processes are not one.
    ``pending_over`` are the names of those that were completed or logged out, with the time at which they would have ended anyway.
    ``password_kept_elsewhere`` is set of a member whose
    password was not kept by the site when they once gave a code: the site cannot tell whether they are still there. ``answered`` are the
    right answers of the last two minutes, by the name of their form. ``email_changed_at`` is when the e-mail address in the profile last
    became another one, 0 if no change is known. ``bypass`` is what an administrator gave them for a while, in place of a code;
    ``last_step_at`` is when they last gave one.

    ``ended_at`` is when all sessions were ended last, by the clock by which Plone stamps tickets, 0 if never; ``endings`` is how often that
    was. What is in no record (a session that a rule lets in) goes on only if it was made after that. What we make says how often, since
    times are no proof: tickets can be renewed, and clocks run ahead.
    """

    number: str = field(default="", repr=False)
    email_alone: bool = False
    bound_at: float = 0.0
    password_kept_elsewhere: bool = False
    contacts: Mapping[str, float] = field(default_factory=dict, repr=False)
    unproved: UnprovedNumber | None = None
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
    ended_at: float = 0.0
    endings: int = 0
    email_changed_at: float = 0.0
    bypass: Bypass | None = None
    last_step_at: float = 0.0

    @property
    def is_bound(self) -> bool:
        """Whether the member has the second step. What the site allows by now makes no difference."""
        return bool(self.number) or self.email_alone

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

    def without_text(self, challenge: Challenge) -> "Account":
        """Return the account as if the message of ``challenge`` had not been asked for, since it certainly did not leave.

        That of a reset stays counted: its link went to the member, and strangers, who choose the number, could choose one that no text
        leaves to.
        """
        last = self.challenges.get(challenge.purpose)
        if last is not None and last.id == challenge.id:
            last = replace(last, lost=True)
        elif last is not None and canonical(last.to) == canonical(challenge.to):
            last = replace(last, resends=max(0, last.resends - 1))
        account = self if last is None else self.with_challenge(last)
        if challenge.purpose is Purpose.RESET:
            return account
        if challenge.purpose in OPEN_TO_ALL:
            return replace(account, reset_sent_at=_less(self.reset_sent_at, challenge.issued))
        return replace(account, sent_at=_less(self.sent_at, challenge.issued))

    def without_sends(self, answered: Challenge) -> "Account":
        """Return the account in which the messages that led to a right answer no longer count: this one, and those resent before it."""
        if answered.purpose in OPEN_TO_ALL:
            return replace(self, reset_sent_at=_without_row(self.reset_sent_at, answered))
        return replace(self, sent_at=_without_row(self.sent_at, answered))

    def with_claim(self, number: str) -> "Account":
        """Return the account with a number that somebody said is the member's, to take the primary one's place once it is proved.

        It ends nothing but the codes of another number that was not proved either.
        """
        known = self.unproved
        if known is not None and known.number == number:
            return replace(self, unproved=replace(known, claimed=True))
        return replace(self.without_unproved(), unproved=UnprovedNumber(number=number, claimed=True))

    def with_asked(self, number: str, *, listed: bool, purpose: Purpose, now: float) -> "Account":
        """Return the account with a number that is pending from now on, before its code is issued for ``purpose``.

        The number before, and the codes that were sent for anything else than this purpose, go.
        """
        known = self.unproved
        claimed = known is not None and known.number == number and known.claimed
        asked = UnprovedNumber(number=number, asked=now, listed=listed, claimed=claimed)
        return replace(self._without_codes_of_unproved(but=purpose), unproved=asked)

    def without_unproved(self) -> "Account":
        """Return the account without a number that was claimed or asked for, and without the codes that were sent to prove it."""
        return replace(self._without_codes_of_unproved(), unproved=None)

    def _without_codes_of_unproved(self, *, but: Purpose | None = None) -> "Account":
        # Codes with a binding belong to a pending sign-in or to the form of another package.
        def stays(one: Challenge) -> bool:
            is_own = one.purpose in (Purpose.SET_UP, Purpose.CONTACT) and not one.binding and not is_email(one.to)
            return not is_own or one.purpose is but

        challenges = {key: one for key, one in self.challenges.items() if stays(one)}
        return replace(self, challenges=challenges, earlier=tuple(filter(stays, self.earlier)))

    def with_sign_in_begun(self, now: float) -> "Account":
        """Return the account with one more sign-in begun in a row."""
        begun = self.sign_ins_begun + 1
        return replace(self, sign_ins_begun=begun, sign_in_begun_at=now, pending_round=self.pending_round | 1)

    def is_pending(self, name: str, of_round: int, expires: float = 0.0) -> bool:
        """Tell whether nothing says that the sign-in of that name, begun in that round and good until ``expires``, has ended.

        Step-ups by name and password have one name: one that is begun after another was completed, and so ends later, is not over.
        """
        is_over = name in self.pending_over and expires <= self.pending_over[name]
        return not is_over and self.pending_round in (0, of_round)

    def without_pending(self, name: str, expires: float) -> "Account":
        """Return the account once the pending sign-in of that name was completed or logged out; it would have ended at ``expires``.

        Past twenty those give way that would have ended first, and never this one.
        """
        others = sorted(((key, end) for key, end in self.pending_over.items() if key != name), key=lambda item: item[1])
        return replace(self, pending_over={**dict(others[1 - MOST_OVER :]), name: expires})

    def without_any_pending(self) -> "Account":
        """Return the account once all sign-ins that are pending have ended."""
        if not self.pending_round % 2:
            return self
        return replace(self, pending_round=self.pending_round + 1, pending_over={})

    def with_session(self, secret: str, session: Session) -> "Account":
        """Return the account with one more proof; past twenty those give way that were issued first, and never this one."""
        last = max(self.last_step_at, session.issued) if session.is_real else self.last_step_at
        return replace(self, sessions=_with(self.sessions, hashed(secret), session, MOST_SESSIONS), last_step_at=last)

    def with_kept_session(self, secret: str, session: Session | None) -> "Account":
        """Return the account with the one proof that goes on where all others end, by itself and on no trusted browser.

        '' and None keep none.
        """
        return self.with_session(secret, replace(session, browser="")) if secret and session is not None else self

    def without_session(self, secret: str) -> "Account":
        """Return the account without that proof."""
        return replace(self, sessions=_without(self.sessions, hashed(secret)))

    def without_session_named(self, name: str) -> "Account":
        """Return the account without the proof of that name, nor the answer that made it."""
        answered = {key: given for key, given in self.answered.items() if given.session != name}
        return replace(self, sessions=_without(self.sessions, name), answered=answered)

    def session(self, secret: str, *, now: float, fingerprint: str, lifetimes: Lifetimes = AS_ISSUED) -> Session | None:
        """Return the proof named by ``secret`` if it still stands."""
        name = hashed(secret)
        stands = self.stands(name, now=now, fingerprint=fingerprint, lifetimes=lifetimes)
        return self.sessions[name] if stands else None

    def replaced_session(self, name: str, secret: str) -> "Account":
        """Return the account with the proof of that name known by another secret: the former one is worth nothing any more."""
        sessions = {hashed(secret) if key == name else key: session for key, session in self.sessions.items()}
        return replace(self, sessions=sessions)

    def stands(self, name: str, *, now: float, fingerprint: str, lifetimes: Lifetimes = AS_ISSUED) -> bool:
        """Tell whether the proof of that name still stands: also by the policy of today, whose ``lifetimes`` they are."""
        session = self.sessions.get(name)
        if session is None or not session.lasts(now=now, lifetimes=lifetimes) or session.fingerprint != fingerprint:
            return False
        browser = self.trusted.get(session.browser)
        # a session in which a code was given does not live on trust, though it ends when its browser is forgotten
        trust = AS_ISSUED if session.is_real else lifetimes
        return not session.browser or (browser is not None and browser.lasts(now=now, lifetimes=trust))

    def with_answer(self, name: str, given: RightAnswer) -> "Account":
        """Return the account with a right answer to the form of that name; past five the oldest give way, and never this one."""
        return replace(self, answered=_with(self.answered, name, given, MOST_ANSWERED))

    def without_answer(self, name: str) -> "Account":
        """Return the account in which the answer to that form cannot be sent again."""
        return replace(self, answered=_without(self.answered, name))

    def with_settled_answer(self, name: str) -> "Account":
        """Return the account in which the answer to that form proves nothing any more, since what it was for has been done."""
        if name not in self.answered:
            return self
        return replace(self, answered={**self.answered, name: replace(self.answered[name], to="")})

    def answer(self, name: str, *, now: float) -> RightAnswer | None:
        """Return the right answer that was given to the form of that name, if it may be sent again."""
        given = self.answered.get(name)
        return given if given is not None and now < given.expires else None

    def used(self, secret: str) -> "Account":
        """Return the account once the session with that proof was used: the answer that made it cannot be sent again."""
        name = hashed(secret)
        return replace(self, answered={key: given for key, given in self.answered.items() if given.session != name})

    def with_trusted(self, secret: str, browser: TrustedBrowser) -> "Account":
        """Return the account with one more trusted browser; past twenty those give way that were trusted first, and never this one."""
        return replace(self, trusted=_with(self.trusted, hashed(secret), browser, MOST_TRUSTED))

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

    def trusted_browser(
        self, secret: str, *, now: float, fingerprint: str, lifetimes: Lifetimes = AS_ISSUED
    ) -> TrustedBrowser | None:
        """Return the trusted browser named by ``secret`` if it still stands: also by the policy of today."""
        browser = self.trusted.get(hashed(secret))
        if browser is None or not browser.lasts(now=now, lifetimes=lifetimes) or browser.fingerprint != fingerprint:
            return None
        return browser

    def with_ending(self, at: float) -> "Account":
        """Return the account in which no session goes on that has no record of its own and was made until ``at``."""
        return replace(self, ended_at=at, endings=self.endings + 1)

    def bind(self, number: str, *, now: float) -> "Account":
        """Return the account with ``number`` as the primary one; whatever the former one had opened, ends, and so does a bypass.

        Further contact points and recovery codes have been proved apart from it: they stay. So does another number that is not proved yet.
        """
        kept = {address: time for address, time in self.contacts.items() if address != number}
        return self._bound(now, number=number, contacts=kept)

    def bind_email(self, email: str, *, now: float) -> "Account":
        """Return the account of a member without a number with that e-mail address as their second step, in place of a former one.

        What ends is the same as with a number.
        """
        kept = {address: time for address, time in self.contacts.items() if not is_email(address)}
        return self._bound(now, email_alone=True, contacts={**kept, email: now})

    def _bound(
        self, now: float, *, number: str = "", email_alone: bool = False, contacts: Mapping[str, float]
    ) -> "Account":
        unproved = self.unproved
        return Account(
            number=number,
            email_alone=email_alone,
            bound_at=now,
            password_kept_elsewhere=self.password_kept_elsewhere,
            contacts=contacts,
            unproved=unproved if unproved is not None and unproved.number != number else None,
            recovery=self.recovery,
            recovery_made=self.recovery_made,
            prepared=spend(self.prepared),
            sent_at=self.sent_at,
            reset_sent_at=self.reset_sent_at,
            ended_at=self.ended_at,
            endings=self.endings,
            email_changed_at=self.email_changed_at,
            **self._next_round(),
        )

    def unbind(self) -> "Account":
        """Return the account without the second step and without anything that proved it. Limits on texts stay.

        So does the time at which the e-mail address changed: turned on again, the second step has not made it any older.
        """
        return Account(
            sent_at=self.sent_at,
            reset_sent_at=self.reset_sent_at,
            ended_at=self.ended_at,
            endings=self.endings,
            email_changed_at=self.email_changed_at,
            **self._next_round(),
        )

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
        is_lapsed = self.unproved is not None and self.unproved.standing(now=now) is None
        known = self.without_unproved() if is_lapsed else self
        return replace(
            known,
            challenges={k: v for k, v in known.challenges.items() if now < v.expires + window},
            earlier=tuple(one for one in known.earlier if now < one.expires),
            sign_ins_begun=self.sign_ins_begun if is_row else 0,
            sign_in_begun_at=self.sign_in_begun_at if is_row else 0.0,
            # none that was begun before lives as long as this
            pending_round=self.pending_round if now < self.sign_in_begun_at + window else 0,
            pending_over={k: v for k, v in self.pending_over.items() if now < v},
            sessions={k: v for k, v in self.sessions.items() if v.lasts(now=now)},
            answered={k: v for k, v in self.answered.items() if now < v.expires},
            trusted={k: v for k, v in self.trusted.items() if v.lasts(now=now)},
            reminder_put_off_at=self.reminder_put_off_at
            if _is_within(self.reminder_put_off_at, now, REMINDER_PAUSE)
            else 0.0,
            prepared=self.prepared if self.prepared and now < self.prepared.expires else None,
            reset=self.reset if self.reset and now < self.reset.expires else None,
            bypass=self.bypass if self.bypass and now < self.bypass.until else None,
            last_step_at=0.0 if throttle.is_ahead(self.last_step_at, now=now) else self.last_step_at,
            sent_at=tuple(time for time in self.sent_at if _is_within(time, now, window)),
            reset_sent_at=tuple(time for time in self.reset_sent_at if _is_within(time, now, window)),
            email_changed_at=self.email_changed_at if now < self.email_changed_at + LONGEST_EMAIL_WAIT else 0.0,
        )

    def is_blank(self) -> bool:
        """Tell whether nothing would be lost if the record went."""
        return self == Account()


def _less(times: tuple[float, ...], time: float) -> tuple[float, ...]:
    """Return ``times`` without one of those that are ``time``."""
    place = times.index(time) if time in times else len(times)
    return (*times[:place], *times[place + 1 :])


def _without(mapping: Mapping[str, _Ending], key: str) -> dict[str, _Ending]:
    return {name: value for name, value in mapping.items() if name != key}


def _without_row(times: tuple[float, ...], answered: Challenge) -> tuple[float, ...]:
    until = tuple(time for time in times if time <= answered.issued)
    return until[: -answered.resends - 1] + tuple(time for time in times if time > answered.issued)


def newest(sessions: Mapping[str, Session], most: int) -> dict[str, Session]:
    """Return the sessions that were issued last, at most so many."""
    return dict(sorted(sessions.items(), key=lambda item: item[1].issued)[-most:])


def _is_within(time: float, now: float, window: int) -> bool:
    return now - window < time and not throttle.is_ahead(time, now=now)


def _with(mapping: Mapping[str, _Issued], name: str, new: _Issued, most: int) -> dict[str, _Issued]:
    """Return ``mapping`` with one more, or the same one anew, and at most so many: what was issued first gives way.

    What a clock that ran ahead has issued gives way before all else: it would outlast every newer one.
    """
    kept = {key: value for key, value in mapping.items() if key != name}

    def turn(key: str) -> tuple[bool, float]:
        issued = kept[key].issued
        return not throttle.is_ahead(issued, now=new.issued), issued

    for key in sorted(kept, key=turn)[: max(0, len(kept) - most + 1)]:
        del kept[key]
    return {**kept, name: new}
