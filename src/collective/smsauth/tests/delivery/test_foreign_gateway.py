"""A gateway of another package, as the documentation prints it: it has whatever a gateway of this package has."""

from collective.smsauth import testing
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.settings import gateways
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.administrator import setting
from collective.smsauth.tests.support.administrator import TOKEN
from collective.smsauth.tests.support.administrator import TWILIO
from collective.smsauth.tests.support.example_gateway import IModemSettings
from collective.smsauth.tests.support.example_gateway import ModemGateway
from collective.smsauth.tests.support.visitor import PHONE
from collective.smsauth.tests.support.visitor import VisitorTest
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from http.server import HTTPServer
from pathlib import Path
from plone.app.registry.exportimport.handler import RegistryImporter
from plone.app.testing import FunctionalTesting
from plone.app.testing import PloneSandboxLayer
from Products.GenericSetup.tests.common import DummyImportContext
from unittest.mock import patch
from zope.component import getGlobalSiteManager
from zope.component import getUtilitiesFor
from zope.component import getUtility
from zope.interface import alsoProvides
from zope.interface.verify import verifyObject
from zope.schema.interfaces import IVocabularyFactory

import collective.smsauth.tests.support
import json
import os
import re
import threading
import transaction
import unittest

DOCS = Path(__file__).resolve().parents[5] / "docs"
REGISTRY = (Path(__file__).resolve().parents[1] / "support" / "example_gateway.xml").read_bytes()
PANEL = "@@smsauth-controlpanel"
REST = "@controlpanels/smsauth"
URL = "http://127.0.0.1:9/send"
PASSWORD = "open barley"


class Example(PloneSandboxLayer):
    """A Zope in which the package of the example is installed. Its registrations end with the layer."""

    defaultBases = (testing.FIXTURE,)

    def setUpZope(self, app, configurationContext):
        self.loadZCML("example_gateway.zcml", package=collective.smsauth.tests.support)

    def tearDownZope(self, app):
        getGlobalSiteManager().unregisterUtility(provided=ISMSGateway, name="modem")


EXAMPLE = FunctionalTesting(bases=(Example(),), name="collective.smsauth:ExampleGateway")


class ModemHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Log nothing."""


@contextmanager
def modem():
    """Run a modem on a free port."""
    with HTTPServer(("127.0.0.1", 0), ModemHandler) as server:
        server.messages, server.url = [], f"http://127.0.0.1:{server.server_address[1]}/send"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class ForeignGatewayTest(VisitorTest):
    """The package of the example is there, but not yet installed in the site."""

    layer = EXAMPLE

    def setUp(self):
        super().setUp()
        self.administrator = Administrator(self.layer)

    def install(self, **settings):
        """Import the registry.xml of the example, and store settings."""
        self.imported(REGISTRY)
        self.configure(**settings)

    def imported(self, document):
        context = DummyImportContext(self.portal, False)
        RegistryImporter(self.portal.portal_registry, context).importDocument(document)
        transaction.commit()

    def save(self, **values):
        """Fill in some fields of the panel, save, and return the page that follows."""
        self.administrator.open(PANEL)
        self.administrator.fill(**values)
        return self.administrator.press("save")

    def panel(self):
        """Return the JSON of the panel."""
        return self.administrator.rest("GET", REST).json


class PanelTest(ForeignGatewayTest):
    def setUp(self):
        super().setUp()
        self.install()

    def test_the_gateway_keeps_the_contract(self):
        self.assertTrue(verifyObject(ISMSGateway, dict(getUtilitiesFor(ISMSGateway))["modem"]))

    def test_it_is_offered_under_its_title(self):
        vocabulary = getUtility(IVocabularyFactory, "collective.smsauth.gateways")(self.portal)
        self.assertEqual("Modem in the cellar", vocabulary.getTerm("modem").title)
        page = self.administrator.open(PANEL)
        self.assertEqual(2, len(re.findall(r'<option[^>]* value="modem"', page)), "as the first and as the second")

    def test_its_fieldset_and_its_fields_are_shown(self):
        page = self.administrator.open(PANEL)
        self.assertRegex(page, r"<legend[^>]*>\s*Modem\s*</legend>")
        for name, label in (("modem_url", "URL of the modem"), ("modem_password", "Password of the modem")):
            self.assertRegex(page, rf'<label[^>]*for="form-widgets-{name}"[^>]*>\s*{label}')
            self.assertIn(f'id="form-widgets-{name}"', page)
        self.assertNotIn("modem_proxy", page)
        self.assertIn('id="form-widgets-twilio_auth_token"', page)

    def test_what_is_entered_is_stored(self):
        self.assertIn("Changes saved.", self.save(gateway="modem", modem_url=URL, modem_password=PASSWORD))
        self.assertEqual(("modem", URL), (setting("gateway"), setting("modem_url")))
        self.assertEqual(PASSWORD, setting("modem_password"))

    def test_saving_the_page_as_it_is_changes_nothing(self):
        self.assertIn("Changes saved.", self.save())
        self.assertFalse(setting("modem_url"))
        self.assertFalse(setting("modem_password"))

    def test_what_is_too_long_is_refused_with_the_bound_named(self):
        self.assertIn("Enter one line of at most 200 characters.", self.save(modem_url="x" * 201))
        self.assertFalse(setting("modem_url"))

    def test_a_setting_can_be_emptied(self):
        self.configure(modem_url=URL)
        self.assertIn("Changes saved.", self.save(modem_url=""))
        self.assertFalse(setting("modem_url"))


class SecretTest(ForeignGatewayTest):
    def setUp(self):
        super().setUp()
        self.install(modem_url=URL, modem_password=PASSWORD)

    def test_it_is_never_shown(self):
        page = self.administrator.open(PANEL)
        self.assertNotIn(PASSWORD, page)
        self.assertIn(URL, page)
        self.assertEqual("", self.administrator.browser.getControl(name="form.widgets.modem_password").value)
        refused = self.save(modem_password="another secret", code_length="99")
        self.assertNotIn("another secret", refused)
        self.assertIn("Enter the token or secret again", refused)

    def test_left_empty_it_stays(self):
        self.save(code_length="8")
        self.assertEqual((PASSWORD, 8), (setting("modem_password"), setting("code_length")))

    def test_it_can_be_removed_where_secrets_are_entered(self):
        page = self.administrator.open(PANEL)
        entered = [page.index(f'name="form.widgets.{name}"') for name in ("modem_password", "twilio_auth_token")]
        self.assertGreater(page.index('name="form.widgets.forget_secrets'), max(entered))
        self.save(forget_secrets="selected")
        self.assertFalse(setting("modem_password"))
        self.assertEqual(URL, setting("modem_url"))

    def test_all_gateways_secrets_are_removed_together(self):
        self.configure(**TWILIO)
        self.save(forget_secrets="selected", twilio_auth_token="n" * 32)
        self.assertFalse(setting("modem_password"))
        self.assertEqual("n" * 32, setting("twilio_auth_token"))

    def test_another_url_with_the_former_password_is_remarked(self):
        remark = "The URL was changed, but the stored password was kept."
        self.assertIn(remark, self.save(modem_url="http://127.0.0.1:10/send"))
        self.assertNotIn(remark, self.save(modem_url=URL, modem_password="another secret"))


class EnvironmentTest(ForeignGatewayTest):
    def setUp(self):
        super().setUp()
        self.install(gateway="modem", modem_url=URL, modem_password=PASSWORD)

    def test_it_is_enough_where_nothing_is_stored(self):
        self.save(modem_url="")
        with patch.dict(os.environ, SMSAUTH_MODEM_URL=URL):
            self.assertIn("Changes saved.", self.save(enforcement="required"))
        self.assertEqual("required", setting("enforcement"))

    def test_what_it_sets_is_told_and_not_shown(self):
        with patch.dict(os.environ, SMSAUTH_MODEM_PASSWORD="from outside"):
            page, panel = self.administrator.open(PANEL), self.panel()
        self.assertIn("Set by the environment variable SMSAUTH_MODEM_PASSWORD, which wins", page)
        self.assertNotIn("environment variable SMSAUTH_MODEM_URL", page)
        self.assertNotIn("from outside", page)
        self.assertEqual(["modem_password"], panel["environment"])
        self.assertNotIn("from outside", json.dumps(panel))

    def test_it_wins_over_what_is_stored(self):
        with (
            modem() as one,
            patch.dict(os.environ, SMSAUTH_MODEM_URL=one.url, SMSAUTH_MODEM_PASSWORD="from outside"),
        ):
            self.administrator.open(PANEL)
            self.administrator.fill(test_number=PHONE)
            self.assertIn("The text message was sent.", self.administrator.press("test"))
        self.assertEqual([(PHONE, "from outside")], [(sent["to"], sent["password"]) for sent in one.messages])

    def test_a_secret_of_it_goes_to_no_url_that_is_stored(self):
        with modem() as one, patch.dict(os.environ, SMSAUTH_MODEM_PASSWORD="from outside"):
            self.assertIn("SMSAUTH_MODEM_URL", self.save(modem_url=one.url))
            self.assertEqual(URL, setting("modem_url"))
            self.configure(modem_url=one.url)
            self.administrator.open(PANEL)
            self.administrator.fill(test_number=PHONE)
            self.assertNotIn("The text message was sent.", self.administrator.press("test"))
        self.assertEqual([], one.messages)

    def test_a_setting_of_the_environment_alone_comes_from_there(self):
        with modem() as proxy, patch.dict(os.environ, SMSAUTH_MODEM_PROXY=proxy.url):
            self.administrator.open(PANEL)
            self.administrator.fill(test_number=PHONE)
            self.assertIn("The text message was sent.", self.administrator.press("test"))
        self.assertEqual(1, len(proxy.messages))


class RestTest(ForeignGatewayTest):
    def setUp(self):
        super().setUp()
        self.install(modem_url=URL, modem_password=PASSWORD)

    def test_its_fields_are_there_and_its_secret_is_empty(self):
        panel = self.panel()
        self.assertEqual((URL, ""), (panel["data"]["modem_url"], panel["data"]["modem_password"]))
        self.assertIn("modem_password", panel["schema"]["properties"])
        fieldset = next(one for one in panel["schema"]["fieldsets"] if one["title"] == "Modem")
        self.assertEqual(["modem_url", "modem_password"], fieldset["fields"])
        self.assertNotIn(PASSWORD, json.dumps(panel))

    def test_what_was_read_can_be_sent_back(self):
        for url in (URL, None):
            with self.subTest(url=url):
                self.administrator.rest("PATCH", REST, {"modem_url": url})
                data = self.panel()["data"]
                self.assertEqual(url, data["modem_url"])
                answer = self.administrator.rest("PATCH", REST, data)
                self.assertEqual(204, answer.status_int, answer.text)
                self.assertEqual((url, PASSWORD), (setting("modem_url"), setting("modem_password")))

    def test_its_settings_are_changed_and_its_secret_is_removed(self):
        other = "http://127.0.0.1:10/send"
        self.administrator.rest("PATCH", REST, {"modem_url": other, "gateway": "modem"})
        self.assertEqual((other, "modem"), (setting("modem_url"), setting("gateway")))
        self.administrator.rest("PATCH", REST, {"forget_secrets": True})
        self.assertFalse(setting("modem_password"))


class SelfCheckTest(ForeignGatewayTest):
    def setUp(self):
        super().setUp()
        self.install(gateway="modem")

    def test_what_is_missing_is_said(self):
        self.assertIn("The URL of the modem is missing.", self.administrator.open(PANEL))
        advice = [line for finding in self.panel()["self_check"] for line in finding["advice"]]
        self.assertIn("The URL of the modem is missing.", advice)

    def test_nothing_is_said_when_it_is_ready(self):
        self.configure(modem_url=URL)
        self.assertNotIn("The URL of the modem is missing.", self.administrator.open(PANEL))

    def test_two_step_verification_cannot_be_required_before(self):
        page = self.save(enforcement="required")
        self.assertIn("cannot be required while no text can be sent", page)
        self.assertIn("The URL of the modem is missing.", page)
        self.assertEqual("optional", setting("enforcement"))
        self.assertIn("Changes saved.", self.save(enforcement="required", modem_url=URL))
        self.assertEqual("required", setting("enforcement"))


class SignInTest(ForeignGatewayTest):
    def test_a_code_is_sent_through_it_and_lets_its_owner_in(self):
        self.protected()
        with modem() as one:
            self.install(gateway="modem", modem_url=one.url, modem_password=PASSWORD)
            anna = self.pending()
            self.account()  # once no work is left
            [message] = one.messages
        self.assertEqual((PHONE, PASSWORD), (message["to"], message["password"]))
        self.assertFalse(anna.is_signed_in())
        anna.answer(re.search(r"#(\d+)$", message["body"])[1])
        self.assertTrue(anna.is_signed_in())


class WithoutRecordsTest(ForeignGatewayTest):
    """The package is there for other sites; in this one it is not installed."""

    def test_the_panel_opens_without_its_fields(self):
        page = self.administrator.open(PANEL)
        self.assertIn('id="form-widgets-twilio_auth_token"', page)
        self.assertNotIn("modem_url", page)
        self.assertNotIn("modem_password", page)
        data = self.panel()["data"]
        self.assertIn("twilio_auth_token", data)
        self.assertFalse([name for name in data if name.startswith("modem")])

    def test_settings_are_saved_and_secrets_removed_all_the_same(self):
        self.configure(**TWILIO)
        self.assertIn("Changes saved.", self.save(code_length="8", forget_secrets="selected"))
        self.assertEqual((8, ""), (setting("code_length"), setting("twilio_auth_token")))
        self.configure(twilio_auth_token=TOKEN)
        answer = self.administrator.rest("PATCH", REST, {"forget_secrets": True})
        self.assertEqual(204, answer.status_int, answer.text)
        self.assertEqual("", setting("twilio_auth_token"))

    def test_its_settings_are_not_taken_by_rest(self):
        self.administrator.rest("PATCH", REST, {"modem_url": URL, "code_length": 8})
        self.assertEqual(8, setting("code_length"))
        self.assertNotIn("collective.smsauth.modem_url", self.portal.portal_registry)

    def test_the_environment_alone_makes_it_ready(self):
        self.configure(gateway="modem")
        self.assertIn("The URL of the modem is missing.", self.administrator.open(PANEL))
        with patch.dict(os.environ, SMSAUTH_MODEM_URL=URL):
            self.assertNotIn("The URL of the modem is missing.", self.administrator.open(PANEL))

    def test_uninstalled_it_leaves_nothing_behind(self):
        self.install(modem_url=URL)
        self.imported(REGISTRY.replace(b"<records ", b'<records remove="true" '))
        self.test_the_panel_opens_without_its_fields()


class WithoutPackageTest(ForeignGatewayTest):
    """The package was taken out of the Zope, and its records were left."""

    def test_the_panel_opens_and_says_that_the_gateway_is_not_there(self):
        self.install(gateway="modem", modem_url=URL, modem_password=PASSWORD)
        manager = getGlobalSiteManager()
        gateway = manager.getUtility(ISMSGateway, "modem")
        manager.unregisterUtility(gateway, ISMSGateway, "modem")
        self.addCleanup(manager.registerUtility, gateway, ISMSGateway, "modem")
        page = self.administrator.open(PANEL)
        self.assertIn("The chosen gateway is not there.", page)
        self.assertNotIn("modem_url", page)
        self.assertIn("Changes saved.", self.save(gateway="outbox", forget_secrets="selected"))


class UnregisteredTest(unittest.TestCase):
    """Runs in a layer of its own."""

    layer = testing.FUNCTIONAL

    def test_elsewhere_there_is_no_such_gateway(self):
        self.assertNotIn(ModemGateway, [type(gateway) for _, gateway in getUtilitiesFor(ISMSGateway)])


class ComposedTest(unittest.TestCase):
    """Two sites in one process: one has the records of the gateway, the other has not."""

    class Settings:
        pass

    def test_what_has_the_settings_of_one_site_does_not_pass_for_those_of_the_other(self):
        without, with_gateway = gateways.composed(()), gateways.composed((IModemSettings,))
        plain, whole = self.Settings(), self.Settings()
        alsoProvides(plain, without)
        alsoProvides(whole, with_gateway)
        self.assertFalse(IModemSettings.providedBy(plain))
        self.assertTrue(IModemSettings.providedBy(whole))


class TestDocumented(unittest.TestCase):
    """What the chapter prints is what runs here."""

    def test_the_chapter_includes_the_files_of_the_example(self):
        if not DOCS.exists():
            self.skipTest("optional: the package is not run from its repository")
        chapter = (DOCS / "gateways.rst").read_text(encoding="utf-8")
        for name in ("example_gateway.py", "example_gateway.zcml", "example_gateway.xml"):
            self.assertIn(f".. literalinclude:: ../src/collective/smsauth/tests/support/{name}", chapter)
