"""What a member's properties say about the second step. The sheet is read-only: nothing here can be set by writing a property."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.contact_points import numbers_of
from collective.smsauth.domain.contact_points import unproved_of


def properties_of(account: Account | None, *, max_tries: int, now: float) -> dict:
    """Return the properties of the owner of ``account`` (None: no record); a member without two-step verification has them too.

    ``mobile_number`` is in E.164 form, and so are the number that was claimed or asked for and is not proved ('' if there is none) and the
    verified ones, the primary one first; ``smsauth_code`` and ``smsauth_signature`` are keyed digests, '' while nothing is open.
    """
    account = account or Account()
    open_codes = [c.digest for c in account.challenges.values() if c.is_open(now=now, max_tries=max_tries)]
    link, unproved = account.reset, unproved_of(account, now=now)
    return {
        "mobile_number": account.number,
        "pending_mobile_number": unproved.number if unproved is not None else "",
        "verified_mobile_numbers": numbers_of(account),
        "two_step_verification": account.is_bound,
        "smsauth_code": open_codes[0] if open_codes else "",
        "smsauth_signature": link.digest if link and now < link.expires else "",
    }
