"""The contact points of one member: what is proved, what is claimed or asked for, and what becomes of a proof."""

from collective.smsauth.domain import channels
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import ContactPoint
from collective.smsauth.domain.channels import Standing
from collective.smsauth.domain.unproved_number import UnprovedNumber
from dataclasses import replace

#: How many verified contact points a member may have besides the primary number.
MOST_CONTACTS = 5


def points_of(account: Account, email: str, *, now: float) -> tuple[ContactPoint, ...]:
    """Return the contact points of a member: the primary number, further numbers, the address in the profile.

    ``email`` is that address, '' if there is none; ``now`` is seconds since the epoch. An address that has a code on the way to it, of the
    member's own pages and not of a form that others embed, is pending; a number is for longer than that. Who has the second step by e-mail
    alone has that address in place of the primary number: the profile may have another one by now.
    """
    challenge = account.challenges.get(purpose_of_email(account))
    is_asked = challenge is not None and not challenge.binding and now < challenge.expires
    asked = challenge.to if challenge is not None and is_asked else ""
    unproved = unproved_of(account, now=now)
    numbers = {address: proved for address, proved in account.contacts.items() if not channels.is_email(address)}
    points = []
    if account.number:
        verified = Standing.VERIFIED
        points.append(
            ContactPoint(address=account.number, standing=verified, verified=account.bound_at, primary=True),
        )
    alone = sole_email(account)
    if alone:
        proved = account.contacts[alone]
        points.append(ContactPoint(address=alone, standing=Standing.VERIFIED, verified=proved, primary=True))
    points += [
        ContactPoint(address=address, standing=Standing.VERIFIED, verified=proved)
        for address, proved in sorted(numbers.items(), key=lambda item: (item[1], item[0]))
    ]
    if unproved is not None:
        standing = Standing.PENDING if unproved.is_pending(now=now) else Standing.CLAIMED
        points.append(ContactPoint(address=unproved.number, standing=standing))
    if email and not channels.same_email(alone, email):
        proved = proof_of_email(account, email)
        standing = Standing.PENDING if channels.same_email(asked, email) else Standing.UNVERIFIED
        points.append(
            ContactPoint(address=email, standing=Standing.VERIFIED if proved else standing, verified=proved),
        )
    return tuple(points)


def numbers_of(account: Account) -> tuple[str, ...]:
    """Return all verified numbers of a member, the primary one first."""
    further = (address for address in account.contacts if not channels.is_email(address))
    return tuple(filter(None, (account.number, *further)))


def unproved_of(account: Account, *, now: float) -> UnprovedNumber | None:
    """Return the number that was claimed or asked for, and is neither proved nor forgotten; None if there is none."""
    unproved = account.unproved
    if unproved is None or unproved.standing(now=now) is None or unproved.number in numbers_of(account):
        return None
    return unproved


def purpose_of_proof(account: Account, *, listed: bool) -> Purpose:
    """Return what a code is for that proves a number: to be a further one (``listed``), or the primary one.

    The first number of a member is their primary one, wherever it was listed.
    """
    return Purpose.CONTACT if listed and account.number else Purpose.SET_UP


def purpose_of_email(account: Account) -> Purpose:
    """Return what a code is for that proves the e-mail address in the profile: to be a further contact point, or the second step alone."""
    return Purpose.SET_UP if account.email_alone else Purpose.CONTACT


def sole_email(account: Account) -> str:
    """Return the verified e-mail address of a member who has the second step by it alone; '' of anybody else."""
    addresses = (address for address in account.contacts if channels.is_email(address))
    return next(addresses, "") if account.email_alone else ""


def may_bind_email(account: Account, address: str, email: str) -> bool:
    """Tell whether an address may be the second step by itself: that in the profile, ``email``, of a member who has no number.

    Whether the site allows it is another question.
    """
    return not account.number and channels.same_email(address, email)


def proof_of_email(account: Account, email: str) -> float:
    """Return when the e-mail address was proved, in seconds since the epoch; 0 if it was not."""
    proofs = [proved for address, proved in account.contacts.items() if channels.same_email(address, email)]
    return max(proofs, default=0.0)


def may_verify(account: Account, address: str, email: str, *, several: bool = True) -> bool:
    """Tell whether an address may become a further contact point: the one in the profile, or a number that is not one yet.

    Only who has a primary number has further contact points, and not more than MOST_CONTACTS; further numbers only where ``several`` are
    allowed. Who has the second step by e-mail alone sets up another address in its place.
    """
    if not account.number:
        return False
    if channels.is_email(address):
        return channels.same_email(address, email) and not proof_of_email(account, email)
    return several and address not in ("", account.number, *account.contacts) and len(account.contacts) < MOST_CONTACTS


def with_contact(account: Account, address: str, *, now: float) -> Account:
    """Return the account with one more verified contact point; an e-mail address takes the place of a former one."""
    if account.unproved is not None and account.unproved.number == address:
        account = account.without_unproved()
    if address == account.number:
        return account
    is_email = channels.is_email(address)
    kept = {old: time for old, time in account.contacts.items() if not (is_email and channels.is_email(old))}
    return replace(account, contacts={**kept, address: now})


def without_contact(account: Account, address: str) -> Account:
    """Return the account without a further contact point, and without the codes that were sent there.

    The address by which alone a member has the second step is no further one: it stays.
    """
    if address and address == sole_email(account):
        return account
    if account.unproved is not None and account.unproved.number == address:
        account = account.without_unproved()
    return replace(
        account,
        contacts={old: time for old, time in account.contacts.items() if old != address},
        challenges={key: one for key, one in account.challenges.items() if one.to != address},
        earlier=tuple(one for one in account.earlier if one.to != address),
    )


def without_former_emails(account: Account, email: str) -> Account:
    """Return the account without the proof of any e-mail address but ``email``, the one in the profile.

    Changed there and changed back, an address has to be proved again. Only that stays by which alone a member has the second step: without
    it they could not log in, and the other one is not proved.
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

    A number that was asked for after that goes as well. One that somebody else has claimed stays, and so does the primary number: without
    it the member could not log in. ``keep_email`` spares the e-mail address; that of a member who has no number stays for the same reason.
    """
    keep_email = keep_email or account.email_alone
    unproved = account.unproved
    if unproved is not None and unproved.asked > since:
        account = account.without_unproved()
        account = account.with_claim(unproved.number) if unproved.claimed else account
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
    if channels.is_email(number) or number not in account.contacts or not account.number:
        return account
    swapped = account.bind(number, now=account.contacts[number])
    return replace(swapped, contacts={**swapped.contacts, account.number: account.bound_at})
