"""Another way for the code of a sign-in, on the code page; and the page for those who get none."""

from collective.smsauth import testing
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.tests.browser.test_verify import _Refusing
from collective.smsauth.tests.support.bare_pages import whole_page
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PHONE
from collective.smsauth.tests.support.visitor import wrong
from dataclasses import replace
from html import unescape
from zope.component import getGlobalSiteManager

import re
import transaction

LANDLINE = "+31201234567"
EMAIL = "anna@example.org"
PAGE = "@@smsauth-verify"


class WaysTest(PageTest):
    """Anna has a second phone, a landline and a verified address; all channels are on."""

    def setUp(self):
        super().setUp()
        self.protected()
        self.configure(channel_voice=True, channel_email=True, texts_per_user=50, texts_per_address=100)
        self.give(OTHER_PHONE, LANDLINE, EMAIL)
        self.clock.advance(31)
        self.anna = self.pending()

    def give(self, *addresses, name="anna"):
        accounts = self.portal.acl_users.smsauth.accounts
        transaction.begin()
        account = accounts.get(self.user_id(name))
        accounts.save(self.user_id(name), replace(account, contacts=dict.fromkeys(addresses, self.clock() - 86400)))
        transaction.commit()

    def ways(self, page=None):
        """Return the words of the buttons with what they send."""
        found = re.findall(
            r'<button[^>]*name="form.buttons.another"[^>]*value="(\w+)"[^>]*>([^<]*)<',
            page or self.anna.browser.contents,
        )
        return {unescape(words).strip(): value for value, words in found}

    def switch(self, value, visitor=None, path=PAGE, **fields):
        visitor = visitor or self.anna
        sent = {"form.buttons.another": value, "token": visitor.token(), **fields}
        return visitor.post(path, {key: one for key, one in sent.items() if one is not None})

    def press(self, words):
        """Press the button of one way."""
        control = next(
            control
            for control in self.anna.browser.getForm(index=self.form_of_ways()).controls
            if getattr(control, "value", None) == self.ways()[words]
        )
        control.click()

    def form_of_ways(self):
        forms = re.findall(r"<form[^>]*>", self.anna.browser.contents)
        return next(index for index, form in enumerate(forms) if "smsauth-ways" in form)

    def challenge(self):
        return self.account().challenges[Purpose.SIGN_IN]

    def code_in_mail(self):
        return re.search(r"\b\d{6}\b", self.mails()[-1].get_payload(decode=True).decode())[0]


class TestOffered(WaysTest):
    def test_each_verified_way_but_the_present_one_is_a_button_with_a_masked_address(self):
        self.assertEqual(
            [
                "Call to the number ending in 78",
                "Text message to the number ending in 21",
                "Call to the number ending in 21",
                "Call to the number ending in 67",
                "E-mail to a••••@e••••.org",
            ],
            list(self.ways()),
        )
        self.assertIn("Send it another way", self.anna.page)

    def test_no_address_is_in_the_page(self):
        for address in (PHONE, OTHER_PHONE, LANDLINE, EMAIL, "87654321", "anna@"):
            self.assertNotIn(address, self.anna.browser.contents)

    def test_only_channels_that_are_on_are_offered(self):
        self.configure(channel_voice=False)
        self.anna.open(PAGE)
        self.assertEqual(["Text message to the number ending in 21", "E-mail to a••••@e••••.org"], list(self.ways()))
        self.configure(channel_email=False)
        self.anna.open(PAGE)
        self.assertEqual(["Text message to the number ending in 21"], list(self.ways()))

    def test_who_has_one_way_only_sees_no_other(self):
        self.configure(channel_voice=False)
        self.give()
        self.anna.open(PAGE)
        self.assertEqual({}, self.ways())
        self.assertNotIn("another way", self.anna.page)

    def test_no_number_can_be_typed_here(self):
        names = re.findall(r'name="form\.widgets\.(\w+)', self.anna.browser.contents)
        self.assertEqual(set(), set(names) - {"code", "trust"})


class TestSwitch(WaysTest):
    @whole_page
    def test_an_e_mail_with_a_code_signs_in(self):
        self.press("E-mail to a••••@e••••.org")
        self.assertIn("A new code is on its way", self.anna.news)
        self.assertIn("Enter the code from the e-mail", self.anna.title)
        self.assertIn("sent by e-mail to a••••@e••••.org", self.anna.page)
        self.assertIn("The digits from the e-mail", self.anna.page)
        self.anna.answer(self.code_in_mail())
        self.assertTrue(self.anna.is_signed_in())

    def test_the_e_mail_says_what_it_is_for_and_nothing_in_its_subject(self):
        self.press("E-mail to a••••@e••••.org")
        mail = self.mails()[-1]
        body = mail.get_payload(decode=True).decode()
        self.assertEqual((EMAIL, "Your code for Plone site"), (mail["To"], mail["Subject"]))
        for words in ("log in to Plone site", "5 minutes", "Never pass it on", "somebody knows your password"):
            self.assertIn(words, body)

    def test_what_became_of_the_e_mail_is_said(self):
        self.press("E-mail to a••••@e••••.org")
        self.assertEqual(DeliveryStatus.SENT.value, self.challenge().delivery)
        self.anna.open(PAGE)
        self.assertIn("The e-mail was sent", self.anna.page)
        self.assertNotIn("text message was sent", self.anna.page)

    def test_another_phone_gets_a_text_and_the_former_code_no_longer_works(self):
        former = testing.last_code()
        self.press("Text message to the number ending in 21")
        self.assertEqual(OTHER_PHONE, testing.texts()[0].to)
        self.assertIn("ending in 21", self.anna.page)
        self.anna.answer(former if former != testing.last_code() else wrong(former))
        self.assertFalse(self.anna.is_signed_in())
        self.anna.answer()
        self.assertTrue(self.anna.is_signed_in())

    @whole_page
    def test_a_call_is_said_to_be_one(self):
        self.press("Call to the number ending in 67")
        self.assertIn("Enter the code from the call", self.anna.title)
        self.assertIn("from the call to the phone number ending in 67", self.anna.page)
        self.assertEqual("voice", self.challenge().channel)

    def test_the_same_phone_by_another_channel_has_to_wait(self):
        self.press("Call to the number ending in 78")
        self.assertIn("You can have another one in 30 seconds", self.anna.errors)
        self.assertEqual("text", self.challenge().channel)

    def test_limits_hold_for_all_ways_together(self):
        self.configure(texts_per_user=4)
        for words in ("E-mail to a••••@e••••.org", "Text message to the number ending in 21") * 2:
            self.press(words)
        self.assertIn("Too many codes were sent", self.anna.errors)

    def test_what_was_typed_as_a_code_counts_for_nothing_in_it(self):
        self.switch(self.ways()["E-mail to a••••@e••••.org"], **{"form.widgets.code": wrong(testing.last_code())})
        self.assertEqual(0, self.account().failures)


class TestRefused(WaysTest):
    def test_what_names_no_way_sends_nothing(self):
        names = ("", "0", "1", EMAIL, OTHER_PHONE, "../..", "x" * 5000, "\N{PILE OF POO}", "a" * 32)
        for name in names:
            with self.subTest(name[:20]):
                answer = self.switch(name)
                self.assertEqual(200, answer.status_int)
                self.assertIn("can no longer be sent this way", answer.text)
        self.assertEqual("text", self.challenge().channel)
        self.assertEqual(2, len(testing.texts()))

    def test_odd_kinds_of_values_break_nothing(self):
        token = self.anna.token().encode()
        for name in (b":list", b":bytes", b":record", b":lines", b".a:record"):
            with self.subTest(name):
                answer = self.anna.post(PAGE, b"form.buttons.another" + name + b"=x&token=" + token)
                self.assertIn(answer.status_int, (200, 400))
        answer = self.anna.post(PAGE, b"form.buttons.another=%00%ff&token=" + token)
        self.assertIn(answer.status_int, (200, 400))
        self.assertEqual(2, len(testing.texts()))

    def test_an_address_beside_the_name_of_a_way_changes_nothing(self):
        fields = {
            "form.widgets.mobile_number": "+31699999999",
            "form.widgets.address": "x@example.com",
            "to": "+31699999999",
        }
        self.switch(self.ways()["Text message to the number ending in 21"], **fields)
        self.assertEqual(OTHER_PHONE, testing.texts()[0].to)

    def test_the_name_of_another_members_way_is_none_here(self):
        bert = self.protected("bert", "+31611111111")
        self.give(OTHER_PHONE, name="bert")
        self.clock.advance(31)
        bert = self.pending("bert")
        name = self.ways()["Text message to the number ending in 21"]
        self.assertNotIn(name, bert.browser.contents)
        self.assertIn("can no longer be sent this way", self.switch(name, bert).text)

    def test_without_the_token_of_the_page_nothing_is_sent(self):
        for token in ("", "x", None):
            self.switch(self.ways()["E-mail to a••••@e••••.org"], token=token)
        self.assertEqual([], self.mails())

    def test_a_link_does_nothing(self):
        value = self.ways()["E-mail to a••••@e••••.org"]
        self.anna.open(f"{PAGE}?form.buttons.another={value}&token={self.anna.token()}")
        self.assertEqual([], self.mails())

    def test_without_a_pending_sign_in_nothing_is_sent(self):
        value = self.ways()["E-mail to a••••@e••••.org"]
        stranger = self.visitor()
        stranger.open(PAGE)
        stranger.post(PAGE, {"form.buttons.another": value, "token": self.anna.token()})
        self.assertEqual([], self.mails())

    def test_a_way_that_was_removed_meanwhile_is_said_to_be_gone(self):
        value = self.ways()["E-mail to a••••@e••••.org"]
        self.give(OTHER_PHONE)
        self.assertIn("can no longer be sent this way", self.switch(value).text)
        self.assertEqual([], self.mails())


class TestProblem(WaysTest):
    """A page of its own for each scenario in which no code comes."""

    def test_numbers_that_end_alike_are_told_apart(self):
        self.give("+31687654678", "+31611005678")
        self.configure(channel_voice=False)
        self.anna.open(PAGE)
        self.assertIn("the phone number ending in 45678", self.anna.page)
        self.assertEqual(
            {"Text message to the number ending in 4678", "Text message to the number ending in 05678"},
            set(self.ways()),
        )

    def use(self, status):
        gateway, manager = _Refusing(status), getGlobalSiteManager()
        manager.registerUtility(gateway, ISMSGateway, name="refusing")
        self.addCleanup(manager.unregisterUtility, gateway, ISMSGateway, name="refusing")
        self.configure(gateway="refusing")

    def again(self):
        self.clock.advance(31 * 60)
        self.anna = self.pending()

    @whole_page
    def test_no_channel(self):
        self.configure(channel_text=False, channel_voice=False, channel_email=False)
        self.again()
        self.assertIn("There is no way to send you a code", self.anna.title)
        self.assertFalse(self.anna.has("form.buttons.resend"))
        self.assertIn("Write to the administrators: site@example.org", self.anna.page)
        self.assertIn("@@smsauth-reset-request", self.anna.browser.contents)

    @whole_page
    def test_generation_disabled(self):
        self.configure(generate_codes=False)
        self.again()
        self.assertIn("No codes are sent at the moment", self.anna.title)
        self.assertEqual({}, self.ways())
        self.assertFalse(self.anna.has("form.buttons.resend"))

    @whole_page
    def test_a_gateway_without_settings(self):
        self.configure(gateway="twilio")
        self.again()
        self.assertIn("This site cannot send your code", self.anna.title)
        self.assertIn("E-mail to a••••@e••••.org", self.ways())

    @whole_page
    def test_what_the_provider_said(self):
        titles = {
            DeliveryStatus.TRY_LATER: "Your code could not be sent just now",
            DeliveryStatus.BAD_NUMBER: "Your phone cannot be reached",
            DeliveryStatus.CANNOT_RECEIVE: "Your phone cannot be reached",
            DeliveryStatus.UNSUBSCRIBED: "Your phone has unsubscribed from text messages",
            DeliveryStatus.CONFIGURATION: "This site cannot send your code",
        }
        for status, title in titles.items():
            with self.subTest(status.value):
                self.use(status)
                self.again()
                self.anna.browser.getLink("What you can do now").click()
                self.assertIn(title, self.anna.title)
                self.assertIn("Your login stays open", self.anna.page)
                self.assertTrue(self.anna.has("form.buttons.resend"))

    def test_from_there_another_way_leads_to_the_sign_in(self):
        self.use(DeliveryStatus.TRY_LATER)
        self.again()
        self.anna.open("@@smsauth-problem")
        self.press("E-mail to a••••@e••••.org")
        self.assertEqual("@@smsauth-verify", self.anna.path)
        self.assertIn("A new code is on its way", self.anna.news)
        self.anna.answer(self.code_in_mail())
        self.assertTrue(self.anna.is_signed_in())

    def test_from_there_another_try_leads_to_the_sign_in(self):
        self.use(DeliveryStatus.TRY_LATER)
        self.again()
        self.anna.open("@@smsauth-problem")
        self.configure(gateway="outbox")
        self.anna.click("resend")
        self.assertEqual("@@smsauth-verify", self.anna.path, "a text that certainly failed starts no wait")
        self.anna.answer()
        self.assertTrue(self.anna.is_signed_in())

    def test_where_nothing_is_wrong_the_code_form_is_the_place_to_be(self):
        self.anna.open("@@smsauth-problem")
        self.assertEqual("@@smsauth-verify", self.anna.path)

    def test_without_a_pending_sign_in_it_says_nothing_of_anybody(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-problem")
        self.assertIn("There is no login to complete", visitor.page)
        self.assertNotIn("site@example.org", visitor.page)

    def test_a_wrong_password_leads_to_no_such_page(self):
        self.configure(gateway="twilio")
        visitor = self.visitor()
        visitor.sign_in("anna", "wrong")
        self.assertNotIn("smsauth", visitor.browser.url)

    def test_a_recovery_code_is_pointed_to_where_there_are_any(self):
        accounts = self.portal.acl_users.smsauth.accounts
        transaction.begin()
        accounts.save("anna", replace(accounts.get("anna"), recovery=("digest",)))
        transaction.commit()
        self.configure(gateway="twilio")
        self.again()
        self.assertIn("Use a recovery code", self.anna.page)
        self.anna.browser.getLink("Use a recovery code").click()
        self.assertTrue(self.anna.has("form.widgets.code"))
