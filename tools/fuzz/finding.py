"""Something that must never happen, and did."""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding. ``kind`` and ``cause`` tell which ones are equal; ``bends`` is how little it takes."""

    kind: str
    where: str
    cause: str
    number: int
    sender: str
    bends: tuple[str, ...]
    request: str
    detail: str = ""
    more: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What equal findings have in common."""
        return self.kind, self.cause


@dataclass
class Findings:
    """Equal findings together: the one that takes least, how often, where, and with what."""

    shortest: Finding
    count: int = 0
    places: set[str] = field(default_factory=set)
    bends: set[str] = field(default_factory=set)


def gathered(found: Iterable[Finding]) -> list[Findings]:
    """Return findings with equal ones together, in order."""
    kept: dict[tuple[str, str], Findings] = {}
    for one in sorted(found, key=lambda finding: finding.number):
        held = kept.setdefault(one.key, Findings(one))
        held.count += 1
        held.places.add(f"{one.where} by {one.sender}")
        held.bends.add("; ".join(one.bends) or "nothing bent")
        if len(one.bends) < len(held.shortest.bends):
            held.shortest = one
    return [kept[key] for key in sorted(kept)]
