"""The gateways to any provider in the control panel, by page and by REST, and what they did on the page of the counters."""

from collective.smsauth.settings import gateways as gateway_settings
from collective.smsauth.settings.stored import gateway_config
from collective.smsauth.testing import FUNCTIONAL
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import fake_provider as fake
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.administrator import setting
from collective.smsauth.tests.support.visitor import PHONE
from collective.smsauth.tests.support.visitor import VisitorTest
from lxml import html
from unittest.mock import patch

import json
import os
import re

PANEL = "@@smsauth-controlpanel"
REST = "@controlpanels/smsauth"
WSO2 = '{"content": {{body}}, "to": {{mobile}}}'
FORM = "to={{mobile}}&text={{body}}"
HTTP = {
    "gateway": "http",
    "http_url": "https://api.example.com/messages",
    "http_payload": WSO2,
    "http_headers": "Authorization: Bearer geheim, X-Csrf: wahrheit",
}
ALLOWED = {"SMSAUTH_HTTP_ALLOW_PRIVATE": "1"}


class GatewaysTest(VisitorTest):
    layer = FUNCTIONAL

    def setUp(self):
        super().setUp()
        add_site_administrator()
        self.frank = Administrator(self.layer, "frank", PASSWORD)

    def save(self, **values):
        self.frank.open(PANEL)
        self.frank.fill(**values)
        return self.frank.press("save")

    def patch(self, **values):
        return self.frank.rest("PATCH", REST, values)


class PanelTest(GatewaysTest):
    def test_the_fields_of_each_gateway_are_there_and_the_script_knows_whose_they_are(self):
        page = self.frank.open(PANEL)
        [section] = html.fromstring(page).xpath("//*[@data-smsauth-gateways]")
        names = json.loads(section.get("data-smsauth-gateways"))
        self.assertEqual(["apprise", "http", "twilio", "vonage"], sorted(names))
        for name in (name for names in names.values() for name in names):
            self.assertIn(f'id="formfield-form-widgets-{name}"', page)
        for choice in ("gateway", "gateway_second"):
            offered = set(self.frank.browser.getControl(name=f"form.widgets.{choice}:list").options)
            self.assertLessEqual({"apprise", "http", "outbox", "twilio", "vonage"}, offered)
        [script] = html.fromstring(page).xpath("//script[@defer and contains(@src, '/gateways.js?v=')]/@src")
        self.assertIn("data-smsauth-gateways", self.frank.get(script.removeprefix(f"{self.frank.url}/")).text)

    def test_what_is_entered_is_stored_and_the_values_of_headers_are_never_shown(self):
        page = self.save(**HTTP)
        self.assertIn("Changes saved.", page)
        self.assertEqual(HTTP, {name: setting(name) for name in HTTP})
        for secret in ("geheim", "wahrheit"):
            self.assertNotIn(secret, page)
        [preview] = html.fromstring(page).xpath("//*[@aria-labelledby='smsauth-preview-title']//pre")
        self.assertIn("Authorization: ••••\nX-Csrf: ••••", preview.text_content())
        self.assertIn("POST https://api.example.com/messages", preview.text_content())
        self.assertIn('"to": "+447700900123"', preview.text_content())

    def test_headers_saved_empty_stay_and_saved_filled_replace_all(self):
        self.save(**HTTP)
        self.assertIn("the headers were not", self.save(http_url="https://other.example.com/"))
        self.assertEqual(HTTP["http_headers"], setting("http_headers"))
        self.save(http_headers="X-New: a, b\nX-Other: 1")
        self.assertEqual(["X-New: a, b", "X-Other: 1"], setting("http_headers").splitlines())
        self.save(forget_secrets="selected")
        self.assertFalse(setting("http_headers"))

    def test_what_is_wrong_is_refused_at_its_field_and_nothing_is_saved(self):
        wrong = {
            "http_url": "ftp://example.com/",
            "http_payload": '{"to": {{mobile}}}',
            "http_headers": "X-Fine: geheim1, geheim2",
            "http_success_path": "$..x",
            "apprise_url": "nonsense://geheim3",
        }
        for name, value in wrong.items():
            with self.subTest(name):
                page = self.save(**{**HTTP, name: value})
                field = page.split(f'id="formfield-form-widgets-{name}"')[1].split('id="formfield-')[0]
                self.assertIn('aria-invalid="true"', field)
                self.assertIn("invalid-feedback", field)
                self.assertNotIn("geheim", page)
                self.assertEqual(("outbox", ""), (setting("gateway"), setting("http_url") or ""))

    def test_a_template_is_of_its_content_type(self):
        self.assertIn("These are no fields of a form.", self.save(**HTTP, http_content_type="FORM"))
        self.assertIn(
            "Changes saved.", self.save(**{**HTTP, "http_payload": FORM}, http_content_type="FORM", http_method="PUT")
        )
        self.assertIn("This is no JSON.", self.save(http_content_type="JSON"))

    def test_the_self_check_says_what_is_missing(self):
        for gateway, missing in {
            "http": "The URL to which texts are sent is missing.",
            "vonage": "The API secret is missing.",
            "apprise": "The URL of the service is missing.",
        }.items():
            self.assertIn(missing, self.save(gateway=gateway))

    def test_what_the_environment_sets_is_told(self):
        variables = {
            "VONAGE_API_SECRET": "from outside",
            "SMSAUTH_HTTP_HEADERS": "X: from outside",
            "SMSAUTH_APPRISE_URL": "msgbird://from-outside",
        }
        with patch.dict(os.environ, variables):
            page, panel = self.frank.open(PANEL), self.frank.rest("GET", REST).json
        for variable in variables:
            self.assertIn(f"Set by the environment variable {variable}, which wins", page)
        self.assertEqual({"vonage_api_secret", "http_headers", "apprise_url"}, set(panel["environment"]))
        for shown in (page, json.dumps(panel)):
            self.assertNotIn("from outside", shown)
            self.assertNotIn("from-outside", shown)


class EnvironmentTest(GatewaysTest):
    """A secret of the environment goes where the environment says, never where the registry says."""

    SECRETS = (
        {"SMSAUTH_HTTP_HEADERS": "X-Key: geheim"},
        {"SMSAUTH_HTTP_PAYLOAD": '{"content": {{body}}, "to": {{mobile}}, "key": "geheim"}'},
    )

    def test_a_url_that_would_get_it_is_refused_at_its_field(self):
        for variables in self.SECRETS:
            [variable] = variables
            with self.subTest(variable), patch.dict(os.environ, variables):
                answer = self.patch(code_length=8, http_url="https://evil.example/")
                self.assertEqual(400, answer.status_int)
                self.assertEqual(["http_url"], re.findall(r"'field': '(\w+)'", answer.json["message"]))
                self.assertIn(variable, answer.json["message"])
                page = self.save(http_url="https://evil.example/")
                self.assertIn(f"The environment variable {variable} is set", page)
                self.assertEqual((6, ""), (setting("code_length"), setting("http_url") or ""))
                self.assertEqual(204, self.patch(code_length=8).status_int, "the rest can be changed")
                self.configure(code_length=6)

    def test_a_url_that_is_there_already_gets_nothing_and_the_self_check_says_so(self):
        with fake.running() as server:
            self.protected()
            self.configure(gateway="http", http_url=server.url, http_payload=WSO2)
            for variables in self.SECRETS:
                with self.subTest(variables), patch.dict(os.environ, {**ALLOWED, **variables}):
                    for config in (gateway_config(self.portal), gateway_config(self.portal, {"http_url": server.url})):
                        self.assertEqual("", config["http_url"])
                    page = self.frank.open(PANEL)
                    self.assertIn("SMSAUTH_HTTP_URL as well", page)
                    self.assertNotIn("geheim", page)
                    self.pending()
                    self.account()  # once no work is left
                    self.assertEqual([], server.requests)
                    answer = self.patch(code_length=6, http_url=server.url)
                    self.assertEqual(204, answer.status_int, "what is stored can be sent back")
                    self.assertEqual(204, self.patch(http_url="").status_int)
                    self.configure(http_url=server.url)

    def test_a_url_of_the_environment_gets_it(self):
        for variables in self.SECRETS:
            with fake.running() as server, self.subTest(variables):
                more = {**ALLOWED, **variables, "SMSAUTH_HTTP_URL": server.url}
                self.configure(gateway="http", http_url="https://evil.example/", http_payload=WSO2)
                with patch.dict(os.environ, more):
                    self.frank.open(PANEL)
                    self.frank.fill(test_number=PHONE)
                    self.frank.press("test")
                [request] = server.requests
                self.assertIn("geheim", f"{request.headers}{request.body}")

    def test_headers_that_are_stored_may_go_to_a_url_of_the_environment(self):
        with patch.dict(os.environ, {"SMSAUTH_HTTP_URL": "https://example.org/"}):
            self.assertEqual(204, self.patch(**HTTP).status_int)
            self.assertEqual("https://example.org/", gateway_config(self.portal)["http_url"])

    def test_where_secrets_of_the_other_gateways_go_cannot_be_stored(self):
        places = ("twilio_base_url", "vonage_base_url")
        self.assertLessEqual(set(places), set(gateway_settings.only_in_environment()))
        evil = dict.fromkeys(places, "https://evil.example/")
        self.patch(**evil)
        for config in (gateway_config(self.portal), gateway_config(self.portal, evil)):
            self.assertEqual(("", ""), tuple(config[place] for place in places))
        with patch.dict(os.environ, {"SMSAUTH_APPRISE_URL": "msgbird://from-outside"}):
            config = gateway_config(self.portal, {"apprise_url": "jsons://evil.example/{{mobile}}"})
            self.assertEqual("msgbird://from-outside", config["apprise_url"], "it is one setting: all of it or nothing")


class RestTest(GatewaysTest):
    def test_settings_are_stored_and_secrets_are_empty(self):
        secrets = {
            "http_headers": "A: geheim\nB: geheim",
            "vonage_api_secret": "geheim",
            "apprise_url": "json://geheim.example",
        }
        answer = self.patch(**{**HTTP, **secrets})
        self.assertEqual(204, answer.status_int, answer.text)
        answer = self.frank.rest("GET", REST)
        self.assertNotIn("geheim", answer.text)
        self.assertEqual(WSO2, answer.json["data"]["http_payload"])
        self.assertEqual(204, self.patch(**answer.json["data"]).status_int, "what was read can be sent back")
        self.assertEqual(secrets, {name: setting(name) for name in secrets})

    def test_what_is_wrong_is_refused_with_the_field(self):
        wrong = {
            "http_url": (
                "ftp://example.com",
                "https://user:pass@example.com/",
                "https://",
                "https://example.com/\r\nX: y",
            ),
            "http_payload": (
                "{",
                '{"to": {{mobile}}}',
                '{"to": {{mobile}}, "b": {{body}}, "c": {{other}}}',
                7,
                "\ud800",
            ),
            "http_headers": ("abc", "X: \u20ac", "X: a\0b", "Host: a", ["X: y"]),
            "http_method": ("GET", "post"),
            "http_content_type": ("XML",),
            "http_success_status": ("2xx",),
            "apprise_url": ("nonsense", "syslog://"),
        }
        for name, value in ((name, value) for name, values in wrong.items() for value in values):
            with self.subTest(name=name, value=value):
                answer = self.patch(**{"code_length": 8, name: value})
                self.assertEqual(400, answer.status_int)
                self.assertEqual([name], re.findall(r"'field': '(\w+)'", answer.json["message"]))
        self.assertEqual((6, ""), (setting("code_length"), setting("http_url") or ""))

    def test_a_template_that_no_longer_fits_is_refused(self):
        self.assertEqual(204, self.patch(**HTTP).status_int)
        answer = self.patch(http_content_type="FORM")
        self.assertEqual(400, answer.status_int)
        self.assertIn("'field': 'http_payload'", answer.json["message"])
        self.assertEqual(204, self.patch(http_content_type="FORM", http_payload=FORM).status_int)

    def test_what_is_stored_wrong_keeps_nobody_from_changing_the_rest(self):
        self.configure(http_payload="{")
        self.assertEqual(204, self.patch(code_length=8, http_url="https://example.com/").status_int)


class DeliveryTest(GatewaysTest):
    def sign_in(self, **settings):
        """Have anna's code sent, and return its text."""
        self.protected()
        self.configure(**settings)
        anna = self.pending()
        self.account()  # once no work is left
        return anna

    def test_a_code_is_sent_by_a_template_and_lets_its_owner_in(self):
        with fake.running() as server, patch.dict(os.environ, ALLOWED):
            anna = self.sign_in(gateway="http", http_url=server.url, http_payload=WSO2)
            [request] = server.requests
            self.assertEqual(PHONE, request.json["to"])
            anna.answer(re.search(r"#(\d+)$", request.json["content"])[1])
        self.assertTrue(anna.is_signed_in())

    def test_the_network_of_the_site_is_not_reached_unless_the_environment_allows_it(self):
        with fake.running() as server:
            port = server.server_port
            self.sign_in(gateway="http", http_url=f"http://127.0.0.1:{port}/", http_payload=WSO2)
            self.configure(http_url=f"http://2130706433:{port}/")
            self.frank.open(PANEL)
            self.frank.fill(test_number=PHONE)
            self.assertIn("no public address", self.frank.press("test"))
            self.assertEqual([], server.requests)

    def test_what_gateways_did_is_counted_and_shown_to_administrators(self):
        with fake.running((503, "")) as first, fake.running() as second, patch.dict(os.environ, ALLOWED):
            self.sign_in(
                gateway="apprise",
                apprise_url=f"json://127.0.0.1:{first.server_port}/",
                gateway_second="http",
                http_url=second.url,
                http_payload=WSO2,
            )
            self.assertEqual((1, 1), (len(first.requests), len(second.requests)))
        rows = html.fromstring(self.frank.open("@@smsauth-counters")).xpath("//table[@id='smsauth-gateways']/tbody/tr")
        cells = [[" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")] for row in rows]
        self.assertIn(["Apprise", "0", "1", "try-later: 1"], [row[:4] for row in cells])
        self.assertIn(["Custom HTTP", "1", "0", ""], [row[:4] for row in cells])
        answer = self.frank.get("@@smsauth-counters?format=prometheus")
        self.assertEqual("text/plain; version=0.0.4; charset=utf-8", answer.headers["Content-Type"])
        self.assertIn('smsauth_gateway_sent_total{gateway="http"} 1\n', answer.text)
        self.assertIn('smsauth_gateway_failed_total{gateway="apprise",class="try-later"} 1\n', answer.text)
        self.assertNotIn(PHONE, answer.text)

    def test_nobody_else_sees_the_counters(self):
        bert = Administrator(self.layer, "bert", PASSWORD)
        self.assertNotIn("smsauth_gateway", bert.open("@@smsauth-counters?format=prometheus"))

    def test_a_test_text_is_counted_too(self):
        self.frank.open(PANEL)
        self.frank.fill(test_number=PHONE)
        self.frank.press("test")
        self.assertIn(
            'smsauth_gateway_sent_total{gateway="outbox"} 1\n',
            self.frank.get("@@smsauth-counters?format=prometheus").text,
        )
