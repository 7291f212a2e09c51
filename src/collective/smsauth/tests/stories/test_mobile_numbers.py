"""An administrator and the phone numbers of members, told in Chromium: at a desk, on a telephone, without JavaScript."""

from collective.smsauth.testing import last_code
from collective.smsauth.testing import texts
from collective.smsauth.tests.stories.test_member import AxeTest
from collective.smsauth.tests.stories.test_member import BrowserTest
from collective.smsauth.tests.stories.test_member import NUMBER
from collective.smsauth.tests.stories.test_member import READABLE
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.screens import PHONE

PROFILE = "@@user-information?userid=anna"
BOX = "#smsauth-numbers"


class NumbersScreens:
    """What the tests below do: frank is Site Administrator and looks at anna's profile."""

    def setUp(self):
        super().setUp()
        add_site_administrator()
        self.screens.sign_in("frank").open(PROFILE)

    @property
    def box(self):
        """What the box above the profile says."""
        return " ".join(self.screens.page.inner_text(BOX).split())

    def press(self, button):
        """Press a button of the box."""
        self.screens.go(lambda: self.screens.page.click(f"{BOX} [name='form.buttons.{button}']"))

    def set_number(self, number):
        """Enter a number for anna."""
        self.screens.page.fill(f"{BOX} [name='mobile_number']", number)
        self.press("set")


class Story(NumbersScreens):
    """The chapters; each is told by itself."""

    def test_a_number_is_set_and_verified_with_the_member_on_the_phone(self):
        self.set_number(READABLE)
        self.assertIn(f"{READABLE} not verified", self.box)
        self.assertEqual([], texts(), "a number that is only said gets no text")
        self.press("send")
        self.assertEqual("", self.number(), "nothing is bound before the code")
        self.screens.page.fill(f"{BOX} [name='code']", self.wrong_code())
        self.press("verify")
        self.assertEqual("", self.number())
        self.screens.page.fill(f"{BOX} [name='code']", last_code(NUMBER))
        self.press("verify")
        self.assertEqual(NUMBER, self.number())
        self.assertIn(f"{READABLE} verified, the primary number", self.box)
        self.assertEqual(["anna@example.org"], [mail["To"] for mail in self.office.mails()], "the member is told")
        member = self.look(**self.window).sign_in("anna")
        self.assertEqual("Enter the code from your phone", member.title)
        member.fill("code", last_code(NUMBER)).press("verify")
        self.assertTrue(member.is_signed_in)

    def test_a_number_that_cannot_be_one_is_refused_in_words(self):
        self.set_number("12")
        self.assertIn("This is not a phone number", self.screens.message)
        self.assertIn("This member has no phone number.", self.box)

    def test_a_number_that_was_set_is_removed(self):
        self.set_number(READABLE)
        self.press("remove")
        self.assertIn("This member has no phone number.", self.box)

    def test_the_list_of_users_tells_who_has_two_step_verification(self):
        self.protect("bert")
        self.screens.open("@@usergroup-userprefs?form.submitted=1&showAll=y")
        rows = {}
        for row in self.screens.page.locator("#content table tbody tr").all():
            words = " ".join(row.inner_text().split())
            rows.update({name: words for name in ("anna", "bert") if name in words})
        self.assertRegex(rows["bert"], r"\bon\b")
        self.assertRegex(rows["anna"], r"\boff\b")


class DesktopTest(Story, BrowserTest):
    """The story at a desk."""


class PhoneTest(Story, BrowserTest):
    """The story on a telephone, 390 pixels wide."""

    window = {"size": PHONE}


class NoScriptTest(Story, BrowserTest):
    """The story without JavaScript."""

    window = {"scripts": False}


class AccessibilityTest(NumbersScreens, AxeTest):
    """What screen readers are told."""

    def test_the_box_above_the_profile(self):
        self.assertEqual([], self.screens.serious_findings(BOX))
        self.set_number(READABLE)
        self.assertEqual([], self.screens.serious_findings(BOX))
        self.press("send")
        self.assertEqual([], self.screens.serious_findings(BOX))
