"""The story of a member, told in Chromium: on a desktop, on a phone, without JavaScript and with the keyboard alone."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.budget import day_of
from collective.smsauth.domain.budget import Kind
from collective.smsauth.domain.sms_pumping import Alarm
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.testing import texts
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import configure
from collective.smsauth.tests.support.administrator import grant
from collective.smsauth.tests.support.post_office import PostOffice
from collective.smsauth.tests.support.screens import axe
from collective.smsauth.tests.support.screens import BROWSER
from collective.smsauth.tests.support.screens import PHONE
from collective.smsauth.tests.support.screens import Screens
from plone import api

import datetime
import transaction
import unittest

NUMBER, READABLE = "+31612345678", "+31 6 12345678"
OTHER_NUMBER = "+31687654321"


class BrowserTest(unittest.TestCase):
    """A window on the site of the layer."""

    layer = BROWSER
    window: dict = {}

    def setUp(self):
        if self.layer["browser"] is None:
            self.skipTest("Chromium is not there: apt-get install chromium, or name it in SMSAUTH_CHROMIUM")
        self.site = f"http://localhost:{self.layer['port']}/plone"
        self.office = PostOffice()
        self.addCleanup(self.office.close)
        self.office.serve()
        transaction.commit()
        self.screens = self.look(**self.window)

    def look(self, **window):
        """Open a window; errors of its scripts fail the test."""
        screens = Screens(self.layer["browser"], self.site, **window)
        self.addCleanup(screens.close)
        self.addCleanup(lambda: self.assertEqual([], screens.complaints))
        return screens

    def protect(self, name="anna", number=NUMBER):
        """Have a member who set up a phone yesterday."""
        accounts = self.layer["portal"].acl_users.smsauth.accounts
        accounts.save(name, Account().bind(number, now=self.layer["clock"]() - 86400))
        transaction.commit()

    def number(self, name="anna"):
        """Return the number that the site has of a member."""
        transaction.begin()
        account = self.layer["portal"].acl_users.smsauth.accounts.get(name)
        return account.number if account else ""

    def require(self):
        """Require the second step of everyone."""
        api.portal.set_registry_record("collective.smsauth.enforcement", "required")
        transaction.commit()

    def wrong_code(self):
        code = last_code()
        return code[:-1] + str((int(code[-1]) + 1) % 10)

    def subjects(self):
        return [mail["Subject"] for mail in self.office.mails()]


class Story:
    """The chapters; each is told by itself."""

    def test_a_member_sets_up_a_phone_and_corrects_a_typo_on_the_way(self):
        screens = self.screens.sign_in("anna").open("@@smsauth-setup")
        screens.fill("mobile_number", "+31 6 123456").press("send")
        self.assertIn("There is no such phone number", screens.text)
        self.assertEqual("+31 6 123456", screens.value("mobile_number"))
        screens.fill("mobile_number", "+31 6 12345679").press("send")
        self.assertIn("+31 6 12345679", screens.text)
        screens.press("back")
        self.assertEqual("+31 6 12345679", screens.value("mobile_number"), "what was typed is kept")
        screens.fill("mobile_number", READABLE).press("send")
        self.assertIn(READABLE, screens.text)
        self.assertEqual("", self.number(), "nothing is bound before the code")
        screens.fill("code", last_code(NUMBER)).press("verify")
        self.assertEqual("Recovery codes", screens.title)
        screens.follow("Continue")
        self.assertEqual("Two-step verification is on", screens.title)
        self.assertIn(READABLE, screens.text)
        self.assertEqual(NUMBER, self.number())
        self.assertEqual(["Two-step verification was set up"], self.subjects())
        self.assertTrue(screens.open().is_signed_in, "this session goes on")

    def test_a_member_signs_in_with_a_code_and_comes_back_to_where_he_came_from(self):
        self.protect()
        screens = self.screens.sign_in("anna", path=f"login?came_from={self.site}/@@personal-information")
        self.assertEqual("Enter the code from your phone", screens.title)
        self.assertFalse(screens.is_signed_in)
        self.assertNotIn("12345", screens.text, "the number is masked")
        screens.fill("code", self.wrong_code()).press("verify")
        self.assertIn("This code is not right. Tries left for this code: 4.", screens.text)
        self.assertFalse(screens.is_signed_in)
        screens.fill("code", last_code()).press("verify")
        self.assertTrue(screens.is_signed_in)
        self.assertEqual(f"{self.site}/@@personal-information", screens.page.url)
        self.assertFalse(screens.sign_out().open().is_signed_in)

    def put(self, **settings):
        """Change settings of the add-on."""
        for name, value in settings.items():
            api.portal.set_registry_record(f"collective.smsauth.{name}", value)
        transaction.commit()

    def test_before_the_date_a_member_is_reminded_and_puts_it_off(self):
        today = datetime.datetime.fromtimestamp(self.layer["clock"](), datetime.timezone.utc).date()
        self.put(enforcement="required", grace_everyone=today + datetime.timedelta(days=3))
        target = f"{self.site}/@@personal-information"
        screens = self.screens.sign_in("anna", path=f"login?came_from={target}")
        self.assertEqual("Two-step verification will be required", screens.title)
        self.assertTrue(screens.is_signed_in)
        self.assertEqual([], screens.serious_findings() if screens.scripts and axe().exists() else [])
        self.assertFalse(screens.too_wide())
        screens.press("later")
        self.assertEqual(target, screens.page.url)
        screens.sign_out().sign_in("anna", path=f"login?came_from={target}")
        self.assertEqual(target, screens.page.url, "not again today")
        self.layer["clock"].advance(24 * 60 * 60 + 1)
        screens.sign_out().sign_in("anna").press("set_up")
        self.assertEqual("Set up two-step verification", screens.title)

    def test_where_the_step_was_skipped_the_number_is_changed_after_a_code(self):
        self.protect()
        self.put(exempt_networks=("127.0.0.0/8", "::1"))
        screens = self.screens.sign_in("anna")
        self.assertTrue(screens.is_signed_in)
        self.assertEqual(0, len(texts()))
        screens.open("@@smsauth-setup")
        self.assertEqual("Enter the code from your phone", screens.title)
        self.assertTrue(screens.is_signed_in, "the session goes on")
        screens.fill("code", last_code()).press("verify")
        self.assertEqual("Two-step verification is on", screens.title)

    def test_a_new_code_is_sent_when_the_wait_is_over_and_the_former_one_no_longer_works(self):
        self.protect()
        screens = self.screens.sign_in("anna")
        first = last_code()
        self.assertIn("You can have a new code sent in 30 seconds.", screens.text)
        screens.press("resend")
        self.assertIn("You can have another one in 30 seconds.", screens.text)
        self.assertEqual(1, len(texts()))
        self.layer["clock"].advance(31)
        screens.press("resend")
        self.assertIn("A new code is on its way.", screens.text)
        self.assertEqual(2, len(texts()))
        if first != last_code():
            screens.fill("code", first).press("verify")
            self.assertFalse(screens.is_signed_in)
        screens.fill("code", last_code()).press("verify")
        self.assertTrue(screens.is_signed_in)

    def test_who_lost_the_phone_moves_the_codes_to_another_and_signs_in_with_it(self):
        self.protect()
        screens = self.screens.sign_in("anna").follow("Lost your phone?")
        screens.fill("username", "anna").fill("mobile_number", OTHER_NUMBER).press("submit")
        self.assertIn("an e-mail with a link is on its way", screens.text)
        self.assertEqual(NUMBER, self.number())
        screens.open(self.office.last_link())
        self.assertEqual("Verify your new phone number", screens.title)
        screens.fill("code", last_code(OTHER_NUMBER)).press("verify")
        self.assertIn("Your phone number was changed.", screens.message)
        self.assertFalse(screens.open().is_signed_in, "a reset signs nobody in")
        self.assertEqual(OTHER_NUMBER, self.number())
        self.assertEqual("Your phone number for logging in was changed", self.subjects()[-1])
        self.assertEqual(NUMBER, texts()[0].to, "the former number is told")
        self.layer["clock"].advance(31)
        screens.sign_in("anna").fill("code", last_code(OTHER_NUMBER)).press("verify")
        self.assertTrue(screens.is_signed_in)

    def test_a_member_turns_it_off_with_the_password_and_needs_no_code_from_then_on(self):
        self.protect()
        screens = self.screens.sign_in("anna").fill("code", last_code()).press("verify")
        screens.open("@@smsauth-setup").follow("Turn off two-step verification")
        screens.fill("password", "not it").press("disable")
        self.assertIn("This is not your password.", screens.text)
        self.assertEqual(NUMBER, self.number())
        screens.fill("password", PASSWORD).press("disable")
        self.assertIn("Two-step verification was turned off.", screens.message)
        self.assertEqual("", self.number())
        self.assertEqual(["Two-step verification was turned off"], self.subjects())
        self.assertTrue(screens.sign_out().sign_in("anna").is_signed_in)

    def test_where_it_is_required_a_member_sets_up_a_phone_before_he_is_signed_in(self):
        self.require()
        screens = self.screens.sign_in("anna")
        self.assertEqual("Set up two-step verification", screens.title)
        self.assertFalse(screens.is_signed_in)
        screens.fill("mobile_number", READABLE).press("send")
        self.assertFalse(screens.is_signed_in)
        screens.fill("code", last_code()).press("verify")
        self.assertTrue(screens.is_signed_in)
        screens.open("@@smsauth-disable")
        self.assertIn("it cannot be turned off", screens.text)
        self.assertEqual(NUMBER, self.number())

    def test_where_it_becomes_required_a_session_from_before_is_asked_at_its_next_page(self):
        screens = self.screens.sign_in("anna")
        self.assertTrue(screens.is_signed_in)
        self.require()
        screens.open("@@personal-information")
        self.assertEqual("Set up two-step verification", screens.title)
        screens.fill("mobile_number", READABLE).press("send").fill("code", last_code()).press("verify")
        self.assertTrue(screens.is_signed_in)


class DesktopTest(Story, BrowserTest):
    """The story at a desk."""


class PhoneTest(Story, BrowserTest):
    """The story on a telephone."""

    window = {"size": PHONE}


class WithoutScriptsTest(Story, BrowserTest):
    """The story without JavaScript."""

    window = {"scripts": False}


class ModalTest(BrowserTest):
    """The sign-in in the window that Plone opens over a page."""

    def setUp(self):
        super().setUp()
        self.protect()
        self.screens.open_modal().sign_in_there("anna")

    def assert_signed_in(self, screens):
        screens.page.wait_for_selector("body.userrole-authenticated")
        self.assertTrue(screens.open().is_signed_in)

    def test_a_wrong_code_is_shown_in_the_modal_and_the_right_one_signs_in(self):
        screens = self.screens.fill("code", self.wrong_code(), ".modal.show").press_there("Verify")
        screens.in_modal("This code is not right.")
        self.assertEqual(self.site, screens.page.url, "the page below has not changed")
        screens.fill("code", last_code(), ".modal.show").press_there("Verify")
        self.assert_signed_in(screens)

    def test_a_new_code_can_be_sent_from_the_modal(self):
        self.layer["clock"].advance(31)
        self.screens.press_there("Send a new code").in_modal("A new code is on its way.")
        self.assertEqual(2, len(texts()))
        self.screens.fill("code", last_code(), ".modal.show").press_there("Verify")
        self.assert_signed_in(self.screens)

    def test_the_focus_is_in_the_code_field_of_the_modal_and_enter_sends_it(self):
        self.screens.page.wait_for_function("() => (document.activeElement.name || '').endsWith('widgets.code')")
        self.screens.page.keyboard.type(last_code())
        self.screens.page.keyboard.press("Enter")
        self.assert_signed_in(self.screens)


class ModalSetUpTest(BrowserTest):
    """Set-up in that window, where the site requires it."""

    def test_the_reminder_can_be_put_off_in_the_modal(self):
        today = datetime.datetime.fromtimestamp(self.layer["clock"](), datetime.timezone.utc).date()
        api.portal.set_registry_record("collective.smsauth.grace_everyone", today + datetime.timedelta(days=3))
        self.require()
        screens = self.screens.open_modal()
        screens.page.fill(".modal.show [name=__ac_name]", "anna")
        screens.page.fill(".modal.show [name=__ac_password]", PASSWORD)
        screens.page.click(".modal.show .modal-footer button")
        screens.in_modal("Up to and including").press_there("Remind me later")
        screens.page.wait_for_selector("body.userrole-authenticated")

    def test_who_must_set_up_a_phone_first_can_do_so_in_the_modal(self):
        self.require()
        screens = self.screens.open_modal().sign_in_there("anna")
        screens.fill("mobile_number", READABLE, ".modal.show").press_there("Send a code").in_modal(
            "Enter the code that was sent"
        )
        screens.fill("code", last_code(), ".modal.show").press_there("Verify")
        screens.page.wait_for_selector("body.userrole-authenticated")
        self.assertEqual(NUMBER, self.number())


class KeyboardTest(BrowserTest):
    """No mouse."""

    def type(self, words, then="Enter"):
        self.screens.page.keyboard.type(words)
        if then == "Enter":
            self.screens.go(lambda: self.screens.page.keyboard.press("Enter"))
        else:
            self.screens.page.keyboard.press(then)

    def tab_to(self, name):
        for _ in range(40):
            if self.screens.focused == name:
                return
            self.screens.page.keyboard.press("Tab")
        self.fail(f"Forty times Tab do not lead to {name}")

    def order(self, steps):
        """Return what has the focus now, and after each of so many Tabs, if one can see it there."""
        found = []
        for _ in range(steps):
            found.append(self.screens.focused if self.screens.shows_focus() else "nothing to be seen")
            self.screens.page.keyboard.press("Tab")
        return found

    def test_a_phone_is_set_up_and_used_without_a_mouse(self):
        self.screens.open("login")
        self.tab_to("__ac_name")
        self.type("anna", then="Tab")
        self.tab_to("__ac_password")
        self.type(PASSWORD)
        self.screens.open("@@smsauth-setup")
        self.assertEqual("mobile_number", self.screens.focused)
        self.type(READABLE)
        self.assertEqual("code", self.screens.focused)
        self.type(last_code())
        self.assertEqual(NUMBER, self.number())
        self.layer["clock"].advance(31)
        self.screens.sign_out().open("login")
        self.tab_to("__ac_name")
        self.type("anna", then="Tab")
        self.tab_to("__ac_password")
        self.type(PASSWORD)
        self.assertEqual("code", self.screens.focused)
        self.type(self.wrong_code())
        self.assertEqual("code", self.screens.focused)
        self.screens.page.keyboard.press("Control+A")
        self.type(last_code())
        self.assertTrue(self.screens.is_signed_in)

    def test_tab_leads_from_the_code_to_the_buttons_and_on_to_the_other_ways(self):
        self.protect()
        self.screens.sign_in("anna")
        ways = ["code", "verify", "resend", "Use a recovery code", "Lost your phone?", "Back to the login form"]
        self.assertEqual(ways, self.order(6))

    def test_tab_leads_through_the_confirmation_in_the_order_of_reading(self):
        self.screens.sign_in("anna").open("@@smsauth-setup").fill("mobile_number", READABLE).press("send")
        self.assertEqual(["code", "verify", "resend", "back"], self.order(4))

    def test_without_scripts_too_the_focus_is_in_the_code_field(self):
        self.protect()
        screens = self.look(scripts=False).sign_in("anna")
        self.assertEqual("code", screens.focused)


class AxeTest(BrowserTest):
    """axe-core finds nothing serious or critical in our part of a screen; what stock Plone puts around it is not ours."""

    def setUp(self):
        super().setUp()
        if not axe().exists():
            self.skipTest("axe-core is not there: npm ci, or name its node_modules in SMSAUTH_NODE_MODULES")

    def assert_accessible(self, title):
        self.assertEqual(title, self.screens.title)
        self.assertEqual([], self.screens.serious_findings())


class AccessibilityTest(AxeTest):
    """The pages of members."""

    def test_axe_is_at_work(self):
        self.screens.open("@@smsauth-reset-request")
        self.screens.page.evaluate("() => document.querySelectorAll('#content label').forEach((one) => one.remove())")
        self.assertIn("label:", " ".join(self.screens.serious_findings()))

    def test_the_set_up(self):
        self.screens.sign_in("anna").open("@@smsauth-setup")
        self.assert_accessible("Set up two-step verification")
        self.screens.fill("mobile_number", "none").press("send")
        self.assert_accessible("Set up two-step verification")

    def test_the_set_up_with_the_password_asked_again(self):
        self.screens.sign_in("anna")
        self.layer["clock"].advance(700)
        self.screens.open("@@smsauth-setup")
        self.assertEqual(1, self.screens.page.locator('[name="form.widgets.password"]').count())
        self.assert_accessible("Set up two-step verification")

    def test_the_confirmation_of_a_number(self):
        self.screens.sign_in("anna").open("@@smsauth-setup").fill("mobile_number", READABLE).press("send")
        self.assert_accessible("Verify your phone number")
        self.screens.fill("code", "1").press("verify")
        self.assert_accessible("Verify your phone number")
        self.screens.press("resend")
        self.assert_accessible("Verify your phone number")
        self.screens.fill("code", last_code()).press("verify")
        self.assert_accessible("Recovery codes")
        self.screens.follow("Continue")
        self.assert_accessible("Two-step verification is on")

    def test_the_code_form_of_the_sign_in(self):
        self.protect()
        self.screens.sign_in("anna")
        self.assert_accessible("Enter the code from your phone")
        self.screens.fill("code", self.wrong_code()).press("verify")
        self.assert_accessible("Enter the code from your phone")

    def test_the_code_form_without_a_sign_in_to_complete(self):
        self.screens.open("@@smsauth-verify")
        self.assert_accessible("Enter the code from your phone")

    def test_the_code_form_in_the_modal(self):
        self.protect()
        self.screens.open_modal().sign_in_there("anna")
        self.assertEqual([], self.screens.serious_findings())
        self.screens.fill("code", self.wrong_code(), ".modal.show").press_there("Verify").in_modal("not right")
        self.assertEqual([], self.screens.serious_findings())

    def test_turning_off(self):
        self.protect()
        self.screens.sign_in("anna").fill("code", last_code()).press("verify").open("@@smsauth-disable")
        self.assert_accessible("Turn off two-step verification")
        self.screens.fill("password", "wrong").press("disable")
        self.assert_accessible("Turn off two-step verification")

    def test_the_pages_of_a_lost_phone(self):
        self.protect()
        self.screens.open("@@smsauth-reset-request")
        self.assert_accessible("Lost your phone?")
        self.screens.press("submit")
        self.assert_accessible("Lost your phone?")
        self.screens.fill("username", "anna").fill("mobile_number", OTHER_NUMBER).press("submit")
        self.assert_accessible("Lost your phone?")
        self.screens.open(self.office.last_link())
        self.assert_accessible("Verify your new phone number")
        self.screens.fill("code", self.wrong_code()).press("verify")
        self.assert_accessible("Verify your new phone number")
        self.screens.open("@@smsauth-reset?signature=none")
        self.assert_accessible("Verify your new phone number")


class AdministratorsAccessibilityTest(AxeTest):
    """The pages of administrators."""

    def setUp(self):
        super().setUp()
        add_site_administrator("sam")
        grant("sam", "Manager")
        self.protect()
        self.screens.sign_in("anna")
        self.screens = self.look().sign_in("sam")

    def test_the_control_panel(self):
        self.screens.open("@@smsauth-controlpanel")
        self.assert_accessible("Two-step verification")

    def test_the_control_panel_with_something_wrong(self):
        configure(gateway="twilio")
        self.screens.open("@@smsauth-controlpanel")
        self.assertIn("No text can be sent.", self.screens.text)
        self.assert_accessible("Two-step verification")

    def test_the_members(self):
        self.screens.open("@@smsauth-members?search=anna")
        self.assert_accessible("Two-step verification of members")

    def test_the_control_panel_with_texts_that_were_stopped(self):
        alarm = Alarm(shown="+3161234••••", region="NL", at=self.layer["clock"](), asked=12, confirmed=1)
        wiring.neighbours().stop("b" * 32, alarm)
        transaction.commit()
        self.screens.open("@@smsauth-controlpanel")
        self.assertIn("+3161234••••", self.screens.text)
        self.assert_accessible("Two-step verification")
        self.screens.press("lift")
        self.assertNotIn("+3161234••••", self.screens.text)

    def test_the_counters(self):
        for place, kind in enumerate((Kind.SENT, Kind.SENT, Kind.CONFIRMED, Kind.FAILED)):
            wiring.ledger().count(kind, ("NL", "DE")[place % 2], day=day_of(self.layer["clock"]()))
        configure(budget=10)
        self.screens.open("@@smsauth-counters")
        drawing = self.screens.page.locator("#smsauth-chart > svg")
        self.assertEqual(3, drawing.locator("rect").count())
        self.assertGreater(drawing.bounding_box()["width"], 600)
        self.assert_accessible("Texts and calls")

    def test_the_outbox(self):
        self.screens.open("@@smsauth-outbox")
        self.assertIn(NUMBER, self.screens.text)
        self.assert_accessible("Outbox of text messages")
