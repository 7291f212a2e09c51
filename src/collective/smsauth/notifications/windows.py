"""How many e-mails the acts of a member may cause: who tells a mailbox everything must not be able to flood it.

Members choose their address by themselves, and some of what they are told of can be done again and again. Each kind of e-mail has a window
for member and mailbox, so that no kind takes room from another, under a wider one for what all members have sent to that mailbox.
"""

from collective.smsauth import wiring
from collective.smsauth.domain import codes
from collective.smsauth.domain.channels import canonical

#: E-mails of one kind about one member to one mailbox in ``WINDOW``: whoever did not do what they tell of has heard of it by then.
MOST = 5
#: E-mails about all members to one mailbox in ``WINDOW``.
MOST_OF_ALL = 60
#: Seconds.
WINDOW = 60 * 60


def has_room(user_id: str, kind: str, recipient: object) -> bool:
    """Count one e-mail of that kind, or return False if it does not fit into the windows.

    :raises LookupError: the site has no key ring.
    """
    if is_full(user_id, kind, recipient):
        return False
    limiter, windows = wiring.current().rate_limiter, _windows(user_id, kind, recipient)
    return all(limiter.hit(name, limit=most, window=WINDOW) for name, most in windows)


def is_full(user_id: str, kind: str, recipient: object) -> bool:
    """Tell whether another e-mail of that kind would not fit.

    :raises LookupError: the site has no key ring.
    """
    limiter, windows = wiring.current().rate_limiter, _windows(user_id, kind, recipient)
    return any(limiter.resets_in(name, limit=most, window=WINDOW) for name, most in windows)


def _windows(user_id: str, kind: str, recipient: object) -> tuple[tuple[str, int], tuple[str, int]]:
    # profiles can hold anything
    key, mailbox = wiring.current().keys("codes")[0], canonical(recipient) if isinstance(recipient, str) else ""
    own = codes.digest(key, "notice", user_id, kind, mailbox)[:32]
    return (own, MOST), (codes.digest(key, "notices", mailbox)[:32], MOST_OF_ALL)
