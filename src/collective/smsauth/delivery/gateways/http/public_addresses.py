"""Which IP addresses are on the public Internet: the others are the site's own network, or nobody's.

After the registries of special-purpose addresses of IANA, which Python knows, and the OWASP cheat sheet on server-side request forgery.
"""

from ipaddress import ip_address
from ipaddress import ip_network
from ipaddress import IPv4Address
from ipaddress import IPv6Address

#: What Python takes for public, or does in some versions. 168.63.129.16 is what Azure serves to each of its machines.
_NOT_PUBLIC = tuple(
    map(
        ip_network,
        (
            "100.64.0.0/10",
            "168.63.129.16/32",
            "192.0.0.0/24",
            "192.88.99.0/24",
            "2001::/23",
            "2001:db8::/32",
            "3fff::/20",
            "fec0::/10",
        ),
    )
)
#: Translated by a gateway of the network (RFC 6052): what counts is the IPv4 address at the end.
_TRANSLATED = ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public Internet; what is no address is not."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    within = _ipv4_within(parsed)
    if within is not None:
        return is_public(str(within))
    return (
        parsed.is_global
        and not (parsed.is_multicast or parsed.is_reserved)
        and not any(parsed in network for network in _NOT_PUBLIC if network.version == parsed.version)
    )


def _ipv4_within(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
