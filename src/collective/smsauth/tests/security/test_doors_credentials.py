"""The doors for programs: Basic and what uses it, JSON bodies, tokens; and the users who are none of the site's business."""

from AccessControl.users import UnrestrictedUser
from App.config import getConfiguration
from base64 import b64encode
from collective.smsauth.pas.sessions import CLAIM
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import SECRET
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.doors import TICKET
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from plone.subrequest import subrequest
from Products.CMFPlone.browser.syndication.settings import FeedSettings
from Products.Five.browser import BrowserView
from Products.PluggableAuthService import PluggableAuthService as pas
from webob import Request
from xmlrpc.client import dumps
from zope.component import getGlobalSiteManager
from zope.interface import Interface

import AccessControl.users
import jwt

JSON = "application/json"
PROPFIND = b'<?xml version="1.0"?><propfind xmlns="DAV:"><allprop/></propfind>'


class BasicTest(DoorTest):
    """HTTP Basic can never reach a code form."""

    def test_basic(self):
        self.assert_closed(lambda user_id: self.reads(user_id, Authorization=basic(user_id)))

    def test_basic_is_refused_and_not_led_to_the_code_form(self):
        before = sent()
        for method in ("GET", "POST", "HEAD"):
            response = self.client().send(method, self.path("of-anna"), Authorization=basic("anna"))
            self.assertNotIn("smsauth-verify", response.location or "")
        self.assertEqual(sent(), before)

    def test_the_header_that_cgi_servers_pass_on(self):
        def enter(user_id):
            client = self.client()
            request = Request.blank(self.path(f"of-{user_id}"), base_url="http://nohost")
            request.environ["HTTP_CGI_AUTHORIZATION"] = basic(user_id)
            return SECRET in request.get_response(client._publish).text

        self.assert_closed(enter)

    def test_webdav(self):
        def enter(user_id):
            response = self.client().send(
                "PROPFIND",
                self.path(f"of-{user_id}"),
                body=PROPFIND,
                Authorization=basic(user_id),
                Content_Type="text/xml",
                Depth="0",
            )
            return response.status_int == 207

        self.assert_closed(enter)

    def test_xml_rpc(self):
        configuration = getConfiguration()
        self.addCleanup(setattr, configuration, "enable_xmlrpc", getattr(configuration, "enable_xmlrpc", False))
        configuration.enable_xmlrpc = True

        def enter(user_id):
            body = dumps((), "view").encode()
            response = self.client().post(
                self.path(f"of-{user_id}"), body=body, Content_Type="text/xml", Authorization=basic(user_id)
            )
            return SECRET in response.text

        self.assert_closed(enter)

    def test_the_management_interface(self):
        self.make_managers()

        def enter(user_id):
            return self.client().get(self.path("acl_users/manage_main"), Authorization=basic(user_id)).status_int == 200

        self.assert_closed(enter)

    def test_feeds(self):
        with api.env.adopt_roles(["Manager"]):
            folder = api.content.create(self.portal, "Folder", "news", title=SECRET)
            FeedSettings(folder).enabled = True
            folder.manage_permission("View", ["Reader"], acquire=False)
            for user_id in ("anna", "bert"):
                api.user.grant_roles(username=user_id, roles=["Reader"], obj=folder)
        commit()

        def enter(user_id):
            return SECRET in self.client().get(self.path("news/RSS"), Authorization=basic(user_id)).text

        self.assert_closed(enter)

    def make_managers(self):
        for user_id in ("anna", "bert"):
            self.users.portal_role_manager.assignRoleToPrincipal("Manager", user_id)
        commit()


class JSONTest(DoorTest):
    """A JSON body with ``login`` and ``password`` is taken as credentials at any address, with all that is in it."""

    def enter(self, member: str, **more) -> bool:
        body = {"login": member, "password": PASSWORD, **more}
        return self.reads(member, method="POST", json=body)

    def test_in_a_post(self):
        self.assert_closed(self.enter)

    def test_in_a_patch(self):
        def enter(user_id):
            body = {"login": user_id, "password": PASSWORD, "title": "Changed"}
            self.client().send("PATCH", self.path(f"of-{user_id}"), json=body, Accept=JSON)
            self.app._p_jar.sync()
            return self.portal[f"of-{user_id}"].title == "Changed"

        self.portal["of-anna"].manage_permission("Modify portal content", ["Editor"], acquire=False)
        self.portal["of-bert"].manage_permission("Modify portal content", ["Editor"], acquire=False)
        commit()
        self.assert_closed(enter)

    def test_with_a_token_instead_of_a_password(self):
        def enter(user_id):
            body = {"login": None, "password": None, "token": self.jwt(user_id)}
            return self.reads(user_id, method="POST", json=body)

        self.assert_closed(enter)

    def test_keys_of_the_attackers_choice_make_no_proof(self):
        secret = self.foreign_secret()
        extras = [
            {"source": "plone.session", "cookie": self.ticket("anna")},
            {"source": "plone.session", "cookie": self.ticket("bert")},
            {"source": "plone.session", "cookie": self.ticket("edith", secret)},
            {"source": "plone.session"},
            {"source": "plone.session", "cookie": ["a", {"b": 1}]},
            {"extractor": "session"},
            {"extractor": "jwt_auth", "token": self.jwt("bert")},
            {"token": self.jwt("anna")},
            {"token": 1, "cookie": 2},
            {CLAIM: secret, "smsauth_proof": secret, "proof": True},
            {"user_id": "bert", "userid": "bert", "id": "bert", "sub": "bert"},
            {"remote_host": "localhost", "remote_address": "127.0.0.1"},
            {"login_type": "x", "two_step_verification": False},
        ]
        for extra in extras:
            with self.subTest(extra=sorted(extra)):
                self.assertFalse(self.enter("anna", **extra))

    def test_logins_and_passwords_that_are_no_strings(self):
        for value in (["anna"], {"anna": 1}, 1, 1.5, True, None, [], {}, "", "\0", "a" * 100000):
            with self.subTest(value=str(value)[:20]):
                for body in ({"login": value, "password": PASSWORD}, {"login": "anna", "password": value}):
                    for method in ("POST", "PATCH"):
                        self.assertFalse(self.reads("anna", method=method, json=body))


class TokenTest(DoorTest):
    """JSON web tokens of the site's own plugin."""

    def bearer(self, user_id: str, token: str, path: str = "") -> bool:
        return self.reads(user_id, Authorization=f"Bearer {token}")

    def test_a_token(self):
        self.assert_closed(lambda user_id: self.bearer(user_id, self.jwt(user_id)))

    def test_a_token_with_a_proof(self):
        self.assertTrue(self.bearer("anna", self.proven_token("anna")))

    def test_rest_refuses_a_token_without_a_proof(self):
        response = self.client().get(self.path("of-anna"), Accept=JSON, Authorization=f"Bearer {self.jwt('anna')}")
        self.assertEqual(response.status_int, 401)
        self.assertNotIn(SECRET, response.text)
        bert = self.client().get(self.path("of-bert"), Accept=JSON, Authorization=f"Bearer {self.jwt('bert')}")
        self.assertIn(SECRET, bert.text)

    def test_claims_that_name_no_proof(self):
        foreign = self.foreign_secret()
        for claim in (
            foreign,
            "",
            "x",
            None,
            True,
            1,
            [foreign],
            {"a": foreign},
            "\ud800".encode("utf-8", "replace").decode(),
        ):
            with self.subTest(claim=claim):
                self.assertFalse(self.bearer("anna", self.jwt("anna", **{CLAIM: claim})))

    def test_a_token_that_names_two_members(self):
        proof = self.prove("anna")
        for token in (self.jwt("bert", sub="anna"), self.jwt("anna", sub=["anna"]), self.jwt("bert", **{CLAIM: proof})):
            self.assertFalse(self.bearer("anna", token))

    def test_a_proof_ends_with_its_absolute_age_though_the_token_goes_on(self):
        token = self.proven_token("anna")
        self.clock.advance(12 * 60 * 60 - 1)
        self.assertTrue(self.bearer("anna", token))
        self.clock.advance(2)
        self.assertFalse(self.bearer("anna", token))

    def test_a_forged_token(self):
        claims = {"sub": "anna", CLAIM: self.prove("anna")}
        for forged in (
            jwt.encode(claims, "a guess", algorithm="HS256"),
            jwt.encode(claims, "", algorithm="none"),
            self.jwt("bert").rpartition(".")[0] + "." + self.jwt("anna").rpartition(".")[2],
        ):
            self.assertFalse(self.bearer("anna", forged))

    def test_an_edited_token(self):
        head, body, signature = self.proven_token("anna").split(".")
        self.assertFalse(self.bearer("anna", f"{head}.{body[:-4]}AAAA.{signature}"))

    def test_a_token_next_to_another_members_session(self):
        client = self.signed_in("bert")
        self.assertFalse(self.reads("anna", client, Authorization=f"Bearer {self.jwt('anna')}"))
        self.assertTrue(self.reads("bert", client))

    def test_a_proof_of_one_member_does_not_serve_the_password_of_another(self):
        self.bind("edith", "+31687654321")
        client = self.proven("edith")
        self.assertTrue(self.reads("edith", client))
        self.assertFalse(self.reads("anna", client, Authorization=basic("anna")))
        self.assertFalse(self.reads("anna", client, query={"__ac_name": "anna", "__ac_password": PASSWORD}))


class OtherUsersTest(DoorTest):
    """Users of the Zope root are not held by a site's second step, whatever the site requires."""

    def setUp(self):
        super().setUp()
        self.require()

    def test_a_user_of_the_root(self):
        header = basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)
        self.assertEqual(self.client().get(self.path("@@overview-controlpanel"), Authorization=header).status_int, 200)
        self.assertEqual(self.client().get("/manage_main", Authorization=header).status_int, 200)

    def test_a_user_of_the_root_signs_in_with_the_form(self):
        client = self.client()
        form = {"__ac_name": SITE_OWNER_NAME, "__ac_password": SITE_OWNER_PASSWORD, "buttons.login": "Log in"}
        response = client.post(self.path("login"), form=form)
        self.assertNotIn("smsauth", response.location)

    def test_a_user_of_the_root_with_the_name_of_a_protected_member_gets_no_session_of_that_member(self):
        self.app.acl_users.userFolderAddUser("anna", PASSWORD + " root", ["Manager"], [])
        commit()
        header = basic("anna", PASSWORD + " root")
        client = self.client()
        response = client.post(self.path("@login-renew"), Accept=JSON, Authorization=header)
        self.assertFalse(self.reads("anna", Authorization=f"Bearer {response.json['token']}"))
        client.get(self.path("acl_users/credentials_cookie_auth/login"), Authorization=header)
        self.assertFalse(self.is_signed_in(self.client(client.cookies.get(TICKET, "")), "anna"))

    def test_the_emergency_user(self):
        class Pretender(UnrestrictedUser):
            """The emergency user of a process that was started with one."""

        former = pas.emergency_user
        rescue = Pretender("rescue", "rescue-secret", ("manage",), [])
        for module in (pas, AccessControl.users):
            module.emergency_user = rescue
        pas.PluggableAuthService._emergency_user = rescue
        self.addCleanup(setattr, pas.PluggableAuthService, "_emergency_user", former)
        self.addCleanup(setattr, pas, "emergency_user", former)
        self.addCleanup(setattr, AccessControl.users, "emergency_user", former)
        response = self.client().get(self.path("acl_users/manage_main"), Authorization=basic("rescue", "rescue-secret"))
        self.assertEqual(response.status_int, 200)

    def test_a_member_of_the_site_is_held(self):
        self.assertFalse(self.reads("bert", Authorization=basic("bert")))


class SubrequestTest(DoorTest):
    """A request inside a request is authenticated by PAS alone."""

    def read_inside(self, user_id: str, client=None, **headers: str) -> bool:
        bodies = []

        class Inside(BrowserView):
            """Fetches a page of the site from within."""

            def __call__(self):
                bodies.append(subrequest(f"/plone/of-{user_id}").getBody())
                return "done"

        manager = getGlobalSiteManager()
        manager.registerAdapter(Inside, (Interface, Interface), Interface, name="inside")
        self.addCleanup(manager.unregisterAdapter, Inside, (Interface, Interface), Interface, name="inside")
        (client or self.client()).post(self.path("inside"), **headers)
        return SECRET.encode() in bodies[0]

    def test_a_password(self):
        self.assert_closed(lambda user_id: self.read_inside(user_id, Authorization=basic(user_id)))

    def test_a_ticket(self):
        self.assert_closed(lambda user_id: self.read_inside(user_id, self.client(self.ticket(user_id))))

    def test_a_session_with_a_proof(self):
        self.assertTrue(self.read_inside("anna", self.proven("anna")))


class WithoutTracesTest(DoorTest):
    """A refused credential counts nothing, stores nothing and sends nothing."""

    def test_nothing_changes(self):
        word = b64encode(f"{b'anna'.hex()}:{PASSWORD.encode().hex()}".encode()).decode()
        before = sent()
        for ask in (
            lambda: self.reads("anna", Authorization=basic("anna")),
            lambda: self.reads("anna", self.client(word)),
            lambda: self.reads("anna", method="POST", json={"login": "anna", "password": PASSWORD}),
            lambda: self.reads("anna", Authorization=basic("anna", "wrong")),
        ):
            self.assertFalse(self.changed(ask))
        self.assertEqual(sent(), before)
