"""What the gate noted on a request: first factors it withheld, and proofs it has seen.

The notes live in the request object's own dictionary, which no form, cookie or header can reach, and end with the
request.
"""

from collective.smsauth.domain.requirement import Member
from collective.smsauth.domain.session import Lifetimes
from collective.smsauth.domain.session import Session
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from zope.component import adapter
from ZPublisher.interfaces import IPubBeforeAbort
from ZPublisher.interfaces import IPubEnd

_NAME = "_collective_smsauth_notes"


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """A correct first factor whose second is owed, or a session that was ended.

    ``by_ticket`` tells what a browser brings by itself (a session ticket, the headers of a proxy) from a password or token, and
    ``by_password`` a password from all else. ``is_ended`` tells a session that has ended, or is older than the password: it is no first
    factor any more, and its owner is a visitor. ``is_ended_last`` tells one of which it is known that it went on until sessions were
    ended last.
    """

    user_id: str
    by_ticket: bool
    by_password: bool = False
    is_ended: bool = False
    is_ended_last: bool = False


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A proof that came with this request: the secret that names it, and its record."""

    secret: str = field(repr=False)
    session: Session


@dataclass
class RequestNotes:
    """The notes of one request, by site (the physical path of its plugin).

    ``confirmed`` are those whose present password was right in this request, whether or not it let them in;
    ``with_password`` are those who sent their password with this very request, and were let through; ``admitted`` are those who were let
    through by whatever credential, with how often their sessions had been ended by then; ``members`` are those whose
    groups and roles were looked up; ``gives_cookies`` tells that the answer gives or takes cookies that stand for something on record;
    ``has_caught_up`` tells that it has waited for what other processes wrote; ``gates`` and ``parts`` are what was made for this request
    (``pas.gate``, ``wiring``), by site and connection.
    """

    withheld: dict[str, list[Withheld]] = field(default_factory=dict)
    proven: dict[tuple[str, str], Proof] = field(default_factory=dict)
    confirmed: set[tuple[str, str]] = field(default_factory=set)
    with_password: set[tuple[str, str]] = field(default_factory=set)
    admitted: dict[tuple[str, str], int] = field(default_factory=dict)
    members: dict[tuple[str, str], Member] = field(default_factory=dict)
    lifetimes: dict[str, Lifetimes] = field(default_factory=dict)
    gives_cookies: bool = False
    has_caught_up: bool = False
    gates: dict[tuple[str, int], Any] = field(default_factory=dict)
    parts: dict[tuple[str, int], Any] = field(default_factory=dict)


def notes_of(request) -> RequestNotes:
    """Return the notes of a request; a new one has none."""
    return request.__dict__.setdefault(_NAME, RequestNotes())


@adapter(IPubEnd)
def forget_parts(event) -> None:
    """Let go of what was made for a request when it ends: it holds objects of the request's connection, and the request itself."""
    notes = notes_of(event.request)
    notes.gates.clear()
    notes.parts.clear()


@adapter(IPubBeforeAbort)
def keep_cookies(event) -> None:
    """Let the browser keep the cookies that it has if nothing of the request is written: those of the answer stand for nothing."""
    if notes_of(event.request).gives_cookies:
        event.request.response.cookies.clear()
