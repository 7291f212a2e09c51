"""The REST twin of the control panel: the same rules as the page, and secrets are never shown."""

from collective.smsauth.domain.policy import BOUNDS
from collective.smsauth.settings.gateways import whole_schema
from collective.smsauth.testing import FUNCTIONAL
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.administrator import ACCOUNT
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.administrator import configure
from collective.smsauth.tests.support.administrator import grant
from collective.smsauth.tests.support.administrator import setting
from collective.smsauth.tests.support.administrator import settings
from collective.smsauth.tests.support.administrator import TOKEN
from collective.smsauth.tests.support.administrator import TWILIO
from itertools import product
from plone import api
from unittest.mock import patch
from zope import schema

import datetime
import os
import transaction
import unittest

PANEL = "@controlpanels/smsauth"


def is_usable(name, value):
    """Tell whether a value that most settings cannot have is one that this setting can."""
    field = whole_schema()[name]
    if isinstance(field, schema.Tuple):
        return value == [] and not field.required
    return isinstance(field, schema.Bool) and value is True


class ControlPanelServiceTest(unittest.TestCase):
    """A test that talks to the REST API as an administrator."""

    layer = FUNCTIONAL

    def setUp(self):
        """Sign in."""
        self.administrator = Administrator(self.layer)

    def read(self):
        """Return the JSON of the panel."""
        response = self.administrator.rest("GET", PANEL)
        self.assertEqual(response.status_int, 200)
        return response.json

    def change(self, status, **values):
        """Send changes, and check the status of the answer."""
        response = self.administrator.rest("PATCH", PANEL, values)
        self.assertEqual(response.status_int, status, response.text)
        return response


class ReadTest(ControlPanelServiceTest):
    """What the panel shows."""

    def test_it_has_all_settings_with_their_values(self):
        configure(code_lifetime=120)
        panel = self.read()
        self.assertEqual(set(panel["data"]), set(whole_schema()))
        self.assertEqual(panel["data"]["code_lifetime"], 120)
        self.assertEqual(panel["schema"]["properties"]["code_lifetime"]["maximum"], 600)

    def test_it_says_that_the_plugin_is_missing(self):
        api.portal.get_tool("acl_users")._delObject("smsauth")
        transaction.commit()
        [wrong] = [finding for finding in self.read()["self_check"] if not finding["ok"]]
        self.assertIn("The plugin is missing", " ".join(wrong["advice"]))
        self.change(204, code_length=8)

    def test_it_is_listed_among_the_control_panels(self):
        panels = self.administrator.rest("GET", "@controlpanels").json
        self.assertIn("Two-step verification", [panel["title"] for panel in panels])

    def test_secrets_are_empty_wherever_they_are_stored(self):
        configure(**TWILIO, twilio_api_key_secret="k" * 32)
        response = self.administrator.rest("GET", PANEL)
        self.assertEqual(response.json["data"]["twilio_auth_token"], "")
        self.assertNotIn(TOKEN, response.text)
        self.assertNotIn("k" * 32, response.text)

    def test_it_names_what_the_environment_sets_but_not_the_value(self):
        with patch.dict(os.environ, TWILIO_AUTH_TOKEN=TOKEN):
            response = self.administrator.rest("GET", PANEL)
        self.assertEqual(response.json["environment"], ["twilio_auth_token"])
        self.assertNotIn(TOKEN, response.text)

    def test_it_shows_the_self_check(self):
        titles = {finding["title"]: finding["ok"] for finding in self.read()["self_check"]}
        self.assertIs(titles["The key ring has a key."], True)

    def test_a_member_may_neither_read_nor_change(self):
        member = Administrator(self.layer, "bert", PASSWORD)
        self.assertEqual(member.rest("GET", PANEL).status_int, 401)
        self.assertEqual(member.rest("PATCH", PANEL, {"code_length": 8}).status_int, 401)
        self.assertEqual(setting("code_length"), 6)

    def test_who_may_see_the_site_setup_but_not_manage_the_second_step_may_neither_read_nor_change(self):
        self.layer["portal"].manage_permission("Plone Site Setup: Overview", ["Manager", "Editor"])
        grant("bert", "Editor")
        editor = Administrator(self.layer, "bert", PASSWORD)
        self.assertEqual(editor.rest("GET", "@controlpanels").status_int, 200)
        self.assertEqual(editor.rest("GET", PANEL).status_int, 401)
        self.assertEqual(editor.rest("PATCH", PANEL, {"code_length": 8}).status_int, 401)
        self.assertEqual(setting("code_length"), 6)

    def test_a_site_administrator_may_read_and_change(self):
        add_site_administrator()
        frank = Administrator(self.layer, "frank", PASSWORD)
        self.assertEqual(frank.rest("GET", PANEL).status_int, 200)
        self.assertEqual(frank.rest("PATCH", PANEL, {"code_length": 8}).status_int, 204)
        self.assertEqual(setting("code_length"), 8)


class ChangeTest(ControlPanelServiceTest):
    """What can be changed, and what cannot."""

    def test_what_was_read_can_be_sent_back(self):
        configure(**TWILIO)
        before = settings()
        self.change(204, **self.read()["data"])
        self.assertEqual(settings(), before)

    def test_several_settings_are_stored_at_once(self):
        self.change(204, code_length=8, resend_waits=[10, 20], gateway={"token": "twilio", "title": "Twilio"})
        self.assertEqual((setting("code_length"), setting("resend_waits"), setting("gateway")), (8, (10, 20), "twilio"))

    def test_a_number_out_of_bounds_is_refused_with_the_bound_named(self):
        for name, (least, most) in BOUNDS.items():
            for value in (least - 1, most + 1):
                with self.subTest(name=name, value=value):
                    before = settings()
                    answer = self.change(400, **{name: value}).text
                    self.assertIn(f"from {least} to {most}", answer)
                    self.assertIn(name, answer)
                    self.assertEqual(settings(), before)

    def test_one_wrong_value_keeps_the_right_ones_from_being_stored(self):
        self.change(400, code_length=8, max_tries=99)
        self.assertEqual(setting("code_length"), 6)

    def test_an_empty_secret_keeps_its_value(self):
        configure(**TWILIO)
        for empty in ("", None):
            with self.subTest(empty=empty):
                self.change(204, twilio_auth_token=empty, code_length=7)
                self.assertEqual(setting("twilio_auth_token"), TOKEN)

    def test_a_new_secret_is_stored_and_forgetting_removes_it(self):
        self.change(204, twilio_auth_token=TOKEN, twilio_account_sid=ACCOUNT)
        self.assertEqual(setting("twilio_auth_token"), TOKEN)
        self.change(204, forget_secrets=True)
        self.assertEqual(setting("twilio_auth_token"), "")

    def test_it_cannot_be_required_while_the_gateway_is_not_ready(self):
        answer = self.change(400, enforcement="required", gateway="twilio")
        self.assertIn("The account SID is missing", answer.text)
        self.assertEqual((setting("enforcement"), setting("gateway")), ("optional", "outbox"))

    def test_it_can_be_required_with_a_gateway_that_is_ready(self):
        self.change(204, enforcement="required", **TWILIO)
        self.assertEqual((setting("enforcement"), setting("gateway")), ("required", "twilio"))

    def test_an_unusable_value_is_refused_and_changes_nothing(self):
        unusable = (
            [],
            {},
            {"token": {}},
            [[]],
            [{}],
            True,
            1.5,
            "x" * 100000,
            "a\0b",
            "\ud800",
            10**400,
            -1,
            [True],
            "\n",
        )
        before = settings()
        for name, value in product(whole_schema(), unusable):
            if not is_usable(name, value):
                with self.subTest(name=name, value=repr(value)[:30]):
                    answer = self.change(400, **{name: value})
                    self.assertIn("message", answer.text)
                    self.assertEqual(settings(), before)

    def test_lists_switches_and_dates_are_stored_and_can_be_taken_back(self):
        self.change(
            204,
            exempt_networks=["192.0.2.0/24"],
            required_roles=["Manager"],
            channel_email=True,
            channel_text=False,
            grace_selected="2030-12-31",
        )
        self.assertEqual(
            [setting(n) for n in ("exempt_networks", "required_roles", "channel_email", "channel_text")],
            [("192.0.2.0/24",), ("Manager",), True, False],
        )
        self.assertEqual(setting("grace_selected"), datetime.date(2030, 12, 31))
        self.assertEqual(self.read()["data"]["grace_selected"], "2030-12-31")
        self.change(204, **self.read()["data"])
        self.change(204, exempt_networks=None, required_roles=[], channel_email=False, grace_selected=None)
        self.assertEqual((setting("exempt_networks"), setting("required_roles")), ((), ()))
        self.assertIs(setting("channel_email"), False)
        self.assertIsNone(setting("grace_selected"))

    def test_the_item_that_is_wrong_is_named(self):
        before = settings()
        for name, values, words in (
            ("exempt_networks", ["192.0.2.0/24", "office"], "“office” is not a network"),
            ("exempt_networks", ["0.0.0.0/0"], "“0.0.0.0/0” is the whole internet"),
            ("exempt_networks", ["::/0"], "“::/0” is the whole internet"),
            ("blocked_countries", ["NL", "XX"], "“XX” is not known"),
            ("exempt_users", ["bot", ""], "“” cannot be used"),
            ("exempt_users", ["bot", "a\nb"], "“a?b” cannot be used"),
            ("exempt_users", ["bot", 7], "“7” cannot be used"),
        ):
            with self.subTest(name=name, values=values):
                answer = self.change(400, **{name: values}).text
                self.assertIn(words, answer.encode().decode("unicode_escape") if "\\u" in answer else answer)
                self.assertEqual(settings(), before)

    def test_what_is_no_date_is_refused(self):
        for value in ("soon", "2030-02-30", "20301231", "2030-12-31T00:00:00", 20301231, True, ["2030-12-31"]):
            with self.subTest(value=value):
                self.change(400, grace_everyone=value)
                self.assertIsNone(setting("grace_everyone"))

    def test_a_switch_is_on_or_off_and_nothing_between(self):
        for value in (None, 0, 1, "true", "", []):
            with self.subTest(value=value):
                self.change(400, channel_voice=value)
                self.assertIs(setting("channel_voice"), False)

    def test_forgetting_takes_true_or_false_only(self):
        configure(**TWILIO)
        for value in ("yes", 1, None, []):
            with self.subTest(value=value):
                self.change(400, forget_secrets=value)
                self.assertEqual(setting("twilio_auth_token"), TOKEN)

    def test_a_body_that_is_no_object_is_refused(self):
        before = settings()
        for body in ([], "x", 1):
            with self.subTest(body=body):
                self.assertEqual(self.administrator.rest("PATCH", PANEL, body).status_int, 400)
                self.assertEqual(settings(), before)
