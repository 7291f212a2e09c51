"""What the members of one site owe in one request: who is protected, of whom it is required, and who is not asked.

Everything is decided by the user id, and only looked up where a rule needs it.
"""

from collections.abc import Callable
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.requirement import Member
from collective.smsauth.domain.requirement import Requirement
from collective.smsauth.domain.session import Lifetimes
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import Session
from collective.smsauth.interfaces import IClock
from collective.smsauth.interfaces import ISitePolicies
from collective.smsauth.pas.groups_and_roles import may_be_manager
from collective.smsauth.pas.groups_and_roles import member_of
from collective.smsauth.pas.request_notes import notes_of
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zope.component import getUtility


@dataclass(frozen=True, kw_only=True)
class Obligations:
    """Asks the rules of ``site`` about its members, as they send ``request``. ``path`` names the site in the notes of a request.

    ``account_of`` returns the record of a user id, or None.
    """

    site: Any
    user_folder: Any
    request: Any
    path: str
    account_of: Callable[[str], Account | None]

    @cached_property
    def requirement(self) -> Requirement:
        """The rules of the site."""
        return getUtility(ISitePolicies).requirement(self.site)

    @property
    def lifetimes(self) -> Lifetimes:
        """How long sessions and trust last by the policy of the site, looked up once a request."""
        known = notes_of(self.request).lifetimes
        if self.path not in known:
            known[self.path] = getUtility(ISitePolicies)(self.site).lifetimes
        return known[self.path]

    def is_protected(self, user_id: str, account: Account | None) -> bool:
        """Tell whether the first factor alone is not enough for the owner of ``account``, unless they are not asked."""
        return (account is not None and account.is_bound) or self.is_required(user_id)

    def owes(self, user_id: str, account: Account | None) -> bool:
        """Tell whether a member who shows no proof is to be asked for the second factor."""
        return self.is_protected(user_id, account) and self.excuse(user_id) is None

    def is_required(self, user_id: str) -> bool:
        """Tell whether the second step is required of that user id now."""
        now = getUtility(IClock)()
        known = self.requirement.asks_membership_for_requirement(now=now)
        return self.requirement.is_required(self._member(user_id, known), now=now)

    def upcoming(self, user_id: str) -> float | None:
        """Return when (seconds since the epoch) it will be required of them, None if never, already, or a rule exempts them."""
        now = getUtility(IClock)()
        known = self.requirement.asks_membership_for_requirement(now=now)
        begins = self.requirement.upcoming(self._member(user_id, known), now=now)
        return None if begins is None or self._is_exempt_by_rule(user_id) else begins

    def is_exempt(self, user_id: str) -> bool:
        """Tell whether that user id is not asked, wherever they are: by a rule, or by a bypass of their own."""
        return self._is_exempt_by_rule(user_id) or self.has_bypass(user_id)

    def has_bypass(self, user_id: str) -> bool:
        """Tell whether an administrator has given that user id a bypass that holds: a Manager one that a Manager gave."""
        account = self.account_of(user_id)
        bypass = account.bypass if account is not None else None
        if bypass is None or not bypass.holds(now=getUtility(IClock)()):
            return False
        return bypass.by_manager or not may_be_manager(self.user_folder, self.request, user_id, self.site)

    def is_in_exempt_network(self) -> bool:
        """Tell whether the request comes from a network in which nobody is asked, by Zope's trusted-proxy handling."""
        return self.requirement.is_exempt_address(self.request.getClientAddr() or "")

    def excuse(self, user_id: str) -> Means | None:
        """Return why that user id is not asked in this request, None if they are."""
        if self.requirement.skips and self.is_in_exempt_network():
            return Means.NETWORK
        return Means.EXEMPT if self.is_exempt(user_id) else None

    def counts(self, user_id: str, session: Session) -> bool:
        """Tell whether a proof is one in this request: that of a skipped step only as long as the rule holds."""
        if session.means == Means.NETWORK.value:
            return self.is_in_exempt_network()
        if session.means == Means.EXEMPT.value:
            return self.is_exempt(user_id)
        return True

    def member(self, user_id: str) -> Member:
        """Return a user id with its groups and global roles, looked up once a request."""
        members = notes_of(self.request).members
        key = (self.path, user_id)
        if key not in members:
            members[key] = member_of(self.user_folder, self.request, user_id)
        return members[key]

    def _is_exempt_by_rule(self, user_id: str) -> bool:
        rules = self.requirement
        return rules.skips and rules.is_exempt(self._member(user_id, rules.asks_membership_for_exemption))

    def _member(self, user_id: str, known: bool) -> Member:
        return self.member(user_id) if known else Member(user_id=user_id)
