"""What is said of a run: each finding once, with how to get it again, and a line of figures at the end."""

from collections import Counter
from tools.fuzz.finding import Finding
from tools.fuzz.finding import Findings
from tools.fuzz.finding import gathered

#: Other ways to the same finding that are named.
_SHOWN = 8


def findings(found: list[Finding], seed: int) -> str:
    """Return the findings in words."""
    return "\n\n".join(_told(one, seed) for one in gathered(found))


def not_ours(failures: Counter) -> str:
    """Return the answers of 500 in which nothing of this package took part."""
    lines = [f"  {count} × {cause}" for cause, count in sorted(failures.items(), key=lambda item: (-item[1], item[0]))]
    return "\n".join(["500s that are not ours:", *lines]) if lines else ""


def figures(counts: Counter, seconds: float, found: list[Finding], failures: Counter) -> str:
    """Return the last line."""
    classes = ", ".join(f"{counts[name]} {name}" for name in ("2xx", "3xx", "4xx", "5xx"))
    return (
        f"{counts['requests']} requests, {counts['requests'] / max(seconds, 0.001):.0f} a second; {counts['twins']} twins; {classes}; "
        f"{len(gathered(found))} findings ({len(found)} times); {sum(failures.values())} 500s that are not ours"
    )


def _told(group: Findings, seed: int) -> str:
    one = group.shortest
    lines = [
        f"{one.kind.upper()}: {one.cause}",
        f"  {one.where} by {one.sender}: {'; '.join(one.bends) or 'nothing bent'}",
    ]
    lines += _also("also at", group.places - {f"{one.where} by {one.sender}"})
    lines += _also("also with", group.bends - {"; ".join(one.bends)})
    lines.append(f"  {group.count} times; again: make fuzz SEED={seed} ONLY={one.number}")
    lines += [f"    {line}" for line in one.request.splitlines()]
    lines += [f"    -> {line}" for line in one.detail.splitlines()]
    return "\n".join(lines)


def _also(words: str, what: set[str]) -> list[str]:
    ways = sorted(what, key=lambda way: (len(way), way))
    more = f" and {len(ways) - _SHOWN} more" if len(ways) > _SHOWN else ""
    return [f"  {words}: {' | '.join(ways[:_SHOWN])}{more}"] if ways else []
