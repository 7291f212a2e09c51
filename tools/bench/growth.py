"""By how many bytes a sign-in makes the database's file longer, the first time and after many."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tools.bench.browser import Browser
from tools.bench.server import running
from tools.bench.server import Server
from tools.bench.signin import sign_in
from tools.bench.signin import sign_in_twice
from tools.bench.sites import PROTECTED
from tools.bench.sites import PROTECTED_PHONE

import statistics

#: How many sign-ins are measured at each point.
_EACH = 5


@dataclass(frozen=True, kw_only=True)
class Growth:
    """Bytes that one sign-in added: with a password alone, and with a code after so many earlier ones."""

    stock: int
    addon: dict[int, int]


def measure(stock, addon, pace: int, after: tuple[int, ...]) -> Growth:
    """Sign in one member again and again, ``pace`` seconds apart by the clock of the add-on; nothing else is written."""
    clock = addon.folder / "var" / "clock"
    clock.write_text("0", encoding="ascii")
    with running(stock) as server:
        once = _repeat(server, (1,), lambda browser, _: sign_in(browser, PROTECTED))[1]
    with running(addon, clock=clock) as server:
        return Growth(
            stock=once,
            addon=_repeat(server, after, lambda browser, count: _sign_in(server, clock, browser, count * pace)),
        )


def _sign_in(server: Server, clock: Path, browser: Browser, ahead: int) -> None:
    clock.write_text(str(ahead), encoding="ascii")
    sign_in_twice(browser, PROTECTED, lambda: server.code_in_outbox(PROTECTED_PHONE))


def _repeat(server: Server, after: tuple[int, ...], ask: Callable[[Browser, int], object]) -> dict[int, int]:
    found: dict[int, list[int]] = {count: [] for count in after}
    for count in range(max(after) + _EACH):
        size = server.database_size()
        browser = Browser(server.port)
        ask(browser, count)
        browser.close()
        for earlier in after:
            if earlier <= count < earlier + _EACH:
                found[earlier].append(server.database_size() - size)
    return {earlier: round(statistics.median(sizes)) for earlier, sizes in found.items()}
