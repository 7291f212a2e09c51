"""A visitor who reads pages and sends forms by plain HTTP, alone or many at once."""

from collections.abc import Sequence
from collective.smsauth.testing import PASSWORD
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import field
from lxml import html

import requests
import threading

TIMEOUT = 120


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form, filled in and ready to be sent once or more, by anybody who has the cookies."""

    url: str
    data: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)

    def filled(self, **fields: str) -> "Form":
        """Return the form with other values, by the short names of its fields."""
        values = {f"form.widgets.{name}": value for name, value in fields.items()}
        return Form(url=self.url, data={**self.data, **values}, cookies=self.cookies)

    def with_cookies(self, cookies: dict[str, str]) -> "Form":
        """Return the form as sent by a browser that has more cookies."""
        return Form(url=self.url, data=self.data, cookies={**self.cookies, **cookies})

    def with_authenticator(self, value: str) -> "Form":
        """Return the form with a token of plone.protect."""
        return Form(url=self.url, data={**self.data, "_authenticator": value}, cookies=self.cookies)

    def send(self) -> requests.Response:
        """Send the form and return the answer, without following where it leads."""
        return requests.post(self.url, self.data, cookies=self.cookies, allow_redirects=False, timeout=TIMEOUT)


class Visitor:
    """A browser of its own: cookies, and the page it looks at."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.session = requests.Session()
        self.page: requests.Response | None = None

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name."""
        return self.session.cookies.get_dict()

    def open(self, path: str) -> "Visitor":
        """Look at a page of the site, or at any address."""
        address = path if "://" in path else f"{self.site}/{path}"
        self.page = self.session.get(address, timeout=TIMEOUT)
        return self

    def form(self, button: str) -> Form:
        """Return the form of this page that has ``button``, as if that button was pressed."""
        for form in html.fromstring(self.page.content, base_url=self.page.url).forms:
            for name in form.xpath(".//button/@name | .//input[@type='submit']/@name"):
                if name.split("buttons.")[-1] == button:
                    return Form(
                        url=form.action or self.page.url,
                        data={**dict(form.form_values()), name: "1"},
                        cookies=self.cookies,
                    )
        raise AssertionError(f"There is no button {button!r} on {self.page.url}: {self.text}")

    def send(self, form: Form) -> "Visitor":
        """Send a form, and follow where it leads."""
        self.page = self.session.post(form.url, form.data, timeout=TIMEOUT)
        return self

    def login_form(self, name: str, password: str = PASSWORD) -> Form:
        """Return the sign-in form, filled in."""
        form = self.open("login").form("login")
        return Form(
            url=form.url, data={**form.data, "__ac_name": name, "__ac_password": password}, cookies=form.cookies
        )

    def sign_in(self, name: str) -> "Visitor":
        """Send name and password."""
        return self.send(self.login_form(name))

    @property
    def text(self) -> str:
        """What the main part of the page says."""
        found = html.fromstring(self.page.content).xpath("//*[@id='main-container']")
        return " ".join((found[0] if found else html.fromstring(self.page.content)).text_content().split())

    @property
    def is_signed_in(self) -> bool:
        """Whether the site offers to sign out."""
        return "userrole-authenticated" in self.open("").page.text


def at_once(forms: Sequence[Form]) -> list[requests.Response]:
    """Send all forms at the same moment, each in a thread of its own, and return the answers in their order."""
    line = threading.Barrier(len(forms))

    def send(form: Form) -> requests.Response:
        line.wait(TIMEOUT)
        return form.send()

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(send, forms))
