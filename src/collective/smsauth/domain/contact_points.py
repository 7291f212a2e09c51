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


def with_primary(account: Account, number: str) -> Account:
    """Return the account with a further verified number as the primary one, and the former one as a further one.

    As with a new number, all that had been opened ends: sessions, trusted browsers, pending sign-ins, codes. What is no verified
    number of the member changes nothing.
    """
    if channels.is_email(number) or number not in account.contacts:
        return account
    swapped = account.bind(number, now=account.contacts[number])
    return replace(swapped, contacts={**swapped.contacts, account.number: account.bound_at})
