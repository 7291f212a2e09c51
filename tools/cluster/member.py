"""One member who signs in, reads what the pages say, and does what they offer."""

from collections.abc import Callable
from dataclasses import dataclass
from tools.bench import sites
from tools.cluster.browser import Answer
from tools.cluster.browser import Browser
from tools.cluster.provider import Provider
from tools.cluster.tally import Tally

import json
import re
import time

_LOGIN, _CODE, _STATUS = (f"/{sites.SITE}/{name}" for name in ("login", "@@smsauth-verify", "@@smsauth-status"))
_PAGE = f"/{sites.SITE}/{sites.PAGE}"
_TOKEN = re.compile(r'name="token"\s+type="hidden"\s+value="([^"]+)"')
_WAIT = re.compile(r"have another one in (\d+) seconds")
#: What a page says that leaves the member where they were: another code was sent since, or too many answers came at the same moment.
_EARLIER, _BUSY = "earlier code", "at the same moment"
#: Seconds in which a text arrives, unless something is wrong.
_ARRIVES = 8.0
#: Seconds in which a page has to tell that a text did not leave: as long as the add-on waits for itself, and its own tries.
_TELLS = 75.0
_GIVES_UP = 400.0


class DeadEnd(Exception):
    """A page says that there is nothing to do, and there is."""


@dataclass
class Member:
    """The member of that ``number``, with a browser that draws a client for each request."""

    number: int
    browser: Browser
    provider: Provider
    tally: Tally
    say: Callable[[str], None]

    @property
    def phone(self) -> str:
        """Their number, E.164."""
        return sites.phone_of(self.number)

    def sign_in(self) -> None:
        """Sign in, whatever it takes; tell the tally what came of it."""
        end, name = time.monotonic() + _GIVES_UP, sites.name_of(self.number)
        seen = self.provider.count(self.phone)
        while time.monotonic() < end:
            try:
                # begun once more, the code that was sent before may be all that there is
                code = self.begin(end, seen)
                self.complete(code)
            except DeadEnd as problem:
                self.tally.add("false dead ends")
                self.say(f"{name}: {problem}")
            else:
                self.tally.add("signed in")
                return
        self.tally.add("locked out")
        self.say(f"{name} could not sign in.")

    def begin(self, end: float = float("inf"), seen: int = 0) -> str:
        """Give the password, and return the code that arrives, or has arrived after the first ``seen``.

        :raises DeadEnd: no code arrived, and no page said so.
        """
        form = {"__ac_name": sites.name_of(self.number), "__ac_password": sites.PASSWORD, "buttons.login": "Log in"}
        answer = self.browser.post(_LOGIN, {**form, "came_from": f"http://localhost{_PAGE}"})
        if not answer.location.startswith(_CODE):
            raise DeadEnd(f"the password led to {answer.location or answer.status}")
        self.tally.add("texts asked for")
        while True:
            self.form()
            code = self.provider.code(self.phone, seen, _ARRIVES)
            if code is not None:
                return code
            self._hear_of_failure(seen)
            code = self.provider.code(self.phone, seen, 0)
            if code is not None:
                return code
            if end < time.monotonic():
                raise DeadEnd("no code arrived for minutes")
            self._ask_again()

    def complete(self, code: str) -> None:
        """Enter the code, and look at the page that was asked for.

        :raises DeadEnd: it was not accepted, or nobody is signed in.
        """
        answer = self.answer(code)
        for _ in range(5):
            if answer.location or not (_EARLIER in answer.body or _BUSY in answer.body):
                break
            seen = self.provider.count(self.phone) if _EARLIER in answer.body else 0
            answer = self.answer(self.provider.code(self.phone, seen - 1, _ARRIVES) or code)
        if answer.location != _PAGE:
            raise DeadEnd(f"the right code led to {answer.location or self._words(answer)}")
        page = self.browser.get(_PAGE)
        if "userrole-authenticated" not in page.body:
            raise DeadEnd("after the right code a visitor is shown")

    def answer(self, code: str) -> Answer:
        """Send the form with that code."""
        return self.send(self.form(), code)

    def send(self, token: str, code: str) -> Answer:
        """Send the form that has that token with that code."""
        form = {"token": token, "form.widgets.code": code, "form.buttons.verify": "Verify"}
        return self.browser.post(_CODE, form)

    def twin(self, draw: Callable[[], int] | None = None) -> "Member":
        """Return the same member in the same browser, for requests that are sent at once."""
        browser = Browser(draw or self.browser.draw, self.browser.failed, dict(self.browser.cookies))
        return Member(self.number, browser, self.provider, self.tally, self.say)

    def form(self) -> str:
        """Return the token of the form for the code.

        :raises DeadEnd: there is none.
        """
        page = self.browser.get(_CODE)
        found = _TOKEN.search(page.body)
        if found is None or "form.widgets.code" not in page.body:
            raise DeadEnd(f"no form for the code: {page.location or self._words(page)}")
        if "No code was sent" in page.body:
            raise DeadEnd("the page says that no code was sent")
        return found[1]

    def _hear_of_failure(self, seen: int) -> None:
        end = time.monotonic() + _TELLS
        while time.monotonic() < end:
            answer = self.browser.get(f"{_STATUS}?for=sign-in")
            if answer.status == 200:
                status = json.loads(answer.body)
                if status["failed"] or "may not have left" in status["words"]:
                    self.tally.add("failures told")
                    return
            if self.provider.code(self.phone, seen, 1.0) is not None:
                return
        self.tally.add("lost without a word")
        raise DeadEnd("a text was lost, and no page says so")

    def _ask_again(self) -> None:
        for _ in range(20):
            page = self.browser.post(_CODE, {"token": self.form(), "form.buttons.resend": "Send a new code"})
            if "A new code is on its way" in page.body:
                self.tally.add("texts asked for")
                return
            wait = _WAIT.search(page.body)
            time.sleep(int(wait[1]) if wait else 2)
        raise DeadEnd("no other code is sent")

    @staticmethod
    def _words(answer: Answer) -> str:
        body = answer.body.partition('<div class="smsauth-step">')[2] or answer.body
        return " ".join(re.sub(r"<[^>]+>", " ", body).split())[:200]
