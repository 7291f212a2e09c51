"""Recovery codes and the help desk in Chromium: what axe-core finds, what is printed, what a phone shows."""

from collective.smsauth.domain.account import Account
from collective.smsauth.tests.stories.test_member import AxeTest
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import grant
from collective.smsauth.tests.support.screens import PHONE

import transaction


class RecoveryScreensTest(AxeTest):
    """Anna has set up a phone."""

    def setUp(self):
        super().setUp()
        self.protect()

    def make_codes(self):
        codes = wiring.reserve().make_recovery_codes("anna")
        transaction.commit()
        return codes

    def sign_in(self, screens=None):
        screens = screens or self.screens
        code = self.make_codes()[0]
        screens.sign_in("anna").follow("Use a recovery code").fill("code", code).press("verify")
        self.assertTrue(screens.is_signed_in)
        return screens

    def test_the_code_form_for_letters(self):
        self.screens.sign_in("anna").follow("Use a recovery code")
        self.assert_accessible("Enter a recovery code")
        self.assertEqual("code", self.screens.focused)
        self.screens.fill("code", "0000-0000-0000-0000").press("verify")
        self.assert_accessible("Enter a recovery code")

    def test_recovery_codes_are_made_shown_saved_and_printed(self):
        screens = self.sign_in().open("@@smsauth-recovery")
        self.assert_accessible("Recovery codes")
        screens.press("make")
        self.assert_accessible("Recovery codes")
        shown = screens.page.locator(".smsauth-codes li").all_inner_texts()
        self.assertEqual(10, len(shown))
        with screens.page.expect_download() as download:
            screens.page.click("[name='form.buttons.download']")
        self.assertEqual("recovery-codes.txt", download.value.suggested_filename)
        saved = download.value.path().read_text(encoding="utf-8")
        self.assertEqual(shown, saved.split()[-10:])
        screens.page.emulate_media(media="print")
        self.assertTrue(screens.page.locator(".smsauth-codes").is_visible())
        for hidden in ("[name='form.buttons.download']", ".smsauth-step a", ".alert", "#portal-footer-wrapper"):
            for element in screens.page.locator(hidden).all():
                self.assertFalse(element.is_visible(), hidden)
        self.assertEqual([], screens.serious_findings())

    def test_a_code_can_be_read_and_used_on_a_phone_without_scripts(self):
        phone = self.look(size=PHONE, scripts=False)
        self.sign_in(phone).open("@@smsauth-recovery").press("make")
        self.assertEqual([], phone.too_wide())
        code = phone.page.locator(".smsauth-codes li").first.inner_text()
        phone.sign_out().sign_in("anna").follow("Use a recovery code").fill("code", code).press("verify")
        self.assertTrue(phone.is_signed_in)


class HelpDeskScreensTest(AxeTest):
    """Frank is Site Administrator."""

    def test_a_code_is_prepared_and_used(self):
        self.protect()
        add_site_administrator()
        screens = self.screens.sign_in("frank").open("@@smsauth-members?search=anna")
        self.assertEqual([], screens.serious_findings())
        screens.page.fill("[name=reason]", "phone broken")
        screens.go(lambda: screens.page.click("[name='form.buttons.prepare']"))
        self.assertEqual([], screens.serious_findings())
        code = screens.page.locator("#smsauth-prepared strong").inner_text()
        member = self.look().sign_in("anna")
        self.assertEqual([], member.serious_findings())
        member.fill("code", code).press("verify")
        self.assertTrue(member.is_signed_in)

    def test_what_is_left_of_a_member_who_is_gone_is_removed(self):
        add_site_administrator()
        grant("frank", "Manager")
        wiring.plugin().accounts.save("gone", Account(number="+31612345678"))
        transaction.commit()
        screens = self.screens.sign_in("frank").open("@@smsauth-members?search=gone")
        self.assertEqual([], screens.serious_findings())
        screens.press("remove")
        self.assertIn("Nothing is kept of gone any more.", screens.page.inner_text("body"))
        self.assertEqual([], screens.serious_findings())
