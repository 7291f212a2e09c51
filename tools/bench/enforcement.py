"""How long it takes to require two-step verification of everyone, in a small site and in a large one."""

from tools.bench.browser import Browser
from tools.bench.browser import Unexpected
from tools.bench.figures import Turns
from tools.bench.plan import Plan
from tools.bench.server import Server
from tools.bench.signin import send_password
from tools.bench.sites import change_setting
from tools.bench.sites import LARGE_SITE
from tools.bench.sites import PAGE
from tools.bench.sites import PLAIN
from tools.bench.sites import SMALL_SITE

_SITES = (SMALL_SITE, LARGE_SITE)
#: What the page says of who looks at it.
_MEMBER, _VISITOR = b"userrole-authenticated", b"userrole-anonymous"


def measure(plan: Plan, server: Server, turns: Turns) -> None:
    """Switch it on in turns and add the seconds to ``turns``; see that it takes effect with the next request of a member."""
    members = {site: Browser(server.port) for site in _SITES}
    for site, browser in members.items():
        send_password(browser, PLAIN, site=site, leads_to=f"/{site}/{PAGE}")
    for turn in range(-1, plan.switches):
        seconds = {}
        for site in _SITES if turn % 2 else _SITES[::-1]:
            _see(members[site], site, _MEMBER)
            seconds[site] = change_setting(server.port, site, "enforcement", "required")
            _see(members[site], site, _VISITOR)
            change_setting(server.port, site, "enforcement", "optional")
        if turn >= 0:
            turns.add(seconds[SMALL_SITE], seconds[LARGE_SITE])
    for browser in members.values():
        browser.close()


def _see(browser: Browser, site: str, role: bytes) -> None:
    if role not in browser.get(f"/{site}/{PAGE}").body:
        raise Unexpected(f"A member without a number is not shown the page of {site} as they should be.")
