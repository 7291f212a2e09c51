"""Per-member records in the database: mappings of primitives, nothing but builtins inside.

Plain data outlives every version of this package: a record can be read, repaired or removed without its code. What is written is told
below, key by key; ``VERSION`` goes up with the first change that a reader of this one would not understand. The key ``i`` (pending logins,
which browsers carry now) is passed over.

A record is one conflict domain. Two parts of it are objects of their own, so that what changes often is written without the rest: the
sessions, ten to a page, and what became of the texts. The record is written with them whenever a session ends. What has its default is
not written.
"""

from BTrees.OOBTree import OOBTree
from collections.abc import Iterable
from collections.abc import Mapping
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.account import MOST_SESSIONS
from collective.smsauth.domain.account import newest
from collective.smsauth.domain.account import ResetLink
from collective.smsauth.domain.bypass import Bypass
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.prepared_code import PreparedCode
from collective.smsauth.domain.right_answer import RightAnswer
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import Session
from collective.smsauth.domain.session import TrustedBrowser
from collective.smsauth.domain.unproved_number import UnprovedNumber
from persistent.mapping import PersistentMapping
from typing import Any

VERSION = 1
#: Sessions to a page. A sign-in writes one page; with pages of ten it writes about the same however many sessions there are.
PAGE = 10

#: Field of the account -> key, for those that are written as they are.
_PLAIN = {
    "number": "n",
    "email_alone": "A",
    "bound_at": "b",
    "password_kept_elsewhere": "e",
    "contacts": "c",
    "recovery_made": "R",
    "wrong_codes_in_a_row": "w",
    "sign_ins_begun": "k",
    "sign_in_begun_at": "K",
    "pending_round": "j",
    "reminder_put_off_at": "o",
    "failures": "f",
    "failed_at": "F",
    "sent_at": "m",
    "reset_sent_at": "M",
    "ended_at": "z",
    "endings": "Z",
    "email_changed_at": "E",
    "last_step_at": "L",
}
_VERSION, _SESSIONS, _DELIVERY = "v", "s", "d"
_UNPROVED = "u"
_BYPASS = "x"
_RECOVERY, _PREPARED, _TRUSTED, _CHALLENGES, _EARLIER, _OVER, _ANSWERED, _RESET = "r", "p", "t", "q", "Q", "I", "a", "l"
_MEANS = {
    Means.CODE: 0,
    Means.PREPARED_CODE: 1,
    Means.RECOVERY_CODE: 2,
    Means.TRUSTED_BROWSER: 3,
    Means.NETWORK: 4,
    Means.EXEMPT: 5,
}
_MEANS_BY_NUMBER = {number: means for means, number in _MEANS.items()}
_NO_ACCOUNT = Account()
#: Where the account of a record is remembered, with the states that it was made of. Not written; goes when the record is loaded anew.
_MEMO = "_v_account"


class UnreadableRecord(ValueError):
    """A record was written by a later version of this package. Who it belongs to is not let in until that version is back."""


class Accounts:
    """Reads and writes the records in the tree that the PAS plugin keeps.

    An account is made once of each state of a record; whoever changes the record gives it another state. ``expected`` are the accounts
    that another connection has just written, with what it wrote.
    """

    def __init__(self, records: OOBTree) -> None:
        self._records = records
        self.expected: dict[str, tuple[dict[str, Any], Account]] = {}

    def get(self, user_id: str) -> Account | None:
        """Return the account of a user id, or None."""
        record = self._records.get(user_id)
        if record is None:
            return None
        states = _states(record)
        memo = getattr(record, _MEMO, None)
        if (
            memo is not None
            and len(memo[0]) == len(states)
            and all(a is b for a, b in zip(memo[0], states, strict=True))
        ):
            account: Account = memo[1]
            return account
        written, account = self.expected.pop(user_id, (None, _NO_ACCOUNT))
        if written != _plain(record):
            account = load(record)
        setattr(record, _MEMO, (states, account))
        return account

    def user_ids(self) -> Iterable[str]:
        """Return the user ids of all records, in order."""
        yield from self._records.keys()

    def save(self, user_id: str, account: Account) -> None:
        """Store the account; a blank one removes the record."""
        if account.is_blank():
            self.drop(user_id)
            return
        record = self._records.get(user_id)
        if record is None:
            record = self._records[user_id] = PersistentMapping()
        pages = record.get(_SESSIONS, ())
        before = _names(pages)
        sessions = _write_sessions(pages, account.sessions)
        delivery = _write_delivery(record.get(_DELIVERY), (*account.challenges.values(), *account.earlier))
        written = dump(account)
        if sessions:
            written[_SESSIONS] = sessions
        if delivery is not None:
            written[_DELIVERY] = delivery
        if record.data != written:
            record.data = written
        elif before - _names(sessions):
            # A session that ends is in conflict with whatever is done to the record at the same time.
            record._p_changed = True
        setattr(record, _MEMO, (_states(record), account))

    def note_superseded(self, user_id: str, challenge_id: str, status: DeliveryStatus) -> bool:
        """Note what became of the text of a challenge that another one has replaced, and tell whether it was not known.

        It is forgotten with the next news of the texts that count.
        """
        record = self._records.get(user_id)
        if record is None:
            return False
        delivery = record.get(_DELIVERY)
        if delivery is None:
            record.data = {**record.data, _DELIVERY: PersistentMapping({challenge_id: status.value})}
        elif challenge_id in delivery:
            return False
        else:
            delivery.data = {**delivery.data, challenge_id: status.value}
        return True

    def drop(self, user_id: str) -> None:
        """Remove the record of a user id, if there is one."""
        record = self._records.pop(user_id, None)
        if record is not None:
            # Written although it goes: whoever changes it at the same time gets a conflict instead of losing the change.
            record.clear()

    def expect(self, user_id: str, other: "Accounts") -> None:
        """Be ready to read what ``other`` has written of a user id in another connection, without making the account once more."""
        record = other._records.get(user_id)
        account = other.get(user_id)
        if record is not None and account is not None:
            self.expected[user_id] = (_plain(record), account)


def dump(account: Account) -> dict[str, Any]:
    """Return what is written of an account, but for its sessions and what became of its texts."""
    data: dict[str, Any] = {_VERSION: VERSION}
    for name, key in _PLAIN.items():
        value = getattr(account, name)
        if value != getattr(_NO_ACCOUNT, name):
            data[key] = dict(value) if isinstance(value, Mapping) else value
    shared = _Shared()
    parts: dict[str, Any] = {
        _UNPROVED: account.unproved and _dump_unproved(account.unproved),
        _RECOVERY: tuple(map(_packed, account.recovery)),
        _PREPARED: _dump_prepared(account.prepared),
        _TRUSTED: {_packed(name): _dump_trusted(one, shared) for name, one in account.trusted.items()},
        _CHALLENGES: {purpose.value: dump_challenge(one) for purpose, one in account.challenges.items()},
        _EARLIER: tuple((one.purpose.value, *dump_challenge(one)) for one in account.earlier),
        _OVER: {_packed(name): expires for name, expires in account.pending_over.items()},
        _ANSWERED: {name: _dump_answer(one) for name, one in account.answered.items()},
        _BYPASS: _dump_bypass(account.bypass),
        _RESET: account.reset and (_packed(account.reset.digest), account.reset.number, account.reset.expires),
    }
    return {**data, **{key: part for key, part in parts.items() if part}}


def load(record: Mapping[str, Any]) -> Account:
    """Return the account of a record.

    :raises UnreadableRecord: the record is one of a later version.
    """
    if record[_VERSION] > VERSION:
        raise UnreadableRecord(f"The record has version {record[_VERSION]}; this package reads {VERSION}.")
    plain = {name: record[key] for name, key in _PLAIN.items() if key in record}
    delivery = record.get(_DELIVERY, {})
    reset, prepared = record.get(_RESET), record.get(_PREPARED)
    unproved, bypass = record.get(_UNPROVED), record.get(_BYPASS)
    return Account(
        **plain,
        unproved=_load_unproved(unproved) if unproved else None,
        recovery=tuple(map(_unpacked, record.get(_RECOVERY, ()))),
        prepared=_load_prepared(prepared) if prepared else None,
        bypass=_load_bypass(bypass) if bypass else None,
        trusted={_unpacked(name): _load_trusted(raw) for name, raw in record.get(_TRUSTED, {}).items()},
        challenges={
            Purpose(purpose): load_challenge(Purpose(purpose), raw, delivery)
            for purpose, raw in record.get(_CHALLENGES, {}).items()
        },
        earlier=tuple(load_challenge(Purpose(raw[0]), raw[1:], delivery) for raw in record.get(_EARLIER, ())),
        pending_over={_unpacked(name): expires for name, expires in record.get(_OVER, {}).items()},
        sessions=newest(_load_sessions(record.get(_SESSIONS, ())), MOST_SESSIONS),
        answered={name: _load_answer(raw) for name, raw in record.get(_ANSWERED, {}).items()},
        reset=ResetLink(digest=_unpacked(reset[0]), number=reset[1], expires=reset[2]) if reset else None,
    )


def _states(record: PersistentMapping) -> list[Any]:
    # Each change of a mapping here replaces its dictionary, as loading it anew does: the same dictionaries are the same account.
    parts = [*record.get(_SESSIONS, ()), *([record[_DELIVERY]] if _DELIVERY in record else [])]
    return [record.data, *(part.data for part in parts)]


def _plain(record: PersistentMapping) -> dict[str, Any]:
    return {
        **record.data,
        _SESSIONS: [dict(page) for page in record.get(_SESSIONS, ())],
        _DELIVERY: dict(record.get(_DELIVERY, {})),
    }


# Sessions


def _names(pages: Iterable[Mapping[bytes, Any]]) -> set[bytes]:
    return {name for page in pages for name in page}


def _load_sessions(pages: Iterable[Mapping[bytes, Any]]) -> dict[str, Session]:
    return {_unpacked(name): _load_session(raw) for page in pages for name, raw in page.items()}


def _write_sessions(
    pages: tuple[PersistentMapping, ...], sessions: Mapping[str, Session]
) -> tuple[PersistentMapping, ...]:
    """Write ``sessions`` into the pages, as few of them as possible, and return those that are left.

    The oldest sessions, which have given way to newer ones, may stay in their page, since ``load`` passes them over: so a login writes one
    page. As soon as there would be room for one of them again, all of them go.
    """
    stored = _load_sessions(pages)
    given_way = stored.keys() - sessions.keys()
    oldest = min((one.issued for one in sessions.values()), default=0.0)
    if len(sessions) < MOST_SESSIONS or any(stored[name].issued >= oldest for name in given_way):
        given_way = set()
    kept, shared = [], _Shared()
    for page in pages:
        names = [_unpacked(name) for name in page]
        here = {name: sessions.get(name) or stored[name] for name in names if name in sessions or name in given_way}
        if not any(name in sessions for name in here):
            continue
        written = {_packed(name): _dump_session(session, shared) for name, session in here.items()}
        if page.data != written:
            page.data = written
        kept.append(page)
    added = {name: session for name, session in sessions.items() if name not in stored}
    for name, session in sorted(added.items(), key=lambda item: item[1].issued):
        if not kept or len(kept[-1]) >= PAGE:
            kept.append(PersistentMapping())
        kept[-1].data = {**kept[-1].data, _packed(name): _dump_session(session, shared)}
    return tuple(kept)


def _dump_session(session: Session, shared: "_Shared") -> tuple[Any, ...]:
    raw = (session.issued, _short(session.expires - session.issued), shared(session.fingerprint))
    means = _MEANS[Means(session.means)]
    if session.browser:
        return (*raw, means, _packed(session.browser))
    return (*raw, means) if means else raw


def _load_session(raw: tuple[Any, ...]) -> Session:
    issued, lifetime, fingerprint = raw[:3]
    means = raw[3] if len(raw) > 3 else 0
    browser = raw[4] if len(raw) > 4 else b""
    return Session(
        issued=issued,
        expires=issued + lifetime,
        fingerprint=_unpacked(fingerprint),
        means=_MEANS_BY_NUMBER[means].value,
        browser=_unpacked(browser),
    )


# What became of texts


def _write_delivery(delivery: PersistentMapping | None, challenges: Iterable[Challenge]) -> PersistentMapping | None:
    """Write what became of the texts of ``challenges``, if that is news."""
    challenges = tuple(challenges)
    told = {one.id: one.delivery for one in challenges if one.delivery != DeliveryStatus.QUEUED.value}
    known = {} if delivery is None else {one.id: delivery[one.id] for one in challenges if one.id in delivery}
    if told == known:
        return delivery
    if delivery is None:
        return PersistentMapping(told)
    delivery.data = told
    return delivery


# The other parts


def dump_challenge(challenge: Challenge) -> tuple[Any, ...]:
    """Return what is written of a challenge, but for what became of its text."""
    lifetime = _short(challenge.expires - challenge.issued)
    raw = (challenge.id, challenge.to, _packed(challenge.digest), challenge.issued, lifetime)
    more = (challenge.tries, challenge.resends, _packed(challenge.binding), challenge.channel)
    if challenge.lost:
        return (*raw, *more, True)
    return raw if more == (0, 0, _packed(""), Channel.TEXT.value) else (*raw, *more)


def load_challenge(purpose: Purpose, raw: tuple[Any, ...], delivery: Mapping[str, str]) -> Challenge:
    """Return a challenge as it was written; ``delivery`` is what became of texts, by the id of their challenge."""
    tries, resends, binding, channel = raw[5:9] or (0, 0, "", Channel.TEXT.value)
    challenge_id, to, digest, issued, lifetime = raw[:5]
    return Challenge(
        id=challenge_id,
        purpose=purpose,
        to=to,
        digest=_unpacked(digest),
        issued=issued,
        expires=issued + lifetime,
        tries=tries,
        resends=resends,
        binding=_unpacked(binding),
        channel=channel,
        delivery=delivery.get(challenge_id, DeliveryStatus.QUEUED.value),
        lost=len(raw) > 9,
    )


def _dump_unproved(one: UnprovedNumber) -> tuple[Any, ...]:
    raw = (one.number, one.asked, one.listed, one.claimed)
    return raw if one.claimed else raw[:3] if one.listed else raw[:2]


def _load_unproved(raw: tuple[Any, ...]) -> UnprovedNumber:
    return UnprovedNumber(number=raw[0], asked=raw[1], listed=True in raw[2:3], claimed=True in raw[3:])


def _dump_trusted(one: TrustedBrowser, shared: "_Shared") -> tuple[Any, ...]:
    return one.issued, one.used, one.expires, shared(one.fingerprint), one.browser


def _load_trusted(raw: tuple[Any, ...]) -> TrustedBrowser:
    issued, used, expires, fingerprint, browser = raw
    return TrustedBrowser(
        issued=issued, used=used, expires=expires, fingerprint=_unpacked(fingerprint), browser=browser
    )


def _dump_answer(one: RightAnswer) -> tuple[Any, ...]:
    return _packed(one.digest), one.expires, _packed(one.session), one.to


def _load_answer(raw: tuple[Any, ...]) -> RightAnswer:
    digest, expires, session, to = raw
    return RightAnswer(digest=_unpacked(digest), expires=expires, session=_unpacked(session), to=to)


def _dump_prepared(one: PreparedCode | None) -> tuple[Any, ...] | None:
    if one is None:
        return None
    return one.id, _packed(one.digest), one.issued, one.expires, one.made_by, one.reason, one.tries, one.spent


def _load_prepared(raw: tuple[Any, ...]) -> PreparedCode:
    code_id, digest, issued, expires, made_by, reason, tries, spent = raw
    return PreparedCode(
        id=code_id,
        digest=_unpacked(digest),
        issued=issued,
        expires=expires,
        made_by=made_by,
        reason=reason,
        tries=tries,
        spent=spent,
    )


def _dump_bypass(one: Bypass | None) -> tuple[Any, ...] | None:
    if one is None:
        return None
    return one.made, one.until, one.made_by, one.reason, *((True,) if one.by_manager else ())


def _load_bypass(raw: tuple[Any, ...]) -> Bypass:
    made, until, made_by, reason, *by_manager = raw
    return Bypass(made=made, until=until, made_by=made_by, reason=reason, by_manager=bool(by_manager))


class _Shared:
    """Gives equal fingerprints as one object: the database then stores it once in a mapping, not with every session."""

    def __init__(self) -> None:
        self._known: dict[str, bytes | str] = {}

    def __call__(self, name: str) -> bytes | str:
        return self._known.setdefault(name, _packed(name))


def _short(seconds: float) -> float:
    """Return a number of seconds as a whole one, which takes less room, if it is one."""
    return int(seconds) if seconds == int(seconds) else seconds


def _packed(name: str) -> bytes | str:
    """Return a name in hexadecimal as bytes, which take half the room; any other text as it is."""
    try:
        packed = bytes.fromhex(name)
    except ValueError:
        return name
    return packed if packed.hex() == name else name


def _unpacked(name: bytes | str) -> str:
    return name.hex() if isinstance(name, bytes) else name
