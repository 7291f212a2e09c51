"""Requests to a test site as one of its administrators, by browser or by hand."""

from collective.smsauth.testing import PASSWORD
from functools import cached_property
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from plone.testing.zope import Browser
from urllib.parse import urlencode

import base64
import json
import re
import transaction

TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT = "AC" + "0" * 32
TWILIO = {
    "gateway": "twilio",
    "twilio_account_sid": ACCOUNT,
    "twilio_auth_token": TOKEN,
    "twilio_from": "+12025550123",
}


def configure(**values) -> None:
    """Store settings, and commit."""
    for name, value in values.items():
        api.portal.set_registry_record(f"collective.smsauth.{name}", value)
    transaction.commit()


def setting(name: str):
    """Return what is stored of a setting."""
    transaction.begin()
    return api.portal.get_registry_record(f"collective.smsauth.{name}")


def settings() -> dict:
    """Return all that is stored."""
    transaction.begin()
    records = api.portal.get_tool("portal_registry").records
    return {name: records[name].value for name in records.keys("collective.smsauth.", "collective.smsauth/")}


def set_up_mail() -> None:
    """Fill in the mail settings."""
    api.portal.set_registry_record("plone.smtp_host", "localhost")
    transaction.commit()


def add_site_administrator(name: str = "frank") -> None:
    """Add a member with the role Site Administrator."""
    api.user.create(username=name, email=f"{name}@example.org", password=PASSWORD)
    grant(name, "Site Administrator")


def grant(user_id: str, role: str) -> None:
    """Give a member of the site one more role, and commit."""
    api.portal.get_tool("acl_users").portal_role_manager.assignRoleToPrincipal(role, user_id)
    transaction.commit()


class Administrator:
    """A signed-in administrator with a browser; the owner of the site unless told otherwise."""

    def __init__(self, layer, name: str = SITE_OWNER_NAME, password: str = SITE_OWNER_PASSWORD) -> None:
        self.url = layer["portal"].absolute_url()
        self.browser = Browser(layer["app"])
        self.browser.handleErrors = True
        self.browser.raiseHttpErrors = False
        credentials = base64.b64encode(f"{name}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {credentials}"}
        self.browser.addHeader("Authorization", self._headers["Authorization"])

    def open(self, view: str) -> str:
        """Open a page of the site in the browser and return it."""
        self.browser.open(f"{self.url}/{view}")
        return self.browser.contents

    def fill(self, **values: str) -> None:
        """Type into widgets of the open page."""
        for name, value in values.items():
            control = self.browser.getControl(name=self._name(name))
            control.value = [value] if control.type in ("select", "checkbox") else value

    def press(self, button: str) -> str:
        """Press a button and return the page that follows."""
        self.browser.getControl(name=f"form.buttons.{button}").click()
        return self.browser.contents

    @cached_property
    def token(self) -> str:
        """The token that forms of administrators carry; it is the same in all of them."""
        return re.search(r'name="_authenticator"\s+value="([0-9a-f]+)"', self.open("@@smsauth-controlpanel"))[1]

    def post(self, view: str, fields: dict, *, token: bool = True):
        """Post fields by hand and return the response; ``token`` adds that of the forms."""
        fields = dict(fields)
        if token:
            fields["_authenticator"] = self.token
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", view, body=urlencode(fields, errors="surrogateescape").encode(), headers=headers)

    def get(self, view: str):
        """Get a page by hand and return the response."""
        return self._send("GET", view, headers=self._headers)

    def rest(self, method: str, path: str, data: object = None):
        """Send JSON and return the response."""
        headers = {**self._headers, "Accept": "application/json", "Content-Type": "application/json"}
        body = b"" if data is None else json.dumps(data).encode()
        return self._send(method, path, body=body, headers=headers)

    def _send(self, method: str, path: str, **more):
        return self.browser.testapp.request(f"{self.url}/{path}", method=method, expect_errors=True, **more)

    def _name(self, name: str) -> str:
        plain = f"form.widgets.{name}"
        return f"{plain}:list" if f'name="{plain}:list"' in self.browser.contents else plain
