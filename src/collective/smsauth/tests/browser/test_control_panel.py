"""The control panel as an administrator meets it."""

from collective.smsauth.domain.policy import BOUNDS
from collective.smsauth.settings.gateways import secrets
from collective.smsauth.settings.gateways import whole_schema
from collective.smsauth.testing import FUNCTIONAL
from collective.smsauth.testing import PASSWORD
from collective.smsauth.testing import texts
from collective.smsauth.tests.support.administrator import ACCOUNT
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.administrator import configure
from collective.smsauth.tests.support.administrator import set_up_mail
from collective.smsauth.tests.support.administrator import setting
from collective.smsauth.tests.support.administrator import settings
from collective.smsauth.tests.support.administrator import TOKEN
from collective.smsauth.tests.support.administrator import TWILIO
from collective.smsauth.tests.support.bare_pages import bare_pages
from collective.smsauth.tests.support.contexts import entered
from collective.smsauth.tests.support.fake_twilio import refusal
from collective.smsauth.tests.support.fake_twilio import running
from itertools import cycle
from itertools import islice
from plone import api
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from unittest.mock import patch
from zope import schema

import datetime
import os
import transaction
import unittest

PANEL = "@@smsauth-controlpanel"
SWITCHES = [name for name in whole_schema() if isinstance(whole_schema()[name], schema.Bool)]
CHOICES = ["enforcement", "gateway", "gateway_second", *SWITCHES]
LINES = [name for name in whole_schema() if isinstance(whole_schema()[name], schema.Tuple)]
NUMBER = "+31612345678"


def _field(page: str, name: str) -> str:
    """Return the part of the page that belongs to one field."""
    return page.split(f'id="formfield-form-widgets-{name}"')[1].split('id="formfield-')[0]


class ControlPanelTest(unittest.TestCase):
    """A test with an administrator before the open control panel."""

    layer = FUNCTIONAL

    def setUp(self):
        """Open the page, without what Plone puts around it."""
        entered(self, bare_pages())
        self.administrator = Administrator(self.layer)
        self.administrator.open(PANEL)

    def save(self, **values):
        """Fill in some fields, save, and return the page that follows."""
        self.administrator.open(PANEL)
        self.administrator.fill(**values)
        return self.administrator.press("save")


class AccessTest(ControlPanelTest):
    """Who gets in."""

    def test_a_visitor_and_a_member_are_kept_out(self):
        member = Administrator(self.layer, "bert", PASSWORD)
        self.assertNotIn("form.widgets.code_length", member.open(PANEL))

    def test_a_site_administrator_gets_in(self):
        add_site_administrator()
        frank = Administrator(self.layer, "frank", PASSWORD)
        self.assertIn("form.widgets.code_length", frank.open(PANEL))

    def test_the_site_setup_leads_here(self):
        self.assertIn(f"/{PANEL}", self.administrator.open("@@overview-controlpanel"))

    def test_every_setting_has_an_input_with_a_label(self):
        page = self.administrator.open(PANEL)
        for name in whole_schema():
            with self.subTest(name=name):
                box = "-0" if name in SWITCHES else ""
                self.assertIn(f'id="form-widgets-{name}{box}"', page)
                self.assertIn(f'for="form-widgets-{name}{box}"', page)


class SaveTest(ControlPanelTest):
    """Saving settings."""

    def test_values_are_stored(self):
        page = self.save(
            code_length="8",
            code_lifetime="120",
            resend_waits="10\n20\n",
            default_region="NL",
            text_sign_in="Code ${code}",
        )
        self.assertIn("Changes saved.", page)
        self.assertEqual((setting("code_length"), setting("code_lifetime")), (8, 120))
        self.assertEqual(setting("resend_waits"), (10, 20))
        self.assertEqual((setting("default_region"), setting("text_sign_in")), ("NL", "Code ${code}"))

    def test_saving_the_page_as_it_is_changes_nothing(self):
        configure(**TWILIO, texts_per_address=10000)
        before = settings()
        self.assertIn("Changes saved.", self.save())
        self.assertEqual(settings(), before)

    def test_cancel_changes_nothing(self):
        self.administrator.fill(code_length="8")
        self.administrator.press("cancel")
        self.assertEqual(setting("code_length"), 6)

    def test_numbers_out_of_bounds_are_refused_with_the_bound_named(self):
        before = settings()
        for beyond in (-1, 1):
            values = {name: str((least if beyond < 0 else most) + beyond) for name, (least, most) in BOUNDS.items()}
            page = self.save(**values)
            for name, (least, most) in BOUNDS.items():
                with self.subTest(name=name, value=values[name]):
                    self.assertIn(f"Enter a whole number from {least} to {most}.", _field(page, name))
        self.assertEqual(settings(), before)

    def test_waits_out_of_bounds_are_refused_with_the_bounds_named(self):
        for waits in ("4", "30\n3601", "x", "", "\n".join(["30"] * 11)):
            with self.subTest(waits=waits):
                page = self.save(resend_waits=waits)
                self.assertIn("Enter 1 to 10 whole numbers, one a line, each from 5 to 3600.", page)
                self.assertEqual(setting("resend_waits"), (30, 60, 120, 300))

    def test_a_text_without_the_code_is_refused(self):
        page = self.save(text_sign_in="Hello")
        self.assertIn("The text must contain the placeholder of the code", page)
        self.assertEqual(setting("text_sign_in"), "")

    def test_an_own_wording_says_how_many_messages_it_is(self):
        page = self.save(text_sign_in="${site}: ${code}")
        self.assertIn("this is one text message: 34 of 160 characters", _field(page, "text_sign_in"))
        self.assertNotIn("text message:", _field(page, "text_set_up"))

    def test_typographic_characters_cost_nothing_and_are_not_named(self):
        page = self.save(text_sign_in="Code d’accès de ${site} : « ${code} » – merci…")
        self.assertIn("this is one text message", _field(page, "text_sign_in"))
        self.assertNotIn("Not in the alphabet", page)

    def test_a_character_that_costs_is_named_and_the_length_told_on_saving(self):
        page = self.save(
            text_sign_in="${site}: twój kod logowania to ${code}. Jest ważny ${minutes} minut. Nie podawaj go nikomu."
        )
        self.assertIn("this takes 2 text messages", _field(page, "text_sign_in"))
        self.assertIn("Not in the alphabet of text messages: “ó” “ż”", _field(page, "text_sign_in"))
        self.assertIn("this takes 2 text messages", page.partition("Self-check")[0])

    def test_a_country_that_is_none_is_refused(self):
        self.assertIn("two capital letters of a country", self.save(default_region="Holland"))
        self.assertEqual(setting("default_region"), "")

    def test_what_was_typed_stays_when_something_else_is_refused(self):
        page = self.save(code_length="99", twilio_from="+12025550123", text_set_up="Set up: ${code}")
        for typed in ('value="99"', 'value="+12025550123"', 'value="Set up: ${code}"'):
            self.assertIn(typed, page)

    def test_lists_are_stored_one_item_a_line(self):
        self.save(
            required_groups="Reviewers\n\n  Administrators \r\n",
            exempt_networks="192.0.2.0/24\n2001:db8::/32\n192.0.2.77",
            blocked_countries="NL\nDE",
        )
        self.assertEqual(setting("required_groups"), ("Reviewers", "Administrators"))
        self.assertEqual(setting("exempt_networks"), ("192.0.2.0/24", "2001:db8::/32", "192.0.2.77"))
        self.assertEqual(setting("blocked_countries"), ("NL", "DE"))
        self.assertIn("2001:db8::/32\n192.0.2.77", self.administrator.open(PANEL).replace("\r", ""))
        self.save(required_groups="")
        self.assertEqual(setting("required_groups"), ())

    def test_the_item_that_is_wrong_is_named(self):
        before = settings()
        for name, lines, item, words in (
            ("exempt_networks", "192.0.2.0/24\n192.0.2.1/24", "192.0.2.1/24", "is not a network"),
            ("exempt_networks", "192.0.2.0/24\noffice <b>", "office &lt;b&gt;", "is not a network"),
            ("allowed_countries", "NL\nHolland", "Holland", "two capital letters"),
            ("exempt_users", "bot\n" + "x" * 201, "x" * 60 + "…", "at most 200 characters"),
        ):
            with self.subTest(name=name, item=item):
                part = _field(self.save(**{name: lines}), name)
                self.assertIn(f"“{item}” ", part)
                self.assertIn(words, part)
                self.assertEqual(settings(), before)

    def test_a_list_that_is_too_long_is_refused(self):
        page = self.save(exempt_users="\n".join(f"user{number}" for number in range(1001)))
        self.assertIn("Enter at most 1000 lines", _field(page, "exempt_users"))
        self.assertEqual(setting("exempt_users"), ())

    def test_a_box_can_be_ticked_and_unticked(self):
        self.assertTrue(setting("channel_text"))
        self.administrator.open(PANEL)
        for name in ("channel_text", "generate_codes"):
            self.administrator.browser.getControl(name=f"form.widgets.{name}:list").value = []
        self.administrator.fill(channel_voice="selected")
        self.administrator.press("save")
        self.assertEqual([setting(f"channel_{name}") for name in ("text", "voice", "email")], [False, True, False])
        self.assertFalse(setting("generate_codes"))
        self.assertIn("Changes saved.", self.save(channel_text="selected"))
        self.assertTrue(setting("channel_text"))

    def test_a_date_is_stored_and_can_be_taken_back(self):
        page = self.save(grace_everyone="2030-12-31")
        self.assertEqual(setting("grace_everyone"), datetime.date(2030, 12, 31))
        self.assertIn('type="date"', page)
        self.assertIn('value="2030-12-31"', page)
        self.save(grace_everyone="")
        self.assertIsNone(setting("grace_everyone"))

    def test_what_is_no_date_is_refused(self):
        for text in ("soon", "2030-02-30", "1-2-3-4", "20301231", "2030-W01-1", "0000-01-01", "9" * 30 + "-1-1", "-"):
            with self.subTest(text=text):
                self.assertIn("Enter a date as year", _field(self.save(grace_everyone=text), "grace_everyone"))
                self.assertIsNone(setting("grace_everyone"))

    def test_a_field_with_an_error_says_so_to_screen_readers(self):
        self.assertIn('aria-invalid="true"', self.save(code_length="99"))
        self.assertNotIn('aria-invalid="true"', self.save(code_length="9"))


class SecretsTest(ControlPanelTest):
    """Secrets of the provider."""

    def test_a_stored_secret_is_not_in_the_page(self):
        configure(**TWILIO, twilio_api_key_secret="k" * 32)
        page = self.administrator.open(PANEL)
        self.assertNotIn(TOKEN, page)
        self.assertNotIn("k" * 32, page)
        for name in secrets():
            self.assertEqual(self.administrator.browser.getControl(name=f"form.widgets.{name}").value, "")

    def test_a_secret_is_stored_but_never_sent_back(self):
        page = self.save(twilio_auth_token=TOKEN)
        self.assertEqual(setting("twilio_auth_token"), TOKEN)
        self.assertNotIn(TOKEN, page)

    def test_a_typed_secret_is_not_sent_back_with_an_error_and_the_page_says_so(self):
        page = self.save(twilio_auth_token=TOKEN, code_length="99")
        self.assertNotIn(TOKEN, page)
        self.assertIn("Enter the token or secret again: it is never shown", page)
        self.assertEqual(setting("twilio_auth_token"), "")

    def test_saved_empty_it_keeps_its_value(self):
        configure(**TWILIO)
        self.save(code_length="8")
        self.assertEqual((setting("twilio_auth_token"), setting("code_length")), (TOKEN, 8))

    def test_it_can_be_removed(self):
        configure(**TWILIO, twilio_api_key_secret="k" * 32)
        self.save(forget_secrets="selected")
        self.assertEqual((setting("twilio_auth_token"), setting("twilio_api_key_secret")), ("", ""))

    def test_one_that_is_entered_while_the_stored_ones_are_removed_is_stored(self):
        configure(**TWILIO, twilio_api_key_secret="k" * 32)
        self.save(forget_secrets="selected", twilio_auth_token="n" * 32)
        self.assertEqual((setting("twilio_auth_token"), setting("twilio_api_key_secret")), ("n" * 32, ""))

    def test_another_account_with_the_former_token_is_remarked(self):
        configure(**TWILIO)
        remark = "The account SID was changed, but the auth token was not"
        self.assertIn(remark, self.save(twilio_account_sid="AC" + "1" * 32))
        self.assertNotIn(remark, self.save(twilio_account_sid=ACCOUNT, twilio_auth_token=TOKEN))
        self.assertNotIn(remark, self.save(code_length="8"))

    def test_browsers_are_told_not_to_fill_in_a_password(self):
        self.assertEqual(self.administrator.open(PANEL).count('autocomplete="new-password"'), len(secrets()))

    def test_a_value_of_the_environment_is_named_but_not_shown(self):
        self.assertNotIn("environment", self.administrator.open(PANEL))
        with patch.dict(os.environ, TWILIO_AUTH_TOKEN=TOKEN, TWILIO_FROM="+12025550199"):
            page = self.administrator.open(PANEL)
        for variable in ("TWILIO_AUTH_TOKEN", "TWILIO_FROM"):
            self.assertIn(f"Set by the environment variable {variable}, which wins", page)
        self.assertNotIn("environment variable TWILIO_ACCOUNT_SID", page)
        self.assertNotIn(TOKEN, page)
        self.assertNotIn("+12025550199", page)


class RequiredTest(ControlPanelTest):
    """Requiring two-step verification of everyone."""

    def test_it_is_refused_with_the_reasons_while_the_gateway_is_not_ready(self):
        page = self.save(enforcement="required", gateway="twilio")
        self.assertIn("cannot be required while no text can be sent", page)
        self.assertIn("The account SID is missing", page)
        self.assertEqual((setting("enforcement"), setting("gateway")), ("optional", "outbox"))

    def test_nor_can_it_be_required_of_some(self):
        page = self.save(enforcement="selected", required_roles="Manager", gateway="twilio")
        self.assertIn("cannot be required while no text can be sent", page)
        self.assertEqual(setting("enforcement"), "optional")

    def test_requiring_it_of_nobody_is_remarked(self):
        remark = "two-step verification is required for nobody"
        self.assertIn(remark, self.save(enforcement="selected"))
        self.assertNotIn(remark, self.save(enforcement="selected", required_groups="Administrators"))
        self.assertEqual(setting("required_groups"), ("Administrators",))

    def test_what_was_typed_is_kept_in_the_refusal(self):
        page = self.save(enforcement="required", gateway="twilio", code_length="8")
        self.assertIn('value="8"', page)

    def test_it_is_stored_when_the_gateway_in_the_same_form_is_ready(self):
        self.save(enforcement="required", **TWILIO)
        self.assertEqual((setting("enforcement"), setting("gateway")), ("required", "twilio"))

    def test_values_of_the_environment_make_a_gateway_ready(self):
        with patch.dict(os.environ, TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN=TOKEN, TWILIO_FROM="+12025550123"):
            self.save(enforcement="required", gateway="twilio")
        self.assertEqual(setting("enforcement"), "required")

    def test_one_of_two_gateways_that_is_ready_is_enough(self):
        self.save(enforcement="required", gateway="twilio", gateway_second="outbox")
        self.assertEqual((setting("enforcement"), setting("gateway_second")), ("required", "outbox"))
        page = self.save(gateway_second="--NOVALUE--")
        self.assertIn("cannot be required while no text can be sent", page)
        self.assertEqual("outbox", setting("gateway_second"))
        self.save(enforcement="optional", gateway_second="--NOVALUE--")
        self.assertEqual("", setting("gateway_second"))

    def test_what_makes_it_work_cannot_be_taken_away_while_it_is_required(self):
        configure(**TWILIO, enforcement="required")
        page = self.save(forget_secrets="selected")
        self.assertIn("The auth token, or an API key, is missing", page)
        self.assertEqual(setting("twilio_auth_token"), TOKEN)

    def test_with_the_outbox_it_is_stored_with_a_warning(self):
        page = self.save(enforcement="required")
        self.assertIn("the gateway does not send to phones", page)
        self.assertEqual(setting("enforcement"), "required")


class SelfCheckBlockTest(ControlPanelTest):
    """The self-check on top."""

    def test_all_is_green_when_nothing_is_wrong(self):
        set_up_mail()
        page = self.administrator.open(PANEL)
        self.assertIn("alert-success", page)
        self.assertNotIn("alert-danger", page)
        self.assertNotIn("form.buttons.repair", page)

    def test_what_is_wrong_is_red(self):
        api.portal.set_registry_record("plone.smtp_host", "")
        transaction.commit()
        page = self.administrator.open(PANEL)
        self.assertIn("E-mail is not set up.", page)
        self.assertIn("alert-danger", page)
        self.assertNotIn("alert-success", page)

    def test_the_plugin_can_be_put_back_in_place(self):
        set_up_mail()
        plugins = api.portal.get_tool("acl_users").plugins
        plugins.movePluginsDown(IAuthenticationPlugin, ["smsauth"])
        transaction.commit()
        self.assertIn("alert-danger", self.administrator.open(PANEL))
        page = self.administrator.press("repair")
        self.assertIn("The plugin is back in its place", page)
        self.assertIn("alert-success", page)
        transaction.begin()
        self.assertEqual(plugins.listPluginIds(IAuthenticationPlugin)[0], "smsauth")

    def test_a_plugin_that_is_gone_can_be_put_back(self):
        folder = api.portal.get_tool("acl_users")
        folder._delObject("smsauth")
        transaction.commit()
        self.assertIn("The plugin is missing", self.administrator.open(PANEL))
        self.administrator.press("repair")
        transaction.begin()
        self.assertIn("smsauth", folder.objectIds())

    def test_other_sites_cannot_make_a_browser_put_it_back(self):
        folder = api.portal.get_tool("acl_users")
        folder._delObject("smsauth")
        transaction.commit()
        self.administrator.post(PANEL, {"form.buttons.repair": "1"}, token=False)
        self.administrator.get(f"{PANEL}?form.buttons.repair=1")
        transaction.begin()
        self.assertNotIn("smsauth", folder.objectIds())


class TestTextTest(ControlPanelTest):
    """Sending a text to try the settings out."""

    def send(self, number=NUMBER):
        """Type a number and press the button."""
        self.administrator.open(PANEL)
        self.administrator.fill(test_number=number)
        return self.administrator.press("test")

    def test_a_text_leaves_and_the_page_says_so(self):
        api.portal.set_registry_record("plone.site_title", "Our site")
        transaction.commit()
        page = self.send("+31 6 12345678")
        self.assertIn("The text message was sent.", page)
        self.assertEqual([text.to for text in texts()], [NUMBER])
        self.assertEqual(texts()[0].body, "Our site: This is a test of two-step verification.")

    def test_a_number_of_no_use_gets_an_answer_and_no_text(self):
        for number, answer in (
            ("12", "is not a phone number"),
            ("", "Required input"),
            ("+31 20 1234567", "cannot receive"),
        ):
            with self.subTest(number=number):
                self.assertIn(answer, self.send(number))
        self.assertEqual(texts(), [])

    def test_a_gateway_that_is_not_ready_says_what_is_missing(self):
        configure(gateway="twilio")
        page = self.send()
        self.assertIn("The account SID is missing", page)
        self.assertEqual(texts(), [])

    def test_the_answer_of_the_provider_is_shown_in_plain_words(self):
        configure(**TWILIO)
        with running() as twilio, patch.dict(os.environ, TWILIO_BASE_URL=twilio.url):
            twilio.answers.append((400, refusal(21211, "The 'To' number is not valid")))
            page = self.send()
        self.assertIn("the phone number is not in use", page)
        self.assertIn("The gateway says:", page)
        self.assertIn("21211", page)
        self.assertNotIn(TOKEN, page)

    def test_eleven_in_an_hour_are_too_many(self):
        for _ in range(10):
            self.send()
        self.assertIn("Too many tests were sent", self.send())
        self.assertEqual(len(texts()), 10)
        self.layer["clock"].advance(60 * 60 + 1)
        self.assertIn("The text message was sent.", self.send())

    def test_the_second_gateway_is_tested_by_a_button_of_its_own(self):
        self.assertNotIn("through the second gateway", self.administrator.open(PANEL))
        configure(gateway="outbox", gateway_second="twilio")
        self.administrator.open(PANEL)
        self.administrator.fill(test_number=NUMBER)
        self.assertIn("The account SID is missing", self.administrator.press("test_second"))
        self.assertEqual(texts(), [])
        configure(gateway="twilio", gateway_second="outbox")
        self.administrator.open(PANEL)
        self.administrator.fill(test_number=NUMBER)
        self.assertIn("The text message was sent.", self.administrator.press("test_second"))
        self.assertEqual([text.to for text in texts()], [NUMBER])

    def test_without_the_token_of_the_page_nothing_is_sent(self):
        fields = {"form.widgets.test_number": NUMBER, "form.buttons.test": "1"}
        self.administrator.post(PANEL, fields, token=False)
        self.administrator.get(f"{PANEL}?form.widgets.test_number=%2B31612345678&form.buttons.test=1")
        self.assertEqual(texts(), [])
        self.administrator.post(PANEL, fields)
        self.assertEqual(len(texts()), 1)

    def test_it_does_not_need_the_plugin_to_answer(self):
        api.portal.get_tool("acl_users")._delObject("smsauth")
        transaction.commit()
        self.assertIn("The plugin is missing", self.send())
        self.assertEqual(texts(), [])

    def test_settings_that_were_not_saved_do_not_count(self):
        self.administrator.open(PANEL)
        self.administrator.fill(gateway="twilio", test_number=NUMBER)
        self.administrator.press("test")
        self.assertEqual((setting("gateway"), len(texts())), ("outbox", 1))


class BadInputTest(ControlPanelTest):
    """Whatever is posted, there is an answer, and nothing is changed."""

    def rendered(self):
        """Return the fields of the page as a browser would send them."""
        self.administrator.open(PANEL)
        form = self.administrator.browser.getForm(id="smsauth-settings")
        names = [f"form.widgets.{name}" for name in whole_schema()]
        values = {}
        for name in names:
            offered = f"{name}:list" if name.removeprefix("form.widgets.") in CHOICES else name
            value = form.getControl(name=offered).value
            if value != []:
                values[offered] = value[0] if isinstance(value, list) else value
            if name.removeprefix("form.widgets.") in SWITCHES:
                values[f"{name}-empty-marker"] = "1"
        return {**values, "form.buttons.save": "Save"}

    def assert_refused(self, fields):
        """Post the fields, and check that the page comes back with an error and that nothing changed."""
        before = settings()
        response = self.administrator.post(PANEL, fields)
        self.assertEqual(response.status_int, 200)
        self.assertIn("alert-danger", response.text.split('id="smsauth-settings-title"')[1])
        self.assertEqual(settings(), before)

    def test_the_fields_as_a_browser_sends_them_are_saved(self):
        response = self.administrator.post(PANEL, {**self.rendered(), "form.widgets.code_length": "8"})
        self.assertEqual(response.status_int, 302)
        self.assertEqual(setting("code_length"), 8)

    def test_unusable_values_of_every_field(self):
        rendered = self.rendered()
        shapes = cycle(
            [
                (".x:record", "1"),
                (".x:records", "1"),
                (":tuple", "1"),
                (":int", "7"),
                (":bytes", "7"),
                ("", "a\0b"),
                ("", "\udcff"),
                ("", "a\x01b"),
                ("", "x" * 100000),
            ]
        )
        for name in whole_schema():
            plain = f"form.widgets.{name}"
            others = {key: value for key, value in rendered.items() if key.removesuffix(":list") != plain}
            for suffix, value in islice(shapes, 2):
                with self.subTest(name=name, suffix=suffix, value=value[:10]):
                    self.assert_refused({**others, plain + suffix: value})

    def test_a_list_where_one_value_belongs(self):
        rendered = self.rendered()
        values = {
            key if key.endswith(":list") or "widgets" not in key else f"{key}:list": rendered[key] for key in rendered
        }
        self.assert_refused(values)

    def test_unusable_numbers(self):
        rendered = self.rendered()
        for value in ("", "x", "-1", "1e9", "6.5", "9" * 5000, "0x10", "NaN", "٣٫٥"):
            before = settings()
            fields = {**rendered, **{f"form.widgets.{name}": value for name in BOUNDS}}
            page = self.administrator.post(PANEL, fields).text
            for name in BOUNDS:
                with self.subTest(name=name, value=value[:10]):
                    self.assertIn("Enter a whole number from", _field(page, name))
            self.assertEqual(settings(), before)

    def test_choices_that_are_not_offered(self):
        rendered = self.rendered()
        for name in ("enforcement", "gateway", "gateway_second"):
            for value in ("nobody",) if name == "gateway_second" else ("", "--NOVALUE--", "nobody"):
                with self.subTest(name=name, value=value):
                    self.assert_refused({**rendered, f"form.widgets.{name}:list": value})

    def test_fields_that_were_not_sent_keep_their_values(self):
        configure(**TWILIO, text_sign_in="${code}")
        rendered = self.rendered()
        for name in ("twilio_account_sid", "twilio_from", "text_sign_in"):
            del rendered[f"form.widgets.{name}"]
        before = settings()
        self.administrator.post(PANEL, rendered)
        self.assertEqual(settings(), before)

    def test_without_the_token_of_the_page_nothing_is_saved(self):
        fields = {**self.rendered(), "form.widgets.code_length": "8"}
        response = self.administrator.post(PANEL, fields, token=False)
        self.assertIn("This page was open for too long", response.text)
        self.assertEqual(setting("code_length"), 6)
        self.administrator.post(PANEL, {**fields, "_authenticator": "0" * 40}, token=False)
        self.assertEqual(setting("code_length"), 6)

    def test_an_unusable_number_for_the_test(self):
        for field, value in (
            ("form.widgets.test_number:list", NUMBER),
            ("form.widgets.test_number.x:record", NUMBER),
            ("form.widgets.test_number", "+31612345678\0"),
            ("form.widgets.test_number", "\udcff"),
            ("form.widgets.test_number", "1" * 100000),
        ):
            with self.subTest(field=field, value=value[:20]):
                response = self.administrator.post(PANEL, {field: value, "form.buttons.test": "1"})
                self.assertEqual(response.status_int, 200)
                self.assertEqual(texts(), [])
