"""Of whom the second step is required, from when on, and of whom it is not asked: the administrator's rules about members.

The rules know members by their user id, their groups (nested ones too) and their global roles; local roles do not count.
"""

from collections.abc import Iterable
from collective.smsauth.domain.account import REMINDER_PAUSE
from collective.smsauth.domain.policy import Enforcement
from dataclasses import dataclass
from dataclasses import field
from ipaddress import ip_address
from ipaddress import ip_network
from ipaddress import IPv4Address
from ipaddress import IPv4Network
from ipaddress import IPv6Address
from ipaddress import IPv6Network

_MAPPED_PREFIX = 96


@dataclass(frozen=True, kw_only=True)
class Member:
    """Who a member is, as far as rules ask. Not ``is_complete`` where groups or roles could not be found out."""

    user_id: str
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    is_complete: bool = True


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """The rules of one site about members.

    ``everyone_from`` and ``selected_from`` are seconds since the epoch: when the grace period ends, 0 if there is none. The exempt
    networks are such as ``networks`` returns.
    """

    enforcement: Enforcement = Enforcement.OPTIONAL
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    everyone_from: float = 0.0
    selected_from: float = 0.0
    exempt_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    exempt_groups: frozenset[str] = frozenset()
    exempt_roles: frozenset[str] = frozenset()
    exempt_users: frozenset[str] = field(default_factory=frozenset)

    def is_required(self, member: Member, *, now: float) -> bool:
        """Tell whether that member has to use the second step now."""
        begins = self._begins(member)
        return begins is not None and begins <= now

    def upcoming(self, member: Member, *, now: float) -> float | None:
        """Return when (seconds since the epoch) the second step will be required of that member, None if never or already."""
        begins = self._begins(member)
        return begins if begins is not None and begins > now else None

    def upcoming_everyone(self, *, now: float) -> bool:
        """Tell whether it is about to be required of everyone."""
        return self.enforcement is Enforcement.REQUIRED and self.everyone_from > now

    def upcoming_selected(self, *, now: float) -> bool:
        """Tell whether it is about to be required of the chosen groups and roles."""
        chosen = self.enforcement is not Enforcement.OPTIONAL and bool(self.groups or self.roles)
        return chosen and self.selected_from > now

    def is_exempt(self, member: Member) -> bool:
        """Tell whether that member is never asked. Only what is known of the member counts."""
        return (
            member.user_id in self.exempt_users
            or not self.exempt_groups.isdisjoint(member.groups)
            or not self.exempt_roles.isdisjoint(member.roles)
        )

    def is_exempt_address(self, address: str) -> bool:
        """Tell whether nobody at that client address is asked; what is no address is in no network."""
        found = _plain(address) if self.exempt_networks else None
        return found is not None and any(found in network for network in self.exempt_networks)

    def asks_membership_for_requirement(self, *, now: float) -> bool:
        """Tell whether one has to know somebody's groups and roles to say whether the second step is required of them."""
        everyone = self.enforcement is Enforcement.REQUIRED and self.everyone_from <= now
        return self.enforcement is not Enforcement.OPTIONAL and not everyone and bool(self.groups or self.roles)

    @property
    def asks_membership_for_exemption(self) -> bool:
        """Whether one has to know somebody's groups and roles to say whether they are exempt."""
        return bool(self.exempt_groups or self.exempt_roles)

    @property
    def skips(self) -> bool:
        """Whether there is anybody, or any network, that is not asked."""
        return bool(self.exempt_networks or self.exempt_users or self.asks_membership_for_exemption)

    def _begins(self, member: Member) -> float | None:
        if self.enforcement is Enforcement.OPTIONAL:
            return None
        begins = [self.everyone_from] if self.enforcement is Enforcement.REQUIRED else []
        if self._is_selected(member):
            begins.append(self.selected_from)
        return min(begins, default=None)

    def _is_selected(self, member: Member) -> bool:
        # Whose groups could not be found out, may be in a chosen one.
        if not member.is_complete and (self.groups or self.roles):
            return True
        return not self.groups.isdisjoint(member.groups) or not self.roles.isdisjoint(member.roles)


def networks(texts: Iterable[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return networks in CIDR notation as values; what is none is left out. IPv4 written as IPv6 is IPv4."""
    found = []
    for text in texts:
        try:
            found.append(_unmapped(ip_network(text)))
        except ValueError:
            continue
    return tuple(found)


def is_reminder_due(put_off: float, *, now: float) -> bool:
    """Tell whether a member who put the reminder off at ``put_off`` (seconds since the epoch, 0 for never) is reminded again."""
    return not put_off <= now < put_off + REMINDER_PAUSE


def _plain(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_PREFIX:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return IPv4Network((mapped, network.prefixlen - _MAPPED_PREFIX))
    return network
