"""How long an unrelated page takes while sign-ins wait for a slow provider."""

from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from tools.bench.browser import Browser
from tools.bench.figures import percentile
from tools.bench.plan import Plan
from tools.bench.provider import Provider
from tools.bench.server import Server
from tools.bench.signin import ORDINARY
from tools.bench.signin import owes_code
from tools.bench.signin import send_password
from tools.bench.signins import SLOW
from tools.bench.sites import name_of
from tools.bench.sites import phone_of

import time

SIGN_INS = 8
PERCENT = 95


class Waiting:
    """Collects the seconds that the page took, of all launches and rounds."""

    def __init__(self) -> None:
        self.quiet: list[float] = []
        self.stock: list[float] = []
        self.addon: list[float] = []

    def measure(self, plan: Plan, stock: Server, addon: Server, provider: Provider, members: Iterator[int]) -> None:
        """Have eight members sign in at once, and from that moment on one visitor ask for page after page.

        At the site without the add-on as many sign in with their passwords alone.
        """
        for turn in range(plan.waiting_rounds):
            names = [next(members) for _ in range(SIGN_INS)]
            provider.delay = SLOW
            sides = [
                (self.stock, stock, send_password, names),
                (self.addon, addon, owes_code, names),
                (self.quiet, stock, send_password, []),
            ]
            for found, server, ask, signing_in in sides if turn % 2 else sides[::-1]:
                found.extend(_pages(server, plan.waiting_seconds, ask, signing_in))
            provider.delay = 0.0
            # all of them must have been sent: else nothing waited
            for member in names:
                provider.take_code(phone_of(member))

    def percentiles(self) -> tuple[float, float, float]:
        """Return the 95th percentiles in seconds: nobody signs in, without the add-on, with it."""
        quiet, stock, addon = (percentile(found, PERCENT) for found in (self.quiet, self.stock, self.addon))
        return quiet, stock, addon


def _pages(server: Server, seconds: float, ask: Callable[[Browser, str], float], members: list[int]) -> list[float]:
    visitor, browsers = Browser(server.port), [Browser(server.port) for _ in members]
    visitor.get(ORDINARY)
    found = []
    with ThreadPoolExecutor(SIGN_INS) as pool:
        ended = time.perf_counter() + seconds
        asked = [pool.submit(ask, browser, name_of(member)) for browser, member in zip(browsers, members, strict=True)]
        while time.perf_counter() < ended:
            found.append(visitor.get(ORDINARY).seconds)
        for one in asked:
            one.result()
    for browser in (visitor, *browsers):
        browser.close()
    return found
