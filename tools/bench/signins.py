"""How long signing in takes: the password up to the redirect, and all of it up to the page that was asked for."""

from collections.abc import Callable
from collections.abc import Iterator
from functools import partial
from tools.bench.browser import Browser
from tools.bench.figures import Turns
from tools.bench.plan import Plan
from tools.bench.provider import Provider
from tools.bench.server import Server
from tools.bench.signin import owes_code
from tools.bench.signin import send_password
from tools.bench.signin import sign_in
from tools.bench.signin import sign_in_twice
from tools.bench.sites import choose_gateway
from tools.bench.sites import name_of
from tools.bench.sites import phone_of

SLOW = 2.0
_WARM_UP = 2


class SignIns:
    """Collects the seconds of all launches. Each member signs in once, at both servers."""

    def __init__(self) -> None:
        self.password, self.password_slow, self.password_outbox = Turns(), Turns(), Turns()
        self.whole, self.whole_outbox = Turns(), Turns()

    def measure(self, plan: Plan, stock: Server, addon: Server, provider: Provider, members: Iterator[int]) -> None:
        """Sign in members in turns, with a provider that answers at once, one that takes two seconds, and the outbox."""

        def run(turns: Turns, without: Callable, with_it: Callable) -> None:
            for turn in range(-_WARM_UP, plan.sign_in_turns):
                member = next(members)
                sides = [partial(_seconds, stock, without, member), partial(_seconds, addon, with_it, member)]
                seconds = [side() for side in sides] if turn % 2 else [side() for side in sides[::-1]][::-1]
                if turn >= 0:
                    turns.add(*seconds)

        def password(browser: Browser, member: int) -> float:
            return send_password(browser, name_of(member))

        def first_step(browser: Browser, member: int) -> float:
            return owes_code(browser, name_of(member))

        def one_step(browser: Browser, member: int) -> float:
            return sign_in(browser, name_of(member))

        def two_steps(read_code: Callable[[int], str], browser: Browser, member: int) -> float:
            return sign_in_twice(browser, name_of(member), lambda: read_code(member))

        by_provider = partial(two_steps, lambda member: provider.take_code(phone_of(member)))
        by_outbox = partial(two_steps, lambda member: addon.code_in_outbox(phone_of(member)))

        run(self.password, password, first_step)
        run(self.whole, one_step, by_provider)
        provider.delay = SLOW
        run(self.password_slow, password, first_step)
        provider.delay = 0.0
        choose_gateway(addon.port, "outbox")
        run(self.password_outbox, password, first_step)
        run(self.whole_outbox, one_step, by_outbox)
        choose_gateway(addon.port, "twilio")


def _seconds(server: Server, ask: Callable[[Browser, int], float], member: int) -> float:
    browser = Browser(server.port)
    try:
        return ask(browser, member)
    finally:
        browser.close()
