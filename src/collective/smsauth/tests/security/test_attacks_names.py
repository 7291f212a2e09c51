"""Fields that are called like what Zope and Plone keep of a request: a form may not take away what it did not bring.

``request.other`` holds the address, what was traversed, who is in effect, and more. Each of its names comes as a field, in each shape that
Zope's converters can give it, at each page of the second step, from everybody.
"""

from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.interfaces import ISMSAuthLayer
from collective.smsauth.testing import last_code
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sign_in_form
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from urllib3.filepost import encode_multipart_formdata
from zope.component import getGlobalSiteManager
from zope.component import getSiteManager
from zope.interface import alsoProvides
from zope.interface import Interface
from zope.interface import providedBy
from ZPublisher.interfaces import IPubAfterTraversal

#: What was seen in ``request.other`` on a Plone site, and what is computed from it when it is asked for.
NAMES = (
    *("URL", "URL0", "URL1", "URL2", "BASE0", "BASE1", "BASEPATH1", "URLPATH0", "SERVER_URL", "ACTUAL_URL"),
    *("PARENTS", "PUBLISHED", "RESPONSE", "REQUEST", "AUTHENTICATED_USER", "AUTHENTICATION_PATH", "traverse_subpath"),
    *("TraversalRequestNameStack", "VirtualRootPhysicalPath", "VIRTUAL_URL_PARTS", "VIRTUAL_URL", "method", "BODY"),
    *("LANGUAGE", "LANGUAGE_TOOL", "plone.app.theming.enabled", "disable_border", "ajax_load", "_post_form"),
)
#: Plone's own pages that this package stands in for.
STOCK = (
    *("login", "login_form", "failsafe_login", "failsafe_login_form", "login-help", "passwordreset/unknown"),
    *("mail_password", "mail_password_form", "mail_password_template"),
)


def fields(name: str) -> dict:
    """Return the field of that name, in each shape."""
    return {
        "text": {name: "x"},
        "NUL": {name: "\0"},
        "list": {f"{name}:list": "x"},
        "tuple": {f"{name}:tuple": "x"},
        "record": {f"{name}.a:record": "x"},
        "records": {f"{name}.a:records": "x"},
        "bytes": {f"{name}:bytes": "x"},
        "file": {name: ("name.txt", "content", "text/plain")},
        "method": {f"{name}:method": "x"},
    }


SHAPES = tuple(fields("x"))


class NamesTest(DoorTest):
    """Anna has a phone; bert has none."""

    def setUp(self):
        super().setUp()
        self.configure(texts_per_user=100, texts_per_number=1000, texts_per_address=1000, max_tries=10)

    def pages(self):
        """Return the names of all pages of the second step, as they are registered for the layer."""
        components = getSiteManager().adapters
        request = self.layer["request"]
        alsoProvides(request, ISMSAuthLayer)
        required = (providedBy(self.portal), providedBy(request))
        views = components.lookupAll(required, Interface)
        return sorted(
            name for name, view in views if ISecondStepView.implementedBy(view) and name.startswith("smsauth")
        )

    def actors(self):
        """Return who looks at the pages, by what they are."""
        pending = self.client()
        pending.post(self.path("login"), form=sign_in_form("anna"))
        administrator = self.client()
        administrator.post(self.path("login"), form=sign_in_form(SITE_OWNER_NAME, SITE_OWNER_PASSWORD))
        return {
            "visitor": self.client(),
            "pending": pending,
            "member": self.proven("anna"),
            "member without a phone": self.client(self.ticket("bert")),
            "administrator": administrator,
        }

    def send(self, client, path, values):
        """Send fields as a browser does that sends files, too; return the response."""
        body, kind = encode_multipart_formdata(list(values.items()))
        return client.send("POST", self.path(path), body=body, Content_Type=kind)

    def test_the_names_are_those_that_a_request_holds(self):
        seen = set()

        def look(event):
            seen.update(event.request.other)

        components = getGlobalSiteManager()
        components.registerHandler(look, (IPubAfterTraversal,))
        try:
            self.proven("anna").get(self.path("@@smsauth-setup"))
        finally:
            components.unregisterHandler(look, (IPubAfterTraversal,))
        self.assertLessEqual({name for name in seen if not name.startswith("_")}, set(NAMES))

    def test_every_page_stands_for_everybody_whatever_is_called_so(self):
        pages = self.pages()
        self.assertGreater(len(pages), 15)
        for who, client in self.actors().items():
            cookies = dict(client.cookies)
            for page in pages:
                for shape in SHAPES:
                    with self.subTest(who=who, page=page, shape=shape):
                        client.cookies = dict(cookies)
                        values = {}
                        for name in NAMES:
                            values.update(fields(name)[shape])
                        response = self.send(client, page, values)
                        self.assertLess(response.status_int, 500)
                        if response.status_int == 200 and response.content_type == "text/html":
                            self.assertIn("no-store", response.headers["Cache-Control"])

    def test_each_alone_leaves_a_wrong_code_counted_and_a_right_one_right(self):
        for shape in SHAPES:
            for name in NAMES:
                with self.subTest(name=name, shape=shape):
                    self.gate.accounts.save(
                        "anna", self.gate.accounts.get("anna").released().bind("+31612345678", now=0)
                    )
                    self.clock.advance(60 * 60)
                    client = self.client()
                    client.post(self.path("login"), form=sign_in_form("anna"))
                    code = last_code()
                    form = fields_of(client.get(self.path("@@smsauth-verify")), form__buttons__verify="1")
                    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
                    more = fields(name)[shape]
                    self.send(client, "@@smsauth-verify", {**form, **more, "form.widgets.code": wrong})
                    self.app._p_jar.sync()
                    counted = self.gate.accounts.get("anna").failures
                    self.send(client, "@@smsauth-verify", {**form, **more, "form.widgets.code": code})
                    entered = self.is_signed_in(client, "anna")
                    self.assertEqual((1, True) if shape != "method" else (0, False), (counted, entered))

    def test_names_under_which_plone_keeps_its_own_things_come_as_fields_and_cookies(self):
        names = ("PARENT_REQUEST", "__annotations__", "_catalog", "_plone_ec_cache", "_plone_registry_cache")
        bundles = {f"{name}_bundles.a:records": "x" for name in ("enabled", "disabled")}
        values = dict.fromkeys(names, "x") | bundles
        self.configure(gateway="outbox")
        for who, client in self.actors().items():
            cookies = dict(client.cookies)
            for page in (*self.pages(), *STOCK, "@@smsauth-outbox"):
                with self.subTest(who=who, page=page):
                    client.cookies = {**cookies, **dict.fromkeys(names, "x")}
                    self.assertLess(client.get(self.path(page), query=bundles).status_int, 500)
                    client.cookies = dict(cookies)
                    self.assertLess(self.send(client, page, values).status_int, 500)

    def test_a_cookie_of_messages_and_an_address_that_plone_cannot_read(self):
        for who, client in self.actors().items():
            cookies = dict(client.cookies)
            for page in (*self.pages(), *STOCK):
                with self.subTest(who=who, page=page):
                    client.cookies = {**cookies, "statusmessages": "\xff"}
                    self.assertLess(client.get(self.path(page), Referer="http://[x").status_int, 500)
                    client.cookies = {**cookies, "statusmessages": "\xff"}
                    form = sign_in_form("anna")
                    self.assertLess(client.post(self.path(page), form=form, Referer="http://[x").status_int, 500)

    def test_a_login_that_comes_twice_at_plone_s_page_for_forgotten_ones(self):
        values = {"form.widgets.recover_username": ["a", "b"], "form.buttons.get_username": "1"}
        self.assertLess(self.client().post(self.path("login-help"), form=values).status_int, 500)

    def test_a_look_without_a_body_sends_no_code(self):
        client = self.client(self.ticket("anna"))
        self.assertFalse(self.changed(lambda: client.send("HEAD", self.path("@@smsauth-verify"))))
        self.assertTrue(self.changed(lambda: client.get(self.path("@@smsauth-verify"))))
