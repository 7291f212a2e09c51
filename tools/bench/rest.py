"""How long signing in by REST takes, and what the numbers in the data of members cost those who read that."""

from collections.abc import Callable
from collections.abc import Iterator
from statistics import median
from tools.bench.browser import Browser
from tools.bench.browser import Unexpected
from tools.bench.figures import Turns
from tools.bench.plan import Plan
from tools.bench.provider import Provider
from tools.bench.report import at_most
from tools.bench.report import Row
from tools.bench.server import Server
from tools.bench.sites import name_of
from tools.bench.sites import PASSWORD
from tools.bench.sites import phone_of
from tools.bench.sites import PROTECTED
from tools.bench.sites import SITE

_WARM_UP = 2
#: How many times as long as Plone's ``@login`` both steps may take.
GOAL = 2.2
#: How many times as long the data of members may take.
MOST = 1.03
#: Members in one answer of the listing.
LISTED = 25


class Rest:
    """Collects the seconds of all launches."""

    def __init__(self) -> None:
        self.sign_in, self.member, self.listing = Turns(), Turns(), Turns()

    def measure(self, plan: Plan, stock: Server, addon: Server, provider: Provider, members: Iterator[int]) -> None:
        """Sign in members, and have an administrator read their data, in turns."""

        def two_steps(browser: Browser, member: int) -> float:
            return sign_in_twice(browser, member, lambda: provider.take_code(phone_of(member)))

        def read_member(browser: Browser, _member: int) -> float:
            return browser.rest_as_manager("GET", f"/{SITE}/@users/{PROTECTED}").seconds

        def read_listing(browser: Browser, _member: int) -> float:
            return browser.rest_as_manager("GET", f"/{SITE}/@users?query=member&limit={LISTED}").seconds

        for turn in range(-_WARM_UP, plan.sign_in_turns):
            _take_turn(self.sign_in, turn, (stock, sign_in), (addon, two_steps), next(members))
        for turns, read in ((self.member, read_member), (self.listing, read_listing)):
            for turn in range(-_WARM_UP, plan.page_turns):
                _take_turn(turns, turn, (stock, read), (addon, read), 0)

    def rows(self) -> list[Row]:
        """Return the rows of the table."""
        found = [
            at_most(
                "Sign-in by REST: @login, and @login-verify with it", GOAL, self.sign_in.ratio, **_times(self.sign_in)
            )
        ]
        for what, turns in (
            ("A member by REST", self.member),
            (f"A list of {LISTED} members by REST", self.listing),
        ):
            found.append(at_most(what, MOST, turns.ratio, **_times(turns)))
        return found


def sign_in(browser: Browser, member: int) -> float:
    """Sign in with a password alone; return the seconds."""
    answer = browser.rest("POST", f"/{SITE}/@login", _credentials(member))
    if "token" not in answer.json():
        raise Unexpected(f"The password of {name_of(member)} gave no token.")
    return answer.seconds


def sign_in_twice(browser: Browser, member: int, code_sent: Callable[[], str]) -> float:
    """Sign in with password and code; return the seconds of both requests. What the member waits for the text is not counted."""
    owing = browser.rest("POST", f"/{SITE}/@login", _credentials(member), status=401)
    answer = {"flow": owing.json()["second_step"]["flow"], "code": code_sent()}
    done = browser.rest("POST", f"/{SITE}/@login-verify", answer)
    if "token" not in done.json():
        raise Unexpected(f"The code of {name_of(member)} gave no token.")
    return owing.seconds + done.seconds


def _credentials(member: int) -> dict[str, str]:
    return {"login": name_of(member), "password": PASSWORD}


def _take_turn(turns: Turns, turn: int, stock: tuple, addon: tuple, member: int) -> None:
    found = {}
    for side, (server, ask) in list(enumerate((stock, addon)))[:: 1 if turn % 2 else -1]:
        browser = Browser(server.port)
        try:
            found[side] = ask(browser, member)
        finally:
            browser.close()
    if turn >= 0:
        turns.add(found[0], found[1])


def _times(turns: Turns) -> dict[str, str]:
    stock, addon = (f"{1000 * median(found):.1f} ms" for found in (turns.stock, turns.addon))
    return {"stock": stock, "addon": addon}
