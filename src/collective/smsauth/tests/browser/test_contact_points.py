"""The pages of contact points: the list, one more number, the e-mail address, another primary number, one less."""

from collective.smsauth import testing
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.session import TrustedBrowser
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.bare_pages import whole_page
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PASSWORD
from collective.smsauth.tests.support.visitor import PHONE
from collective.smsauth.tests.support.visitor import plain
from collective.smsauth.tests.support.visitor import wrong
from dataclasses import replace
from plone import api

import re
import transaction

LANDLINE = "+31201234567"
EMAIL = "anna@example.org"
CHANGE = "smsauth-contact?point="


class ContactsTest(PageTest):
    """Anna has two-step verification, and is signed in just now."""

    def setUp(self):
        super().setUp()
        self.anna = self.protected()
        self.clock.advance(-60 * 60)
        self.anna.open("@@smsauth-contacts")

    def give(self, *addresses, name="anna"):
        """Have further verified contact points."""
        accounts = self.portal.acl_users.smsauth.accounts
        transaction.begin()
        account = accounts.get(self.user_id(name))
        accounts.save(self.user_id(name), replace(account, contacts=dict.fromkeys(addresses, self.clock() - 86400)))
        transaction.commit()

    def change(self, address, visitor=None):
        """Open the page of one contact point."""
        visitor = visitor or self.anna
        visitor.open("@@smsauth-contacts")
        found = re.findall(
            r'href="([^"]*smsauth-contact\?point=\w+)".*?visually-hidden">([^<]*)<', visitor.browser.contents, re.S
        )
        links = {words.strip(): link for link, words in found}
        visitor.browser.open(links[address])

    def add(self, number, **more):
        self.anna.open("@@smsauth-contacts")
        self.anna.fill(address=number, **more)
        self.anna.click("send")

    def contacts(self, name="anna"):
        return set(self.account(name).contacts)

    def subjects(self):
        return [mail["Subject"] for mail in self.mails()]

    def code_in_mail(self):
        mail = next(mail for mail in reversed(self.mails()) if mail["Subject"].startswith("Your code"))
        return re.search(r"\b\d{6}\b", mail.get_payload(decode=True).decode())[0]


class TestList(ContactsTest):
    def test_it_shows_each_contact_point_with_its_standing(self):
        self.give(OTHER_PHONE, EMAIL)
        self.anna.open("@@smsauth-contacts")
        for words in (
            "+31 6 12345678 verified; codes go there unless you choose another way",
            "+31 6 87654321 verified",
            "anna@example.org verified",
        ):
            self.assertIn(words, self.anna.page)

    def test_an_address_that_is_not_verified_says_so(self):
        self.assertIn("anna@example.org not verified", self.anna.page)

    def test_an_address_that_changed_is_not_verified_any_more_also_when_changed_back(self):
        self.give(EMAIL)
        for address in ("other@example.org", EMAIL):
            api.user.get(username="anna").setMemberProperties({"email": address})
            transaction.commit()
            self.anna.open("@@smsauth-contacts")
            self.assertIn(f"{address} not verified", self.anna.page)
        self.assertEqual(set(), self.contacts())

    @whole_page
    def test_the_ways_here_are_on_the_page_of_the_set_up_and_on_the_members_own_pages(self):
        self.anna.open("@@smsauth-setup")
        self.assertIn("@@smsauth-contacts", self.anna.browser.contents)
        self.anna.open("@@personal-information")
        self.assertIn("@@smsauth-contacts", self.anna.browser.contents)

    def test_who_has_not_set_up_a_phone_does_that_first(self):
        bert = self.visitor()
        bert.sign_in("bert")
        bert.open("@@smsauth-contacts")
        self.assertIn("Set up two-step verification first", bert.page)
        self.assertFalse(bert.has("form.widgets.address"))

    def test_a_visitor_sees_nothing(self):
        for path in ("@@smsauth-contacts", "@@smsauth-contact"):
            visitor = self.visitor()
            visitor.open(path)
            self.assertNotIn("12345678", visitor.page)
            self.assertFalse(visitor.has("form.widgets.address"))

    def test_who_owes_the_code_sees_nothing(self):
        pending = self.pending()
        pending.open("@@smsauth-contacts")
        self.assertIn("Please log in first", pending.page)
        self.assertNotIn("anna@example.org", pending.page)


class TestNumber(ContactsTest):
    def test_the_right_code_adds_the_number_and_the_member_is_told(self):
        self.add("+31 6 87654321")
        self.assertEqual(set(), self.contacts())
        self.assertIn("+31 6 87654321", self.anna.page)
        self.anna.answer()
        self.assertEqual({OTHER_PHONE}, self.contacts())
        self.assertIn("Verified", self.anna.news)
        self.assertEqual(["A way for your login codes was added"], self.subjects())
        self.assertTrue(self.anna.is_signed_in())
        self.assertEqual(PHONE, self.account().number)

    def test_a_wrong_code_adds_nothing_and_is_counted(self):
        self.add(OTHER_PHONE)
        self.anna.answer(wrong(testing.last_code()))
        self.assertEqual((set(), 1), (self.contacts(), self.account().failures))

    def test_a_typo_can_be_corrected(self):
        self.add("+31 6 87654320")
        self.anna.click("back")
        self.assertEqual("+31 6 87654320", self.anna.value("address"))
        self.anna.fill(address=OTHER_PHONE)
        self.anna.click("send")
        self.anna.answer()
        self.assertEqual({OTHER_PHONE}, self.contacts())

    def test_the_same_number_again_is_refused(self):
        self.add(PHONE)
        self.assertIn("this is in your list already", self.anna.errors)
        self.assertEqual(1, len(testing.texts()))

    def test_a_landline_is_for_calls_only(self):
        self.add("+31 20 123 4567")
        self.assertIn("This number cannot receive text messages", self.anna.errors)
        self.configure(channel_voice=True)
        self.add("+31 20 123 4567")
        self.assertIn("Enter the code from the call to +31 20 123 4567", self.anna.page)
        self.assertIn("They are read out twice", self.anna.page)
        self.assertIs(self.account().challenges[Purpose.CONTACT].route.channel.value, "voice")

    def test_after_ten_minutes_the_password_is_asked_for(self):
        self.clock.advance(11 * 60)
        self.add(OTHER_PHONE, password="wrong")
        self.assertIn("This is not your password", self.anna.errors)
        self.assertEqual(1, len(testing.texts()))
        self.add(OTHER_PHONE, password=PASSWORD)
        self.assertEqual(2, len(testing.texts()))

    def test_another_member_may_prove_the_same_number(self):
        self.give(OTHER_PHONE)
        bert = self.visitor()
        bert.sign_in("bert")
        bert.set_up(OTHER_PHONE)
        self.assertEqual(OTHER_PHONE, self.account("bert").number)


class TestLandline(PageTest):
    """Where the site calls, a landline can be the primary number."""

    @whole_page
    def test_it_is_set_up_by_a_call_and_signs_in_by_calls(self):
        self.configure(channel_voice=True)
        anna = self.visitor()
        anna.sign_in("anna")
        anna.ask_code("+31 20 123 4567")
        self.assertIn("Enter the code from the call to +31 20 123 4567", anna.page)
        anna.answer(self.heard())
        self.assertEqual(LANDLINE, self.account().number)
        self.clock.advance(31)
        again = self.pending()
        self.assertIn("Enter the code from the call", again.title)
        again.answer(self.heard())
        self.assertTrue(again.is_signed_in())

    def test_the_form_asks_for_any_phone_number(self):
        anna = self.visitor()
        anna.sign_in("anna")
        anna.open("@@smsauth-setup")
        self.assertIn("Mobile phone number", anna.page)
        self.configure(channel_voice=True)
        anna.open("@@smsauth-setup")
        self.assertNotIn("Mobile phone number", anna.page)
        anna.ask_code("+1 900 555 0123")
        self.assertIn("Codes are not sent to numbers of this kind", anna.errors)

    def heard(self):
        """Return the code of the last call: its digits are said one by one."""
        return re.search(r"(?:\d[ ,]+){5}\d", testing.texts()[0].body)[0].replace(" ", "").replace(",", "")


class TestSettings(PageTest):
    def test_the_reservation_about_e_mail_stands_beside_its_switch(self):
        page = plain(Administrator(self.layer).open("@@smsauth-controlpanel"))
        self.assertIn("NIST SP 800-63B-4 does not accept e-mail as a second factor", page)


class TestEmail(ContactsTest):
    def setUp(self):
        super().setUp()
        self.configure(channel_email=True)

    def test_the_right_code_verifies_the_address(self):
        self.change(EMAIL)
        self.anna.click("send")
        self.assertIn("Enter the code that was sent by e-mail to anna@example.org", self.anna.page)
        self.assertEqual(1, len(testing.texts()), "no text but that of the set-up")
        self.anna.answer(self.code_in_mail())
        self.assertEqual({EMAIL}, self.contacts())

    def test_the_code_is_not_in_the_subject(self):
        self.change(EMAIL)
        self.anna.click("send")
        mail = self.mails()[-1]
        self.assertEqual((EMAIL, "Your code for Plone site"), (mail["To"], mail["Subject"]))
        body = mail.get_payload(decode=True).decode()
        for words in ("5 minutes", "Never pass it on", "verify this e-mail address"):
            self.assertIn(words, body)

    def test_it_can_be_sent_again_and_left(self):
        self.change(EMAIL)
        self.anna.click("send")
        self.anna.click("resend")
        self.assertIn("You can have another one in 30 seconds", self.anna.errors)
        self.anna.click("back")
        self.assertEqual("", self.anna.value("address"))
        self.assertIn("anna@example.org a code was sent, but not entered yet", self.anna.page)

    def test_where_e_mail_is_off_there_is_nothing_to_verify(self):
        self.configure(channel_email=False)
        self.change(EMAIL)
        self.assertIn("This site sends no codes by e-mail", self.anna.page)
        self.assertFalse(self.anna.has("form.buttons.send"))

    def test_a_stale_session_takes_the_password(self):
        self.clock.advance(11 * 60)
        self.change(EMAIL)
        self.anna.fill(password="wrong")
        self.anna.click("send")
        self.assertIn("This is not your password", self.anna.errors)
        self.anna.fill(password=PASSWORD)
        self.anna.click("send")
        self.assertIn("sent by e-mail", self.anna.page)


class TestChange(ContactsTest):
    def setUp(self):
        super().setUp()
        self.give(OTHER_PHONE, EMAIL)

    def test_another_number_becomes_the_primary_one_and_other_sessions_end(self):
        self.clock.advance(31)
        other = self.pending()
        other.answer()
        self.forget_mails()
        self.change("+31 6 87654321")
        self.anna.click("primary")
        self.assertIn("Codes go to this number first", self.anna.news)
        account = self.account()
        self.assertEqual((OTHER_PHONE, {PHONE, EMAIL}), (account.number, set(account.contacts)))
        self.assertTrue(self.anna.is_signed_in())
        self.assertFalse(other.is_signed_in())
        self.assertEqual(["Your login codes go to another number first"], self.subjects())

    def test_trusted_browsers_end_too(self):
        accounts = self.portal.acl_users.smsauth.accounts
        transaction.begin()
        trusted = TrustedBrowser(issued=1.0, used=1.0, expires=self.clock() + 86400)
        accounts.save("anna", accounts.get("anna").with_trusted("secret", trusted))
        transaction.commit()
        self.change("+31 6 87654321")
        self.anna.click("primary")
        self.assertEqual({}, dict(self.account().trusted))

    def test_one_is_removed_and_the_member_is_told(self):
        for address in ("+31 6 87654321", EMAIL):
            self.change(address)
            self.anna.click("remove")
        self.assertEqual(set(), self.contacts())
        self.assertEqual(["A way for your login codes was removed"] * 2, self.subjects())
        self.assertIn("anna@example.org not verified", self.anna.page)

    def test_the_address_of_e_mail_cannot_be_the_primary_number(self):
        self.change(EMAIL)
        self.assertFalse(self.anna.has("form.buttons.primary"))

    def test_a_stale_session_takes_the_password(self):
        self.clock.advance(11 * 60)
        for button in ("primary", "remove"):
            self.change("+31 6 87654321")
            self.anna.fill(password="wrong")
            self.anna.click(button)
            self.assertIn("This is not your password", self.anna.errors)
        self.assertEqual(PHONE, self.account().number)
        self.change("+31 6 87654321")
        self.anna.fill(password=PASSWORD)
        self.anna.click("remove")
        self.assertEqual({EMAIL}, self.contacts())


class TestRefused(ContactsTest):
    """What nobody's page sends."""

    def setUp(self):
        super().setUp()
        self.give(OTHER_PHONE)
        self.change("+31 6 87654321")
        self.url = self.anna.browser.url
        self.point = self.url.rpartition("=")[2]

    def send(self, button="remove", **fields):
        return self.anna.post("@@smsauth-contact", {f"form.buttons.{button}": "x", **fields})

    def test_without_the_token_of_this_form_nothing_happens(self):
        own = self.anna.token()
        self.change(EMAIL)
        other = self.anna.token() if self.anna.has("token") else ""
        for token in ("", "x", other, own[:-1]):
            with self.subTest(token[:5]):
                self.send(point=self.point, token=token)
                self.assertEqual({OTHER_PHONE}, self.contacts())

    def test_a_link_does_nothing(self):
        for button in ("remove", "primary", "send"):
            self.anna.open(f"@@smsauth-contact?point={self.point}&form.buttons.{button}=x&token={self.anna.token()}")
            self.assertEqual(({OTHER_PHONE}, PHONE), (self.contacts(), self.account().number))

    def test_what_names_no_contact_point_of_the_member_is_said_to_be_none(self):
        for point in ("", "x", "../..", "9" * 5000, OTHER_PHONE.replace("+", "%2B"), "%00", "%ff%fe", "0"):
            with self.subTest(point[:20]):
                self.anna.open(f"@@smsauth-contact?point={point}")
                self.assertIn("This number or address is not in your list", self.anna.page)
                self.assertFalse(self.anna.has("form.buttons.remove"))
        for body in (b"point:list=1&point:list=2", b"point:record=1", b"point:bytes=1"):
            answer = self.anna.post("@@smsauth-contact", body + b"&form.buttons.remove=x")
            self.assertEqual(200, answer.status_int)
        self.assertEqual({OTHER_PHONE}, self.contacts())

    def test_the_name_of_another_members_point_is_no_name_here(self):
        self.layer["clock"].advance(31)
        bert = self.protected("bert", "+31611111111")
        self.give(OTHER_PHONE, name="bert")
        bert.open(f"@@smsauth-contact?point={self.point}")
        self.assertIn("This number or address is not in your list", bert.page)
        bert.post("@@smsauth-contact", {"point": self.point, "form.buttons.remove": "x", "token": self.anna.token()})
        self.assertEqual({OTHER_PHONE}, self.contacts())
        self.assertEqual({OTHER_PHONE}, self.contacts("bert"))

    def test_the_address_itself_is_not_in_the_address_of_the_page(self):
        self.assertNotIn("87654321", self.url)
