"""What a link, or a page of another site, makes a browser ask of services: of ours, of Plone's own, and of those of other packages."""

from base64 import b64encode
from collective.smsauth.interfaces import ISMSAuthLayer
from collective.smsauth.tests.services.test_users import JSON
from collective.smsauth.tests.services.test_users import NumbersTest
from collective.smsauth.tests.services.test_users import OTHER
from collective.smsauth.tests.services.test_users import THIRD
from collective.smsauth.tests.support.administrator import setting
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import HOST
from collective.smsauth.tests.support.doors import sent
from plone import api
from plone.rest import Service
from plone.rest.cors import CORSPolicy
from plone.rest.interfaces import ICORSPolicy
from plone.rest.interfaces import IService
from plone.restapi.services.users import add
from Products.Five.browser import BrowserView
from zope.component import getGlobalSiteManager
from zope.component import provideAdapter
from zope.interface import alsoProvides
from zope.interface import Interface
from zope.interface import providedBy

import json
import unittest

ORIGIN = "http://evil.example"
ELSEWHERE = (
    {"Origin": ORIGIN, "Sec_Fetch_Site": "cross-site"},
    {"Origin": ORIGIN},
    {"Origin": "null"},
    {"Origin": "http://sub.nohost", "Sec_Fetch_Site": "same-site"},
)
HERE = ({}, {"Origin": f"http://{HOST}"}, {"Origin": "null", "Sec_Fetch_Site": "same-origin"})
NEW = {"username": "mallory", "email": "m@example.org", "password": "Secret-12345678", "roles": ["Site Administrator"]}
#: What a form of another site can be made to send: the value of a field may hold anything.
SIMPLE = ("text/plain", "text/plain; charset=application/json", "TEXT/PLAIN", "")


class ForgedTest(NumbersTest):
    """anna and frank, a Site Administrator with a phone and a proof, at their browsers; greta, a Manager."""

    def setUp(self):
        super().setUp()
        self.bind("frank", THIRD)
        self.anna, self.frank, self.greta = self.proven("anna"), self.proven("frank"), self.client(self.ticket("greta"))

    def email(self, user_id="anna") -> str:
        self.app._p_jar.sync()
        return api.user.get(user_id).getProperty("email")

    def is_there(self, user_id="mallory") -> bool:
        self.app._p_jar.sync()
        return self.users.getUserById(user_id) is not None

    def page(self) -> str:
        """Return the title of a page that frank may change."""
        self.app._p_jar.sync()
        return self.portal["of-bert"].title


class NamedTest(ForgedTest):
    """Services under the names by which they are registered."""

    def test_a_link_writes_nothing(self):
        before = (self.email(), self.page(), setting("exempt_networks"))
        for client, path, body in (
            (self.anna, "PATCH_application_json_@users/anna", {"email": "evil@example.org"}),
            (self.anna, "PATCH_application_json_@users/anna", {"mobile_number": OTHER}),
            (self.frank, "PATCH_application_json_@users/anna", {"email": "evil@example.org"}),
            (self.frank, "PATCH_application_json_@users/anna", {"password": "Evil-123456789"}),
            (self.frank, "PATCH_application_json_@users/bert", {"roles": {"Site Administrator": True}}),
            (self.frank, "POST_application_json_@users", NEW),
            (self.greta, "PATCH_application_json_@users/anna", {"email": "evil@example.org"}),
            (self.greta, "DELETE_application_json_@users/bert", {}),
            (self.greta, "PATCH_application_json_@registry", {"collective.smsauth.exempt_networks": ["0.0.0.0/0"]}),
            (self.greta, "PATCH_application_json_@controlpanels/smsauth", {"exempt_networks": ["0.0.0.0/0"]}),
            (self.greta, "POST_application_json_@groups", {"groupname": "evil"}),
            (self.greta, "of-bert/PATCH_application_json_", {"title": "evil"}),
            (self.greta, "of-bert/DELETE_application_json_", {}),
            (self.greta, "PATCH_application_json_@users/anna/reply", {"email": "evil@example.org"}),
        ):
            for way in ("", "@@", "++view++"):
                if way and "/" in path.split("_application_json_")[0]:
                    continue
                for method, headers in (("GET", {}), ("HEAD", {}), ("GET", JSON), ("POST", JSON), ("POST", {})):
                    with self.subTest(path=path, way=way, method=method, headers=headers):
                        answer = client.send(
                            method, self.path(f"{way}{path}"), query={"BODY": json.dumps(body)}, **headers
                        )
                        # a client of REST that asks by the right method gets what it gets under the usual name
                        self.assertIn(answer.status_int, (302, 400, 401, 403, 404) if headers else (404,))
        self.assertEqual(before, (self.email(), self.page(), setting("exempt_networks")))
        self.assertEqual(("Member",), tuple(self.users.getUserById("bert").getRoles()[:1]))
        self.assertNotIn("Site Administrator", self.users.getUserById("bert").getRoles())
        self.assertIsNone(
            self.users.source_users.authenticateCredentials({"login": "anna", "password": "Evil-123456789"})
        )
        self.assertIsNone(self.users.getGroupById("evil"))
        self.assertEqual((False, True), (self.is_there(), self.is_there("bert")))

    def test_no_service_of_any_package_is_a_page(self):
        request = self.layer["request"]
        alsoProvides(request, ISMSAuthLayer)
        wanted = (providedBy(self.portal), providedBy(request))
        found = self.portal.getSiteManager().adapters.lookupAll(wanted, Interface)
        names = {name for name, factory in found if IService.implementedBy(factory)}
        self.assertGreater(len(names), 80)
        for name in sorted(names):
            with self.subTest(name):
                self.assertEqual(404, self.greta.get(self.path(f"@@{name}")).status_int)


class PostTest(ForgedTest):
    """POST with what a browser adds by itself."""

    def post(self, client, name="@users", body=NEW, kind="text/plain", **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        more = {"Content_Type": kind} if kind else {}
        return client.post(self.path(name), body=content, **more, **headers)

    def test_a_page_of_another_site_makes_no_user(self):
        for origin in ELSEWHERE:
            for kind in SIMPLE:
                for name, headers in (("@users", JSON), ("++api++/@users", {})):
                    with self.subTest(origin=origin, kind=kind, name=name):
                        answer = self.post(self.frank, name, kind=kind, **origin, **headers)
                        self.assertEqual((403, False), (answer.status_int, self.is_there()))

    def test_nor_with_the_password_of_http_basic(self):
        for origin in ELSEWHERE:
            answer = self.post(self.client(), **JSON, **origin, Authorization=basic("greta"))
            self.assertEqual((403, False), (answer.status_int, self.is_there()), origin)

    def test_nor_a_group_or_a_page_nor_by_the_query(self):
        page = {"@type": "Document", "id": "evil", "title": "evil"}
        for path, body in (("@groups", {"groupname": "evil"}), ("", page), ("of-bert/@lock", {})):
            answer = self.post(self.greta, f"++api++/{path}", body, **ELSEWHERE[0])
            self.assertEqual(403, answer.status_int, path)
            answer = self.greta.post(self.path(f"++api++/{path}"), query={"BODY": json.dumps(body)}, **ELSEWHERE[0])
            self.assertEqual(403, answer.status_int, path)
        self.app._p_jar.sync()
        self.assertNotIn("evil", self.portal)
        self.assertIsNone(self.users.getGroupById("evil"))

    def test_programs_and_pages_of_this_site_post_what_plone_takes(self):
        for number, origin in enumerate(HERE):
            body = {**NEW, "username": f"nadia{number}", "email": f"n{number}@example.org"}
            answer = self.post(self.greta, body=body, **JSON, **origin)
            self.assertEqual((201, True), (answer.status_int, self.is_there(f"nadia{number}")), origin)

    def test_a_token_or_json_of_another_site_is_let_through(self):
        token = {"Authorization": f"Bearer {self.proven_token('frank')}"}
        answer = self.post(self.client(), body={**NEW, "username": "nadia"}, **JSON, **ELSEWHERE[0], **token)
        self.assertEqual((201, True), (answer.status_int, self.is_there("nadia")))
        kind = "application/json; charset=utf-8"
        answer = self.post(self.frank, kind=kind, **JSON, **ELSEWHERE[0])
        self.assertEqual((201, True), (answer.status_int, self.is_there()))

    def test_a_header_that_no_form_can_have_is_let_through(self):
        answer = self.post(self.frank, **JSON, **ELSEWHERE[0], X_Requested_With="XMLHttpRequest")
        self.assertEqual((201, True), (answer.status_int, self.is_there()))

    def test_visitors_register_from_wherever(self):
        api.portal.set_registry_record("plone.enable_self_reg", True)
        api.portal.set_registry_record("plone.enable_user_pwd_choice", True)
        self.portal.manage_permission("Add portal member", ["Anonymous", "Manager", "Site Administrator"])
        commit()
        body = {"username": "nadia", "email": "nadia@example.org", "password": "Secret-12345678"}
        self.post(self.client(), body=body, **JSON, **ELSEWHERE[0])
        self.assertTrue(self.is_there("nadia"))


class OrdinaryTest(ForgedTest):
    """What clients of REST and browsers do every day."""

    def test_a_page_that_another_package_makes_of_a_service_is_one(self):
        class Page(Service, BrowserView):
            """A page."""

            __roles__ = None

            def render(self) -> str:
                return "a page"

        provideAdapter(Page, (Interface, Interface), Interface, "a-page")
        self.addCleanup(getGlobalSiteManager().unregisterAdapter, Page, (Interface, Interface), Interface, "a-page")
        for answer in (self.anna.get(self.path("@@a-page")), self.anna.post(self.path("@@a-page"), **ELSEWHERE[0])):
            self.assertEqual((200, "a page"), (answer.status_int, answer.text))

    def test_reading_by_accept_and_below_api(self):
        for origin in (*HERE, *ELSEWHERE):
            for path, headers in (
                ("", JSON),
                ("++api++", {}),
                ("@types", JSON),
                ("++api++/of-anna", {}),
                ("@users/anna", JSON),
            ):
                answer = self.anna.get(self.path(path), **headers, **origin)
                self.assertEqual((200, "application/json"), (answer.status_int, answer.content_type), (path, origin))
        for path in ("", "of-anna", "@@search"):
            answer = self.anna.get(self.path(path), Accept="text/html", **ELSEWHERE[0])
            self.assertEqual((200, "text/html"), (answer.status_int, answer.content_type), path)
        self.assertEqual(200, self.anna.send("HEAD", self.path("of-anna")).status_int)
        self.assertEqual(404, self.anna.get(self.path("@nothing"), **JSON).status_int)

    def test_writing_with_json(self):
        path = self.path("of-anna")
        self.assertEqual(204, self.greta.send("PATCH", path, json={"title": "Anna"}, **JSON).status_int)
        page = {"@type": "Document", "id": "a-page", "title": "A page"}
        self.assertEqual(201, self.greta.post(self.path("++api++"), json=page).status_int)
        self.assertEqual(204, self.greta.send("DELETE", path, **JSON).status_int)

    def test_a_file_in_json(self):
        data = b64encode(b"content").decode()
        file = {"data": data, "encoding": "base64", "filename": "a.txt", "content-type": "text/plain"}
        body = {"@type": "File", "title": "A file", "file": file}
        for origin in (*HERE, ELSEWHERE[0]):
            answer = self.greta.post(self.path(), json=body, **JSON, **origin)
            self.assertEqual((201, 7), (answer.status_int, answer.json["file"]["size"]))

    def test_an_upload_in_parts(self):
        name = b64encode(b"a.txt").decode()
        for origin in (f"http://{HOST}", "http://front.example"):
            tus = {"Tus_Resumable": "1.0.0", "Origin": origin}
            answer = self.greta.post(
                self.path("@tus-upload"), Upload_Length="7", Upload_Metadata=f"filename {name}", **JSON, **tus
            )
            self.assertEqual(201, answer.status_int)
            path = answer.headers["Location"].removeprefix(f"http://{HOST}")
            found = self.greta.send("HEAD", path, **JSON, **tus)
            self.assertEqual((200, "0"), (found.status_int, found.headers["Upload-Offset"]))
            kind = "application/offset+octet-stream"
            last = self.greta.send("PATCH", path, body=b"content", Content_Type=kind, Upload_Offset="0", **JSON, **tus)
            self.assertEqual(204, last.status_int)
        self.assertEqual(
            204, self.greta.send("OPTIONS", self.path("@tus-upload"), **JSON, Tus_Resumable="1.0.0").status_int
        )

    @unittest.skipUnless(hasattr(add, "csv"), "optional: this version of plone.restapi imports no users")
    def test_a_list_of_users_as_a_file(self):
        body = b"--x\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\nContent-Type: text/csv\r\n\r\n"
        body += b"username,email,password\r\nnadia,nadia@example.org,Secret-12345678\r\n\r\n--x--\r\n"
        kind = "multipart/form-data; boundary=x"
        for origin in ELSEWHERE:
            answer = self.frank.post(self.path("@users"), body=body, Content_Type=kind, **JSON, **origin)
            self.assertEqual((403, False), (answer.status_int, self.is_there("nadia")))
        answer = self.frank.post(self.path("@users"), body=body, Content_Type=kind, **JSON, Origin=f"http://{HOST}")
        self.assertEqual((201, True), (answer.status_int, self.is_there("nadia")))

    def test_another_site_is_asked_for_before_json_is_sent(self):
        class Policy(CORSPolicy):
            allow_origin, allow_methods, allow_credentials = ["http://front.example"], ["PATCH", "POST"], True
            allow_headers, expose_headers, max_age = ["content-type", "accept"], [], None

        provideAdapter(Policy, (Interface, Interface), ICORSPolicy)
        self.addCleanup(getGlobalSiteManager().unregisterAdapter, Policy, (Interface, Interface), ICORSPolicy)
        for method in ("PATCH", "POST"):
            answer = self.client().send(
                "OPTIONS",
                self.path("@users/anna" if method == "PATCH" else "@users"),
                Origin="http://front.example",
                Access_Control_Request_Method=method,
                Access_Control_Request_Headers="content-type",
            )
            self.assertEqual(200, answer.status_int)
        before = sent()
        self.anna.send(
            "OPTIONS",
            self.path("PATCH_application_json_@users/anna"),
            query={"BODY": '{"email": "evil@example.org"}'},
            Origin=ORIGIN,
            Access_Control_Request_Method="PATCH",
        )
        self.assertEqual(("anna@example.org", before), (self.email(), sent()))
