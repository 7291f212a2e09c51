"""The doors while something is out of place: plugin order, caches, plugins that fail or talk nonsense, and a second site."""

from Acquisition import aq_base
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.policy import Enforcement
from collective.smsauth.pas.lookup import plugin_of
from collective.smsauth.pas.sessions import CLAIM
from collective.smsauth.settings.stored import SitePolicies
from collective.smsauth.storage.accounts import UnreadableRecord
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.testing import texts
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import SECRET
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.doors import TICKET
from contextlib import suppress
from OFS.Folder import Folder
from plone import api
from plone.app.testing import applyProfile
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from Products.CMFPlone.factory import addPloneSite
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.plugins.BasePlugin import BasePlugin
from Products.StandardCacheManagers.RAMCacheManager import RAMCacheManager
from transaction import TransactionManager
from zope.component.hooks import setSite
from zope.interface import implementer

import transaction

OTHER_PASSWORD = PASSWORD + " there"
PERSONAL = "@@personal-information"


@implementer(IAuthenticationPlugin)
class OddPlugin(BasePlugin):
    """An authentication plugin of another add-on: raises ``error``, or returns ``answer`` whatever it is asked."""

    meta_type = "Odd plugin"
    error = None
    answer = None

    def __init__(self, id):
        self._setId(id)

    def authenticateCredentials(self, credentials):
        if self.error is not None:
            raise self.error
        return self.answer


class DisarrayTest(DoorTest):
    """Knocks at one door of each kind."""

    def assert_stays_out(self, user_id: str, ticket: str, error: type[Exception]) -> None:
        """Assert that neither a session with a proof nor a password lets somebody in; ``error`` may be what they are told instead."""
        for client, headers in ((self.client(ticket), {}), (self.client(), {"Authorization": basic(user_id)})):
            entered = False
            with suppress(AssertionError, error):
                entered = self.reads(user_id, client, **headers)
            self.assertFalse(entered)

    def enter_all(self, user_id: str) -> dict:
        """Return which doors let a first factor in."""
        form = self.client()
        form.post(self.path("login"), form=sign_in_form(user_id))
        login = self.client().post(
            self.path("@login"), json={"login": user_id, "password": PASSWORD}, Accept="application/json"
        )
        token = login.json.get("token", "none")
        return {
            "form": self.is_signed_in(form, user_id),
            "query": self.reads(user_id, query={"__ac_name": user_id, "__ac_password": PASSWORD}),
            "basic": self.reads(user_id, Authorization=basic(user_id)),
            "json": self.reads(user_id, method="POST", json={"login": user_id, "password": PASSWORD}),
            "ticket": self.reads(user_id, self.client(self.ticket(user_id))),
            "rest page": self.rest(user_id, self.client(self.ticket(user_id))),
            "token": self.reads(user_id, Authorization=f"Bearer {self.jwt(user_id)}"),
            "@login": self.reads(user_id, Authorization=f"Bearer {token}"),
        }

    def rest(self, user_id: str, client) -> bool:
        return SECRET in client.get(self.path(f"of-{user_id}"), Accept="application/json").text

    def assert_all_closed(self) -> None:
        self.assertEqual(set(self.enter_all("bert").values()), {True}, "a door is none")
        self.assertEqual(set(self.enter_all("anna").values()), {False}, "a first factor alone gets in")

    def assert_proofs_count(self) -> None:
        self.assertTrue(self.is_signed_in(self.proven("anna"), "anna"))
        self.clock.advance(3600)
        self.assertTrue(self.reads("anna", Authorization=f"Bearer {self.proven_token('anna')}"))
        self.clock.advance(3600)

    def move_last(self) -> None:
        plugins = self.users.plugins
        for _ in plugins.listPluginIds(IAuthenticationPlugin):
            plugins.movePluginsDown(IAuthenticationPlugin, ["smsauth"])
        self.assertEqual(plugins.listPluginIds(IAuthenticationPlugin)[-1], "smsauth")
        commit()


class OrderTest(DisarrayTest):
    """Where the plugin stands."""

    def test_first(self):
        self.assertEqual(self.users.plugins.listPluginIds(IAuthenticationPlugin)[0], "smsauth")
        self.assert_all_closed()
        self.assert_proofs_count()

    def test_last(self):
        self.move_last()
        self.assert_all_closed()
        self.assert_proofs_count()

    def test_not_active_at_all(self):
        self.users.plugins.deactivatePlugin(IAuthenticationPlugin, "smsauth")
        commit()
        self.assert_all_closed()
        self.assert_proofs_count()

    def test_last_with_the_code_form(self):
        self.move_last()
        client = self.client()
        client.post(self.path("login"), form=sign_in_form("anna"))
        self.assertNotIn(TICKET, client.cookies)

    def test_not_active_a_ticket_leads_to_the_code_form_and_a_password_in_a_header_does_not(self):
        self.users.plugins.deactivatePlugin(IAuthenticationPlugin, "smsauth")
        commit()
        client = self.client(self.ticket("anna"))
        page = client.get(self.path("of-anna"), Accept="text/html")
        self.assertIn("@@smsauth-verify", page.location or "")
        fields = fields_of(client.follow(page), form__widgets__code=last_code(), form__buttons__verify="Verify")
        client.post(self.path("@@smsauth-verify"), form=fields)
        self.assertTrue(self.is_signed_in(client, "anna"))
        refused = self.client().get(self.path("of-anna"), Authorization=basic("anna"), Accept="text/html")
        self.assertNotIn("smsauth-verify", refused.location or "")

    def test_last_webdav(self):
        self.move_last()
        for user_id, status in (("bert", 207), ("anna", 401)):
            response = self.client().send(
                "PROPFIND", self.path(f"of-{user_id}"), Authorization=basic(user_id), Depth="0"
            )
            self.assertEqual(response.status_int, status)

    def test_last_with_content_that_is_named_like_a_page_of_the_sign_in(self):
        self.move_last()
        with api.env.adopt_roles(["Manager"]):
            folder = api.content.create(self.portal, "Folder", "shelf")
            for name in ("register", "logout", "mail_password"):
                page = api.content.create(folder, "Document", name, description=SECRET)
                for permission in ("View", "Access contents information", "WebDAV access"):
                    page.manage_permission(permission, ["Reader"], acquire=False)
                api.user.grant_roles(username="anna", roles=["Reader"], obj=page)
                api.user.grant_roles(username="bert", roles=["Reader"], obj=page)
        commit()
        for name in ("register", "logout", "mail_password"):
            for method in ("GET", "POST", "PROPFIND"):
                for user_id in ("bert", "anna"):
                    with self.subTest(name=name, method=method, user_id=user_id):
                        path = self.path(f"shelf/{name}")
                        response = self.client().send(method, path, Authorization=basic(user_id), Depth="0")
                        self.assertEqual(response.status_int in (200, 207), user_id == "bert")


class CacheTest(DisarrayTest):
    """A cache manager on the user folder, which PAS reads before any plugin."""

    def setUp(self):
        super().setUp()
        self.users._setObject("cache", RAMCacheManager("cache"))
        self.users.ZCacheable_setManagerId("cache")
        self.users.ZCacheable_setEnabled(1)
        commit()
        self.addCleanup(self.users.ZCacheable_invalidate)

    def test_before_a_proof(self):
        self.assert_all_closed()

    def test_twice(self):
        self.assert_all_closed()
        self.assert_all_closed()

    def test_after_a_proof(self):
        self.assert_proofs_count()
        self.assert_all_closed()

    def test_a_credential_that_was_cached_before_the_phone_was_set_up(self):
        token, ticket = self.jwt("edith"), self.ticket("edith")
        for _ in range(2):
            self.assertTrue(self.reads("edith", Authorization=basic("edith")))
            self.assertTrue(self.reads("edith", Authorization=f"Bearer {token}"))
            self.assertTrue(self.reads("edith", self.client(ticket)))
        self.bind("edith", "+31687654321")
        self.assertFalse(self.reads("edith", Authorization=basic("edith")))
        self.assertFalse(self.reads("edith", Authorization=f"Bearer {token}"))
        self.assertFalse(self.reads("edith", self.client(ticket)))

    def test_a_cached_session_ends_with_its_proof(self):
        client = self.proven("anna")
        ticket = client.cookies[TICKET]
        for _ in range(2):
            self.assertTrue(self.is_signed_in(client, "anna"))
        client.get(self.path("logout"))
        self.assertFalse(self.is_signed_in(self.client(ticket), "anna"))

    def test_last_and_cached(self):
        self.move_last()
        self.assert_all_closed()
        self.assert_proofs_count()
        self.assert_all_closed()


class OtherPluginsTest(DisarrayTest):
    """Another add-on's authentication plugin."""

    def add(self, first: bool = False, **attributes) -> None:
        plugin = OddPlugin("odd")
        for name, value in attributes.items():
            setattr(plugin, name, value)
        self.users._setObject("odd", plugin)
        self.users.plugins.activatePlugin(IAuthenticationPlugin, "odd")
        if first:
            while self.users.plugins.listPluginIds(IAuthenticationPlugin)[0] != "odd":
                self.users.plugins.movePluginsUp(IAuthenticationPlugin, ["odd"])
        commit()

    def test_one_that_raises_what_pas_swallows(self):
        for error in (NameError, AttributeError, KeyError, TypeError, ValueError):
            for first in (True, False):
                with self.subTest(error=error, first=first):
                    self.add(first, error=error("odd"))
                    self.assert_all_closed()
                    self.users._delObject("odd")

    def test_a_wrong_password_that_comes_as_json_leaves_nothing_in_the_log(self):
        # plone.restapi's plugin of tokens raises KeyError
        with self.assertNoLogs("collective.smsauth", "INFO"):
            self.client().post(self.path("@login"), json={"login": "bert", "password": "x"}, Accept="application/json")
            self.client().post(self.path("of-bert"), json={"login": "bert", "password": "x"})

    def test_one_that_fails_for_another_reason_is_named_in_the_log(self):
        self.add(error=RuntimeError("odd"))
        with self.assertLogs("collective.smsauth", "WARNING") as logs:
            self.fails_or_reads("bert", Authorization=basic("bert", "x"))
        self.assertIn("odd", logs.output[0])

    def test_one_that_raises_what_pas_does_not_swallow(self):
        # PAS itself fails if it asks such a plugin before this one has taken the credentials.
        self.add(error=RuntimeError("odd"))
        for first_factor in (
            {"Authorization": basic("anna")},
            {"query": {"__ac_name": "anna", "__ac_password": PASSWORD}},
        ):
            self.assertFalse(self.fails_or_reads("anna", **first_factor))

    def test_one_whose_errors_are_not_to_be_swallowed(self):
        for first in (True, False):
            self.add(first, error=ValueError("odd"), _dont_swallow_my_exceptions=True)
            for user_id in ("anna", "bert"):
                self.assertFalse(self.fails_or_reads(user_id, Authorization=basic(user_id)))
            self.assertFalse(self.fails_or_reads("anna", self.client(self.ticket("anna"))))
            self.users._delObject("odd")

    def test_one_that_answers_nonsense(self):
        for answer in (
            (None, None),
            (),
            ("anna",),
            "anna",
            1,
            ("", "anna"),
            (None, "anna"),
            ("a", "b", "c"),
            [],
            {"a": 1},
        ):
            for first in (True, False):
                with self.subTest(answer=answer, first=first):
                    self.add(first, answer=answer)
                    self.assertEqual(self.enter_all("anna").get("basic"), False)
                    self.assertFalse(any(self.enter_all("anna").values()))
                    self.users._delObject("odd")

    def test_one_that_finds_the_member_whatever_it_is_asked(self):
        for first in (True, False):
            with self.subTest(first=first):
                self.add(first, answer=("anna", "anna"))
                self.assertFalse(any(self.enter_all("anna").values()))
                self.assertFalse(self.reads("anna", Authorization=basic("x", "y")))
                self.assertFalse(self.reads("anna", query={"__ac_name": "x", "__ac_password": "y"}))
                self.users._delObject("odd")

    def test_one_that_finds_another_member_whatever_it_is_asked(self):
        self.add(True, answer=("bert", "bert"))
        self.assertTrue(self.reads("bert", Authorization=basic("x", "y")))
        self.assertFalse(self.reads("anna", Authorization=basic("anna")))

    def fails_or_reads(self, user_id: str, client=None, **options) -> bool:
        try:
            return self.reads(user_id, client, **options)
        except AssertionError:
            return False


class LaterVersionTest(DisarrayTest):
    """The package was replaced by an earlier version, which cannot read a record."""

    def test_whoever_it_belongs_to_does_not_get_in(self):
        for user_id in ("anna", "bert"):
            self.gate.accounts.save(user_id, self.gate.accounts.get(user_id) or Account(failures=1))
        ticket = self.ticket("anna", self.prove("anna"))
        record = self.gate._accounts["anna"]
        record.data = {**record.data, "v": record["v"] + 1}
        commit()
        self.assert_stays_out("anna", ticket, UnreadableRecord)
        self.assertTrue(self.reads("bert", Authorization=basic("bert")))


class EarlierPluginTest(DisarrayTest):
    """The plugin was made by a version that kept its records under another name, and something above it has the name of ours."""

    def test_nobody_gets_in_by_way_of_what_is_called_like_the_records(self):
        ticket = self.ticket("anna", self.prove("anna"))
        self.app._setObject("accounts", Folder("accounts"))
        del aq_base(self.gate)._accounts
        commit()
        self.assert_stays_out("anna", ticket, LookupError)

    def test_whoever_is_no_member_looks_at_the_site_and_mends_it(self):
        del aq_base(self.gate)._accounts
        commit()
        self.assertEqual(200, self.client().get("/plone").status_int)
        manager = basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)
        for path in ("/plone", "/plone/@@smsauth-controlpanel", "/plone/acl_users/manage_main"):
            self.assertEqual(200, self.client().get(path, Authorization=manager).status_int, path)


class FreshSettingsTest(DisarrayTest):
    """Settings are what they are in the database now, whoever has changed them."""

    def test_a_change_by_another_connection_counts_from_the_next_transaction_on(self):
        self.assertEqual(6, wiring.policy().code_length)
        self.assertFalse(wiring.parts().gate.obligations.is_required("bert"))
        manager = TransactionManager()
        connection = self.app._p_jar.db().open(manager)
        self.addCleanup(connection.close)
        values = connection.get(self.portal.portal_registry._p_oid).records._values
        values["collective.smsauth.code_length"] = 8
        values["collective.smsauth.enforcement"] = "required"
        manager.commit()
        self.assertEqual(6, wiring.policy().code_length, "this transaction still sees what it began with")
        transaction.begin()
        self.assertEqual(8, wiring.policy().code_length)
        self.assertFalse(self.reads("bert", Authorization=basic("bert")), "he owes the second step now")


class SecondSiteTest(DisarrayTest):
    """A second site with members of the same names; there anna is not protected, and edith is."""

    def setUp(self):
        super().setUp()
        with api.env.adopt_roles(["Manager"]):
            addPloneSite(self.app, "other", setup_content=False, default_language="en")
        self.other = self.app.other
        setSite(self.other)
        self.addCleanup(setSite, self.portal)
        applyProfile(self.other, "plone.restapi:default")
        applyProfile(self.other, "collective.smsauth:default")
        for name in ("anna", "bert", "edith"):
            self.other.acl_users.userFolderAddUser(name, OTHER_PASSWORD, ["Member"], [])
        self.other_gate = plugin_of(self.other.acl_users)
        commit()
        setSite(self.portal)

    def test_each_site_has_its_own_settings(self):
        policies = SitePolicies()
        self.configure(code_length=8)
        self.assertEqual((8, 6), (policies(self.portal).code_length, policies(self.other).code_length))
        self.require()
        required = [policies.requirement(site).enforcement for site in (self.portal, self.other)]
        self.assertEqual([Enforcement.REQUIRED, Enforcement.OPTIONAL], required)

    def prove_there(self, user_id: str) -> str:
        setSite(self.other)
        try:
            self.clock.advance(-2 * 24 * 3600)
            wiring.verifier().begin_set_up(user_id, "+31611111111", client_address="192.0.2.1")
            commit()
            wiring.verifier().verify_set_up(user_id, last_code("+31611111111"))
            commit()
            self.clock.advance(2 * 24 * 3600)
            pending, _ = wiring.verifier().begin_sign_in(user_id, client_address="192.0.2.1")
            commit()
            verdict = wiring.verifier().verify_sign_in(user_id, last_code("+31611111111"), pending=pending)
            commit()
            self.assertTrue(verdict.accepted)
            return verdict.proof
        finally:
            setSite(self.portal)

    def ticket_of_other(self, user_id: str, *tokens: str) -> str:
        setSite(self.other)
        try:
            response = self.layer["request"].response
            self.other.acl_users.session._setupSession(user_id, response, tokens=tokens)
            return response.cookies[TICKET]["value"].decode()
        finally:
            setSite(self.portal)

    def jwt_of_other(self, user_id: str, **claims) -> str:
        setSite(self.other)
        try:
            return self.other.acl_users.jwt_auth.create_token(user_id, data=claims)
        finally:
            setSite(self.portal)

    def test_tickets_and_tokens_of_the_other_site_open_nothing(self):
        proof = self.prove_there("anna")
        for ticket in (self.ticket_of_other("anna"), self.ticket_of_other("anna", proof)):
            self.assertFalse(self.reads("anna", self.client(ticket)))
        for token in (self.jwt_of_other("anna"), self.jwt_of_other("anna", **{CLAIM: proof})):
            self.assertFalse(self.reads("anna", Authorization=f"Bearer {token}"))

    def test_a_proof_of_the_other_site_is_none_in_an_own_ticket(self):
        proof = self.prove_there("anna")
        self.assertFalse(self.reads("anna", self.client(self.ticket("anna", proof))))
        self.assertFalse(self.reads("anna", Authorization=f"Bearer {self.jwt('anna', **{CLAIM: proof})}"))

    def test_through_both_sites(self):
        # The user folder of the inner site is asked first, then that of the outer one, which knows these passwords.
        def enter(user_id):
            doors = (
                {"Authorization": basic(user_id)},
                {"query": {"__ac_name": user_id, "__ac_password": PASSWORD}},
            )
            found = {self.client().get(f"/plone/other/{PERSONAL}", **door).status_int == 200 for door in doors}
            self.assertEqual(len(found), 1, found)
            return found.pop()

        self.assert_closed(enter)

    def test_through_both_sites_as_a_member_of_the_inner_one(self):
        self.prove_there("edith")
        for user_id, opens in (("bert", True), ("edith", False)):
            response = self.client().get(f"/plone/other/{PERSONAL}", Authorization=basic(user_id, OTHER_PASSWORD))
            self.assertEqual(response.status_int == 200, opens)

    def test_a_member_of_the_outer_site_gets_no_session_of_the_inner_one(self):
        self.prove_there("bert")
        renewed = self.client().post(
            "/plone/other/@login-renew", Authorization=basic("bert"), Accept="application/json"
        )
        token = renewed.json["token"]
        client = self.client()
        client.get("/plone/other/acl_users/credentials_cookie_auth/login", Authorization=basic("bert"))
        for session in ({"Authorization": f"Bearer {token}"}, {"Cookie": f'{TICKET}="{client.cookies[TICKET]}"'}):
            self.assertNotEqual(self.client().get(f"/other/{PERSONAL}", **session).status_int, 200)

    def test_a_member_of_the_outer_site_cannot_turn_off_the_second_step_of_the_inner_one(self):
        self.prove_there("bert")
        client = self.client(self.ticket("bert"))
        client.post(
            "/plone/other/@@smsauth-disable",
            form={"form.widgets.password": PASSWORD, "form.buttons.disable": "Turn off"},
        )
        self.app._p_jar.sync()
        self.assertTrue(self.other_gate.accounts.get("bert").number)

    def test_each_site_keeps_its_own_records(self):
        self.assertIsNone(self.other_gate.accounts.get("anna"))
        self.assertTrue(self.gate.accounts.get("anna").number)
        response = self.client().get(f"/other/{PERSONAL}", Authorization=basic("anna", OTHER_PASSWORD))
        self.assertEqual(response.status_int, 200)

    def test_required_in_one_site_says_nothing_of_the_other(self):
        self.require()
        self.assertFalse(self.reads("bert", Authorization=basic("bert")))
        response = self.client().get(f"/other/{PERSONAL}", Authorization=basic("bert", OTHER_PASSWORD))
        self.assertEqual(response.status_int, 200)

    def test_the_flow_of_one_site_completes_no_sign_in_of_the_other(self):
        self.prove_there("anna")
        self.clock.advance(60)
        body = {"login": "anna", "password": PASSWORD}
        flow = self.client().post("/plone/@login", json=body, Accept="application/json").json["second_step"]["flow"]
        code = last_code("+31612345678")
        for site, status in (("/other", 401), ("/plone/other", 404), ("/plone", 200)):
            answer = self.client().post(
                f"{site}/@login-verify", json={"flow": flow, "code": code}, Accept="application/json"
            )
            self.assertEqual(status, answer.status_int, site)

    def test_a_password_of_the_outer_site_begins_nothing_at_the_inner_one(self):
        before = len(texts())
        body = {"login": "anna", "password": PASSWORD}
        answer = self.client().post("/plone/other/@login", json=body, Accept="application/json")
        self.assertNotIn("second_step", answer.json)
        self.assertEqual(before, len(texts()))

    def test_the_code_form_of_one_site_completes_no_sign_in_of_the_other(self):
        client = self.client()
        client.post(self.path("login"), form=sign_in_form("anna"))
        self.assertIn("form.widgets.code", client.get("/plone/@@smsauth-verify").text)
        self.assertNotIn("form.widgets.code", client.get("/other/@@smsauth-verify").text)
