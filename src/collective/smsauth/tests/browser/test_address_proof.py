"""The form that proves an address, as another package embeds it: the example of the documentation, as it is printed there."""

from collective.smsauth import testing
from collective.smsauth.tests.support.bare_pages import bare_pages
from collective.smsauth.tests.support.contexts import entered
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PHONE
from collective.smsauth.tests.support.visitor import VisitorTest
from collective.smsauth.tests.support.visitor import wrong
from pathlib import Path
from plone import api
from plone.app.testing import FunctionalTesting
from plone.app.testing import PloneSandboxLayer

import collective.smsauth.tests.support
import transaction
import unittest

DOCS = Path(__file__).resolve().parents[5] / "docs"


class Example(PloneSandboxLayer):
    """A site with the example in it."""

    defaultBases = (testing.FIXTURE,)

    def setUpZope(self, app, configurationContext):
        self.loadZCML("example_embed.zcml", package=collective.smsauth.tests.support)


EXAMPLE = FunctionalTesting(bases=(Example(),), name="collective.smsauth:Example")


class EmbedTest(VisitorTest):
    """Anna is signed in and has no two-step verification."""

    layer = EXAMPLE

    def setUp(self):
        super().setUp()
        entered(self, bare_pages())
        self.anna = self.visitor()
        self.anna.sign_in("anna")

    def ask(self, number="+31 6 12345678", topic="Storm", visitor=None):
        visitor = visitor or self.anna
        visitor.open("@@alarms")
        visitor.fill(topic=topic, address=number)
        visitor.click("send")

    def kept(self, name="anna"):
        transaction.begin()
        return api.user.get(username=name).getProperty("description") or ""


class TestFlow(EmbedTest):
    def test_a_form_that_is_sent_twice_is_verified_once_and_says_so(self):
        self.ask()
        fields = {"token": self.anna.token(), "form.widgets.topic": "Storm", "form.buttons.verify": "1"}
        fields["form.widgets.code"] = testing.last_code()
        self.anna.post("@@alarms", fields)
        self.assertIn(PHONE, self.kept())
        api.user.get(username="anna").setMemberProperties({"description": "changed since"})
        transaction.commit()
        answer = self.anna.post("@@alarms", fields)
        self.assertEqual(302, answer.status_int)
        self.anna.open("@@alarms")
        self.assertIn("This was verified a moment ago", self.anna.news)
        self.assertEqual("changed since", self.kept())

    def test_the_right_code_proves_the_number_and_the_package_gets_it(self):
        self.ask()
        self.assertEqual([PHONE], [text.to for text in testing.texts()])
        self.assertIn("Enter the code that was sent by text message to +31 6 12345678", self.anna.page)
        self.assertIn("We only send what you ask for", self.anna.page)
        self.assertEqual("", self.kept())
        self.anna.answer()
        self.assertEqual(f"Storm: {PHONE}", self.kept())
        self.assertIn("Alarms are on", self.anna.news)

    def test_it_is_no_contact_point_and_no_two_step_verification(self):
        self.ask()
        self.anna.answer()
        account = self.account()
        self.assertEqual(("", {}), (account.number, dict(account.contacts)))

    def test_what_was_entered_before_is_kept_on_every_page(self):
        self.ask(topic="Storm and flood")
        self.assertEqual("Storm and flood", self.anna.value("topic"))
        self.anna.answer(wrong(testing.last_code()))
        self.assertIn("This code is not right", self.anna.errors)
        self.assertEqual("Storm and flood", self.anna.value("topic"))
        self.anna.click("back")
        self.assertEqual("Storm and flood", self.anna.value("topic"))
        self.assertEqual("+31 6 12345678", self.anna.value("address"))
        self.assertFalse(self.anna.has("form.widgets.code"))

    def test_the_address_can_be_corrected(self):
        self.ask()
        self.anna.click("back")
        self.anna.fill(address=OTHER_PHONE)
        self.anna.click("send")
        self.assertEqual([OTHER_PHONE, PHONE], [text.to for text in testing.texts()])
        self.anna.answer()
        self.assertEqual(f"Storm: {OTHER_PHONE}", self.kept())

    def test_a_new_code_can_be_had_after_the_wait(self):
        self.ask()
        self.anna.click("resend")
        self.assertIn("You can have another one in 30 seconds", self.anna.errors)
        self.clock.advance(31)
        self.anna.click("resend")
        self.assertIn("A new code is on its way", self.anna.news)
        self.assertEqual(2, len(testing.texts()))
        self.anna.answer()
        self.assertEqual(f"Storm: {PHONE}", self.kept())

    def test_whoever_comes_back_while_the_code_works_is_asked_for_it(self):
        self.ask()
        self.anna.open("@@alarms")
        self.assertTrue(self.anna.has("form.widgets.code"))
        self.clock.advance(301)
        self.anna.open("@@alarms")
        self.assertEqual("+31 6 12345678", self.anna.value("address"))

    def test_an_expired_code_is_said_to_be_one(self):
        self.ask()
        self.clock.advance(301)
        self.anna.answer()
        self.assertIn("This code is no longer valid", self.anna.errors)
        self.assertEqual("", self.kept())

    def test_a_field_of_its_own_that_is_left_out_sends_nothing(self):
        self.ask(topic="")
        self.assertEqual([], testing.texts())
        self.assertEqual("+31 6 12345678", self.anna.value("address"))

    def test_numbers_of_no_use_are_refused_with_advice_and_kept(self):
        for typed, advice in {
            "12": "not a phone number|no such phone number|Write it with +",
            "x" * 90: "not a phone number",
        }.items():
            with self.subTest(typed):
                self.ask(typed)
                self.assertRegex(self.anna.errors, advice)
                self.assertEqual(typed, self.anna.value("address"))
        self.assertEqual([], testing.texts())


class TestRefused(EmbedTest):
    def post(self, visitor, token="", **fields):
        sent = {f"form.widgets.{name}": value for name, value in fields.items() if name in ("code", "topic", "address")}
        sent |= {f"form.buttons.{name}": "x" for name, value in fields.items() if value is True}
        return visitor.post("@@alarms", {**sent, "token": token})

    def test_without_its_token_nothing_happens(self):
        for token in ("", "x", "é", self.token_of("@@smsauth-setup")):
            self.post(self.anna, token, topic="Storm", address=PHONE, send=True)
        self.assertEqual([], testing.texts())

    def token_of(self, path):
        self.anna.open(path)
        return self.anna.token()

    def test_a_link_does_nothing(self):
        self.anna.open("@@alarms?form.widgets.topic=x&form.widgets.address=%2B31612345678&form.buttons.send=x")
        self.assertEqual([], testing.texts())
        self.ask()
        self.anna.open(f"@@alarms?form.widgets.topic=x&form.widgets.code={testing.last_code()}&form.buttons.verify=x")
        self.assertEqual("", self.kept())

    def test_the_form_of_another_member_is_refused(self):
        bert = self.visitor()
        bert.sign_in("bert")
        bert.open("@@alarms")
        self.post(self.anna, bert.token(), topic="Storm", address=PHONE, send=True)
        self.assertEqual([], testing.texts())

    def test_a_code_of_the_set_up_serves_not_here_and_the_other_way_round(self):
        self.ask()
        code = testing.last_code()
        self.anna.ask_code(OTHER_PHONE)
        self.anna.answer(code)
        self.assertEqual("", self.account().number)
        set_up = testing.last_code(OTHER_PHONE)
        self.anna.open("@@alarms")
        self.anna.answer(set_up)
        self.assertEqual("", self.kept())

    def test_a_visitor_is_asked_to_sign_in(self):
        visitor = self.visitor()
        visitor.open("@@alarms")
        self.assertIn("Please log in first", visitor.page)
        self.assertIn("login?came_from=", visitor.browser.contents)
        self.assertFalse(visitor.has("form.widgets.address"))

    def test_a_code_without_one_that_is_open_is_said_to_be_of_no_use(self):
        self.anna.open("@@alarms")
        self.post(self.anna, self.anna.token(), topic="Storm", code="123456", verify=True)
        shown = self.post(self.anna, self.anna.token(), topic="Storm", code="123456", verify=True)
        self.assertIn("There is no open code", shown.text)
        self.assertEqual("", self.kept())

    def test_odd_input_changes_nothing_and_breaks_nothing(self):
        self.ask()
        token = self.anna.token()
        bodies = (
            b"form.widgets.code:record=1&form.buttons.verify=1",
            b"form.widgets.code:list=1&form.widgets.code:list=2&form.buttons.verify=1",
            b"form.widgets.code=%00%ff&form.widgets.topic=x&form.buttons.verify=1",
            b"form.widgets.topic=x&form.widgets.address=" + b"9" * 10000 + b"&form.buttons.send=1",
            b"form.buttons.back:bytes=1&form.buttons.send=1&form.buttons.verify=1",
        )
        for body in bodies:
            with self.subTest(body[:60]):
                answer = self.anna.post("@@alarms", body + b"&token=" + token.encode())
                self.assertIn(answer.status_int, (200, 302))
        self.assertEqual("", self.kept())


class TestDocumented(unittest.TestCase):
    """What the chapter prints is what runs here."""

    def test_the_chapter_includes_the_files_of_the_example(self):
        if not DOCS.exists():
            self.skipTest("optional: the package is not run from its repository")
        chapter = (DOCS / "embed.rst").read_text(encoding="utf-8")
        for name in ("example_embed.py", "example_embed.pt", "example_embed.zcml"):
            self.assertIn(f".. literalinclude:: ../src/collective/smsauth/tests/support/{name}", chapter)
