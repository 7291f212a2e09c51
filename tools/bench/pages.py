"""Requests per second of an ordinary page, for a visitor and for members."""

from tools.bench.browser import Browser
from tools.bench.figures import Turns
from tools.bench.plan import Plan
from tools.bench.provider import Provider
from tools.bench.server import Server
from tools.bench.signin import ORDINARY
from tools.bench.signin import sign_in
from tools.bench.signin import sign_in_twice
from tools.bench.sites import PLAIN
from tools.bench.sites import PROTECTED
from tools.bench.sites import PROTECTED_PHONE

import time

_WARM_UP = 15


class Pages:
    """Collects the figures of all launches: requests per second, and processor milliseconds a page."""

    def __init__(self) -> None:
        kinds = ("visitor", "member without two-step verification", "member with two-step verification")
        self.speed = {kind: Turns() for kind in kinds}
        self.effort = {kind: Turns() for kind in kinds}
        self.control = Turns()

    def measure(self, plan: Plan, stock: Server, addon: Server, twin: Server, provider: Provider) -> None:
        """Ask for the page in turns: from one server, then from the other, the next time the other way round.

        ``twin`` is a second server like ``stock``: how far they differ is how far nothing can be told.
        """
        browsers = {}
        for kind, name in zip(self.speed, ("", PLAIN, PROTECTED), strict=True):
            browsers[kind] = (Browser(stock.port), Browser(addon.port))
            if name:
                sign_in(browsers[kind][0], name)
            if name == PLAIN:
                sign_in(browsers[kind][1], name)
            elif name == PROTECTED:
                sign_in_twice(browsers[kind][1], name, lambda: provider.take_code(PROTECTED_PHONE))
        other = Browser(twin.port)
        for browser in (*(browser for pair in browsers.values() for browser in pair), other):
            _ask(browser, _WARM_UP)
        for turn in range(plan.page_turns):
            for kind, pair in browsers.items():
                found = _in_turns(turn, plan.pages_a_turn, pair, (stock, addon))
                self.speed[kind].add(found[0][0], found[1][0])
                if found[0][1] and found[1][1]:
                    self.effort[kind].add(found[0][1], found[1][1])
            first = browsers["visitor"][0]
            found = _in_turns(turn, plan.pages_a_turn, (first, other), (stock, twin))
            self.control.add(found[0][0], found[1][0])
        for browser in (*(browser for pair in browsers.values() for browser in pair), other):
            browser.close()


def _in_turns(turn: int, pages: int, browsers: tuple[Browser, Browser], servers: tuple[Server, Server]) -> list:
    found: list = [None, None]
    for side in (0, 1) if turn % 2 else (1, 0):
        found[side] = _figures(browsers[side], servers[side], pages)
    return found


def _figures(browser: Browser, server: Server, pages: int) -> tuple[float, float]:
    used, started = server.processor_seconds(), time.perf_counter()
    _ask(browser, pages)
    seconds, still = time.perf_counter() - started, server.processor_seconds()
    effort = (still - used) * 1000 / pages if used is not None and still is not None else 0.0
    return pages / seconds, effort


def _ask(browser: Browser, times: int) -> None:
    for _ in range(times):
        browser.get(ORDINARY)
