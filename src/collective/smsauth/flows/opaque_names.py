"""Names by which a browser names an address of a member without learning it, and without being able to name another's."""

from collective.smsauth import wiring
from collective.smsauth.domain import codes


def names_of(kind: str, user_id: str, *parts: str) -> list[str]:
    """Return the names that stand for ``parts``, one for each key of the site; the first is the one to be shown."""
    return [codes.digest(key, kind, user_id, *parts)[:32] for key in wiring.current().keys("signing")]
