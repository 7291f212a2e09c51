"""Peers that forward requests for others and that Zope does not know as trusted proxies: all their clients seem to be one.

That shows in requests only, so they are noted as requests come, in the memory of this process: nothing is written. Any client can send the
headers of a proxy. What it does to be noted is to be in a network that is not on the Internet, where proxies usually are; of others only
the request at hand counts, since whoever sends that may look at what is noted.
"""

from collective.smsauth.interfaces import IClock
from ipaddress import ip_address
from ipaddress import ip_network
from threading import Lock
from typing import Any
from zope.component import adapter
from zope.component import getUtility
from ZPublisher import HTTPRequest
from ZPublisher.interfaces import IPubStart

#: Headers by which a proxy tells whom it speaks for. Servers in front of Zope drop some of them, and each product has its own.
HEADERS = (
    "X-Forwarded-For",
    "Forwarded",
    "X-Real-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Server",
)
#: What of them names the client, the one that Zope reads first.
_CLIENT = HEADERS[:7]
_VARIABLES = tuple(f"HTTP_{name.upper().replace('-', '_')}" for name in HEADERS)
_OWN_NETWORKS = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)
#: How many peers are noted, and how many clients of each.
MOST_PEERS, MOST_CLIENTS = 20, 1000
#: Seconds for which a peer is remembered that forwards nothing any more.
MEMORY = 24 * 60 * 60


class UnknownProxies:
    """The peers that were noted in this process, with digests of the clients that they spoke for and the time of the last one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[str, tuple[float, set[int]]] = {}

    def note(self, environ: dict[str, Any], now: float) -> None:
        """Note the peer of a request, given by its environment, if it forwards for others and is none that Zope trusts."""
        peer = peer_of(environ)
        if not peer or not _is_near(peer):
            return
        client = next((environ[name] for name in _VARIABLES[: len(_CLIENT)] if environ.get(name)), "")
        with self._lock:
            _, clients = self._seen.pop(peer, (now, set()))
            if client and len(clients) < MOST_CLIENTS:
                clients.add(hash(client))
            self._seen[peer] = (now, clients)
            while len(self._seen) > MOST_PEERS:
                del self._seen[next(iter(self._seen))]

    def forget(self) -> None:
        """Begin with nothing."""
        with self._lock:
            self._seen.clear()

    def found(self, now: float) -> dict[str, int]:
        """Return the peers of the last day that Zope does not trust, and for how many clients each spoke, as far as that was noted."""
        with self._lock:
            return {
                peer: len(clients)
                for peer, (at, clients) in self._seen.items()
                if now - MEMORY < at <= now and peer not in HTTPRequest.trusted_proxies
            }


def peer_of(environ: dict[str, Any]) -> str:
    """Return the address that a request comes from if it was forwarded for somebody else and Zope does not trust that address, else ''."""
    if not any(name in environ for name in _VARIABLES):
        return ""
    peer = environ.get("REMOTE_ADDR") or ""
    return "" if peer in HTTPRequest.trusted_proxies else peer


def hides_client(request: Any) -> bool:
    """Tell whether a proxy that Zope trusts named the client in a header that Zope does not read: then the proxy seems to be the client."""
    environ = request.environ
    named = any(name in environ for name in _VARIABLES[1 : len(_CLIENT)])
    return (
        named and not environ.get(_VARIABLES[0]) and (environ.get("REMOTE_ADDR") or "") in HTTPRequest.trusted_proxies
    )


def _is_near(peer: str) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in _OWN_NETWORKS)


#: Those of this process.
PROXIES = UnknownProxies()


@adapter(IPubStart)
def note_proxy(event: Any) -> None:
    """Note the peer of a request."""
    if peer_of(event.request.environ):
        PROXIES.note(event.request.environ, getUtility(IClock)())
