"""The table in the docs: what was measured, against which goal, on what machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tools.bench.figures import Estimate


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table. ``stock`` and ``addon`` are figures with their unit; ``met`` is None where no goal was set."""

    what: str
    stock: str
    addon: str
    ratio: Estimate | None = None
    goal: str = ""
    met: bool | None = None


_HEAD = ("", "without", "with", "ratio (95 % interval)", "goal", "")
_WIDTHS = "38 12 12 18 12 8"


def at_most(what: str, limit: float, found: Estimate, *, stock: str, addon: str) -> Row:
    """Return the row of a figure that may be at most ``limit`` times what it is without the add-on."""
    return Row(what=what, stock=stock, addon=addon, ratio=found, goal=f"at most {limit:g} ×", met=found.median <= limit)


def within(what: str, percent: float, found: Estimate, *, stock: str, addon: str) -> Row:
    """Return the row of a figure that may be at most so many per cent below what it is without the add-on."""
    met = found.median >= 1 - percent / 100
    return Row(what=what, stock=stock, addon=addon, ratio=found, goal=f"within {percent:g} %", met=met)


def table(rows: Sequence[Row], facts: Sequence[str]) -> str:
    """Return the rows as a reStructuredText table, above it how and where they were measured."""
    lines = [".. Written by the benchmark; do not edit.", ""]
    lines += [f"* {fact}" for fact in facts]
    lines += ["", ".. list-table::", "   :header-rows: 1", f"   :widths: {_WIDTHS}", ""]
    for cells in [_HEAD, *map(_cells, rows)]:
        lines += [f"   {'*' if place == 0 else ' '} - {cell}".rstrip() for place, cell in enumerate(cells)]
    return "\n".join(lines) + "\n"


def plain(row: Row) -> str:
    """Return a row as one line for the terminal."""
    what, stock, addon, found, goal, met = _cells(row)
    return f"{what}: {stock or '-'} -> {addon}" + "".join(f"; {part}" for part in (found, goal, met) if part)


def write(path: Path, rows: Sequence[Row], facts: Sequence[str]) -> None:
    """Write the table to ``path``."""
    path.write_text(table(rows, facts), encoding="utf-8")


def _cells(row: Row) -> tuple[str, ...]:
    found = "" if row.ratio is None else f"{row.ratio.median:.3f} ({row.ratio.low:.3f}–{row.ratio.high:.3f})"
    verdict = {None: "", True: "met", False: "**missed**"}[row.met]
    return (row.what, row.stock, row.addon, found, row.goal, verdict)
