"""The doors where the second step is skipped by a rule: networks, groups, roles and users, as long as the rule holds."""

from collective.smsauth.pas.sessions import CLAIM
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.doors import TICKET
from plone import api
from unittest.mock import patch
from ZPublisher import HTTPRequest

JSON = "application/json"
OFFICE, ELSEWHERE, PROXY = "192.0.2.7", "203.0.113.5", "198.51.100.1"


class SkipTest(DoorTest):
    """anna has a phone."""

    def at(self, address, ticket="", **cookies):
        """Return a client at that address."""
        client = self.client(ticket, **cookies)
        client.address = address
        return client

    def sign_in(self, address, user_id="anna"):
        """Return a client that signed in with a password alone."""
        client = self.at(address)
        client.post(self.path("login"), form=sign_in_form(user_id))
        return client

    def means(self, user_id="anna"):
        """Return how the sessions on record were made."""
        self.app._p_jar.sync()
        return sorted(session.means for session in self.gate.accounts.get(user_id).sessions.values())

    def login(self, address, **headers):
        body = {"login": "anna", "password": PASSWORD}
        return self.at(address).post(self.path("@login"), json=body, Accept=JSON, **headers)


class NetworkTest(SkipTest):
    """Nobody is asked in the network of the office."""

    def setUp(self):
        """Set the network."""
        super().setUp()
        self.configure(exempt_networks=("192.0.2.0/24", "2001:db8::/32"))

    def test_inside_a_password_opens_and_outside_it_does_not(self):
        for address, expected in (
            (OFFICE, True),
            ("::ffff:192.0.2.7", True),
            ("2001:db8::1", True),
            (ELSEWHERE, False),
            ("::ffff:203.0.113.5", False),
            ("2001:db9::1", False),
            ("", False),
            ("unknown", False),
            ("192.0.2.7, 203.0.113.5", False),
        ):
            with self.subTest(address=address):
                self.assertIs(expected, self.reads("anna", self.at(address), Authorization=basic("anna")))

    def test_a_session_from_inside_is_worth_nothing_outside(self):
        before = sent()
        client = self.sign_in(OFFICE)
        self.assertTrue(self.is_signed_in(client, "anna"))
        client.address = ELSEWHERE
        self.assertFalse(self.is_signed_in(client, "anna"))
        page = client.follow(client.get(self.path("of-anna"), Accept="text/html"))
        self.assertIn("@@smsauth-verify", page.location)
        client.address = OFFICE
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.assertEqual(before, sent())

    def test_a_ticket_of_any_origin_opens_inside_only(self):
        ticket = self.ticket("anna")
        self.assertTrue(self.reads("anna", self.at(OFFICE, ticket)))
        self.assertFalse(self.reads("anna", self.at(ELSEWHERE, ticket)))

    def test_the_record_says_that_the_step_was_skipped(self):
        self.sign_in(OFFICE)
        self.assertEqual(["network"], self.means())

    def test_such_records_are_few_and_push_out_no_other(self):
        real = self.proven("anna")
        for _ in range(22):
            self.sign_in(OFFICE)
        self.assertEqual(["code"] + ["network"] * 5, self.means())
        self.assertTrue(self.is_signed_in(real, "anna"))

    def test_members_without_a_phone_leave_no_record(self):
        self.assertTrue(self.is_signed_in(self.sign_in(OFFICE, "bert"), "bert"))
        self.assertIsNone(self.gate.accounts.get("bert"))

    def test_a_session_with_a_code_is_good_everywhere(self):
        for address in (OFFICE, ELSEWHERE):
            client = self.at(address, self.ticket("anna", self.prove("anna")))
            self.assertTrue(self.is_signed_in(client, "anna"))
            self.clock.advance(60 * 60)

    def test_minting_again_outside_gains_nothing(self):
        client = self.sign_in(OFFICE)
        client.get(self.path("portal_membership/loginUser"))
        client.address = ELSEWHERE
        for path in ("portal_membership/loginUser", "acl_users/session/refresh?type=css"):
            client.get(self.path(path))
            self.assertFalse(self.is_signed_in(client, "anna"))

    def test_signing_out_inside_ends_the_record(self):
        client = self.sign_in(OFFICE)
        client.get(self.path("logout"))
        self.assertEqual([], self.means())

    def test_the_rule_can_be_taken_back(self):
        client = self.sign_in(OFFICE)
        self.configure(exempt_networks=())
        self.assertFalse(self.is_signed_in(client, "anna"))

    def test_a_required_set_up_waits_outside(self):
        self.require()
        self.assertTrue(self.is_signed_in(self.sign_in(OFFICE, "bert"), "bert"))
        self.assertEqual(["network"], self.means("bert"))
        self.assertFalse(self.is_signed_in(self.sign_in(ELSEWHERE, "bert"), "bert"))

    def test_rest_inside_and_outside(self):
        self.assertEqual(401, self.login(ELSEWHERE).status_int)
        answer = self.login(OFFICE)
        self.assertEqual(200, answer.status_int)
        bearer = f"Bearer {answer.json['token']}"
        self.assertIn(CLAIM, self.users.jwt_auth._decode_token(answer.json["token"]))
        self.assertTrue(self.reads("anna", self.at(OFFICE), Authorization=bearer))
        self.assertFalse(self.reads("anna", self.at(ELSEWHERE), Authorization=bearer))
        renew = {"Authorization": bearer, "Accept": JSON}
        self.assertEqual(401, self.at(ELSEWHERE).post(self.path("@login-renew"), **renew).status_int)
        renewed = self.at(OFFICE).post(self.path("@login-renew"), **renew).json["token"]
        self.assertFalse(self.reads("anna", self.at(ELSEWHERE), Authorization=f"Bearer {renewed}"))
        self.assertTrue(self.reads("anna", self.at(OFFICE), Authorization=f"Bearer {renewed}"))


class ProxyTest(SkipTest):
    """Whose word for the client's address counts."""

    def setUp(self):
        """Set the network."""
        super().setUp()
        self.configure(exempt_networks=("192.0.2.0/24",))

    def reads_with(self, address, **headers):
        return self.reads("anna", self.at(address), Authorization=basic("anna"), **headers)

    def test_a_header_without_a_trusted_proxy_changes_nothing(self):
        for name in ("X_Forwarded_For", "X_Real_IP", "Forwarded", "Client_IP", "X_Client_IP", "True_Client_IP", "Via"):
            for value in (OFFICE, f"{OFFICE}, {ELSEWHERE}", f"for={OFFICE}", f"{ELSEWHERE}, {OFFICE}"):
                with self.subTest(name=name, value=value):
                    self.assertFalse(self.reads_with(ELSEWHERE, **{name: value}))

    def test_nor_do_variables_of_the_server_in_a_form(self):
        query = {"REMOTE_ADDR": OFFICE, "HTTP_X_FORWARDED_FOR": OFFICE, "_client_addr": OFFICE}
        self.assertFalse(self.reads_with(ELSEWHERE, query=query))

    def test_behind_a_trusted_proxy_the_client_counts(self):
        with patch.object(HTTPRequest, "trusted_proxies", [PROXY]):
            self.assertTrue(self.reads_with(PROXY, X_Forwarded_For=OFFICE))
            self.assertFalse(self.reads_with(PROXY, X_Forwarded_For=ELSEWHERE))
            self.assertFalse(self.reads_with(PROXY, X_Forwarded_For=f"{OFFICE}, {ELSEWHERE}"))
            self.assertFalse(self.reads_with(PROXY, X_Forwarded_For="nonsense"))
            self.assertFalse(self.reads_with(ELSEWHERE, X_Forwarded_For=OFFICE))


class ExemptTest(SkipTest):
    """Members who are never asked."""

    def reads_elsewhere(self, user_id="anna"):
        return self.reads(user_id, self.at(ELSEWHERE), Authorization=basic(user_id))

    def test_a_user_a_group_and_a_role(self):
        with api.env.adopt_roles(["Manager"]):
            api.group.create(groupname="robots")
        self.users.source_groups.addPrincipalToGroup("anna", "robots")
        self.users.portal_role_manager.assignRoleToPrincipal("Reader", "anna")
        self.bind("edith", "+31687654321")
        for rule in ({"exempt_users": ("anna",)}, {"exempt_groups": ("robots",)}, {"exempt_roles": ("Reader",)}):
            with self.subTest(rule=rule):
                self.assertFalse(self.reads_elsewhere())
                self.configure(**rule)
                self.assertTrue(self.reads_elsewhere())
                self.assertFalse(self.reads_elsewhere("edith"))
                self.configure(**dict.fromkeys(rule, ()))

    def test_a_login_that_is_like_an_exempt_user_id_is_not_exempt(self):
        self.configure(exempt_users=("ANNA", "anna ", "bert"))
        self.assertFalse(self.reads_elsewhere())

    def test_whoever_leaves_the_group_is_asked_at_the_next_request(self):
        with api.env.adopt_roles(["Manager"]):
            api.group.create(groupname="robots")
        self.users.source_groups.addPrincipalToGroup("anna", "robots")
        self.configure(exempt_groups=("robots",))
        client = self.sign_in(ELSEWHERE)
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.assertEqual(["exempt"], self.means())
        self.users.source_groups.removePrincipalFromGroup("anna", "robots")
        commit()
        self.assertFalse(self.is_signed_in(client, "anna"))

    def test_exempt_goes_before_required(self):
        self.require()
        self.configure(exempt_users=("bert",))
        self.assertTrue(self.reads_elsewhere("bert"))
        self.assertFalse(self.reads_elsewhere("edith"))

    def test_no_key_in_the_request_gives_a_role(self):
        self.configure(exempt_roles=("Manager",))
        for key in ("__ignore_direct_roles__", "roles", "AUTHENTICATED_USER"):
            query = {key: "Manager"}
            self.assertFalse(self.reads("anna", self.at(ELSEWHERE), query=query, Authorization=basic("anna")))

    def test_asking_writes_nothing(self):
        self.configure(exempt_users=("anna",))
        client = self.sign_in(ELSEWHERE)
        self.assertFalse(self.changed(lambda: self.is_signed_in(client, "anna")))
        self.assertFalse(self.changed(self.reads_elsewhere))
        self.assertIn(TICKET, client.cookies)
