"""Whether the time of an answer tells if a code goes to a login: the access-code page, for members and for strangers.

Strangers are logins that never were, that were deleted, and members without a phone.
The texts go to a provider on this machine, as they would to a real one.

``python -m tools.bench.telling [REQUESTS]`` measures this alone, with so many requests of each kind at each of both pages.
"""

from pathlib import Path
from statistics import median
from tools.bench import provider as providers
from tools.bench import sites
from tools.bench.browser import Browser
from tools.bench.browser import Unexpected
from tools.bench.figures import kolmogorov_smirnov
from tools.bench.instance import Instance
from tools.bench.provider import Provider
from tools.bench.report import plain
from tools.bench.report import Row
from tools.bench.server import running
from tools.bench.server import Server
from tools.bench.signin import TOKEN
from tools.bench.sites import change_setting
from tools.bench.sites import choose_gateway
from tools.bench.sites import name_of
from tools.bench.sites import SITE
from tools.bench.sites import stranger_of

import random
import sys
import tempfile

#: So unlikely that chance alone would do it, and the two kinds count as told apart.
LEAST_CHANCE = 0.01
_WARM_UP = 10
_ASK, _CODE = f"/{SITE}/@@smsauth-access", f"/{SITE}/@@smsauth-access-code"


class Telling:
    """The seconds of all answers, by page and by whether a code went to the login."""

    def __init__(self) -> None:
        self.seconds: dict[str, dict[bool, list[float]]] = {
            "login": {True: [], False: []},
            "wrong code": {True: [], False: []},
        }

    def measure(self, server: Server, provider: Provider, members: list[int]) -> None:
        """Ask for a code and give a wrong one, for each of ``members`` and for as many strangers, in random order."""
        change_setting(server.port, SITE, "access_page", True)
        choose_gateway(server.port, "twilio")
        before = provider.texts
        logins = [(True, name_of(number)) for number in members]
        logins += [(False, stranger_of(number)) for number in members]
        random.SystemRandom().shuffle(logins)
        for turn, (is_known, login) in enumerate([*logins[:_WARM_UP], *logins]):
            visit = _visit(server, login if turn >= _WARM_UP else f"warm-up-{turn}")
            if turn >= _WARM_UP:
                for page, seconds in visit.items():
                    self.seconds[page][is_known].append(seconds)
        # What was measured must be what is promised: the members did get their texts.
        if not provider.wait_for(before + len(members)):
            raise Unexpected(f"Only {provider.texts - before} of {len(members)} members got a text.")

    def rows(self) -> list[Row]:
        """Return a row for each page: strangers on the left, members on the right."""
        found = []
        for page, kinds in self.seconds.items():
            distance, chance = kolmogorov_smirnov(kinds[True], kinds[False])
            unknown, known = (f"{1000 * median(kinds[kind]):.1f} ms" for kind in (False, True))
            goal = f"p at least {LEAST_CHANCE:g}: D = {distance:.3f}, p = {chance:.3f}"
            what = (
                f"Access-code page, {page}: {len(kinds[False])} unknown, deleted or unprotected logins (left), "
                f"{len(kinds[True])} members with a phone (right)"
            )
            found.append(Row(what=what, stock=unknown, addon=known, goal=goal, met=chance >= LEAST_CHANCE))
        return found


def _visit(server: Server, login: str) -> dict[str, float]:
    browser = Browser(server.port)
    try:
        form = {"token": _token(browser, _ASK), "form.widgets.username": login, "form.buttons.submit": "1"}
        asked = browser.post(_ASK, form)
        form = {"token": _token(browser, _CODE), "form.widgets.code": "000000", "form.buttons.verify": "1"}
        judged = browser.post(_CODE, form, status=200)
        if b"This code is not right." not in judged.body:
            raise Unexpected(f"The code of {login} was not judged.")
        return {"login": asked.seconds, "wrong code": judged.seconds}
    finally:
        browser.close()


def _token(browser: Browser, path: str) -> str:
    found = TOKEN.search(browser.get(path).body)
    if found is None:
        raise Unexpected(f"There is no form on {path}.")
    return found[1].decode()


def main(requests: int = 500) -> None:
    """Make a site, measure, and print the rows."""
    with tempfile.TemporaryDirectory(prefix="smsauth-bench-") as folder:
        stock = Instance(folder=Path(folder) / "stock", has_addon=False)
        stock.write()
        sites.run("stock", stock, members=requests, large=10)
        addon = stock.copy_to(Path(folder) / "addon", has_addon=True)
        sites.run("addon", addon, members=requests, large=10)
        telling = Telling()
        with providers.running() as provider, running(addon, **provider.environment) as server:
            telling.measure(server, provider, list(range(requests)))
    for row in telling.rows():
        print(plain(row))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
