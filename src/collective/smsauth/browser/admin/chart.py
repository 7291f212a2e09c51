"""A chart of bars, as figures that a template draws: three bars for each day or country, on a scale of round numbers."""

from collections.abc import Callable
from collections.abc import Sequence
from collective.smsauth.administration.counters import Line
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 4, 10, 24
#: The most room for the bars of one line: a few countries need not fill the width.
_WIDEST = 60
#: Kinds of bars in their order, with colours that stand out from white (at least 4.5 to 1) and from black (3 to 1).
KINDS = (("sent", "#0d6efd"), ("confirmed", "#198754"), ("failed", "#dc3545"))


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar, in units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """The bars of one line of counters. ``middle`` is where its label stands."""

    label: str
    middle: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A line of the scale at the height of ``number``."""

    y: float
    number: int


@dataclass(frozen=True, kw_only=True)
class Chart:
    """All that is to be drawn."""

    groups: tuple[Group, ...]
    rules: tuple[Rule, ...]
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    label: int = HEIGHT - 8


def round_up(number: int) -> int:
    """Return the least of 2, 4, 10, 20, 40, 100, ... that ``number`` does not exceed: its half is whole, too."""
    power = 1
    while True:
        for step in (2, 4, 10):
            if number <= step * power:
                return step * power
        power *= 10


def draw(lines: Sequence[Line], label: Callable[[Line], str]) -> Chart:
    """Return the chart of ``lines``, each with its ``label`` below."""
    top = round_up(max((max(line.sent, line.confirmed, line.failed) for line in lines), default=0))
    base, room = HEIGHT - _BOTTOM, HEIGHT - _BOTTOM - _TOP
    step = min(_WIDEST, (WIDTH - _LEFT - _RIGHT) / max(1, len(lines)))
    width = step * 0.8 / len(KINDS)
    groups = []
    for place, line in enumerate(lines):
        start = _LEFT + place * step + step * 0.1
        bars = []
        for turn, (kind, colour) in enumerate(KINDS):
            height = room * getattr(line, kind) / top
            if height:
                bar = Bar(
                    x=round(start + turn * width, 2),
                    y=round(base - height, 2),
                    width=round(width, 2),
                    height=round(height, 2),
                    colour=colour,
                )
                bars.append(bar)
        groups.append(Group(label=label(line), middle=round(_LEFT + (place + 0.5) * step, 2), bars=tuple(bars)))
    rules = tuple(Rule(y=base - room * part / 2, number=top * part // 2) for part in range(3))
    return Chart(groups=tuple(groups), rules=rules)
