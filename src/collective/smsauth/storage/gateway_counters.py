"""What gateways did with the texts and calls that were handed to them: counters by gateway, from the first one on.

They only grow, as those of Prometheus do. Each is an object of its own that merges parallel changes. There are as many as there are
gateways and outcomes, whatever is sent.
"""

from BTrees.Length import Length
from BTrees.OOBTree import OOBucket
from collections.abc import Mapping
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.storage import trees
from dataclasses import dataclass
from dataclasses import field
from typing import Any

_MILLISECONDS = "ms"


@dataclass(frozen=True, kw_only=True)
class GatewayCount:
    """What one gateway did: ``name`` is that of its utility, ``failed`` has tries by outcome, ``seconds`` is what all tries took."""

    name: str
    sent: int = 0
    failed: Mapping[DeliveryStatus, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def failures(self) -> int:
        """How many tries failed."""
        return sum(self.failed.values())

    @property
    def tries(self) -> int:
        """How often the gateway was asked."""
        return self.sent + self.failures


class GatewayCounters:
    """The counters of one site, in the tree ``_gateway_counters`` of ``home``: the plugin, which gets it with the first count."""

    def __init__(self, home: Any) -> None:
        self._home = home

    def count(self, gateway: str, status: DeliveryStatus, seconds: float) -> None:
        """Count one try through ``gateway`` that came out as ``status`` and took ``seconds``."""
        counters = trees.tree(self._home, "_gateway_counters").setdefault(gateway, OOBucket())
        counters.setdefault(status.value, Length()).change(1)
        counters.setdefault(_MILLISECONDS, Length()).change(round(max(seconds, 0) * 1000))

    def counts(self) -> list[GatewayCount]:
        """Return what was counted, in the order of the names."""
        return [_count(name, counters) for name, counters in trees.entries(self._home, "_gateway_counters").items()]


def _count(name: str, counters: Mapping[str, Any]) -> GatewayCount:
    outcomes = {status: counters[status.value]() for status in DeliveryStatus if status.value in counters}
    return GatewayCount(
        name=name,
        sent=outcomes.get(DeliveryStatus.SENT, 0),
        failed={status: number for status, number in outcomes.items() if status.failed},
        seconds=counters[_MILLISECONDS]() / 1000,
    )
