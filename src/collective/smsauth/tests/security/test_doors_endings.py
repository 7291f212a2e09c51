"""What ends sessions ends all of them: those that a rule lets in as well, and those of members whom nothing protects."""

from collective.smsauth.administration import help_desk
from collective.smsauth.pas.sessions import CLAIM
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.security.test_doors_skip import ELSEWHERE
from collective.smsauth.tests.security.test_doors_skip import OFFICE
from collective.smsauth.tests.security.test_doors_skip import SkipTest
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DAY
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.doors import TICKET
from collective.smsauth.verification import lifecycle
from dataclasses import replace
from plone import api
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin

JSON = "application/json"
NEW = "another horse 43"
#: Seconds for which a ticket is made later: the site's own clock does not move what Plone stamps.
LATER = -5


class EndingsTest(SkipTest):
    """anna has a phone; in the office nobody is asked."""

    def setUp(self):
        """Set the network."""
        super().setUp()
        self.configure(exempt_networks=("192.0.2.0/24",))

    def end(self, user_id="anna"):
        """End all sessions, as the help desk does."""
        lifecycle.end_all_sessions(self.gate.accounts, user_id)
        commit()

    def bearer(self, token, address=OFFICE, user_id="anna"):
        """Tell whether a token opens the page of its owner."""
        return self.reads(user_id, self.at(address), Authorization=f"Bearer {token}")


class EveryEndingTest(EndingsTest):
    """Each thing that ends sessions, and each kind of session that a rule lets in."""

    def assert_all_ended(self, ending, password=PASSWORD):
        signed_in = self.sign_in(OFFICE)
        foreign = self.at(OFFICE, self.ticket("anna"))
        minted = self.at(OFFICE)
        minted.get(self.path("portal_membership/loginUser"), Authorization=basic("anna"))
        token, plain = self.login(OFFICE).json["token"], self.jwt("anna")
        real = self.at(OFFICE, self.ticket("anna", self.prove("anna")))
        clients = {"form": signed_in, "foreign": foreign, "minted again": minted, "real": real}
        tokens = {"REST": token, "plain token": plain}
        for kind, client in clients.items():
            self.assertTrue(self.is_signed_in(client, "anna"), kind)
        for kind, held in tokens.items():
            self.assertTrue(self.bearer(held), kind)
        refreshed = self.at(OFFICE, self.ticket("anna", age=100))
        refreshed.get(self.path("acl_users/session/refresh?type=css"))
        ending()
        commit()
        for kind, client in {**clients, "refreshed before": refreshed}.items():
            with self.subTest(kind):
                self.assertFalse(self.is_signed_in(client, "anna"))
                client.get(self.path("acl_users/session/refresh?type=css"))
                self.assertFalse(self.is_signed_in(client, "anna"), "renewed afterwards")
                client.get(self.path("portal_membership/loginUser"))
                self.assertFalse(self.is_signed_in(client, "anna"), "minted again afterwards")
        for kind, held in tokens.items():
            with self.subTest(kind):
                self.assertFalse(self.bearer(held))
                renewed = self.at(OFFICE).post(self.path("@login-renew"), Accept=JSON, Authorization=f"Bearer {held}")
                self.assertEqual(401, renewed.status_int)
        again = self.at(OFFICE)
        again.post(self.path("login"), form=sign_in_form("anna", password))
        self.assertTrue(self.is_signed_in(again, "anna"), "who signs in anew is let in by the rule, as ever")
        self.assertTrue(self.is_signed_in(self.at(OFFICE, self.ticket("anna", age=LATER)), "anna"), "also by SSO")
        self.assertTrue(self.reads("anna", self.at(OFFICE), Authorization=basic("anna", password)))

    def test_the_help_desk(self):
        self.assert_all_ended(lambda: lifecycle.end_all_sessions(self.gate.accounts, "anna"))

    def test_that_was_not_me(self):
        self.assert_all_ended(lambda: lifecycle.disown(self.gate.accounts, "anna"))

    def test_a_new_password_set_by_an_administrator(self):
        self.assert_all_ended(lambda: self.users.userSetPassword("anna", NEW), NEW)

    def test_turning_off_for_a_member(self):
        self.assert_all_ended(lambda: lifecycle.unbind(self.gate.accounts, "anna"))

    def test_another_number(self):
        self.assert_all_ended(self.another_number)

    def another_number(self):
        self.clock.advance(120)  # the tests' clock stands still, while tickets are stamped by that of the machine
        wiring.verifier().begin_set_up("anna", "+31687654321", client_address="192.0.2.1")
        commit()
        self.assertTrue(wiring.verifier().verify_set_up("anna", last_code("+31687654321")).accepted)

    def test_an_exempt_member(self):
        self.configure(exempt_networks=(), exempt_users=("anna",))
        self.assert_all_ended(lambda: lifecycle.end_all_sessions(self.gate.accounts, "anna"))

    def test_twice_at_the_same_moment(self):
        self.end()
        client = self.sign_in(OFFICE)
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.end()
        self.assertFalse(self.is_signed_in(client, "anna"))
        self.assertTrue(self.is_signed_in(self.sign_in(OFFICE), "anna"))


class EventlessTest(EndingsTest):
    """A password that changes without an event, as by a script."""

    def test_what_we_minted_ends(self):
        client, minted = self.sign_in(OFFICE), self.at(OFFICE)
        minted.get(self.path("portal_membership/loginUser"), Authorization=basic("anna"))
        token = self.login(OFFICE).json["token"]
        self.users.source_users.updateUserPassword("anna", NEW)
        commit()
        self.assertFalse(self.is_signed_in(client, "anna"))
        self.assertFalse(self.is_signed_in(minted, "anna"))
        self.assertFalse(self.bearer(token))


class NoNumberTest(EndingsTest):
    """A member without a number."""

    def test_one_of_whom_the_step_is_required_and_who_is_let_in_by_a_rule(self):
        self.require()
        clients = [self.sign_in(OFFICE, "bert"), self.at(OFFICE, self.ticket("bert"))]
        for client in clients:
            self.assertTrue(self.is_signed_in(client, "bert"))
        self.end("bert")
        for client in clients:
            self.assertFalse(self.is_signed_in(client, "bert"))
        self.assertTrue(self.is_signed_in(self.sign_in(OFFICE, "bert"), "bert"))

    def test_one_without_any_record_whose_password_is_changed(self):
        self.require()
        client = self.at(OFFICE, self.ticket("bert"))
        self.assertTrue(self.is_signed_in(client, "bert"))
        self.users.userSetPassword("bert", NEW)
        commit()
        self.assertFalse(self.is_signed_in(client, "bert"))
        self.assertTrue(self.reads("bert", self.at(OFFICE), Authorization=basic("bert", NEW)))

    def test_one_whom_nothing_protects(self):
        clients = [self.sign_in(ELSEWHERE, "bert"), self.at(ELSEWHERE, self.ticket("bert"))]
        token = self.jwt("bert")
        for client in clients:
            self.assertTrue(self.is_signed_in(client, "bert"))
        self.end("bert")
        for client in clients:
            self.assertFalse(self.is_signed_in(client, "bert"))
        self.assertFalse(self.bearer(token, ELSEWHERE, "bert"))
        self.assertTrue(self.is_signed_in(self.sign_in(ELSEWHERE, "bert"), "bert"))
        self.assertTrue(self.is_signed_in(self.at(ELSEWHERE, self.ticket("bert", age=LATER)), "bert"))
        self.assertTrue(self.reads("bert", self.at(ELSEWHERE), Authorization=basic("bert")))

    def test_a_new_password_of_one_whom_nothing_protects_is_plones_affair(self):
        client, token = self.sign_in(ELSEWHERE, "bert"), self.jwt("bert")
        self.users.userSetPassword("bert", NEW)
        commit()
        self.assertTrue(self.is_signed_in(client, "bert"))
        self.assertTrue(self.bearer(token, ELSEWHERE, "bert"))
        self.assertIsNone(self.gate.accounts.get("bert"))

    def test_nobody_who_does_not_exist_gets_a_record(self):
        self.require()
        self.gate.password_changed("nobody")
        token = self.jwt("nobody")
        self.at(OFFICE).post(self.path("@logout"), Accept=JSON, Authorization=f"Bearer {token}")
        self.assertIsNone(self.gate.accounts.get("nobody"))


class OwnTest(EndingsTest):
    """The session that ends the others goes on."""

    def change_password(self, client):
        body = {"old_password": PASSWORD, "new_password": NEW}
        answer = client.post(self.path("@users/anna/reset-password"), json=body, Accept=JSON)
        self.assertLess(answer.status_int, 300)

    def test_a_new_password_in_a_session_that_a_rule_lets_in(self):
        client, other = self.sign_in(OFFICE), self.sign_in(OFFICE)
        self.change_password(client)
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.assertFalse(self.is_signed_in(other, "anna"))

    def test_a_new_password_in_a_session_without_a_record(self):
        client, other = self.at(OFFICE, self.ticket("anna")), self.sign_in(OFFICE)
        self.change_password(client)
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.assertFalse(self.is_signed_in(other, "anna"))


class LogOutTest(EndingsTest):
    """Logging out of a session that a rule lets in."""

    def test_the_ticket_is_worth_nothing_any_more(self):
        for client in (self.at(OFFICE, self.ticket("anna")), self.sign_in(OFFICE)):
            ticket = client.cookies[TICKET]
            self.assertTrue(self.is_signed_in(client, "anna"))
            client.get(self.path("logout"))
            self.assertNotIn(TICKET, client.cookies)
            self.assertFalse(self.is_signed_in(self.at(OFFICE, ticket), "anna"))

    def test_a_session_with_a_code_is_not_let_in_by_the_rule_afterwards(self):
        client = self.at(OFFICE, self.ticket("anna", self.prove("anna")))
        ticket = client.cookies[TICKET]
        client.get(self.path("logout"))
        self.assertFalse(self.is_signed_in(self.at(OFFICE, ticket), "anna"))

    def test_other_sessions_go_on(self):
        one, other = self.sign_in(OFFICE), self.sign_in(OFFICE)
        real = self.proven("anna")
        one.get(self.path("logout"))
        self.assertTrue(self.is_signed_in(other, "anna"))
        self.assertTrue(self.is_signed_in(real, "anna"))

    def test_a_session_whose_record_gave_way_goes_on_until_then(self):
        first = self.sign_in(OFFICE)
        for _ in range(6):
            self.clock.advance(60)
            last = self.sign_in(OFFICE)
        self.assertTrue(self.is_signed_in(first, "anna"))
        last.get(self.path("logout"))
        self.assertFalse(self.is_signed_in(first, "anna"), "it cannot be told from the one that logged out")

    def test_a_token(self):
        token = self.login(OFFICE).json["token"]
        self.at(OFFICE).post(self.path("@logout"), Accept=JSON, Authorization=f"Bearer {token}")
        self.assertFalse(self.bearer(token))


class ClockTest(EndingsTest):
    """A clock that ran ahead."""

    def test_an_ending_in_the_future_holds_nobody_back(self):
        client = self.sign_in(OFFICE)
        self.end()
        account = self.gate.accounts.get("anna")
        self.gate.accounts.save("anna", replace(account, ended_at=account.ended_at + 30 * DAY))
        commit()
        self.assertFalse(self.is_signed_in(client, "anna"), "its stamp tells it from those made since")
        self.assertTrue(self.is_signed_in(self.at(OFFICE, self.ticket("anna")), "anna"))
        self.assertTrue(self.is_signed_in(self.sign_in(OFFICE), "anna"))


class DisarrayTest(EndingsTest):
    """The plugin out of its place: the assertion after traversal sees to it."""

    def test_an_ended_session_is_turned_away(self):
        client = self.at(OFFICE, self.ticket("anna"))
        for _ in self.users.plugins.listPluginIds(IAuthenticationPlugin):
            self.users.plugins.movePluginsDown(IAuthenticationPlugin, ["smsauth"])
        commit()
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.end()
        self.assertFalse(self.is_signed_in(client, "anna"))
        self.assertTrue(self.is_signed_in(self.sign_in(OFFICE), "anna"))
        self.assertTrue(self.reads("anna", self.at(OFFICE), Authorization=basic("anna")))


class TokenTest(EndingsTest):
    """Tokens of REST say little: when they were made is told from when they end."""

    def test_a_token_without_an_end_is_older_than_any_ending(self):
        self.users.jwt_auth.token_timeout = 0
        token = self.jwt("bert")
        self.assertTrue(self.bearer(token, ELSEWHERE, "bert"))
        self.end("bert")
        self.assertFalse(self.bearer(token, ELSEWHERE, "bert"))

    def test_a_token_made_later_is_good(self):
        self.end()
        lasting = self.users.jwt_auth.create_token("anna", timeout=self.users.jwt_auth.token_timeout + 5)
        self.assertTrue(self.bearer(lasting))

    def test_a_stored_token(self):
        self.users.jwt_auth.store_tokens = True
        token = self.jwt("anna")
        self.assertTrue(self.bearer(token))
        self.end()
        self.assertFalse(self.bearer(token))

    def test_a_claim_that_names_no_proof_any_more(self):
        token = self.jwt("anna", **{CLAIM: self.prove("anna")})
        self.clock.advance(13 * 3600)
        self.assertFalse(self.bearer(token), "not even in the office: its session has ended")


class HelpDeskTest(EndingsTest):
    """What the administrator is told is true."""

    def state(self, user_id):
        with api.env.adopt_roles(["Manager"]):
            (found,), _more = help_desk.find(user_id)
        return found

    def test_of_a_member_who_can_be_let_in_by_a_rule_it_is_not_said_that_there_are_no_others(self):
        self.assertTrue(self.state("anna").has_others)

    def test_nor_of_one_whom_nothing_protects(self):
        self.configure(exempt_networks=())
        self.assertTrue(self.state("bert").has_others)
        self.assertFalse(self.state("anna").has_others)

    def test_only_sessions_that_stand_are_counted(self):
        self.configure(exempt_networks=())
        self.prove("anna")
        self.assertEqual(1, self.state("anna").sessions)
        self.users.source_users.updateUserPassword("anna", NEW)
        self.assertEqual(0, self.state("anna").sessions)
