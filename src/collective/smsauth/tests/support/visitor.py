"""A person at a browser, for the tests of the pages: signs in, sets up a phone, reads texts and e-mails, types codes.

A visitor asserts nothing: the tests say what they expect of what is shown.
"""

from collective.smsauth import testing
from collective.smsauth.domain.account import Account
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.tests.support.bare_pages import bare_pages
from collective.smsauth.tests.support.contexts import entered
from collective.smsauth.tests.support.members import bind
from collective.smsauth.tests.support.members import ticket
from email import message_from_bytes
from html import unescape
from http.cookiejar import Cookie
from plone import api
from plone.app.testing import setRoles
from plone.app.testing import TEST_USER_ID
from plone.app.testing.utils import MockMailHost
from plone.testing.zope import Browser
from Products.MailHost.interfaces import IMailHost
from urllib.parse import urlencode
from urllib.parse import urlsplit
from zope.component import getSiteManager
from zope.component import getUtility

import re
import transaction
import unittest

PHONE = "+31612345678"
OTHER_PHONE = "+31687654321"
PASSWORD = testing.PASSWORD


class Visitor:
    """One browser with its own cookies."""

    def __init__(self, layer, *, root: str = "") -> None:
        self.browser = Browser(layer["app"])
        self.browser.raiseHttpErrors = False
        self.browser.handleErrors = True
        self.root = root or layer["portal"].absolute_url()
        self.clock = layer["clock"]

    def open(self, path: str = "") -> None:
        """Open a page of the site."""
        self.browser.open(f"{self.root}/{path}" if path else self.root)

    def post(self, path: str, fields, **headers: str):
        """Send fields (a mapping, or pairs of bytes or str) as a form, with this browser's cookies; return webtest's response."""
        body = fields if isinstance(fields, bytes) else urlencode(fields)
        return self.request(path, method="POST", body=body, **{"Content-Type": FORM, **headers})

    def request(self, path: str, *, method: str = "GET", body: object = b"", **headers: str):
        """Send any request with this browser's cookies; return webtest's response. No redirect is followed."""
        raw = body.encode() if isinstance(body, str) else body
        headers = {"Host": urlsplit(self.root).netloc, **headers}
        return self.browser.testapp.request(
            f"{self.root}/{path}", method=method, body=raw, headers=headers, expect_errors=True
        )

    def cookie(self, name: str) -> str:
        """Return the value of a cookie as it is stored, '' if there is none. Of cookies that are several, ``name`` is the beginning."""
        return next((held.value or "" for held in self._jar if f"{held.name}_".startswith(f"{name}_")), "")

    def set_cookie(self, name: str, value: str) -> None:
        """Put a cookie of the site into this browser."""
        self._jar.set_cookie(
            Cookie(
                0, name, value, None, False, "nohost.local", False, False, "/", True, False, None, True, None, None, {}
            )
        )

    @property
    def _jar(self):
        return self.browser.testapp.cookiejar

    def sign_in(self, name: str, password: str = PASSWORD, *, came_from: str = "", form: str = "login") -> None:
        """Enter name and password in one of the sign-in forms."""
        self.open(form + (f"?{urlencode({'came_from': came_from})}" if came_from else ""))
        self.browser.getControl(name="__ac_name").value = name
        self.browser.getControl(name="__ac_password").value = password
        self.browser.getControl(name="buttons.login").click()

    def ask_code(self, number: str = PHONE, password: str = "") -> None:
        """Ask for a code to set up a number, on the page of the set-up."""
        self.open("@@smsauth-setup")
        self.fill(mobile_number=number, **({"password": password} if password else {}))
        self.click("send")

    def set_up(self, number: str = PHONE) -> None:
        """Set up a phone from the first page to the right code."""
        self.ask_code(number)
        self.answer()

    def answer(self, code: str | None = None) -> None:
        """Enter a code, the one of the last text if none is given, in the form at hand."""
        self.fill(code=testing.last_code() if code is None else code)
        self.click("verify")

    def fill(self, **values: str) -> None:
        """Type values into the fields of the form at hand."""
        for name, value in values.items():
            self.browser.getControl(name=f"form.widgets.{name}").value = value

    def click(self, button: str) -> None:
        """Click a button of the form at hand."""
        self.browser.getControl(name=f"form.buttons.{button}").click()

    def value(self, name: str) -> str:
        """Return what stands in a field of the form at hand."""
        return self.browser.getControl(name=f"form.widgets.{name}").value

    def has(self, name: str) -> bool:
        """Tell whether the page has an input of that name."""
        return f'name="{name}"' in self.browser.contents

    def token(self) -> str:
        """Return the token of the form at hand."""
        return self.browser.getControl(name="token", index=0).value

    def is_signed_in(self) -> bool:
        """Tell whether the site knows this browser as a member."""
        # A page of the site says the same, and takes much longer. The answer is 1 to a visitor, and empty to a member.
        return self.request("portal_membership/isAnonymousUser").status_int == 204

    @property
    def path(self) -> str:
        """The last part of the address at hand."""
        return urlsplit(self.browser.url).path.rpartition("/")[2]

    @property
    def page(self) -> str:
        """The page at hand as a person reads it: without tags and with single blanks."""
        return plain(self.browser.contents)

    @property
    def errors(self) -> str:
        """What is said in red, at fields or on top."""
        contents = self.browser.contents
        found = re.findall(r'<div[^>]*class="[^"]*(?:alert-danger|invalid-feedback)[^"]*".*?</div>', contents, re.S)
        return plain(" ".join(found))

    @property
    def news(self) -> str:
        """What is said in any colour but red."""
        contents = self.browser.contents
        found = re.findall(r'<div[^>]*class="[^"]*alert-(?:info|success|warning)[^"]*".*?</div>', contents, re.S)
        return plain(" ".join(found))

    @property
    def title(self) -> str:
        """The title of the window."""
        return unescape(self.browser.title or "")


FORM = "application/x-www-form-urlencoded"


def plain(markup: str) -> str:
    """Return markup without tags, scripts and runs of blanks."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", markup, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def wrong(code: str) -> str:
    """Return a code that differs from ``code`` in its last digit."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


class VisitorTest(unittest.TestCase):
    """A test of pages: a site, a mail host that collects, and visitors. Each class that is derived from it names its layer."""

    def setUp(self) -> None:
        """Collect the e-mails."""
        self.portal = self.layer["portal"]
        self.clock = self.layer["clock"]
        setRoles(self.portal, TEST_USER_ID, ["Manager"])
        self.mail_host = MockMailHost("MailHost")
        self.portal._delOb("MailHost")
        self.portal._setOb("MailHost", self.mail_host)
        manager = getSiteManager(self.portal)
        manager.unregisterUtility(provided=IMailHost)
        manager.registerUtility(self.mail_host, provided=IMailHost)
        transaction.commit()

    def visitor(self, **options: str) -> Visitor:
        """Return a fresh browser."""
        return Visitor(self.layer, **options)

    def protected(self, name: str = "anna", number: str = PHONE) -> Visitor:
        """Return the browser of a member who set up a phone, an hour ago: its text counts in no limit of the member."""
        user_id = self.user_id(name)
        proof = bind(self.clock, user_id, number, ago=60 * 60)
        visitor = self.visitor()
        visitor.set_cookie("__ac", ticket(user_id, proof))
        self.forget_mails()
        return visitor

    def pending(self, name: str = "anna", **options: str) -> Visitor:
        """Return a browser in which a protected member has given the password and sees the code form."""
        visitor = self.visitor()
        visitor.sign_in(name, **options)
        return visitor

    def configure(self, **settings: object) -> None:
        """Change settings of the add-on."""
        for name, value in settings.items():
            api.portal.set_registry_record(f"collective.smsauth.{name}", value)
        transaction.commit()

    def account(self, name: str = "anna") -> Account:
        """Return what is stored of a member, once no work is left."""
        getUtility(IDispatcher).drain(30)
        transaction.begin()
        return self.portal.acl_users.smsauth.accounts.get(self.user_id(name)) or Account()

    def user_id(self, name: str) -> str:
        """Return the user id of a member."""
        return api.user.get(username=name).getId()

    def mails(self) -> list:
        """Return the e-mails sent so far, the oldest first, as parsed messages, once no work is left."""
        getUtility(IDispatcher).drain(30)
        transaction.begin()
        return [message_from(raw) for raw in self.mail_host.messages]

    def forget_mails(self) -> None:
        """Empty the letter box."""
        transaction.begin()
        del self.mail_host.messages[:]
        transaction.commit()

    def link(self) -> str:
        """Return the address in the last e-mail."""
        body = self.mails()[-1].get_payload(decode=True).decode()
        return re.search(r"https?://\S+", body)[0]


def message_from(raw: object):
    """Return an e-mail as a parsed message."""
    data = raw if isinstance(raw, bytes) else raw.as_bytes() if hasattr(raw, "as_bytes") else str(raw).encode()
    return message_from_bytes(data)


class PageTest(VisitorTest):
    """A test of pages in the layer that most tests use. What Plone puts around them is there only for a ``whole_page``."""

    layer = testing.FUNCTIONAL

    def setUp(self) -> None:
        """Leave out what is around the pages."""
        super().setUp()
        if not hasattr(getattr(self, self._testMethodName), "needs_whole_page"):
            entered(self, bare_pages())
