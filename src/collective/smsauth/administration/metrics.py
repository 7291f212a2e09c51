"""The counters of the gateways as Prometheus reads them: the text exposition format, version 0.0.4.

See https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.storage.gateway_counters import GatewayCount

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(counts: Sequence[GatewayCount]) -> str:
    """Return the counters of gateways, each failure with its class, those of no failure included."""
    return "".join(f"{line}\n" for line in _lines(counts))


def _lines(counts: Iterable[GatewayCount]) -> Iterator[str]:
    yield "# HELP smsauth_gateway_sent_total Texts and calls that a gateway took."
    yield "# TYPE smsauth_gateway_sent_total counter"
    for one in counts:
        yield f"smsauth_gateway_sent_total{{{_label('gateway', one.name)}}} {one.sent}"
    yield "# HELP smsauth_gateway_failed_total Texts and calls that a gateway did not take, by class of the failure."
    yield "# TYPE smsauth_gateway_failed_total counter"
    for one in counts:
        for status in filter(lambda status: status.failed, DeliveryStatus):
            labels = f"{_label('gateway', one.name)},{_label('class', status.value)}"
            yield f"smsauth_gateway_failed_total{{{labels}}} {one.failed.get(status, 0)}"
    yield "# HELP smsauth_gateway_seconds Seconds that a gateway took for a text or a call."
    yield "# TYPE smsauth_gateway_seconds summary"
    for one in counts:
        yield f"smsauth_gateway_seconds_sum{{{_label('gateway', one.name)}}} {one.seconds:.3f}"
        yield f"smsauth_gateway_seconds_count{{{_label('gateway', one.name)}}} {one.tries}"


def _label(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{name}="{escaped}"'
