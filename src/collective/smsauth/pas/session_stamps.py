"""The stamp of a session that has no record: what its ticket says of its beginning, and so whether it has ended since.

Times would not do. Whoever holds a ticket can have it renewed, here or by another site with the same key, and clocks run ahead. So a stamp
says how often the sessions of the member had been ended by then, and what their password was.
"""

from collections.abc import Iterable
from collective.smsauth.domain.account import Account
from dataclasses import dataclass

#: Beginning of the token; what the stamp says follows, with dashes in between.
_PREFIX = "smsauth-since-"
#: So much is said of the fingerprint of the password: enough to see that it is another one.
_LENGTH = 8


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """What a ticket of ours says of its session.

    ``began`` is when the member signed in (seconds since the epoch, 0 if that is not known), ``endings`` how often their sessions had been
    ended by then, ``password`` the beginning of the fingerprint of their password, '' if it does not say.
    """

    began: int
    endings: int = 0
    password: str = ""

    def __str__(self) -> str:
        """Return the token."""
        return f"{_PREFIX}{self.began}-{self.endings}-{self.password[:_LENGTH]}"

    def is_of(self, account: Account) -> bool:
        """Tell whether the sessions of the owner of ``account`` have not been ended since."""
        return self.endings == account.endings

    def is_under(self, fingerprint: str) -> bool:
        """Tell whether the password has not been changed since, by whatever route."""
        return self.password[:_LENGTH] in ("", fingerprint[:_LENGTH])


def stamp_in(tokens: Iterable[str]) -> Stamp | None:
    """Return the stamp among the tokens of a ticket, or None if there is none."""
    for token in tokens:
        if not token.startswith(_PREFIX):
            continue
        began, _, more = token[len(_PREFIX) :].partition("-")
        endings, _, password = more.partition("-")
        if began.isdecimal() and (endings or "0").isdecimal():
            return Stamp(began=int(began), endings=int(endings or 0), password=password)
    return None
