"""Signing in, step by step, as a browser does it; each step is checked to be what it should be."""

from collections.abc import Callable
from tools.bench.browser import Browser
from tools.bench.browser import Unexpected
from tools.bench.sites import PAGE
from tools.bench.sites import PASSWORD
from tools.bench.sites import SITE

import re

ORDINARY = f"/{SITE}/{PAGE}"
TOKEN = re.compile(rb'name="token"\s+type="hidden"\s+value="([^"]+)"')
_CODE_FORM = f"/{SITE}/@@smsauth-verify"


def send_password(browser: Browser, name: str, *, leads_to: str = ORDINARY, site: str = SITE) -> float:
    """Send name and password and return the seconds up to the redirect.

    :raises Unexpected: it leads elsewhere.
    """
    form = {
        "__ac_name": name,
        "__ac_password": PASSWORD,
        "came_from": browser.origin + ORDINARY.replace(SITE, site, 1),
        "buttons.login": "Log in",
    }
    answer = browser.post(f"/{site}/login", form)
    if answer.location.split("?")[0] != leads_to:
        raise Unexpected(f"The password of {name} led to {answer.location} instead of {leads_to}.")
    return answer.seconds


def owes_code(browser: Browser, name: str) -> float:
    """Send name and password of a member with two-step verification; return the seconds up to the redirect."""
    return send_password(browser, name, leads_to=_CODE_FORM)


def sign_in(browser: Browser, name: str) -> float:
    """Sign in with a password alone, up to the page that was asked for; return the seconds of both requests."""
    seconds = send_password(browser, name)
    return seconds + _land(browser)


def sign_in_twice(browser: Browser, name: str, code_sent: Callable[[], str]) -> float:
    """Sign in with password and code, up to the page that was asked for; return the seconds of all four requests.

    What the member waits for the text, which ``code_sent`` returns, is not counted.
    """
    seconds = owes_code(browser, name)
    form = browser.get(_CODE_FORM)
    token = TOKEN.search(form.body)
    if token is None:
        raise Unexpected("The page for the code has no form.")
    answer = {
        "token": token[1].decode(),
        "form.widgets.code": code_sent(),
        "form.buttons.verify": "Verify",
    }
    done = browser.post(_CODE_FORM, answer)
    if done.location != ORDINARY:
        raise Unexpected(f"The code of {name} led to {done.location}.")
    return seconds + form.seconds + done.seconds + _land(browser)


def _land(browser: Browser) -> float:
    page = browser.get(ORDINARY)
    if "__ac" not in browser.cookies or b"userrole-authenticated" not in page.body:
        raise Unexpected("Nobody is signed in after signing in.")
    return page.seconds
