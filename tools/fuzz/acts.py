"""Valid requests: what a browser would send for each button that an actor is shown, and what programs send."""

from collective.smsauth.domain.codes import letters_and_digits
from collective.smsauth.testing import PASSWORD
from dataclasses import dataclass
from tools.fuzz.actors import Actor
from tools.fuzz.browser import Browser
from tools.fuzz.forms import Form
from tools.fuzz.forms import forms_in
from tools.fuzz.forms import links_in
from tools.fuzz.request import Pairs
from tools.fuzz.request import Request
from tools.fuzz.scene import NEW_NUMBER
from tools.fuzz.scene import TWILIO_TOKEN
from tools.fuzz.site import Site
from tools.fuzz.targets import View
from twilio.request_validator import RequestValidator
from urllib.parse import parse_qsl
from urllib.parse import urlsplit

import json

CODE, PASSWORD_FIELD = "form.widgets.code", "form.widgets.password"
#: What is typed into a field of that name; fields that are not here get a word, if they are empty.
TYPED = {
    "__ac_name": "anna",
    "__ac_password": PASSWORD,
    PASSWORD_FIELD: PASSWORD,
    "form.widgets.mobile_number": NEW_NUMBER,
    "form.widgets.address": "+31687654322",
    "form.widgets.test_number": NEW_NUMBER,
    "form.widgets.username": "anna",
    "userid": "edith",
    "password": "another horse 4242",
    "password2": "another horse 4242",
    "form.widgets.home_page": "https://www.example.org",
    "search": "gina",
    "reason": "on the phone",
}
#: Bodies of services, by the name of the view.
BODIES = {
    "POST @login": {"login": "bert", "password": PASSWORD},
    "POST @login-flow": {"flow": "none"},
    "POST @login-resend": {"flow": "none", "route": "none"},
    "POST @login-setup": {"flow": "none", "mobile_number": NEW_NUMBER, "channel": "text"},
    "POST @login-verify": {"flow": "none", "code": "123456", "trust": True},
    "PATCH @controlpanels/smsauth": {"texts_per_number": 9},
}
_WORD = "word"
#: The name of looking at a page, where that alone sends a text.
LOOK = "look"


@dataclass(frozen=True, kw_only=True)
class Act:
    """One valid request of an actor. ``secret`` names the field that holds a right answer, ``right``; '' if there is none."""

    name: str
    view: str
    actor: Actor
    request: Request
    secret: str = ""
    right: str = ""
    is_service: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from others, the same in each run."""
        return self.view, self.actor.name, self.name

    def as_sent(self, *, wrongly: bool = False) -> Request:
        """Return the request, or the same with a wrong answer in it."""
        if not wrongly:
            return self.request
        form = ((name, wrong(value) if name == self.secret else value) for name, value in self.request.form)
        return self.request.with_form(form)

    @property
    def keys(self) -> tuple[str, ...]:
        """What a request must carry to be this act: the password where it signs in, else the token of the form, if it has one."""
        for names in (("__ac_password",), ("token", "_authenticator")):
            found = tuple(value for name, value in self.request.form if name in names)[:1]
            if found:
                return found
        return ()


def wrong(answer: str) -> str:
    """Return an answer of the same kind that is not right, in whatever case it is read."""
    last = answer[-1]
    if last.isdigit() and answer.isdigit():
        return answer[:-1] + str((int(last) + 1) % 10)
    return answer[:-1] + ("x" if last in "yY" else "y")


def is_same_answer(one: str, other: str) -> bool:
    """Tell whether two answers may be read as the same: case, blanks and dashes tell no codes apart."""
    return letters_and_digits(one).upper() == letters_and_digits(other).upper()


def look(actor: Actor, view: View) -> Request:
    """Return the request by which an actor looks at a view."""
    return Request(path=f"/plone/{view.path}", method=view.method, headers=_headers(actor, view), cookies=actor.cookies)


def acts_of(site: Site, actor: Actor, views: tuple[View, ...]) -> list[Act]:
    """Return what an actor can do on his own pages and, if he looks around, on all views, each once."""
    found: dict[tuple, Act] = {}
    names = {view.name for view in views}
    seen: set[str] = set()
    looked_at = views if actor.looks_around else ()
    waiting = [*actor.pages, *(view.path for view in looked_at if not view.is_service)]
    for path in waiting:
        if path in seen or len(seen) > 80:
            continue
        seen.add(path)
        browser = Browser(site, *actor.headers)
        browser.cookies.update(actor.cookies)
        answer = browser.open(path)
        view = next((one for one in views if one.path == path), None)
        if answer.texts and view is not None:
            act = Act(name=LOOK, view=view.name, actor=actor, request=look(actor, view))
            found[act.key] = act
        for form in _forms(browser):
            for act in _acts(actor, form, names, browser.jar):
                found.setdefault(act.key, act)
        waiting += links_in(browser.page, browser.address)
        site.put_back()
    for view in views:
        if view.is_service:
            act = _service(actor, view)
            found[act.key] = act
    return sorted([*found.values(), *_reports(actor)], key=lambda act: act.key)


def _forms(browser: Browser) -> list[Form]:
    return [form for form in forms_in(browser.page, browser.address) if form.method == "POST"]


def _acts(actor: Actor, form: Form, names: set[str], cookies: Pairs):
    # the form is sent with what the browser was given along with it
    view = next((part.lstrip("@") for part in form.path.split("/") if part.lstrip("@") in names), "")
    if not view:
        return
    query = tuple(parse_qsl(form.query, keep_blank_values=True))
    for boxes in {(), form.boxes}:
        fields = [*form.fields, *boxes]
        for number, code in enumerate(actor.codes.get(view, ("",))):
            filled = tuple((name, _typed(name, value, code)) for name, value in fields)
            secret = next((name for name, value in filled if name in (CODE, PASSWORD_FIELD) and value), "")
            if not _judges(form.button):
                secret = "" if secret == CODE else secret
            label = form.button + (" ticked" if boxes else "") + (f" code {number + 1}" if number else "")
            label += "".join(f" {name}={_short(value)}" for name, value in fields if name in ("user_id", "point"))
            request = Request(
                method="POST", path=form.path, query=query, form=filled, headers=actor.headers, cookies=cookies
            )
            yield Act(
                name=label,
                view=view,
                actor=actor,
                request=request,
                secret=secret,
                right=dict(filled).get(secret, ""),
            )


def _typed(name: str, value: str, code: str) -> str:
    if name == CODE:
        return code
    return TYPED.get(name, value or (_WORD if name.startswith("form.widgets.") and "-empty" not in name else ""))


def _judges(button: str) -> bool:
    return button == "form.buttons.verify"


def _short(value: str) -> str:
    return value[:8]


def _headers(actor: Actor, view: View):
    return (*actor.headers, ("Accept", "application/json")) if view.is_service else actor.headers


def _service(actor: Actor, view: View) -> Act:
    body = json.dumps(BODIES[view.name]).encode() if view.name in BODIES else None
    request = Request(
        method=view.method,
        path=f"/plone/{view.path}",
        body=body,
        content_type="application/json" if body else "",
        headers=_headers(actor, view),
        cookies=actor.cookies,
    )
    return Act(name="as documented", view=view.name, actor=actor, request=request, is_service=True)


def _reports(actor: Actor) -> list[Act]:
    if actor.name != "provider":
        return []
    where, form = urlsplit(actor.pages[0]), {"MessageSid": "SM" + "a" * 32, "MessageStatus": "delivered"}
    signature = RequestValidator(TWILIO_TOKEN).compute_signature(actor.pages[0], form)
    request = Request(
        method="POST",
        path=where.path,
        query=tuple(parse_qsl(where.query)),
        form=tuple(form.items()),
        headers=(("X-Twilio-Signature", signature),),
    )
    return [Act(name="report", view=where.path.rpartition("@@")[2], actor=actor, request=request)]
