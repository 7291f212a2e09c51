"""What the tests of the doors share: raw requests, sessions minted by the site's own plugins, and pages that only their owner can read.

``anna`` is protected, ``bert`` is not; every test of a door shows that bert gets in by the same request.
"""

from base64 import b64encode
from collective.smsauth.pas.sessions import CLAIM
from collective.smsauth.testing import FIXTURE
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.testing import texts
from collective.smsauth.tests import support
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.bare_pages import bare_pages
from collective.smsauth.tests.support.contexts import entered
from collective.smsauth.tests.support.members import bind
from collective.smsauth.tests.support.members import commit
from collective.smsauth.tests.support.members import ticket
from http.cookies import SimpleCookie
from plone import api
from plone.app.testing import FunctionalTesting
from plone.app.testing import PloneSandboxLayer
from plone.testing.zope import Browser
from Products.Five.browser import BrowserView
from urllib.parse import urlencode
from urllib.parse import urlsplit
from webob import Request

import json as jsonlib
import re
import unittest

DAY = 24 * 60 * 60
NUMBER = "+31612345678"
TICKET = "__ac"
SECRET = "for the eyes of the owner only"
HOST = "nohost"


class Client:
    """Sends any request, keeps cookies as a browser does, and lets a test change them."""

    def __init__(self, app, **cookies: str) -> None:
        # The browser brings the publisher, with what the tests' own thread is restored to afterwards.
        self._publish = Browser(app).testapp.app
        self.cookies = dict(cookies)
        #: Where requests come from, as the server sees it.
        self.address = "203.0.113.5"

    def send(self, method: str, path: str, *, form=None, json=None, body=b"", query=None, **headers: str):
        """Send a request and return the response (webob). Headers are given with _ for -.

        :raises AssertionError: the answer is an internal server error: nothing that is sent may cause one.
        """
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if form is not None:
            body = urlencode(form).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        if json is not None:
            body = json if isinstance(json, bytes) else jsonlib.dumps(json).encode()
            headers.setdefault("Content-Type", "application/json")
        if self.cookies:
            headers["Cookie"] = "; ".join(f'{name}="{value}"' for name, value in self.cookies.items())
        if query:
            path = f"{path}?{urlencode(query)}"
        request = Request.blank(path, method=method, body=body, headers=headers, base_url=f"http://{HOST}")
        request.environ["REMOTE_ADDR"] = self.address
        response = request.get_response(self._publish)
        for header in response.headers.getall("Set-Cookie"):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        if response.status_int >= 500 and response.status_int != 501:
            raise AssertionError(f"{method} {path}: {response.status} {response.text[:2000]}")
        return response

    def named(self, kind: str) -> list[str]:
        """Return the names of the cookies of a kind: they begin with it."""
        return sorted(name for name in self.cookies if name.startswith(kind))

    def get(self, path: str, **options):
        """Send a GET."""
        return self.send("GET", path, **options)

    def post(self, path: str, **options):
        """Send a POST."""
        return self.send("POST", path, **options)

    def follow(self, response):
        """Send a GET for where a redirect leads."""
        where = urlsplit(response.location)
        return self.get(f"{where.path}?{where.query}" if where.query else where.path)


class Secret(BrowserView):
    """What is secret in a page, for who may view it: without all that Plone puts around."""

    def __call__(self) -> str:
        """Return the text."""
        return self.context.description


class Doors(PloneSandboxLayer):
    """Like that of the add-on, with anna's phone bound well before now, and a page for each of the members that nobody else may read."""

    defaultBases = (FIXTURE,)

    def setUpZope(self, app, configurationContext):
        """Register the view."""
        self.loadZCML("doors.zcml", package=support)

    def setUpPloneSite(self, portal):
        """Make the pages, and set up anna's phone."""
        FIXTURE.testSetUp()
        try:
            with api.env.adopt_roles(["Manager"]):
                for name in ("anna", "bert", "edith"):
                    page = api.content.create(portal, "Document", f"of-{name}", description=SECRET)
                    for permission in ("View", "Access contents information", "WebDAV access"):
                        page.manage_permission(permission, ["Reader"], acquire=False)
                    api.user.grant_roles(username=name, roles=["Reader", "Editor"], obj=page)
                    page.reindexObjectSecurity()
            commit()
            bind(FIXTURE["clock"], "anna", NUMBER, ago=2 * DAY)
        finally:
            FIXTURE.testTearDown()


DOORS = FunctionalTesting(bases=(Doors(),), name="collective.smsauth:Doors")


class DoorTest(unittest.TestCase):
    """A site in which anna's phone is bound, and in which anna, bert and edith each own a page that nobody else may read."""

    layer = DOORS

    def setUp(self):
        """Have everything at hand, and leave out what Plone puts around pages."""
        entered(self, bare_pages())
        self.app, self.portal, self.clock = self.layer["app"], self.layer["portal"], self.layer["clock"]
        self.users = self.portal.acl_users
        self.gate = wiring.plugin()

    def bind(self, user_id: str, number: str = NUMBER) -> None:
        """Set up a phone, well before now."""
        bind(self.clock, user_id, number, ago=2 * DAY)

    def require(self, everyone: bool = True) -> None:
        """Switch 'required for everyone' on or off."""
        value = "required" if everyone else "optional"
        api.portal.set_registry_record("collective.smsauth.enforcement", value)
        commit()

    # Credentials

    def prove(self, user_id: str) -> str:
        """Sign in by the verifier, with a real code, and return the secret that names the proof."""
        pending, _ = wiring.verifier().begin_sign_in(user_id, client_address="192.0.2.1")
        commit()
        verdict = wiring.verifier().verify_sign_in(user_id, last_code(), pending=pending)
        if not verdict.accepted:
            raise AssertionError(f"sign-in failed: {verdict}")
        commit()
        return verdict.proof

    def foreign_secret(self) -> str:
        """Return what names a proof of edith, who is protected from then on."""
        self.bind("edith", "+31687654321")
        return self.prove("edith")

    def ticket(self, user_id: str, *tokens: str, age: float = 0, user_data: str = "") -> str:
        """Return a ticket signed with the site's own key, minted ``age`` seconds ago."""
        return ticket(user_id, *tokens, age=age, user_data=user_data)

    def jwt(self, user_id: str, **claims) -> str:
        """Return a JSON web token of the site's own plugin."""
        token = self.users.jwt_auth.create_token(user_id, data=claims)
        commit()
        return token

    def proven_token(self, user_id: str) -> str:
        """Return a JSON web token that carries a proof."""
        return self.jwt(user_id, **{CLAIM: self.prove(user_id)})

    def configure(self, **settings: object) -> None:
        """Change settings of the add-on."""
        for name, value in settings.items():
            api.portal.set_registry_record(f"collective.smsauth.{name}", value)
        commit()

    def client(self, ticket: str = "", **cookies: str) -> Client:
        """Return a new client, with a ticket if given."""
        return Client(self.app, **({TICKET: ticket} if ticket else {}), **cookies)

    def proven(self, user_id: str) -> Client:
        """Return a client whose ticket carries a proof."""
        return self.client(self.ticket(user_id, self.prove(user_id)))

    def signed_in(self, user_id: str) -> Client:
        """Return a client with a session as the member has it after the whole sign-in."""
        return self.proven(user_id) if wiring.parts().gate.protects(user_id) else self.client(self.ticket(user_id))

    # What is to be seen

    def path(self, name: str = "") -> str:
        """Return the path of a page of the site."""
        return f"/plone/{name}" if name else "/plone"

    def reads(
        self, user_id: str, client: Client | None = None, method: str = "GET", suffix: str = "", **options
    ) -> bool:
        """Tell whether a request reads the page of that member."""
        response = (client or self.client()).send(method, self.path(f"of-{user_id}{suffix}"), **options)
        return response.status_int in (200, 207) and SECRET in response.text

    def is_signed_in(self, client: Client, user_id: str) -> bool:
        """Tell whether the session of a client is one of that member."""
        # the page itself says the same, and takes much longer
        return self.reads(user_id, client, suffix="/@@secret")

    def assert_closed(self, enter) -> None:
        """Assert that ``enter(user_id)`` is true of bert, so that the door is one, and false of anna."""
        self.assertTrue(enter("bert"), "nobody gets in by this door: the test proves nothing")
        self.assertFalse(enter("anna"), "a first factor alone gets in by this door")

    def changed(self, action) -> bool:
        """Tell whether ``action()`` changes anything that this add-on keeps."""
        before = self._serials()
        action()
        return self._serials() != before

    def _serials(self):
        self.app._p_jar.sync()
        records = {user_id: self.gate.accounts.get(user_id) for user_id in self.gate.accounts.user_ids()}
        sent = sorted(wiring.ledger().counts("0000-00-00", "9999-99-99"))
        return records, sent, self.gate._accounts._p_serial


def sign_in_form(user_id: str, password: str = PASSWORD, **more: str) -> dict:
    """Return what Plone's sign-in form posts."""
    return {"__ac_name": user_id, "__ac_password": password, "buttons.login": "Log in", **more}


def basic(user_id: str, password: str = PASSWORD) -> str:
    """Return the header of HTTP Basic."""
    return "Basic " + b64encode(f"{user_id}:{password}".encode()).decode()


def fields_of(response, **values: str) -> dict:
    """Return what the form of a second step posts: its token, and ``values`` with __ for the dots in names."""
    token = re.search(r'<input[^>]*name="token"[^>]*value="([^"]+)"', response.text)
    if token is None:
        raise AssertionError(f"no form in {response.status}: {response.text[:500]}")
    return {"token": token[1], **{name.replace("__", "."): value for name, value in values.items()}}


def sent() -> int:
    """Return how many texts were sent so far."""
    return len(texts())
