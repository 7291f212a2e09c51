"""The doors of areas that demand a real second step: nothing that was skipped opens them, by whatever way one comes."""

from collective.smsauth.interfaces import ISecondStepDemanded
from collective.smsauth.testing import last_code
from collective.smsauth.tests.security.test_doors_skip import ELSEWHERE
from collective.smsauth.tests.security.test_doors_skip import OFFICE
from collective.smsauth.tests.security.test_doors_skip import SkipTest
from collective.smsauth.tests.support import demanding_views as demandingviews
from collective.smsauth.tests.support.demanding_views import PAYROLL
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.doors import TICKET
from five.localsitemanager import make_objectmanager_site
from OFS.Folder import Folder
from plone import api
from zope.interface import alsoProvides

JSON = "application/json"
PANEL = "@@smsauth-controlpanel"


class DemandTest(SkipTest):
    """Nobody is asked in the office. anna has a phone, bert has none; both are site administrators."""

    def setUp(self):
        """Load the views."""
        super().setUp()
        demandingviews.load(self.layer)
        self.configure(exempt_networks=("192.0.2.0/24",))
        for user_id in ("anna", "bert"):
            self.users.portal_role_manager.assignRoleToPrincipal("Site Administrator", user_id)
        commit()

    def shows(self, client, path, method="GET", **options):
        return PAYROLL in client.send(method, self.path(path), **options).text

    def skipped(self, user_id="anna"):
        return self.sign_in(OFFICE, user_id)

    def real(self, user_id="anna"):
        return self.at(OFFICE, self.ticket(user_id, self.prove(user_id)))


class ViewTest(DemandTest):
    """Views with the mark."""

    def test_a_code_opens_and_a_skipped_one_does_not(self):
        for name in ("t-payroll", "t-named", "t-vault"):
            with self.subTest(name=name):
                self.assertTrue(self.shows(self.real(), f"@@{name}"))
                self.assertFalse(self.shows(self.skipped(), f"@@{name}"))
                self.clock.advance(60 * 60)

    def test_every_way_to_it_is_closed(self):
        client, real = self.skipped(), self.real()
        for path in (
            "t-payroll",
            "of-anna/@@t-payroll",
            "of-anna/t-payroll",
            "@@t-payroll/again",
            "@@t-payroll-again",
            "@@t-payroll/below",
            "@@t-payroll/below/again",
            "of-anna/of-anna/@@t-payroll",
            "@@t-payroll?x=@@smsauth-verify",
            "VirtualHostBase/http/www.example.org:80/plone/VirtualHostRoot/@@t-payroll",
        ):
            path = path if not path.startswith("Virtual") else f"../{path}"
            with self.subTest(path=path):
                self.assertFalse(self.shows(client, path))
                self.assertFalse(self.shows(client, path, "POST", form={"a": "1"}))
                if "VirtualHost" not in path and "below" not in path:
                    self.assertTrue(self.shows(real, path), "nobody gets here: the test proves nothing")

    def test_every_method_is_closed(self):
        client = self.skipped()
        for method in ("GET", "POST", "HEAD"):
            with self.subTest(method=method):
                answer = client.send(method, self.path("@@t-payroll"))
                self.assertIn(answer.status_int, (302, 403))
                self.assertNotIn(PAYROLL, answer.text)
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "REPORT"):
            with self.subTest(method=method):
                try:
                    self.assertNotIn(PAYROLL, client.send(method, self.path("@@t-payroll")).text)
                except AssertionError as failed:
                    # views of Five have no such methods, whoever asks
                    self.assertIn("AttributeError", str(failed))

    def test_a_password_or_a_token_opens_no_more_than_a_session(self):
        self.assertFalse(self.shows(self.at(OFFICE), "@@t-payroll", Authorization=basic("anna")))
        token = self.login(OFFICE).json["token"]
        for accept in (JSON, "text/plain"):
            headers = {"Authorization": f"Bearer {token}", "Accept": accept}
            answer = self.at(OFFICE).post(self.path("@@t-payroll"), **headers)
            self.assertEqual(403, answer.status_int)
            self.assertIn("a code has to be entered", answer.text)
            self.assertNotIn(PAYROLL, answer.text)
        proven = self.jwt("anna", smsauth=self.prove("anna"))
        self.assertTrue(self.shows(self.at(OFFICE), "@@t-payroll", Authorization=f"Bearer {proven}"))

    def test_members_without_a_phone_pass_where_it_is_not_asked_of_all(self):
        self.assertTrue(self.shows(self.skipped("bert"), "@@t-payroll"))

    def test_of_all_means_members_without_a_phone_and_visitors_too(self):
        page = self.skipped("bert").get(self.path("@@t-vault"), Accept="text/html")
        self.assertIn("@@smsauth-setup", page.location)
        self.assertFalse(self.shows(self.skipped("bert"), "@@t-vault", "POST"))
        self.assertFalse(self.shows(self.client(), "@@t-vault"))

    def test_users_of_the_root_pass(self):
        self.assertTrue(self.shows(self.client(), "@@t-vault", Authorization=basic("admin", "secret")))

    def test_a_local_site_with_users_of_its_own_is_no_way_around(self):
        local = self.portal[self.portal._setObject("local", Folder("local"))]
        make_objectmanager_site(local)
        local.manage_addUserFolder()
        commit()
        self.assertTrue(self.shows(self.real(), "local/@@t-payroll"), "nobody gets here: the test proves nothing")
        self.assertFalse(self.shows(self.skipped(), "local/@@t-payroll"))
        self.assertFalse(self.shows(self.skipped(), "local/@@t-payroll", "POST"))

    def test_content_with_the_mark_is_an_area(self):
        alsoProvides(self.portal["of-anna"], ISecondStepDemanded)
        commit()
        self.assertFalse(self.is_signed_in(self.skipped(), "anna"))
        self.assertFalse(self.reads("anna", self.skipped(), suffix="/view"))
        self.assertTrue(self.is_signed_in(self.real(), "anna"))
        self.assertTrue(self.is_signed_in(self.skipped("bert"), "bert"))


class OwnPagesTest(DemandTest):
    """This package's own pages for changing what protects an account, and the site."""

    PAGES = (
        "@@smsauth-setup",
        "@@smsauth-confirm",
        "@@smsauth-contacts",
        "@@smsauth-contact",
        "@@smsauth-recovery",
        "@@smsauth-disable",
        PANEL,
        "@@smsauth-members",
        "@@smsauth-counters",
        "@@smsauth-alarms",
    )

    def test_they_ask_for_a_code_where_the_step_was_skipped(self):
        client = self.skipped()
        for name in self.PAGES:
            with self.subTest(name=name):
                self.assertIn("@@smsauth-verify", client.get(self.path(name), Accept="text/html").location or "")
                self.assertEqual(403, client.post(self.path(name), form={"a": "1"}).status_int)

    def test_so_do_their_widgets(self):
        client = self.skipped()
        for path in (f"{PANEL}/++widget++code_length", "@@smsauth-setup/++widget++mobile_number"):
            self.assertIn(client.get(self.path(path)).status_int, (302, 403))

    def test_they_open_after_a_code_and_to_administrators_without_a_phone(self):
        for client in (self.real(), self.skipped("bert")):
            for name in (PANEL, "@@smsauth-members", "@@smsauth-setup"):
                with self.subTest(name=name):
                    self.assertEqual(200, client.get(self.path(name)).status_int)

    def test_the_rest_twin_of_the_control_panel_likewise(self):
        token = self.login(OFFICE).json["token"]
        proven = self.jwt("anna", smsauth=self.prove("anna"))
        for bearer, expected in ((token, 403), (proven, 200)):
            headers = {"Authorization": f"Bearer {bearer}", "Accept": JSON}
            self.assertEqual(expected, self.at(OFFICE).get(self.path("@controlpanels/smsauth"), **headers).status_int)
        headers = {"Authorization": f"Bearer {token}", "Accept": JSON}
        answer = self.at(OFFICE).send("PATCH", self.path("@controlpanels/smsauth"), json={"code_length": 8}, **headers)
        self.assertEqual(403, answer.status_int)
        self.assertEqual(6, api.portal.get_registry_record("collective.smsauth.code_length"))


class StepUpTest(DemandTest):
    """The code form for a member who is signed in already."""

    def ask(self, client, path="@@t-payroll"):
        """Go to the area, and return the code form."""
        return client.follow(client.get(self.path(path), Accept="text/html"))

    def answer(self, client, page, code):
        fields = fields_of(page, form__widgets__code=code, form__buttons__verify="1")
        return client.post(self.path("@@smsauth-verify"), form=fields)

    def test_the_right_code_opens_and_the_session_goes_on(self):
        client = self.skipped()
        before = sent()
        page = self.ask(client)
        self.assertEqual(before + 1, sent())
        done = self.answer(client, page, last_code())
        self.assertEqual("http://nohost:80/plone/@@t-payroll", done.location)
        self.assertTrue(self.shows(client, "@@t-payroll"))
        self.assertTrue(self.is_signed_in(client, "anna"))
        client.address = ELSEWHERE
        self.assertTrue(self.is_signed_in(client, "anna"), "with a code the session is good everywhere")
        self.assertEqual([], client.named("smsauth_pending"))

    def test_a_wrong_code_opens_nothing_is_counted_and_the_session_goes_on(self):
        client = self.skipped()
        page = self.ask(client)
        wrong = str((int(last_code()) + 1) % 10**6).zfill(6)
        self.assertEqual(200, self.answer(client, page, wrong).status_int)
        self.app._p_jar.sync()
        self.assertEqual(1, self.gate.accounts.get("anna").failures)
        self.assertFalse(self.shows(client, "@@t-payroll"))
        self.assertTrue(self.is_signed_in(client, "anna"))

    def test_going_back_costs_nothing(self):
        client = self.skipped()
        page = self.ask(client)
        self.assertIn("Cancel", page.text)
        self.assertTrue(self.is_signed_in(client, "anna"))

    def test_asking_again_sends_no_second_text(self):
        client = self.skipped()
        self.ask(client)
        before = sent()
        self.ask(client)
        self.assertEqual(before, sent())

    def test_the_form_of_one_member_does_not_serve_another(self):
        client = self.skipped()
        page, code = self.ask(client), last_code()
        other = self.skipped("bert")
        [name] = client.named("smsauth_pending")
        other.cookies[name] = client.cookies[name]
        self.answer(other, page, code)
        self.assertFalse(self.is_signed_in(other, "anna"))
        self.assertTrue(self.is_signed_in(other, "bert"))
        self.assertFalse(self.shows(other, "@@t-vault"))

    def test_who_has_given_one_is_led_on(self):
        client = self.real()
        before = sent()
        answer = client.get(self.path("@@smsauth-verify"), query={"came_from": "http://nohost:80/plone/of-anna"})
        self.assertEqual("http://nohost:80/plone/of-anna", answer.location)
        self.assertEqual(before, sent())

    def test_the_code_of_a_step_up_needs_the_page_of_this_browser(self):
        client = self.skipped()
        page, code = self.ask(client), last_code()
        stranger = self.at(ELSEWHERE)
        self.answer(stranger, page, code)
        self.assertNotIn(TICKET, stranger.cookies)


class QuestionTest(DemandTest):
    """The question that code can ask which is no view."""

    def test_it_is_true_of_a_session_with_a_code_only(self):
        self.assertTrue(self.shows(self.real(), "@@t-closed"))
        for client in (self.skipped(), self.skipped("bert"), self.client()):
            self.assertFalse(self.shows(client, "@@t-closed"))
        for headers in (basic("anna"), basic("bert"), basic("admin", "secret")):
            self.assertFalse(self.shows(self.at(OFFICE), "@@t-closed", Authorization=headers))

    def test_it_is_not_true_any_more_after_the_sign_out(self):
        client = self.real()
        ticket = client.cookies[TICKET]
        client.get(self.path("logout"))
        self.assertFalse(self.shows(self.at(OFFICE, ticket), "@@t-closed"))
