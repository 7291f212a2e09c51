"""A browser of one actor: cookies, forms and buttons, without any assertion."""

from tools.fuzz.answer import Answer
from tools.fuzz.forms import Form
from tools.fuzz.forms import forms_in
from tools.fuzz.request import HOST
from tools.fuzz.request import Pair
from tools.fuzz.request import Pairs
from tools.fuzz.request import Request
from tools.fuzz.site import Site
from urllib.parse import parse_qsl
from urllib.parse import urlsplit

ROOT = f"http://{HOST}/plone"


class Browser:
    """Keeps what it is given, as far as it matters here: one host, one path."""

    def __init__(self, site: Site, *headers: Pair) -> None:
        self._site, self.headers = site, headers
        self.cookies: dict[str, str] = {}
        self.page, self.address = "", ROOT

    @property
    def jar(self) -> Pairs:
        """The cookies."""
        return tuple(sorted(self.cookies.items()))

    def open(self, path: str) -> Answer:
        """Open a page; ``path`` is below the site, with its query, or a whole address."""
        where = urlsplit(path if path.startswith("http") else f"{ROOT}/{path}")
        query = tuple(parse_qsl(where.query, keep_blank_values=True))
        return self._send(Request(path=where.path, query=query, headers=self.headers, cookies=self.jar))

    def form(self, button: str) -> Form:
        """Return the form in the page at hand with that button.

        :raises LookupError: there is none.
        """
        for form in forms_in(self.page, self.address):
            if form.button == button:
                return form
        raise LookupError(f"no {button} in {self.address}: {self.page[:2000]}")

    def press(self, name: str, **typed: str) -> Answer:
        """Fill in fields of the form with a button ``form.buttons.name``, and press it; ``__`` stands for a dot."""
        return self.submit(
            self.form(f"form.buttons.{name}"), {f"form.widgets.{key}": value for key, value in typed.items()}
        )

    def submit(self, form: Form, typed: dict[str, str]) -> Answer:
        """Send a form with other values in it."""
        fields = tuple((name, typed.get(name, value)) for name, value in form.fields)
        query = tuple(parse_qsl(form.query, keep_blank_values=True))
        request = Request(
            method="POST", path=form.path, query=query, form=fields, headers=self.headers, cookies=self.jar
        )
        return self._send(request)

    def sign_in(self, name: str, password: str) -> Answer:
        """Give name and password in the sign-in form, and open what it leads to."""
        self.open("login")
        answer = self.submit(self.form("buttons.login"), {"__ac_name": name, "__ac_password": password})
        return self.open(answer.header("Location")) if answer.status == 302 else answer

    def _send(self, request: Request) -> Answer:
        answer = self._site.send(request)
        for name, value in answer.cookies.items():
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        self.page, self.address = answer.text if answer.is_page else "", f"http://{HOST}{request.path}"
        return answer
