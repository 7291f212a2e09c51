"""The contact points of one member: what is proved, what is asked for, and what becomes of a proof."""

from collective.smsauth.domain import channels
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import ContactPoint
from collective.smsauth.domain.channels import Standing
from dataclasses import replace

#: How many verified contact points a member may have besides the primary number.
MOST_CONTACTS = 5


def points_of(account: Account, email: str, *, now: float) -> tuple[ContactPoint, ...]:
    """Return the contact points of a member: the primary number, further numbers, the address in the profile.

    ``email`` is that address, '' if there is none; ``now`` is seconds since the epoch. What has a code on the way to it, of the
    member's own pages and not of a form that others embed, is pending.
    """
    asked = {
        challenge.to
        for purpose, challenge in account.challenges.items()
        if purpose in (Purpose.SET_UP, Purpose.CONTACT) and not challenge.binding and now < challenge.expires
    }
    numbers = {address: proved for address, proved in account.contacts.items() if not channels.is_email(address)}
    points = []
    if account.number:
        verified = Standing.VERIFIED
        points.append(
            ContactPoint(address=account.number, standing=verified, verified=account.bound_at, primary=True),
        )
    points += [
        ContactPoint(address=address, standing=Standing.VERIFIED, verified=proved)
        for address, proved in sorted(numbers.items(), key=lambda item: (item[1], item[0]))
    ]
    points += [
        ContactPoint(address=address, standing=Standing.PENDING)
        for address in sorted(asked)
        if not channels.is_email(address) and address != account.number and address not in numbers
    ]
    if email:
        proved = proof_of_email(account, email)
        is_asked = any(channels.same_email(address, email) for address in asked)
        standing = Standing.PENDING if is_asked else Standing.UNVERIFIED
        points.append(
            ContactPoint(address=email, standing=Standing.VERIFIED if proved else standing, verified=proved),
        )
    return tuple(points)


def numbers_of(account: Account) -> tuple[str, ...]:
    """Return all verified numbers of a member, the primary one first."""
    further = (address for address in account.contacts if not channels.is_email(address))
    return tuple(filter(None, (account.number, *further)))


def proof_of_email(account: Account, email: str) -> float:
    """Return when the e-mail address was proved, in seconds since the epoch; 0 if it was not."""
    proofs = [proved for address, proved in account.contacts.items() if channels.same_email(address, email)]
    return max(proofs, default=0.0)


def may_verify(account: Account, address: str, email: str) -> bool:
    """Tell whether an address may become a further contact point: the one in the profile, or a number that is not one yet.

    Only who has a primary number has further contact points, and not more than MOST_CONTACTS.
    """
    if not account.number:
        return False
    if channels.is_email(address):
        return channels.same_email(address, email) and not proof_of_email(account, email)
    return address not in ("", account.number, *account.contacts) and len(account.contacts) < MOST_CONTACTS


def with_contact(account: Account, address: str, *, now: float) -> Account:
    """Return the account with one more verified contact point; an e-mail address takes the place of a former one."""
    if address == account.number:
        return account
    is_email = channels.is_email(address)
    kept = {old: time for old, time in account.contacts.items() if not (is_email and channels.is_email(old))}
    return replace(account, contacts={**kept, address: now})


def without_contact(account: Account, address: str) -> Account:
    """Return the account without a further contact point, and without the codes that were sent there."""
    return replace(
        account,
        contacts={old: time for old, time in account.contacts.items() if old != address},
        challenges={key: one for key, one in account.challenges.items() if one.to != address},
        earlier=tuple(one for one in account.earlier if one.to != address),
    )


def without_former_emails(account: Account, email: str) -> Account:
    """Return the account without the proof of any e-mail address but ``email``, the one in the profile.

    Changed there and changed back, an address has to be proved again.
    """
    for address in [old for old in account.contacts if channels.is_email(old) and not channels.same_email(old, email)]:
        account = without_contact(account, address)
    return account


def takes_links(account: Account, email: str, *, now: float, wait: float) -> bool:
    """Tell whether a link that can move the codes to another number may go to the e-mail address in the profile.

    It was verified, or has stood for ``wait`` seconds; an address of which no change is known has stood. A change that a clock has put
    further than that into the future was none of late.
    """
    return bool(email) and (proof_of_email(account, email) > 0 or abs(now - account.email_changed_at) >= wait)


def with_other_email(account: Account, email: str, *, now: float) -> Account:
    """Return the account once ``email`` has taken the place of another address in the profile.

    The proof of the former address goes, and the open reset link with its code: it was sent there.
    """
    changed = without_former_emails(replace(account, email_changed_at=now, reset=None), email)
    return changed.without_challenge(Purpose.RESET)


def without_recent(account: Account, *, since: float, keep_email: bool = False) -> Account:
    """Return the account without further contact points that were proved, and recovery codes that were made, after ``since``.

    The primary number stays: without it the member could not log in. ``keep_email`` spares the e-mail address.
    """
    kept = {
        address: proved
        for address, proved in account.contacts.items()
        if proved <= since or (keep_email and channels.is_email(address))
    }
    gone = account.contacts.keys() - kept.keys()
    is_recent = account.recovery_made > since
    return replace(
        account,
        contacts=kept,
        challenges={key: one for key, one in account.challenges.items() if one.to not in gone},
        recovery=() if is_recent else account.recovery,
        recovery_made=0.0 if is_recent else account.recovery_made,
    )


def with_earlier_primary(account: Account, *, since: float) -> Account:
    """Return the account with its oldest further number as the primary one, if the primary one was proved after ``since``.

    Then that one goes: it was added, and put before the others. A member who has no older number keeps the one they have.
    """
    numbers = {
        address: proved
        for address, proved in account.contacts.items()
        if proved <= since and not channels.is_email(address)
    }
    if account.bound_at <= since or not numbers:
        return account
    oldest = min(numbers, key=lambda number: (numbers[number], number))
    changed = without_contact(with_primary(account, oldest), account.number)
    return replace(changed, failures=account.failures, failed_at=account.failed_at)


def with_primary(account: Account, number: str) -> Account:
    """Return the account with a further verified number as the primary one, and the former one as a further one.

    As with a new number, all that had been opened ends: sessions, trusted browsers, pending sign-ins, codes. What is no verified
    number of the member changes nothing.
    """
    if channels.is_email(number) or number not in account.contacts:
        return account
    swapped = account.bind(number, now=account.contacts[number])
    return replace(swapped, contacts={**swapped.contacts, account.number: account.bound_at})
